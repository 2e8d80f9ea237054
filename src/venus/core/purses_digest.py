"""The state root's sections of purses. Source: docs/rules/digest.md, "Under rules 4"."""

from collections.abc import Iterable
from hashlib import sha256
from struct import Struct

import numpy as np

from venus.core.affairs import Affairs, Purse

_WORDS = Struct("<4q")
_PAYMENT = Struct("<3q")


def _rows(rows: Iterable[tuple[int, ...]], columns: int) -> np.ndarray:
    return np.array(list(rows), "<i8").reshape(-1, columns)


def purse_sections(affairs: Affairs) -> dict[str, np.ndarray]:
    """As those of affairs_digest.py."""
    return {
        "PURSTERM": _rows(
            (
                (
                    *(*place, *_WORDS.unpack(one.key), one.holds_atoms_max, one.payment_atoms_max),
                    *(one.guarantee_atoms, one.life_ns_max, one.claim_ns),
                )
                for place, one in sorted(affairs.purse_terms.items())
            ),
            11,
        ),
        "PURSES": _rows((_purse(one) for one in affairs.purses), 20),
    }


def _purse(one: Purse) -> tuple[int, ...]:
    said = b"".join(_PAYMENT.pack(*payment[:3]) + payment[3] for payment in one.payments)
    return (
        *(one.account, one.currency, one.operator, *_WORDS.unpack(one.key), one.holds_atoms_max),
        *(one.payment_atoms_max, one.expires_ns, one.closes_ns, one.loaded_atoms, one.paid_atoms),
        *(one.guarantee_atoms, one.caught, one.closed, *_WORDS.unpack(sha256(said).digest())),
    )
