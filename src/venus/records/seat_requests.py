"""What a seat's key signs for a request of a machine: a reading of the journal, a cosignature handed in.

Source: docs/rules/supervision.md, "Who may read the journal".
"""

from hashlib import sha256

SEAT_HEADER = "X-VENUS-SEAT"
TIME_HEADER = "X-VENUS-TIME"
SIGNATURE_HEADER = "X-VENUS-SIGNATURE"
WINDOW_MS = 30_000
"""A request is taken for so long after the time that it bears, and before."""


def request_statement(method: str, target: str, time_ms: int, body: bytes) -> bytes:
    """The bytes that are signed. target: path and query, as they are sent."""
    return f"{method} {target}\n{time_ms}\n{sha256(body).hexdigest()}".encode()
