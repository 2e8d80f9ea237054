"""Payments to and from wallets that were holds or allowances: all that was asked, so that who got one can give it back.

A refund of such a payment says what was asked for (docs/rules/currency.md, "Refunds"). The newest are kept; of older
ones the journal knows.
"""

import msgspec

from venus.records.commands import PlainCommand, client_digest, encode_cold
from venus.records.events import Event, EventKind
from venus.records.holds import CreateHold, ExecuteHold, TransferAuthorized, TransferFrom
from venus.views.currency_questions import PaymentAnswer

PAYMENTS_KEPT = 1 << 14
_UNKNOWN = PaymentAnswer(b"", b"", 0)


class BoundPayments(msgspec.Struct):
    """The fold; who calls it says that a wallet has part in the event."""

    holds: dict[int, bytes] = {}
    """CreateHold, encoded, by the hold's number; those that are open."""
    payments: dict[str, PaymentAnswer] = {}
    """By the digest of the payment's reference in hex; the oldest first."""

    def fold(self, event: Event, command: PlainCommand | None) -> None:
        match command:
            case CreateHold() if event.kind == EventKind.HOLD_CREATED:
                self.holds[event.order_id] = encode_cold(command)
            case ExecuteHold() if event.kind == EventKind.HOLD_EXECUTED:
                self._keep(command, self.holds.get(event.order_id, b""), event)
            case TransferFrom() | TransferAuthorized() if event.kind in (
                EventKind.SPENT,
                EventKind.TRANSFER_AUTHORIZED,
            ):
                self._keep(command, b"", event)
        if event.kind in (EventKind.HOLD_EXECUTED, EventKind.HOLD_RELEASED) and event.remaining_lots == 0:
            self.holds.pop(event.order_id, None)

    def answer(self, hi: int, lo: int) -> PaymentAnswer:
        return self.payments.get(_key(hi, lo), _UNKNOWN)

    def _keep(self, command: PlainCommand, hold: bytes, event: Event) -> None:
        answer = PaymentAnswer(encode_cold(command), hold, event.account)
        self.payments[_key(*client_digest(command.reference))] = answer
        if len(self.payments) > PAYMENTS_KEPT:
            del self.payments[next(iter(self.payments))]


def _key(hi: int, lo: int) -> str:
    return f"{hi % 2**64:016x}{lo % 2**64:016x}"


FOLDED = frozenset(
    {
        EventKind.HOLD_CREATED,
        EventKind.HOLD_EXECUTED,
        EventKind.HOLD_RELEASED,
        EventKind.SPENT,
        EventKind.TRANSFER_AUTHORIZED,
    }
)
