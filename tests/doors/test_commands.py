"""The venus command from outside: what it prints, what it answers to mistakes, and with what it exits."""

import subprocess
import sys
from pathlib import Path

import pytest

from venus.cli.doctor import doctor
from venus.cli.inspection import inspect
from venus.cli.replaying import replay
from venus.cli.words import fail
from venus.testing.running import NotRunning, RunningExchange

CHANGED_AT = 1_000_000  # bytes into the first segment, of which a sandbox fills several million
Capture = pytest.CaptureFixture[str]


def figures(said: str) -> dict[str, str]:
    """What a report says, by the word or words before the gap."""
    rows = (line.split("  ", 1) for line in said.splitlines())
    return {row[0]: row[1].strip() for row in rows if len(row) == 2}


def venus(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "venus.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)


def test_replay_agrees_from_nothing_and_from_the_snapshot(sandbox: RunningExchange, capsys: Capture) -> None:
    assert replay(sandbox.data, from_snapshot=False) == 0
    whole = figures(capsys.readouterr().out)
    assert replay(sandbox.data, from_snapshot=True) == 0
    rest = figures(capsys.readouterr().out)
    for same in ("event chain", "state root"):
        assert len(whole[same]) == 64
        assert rest[same] == whole[same]
    assert (whole["from frame"], int(whole["frames"])) == ("0", int(rest["from frame"]) + int(rest["frames"]))
    assert int(rest["from frame"]) > 0
    assert int(whole["commands"]) > 100_000
    assert int(whole["commands/s"]) > 0
    assert whole["checkpoints"].startswith("1 compared, 1 with") or int(whole["checkpoints"].split()[0]) > 1


def test_a_changed_byte_is_named_and_is_no_success(sandbox: RunningExchange, tmp_path: Path, capsys: Capture) -> None:
    copy = sandbox.copy_to(tmp_path / "data", quiet_market=True)
    segment = min((copy.data / "journal").glob("*.frames"))
    with segment.open("r+b") as file:
        file.seek(CHANGED_AT)
        changed = bytes([file.read(1)[0] ^ 1])
        file.seek(CHANGED_AT)
        file.write(changed)
    assert replay(copy.data, from_snapshot=False) == 1
    said = capsys.readouterr().err
    assert f"of {segment}" in said
    assert "frame " in said


def test_a_journal_in_words(sandbox: RunningExchange, capsys: Capture) -> None:
    assert inspect(sandbox.data) == 0
    said = figures(capsys.readouterr().out)
    last = int(said["frames"].split()[2].rstrip(","))
    assert said["frames"] == f"0 to {last}, {last + 1} known to be durable"
    assert {"COLD", "HOT", "CHECKPOINT"} <= said.keys()
    assert said["snapshots"] != "none"
    words = {0: "AdoptRules: rules=2", 1: "MoveToRules: rules=3", last: "venus"}
    words[2] = "MoveToRules: rules=4"
    words[3] = "MoveToRules: rules=5"
    words[4] = "OpenAccounts: account_kind=3, count=1, label='house:fees'"
    words |= first_frames(sandbox.data, last, capsys)
    for number, word in words.items():
        assert inspect(sandbox.data, frame=number) == 0
        assert word in capsys.readouterr().out
    assert inspect(sandbox.data, frame=last + 1) == 1
    assert str(last + 1) in capsys.readouterr().err


def first_frames(data: Path, last: int, capsys: Capture) -> dict[int, str]:
    """The first frames with transfers and with orders, by what a sandbox is known to begin with."""
    found: dict[int, str] = {}
    for number in range(last):
        assert inspect(data, frame=number) == 0
        said = capsys.readouterr().out
        for word in ("TRANSFER 100000000000 atoms of asset 0 to account 2", "BUY", "SELL"):
            if word in said and word not in found.values():
                found[number] = word
        if "lots at" in said:
            return found
    raise AssertionError("no order in the journal of a sandbox")


@pytest.mark.parametrize("command", ["replay", "inspect"])
def test_a_directory_without_a_journal_is_said(command: str, tmp_path: Path, capsys: Capture) -> None:
    run = {"replay": lambda: replay(tmp_path), "inspect": lambda: inspect(tmp_path)}
    assert run[command]() == 1
    assert f"{tmp_path} holds no journal" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], 'Unknown command "nonsense"'),
        (["up", "--port", "x"], 'unable to convert "x" into int'),
        (["up", "--nope"], "Unknown option: --nope"),
        (["replay"], 'Command "replay" parameter DATA requires an argument'),
    ],
)
def test_a_mistake_on_the_command_line_is_answered_with_2(arguments: list[str], words: str) -> None:
    done = venus(*arguments)
    assert done.returncode == 2
    assert words in done.stdout + done.stderr


def test_what_an_exchange_says_in_square_brackets_is_printed(capsys: Capture) -> None:
    words = "legal range is '^[a-zA-Z0-9-_]{1,36}$', [/] and [/nothing] too"
    assert fail(words) == 1
    assert capsys.readouterr().err == f"venus: {words}\n"


def test_help_names_every_command_and_no_process() -> None:
    done = venus("--help")
    assert done.returncode == 0
    for command in ("up", "replay", "replay-market", "inspect", "doctor", "openapi"):
        assert f"│ {command} " in done.stdout
    assert "│ process " not in done.stdout


def test_assertions_are_part_of_it() -> None:
    command = [sys.executable, "-O", "-m", "venus.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 1
    assert "does not run under python -O" in done.stderr


def test_doctor_tells_what_there_is_and_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    code = doctor(data=tmp_path / "not" / "there" / "yet")
    said = capsys.readouterr().out
    assert f"{tmp_path}: " in figures(said)["disk"]
    assert "median" in figures(said)["disk sync"]
    assert (code == 0) == ("nothing: it can run here" in said)


def test_up_says_what_it_is_ready_for_and_ends_when_asked(own_exchange: RunningExchange) -> None:
    own_exchange.start()
    assert own_exchange.said[-1] == f"ready {own_exchange.rest}"
    for word in ("recovered in", "open ", "try ", "check "):
        assert any(line.startswith(word) for line in own_exchange.said), own_exchange.said
    assert own_exchange.stop() == 0


def test_a_port_that_is_taken_is_named(sandbox: RunningExchange, own_exchange: RunningExchange, tmp_path: Path) -> None:
    own_exchange.start()
    second = sandbox.copy_to(tmp_path / "second", quiet_market=True)
    second.port = own_exchange.port
    with pytest.raises(NotRunning, match=rf"the gateway does not start: .*{own_exchange.port}"):
        second.start()


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("something of the user's")
    with pytest.raises(NotRunning, match="file is no directory"):
        RunningExchange(file).start()
    assert file.read_text() == "something of the user's"
