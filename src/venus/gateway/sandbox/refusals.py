"""A request under /sandbox/ that is refused, with words that say what to do."""

from venus.records.rejects import Reject


class Refused(Exception):
    """`status` is HTTP's: 400 malformed, 404 no such thing, 409 not as things stand."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def rejected(reason: int, what: str) -> Refused:
    """The core's own reject."""
    return Refused(409, f"{what}: the exchange refuses it with {Reject(reason).name}")
