"""What customers are owed, as one hash: every balance is provable, and nothing else is. docs/rules/liabilities.md."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from venus.journal.notes import Signer
from venus.supervisor.liabilities import SUM_LIMIT, LiabilityTree, NotOwed, Owed
from venus.supervisor.verify_balance import check, is_signed

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x01")
SIGNER = Signer("venus/journal", KEY)
VERIFIER = SIGNER.verifier.text()
CODES = ("BTC", "USDT", "vEUR")

balances = st.dictionaries(
    st.integers(0, 5_000), st.tuples(*[st.integers(0, 10**17)] * len(CODES)).filter(any), max_size=40
)


def owed(held: dict[int, tuple[int, ...]], frames: int = 7) -> Owed:
    accounts = np.array(sorted(held), np.int64)
    atoms = np.array([held[account] for account in sorted(held)], np.int64).reshape(len(held), len(CODES))
    return Owed(frames, CODES, accounts, atoms)


def as_json(tree: LiabilityTree, account: int) -> Any:
    return json.loads(msgspec.json.encode(tree.prove(account)))


@settings(max_examples=15)  # a signature in pure Python takes its time
@given(balances)
def test_every_balance_is_proved_and_all_of_them_add_up(held: dict[int, tuple[int, ...]]) -> None:
    tree = LiabilityTree(owed(held), SEED)
    note = tree.note(SIGNER).decode()
    for account in list(held)[:3]:
        assert check(as_json(tree, account), note, VERIFIER) == dict(zip(CODES, held[account], strict=True))
    assert tree.totals.tolist() == [sum(has[i] for has in held.values()) for i in range(len(CODES))]
    places = sorted(tree.prove(account).place for account in held)
    assert places == list(range(len(held))), "two customers share a leaf"


@given(balances.filter(bool), st.randoms(use_true_random=False))
def test_the_root_tells_of_every_change(held: dict[int, tuple[int, ...]], random: Any) -> None:
    root = LiabilityTree(owed(held), SEED).root
    account = random.choice(sorted(held))
    richer = held | {account: (held[account][0] + 1, *held[account][1:])}
    without = {number: has for number, has in held.items() if number != account}
    moved = without | {5_001: held[account]}
    others = [LiabilityTree(owed(changed), SEED).root for changed in (richer, without, moved)]
    others += [LiabilityTree(owed(held, frames=8), SEED).root, LiabilityTree(owed(held), bytes(32)).root]
    assert root not in others and len(set(others)) == len(others)


PEOPLE = {number: (number * 10**8, 10**6, 0) for number in range(1, 12)}
TREE = LiabilityTree(owed(PEOPLE), SEED)
NOTE = TREE.note(SIGNER).decode()


def changed(account: int, change: Callable[[Any], None]) -> Any:
    proof = deepcopy(as_json(TREE, account))
    change(proof)
    return proof


def shift_sums(proof: Any) -> None:
    """As where the two children's sums were bound by their total alone."""
    proof["atoms"][0] += 5
    proof["siblings"][0]["atoms"][0] -= 5


def set_off(proof: Any) -> None:
    """A customer who owes, and sets others' balances off."""
    proof["siblings"][0]["atoms"][1] = -(10**6)


def overflow(proof: Any) -> None:
    proof["atoms"][0] += 2**64


def shorten(proof: Any) -> None:
    proof["siblings"].pop()


def lengthen(proof: Any) -> None:
    proof["siblings"].append(proof["siblings"][-1])


def move_bytes(proof: Any) -> None:
    """A hash that is a byte shorter, so that what follows it reads otherwise."""
    proof["siblings"][0]["hash"] = proof["siblings"][0]["hash"][:-2]


def swap_codes(proof: Any) -> None:
    proof["codes"][0], proof["codes"][1] = proof["codes"][1], proof["codes"][0]


def drop_an_asset(proof: Any) -> None:
    proof["codes"].pop()
    proof["atoms"].pop()


FORGERIES: list[Callable[[Any], None]] = [
    shift_sums,
    set_off,
    overflow,
    shorten,
    lengthen,
    move_bytes,
    swap_codes,
    drop_an_asset,
    lambda proof: proof.update(account=proof["account"] + 1),
    lambda proof: proof.update(nonce="00" * 16),
    lambda proof: proof.update(nonce=proof["nonce"] + "00"),
    lambda proof: proof.update(place=proof["place"] ^ 1),
    lambda proof: proof.update(place=-1),
    lambda proof: proof.update(place=proof["leaves"]),
    lambda proof: proof.update(leaves=proof["leaves"] + 1),
    lambda proof: proof.update(frames=proof["frames"] + 1),
    lambda proof: proof["atoms"].__setitem__(0, True),
    lambda proof: proof["atoms"].__setitem__(0, float(proof["atoms"][0])),
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_proof_that_was_changed_proves_nothing(forge: Callable[[Any], None]) -> None:
    for account in (1, max(PEOPLE, key=lambda number: TREE.prove(number).place)):
        assert check(as_json(TREE, account), NOTE, VERIFIER)
        with pytest.raises(ValueError):
            check(changed(account, forge), NOTE, VERIFIER)


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("BTC 6600000000", "BTC 6600000001"),
        NOTE.replace("\n11\n", "\n12\n"),
        TREE.note(Signer("venus/journal", Ed25519PrivateKey.generate())).decode(),
        NOTE.rpartition("\n\n")[0] + "\n\n",
        LiabilityTree(owed(PEOPLE, frames=8), SEED).note(SIGNER).decode(),
    ],
)
def test_a_publication_that_is_not_the_exchanges_proves_nothing(note: str) -> None:
    assert note != NOTE
    with pytest.raises(ValueError):
        check(as_json(TREE, 1), note, VERIFIER)


def test_who_has_nothing_is_told_so() -> None:
    with pytest.raises(NotOwed):
        TREE.prove(99)


def test_sums_that_no_reader_could_hold_are_refused() -> None:
    whole = dict.fromkeys(range(2), (SUM_LIMIT - 1, 0, 0))
    with pytest.raises(OverflowError):
        LiabilityTree(owed(whole), SEED)


@settings(max_examples=5)
@given(st.binary(max_size=100))
def test_signatures_are_as_the_library_has_them(text: bytes) -> None:
    key, signature = KEY.public_key().public_bytes_raw(), KEY.sign(text)
    assert is_signed(key, text, signature)
    assert not is_signed(key, text + b"!", signature)
