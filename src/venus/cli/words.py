"""What the commands print: plain lines for pipes, progress for people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

console = Console(stderr=True, markup=False)  # square brackets are what they are

DATA = Path("venus-data")
"""Where an exchange is kept if nothing else is said."""

Report = Callable[[int, int], None]
"""Takes what is done and of how many."""


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """A bar on stderr, if that is a terminal; gives the function that moves it: (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def fail(message: str) -> int:
    """Say what is wrong; the exit code for it."""
    console.print(f"venus: {message}", style="red", highlight=False, soft_wrap=True)
    return 1
