"""Releases that one code of a second factor stands for: a busy seller confirms once, for a time and up to a sum.

Kept in memory alone, so that a gateway that begins anew asks for a code. docs/rules/p2p_conduct.md, "Second factor".
"""

from typing import NamedTuple

from venus.p2p.risk import RiskRules
from venus.units import NS_PER_S

MINUTE_NS = 60 * NS_PER_S


class Session(NamedTuple):
    """left: minor units of the currency that may still be released."""

    fiat: str
    left: int
    until_ns: int


class ReleaseSessions:
    """One for each door. A session is of an account and the API key that began it; a later one takes its place."""

    def __init__(self) -> None:
        self._sessions: dict[int, dict[str, Session]] = {}  # by account and key

    def begin(self, account: int, key: str, session: Session) -> None:
        self._sessions.setdefault(account, {})[key] = session

    def of(self, account: int, key: str, now_ns: int) -> Session | None:
        """One that is not over."""
        some = self._sessions.get(account, {})
        session = some.get(key)
        if session is None or now_ns < session.until_ns:
            return session
        self._drop(account, key)
        return None

    def spend(self, account: int, key: str, fiat: str, minor: int, now_ns: int) -> bool:
        """Whether it stands for a release of so much, which is counted then, whatever becomes of the release."""
        session = self.of(account, key, now_ns)
        if session is None or session.fiat != fiat or session.left < minor:
            return False
        self._sessions[account][key] = session._replace(left=session.left - minor)
        return True

    def end(self, account: int) -> None:
        """All of an account's, whichever key began them."""
        self._sessions.pop(account, None)

    def _drop(self, account: int, key: str) -> None:
        some = self._sessions[account]
        del some[key]
        if not some:
            del self._sessions[account]


def may_begin(rules: RiskRules, minor: int, unit: int, minutes: int) -> bool:
    """Whether a session may be for so much and so long."""
    return 1 <= minutes <= rules.session_minutes_max and 1 <= minor <= rules.session_units_max * unit
