"""A node that runs every frame by the model, cold commands too, goes on from its own snapshot and believes no other."""

import threading
from pathlib import Path

import pytest

from tests.faults.test_operator_frauds import committed, is_named
from venus.engine.places import Places
from venus.model.exchange import Exchange
from venus.supervisor import model_snapshots
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.findings import Finding
from venus.supervisor.node import Node
from venus.testing.fraud_days import DAYS, day_of
from venus.testing.fraud_history import run
from venus.testing.frauds import FRAUDS


def looked(exchange: Path, data: Path, end: int | None = None, *, by_model: bool = True) -> tuple[int, Finding | None]:
    """From which frame a node began, and what it found before another."""
    with Node(DirectorySource(Places(exchange)), data, by_model=by_model) as node:
        assert isinstance(node.judge.opinion, Exchange) == by_model
        return node.first, node.run(False, threading.Event(), lambda _: None, end)


@pytest.mark.parametrize("kind", DAYS)
def test_it_goes_on_behind_what_it_ran_before(kind: str, tmp_path: Path) -> None:
    books, _ = run(day_of(kind, 3).frames)
    books.write(Places(tmp_path / "exchange"))
    half = len(books.frames) // 2
    assert looked(tmp_path / "exchange", tmp_path / "node", half) == (0, None)
    assert looked(tmp_path / "exchange", tmp_path / "node") == (half, None)
    assert looked(tmp_path / "exchange", tmp_path / "node") == (len(books.frames), None)


def test_what_it_finds_behind_its_snapshot_is_named_as_from_the_beginning(tmp_path: Path) -> None:
    for name in ("escrow released to a third", "stolen mint"):
        shown, [fraud] = committed(name), [one for one in FRAUDS if one.name == name]
        exchange, data = tmp_path / name / "exchange", tmp_path / name / "node"
        shown.books.write(Places(exchange))
        assert looked(exchange, data, shown.frame) == (0, None)
        first, found = looked(exchange, data)
        assert first == shown.frame
        is_named(found, fraud, shown)


def test_a_snapshot_of_the_kernels_or_of_other_sources_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    books, _ = run(day_of("market", 3).frames)
    books.write(Places(tmp_path / "exchange"))
    assert looked(tmp_path / "exchange", tmp_path / "node", by_model=False) == (0, None)
    assert looked(tmp_path / "exchange", tmp_path / "node", 40) == (0, None)
    assert looked(tmp_path / "exchange", tmp_path / "node", 60)[0] == 40
    monkeypatch.setattr(model_snapshots, "_sources", lambda: bytes(32))
    assert looked(tmp_path / "exchange", tmp_path / "node") == (0, None)
