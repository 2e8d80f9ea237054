"""A taker opens an order: the asset is in escrow from there on. Source: docs/rules/p2p.md, "Adverts"."""

from typing import NamedTuple

from venus.core.p2p_market import Advert, Escrow
from venus.core.p2p_terms import standing_reject, terms_of, trader_reject
from venus.core.p2p_wallets import due_of
from venus.core.steps import DUE_ESCROW, Answer, Applied, Step, is_amount
from venus.records.commands import Side
from venus.records.events import EventKind
from venus.records.p2p import HASH_BYTES, METHOD_BY_WALLET, TakeAdvert, atoms_of, fee_atoms, fiat_of, floating_price
from venus.records.p2p_states import AdvertState, OrderState, Party
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_RETAIN_DAYS_MAX = 3


class Deal(NamedTuple):
    price: int
    atoms: int
    fiat: int  # minor units


def _fields_are_sound(command: TakeAdvert, advert: Advert) -> bool:
    payee_bytes = len(command.payee_hash)
    return (
        command.in_fiat in (0, 1)
        and len(command.payer_hash) == HASH_BYTES
        and (payee_bytes == HASH_BYTES or (payee_bytes == 0 and advert.side == Side.SELL))
        and len(command.terms_hash) == HASH_BYTES
        and (0 if command.method == METHOD_BY_WALLET else 1) <= command.retain_days <= _RETAIN_DAYS_MAX
        and 1 <= command.price_limit <= ATOMS_MAX
        and is_amount(command.amount)
    )


def _maker_reject(step: Step, command: TakeAdvert, advert: Advert) -> Reject:
    """Whether the advert is one that this taker may have, as he saw it."""
    market = step.affairs.market
    if standing_reject(step, advert.account) != Reject.NONE or advert.state != AdvertState.ONLINE:
        return Reject.ADVERT_NOT_ONLINE
    if market.tradable(advert.asset) is None:
        return Reject.NOT_TRADABLE
    if market.fiat(advert.fiat) is None:
        return Reject.UNKNOWN_FIAT
    if market.traders[advert.account].person == market.traders[command.account].person:
        return Reject.SAME_PERSON
    if command.terms_hash != advert.text_hash:
        return Reject.ADVERT_CHANGED
    return Reject.NONE if command.method in advert.methods else Reject.UNKNOWN_METHOD


def _price(step: Step, advert: Advert) -> int:
    """0: it floats, and there is no good index."""
    if advert.price:
        return advert.price
    note = step.affairs.market.index.get((advert.asset, advert.fiat))
    if note is None or step.time_ns >= note.time_ns + terms_of(step).index_ns:
        return 0
    price = floating_price(note.price, advert.margin_ppm)
    return price if price <= ATOMS_MAX else 0


def _deal(step: Step, command: TakeAdvert, advert: Advert) -> Reject | Deal:
    market, price = step.affairs.market, _price(step, advert)
    if price == 0:
        return Reject.NO_INDEX
    takes_worse = price > command.price_limit if advert.side == Side.SELL else price < command.price_limit
    if takes_worse:
        return Reject.PRICE_MOVED
    tradable, fiat = market.tradable(advert.asset), market.fiat(advert.fiat)
    assert tradable and fiat
    scale = int(step.memory["assets"][advert.asset]["scale"])
    if command.in_fiat:
        deal = Deal(price, atoms_of(command.amount, price, scale, fiat.exponent), command.amount)
    else:
        deal = Deal(price, command.amount, fiat_of(command.amount, price, scale, fiat.exponent))
    if not tradable.atoms_min <= deal.atoms <= ATOMS_MAX:
        return Reject.AMOUNT_OUT_OF_RANGE
    if not advert.fiat_min <= deal.fiat <= advert.fiat_max:
        return Reject.OUTSIDE_LIMITS
    return deal if deal.atoms <= advert.atoms else Reject.ADVERT_SHORT


def _opened(step: Step, advert: Advert, taker: int, atoms: int) -> Escrow:
    terms = terms_of(step)
    tradable = step.affairs.market.tradable(advert.asset)
    assert tradable
    maker_sells = advert.side == Side.SELL
    seller_ppm = advert.fee_ppm if maker_sells else terms.taker_fee_ppm
    due_ns = step.time_ns + advert.pay_ns
    return Escrow(
        buyer=taker if maker_sells else advert.account,
        seller=advert.account if maker_sells else taker,
        maker=advert.account,
        holder=advert.account if maker_sells else taker,
        asset=advert.asset,
        atoms=atoms,
        locked_atoms=atoms + fee_atoms(atoms, seller_ppm),
        buyer_ppm=terms.taker_fee_ppm if maker_sells else advert.fee_ppm,
        seller_ppm=seller_ppm,
        release_ns=terms.release_ns,
        evidence_ns=terms.evidence_ns,
        aftermath_ns=terms.aftermath_ns,
        slash_atoms=terms.slash_atoms,
        large_atoms=tradable.large_atoms,
        relock_of=0,
        state=OrderState.OPEN,
        pay_due_ns=due_ns,
        due_ns=due_ns,
        late=False,
        cancel_asked=False,
        appealed_by=Party.NOBODY,
        spoke=0,
        buyer_offer=-1,
        seller_offer=-1,
        buyer_got_atoms=0,
        claimed_by=Party.NOBODY,
        relocked=False,
    )


def take_advert(step: Step, command: TakeAdvert) -> Answer:
    advert, taker = step.affairs.market.adverts.get(command.advert), command.account
    if advert is None:
        return Reject.UNKNOWN_ADVERT
    reject = trader_reject(step, taker)
    if reject == Reject.NONE and not _fields_are_sound(command, advert):
        reject = Reject.INVALID_COMMAND
    if reject == Reject.NONE:
        reject = _maker_reject(step, command, advert)
    if reject != Reject.NONE:
        return reject
    deal = _deal(step, command, advert)
    if isinstance(deal, Reject):
        return deal
    escrow = _opened(step, advert, taker, deal.atoms)
    due = due_of(step, escrow.seller, advert.fiat, deal.fiat) if command.method == METHOD_BY_WALLET else None
    if isinstance(due, Reject):
        return due
    if advert.side == Side.BUY and escrow.locked_atoms > step.free_atoms(taker, advert.asset):
        return Reject.INSUFFICIENT_FREE
    advert.atoms -= deal.atoms
    if advert.side == Side.SELL:
        advert.bound_atoms -= escrow.locked_atoms
    else:
        step.hold(taker, advert.asset, escrow.locked_atoms)
    step.affairs.market.add_order(step.sequence, escrow)
    if due is not None:
        step.affairs.market.dues[step.sequence] = due
    step.wake(escrow.due_ns, DUE_ESCROW, step.sequence)
    fields = {"order_id": step.sequence, "maker_order_id": command.advert, "account": taker}
    fields |= {"maker_account": advert.account, "side": Side.SELL if advert.side == Side.BUY else Side.BUY}
    fields |= {"symbol": advert.asset, "quantity_lots": deal.atoms, "price_ticks": deal.price}
    fields |= {"remaining_lots": deal.fiat, "hold_atoms": escrow.locked_atoms}
    fields |= {"taker_fee_atoms": fee_atoms(deal.atoms, terms_of(step).taker_fee_ppm)}
    fields |= {"maker_fee_atoms": fee_atoms(deal.atoms, advert.fee_ppm)}
    return Applied(EventKind.ESCROW_OPENED, step.sequence, fields)
