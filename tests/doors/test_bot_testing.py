"""The page on testing bots: its example runs as it stands there, with the plugin loaded as the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "TESTING_BOTS.md"


@pytest.mark.heavy
def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "test_bot.py").write_text(example)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "venus.testing.plugin",
        "-p",
        "no:cacheprovider",
        "-q",
        "test_bot.py",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
