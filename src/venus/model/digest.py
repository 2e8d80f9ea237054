"""The state root, byte by byte, so that two implementations can be compared.

Source: docs/rules/digest.md.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from struct import Struct

from venus.model.affairs import Affairs
from venus.model.affairs_digest import ROWS_3, ROWS_4, rows_of_rules_3, rows_of_rules_4
from venus.model.average import MINUTES_KEPT, WORD
from venus.model.book import Book, Order, State
from venus.model.controls import Controls
from venus.model.desk import Desk
from venus.model.ledger import Ledger
from venus.model.p2p_digest import ROWS_5, ROWS_OF_WALLET_ORDERS, rows_of_rules_5, rows_of_wallet_orders
from venus.model.transfers import Transfers
from venus.model.triggers import in_state
from venus.model.wallets_digest import ROWS_OF_WALLETS, rows_of_wallets
from venus.records.commands import SetSymbolRules, Side

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
"""Tag and row of each section, in the order of the root, under rules 1."""
SECTIONS_2 = SECTIONS | {
    "COUNTERS": Struct("<5q"),
    "ASSETS": Struct("<16s3q"),
    "ORDERS": Struct("<17q"),
    "WAITING": Struct("<22q"),
    "LISTS": Struct("<9q"),
    "SYMRULES": Struct("<18q"),
    "EXLIMITS": Struct("<4q"),
    "AVERAGES": Struct("<6q"),
}
SECTIONS_3 = SECTIONS_2 | ROWS_3
SECTIONS_4 = SECTIONS_3 | ROWS_4 | ROWS_OF_WALLETS
SECTIONS_5 = SECTIONS_4 | ROWS_5
SECTIONS_OF_WALLET_ORDERS = SECTIONS_5 | ROWS_OF_WALLET_ORDERS
STATES = {State.ABOVE: 1, State.BELOW: 2, State.TRACKS: 3, State.PENDING: 4}
"""Those of WAITING, in its order."""
LEGS_MAX = 3
_COUNT = Struct("<q")
Row = tuple[int | bytes, ...]


def state_root(sections: Mapping[str, bytes]) -> bytes:
    """One hash over all sections, each given as its packed rows."""
    root = sha256()
    all_versions = (SECTIONS_OF_WALLET_ORDERS, SECTIONS_5, SECTIONS_4, SECTIONS_3, SECTIONS_2, SECTIONS)
    known = next(one for one in all_versions if one.keys() == sections.keys())
    for tag, row in known.items():
        rows = sections[tag]
        root.update(tag.encode().ljust(8) + _COUNT.pack(len(rows) // row.size) + sha256(rows).digest())
    return root.digest()


def state_sections(
    next_sequence: int, time_ns: int, desk: Desk, transfers: Transfers, controls: Controls, affairs: Affairs
) -> dict[str, bytes]:
    """Everything that is, as packed rows by tag."""
    ledger = desk.ledger
    rows: dict[str, Iterator[Row]] = {
        "COUNTERS": iter([(next_sequence, time_ns, desk.next_order_id)]),
        "ASSETS": (
            (asset.code.encode(), asset.scale, ledger.inside_atoms(number))
            for number, asset in enumerate(ledger.assets)
        ),
        "SYMBOLS": symbol_rows(desk),
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
        "ORDERS": (order_row(order) for order in resting(desk)),
        "REFS": (
            (*digest, applied.sequence, applied.result, applied.body)
            for digest, applied in sorted(transfers.references.items())
        ),
        # A sort is stable: equal due times keep the order in which the timers were set.
        "TIMERS": ((timer.due_ns, timer.account) for timer in sorted(controls.timers, key=lambda timer: timer.due_ns)),
    }
    sections = SECTIONS
    if desk.rules >= 2:
        sections = SECTIONS_2
        rows |= rows_of_rules_2(next_sequence, time_ns, desk)
    if desk.rules >= 3:
        sections = SECTIONS_3
        rows |= rows_of_rules_3(affairs)
    if desk.rules >= 4:
        sections = SECTIONS_4
        rows |= rows_of_rules_4(affairs) | rows_of_wallets(affairs.wallets)
    if affairs.p2p.market.terms:
        sections = SECTIONS_5
        rows |= rows_of_rules_5(affairs.p2p.market)
        more = rows_of_wallet_orders(affairs.p2p.market)
        if any(more.values()):
            sections = SECTIONS_OF_WALLET_ORDERS
            rows |= {tag: iter(found) for tag, found in more.items()}
    return {tag: b"".join(row.pack(*fields) for fields in rows[tag]) for tag, row in sections.items()}


def rows_of_rules_2(next_sequence: int, time_ns: int, desk: Desk) -> dict[str, Iterator[Row]]:
    """Sections that rules 2 add, and those that have more columns under them."""
    limits = desk.limits
    return {
        "COUNTERS": iter([(next_sequence, time_ns, desk.next_order_id, desk.rules, desk.next_list_id)]),
        "ASSETS": (
            (asset.code.encode(), asset.scale, desk.ledger.inside_atoms(number), asset.order_atoms_max)
            for number, asset in enumerate(desk.ledger.assets)
        ),
        "ORDERS": (
            (*order_row(order), order.display_lots, order.slice_lots, open_list_id(desk, order), order.amends)
            for order in resting(desk)
        ),
        "WAITING": (waiting_row(desk, order) for book in desk.books for order in not_in_book(desk, book)),
        "LISTS": (
            (
                *(list_.id, list_.account, list_.symbol, list_.type, *list_.client),
                *([leg.id for leg in list_.legs] + [0])[:LEGS_MAX],
            )
            for _, list_ in sorted(desk.lists.items())
        ),
        "SYMRULES": (symbol_rules_row(book.rules) for book in desk.books if book.rules),
        "EXLIMITS": iter(
            [(limits.orders_max, limits.algo_orders_max, limits.iceberg_orders_max, limits.order_lists_max)]
        ),
        "AVERAGES": (
            (book.number, minute, *divmod(book.average.lots[minute], WORD), *divmod(book.average.value[minute], WORD))
            for book in desk.books
            for minute in book.average.kept(time_ns, MINUTES_KEPT)
        ),
    }


def resting(desk: Desk) -> Iterator[Order]:
    return (order for book in desk.books for side in Side for order in book.side(side))


def not_in_book(desk: Desk, book: Book) -> Iterator[Order]:
    """Waiting ones in the order in which they trigger, then pending ones by id."""
    for state in (State.ABOVE, State.BELOW, State.TRACKS):
        yield from in_state(desk, book, state)
    yield from sorted(in_state(desk, book, State.PENDING), key=lambda order: order.id)


def open_list_id(desk: Desk, order: Order) -> int:
    return order.list_id if desk.list_of(order) is not None else 0


def balances(ledger: Ledger) -> Iterator[tuple[tuple[int, int], int, int]]:
    """(account, asset), free, held: in the order of account, then asset."""
    for key in sorted(ledger.free.keys() | ledger.held.keys()):
        yield key, ledger.free[key], ledger.held[key]


def symbol_rows(desk: Desk) -> Iterator[Row]:
    for book in desk.books:
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


def waiting_row(desk: Desk, order: Order) -> Row:
    return (
        order.symbol,
        order.side,
        order.id,
        order.account,
        *order.client,
        order.price_ticks,
        order.original_lots,
        order.remaining_lots,
        order.stp,
        order.tif,
        order.type,
        order.display_lots,
        order.trigger_ticks,
        order.trail_bips,
        order.extreme_ticks,
        order.peg,
        open_list_id(desk, order),
        order.amends,
        STATES[order.state],
        order.hold_price_ticks,
        order.locked_atoms,
    )


def symbol_rules_row(rules: SetSymbolRules) -> Row:
    return (
        rules.symbol,
        rules.features,
        rules.bid_up_ppm,
        rules.bid_down_ppm,
        rules.ask_up_ppm,
        rules.ask_down_ppm,
        rules.average_minutes,
        rules.market_lots_min,
        rules.iceberg_parts_max,
        rules.algo_orders_max,
        rules.iceberg_orders_max,
        rules.order_lists_max,
        rules.amends_max,
        rules.position_atoms_max,
        rules.trail_above_bips_min,
        rules.trail_above_bips_max,
        rules.trail_below_bips_min,
        rules.trail_below_bips_max,
    )
