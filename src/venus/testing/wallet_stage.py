"""A stage with wallets of every class at two operators, core and model side by side.

stage = WalletStage()
stage.wallet("ann", PHONE)                 # named in stories from now on
stage.play.lines("east pay ann 100 dCNY")  # a top-up out of the east bank's treasury
assert stage.has("ann") == 100
"""

from copy import deepcopy

import msgspec

from venus.core.machine import Machine
from venus.records.commands import Command, CommandKind, client_digest
from venus.records.currency import (
    AdoptRegime,
    CloseWallet,
    LinkBank,
    OpenSubWallet,
    OpenWallets,
    PostInterest,
    SetWalletClass,
    WalletClass,
)
from venus.records.events import Event
from venus.records.transfers import transfer
from venus.testing.agreement import Opinions
from venus.testing.coin_stage import HOUR_NS
from venus.testing.currency_stage import CLASSES, CurrencyStage
from venus.testing.officials import CENTRAL_BANK
from venus.testing.play import Play

VERIFIED, IDENTITY, PHONE, INSTITUTION = range(4)
"""Classes of CurrencyStage's first regime."""
DCNY = 0
ISSUED = 8_000


class WalletStage(CurrencyStage):
    """Operators `east` and `west` have 8,000 dCNY each; `shop` and `cash` are an exchange's customers."""

    def __init__(self, *, furnished: bool = True, play: Play | None = None, day_offset_ns: int = 8 * HOUR_NS) -> None:
        self.day_offset_ns = day_offset_ns
        super().__init__(furnished=furnished, play=play)
        if furnished:
            for number, name in enumerate(("east", "west")):
                self.issued(number, ISSUED)
                self.play.accounts[name] = self.operators[number].treasury
            for name in ("shop", "cash"):
                self.account(name)

    def branch(self) -> "WalletStage":
        """A stage that goes on from here by itself."""
        core = self.play.opinions.machines["core"]
        assert isinstance(core, Machine)
        machine = Machine()
        machine.restore({name: array.copy() for name, array in core.arrays().items()})
        play = Play(furnished=False)
        play.model = deepcopy(self.play.model)
        play.opinions = Opinions({"model": play.model, "core": machine})
        play.accounts, play.assets = dict(self.play.accounts), dict(self.play.assets)
        play._references = self.play._references
        other = WalletStage(furnished=False, play=play, day_offset_ns=self.day_offset_ns)
        play.time_ns = self.play.time_ns
        other.operators = list(self.operators)
        return other

    def regime(
        self,
        name: str,
        from_ns: int,
        classes: tuple[WalletClass, ...] = CLASSES,
        day_offset_ns: int | None = None,
    ) -> AdoptRegime:
        offset_ns = self.day_offset_ns if day_offset_ns is None else day_offset_ns
        return super().regime(name, from_ns, classes, offset_ns)

    # What the commands of wallets look like.

    def opening(
        self, wallet_class: int, *, operator: int = 0, count: int = 1, category: int = 0, currency: int = DCNY
    ) -> OpenWallets:
        return OpenWallets(
            reference=self.reference(),
            currency=currency,
            operator=operator,
            wallet_class=wallet_class,
            count=count,
            category=category,
        )

    def sub_opening(self, account: int, category: int = 0) -> OpenSubWallet:
        return OpenSubWallet(reference=self.reference(), account=account, category=category)

    def class_change(self, account: int, wallet_class: int) -> SetWalletClass:
        return SetWalletClass(reference=self.reference(), account=account, wallet_class=wallet_class)

    def closing(self, account: int) -> CloseWallet:
        return CloseWallet(reference=self.reference(), account=account)

    def bank(self, account: int, line_atoms: int, *, waterfall: int = 0, reverse: int = 0) -> LinkBank:
        return LinkBank(
            reference=self.reference(), account=account, line_atoms=line_atoms, waterfall=waterfall, reverse=reverse
        )

    def interest(self, currency: int = DCNY) -> PostInterest:
        return PostInterest(reference=self.reference(), currency=currency)

    # What is done.

    def wallet(self, name: str, wallet_class: int, *, operator: int = 0, category: int = 0) -> int:
        """Open a wallet and give it a name for stories; returns its account."""
        opened = self.do(self.opening(wallet_class, operator=operator, category=category))
        self.play.accounts[name] = opened.account
        return opened.account

    def sub_wallet(self, name: str, of: str, category: int = 0) -> int:
        opened = self.do(self.sub_opening(self.play.accounts[of], category))
        self.play.accounts[name] = opened.account
        return opened.account

    def adopt(self, classes: tuple[WalletClass, ...], from_ns: int = 0) -> AdoptRegime:
        regime = msgspec.structs.replace(self.regime("next", from_ns), classes=classes)
        self.do(regime, CENTRAL_BANK)
        return regime

    def send(self, payer: str, payee: str, atoms: int, reference: str = "") -> list[Event]:
        """All events of a payment of dCNY."""
        debit, credit = self.play.accounts[payer], self.play.accounts[payee]
        asked = transfer(reference or self.reference(), debit=debit, credit=credit, asset=DCNY, atoms=atoms)
        return self.play.hot(asked)

    def refund(
        self, payee: str, payment: str, atoms: int, *, reference: str = "", asset: int = DCNY, flags: int = 0
    ) -> list[Event]:
        """All events of a refund by who received a payment."""
        reference = reference or self.reference()
        client, target = client_digest(reference), client_digest(payment)
        command = Command(
            client_hi=client[0],
            client_lo=client[1],
            target_hi=target[0],
            target_lo=target[1],
            quantity=atoms,
            account=self.play.accounts[payee],
            subject=asset,
            kind=CommandKind.REFUND,
            flags=flags,
        )
        return self.play.hot((command, reference))

    def has(self, name: str) -> int:
        """Free and held dCNY."""
        key, ledger = (self.play.accounts[name], DCNY), self.play.model.ledger
        return ledger.free[key] + ledger.held[key]
