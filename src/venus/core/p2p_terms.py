"""Who may trade in the market between people, what, and at which index. Source: docs/rules/p2p.md, "Who and what"."""

import re

from venus.core.holds import asset_reject, is_time
from venus.core.p2p_market import IndexNote, Market, Trader
from venus.core.steps import Answer, Applied, Step, is_long_text
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.institutions import Duty
from venus.records.p2p import FEE_PPM_MAX, EnrolTrader, Fiat, NoteIndex, SanctionTrader, SetP2pTerms
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, NS_PER_S

_FIATS_MAX = _ASSETS_MAX = 64
_EXPONENT_MAX = 4
_PRICES_MAX = 4_096
_MINUTE_NS = 60 * NS_PER_S
_CODE = re.compile(r"[A-Z]{3}\Z")


def terms_of(step: Step) -> SetP2pTerms:
    terms = step.affairs.market.terms
    assert terms is not None, "no command gets here without terms"
    return terms


def account_reject(step: Step, account: int) -> Reject:
    kind = step.accounts_kind(account)
    if not kind:
        return Reject.UNKNOWN_ACCOUNT
    return Reject.NONE if kind in (AccountKind.PERSON, AccountKind.HOUSE) else Reject.ACCOUNT_UNSUITED


def standing_reject(step: Step, account: int) -> Reject:
    """Why an account is no trader in good standing."""
    trader = step.affairs.market.traders.get(account)
    if trader is None:
        return Reject.NOT_A_TRADER
    if step.time_ns < trader.until_ns:
        return Reject.TRADER_SANCTIONED
    return Reject.ACCOUNT_FROZEN if step.is_frozen(account) else Reject.NONE


def trader_reject(step: Step, account: int) -> Reject:
    reject = account_reject(step, account)
    return standing_reject(step, account) if reject == Reject.NONE else reject


def _parties_reject(step: Step, command: SetP2pTerms) -> Reject:
    institutions = step.affairs.institutions
    if not 0 <= command.arbiter < len(institutions):
        return Reject.UNKNOWN_INSTITUTION
    if not institutions[command.arbiter].duties & Duty.ARBITER:
        return Reject.WRONG_DUTY
    if not all(0 <= ppm <= FEE_PPM_MAX for ppm in (command.maker_fee_ppm, command.taker_fee_ppm)):
        return Reject.FEE_OUT_OF_RANGE
    return Reject.NONE


def _fiats_are_sound(market: Market, fiats: tuple[Fiat, ...]) -> bool:
    """A currency that is there already keeps its exponent: adverts count in it."""
    before = {one.code: one.exponent for one in market.terms.fiats} if market.terms else {}
    return (
        1 <= len(fiats) <= _FIATS_MAX
        and all(_CODE.match(one.code) and 0 <= one.exponent <= _EXPONENT_MAX for one in fiats)
        and len({one.code for one in fiats}) == len(fiats)
        and all(before.get(one.code, one.exponent) == one.exponent for one in fiats)
    )


def _assets_reject(step: Step, command: SetP2pTerms) -> Reject:
    if not 1 <= len(command.assets) <= _ASSETS_MAX:
        return Reject.INVALID_COMMAND
    seen: list[int] = []
    for one in command.assets:
        reject = asset_reject(step, one.asset)
        if reject != Reject.NONE:
            return reject
        if one.asset in seen or not 1 <= one.atoms_min <= one.large_atoms <= ATOMS_MAX:
            return Reject.INVALID_COMMAND
        seen.append(one.asset)
    return Reject.NONE


def _times_are_sound(command: SetP2pTerms) -> bool:
    spans = (command.release_ns, command.evidence_ns, command.aftermath_ns, command.index_ns)
    return (
        _MINUTE_NS <= command.pay_ns_min <= command.pay_ns_max
        and min(spans) >= _MINUTE_NS
        and all(is_time(span) for span in (command.pay_ns_max, *spans))
    )


def set_p2p_terms(step: Step, command: SetP2pTerms) -> Answer:
    market = step.affairs.market
    reject = _parties_reject(step, command)
    if reject != Reject.NONE:
        return reject
    if not _fiats_are_sound(market, command.fiats):
        return Reject.INVALID_COMMAND
    reject = _assets_reject(step, command)
    if reject != Reject.NONE:
        return reject
    if not _times_are_sound(command):
        return Reject.INVALID_COMMAND
    reject = asset_reject(step, command.bond_asset)
    if reject != Reject.NONE:
        return reject
    if not 0 <= command.slash_atoms <= ATOMS_MAX:
        return Reject.INVALID_COMMAND
    market.terms = command
    return Applied(EventKind.P2P_TERMS_SET, 0, {"order_id": command.arbiter})


def enrol_trader(step: Step, command: EnrolTrader) -> Answer:
    traders = step.affairs.market.traders
    reject = account_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    if not 1 <= command.person <= ATOMS_MAX:
        return Reject.INVALID_COMMAND
    if command.account in traders:
        return Reject.NO_CHANGE
    traders[command.account] = Trader(person=command.person, until_ns=0)
    return Applied(EventKind.TRADER_ENROLLED, 0, {"account": command.account, "order_id": command.person})


def sanction_trader(step: Step, command: SanctionTrader) -> Answer:
    reject = account_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    trader, until_ns = step.affairs.market.traders.get(command.account), command.until_ns
    if trader is None:
        return Reject.NOT_A_TRADER
    if not is_time(until_ns) or 0 < until_ns <= step.time_ns or not is_long_text(command.grounds):
        return Reject.INVALID_COMMAND
    if until_ns == 0 and trader.until_ns <= step.time_ns:
        return Reject.NO_CHANGE
    trader.until_ns = until_ns
    return Applied(EventKind.TRADER_SANCTIONED, 0, {"account": command.account, "price_ticks": until_ns})


def note_index(step: Step, command: NoteIndex) -> Answer:
    market = step.affairs.market
    if not 1 <= len(command.prices) <= _PRICES_MAX:
        return Reject.INVALID_COMMAND
    assets, fiats = {one.asset for one in terms_of(step).assets}, {one.code for one in terms_of(step).fiats}
    noted: dict[tuple[int, str], IndexNote] = {}
    for one in command.prices:
        if one.asset not in assets:
            return Reject.NOT_TRADABLE
        if one.fiat not in fiats:
            return Reject.UNKNOWN_FIAT
        if not 1 <= one.price <= ATOMS_MAX or (one.asset, one.fiat) in noted:
            return Reject.INVALID_COMMAND
        noted[one.asset, one.fiat] = IndexNote(one.price, step.time_ns)
    market.index.update(noted)
    return Applied(EventKind.INDEX_NOTED, 0, {"quantity_lots": len(noted)})
