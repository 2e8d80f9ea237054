"""Frames that a thread reads ahead of whoever judges them."""

import threading
from collections.abc import Iterator
from typing import NamedTuple, TypeVar, cast

_DRY_S, _PATIENCE_S = 0.001, 0.1
_AHEAD = 64
_T = TypeVar("_T")


class _Ahead:
    """What a thread has made ahead. Who takes is given all of it at once: with frames that are small, handing over each
    by itself would cost more than judging it.
    """

    def __init__(self, done: threading.Event) -> None:
        self._done = done
        self._changed = threading.Condition(threading.Lock())
        self._items: list[object] = []
        self._takes = False  # somebody waits for one

    def put(self, item: object) -> None:
        with self._changed:
            while len(self._items) >= _AHEAD and not self._done.is_set():
                self._changed.wait(_PATIENCE_S)
            self._items.append(item)
            if self._takes:
                self._changed.notify()

    def take(self, patience_s: float) -> list[object]:
        """Empty: there was nothing for so long."""
        with self._changed:
            if not self._items:
                self._takes = True
                self._changed.wait(patience_s)
                self._takes = False
            items, self._items = self._items, []
            if len(items) >= _AHEAD:
                self._changed.notify()
            return items


class _Raised(NamedTuple):
    error: BaseException


def ahead(items: Iterator[_T], done: threading.Event) -> Iterator[_T | None]:
    """Items made by a thread that runs ahead, until done; None when it has none now. What it raises is raised here."""
    made = _Ahead(done)
    end = object()

    def read() -> None:
        try:
            for item in items:
                made.put(item)
                if done.is_set():
                    return
            made.put(end)
        except BaseException as error:  # noqa: BLE001 - handed on to the reader's caller, whatever it is
            made.put(_Raised(error))

    threading.Thread(target=read, daemon=True).start()
    patience_s = _DRY_S
    while True:
        taken = made.take(patience_s)
        if not taken:
            patience_s = _PATIENCE_S
            yield None
            continue
        patience_s = _DRY_S
        for item in taken:
            if item is end:
                return
            if isinstance(item, _Raised):
                raise item.error
            yield cast(_T, item)
