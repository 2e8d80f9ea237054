"""A public record fetched over HTTP and checked offline: one that holds, and each way in which one may not."""

import functools
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.cli.record import check as check_command
from venus.cli.record import fetch as fetch_command
from venus.journal.cosignatures import Cosigner, add_cosignature
from venus.journal.frames import Frame, FrameKind, decode
from venus.journal.merkle import MerkleTree
from venus.journal.notes import Checkpoint, Signer, sign_note
from venus.records.commands import encode_cold
from venus.records.looks import NoteLooks
from venus.registry.looks import NO_LOOK, Look, look_hash
from venus.supervisor.record import Fault, check, trusted
from venus.supervisor.record_files import fetch, tiles_of
from venus.testing.fraud_books import Pen

JOURNAL = Signer("venus/journal", Ed25519PrivateKey.generate())
COURT = Cosigner("court.example", Ed25519PrivateKey.generate())
SUPPLY = "venus/supply\n300\n7\n"
SIZE = 700


def look_hashes(changed: str = "") -> list[str]:
    """Of two openings of the feed; `changed`: what another list says was opened."""
    hashes, before = [], NO_LOOK
    for number in (1, 2):
        before = look_hash(before, Look(number, 7, 0, 1_000 + number, changed or "frames", 0, ""))
        hashes.append(before)
    return hashes


def noted(head: str, looks: int = 2) -> Frame:
    """The frame that holds how many looks there are, and its bytes as its payload here."""
    pen = Pen()
    command = NoteLooks(reference="looks:2", looks=looks, head=bytes.fromhex(head))
    pen.write(FrameKind.COLD, 1, 1, 7, encode_cold(command))
    return decode(memoryview(pen.frames[0]), 0)._replace(payload=memoryview(pen.frames[0]))


NOTED = noted(look_hashes()[-1])
ENTRIES = [NOTED.hash, *(sha256(str(number).encode()).digest() for number in range(1, SIZE))]
VERIFIERS = f"{JOURNAL.verifier.text()}\n{COURT.verifier.text()}\n"


def checkpoint_of(entries: list[bytes], signer: Signer = JOURNAL) -> bytes:
    seal = len(entries), sha256(SUPPLY.encode()).digest()
    owed = len(entries), bytes(32)
    text = Checkpoint("venus/journal", len(entries), MerkleTree(entries).root(), bytes(32), None, owed, seal).text()
    return sign_note(text, [signer])


def looks(changed: str = "") -> list[dict[str, object]]:
    """Two openings of the feed, as the door tells them."""
    return [
        {"number": number, "institution": 7, "institutionName": "court", "seat": 0, "timeUs": 1_000 + number}
        | {"what": changed or "frames", "from": 0, "hash": one}
        for number, one in enumerate(look_hashes(changed), start=1)
    ]


def anchor(frame: Frame) -> bytes:
    return json.dumps({"looks": 2, "raw": b64encode(frame.payload).decode()}).encode()


def publish(root: Path, entries: list[bytes]) -> None:
    """What an exchange answers under /record/v1/, as files; written from the C2SP texts and not from the reader."""
    base = root / "record" / "v1"
    note = add_cosignature(checkpoint_of(entries), COURT, 1_764_255_000)
    files = {"checkpoint": note, "verifiers": VERIFIERS.encode()}
    sealed = {"frames": len(entries), "checkpoint": note.decode()}
    files["cosigned"] = note
    files["looks"] = json.dumps(looks()).encode()
    files["anchor"] = anchor(NOTED)
    files["coins"] = b'{"coins":[]}'
    files["supply"] = json.dumps(sealed | {"text": SUPPLY}).encode()
    files["liabilities"] = json.dumps(sealed | {"root": bytes(32).hex()}).encode()
    row = [sha256(b"\x00" + entry).digest() for entry in entries]
    for level in range(2):
        for at in range(0, len(row), 256):
            tile = row[at : at + 256]
            edge = f".p/{len(tile)}" if len(tile) < 256 else ""
            files[f"tile/{level}/{at // 256:03d}{edge}"] = b"".join(tile)
            if level == 0:
                bundle = b"".join(b"\x00\x20" + entry for entry in entries[at : at + 256])
                files[f"tile/entries/{at // 256:03d}{edge}"] = bundle
        row = [MerkleTree(entries[at : at + 256]).root() for at in range(0, len(entries) - 255, 256)]
    for name, data in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(data)


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Files, whatever is asked of them beside."""
        self.path = self.path.replace("checkpoint?cosigned=true", "cosigned").partition("?")[0]
        super().do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The folder that is served, and where."""
    root = tmp_path / "exchange"
    publish(root, ENTRIES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=root))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield root, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_log_has_the_tiles_of_its_specification() -> None:
    assert [tile.path() for tile in tiles_of(257) if tile.level is not None] == [
        "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"
    ]  # fmt: skip
    assert list(tiles_of(0)) == []


def test_what_was_fetched_agrees_and_only_what_is_new_is_fetched_again(
    exchange: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root, url), folder = exchange, tmp_path / "mine"
    first = fetch(url, folder)
    assert (first.frames, first.absent) == (SIZE, ("currencies", "counts", "reserves"))
    assert check_command(folder) == 0
    said = capsys.readouterr().out
    for line in (
        "700 entries",
        "700 frames, by court.example at 1764255000",
        "2, each chained",
        "2 are held by frame 0 of the log",
        "supply ",
        "liabilities ",
        "no proof was put",
    ):
        assert line in said
    publish(root, [*ENTRIES, *ENTRIES[:9]])
    second = fetch(url, folder)
    assert second.tiles < first.tiles
    assert "history       2 checkpoints" in "\n".join(check(folder))
    own = tmp_path / "verifiers"
    own.write_text(VERIFIERS)
    assert check_command(folder, verifiers=own) == 0
    own.write_text(Signer("venus/journal", Ed25519PrivateKey.generate()).verifier.text())
    assert check_command(folder, verifiers=own) == 1
    assert fetch_command("http://127.0.0.1:1", folder) == 1


def test_a_log_rewritten_since_an_earlier_fetch_is_named(exchange: tuple[Path, str], tmp_path: Path) -> None:
    (root, url), folder = exchange, tmp_path / "mine"
    fetch(url, folder)
    publish(root, [*ENTRIES[:600], *ENTRIES[:200]])
    fetch(url, folder)
    with pytest.raises(
        Fault, match=r"checkpoints/700: the log is no continuation of it: frames before 700 were changed"
    ):
        list(check(folder))
    publish(root, ENTRIES[:500])
    fetch(url, folder)
    with pytest.raises(Fault, match="became shorter"):
        list(check(folder))


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def _signed_by_another(_: bytes) -> bytes:
    return checkpoint_of(ENTRIES, Signer("venus/journal", Ed25519PrivateKey.generate()))


def _cosigned_by_another(note: bytes) -> bytes:
    key_id = COURT.verifier.key_id
    return note.rpartition(b"\xe2\x80\x94")[0] + f"— court.example {b64encode(key_id + bytes(72)).decode()}\n".encode()


def _other_supply(data: bytes) -> bytes:
    return json.dumps(json.loads(data) | {"text": SUPPLY + "coin vEUR\n"}).encode()


def _other_root(data: bytes) -> bytes:
    return json.dumps(json.loads(data) | {"root": "01" * 32}).encode()


@pytest.mark.parametrize(
    ("file", "forge", "said"),
    [
        ("checkpoint", _signed_by_another, "no trusted key signed it"),
        ("checkpoint", _cosigned_by_another, "the cosignature of court.example does not hold"),
        ("checkpoint", lambda _: checkpoint_of(ENTRIES[::-1]), "the tiles make the root"),
        ("tile/0/001", _flip, "tile/0/001: not the hashes that the entries make"),
        ("tile/1/000.p/2", _flip, "tile/1/000.p/2: not the hashes"),
        ("tile/entries/002.p/188", _flip, "tile/entries/002.p/188: not 188 entries"),
        ("tile/entries/000", lambda data: data[:2] + bytes(32) + data[34:], "tile/0/000: not the hashes"),
        ("supply.json", _other_supply, "supply.json: its text is not the one"),
        ("liabilities.json", _other_root, "liabilities.json: not the root"),
        ("looks.json", lambda data: data.replace(b"1002", b"1003"), "look 2 is not chained"),
        ("looks.json", lambda data: json.dumps(json.loads(data)[1:]).encode(), "look 1 is not chained"),
        ("looks.json", lambda _: json.dumps(looks("chains")).encode(), "look 2 is not the one that frame 0 says"),
        ("looks.json", lambda data: json.dumps(json.loads(data)[:1]).encode(), "says nothing of the 1 looks"),
        ("anchors/2", lambda _: anchor(noted(look_hashes()[-1], looks=1)), "look 1 is not the one"),
        ("anchors/2", lambda _: anchor(noted(look_hashes()[0], looks=1)), "frame 0 of the log is another one"),
        ("anchors/2", lambda data: data.replace(b"AAAA", b"AAAB", 1), "anchors/2: "),
        ("cosigned", _cosigned_by_another, "cosigned: the cosignature of court.example does not hold"),
        ("verifiers", lambda _: COURT.verifier.text().encode(), "exactly one is the journal's"),
    ],
)
def test_each_thing_that_does_not_hold_is_named(
    exchange: tuple[Path, str], tmp_path: Path, file: str, forge: Callable[[bytes], bytes], said: str
) -> None:
    folder = tmp_path / "mine"
    fetch(exchange[1], folder)
    (folder / file).write_bytes(forge((folder / file).read_bytes()))
    with pytest.raises(Fault, match=said):
        list(check(folder))


def test_verifiers_that_one_has_from_elsewhere() -> None:
    known = trusted(f"{COURT.verifier.text()}\n\n{JOURNAL.verifier.text()}\n")
    assert (known.journal.name, [one.name for one in known.cosigners]) == ("venus/journal", ["court.example"])
