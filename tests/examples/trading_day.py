"""One market, a few people and all views, driven by hand: the stage of the views' examples.

One coin is 100 lots, a dollar 100 ticks: B = 10^6 coin atoms in a lot, and K = 100 dollar atoms for a lot and a tick.
"""

import numpy as np

from venus.core.machine import Machine
from venus.records.batch import Batch
from venus.records.commands import (
    COMMAND,
    AccountKind,
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    SetFeeTier,
    Side,
    TimeInForce,
    client_digest,
)
from venus.records.events import EventKind
from venus.views.house import Views

HOUSE, BANK, ANN, BOB, CAT = range(5)
USD, COIN = range(2)
BUY, SELL = Side.BUY, Side.SELL
LOT_ATOMS = 10**6
TICK_LOT_ATOMS = 100


class TradingDay:
    """Each command is a frame of its own, a nanosecond after the one before."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.views = Views()
        self.time_ns = 0
        self.frames = 0
        self.cold(
            OpenAccounts(reference="h", account_kind=AccountKind.HOUSE, count=1, label="h", tier=0, trade_group=-1)
        )
        self.cold(ListAsset(reference="USD", code="USD", scale=6))
        self.cold(ListAsset(reference="COIN", code="COIN", scale=8))
        self.open("bank", AccountKind.EXTERNAL, 1)
        self.open("people", AccountKind.PERSON, 3)
        self.cold(SetFeeTier(reference="f", tier=0, maker_ppm=1_000, taker_ppm=2_000))
        self.cold(
            ListSymbol(
                reference="COINUSD", code="COINUSD", base_asset=COIN, quote_asset=USD,
                tick_atoms=10**4, lot_atoms=LOT_ATOMS, price_ticks_min=1, price_ticks_max=10**6,
                quantity_lots_min=1, quantity_lots_max=10**6, market_lots_max=10**6,
                notional_atoms_min=0, notional_atoms_max=10**15, orders_max=10**6,
                stp_allowed=0b111111, stp_default=0,
            )
        )  # fmt: skip
        for account in (ANN, BOB, CAT):
            for asset in (USD, COIN):
                self.transfer(BANK, account, asset, 10**12)

    def open(self, reference: str, kind: AccountKind, count: int) -> None:
        label = "" if kind == AccountKind.PERSON else reference
        self.cold(
            OpenAccounts(reference=reference, account_kind=kind, count=count, label=label, tier=0, trade_group=-1)
        )

    def cold(self, command: ColdCommand) -> np.ndarray:
        """Returns the events, EVENT[n]."""
        return self._fold(np.zeros(0, COMMAND), b"", command)

    def hot(self, commands: list[Command], texts: str = "") -> np.ndarray:
        """Several commands in one frame; returns the events, EVENT[n]."""
        records = np.frombuffer(b"".join(command.pack() for command in commands), COMMAND)
        return self._fold(records, texts.encode(), None)

    def order(
        self,
        account: int,
        side: Side,
        lots: int,
        ticks: int = 0,
        *,
        name: str = "",
        stp: int = 0,
        in_quote: bool = False,
    ) -> int:
        """LIMIT GTC, or MARKET without a price; returns the order id. It must be accepted."""
        hi, lo = client_digest(name)
        command = Command(
            kind=CommandKind.ORDER, account=account, subject=0, side=side, price_ticks=ticks, quantity=lots, stp=stp,
            type=OrderType.LIMIT if ticks else OrderType.MARKET, tif=TimeInForce.GTC, client_hi=hi, client_lo=lo,
            text_bytes=len(name), flags=CommandFlag.IN_QUOTE if in_quote else CommandFlag.NONE,
        )  # fmt: skip
        accepted = self.hot([command], name)[0]
        assert accepted["kind"] == EventKind.ACCEPTED, accepted
        return int(accepted["order_id"])

    def cancel(self, account: int, order_id: int) -> None:
        command = Command(
            kind=CommandKind.CANCEL, account=account, target_lo=order_id, flags=CommandFlag.TARGET_IS_ORDER_ID
        )
        assert self.hot([command])[0]["kind"] == EventKind.CANCELED

    def amend(self, account: int, order_id: int, lots: int, *, name: str = "") -> None:
        hi, lo = client_digest(name)
        command = Command(
            kind=CommandKind.AMEND, account=account, target_lo=order_id, quantity=lots, client_hi=hi, client_lo=lo,
            text_bytes=len(name), flags=CommandFlag.TARGET_IS_ORDER_ID,
        )  # fmt: skip
        assert self.hot([command], name)[0]["kind"] == EventKind.AMENDED

    def transfer(self, debit: int, credit: int, asset: int, atoms: int, reference: int | None = None) -> np.void:
        lo = self.machine.next_sequence if reference is None else reference
        command = Command(
            kind=CommandKind.TRANSFER,
            account=debit,
            target_lo=credit,
            subject=asset,
            quantity=atoms,
            client_hi=1,
            client_lo=lo,
        )
        return self.hot([command])[0]

    def _fold(self, commands: np.ndarray, texts: bytes, cold: ColdCommand | None) -> np.ndarray:
        self.time_ns += 1
        self.frames += 1
        sequence = self.machine.next_sequence
        if cold is None:
            events = self.machine.apply_hot(self.time_ns, sequence, commands, texts).copy()
        else:
            events = self.machine.apply_cold(self.time_ns, sequence, cold).copy()
        self.views.apply(Batch(self.frames, self.time_ns, sequence, commands, texts, cold, events))
        return events
