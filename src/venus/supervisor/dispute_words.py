"""What a bundle's check found, in lines for people."""

from collections.abc import Iterator
from datetime import UTC, datetime

from venus.p2p.bundle import Bundle
from venus.p2p.life import Happening, Life
from venus.records.p2p import PRICE_UNIT
from venus.records.p2p_states import Party
from venus.supervisor.dispute_bundle import Report
from venus.units import NS_PER_S, decimal

_PRICE_DECIMALS = len(str(PRICE_UNIT)) - 1


def report_lines(bundle: Bundle, report: Report) -> Iterator[str]:
    """First what is wrong, then how it went and what it came to, then what nobody could see from this file."""
    for fault in report.faults:
        yield f"{fault.kind}: {fault.words}"
    case = report.case
    if case is not None:
        yield from _beginning(bundle, case.lives[bundle.order])
        for happening in case.timeline:
            yield f"  {_happening(bundle, happening)}"
        for life in case.lives.values():
            yield from _outcome(bundle, life)
    if report.checkpoint is not None and not report.faults:
        counted = f"{len(report.obeyed)} commands, {len(bundle.chat)} messages, {len(bundle.texts)} texts"
        yield f"{counted}: all as the journal of {report.checkpoint.frames} frames and its hashes have them"
    for words in report.unproven:
        yield f"not proven: {words}"


def _beginning(bundle: Bundle, life: Life) -> Iterator[str]:
    opened = life.opened
    amount = _amount(bundle, opened.asset, opened.atoms)
    exponent = next(one.exponent for one in opened.terms.fiats if one.code == opened.fiat)
    owed = f"{decimal(opened.fiat_amount, exponent)} {opened.fiat}"
    price = decimal(opened.price, _PRICE_DECIMALS)
    parties = f"account {opened.seller} sells {amount} to account {opened.buyer}"
    yield f"order {opened.number}: {parties} for {owed} at {price}"
    for one in bundle.declared:
        yield f"  the {one.party.lower()}'s declared account: {one.method}, {one.name}, {one.number}"


def _happening(bundle: Bundle, happening: Happening) -> str:
    act = "OPEN" if happening.act is None else happening.act.name
    place = f"command {happening.sequence}" if happening.sequence else "the clock"
    about = "" if happening.order == bundle.order else f", order {happening.order}"
    return (
        f"{when(happening.time_ns)}  {act} by the {happening.by.name.lower()}: {happening.state.name} ({place}{about})"
    )


def _outcome(bundle: Bundle, life: Life) -> Iterator[str]:
    opened, shares = life.opened, life.shares
    if shares is None:
        yield f"order {life.number} is {life.state.name}: whose it is is open"
        return
    asset = opened.asset
    to_buyer, to_seller = _amount(bundle, asset, shares.buyer), _amount(bundle, asset, shares.seller)
    ended = f"{life.state.name} ({life.ending.name})"
    yield f"order {life.number} is {ended}: {to_buyer} to the buyer, {to_seller} to the seller"
    if shares.house:
        yield f"  fees {_amount(bundle, asset, shares.house)}"
    if life.at_fault != Party.NOBODY:
        yield f"  at fault: the {life.at_fault.name.lower()}"
    for party in life.slashed:
        yield f"  the {party.name.lower()}'s bond pays, if there is one"
    if life.late:
        yield "  it was released late, or not at all"


def _amount(bundle: Bundle, asset: int, atoms: int) -> str:
    for one in bundle.told.assets:
        if one.asset == asset:
            return f"{decimal(atoms, one.scale)} {one.code}"
    return f"{atoms} atoms of asset {asset}"


def when(time_ns: int) -> str:
    """UTC, to the second."""
    try:
        return datetime.fromtimestamp(time_ns // NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{time_ns} ns"
