"""Regimes of wallets as data: dated, with sources, and honest about what has none. docs/rules/currency_regimes.md."""

from datetime import date
from itertools import pairwise

import pytest

from venus.packs.regimes import PackRefused
from venus.packs.wallet_regimes import Class, adopt_regime, edition_on, read_wallet_regime, wallet_regimes
from venus.records.commands import decode_cold, encode_cold

TOML = """
regime = "x"
title = "X"
currency = "CNY"
zone = "UTC"
day_offset_minutes = 0
sources = [{ id = "s", title = "S", address = "https://example.org", seen = "secondary" }]
[[editions]]
from = 2026-01-01
says = "One class."
[[editions.classes]]
name = "1"
says = "All."
source = "s"
balance = 10
single = 1
day = 2
year = 3
sub_wallets = 0
house = ["sub_wallets"]
"""


def limits(name: str, on: date) -> dict[str, tuple[int, int, int, int, int]]:
    _, edition = edition_on(name, on)
    return {one.name: (one.balance, one.single, one.day, one.year, one.interest_ppm) for one in edition.classes}


def test_the_same_wallet_on_three_days() -> None:
    assert limits("cny", date(2020, 12, 31))["4"] == (1_000, 500, 1_000, 10_000, 0)
    assert limits("cny", date(2021, 6, 11))["4"] == (10_000, 2_000, 5_000, 50_000, 0)
    assert limits("cny", date(2026, 6, 30))["4"] == (10_000, 2_000, 5_000, 50_000, 0)
    assert limits("cny", date(2025, 12, 31))["2"] == (500_000, 50_000, 100_000, 0, 0)
    assert limits("cny", date(2026, 1, 1))["2"] == (500_000, 50_000, 100_000, 0, 500)


def test_before_the_first_edition_nothing_holds() -> None:
    with pytest.raises(PackRefused, match="begins on 2020-08-29"):
        edition_on("cny", date(2020, 8, 28))
    with pytest.raises(PackRefused, match="no regime 'usd'"):
        edition_on("usd", date(2026, 1, 1))


@pytest.mark.parametrize("regime", wallet_regimes().values(), ids=lambda regime: regime.regime)
def test_every_edition_is_sourced_and_sound(regime) -> None:
    for edition in regime.editions:
        assert [one.name for one in edition.classes] == ["1", "2", "3", "4", "institution"]
        for one in edition.classes:
            assert not regime.is_verified(one), "no act was read: say so until one was"
            assert one.needs_identity == (one.name != "4")
            assert not (one.interest_ppm and edition.from_ < date(2026, 1, 1))
        # Whoever is known less may hold and pay no more than whoever is known better; 0 is no limit.
        people = edition.classes[:4]
        for better, less in pairwise(people):
            for figure in ("balance", "single", "day"):
                most = getattr(better, figure) or 10**12
                assert getattr(less, figure) <= most and getattr(less, figure) > 0, (edition.from_, less.name, figure)


def test_an_edition_becomes_the_command() -> None:
    regime, edition = edition_on("cny", date(2026, 1, 1))
    command = adopt_regime(regime, edition, reference="r", currency=7, scale=2, from_ns=5)
    assert decode_cold(encode_cold(command)) == command
    assert (command.name, command.from_ns, command.day_offset_ns) == ("cny 2026-01-01", 5, 8 * 3_600 * 10**9)
    second = command.classes[1]
    assert (second.balance_atoms_max, second.single_atoms_max, second.day_atoms_max) == (50_000_000, 5_000_000, 10**7)
    assert (second.interest_ppm, second.needs_identity, command.classes[3].needs_identity) == (500, 1, 0)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("day = 2", "day = -2", "below 0"),
        ("day = 2", "", "missing required field `day`"),
        ("day = 2", "day = 2\nhour = 1", "unknown field `hour`"),
        ('source = "s"', 'source = "t"', "source is not there"),
        ('source = "s"', "", "is the house's"),
        ('["sub_wallets"]', '["hour"]', "not all figures"),
        ("sub_wallets = 0", "sub_wallets = 0\ninterest_ppm = 1\nbalance_ = 0", "unknown field"),
        ("balance = 10", "balance = 0\ninterest_ppm = 1", "has a limit of its balance"),
        ("[[editions]]", '[[editions]]\nfrom = 2027-01-01\nsays = "Two."\nclasses = []\n[[editions]]', "in the order"),
    ],
)
def test_data_that_is_not_sound_is_refused(before: str, after: str, words: str) -> None:
    assert before in TOML
    assert isinstance(read_wallet_regime(TOML).editions[0].classes[0], Class)
    with pytest.raises(PackRefused, match=words):
        read_wallet_regime(TOML.replace(before, after, 1))
