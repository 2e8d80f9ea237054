"""The views' thread: folds what is durable and answers what is asked, beside the writer.

Acknowledgements never wait for it. Questions stand in the same queue as frames, so an answer has seen whatever was
acknowledged before it was asked for. Its kernels let go of the interpreter.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import NamedTuple

from venus.records.batch import Batch
from venus.views.house import Views
from venus.views.market_questions import Publication
from venus.views.questions import Answer, Question

Answered = Callable[[Answer | Exception], None]
"""Called with the answer, or with why there is none."""


class _Asked(NamedTuple):
    question: Question
    answered: Answered


class _Stop(NamedTuple):
    pass


class Folding:
    """Owns the views from `start` to `stop`; but for these and `hand`, used from the loop that `in_loop` calls into.

    folded  called in the loop with each frame that was folded, and what it changed in the markets
    nearer  called in the loop after each frame and each answer
    failed  called in the loop with what ended the thread
    """

    def __init__(
        self,
        views: Views,
        in_loop: Callable[..., object],
        folded: Callable[[Batch, Publication | None], None],
        nearer: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._views = views
        self._in_loop = in_loop
        self._folded = folded
        self._nearer = nearer
        self._failed = failed
        self._queue: SimpleQueue[Batch | _Asked | _Stop] = SimpleQueue()
        self._items = 0  # handed over and not reported back
        self.behind_commands = 0
        self._thread = threading.Thread(target=self._run, name="views", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Fold everything handed over, then end the thread."""
        self._queue.put(_Stop())
        self._thread.join()

    @property
    def rests(self) -> bool:
        """Everything is folded and answered: the views change no more until something is handed over."""
        return self._items == 0

    def hand(self, batch: Batch) -> None:
        """Fold a durable frame; they come in the journal's order."""
        self._items += 1
        self.behind_commands += _commands(batch)
        self._queue.put(batch)

    def ask(self, question: Question, answered: Answered) -> None:
        """Answer at once if the views rest, else when everything handed over is folded."""
        if self.rests:
            answered(self._answer(question))
            return
        self._items += 1
        self._queue.put(_Asked(question, answered))

    def _run(self) -> None:
        try:
            while self._take():
                pass
        except BaseException as error:  # noqa: BLE001 - the engine must learn of whatever ended its views
            self._in_loop(self._failed, error)

    def _take(self) -> bool:
        item = self._queue.get()
        match item:
            case Batch():
                self._views.apply(item)
                self._in_loop(self._report_folded, item, self._views.publication())
            case _Asked(question, answered):
                self._in_loop(self._report_answered, answered, self._answer(question))
            case _Stop():
                return False
        return True

    def _answer(self, question: Question) -> Answer | Exception:
        try:
            return self._views.answer(question)
        except Exception as error:  # noqa: BLE001 - a question that no view can stand is its asker's trouble
            return error

    def _report_folded(self, batch: Batch, publication: Publication | None) -> None:
        self._items -= 1
        self.behind_commands -= _commands(batch)
        self._folded(batch, publication)
        self._nearer()

    def _report_answered(self, answered: Answered, answer: Answer | Exception) -> None:
        self._items -= 1
        answered(answer)
        self._nearer()


def _commands(batch: Batch) -> int:
    return len(batch.commands) if batch.cold is None else 1
