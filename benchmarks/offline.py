"""`offline`: payments between purses settled a second, to the durable answer, every signature checked.

The engine is the real one, in this process, with its views. Payers' purses are loaded, each pays shops offline; then
every shop's purse is settled: all that it took, up to a hundred payments a command. The yardstick is the bare
verification of as many Ed25519 signatures, in turns with it in the same run.
"""

import asyncio
import time
from functools import partial
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.engine_run import cold, engine, folder, push
from benchmarks.report import Report, at_least, interleaved, median, percentiles, ratio, report
from venus.records.approvals import exchange_digest
from venus.records.commands import ColdCommand, encode_cold
from venus.records.purses import (
    PAYMENTS_MAX,
    FundPurse,
    OpenPurse,
    PursePayment,
    SettlePurse,
    opening_statement,
    payment_statement,
)
from venus.testing.officials import ORIGIN, PAGE_ORIGIN, RELYING_PARTY
from venus.testing.purse_world import PERSON_FIRST, PurseWorld

PURSES, PURSES_LONG = 100, 400
PAYMENTS_A_PURSE = 20
ROUNDS, ROUNDS_LONG = 3, 7
ATOMS, LOADED = 10, 10_000
RATIO_MIN = 0.25
"""Engine over bare verification: the rest is Python's part of the core, the journal, the views."""
_DAY_NS = 86_400 * 10**9
_EXCHANGE = exchange_digest(ORIGIN, RELYING_PARTY, PAGE_ORIGIN)


def measure(long: bool) -> Report:
    purses = PURSES_LONG if long else PURSES
    keys = [Ed25519PrivateKey.from_private_bytes(sha256(b"purse %d" % number).digest()) for number in range(purses)]
    payments = [payment for place in range(purses) for payment in taken(keys, place)]
    latencies_ns: list[int] = []
    results = interleaved(
        {"bare": partial(verify_bare, keys, payments), "engine": partial(run_engine, keys, payments, latencies_ns)},
        ROUNDS_LONG if long else ROUNDS,
    )
    settled = median(results["engine"])
    return report(
        "offline",
        {
            "purses": purses,
            "payments_a_purse": PAYMENTS_A_PURSE,
            "payments_a_command": PAYMENTS_MAX,
            "payments_settled_per_s": settled,
            "purses_settled_per_s": settled / PAYMENTS_A_PURSE,
            "bare_verifications_per_s": median(results["bare"]),
            "engine_over_bare": ratio(results, "engine", "bare"),
        }
        | percentiles(latencies_ns, "command_with_16_waiting"),
        [at_least("settled / bare verification of their signatures", ratio(results, "engine", "bare"), RATIO_MIN)],
    )


def taken(keys: list[Ed25519PrivateKey], place: int) -> list[PursePayment]:
    """What one purse took: one payment of each of those after it, round the circle."""
    found = []
    for step in range(1, PAYMENTS_A_PURSE + 1):
        payer = (place + step) % len(keys)
        # Whoever is `step` before a payer is its step-th payee.
        bare = PursePayment(
            purse=payer + 1,
            counter=step,
            payee=place + 1,
            atoms=ATOMS,
            total_atoms=step * ATOMS,
            nonce=sha256(b"%d %d" % (place, step)).digest()[:16],
            signature=b"",
        )
        signature = keys[payer].sign(payment_statement(_EXCHANGE, 0, bare))
        found.append(msgspec.structs.replace(bare, signature=signature))
    return found


def verify_bare(keys: list[Ed25519PrivateKey], payments: list[PursePayment]) -> float:
    """So many signatures a second could be verified if nothing else were done."""
    public = [key.public_key() for key in keys]
    said = [(public[one.purse - 1], one.signature, payment_statement(_EXCHANGE, 0, one)) for one in payments]
    started_s = time.perf_counter()
    for key, signature, statement in said:
        key.verify(signature, statement)
    return len(said) / (time.perf_counter() - started_s)


def run_engine(keys: list[Ed25519PrivateKey], payments: list[PursePayment], latencies_ns: list[int]) -> float:
    async def measured() -> float:
        operator = Ed25519PrivateKey.from_private_bytes(sha256(b"operator").digest())
        world = PurseWorld(persons=len(keys), atoms=LOADED, time_ns=time.time_ns(), key=operator)
        works = [
            cold(SettlePurse(reference=f"settle {start}", payments=tuple(payments[start : start + PAYMENTS_MAX])))
            for start in range(0, len(payments), PAYMENTS_MAX)
        ]
        with folder() as root:
            async with engine(root, with_views=True) as writer:
                await push(writer, map(cold, [*world.set_up(), *opened(world, keys)]))
                started_s = time.perf_counter()
                latencies_ns.extend(await push(writer, works))
                settled_per_s = len(payments) / (time.perf_counter() - started_s)
                purses = writer.exchange.machine.affairs.purses
                assert sum(one.paid_atoms for one in purses) == len(payments) * ATOMS, "all was paid"
                assert not any(one.caught for one in purses), "and nobody caught"
                return settled_per_s

    return asyncio.run(measured())


def opened(world: PurseWorld, keys: list[Ed25519PrivateKey]) -> list[ColdCommand]:
    commands: list[ColdCommand] = []
    for number, key in enumerate(keys):
        bare = OpenPurse(
            reference=f"open {number}",
            account=PERSON_FIRST + number,
            currency=0,
            operator=0,
            key=key.public_key().public_bytes_raw(),
            holds_atoms_max=world.holds_atoms_max,
            payment_atoms_max=world.payment_atoms_max,
            expires_ns=world.time_ns + 30 * _DAY_NS,
            signature=b"",
        )
        said = opening_statement(_EXCHANGE, encode_cold(bare))
        commands.append(msgspec.structs.replace(bare, signature=world.key.sign(said)))
        account = PERSON_FIRST + number
        commands.append(FundPurse(reference=f"fund {number}", purse=number + 1, account=account, atoms=LOADED))
    return commands
