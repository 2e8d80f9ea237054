"""A dispute's bundle held against a whole journal, run again: nothing was left out, and what was told is so.

Source: docs/rules/p2p_bundle.md, "With a journal".
"""

from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from venus.core.machine import Machine
from venus.journal.frames import WITHOUT_COMMANDS, Frame
from venus.journal.store import JournalReader
from venus.p2p.bundle import AssetTold, Bundle, InstitutionTold, PersonTold, SeatTold, TimerTold
from venus.p2p.clocks import clock_of
from venus.p2p.life import Life
from venus.records.batch import Batch
from venus.records.commands import ListAsset, plain
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.records.work import Work
from venus.supervisor.dispute_bundle import Fault, Kind, Report
from venus.supervisor.execution import BadPayload, Execution, work_of
from venus.views.issuance import Issuance
from venus.views.issuance_questions import Institution, InstitutionsAnswer, InstitutionsQuestion

_FIRST, _LAST = EventKind.ESCROW_OPENED, EventKind.ESCROW_RELOCKED
_ENDED = (EventKind.ESCROW_COMPLETED, EventKind.ESCROW_CANCELLED)


class _Ended(NamedTuple):
    buyer_atoms: int
    ending: int


class _Seen:
    """What running the journal again said of the case."""

    def __init__(self, orders: set[int]) -> None:
        self.orders = orders
        self.obeyed: dict[int, int] = {}  # sequence of a command about the case: its frame
        self.timers: list[TimerTold] = []
        self.ended: dict[int, _Ended] = {}
        self.relocked: dict[int, int] = {}
        self.assets: list[AssetTold] = []
        self.persons: dict[int, int] = {}
        self.arbiters: set[int] = set()  # that terms ever named

    def take(self, frame: Frame, command: Any, event: Event) -> None:
        if event.flags & EventFlag.REPEATED:
            return
        if event.kind == EventKind.ASSET_LISTED:
            assert isinstance(command, ListAsset)
            self.assets.append(AssetTold(asset=event.symbol, code=command.code, scale=command.scale))
        elif event.kind == EventKind.P2P_TERMS_SET:
            self.arbiters.add(event.order_id)
        elif event.kind == EventKind.TRADER_ENROLLED:
            self.persons[event.account] = event.order_id
        elif _FIRST <= event.kind <= _LAST and self._is_of_case(event):
            self._order(frame, event)

    def _is_of_case(self, event: Event) -> bool:
        is_relock = event.kind == EventKind.ESCROW_RELOCKED and event.maker_order_id in self.orders
        return event.order_id in self.orders or is_relock

    def _order(self, frame: Frame, event: Event) -> None:
        if event.kind in _ENDED:
            self.ended[event.order_id] = _Ended(event.quantity_lots, event.reason)
        if event.kind == EventKind.ESCROW_RELOCKED:
            self.relocked[event.order_id] = event.quantity_lots
            self.orders.add(event.order_id)
        ran = clock_of(event.kind, event.reason, timer=bool(event.flags & EventFlag.TIMER))
        if ran is not None:
            told = TimerTold(order=event.order_id, act=ran.act.name, time_ns=frame.time_ns, is_frozen=ran.is_frozen)
            self.timers.append(told)
        elif not event.flags & EventFlag.TIMER:
            self.obeyed[event.sequence] = frame.number


def journal_faults(bundle: Bundle, report: Report, journal: Path, progress: Callable[[int, int], None]) -> list[Fault]:
    """Where a journal contradicts a bundle that could be replayed. Raises JournalDamaged, FrameMissing."""
    assert report.checkpoint is not None and report.case is not None
    reader, frames = JournalReader(journal), report.checkpoint.frames
    seen = _Seen({bundle.order})
    execution, seats = Execution(Machine()), Issuance()
    frame: Frame | None = None
    for frame in reader.frames():
        if frame.number >= frames:
            break
        if frame.kind in WITHOUT_COMMANDS:
            continue
        try:
            work = work_of(frame)
            events = execution.run(frame, work)
        except (BadPayload, AssertionError) as error:
            return [_differs(f"frame {frame.number} cannot be run: {error}")]
        _look(seen, seats, frame, work, events)
        progress(frame.number, frames)
    if frame is None or frame.number + 1 < frames:
        return [_differs(f"it ends before the {frames} frames of the bundle's checkpoint: take a newer copy")]
    return [_differs(words) for words in _differences(bundle, report, seen, seats)]


def _look(seen: _Seen, seats: Issuance, frame: Frame, work: Work, events: np.ndarray) -> None:
    command = None if work.cold is None else plain(work.cold)
    seats.apply(Batch(frame.number, frame.time_ns, frame.first_sequence, work.commands, work.texts, command, events))
    kinds = events["kind"]
    chosen = ((kinds >= _FIRST) & (kinds <= _LAST)) | (kinds == EventKind.ASSET_LISTED)
    chosen |= (kinds == EventKind.TRADER_ENROLLED) | (kinds == EventKind.P2P_TERMS_SET)
    if chosen.any():
        for event in unpack_events(events[chosen].tobytes()):
            seen.take(frame, command, event)


def _differs(words: str) -> Fault:
    return Fault(Kind.JOURNAL, words)


def _differences(bundle: Bundle, report: Report, seen: _Seen, seats: Issuance) -> Iterator[str]:
    case = report.case
    assert case is not None
    here = {one.step.sequence: one.frame for one in report.obeyed}
    of_case = {one.sequence for one in case.timeline if one.sequence}
    for sequence, frame in sorted(seen.obeyed.items()):
        if sequence not in of_case:
            yield f"command {sequence} in frame {frame} is about this order, and was left out"
        elif here[sequence] != frame:
            yield f"command {sequence} stands in frame {frame}, not {here[sequence]}"
    for sequence in sorted(of_case - seen.obeyed.keys()):
        yield f"command {sequence} was refused, or is not about this order"
    if list(bundle.told.timers) != seen.timers:
        yield f"clocks are told to have run out as {list(bundle.told.timers)}, they did as {seen.timers}"
    for one in bundle.told.relocked:
        if seen.relocked.get(one.order) != one.atoms:
            truly = seen.relocked.get(one.order)
            yield f"order {one.order}: {one.atoms} atoms are told as locked again, it was {truly}"
    for order, life in case.lives.items():
        yield from _ending(life, seen.ended.get(order))
    yield from _facts(bundle, seen, seats)


def _ending(life: Life, ended: _Ended | None) -> Iterator[str]:
    replayed = None if life.buyer_atoms is None else _Ended(life.buyer_atoms, life.ending)
    if replayed != ended:
        yield f"order {life.number} ended with {ended}, the bundle comes to {replayed}"


def _facts(bundle: Bundle, seen: _Seen, seats: Issuance) -> Iterator[str]:
    """Assets, persons and seats as they are told."""
    told = bundle.told
    for asset in told.assets:
        if asset not in seen.assets:
            yield f"asset {asset.asset} is not {asset.code} with {asset.scale} decimals"
    for person in told.persons:
        if person != PersonTold(account=person.account, person=seen.persons.get(person.account, 0)):
            yield f"account {person.account} is not of person {person.person}"
    if told.arbiter not in seen.arbiters:
        yield f"institution {told.arbiter} never was the arbiter"
    who = seats.answer(InstitutionsQuestion())
    assert isinstance(who, InstitutionsAnswer)
    page = (b64encode(who.exchange).decode(), who.relying_party, who.page_origin)
    if told.seats and page != (told.exchange, told.relying_party, told.page_origin):
        yield "approvals of this exchange are signed for something else"
    for institution in told.institutions:
        found = _institution(who, institution.institution)
        if found is None or institution != InstitutionTold(
            institution=found.number, name=found.name, quorum=found.quorum
        ):
            quorum = f"{institution.name} with a quorum of {institution.quorum}"
            yield f"institution {institution.institution} is not {quorum}"
    for seat in told.seats:
        found = _institution(who, seat.institution)
        if found is None or seat.seat >= len(found.seats) or seat != seat_told(found, seat.seat):
            yield f"seat {seat.institution}/{seat.seat} is another person's, or has another key"


def _institution(who: InstitutionsAnswer, number: int) -> Institution | None:
    return next((one for one in who.institutions if one.number == number), None)


def seat_told(institution: Institution, number: int) -> SeatTold:
    """A seat as bundles tell it."""
    seat = institution.seats[number]
    return SeatTold(
        institution=institution.number,
        seat=number,
        person=seat.person,
        role=seat.role,
        scheme=seat.scheme,
        key=b64encode(seat.key).decode(),
        from_ns=seat.from_ns,
        until_ns=seat.until_ns,
    )
