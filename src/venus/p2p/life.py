"""An order between people while it lives: each command and each clock moves it along the table, or is impossible.

Source: docs/rules/p2p.md, "Orders", "Disputes".
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from venus.p2p.opening import Impossible, Opened
from venus.records import p2p
from venus.records.p2p_states import ENDED, Act, Ending, Ground, OrderState, Party, Spoke, transition


class Happening(NamedTuple):
    """One line of what happened. sequence 0: the clock did it; act None: the order was opened."""

    order: int
    time_ns: int
    sequence: int
    act: Act | None
    by: Party
    state: OrderState  # after it


class Due(NamedTuple):
    time_ns: int
    act: Act


class Claim(NamedTuple):
    by: Party
    ground: int


class Shares(NamedTuple):
    """Atoms, once an order is settled: what each has, and what the house took as fees."""

    buyer: int
    seller: int
    house: int


_SPOKE = {Party.BUYER: Spoke.BUYER, Party.SELLER: Spoke.SELLER}


class Life:
    """state, dues, dispute and ending of one order; `opened` is how it began."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.state = OrderState.OPEN
        self.release_due_ns = 0
        self.evidence_due_ns = 0
        self.appealed_by = Party.NOBODY  # CLOCK: the time to release ran out
        self.ground: int = Ground.NONE
        self.spoke = Spoke.NONE
        self.escalated = False
        self.cancel_asked = False
        self.late = False
        self.offers: dict[Party, int] = {}
        self.paid_fiat: int | None = None
        self.ending = Ending.NONE
        self.ended_ns = 0
        self.buyer_atoms: int | None = None
        self.at_fault = Party.NOBODY
        self.slashed: list[Party] = []
        self.claim: Claim | None = None
        self.relocked_by = 0

    @property
    def number(self) -> int:
        return self.opened.number

    @property
    def holder(self) -> Party:
        """Who has what was at stake, once the order has ended."""
        return Party.BUYER if self.state == OrderState.COMPLETED else Party.SELLER

    @property
    def due(self) -> Due | None:
        """The clock that runs; None: none does."""
        if self.state == OrderState.OPEN:
            return Due(self.opened.pay_due_ns, Act.PAYMENT_LATE)
        if self.state == OrderState.PAID:
            return Due(self.release_due_ns, Act.RELEASE_LATE)
        if self.state == OrderState.DISPUTED and not self.escalated:
            return Due(self.evidence_due_ns, Act.EVIDENCE_DUE)
        return None

    @property
    def shares(self) -> Shares | None:
        """None while it is open whose it is."""
        if self.buyer_atoms is None:
            return None
        fees = [p2p.fee_atoms(self.buyer_atoms, ppm) for ppm in (self.opened.buyer_fee_ppm, self.opened.seller_fee_ppm)]
        return Shares(self.buyer_atoms - fees[0], self.opened.atoms - self.buyer_atoms, sum(fees))

    def obey(self, sequence: int, time_ns: int, command: Any) -> Happening:
        """What a command of this order does; raises Impossible."""
        act, run = _OBEYS[type(command)]
        if act == Act.APPEAL and self.state in ENDED:
            act, run = Act.CLAIM, Life._claim
        by = Party.ARBITER if act in _ARBITERS else self._party(sequence, command.account)
        found = transition(self.state, act)
        if found is None:
            raise Impossible(sequence, f"{act.name} is not possible while order {self.number} is {self.state.name}")
        if by not in found.by:
            raise Impossible(sequence, f"{act.name} is not for the {by.name.lower()}")
        if self.opened.by_wallet and act in _NOT_BY_WALLET:
            raise Impossible(sequence, f"{act.name} is not for an order that is paid from a wallet")
        if act == Act.PAY_BY_WALLET and not self.opened.by_wallet:
            raise Impossible(sequence, "it is not an order that is paid from a wallet")
        run(self, _Doing(sequence, time_ns, by, command))
        if self.state not in found.becomes:
            raise Impossible(sequence, f"{act.name} does not lead to {self.state.name}")
        return Happening(self.number, time_ns, sequence, act, by, self.state)

    def run_out(self, act: Act, at_ns: int, *, is_frozen: bool) -> Happening:
        """A clock that ran out, or the law. is_frozen: nothing could leave its holder, so a person is to decide."""
        found = transition(self.state, act)
        if found is None:
            raise Impossible(0, f"{act.name} is not possible while order {self.number} is {self.state.name}")
        if act == Act.SEIZE:
            self._settle(at_ns, 0, Ending.LAWFUL)
        elif act == Act.PAYMENT_LATE:
            self._slash(Party.BUYER)
            self._settle(at_ns, 0, Ending.TIMED_OUT)
        elif act == Act.RELEASE_LATE:
            if not self.late:
                self._slash(Party.SELLER)
            self.late = True
            self._dispute(at_ns, Party.CLOCK, Ground.RELEASE_LATE)
        elif self.spoke in (Spoke.BUYER, Spoke.SELLER) and not is_frozen:
            self._settle(at_ns, self.opened.atoms if self.spoke == Spoke.BUYER else 0, Ending.SILENCE)
        else:
            self.escalated = True
        return Happening(self.number, at_ns, 0, act, found.by[0], self.state)

    def relock(self, sequence: int, time_ns: int, atoms: int) -> "Life":
        """An arbiter lets the claim: it is decided by an order of its own from here on."""
        if transition(self.state, Act.RELOCK) is None or self.claim is None:
            raise Impossible(sequence, f"nobody claims order {self.number}, so nothing is locked again")
        at_stake = self.buyer_atoms or self.opened.atoms
        if not 1 <= atoms <= at_stake:
            raise Impossible(sequence, f"{atoms} atoms are told as locked again, of {at_stake}")
        by = self.claim.by
        self.claim, self.relocked_by = None, sequence
        again = Life(Opened.again(self.opened, sequence, time_ns, atoms, holder=self.holder))
        again._dispute(time_ns, by, Ground.NONE)
        return again

    def _party(self, sequence: int, account: int) -> Party:
        if account == self.opened.buyer:
            return Party.BUYER
        if account == self.opened.seller:
            return Party.SELLER
        raise Impossible(sequence, f"account {account} is neither the buyer nor the seller of order {self.number}")

    def _settle(self, at_ns: int, buyer_atoms: int, ending: Ending) -> None:
        self.buyer_atoms, self.ending, self.ended_ns = buyer_atoms, ending, at_ns
        self.state = OrderState.COMPLETED if buyer_atoms else OrderState.CANCELLED

    def _dispute(self, at_ns: int, by: Party, ground: int) -> None:
        self.state, self.appealed_by, self.ground = OrderState.DISPUTED, by, ground
        self.evidence_due_ns = at_ns + self.opened.terms.evidence_ns
        self.spoke, self.escalated, self.offers = Spoke.NONE, False, {}

    def _slash(self, party: Party) -> None:
        if self.opened.terms.slash_atoms:
            self.slashed.append(party)

    # Commands

    def _pay(self, doing: "_Doing") -> None:
        self.state, self.paid_fiat = OrderState.PAID, doing.command.fiat
        self.release_due_ns = doing.time_ns + self.opened.terms.release_ns

    def _pay_by_wallet(self, doing: "_Doing") -> None:
        """All that is owed, in the command that settles it."""
        self.paid_fiat = self.opened.fiat_amount
        self._settle(doing.time_ns, self.opened.atoms, Ending.PAID_BY_WALLET)

    def _undo(self, doing: "_Doing") -> None:
        if doing.time_ns >= self.opened.pay_due_ns:
            raise Impossible(doing.sequence, "the time to pay had passed when the payment was undone")
        self.state, self.paid_fiat = OrderState.OPEN, None

    def _release(self, doing: "_Doing") -> None:
        self._settle(doing.time_ns, self.opened.atoms, Ending.RELEASED)

    def _cancel(self, doing: "_Doing") -> None:
        self._settle(doing.time_ns, 0, Ending.CANCELLED)

    def _ask(self, doing: "_Doing") -> None:
        if self.cancel_asked:
            raise Impossible(doing.sequence, "a cancel was asked for already")
        self.cancel_asked = True

    def _refuse(self, doing: "_Doing") -> None:
        if not self.cancel_asked:
            raise Impossible(doing.sequence, "a cancel is refused that nobody asked for")
        self.cancel_asked = False

    def _appeal(self, doing: "_Doing") -> None:
        self._dispute(doing.time_ns, doing.by, doing.command.ground)
        if doing.command.evidence_hash:
            self.spoke |= _SPOKE[doing.by]

    def _evidence(self, doing: "_Doing") -> None:
        if doing.time_ns < self.evidence_due_ns:
            self.spoke |= _SPOKE[doing.by]

    def _withdraw(self, doing: "_Doing") -> None:
        owner = Party.BUYER if self.appealed_by == Party.CLOCK else self.appealed_by
        if doing.by != owner:
            raise Impossible(doing.sequence, f"the {doing.by.name.lower()} withdraws what the other side appealed")
        if self.opened.relocks:
            kept = self.opened.atoms if self.opened.holder == Party.BUYER else 0
            self._settle(doing.time_ns, kept, Ending.CANCELLED)
            return
        self.state = OrderState.PAID
        self.release_due_ns = doing.time_ns + self.opened.terms.release_ns

    def _offer(self, doing: "_Doing") -> None:
        self.offers[doing.by] = self._share(doing)
        if len(self.offers) == len(_SPOKE) and len(set(self.offers.values())) == 1:
            self._settle(doing.time_ns, doing.command.buyer_atoms, Ending.AGREED)

    def _decide(self, doing: "_Doing") -> None:
        self._settle(doing.time_ns, self._share(doing), Ending.DECIDED)
        self.at_fault = Party(doing.command.at_fault)
        if self.at_fault:
            self._slash(self.at_fault)

    def _share(self, doing: "_Doing") -> int:
        atoms: int = doing.command.buyer_atoms
        if not 0 <= atoms <= self.opened.atoms:
            raise Impossible(doing.sequence, f"{atoms} atoms for the buyer, of {self.opened.atoms} in escrow")
        return atoms

    def _claim(self, doing: "_Doing") -> None:
        if doing.time_ns >= self.ended_ns + self.opened.terms.aftermath_ns:
            raise Impossible(doing.sequence, "the order had ended too long ago to be claimed")
        if self.claim is not None or self.relocked_by or self.opened.relocks:
            raise Impossible(doing.sequence, "it is claimed, or was locked again, already")
        self.claim = Claim(doing.by, doing.command.ground)

    def _refuse_claim(self, doing: "_Doing") -> None:
        if self.claim is None:
            raise Impossible(doing.sequence, "a claim is refused that nobody made")
        self.claim = None


class _Doing(NamedTuple):
    sequence: int
    time_ns: int
    by: Party
    command: Any


_OBEYS: dict[type, tuple[Act, Callable[[Life, _Doing], None]]] = {
    p2p.MarkPaid: (Act.PAY, Life._pay),
    p2p.PayEscrow: (Act.PAY_BY_WALLET, Life._pay_by_wallet),
    p2p.UndoPaid: (Act.UNDO_PAY, Life._undo),
    p2p.ReleaseEscrow: (Act.RELEASE, Life._release),
    p2p.CancelEscrow: (Act.CANCEL, Life._cancel),
    p2p.AskCancel: (Act.ASK_CANCEL, Life._ask),
    p2p.RefuseCancel: (Act.REFUSE_CANCEL, Life._refuse),
    p2p.OpenAppeal: (Act.APPEAL, Life._appeal),
    p2p.SubmitEvidence: (Act.EVIDENCE, Life._evidence),
    p2p.WithdrawAppeal: (Act.WITHDRAW_APPEAL, Life._withdraw),
    p2p.OfferSplit: (Act.OFFER_SPLIT, Life._offer),
    p2p.DecideDispute: (Act.DECIDE, Life._decide),
    p2p.RefuseClaim: (Act.REFUSE_CLAIM, Life._refuse_claim),
}
_NOT_BY_WALLET = (Act.PAY, Act.APPEAL, Act.CLAIM)
_ARBITERS = (Act.DECIDE, Act.REFUSE_CLAIM)
