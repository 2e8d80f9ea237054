"""`receipts`: receipts of orders signed a second on one core, and checked; beside the bare signature in the same run.

What a receipt costs a door comes on top of an order that wants one, and of no other.
"""

import base64
import time
from collections.abc import Callable
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.report import Report, at_least, interleaved, median, ratio, report
from venus.engine.client import Sequenced
from venus.gateway.receipts import Receipts
from venus.journal.delegated import delegate
from venus.journal.notes import Signer
from venus.journal.receipts import RECEIPTS_KEY, open_receipt
from venus.records.commands import COMMAND

COUNT, COUNT_LONG = 2_000, 10_000
ROUNDS, ROUNDS_LONG = 5, 11
ACCOUNT = 7
RATIO_MIN = 0.5
"""Over the bare signature: the rest is writing the text and its base64."""


def measure(long: bool) -> Report:
    count = COUNT_LONG if long else COUNT
    private = Ed25519PrivateKey.generate()
    journal, own = Signer("venus/journal", Ed25519PrivateKey.generate()), Signer(RECEIPTS_KEY, private)
    receipts = Receipts(own, delegate(own.verifier, journal))
    orders = [
        Sequenced(10**9 + n, 1, time.time_ns() + n, bytes(COMMAND.itemsize) + b"x" * 22, b"") for n in range(count)
    ]
    texts = [receipts.of(ACCOUNT, [order]) for order in orders]
    notes = [base64.b64decode(text) for text in texts]
    message = bytes(len(notes[0]) // 2)
    results = interleaved(
        {
            "bare": partial(timed, count, lambda _: private.sign(message)),
            "signed": partial(timed, count, lambda n: receipts.of(ACCOUNT, [orders[n]])),
            "checked": partial(timed, count, lambda n: open_receipt(notes[n], journal.verifier)),
        },
        ROUNDS_LONG if long else ROUNDS,
    )
    return report(
        "receipts",
        {
            "receipts": count,
            "signed_per_s": median(results["signed"]),
            "bare_signatures_per_s": median(results["bare"]),
            "checked_per_s": median(results["checked"]),
            "header_bytes": max(map(len, texts)),
        },
        [at_least("signed receipts / bare signatures", ratio(results, "signed", "bare"), RATIO_MIN)],
    )


def timed(count: int, work: Callable[[int], object]) -> float:
    """So many a second."""
    started_s = time.perf_counter()
    for number in range(count):
        work(number)
    return count / (time.perf_counter() - started_s)
