"""What each institution's people propose. Source: docs/rules/approvals.md, issuance.md, lawful_orders.md.

Amounts are decimal text in the coin's units. Each method proposes with this seat's approval and returns the proposal,
which is done once the others who must approve have.
"""

from collections.abc import Iterable

from venus.records.coins import (
    OWN_MONEY,
    AdoptPack,
    AttestReserve,
    Burn,
    CloseReserve,
    ConfirmReceipt,
    DecideAppeal,
    EnforceOrder,
    Instrument,
    LawfulKind,
    LiftOrder,
    Mint,
    OpenReserve,
    OrderLawful,
    PauseMinting,
    PayRedemptions,
    PayTreasury,
    SetMinter,
)
from venus.records.institutions import (
    AddInstitution,
    AdoptControls,
    Duty,
    InstitutionTerms,
    RevokeSeat,
    SeatPerson,
    SeatTerms,
    SetQuorum,
)
from venus.sdk.official import Official, Proposal


class Issuer(Official):
    """Mints on receipts, burns what it owns, pauses."""

    def receipts(self, coin: str) -> list[dict]:
        """That wait to be minted."""
        return self._read("receipts", coin)

    def mint(self, coin: str, receipt: int, reference: str = "") -> Proposal:
        """The whole of a receipt, at par, to the account that the funds came in for. Raises LookupError."""
        for row in self.receipts(coin):
            if row["receiptId"] == receipt:
                break
        else:
            raise LookupError(f"no receipt {receipt} of {coin} waits to be minted")
        return self.propose(
            Mint(
                reference=reference or f"mint:{coin}:{receipt}",
                coin=int(self.coin(coin)["asset"]),
                minter=self.number,
                receipt=receipt,
                account=int(row["account"]),
                atoms=int(row["atoms"]),
            )
        )

    def burn(self, coin: str, amount: str, reference: str = "") -> Proposal:
        """Out of the issuer's treasury."""
        asset, atoms = int(self.coin(coin)["asset"]), self.atoms(coin, amount)
        return self.propose(Burn(reference=reference or self.reference("burn"), coin=asset, atoms=atoms))

    def pay_treasury(self, coin: str, account: int, amount: str, reference: str = "") -> Proposal:
        """Coins out of the issuer's treasury to an account."""
        asset, atoms = int(self.coin(coin)["asset"]), self.atoms(coin, amount)
        reference = reference or self.reference("treasury")
        return self.propose(PayTreasury(reference=reference, coin=asset, asset=asset, account=account, atoms=atoms))

    def pause(self, coin: str, *, paused: bool, reference: str = "") -> Proposal:
        asset = int(self.coin(coin)["asset"])
        reference = reference or self.reference("pause")
        return self.propose(PauseMinting(reference=reference, coin=asset, paused=int(paused)))

    def open_reserve(
        self,
        coin: str,
        custodian: str,
        account: str,
        instrument: Instrument = Instrument.DEPOSIT,
        *,
        maturity_ns: int = 0,
        currency: str = "",
        reference: str = "",
    ) -> Proposal:
        """The custodian approves it too."""
        known = self.coin(coin)
        return self.propose(
            OpenReserve(
                reference=reference or self.reference("reserve"),
                coin=int(known["asset"]),
                custodian=self.institution(custodian),
                account=account,
                instrument=int(instrument),
                currency=currency or str(known["currency"]),
                maturity_ns=maturity_ns,
            )
        )

    def close_reserve(self, reserve: int, reference: str = "") -> Proposal:
        return self.propose(CloseReserve(reference=reference or self.reference("close"), reserve=reserve))

    def adopt_pack(self, pack: AdoptPack) -> Proposal:
        """The supervisor approves it too."""
        return self.propose(pack)

    def set_minter(self, coin: str, minter: str, cap: str, refill_a_day: str, reference: str = "") -> Proposal:
        """The supervisor approves it too."""
        return self.propose(
            SetMinter(
                reference=reference or self.reference("minter"),
                coin=int(self.coin(coin)["asset"]),
                minter=self.institution(minter),
                cap_atoms=self.atoms(coin, cap),
                refill_atoms_a_day=self.atoms(coin, refill_a_day),
            )
        )

    def enforce(self, order: int, reference: str = "") -> Proposal:
        """Let a lawful order take what came in since."""
        return self.propose(EnforceOrder(reference=reference or self.reference("enforce"), order=order))


class Custodian(Official):
    """Says what is there and what came in."""

    def receipts(self, coin: str) -> list[dict]:
        """That came in here and wait to be minted."""
        return self._read("receipts", coin)

    def attest(self, coin: str, reserve: int, amount: str, *, as_of_ns: int = 0, reference: str = "") -> Proposal:
        """as_of_ns 0: now, by the exchange's clock."""
        return self.propose(
            AttestReserve(
                reference=reference or self.reference("attest"),
                reserve=reserve,
                as_of_ns=as_of_ns or self.connection.now_ns(),
                atoms=self.atoms(coin, amount),
            )
        )

    def confirm(
        self, coin: str, reserve: int, account: int, amount: str, bank_reference: str, reference: str = ""
    ) -> Proposal:
        """Funds came in on a reserve for an account; the proposal's number is the receipt's, once it is done."""
        return self.propose(
            ConfirmReceipt(
                reference=reference or self.reference("receipt"),
                reserve=reserve,
                account=account,
                atoms=self.atoms(coin, amount),
                bank_reference=bank_reference,
            )
        )


class Agent(Official):
    """Pays redemptions, who waits longest first."""

    def payouts(self, coin: str) -> list[dict]:
        """The queue, with whom to pay."""
        return self._read("payouts", coin)

    def pay(
        self, coin: str, amount: str, bank_reference: str, *, reserve: int = OWN_MONEY, reference: str = ""
    ) -> Proposal:
        """So much was paid, out of a reserve or of the issuer's own money."""
        return self.propose(
            PayRedemptions(
                reference=reference or self.reference("pay"),
                coin=int(self.coin(coin)["asset"]),
                reserve=reserve,
                atoms=self.atoms(coin, amount),
                bank_reference=bank_reference,
            )
        )


class Supervisor(Official):
    """Institutions, seats and quorums; and it approves what issuers propose."""

    def add_institution(
        self, name: str, duties: Duty, seats: Iterable[SeatTerms], quorum: int = 2, reference: str = ""
    ) -> Proposal:
        terms = InstitutionTerms(name=name, duties=int(duties), quorum=quorum, seats=tuple(seats))
        return self.propose(AddInstitution(reference=reference or self.reference("institution"), terms=terms))

    def seat(self, institution: str, terms: SeatTerms, reference: str = "") -> Proposal:
        number = self.institution(institution)
        reference = reference or self.reference("seat")
        return self.propose(SeatPerson(reference=reference, institution=number, terms=terms))

    def revoke(self, institution: str, seat: int, reference: str = "") -> Proposal:
        number = self.institution(institution)
        return self.propose(RevokeSeat(reference=reference or self.reference("revoke"), institution=number, seat=seat))

    def set_quorum(self, institution: str, persons: int, reference: str = "") -> Proposal:
        number = self.institution(institution)
        reference = reference or self.reference("quorum")
        return self.propose(SetQuorum(reference=reference, institution=number, persons=persons))

    def adopt_controls(self, institution: str, reference: str = "") -> Proposal:
        number = self.institution(institution)
        return self.propose(AdoptControls(reference=reference or self.reference("controls"), institution=number))


class GivesOrders(Official):
    """Whoever gave lawful orders, over whatever they are."""

    def lift(self, order: int, reference: str = "") -> Proposal:
        return self.propose(LiftOrder(reference=reference or self.reference("lift"), order=order))

    def decide(self, order: int, *, granted: bool, reference: str = "") -> Proposal:
        """An appeal; granted lifts the order."""
        reference = reference or self.reference("decide")
        return self.propose(DecideAppeal(reference=reference, order=order, granted=int(granted)))


class Authority(GivesOrders):
    """Orders over coins of an account; a seat of a second institution approves each."""

    def freeze(
        self, coin: str, account: int, amount: str, *, second: str, basis: str, expires_ns: int, reference: str = ""
    ) -> Proposal:
        return self._order(LawfulKind.FREEZE, coin, account, amount, second, basis, expires_ns, reference=reference)

    def seize(
        self,
        coin: str,
        account: int,
        amount: str,
        to_account: int,
        *,
        second: str,
        basis: str,
        expires_ns: int,
        frozen_by: int = 0,
        reissue: bool = False,
        reference: str = "",
    ) -> Proposal:
        """To a house account; with `reissue` wiped and issued anew to any account."""
        kind = LawfulKind.REISSUE if reissue else LawfulKind.SEIZE
        return self._order(
            kind, coin, account, amount, second, basis, expires_ns, to_account, frozen_by, reference=reference
        )

    def _order(
        self,
        kind: LawfulKind,
        coin: str,
        account: int,
        amount: str,
        second: str,
        basis: str,
        expires_ns: int,
        to_account: int = 0,
        frozen_by: int = 0,
        *,
        reference: str,
    ) -> Proposal:
        return self.propose(
            OrderLawful(
                reference=reference or self.reference(kind.name.lower()),
                order_kind=int(kind),
                coin=int(self.coin(coin)["asset"]),
                account=account,
                atoms=self.atoms(coin, amount),
                to_account=to_account,
                frozen_by=frozen_by,
                authority=self.number,
                second=self.institution(second),
                basis=basis,
                expires_ns=expires_ns,
            )
        )
