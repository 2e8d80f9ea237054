"""Which rule a journal breaks, when and by how much: each with a journal that breaks it and one that just does not.

The journals are real ones on disk; docs/rules/packs.md says what each kind looks at.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from venus.cli.rules import check, day_ns
from venus.engine.places import Places
from venus.packs.regimes import Kind, Pack, Rule, held_on
from venus.records.coins import DAY_NS, OWN_MONEY, CloseReserve, Instrument
from venus.supervisor.judging import Ask, Finding, Judge, verdicts
from venus.supervisor.payments import RATE_DIGITS
from venus.supervisor.rereading import reread
from venus.testing.coin_journal import CoinJournal
from venus.testing.coin_stage import HOUR_NS, START_NS
from venus.testing.officials import BANK, ISSUER, SUPERVISOR, TRUST
from venus.units import NS_PER_S

ON = date(2026, 6, 30)
assert datetime.fromtimestamp(START_NS // NS_PER_S, UTC) == datetime(2026, 5, 27, 10, tzinfo=UTC), "a Wednesday"
NOTHING = Ask({}, {})
Story = Callable[[CoinJournal], None]


def only(name: str, kind: Kind, on: date = ON, **figures: int) -> Pack:
    """A pack with its rules of one kind, their figures perhaps others, and its list of reserves."""
    held = held_on(name, on)
    rules = [rule for rule in held.rules if rule.kind is kind]
    assert rules, f"{name} has no {kind}"
    changed = [msgspec.structs.replace(rule, figures=rule.figures | figures) for rule in rules]
    return msgspec.structs.replace(held, rules=tuple(changed))


def judged(data: Path, held: Pack, story: Story, ask: Ask = NOTHING, end: date = date(2026, 7, 1)) -> list[Finding]:
    with CoinJournal(data) as stage:
        story(stage)
    judge = Judge(held, ask)
    for reading in reread(Places(data)):
        if reading.batch is not None:
            judge.apply(reading.batch)
    judge.finish(day_ns(end))
    return judge.findings


def funded(stage: CoinJournal) -> None:
    """600 coins on 600 in deposits."""
    stage.attest(0)
    stage.fund("ann", 600)


def test_backed(tmp_path: Path) -> None:
    def backed(stage: CoinJournal) -> None:
        funded(stage)
        stage.later(HOUR_NS)
        stage.attest(600)

    def short(stage: CoinJournal) -> None:
        funded(stage)
        stage.later(HOUR_NS)
        stage.attest(599)
        stage.later(HOUR_NS)
        stage.attest(550)
        stage.later(HOUR_NS)
        stage.attest(600)

    held = only("mica", Kind.BACKED)
    assert judged(tmp_path / "holds", held, backed) == []
    [finding] = judged(tmp_path / "breaks", held, short)
    assert (finding.amount, finding.unit, finding.what) == (50, "atoms", "reserves 550 of 600 atoms")
    assert (finding.time_ns, finding.until_ns) == (START_NS + HOUR_NS, START_NS + 3 * HOUR_NS)
    assert finding.until_frame == finding.frame + 2


def test_a_matured_reserve_is_none_from_that_moment_on(tmp_path: Path) -> None:
    """No command says so: the finding names the moment, and the last frame before it."""

    def matures(stage: CoinJournal) -> None:
        stage.do(stage.reserve(BANK, Instrument.BILL, START_NS + 5 * DAY_NS), ISSUER, BANK)
        stage.attest(0)
        stage.attest(700, reserve=1)
        stage.do(stage.mint("ann", 300, stage.receipt("ann", 300)), ISSUER)
        stage.do(stage.mint("bob", 300, stage.receipt("bob", 300, reserve=1)), ISSUER)

    held = only("mica", Kind.BACKED)
    [finding] = judged(tmp_path, held, matures)
    assert (finding.time_ns, finding.amount, finding.until_ns) == (START_NS + 5 * DAY_NS, 300, -1)
    commands = [reading.number for reading in reread(Places(tmp_path)) if reading.batch is not None]
    assert finding.frame == commands[-1], "seed and checkpoint are behind it"


def test_what_a_pack_does_not_list_backs_nothing(tmp_path: Path) -> None:
    def bills(stage: CoinJournal) -> None:
        stage.do(stage.reserve(BANK, Instrument.BILL, START_NS + 94 * DAY_NS), ISSUER, BANK)
        stage.attest(600)
        stage.attest(10, reserve=1)
        stage.fund("ann", 600)

    genius = held_on("genius", date(2027, 1, 18))
    kinds = {Kind.BACKED, Kind.ELIGIBLE}
    held = msgspec.structs.replace(genius, rules=tuple(rule for rule in genius.rules if rule.kind in kinds))
    [eligible] = judged(tmp_path, held, bills)
    assert (eligible.rule, eligible.amount, eligible.what) == ("genius.4.a.1.A.list", 10, "reserve 1")


@pytest.mark.parametrize(("days", "breaks"), [(93, False), (94, True)])
def test_eligible(days: int, breaks: bool, tmp_path: Path) -> None:
    """Treasury bills of at most 93 days; what has 94 left is eligible a day later."""

    def bills(stage: CoinJournal) -> None:
        funded(stage)
        stage.do(stage.reserve(BANK, Instrument.BILL, START_NS + days * DAY_NS), ISSUER, BANK)
        stage.attest(50, reserve=1)
        stage.later(DAY_NS)
        stage.attest(600)

    findings = judged(tmp_path, only("genius", Kind.ELIGIBLE, date(2027, 1, 18)), bills)
    assert [(one.amount, one.until_ns) for one in findings] == ([(50, START_NS + DAY_NS)] if breaks else [])


@pytest.mark.parametrize(
    ("pack", "instrument", "days", "breaks"),
    [
        ("hk", Instrument.DEPOSIT, 92, False),
        ("hk", Instrument.DEPOSIT, 93, True),
        ("hk", Instrument.BOND, 366, False),
        ("hk", Instrument.BOND, 367, True),
        ("mas", Instrument.BILL, 92, False),
        ("mas", Instrument.BILL, 93, True),
        ("mas", Instrument.FUND, 0, True),
    ],
)
def test_tenors_of_other_regimes(pack: str, instrument: Instrument, days: int, breaks: bool, tmp_path: Path) -> None:
    def story(stage: CoinJournal) -> None:
        funded(stage)
        maturity_ns = START_NS + days * DAY_NS if days else 0
        stage.do(stage.reserve(BANK, instrument, maturity_ns), ISSUER, BANK)
        stage.attest(50, reserve=1)

    assert bool(judged(tmp_path, only(pack, Kind.ELIGIBLE), story)) == breaks


@pytest.mark.parametrize(
    ("pack", "deposits", "missing"),
    [
        ("mica", 300, 0),
        ("mica", 299, 1),
        ("mica-significant", 600, 0),
        ("mica-significant", 599, 1),
    ],
)
def test_deposits(pack: str, deposits: int, missing: int, tmp_path: Path) -> None:
    """30 % of what was received, 60 % for a significant token."""

    def mixed(stage: CoinJournal) -> None:
        stage.do(stage.reserve(BANK, Instrument.BILL, START_NS + 20 * DAY_NS), ISSUER, BANK)
        stage.attest(2_000)
        stage.attest(0, reserve=1)
        stage.fund("ann", 1_000)
        stage.later(HOUR_NS)
        stage.attest(1_100 - deposits, reserve=1)
        stage.attest(deposits)

    findings = judged(tmp_path, only(pack, Kind.DEPOSITS), mixed)
    assert [one.amount for one in findings] == ([missing] if missing else [])


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_currency(currency: str, tmp_path: Path) -> None:
    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.do(stage.reserve(BANK, Instrument.DEPOSIT, 0, currency), ISSUER, BANK)
        stage.attest(0, reserve=1)
        stage.later(HOUR_NS)
        stage.attest(7, reserve=1)
        stage.later(HOUR_NS)
        stage.do(CloseReserve(reference=stage.reference(), reserve=1), ISSUER, BANK)

    findings = judged(tmp_path, only("mica", Kind.CURRENCY), story)
    wanted = [(7, "reserve 1", START_NS + HOUR_NS, START_NS + 2 * HOUR_NS)] if currency == "EUR" else []
    assert [(one.amount, one.what, one.time_ns, one.until_ns) for one in findings] == wanted


@pytest.mark.parametrize(("late_ns", "breaks"), [(0, False), (2 * HOUR_NS, True)])
def test_attested_every_month(late_ns: int, breaks: bool, tmp_path: Path) -> None:
    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.later(31 * DAY_NS + late_ns)
        stage.attest(600)

    findings = judged(tmp_path, only("mas", Kind.ATTESTED), story)
    wanted = [(2 * HOUR_NS, START_NS + 31 * DAY_NS + 1)] if breaks else []
    assert [(one.amount, one.time_ns) for one in findings] == wanted


def test_an_attestation_that_never_comes_is_late_until_the_day_ends(tmp_path: Path) -> None:
    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.later(40 * DAY_NS)
        stage.redeem("ann", 1)

    [finding] = judged(tmp_path, only("mas", Kind.ATTESTED), story, end=date(2026, 7, 10))
    assert (finding.until_ns, finding.amount) == (-1, day_ns(date(2026, 7, 10)) - START_NS - 31 * DAY_NS)


def test_concentration(tmp_path: Path) -> None:
    """At most 60 % at one custodian: 400 and 600 just hold, 399 and 600 are 0.6 of an atom too many.

    As long as there are no coins, nobody can lose anything.
    """

    def story(stage: CoinJournal) -> None:
        stage.do(stage.reserve(TRUST), ISSUER, TRUST)
        stage.attest(500)
        stage.attest(400, reserve=1, custodian=TRUST)
        stage.fund("ann", 100)
        stage.later(HOUR_NS)
        stage.attest(399, reserve=1, custodian=TRUST)

    [finding] = judged(tmp_path, only("mica", Kind.CONCENTRATION), story)
    assert (finding.amount, finding.what, finding.time_ns) == (1, f"custodian {BANK}", START_NS + HOUR_NS)


@pytest.mark.parametrize(("early_ns", "breaks"), [(1, False), (0, True)])
def test_redemption_by_the_ledgers_own_deadline(early_ns: int, breaks: bool, tmp_path: Path) -> None:
    """The deadline is the first moment at which it is too late."""

    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.until(stage.redeem("ann", 100).price_ticks - early_ns)
        stage.pay(100)

    findings = judged(tmp_path, only("mica", Kind.REDEMPTION), story)
    assert [(one.amount, one.what) for one in findings] == ([(0, "redemption 1")] if breaks else [])


@pytest.mark.parametrize(("early_ns", "breaks"), [(1, False), (0, True)])
def test_redemption_within_one_business_day_of_hong_kong(early_ns: int, breaks: bool, tmp_path: Path) -> None:
    """The ledger gave ten days. Asked on Wednesday at 18:00 in Hong Kong, so that Thursday is the first whole day."""
    friday_ns = START_NS + 47 * HOUR_NS  # 17:00 there

    def story(stage: CoinJournal) -> None:
        stage.do(stage.pack(redemption_days=9), ISSUER, SUPERVISOR)
        funded(stage)
        stage.redeem("ann", 100)
        stage.until(friday_ns - early_ns)
        stage.pay(100, OWN_MONEY)

    findings = judged(tmp_path, only("hk", Kind.REDEMPTION), story)
    assert [one.time_ns for one in findings] == ([friday_ns] if breaks else [])


def test_no_interest(tmp_path: Path) -> None:
    def sold(stage: CoinJournal) -> None:
        funded(stage)
        stage.pay_each_other(("ann", "bob", 10))
        stage.play.assets["vUSD"] = stage.coin
        stage.account("carl")

    def given(stage: CoinJournal) -> None:
        sold(stage)
        treasury = stage.play.accounts["treasury:vUSD"]
        receipt = stage.receipt("treasury:vUSD", 50)
        stage.do(stage.mint("treasury:vUSD", 50, receipt), ISSUER)
        stage.later(DAY_NS)
        stage.pay_each_other(("treasury:vUSD", "ann", 3), ("treasury:vUSD", "bob", 1))
        assert stage.play.model.ledger.free[treasury, stage.coin] == 46

    held = only("mica", Kind.NO_INTEREST)
    assert judged(tmp_path / "holds", held, sold) == []
    findings = judged(tmp_path / "breaks", held, given)
    assert sorted(one.amount for one in findings) == [1, 3]
    assert {one.time_ns for one in findings} == {START_NS + DAY_NS}


RATES = {"USD": 9 * 10 ** (RATE_DIGITS - 1)}
"""0.9 euros to the dollar."""


def exchange_rule(held: Pack) -> Rule:
    [rule] = held.rules
    return rule


@pytest.mark.parametrize(
    ("payments", "atoms", "breaks"),
    [(92, 1_000, False), (91, 10**6, False), (92, 1_012, True)],
    ids=["not enough money", "not enough payments", "both"],
)
def test_means_of_exchange(payments: int, atoms: int, breaks: bool, tmp_path: Path) -> None:
    """Both averages must be above their figures: here one payment and ten euros a day, in a quarter of 91 days.

    910 euros are 1,011.1 dollars: 1,012 in 92 payments are above them, 1,000 are not.
    """

    def story(stage: CoinJournal) -> None:
        stage.attest(0)
        stage.fund("ann", 2 * 10**6)
        each, rest = divmod(atoms, payments)
        for number in range(payments):
            stage.later(HOUR_NS // 60)
            stage.pay_each_other(("ann", "bob", each + (rest if number == payments - 1 else 0)))
        stage.later(HOUR_NS)
        stage.fund("carl", 70)

    held = only("mica", Kind.MEANS_OF_EXCHANGE, payments_a_day=1, euros_a_day=10)
    findings = judged(tmp_path, held, story, Ask(RATES, {}))
    assert len(findings) == breaks
    for finding in findings:
        assert finding.time_ns == START_NS + 92 * HOUR_NS // 60, "with the last payment"
        assert "quarter from 2026-04-01: 1 payments and 10 euros a day" in finding.what
        assert "minted since 70 atoms" in finding.what
        assert "plan due 2026-07-22" in finding.what, "forty working days behind 27 May"


def test_a_payment_is_not_a_trade_a_mint_or_a_redemption(tmp_path: Path) -> None:
    """None of these are between two persons; and a coin of a member state's currency is not looked at at all."""

    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.redeem("ann", 100)
        stage.pay(100)
        stage.play.assets["vUSD"] = stage.coin

    held = only("mica", Kind.MEANS_OF_EXCHANGE, payments_a_day=0, euros_a_day=0)
    assert judged(tmp_path / "none", held, story, Ask(RATES, {})) == []
    euro = msgspec.structs.replace(exchange_rule(held), not_for=("USD",))

    def paid(stage: CoinJournal) -> None:
        story(stage)
        stage.pay_each_other(("ann", "bob", 1))

    assert len(judged(tmp_path / "one", held, paid, Ask(RATES, {}))) == 1
    assert judged(tmp_path / "euro", msgspec.structs.replace(held, rules=(euro,)), paid, Ask(RATES, {})) == []


def test_payments_count_in_the_area_of_both_sides(tmp_path: Path) -> None:
    def story(stage: CoinJournal) -> None:
        funded(stage)
        ann, bob, carl = (stage.account(name) for name in ("ann", "bob", "carl"))
        assert bob == ann + 1 and carl == bob + 1
        stage.pay_each_other(("ann", "bob", 1), ("ann", "bob", 1), ("ann", "carl", 1), ("bob", "carl", 1))
        places[:] = [ann, bob, carl]

    places: list[int] = []
    held = only("mica", Kind.MEANS_OF_EXCHANGE, payments_a_day=0, euros_a_day=0)
    with CoinJournal(tmp_path) as stage:
        story(stage)
    ann, bob, carl = places
    judge = Judge(held, Ask(RATES, {"euro area": ((ann, bob),), "kronor": ((carl, carl),)}))
    for reading in reread(Places(tmp_path)):
        if reading.batch is not None:
            judge.apply(reading.batch)
    judge.finish(day_ns(date(2026, 7, 1)))
    [finding] = judge.findings
    assert finding.what.startswith("euro area,")


def test_issuing_goes_on_after_a_quarter_below(tmp_path: Path) -> None:
    """Above in the second quarter; the third is whole and below, so that a mint in the fourth is none of its."""

    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.pay_each_other(*[("ann", "bob", 1)] * 2)
        stage.later(60 * DAY_NS)
        stage.attest(600)
        stage.fund("ann", 5)
        stage.later(90 * DAY_NS)
        stage.attest(605)
        stage.fund("ann", 40)

    held = only("mica", Kind.MEANS_OF_EXCHANGE, payments_a_day=0, euros_a_day=0)
    [finding] = judged(tmp_path, held, story, Ask(RATES, {}), end=date(2026, 12, 31))
    assert "minted since 5 atoms" in finding.what


def test_without_a_rate_many_payments_alone_break_it(tmp_path: Path) -> None:
    def story(stage: CoinJournal) -> None:
        funded(stage)
        stage.pay_each_other(("ann", "bob", 1))

    held = only("mica", Kind.MEANS_OF_EXCHANGE, payments_a_day=0)
    [finding] = judged(tmp_path, held, story)
    assert "no rate was given" in finding.what


def test_a_rule_of_the_ledger_says_what_keeps_it(tmp_path: Path) -> None:
    held = held_on("mica", ON)
    with CoinJournal(tmp_path) as stage:
        funded(stage)
    judge = Judge(held, NOTHING)
    outcomes = {rule.id: outcome for rule, outcome in verdicts(judge, held)}
    assert outcomes["mica.49.6"] == "kept by the ledger"
    assert all("mint" in rule.kept_by for rule in held.rules if rule.id == "mica.49.3")


Said = pytest.CaptureFixture[str]


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    """Half at each custodian, all of it in deposits."""
    with CoinJournal(tmp_path / "honest") as stage:
        stage.do(stage.reserve(TRUST), ISSUER, TRUST)
        stage.later(HOUR_NS)
        stage.attest(0)
        stage.attest(0, reserve=1, custodian=TRUST)
    return tmp_path / "honest"


def test_the_command_says_nothing_breaks(honest: Path, capsys: Said) -> None:
    assert check(honest, pack="mica", on="2026-06-30") == 0
    said = capsys.readouterr().out
    assert "mica.54.a                holds" in said and "kept by the ledger" in said


def test_the_command_says_what_breaks(tmp_path: Path, capsys: Said) -> None:
    with CoinJournal(tmp_path) as stage:
        funded(stage)
        stage.later(HOUR_NS)
        stage.attest(595)
    assert check(tmp_path, pack="mica", on="2026-06-30") == 1
    said = capsys.readouterr().out
    assert "vUSD: reserves 595 of 600 atoms; by 5 atoms; from frame" in said
    assert "2026-05-27 11:00:00.000000000 UTC, not ended" in said
    assert check(tmp_path, pack="mica", on="2026-06-30", as_json=True) == 1
    whole = json.loads(capsys.readouterr().out)
    found = {finding["rule"]: finding for finding in whole["findings"]}
    assert found["mica.54"]["amount"] == 5
    assert {rule["rule"]: rule["outcome"] for rule in whole["rules"]}["mica.54"] == "breaks"
    assert (whole["pack"], whole["on"]) == ("mica", "2026-06-30")


def test_what_happened_after_that_day_is_not_looked_at(tmp_path: Path, capsys: Said) -> None:
    with CoinJournal(tmp_path) as stage:
        funded(stage)
        stage.later(6 * DAY_NS)
        stage.attest(1)
    assert check(tmp_path, pack="mica", on="2026-06-01", as_json=True) == 1
    assert {finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]} == {
        "mica.house.concentration"
    }, "all of it at one bank; the fall comes on 2 June"
    assert check(tmp_path, pack="mica", on="2026-06-02", as_json=True) == 1
    assert "mica.54" in {finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pack": "genius"}, "begins on 2027-01-18"),
        ({"pack": "mifid"}, "no pack 'mifid'"),
        ({"on": "30 June"}, "isoformat"),
        ({"on": "2026-05-01"}, "no coin was registered"),
        ({"rate": ("USD",)}, "USD=0.92"),
        ({"rate": ("USD=0",)}, "USD=0.92"),
    ],
)
def test_what_cannot_be_judged_is_said(change: dict[str, object], says: str, honest: Path, capsys: Said) -> None:
    asked: dict[str, object] = {"pack": "mica", "on": "2026-06-30"}
    assert check(honest, **(asked | change)) == 2  # type: ignore[arg-type]
    assert says in capsys.readouterr().err


def test_a_journal_that_was_changed_is_not_judged(honest: Path, capsys: Said) -> None:
    [segment] = (honest / "journal").glob("*.frames")
    data = bytearray(segment.read_bytes())
    data[3_000] ^= 1
    segment.write_bytes(data)
    assert check(honest, pack="mica", on="2026-06-30") == 2
    assert "frame" in capsys.readouterr().err


def test_areas_that_are_no_ranges_are_refused(honest: Path, tmp_path: Path, capsys: Said) -> None:
    areas = tmp_path / "areas.json"
    areas.write_text('{"euro area": [1, 2]}')
    assert check(honest, pack="mica", on="2026-06-30", areas=areas) == 2
    assert "areas.json" in capsys.readouterr().err
