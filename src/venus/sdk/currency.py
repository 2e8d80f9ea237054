"""What anybody may read of a central bank's currency, and what seats of its institutions propose.

Source: docs/rules/currency.md, approvals.md. Amounts are decimal text in the currency's units.
"""

from decimal import Decimal
from typing import Any

from venus.records.approvals import reading_of
from venus.records.coins import EnforceOrder, LawfulKind
from venus.records.currency import (
    AdmitOperator,
    AdoptRegime,
    GrantReserves,
    IssueCurrency,
    MoveWallets,
    OrderOverCurrency,
    PostInterest,
    RedeemCurrency,
    RegisterCurrency,
    SetQuota,
    UnsealIdentity,
    WithdrawReserves,
)
from venus.records.purses import SetPurseTerms
from venus.sdk.connection import Connection
from venus.sdk.official import Official, Proposal
from venus.sdk.roles import GivesOrders
from venus.units import OffGrid, steps

BASE = "/currency/v1"


class CurrencyFacts:
    """Answers are as the door gives them: objects with amounts in decimal text and times in milliseconds."""

    connection: Connection

    def currencies(self) -> list[dict[str, Any]]:
        return self._read_currency("currencies")

    def currency(self, code: str) -> dict[str, Any]:
        """Raises LookupError."""
        for one in self.currencies():
            if one["currency"] == code:
                return one
        raise LookupError(f"there is no currency {code!r}")

    def operators(self, code: str) -> list[dict[str, Any]]:
        """Quotas, what is outstanding, reserves."""
        return self._read_currency("operators", currency=code)

    def operator(self, code: str, name: str) -> dict[str, Any]:
        """By its institution's name; raises LookupError."""
        for one in self.operators(code):
            if one["name"] == name:
                return one
        raise LookupError(f"{code} has no operator {name!r}")

    def regimes(self, code: str) -> list[dict[str, Any]]:
        """What wallets of each class may hold and pay: now, and in what was adopted for later."""
        return self._read_currency("regimes", currency=code)

    def purse_terms(self, code: str) -> list[dict[str, Any]]:
        """What each operator's purses may hold and pay, and the key that signs for them."""
        return self._read_currency("purseTerms", currency=code)

    def caught_purses(self) -> list[int]:
        """Purses that paid twice: no device should take them."""
        return self._read_currency("purses/caught")

    def lawful_orders(self, code: str | None = None) -> dict[str, Any]:
        """Orders over currencies, the newest first, and their counts."""
        return dict(self._read_currency("lawfulOrders", currency=code))

    def request(self, request: str) -> dict[str, Any]:
        """A payment request, as whoever has its id may see it."""
        return dict(self.connection.ask("GET", f"{BASE}/requests/one", requestId=request))

    def request_code(self, request: str) -> dict[str, Any]:
        """Its QR code: the text that is in it, and SVG."""
        return dict(self.connection.ask("GET", f"{BASE}/requests/code", requestId=request))

    def atoms_of(self, code: str, amount: str | Decimal) -> tuple[int, int]:
        """The currency's asset, and an exact amount of it in atoms; raises ValueError, LookupError."""
        known = self.currency(code)
        try:
            return int(known["asset"]), steps(str(amount), int(known["scale"]))
        except OffGrid:
            raise ValueError(f"{amount} is no amount of {code}, which has {known['scale']} decimals") from None

    def _read_currency(self, path: str, **params: object) -> Any:
        return self.connection.ask("GET", f"{BASE}/{path}", **params)


class CurrencyPublic(CurrencyFacts):
    """Nobody in particular."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class CurrencySeat(CurrencyFacts, Official):
    """A seat of any institution of a currency: approves, and reads whose a wallet is once the journal allows it."""

    base = BASE

    def identity(self, wallet: int) -> dict[str, Any]:
        """Who holds a wallet that was unsealed; each reading is written down, and the holder is told."""
        path = f"{BASE}/identities"
        signature = self._signed(reading_of(path, str(wallet)))
        return dict(self.connection.ask("GET", path, wallet=wallet, **signature))


class CentralBank(CurrencySeat):
    """Admits operators, sets their quotas, gives reserves, issues against them, adopts regimes, posts interest."""

    def register(self, command: RegisterCurrency) -> Proposal:
        return self.propose(command)

    def admit(
        self,
        code: str,
        institution: str,
        quota: str,
        *,
        treasury_account: int,
        reserve_account: int,
        reference: str = "",
    ) -> Proposal:
        asset, atoms = self.atoms_of(code, quota)
        return self.propose(
            AdmitOperator(
                reference=reference or self.reference("admit"),
                currency=asset,
                institution=self.institution(institution),
                treasury_account=treasury_account,
                reserve_account=reserve_account,
                quota_atoms=atoms,
            )
        )

    def set_quota(self, code: str, operator: str, quota: str, reference: str = "") -> Proposal:
        asset, atoms = self.atoms_of(code, quota)
        number, reference = self._operator(code, operator), reference or self.reference("quota")
        return self.propose(SetQuota(reference=reference, currency=asset, operator=number, quota_atoms=atoms))

    def grant_reserves(self, code: str, operator: str, amount: str, reference: str = "") -> Proposal:
        asset, atoms = self.atoms_of(code, amount)
        number, reference = self._operator(code, operator), reference or self.reference("grant")
        return self.propose(GrantReserves(reference=reference, currency=asset, operator=number, atoms=atoms))

    def withdraw_reserves(self, code: str, operator: str, amount: str, reference: str = "") -> Proposal:
        asset, atoms = self.atoms_of(code, amount)
        number, reference = self._operator(code, operator), reference or self.reference("withdraw")
        return self.propose(WithdrawReserves(reference=reference, currency=asset, operator=number, atoms=atoms))

    def issue(self, code: str, operator: str, amount: str, reference: str = "") -> Proposal:
        """The operator approves it too."""
        asset, atoms = self.atoms_of(code, amount)
        number, reference = self._operator(code, operator), reference or self.reference("issue")
        return self.propose(IssueCurrency(reference=reference, currency=asset, operator=number, atoms=atoms))

    def adopt_regime(self, command: AdoptRegime) -> Proposal:
        return self.propose(command)

    def post_interest(self, code: str, reference: str = "") -> Proposal:
        """What every wallet earned until now; it is credited some wallets at a time, while payments go on."""
        asset, _ = self.atoms_of(code, "0")
        return self.propose(PostInterest(reference=reference or self.reference("interest"), currency=asset))

    def move_wallets(self, code: str, from_operator: str, to_operator: str, reference: str = "") -> Proposal:
        """All wallets of an operator that failed; the one that takes them over approves it too."""
        asset, _ = self.atoms_of(code, "0")
        return self.propose(
            MoveWallets(
                reference=reference or self.reference("move"),
                currency=asset,
                from_operator=self._operator(code, from_operator),
                to_operator=self._operator(code, to_operator),
            )
        )

    def enforce(self, order: int, reference: str = "") -> Proposal:
        """Let a lawful order take what came in since; the authority that gave it may, too."""
        return self.propose(EnforceOrder(reference=reference or self.reference("enforce"), order=order))

    def _operator(self, code: str, name: str) -> int:
        return int(self.operator(code, name)["operator"])


class CurrencyAuthority(CurrencySeat, GivesOrders):
    """Orders over currency of an account; a seat of a second institution approves each."""

    def freeze(
        self, code: str, account: int, amount: str, *, second: str, basis: str, expires_ns: int, reference: str = ""
    ) -> Proposal:
        terms = (second, basis, expires_ns)
        return self._order(LawfulKind.FREEZE, code, account, amount, *terms, to_account=0, reference=reference)

    def seize(
        self,
        code: str,
        account: int,
        amount: str,
        to_account: int,
        *,
        second: str,
        basis: str,
        expires_ns: int,
        frozen_by: int = 0,
        reference: str = "",
    ) -> Proposal:
        """To an account of the house, or to a wallet: a court's, or of who was robbed. No limit stops it."""
        terms = (second, basis, expires_ns)
        return self._order(
            *(LawfulKind.SEIZE, code, account, amount, *terms),
            to_account=to_account,
            frozen_by=frozen_by,
            reference=reference,
        )

    def enforce(self, order: int, reference: str = "") -> Proposal:
        """Let an order of one's own take what came in since."""
        return self.propose(EnforceOrder(reference=reference or self.reference("enforce"), order=order))

    def _order(
        self,
        kind: LawfulKind,
        code: str,
        account: int,
        amount: str,
        second: str,
        basis: str,
        expires_ns: int,
        *,
        to_account: int,
        frozen_by: int = 0,
        reference: str,
    ) -> Proposal:
        asset, atoms = self.atoms_of(code, amount)
        return self.propose(
            OrderOverCurrency(
                reference=reference or self.reference(kind.name.lower()),
                order_kind=int(kind),
                currency=asset,
                account=account,
                atoms=atoms,
                to_account=to_account,
                frozen_by=frozen_by,
                authority=self.number,
                second=self.institution(second),
                basis=basis,
                expires_ns=expires_ns,
            )
        )


class OperatorSeat(CurrencySeat):
    """Redeems, offers purses, asks for a wallet's holder to be unsealed; approves issues and takeovers."""

    def redeem(self, code: str, amount: str, reference: str = "") -> Proposal:
        asset, atoms = self.atoms_of(code, amount)
        number, reference = self._own(code), reference or self.reference("redeem")
        return self.propose(RedeemCurrency(reference=reference, currency=asset, operator=number, atoms=atoms))

    def offer_purses(
        self,
        code: str,
        key: bytes,
        *,
        holds_max: str,
        payment_max: str,
        guarantee: str,
        life_ns_max: int,
        claim_ns: int,
        reference: str = "",
    ) -> Proposal:
        """What one's purses may be from now on; the central bank approves it too.

        key        Ed25519, public, 32 bytes: of whom openings and certificates are signed
        guarantee  what one answers for, a purse, if its device pays twice
        claim_ns   from a purse's end on, how long it is still settled
        """
        asset, holds_atoms_max = self.atoms_of(code, holds_max)
        return self.propose(
            SetPurseTerms(
                reference=reference or self.reference("purses"),
                currency=asset,
                operator=self._own(code),
                key=key,
                holds_atoms_max=holds_atoms_max,
                payment_atoms_max=self.atoms_of(code, payment_max)[1],
                guarantee_atoms=self.atoms_of(code, guarantee)[1],
                life_ns_max=life_ns_max,
                claim_ns=claim_ns,
            )
        )

    def unseal(
        self, code: str, wallet: int, authority: str, basis: str, *, shown_after_ns: int, reference: str = ""
    ) -> Proposal:
        """A seat of the authority approves it too. shown_after_ns: how long the holder is not told."""
        asset, _ = self.atoms_of(code, "0")
        return self.propose(
            UnsealIdentity(
                reference=reference or self.reference("unseal"),
                currency=asset,
                operator=self._own(code),
                account=wallet,
                authority=self.institution(authority),
                basis=basis,
                shown_after_ns=shown_after_ns,
            )
        )

    def _own(self, code: str) -> int:
        for one in self.operators(code):
            if one["institution"] == self.number:
                return int(one["operator"])
        raise LookupError(f"institution {self.number} is no operator of {code}")
