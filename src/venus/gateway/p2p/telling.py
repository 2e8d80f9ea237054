"""How the market is told: amounts in decimal text, times in the request's unit.

Source: docs/rules/p2p_door.md, "Shapes".
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from venus.gateway.p2p.facts import SIDES, P2pFacts, fraction_text, percent_text, price_text
from venus.gateway.p2p.methods import Methods
from venus.gateway.p2p.people import Card, figures_of, tier_of
from venus.p2p import reputation
from venus.p2p.texts import AdvertText
from venus.records.p2p_states import (
    ENDED,
    Act,
    AdvertState,
    CancelReason,
    Ending,
    Ground,
    OrderState,
    Party,
    Spoke,
    acts_of,
)
from venus.units import NS_PER_S
from venus.views.p2p_questions import Advert, Figures, P2pOrder, Trader

_MINUTE_NS, _HOUR_NS, _DAY_NS = 60 * NS_PER_S, 3_600 * NS_PER_S, 86_400 * NS_PER_S


def told(time_ns: int, unit_ns: int) -> int | None:
    """A time, or None where there is none."""
    return time_ns // unit_ns if time_ns else None


class Struck(NamedTuple):
    """What of an order never changes."""

    number: int
    buyer: int
    seller: int
    asset: int
    fiat: str
    fiat_amount: int
    due_asset: int  # what a wallet pays for it, if it is paid from one
    due_atoms: int


class OrderPapers(NamedTuple):
    """What of an order lies in the registry, as the one who asks may see it."""

    payer: dict[str, Any] | None
    payee: dict[str, Any] | None
    other_name: str | None
    name_match: str | None
    chat_head: str
    unread: int


class Telling:
    """One for each door; its facts are refreshed by who asks."""

    def __init__(self, facts: P2pFacts, catalogue: Methods) -> None:
        self._facts = facts
        self._catalogue = catalogue

    # The market

    def market(self, unit_ns: int) -> dict[str, Any]:
        facts, terms = self._facts, self._facts.terms
        return {
            "fiats": [
                {
                    "code": fiat.code,
                    "exponent": fiat.exponent,
                    "nameEn": self._catalogue.names_of(fiat.code)[0],
                    "nameZh": self._catalogue.names_of(fiat.code)[1],
                }
                for fiat in terms.fiats
            ],
            "assets": [
                {
                    "asset": facts.asset(one.asset).code,
                    "decimals": facts.asset(one.asset).scale,
                    "amountMin": facts.amount(one.asset, one.atoms_min),
                    "largeAmount": facts.amount(one.asset, one.large_atoms),
                }
                for one in terms.assets
            ],
            "methods": self._catalogue.told(terms.fiats),
            "index": [
                {
                    "asset": facts.asset(one.asset).code,
                    "fiat": one.fiat,
                    "price": price_text(one.price),
                    "time": one.time_ns // unit_ns,
                }
                for one in facts.index
            ],
            "makerFee": fraction_text(terms.maker_fee_ppm),
            "takerFee": fraction_text(terms.taker_fee_ppm),
            "payMinutesMin": -(-terms.pay_ns_min // _MINUTE_NS),
            "payMinutesMax": terms.pay_ns_max // _MINUTE_NS,
            "releaseMinutes": terms.release_ns // _MINUTE_NS,
            "evidenceHours": terms.evidence_ns / _HOUR_NS,
            "aftermathDays": terms.aftermath_ns / _DAY_NS,
            "bondAsset": facts.asset(terms.bond_asset).code,
            "slashAmount": facts.amount(terms.bond_asset, terms.slash_atoms),
        }

    # Traders

    def trader(self, one: Trader, card: Card, unit_ns: int) -> dict[str, Any]:
        terms, facts = self._facts.terms, self._facts
        has_bond = one.bond_atoms > 0
        return {
            "trader": str(card.public),
            "nickname": card.nickname,
            "tier": tier_of(one, self._facts),
            "bond": facts.amount(one.bond_asset if has_bond else terms.bond_asset, one.bond_atoms),
            "bondAsset": facts.asset(one.bond_asset).code if has_bond else None,
            "joinedTime": one.enrolled_ns // unit_ns,
            "online": card.online,
            "month": _figures(one.month),
            "life": _figures(one.life),
            "score": reputation.score(figures_of(one.month), good=card.good, bad=card.bad),
            "feedback": {"good": card.good, "bad": card.bad},
            "sanctionedUntil": told(one.sanctioned_until_ns, unit_ns),
        }

    # Adverts

    def advert(
        self,
        one: Advert,
        price_now: int,
        fiat_max: int,
        text: AdvertText,
        maker: Mapping[str, Any] | None,
        unit_ns: int,
    ) -> dict[str, Any]:
        """fiat_max: of one order as things stand. maker: as `trader` tells him."""
        facts, asked = self._facts, text.requirements
        return {
            "advert": str(one.number),
            "side": SIDES[1 - one.side],
            "asset": facts.asset(one.asset).code,
            "fiat": one.fiat,
            "price": price_text(price_now) if price_now else None,
            "margin": percent_text(one.margin_ppm) if one.margin_ppm else None,
            "amount": facts.amount(one.asset, one.atoms),
            "fiatMin": facts.money(one.fiat, one.fiat_min),
            "fiatMax": facts.money(one.fiat, fiat_max),
            "payMinutes": one.pay_ns // _MINUTE_NS,
            "methods": self.method_keys(one.methods),
            "terms": text.terms,
            "autoReply": text.auto_reply,
            "requirements": {
                "minCompletionPercent": None
                if asked.min_completion_percent is None
                else str(asked.min_completion_percent),
                "minOrders": asked.min_orders,
                "minDays": asked.min_days,
                "firstTimeFiatMax": None
                if asked.first_time_fiat_max is None
                else facts.money(one.fiat, asked.first_time_fiat_max),
                "countries": None if asked.countries is None else list(asked.countries),
            },
            "termsHash": one.text_hash.hex(),
            "state": AdvertState(one.state).name,
            "createTime": one.posted_ns // unit_ns,
            "updateTime": one.changed_ns // unit_ns,
            "maker": maker,
        }

    def method_keys(self, numbers: Iterable[int]) -> list[str]:
        return [self._catalogue.key_of(number) for number in numbers]

    # Orders

    def order(
        self,
        one: P2pOrder,
        me: Party,
        people: Mapping[int, Mapping[str, Any]],
        papers: OrderPapers,
        unit_ns: int,
        now_ns: int,
    ) -> dict[str, Any]:
        """people: buyer and seller by account, as `trader` tells them."""
        facts = self._facts
        side = 0 if me is Party.BUYER else 1
        fee = one.buyer_fee_atoms if me is Party.BUYER else one.seller_fee_atoms
        return {
            "order": str(one.number),
            "advert": str(one.advert),
            "side": SIDES[side],
            "state": OrderState(one.state).name,
            "ending": Ending(one.ending).name if one.ending else None,
            "asset": facts.asset(one.asset).code,
            "fiat": one.fiat,
            "amount": facts.amount(one.asset, one.atoms),
            "fiatAmount": facts.money(one.fiat, one.fiat_amount),
            "price": price_text(one.price),
            "fee": facts.amount(one.asset, fee),
            "method": self._catalogue.key_of(one.method),
            "createTime": one.opened_ns // unit_ns,
            "payDue": told(one.pay_due_ns if one.state == OrderState.OPEN else 0, unit_ns),
            "releaseDue": told(one.release_due_ns, unit_ns),
            "evidenceDue": told(one.evidence_due_ns, unit_ns),
            "endTime": told(one.ended_ns, unit_ns),
            "late": one.late,
            "buyer": people.get(one.buyer),
            "seller": people.get(one.seller),
            "payer": papers.payer,
            "payee": papers.payee,
            "verifiedName": papers.other_name,
            "nameMatch": papers.name_match,
            "paidFiat": _paid_fiat(one, facts),
            "buyerAmount": facts.amount(one.asset, one.buyer_atoms) if one.state in ENDED else None,
            "byWallet": self._by_wallet(one),
            "cancelAsked": bool(one.cancel_asked),
            "cancelReason": CancelReason(one.cancel_asked).name if one.cancel_asked else None,
            "appeal": self._appeal(one),
            "claim": bool(one.claim_by),
            "relocks": str(one.relocks) if one.relocks else None,
            "relockedAs": str(one.relocked_as) if one.relocked_as else None,
            "may": [act.name for act in may(one, me, now_ns)],
            "chatHead": papers.chat_head or None,
            "unread": papers.unread,
        }

    def _by_wallet(self, one: P2pOrder) -> dict[str, Any] | None:
        """What is paid from a wallet, and between which."""
        if not one.due_atoms:
            return None
        return {
            "asset": self._facts.asset(one.due_asset).code,
            "amount": self._facts.amount(one.due_asset, one.due_atoms),
            "payer": one.payer_wallet or None,
            "payee": one.payee_wallet,
        }

    def _appeal(self, one: P2pOrder) -> dict[str, Any] | None:
        if not one.appealed_by:
            return None

        def offer(atoms: int) -> str | None:
            return None if atoms < 0 else self._facts.amount(one.asset, atoms)

        spoke = Spoke(one.spoke)
        return {
            "by": Party(one.appealed_by).name,
            "ground": Ground(one.ground).name,
            "buyerOffer": offer(one.buyer_offer),
            "sellerOffer": offer(one.seller_offer),
            "spoke": [party.name for party in (Party.BUYER, Party.SELLER) if spoke & Spoke[party.name]],
            "escalated": one.escalated,
        }


def party_of(one: P2pOrder | Struck, account: int) -> Party | None:
    if account == one.buyer:
        return Party.BUYER
    return Party.SELLER if account == one.seller else None


def may(one: P2pOrder, me: Party, now_ns: int) -> list[Act]:
    """What the core would let a party do now. Source: records/p2p_states.py; docs/rules/p2p.md, "Orders"."""
    ruled_out = {
        Act.ASK_CANCEL: bool(one.cancel_asked),
        Act.REFUSE_CANCEL: not one.cancel_asked,
        Act.UNDO_PAY: now_ns >= one.pay_due_ns,
        Act.WITHDRAW_APPEAL: me != (Party.BUYER if one.appealed_by == Party.CLOCK else one.appealed_by),
        Act.PAY: bool(one.due_atoms),
        Act.PAY_BY_WALLET: not one.due_atoms,
        Act.CLAIM: bool(one.due_atoms or one.claim_by or one.relocks or one.relocked_as)
        or now_ns >= one.claim_until_ns,
    }
    return [act for act in acts_of(OrderState(one.state), me) if not ruled_out.get(act, False)]


def _paid_fiat(one: P2pOrder, facts: P2pFacts) -> str | None:
    if not one.paid_ns:
        return None
    return facts.money(one.fiat, one.fiat_amount if one.payer_wallet else one.paid_fiat)


@lru_cache(maxsize=10_000)
def _figures(of: Figures) -> Mapping[str, Any]:
    facts = figures_of(of)
    completion = reputation.completion_ppm(facts)
    return {
        "orders": of.orders,
        "completed": of.completed,
        "completionPercent": None if completion is None else percent_text(completion // 100 * 100),
        "releaseSecondsMedian": facts.release_s_median,
        "releaseSecondsMean": facts.release_s_mean,
        "paySecondsMedian": facts.pay_s_median,
        "paySecondsMean": facts.pay_s_mean,
        "partners": of.partners,
        "late": of.late,
        "disputesLost": of.disputes_lost,
    }
