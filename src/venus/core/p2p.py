"""Adverts: offers to buy or sell for money outside of the exchange. Source: docs/rules/p2p.md, "Adverts"."""

from itertools import pairwise

from venus.core.p2p_market import Advert
from venus.core.p2p_terms import account_reject, standing_reject, terms_of
from venus.core.steps import Answer, Applied, Step
from venus.records.commands import Side
from venus.records.events import EventKind
from venus.records.p2p import HASH_BYTES, METHODS_MAX, EditAdvert, PostAdvert, SetAdvertState, fee_atoms
from venus.records.p2p_states import AdvertState
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_ADVERTS_MAX = 200  # of an account
_METHOD_MAX = 9_999
_MARGIN_PPM_MIN, _MARGIN_PPM_MAX = 500_000, 2_000_000


def _offer_reject(step: Step, asset: int, fiat: str, atoms: int) -> Reject:
    market = step.affairs.market
    tradable = market.tradable(asset)
    if tradable is None:
        return Reject.NOT_TRADABLE
    if market.fiat(fiat) is None:
        return Reject.UNKNOWN_FIAT
    return Reject.NONE if tradable.atoms_min <= atoms <= ATOMS_MAX else Reject.AMOUNT_OUT_OF_RANGE


def _fields_are_sound(step: Step, command: PostAdvert | EditAdvert) -> bool:
    terms, methods = terms_of(step), command.methods
    is_fixed = command.margin_ppm == 0 and 1 <= command.price <= ATOMS_MAX
    floats = command.price == 0 and _MARGIN_PPM_MIN <= command.margin_ppm <= _MARGIN_PPM_MAX
    return (
        1 <= command.fiat_min <= command.fiat_max <= ATOMS_MAX
        and (is_fixed or floats)
        and terms.pay_ns_min <= command.pay_ns <= terms.pay_ns_max
        and 1 <= len(methods) <= METHODS_MAX
        and methods[0] >= 1
        and methods[-1] <= _METHOD_MAX
        and all(a < b for a, b in pairwise(methods))
        and len(command.text_hash) == HASH_BYTES
    )


def _fields_reject(step: Step, command: PostAdvert | EditAdvert, asset: int, fiat: str) -> Reject:
    reject = _offer_reject(step, asset, fiat, command.atoms)
    if reject != Reject.NONE:
        return reject
    return Reject.NONE if _fields_are_sound(step, command) else Reject.INVALID_COMMAND


def _to_bind(side: int, atoms: int, fee_ppm: int) -> int:
    """What an advert of so many atoms holds."""
    return atoms + fee_atoms(atoms, fee_ppm) if side == Side.SELL else 0


def post_advert(step: Step, command: PostAdvert) -> Answer:
    market, account = step.affairs.market, command.account
    reject = account_reject(step, account)
    if reject == Reject.NONE and command.side not in (Side.BUY, Side.SELL):
        reject = Reject.INVALID_COMMAND
    if reject == Reject.NONE:
        reject = _fields_reject(step, command, command.asset, command.fiat)
    if reject == Reject.NONE:
        reject = standing_reject(step, account)
    if reject != Reject.NONE:
        return reject
    if len(market.adverts_of.get(account, ())) >= _ADVERTS_MAX:
        return Reject.TOO_MANY_ORDERS
    fee_ppm = terms_of(step).maker_fee_ppm
    bound = _to_bind(command.side, command.atoms, fee_ppm)
    if bound > step.free_atoms(account, command.asset):
        return Reject.INSUFFICIENT_FREE
    if bound:
        step.hold(account, command.asset, bound)
    advert = Advert(
        account=account,
        side=command.side,
        asset=command.asset,
        fiat=command.fiat,
        atoms=command.atoms,
        bound_atoms=bound,
        fiat_min=command.fiat_min,
        fiat_max=command.fiat_max,
        price=command.price,
        margin_ppm=command.margin_ppm,
        pay_ns=command.pay_ns,
        methods=command.methods,
        text_hash=command.text_hash,
        fee_ppm=fee_ppm,
        state=AdvertState.ONLINE,
    )
    market.add_advert(step.sequence, advert)
    fields = _told(step.sequence, advert) | {"quantity_lots": advert.atoms, "price_ticks": advert.price}
    return Applied(EventKind.ADVERT_POSTED, step.sequence, fields)


def _told(number: int, advert: Advert) -> dict[str, int]:
    """What every event of an advert says."""
    return {"order_id": number, "account": advert.account, "side": advert.side, "symbol": advert.asset}


def _owner_reject(step: Step, number: int, account: int) -> Reject:
    advert = step.affairs.market.adverts.get(number)
    if advert is None:
        return Reject.UNKNOWN_ADVERT
    return Reject.NONE if advert.account == account else Reject.NOT_A_PARTY


def edit_advert(step: Step, command: EditAdvert) -> Answer:
    """Its orders keep what they began with."""
    reject = _owner_reject(step, command.advert, command.account)
    if reject != Reject.NONE:
        return reject
    advert = step.affairs.market.adverts[command.advert]
    reject = _fields_reject(step, command, advert.asset, advert.fiat)
    if reject == Reject.NONE:
        reject = standing_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    fee_ppm = terms_of(step).maker_fee_ppm
    bound = _to_bind(advert.side, command.atoms, fee_ppm)
    more = bound - advert.bound_atoms
    if more > step.free_atoms(command.account, advert.asset):
        return Reject.INSUFFICIENT_FREE
    if more:
        step.hold(command.account, advert.asset, more)
    advert.atoms, advert.bound_atoms, advert.fee_ppm = command.atoms, bound, fee_ppm
    advert.fiat_min, advert.fiat_max = command.fiat_min, command.fiat_max
    advert.price, advert.margin_ppm = command.price, command.margin_ppm
    advert.pay_ns, advert.methods, advert.text_hash = command.pay_ns, command.methods, command.text_hash
    return Applied(EventKind.ADVERT_EDITED, 0, _told(command.advert, advert) | {"quantity_lots": advert.atoms})


def set_advert_state(step: Step, command: SetAdvertState) -> Answer:
    reject = _owner_reject(step, command.advert, command.account)
    if reject != Reject.NONE:
        return reject
    if command.state not in set(AdvertState):
        return Reject.INVALID_COMMAND
    advert = step.affairs.market.adverts[command.advert]
    if command.state == advert.state:
        return Reject.NO_CHANGE
    if command.state == AdvertState.CLOSED:
        return Applied(EventKind.ADVERT_STATE_SET, 0, close(step, command.advert))
    if command.state == AdvertState.ONLINE:
        reject = standing_reject(step, command.account)
        if reject != Reject.NONE:
            return reject
    advert.state = AdvertState(command.state)
    fields = _told(command.advert, advert) | {"reason": advert.state, "remaining_lots": advert.atoms}
    return Applied(EventKind.ADVERT_STATE_SET, 0, fields)


def close(step: Step, number: int) -> dict[str, int]:
    """Give back what is bound, for good; the fields of ADVERT_STATE_SET."""
    market = step.affairs.market
    advert = market.adverts[number]
    if advert.bound_atoms:
        step.hold(advert.account, advert.asset, -advert.bound_atoms)
    market.remove_advert(number)
    return _told(number, advert) | {
        "reason": AdvertState.CLOSED,
        "quantity_lots": advert.bound_atoms,
        "remaining_lots": advert.atoms,
    }
