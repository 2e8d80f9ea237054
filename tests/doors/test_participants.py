"""The simulated participants of a sandbox, beside whom bots are tested."""

import time

import httpx

from venus.testing.running import RunningExchange
from venus.testing.sandbox_client import SandboxClient

PATIENCE_S = 60.0


def test_they_go_on_after_faults_that_were_meant_for_a_bot(exchange: RunningExchange) -> None:
    """And the exchange does, which ends when one of its processes does."""
    with SandboxClient(exchange.rest) as sandbox, httpx.Client(base_url=exchange.rest) as http:
        for kind in ("disconnect", "status"):
            rule = {"status": 503} if kind == "status" else {}
            sandbox.fault(kind, path="/api/v3/ticker/bookTicker", count=3, **rule)
            sandbox.fault(kind, path="/api/v3/order", count=3, **rule)
        deadline_s = time.monotonic() + PATIENCE_S
        while any(fault["done"] < fault["count"] for fault in sandbox.faults()):
            assert time.monotonic() < deadline_s, sandbox.faults()
            time.sleep(0.2)
        before = http.get("/api/v3/depth", params={"symbol": "BTCUSDT"}).json()["lastUpdateId"]
        while http.get("/api/v3/depth", params={"symbol": "BTCUSDT"}).json()["lastUpdateId"] == before:
            assert time.monotonic() < deadline_s, exchange.log
            time.sleep(0.2)
