"""Figures that the public record tells are counted again from the journal; one that flatters is named."""

import json
from pathlib import Path

import pytest

from venus.cli.record import recount as recount_command
from venus.engine.places import Places
from venus.supervisor.recount import LAWFUL, Counts, Recount
from venus.supervisor.rereading import reread
from venus.testing.fraud_days import day_of
from venus.testing.fraud_history import run


def counted(places: Places) -> tuple[Counts, int]:
    """All that a journal counts to, and when it ends."""
    fold, time_ns = Recount(), 0
    for reading in reread(places):
        fold.apply(reading)
        time_ns = reading.time_ns
    return fold.counts(), time_ns


def answer(counts: Counts, time_ns: int) -> dict[str, object]:
    """As the door writes them."""
    rows = sorted({tuple(name.split()[:2]) for name in counts if not name.startswith("p2p ")})
    return {
        "time": time_ns // 10**6,
        "p2p": {name.split()[1]: value for name, value in counts.items() if name.startswith("p2p ")},
        "lawfulOrders": [
            {"asset": asset, "kind": kind} | {name: counts[f"{asset} {kind} {name}"] for name in LAWFUL}
            for asset, kind in rows
        ],
    }


@pytest.mark.parametrize(
    ("kind", "named"), [("people", "p2p verdicts"), ("people", "p2p bondsSlashed"), ("coins", "vUSD FREEZE ordered")]
)
def test_a_figure_that_the_journal_does_not_give_is_named(
    kind: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books, _ = run(day_of(kind, 3).frames)
    places, file = Places(tmp_path / "exchange"), tmp_path / "counts.json"
    books.write(places)
    counts, time_ns = counted(places)
    assert counts[named] > 0
    file.write_text(json.dumps(answer(counts, time_ns)))
    assert recount_command(tmp_path, places.root) == 0
    assert "agrees: " in capsys.readouterr().out
    file.write_text(json.dumps(answer(counts | {named: counts[named] - 1}, time_ns)))
    assert recount_command(tmp_path, places.root) == 1
    assert capsys.readouterr().out == f"DIFFERS: {named} is {counts[named] - 1}, but must be {counts[named]}\n"
    file.write_text(json.dumps({"time": 1}))
    assert recount_command(tmp_path, places.root) == 1
