"""What is asked of the market between people about the wallets that traders have named."""

import msgspec


class NamedWalletsQuestion(msgspec.Struct, frozen=True, tag=True):
    """At which wallets an account is paid, and from which it pays."""

    account: int


class NamedWallet(msgspec.Struct, frozen=True):
    fiat: str
    wallet: int
    asset: int  # its currency


class NamedWalletsAnswer(msgspec.Struct, frozen=True, tag=True):
    wallets: list[NamedWallet]
