"""Rule packs: what a regime asks of a coin's issuer, as dated data with sources. docs/rules/packs.md.

A regime is a file of `data/`. What of it holds on a day is a pack: `held_on("mica", date(2026, 6, 30))`.
"""

import tomllib
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from venus.records.coins import DAY_NS, AdoptPack, HaircutStep, Instrument

FILES = ("mica", "genius", "hk", "mas")


class PackRefused(Exception):
    """There is no such regime, nothing of it holds on that day, or its data are not sound; the text says which."""


class Kind(StrEnum):
    """What is looked at; docs/rules/packs.md, "Kinds"."""

    BACKED = "backed"
    DEPOSITS = "deposits"
    ELIGIBLE = "eligible"
    CURRENCY = "currency"
    ATTESTED = "attested"
    CONCENTRATION = "concentration"
    REDEMPTION = "redemption"
    NO_INTEREST = "no_interest"
    MEANS_OF_EXCHANGE = "means_of_exchange"
    LEDGER = "ledger"  # kept by the ledger's own rules, so that no journal can break it


FIGURES: dict[Kind, frozenset[str]] = {
    Kind.BACKED: frozenset({"ratio_ppm"}),
    Kind.DEPOSITS: frozenset({"share_ppm"}),
    Kind.ELIGIBLE: frozenset(),
    Kind.CURRENCY: frozenset(),
    Kind.ATTESTED: frozenset({"days"}),
    Kind.CONCENTRATION: frozenset({"share_ppm"}),
    Kind.REDEMPTION: frozenset({"business_days"}),
    Kind.NO_INTEREST: frozenset(),
    Kind.MEANS_OF_EXCHANGE: frozenset({"payments_a_day", "euros_a_day", "plan_working_days"}),
    Kind.LEDGER: frozenset(),
}
"""The figures that a rule of each kind has, no more and no fewer."""
OWN_DEADLINE = -1
"""As business_days: the deadline that the ledger gave, since the rule names no number of days."""


class _Datum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Something that a data file holds; a word too many in it is a mistake."""


class Source(_Datum, frozen=True):
    id: str
    title: str
    address: str
    seen: str  # "text": the act's own words were read; "quoted": as others quote them; "secondary": what they say of it
    seen_at: str  # where they were read


class Tenor(_Datum, frozen=True):
    """A kind of reserve that is allowed, with at most so many days left until its maturity (0: on demand)."""

    instrument: str
    days: int


class Rule(_Datum, frozen=True):
    id: str
    article: str
    from_: date
    kind: Kind
    basis: str  # "law" or "house"
    source: str  # id of a source; empty if the basis is the house's
    verified: bool  # figures and words were compared with the act's own text
    says: str
    verified_on: date | None = None
    until: date | None = None  # the first day on which it no longer holds
    figures: dict[str, int] = {}
    tenors: tuple[Tenor, ...] = ()
    not_for: tuple[str, ...] = ()  # currencies to whose coins it does not apply
    kept_by: str = ""


class Haircut(_Datum, frozen=True):
    instrument: str
    days: int
    haircut_ppm: int


class Adoption(_Datum, frozen=True):
    """Figures for AdoptPack."""

    from_: date
    staleness_days: int
    concentration_ppm: int
    redemption_days: int
    calendar: str  # a name of calendars.CALENDARS
    basis: str
    haircuts: tuple[Haircut, ...]
    until: date | None = None


class Variant(_Datum, frozen=True):
    """The same regime with some rules in the place of others."""

    regime: str
    replaces: tuple[str, ...]
    rules: tuple[Rule, ...]


class Regime(_Datum, frozen=True):
    regime: str
    title: str
    status: str
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]
    adoptions: tuple[Adoption, ...]
    variants: tuple[Variant, ...] = ()


class Pack(msgspec.Struct, frozen=True):
    """What of a regime holds on a day."""

    name: str  # of the regime
    title: str
    status: str
    on: date
    rules: tuple[Rule, ...]
    adoption: Adoption
    sources: tuple[Source, ...]

    def source_of(self, rule: Rule) -> Source | None:
        return next((source for source in self.sources if source.id == rule.source), None)


@cache
def regimes() -> dict[str, Regime]:
    """All regimes by name, variants too. Raises PackRefused for data that is not sound."""
    found: dict[str, Regime] = {}
    for name in FILES:
        regime = read_regime((files("venus.packs") / "data" / f"{name}.toml").read_text("utf-8"))
        found[regime.regime] = regime
        for variant in regime.variants:
            kept = tuple(rule for rule in regime.rules if rule.id not in variant.replaces)
            found[variant.regime] = msgspec.structs.replace(
                regime, regime=variant.regime, rules=kept + variant.rules, variants=()
            )
    return found


def read_regime(text: str) -> Regime:
    """Raises PackRefused: not TOML, not of this form, a figure missing or too many, a source that is not there."""
    try:
        regime = msgspec.convert(tomllib.loads(text), Regime)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackRefused(str(error)) from error
    sources = {source.id for source in regime.sources}
    for rule in [*regime.rules, *(rule for variant in regime.variants for rule in variant.rules)]:
        if rule.figures.keys() != FIGURES[rule.kind]:
            raise PackRefused(f"{rule.id}: a rule of kind {rule.kind} has the figures {sorted(FIGURES[rule.kind])}")
        if bool(rule.tenors) != (rule.kind is Kind.ELIGIBLE) or bool(rule.kept_by) != (rule.kind is Kind.LEDGER):
            raise PackRefused(f"{rule.id}: tenors are of ELIGIBLE rules, kept_by of LEDGER ones")
        if rule.basis not in ("law", "house") or (rule.basis == "law") != (rule.source in sources):
            raise PackRefused(f"{rule.id}: what is law names its source, what is the house's has none")
    for adoption in regime.adoptions:
        haircut_steps(adoption)
    return regime


def held_on(name: str, on: date) -> Pack:
    """What holds on a day. Raises PackRefused if there is no such regime, or if nothing of it holds yet."""
    regime = regimes().get(name)
    if regime is None:
        raise PackRefused(f"no pack {name!r}; there are {', '.join(regimes())}")
    rules = tuple(rule for rule in regime.rules if _holds(rule.from_, rule.until, on))
    adoptions = [adoption for adoption in regime.adoptions if _holds(adoption.from_, adoption.until, on)]
    if not rules or not adoptions:
        first = min(rule.from_ for rule in regime.rules)
        raise PackRefused(f"nothing of {name} holds on {on}; it begins on {first}")
    return Pack(regime.regime, regime.title, regime.status, on, rules, adoptions[-1], regime.sources)


def begins_on(name: str) -> date:
    """The first day on which something of a regime holds. Raises PackRefused if there is no such regime."""
    regime = regimes().get(name)
    if regime is None:
        raise PackRefused(f"no pack {name!r}; there are {', '.join(regimes())}")
    return max(min(rule.from_ for rule in regime.rules), min(adoption.from_ for adoption in regime.adoptions))


def _holds(first: date, end: date | None, on: date) -> bool:
    return first <= on and (end is None or on < end)


def haircut_steps(adoption: Adoption) -> tuple[HaircutStep, ...]:
    """Raises PackRefused for an instrument that there is not."""
    steps = []
    for haircut in adoption.haircuts:
        if haircut.instrument not in Instrument.__members__:
            raise PackRefused(f"no instrument {haircut.instrument!r}")
        instrument = Instrument[haircut.instrument]
        steps.append(
            HaircutStep(instrument=instrument, tenor_ns=haircut.days * DAY_NS, haircut_ppm=haircut.haircut_ppm)
        )
    return tuple(steps)


def adopt_pack(pack: Pack, reference: str, coin: int, calendar: int) -> AdoptPack:
    """The command by which a coin is put under a pack: all its figures as numbers.

    coin      number of the coin's asset
    calendar  number that AdoptCalendar was given
    """
    adoption = pack.adoption
    return AdoptPack(
        reference=reference,
        coin=coin,
        name=f"{pack.name} {adoption.from_}",
        staleness_ns=adoption.staleness_days * DAY_NS,
        concentration_ppm=adoption.concentration_ppm,
        redemption_days=adoption.redemption_days,
        calendar=calendar,
        haircuts=haircut_steps(adoption),
    )
