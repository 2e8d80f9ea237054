"""The state root's rows of the market between people. Source: docs/rules/digest.md, "Under rules 5"."""

from collections.abc import Iterator
from hashlib import sha256
from struct import Struct

from venus.model.p2p_market import NO_OFFER, Advert, Market, Order
from venus.records.commands import encode_cold
from venus.records.p2p_states import Party

ROWS_5 = {
    "P2PTERMS": Struct("<32s"),
    "TRADERS": Struct("<3q"),
    "P2PINDEX": Struct("<q32s2q"),
    "ADVERTS": Struct("<4q32s9q32s32s"),
    "ESCROWS": Struct("<28q"),
    "BONDS": Struct("<3q"),
}
"""Tag and row of each section that rules 5 add once there are terms, in the order of the root."""
ROWS_OF_WALLET_ORDERS = {"P2PNAMED": Struct("<q32sq"), "P2PDUES": Struct("<q32s3q")}
"""Behind them, while either has a row."""
Row = tuple[int | bytes, ...]


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def rows_of_rules_5(market: Market) -> dict[str, Iterator[Row]]:
    assert market.terms is not None
    return {
        "P2PTERMS": iter([(sha256(encode_cold(market.terms)).digest(),)]),
        "TRADERS": ((account, one.person, one.until_ns) for account, one in sorted(market.traders.items())),
        "P2PINDEX": (
            (asset, digest(fiat), price, noted_ns) for (asset, fiat), (price, noted_ns) in sorted(market.index.items())
        ),
        "ADVERTS": (advert_row(one) for _, one in sorted(market.adverts.items())),
        "ESCROWS": (order_row(one) for _, one in sorted(market.orders.items())),
        "BONDS": ((account, one.asset, one.atoms) for account, one in sorted(market.bonds.items())),
    }


def rows_of_wallet_orders(market: Market) -> dict[str, list[Row]]:
    named = sorted(market.named.items())
    return {
        "P2PNAMED": [(account, digest(fiat), wallet) for (account, fiat), wallet in named],
        "P2PDUES": [
            (number, digest(one.due.fiat), one.due.asset, one.due.atoms, one.due.wallet)
            for number, one in sorted(market.orders.items())
            if one.due
        ],
    }


def advert_row(one: Advert) -> Row:
    terms = one.terms
    return (
        *(one.number, one.account, one.side, one.asset, digest(one.fiat), one.atoms, one.bound),
        *(terms.fiat_min, terms.fiat_max, terms.price, terms.margin_ppm, terms.pay_ns, one.fee_ppm, one.state),
        sha256(b"".join(method.to_bytes(8, "little") for method in terms.methods)).digest(),
        terms.text_hash,
    )


def order_row(one: Order) -> Row:
    terms = one.terms
    dispute: Row = (0, 0, NO_OFFER, NO_OFFER)
    if one.in_dispute:
        offers = (one.offers.get(party, NO_OFFER) for party in (Party.BUYER, Party.SELLER))
        dispute = (one.appealed_by, one.spoke, *offers)
    return (
        *(one.number, one.relocks, one.buyer, one.seller, one.maker, one.holder, one.asset, one.atoms),
        *(one.locked_first, one.buyer_ppm, one.seller_ppm),
        *(terms.release_ns, terms.evidence_ns, terms.aftermath_ns, terms.slash_atoms, one.large_atoms),
        *(one.state, one.pay_due_ns, one.due_ns, one.late, one.cancel_asked, *dispute),
        *(one.buyer_atoms, one.claimant, one.locked_again),
    )
