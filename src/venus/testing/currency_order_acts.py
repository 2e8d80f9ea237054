"""Lawful orders over a currency and what follows them; payments that were no TRANSFER given back, one act at a time."""

from random import Random

from venus.records import currency
from venus.records.coins import DAY_NS, AppealOrder, DecideAppeal, EnforceOrder, LawfulKind, LiftOrder
from venus.records.commands import PlainCommand, encode_cold
from venus.records.events import Event, EventKind
from venus.records.holds import CreateHold, ExecuteHold, TransferAuthorized, TransferFrom
from venus.testing.officials import CENTRAL_BANK, COURT, EAST, SUPERVISOR
from venus.testing.purse_acts import PurseActs

_Payment = TransferFrom | TransferAuthorized | ExecuteHold
ISSUE, RESERVE, BACKING, OFFLINE, TREASURY_FIRST = 2, 3, 4, 5, 6

WALLETS_FIRST = 14


def treasury(operator: int) -> int:
    return TREASURY_FIRST + 2 * operator


class OrderActs(PurseActs):
    """It knows whose currency was ordered over, the purposes that there are, and what was asked for lately."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._purposes: list[tuple[int, int]] = []  # number, holder
        self._ordered: list[int] = []  # whose currency, by the order's number
        self._givers: list[int] = []  # of purposes
        self._paid: list[_Payment] = []
        self._asked: PlainCommand | None = None  # the last
        self._hold_of: dict[int, CreateHold] = {}  # by the hold's number

    def learn(self, event: Event) -> None:
        super().learn(event)
        match event.kind:
            case EventKind.PURPOSE_BOUND:
                self._purposes.append((event.order_id, event.maker_account))
                self._givers.append(event.account)
            case EventKind.HOLD_CREATED if isinstance(self._asked, CreateHold) and not event.flags:
                self._hold_of[event.order_id] = self._asked
            case EventKind.SPENT | EventKind.TRANSFER_AUTHORIZED | EventKind.HOLD_EXECUTED if not event.flags:
                if isinstance(self._asked, _Payment):
                    self._paid.append(self._asked)
            case EventKind.LAWFUL_ORDERED:
                self._ordered.append(event.account)

    def noted(self, asked: PlainCommand) -> PlainCommand:
        """The same; what comes of it is told next."""
        self._asked = asked
        return asked

    def _give_back(self, time_ns: int) -> PlainCommand:
        """A payment that was no TRANSFER, mostly by who got it."""
        random, hold, payee, payment = self._random, b"", self._person(), b"nothing"
        if self._paid and random.random() < 0.95:
            paid = random.choice(self._paid[-5:])
            payment = encode_cold(paid)
            if not isinstance(paid, ExecuteHold):
                payee = paid.to_account if random.random() < 0.9 else payee
            elif created := self._hold_of.get(paid.hold):
                payee, hold = created.target, encode_cold(created) if random.random() < 0.9 else b""
        atoms = random.choice([0, 1, 20, 20, 40, 100, 10_000])
        return currency.RefundPayment(
            reference=self._reference(), account=payee, payment=payment, hold=hold, atoms=atoms
        )

    def _lawful(self, time_ns: int) -> PlainCommand:
        random = self._random
        kind = random.choice([*[LawfulKind.FREEZE, LawfulKind.SEIZE] * 5, LawfulKind.REISSUE])
        account, to, frozen_by = self._person(), 0, 0
        if self._ordered and random.random() < 0.5:
            frozen_by = random.randint(max(1, len(self._ordered) - 3), len(self._ordered))
            account = self._ordered[frozen_by - 1]
        elif self._givers and random.random() < 0.5:
            giver = random.choice(self._givers[-4:])
            account = account if giver < WALLETS_FIRST and random.random() < 0.8 else giver
        if kind != LawfulKind.FREEZE:
            to = random.choice([0, 0, self._person(), self._person(), BACKING])
        return currency.OrderOverCurrency(
            reference=self._reference(),
            order_kind=kind,
            currency=random.choice([0] * 15 + [1]),
            account=account,
            atoms=random.choice([0, *[100, 400, 400, 3_000, 20_000] * 3]),
            to_account=to,
            frozen_by=frozen_by if kind != LawfulKind.FREEZE else 0,
            authority=random.choice([COURT] * 20 + [SUPERVISOR, EAST, CENTRAL_BANK]),
            second=random.choice([EAST] * 15 + [COURT]),
            basis="case 9 of 2026",
            expires_ns=time_ns + random.choice([0, 1, 3 * DAY_NS, 367 * DAY_NS, *[90 * DAY_NS] * 16]),
        )

    def _of_order(self, time_ns: int) -> PlainCommand:
        """What follows an order: by the holder, the bank or the court."""
        random, reference, count = self._random, self._reference(), len(self._ordered)
        order = random.randint(max(1, count - 4), count + 1)
        if random.random() < 0.35:
            known = count and order <= count and random.random() < 0.9
            account = self._ordered[order - 1] if known else self._person()
            return AppealOrder(reference=reference, order=order, account=account, text="the wrong wallet")
        if random.random() < 0.5:
            return EnforceOrder(reference=reference, order=order)
        if random.random() < 0.7:
            return DecideAppeal(reference=reference, order=order, granted=random.choice([0, 1]))
        return LiftOrder(reference=reference, order=order)
