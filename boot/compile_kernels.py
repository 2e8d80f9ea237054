"""Fills Numba's cache: imports the modules named, then runs what the engine runs before it serves.

Kernels with a signature compile when they are imported, the others when they are first called. Run by the environment's
interpreter, in a process of its own, so that what it leaves is the cache and nothing else.
"""

import importlib
import sys
import time

from venus.engine.warm import warm


class Progress:
    """One line on a terminal, two where it is not one."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.step = 0
        self.started_s = time.monotonic()
        self.shown = sys.stderr.isatty()
        print("venus: compiling kernels (once after a change of them; a minute or two)", file=sys.stderr, flush=True)

    def next(self, what: str) -> None:
        self.step += 1
        if self.shown:
            elapsed_s = time.monotonic() - self.started_s
            line = f"\r\033[K  {self.step}/{self.steps} {what} ({elapsed_s:.0f} s)"
            print(line, end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        clear = "\r\033[K" if self.shown else ""
        print(f"{clear}venus: compiled in {time.monotonic() - self.started_s:.1f} s", file=sys.stderr, flush=True)


def main(modules: list[str]) -> None:
    progress = Progress(len(modules) + 3)
    for module in modules:
        progress.next(module)
        importlib.import_module(module)
    warm(progress.next)
    progress.end()


if __name__ == "__main__":
    main(sys.argv[1:])
