"""A sandbox's clock and its snapshots, on a whole exchange as `venus up` runs it."""

import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from venus.cli.replaying import replay
from venus.engine.places import Places
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.p2p import Offer, P2pTrader
from venus.testing.running import RunningExchange
from venus.testing.sandbox_client import SandboxClient, SandboxRefused

FROZEN_AT = "2026-01-01T00:00:00Z"
FROZEN_MS = 1_767_225_600_000
RESTORE_S_MAX = 5.0  # on a machine that does much else; benchmarks/restore.py says what it is on its own
MINUTE_MS = 60_000
BY_WALLET = "central_bank_wallet"


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    """A sandbox whose clock stands still, without participants."""
    with RunningExchange(tmp_path_factory.mktemp("frozen") / "data", quiet_market=True, frozen_at=FROZEN_AT) as made:
        yield made


@pytest.fixture
def box(frozen: RunningExchange) -> Iterator["Box"]:
    """That sandbox as it was made."""
    with Box(frozen) as box:
        box.reset()
        yield box


class Box(SandboxClient):
    """The conveniences, and signed requests of accounts."""

    def __init__(self, running: RunningExchange) -> None:
        super().__init__(running.rest)
        self.ws = running.ws
        self.api = httpx.Client(base_url=running.rest, timeout=60)

    def send(self, method: str, path: str, account: str = "alice", timestamp: int = FROZEN_MS, **params: Any) -> Any:
        keys = self.accounts()[account]
        query = urlencode(params | {"timestamp": timestamp})
        signature = hmac.digest(keys["secret"].encode(), query.encode(), "sha256").hex()
        url = f"/api/v3/{path}?{query}&signature={signature}"
        return self.api.request(method, url, headers={"X-MBX-APIKEY": keys["apiKey"]})

    def order(self, side: str, quantity: str, price: str = "", account: str = "alice", **more: Any) -> dict[str, Any]:
        kind = {"type": "LIMIT", "timeInForce": "GTC", "price": price} if price else {"type": "MARKET"}
        fields = {"symbol": "BTCUSDT", "side": side, "quantity": quantity} | kind | more
        answer = self.send("POST", "order", account, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def public(self, path: str, **params: Any) -> Any:
        return self.api.get(f"/api/v3/{path}", params=params).json()


# The clock


def test_a_frozen_clock_stands_and_a_step_is_exact(box: Box) -> None:
    assert box.public("time") == {"serverTime": FROZEN_MS}
    assert box.clock() | {"frozen": True, "live": False, "time": FROZEN_MS} == box.clock()
    assert box.step("90s")["time"] == FROZEN_MS + 90_000
    assert box.step(1)["timeNs"] == f"{FROZEN_MS + 90_001}000000"
    assert box.order("BUY", "0.001")["transactTime"] == FROZEN_MS + 90_001
    assert box.set_clock("2026-01-02T00:00:00Z")["iso"].startswith("2026-01-02T00:00:00.")
    time.sleep(0.05)
    assert box.public("time") == {"serverTime": FROZEN_MS + 24 * 60 * MINUTE_MS}


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"set": "2025-12-31T00:00:00Z"}, 409, "never goes back"),
        ({"live": True, "step": 5}, 409, "is not set"),
        ({"step": 0}, 409, "above 0"),
        ({"step": "-1s"}, 400, "no number"),
        ({"step": "1 fortnight"}, 400, "units"),
        ({"set": "soon"}, 400, "set"),
        ({"set": "2026-02-01", "step": 1}, 409, "either"),
        ({"frozen": True, "rate": 2}, 400, "either"),
        ({"rate": -1}, 409, "rate"),
        ({"set": "2222-01-01"}, 409, "2099"),
        ({"speed": 2}, 400, "speed"),
    ],
)
def test_what_no_clock_can_do_is_refused_and_it_stands_as_it_stood(
    box: Box, form: dict[str, Any], status: int, says: str
) -> None:
    before = box.clock()
    with pytest.raises(SandboxRefused, match=says) as refused:
        box.turn_clock(**form)
    assert refused.value.status == status
    assert box.clock() == before


def test_a_clock_runs_at_its_rate_and_is_live_again_when_it_is_not_ahead(box: Box) -> None:
    box.run_clock(rate=600)
    time.sleep(0.2)
    box.freeze_clock()
    passed_ms = box.clock()["time"] - FROZEN_MS
    assert passed_ms >= 120_000
    assert box.public("time")["serverTime"] - FROZEN_MS == passed_ms
    assert abs(box.live_clock()["time"] - time.time() * 1_000) < 10_000
    assert box.clock()["timestamps"] == "checked"
    box.step("1d")
    with pytest.raises(SandboxRefused, match="never goes back"):
        box.live_clock()


def test_what_time_does_happens_at_the_step(box: Box) -> None:
    """A freeze ends, a candle begins, and the window of an order count passes, each when the clock says so."""
    box.freeze("bob", until_ms=FROZEN_MS + MINUTE_MS)
    assert box.send("POST", "order/test", "bob", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1").is_success
    box.order("BUY", "0.001")
    counts = box.send("GET", "rateLimit/order").json()
    assert [limit["count"] for limit in counts] == [0, 0]  # it was filled
    box.order("BUY", "0.01", "20000")
    assert [limit["count"] for limit in box.send("GET", "rateLimit/order").json()] == [1, 1]
    box.step("59s")
    refused = box.send("POST", "order", "bob", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
    assert refused.json()["code"] == -2010
    box.step("1s")
    box.order("BUY", "0.002", account="bob")
    counts = box.send("GET", "rateLimit/order", timestamp=FROZEN_MS + MINUTE_MS).json()
    assert [limit["count"] for limit in counts] == [0, 1]
    candles = box.public("klines", symbol="BTCUSDT", interval="1m", limit=2)
    assert [(candle[0], candle[5]) for candle in candles] == [
        (FROZEN_MS, "0.00100000"),
        (FROZEN_MS + MINUTE_MS, "0.00200000"),
    ]


def test_timestamps_are_any_until_they_are_to_be_checked(box: Box) -> None:
    assert box.clock()["timestamps"] == "any"
    assert box.send("GET", "account", timestamp=1).status_code == 200
    box.timestamps("checked")
    for timestamp in (FROZEN_MS - 5_001, FROZEN_MS + 1_000):
        assert box.send("GET", "account", timestamp=timestamp).json()["code"] == -1021
    assert box.send("GET", "account", timestamp=FROZEN_MS + 999).status_code == 200


# Snapshots


def test_a_restore_brings_everything_back(box: Box) -> None:
    box.open_account("carol", balances={"USDT": "1000", "BTC": "1"})
    resting = box.order("BUY", "0.01", "20000", "carol", newClientOrderId="mine")
    box.step("1h")
    taken = box.snapshot("noon")
    chain, balances, depth = box.snapshots()["chain"], box.balances("carol"), box.public("depth", symbol="BTCUSDT")
    counts = box.send("GET", "rateLimit/order", "carol").json()
    assert [limit["count"] for limit in counts] == [0, 1]
    with connect(f"{box.ws}/btcusdt@trade") as stream:
        box.step("1d")
        box.open_account("dave")
        box.send("DELETE", "order", "carol", symbol="BTCUSDT", origClientOrderId="mine")
        later = box.order("BUY", "0.01", account="carol")
        box.pause()
        box.fault("status", path="*")
        restored = box.restore("noon")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                heard = json.loads(stream.recv(10))
                assert heard["e"] in ("trade", "serverShutdown")
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1001
    assert restored["seconds"] < RESTORE_S_MAX
    assert (restored["sequence"], restored["clock"]["time"]) == (taken["sequence"], FROZEN_MS + 60 * MINUTE_MS)
    assert (box.snapshots()["chain"], box.balances("carol")) == (chain, balances)
    assert box.public("depth", symbol="BTCUSDT") == depth
    assert box.faults() == []
    assert "dave" not in box.accounts()
    assert box.send("GET", "rateLimit/order", "carol").json() == counts
    opened = box.send("GET", "openOrders", "carol").json()
    assert [(row["orderId"], row["clientOrderId"]) for row in opened] == [(resting["orderId"], "mine")]
    # The same future comes again, to the order's id.
    assert box.order("BUY", "0.01", account="carol")["orderId"] == later["orderId"]
    box.open_account("dave")


def test_requests_under_way_wait_for_the_restore_and_are_answered(box: Box) -> None:
    """A client that asks all the time sees one exchange or the other, and no error in between."""
    box.snapshot("calm")
    script = (
        "import httpx, sys\n"
        "with httpx.Client(base_url=sys.argv[1], timeout=60) as http:\n"
        "    print('go', flush=True)\n"
        "    for _ in range(200):\n"
        "        http.get('/api/v3/depth?symbol=BTCUSDT&limit=5').raise_for_status()\n"
    )
    asker = subprocess.Popen([sys.executable, "-c", script, box.rest], stdout=subprocess.PIPE, text=True)
    try:
        assert asker.stdout is not None and asker.stdout.readline() == "go\n"
        for _ in range(2):
            box.restore("calm")
        assert asker.wait(120) == 0
    finally:
        asker.kill()
        asker.stdout.close()
        asker.wait()


def test_snapshots_are_listed_replaced_and_dropped(box: Box) -> None:
    box.snapshot("a")
    box.order("BUY", "0.001")
    again = box.snapshot("a")
    listed = {one["name"]: one for one in box.snapshots()["snapshots"]}
    assert {"a", "fresh"} <= listed.keys()
    assert listed["a"]["sequence"] == again["sequence"] > listed["fresh"]["sequence"]
    box.drop_snapshot("a")
    for wrong, says in (("a", "there are: "), ("nowhere", "no snapshot"), ("../a", "Not Found|not supported")):
        with pytest.raises(SandboxRefused, match=says):
            box.restore(wrong)
    for wrong in ("", ".hidden", "a b", "x" * 65):
        with pytest.raises(SandboxRefused, match="letters, digits"):
            box.snapshot(wrong)
    assert box.order("BUY", "0.001")["status"] == "FILLED"


def play_a_morning(box: Box) -> str:
    """The same requests every time; the event chain that they end with."""
    box.open_account("carol", balances={"USDT": "100000"})
    paid = box.deposit("carol", "ETH", "2")
    for number in range(5):
        box.order("BUY", f"0.0{number + 1}", account="carol")
        box.order("BUY", "0.01", f"{50_000 + number}", "carol")  # without an id of its own
        box.step("10s")
    assert box.api.get("/p2p/v1/market").json()["index"]  # noted now
    box.step("1h")
    assert (paid["coin"], box.balances("carol")["ETH"]["free"]) == ("ETH", "2.00000000")
    box.fill(
        "carol",
        "BTCUSDT",
        "0.005",
        order_id=box.send("GET", "openOrders", "carol").json()[0]["orderId"],
        clear_way=True,
    )
    box.pause("BTCUSDT")
    return box.snapshots()["chain"]


def test_the_same_requests_after_a_reset_give_the_same_events(box: Box) -> None:
    first = play_a_morning(box)
    box.reset()
    assert play_a_morning(box) == first
    box.reset()
    box.step("1ms")
    assert play_a_morning(box) != first


def trader(connection: Connection, box: Box, name: str) -> P2pTrader:
    keys = box.accounts()[name]
    return P2pTrader(connection, ApiKey(keys["apiKey"], keys["secret"]))


def test_the_market_between_people_goes_by_a_clock_that_is_stepped(box: Box) -> None:
    with Connection(str(box.api.base_url)) as connection:
        alice, bob = (trader(connection, box, name) for name in ("alice", "bob"))
        ways = [{one.method: one for one in who.payment_accounts()} for who in (alice, bob)]
        way = min((ways[0].keys() & ways[1].keys()) - {BY_WALLET})  # which is marked as paid by nobody
        fiat = next(one.fiats[0] for one in alice.market().methods if one.method == way)
        offer: Offer = {"fiat_min": "1", "fiat_max": "1000000", "pay_minutes": 30, "margin": "101", "methods": [way]}
        posted = bob.post_advert("SELL", "USDT", fiat, "50", **offer)
        box.step("2d")  # every price that was noted is long stale
        found = next(one for one in alice.adverts("BUY", "USDT", fiat, rows=100).rows if one.advert == posted.advert)
        assert found.price is not None
        order = alice.take(found, ways[0][way].paymentAccount, method=way, amount="20")
        alice.paid(order.order)
        assert bob.release(order.order).state == "COMPLETED"
        [kept] = alice.me().retained
        assert kept.asset == "USDT" and kept.until > box.clock()["time"]
        box.step(kept.until - box.clock()["time"] - 1)
        assert [one.asset for one in alice.me().retained] == ["USDT"]
        box.step(1)
        assert alice.me().retained == []
        # What is due is due at the step: nobody has to trade for it.
        waits = alice.take(found, ways[0][way].paymentAccount, method=way, amount="5")
        box.step("30m")
        assert (alice.order(waits.order).state, alice.order(waits.order).ending) == ("CANCELLED", "TIMED_OUT")


@pytest.mark.heavy
def test_the_same_seed_makes_the_same_exchange(box: Box, tmp_path: Path) -> None:
    first = play_a_morning(box)
    for seed, same in ((1, True), (2, False)):
        data = tmp_path / str(seed) / "data"
        data.parent.mkdir()
        with RunningExchange(data, quiet_market=True, frozen_at=FROZEN_AT, seed=seed) as other, Box(other) as twin:
            assert (play_a_morning(twin) == first) == same


@pytest.mark.heavy
def test_what_was_restored_replays_and_starts_again(frozen: RunningExchange, tmp_path: Path) -> None:
    """Also when it is killed right after: an exchange like any other, with its snapshots and its clock."""
    with Box(frozen) as box:
        box.reset()
        box.order("BUY", "0.02")
        box.snapshot("kept")
        box.order("BUY", "0.03")
        box.restore("kept")
        box.order("BUY", "0.04")
        box.step("1m")
        chain = box.snapshots()["chain"]
    assert frozen.kill_engine() != 0
    frozen.start()
    with Box(frozen) as box:
        assert box.snapshots()["chain"] == chain
        assert box.clock()["time"] == FROZEN_MS + MINUTE_MS
        box.restore("kept")
        box.order("BUY", "0.05")
    assert frozen.stop() == 0
    assert replay(frozen.data, from_snapshot=False) == 0
    frozen.start()
    with Box(frozen) as box:
        box.reset()


# What is not there


@pytest.mark.heavy
def test_an_exchange_without_the_file_has_neither_door_nor_socket(sandbox: RunningExchange, tmp_path: Path) -> None:
    """The same journal and the same program: what makes a sandbox is not a rule that could be got round."""
    copy = sandbox.copy_to(tmp_path / "data", quiet_market=True)
    places = Places(copy.data)
    places.sandbox.unlink()
    command = [sys.executable, "-P", "-m", "venus.cli", "up", "--data", str(copy.data), "--port", "0", "--quiet-market"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        rest = next(line for line in process.stdout if line.startswith("ready ")).split()[1]
        assert not places.steering.exists()
        for method, path in (("GET", "clock"), ("POST", "clock"), ("POST", "reset"), ("POST", "balances")):
            assert httpx.request(method, f"{rest}/sandbox/{path}", json={}).status_code in (404, 405)
    finally:
        process.terminate()
        assert process.wait(60) == 0
        process.stdout.close()


# The command line


def venus(frozen: RunningExchange, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "venus.cli", "sandbox", *words, "--data", str(frozen.data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.heavy
def test_the_command_line_asks_the_same(frozen: RunningExchange, box: Box) -> None:
    said = venus(frozen, "account", "carol", "USDT=1000", "BTC=1", "--kind", "ED25519")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["privateKey"].startswith("-----BEGIN PRIVATE KEY")
    assert json.loads(venus(frozen, "clock", "--step", "90m").stdout)["time"] == FROZEN_MS + 90 * MINUTE_MS
    refused = venus(frozen, "restore", "nowhere")
    assert refused.returncode == 1
    assert "there is no snapshot 'nowhere'" in refused.stderr


# The wallet


def test_a_deposit_arrives_when_its_blocks_have_come(box: Box) -> None:
    before = box.balances("alice")["BTC"]["free"]
    paid = box.deposit("alice", "BTC", "0.5", tx_id="ab" * 32)
    assert paid["txId"] == "ab" * 32
    assert box.deposit("alice", "BTC", "0.5", tx_id="ab" * 32)["txId"] == paid["txId"]  # the same payment
    box.step("1d")
    deadline_s = time.monotonic() + 60
    while box.balances("alice")["BTC"]["free"] == before and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert float(box.balances("alice")["BTC"]["free"]) - float(before) == pytest.approx(0.5)
    for wrong, says in (
        (("alice", "GOLD", "1"), "GOLD"),
        (("nobody", "BTC", "1"), "nobody"),
        (("bob", "BTC", "x"), "x"),
    ):
        with pytest.raises(SandboxRefused, match=says):
            box.deposit(*wrong)
    with pytest.raises(SandboxRefused, match="not in a state"):
        box.decide_withdrawal("none", "approved")
