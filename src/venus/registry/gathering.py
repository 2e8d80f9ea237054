"""What many ask of the database at once, done together: one thread, one transaction, one commit that all wait for.

A commit waits for the disk, and a thread of its own costs each of them more than its few rows do. Nobody is answered
before his rows are durable, and one who fails undoes nobody else's.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine

from venus.registry.alone import Matter, alone

Result = TypeVar("Result")
GATHERED_MAX = 256
"""So many share a transaction: the bound of what one that fails has done anew."""


class _Asked(NamedTuple):
    work: Callable[[Connection], Any]
    matters: tuple[Matter, ...]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"


class _Outcome(NamedTuple):
    result: Any
    error: Exception | None


class Gathering:
    """Its thread begins with the first who asks. `close` ends it, once all who asked have their answer."""

    def __init__(self, engine: Engine, lock: "threading.Lock | None", name: str) -> None:
        """lock: the process's one writer's; None: for reading alone."""
        self._engine = engine
        self._lock = lock
        self._name = name
        self._arrived = threading.Condition()
        self._asked: list[_Asked] = []
        self._closed = False
        self._thread: threading.Thread | None = None

    def do(self, work: Callable[[Connection], Result], *matters: Matter) -> "asyncio.Future[Result]":
        """What `work` returns or raises, once it is durable. It is done alone with its matters, and anew if another
        in its transaction fails: it changes nothing but rows. Begun at once, before anybody waits for it.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._arrived:
            if self._closed:
                raise RuntimeError("the registry is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._asked.append(_Asked(work, matters, loop, future))
            self._arrived.notify()
        return future

    def close(self) -> None:
        with self._arrived:
            self._closed = True
            self._arrived.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._arrived:
                while not self._asked and not self._closed:
                    self._arrived.wait()
                asked, self._asked = self._asked[:GATHERED_MAX], self._asked[GATHERED_MAX:]
            if not asked:
                return
            _tell(asked, self._together(asked))

    def _together(self, asked: list[_Asked]) -> list[_Outcome]:
        try:
            results = self._read(asked) if self._lock is None else self._written(asked, self._lock)
            return [_Outcome(result, None) for result in results]
        except _WorkFailed as failed:
            if len(asked) == 1:
                return [_Outcome(None, failed.error)]
            return [self._together([one])[0] for one in asked]
        except Exception as error:  # noqa: BLE001  of the database, and told to all who wait
            return [_Outcome(None, error) for _ in asked]

    def _read(self, asked: list[_Asked]) -> list[Any]:
        with self._engine.connect() as connection:
            return _results(connection, asked)

    def _written(self, asked: list[_Asked], lock: threading.Lock) -> list[Any]:
        with lock, self._engine.begin() as connection:
            # SQLite's one writer from the first read on: another process can come between no more.
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            # In one order, so that no two wait for each other.
            for matter in sorted({matter for one in asked for matter in one.matters}):
                alone(connection, matter)
            return _results(connection, asked)


class _WorkFailed(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _results(connection: Connection, asked: Iterable[_Asked]) -> list[Any]:
    try:
        return [one.work(connection) for one in asked]
    except Exception as error:
        raise _WorkFailed(error) from error


def _tell(asked: list[_Asked], outcomes: list[_Outcome]) -> None:
    """Each loop is woken once."""
    for loop in {one.loop for one in asked}:
        told = [(one.future, outcome) for one, outcome in zip(asked, outcomes, strict=True) if one.loop is loop]
        with contextlib.suppress(RuntimeError):  # a loop that ended waits for nothing
            loop.call_soon_threadsafe(_settle, told)


def _settle(told: list[tuple["asyncio.Future[Any]", _Outcome]]) -> None:
    for future, (result, error) in told:
        if future.done():  # who asked gave up waiting
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
