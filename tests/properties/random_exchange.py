"""A small exchange that is asked everything at random, and the batches that come of it: what views are tested with.

A stream is drawn from a seed, and a failing seed gives it again; `play` runs it through the core.
"""

from random import Random

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
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    ResumeSymbol,
    SetAccountTier,
    SetFeeTier,
    SetTradeGroup,
    TimeInForce,
    UnfreezeAccount,
    client_digest,
)

BANK = 1
TRADERS = (2, 3, 4, 5)
STRANGER = 9  # never opened
SYMBOLS = (0, 1)
ASSETS = (0, 1, 2)
CLIENT_IDS = ("", "a", "b", "left-hand", "a-rather-longer-client-order-id-of-36")

TEXT_OF = {client_digest(text): text for text in CLIENT_IDS}
_UNIT = 10**6


def _symbol(code: str, base: int, tick_atoms: int, lot_atoms: int) -> ListSymbol:
    return ListSymbol(
        reference=code,
        code=code,
        base_asset=base,
        quote_asset=0,
        tick_atoms=tick_atoms,
        lot_atoms=lot_atoms,
        price_ticks_min=1,
        price_ticks_max=1_000,
        quantity_lots_min=1,
        quantity_lots_max=1_000,
        market_lots_max=1_000,
        notional_atoms_min=0,
        notional_atoms_max=10**15,
        orders_max=8,
        stp_allowed=0b111111,
        stp_default=0,
    )


OPENING: tuple[ColdCommand, ...] = (
    OpenAccounts(reference="house", account_kind=AccountKind.HOUSE, count=1, label="house", tier=0, trade_group=-1),
    ListAsset(reference="USD", code="USD", scale=6),
    ListAsset(reference="ONE", code="ONE", scale=2),
    ListAsset(reference="TWO", code="TWO", scale=4),
    OpenAccounts(reference="bank", account_kind=AccountKind.EXTERNAL, count=1, label="bank", tier=0, trade_group=-1),
    OpenAccounts(reference="pair", account_kind=AccountKind.PERSON, count=2, label="", tier=1, trade_group=7),
    OpenAccounts(reference="rest", account_kind=AccountKind.PERSON, count=2, label="", tier=0, trade_group=-1),
    SetFeeTier(reference="0", tier=0, maker_ppm=0, taker_ppm=1_000),
    SetFeeTier(reference="1", tier=1, maker_ppm=300, taker_ppm=3_333),
    _symbol("ONEUSD", 1, tick_atoms=100, lot_atoms=3),
    _symbol("TWOUSD", 2, tick_atoms=10**4, lot_atoms=7),
)


def new_order(
    account: int, symbol: int, side: int, shape: int, stp: int, price: int, size: int, client: int
) -> Command:
    hi, lo = client_digest(CLIENT_IDS[client])
    kind, tif, in_quote = (
        (OrderType.LIMIT, TimeInForce.GTC, False),
        (OrderType.LIMIT, TimeInForce.IOC, False),
        (OrderType.LIMIT, TimeInForce.FOK, False),
        (OrderType.LIMIT_MAKER, TimeInForce.GTC, False),
        (OrderType.MARKET, TimeInForce.GTC, False),
        (OrderType.MARKET, TimeInForce.GTC, True),
        (OrderType.LIMIT, TimeInForce.GTC, False),
        (OrderType.LIMIT, TimeInForce.GTC, False),
    )[shape]
    return Command(
        kind=CommandKind.ORDER,
        account=account,
        subject=symbol,
        side=side,
        type=kind,
        tif=tif,
        stp=stp,
        price_ticks=0 if kind == OrderType.MARKET else price,
        quantity=size * 1_000 if in_quote else size,
        flags=CommandFlag.IN_QUOTE if in_quote else CommandFlag.NONE,
        client_hi=hi,
        client_lo=lo,
        text_bytes=len(CLIENT_IDS[client]),
    )


def change_order(account: int, symbol: int, kind: int, target: int, by_id: bool, size: int, client: int) -> Command:
    """A cancel or an amendment; its own text is that of a new client id."""
    hi, lo = client_digest(CLIENT_IDS[client])
    target_hi, target_lo = (0, 0) if by_id else client_digest(CLIENT_IDS[target])
    return Command(
        kind=kind,
        account=account,
        subject=symbol,
        quantity=size if kind == CommandKind.AMEND else 0,
        target_hi=target_hi,
        target_lo=target if by_id else target_lo,
        flags=CommandFlag.TARGET_IS_ORDER_ID if by_id and kind != CommandKind.CANCEL_ALL else CommandFlag.NONE,
        client_hi=hi,
        client_lo=lo,
        text_bytes=len(CLIENT_IDS[client]),
    )


def _transfer(debit: int, credit: int, asset: int, amount: int, reference: int) -> Command:
    return Command(
        kind=CommandKind.TRANSFER,
        account=debit,
        target_lo=credit,
        subject=asset,
        quantity=amount,
        client_hi=77,
        client_lo=reference,
    )


Frame = tuple[int, list[Command] | ColdCommand]  # ns since the one before; its commands


def cold_command(chance: Random) -> ColdCommand:
    account, symbol = chance.choice((*TRADERS, STRANGER)), chance.choice(SYMBOLS)
    reference = str(chance.randrange(10**6))
    match chance.randrange(8):
        case 0 | 1:
            return FreezeAccount(reference=reference, account=account, until_ns=chance.choice((0, 50, 100, 150)))
        case 2 | 3:
            return UnfreezeAccount(reference=reference, account=account)
        case 4:
            return HaltSymbol(reference=reference, symbol=symbol)
        case 5:
            return SetAccountTier(reference=reference, account=account, tier=chance.randint(0, 16))
        case 6:
            return SetTradeGroup(reference=reference, account=account, trade_group=chance.choice((-1, 7, 7)))
        case _:
            return chance.choice(OPENING)  # a retry


def hot_command(chance: Random) -> Command:
    account = chance.choice((*TRADERS * 5, STRANGER))
    symbol = chance.choice((*SYMBOLS * 10, 5))
    client = chance.choice((0, 0, 0, 0, 1, 2, 3, 4))
    what = chance.random()
    if what < 0.7:
        stp = chance.choice((0, 0, 1, 2, 3, 4, 4, 5, 5, 5))
        side, size = chance.randrange(2), chance.randint(1, 30)
        price = round(chance.gauss(99 + 2 * side, 2))  # more rest than meet
        return new_order(account, symbol, side, chance.randrange(8), stp, price, size, client)
    if what < 0.95:
        kind = chance.choice((CommandKind.CANCEL, CommandKind.AMEND, CommandKind.AMEND, CommandKind.CANCEL_ALL))
        by_id = chance.random() < 0.3
        target = chance.randint(1, 200) if by_id else chance.randint(1, len(CLIENT_IDS) - 1)
        return change_order(account, symbol, kind, target, by_id, chance.randint(1, 20), client)
    number = chance.randint(1, 12)  # few, so that many are retries, some with another amount
    parties = (BANK, *TRADERS)
    amount = 3_000 * number + (chance.random() < 0.2)
    return _transfer(parties[number % 5], parties[(2 * number + 1) % 5], number % 3, amount, number)


def random_frames(seed: int) -> list[Frame]:
    """Some four hundred commands, the same for the same seed; a halt or a freeze never lasts for long."""
    chance = Random(seed)
    frames: list[Frame] = []
    for _ in range(40):
        after_ns = chance.choice((0, 1, 5))
        if chance.random() < 0.15:
            frames.append((after_ns, cold_command(chance)))
        else:
            frames.append((after_ns, [hot_command(chance) for _ in range(chance.randint(1, 20))]))
        if chance.random() < 0.2:
            frames += [(0, ResumeSymbol(reference=f"r{s}{len(frames)}", symbol=s)) for s in SYMBOLS]
            frames += [(0, UnfreezeAccount(reference=f"u{a}{len(frames)}", account=a)) for a in TRADERS]
    return frames


FUNDS = [
    _transfer(BANK, account, asset, 200 * _UNIT // (1 + 999 * (account == TRADERS[-1])), 100 + 10 * account + asset)
    for account in TRADERS  # the last one is poor
    for asset in ASSETS
]


def play(seed: int) -> list[Batch]:
    """The batches of the opening, the deposits and the frames of a seed."""
    machine = Machine()
    batches: list[Batch] = []
    time_ns = 1
    for after_ns, asked in [*((0, cold) for cold in OPENING), (0, FUNDS), *random_frames(seed)]:
        time_ns += after_ns
        sequence = machine.next_sequence
        if isinstance(asked, list):
            commands = np.frombuffer(b"".join(command.pack() for command in asked), COMMAND)
            texts = b"".join(text_of(command) for command in asked)
            events = machine.apply_hot(time_ns, sequence, commands, texts).copy()
            batches.append(Batch(len(batches), time_ns, sequence, commands, texts, None, events))
        else:
            events = machine.apply_cold(time_ns, sequence, asked).copy()
            batches.append(Batch(len(batches), time_ns, sequence, np.zeros(0, COMMAND), b"", asked, events))
    return batches


def text_of(command: Command) -> bytes:
    if command.kind == CommandKind.TRANSFER:
        return b""
    return TEXT_OF[command.client_hi, command.client_lo].encode()
