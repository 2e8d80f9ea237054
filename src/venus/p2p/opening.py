"""How an order between people began: its advert, price and amounts, worked out again from the commands.

Source: docs/rules/p2p.md, "Units", "Adverts".
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, Self

from venus.records import p2p
from venus.records.commands import PlainCommand
from venus.records.p2p_states import Party
from venus.units import ATOMS_MAX


class Impossible(Exception):
    """Rules or table do not allow it.

    sequence  of the command that cannot have been obeyed; 0: it is the clock's
    words     why, for people
    """

    def __init__(self, sequence: int, words: str) -> None:
        super().__init__(f"command {sequence}: {words}" if sequence else words)
        self.sequence = sequence
        self.words = words


class Placed(Protocol):
    """A command and where the journal has it."""

    @property
    def sequence(self) -> int: ...

    @property
    def time_ns(self) -> int: ...

    @property
    def command(self) -> PlainCommand: ...


class Opened(NamedTuple):
    """An order as it began.

    atoms, fiat_amount  of the asset's and the currency's smallest units
    holder              whose balance it is locked in: the seller's, but of a relocked order
    relocks             the order that it locks again; 0: none
    """

    number: int
    time_ns: int
    advert: int
    taker: Party
    buyer: int
    seller: int
    asset: int
    fiat: str
    atoms: int
    fiat_amount: int
    price: int
    buyer_fee_ppm: int
    seller_fee_ppm: int
    pay_due_ns: int
    terms: p2p.SetP2pTerms
    large_atoms: int
    payer_hash: bytes
    payee_hash: bytes
    text_hash: bytes
    by_wallet: bool = False  # it is paid from a wallet, and not otherwise
    holder: Party = Party.SELLER
    relocks: int = 0

    @classmethod
    def again(cls, first: Self, number: int, time_ns: int, atoms: int, *, holder: Party) -> Self:
        """A relocked order: the same parties, no fees."""
        return first._replace(
            number=number,
            time_ns=time_ns,
            atoms=atoms,
            buyer_fee_ppm=0,
            seller_fee_ppm=0,
            pay_due_ns=0,
            holder=holder,
            relocks=first.number,
        )


class _Advert(NamedTuple):
    posted: p2p.PostAdvert
    now: p2p.PostAdvert | p2p.EditAdvert
    sequence: int  # of what made it so


def opened(order: int, steps: Sequence[Placed], scales: Mapping[int, int], maker_fee_ppm: int) -> Opened:
    """How an order began; raises Impossible.

    steps          what was journaled until the order's TakeAdvert, which is the last
    scales         asset: decimals
    maker_fee_ppm  as told: the terms that it comes from may be older than those at hand
    """
    if not steps or steps[-1].sequence != order or not isinstance(steps[-1].command, p2p.TakeAdvert):
        raise Impossible(order, "the command that opens the order is not here")
    take, now_ns = steps[-1].command, steps[-1].time_ns
    terms = _newest_terms(steps, order)
    advert = _advert(steps, take.advert)
    offer, posted = advert.now, advert.posted
    if take.terms_hash != offer.text_hash:
        raise Impossible(order, "the taker agreed to another text than the advert's")
    if take.method not in offer.methods:
        raise Impossible(order, f"the advert takes no payment by method {take.method}")
    fiat = next((one for one in terms.fiats if one.code == posted.fiat), None)
    tradable = next((one for one in terms.assets if one.asset == posted.asset), None)
    if fiat is None or tradable is None:
        raise Impossible(order, "its asset or currency is not one of the market's terms")
    if posted.asset not in scales:
        raise Impossible(order, f"nothing says how many decimals asset {posted.asset} has")
    price = _price(steps, order, now_ns, posted, offer, terms)
    maker_sells, scale = posted.side == 1, scales[posted.asset]
    if price > take.price_limit if maker_sells else price < take.price_limit:
        raise Impossible(order, f"at {price} it is beyond the taker's limit of {take.price_limit}")
    if take.in_fiat:
        atoms, fiat_amount = p2p.atoms_of(take.amount, price, scale, fiat.exponent), take.amount
    else:
        atoms, fiat_amount = take.amount, p2p.fiat_of(take.amount, price, scale, fiat.exponent)
    if not tradable.atoms_min <= atoms <= min(ATOMS_MAX, offer.atoms):
        raise Impossible(order, f"{atoms} atoms are not what it can be of")
    if not offer.fiat_min <= fiat_amount <= offer.fiat_max:
        raise Impossible(order, f"{fiat_amount} is outside of the advert's {offer.fiat_min} to {offer.fiat_max}")
    of_maker = [
        step.command for step in steps if isinstance(step.command, p2p.SetP2pTerms) and step.sequence < advert.sequence
    ]
    if of_maker and of_maker[-1].maker_fee_ppm != maker_fee_ppm:
        raise Impossible(
            order, f"the maker's fee is told as {maker_fee_ppm} ppm, the terms had {of_maker[-1].maker_fee_ppm}"
        )
    fees = maker_fee_ppm, terms.taker_fee_ppm
    maker, taker = posted.account, take.account
    return Opened(
        number=order,
        time_ns=now_ns,
        advert=take.advert,
        taker=Party.BUYER if maker_sells else Party.SELLER,
        buyer=taker if maker_sells else maker,
        seller=maker if maker_sells else taker,
        asset=posted.asset,
        fiat=posted.fiat,
        atoms=atoms,
        fiat_amount=fiat_amount,
        price=price,
        buyer_fee_ppm=fees[1] if maker_sells else fees[0],
        seller_fee_ppm=fees[0] if maker_sells else fees[1],
        pay_due_ns=now_ns + offer.pay_ns,
        terms=terms,
        large_atoms=tradable.large_atoms,
        payer_hash=take.payer_hash,
        payee_hash=take.payee_hash,
        text_hash=take.terms_hash,
        by_wallet=take.method == p2p.METHOD_BY_WALLET,
    )


def _newest_terms(steps: Sequence[Placed], order: int) -> p2p.SetP2pTerms:
    """The terms in force at its opening."""
    for step in reversed(steps):
        if isinstance(step.command, p2p.SetP2pTerms):
            return step.command
    raise Impossible(order, "the market's terms at that time are not here")


def _advert(steps: Sequence[Placed], number: int) -> _Advert:
    """The advert as it was when it was taken."""
    found: _Advert | None = None
    for step in steps:
        command = step.command
        if isinstance(command, p2p.PostAdvert) and step.sequence == number:
            found = _Advert(command, command, step.sequence)
        elif isinstance(command, p2p.EditAdvert) and command.advert == number:
            if found is None or command.account != found.posted.account:
                raise Impossible(step.sequence, "it edits an advert that is not its account's, or not there")
            found = _Advert(found.posted, command, step.sequence)
    if found is None:
        raise Impossible(number, "the advert that was taken is not here")
    return found


def _price(
    steps: Sequence[Placed],
    order: int,
    now_ns: int,
    posted: p2p.PostAdvert,
    offer: p2p.PostAdvert | p2p.EditAdvert,
    terms: p2p.SetP2pTerms,
) -> int:
    """Fixed, or floating over the index that was good then."""
    if offer.price:
        return offer.price
    for step in reversed(steps):
        if not isinstance(step.command, p2p.NoteIndex):
            continue
        for noted in step.command.prices:
            if (noted.asset, noted.fiat) == (posted.asset, posted.fiat):
                price = p2p.floating_price(noted.price, offer.margin_ppm)
                if now_ns >= step.time_ns + terms.index_ns or price < 1:
                    raise Impossible(order, "the advert's price floats, and the index was too old")
                return price
    raise Impossible(order, "the advert's price floats, and the index is not here")
