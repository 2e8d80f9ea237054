"""The public log: checkpoints, tiles and keys as C2SP writes them down, read by other means; cosignatures handed in."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.doors.small_exchange import TRADERS, SmallExchange
from tests.doors.test_journal_feed import follow, trade
from tests.doors.ws_api_client import new_key
from venus.cli.record import check as check_command
from venus.engine import checkpoints
from venus.engine.keys import journal_signer
from venus.journal.cosignatures import Cosigner, add_cosignature, cosignatures_of
from venus.journal.merkle import MerkleTree, verify_consistency, verify_inclusion
from venus.journal.notes import Checkpoint, Verifier, open_note, parse_checkpoint, sign_note, text_of
from venus.journal.store import JournalReader
from venus.journal.tiles import Tile, TiledLog
from venus.records.seat_requests import request_statement
from venus.registry.looks import NO_LOOK, Look, look_hash
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.keys import SeatKey
from venus.supervisor.feed import Feed
from venus.supervisor.feed_requests import FeedRefused, FeedRequests
from venus.supervisor.record import check
from venus.supervisor.record_files import fetch
from venus.testing.officials import BANK, COURT, SUPERVISOR, seat_key

BASE = "/record/v1"
WATCHER = Cosigner("supervisor.test/node", Ed25519PrivateKey.from_private_bytes(b"w" * 32))


@pytest.fixture(autouse=True)
def checkpoints_come_soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(checkpoints, "CHECKPOINT_S", 0.1)
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SHARE", 1)
    yield


async def checkpointed(http: httpx.AsyncClient, frames: int) -> bytes:
    """The newest checkpoint, when one of so many frames or more is there."""
    async with asyncio.timeout(60):
        while True:
            answer = await http.get(f"{BASE}/checkpoint")
            if answer.status_code == 200 and parse_checkpoint(text_of(answer.content)).frames >= frames:
                assert answer.headers["content-type"] == "text/plain; charset=utf-8"
                return answer.content
            await asyncio.sleep(0.05)


def cosign_headers(key: SeatKey, note: bytes, verifier: str) -> dict[str, str]:
    time_ms = time.time_ns() // 10**6
    said = request_statement("POST", f"{BASE}/cosignatures", time_ms, note)
    return {
        "X-VENUS-SEAT": f"{key.institution}/{key.seat}",
        "X-VENUS-TIME": str(time_ms),
        "X-VENUS-SIGNATURE": b64encode(key.key.sign(said)).decode(),
        "X-VENUS-COSIGNER": verifier,
    }


async def made_again(exchange: SmallExchange, http: httpx.AsyncClient, hashes: list[bytes]) -> None:
    """The log's files are found again at a start; damaged, lost, or another journal's, they are made again."""
    assert exchange.gateway.rooms.public is not None
    log, folder = exchange.gateway.rooms.public.log.log, exchange.places.public_log
    zeroed = bytes(8_192) + (folder / "0").read_bytes()[8_192:]
    spoils: list[Callable[[], object]] = [
        lambda: None,
        lambda: (folder / "1").write_bytes(b"x" * 32),
        lambda: (folder / "0").write_bytes(zeroed),
        (folder / "checkpoints").unlink,
        lambda: [path.unlink() for path in folder.iterdir()],
    ]
    root = MerkleTree(hashes[:256]).root()
    for spoil in spoils:
        log.close()
        spoil()
        await checkpointed(http, len(hashes))
        assert (await http.get(f"{BASE}/tile/1/000.p/1")).content == root
        assert len((await http.get(f"{BASE}/tile/0/000")).content) == 8_192


def test_whoever_reads_the_tiles_has_every_proof_of_the_log() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        await trade(exchange, 300)
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            keys = (await http.get(f"{BASE}/verifiers")).text.splitlines()
            note = open_note(await checkpointed(http, 305), [Verifier.from_text(keys[0])])
            checkpoint = parse_checkpoint(note.text)

            tiles: dict[str, bytes] = {}
            for level, count in ((0, checkpoint.frames), (1, checkpoint.frames >> 8)):
                for index in range(-(-count // 256)):
                    path = Tile(level, index, min(256, count - 256 * index)).path()
                    answer = await http.get(f"{BASE}/{path}")
                    assert answer.headers["content-type"] == "application/octet-stream"
                    assert "immutable" in answer.headers["cache-control"]
                    tiles[path] = answer.content
            assert len(tiles["tile/0/000"]) == 8_192 and len(tiles["tile/1/000.p/1"]) == 32
            entries = b""
            for index in range(-(-checkpoint.frames // 256)):
                width = min(256, checkpoint.frames - 256 * index)
                entries += (await http.get(f"{BASE}/{Tile(None, index, width).path()}")).content
            told = [entries[at + 2 : at + 34] for at in range(0, len(entries), 34)]
            assert {entries[at : at + 2] for at in range(0, len(entries), 34)} == {b"\x00\x20"}
            hashes = [frame.hash for frame in JournalReader(exchange.places.journal).frames()][: checkpoint.frames]
            assert told == hashes
            assert [sha256(b"\0" + one).digest() for one in told[:256]] == [
                tiles["tile/0/000"][at : at + 32] for at in range(0, 8_192, 32)
            ]

            log = TiledLog(checkpoint.frames, lambda level, index, width: tiles[Tile(level, index, width).path()])
            tree = MerkleTree(hashes)
            assert log.root() == tree.root() == checkpoint.root
            for index in (0, 255, 256, checkpoint.frames - 1):
                assert verify_inclusion(
                    hashes[index], index, checkpoint.frames, log.inclusion_proof(index), checkpoint.root
                )
            for old in (1, 256, 300):
                assert verify_consistency(
                    old, checkpoint.frames, log.consistency_proof(old), tree.root(old), checkpoint.root
                )

            for path, status in (
                ("tile/0/999", 404),
                ("tile/0/00", 404),
                ("tile/0/x000/000", 404),
                ("tile/0/000.p/0", 404),
                ("tile/0/000.p/256", 404),
                ("tile/64/000", 404),
                ("tile/3/000.p/1", 404),
                ("tile/0/000?x=1", 400),
                ("leaves", 404),
            ):
                assert (await http.get(f"{BASE}/{path}")).status_code == status, path
            listed = (await http.get(f"{BASE}/checkpoints", params={"from": 1, "limit": 1000})).json()
            sizes = [one["frames"] for one in listed]
            assert len(sizes) > 1 and all(one < two for one, two in pairwise(sizes))
            assert (await http.get(f"{BASE}/checkpoints", params={"limit": 1})).json()[0]["frames"] >= sizes[-1]
            for one in listed:
                parsed = parse_checkpoint(open_note(one["note"].encode(), [Verifier.from_text(keys[0])]).text)
                assert parsed.root == tree.root(parsed.frames) if parsed.frames <= tree.size else True
            await made_again(exchange, http, hashes)

    follow(scenario)


def test_anybody_keeps_the_record_and_a_customer_proves_his_balance_in_it(tmp_path: Path) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        await trade(exchange, 9)
        own = new_key(exchange, TRADERS[0])
        assert isinstance(own.secret, bytes)
        keys = ApiKey(own.key, own.secret.decode())
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            await checkpointed(http, 9)

        def keep() -> list[str]:
            with Connection(exchange.rest) as connection:
                proof = connection.ask_signed("GET", f"{BASE}/proof", keys)
            fetched = fetch(exchange.rest, tmp_path)
            assert fetched.absent == () and fetched.frames >= proof["proof"]["frames"]
            (tmp_path / "proof.json").write_bytes(msgspec.json.encode(proof))
            owed = msgspec.json.decode((tmp_path / "liabilities.json").read_bytes())
            assert {one["code"]: one["amount"] for one in owed["assets"]}.keys() == {"BTC", "USDT"}
            return list(check(tmp_path))

        lines = await asyncio.to_thread(keep)
        for word in ("log ", "history ", "looks ", "liabilities ", "supply ", "balance       proved:"):
            assert any(line.startswith(word) for line in lines), (word, lines)
        assert check_command(tmp_path) == 0

        def prove_later(frames: int) -> bool:
            """Whether there is a proof behind so many frames; it is put beside the record that was fetched before."""
            with Connection(exchange.rest) as connection:
                proof = connection.ask_signed("GET", f"{BASE}/proof", keys)
            (tmp_path / "proof.json").write_bytes(msgspec.json.encode(proof))
            return frames < proof["proof"]["frames"]

        fetched = int((tmp_path / "checkpoint").read_text().splitlines()[1])
        while not await asyncio.to_thread(prove_later, fetched):
            await trade(exchange, 3)
            await asyncio.sleep(0.05)
        lines = await asyncio.to_thread(lambda: list(check(tmp_path)))
        assert any(line.startswith("balance       proved:") for line in lines)
        assert any("is newer than this record: fetch again" in line for line in lines)

    follow(scenario)


def test_cosignatures_are_taken_from_supervisors_and_shown_to_everybody() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        supervisor = seat_key(SUPERVISOR, 0)
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            await trade(exchange, 3)
            note = await checkpointed(http, 10)
            assert (await http.get(f"{BASE}/checkpoint?cosigned=true")).status_code == 404
            cosigned = add_cosignature(note, WATCHER, 1_700_000_000)
            requests = FeedRequests(exchange.rest, supervisor)
            await asyncio.to_thread(requests.hand_in, cosigned, WATCHER.verifier)
            await asyncio.to_thread(requests.hand_in, cosigned, WATCHER.verifier)  # again: nothing changes

            shown = (await http.get(f"{BASE}/checkpoint?cosigned=true")).content
            assert shown == cosigned
            assert [one.time_s for one in cosignatures_of(shown, [WATCHER.verifier])] == [1_700_000_000]
            keys = (await http.get(f"{BASE}/verifiers")).text.splitlines()
            assert keys[1:] == [WATCHER.verifier.text()]
            (cosigner,) = (await http.get(f"{BASE}/cosigners")).json()
            assert (cosigner["name"], cosigner["institutionName"]) == ("supervisor.test/node", "supervisor")
            frames = parse_checkpoint(text_of(note)).frames
            (listed,) = (await http.get(f"{BASE}/checkpoints", params={"from": frames, "limit": 1})).json()
            assert listed["note"].encode() == cosigned and listed["cosignatures"] == 1

            async def refused(body: bytes, key: SeatKey = supervisor, cosigner: Cosigner = WATCHER) -> tuple[int, str]:
                headers = cosign_headers(key, body, cosigner.verifier.text())
                answer = await http.post(f"{BASE}/cosignatures", content=body, headers=headers)
                return answer.status_code, answer.json()["msg"]

            def told(status: int, words: str, answer: tuple[int, str]) -> None:
                assert answer[0] == status and words in answer[1], answer

            stranger = Cosigner(WATCHER.verifier.name, Ed25519PrivateKey.from_private_bytes(b"s" * 32))
            other = Cosigner("court.test/node", Ed25519PrivateKey.from_private_bytes(b"c" * 32))
            told(403, "neither a supervisor", await refused(cosigned, seat_key(BANK, 0)))
            told(409, "another key", await refused(add_cosignature(note, stranger, 1), cosigner=stranger))
            told(409, "another institution", await refused(cosigned, seat_key(COURT, 0)))
            told(400, "0 lines of it are of court.test/node", await refused(cosigned, cosigner=other))
            told(400, "does not hold", await refused(cosigned.replace(b"events", b"eventz")))
            told(400, "no signatures", await refused(b"hello\n"))
            late = add_cosignature(add_cosignature(note, WATCHER, 1), WATCHER, 2)
            told(400, "2 lines", await refused(late))
            forged = sign_note(
                Checkpoint("venus/journal", frames, bytes(32), bytes(32)).text(), [journal_signer(exchange.places)]
            )
            told(409, "keep it, it is a proof", await refused(add_cosignature(forged, WATCHER, 1)))
            unknown = sign_note(
                Checkpoint("venus/journal", frames + 1, bytes(32), bytes(32)).text(), [journal_signer(exchange.places)]
            )
            told(404, "no such checkpoint", await refused(add_cosignature(unknown, WATCHER, 1)))
            told(413, "", await refused(cosigned + bytes(20_000)))
            stolen = FeedRequests(exchange.rest, seat_key(BANK, 0))
            with pytest.raises(FeedRefused, match="bank is neither"):
                await asyncio.to_thread(stolen.hand_in, cosigned, WATCHER.verifier)

    follow(scenario)


def test_looks_are_chained_so_that_none_is_taken_out_unseen() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            for number in range(3):
                with Feed(exchange.rest, seat_key(SUPERVISOR, number % 2)) as feed:
                    await asyncio.to_thread(list, feed.frames(number, number + 1))
            looks = (await http.get(f"{BASE}/looks")).json()
            assert len(looks) == 6
            before = NO_LOOK
            for row in looks:
                look = Look(
                    row["number"], row["institution"], row["seat"], row["timeUs"], row["what"], row["from"], row["hash"]
                )
                assert look_hash(before, look) == look.hash
                before = look.hash
            assert [one["number"] for one in (await http.get(f"{BASE}/looks?from=5")).json()] == [5, 6]

    follow(scenario)
