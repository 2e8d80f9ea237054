"""Names on payment accounts against verified names: a labelled list, and what its figures are."""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from venus.p2p.names import BadName, NameMatch, checked_name, compare, masked, masked_number

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/rules/p2p_conduct.md"
EXACT, CLOSE, DIFFERENT = NameMatch


class Pair(NamedTuple):
    label: str  # EXACT: the same letters; SAME: one name could be written so; OTHER: another name
    part: str
    kind: str
    verified: str
    declared: str


def read_pairs() -> list[Pair]:
    with (ROOT / "tests/examples/p2p_names.tsv").open(encoding="utf-8") as file:
        return [Pair(*row) for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]]


PAIRS = read_pairs()


class Figures(NamedTuple):
    pairs: int
    wrongly_exact: int
    met: int
    missed: int
    mistaken: int
    told_apart: int

    @property
    def precision_ppm(self) -> int:
        return self.met * 1_000_000 // (self.met + self.mistaken)

    @property
    def recall_ppm(self) -> int:
        return self.met * 1_000_000 // (self.met + self.missed)

    def row(self, part: str) -> str:
        cells = (part, *self, f"{self.precision_ppm / 10_000:.1f} %", f"{self.recall_ppm / 10_000:.1f} %")
        return "| " + " | ".join(map(str, cells)) + " |"


def measured(part: str) -> Figures:
    found: Counter[tuple[bool, NameMatch]] = Counter(
        (pair.label == "OTHER", compare(pair.verified, pair.declared)) for pair in PAIRS if pair.part == part
    )
    is_other, is_one = True, False
    return Figures(
        found.total(),
        found[is_other, EXACT],
        found[is_one, EXACT] + found[is_one, CLOSE],
        found[is_one, DIFFERENT],
        found[is_other, CLOSE] + found[is_other, EXACT],
        found[is_other, DIFFERENT],
    )


def test_the_page_tells_what_is_measured() -> None:
    """Precision and recall of "this can be one name"; and no other name is ever EXACT."""
    figures = {part: measured(part) for part in ("first", "kept apart")}
    assert sum(one.pairs for one in figures.values()) >= 200
    assert all(one.wrongly_exact == 0 for one in figures.values())
    assert figures["kept apart"].precision_ppm >= 950_000 and figures["kept apart"].recall_ppm >= 900_000
    told = re.search("<!-- measured -->\n(.*?)<!-- end -->", PAGE.read_text("utf-8"), re.DOTALL)
    assert told is not None
    assert told[1].splitlines()[2:] == [one.row(part) for part, one in figures.items()]


def test_the_same_letters_are_exact_and_nothing_else_is() -> None:
    for pair in PAIRS:
        assert (compare(pair.verified, pair.declared) is EXACT) == (pair.label == "EXACT"), pair


def test_who_is_compared_with_whom_does_not_matter() -> None:
    for pair in PAIRS:
        assert compare(pair.verified, pair.declared) is compare(pair.declared, pair.verified), pair


def test_one_letter_makes_a_name_not_exact() -> None:
    for pair in PAIRS[:150]:
        for at, char in enumerate(pair.verified):
            if char.isalpha():
                changed = pair.verified[:at] + ("x" if char.lower() != "x" else "z") + pair.verified[at + 1 :]
                assert compare(pair.verified, changed) is not EXACT, (pair.verified, changed)


@pytest.mark.parametrize(
    ("one", "other", "match"),
    [
        ("Zhou Min", "Zhu Min", DIFFERENT),  # surnames that sound alike
        ("Jiang Wei", "Yang Wei", DIFFERENT),
        ("Li Wei", "Li Wei Ltd", DIFFERENT),  # a company is not its owner
        ("Andrey Smith", "\u0410ndrey Smith", DIFFERENT),  # a Cyrillic A among Latin letters
        ("Zhang Wei", "Wei Zhang", CLOSE),  # either may be the surname
        ("علی\u200cرضا", "علیرضا", EXACT),  # drawn apart, written the same
        ("Mª Lopez", "Ma Lopez", DIFFERENT),
        ("Straße Ann", "Strasse Ann", CLOSE),
        ("张伟", "ZHANG WEI", CLOSE),  # so may others be written
        ("", "", DIFFERENT),
        ("张*", "张*", DIFFERENT),
        ("4111 1111", "4111 1111", DIFFERENT),
    ],
)
def test_what_looks_alike(one: str, other: str, match: NameMatch) -> None:
    assert compare(one, other) is match


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ع" * 120, "a" * 120),
        ("an" * 60, "na" * 60),
        ("a " * 7, "ab " * 7),
        ("张" * 100, "zhang" * 25),
        ("a-" * 60, "b"),
    ],
)
def test_a_hostile_name_is_answered_soon(one: str, other: str) -> None:
    assert compare(one, other) is not EXACT


@pytest.mark.parametrize("said", ["", "   ", "张*", "J*** S****", "John 3", "a" * 129, "☺", "<b>John</b>"])
def test_what_is_no_name_is_refused(said: str) -> None:
    with pytest.raises(BadName):
        checked_name(said)


def test_others_see_the_beginning_alone() -> None:
    assert masked("张伟") == "张*" and masked("John Alexander Smith") == "J*** A*** S***"
    assert masked_number("6222 0212 3456 7890") == "****7890" and masked_number("12345") == "****5"
