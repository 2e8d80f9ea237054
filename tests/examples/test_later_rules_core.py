"""What the core does under rules 2 that a trader's story cannot show: cascades that outgrow a buffer, the gate of the
rules, what a snapshot keeps, runs of transfers. Prices, lots and money are small whole numbers."""

from collections.abc import Iterable

import numpy as np
import pytest

from venus.core.machine import Machine
from venus.core.memory import CAPACITY_LEAST
from venus.records.commands import (
    AccountKind,
    AdoptRules,
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    ListAsset,
    ListSymbol,
    ListType,
    OpenAccounts,
    OrderType,
    SetSymbolRules,
    Side,
    client_digest,
    order_terms,
)
from venus.records.events import Event, EventKind, unpack_events
from venus.records.rejects import Reject
from venus.testing.frames import cold_frame, hot_frame

BANK, ANN, BOB, CID = 1, 2, 3, 4
USD, BTC = 0, 1


def stage(machine: Machine, rules: int) -> "Stage":
    """Ann, Bob and Cid with 100,000 USD and 1,000 BTC each, and one symbol without fees."""
    on = Stage(machine)
    account = {"count": 1, "tier": 0, "trade_group": -1}
    if rules > 1:
        on.cold(AdoptRules(reference="rules", rules=2))
    on.cold(OpenAccounts(reference="1", account_kind=AccountKind.HOUSE, label="house", **account))
    on.cold(OpenAccounts(reference="2", account_kind=AccountKind.EXTERNAL, label="bank", **account))
    on.cold(OpenAccounts(reference="3", account_kind=AccountKind.PERSON, label="", **account | {"count": 3}))
    on.cold(ListAsset(reference="4", code="USD", scale=0))
    on.cold(ListAsset(reference="5", code="BTC", scale=0))
    figures = {"price_ticks_max": 1_000, "quantity_lots_max": 1_000, "market_lots_max": 1_000, "orders_max": 1_000}
    on.cold(
        ListSymbol(
            reference="6", code="BTCUSD", base_asset=BTC, quote_asset=USD, tick_atoms=1, lot_atoms=1,
            price_ticks_min=1, quantity_lots_min=1, notional_atoms_min=0, notional_atoms_max=1_000_000,
            stp_allowed=1, stp_default=0, **figures,
        )
    )  # fmt: skip
    money = ((USD, 100_000), (BTC, 1_000))
    on.hot(transfer(BANK, who, asset, atoms, f"d{who}{asset}") for who in (ANN, BOB, CID) for asset, atoms in money)
    return on


class Stage:
    """A machine whose invariants are checked after every frame."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def hot(self, commands: Iterable[Command]) -> list[Event]:
        frame = hot_frame(1, self.machine.next_sequence, [(command, "") for command in commands])
        return self._said(self.machine.apply_hot(1, frame.first_sequence, frame.commands, frame.texts))

    def cold(self, command: ColdCommand) -> list[Event]:
        frame = cold_frame(1, self.machine.next_sequence, command)
        return self._said(self.machine.apply_cold(1, frame.first_sequence, command))

    def _said(self, events: np.ndarray) -> list[Event]:
        said = list(unpack_events(events.tobytes()))
        self.machine.check()
        return said


def transfer(debit: int, credit: int, asset: int, atoms: int, reference: str, *, linked: bool = False) -> Command:
    high, low = client_digest(reference)
    flags = CommandFlag.LINKED if linked else 0
    return Command(
        kind=CommandKind.TRANSFER, account=debit, target_lo=credit, subject=asset, quantity=atoms,
        client_hi=high, client_lo=low, flags=flags,
    )  # fmt: skip


def order(who: int, side: Side, lots: int, price: int, **terms: int) -> Command:
    return Command(
        kind=CommandKind.ORDER, account=who, side=side, type=terms.pop("type", OrderType.LIMIT), quantity=lots,
        price_ticks=price, target_hi=terms.pop("trigger", 0),
        target_lo=order_terms(terms.pop("display", 0), terms.pop("trail", 0)), **terms,
    )  # fmt: skip


def kinds(events: list[Event]) -> list[EventKind]:
    return [EventKind(event.kind) for event in events]


def cascade(on: Stage, stops: int) -> list[Event]:
    """Stops at 199, 198, … each sell to the bid just below their trigger, and so set off the next."""
    on.hot([order(ANN, Side.BUY, 1, 200), order(BOB, Side.SELL, 1, 200)])
    on.hot(order(ANN, Side.BUY, 1, 199 - number) for number in range(stops + 1))
    on.hot(order(BOB, Side.SELL, 1, 0, type=OrderType.STOP_LOSS, trigger=199 - number) for number in range(stops))
    return on.hot([order(CID, Side.SELL, 1, 199), order(CID, Side.SELL, 1, 500)])


@pytest.mark.parametrize("stops", [1, 7, 150])
def test_a_cascade_runs_to_its_end_before_the_next_command(stops: int):
    """With arrays as small as can be the kernel stops and goes on many times within the queue: nobody can tell."""
    events = cascade(stage(Machine(), rules=2), stops)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.TRADE] + [EventKind.TRIGGERED, EventKind.TRADE] * stops + [
        EventKind.ACCEPTED
    ]
    prices = [event.price_ticks for event in events if event.kind == EventKind.TRADE]
    assert prices == [199 - number for number in range(stops + 1)]
    assert {event.sequence for event in events[:-1]} == {events[0].sequence}
    assert cascade(stage(Machine.sized(CAPACITY_LEAST), rules=2), stops) == events


def test_under_rules_1_nothing_of_rules_2_is_known():
    on = stage(Machine(), rules=1)
    stop = order(ANN, Side.SELL, 1, 0, type=OrderType.STOP_LOSS, trigger=5)
    listed = Command(kind=CommandKind.LIST, account=ANN, type=ListType.OCO)
    reasons = [event.reason for event in on.hot([stop, listed, Command(kind=CommandKind.CANCEL_LIST, account=ANN)])]
    assert reasons == [Reject.INVALID_ORDER, Reject.INVALID_COMMAND, Reject.INVALID_COMMAND]
    linked = [transfer(ANN, BOB, USD, 1, "x", linked=True), transfer(BOB, ANN, BTC, 1, "y")]
    assert [event.kind for event in on.hot(linked)] == [EventKind.REJECTED, EventKind.TRANSFERRED]
    # An ORDER's target and peg are not looked at.
    assert kinds(on.hot([order(ANN, Side.BUY, 1, 5, trigger=7, display=1, peg=3)])) == [EventKind.ACCEPTED]
    figures = [name for name in SetSymbolRules.__struct_fields__ if name not in ("reference", "symbol")]
    rules = SetSymbolRules(reference="r", symbol=0, **dict.fromkeys(figures, 0))
    assert on.cold(rules)[0].reason == Reject.INVALID_COMMAND
    assert on.cold(AdoptRules(reference="a", rules=3))[0].reason == Reject.INVALID_COMMAND
    assert on.cold(AdoptRules(reference="a", rules=2))[0].quantity_lots == 2
    assert on.cold(AdoptRules(reference="b", rules=2))[0].reason == Reject.NO_CHANGE
    assert kinds(on.hot([stop])) == [EventKind.ACCEPTED]
    assert on.cold(rules)[0].kind == EventKind.SYMBOL_RULES_SET


def waiting_things() -> list[Command]:
    """A tracking order, an iceberg, a pair, and a list whose pending pair sells what is bought."""
    pair = [
        order(BOB, Side.SELL, 4, 130, type=OrderType.LIMIT_MAKER),
        order(BOB, Side.SELL, 4, 80, type=OrderType.STOP_LOSS_LIMIT, trigger=85),
    ]
    return [
        order(ANN, Side.SELL, 5, 0, type=OrderType.STOP_LOSS, trail=500),
        order(BOB, Side.SELL, 9, 110, display=2),
        Command(kind=CommandKind.LIST, account=BOB, type=ListType.OCO),
        *pair,
        Command(kind=CommandKind.LIST, account=BOB, type=ListType.OPOCO),
        order(BOB, Side.BUY, 3, 100),
        *(leg._replace(quantity=0) for leg in pair),
    ]


def test_a_snapshot_keeps_what_waits():
    """Stopped at any moment and begun again from its arrays, the exchange says and is the same."""
    first = [order(ANN, Side.BUY, 1, 100), order(BOB, Side.SELL, 1, 100)]
    then = [
        order(CID, Side.SELL, 2, 90),
        order(CID, Side.BUY, 7, 120),
        order(CID, Side.SELL, 1, 100),
        order(CID, Side.SELL, 30, 70),
        Command(kind=CommandKind.CANCEL_ALL, account=BOB),
    ]
    plain, restored = stage(Machine(), rules=2), stage(Machine(), rules=2)
    said: list[list[list[Event]]] = [[], []]
    for command in [*first, *then]:
        if command is then[0]:
            for on in (plain, restored):
                on.hot(waiting_things())
        for on, heard in zip((plain, restored), said, strict=True):
            heard.append(on.hot([command]))
        arrays = {name: array.copy() for name, array in restored.machine.arrays().items()}
        restored.machine = Machine()
        restored.machine.restore(arrays)
    assert said[0] == said[1]
    assert plain.machine.state_root() == restored.machine.state_root()
    happened = {event.kind for events in said[0] for event in events}
    assert {EventKind.LOCKED, EventKind.STARTED, EventKind.SHOWN, EventKind.TRIGGERED, EventKind.LIST_DONE} <= happened


def test_linked_transfers_move_all_or_nothing():
    on = stage(Machine(), rules=2)
    swap = [transfer(ANN, BOB, USD, 500, "pay", linked=True), transfer(BOB, ANN, BTC, 5, "deliver")]
    root = on.machine.state_root()
    too_much = [swap[0], swap[1]._replace(quantity=5_000)]
    assert [event.reason for event in on.hot(too_much)] == [Reject.LINK_BROKEN, Reject.INSUFFICIENT_FREE]
    assert kinds(on.hot(swap)) == [EventKind.TRANSFERRED] * 2
    assert on.machine.state_root() != root
    again = on.hot(swap)
    assert [event.trade_id for event in again] == [again[0].sequence - 2, again[1].sequence - 2]
    assert [event.reason for event in on.hot(too_much)] == [Reject.LINK_BROKEN, Reject.REFERENCE_REUSED]


def test_a_run_of_linked_transfers_without_an_end_is_refused_whole():
    """However long: even when the events of it are more than the buffer had room for."""
    on = stage(Machine.sized(CAPACITY_LEAST), rules=2)
    endless = [transfer(ANN, BOB, USD, 1, f"e{number}", linked=True) for number in range(200)]
    assert {event.reason for event in on.hot(endless)} == {Reject.INVALID_TRANSFER}
    ended = [*endless[:16], transfer(ANN, BOB, USD, 1, "end")]
    assert {event.reason for event in on.hot(ended)} == {Reject.INVALID_TRANSFER}
    assert kinds(on.hot(ended[1:])) == [EventKind.TRANSFERRED] * 16
