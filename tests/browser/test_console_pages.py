"""The committed pages are what the committed source makes, byte for byte, and the source passes its own checks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "src" / "venus" / "console" / "pages"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of web/ with its tools installed from the lock; the build may write beside it, as it does at home."""
    web = tmp_path_factory.mktemp("workshop") / "web"
    shutil.copytree(ROOT / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    npm(web, "ci")
    return web


def npm(web: Path, *arguments: str) -> None:
    """Node comes from a wheel of the test environment; its tools look for `node` on the PATH.

    It trusts whom the machine trusts, as uv and pip do: a registry may be behind a proxy with a certificate of its own.
    """
    bin_folder = Path(sys.executable).parent
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "NODE_OPTIONS": "--use-system-ca"}
    done = subprocess.run(
        [bin_folder / "npm", *arguments], cwd=web, env=environment, text=True, capture_output=True, timeout=300
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_types_and_markup(workshop: Path) -> None:
    npm(workshop, "run", "check")


def test_the_logic(workshop: Path) -> None:
    npm(workshop, "test")


def test_the_committed_pages_are_the_built_ones(workshop: Path) -> None:
    npm(workshop, "run", "build")
    built, committed = contents(workshop.parent / "src" / "venus" / "console" / "pages"), contents(PAGES)
    differing = sorted(name for name in built.keys() | committed.keys() if built.get(name) != committed.get(name))
    assert differing == [], "run `npm ci && npm run build` in web/ and commit src/venus/console/pages"
