"""Addresses as their networks write them. Vectors: BIP-173, EIP-55, and Keccak's own."""

import re

import pytest

from venus.bridges.addresses import canonical, derived, is_address, written
from venus.bridges.keccak import keccak_256
from venus.registry.networks import ADDRESS_PATTERNS, NETWORKS, AddressForm


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (b"testing", "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02"),
    ],
)
def test_keccak(data: bytes, digest: str) -> None:
    assert keccak_256(data).hex() == digest


@pytest.mark.parametrize("size", [135, 136, 137, 272])
def test_keccak_goes_over_blocks(size: int) -> None:
    assert len({keccak_256(bytes(size)), keccak_256(bytes(size - 1)), keccak_256(bytes(size + 1))}) == 3


BITCOIN = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
ETHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (AddressForm.BECH32, BITCOIN),
        (AddressForm.BECH32, BITCOIN.upper()),
        (AddressForm.BECH32, "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"),
        (AddressForm.EIP55, ETHER),
        (AddressForm.EIP55, ETHER.lower()),
        (AddressForm.EIP55, "0x" + ETHER[2:].upper()),
        (AddressForm.EIP55, "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"),
        (AddressForm.BASE58CHECK_TRON, TRON),
    ],
)
def test_addresses_that_are(form: AddressForm, text: str) -> None:
    assert is_address(form, text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (AddressForm.BECH32, BITCOIN[:-1] + "5"),
        (AddressForm.BECH32, BITCOIN[:5] + BITCOIN[5:].upper()),
        (AddressForm.BECH32, BITCOIN.replace("bc1", "tb1")),
        (AddressForm.BECH32, "bc1gmk9yu"),
        (AddressForm.BECH32, ""),
        (AddressForm.EIP55, ETHER[:-1] + "D"),
        (AddressForm.EIP55, ETHER[2:]),
        (AddressForm.EIP55, ETHER + "0"),
        (AddressForm.EIP55, ETHER + "\n"),
        (AddressForm.BASE58CHECK_TRON, TRON[:-1] + "u"),
        (AddressForm.BASE58CHECK_TRON, TRON[:-1] + "0"),
        (AddressForm.BASE58CHECK_TRON, "z" * 34),
        (AddressForm.BASE58CHECK_TRON, ETHER),
    ],
)
def test_addresses_that_are_not(form: AddressForm, text: str) -> None:
    assert not is_address(form, text)


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_derived_is_an_address_and_the_accounts_own(network: str) -> None:
    form, seed = NETWORKS[network].form, bytes(range(32))
    addresses = [derived(seed, network, account) for account in range(20)]
    assert len(set(addresses)) == 20
    assert all(is_address(form, address) and canonical(form, address) == address for address in addresses)
    assert all(re.fullmatch(ADDRESS_PATTERNS[form], address) for address in addresses)
    assert addresses[3] == derived(seed, network, 3)
    assert derived(bytes(32), network, 3) != addresses[3]


def test_a_known_payload() -> None:
    assert written(AddressForm.BECH32, bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")) == BITCOIN
    assert canonical(AddressForm.EIP55, ETHER.lower()) == ETHER
    assert canonical(AddressForm.BECH32, BITCOIN.upper()) == BITCOIN
