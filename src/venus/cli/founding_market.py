"""The founding file's terms of the market between people, as a command. Source: docs/rules/founding.md."""

from venus.cli.founding_forms import FoundingFile, FoundingRefused, MarketForm
from venus.records.p2p import Fiat, SetP2pTerms, Tradable
from venus.units import NS_PER_S, OffGrid, steps

_MINUTE_NS = 60 * NS_PER_S
_HOUR_NS = 60 * _MINUTE_NS


def terms_command(file: FoundingFile, form: MarketForm) -> SetP2pTerms:
    """Raises FoundingRefused."""
    return SetP2pTerms(
        reference="p2p:terms",
        arbiter=file.institution(form.arbiter, "market.arbiter"),
        maker_fee_ppm=form.maker_fee_ppm,
        taker_fee_ppm=form.taker_fee_ppm,
        fiats=tuple(Fiat(code=one.code, exponent=one.exponent) for one in form.fiats),
        assets=tuple(_tradables(file, form)),
        pay_ns_min=form.pay_minutes_min * _MINUTE_NS,
        pay_ns_max=form.pay_minutes_max * _MINUTE_NS,
        release_ns=form.release_minutes * _MINUTE_NS,
        evidence_ns=form.evidence_hours * _HOUR_NS,
        aftermath_ns=form.aftermath_days * 24 * _HOUR_NS,
        index_ns=form.index_seconds * NS_PER_S,
        bond_asset=_asset(file, form.bond_asset, "market.bond_asset"),
        slash_atoms=_atoms(file, form.bond_asset, form.slash, "market.slash"),
    )


def _tradables(file: FoundingFile, form: MarketForm) -> list[Tradable]:
    told = []
    for number, one in enumerate(form.assets):
        place = f"market.assets[{number}] ({one.code})"
        told.append(
            Tradable(
                asset=_asset(file, one.code, place),
                atoms_min=_atoms(file, one.code, one.least, f"{place}.least"),
                large_atoms=_atoms(file, one.code, one.large, f"{place}.large"),
            )
        )
    return told


def _asset(file: FoundingFile, code: str, place: str) -> int:
    for number, one in enumerate(file.assets):
        if one.code == code:
            return number
    raise FoundingRefused(f"{place}: {code!r} is none of the file's assets")


def _atoms(file: FoundingFile, code: str, text: str, place: str) -> int:
    scale = file.assets[_asset(file, code, place)].scale
    try:
        return steps(text, scale)
    except OffGrid:
        raise FoundingRefused(f"{place}: {text!r} is no amount with at most {scale} decimals") from None
