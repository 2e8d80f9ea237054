"""Purses that pay offline, folded from events and the commands that caused them. Source: docs/rules/purses.md."""

from collections.abc import Callable

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.commands import PlainCommand
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.records.purses import OpenPurse, SetPurseTerms
from venus.views.purse_questions import (
    ROWS_MAX,
    Answer,
    Purse,
    PursesAnswer,
    PursesQuestion,
    PurseTerms,
    PurseTermsAnswer,
    Question,
)

_replace = msgspec.structs.replace


class _Known(msgspec.Struct):
    """All state; rows are frozen and replaced whole."""

    terms: dict[tuple[int, int], PurseTerms]
    purses: dict[int, Purse]
    of_account: dict[int, list[int]]
    caught: list[int]
    time_ns: int


class Purses:
    """The fold."""

    def __init__(self) -> None:
        self._known = _Known({}, {}, {}, [], 0)

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did. Most frames hold nothing of this view, which one look at their kinds tells."""
        self._known.time_ns = batch.time_ns
        kinds = batch.events["kind"]
        chosen = (kinds >= EventKind.PURSE_TERMS_SET) & (kinds <= EventKind.PURSE_CLOSED)
        if not chosen.any():
            return
        for event in unpack_events(batch.events[chosen].tobytes()):
            step = _STEPS.get(event.kind)
            if step is not None and not event.flags & EventFlag.REPEATED:
                step(self, event, batch.cold)

    def answer(self, question: Question) -> Answer:
        known = self._known
        if not isinstance(question, PursesQuestion):
            terms = [one for (currency, _), one in sorted(known.terms.items()) if currency == question.currency]
            return PurseTermsAnswer(terms)
        if question.number:
            numbers = [question.number] if question.number in known.purses else []
        elif question.caught:
            numbers = known.caught
        else:
            numbers = known.of_account.get(question.account, [])
        newest = [known.purses[number] for number in reversed(numbers[-ROWS_MAX:])]
        return PursesAnswer(newest, known.time_ns)

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, as msgpack bytes."""
        return {"known": np.frombuffer(msgspec.msgpack.encode(self._known), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from."""
        self._known = msgspec.msgpack.decode(arrays["known"].tobytes(), type=_Known)

    def _change(self, number: int, **fields: int | bool) -> None:
        self._known.purses[number] = _replace(self._known.purses[number], **fields)

    def _terms_set(self, event: Event, command: PlainCommand | None) -> None:
        assert isinstance(command, SetPurseTerms)
        fields = {name: getattr(command, name) for name in command.__struct_fields__ if name != "reference"}
        self._known.terms[event.symbol, event.order_id] = PurseTerms(**fields)

    def _opened(self, event: Event, command: PlainCommand | None) -> None:
        assert isinstance(command, OpenPurse)
        terms = self._known.terms[event.symbol, event.maker_order_id]
        self._known.purses[event.order_id] = Purse(
            number=event.order_id,
            account=event.account,
            currency=event.symbol,
            operator=event.maker_order_id,
            key=command.key,
            holds_atoms_max=command.holds_atoms_max,
            payment_atoms_max=command.payment_atoms_max,
            expires_ns=command.expires_ns,
            closes_ns=command.expires_ns + terms.claim_ns,
            loaded_atoms=0,
            paid_atoms=0,
            given_atoms=event.remaining_lots,
            guarantee_atoms=event.remaining_lots,
            short_atoms=0,
            caught=False,
            closed=False,
        )
        self._known.of_account.setdefault(event.account, []).append(event.order_id)

    def _funded(self, event: Event, command: PlainCommand | None) -> None:
        self._change(event.order_id, loaded_atoms=event.remaining_lots)

    def _paid(self, event: Event, command: PlainCommand | None) -> None:
        one = self._known.purses[event.order_id]
        self._change(
            event.order_id,
            paid_atoms=one.paid_atoms + event.quantity_lots - event.hold_atoms,
            guarantee_atoms=one.guarantee_atoms - event.hold_atoms,
            short_atoms=one.short_atoms + event.remaining_lots,
        )

    def _caught(self, event: Event, command: PlainCommand | None) -> None:
        self._change(event.order_id, caught=True)
        self._known.caught.append(event.order_id)

    def _closed(self, event: Event, command: PlainCommand | None) -> None:
        self._change(event.order_id, closed=True, guarantee_atoms=0)


_STEPS: dict[int, Callable[[Purses, Event, PlainCommand | None], None]] = {
    EventKind.PURSE_TERMS_SET: Purses._terms_set,
    EventKind.PURSE_OPENED: Purses._opened,
    EventKind.PURSE_FUNDED: Purses._funded,
    EventKind.PURSE_PAID: Purses._paid,
    EventKind.PURSE_CAUGHT: Purses._caught,
    EventKind.PURSE_CLOSED: Purses._closed,
}
