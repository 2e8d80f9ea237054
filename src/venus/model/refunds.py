"""Payments that were no TRANSFER go back to who made them. Source: docs/rules/currency.md, "Refunds"."""

from hashlib import sha256
from typing import NamedTuple

import msgspec

from venus.model.events import event
from venus.model.issuance import Came, Issuance, amount_refusal
from venus.model.ledger import Ledger
from venus.model.transfers import Applied, Transfers
from venus.model.wallets import Asks, Wallets
from venus.records.commands import ColdCommand, client_digest, decode_cold
from venus.records.currency import RefundPayment
from venus.records.events import EventKind
from venus.records.holds import CreateHold, ExecuteHold, TransferAuthorized, TransferFrom
from venus.records.rejects import Reject

BYTES_MAX = 4_096
HOW = Asks.LIMITS | Asks.FREE | Asks.BANKS


class Payment(NamedTuple):
    payer: int
    payee: int
    asset: int
    atoms: int


class Refunds:
    def __init__(self, ledger: Ledger, transfers: Transfers, issuance: Issuance, wallets: Wallets) -> None:
        self._ledger = ledger
        self._references = transfers.references
        self._issuance = issuance
        self._wallets = wallets

    def run(self, sequence: int, command: RefundPayment) -> Came:
        ledger, atoms = self._ledger, command.atoms
        if not ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if reason := amount_refusal(atoms):
            return reason
        if len(command.payment) > BYTES_MAX or len(command.hold) > BYTES_MAX:
            return Reject.INVALID_COMMAND
        payment = self._payment(command)
        if payment is None or payment.payee != command.account:
            return Reject.UNKNOWN_PAYMENT
        made = self._references[client_digest(decode_cold(command.payment).reference)]
        if made.result + atoms > payment.atoms:
            return Reject.REFUND_TOO_LARGE
        payer, payee, asset, _ = payment
        between_wallets = self._wallets.concerns(payee, payer)
        if between_wallets:
            reason = self._wallets.refusal(payee, payer, asset, atoms, HOW)
        elif ledger.accounts[payee].frozen:
            reason = Reject.ACCOUNT_FROZEN
        else:
            reason = Reject.INSUFFICIENT_FREE if ledger.free[payee, asset] < atoms else Reject.NONE
        if reason:
            return reason
        self._references[client_digest(decode_cold(command.payment).reference)] = made._replace(
            result=made.result + atoms
        )
        if between_wallets:
            happened = self._wallets.pay(sequence, payee, payer, asset, atoms, HOW)
        else:
            happened = [self._issuance.pay(sequence, payee, payer, asset, atoms)]
        told = event(
            EventKind.REFUNDED,
            sequence,
            order_id=made.sequence,
            account=payee,
            maker_account=payer,
            symbol=asset,
            quantity_lots=atoms,
            remaining_lots=payment.atoms - made.result - atoms,
        )
        return 0, [*happened, told]

    def _payment(self, command: RefundPayment) -> Payment | None:
        """Who paid whom how much, if the references bear out that it was so."""
        paid = self._applied(command.payment)
        if paid is None:
            return None
        payment = paid[0]
        if isinstance(payment, TransferFrom | TransferAuthorized):
            parties = (payment.account, payment.to_account, payment.asset)
            return Payment(*parties, payment.atoms) if command.hold == b"" else None
        created = self._applied(command.hold)
        if not isinstance(payment, ExecuteHold) or created is None:
            return None
        hold, reference = created
        if not isinstance(hold, CreateHold) or reference.result != payment.hold:
            return None
        return Payment(hold.account, hold.target, hold.asset, payment.atoms)

    def _applied(self, encoded: bytes) -> tuple[ColdCommand, Applied] | None:
        try:
            command = decode_cold(encoded)
        except msgspec.MsgspecError:
            return None
        reference = self._references.get(client_digest(command.reference))
        if reference is None or reference.body != sha256(encoded).digest():
            return None
        return command, reference
