"""What the wallet's endpoints work with: the registry's records, and the two who move money, given by whoever joins the
rooms. A door reads and renders; nothing is moved here.
"""

from typing import Protocol

from venus.records.rejects import Reject
from venus.registry.owners import SubAccount, WalletKind
from venus.registry.registry import Registry
from venus.registry.wallet_tables import ConversionRow, DepositRow, MovementRow, WithdrawalRow


class Treasury(Protocol):
    """Moves money inside; each call is written down first and finished later if it is interrupted."""

    @property
    def dealer(self) -> int:
        """The house's account that conversions are made against."""
        ...

    def now_us(self) -> int: ...

    async def wallet(self, owner: int, kind: WalletKind) -> int:
        """The core's account of a wallet."""
        ...

    async def open_sub_account(self, master: int, email: str) -> SubAccount:
        """Raises EmailTaken."""
        ...

    async def request_withdrawal(self, row: WithdrawalRow) -> Reject:
        """Set the money aside, or say why not; raises DuplicateOrderId."""
        ...

    async def move(
        self,
        *,
        owner: int,
        kind: str,
        debit: int,
        credit: int,
        coin: str,
        asset: int,
        atoms: int,
        client_id: str | None = None,
    ) -> tuple[MovementRow, Reject]:
        """Raises DuplicateClientId."""
        ...

    async def convert(self, row: ConversionRow) -> Reject:
        """Carry out a quote; NO_CHANGE if somebody has."""
        ...


class Chain(Protocol):
    """Where coins come from and go to."""

    async def address(self, account: int, network: str) -> str: ...

    def read_address(self, network: str, text: str) -> str | None:
        """An address as the network writes it; None for a text that is none."""
        ...


class TestChain(Chain, Protocol):
    """A chain of a sandbox, which does what it is told."""

    async def arrive(
        self, account: int, coin: str, amount: str, network: str | None = None, tx_id: str | None = None
    ) -> DepositRow:
        """Have somebody pay to an account's address; the same transaction pays once. Raises ValueError."""
        ...

    async def decide(self, number: str, *, approved: bool, why: str = "") -> bool:
        """Approve or reject a withdrawal that awaits it; False for any other."""
        ...

    async def fail(self, number: str, why: str) -> bool:
        """Have the network refuse a withdrawal that is on its way; False for any other."""
        ...


class Wallet(Protocol):
    """All that the wallet's endpoints need."""

    @property
    def registry(self) -> Registry: ...

    @property
    def treasury(self) -> Treasury: ...

    @property
    def chain(self) -> Chain: ...
