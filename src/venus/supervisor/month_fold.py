"""What one coin did in one month, from the journal alone, with what proves it. docs/rules/reports.md."""

from typing import NamedTuple, Protocol

import msgspec
import numpy as np

from venus.journal.merkle import MerkleTree
from venus.records.batch import Batch
from venus.records.coins import LawfulKind, Stop
from venus.records.events import EventFlag, EventKind, unpack_events
from venus.supervisor.cast import Cast
from venus.supervisor.coin_states import coin_states, institution_names, lawful_orders
from venus.supervisor.month import Cited, CoinMissing, LawfulRow, Month, Movement, Proof, RedemptionRow
from venus.supervisor.month_reserves import backing_atoms, reserve_row, shares
from venus.views.issuance import Issuance


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
        rows = tuple(reserve_row(reserve, state, names, self._until_ns) for reserve in state.reserves)
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
            backing_atoms=backing_atoms(state, self._until_ns),
            stopped=tuple(stop.name or "" for stop in Stop if state.coin.stop & stop)
            + (("PAUSED",) if state.coin.paused else ()),
            reserves=rows,
            by_instrument=shares([(row.instrument, row.atoms) for row in same]),
            by_custodian=shares([(row.custodian, row.atoms) for row in same]),
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
