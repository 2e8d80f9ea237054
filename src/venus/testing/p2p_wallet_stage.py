"""A market between people and a central bank's currency beside each other: orders that are paid from a wallet.

stage = P2pWalletStage()
ann, bob = stage.trader("ann"), stage.trader("bob")
hers, his = stage.wallet(), stage.wallet(500)      # yuan
stage.do(ann.names(hers))
stage.do(bob.names(his))
order = bob.takes(ann.sells(100, methods=(METHOD_BY_WALLET,)), 60, method=METHOD_BY_WALLET)
bob.pays_from(his, order)
assert stage.yuan(hers) == "432"
"""

from collections.abc import Iterable

from venus.records.commands import AccountKind, ListAsset, PlainCommand
from venus.records.currency import (
    AdmitOperator,
    AdoptRegime,
    GrantReserves,
    IssueCurrency,
    OpenWallets,
    RegisterCurrency,
    WalletClass,
)
from venus.testing.coin_stage import HOUR_NS
from venus.testing.currency_stage import wallet_class
from venus.testing.officials import CENTRAL_BANK, EAST, WEST
from venus.testing.p2p_stage import P2pStage
from venus.testing.worlds import transfer

DCNY, RCNY = 3, 4
SCALE = 3
"""One decimal more than the yuan has: a fen is ten atoms."""
YUAN = 10**SCALE
VERIFIED, SMALL, PHONE = range(3)
CLASSES = (
    wallet_class("verified", 0, 0, 0, 0),
    wallet_class("small", 2_000 * YUAN, 500 * YUAN, 1_000 * YUAN, 0),
    wallet_class("by phone", 600 * YUAN, 200 * YUAN, 400 * YUAN, 600 * YUAN),
)
ISSUED = 10**6 * YUAN


class P2pWalletStage(P2pStage):
    """dCNY of two operators; `treasuries` are theirs."""

    def _found(self) -> None:
        super()._found()
        self.found_currency("dCNY", "CNY", DCNY, SCALE, CLASSES)

    def found_currency(
        self, code: str, currency: str, asset: int, scale: int, classes: tuple[WalletClass, ...]
    ) -> None:
        """With its reserves as the next asset, both operators and what they were issued."""
        for name in (code, f"r{code[1:]}"):
            self.do(ListAsset(reference=self.reference(), code=name, scale=scale))
        for command, signers in self._founding(code, currency, asset, classes):
            self.do(command, *signers)

    def _founding(
        self, code: str, currency: str, asset: int, classes: tuple[WalletClass, ...]
    ) -> Iterable[tuple[PlainCommand, tuple[int, ...]]]:
        yield (
            RegisterCurrency(
                reference=self.reference(),
                asset=asset,
                reserve_asset=asset + 1,
                currency=currency,
                central_bank=CENTRAL_BANK,
                issue_account=self.open(AccountKind.EXTERNAL, f"issuer:{code}"),
                reserve_account=self.open(AccountKind.EXTERNAL, f"issuer:r{code[1:]}"),
                backing_account=self.open(AccountKind.HOUSE, f"backing:{code}"),
                offline_account=self.open(AccountKind.HOUSE, f"offline:{code}"),
            ),
            (CENTRAL_BANK,),
        )
        for number, institution in enumerate((EAST, WEST)):
            treasury = self.open(AccountKind.HOUSE, f"treasury:{code}:{institution}")
            self.play.accounts[f"treasury {asset} {number}"] = treasury
            admitted = AdmitOperator(
                reference=self.reference(),
                currency=asset,
                institution=institution,
                treasury_account=treasury,
                reserve_account=self.open(AccountKind.HOUSE, f"reserves:{code}:{institution}"),
                quota_atoms=ISSUED,
            )
            yield admitted, (CENTRAL_BANK,)
            which = {"currency": asset, "operator": number, "atoms": ISSUED}
            yield GrantReserves(reference=self.reference(), **which), (CENTRAL_BANK,)
            yield IssueCurrency(reference=self.reference(), **which), (CENTRAL_BANK, institution)
        regime = AdoptRegime(
            reference=self.reference(),
            currency=asset,
            name="first",
            from_ns=0,
            day_offset_ns=8 * HOUR_NS,
            classes=classes,
        )
        yield regime, (CENTRAL_BANK,)

    def treasury(self, operator: int, asset: int = DCNY) -> int:
        return self.play.accounts[f"treasury {asset} {operator}"]

    def wallet(self, yuan: int = 0, wallet_class: int = VERIFIED, *, operator: int = 0, asset: int = DCNY) -> int:
        """One with so much on it; its account."""
        opened = self.do(
            OpenWallets(
                reference=self.reference(),
                currency=asset,
                operator=operator,
                wallet_class=wallet_class,
                count=1,
                category=0,
            )
        )
        if yuan:
            treasury = self.treasury(operator, asset)
            self.play.hot(transfer(treasury, opened.account, asset, yuan * YUAN, self.reference()))
        return opened.account

    def yuan(self, account: int) -> str:
        """What is free, as a decimal without zeros that say nothing."""
        whole, rest = divmod(self.play.model.ledger.free[account, DCNY], YUAN)
        return f"{whole}.{rest:0{SCALE}d}".rstrip("0") if rest else str(whole)
