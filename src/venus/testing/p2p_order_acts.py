"""What buyers, sellers and arbiters do with orders between people, one act at a time, mostly in turn."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from venus.records import p2p
from venus.records.commands import FreezeAccount, PlainCommand, UnfreezeAccount
from venus.records.events import Event, EventKind
from venus.records.p2p_states import CancelReason, Ground, OrderState
from venus.testing.holder_acts import PERSON_FIRST

_OPEN, _PAID, _DISPUTED, _COMPLETED, _CANCELLED = OrderState
_BECOMES = {
    EventKind.ESCROW_PAID: _PAID,
    EventKind.ESCROW_UNPAID: _OPEN,
    EventKind.DISPUTE_OPENED: _DISPUTED,
    EventKind.DISPUTE_WITHDRAWN: _PAID,
    EventKind.ESCROW_COMPLETED: _COMPLETED,
    EventKind.ESCROW_CANCELLED: _CANCELLED,
}
_HASH = b"h" * 32
_TRADERS = 6
_REMEMBERED = 12


@dataclass(slots=True)
class Order:
    buyer: int
    seller: int
    asset: int
    atoms: int
    state: OrderState = _OPEN
    claimed: bool = False
    relocks: bool = False


class OrderActs(ABC):
    """It knows orders and their states, as events told them."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._references = 0
        self._orders: dict[int, Order] = {}
        self._offered: dict[int, int] = {}

    def _reference(self) -> str:
        self._references += 1
        return f"market {self._references}"

    def _trader(self) -> int:
        return PERSON_FIRST + self._random.randrange(_TRADERS)

    def learn(self, event: Event) -> None:
        orders, number = self._orders, event.order_id
        match event.kind:
            case EventKind.ESCROW_OPENED:
                sides = (event.account, event.maker_account)
                orders[number] = Order(*(sides if event.side == 0 else sides[::-1]), event.symbol, event.quantity_lots)
            case EventKind.ESCROW_RELOCKED if old := orders.get(event.maker_order_id):
                orders[number] = Order(old.buyer, old.seller, old.asset, event.quantity_lots, _DISPUTED, relocks=True)
                old.claimed = False
            case EventKind.CLAIM_MADE | EventKind.CLAIM_REFUSED if order := orders.get(number):
                order.claimed = event.kind == EventKind.CLAIM_MADE
            case EventKind.SPLIT_OFFERED:
                self._offered[number] = event.quantity_lots
            case kind if kind in _BECOMES and number in orders:
                order = orders[number]
                if not (order.relocks and kind == EventKind.DISPUTE_WITHDRAWN):
                    order.state = _BECOMES[EventKind(kind)]

    def _of_escrow(self, time_ns: int) -> PlainCommand:
        """What may come next, or not."""
        random = self._random
        number, order = 1, Order(PERSON_FIRST, PERSON_FIRST + 1, 2, 1)
        if random.random() < 0.98:
            latest = list(self._orders.items())[-_REMEMBERED:]
            live = [one for one in latest if one[1].state in (_OPEN, _PAID, _DISPUTED)]
            if len(live) < 2 and random.random() < 0.6:
                return self._take(time_ns)
            if latest:
                number, order = random.choice(live if live and random.random() < 0.8 else latest)
        acts = self._acts(number, order)
        if random.random() < 0.08:
            acts = {
                act: 1 for state in OrderState for act in self._acts(number, Order(0, 0, 0, 1, state, claimed=True))
            }
        [act] = random.choices(list(acts), list(acts.values()))
        return act(number, order)

    @abstractmethod
    def _take(self, time_ns: int) -> PlainCommand:
        """Open one more."""

    def _acts(self, number: int, order: Order) -> dict[Callable[[int, Order], PlainCommand], int]:
        match order.state:
            case OrderState.OPEN:
                return {self._mark_paid: 9, self._cancel: 1, self._ask_cancel: 2, self._refuse_cancel: 1}
            case OrderState.PAID:
                return {
                    self._release: 3,
                    self._undo_paid: 2,
                    self._cancel: 1,
                    self._ask_cancel: 1,
                    self._refuse_cancel: 1,
                    self._appeal: 5,
                }
            case OrderState.DISPUTED:
                return {
                    self._evidence: 4,
                    self._withdraw: 2,
                    self._offer_split: 4,
                    self._decide: 3,
                    self._release: 1,
                    self._cancel: 1,
                }
            case _ if order.claimed:
                return {self._relock: 4, self._refuse_claim: 2, self._appeal: 1}
            case _:
                return {self._appeal: 1}

    def _either(self, order: Order, usual: int | None = None) -> int:
        """A side of it; or, seldom, somebody else."""
        random = self._random
        sides = [order.buyer, order.seller] if usual is None else [usual]
        return random.choice([*sides * 12, order.buyer, order.seller, self._trader()])

    def _hash(self) -> bytes:
        return self._random.choice([b"", _HASH])

    def _mark_paid(self, number: int, order: Order) -> PlainCommand:
        return p2p.MarkPaid(
            reference=self._reference(),
            order=number,
            account=self._either(order, order.buyer),
            fiat=self._random.choice([0, 100, 10**6]),
            proof_hash=self._hash(),
            chat=self._hash(),
        )

    def _undo_paid(self, number: int, order: Order) -> PlainCommand:
        account = self._either(order, order.buyer)
        return p2p.UndoPaid(reference=self._reference(), order=number, account=account, chat=self._hash())

    def _release(self, number: int, order: Order) -> PlainCommand:
        account = self._either(order, order.seller)
        return p2p.ReleaseEscrow(reference=self._reference(), order=number, account=account, chat=self._hash())

    def _cancel(self, number: int, order: Order) -> PlainCommand:
        return p2p.CancelEscrow(
            reference=self._reference(),
            order=number,
            account=self._either(order, order.buyer),
            reason=self._random.choice(list(CancelReason)),
            chat=self._hash(),
        )

    def _ask_cancel(self, number: int, order: Order) -> PlainCommand:
        return p2p.AskCancel(
            reference=self._reference(),
            order=number,
            account=self._either(order, order.seller),
            reason=self._random.choice(list(CancelReason)),
            chat=self._hash(),
        )

    def _refuse_cancel(self, number: int, order: Order) -> PlainCommand:
        return p2p.RefuseCancel(
            reference=self._reference(),
            order=number,
            account=self._either(order, order.buyer),
            proof_hash=self._hash(),
            chat=self._hash(),
        )

    def _appeal(self, number: int, order: Order) -> PlainCommand:
        return p2p.OpenAppeal(
            reference=self._reference(),
            order=number,
            account=self._either(order),
            ground=self._random.choice(list(Ground)),
            evidence_hash=self._hash(),
            chat=self._hash(),
        )

    def _evidence(self, number: int, order: Order) -> PlainCommand:
        return p2p.SubmitEvidence(
            reference=self._reference(),
            order=number,
            account=self._either(order),
            evidence_hash=_HASH,
            chat=self._hash(),
        )

    def _withdraw(self, number: int, order: Order) -> PlainCommand:
        account = self._either(order)
        return p2p.WithdrawAppeal(reference=self._reference(), order=number, account=account, chat=self._hash())

    def _some_atoms(self, number: int, order: Order) -> int:
        random = self._random
        return random.choice(
            [self._offered.get(number, order.atoms // 2)] * 4 + [0, 0, 1, order.atoms, order.atoms + 1]
        )

    def _offer_split(self, number: int, order: Order) -> PlainCommand:
        return p2p.OfferSplit(
            reference=self._reference(),
            order=number,
            account=self._either(order),
            buyer_atoms=self._some_atoms(number, order),
            chat=self._hash(),
        )

    def _decide(self, number: int, order: Order) -> PlainCommand:
        return p2p.DecideDispute(
            reference=self._reference(),
            order=number,
            buyer_atoms=self._some_atoms(number, order),
            at_fault=self._random.choice([0, 1, 1, 2, 2, 3] if self._random.random() < 0.3 else [0, 1, 2]),
            grounds_hash=_HASH,
            chat=self._hash(),
        )

    def _relock(self, number: int, order: Order) -> PlainCommand:
        return p2p.RelockEscrow(reference=self._reference(), order=number)

    def _refuse_claim(self, number: int, order: Order) -> PlainCommand:
        return p2p.RefuseClaim(reference=self._reference(), order=number, grounds_hash=_HASH)

    def _freeze(self, time_ns: int) -> PlainCommand:
        """Mostly a trader with an order, and mostly not for long."""
        random, account = self._random, self._trader()
        if self._orders and random.random() < 0.7:
            account = random.choice(list(self._orders.values())[-4:]).seller
        if random.random() < 0.55:
            return UnfreezeAccount(reference=self._reference(), account=account)
        until_ns = time_ns + random.choice([60, 60, 3_600]) * 10**9
        return FreezeAccount(reference=self._reference(), account=account, until_ns=until_ns)
