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


def _hash(data: str | bytes) -> tuple[int, ...]:
    """SHA-256 as four columns."""
    return _WORDS.unpack(sha256(data.encode() if isinstance(data, str) else data).digest())


def _rows(rows: Iterable[tuple[int, ...]], columns: int) -> np.ndarray:
    return np.array(list(rows), "<i8").reshape(-1, columns)


def affairs_sections(affairs: Affairs) -> dict[str, np.ndarray]:
    """int64[n, columns] by tag, in the order of hashing."""
    founded = _WORDS.unpack(affairs.exchange) if affairs.exchange else _NOTHING
    return {
        "FOUNDED": _rows(
            [(*founded, affairs.controls, affairs.receipts_count, affairs.redemptions_count)],
            7,
        ),
        "INSTITUT": _rows(((*_hash(one.name), one.duties, one.quorum) for one in affairs.institutions), 6),
        "SEATS": _rows(_seats(affairs), 12),
        "CALENDAR": _rows(
            (
                (
                    *_hash(calendar.name),
                    *_hash(calendar.zone),
                    len(calendar.cutoffs_ns),
                    *_hash(np.array(calendar.cutoffs_ns, "<i8").tobytes()),
                )
                for calendar in affairs.calendars
            ),
            13,
        ),
        "COINS": _rows(_coins(affairs), 17),
        "MINTERS": _rows(
            (
                (asset, number, one.cap_atoms, one.refill_atoms_a_day, one.left_atoms, one.since_ns)
                for asset, coin in sorted(affairs.coins.items())
                for number, one in sorted(coin.minters.items())
            ),
            6,
        ),
        "RESERVES": _rows(_reserves(affairs), 16),
        "RECEIPTS": _rows(
            ((number, one.reserve, one.account, one.atoms) for number, one in sorted(affairs.receipts.items())), 4
        ),
        "REDEEMS": _rows(
            (
                (number, one.coin, one.account, one.atoms, one.deadline_ns, one.overdue, *_hash(one.payee))
                for number, one in sorted(affairs.redemptions.items())
            ),
            10,
        ),
        "LAWFUL": _rows(_lawful(affairs), 16),
        **_holders(affairs),
    }


def currency_sections(affairs: Affairs) -> dict[str, np.ndarray]:
    """Those of rules 4, as affairs_sections()."""
    currencies = sorted(affairs.currencies.items())
    return {
        "CURRENCY": _rows(
            (
                (
                    *(asset, one.reserve_asset, *_hash(one.currency), one.central_bank, one.issue_account),
                    *(one.reserve_account, one.backing_account, one.offline_account, one.in_force, one.regimes_count),
                )
                for asset, one in currencies
            ),
            13,
        ),
        "OPERATOR": _rows(
            (
                (asset, number, *msgspec.structs.astuple(operator))
                for asset, one in currencies
                for number, operator in enumerate(one.operators)
            ),
            8,
        ),
        "PURPOSED": _rows([(affairs.purposes_count,)], 1),
        "PURPOSES": _rows(
            (
                (
                    *(number, one.account, one.holder, one.asset, one.atoms, one.expires_ns),
                    *_hash(np.array(one.categories, "<i8").tobytes()),
                )
                for number, one in sorted(affairs.purposes.items())
            ),
            10,
        ),
        "REGIMES": _rows(
            (
                (asset, regime.from_ns, *_hash(encode_cold(regime)))
                for asset, one in currencies
                for regime in one.regimes
            ),
            6,
        ),
    }


def _holders(affairs: Affairs) -> dict[str, np.ndarray]:
    counts = (affairs.holds_count, affairs.trades_count, affairs.schedules_count)
    return {
        "HOLDERS": _rows([counts], 3),
        "KEYS": _rows(
            ((account, one.scheme, *_hash(one.key)) for account, one in sorted(affairs.holder_keys.items())), 6
        ),
        "ALLOWED": _rows(((*key, atoms) for key, atoms in sorted(affairs.allowances.items())), 4),
        "HOLDS": _rows(
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
        "TRADES": _rows(((number, *msgspec.structs.astuple(one)) for number, one in sorted(affairs.trades.items())), 8),
        "SCHEDULE": _rows(
            ((number, *msgspec.structs.astuple(one)) for number, one in sorted(affairs.schedules.items())), 8
        ),
    }


def _seats(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for number, institution in enumerate(affairs.institutions):
        for place, seat in enumerate(institution.seats):
            terms = seat.terms
            figures = (terms.person, terms.role, terms.scheme, terms.from_ns, terms.until_ns)
            yield (number, place, *figures, seat.revoked, *_hash(terms.key))


def _coins(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for asset, coin in sorted(affairs.coins.items()):
        accounts = (coin.issue_account, coin.escrow_account, coin.treasury_account)
        pack = _hash(encode_cold(coin.pack)) if coin.pack else _NOTHING
        state = (coin.paused, coin.stop, coin.backing_atoms)
        yield (asset, *_hash(coin.currency), coin.issuer, coin.agent, *accounts, *state, *pack)


def _reserves(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for one in affairs.reserves:
        kind = (one.instrument, *_hash(one.currency), one.maturity_ns)
        yield (
            *(one.coin, one.custodian, *_hash(one.account), *kind),
            *(one.closed, one.atoms, one.as_of_ns, one.moved_ns),
        )


def _lawful(affairs: Affairs) -> Iterable[tuple[int, ...]]:
    for one in affairs.lawful:
        scope = (one.order_kind, one.coin, one.account, one.wanted_atoms, one.frozen_atoms, one.to_account)
        by = (one.frozen_by, one.authority, one.second, one.expires_ns, one.end, one.appealed)
        yield (*scope, *by, *_hash(one.basis))
