"""Second factors: codes of 30 seconds (RFC 6238) that an account's owner has on another device.

A code is good once; wrong ones in a row lock the account's codes for a time. The secret is sealed under the master key
and shown once. Methods that are not to be awaited block for SQL. Source: docs/rules/p2p_conduct.md, "Second factor".
"""

import hmac
import threading
from enum import StrEnum
from typing import Any, NamedTuple, cast

import pyotp
from sqlalchemy import CursorResult, bindparam, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.gathering import Gathering
from venus.registry.p2p_tables import SecondFactorRow
from venus.registry.vault import Vault

STEP_US = 30_000_000
DRIFT_STEPS = 1
"""A clock may be so many steps off, either way."""
FAILURES_MAX = 5
LOCKED_US = 15 * 60 * 1_000_000
ISSUER = "Venus"


class FactorStands(Exception):
    """There is one already: an operator may drop it."""


class NewFactor(NamedTuple):
    """Shown once."""

    secret: str  # base32
    uri: str  # for a QR code

    def __repr__(self) -> str:
        return "NewFactor(hidden)"


class Checked(StrEnum):
    GOOD = "GOOD"
    WRONG = "WRONG"
    USED = "USED"  # this code or a later one was good before
    LOCKED = "LOCKED"  # too many wrong ones
    NONE = "NONE"  # no second factor is set up


class SecondFactors:
    def __init__(self, session: sessionmaker[Session], vault: Vault, lock: threading.Lock, reading: Gathering) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock
        self._reading = reading

    def begin(self, account: int, label: str) -> NewFactor:
        """A new secret, which counts once it is confirmed. In the place of one that was not. Raises FactorStands.

        label  what the owner's device calls it
        """
        secret = pyotp.random_base32()
        with self._lock, self._session.begin() as session:
            alone(session, Matter.SECOND_FACTORS)
            row = session.get(SecondFactorRow, account)
            if row is not None and row.confirmed_us is not None:
                raise FactorStands
            session.merge(
                SecondFactorRow(
                    account=account,
                    sealed=self._vault.seal(secret.encode(), _context(account)),
                    confirmed_us=None,
                    step_used=0,
                    # Kept, so that nobody gets new tries by beginning anew.
                    failures=0 if row is None else row.failures,
                    locked_until_us=0 if row is None else row.locked_until_us,
                )
            )
        return NewFactor(secret, pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER))

    def confirm(self, account: int, code: str, now_us: int) -> Checked:
        """The first code: GOOD, and the second factor stands from now on."""
        return self._check(account, code, now_us, confirms=True)

    def check(self, account: int, code: str, now_us: int) -> Checked:
        """A code of a second factor that stands."""
        return self._check(account, code, now_us, confirms=False)

    async def stands(self, account: int) -> bool:
        """Whether the account has a confirmed one."""
        confirmed_us = await self._reading.do(lambda connection: connection.scalar(_CONFIRMED, {"of": account}))
        return confirmed_us is not None

    def drop(self, account: int) -> bool:
        """Whether there was one, and so it is gone: for an operator who knows that its owner lost it."""
        with self._lock, self._session.begin() as session:
            row = session.get(SecondFactorRow, account)
            if row is not None:
                session.delete(row)
        return row is not None

    def _check(self, account: int, code: str, now_us: int, *, confirms: bool) -> Checked:
        with self._lock, self._session.begin() as session:
            alone(session, Matter.SECOND_FACTORS)
            row = session.get(SecondFactorRow, account)
            if row is None or (row.confirmed_us is None) != confirms:
                return Checked.NONE
            if row.locked_until_us > now_us:
                return Checked.LOCKED
            step = _step(self._vault.unseal(row.sealed, _context(account)).decode(), code, now_us)
            if step is not None and _use(session, account, step, now_us):
                return Checked.GOOD
            row.failures += 1
            if row.failures >= FAILURES_MAX:
                row.failures, row.locked_until_us = 0, now_us + LOCKED_US
            return Checked.WRONG if step is None else Checked.USED


_CONFIRMED = select(SecondFactorRow.confirmed_us).where(SecondFactorRow.account == bindparam("of"))


def _use(session: Session, account: int, step: int, now_us: int) -> bool:
    """Whether the step's code was not used yet, nor a later one; now it is. Of two at once one is first."""
    later = update(SecondFactorRow).where(SecondFactorRow.account == account, SecondFactorRow.step_used < step)
    confirmed_us = func.coalesce(SecondFactorRow.confirmed_us, now_us)
    used = session.execute(later.values(step_used=step, failures=0, confirmed_us=confirmed_us))
    return cast(CursorResult[Any], used).rowcount == 1


def _step(secret: str, code: str, now_us: int) -> int | None:
    """The step whose code it is, the newest first; None if it is none's near now."""
    totp, now = pyotp.TOTP(secret), now_us // STEP_US
    said = code.strip().encode()
    for step in range(now + DRIFT_STEPS, now - DRIFT_STEPS - 1, -1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), said):
            return step
    return None


def _context(account: int) -> str:
    return f"p2p_second_factors.sealed:{account}"
