"""Rule packs as data: dated, with sources, with figures that the core accepts. docs/rules/packs.md."""

from datetime import date, timedelta

import pytest

from venus.packs.calendars import CALENDARS
from venus.packs.regimes import FILES, Kind, PackRefused, adopt_pack, haircut_steps, held_on, read_regime, regimes
from venus.records.coins import DAY_NS, Instrument
from venus.testing.coin_stage import CoinStage
from venus.testing.officials import ISSUER, SUPERVISOR
from venus.units import PPM

RULES = [(regime.regime, rule) for regime in regimes().values() for rule in regime.rules]
ADOPTIONS = [(regime.regime, adoption) for regime in regimes().values() for adoption in regime.adoptions]
TOML = """
regime = "x"
title = "X"
status = "law"
sources = [{ id = "s", title = "S", address = "https://example.org", seen = "text", seen_at = "there" }]
adoptions = []
[[rules]]
id = "x.1"
article = "1"
from = 2026-01-01
kind = "deposits"
basis = "law"
source = "s"
verified = true
says = "Half of it in deposits."
figures = { share_ppm = 500_000 }
"""


@pytest.mark.parametrize(("regime", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_a_rule_is_dated_sourced_and_sound(regime: str, rule) -> None:
    assert rule.id.startswith(regimes()[regime].rules[0].id.split(".")[0]), "ids name their regime"
    assert date(2020, 1, 1) < rule.from_ < (rule.until or date.max)
    assert rule.article and rule.says.endswith((".", ")"))
    for name, figure in rule.figures.items():
        assert name.endswith("ppm") <= (0 < figure <= 2 * PPM), (name, figure)
        assert name.endswith("days") <= (-1 <= figure <= 400), (name, figure)
    for tenor in rule.tenors:
        assert tenor.instrument in Instrument.__members__ and 0 <= tenor.days <= 366
    if rule.basis == "law":
        [source] = [source for source in regimes()[regime].sources if source.id == rule.source]
        assert source.title and source.address.startswith("https://") and source.seen_at
        assert rule.verified <= (source.seen in ("text", "quoted")), "verified only where the act's own words were read"
        assert rule.verified == (rule.verified_on is not None), "a verification has its day"


def test_ids_are_said_once_in_a_regime() -> None:
    for regime in regimes().values():
        ids = [rule.id for rule in regime.rules]
        assert len(ids) == len(set(ids)), regime.regime


@pytest.mark.parametrize(("regime", "adoption"), ADOPTIONS, ids=[name for name, _ in ADOPTIONS])
def test_what_is_adopted_has_figures_in_range(regime: str, adoption) -> None:
    assert 1 <= adoption.staleness_days <= 366
    assert 0 < adoption.concentration_ppm <= PPM
    assert 0 <= adoption.redemption_days <= 30
    assert adoption.calendar in CALENDARS and adoption.basis
    steps = haircut_steps(adoption)
    assert all(0 <= step.haircut_ppm < PPM for step in steps)
    for instrument in {step.instrument for step in steps}:
        of_one = [(step.tenor_ns, step.haircut_ppm) for step in steps if step.instrument == instrument]
        assert of_one == sorted(of_one), "the longer the tenor the later the step, and the more it is cut"


def test_what_is_adopted_counts_only_what_the_rules_allow() -> None:
    """Nothing counts as backing under a pack that its own list of reserves does not have."""
    for regime in regimes().values():
        for rule in regime.rules:
            allowed = {tenor.instrument: tenor.days for tenor in rule.tenors}
            for adoption in regime.adoptions if allowed else ():
                for haircut in adoption.haircuts:
                    assert haircut.days <= allowed[haircut.instrument], (regime.regime, haircut)


def test_figures_that_were_read_in_the_acts() -> None:
    """Those that somebody who knows the acts would look up first."""
    rules = {rule.id: rule for _, rule in RULES}
    assert rules["mica.54.a"].figures == {"share_ppm": 300_000}
    assert rules["mica.45.7.b"].figures == {"share_ppm": 600_000}
    assert rules["mica.23"].figures == {
        "payments_a_day": 1_000_000,
        "euros_a_day": 200_000_000,
        "plan_working_days": 40,
    }
    tenors = {tenor.instrument: tenor.days for tenor in rules["genius.4.a.1.A.list"].tenors}
    assert (tenors["BILL"], tenors["DEPOSIT"], tenors["REPO"]) == (93, 0, 1)
    assert rules["mas.redemption"].figures == {"business_days": 5}
    assert rules["hk.redemption"].figures == {"business_days": 1}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("mica", date(2024, 6, 30)),
        ("genius", date(2027, 1, 18)),
        ("hk", date(2025, 8, 1)),
        ("mas", date(2023, 8, 15)),
    ],
)
def test_a_pack_holds_from_its_date_on(name: str, first: date) -> None:
    assert held_on(name, first).rules
    with pytest.raises(PackRefused, match=str(first)):
        held_on(name, first - timedelta(days=1))


def test_a_rule_that_was_replaced_holds_until_the_day_before() -> None:
    """Bulgaria took the euro: a coin of leva is one of a member state's currency no more."""
    last, first = held_on("mica", date(2025, 12, 31)), held_on("mica", date(2026, 1, 1))
    [before] = [rule for rule in last.rules if rule.kind is Kind.MEANS_OF_EXCHANGE]
    [after] = [rule for rule in first.rules if rule.kind is Kind.MEANS_OF_EXCHANGE]
    assert (before.id, after.id) == ("mica.23", "mica.23.2026")
    assert set(before.not_for) - set(after.not_for) == {"BGN"}


def test_a_significant_token_has_twice_the_deposits() -> None:
    on = date(2026, 6, 30)
    plain = {rule.id for rule in held_on("mica", on).rules}
    significant = {rule.id for rule in held_on("mica-significant", on).rules}
    assert plain - significant == {"mica.54.a"} and significant - plain == {"mica.45.7.b"}


def test_an_unknown_pack_is_named_with_those_there_are() -> None:
    with pytest.raises(PackRefused, match="mica, mica-significant, genius, hk, mas"):
        held_on("micar", date(2026, 6, 30))


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("share_ppm = 500_000", "share = 1", "x.1"),
        ('source = "s"', 'source = "t"', "x.1"),
        ('kind = "deposits"', 'kind = "deposit"', "deposit"),
        ("verified = true", "verified = 1", "bool"),
        ("from = 2026-01-01", "", "from"),
        ('title = "X"', 'title = "X"\nauthor = "me"', "author"),
        ("[[rules]]", "[[rules", "at line"),
        ('says = "Half of it in deposits."', 'says = "."\nkept_by = "us"', "x.1"),
    ],
)
def test_data_that_is_not_sound_is_refused_by_name(was: str, now: str, says: str) -> None:
    assert read_regime(TOML)
    with pytest.raises(PackRefused, match=says):
        read_regime(TOML.replace(was, now, 1))


@pytest.mark.parametrize("name", FILES)
def test_a_coin_is_put_under_each_pack(name: str) -> None:
    """Core and model accept what a pack gives, and count by it."""
    stage = CoinStage()
    stage.attest(1_000)
    held = held_on(name, max(date(2026, 6, 30), regimes()[name].rules[0].from_))
    stage.do(adopt_pack(held, f"pack {name}", stage.coin, 0), ISSUER, SUPERVISOR)
    assert stage.backing == 1_000 * held.adoption.concentration_ppm // PPM, "all of it lies at one bank"
    stage.later(held.adoption.staleness_days * DAY_NS - 1)
    stage.timers()
    assert stage.backing == 600
    stage.later(1)
    stage.timers()
    assert stage.backing == 0, "what was attested so long ago counts no more"


def test_every_kind_of_rule_is_somewhere() -> None:
    assert {rule.kind for _, rule in RULES} == set(Kind)
