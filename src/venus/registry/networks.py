"""The networks that coins travel on, and at what terms: fees, least and most, confirmations.

Amounts are decimal texts in the coin's units. Source: the shape and size of the figures are those that
capital/config/getall publishes (2026); a network's address forms are its own standard's.
"""

from enum import IntEnum
from typing import NamedTuple


class AddressForm(IntEnum):
    """How a network writes an address."""

    BECH32 = 1  # BIP-173, witness version 0
    EIP55 = 2
    BASE58CHECK_TRON = 3


ADDRESS_PATTERNS = {
    AddressForm.BECH32: "^(bc1)[0-9a-z]{39,59}$",
    AddressForm.EIP55: "^(0x)[0-9A-Fa-f]{40}$",
    AddressForm.BASE58CHECK_TRON: "^T[1-9A-HJ-NP-Za-km-z]{33}$",
}
"""As clients are told; whether an address is one, its checksum says."""


class Network(NamedTuple):
    code: str
    name: str
    form: AddressForm
    block_ms: int  # between blocks of the sandbox's chain
    explorer: str  # where an address could be looked up


class Terms(NamedTuple):
    """One coin on one network."""

    coin: str
    network: str
    is_default: bool
    fee: str
    withdraw_min: str
    withdraw_max: str
    withdraw_multiple: str
    confirmations_to_credit: int
    confirmations_to_unlock: int
    deposit_min: str


NETWORKS = {
    network.code: network
    for network in (
        Network("BTC", "Bitcoin", AddressForm.BECH32, 2_000, "https://explorer.invalid/btc/address/"),
        Network("ETH", "Ethereum (ERC20)", AddressForm.EIP55, 500, "https://explorer.invalid/eth/address/"),
        Network("BSC", "BNB Smart Chain (BEP20)", AddressForm.EIP55, 250, "https://explorer.invalid/bsc/address/"),
        Network("TRX", "Tron (TRC20)", AddressForm.BASE58CHECK_TRON, 500, "https://explorer.invalid/trx/address/"),
    )
}

_TERMS = (
    Terms("BTC", "BTC", True, "0.0001", "0.0005", "7500", "0.00000001", 1, 2, "0.00000546"),
    Terms("BTC", "BSC", False, "0.0000045", "0.000009", "10000000000", "0.00000001", 5, 10, "0.00000001"),
    Terms("ETH", "ETH", True, "0.0009", "0.002", "10000000000", "0.00000001", 6, 12, "0.0001"),
    Terms("ETH", "BSC", False, "0.000062", "0.00012", "10000000000", "0.00000001", 5, 10, "0.00000001"),
    Terms("BNB", "BSC", True, "0.0005", "0.002", "10000000000", "0.00000001", 5, 10, "0.00000001"),
    Terms("USDT", "ETH", True, "4", "10", "10000000000", "0.000001", 6, 12, "0.01"),
    Terms("USDT", "TRX", False, "1", "5", "10000000000", "0.000001", 1, 3, "0.01"),
    Terms("USDT", "BSC", False, "0.29", "10", "10000000000", "0.00000001", 5, 10, "0.01"),
    Terms("vUSD", "ETH", True, "1", "5", "10000000", "0.000001", 6, 12, "0.01"),
    Terms("vUSD", "BSC", False, "0.1", "1", "10000000", "0.000001", 5, 10, "0.01"),
    Terms("vCNY", "ETH", True, "7", "35", "70000000", "0.000001", 6, 12, "0.01"),
    Terms("vCNY", "BSC", False, "0.7", "7", "70000000", "0.000001", 5, 10, "0.01"),
    Terms("vEUR", "ETH", True, "1", "5", "9000000", "0.000001", 6, 12, "0.01"),
    Terms("vEUR", "BSC", False, "0.1", "1", "9000000", "0.000001", 5, 10, "0.01"),
)
assert all(terms.network in NETWORKS for terms in _TERMS)
assert all(terms.confirmations_to_credit <= terms.confirmations_to_unlock for terms in _TERMS)


def terms_of(coin: str) -> list[Terms]:
    """The networks a coin travels on, the default one first; none for a coin that stays inside."""
    return [terms for terms in _TERMS if terms.coin == coin]


def terms_on(coin: str, network: str | None) -> Terms | None:
    """A coin's terms on a network, or on its default one."""
    for terms in terms_of(coin):
        if terms.network == network or (network is None and terms.is_default):
            return terms
    return None
