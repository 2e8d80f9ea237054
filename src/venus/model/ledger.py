"""Assets, accounts, fee tiers and who has what: two dicts of whole atoms. Source: docs/rules/ledger.md."""

from collections import defaultdict
from dataclasses import dataclass, field

from venus.records.commands import HOUSE_ACCOUNT, AccountKind
from venus.units import ATOMS_MAX

TIERS = 16


@dataclass(slots=True)
class Asset:
    code: str
    scale: int  # one unit is 10**scale atoms
    order_atoms_max: int = 0  # that one order may move; 0: off
    is_coin: bool = False  # or a currency, or reserves: no TRANSFER from outside makes it
    is_reserves: bool = False  # no TRANSFER moves it at all


@dataclass(slots=True)
class Account:
    kind: AccountKind
    label: str
    tier: int
    trade_group: int
    frozen: bool = False
    frozen_until_ns: int = 0  # 0: until unfrozen


@dataclass(slots=True)
class Tier:
    maker_ppm: int = 0
    taker_ppm: int = 0


@dataclass(slots=True)
class Ledger:
    """Lists are by number; balances are atoms by (account, asset), 0 where nothing was ever moved."""

    assets: list[Asset] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=lambda: [Tier() for _ in range(TIERS)])
    free: defaultdict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    held: defaultdict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    def is_open(self, account: int) -> bool:
        return 0 <= account < len(self.accounts)

    def is_listed(self, asset: int) -> bool:
        return 0 <= asset < len(self.assets)

    def is_external(self, account: int) -> bool:
        return self.accounts[account].kind is AccountKind.EXTERNAL

    def trades(self, account: int) -> bool:
        return self.accounts[account].kind in (AccountKind.PERSON, AccountKind.HOUSE)

    def pay(self, debit: int, credit: int, asset: int, amount_atoms: int) -> None:
        """From free to free."""
        self.free[debit, asset] -= amount_atoms
        self.free[credit, asset] += amount_atoms

    def pay_from_held(self, debit: int, credit: int, asset: int, amount_atoms: int) -> None:
        self.held[debit, asset] -= amount_atoms
        self.free[credit, asset] += amount_atoms

    def hold(self, account: int, asset: int, amount_atoms: int) -> None:
        self.free[account, asset] -= amount_atoms
        self.held[account, asset] += amount_atoms

    def release(self, account: int, asset: int, amount_atoms: int) -> None:
        self.held[account, asset] -= amount_atoms
        self.free[account, asset] += amount_atoms

    def take_fee(self, account: int, asset: int, fee_atoms: int) -> None:
        self.pay(account, HOUSE_ACCOUNT, asset, fee_atoms)

    def inside_atoms(self, asset: int) -> int:
        """What all accounts together have that are not the outside world."""
        return sum(
            self._total(number, asset)
            for number, account in enumerate(self.accounts)
            if account.kind is not AccountKind.EXTERNAL
        )

    def check(self) -> None:
        """Rules 1, 2 and 4 of docs/rules/ledger.md."""
        total_atoms = [0] * len(self.assets)
        inside_atoms = [0] * len(self.assets)
        for account, asset in self.free.keys() | self.held.keys():
            balance_atoms = self._total(account, asset)
            total_atoms[asset] += balance_atoms
            assert self.held[account, asset] >= 0, (account, asset)
            if self.is_external(account):
                assert self.held[account, asset] == 0, (account, asset)
                assert -ATOMS_MAX <= balance_atoms <= ATOMS_MAX, (account, asset, balance_atoms)
            else:
                assert self.free[account, asset] >= 0, (account, asset, self.free[account, asset])
                inside_atoms[asset] += balance_atoms
        assert not any(total_atoms), total_atoms
        assert all(inside <= ATOMS_MAX for inside in inside_atoms), inside_atoms

    def _total(self, account: int, asset: int) -> int:
        return self.free[account, asset] + self.held[account, asset]
