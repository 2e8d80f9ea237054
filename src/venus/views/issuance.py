"""Supply, reserves, queues, lawful orders and who sits where, folded from events and the commands that caused them.

The core is never looked at: what is told here is what the journal says, and anybody can fold it again.
Source: docs/rules/events.md, docs/rules/issuance.md.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from venus.records import coins, institutions
from venus.records.approvals import exchange_digest
from venus.records.batch import Batch
from venus.records.commands import PlainCommand
from venus.records.currency import OrderOverCurrency
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.records.institutions import InstitutionTerms, SeatTerms
from venus.views.issuance_questions import (
    Answer,
    Coin,
    CoinsAnswer,
    CoinsQuestion,
    Institution,
    InstitutionsAnswer,
    InstitutionsQuestion,
    LawfulCount,
    LawfulOrder,
    LawfulOrdersAnswer,
    LedgerAnswer,
    LedgerQuestion,
    Minter,
    Question,
    QueueAnswer,
    QueueQuestion,
    Receipt,
    Redemption,
    Reserve,
    ReservesAnswer,
    ReservesQuestion,
    Seat,
)

_FIRST_KIND, _LAST_KIND = EventKind.EXCHANGE_FOUNDED, EventKind.LAWFUL_THAWED
_replace = msgspec.structs.replace


class _Facts(msgspec.Struct):
    """All state; rows are frozen and replaced whole."""

    exchange: bytes
    relying_party: str
    page_origin: str
    controls: int
    institutions: list[Institution]
    coins: dict[int, Coin]
    reserves: list[Reserve]
    receipts: dict[int, Receipt]
    redemptions: dict[int, Redemption]
    orders: list[LawfulOrder]
    counts: dict[tuple[int, int], LawfulCount]  # by coin and kind
    version: int = 1  # grows with every change; from 1, also where a snapshot is older than it


def _no_facts() -> _Facts:
    return _Facts(
        exchange=b"",
        relying_party="",
        page_origin="",
        controls=-1,
        institutions=[],
        coins={},
        reserves=[],
        receipts={},
        redemptions={},
        orders=[],
        counts={},
    )


class Issuance:
    """The fold."""

    def __init__(self) -> None:
        self._facts = _no_facts()

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did. Most frames hold nothing of this view, which one look at their kinds tells."""
        kinds = batch.events["kind"]
        chosen = (kinds >= _FIRST_KIND) & (kinds <= _LAST_KIND) & (kinds != EventKind.HELD)
        if not chosen.any():
            return
        self._facts.version += 1
        for event in unpack_events(batch.events[chosen].tobytes()):
            if not event.flags & EventFlag.REPEATED:
                command = None if event.flags & EventFlag.TIMER else batch.cold
                _STEPS[event.kind](self, event, command, batch.time_ns)

    def answer(self, question: Question) -> Answer:
        facts = self._facts
        match question:
            case LedgerQuestion(known_version=known):
                return self._ledger(known)
            case InstitutionsQuestion():
                return self._who()
            case CoinsQuestion():
                return CoinsAnswer([coin for _, coin in sorted(facts.coins.items())])
            case ReservesQuestion(coin=coin):
                return ReservesAnswer(
                    [reserve for reserve in facts.reserves if reserve.coin == coin],
                    [receipt for _, receipt in sorted(facts.receipts.items()) if receipt.coin == coin],
                )
            case QueueQuestion(coin=coin):
                return QueueAnswer([one for _, one in sorted(facts.redemptions.items()) if one.coin == coin])
            case _:
                counts = [one for (coin, _), one in sorted(facts.counts.items()) if coin == question.coin]
                return LawfulOrdersAnswer([order for order in facts.orders if order.coin == question.coin], counts)

    def _who(self) -> InstitutionsAnswer:
        facts = self._facts
        places = (facts.exchange, facts.relying_party, facts.page_origin, facts.controls)
        return InstitutionsAnswer(*places, list(facts.institutions))

    def _ledger(self, known_version: int) -> LedgerAnswer:
        facts = self._facts
        if known_version == facts.version:
            return LedgerAnswer(facts.version, False, InstitutionsAnswer(b"", "", "", -1, []), [], [], [])
        coins_ = [coin for _, coin in sorted(facts.coins.items())]
        receipts = [receipt for _, receipt in sorted(facts.receipts.items())]
        return LedgerAnswer(facts.version, True, self._who(), coins_, list(facts.reserves), receipts)

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, as msgpack bytes."""
        return {"facts": np.frombuffer(msgspec.msgpack.encode(self._facts), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from."""
        self._facts = msgspec.msgpack.decode(arrays["facts"].tobytes(), type=_Facts)

    # Institutions

    def _founded(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, institutions.FoundExchange)
        facts = self._facts
        facts.exchange = exchange_digest(command.origin, command.relying_party, command.page_origin)
        facts.relying_party, facts.page_origin = command.relying_party, command.page_origin
        facts.institutions = [_institution(number, terms) for number, terms in enumerate(command.institutions)]

    def _institution_added(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, institutions.AddInstitution)
        self._facts.institutions.append(_institution(event.order_id, command.terms))

    def _seats_changed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        before = self._facts.institutions[event.order_id]
        seats = list(before.seats)
        if isinstance(command, institutions.SeatPerson):
            seats.append(_seat(command.terms))
        else:
            seats[event.maker_order_id] = _replace(seats[event.maker_order_id], revoked=True)
        self._facts.institutions[event.order_id] = _replace(before, seats=seats)

    def _quorum_set(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        number = event.order_id
        self._facts.institutions[number] = _replace(self._facts.institutions[number], quorum=event.quantity_lots)

    def _controls_adopted(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._facts.controls = event.order_id

    # Coins and their reserves

    def _coin_changed(self, number: int, **changed: Any) -> None:
        self._facts.coins[number] = _replace(self._facts.coins[number], **changed)

    def _registered(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.RegisterCoin)
        self._facts.coins[command.asset] = Coin(
            asset=command.asset,
            currency=command.currency,
            issuer=command.issuer,
            agent=command.agent,
            issue_account=command.issue_account,
            escrow_account=command.escrow_account,
            treasury_account=command.treasury_account,
            pack=None,
            paused=False,
            stop=0,
            supply_atoms=0,
            backing_atoms=0,
            minted_atoms=0,
            redeemed_atoms=0,
            burned_atoms=0,
            waiting_atoms=0,
            overdue_count=0,
            minters=[],
        )

    def _pack_adopted(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._coin_changed(event.symbol, pack=command)

    def _minter_set(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.SetMinter)
        minter = Minter(command.minter, command.cap_atoms, command.refill_atoms_a_day, event.remaining_lots, time_ns)
        self._put_minter(event.symbol, minter)

    def _put_minter(self, coin: int, minter: Minter) -> None:
        others = [one for one in self._facts.coins[coin].minters if one.institution != minter.institution]
        minters = sorted([*others, minter], key=lambda one: one.institution)
        self._coin_changed(coin, minters=minters)

    def _reserve_opened(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.OpenReserve) and event.order_id == len(self._facts.reserves)
        self._facts.reserves.append(
            Reserve(
                number=event.order_id,
                coin=command.coin,
                custodian=command.custodian,
                account=command.account,
                instrument=command.instrument,
                currency=command.currency,
                maturity_ns=command.maturity_ns,
                closed=False,
                atoms=0,
                attested_atoms=0,
                as_of_ns=-1,
                moved_ns=-1,
            )
        )

    def _reserve_changed(self, number: int, **changed: Any) -> None:
        self._facts.reserves[number] = _replace(self._facts.reserves[number], **changed)

    def _reserve_closed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._reserve_changed(event.order_id, closed=True)

    def _attested(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        atoms = event.quantity_lots
        self._reserve_changed(event.order_id, atoms=atoms, attested_atoms=atoms, as_of_ns=event.price_ticks)

    def _receipt_confirmed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.ConfirmReceipt)
        self._reserve_changed(event.maker_order_id, atoms=event.remaining_lots, moved_ns=time_ns)
        self._facts.receipts[event.order_id] = Receipt(
            number=event.order_id,
            coin=event.symbol,
            reserve=event.maker_order_id,
            account=event.account,
            atoms=event.quantity_lots,
            bank_reference=command.bank_reference,
            confirmed_ns=time_ns,
        )

    def _minted(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        del self._facts.receipts[event.order_id]
        coin, atoms = self._facts.coins[event.symbol], event.quantity_lots
        [minter] = [one for one in coin.minters if one.institution == event.maker_order_id]
        refilled = (time_ns - minter.since_ns) * minter.refill_atoms_a_day // coins.DAY_NS
        left = min(minter.cap_atoms, minter.left_atoms + refilled) - atoms
        self._put_minter(event.symbol, _replace(minter, left_atoms=left, since_ns=time_ns))
        self._coin_changed(event.symbol, supply_atoms=event.remaining_lots, minted_atoms=coin.minted_atoms + atoms)

    def _burned(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        burned = self._facts.coins[event.symbol].burned_atoms + event.quantity_lots
        self._coin_changed(event.symbol, supply_atoms=event.remaining_lots, burned_atoms=burned)

    def _paused(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._coin_changed(event.symbol, paused=bool(event.quantity_lots))

    def _backing_changed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._coin_changed(event.symbol, backing_atoms=event.quantity_lots)

    def _stop_changed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._coin_changed(event.symbol, stop=event.reason)

    def _nothing(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        """What this view tells nothing of."""

    # Redemptions

    def _requested(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.RequestRedemption)
        atoms = event.quantity_lots
        self._facts.redemptions[event.order_id] = Redemption(
            number=event.order_id,
            coin=event.symbol,
            account=event.account,
            asked_atoms=atoms,
            waiting_atoms=atoms,
            asked_ns=time_ns,
            deadline_ns=event.price_ticks,
            overdue=False,
            payee=command.payee,
        )
        self._coin_changed(event.symbol, waiting_atoms=self._facts.coins[event.symbol].waiting_atoms + atoms)

    def _paid(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        redemption, coin = self._facts.redemptions[event.order_id], self._facts.coins[event.symbol]
        self._coin_changed(
            event.symbol,
            waiting_atoms=coin.waiting_atoms - event.quantity_lots,
            redeemed_atoms=coin.redeemed_atoms + event.quantity_lots,
            overdue_count=coin.overdue_count - (redemption.overdue and event.remaining_lots == 0),
        )
        if event.remaining_lots:
            self._facts.redemptions[event.order_id] = _replace(redemption, waiting_atoms=event.remaining_lots)
        else:
            del self._facts.redemptions[event.order_id]

    def _withdrawn(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        """By its holder, or for a lawful order."""
        redemption, coin = self._facts.redemptions[event.order_id], self._facts.coins[event.symbol]
        self._coin_changed(
            event.symbol,
            waiting_atoms=coin.waiting_atoms - event.quantity_lots,
            overdue_count=coin.overdue_count - (redemption.overdue and event.remaining_lots == 0),
        )
        if event.remaining_lots:
            self._facts.redemptions[event.order_id] = _replace(redemption, waiting_atoms=event.remaining_lots)
        else:
            del self._facts.redemptions[event.order_id]

    def _payout_made(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._coin_changed(event.symbol, supply_atoms=event.remaining_lots)
        if event.order_id != coins.OWN_MONEY:
            self._reserve_changed(event.order_id, atoms=event.price_ticks, moved_ns=time_ns)

    def _overdue(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        redemption = self._facts.redemptions[event.order_id]
        self._facts.redemptions[event.order_id] = _replace(redemption, overdue=True)
        self._coin_changed(event.symbol, overdue_count=self._facts.coins[event.symbol].overdue_count + 1)

    # Lawful orders

    def _order_changed(self, number: int, **changed: Any) -> None:
        """A taking is told before the order itself: what is not there yet will be, with all that it took."""
        if number <= len(self._facts.orders):
            self._facts.orders[number - 1] = _replace(self._facts.orders[number - 1], **changed)

    def _count(self, event: Event, **more: int) -> None:
        key = event.symbol, event.side
        count = self._facts.counts.get(key) or LawfulCount(*key, 0, 0, 0, 0, 0)
        changed = {name: getattr(count, name) + added for name, added in more.items()}
        self._facts.counts[key] = _replace(count, **changed)

    def _ordered(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.OrderLawful | OrderOverCurrency)
        left = ("reference", "expires_ns", "coin", "currency")
        terms = {name: getattr(command, name) for name in command.__struct_fields__ if name not in left}
        is_freeze, is_over = command.order_kind == coins.LawfulKind.FREEZE, not event.remaining_lots
        fulfilled = is_over and not is_freeze
        self._facts.orders.append(
            LawfulOrder(
                number=event.order_id,
                coin=event.symbol,
                **terms,
                wanted_atoms=event.remaining_lots,
                frozen_atoms=command.atoms - event.remaining_lots if is_freeze else 0,
                ordered_ns=time_ns,
                expires_ns=command.expires_ns,
                end=coins.LawfulEnd.FULFILLED if fulfilled else coins.LawfulEnd.NONE,
                appealed=False,
                appeal="",
            )
        )
        self._count(event, ordered=1, in_force=1)

    def _taken(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._count(event, taken_atoms=event.quantity_lots)
        if event.order_id <= len(self._facts.orders):
            order = self._facts.orders[event.order_id - 1]
            frozen = order.frozen_atoms + (event.quantity_lots if order.order_kind == coins.LawfulKind.FREEZE else 0)
            self._order_changed(event.order_id, wanted_atoms=event.remaining_lots, frozen_atoms=frozen)

    def _thawed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        """A FREEZE gave part of what it holds to the order that takes it."""
        order = self._facts.orders[event.order_id - 1]
        self._order_changed(event.order_id, frozen_atoms=order.frozen_atoms - event.quantity_lots)

    def _ended(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._order_changed(event.order_id, end=event.reason, frozen_atoms=0)
        self._count(event, in_force=-1)

    def _appealed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.AppealOrder)
        self._order_changed(event.order_id, appealed=True, appeal=command.text)
        self._count(event, appeals=1)

    def _decided(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._order_changed(event.order_id, appealed=False)
        self._count(event, granted=event.quantity_lots)


def _institution(number: int, terms: InstitutionTerms) -> Institution:
    return Institution(number, terms.name, terms.duties, terms.quorum, [_seat(seat) for seat in terms.seats])


def _seat(terms: SeatTerms) -> Seat:
    return Seat(terms.person, terms.role, terms.scheme, terms.key, terms.from_ns, terms.until_ns, revoked=False)


_STEPS: dict[int, Callable[[Issuance, Event, PlainCommand | None, int], None]] = {
    EventKind.EXCHANGE_FOUNDED: Issuance._founded,
    EventKind.INSTITUTION_ADDED: Issuance._institution_added,
    EventKind.PERSON_SEATED: Issuance._seats_changed,
    EventKind.SEAT_REVOKED: Issuance._seats_changed,
    EventKind.QUORUM_SET: Issuance._quorum_set,
    EventKind.CONTROLS_ADOPTED: Issuance._controls_adopted,
    EventKind.CALENDAR_ADOPTED: Issuance._nothing,
    EventKind.COIN_REGISTERED: Issuance._registered,
    EventKind.PACK_ADOPTED: Issuance._pack_adopted,
    EventKind.RESERVE_OPENED: Issuance._reserve_opened,
    EventKind.RESERVE_CLOSED: Issuance._reserve_closed,
    EventKind.RESERVE_ATTESTED: Issuance._attested,
    EventKind.RECEIPT_CONFIRMED: Issuance._receipt_confirmed,
    EventKind.MINTER_SET: Issuance._minter_set,
    EventKind.MINTED: Issuance._minted,
    EventKind.BURNED: Issuance._burned,
    EventKind.MINTING_PAUSED: Issuance._paused,
    EventKind.REDEMPTION_REQUESTED: Issuance._requested,
    EventKind.REDEMPTION_PAID: Issuance._paid,
    EventKind.REDEMPTION_WITHDRAWN: Issuance._withdrawn,
    EventKind.REDEMPTIONS_PAID: Issuance._payout_made,
    EventKind.TREASURY_PAID: Issuance._nothing,
    EventKind.REDEMPTION_OVERDUE: Issuance._overdue,
    EventKind.BACKING_CHANGED: Issuance._backing_changed,
    EventKind.MINTING_STOPPED: Issuance._stop_changed,
    EventKind.MINTING_RESUMED: Issuance._stop_changed,
    EventKind.LAWFUL_ORDERED: Issuance._ordered,
    EventKind.LAWFUL_TAKEN: Issuance._taken,
    EventKind.LAWFUL_ENFORCED: Issuance._nothing,
    EventKind.LAWFUL_THAWED: Issuance._thawed,
    EventKind.LAWFUL_ENDED: Issuance._ended,
    EventKind.APPEALED: Issuance._appealed,
    EventKind.APPEAL_DECIDED: Issuance._decided,
}
