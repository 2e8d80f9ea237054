"""What a report of one coin's month says. docs/rules/reports.md."""

import msgspec

from venus.records.coins import DAY_NS


class CoinMissing(Exception):
    """There was no such coin until the end of the month."""


class Movement(msgspec.Struct, frozen=True):
    """Something that a frame did to the supply or the reserves."""

    frame: int
    time_ns: int
    kind: str  # EventKind's name
    number: int  # receipt, reserve or redemption; -1: none
    atoms: int


class ReserveRow(msgspec.Struct, frozen=True):
    """A reserve at the end of the month, or of the journal."""

    number: int
    custodian: str
    account: str
    instrument: str
    currency: str
    maturity_ns: int
    atoms: int
    attested_atoms: int
    as_of_ns: int
    counted_atoms: int  # under the pack that was adopted


class Share(msgspec.Struct, frozen=True):
    """A part of the reserves in the coin's currency."""

    name: str
    atoms: int
    share_ppm: int  # rounded down


class RedemptionRow(msgspec.Struct, frozen=True):
    """A request that waited in the month; who asked and who is paid are not told."""

    number: int
    asked_ns: int
    deadline_ns: int
    atoms: int
    paid_atoms: int
    paid_ns: int  # when wholly; -1: not yet
    late: bool


class LawfulRow(msgspec.Struct, frozen=True):
    """Counts of lawful orders, ever."""

    kind: str
    ordered: int
    in_force: int
    appeals: int
    granted: int
    taken_atoms: int


class Cited(msgspec.Struct, frozen=True):
    """A frame that the report rests on: its hash is leaf `number` of the log, and `path` leads to the root."""

    number: int
    hash: str
    path: tuple[str, ...]


class Proof(msgspec.Struct, frozen=True):
    """docs/rules/journal.md: an RFC 6962 log over frame hashes; the note is signed by the journal's key."""

    frames: int
    log_root: str
    event_chain: str
    checkpoint_frame: int  # -1: none was written yet
    checkpoint: str
    cited: tuple[Cited, ...]


class Month(msgspec.Struct, frozen=True):
    """The report. Amounts are atoms: 10**scale of them are one unit."""

    coin: str
    currency: str
    scale: int
    month: str
    issuer: str
    agent: str
    pack: str
    from_ns: int
    until_ns: int
    last_frame: int  # of the month
    is_whole: bool  # the journal goes on behind the month
    opening_atoms: int
    minted_atoms: int
    redeemed_atoms: int
    burned_atoms: int
    closing_atoms: int
    backing_atoms: int
    stopped: tuple[str, ...]  # why minting is, at the end
    reserves: tuple[ReserveRow, ...]
    by_instrument: tuple[Share, ...]
    by_custodian: tuple[Share, ...]
    redemptions: tuple[RedemptionRow, ...]
    waiting_atoms: int
    movements: tuple[Movement, ...]
    lawful: tuple[LawfulRow, ...]
    proof: Proof


def days_left(row: ReserveRow, at_ns: int) -> int:
    """Whole days until a reserve matures; 0 on demand, or if it has."""
    return max(row.maturity_ns - at_ns, 0) // DAY_NS if row.maturity_ns else 0
