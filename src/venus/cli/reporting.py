"""venus report: a coin's month from the journal alone."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from venus.cli.rules import UNREADABLE, day_ns
from venus.cli.words import fail
from venus.engine.places import Places
from venus.supervisor.month import CoinMissing
from venus.supervisor.month_fold import MonthFold
from venus.supervisor.report_files import as_csv, as_json
from venus.supervisor.report_pdf import as_pdf
from venus.supervisor.rereading import reread

_FORMATS = {"json": as_json, "csv": as_csv, "pdf": as_pdf}


def report(
    data: Path,
    /,
    *,
    coin: str,
    month: str,
    form: Annotated[Literal["pdf", "json", "csv"], Parameter(name="--format")] = "json",
    to: Path | None = None,
) -> int:
    """Write a coin's supply, reserves and redemptions in one month, with what proves them.

    The same journal gives the same bytes.

    Parameters
    ----------
    data
        The exchange's directory.
    coin
        The asset's code, such as vUSD.
    month
        Such as 2026-06, UTC.
    form
        pdf, json or csv.
    to
        The file to write; otherwise standard output.
    """
    places = Places(data.resolve())
    if not places.journal.is_dir():
        return fail(f"{data} holds no journal")
    try:
        fold = MonthFold(coin, month, *month_ns(month))
        for reading in reread(places):
            fold.apply(reading)
            if fold.is_done:
                break
        written = _FORMATS[form](fold.report())
    except (*UNREADABLE, CoinMissing, ValueError) as error:
        return fail(str(error))
    if to is None:
        sys.stdout.buffer.write(written)
        sys.stdout.buffer.flush()
    else:
        to.write_bytes(written)
    return 0


def month_ns(text: str) -> tuple[int, int]:
    """A month such as 2026-06 from its beginning to the next one's, UTC; raises ValueError."""
    first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    later = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return day_ns(first), day_ns(later)
