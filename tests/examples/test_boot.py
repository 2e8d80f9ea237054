"""The entrance: what it prepares, what it recognises as ready, and that a stranger's machine is enough for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import chromium
import entrance
import environments
import kernels
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("venus", "boot", "src", "benchmarks", "scripts", "pyproject.toml", "requirements.lock")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], True),
        (["-x"], True),
        (["-k", "orders"], True),
        (["tests"], True),
        (["tests/browser"], True),
        (["tests/browser/test_console.py::test_one"], True),
        (["tests/examples"], False),
        (["tests/examples/test_boot.py::test_one", "-x"], False),
        (["tests/examples", "tests/browser"], True),
    ],
)
def test_a_browser_is_installed_only_for_tests_that_may_need_one(arguments: list[str], wanted: bool) -> None:
    assert entrance.browser_wanted(arguments) is wanted


def test_without_root_a_missing_browser_is_said_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    with pytest.raises(environments.Unprepared, match="apt-get install chromium"):
        chromium.ensure_chromium()


def test_a_lock_that_changed_is_not_ready(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("one==1\n")
    assert not environments.is_stamped(tmp_path, lock)
    (tmp_path / "lock.stamp").write_text(environments.stamp_of(lock))
    assert environments.is_stamped(tmp_path, lock)
    lock.write_text("one==2\n")
    assert not environments.is_stamped(tmp_path, lock)


def test_an_older_uv_is_not_taken(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho uv 0.4.1 of some build\n")
    assert environments.version_of(uv) == ()
    uv.chmod(0o755)
    assert environments.version_of(uv) == (0, 4, 1) < environments.version("0.13.9") < environments.version("0.20.0")


def test_a_failed_step_is_named() -> None:
    with pytest.raises(environments.Unprepared, match="this step failed"):
        environments.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_kernels_are_known_with_everything_that_they_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "venus" / "core" / "kernels"
    folder.mkdir(parents=True)
    (folder / "hot.py").write_text("from venus.core import sizes\nfrom venus.far.away import (\n    one,\n)\n")
    imported = {"core/sizes.py": "A = 1\n", "far/away.py": "from venus.units import B\n", "units.py": "B = 2\n"}
    for name, text in imported.items():
        path = tmp_path / "venus" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "venus" / "apart.py").write_text("C = 3\n")
    monkeypatch.setattr(kernels, "SOURCE", tmp_path)
    found = {str(path.relative_to(tmp_path / "venus")) for path in kernels.kernel_files()}
    assert found == {"core/kernels/hot.py", "core/sizes.py", "far/away.py", "units.py"}
    before = kernels.cache_folder(kernels.Mode.PLAIN)
    assert before != kernels.cache_folder(kernels.Mode.CHECKED)
    (tmp_path / "venus" / "apart.py").write_text("C = 4\n")
    assert kernels.cache_folder(kernels.Mode.PLAIN) == before
    (tmp_path / "venus" / "units.py").write_text("B = 3\n")
    assert kernels.cache_folder(kernels.Mode.PLAIN) != before


def test_arguments_folder_and_exit_code_pass_through(tmp_path: Path) -> None:
    """The command takes the entrance's place: whoever waits for it sees its own exit code."""
    program = "import os, sys; print(sys.argv[1:], os.getcwd()); sys.exit(7)"
    start = "import sys; sys.path.insert(0, sys.argv[1]); import entrance; entrance.hand_over(sys.argv[2:], {}, None)"
    done = subprocess.run(
        [sys.executable, "-c", start, ROOT / "boot", sys.executable, "-c", program, "a b", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, f"['a b', '--json'] {tmp_path}\n")


@pytest.mark.heavy
def test_a_copy_starts_on_a_machine_with_nothing_but_python(tmp_path: Path) -> None:
    """A path with a space, an empty home, no git, no environment: the second start takes no time."""
    copy = tmp_path / "a copy"
    copy.mkdir()
    for name in PROGRAM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    (tmp_path / "home").mkdir()
    bare = {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    for _ in range(2):
        done = subprocess.run(
            [copy / "venus", "doctor"], cwd="/", env=bare, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr
    assert "preparing" not in done.stderr
