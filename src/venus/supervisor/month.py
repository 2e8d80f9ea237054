"""What one coin did in one month, from the journal alone, with what proves it. docs/rules/reports.md."""

from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from venus.journal.merkle import MerkleTree
from venus.records.batch import Batch
from venus.records.coins import DAY_NS, Instrument, LawfulKind, Stop
from venus.records.events import EventFlag, EventKind, unpack_events
from venus.supervisor.cast import Cast
from venus.supervisor.coin_states import CoinState, coin_states, institution_names, lawful_orders
from venus.units import ATOMS_MAX, PPM
from venus.views.issuance import Issuance
from venus.views.issuance_questions import Coin, Reserve


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


class Reading(Protocol):
    """A frame as the engine rereads it."""

    @property
    def number(self) -> int: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def hash(self) -> bytes: ...
    @property
    def batch(self) -> Batch | None: ...
    @property
    def note(self) -> str: ...
    @property
    def event_chain(self) -> bytes: ...


class _Totals(NamedTuple):
    supply_atoms: int
    minted_atoms: int
    redeemed_atoms: int
    burned_atoms: int


_TOLD = {
    EventKind.MINTED,
    EventKind.BURNED,
    EventKind.REDEMPTIONS_PAID,
    EventKind.RESERVE_OPENED,
    EventKind.RESERVE_CLOSED,
    EventKind.RESERVE_ATTESTED,
    EventKind.RECEIPT_CONFIRMED,
    EventKind.REDEMPTION_REQUESTED,
    EventKind.REDEMPTION_OVERDUE,
    EventKind.REDEMPTION_WITHDRAWN,
    EventKind.TREASURY_PAID,
    EventKind.BACKING_CHANGED,
    EventKind.MINTING_STOPPED,
    EventKind.MINTING_RESUMED,
    EventKind.MINTING_PAUSED,
    EventKind.LAWFUL_ORDERED,
    EventKind.LAWFUL_TAKEN,
    EventKind.LAWFUL_ENDED,
}
_WITHOUT_NUMBER = {
    EventKind.TREASURY_PAID,
    EventKind.BURNED,
    EventKind.BACKING_CHANGED,
    EventKind.MINTING_STOPPED,
    EventKind.MINTING_RESUMED,
    EventKind.MINTING_PAUSED,
}


class MonthFold:
    """The fold. Give it every reading in order until `is_done`, then ask for the `report`."""

    def __init__(self, code: str, month: str, from_ns: int, until_ns: int) -> None:
        self.is_done = False
        self._code, self._month = code, month
        self._from_ns, self._until_ns = from_ns, until_ns
        self._view, self._cast, self._log = Issuance(), Cast(), MerkleTree()
        self._coin = -1
        self._opening: _Totals | None = None
        self._movements: list[Movement] = []
        self._redemptions: dict[int, RedemptionRow] = {}
        self._cited: dict[int, bytes] = {}
        self._last: Reading | None = None  # of the month, with commands
        self._checkpoint: Reading | None = None  # the first behind it
        self._is_whole = False

    def apply(self, reading: Reading) -> None:
        if reading.time_ns >= self._until_ns:
            self._is_whole = True
        self._log.append(reading.hash)
        if reading.note:
            self._checkpoint = self._checkpoint or reading
        elif not self._is_whole and reading.batch is not None:
            self._last, self._checkpoint = reading, None
            self._fold(reading.batch, reading.hash)
        self.is_done = self._is_whole and self._checkpoint is not None

    def _fold(self, batch: Batch, frame_hash: bytes) -> None:
        if self._opening is None and batch.time_ns >= self._from_ns:
            self._opening = self._totals()
        self._cast.apply(batch)
        self._view.apply(batch)
        if self._coin < 0 and self._code in self._cast.codes:
            self._coin = self._cast.codes.index(self._code)
        if self._coin >= 0:
            told = len(self._movements)
            self._tell(batch)
            if len(self._movements) > told:
                self._cited[batch.number] = frame_hash

    def _tell(self, batch: Batch) -> None:
        events = batch.events
        kinds = events["kind"]
        coarse = (kinds >= EventKind.COIN_REGISTERED) & (kinds <= EventKind.LAWFUL_ENDED)
        coarse &= (events["symbol"] == self._coin) & (events["flags"] & EventFlag.REPEATED == 0)
        if not coarse.any():
            return
        for event in unpack_events(np.ascontiguousarray(events[coarse]).tobytes()):
            self._tell_redemption(event.kind, event.order_id, event.quantity_lots, event.price_ticks, batch.time_ns)
            if batch.time_ns >= self._from_ns and event.kind in _TOLD:
                number = -1 if event.kind in _WITHOUT_NUMBER else event.order_id
                kind = EventKind(event.kind)
                self._movements.append(Movement(batch.number, batch.time_ns, kind.name, number, event.quantity_lots))

    def _tell_redemption(self, kind: int, number: int, atoms: int, price: int, time_ns: int) -> None:
        if kind == EventKind.REDEMPTION_REQUESTED:
            self._redemptions[number] = RedemptionRow(number, time_ns, price, atoms, 0, -1, False)
        elif kind == EventKind.REDEMPTION_PAID:
            row = self._redemptions[number]
            paid = row.paid_atoms + atoms
            paid_ns = time_ns if paid == row.atoms else -1
            late = row.late or time_ns >= row.deadline_ns
            self._redemptions[number] = msgspec.structs.replace(row, paid_atoms=paid, paid_ns=paid_ns, late=late)
        elif kind == EventKind.REDEMPTION_WITHDRAWN:
            row = self._redemptions[number]
            left = row.atoms - atoms
            if left:
                is_paid = left == row.paid_atoms
                self._redemptions[number] = msgspec.structs.replace(row, atoms=left, paid_ns=time_ns if is_paid else -1)
            else:
                del self._redemptions[number]

    def _totals(self) -> _Totals:
        for state in coin_states(self._view):
            if state.coin.asset == self._coin:
                coin = state.coin
                return _Totals(coin.supply_atoms, coin.minted_atoms, coin.redeemed_atoms, coin.burned_atoms)
        return _Totals(0, 0, 0, 0)

    def report(self) -> Month:
        """Raises CoinMissing."""
        states = [state for state in coin_states(self._view) if state.coin.asset == self._coin]
        if not states:
            raise CoinMissing(f"no coin {self._code} was registered until the end of {self._month}")
        [state] = states
        assert self._last is not None
        closing, names = self._totals(), institution_names(self._view)
        opening = self._opening or closing
        pairs = zip(closing[1:], opening[1:], strict=True)
        minted, redeemed, burned = (after - before for after, before in pairs)
        assert opening.supply_atoms + minted - redeemed - burned == closing.supply_atoms, "supply does not add up"
        rows = tuple(_row(reserve, state, names, self._until_ns) for reserve in state.reserves)
        same = [row for row in rows if row.currency == state.coin.currency]
        return Month(
            coin=self._code,
            currency=state.coin.currency,
            scale=self._cast.scales[self._coin],
            month=self._month,
            issuer=names[state.coin.issuer],
            agent=names[state.coin.agent],
            pack=state.coin.pack.name if state.coin.pack else "",
            from_ns=self._from_ns,
            until_ns=self._until_ns,
            last_frame=self._last.number,
            is_whole=self._is_whole,
            opening_atoms=opening.supply_atoms,
            minted_atoms=minted,
            redeemed_atoms=redeemed,
            burned_atoms=burned,
            closing_atoms=closing.supply_atoms,
            backing_atoms=_backing(state, self._until_ns),
            stopped=tuple(stop.name or "" for stop in Stop if state.coin.stop & stop)
            + (("PAUSED",) if state.coin.paused else ()),
            reserves=rows,
            by_instrument=_shares([(row.instrument, row.atoms) for row in same]),
            by_custodian=_shares([(row.custodian, row.atoms) for row in same]),
            redemptions=tuple(row for _, row in sorted(self._redemptions.items()) if self._waited(row)),
            waiting_atoms=state.coin.waiting_atoms,
            movements=tuple(self._movements),
            lawful=self._lawful(),
            proof=self._proof(self._last),
        )

    def _waited(self, row: RedemptionRow) -> bool:
        return row.paid_ns < 0 or row.paid_ns >= self._from_ns

    def _lawful(self) -> tuple[LawfulRow, ...]:
        return tuple(
            LawfulRow(
                LawfulKind(count.order_kind).name,
                count.ordered,
                count.in_force,
                count.appeals,
                count.granted,
                count.taken_atoms,
            )
            for count in lawful_orders(self._view, self._coin).counts
        )

    def _proof(self, last: Reading) -> Proof:
        """Cited frames in the log that the checkpoint signs, or in the log as far as it was read."""
        checkpoint = self._checkpoint
        size = checkpoint.number if checkpoint else self._log.size
        cited = self._cited | {last.number: last.hash}
        return Proof(
            frames=size,
            log_root=self._log.root(size).hex(),
            event_chain=last.event_chain.hex(),
            checkpoint_frame=checkpoint.number if checkpoint else -1,
            checkpoint=checkpoint.note if checkpoint else "",
            cited=tuple(
                Cited(
                    number, cited[number].hex(), tuple(node.hex() for node in self._log.inclusion_proof(number, size))
                )
                for number in sorted(cited)
            ),
        )


def _row(reserve: Reserve, state: CoinState, names: list[str], at_ns: int) -> ReserveRow:
    return ReserveRow(
        number=reserve.number,
        custodian=names[reserve.custodian],
        account=reserve.account,
        instrument=Instrument(reserve.instrument).name,
        currency=reserve.currency,
        maturity_ns=reserve.maturity_ns,
        atoms=reserve.atoms,
        attested_atoms=reserve.attested_atoms,
        as_of_ns=reserve.as_of_ns,
        counted_atoms=_counted(reserve, state.coin, at_ns),
    )


def _counted(reserve: Reserve, coin: Coin, at_ns: int) -> int:
    """What a reserve counts at a time: docs/rules/issuance.md, "Reserves"."""
    pack = coin.pack
    if pack is None or reserve.as_of_ns < 0 or reserve.currency != coin.currency:
        return 0
    if at_ns >= reserve.as_of_ns + pack.staleness_ns or (reserve.maturity_ns and at_ns >= reserve.maturity_ns):
        return 0
    tenor_ns = reserve.maturity_ns - at_ns if reserve.maturity_ns else 0
    for step in pack.haircuts:
        if step.instrument == reserve.instrument and tenor_ns <= step.tenor_ns:
            return reserve.atoms * (PPM - step.haircut_ppm) // PPM
    return 0


def _backing(state: CoinState, at_ns: int) -> int:
    sums: dict[int, int] = {}
    for reserve in state.reserves:
        counted = _counted(reserve, state.coin, at_ns)
        sums[reserve.custodian] = sums.get(reserve.custodian, 0) + counted
    pack = state.coin.pack
    most = sum(sums.values()) * pack.concentration_ppm // PPM if pack else 0
    return min(ATOMS_MAX, sum(min(atoms, most) for atoms in sums.values()))


def _shares(parts: list[tuple[str, int]]) -> tuple[Share, ...]:
    """The greatest first."""
    sums: dict[str, int] = {}
    for name, atoms in parts:
        sums[name] = sums.get(name, 0) + atoms
    total = sum(sums.values())
    ordered = sorted(sums.items(), key=lambda part: (-part[1], part[0]))
    return tuple(Share(name, atoms, atoms * PPM // total if total else 0) for name, atoms in ordered)


def days_left(row: ReserveRow, at_ns: int) -> int:
    """Whole days until a reserve matures; 0 on demand, or if it has."""
    return max(row.maturity_ns - at_ns, 0) // DAY_NS if row.maturity_ns else 0
