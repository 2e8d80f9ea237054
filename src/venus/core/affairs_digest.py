"""The state root's sections of institutions, coins and what is held. Source: docs/rules/digest.md, "Under rules 3"."""

from collections.abc import Iterable
from hashlib import sha256
from struct import Struct

import msgspec
import numpy as np

from venus.core.affairs import Affairs
from venus.records.commands import encode_cold

_WORDS = Struct("<4q")
_NOTHING = (0, 0, 0, 0)


def hash_columns(data: str | bytes) -> tuple[int, ...]:
    """SHA-256 as four columns."""
    return _WORDS.unpack(sha256(data.encode() if isinstance(data, str) else data).digest())


def rows_of(rows: Iterable[tuple[int, ...]], columns: int) -> np.ndarray:
    return np.array(list(rows), "<i8").reshape(-1, columns)


def affairs_sections(affairs: Affairs) -> dict[str, np.ndarray]:
    """int64[n, columns] by tag, in the order of hashing."""
    founded = _WORDS.unpack(affairs.exchange) if affairs.exchange else _NOTHING
    return {
        "FOUNDED": rows_of(
            [(*founded, affairs.controls, affairs.receipts_count, affairs.redemptions_count)],
            7,
        ),
        "INSTITUT": rows_of(((*hash_columns(one.name), one.duties, one.quorum) for one in affairs.institutions), 6),
        "SEATS": rows_of(_seats(affairs), 12),
        "CALENDAR": rows_of(
            (
                (
                    *hash_columns(calendar.name),
                    *hash_columns(calendar.zone),
                    len(calendar.cutoffs_ns),
                    *hash_columns(np.array(calendar.cutoffs_ns, "<i8").tobytes()),
                )
                for calendar in affairs.calendars
            ),
            13,
        ),
        "COINS": rows_of(_coins(affairs), 17),
        "MINTERS": rows_of(
            (
                (asset, number, one.cap_atoms, one.refill_atoms_a_day, one.left_atoms, one.since_ns)
                for asset, coin in sorted(affairs.coins.items())
                for number, one in sorted(coin.minters.items())
            ),
            6,
        ),
        "RESERVES": rows_of(_reserves(affairs), 16),
        "RECEIPTS": rows_of(
            ((number, one.reserve, one.account, one.atoms) for number, one in sorted(affairs.receipts.items())), 4
        ),
        "REDEEMS": rows_of(
            (
                (number, one.coin, one.account, one.atoms, one.deadline_ns, one.overdue, *hash_columns(one.payee))
                for number, one in sorted(affairs.redemptions.items())
            ),
            10,
        ),
        "LAWFUL": rows_of(_lawful(affairs), 16),
        **_holders(affairs),
    }


def currency_sections(affairs: Affairs) -> dict[str, np.ndarray]:
    """Those of rules 4, as affairs_sections()."""
    currencies = sorted(affairs.currencies.items())
    return {
        "CURRENCY": rows_of(
            (
                (
                    *(asset, one.reserve_asset, *hash_columns(one.currency), one.central_bank, one.issue_account),
                    *(one.reserve_account, one.backing_account, one.offline_account, one.in_force, one.regimes_count),
                )
                for asset, one in currencies
            ),
            13,
        ),
        "OPERATOR": rows_of(
            (
                (asset, number, *msgspec.structs.astuple(operator))
                for asset, one in currencies
                for number, operator in enumerate(one.operators)
            ),
            8,
        ),
        "PURPOSED": rows_of([(affairs.purposes_count,)], 1),
        "PURPOSES": rows_of(
            (
                (
                    *(number, one.account, one.holder, one.asset, one.atoms, one.expires_ns),
                    *hash_columns(np.array(one.categories, "<i8").tobytes()),
                )
                for number, one in sorted(affairs.purposes.items())
            ),
            10,
        ),
        "REGIMES": rows_of(
            (
                (asset, regime.from_ns, *hash_columns(encode_cold(regime)))
                for asset, one in currencies
                for regime in one.regimes
            ),
            6,
        ),
    }


def _holders(affairs: Affairs) -> dict[str, np.ndarray]:
    counts = (affairs.holds_count, affairs.trades_count, affairs.schedules_count)
    return {
        "HOLDERS": rows_of([counts], 3),
        "KEYS": rows_of(
            ((account, one.scheme, *hash_columns(one.key)) for account, one in sorted(affairs.holder_keys.items())), 6
        ),
        "ALLOWED": rows_of(((*key, atoms) for key, atoms in sorted(affairs.allowances.items())), 4),
        "HOLDS": rows_of(
            (
                (
                    *(
                        number,
                        one.account,
                        one.target,
                        one.notary,
                        one.asset,
                        one.atoms,
                        one.reclaim_ns,
                        one.expires_ns,
                    ),
                    *(_WORDS.unpack(one.hash_lock) if one.hash_lock else _NOTHING),
                )
                for number, one in sorted(affairs.holds.items())
            ),
            12,
        ),
        "TRADES": rows_of(
            ((number, *msgspec.structs.astuple(one)) for number, one in sorted(affairs.trades.items())), 8
        ),
        "SCHEDULE": rows_of(
            ((number, *msgspec.structs.astuple(one)) for number, one in sorted(affairs.schedules.items())), 8
        ),
    }


def _seats(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for number, institution in enumerate(affairs.institutions):
        for place, seat in enumerate(institution.seats):
            terms = seat.terms
            figures = (terms.person, terms.role, terms.scheme, terms.from_ns, terms.until_ns)
            yield (number, place, *figures, seat.revoked, *hash_columns(terms.key))


def _coins(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for asset, coin in sorted(affairs.coins.items()):
        accounts = (coin.issue_account, coin.escrow_account, coin.treasury_account)
        pack = hash_columns(encode_cold(coin.pack)) if coin.pack else _NOTHING
        state = (coin.paused, coin.stop, coin.backing_atoms)
        yield (asset, *hash_columns(coin.currency), coin.issuer, coin.agent, *accounts, *state, *pack)


def _reserves(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for one in affairs.reserves:
        kind = (one.instrument, *hash_columns(one.currency), one.maturity_ns)
        yield (
            *(one.coin, one.custodian, *hash_columns(one.account), *kind),
            *(one.closed, one.atoms, one.as_of_ns, one.moved_ns),
        )


def _lawful(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for one in affairs.lawful:
        scope = (one.order_kind, one.coin, one.account, one.wanted_atoms, one.frozen_atoms, one.to_account)
        by = (one.frozen_by, one.authority, one.second, one.expires_ns, one.end, one.appealed)
        yield (*scope, *by, *hash_columns(one.basis))
