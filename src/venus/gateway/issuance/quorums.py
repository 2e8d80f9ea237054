"""Whose approval a proposal still wants, as far as a door knows: so that it is handed in when its quorum is there.

Who must approve is asked of the table that the core asks (records/quorums.py), over what the view told. The core is the
one that counts.
"""

from collections.abc import Sequence
from typing import NamedTuple

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import refused
from venus.records.approvals import Approval
from venus.records.commands import PlainCommand
from venus.records.quorums import CurrencyParties, Need, Parties, is_active, is_quorum
from venus.records.quorums import needed as needed_of
from venus.records.rejects import Reject
from venus.views.issuance_questions import LawfulOrder, Seat


class Judged(NamedTuple):
    """Of the market between people: its arbiter (-1: there is no market), and the order that a command is about."""

    arbiter: int = -1
    order: int = 0
    is_large: bool = False  # a verdict on it needs a quorum


class _Told(NamedTuple):
    """What records/quorums.py asks. lawful, judged: the order that the command names, if there is one."""

    facts: LedgerFacts
    lawful: LawfulOrder | None
    judged: Judged

    @property
    def is_founded(self) -> bool:
        return bool(self.facts.who.exchange)

    @property
    def controlled_by(self) -> int:
        return self.facts.who.controls

    @property
    def institutions_count(self) -> int:
        return len(self.facts.who.institutions)

    def parties(self, coin: int) -> Parties | None:
        found = self.facts.coin_of(coin)
        return Parties(found.issuer, found.agent, {minter.institution for minter in found.minters}) if found else None

    def reserve_parties(self, reserve: int) -> tuple[int, int] | None:
        found = self.facts.reserve(reserve)
        return (found.custodian, found.coin) if found else None

    def lawful_parties(self, order: int) -> tuple[int, int] | None:
        found = self.lawful
        return (found.authority, found.coin) if found and found.number == order else None

    def currency_parties(self, currency: int) -> CurrencyParties | None:
        found = self.facts.currency_of(currency)
        return CurrencyParties(found.central_bank, [one.institution for one in found.operators]) if found else None

    @property
    def p2p_arbiter(self) -> int:
        return self.judged.arbiter

    def dispute_parties(self, order: int) -> tuple[int, bool] | None:
        return (self.judged.arbiter, self.judged.is_large) if order == self.judged.order else None


def needed(facts: LedgerFacts, command: PlainCommand, lawful: LawfulOrder | None, judged: Judged) -> Need:
    """Raises ApiError if it cannot be told. lawful, judged: the order that the command names, if there is one."""
    need = needed_of(_Told(facts, lawful, judged), command)
    if isinstance(need, Reject):
        raise refused(need)
    return need


def missing(facts: LedgerFacts, need: Need, approvals: Sequence[Approval], now_ns: int) -> list[str]:
    """Whose approval is still wanted, in words; empty: nobody's."""
    good = good_approvals(facts, approvals, now_ns)
    signed: dict[int, list[Seat]] = {}
    for approval in good:
        seats = facts.institution_numbered(approval.institution).seats
        signed.setdefault(approval.institution, []).append(seats[approval.seat])

    def lacks(number: int) -> bool:
        return not is_quorum(signed.get(number, ()), facts.institution_numbered(number).quorum)

    wanted = [f"a quorum of {facts.institution_name(number)}" for number in need.all_of if lacks(number)]
    if need.any_of and all(lacks(number) for number in need.any_of):
        names = " or ".join(facts.institution_name(number) for number in dict.fromkeys(need.any_of))
        wanted.append(f"a quorum of {names}")
    if need.seat_of is not None and need.seat_of not in signed:
        wanted.append(f"one seat of {facts.institution_name(need.seat_of)}")
    return wanted


def good_approvals(facts: LedgerFacts, approvals: Sequence[Approval], now_ns: int) -> list[Approval]:
    """Those that have not expired, of seats that are active."""
    good = []
    for approval in approvals:
        institution = facts.institution(approval.institution)
        if institution is None or not 0 <= approval.seat < len(institution.seats) or approval.expires_ns <= now_ns:
            continue
        seat = institution.seats[approval.seat]
        if is_active(seat, now_ns, revoked=seat.revoked):
            good.append(approval)
    return good
