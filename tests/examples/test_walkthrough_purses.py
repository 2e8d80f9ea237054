"""Two people pay each other with no network, by hand: docs/rules/purses.md as the command line has it."""

import asyncio
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from venus.cli.purse import app
from venus.engine.host import host
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.sdk.keys import new_key, save_key
from venus.testing.purse_world import PERSON_FIRST, PurseWorld

ANN, TEA, INN = PERSON_FIRST, PERSON_FIRST + 1, PERSON_FIRST + 2


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A short path, for its socket's sake, with an exchange that serves there and an operator's key."""
    root = Path(tempfile.mkdtemp(prefix="venus-", dir="/tmp"))
    key = new_key()
    save_key(root / "east.pem", key)
    world = PurseWorld(persons=3, atoms=500, time_ns=time.time_ns(), key=key, guarantee_atoms=20)
    with OfflineWriter(Places(root)) as writer:
        for command in world.set_up():
            writer.cold(world.time_ns, command)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    hosted = asyncio.run_coroutine_threadsafe(host(Places(root)), loop).result(300)
    yield root
    asyncio.run_coroutine_threadsafe(hosted.server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    shutil.rmtree(root)


class Shell:
    """Commands as they are typed; what they print."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def __call__(self, line: str, code: int = 0) -> str:
        self._capsys.readouterr()
        words = [str(self.root / word[1:]) if word.startswith("/") else word for word in line.split()]
        assert app(words, result_action="return_value") == code, (line, self._capsys.readouterr())
        out, err = self._capsys.readouterr()
        return (err if code else out).strip()

    def facts(self, line: str) -> Any:
        return json.loads(self(line))

    def purse(self, name: str, account: int, atoms: int) -> int:
        """A person's device, its purse, and so much on it."""
        desk = "--key /east.pem --data /"
        key = self.facts(f"make /{name} --trust /east.trust")["publicKey"]
        card = self(f"open {account} {key} --currency 0 --operator 0 --holds 300 --payment 100 {desk}")
        number = self.facts(f"load /{name} {card}")["purse"]
        if atoms:
            self(f"load /{name} {self(f'fund {number} {atoms} {desk}')}")
        return int(number)


@pytest.fixture
def shell(place: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(place, capsys)
    if not (place / "east.trust").exists():
        (place / "east.trust").write_text(shell("trust --currency 0 --operator 0 --key /east.pem --data /"))
    return shell


def test_a_payment_between_two_devices_and_its_settlement(shell: Shell):
    shell.purse("ann", ANN, 200)
    shell.purse("tea", TEA, 0)
    (shell.root / "request").write_text(shell("ask /tea 80 --qr /request.svg"))
    assert (shell.root / "request.svg").read_bytes().startswith(b"<?xml")
    payment = shell(f"pay /ann @{shell.root}/request")
    assert shell(f"pay /ann @{shell.root}/request") == payment, "the same request is paid once"
    assert shell.facts(f"receive /tea {payment}")["received"] == 80
    assert shell.facts("show /ann")["left"] == 120
    [told] = shell.facts("settle /tea --data /")
    assert (told["paid"], told["fromGuarantee"], told["reason"]) == (80, 0, None)
    assert shell.facts("settle /tea --data /") == [], "and it is forgotten on the device"
    [known] = shell.facts(f"ledger {ANN} --data /")
    assert (known["loaded_atoms"], known["paid_atoms"], known["caught"]) == (200, 80, False)


def test_a_copied_device_is_caught_by_its_settlement(shell: Shell):
    shell.purse("cheat", ANN, 90)
    shell.purse("inn", INN, 0)
    shell.purse("bar", TEA, 0)
    shutil.copy(shell.root / "cheat", shell.root / "copy")
    for device, payee in (("cheat", "inn"), ("copy", "bar")):
        request = shell(f"ask /{payee} 90")
        shell(f"receive /{payee} {shell(f'pay /{device} {request}')}")
    assert shell.facts("settle /inn --data /")[0]["paid"] == 90
    [told] = shell.facts("settle /bar --data /")
    assert (told["paid"], told["fromGuarantee"]) == (20, 20)
    assert shell.facts(f"ledger {ANN} --data /")[0]["caught"] is True


def test_what_is_wrong_is_said_and_changes_nothing(shell: Shell):
    shell.purse("small", INN, 10)
    shell.purse("other", TEA, 0)
    request = shell("ask /other 50")
    assert "only 10 atoms left" in shell(f"pay /small {request}", code=1)
    assert "no message of a purse" in shell("pay /small hello", code=1)
    assert "another kind" in shell(f"receive /small {request}", code=1)
    assert "settle first" in shell("ask /other 500", code=1)
    assert "File exists" in shell("make /small --trust /east.trust", code=1)
    assert "no purse" in shell("show /east.pem", code=1)
    opening = f"open {INN} {'00' * 32} --currency 0 --operator 0 --holds 300 --payment 100"
    assert "BAD_KEY" in shell(f"{opening} --key /east.pem --data /", code=1)
    assert shell.facts("show /small")["left"] == 10
