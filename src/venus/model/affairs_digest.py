"""The state root's rows of institutions, coins and what is held. Source: docs/rules/digest.md, "Under rules 3"."""

from collections.abc import Iterator
from hashlib import sha256
from struct import Struct

from venus.model.affairs import Affairs
from venus.model.coins import Coin, Lawful, Reserve
from venus.model.currency import Currency
from venus.model.holds import Hold, Holders, Schedule
from venus.model.purses import Purse
from venus.records.commands import encode_cold
from venus.records.holds import ProposeTrade

ROWS_3 = {
    "FOUNDED": Struct("<32s3q"),
    "INSTITUT": Struct("<32s2q"),
    "SEATS": Struct("<8q32s"),
    "CALENDAR": Struct("<32s32sq32s"),
    "COINS": Struct("<q32s8q32s"),
    "MINTERS": Struct("<6q"),
    "RESERVES": Struct("<2q32sq32s5q"),
    "RECEIPTS": Struct("<4q"),
    "REDEEMS": Struct("<6q32s"),
    "LAWFUL": Struct("<12q32s"),
    "HOLDERS": Struct("<3q"),
    "KEYS": Struct("<2q32s"),
    "ALLOWED": Struct("<4q"),
    "HOLDS": Struct("<8q32s"),
    "TRADES": Struct("<8q"),
    "SCHEDULE": Struct("<8q"),
}
"""Tag and row of each section that rules 3 add, in the order of the root."""
ROWS_4 = {
    "CURRENCY": Struct("<2q32s7q"),
    "OPERATOR": Struct("<8q"),
    "PURPOSED": Struct("<q"),
    "PURPOSES": Struct("<6q32s"),
    "REGIMES": Struct("<2q32s"),
    "PURSTERM": Struct("<2q32s5q"),
    "PURSES": Struct("<3q32s9q32s"),
}
Row = tuple[int | bytes, ...]


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def rows_of_rules_3(affairs: Affairs) -> dict[str, Iterator[Row]]:
    seats, coins = affairs.institutions, affairs.coins
    founded = (seats.exchange or bytes(32), seats.controls, coins.receipts_count, coins.redemptions_count)
    return {
        "FOUNDED": iter([founded]),
        "INSTITUT": ((digest(one.name), one.duties, one.quorum) for one in seats.all),
        "SEATS": seat_rows(affairs),
        "CALENDAR": (
            (
                digest(one.name),
                digest(one.zone),
                len(one.cutoffs_ns),
                sha256(b"".join(cutoff.to_bytes(8, "little") for cutoff in one.cutoffs_ns)).digest(),
            )
            for one in coins.calendars
        ),
        "COINS": (coin_row(number, coin) for number, coin in sorted(coins.coins.items())),
        "MINTERS": (
            (number, institution, one.cap_atoms, one.refill_atoms_a_day, one.left_atoms, one.since_ns)
            for number, coin in sorted(coins.coins.items())
            for institution, one in sorted(coin.minters.items())
        ),
        "RESERVES": (reserve_row(one) for one in coins.reserves),
        "RECEIPTS": ((number, one.reserve, one.account, one.atoms) for number, one in sorted(coins.receipts.items())),
        "REDEEMS": (
            (number, one.coin, one.account, one.atoms, one.deadline_ns, one.overdue, digest(one.payee))
            for number, one in sorted(coins.redemptions.items())
        ),
        "LAWFUL": (lawful_row(one) for one in coins.lawful),
        **rows_of_holders(affairs.holders),
    }


def rows_of_rules_4(affairs: Affairs) -> dict[str, Iterator[Row]]:
    currencies = sorted(affairs.currencies.all.items())
    return {
        "CURRENCY": (currency_row(one) for _, one in currencies),
        "OPERATOR": (
            (
                *(asset, number, one.terms.institution, one.terms.treasury_account, one.terms.reserve_account),
                *(one.quota_atoms, one.outstanding_atoms, one.moved_to),
            )
            for asset, currency in currencies
            for number, one in enumerate(currency.operators)
        ),
        "PURPOSED": iter([(affairs.purposes.count,)]),
        "PURPOSES": (
            (
                *(number, one.terms.account, one.terms.holder, one.terms.asset, one.atoms, one.terms.expires_ns),
                sha256(b"".join(category.to_bytes(8, "little") for category in one.terms.categories)).digest(),
            )
            for number, one in sorted(affairs.purposes.all.items())
        ),
        "REGIMES": (
            (asset, regime.from_ns, sha256(encode_cold(regime)).digest())
            for asset, one in currencies
            for regime in ([one.regime] if one.regime else []) + one.to_come
        ),
        "PURSTERM": (
            (
                *(asset, operator, one.key, one.holds_atoms_max, one.payment_atoms_max),
                *(one.guarantee_atoms, one.life_ns_max, one.claim_ns),
            )
            for (asset, operator), one in sorted(affairs.purses.terms.items())
        ),
        "PURSES": map(purse_row, affairs.purses.all),
    }


def purse_row(purse: Purse) -> Row:
    terms = purse.terms
    paid = [] if purse.closed else [one.payment for one in purse.paid]
    entries = sorted(
        (one.counter, one.total_atoms, one.atoms, sha256(Struct("<q").pack(one.payee) + one.nonce).digest())
        for one in paid
    )
    return (
        *(terms.account, terms.currency, terms.operator, terms.key, terms.holds_atoms_max, terms.payment_atoms_max),
        *(terms.expires_ns, purse.closes_ns, purse.loaded_atoms, purse.loaded_atoms - purse.left_atoms),
        *(purse.guarantee_atoms, purse.caught, purse.closed),
        sha256(b"".join(Struct("<3q32s").pack(*entry) for entry in entries)).digest(),
    )


def currency_row(one: Currency) -> Row:
    terms = one.terms
    accounts = (terms.issue_account, terms.reserve_account, terms.backing_account, terms.offline_account)
    state = (one.regime is not None, one.regimes_count)
    return (terms.asset, terms.reserve_asset, digest(terms.currency), terms.central_bank, *accounts, *state)


def rows_of_holders(holders: Holders) -> dict[str, Iterator[Row]]:
    counts = holders.counts
    return {
        "HOLDERS": iter([(counts["holds"], counts["trades"], counts["schedules"])]),
        "KEYS": ((account, scheme, sha256(key).digest()) for account, (scheme, key) in sorted(holders.keys.items())),
        "ALLOWED": ((*key, atoms) for key, atoms in sorted(holders.allowances.items()) if atoms),
        "HOLDS": (hold_row(number, one) for number, one in sorted(holders.holds.items())),
        "TRADES": (trade_row(number, one) for number, one in sorted(holders.trades.items())),
        "SCHEDULE": (schedule_row(number, one) for number, one in sorted(holders.schedules.items())),
    }


def hold_row(number: int, hold: Hold) -> Row:
    one = hold.terms
    parties = (one.account, one.target, one.notary)
    return (number, *parties, one.asset, hold.atoms, one.reclaim_ns, one.expires_ns, one.hash_lock or bytes(32))


def trade_row(number: int, one: ProposeTrade) -> Row:
    sides = (one.give_asset, one.give_atoms, one.take_asset, one.take_atoms)
    return (number, one.account, one.counterparty, *sides, one.expires_ns)


def schedule_row(number: int, schedule: Schedule) -> Row:
    one = schedule.terms
    payment = (one.account, one.to_account, one.asset, one.atoms)
    return (number, *payment, schedule.next_ns, one.every_ns, one.count - schedule.made)


def seat_rows(affairs: Affairs) -> Iterator[Row]:
    for number, institution in enumerate(affairs.institutions.all):
        for place, seat in enumerate(institution.seats):
            one = seat.terms
            figures = (one.person, one.role, one.scheme, one.from_ns, one.until_ns, seat.revoked)
            yield (number, place, *figures, sha256(one.key).digest())


def coin_row(number: int, coin: Coin) -> Row:
    one = coin.terms
    accounts = (one.issue_account, one.escrow_account, one.treasury_account)
    pack = sha256(encode_cold(coin.pack)).digest() if coin.pack else bytes(32)
    state = (coin.paused, coin.stop, coin.backing_atoms)
    return (number, digest(one.currency), one.issuer, one.agent, *accounts, *state, pack)


def reserve_row(reserve: Reserve) -> Row:
    one = reserve.terms
    state = (reserve.closed, reserve.atoms, reserve.as_of_ns, reserve.moved_ns)
    return (
        *(one.coin, one.custodian, digest(one.account), one.instrument, digest(one.currency), one.maturity_ns),
        *state,
    )


def lawful_row(order: Lawful) -> Row:
    one = order.terms
    return (
        *(one.order_kind, order.asset, one.account, order.wanted_atoms, order.frozen_atoms, one.to_account),
        *(one.frozen_by, one.authority, one.second, one.expires_ns, order.end, order.appealed),
        digest(one.basis),
    )
