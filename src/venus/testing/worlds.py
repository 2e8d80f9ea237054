"""Worlds that a seed makes: assets, symbols, accounts, first deposits; from a toy market to the edges of int64."""

from collections.abc import Iterator
from enum import Enum, auto
from random import Random
from typing import NamedTuple

from venus.records.commands import (
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    Command,
    CommandKind,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    SelfTrade,
    SetFeeTier,
    adoption,
    client_digest,
)
from venus.units import ATOMS_MAX, FEE_PPM_MAX

STP_ALL = (1 << len(SelfTrade)) - 1
HOUSE, BANK, CHAIN = 0, 1, 2
PERSON_FIRST = 3


class Grid(NamedTuple):
    """A symbol as its listing makes it, and where its prices play."""

    listing: ListSymbol
    quote_atoms_per_lot_tick: int
    middle_ticks: int  # orders are placed around it
    spread_ticks: int
    usual_lots: int


class Adoption(Enum):
    """When a world adopts the newest rules."""

    NEVER = auto()
    FIRST = auto()  # with its first command
    LATER = auto()  # when an officer comes to it, in the middle of trade


class World(NamedTuple):
    adoption: Adoption
    scales: list[int]  # of the assets
    grids: list[Grid]
    persons: int
    tiers: list[SetFeeTier]
    deposits_atoms: list[list[int]]  # what each person gets, by asset


def make_world(random: Random, fair: bool, adoption: Adoption) -> World:
    """fair: room and money enough for deep books; else anything, also grids at the edge of what may be listed."""
    scales = [0, 0, 2] if fair or random.random() < 0.5 else [random.randrange(19) for _ in range(random.randint(2, 4))]
    makers = [fair_grid] if fair else [toy_grid, toy_grid, toy_grid, fine_grid, edge_grid]
    symbols = 2 if fair else random.randint(1, 3)
    grids = [random.choice(makers)(random, scales, number) for number in range(symbols)]
    persons = 12 if fair else random.randint(2, 8)
    tiers = [
        SetFeeTier(reference=f"tier {tier}", tier=tier, maker_ppm=maker_ppm, taker_ppm=taker_ppm)
        for tier, maker_ppm, taker_ppm in [(0, 100, 200), (1, 0, FEE_PPM_MAX), (15, 333, 777)]
    ]
    by_asset = [shares(random, scale, persons, fair) for scale in scales]
    return World(adoption, scales, grids, persons, tiers, [list(row) for row in zip(*by_asset, strict=True)])


def shares(random: Random, scale: int, persons: int, fair: bool) -> list[int]:
    """What each person gets of one asset: plenty for all, nearly everything for one, or little."""
    kind = "plenty" if fair else random.choice(["plenty", "plenty", "lopsided", "little"])
    if kind == "plenty":
        return [ATOMS_MAX // (persons + 1)] * persons
    if kind == "lopsided":
        return [ATOMS_MAX // 2] + [ATOMS_MAX // 2 // persons] * (persons - 1)
    return [random.randint(1, 5_000) * 10 ** (scale - scale // 2) for _ in range(persons)]


def pair_of(random: Random, scales: list[int]) -> tuple[int, int]:
    base, quote = random.sample(range(len(scales)), 2)
    return base, quote


def listing(number: int, base: int, quote: int, **figures: int) -> ListSymbol:
    return ListSymbol(
        reference=f"symbol {number}",
        code=f"S{number}",
        base_asset=base,
        quote_asset=quote,
        stp_default=SelfTrade.NONE,
        **figures,
    )


def fair_grid(random: Random, scales: list[int], number: int) -> Grid:
    """Nothing but the grid itself stands in a trader's way."""
    base, quote = pair_of(random, scales)
    return Grid(
        listing(
            number,
            base,
            quote,
            tick_atoms=10 ** scales[base],
            lot_atoms=1,
            price_ticks_min=1,
            price_ticks_max=10**6,
            quantity_lots_min=1,
            quantity_lots_max=10**6,
            market_lots_max=10**6,
            notional_atoms_min=0,
            notional_atoms_max=10**12,
            orders_max=10**6,
            stp_allowed=STP_ALL,
        ),
        1,
        middle_ticks=1_000,
        spread_ticks=40,
        usual_lots=20,
    )


def toy_grid(random: Random, scales: list[int], number: int) -> Grid:
    """Small whole numbers, so that orders meet at every turn and minima and maxima are met too."""
    base, quote = pair_of(random, scales)
    lot_power = scales[base] // 2
    lot_factor, tick_factor = random.choice([1, 2, 5]), random.choice([1, 3])
    quote_atoms_per_lot_tick = lot_factor * tick_factor
    return Grid(
        listing(
            number,
            base,
            quote,
            tick_atoms=tick_factor * 10 ** (scales[base] - lot_power),
            lot_atoms=lot_factor * 10**lot_power,
            price_ticks_min=2,
            price_ticks_max=10**6,
            quantity_lots_min=random.choice([1, 1, 2]),
            quantity_lots_max=10**8,
            market_lots_max=random.choice([30, 10**6]),
            notional_atoms_min=random.choice([0, 100, 500]) * quote_atoms_per_lot_tick,
            notional_atoms_max=random.choice([10**6 * quote_atoms_per_lot_tick, ATOMS_MAX]),
            orders_max=random.choice([3, 200]),
            stp_allowed=random.choice([STP_ALL, STP_ALL, 1 | random.randrange(STP_ALL)]),
        ),
        quote_atoms_per_lot_tick,
        middle_ticks=100,
        spread_ticks=random.choice([2, 5, 20]),
        usual_lots=random.choice([3, 10, 40]),
    )


def fine_grid(random: Random, scales: list[int], number: int) -> Grid:
    """Lots of one atom each, and prices that make a fee round up from nearly nothing."""
    base, quote = pair_of(random, scales)
    base_unit = 10 ** scales[base]
    return Grid(
        listing(
            number,
            base,
            quote,
            tick_atoms=base_unit,
            lot_atoms=1,
            price_ticks_min=1,
            price_ticks_max=10**9,
            quantity_lots_min=1,
            quantity_lots_max=10**9,
            market_lots_max=10**9,
            notional_atoms_min=0,
            notional_atoms_max=10**18,
            orders_max=50,
            stp_allowed=STP_ALL,
        ),
        1,
        middle_ticks=random.choice([1, 7, 10**8]),
        spread_ticks=3,
        usual_lots=random.choice([5, 10**6]),
    )


def edge_grid(random: Random, scales: list[int], number: int) -> Grid:
    """Every figure as large as the proof of limits allows: prices near 2**60, or lots near 2**62."""
    base, quote = pair_of(random, scales)
    base_unit = 10 ** scales[base]
    factor = random.choice([k for k in (1, 4, 1000) if k * base_unit <= ATOMS_MAX])
    dear = random.random() < 0.5
    price_ticks_max = min(2**60 - 1, ATOMS_MAX // factor) if dear else 10**4
    lots_max = 10**4 if dear else ATOMS_MAX // factor
    return Grid(
        listing(
            number,
            base,
            quote,
            tick_atoms=factor * base_unit,
            lot_atoms=1,
            price_ticks_min=1,
            price_ticks_max=price_ticks_max,
            quantity_lots_min=1,
            quantity_lots_max=lots_max,
            market_lots_max=lots_max,
            notional_atoms_min=0,
            notional_atoms_max=ATOMS_MAX,
            orders_max=20,
            stp_allowed=STP_ALL,
        ),
        factor,
        middle_ticks=random.choice([price_ticks_max - 5, 2**40]) if dear else 10,
        spread_ticks=5,
        usual_lots=3 if dear else ATOMS_MAX // (factor * 40),
    )


def too_early(world: World) -> Iterator[ColdCommand]:
    """What is refused while there is no house account; its references stay free."""
    yield ListAsset(reference="asset 0", code="A0", scale=world.scales[0])
    yield OpenAccounts(
        reference="open PERSON ",
        account_kind=AccountKind.PERSON,
        count=world.persons,
        label="",
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
    yield world.grids[0].listing


def set_up(random: Random, world: World) -> Iterator[ColdCommand]:
    """The cold commands that make the world, in an order that is not refused: account n is as named above."""
    if world.adoption is Adoption.FIRST:
        for rules in range(2, RULES_LATEST + 1):
            yield adoption(f"rules {rules}", rules)
    accounts = [(AccountKind.HOUSE, 1, "house"), (AccountKind.EXTERNAL, 1, "bank"), (AccountKind.EXTERNAL, 1, "chain")]
    accounts.append((AccountKind.PERSON, world.persons, ""))
    for kind, count, label in accounts:
        yield OpenAccounts(
            reference=f"open {kind.name} {label}",
            account_kind=kind,
            count=count,
            label=label,
            tier=random.choice([0, 1, 15]),
            trade_group=random.choice([TRADE_GROUP_NONE, 7]),
        )
    yield from world.tiers
    for number, scale in enumerate(world.scales):
        yield ListAsset(reference=f"asset {number}", code=f"A{number}", scale=scale)
    for grid in world.grids:
        yield grid.listing


def first_deposits(world: World) -> Iterator[tuple[Command, str]]:
    for person, deposits_atoms in enumerate(world.deposits_atoms, PERSON_FIRST):
        for asset, amount_atoms in enumerate(deposits_atoms):
            yield transfer(BANK, person, asset, amount_atoms, f"deposit {person} {asset}")


def transfer(debit: int, credit: int, asset: int, amount_atoms: int, reference: str) -> tuple[Command, str]:
    high, low = client_digest(reference)
    command = Command(
        kind=CommandKind.TRANSFER,
        account=debit,
        target_lo=credit,
        subject=asset,
        quantity=amount_atoms,
        client_hi=high,
        client_lo=low,
    )
    return command, reference
