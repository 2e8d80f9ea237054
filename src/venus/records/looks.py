"""What the journal holds of looks into itself. Source: docs/rules/public_log.md, "Looks"."""

from venus.records.cold import Cold

HEAD_BYTES = 32


class NoteLooks(Cold, frozen=True, tag=140):
    """A door says how many looks there are, and the hash of the last; it changes nothing."""

    looks: int
    head: bytes
