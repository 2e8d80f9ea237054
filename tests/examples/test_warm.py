"""Once the engine is warm nobody waits for a compiler: whatever the journals kept for ever ask for is compiled."""

import subprocess
import sys

import pytest

PROGRAM = """
from pathlib import Path
from numba.core import event
from venus.core import warm as core
from venus.engine.exchange import Exchange
from venus.journal.store import JournalReader
from venus.views import warm as views

class Compiled(event.Listener):
    def on_start(self, happened):
        print(happened.data["dispatcher"].py_func.__qualname__)

    def on_end(self, happened):
        pass

core.warm()
views.warm()
event.register("numba:compile", Compiled())
for folder in sorted(path.parent for path in Path("tests/golden").glob("*/writer")):
    exchange = Exchange()
    for frame in JournalReader(folder).frames():
        exchange.replay(frame)
    exchange.views.publication()
    exchange.machine.state_root()
"""


@pytest.mark.heavy
def test_a_warm_engine_compiles_nothing_more() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
