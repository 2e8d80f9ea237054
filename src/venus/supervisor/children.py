"""A process that is forked to find one thing while its parent goes on: it sees memory as it was between two frames."""

import gc
import os
import threading
from collections.abc import Callable

_ANSWER_BYTES_MAX = 4_096  # a pipe takes so many in one piece
_NICENESS = 5


class ChildFailed(Exception):
    """A child ended without an answer."""


class Child:
    """`find` runs in it, and what it returns is found by the parent."""

    def __init__(self, find: Callable[[], bytes], let_go: Callable[[], None]) -> None:
        """let_go: closes what the child must not hold when its parent is gone."""
        self._pipe, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            status = 1
            try:
                gc.disable()  # nothing of the parent's is finished here
                os.nice(_NICENESS)
                let_go()
                answer = find()
                assert 0 < len(answer) <= _ANSWER_BYTES_MAX
                os.write(writing, answer)
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        self._answer: bytes | None = None

    def found(self, *, waits: bool = False) -> bytes | None:
        """What it found; None if it is not done yet. waits: until it is. Raises ChildFailed."""
        if self._answer is None:
            os.set_blocking(self._pipe, waits)
            try:
                self._answer = os.read(self._pipe, _ANSWER_BYTES_MAX)
            except BlockingIOError:
                return None
            os.close(self._pipe)
            # It may take a while to give a large memory back, and nobody should wait for that.
            threading.Thread(target=os.waitpid, args=(self._process, 0), daemon=True).start()
        if not self._answer:
            raise ChildFailed(f"process {self._process}, which was to reckon beside, ended without an answer")
        return self._answer
