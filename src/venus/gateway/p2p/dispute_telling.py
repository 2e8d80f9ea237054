"""A dispute as who judges it is told: both sides alike, and everything that they brought.

Source: docs/rules/p2p_door.md, "The arbiter's desk".
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from venus.gateway.p2p.facts import P2pFacts
from venus.gateway.p2p.telling import OrderPapers, Telling, party_of, told
from venus.p2p.texts import Evidence, Grounds, decoded
from venus.records.events import EventKind
from venus.records.p2p_states import Act, Ground, OrderState, Party, acts_of
from venus.registry.p2p_conflicts import Conflict
from venus.registry.p2p_writings import Brought
from venus.units import NS_PER_US
from venus.views.issuance_questions import Institution
from venus.views.p2p_questions import P2pOrder, P2pOrderAnswer, Step

_ONE_SIDED = ("side", "fee", "verifiedName", "unread", "may")
"""Fields of an order that are about who asks."""


class DisputePapers(NamedTuple):
    """What of a dispute lies in the registry."""

    order: OrderPapers
    buyer_name: str | None  # as verified
    seller_name: str | None
    brought: list[Brought]
    grounds: bytes | None  # of the verdict, or of the refusal of a claim
    conflicts: list[Conflict]


class DisputeTelling:
    def __init__(self, facts: P2pFacts, telling: Telling) -> None:
        self._facts = facts
        self._telling = telling

    def row(
        self, one: P2pOrder, people: Mapping[int, Mapping[str, Any]], papers: OrderPapers, unit_ns: int
    ) -> dict[str, Any]:
        """An order as neither of its parties is told it."""
        shape = self._telling.order(one, Party.BUYER, people, papers, unit_ns, 0)
        for name in _ONE_SIDED:
            del shape[name]
        return shape | {
            "buyerAccount": one.buyer,
            "sellerAccount": one.seller,
            "buyerFee": self._facts.amount(one.asset, one.buyer_fee_atoms),
            "sellerFee": self._facts.amount(one.asset, one.seller_fee_atoms),
            "atoms": str(one.atoms),
            "large": one.atoms >= one.large_atoms,
            "claimBy": Party(one.claim_by).name if one.claim_by else None,
            "claimGround": Ground(one.claim_ground).name if one.claim_by else None,
            "disputeTime": told(one.claim_ns if one.claim_by else one.disputed_ns, unit_ns),
            "may": [act.name for act in _arbiters_acts(one)],
        }

    def dispute(
        self,
        answer: P2pOrderAnswer,
        people: Mapping[int, Mapping[str, Any]],
        papers: DisputePapers,
        arbiter: Institution | None,
        unit_ns: int,
    ) -> dict[str, Any]:
        one = answer.order
        assert one is not None
        return self.row(one, people, papers.order, unit_ns) | {
            "buyerName": papers.buyer_name,
            "sellerName": papers.seller_name,
            "quorum": 1 if arbiter is None or one.atoms < one.large_atoms else arbiter.quorum,
            "steps": [self._step(one, step, unit_ns) for step in answer.steps],
            "evidence": [_evidence(one, brought, unit_ns) for brought in papers.brought],
            "grounds": None if papers.grounds is None else decoded(papers.grounds, Grounds).text,
            "conflicts": _conflicts(papers.conflicts, unit_ns),
        }

    def _step(self, one: P2pOrder, step: Step, unit_ns: int) -> dict[str, Any]:
        party = party_of(one, step.account)
        return {
            "time": step.time_ns // unit_ns,
            "what": EventKind(step.kind).name,
            "by": "CLOCK" if step.timer else None if party is None else party.name,
            "reason": step.reason,
            "amount": self._money_or_asset(one, step),
            "sequence": step.sequence,
        }

    def _money_or_asset(self, one: P2pOrder, step: Step) -> str:
        """What a buyer says he paid is money; of a bond it is the bond's asset; all else is the order's."""
        if step.kind == EventKind.ESCROW_PAID:
            return self._facts.money(one.fiat, step.amount)
        asset = self._facts.terms.bond_asset if step.kind == EventKind.BOND_SLASHED else one.asset
        return self._facts.amount(asset, step.amount)


def _arbiters_acts(one: P2pOrder) -> list[Act]:
    acts = acts_of(OrderState(one.state), Party.ARBITER)
    return [act for act in acts if act == Act.DECIDE or one.claim_by]


def _evidence(one: P2pOrder, brought: Brought, unit_ns: int) -> dict[str, Any]:
    party, text = party_of(one, brought.account), decoded(brought.content, Evidence)
    return {
        "by": None if party is None else party.name,
        "time": brought.time_us * NS_PER_US // unit_ns,
        "text": text.text,
        "files": list(text.files),
        "hash": brought.hash.hex(),
    }


def _conflicts(conflicts: Sequence[Conflict], unit_ns: int) -> list[dict[str, Any]]:
    return [
        {
            "institution": one.institution,
            "seat": one.seat,
            "text": one.text,
            "time": one.time_us * NS_PER_US // unit_ns,
        }
        for one in conflicts
    ]
