"""The state root's sections of the market between people. Source: docs/rules/digest.md, "Under rules 5"."""

from hashlib import sha256
from struct import Struct

import numpy as np

from venus.core.affairs_digest import hash_columns, rows_of
from venus.core.p2p_market import Advert, Escrow, Market
from venus.records.commands import encode_cold

_WORDS = Struct("<4q")


def market_sections(market: Market) -> dict[str, np.ndarray]:
    """As those of affairs_digest.py; there are terms."""
    assert market.terms is not None
    sections = {
        "P2PTERMS": rows_of([hash_columns(encode_cold(market.terms))], 4),
        "TRADERS": rows_of(((account, one.person, one.until_ns) for account, one in sorted(market.traders.items())), 3),
        "P2PINDEX": rows_of(
            ((asset, *hash_columns(fiat), *note) for (asset, fiat), note in sorted(market.index.items())), 7
        ),
        "ADVERTS": rows_of((_advert(number, one) for number, one in sorted(market.adverts.items())), 25),
        "ESCROWS": rows_of((_escrow(number, one) for number, one in sorted(market.orders.items())), 28),
        "BONDS": rows_of(((account, one.asset, one.atoms) for account, one in sorted(market.bonds.items())), 3),
    }
    return sections | _wallet_sections(market) if market.wallets or market.dues else sections


def _wallet_sections(market: Market) -> dict[str, np.ndarray]:
    """They stand there only while they say something."""
    named = ((account, *hash_columns(fiat), wallet) for (account, fiat), wallet in sorted(market.wallets.items()))
    dues = (
        (order, *hash_columns(one.fiat), one.asset, one.atoms, one.wallet) for order, one in sorted(market.dues.items())
    )
    return {"P2PNAMED": rows_of(named, 6), "P2PDUES": rows_of(dues, 8)}


def _advert(number: int, one: Advert) -> tuple[int, ...]:
    return (
        *(number, one.account, one.side, one.asset, *hash_columns(one.fiat), one.atoms, one.bound_atoms),
        *(one.fiat_min, one.fiat_max, one.price, one.margin_ppm, one.pay_ns, one.fee_ppm, one.state),
        *_WORDS.unpack(sha256(np.array(one.methods, "<i8").tobytes()).digest()),
        *_WORDS.unpack(one.text_hash),
    )


def _escrow(number: int, one: Escrow) -> tuple[int, ...]:
    return (
        *(number, one.relock_of, one.buyer, one.seller, one.maker, one.holder, one.asset, one.atoms),
        *(one.locked_atoms, one.buyer_ppm, one.seller_ppm, one.release_ns, one.evidence_ns, one.aftermath_ns),
        *(one.slash_atoms, one.large_atoms, one.state, one.pay_due_ns, one.due_ns, one.late, one.cancel_asked),
        *(one.appealed_by, one.spoke, one.buyer_offer, one.seller_offer, one.buyer_got_atoms, one.claimed_by),
        one.relocked,
    )
