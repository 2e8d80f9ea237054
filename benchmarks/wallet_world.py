"""A currency with wallets that have money, and payments among them: what the figures about wallets are measured on.

The central bank is institution 8, the one operator 9. Every payment is within its limits, which are all asked: a class
has a balance, a single, a daily and an annual limit.
"""

from collections.abc import Iterator

import numpy as np

from benchmarks.venus_flow import HotFrame, digests, frames
from venus.records.commands import COMMAND, ColdCommand, CommandKind
from venus.records.currency import AdoptRegime, OpenWallets, WalletClass
from venus.testing.first_tier import DCNY, FIRST_FREE, TREASURY, first_tier
from venus.testing.officials import CENTRAL_BANK, signed_by

TIME_FIRST_NS = 1_767_225_600_000_000_000 + 3_600 * 10**9  # the first of January 2026
FRAME_STEP_NS = 1_000_000
BATCH = 8_000
FUNDED_ATOMS = 10**9
PLENTY = 10**17
OPENED_AT_ONCE = 1_000_000
WALLET_FIRST = FIRST_FREE
LIMITS = WalletClass(
    name="measured",
    balance_atoms_max=10**12,
    single_atoms_max=10**7,
    day_atoms_max=10**13,
    year_atoms_max=10**14,
    interest_ppm=100,
    needs_identity=1,
    sub_wallets_max=4,
)


def set_up(wallets: int, time_ns: int = TIME_FIRST_NS) -> Iterator[ColdCommand]:
    """Everything up to wallets without money, and a treasury with plenty."""
    yield from first_tier(time_ns, PLENTY)
    regime = AdoptRegime(
        reference="regime", currency=DCNY, name="bench", from_ns=0, day_offset_ns=8 * 3_600 * 10**9, classes=(LIMITS,)
    )
    yield signed_by(regime, time_ns, CENTRAL_BANK)
    for first in range(0, wallets, OPENED_AT_ONCE):
        count = min(OPENED_AT_ONCE, wallets - first)
        yield OpenWallets(
            reference=f"wallets {first}", currency=DCNY, operator=0, wallet_class=0, count=count, category=0
        )


def funding(wallets: int, from_wallet: int = 0, batch: int = BATCH) -> Iterator[HotFrame]:
    """A top-up of so many wallets in a row."""
    for first in range(0, wallets, OPENED_AT_ONCE):
        count = min(OPENED_AT_ONCE, wallets - first)
        accounts = WALLET_FIRST + from_wallet + np.arange(first, first + count)
        treasury = np.full(count, TREASURY)
        yield from frames(transfers(treasury, accounts, np.full(count, FUNDED_ATOMS), -1 - accounts), batch)


def payments(count: int, wallets: int, *, skewed: bool, seed: int = 1) -> np.ndarray:
    """COMMAND[count]: payments of small amounts between two wallets each.

    skewed  a wallet's share falls with its rank (Zipf, exponent 1): of ten million the busiest thousand are in two
            fifths of all, scattered over memory; else all are alike
    """
    chance = np.random.default_rng(seed)
    payer, payee = (_drawn(chance, count, wallets, skewed) for _ in range(2))
    payee = np.where(payer == payee, (payee + 1) % wallets, payee)
    atoms = chance.integers(1, 10_000, count)
    return transfers(WALLET_FIRST + payer, WALLET_FIRST + payee, atoms, np.arange(count) + (seed << 40))


def _drawn(chance: np.random.Generator, count: int, wallets: int, skewed: bool) -> np.ndarray:
    if not skewed:
        return chance.integers(0, wallets, count)
    ranks = np.minimum(np.exp(chance.random(count) * np.log(wallets)).astype(np.int64), wallets) - 1
    return (ranks * 2_654_435_761 + 12_345) % wallets


def transfers(payers: np.ndarray, payees: np.ndarray, atoms: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """COMMAND[n] of the currency, each with a reference of its own."""
    commands = np.zeros(len(payers), COMMAND)
    commands["kind"] = CommandKind.TRANSFER
    commands["account"] = payers
    commands["target_lo"] = payees
    commands["subject"] = DCNY
    commands["quantity"] = atoms
    commands["client_hi"], commands["client_lo"] = digests(ids)
    return commands
