"""The processes that `venus up` is made of; each serves until its stdin ends, so none outlives its parent.

Each is a module to be run, with nothing imported that another one needs.
"""

import asyncio
import gc
import json
import logging
import signal
import sys
from collections.abc import Coroutine, Iterable
from typing import Any, Literal

import structlog

Rules = Literal["usual", "open"]
"""Of requests and orders; open ones are for measuring and for tests that ask more than any client may."""

HALTED = 3
COLLECT_AFTER = 100_000  # objects


def prepare() -> None:
    """Logs on stderr as lines; signals are the parent's to give, by closing the pipe."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def spare_the_collector() -> None:
    """What was loaded stays, and commands and requests leave next to no circles, so that they are looked for a hundred
    times as seldom, and not among what was loaded: that alone takes 50 ms, in which nobody is answered."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def say(**facts: object) -> None:
    """One line of JSON to the parent."""
    print(json.dumps(facts), flush=True)


async def until_stdin_ends() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def work_until_stdin_ends(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side, until the first of them ends or stdin does; raises what a work raises."""
    tasks = [asyncio.ensure_future(work) for work in (*works, until_stdin_ends())]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task in done:
            task.result()
        task.cancel()
