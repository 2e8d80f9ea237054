"""What wallets of a currency may hold and pay, as dated data with sources. docs/rules/currency_regimes.md.

A regime is a file of `data/`; what of it holds on a day is an edition: `edition_on("cny", date(2026, 6, 30))`. The core
reads none of it: AdoptRegime carries the numbers.
"""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from venus.packs.regimes import PackRefused
from venus.records.currency import AdoptRegime, WalletClass
from venus.units import NS_PER_S

FILES = ("wallets_cny",)
FIGURES = ("balance", "single", "day", "year", "interest_ppm", "sub_wallets")


class _Datum(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Something that a data file holds; a word too many in it is a mistake."""


class Source(_Datum, frozen=True):
    id: str
    title: str
    address: str
    seen: str  # "text": the act's own words were read; "secondary": what others say of it


class Class(_Datum, frozen=True):
    """Limits in whole units of the currency; 0 is none. `house`: figures that no source gave."""

    name: str
    says: str
    balance: int
    single: int
    day: int
    year: int
    sub_wallets: int
    house: tuple[str, ...]
    source: str = ""
    also: tuple[str, ...] = ()  # further sources
    interest_ppm: int = 0  # a year
    needs_identity: bool = False


class Edition(_Datum, frozen=True):
    from_: date
    says: str
    classes: tuple[Class, ...]


class WalletRegime(_Datum, frozen=True):
    regime: str
    title: str
    currency: str
    zone: str
    day_offset_minutes: int  # of local midnight
    sources: tuple[Source, ...]
    editions: tuple[Edition, ...]  # by day

    def name_of(self, edition: Edition) -> str:
        return f"{self.regime} {edition.from_}"

    def is_verified(self, one: Class) -> bool:
        """Whether every figure was compared with an act's own words."""
        seen = {source.id: source.seen for source in self.sources}
        return not one.house and seen.get(one.source) == "text"


@cache
def wallet_regimes() -> dict[str, WalletRegime]:
    """All regimes by name. Raises PackRefused for data that is not sound."""
    found = [read_wallet_regime((files("venus.packs") / "data" / f"{name}.toml").read_text("utf-8")) for name in FILES]
    return {regime.regime: regime for regime in found}


def read_wallet_regime(text: str) -> WalletRegime:
    """Raises PackRefused: not TOML, not of this form, out of order, or a figure of nobody's."""
    try:
        regime = msgspec.convert(tomllib.loads(text), WalletRegime)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackRefused(str(error)) from error
    days = [edition.from_ for edition in regime.editions]
    if not days or days != sorted(set(days)):
        raise PackRefused(f"{regime.regime}: editions are in the order of their days, and there is one")
    sources = {source.id for source in regime.sources}
    for edition in regime.editions:
        for one in edition.classes:
            _check(f"{regime.name_of(edition)}, class {one.name}", one, sources)
    return regime


def _check(place: str, one: Class, sources: set[str]) -> None:
    if not set(one.house) <= set(FIGURES):
        raise PackRefused(f"{place}: {one.house} are not all figures")
    if not {one.source, *one.also} - {""} <= sources:
        raise PackRefused(f"{place}: its source is not there")
    if not one.source and set(one.house) < {"balance", "single", "day", "year", "sub_wallets"}:
        raise PackRefused(f"{place}: what has no source is the house's")
    if min(getattr(one, name) for name in FIGURES) < 0:
        raise PackRefused(f"{place}: a figure is below 0")
    if one.interest_ppm and not one.balance:
        raise PackRefused(f"{place}: what bears interest has a limit of its balance")


def edition_on(name: str, on: date) -> tuple[WalletRegime, Edition]:
    """What holds on a day. Raises PackRefused if there is no such regime, or if nothing of it holds yet."""
    regime = wallet_regimes().get(name)
    if regime is None:
        raise PackRefused(f"no regime {name!r}; there are {', '.join(wallet_regimes())}")
    held = [edition for edition in regime.editions if edition.from_ <= on]
    if not held:
        raise PackRefused(f"nothing of {name} holds on {on}; it begins on {regime.editions[0].from_}")
    return regime, held[-1]


def adopt_regime(
    regime: WalletRegime, edition: Edition, *, reference: str, currency: int, scale: int, from_ns: int
) -> AdoptRegime:
    """The command by which a currency's wallets are put under an edition.

    currency  number of its asset
    scale     of that asset
    from_ns   when it begins; the edition's own day is told in its name
    """
    unit = 10**scale
    return AdoptRegime(
        reference=reference,
        currency=currency,
        name=regime.name_of(edition),
        from_ns=from_ns,
        day_offset_ns=regime.day_offset_minutes * 60 * NS_PER_S,
        classes=tuple(
            WalletClass(
                name=one.name,
                balance_atoms_max=one.balance * unit,
                single_atoms_max=one.single * unit,
                day_atoms_max=one.day * unit,
                year_atoms_max=one.year * unit,
                interest_ppm=one.interest_ppm,
                needs_identity=int(one.needs_identity),
                sub_wallets_max=one.sub_wallets,
            )
            for one in edition.classes
        ),
    )
