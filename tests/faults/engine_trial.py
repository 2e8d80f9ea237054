"""One life of an engine on a disk that fails, and what must be true after it: shared by the fault tests of the engine.

Several clients submit at once; each acknowledgement is kept as it came. After any fault the journal must give exactly
the acknowledged events again, each submitted command at most once, and the same digests as an exchange that ran
nothing else.
"""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import numpy as np

from tests.doors.small_exchange import BANK, RICH_ATOMS, TRADERS, listings
from venus.engine.exchange import Exchange
from venus.engine.keys import journal_signer
from venus.engine.places import Places
from venus.engine.recovery import Recovered, recover
from venus.engine.wire import Refusal
from venus.engine.writer import Submission, Writer
from venus.journal.storage import Storage
from venus.journal.store import FileStore, JournalReader
from venus.records.commands import (
    COMMAND,
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    client_digest,
)
from venus.records.events import EVENT
from venus.testing.storage_faults import FaultyStorage

SEGMENT_BYTES = 32_768
CLIENTS = 4
COMMANDS_A_LIFE = 240
PATIENCE_S = 60.0
open_small = partial(FileStore.open, segment_bytes=SEGMENT_BYTES, reserve_bytes=0, prepare_ahead=False)


class Acknowledged(NamedTuple):
    """What a submission was told: it is durable."""

    first_sequence: int
    time_ns: int
    count: int
    events: bytes


class Told:
    """Everything that was submitted and answered in all lives of one exchange.

    submitted  client ids (hi, lo) of hot commands that were ever submitted
    """

    def __init__(self) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.refused: Counter[Refusal] = Counter()
        self.submitted: set[tuple[int, int]] = set()

    def submission(self, command: Command | ColdCommand, text: str, answered: asyncio.Future[bool]) -> Submission:
        """A submission that notes its answer; `answered` is set to whether it was acknowledged."""

        def done(first_sequence: int, time_ns: int, events: bytes | memoryview) -> None:
            self.acknowledged.append(Acknowledged(first_sequence, time_ns, 1, bytes(events)))
            answered.set_result(True)

        def refused(refusal: Refusal) -> None:
            self.refused[refusal] += 1
            answered.set_result(False)

        if not isinstance(command, Command):
            return Submission(b"", b"", command, 1, done, refused)
        self.submitted.add((command.client_hi, command.client_lo))
        sent = text.encode() if command.text_bytes else b""
        return Submission(command.pack(), sent, None, 1, done, refused)


async def submit(writer: Writer, told: Told, command: Command | ColdCommand, text: str = "") -> bool:
    """Whether it was acknowledged."""
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    writer.submit(told.submission(command, text, answered))
    return await answered


async def furnish(writer: Writer, told: Told) -> None:
    """One market and four rich traders."""
    for command in listings():
        await submit(writer, told, command)
    for account in TRADERS:
        for asset in (0, 1):
            hi, lo = client_digest(f"deposit {account} {asset}")
            deposit = Command(
                client_hi=hi,
                client_lo=lo,
                target_lo=account,
                account=BANK,
                subject=asset,
                kind=CommandKind.TRANSFER,
                quantity=RICH_ATOMS,
            )
            await submit(writer, told, deposit)


def random_command(random: Random, name: str) -> Command:
    """An order around one price, or at times a cancel of everything."""
    hi, lo = client_digest(name)
    account = random.choice(TRADERS)
    if random.random() < 0.05:
        return Command(client_hi=hi, client_lo=lo, account=account, kind=CommandKind.CANCEL_ALL, flags=CommandFlag.NONE)
    return Command(
        client_hi=hi,
        client_lo=lo,
        account=account,
        kind=CommandKind.ORDER,
        side=random.choice((Side.BUY, Side.SELL)),
        type=OrderType.LIMIT,
        tif=random.choice((TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC)),
        stp=SelfTrade.NONE,
        price_ticks=1_000 + random.randint(-20, 20),
        quantity=random.randint(1, 50),
        text_bytes=len(name),
    )


async def live(places: Places, storage: Storage, told: Told, random: Random, life: int) -> Writer:
    """Recover and trade until the flow or the engine ends; raises what the start raises. Nothing is stopped."""
    recovered = recover(places, storage, None, open_small)
    writer = Writer(places, recovered.exchange, recovered.store, journal_signer(places))
    if recovered.exchange.machine.next_sequence <= 1:
        await furnish(writer, told)

    async def client(number: int) -> None:
        for turn in range(COMMANDS_A_LIFE // CLIENTS):
            name = f"life {life} client {number} turn {turn}"
            if not await submit(writer, told, random_command(random, name), name):
                return

    trading = asyncio.gather(*(client(number) for number in range(CLIENTS)))
    died = asyncio.get_running_loop().create_future()
    # Storage dies in whatever called it. In the journal's thread that halts the writer; in the loop it lands here.
    asyncio.get_running_loop().set_exception_handler(lambda _, context: died.done() or died.set_result(context))
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait([trading, died], return_when=asyncio.FIRST_COMPLETED)
    trading.cancel()
    await asyncio.gather(trading, return_exceptions=True)
    return writer


def bury(writer: Writer, storage: FaultyStorage) -> None:
    """End the threads of an engine that counts as dead, and with them what they keep in memory, and close its files."""
    storage.end()
    writer._journaling.stop()
    writer._folding.stop()
    writer.exchange.close_claims()


def check_recovered(places: Places, storage: Storage, told: Told) -> Recovered:
    """Start once more without a fault: there is all that was acknowledged and, at most, what was submitted."""
    recovered = recover(places, storage, None, open_small)
    again = Exchange()
    batches = []
    for frame in JournalReader(places.journal, storage).frames():
        batch = again.replay(frame)
        if batch is not None:
            batches.append(batch)
    assert again.chain.value == recovered.exchange.chain.value
    assert again.frontier.root() == recovered.exchange.frontier.root()
    assert again.machine.state_root() == recovered.exchange.machine.state_root()
    events = np.concatenate([batch.events for batch in batches]) if batches else np.zeros(0, EVENT)
    times = {batch.first_sequence + i: batch.time_ns for batch in batches for i in range(max(len(batch.commands), 1))}
    for one in told.acknowledged:
        assert times.get(one.first_sequence) == one.time_ns, f"lost: {one}"
        kept = events[events["sequence"] == one.first_sequence].tobytes()
        assert kept == one.events, f"changed: {one}"
    commands = np.concatenate([batch.commands for batch in batches]) if batches else np.zeros(0, COMMAND)
    journaled = Counter(zip(commands["client_hi"].tolist(), commands["client_lo"].tolist(), strict=True))
    assert max(journaled.values(), default=1) == 1, "applied twice"
    assert journaled.keys() <= told.submitted, "applied though nobody submitted it"
    recovered.store.close()
    recovered.exchange.close_claims()
    return recovered


def places_for(root: Path) -> Places:
    """Keys are on the real disk; journal and snapshots go wherever the storage puts them."""
    places = Places(root)
    places.journal_key.parent.mkdir(parents=True, exist_ok=True)
    return places
