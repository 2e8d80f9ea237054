"""Who asks: a machine with the key of a seat at a supervisor or an authority, which signs every request.

Source: docs/rules/supervision.md, "Who may read the journal".
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import NamedTuple

from venus.gateway.binance.errors import ApiError
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import refused
from venus.gateway.journal import refusals
from venus.records.institutions import Duty, Scheme
from venus.records.quorums import is_active
from venus.records.rejects import Reject
from venus.records.seat_requests import SEAT_HEADER, SIGNATURE_HEADER, TIME_HEADER, WINDOW_MS, request_statement
from venus.records.signatures import ed25519_holds
from venus.units import NS_PER_MS

DUTIES = Duty.SUPERVISOR | Duty.AUTHORITY
_SEAT = re.compile(r"(0|[1-9][0-9]{0,8})/(0|[1-9][0-9]{0,8})")
_TIME = re.compile(r"[0-9]{1,15}")

Headers = Iterable[tuple[bytes, bytes]]  # names in lower case


class Asker(NamedTuple):
    """A seat that was believed."""

    institution: int
    seat: int
    name: str  # of the institution


class Askers:
    """facts: of the institutions. real_ns: the time by which requests age, which no sandbox turns; clock_ns: that of
    the exchange, by which seats begin and end.
    """

    def __init__(self, facts: LedgerFacts, real_ns: Callable[[], int], clock_ns: Callable[[], int]) -> None:
        self._facts = facts
        self._real_ns = real_ns
        self._clock_ns = clock_ns

    async def believe(self, method: str, target: str, headers: Headers, body: bytes) -> Asker:
        """Who signed this request; raises ApiError in words."""
        given = {name: value.decode("latin-1") for name, value in headers}
        seat_text, time_text = _header(given, SEAT_HEADER), _header(given, TIME_HEADER)
        signature = _signature(_header(given, SIGNATURE_HEADER))
        found = _SEAT.fullmatch(seat_text)
        if found is None:
            raise refusals.bad_header(SEAT_HEADER, "<institution's number>/<seat's number>")
        if not _TIME.fullmatch(time_text):
            raise refusals.bad_header(TIME_HEADER, "a time in milliseconds")
        ahead_ms = int(time_text) - self._real_ns() // NS_PER_MS
        if abs(ahead_ms) > WINDOW_MS:
            raise refusals.out_of_time(ahead_ms)
        asker = Asker(int(found[1]), int(found[2]), "")
        key, name = await self._key(asker)
        if not ed25519_holds(key, signature, request_statement(method, target, int(time_text), body)):
            raise refusals.bad_signature()
        return asker._replace(name=name)

    async def still(self, asker: Asker) -> bool:
        """Whether the seat may go on reading: it was not revoked since, and has not ended."""
        try:
            await self._key(asker)
        except ApiError:
            return False
        return True

    async def _key(self, asker: Asker) -> tuple[bytes, str]:
        """The seat's key and its institution's name; raises ApiError for one that may not ask."""
        await self._facts.refresh()
        institution = self._facts.institution(asker.institution)
        if institution is None or asker.seat >= len(institution.seats):
            raise refused(Reject.UNKNOWN_SEAT)
        seat = institution.seats[asker.seat]
        if not is_active(seat, self._clock_ns(), revoked=seat.revoked):
            raise refused(Reject.SEAT_NOT_ACTIVE)
        if not institution.duties & DUTIES:
            raise refusals.wrong_duty(institution.name)
        if seat.scheme != Scheme.ED25519:
            raise refusals.passkey()
        return seat.key, institution.name


def _header(given: dict[bytes, str], name: str) -> str:
    value = given.get(name.lower().encode())
    if not value:
        raise refusals.unsigned(name)
    return value


def _signature(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refusals.bad_header(SIGNATURE_HEADER, "Base64") from None
