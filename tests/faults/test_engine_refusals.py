"""What clients are told at the REST door while the engine's journal stalls, is full, or fails."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from random import Random

import pytest

from tests.examples.rest.house import Answer, House, Trader, request
from venus.engine import client as client_room
from venus.engine import writer as writer_room
from venus.journal.storage import Disk, Storage
from venus.journal.store import FileStore
from venus.testing.storage_faults import Fault, FaultKind, FaultyStorage, SimulatedDisk

QUEUE_COMMANDS = 32
ORDERS = 200
REFUSED_MIN = ORDERS - 3 * QUEUE_COMMANDS  # a queue's worth is at the gateway, one at the engine, one on its way
FREE = {"quantity": "0.1", "price": "100"}


class StallingDisk(Disk):
    """A disk whose syncs wait while `flowing` is not set."""

    def __init__(self) -> None:
        self.flowing = threading.Event()
        self.flowing.set()

    def sync(self, descriptor: int) -> None:
        assert self.flowing.wait(60)
        super().sync(descriptor)


@contextmanager
def house_on(storage: Storage, **sizes: int) -> Iterator[House]:
    house = House(storage, partial(FileStore.open, prepare_ahead=False, **sizes))
    try:
        yield house
    finally:
        house.close()


async def orders_at_once(house: House, who: Trader, symbol: str, disk: StallingDisk) -> tuple[int, list[Answer]]:
    """Many orders in one moment while the disk stands still; it flows again once as many are refused as fit nowhere.

    Returns how many were answered before it flowed, and all answers as they came.
    """
    answers: list[Answer] = []
    before: list[int] = []

    async def one(number: int) -> None:
        form = {
            "symbol": symbol,
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "newClientOrderId": f"o{number}",
        }
        query, headers = house.signed(who, form | FREE)
        answers.append(await request(house.door, "POST", "/api/v3/order", query, headers, b"", "192.0.2.1"))
        if not before and sum(answer.status != 200 for answer in answers) == REFUSED_MIN:
            before.append(len(answers))
            disk.flowing.set()

    await asyncio.gather(*(one(number) for number in range(ORDERS)))
    return before[0], answers


def test_a_stalled_journal_refuses_at_once_what_does_not_fit_its_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_room, "QUEUE_COMMANDS_MAX", QUEUE_COMMANDS)
    monkeypatch.setattr(client_room, "GATHERED_COMMANDS_MAX", QUEUE_COMMANDS // 4)
    disk = StallingDisk()
    with house_on(disk) as house:
        who, symbol = house.new_trader(), house.new_market(orders_max=ORDERS)
        assert house.buy(who, symbol, **FREE).status == 200
        disk.flowing.clear()
        before, answers = house.run(orders_at_once(house, who, symbol, disk))
        told = Counter(answer.json.get("code", answer.status) for answer in answers)
        assert told[200] + told[-1008] == ORDERS, told
        assert told[200] >= QUEUE_COMMANDS
        assert told[-1008] >= REFUSED_MIN
        refused = [answer for answer in answers if answer.status != 200]
        assert {answer.refusal[:2] for answer in refused} == {(503, -1008)}
        assert "overloaded" in refused[0].json["msg"]
        assert before == REFUSED_MIN, "acknowledged before it was synced"
        # What was refused was not done, what was acknowledged was; and all goes on.
        open_now = house.send(who, "GET", "openOrders", symbol=symbol).json
        acknowledged = {answer.json["clientOrderId"] for answer in answers if answer.status == 200}
        assert {one["clientOrderId"] for one in open_now if one["clientOrderId"].startswith("o")} == acknowledged
        assert house.send(who, "DELETE", "openOrders", symbol=symbol).status == 200


def test_a_failed_sync_is_told_as_an_unknown_outcome_and_nothing_is_taken_after_it() -> None:
    disk = SimulatedDisk(Random(1))
    storage = FaultyStorage(disk, None, Random(1))
    with house_on(storage, segment_bytes=1 << 20, reserve_bytes=0) as house:
        who, symbol = house.new_trader(), house.new_market(orders_max=ORDERS)
        acknowledged = house.buy(who, symbol, **FREE).json["orderId"]
        storage.fault = Fault(storage.operations + 1, FaultKind.FAIL)  # behind the frame's write
        during = house.buy(who, symbol, **FREE)
        assert storage.hit == "sync"
        assert during.refusal[:2] == (503, -1006)
        assert "Execution status unknown" in during.json["msg"]
        for _ in range(3):
            assert house.buy(who, symbol, **FREE).refusal[:2] == (503, -1006)
        shown = house.send(who, "GET", "openOrders", symbol=symbol)
        assert [one["orderId"] for one in shown.json] == [acknowledged], "shown though it was never durable"


def test_a_full_disk_is_told_and_trading_goes_on_when_there_is_room() -> None:
    segment_bytes = 1 << 16
    disk = SimulatedDisk(Random(1), capacity_bytes=3 * segment_bytes)
    with house_on(disk, segment_bytes=segment_bytes, reserve_bytes=0) as house:
        who, symbol = house.new_trader(usdt=10**9), house.new_market(orders_max=10**6)
        taken = 0
        while (answer := house.buy(who, symbol, **FREE)).status == 200:
            taken += 1
            assert taken < 10_000
        assert answer.refusal[:2] == (503, -1001)
        assert house.buy(who, symbol, **FREE).json == answer.json
        assert len(house.send(who, "GET", "openOrders", symbol=symbol).json) == taken
        disk.capacity_bytes += 3 * segment_bytes
        assert house.buy(who, symbol, **FREE).status == 200
        assert len(house.send(who, "GET", "openOrders", symbol=symbol).json) == taken + 1
