"""`mint_redeem`: approved mints and redemptions a second, to the durable answer, every signature checked.

The engine is the real one, in this process, with its views: one frame a command, as all cold commands. A mint carries
two Ed25519 approvals; a redemption is a holder's request, and a payout with two. The yardstick is the bare
verification of as many signatures over as many different statements, in turns with it in the same run.
"""

import asyncio
import time
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.coin_world import AGENT, CUSTODIAN_FIRST, ISSUER, PERSONS, SIGNATURES, CoinWorld
from benchmarks.engine_run import cold, engine, folder, push
from benchmarks.report import Report, at_least, interleaved, median, percentiles, ratio, report
from venus.engine.writer import Writer
from venus.records.approvals import STATEMENT_BYTES
from venus.records.coins import ConfirmReceipt, Mint, PayRedemptions, RequestRedemption
from venus.records.commands import ColdCommand

COUNT, COUNT_LONG = 1_000, 5_000
ROUNDS, ROUNDS_LONG = 3, 7
ATOMS = 1_000
RATIO_MIN = 0.1
"""Engine over bare verification: the rest is encoding, hashing, Python's part of the core, the journal's syncs."""


def measure(long: bool) -> Report:
    count = COUNT_LONG if long else COUNT
    latencies_ns: dict[str, list[int]] = {"mint": [], "redemption": []}
    rates: dict[str, list[float]] = {"redemption": []}
    statements = [number.to_bytes(STATEMENT_BYTES, "little") for number in range(SIGNATURES * count)]
    results = interleaved(
        {
            "bare": partial(verify_bare, statements),
            "mint": partial(run_engine, count, rates["redemption"], latencies_ns),
        },
        ROUNDS_LONG if long else ROUNDS,
    )
    results |= rates
    return report(
        "mint_redeem",
        {
            "mints": count,
            "signatures_a_command": SIGNATURES,
            "mints_per_s": median(results["mint"]),
            "redemptions_per_s": median(results["redemption"]),
            "bare_verifications_for_as_many_per_s": median(results["bare"]),
            "mint_over_bare": ratio(results, "mint", "bare"),
            "redemption_over_bare": ratio(results, "redemption", "bare"),
        }
        | percentiles(latencies_ns["mint"], "mint_with_16_waiting")
        | percentiles(latencies_ns["redemption"], "redemption_step_with_16_waiting"),
        [at_least("mints / bare verification of their signatures", ratio(results, "mint", "bare"), RATIO_MIN)],
    )


def verify_bare(statements: list[bytes]) -> float:
    """So many approved commands' signatures a second could be verified if nothing else were done."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    signatures = [private.sign(statement) for statement in statements]
    started_s = time.perf_counter()
    for statement, signature in zip(statements, signatures, strict=True):
        public.verify(signature, statement)
    return len(statements) / SIGNATURES / (time.perf_counter() - started_s)


def run_engine(count: int, redemptions: list[float], latencies_ns: dict[str, list[int]]) -> float:
    """Mints a second, and appends redemptions a second; receipts come in before, unmeasured."""

    async def measured() -> float:
        world = CoinWorld(coins=1, custodians=1, tenors=1, time_ns=time.time_ns())
        with folder() as root:
            async with engine(root, with_views=True) as writer:
                await push(writer, map(cold, [*world.set_up(), *receipts(world, count)]))
                mints_per_s = count / await timed(writer, mints(world, count), latencies_ns["mint"])
                steps = [*requests(world, count), *payouts(world, count)]
                redemptions.append(count / await timed(writer, steps, latencies_ns["redemption"]))
                coin = writer.exchange.machine.affairs.coins[0]
                assert (coin.supply_atoms, coin.waiting_atoms) == (0, 0), "all was minted, and all redeemed"
                return mints_per_s

    return asyncio.run(measured())


async def timed(writer: Writer, commands: list[ColdCommand], latencies_ns: list[int]) -> float:
    works = [cold(command) for command in commands]
    started_s = time.perf_counter()
    latencies_ns += await push(writer, works)
    return time.perf_counter() - started_s


def receipts(world: CoinWorld, count: int) -> list[ColdCommand]:
    return [
        world.signed(
            ConfirmReceipt(
                reference=f"receipt {number}",
                reserve=0,
                account=world.first_person + number % PERSONS,
                atoms=ATOMS,
                bank_reference=f"wire {number}",
            ),
            CUSTODIAN_FIRST,
        )
        for number in range(count)
    ]


def mints(world: CoinWorld, count: int) -> list[ColdCommand]:
    return [
        world.signed(
            Mint(
                reference=f"mint {number}",
                coin=0,
                minter=ISSUER,
                receipt=number + 1,
                account=world.first_person + number % PERSONS,
                atoms=ATOMS,
            ),
            ISSUER,
        )
        for number in range(count)
    ]


def requests(world: CoinWorld, count: int) -> list[ColdCommand]:
    """By the holders, whom the door knows: nobody approves them."""
    return [
        RequestRedemption(
            reference=f"redemption {number}",
            coin=0,
            account=world.first_person + number % PERSONS,
            atoms=ATOMS,
            payee="DE02 1203",
        )
        for number in range(count)
    ]


def payouts(world: CoinWorld, count: int) -> list[ColdCommand]:
    return [
        world.signed(
            PayRedemptions(
                reference=f"payout {number}", coin=0, reserve=0, atoms=ATOMS, bank_reference=f"payout {number}"
            ),
            AGENT,
        )
        for number in range(count)
    ]
