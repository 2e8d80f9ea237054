"""What customers are owed, as one hash: every balance is provable, and nothing else is. docs/rules/liabilities.md."""

import json
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from venus.core.liabilities import Owed, liability_tree
from venus.journal.notes import Checkpoint, Signer, sign_note
from venus.records.liabilities import LiabilityTree, NotOwed
from venus.supervisor.verify_balance import check, is_signed
from venus.units import ATOMS_MAX

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


def note_of(tree: LiabilityTree, signer: Signer) -> str:
    """A checkpoint that tells the tree's root."""
    told = Checkpoint("venus/journal", tree.frames + 3, bytes(32), bytes(32), None, (tree.frames, tree.root))
    return sign_note(told.text(), [signer]).decode()


def as_json(tree: LiabilityTree, account: int) -> Any:
    return json.loads(msgspec.json.encode(tree.prove(account)))


@settings(max_examples=15)  # a signature in pure Python takes its time
@given(balances)
def test_every_balance_is_proved_and_all_of_them_add_up(held: dict[int, tuple[int, ...]]) -> None:
    tree = liability_tree(owed(held), SEED)
    note = note_of(tree, SIGNER)
    for account in list(held)[:3]:
        assert check(as_json(tree, account), note, VERIFIER) == dict(zip(CODES, held[account], strict=True))
    assert tree.totals.tolist() == [sum(has[i] for has in held.values()) for i in range(len(CODES))]
    places = sorted(tree.prove(account).place for account in held)
    assert places == list(range(len(held))), "two customers share a leaf"


@given(balances.filter(bool), st.randoms(use_true_random=False))
def test_the_root_tells_of_every_change(held: dict[int, tuple[int, ...]], random: Any) -> None:
    root = liability_tree(owed(held), SEED).root
    account = random.choice(sorted(held))
    richer = held | {account: (held[account][0] + 1, *held[account][1:])}
    without = {number: has for number, has in held.items() if number != account}
    moved = without | {5_001: held[account]}
    others = [liability_tree(owed(changed), SEED).root for changed in (richer, without, moved)]
    others += [liability_tree(owed(held, frames=8), SEED).root, liability_tree(owed(held), bytes(32)).root]
    assert root not in others and len(set(others)) == len(others)


PEOPLE = {number: (number * 10**8, 10**6, 0) for number in range(1, 12)}
TREE = liability_tree(owed(PEOPLE), SEED)
NOTE = note_of(TREE, SIGNER)
OF_LIABILITIES = next(line for line in NOTE.splitlines() if line.startswith("liabilities"))


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
        NOTE.replace("liabilities 7 ", "liabilities 8 "),
        note_of(TREE, Signer("venus/journal", Ed25519PrivateKey.generate())),
        note_of(TREE, Signer("venus/other", KEY)),
        NOTE.rpartition("\n\n")[0] + "\n\n",
        note_of(liability_tree(owed(PEOPLE, frames=8), SEED), SIGNER),
        note_of(liability_tree(owed(PEOPLE | {1: (10**8, 10**6, 1)}), SEED), SIGNER),
        sign_note(Checkpoint("venus/journal", 9, bytes(32), bytes(32)).text(), [SIGNER]).decode(),
        sign_note(f"venus/liabilities\n{OF_LIABILITIES}\n", [SIGNER]).decode(),
        sign_note(NOTE.partition("\n\n")[0] + f"\n{OF_LIABILITIES}\n", [SIGNER]).decode(),
    ],
)
def test_a_checkpoint_that_is_not_the_exchanges_or_says_something_else_proves_nothing(note: str) -> None:
    assert note != NOTE
    with pytest.raises(ValueError):
        check(as_json(TREE, 1), note, VERIFIER)


def regrouped(order: list[int], parted: bool) -> Any:
    """A tree over the same leaves in another order, or with the odd one at the left: its root, and all ways to it.

    As an exchange would make one where the customers that check are on one side, and the others need not be there.
    """
    leaves = [(TREE.levels[0].hashes[place].tobytes(), TREE.levels[0].atoms[place].tolist()) for place in order]
    ways: list[list[Any]] = [[] for _ in order]
    groups = [[number] for number in range(len(order))]
    while len(groups) > 1:
        rest = [groups.pop(0)] if parted and len(groups) % 2 else []
        leaf = [leaves.pop(0)] if rest else []
        pairs = [range(at, min(at + 2, len(groups))) for at in range(0, len(groups), 2)]
        for pair in pairs:
            for mine, other in ((pair[0], pair[-1]), (pair[-1], pair[0])):
                for number in groups[mine] if mine != other else ():
                    ways[number].append({"hash": leaves[other][0].hex(), "atoms": leaves[other][1]})
        leaves = leaf + [above(*(leaves[number] for number in pair)) for pair in pairs]
        groups = rest + [[number for one in pair for number in groups[one]] for pair in map(sorted, map(set, pairs))]
    counts = [TREE.frames, len(order), len(CODES)]
    codes = sha256("".join(f"{code}\n" for code in CODES).encode()).digest()
    root = sha256(b"\2" + packed(counts) + codes + leaves[0][0] + packed(leaves[0][1])).digest()
    return root, ways


def above(left: Any, right: Any = None) -> Any:
    if right is None:
        return left
    whole = b"\1" + left[0] + packed(left[1]) + right[0] + packed(right[1])
    return sha256(whole).digest(), [a + b for a, b in zip(left[1], right[1], strict=True)]


def packed(numbers: list[int]) -> bytes:
    return b"".join(number.to_bytes(8, "little") for number in numbers)


def test_leaves_that_were_regrouped_are_another_root() -> None:
    """In their own order they make the tree that everybody knows; otherwise the supervisor's is another, and where the
    levels are grouped otherwise the script itself refuses."""
    order = list(range(len(PEOPLE)))
    root, _ = regrouped(order, parted=False)
    assert root == TREE.root

    root, ways = regrouped(order[::-1], parted=False)
    assert root != TREE.root, "who replays finds another root"
    note = note_of(TREE._replace(root=root), SIGNER)
    moved = as_json(TREE, 1)
    place = order[::-1].index(moved["place"])
    assert check(moved | {"place": place, "siblings": ways[place]}, note, VERIFIER), "its own proof alone shows nothing"

    root, ways = regrouped(order, parted=True)
    note = note_of(TREE._replace(root=root), SIGNER)
    for account in (1, 6):  # a signature in pure Python takes its time
        proof = as_json(TREE, account)
        for place in order:
            with pytest.raises(ValueError):
                check(proof | {"place": place, "siblings": ways[proof["place"]]}, note, VERIFIER)


def test_who_has_nothing_is_told_so() -> None:
    with pytest.raises(NotOwed):
        TREE.prove(99)


def test_sums_that_no_reader_could_hold_are_refused() -> None:
    assert liability_tree(owed({1: (ATOMS_MAX, 0, 0)}), SEED).totals[0] == ATOMS_MAX
    refused = {1: (ATOMS_MAX, 0, 0), 2: (1, 0, 0)}, dict.fromkeys(range(4), (ATOMS_MAX, 0, 0)), {1: (0, -1, 1)}
    for held in (*refused, {1: (ATOMS_MAX + 1, 0, 0)}):
        with pytest.raises(OverflowError):
            liability_tree(owed(held), SEED)


@settings(max_examples=5)
@given(st.binary(max_size=100))
def test_signatures_are_as_the_library_has_them(text: bytes) -> None:
    key, signature = KEY.public_key().public_bytes_raw(), KEY.sign(text)
    assert is_signed(key, text, signature)
    assert not is_signed(key, text + b"!", signature)
