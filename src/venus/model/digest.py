"""Event chain and state root, byte by byte, so that two implementations can be compared.

Source: docs/rules/digest.md.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from struct import Struct

from venus.model.book import Order
from venus.model.controls import Controls
from venus.model.ledger import Ledger
from venus.model.spot import Spot
from venus.model.transfers import Transfers
from venus.records.commands import Side

SECTIONS = {
    "COUNTERS": Struct("<3q"),
    "ASSETS": Struct("<16s2q"),
    "SYMBOLS": Struct("<24s18q"),
    "TIERS": Struct("<2q"),
    "ACCOUNTS": Struct("<5q"),
    "LABELS": Struct("<q64s"),
    "BALANCES": Struct("<4q"),
    "ORDERS": Struct("<13q"),
    "REFS": Struct("<4q32s"),
    "TIMERS": Struct("<2q"),
}
"""Tag and row of each section, in the order of the root."""
CHAIN_START = bytes(32)
_COUNT = Struct("<q")
Row = tuple[int | bytes, ...]


def event_chain(before: bytes, events: bytes) -> bytes:
    """The chain's next value: `events` are a frame's, as 96-byte records."""
    return sha256(before + events).digest()


def state_root(sections: Mapping[str, bytes]) -> bytes:
    """One hash over all sections, each given as its packed rows."""
    root = sha256()
    for tag, row in SECTIONS.items():
        rows = sections[tag]
        root.update(tag.encode().ljust(8) + _COUNT.pack(len(rows) // row.size) + sha256(rows).digest())
    return root.digest()


def state_sections(
    next_sequence: int, time_ns: int, ledger: Ledger, spot: Spot, transfers: Transfers, controls: Controls
) -> dict[str, bytes]:
    """Everything that is, as packed rows by tag."""
    rows: dict[str, Iterator[Row]] = {
        "COUNTERS": iter([(next_sequence, time_ns, spot.next_order_id)]),
        "ASSETS": (
            (asset.code.encode(), asset.scale, ledger.inside_atoms(number))
            for number, asset in enumerate(ledger.assets)
        ),
        "SYMBOLS": symbol_rows(spot),
        "TIERS": ((tier.maker_ppm, tier.taker_ppm) for tier in ledger.tiers),
        "ACCOUNTS": (
            (account.kind, account.tier, account.trade_group, account.frozen, account.frozen_until_ns)
            for account in ledger.accounts
        ),
        "LABELS": ((number, account.label.encode()) for number, account in enumerate(ledger.accounts) if account.label),
        "BALANCES": (
            (account, asset, free_atoms, held_atoms)
            for (account, asset), free_atoms, held_atoms in balances(ledger)
            if free_atoms or held_atoms
        ),
        "ORDERS": (order_row(order) for book in spot.books for side in Side for order in book.side(side)),
        "REFS": (
            (*digest, applied.sequence, applied.result, applied.body)
            for digest, applied in sorted(transfers.references.items())
        ),
        # A sort is stable: equal due times keep the order in which the timers were set.
        "TIMERS": ((timer.due_ns, timer.account) for timer in sorted(controls.timers, key=lambda timer: timer.due_ns)),
    }
    return {tag: b"".join(row.pack(*fields) for fields in rows[tag]) for tag, row in SECTIONS.items()}


def balances(ledger: Ledger) -> Iterator[tuple[tuple[int, int], int, int]]:
    """(account, asset), free, held: in the order of account, then asset."""
    for key in sorted(ledger.free.keys() | ledger.held.keys()):
        yield key, ledger.free[key], ledger.held[key]


def symbol_rows(spot: Spot) -> Iterator[Row]:
    for book in spot.books:
        listing = book.listing
        yield (
            listing.code.encode(),
            listing.base_asset,
            listing.quote_asset,
            listing.tick_atoms,
            listing.lot_atoms,
            listing.price_ticks_min,
            listing.price_ticks_max,
            listing.quantity_lots_min,
            listing.quantity_lots_max,
            listing.market_lots_max,
            listing.notional_atoms_min,
            listing.notional_atoms_max,
            listing.orders_max,
            listing.stp_allowed,
            listing.stp_default,
            book.halted,
            book.next_trade_id,
            book.next_prevented_id,
            book.last_price_ticks,
        )


def order_row(order: Order) -> Row:
    return (
        order.symbol,
        order.side,
        order.id,
        order.account,
        *order.client,
        order.price_ticks,
        order.original_lots,
        order.executed_lots,
        order.remaining_lots,
        order.stp,
        order.tif,
        order.type,
    )
