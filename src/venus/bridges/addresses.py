"""Addresses as their networks write them: made from 20 bytes, and told from what is none.

Source: BIP-173 (Bech32), EIP-55 (Ethereum's mixed case), Base58Check as Bitcoin and Tron use it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

from venus.bridges.keccak import keccak_256
from venus.registry.networks import NETWORKS, AddressForm

PAYLOAD_BYTES = 20

_BECH32_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_PREFIX = "bc"
_PROGRAM_BYTES = (20, 32)
_BASE58_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TRON_VERSION = 0x41
_TRON_CHARS = 34
_HEX_ADDRESS = re.compile("0x([0-9a-fA-F]{40})")


def derived(seed: bytes, network: str, account: int) -> str:
    """The address of an account on a network: the same for the same seed. Forms that networks share are one address."""
    form = NETWORKS[network].form
    return written(form, hmac.digest(seed, f"{form.name}:{account}".encode(), "sha256")[:PAYLOAD_BYTES])


def written(form: AddressForm, payload: bytes) -> str:
    """PAYLOAD_BYTES as an address."""
    assert len(payload) == PAYLOAD_BYTES
    match form:
        case AddressForm.BECH32:
            return _bech32(payload)
        case AddressForm.EIP55:
            return _eip55(payload.hex())
        case AddressForm.BASE58CHECK_TRON:
            return _base58check(bytes([_TRON_VERSION]) + payload)


def is_address(form: AddressForm, text: str) -> bool:
    """Whether a text is an address of this form, its checksum included."""
    match form:
        case AddressForm.BECH32:
            return _is_bech32(text)
        case AddressForm.EIP55:
            return _is_hex_address(text)
        case AddressForm.BASE58CHECK_TRON:
            return _is_tron(text)


def canonical(form: AddressForm, address: str) -> str:
    """The one way in which an address is written here, however it was typed."""
    match form:
        case AddressForm.BECH32:
            return address.lower()
        case AddressForm.EIP55:
            return _eip55(address[2:].lower())
        case AddressForm.BASE58CHECK_TRON:
            return address


def _bech32(payload: bytes) -> str:
    """A witness program of version 0 on Bitcoin's main network."""
    values = [0, *_regrouped(payload, 8, 5)]
    checksum = _polymod([*_prefix_values(), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [(checksum >> 5 * (5 - place)) & 31 for place in range(6)]
    return _BECH32_PREFIX + "1" + "".join(_BECH32_ALPHABET[value] for value in values)


def _is_bech32(text: str) -> bool:
    if text not in (text.lower(), text.upper()):
        return False
    prefix, one, data = text.lower().rpartition("1")
    if prefix != _BECH32_PREFIX or not one or not all(letter in _BECH32_ALPHABET for letter in data):
        return False
    values = [_BECH32_ALPHABET.index(letter) for letter in data]
    if len(values) < 8 or _polymod([*_prefix_values(), *values]) != 1 or values[0] != 0:
        return False
    bits = 5 * len(values[1:-6])
    spare = values[-7] & ((1 << bits % 8) - 1)
    return bits // 8 in _PROGRAM_BYTES and bits % 8 < 5 and spare == 0


def _prefix_values() -> list[int]:
    return [ord(letter) >> 5 for letter in _BECH32_PREFIX] + [0] + [ord(letter) & 31 for letter in _BECH32_PREFIX]


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_BECH32_GENERATORS):
            checksum ^= generator if (top >> place) & 1 else 0
    return checksum


def _regrouped(data: bytes, from_bits: int, to_bits: int) -> list[int]:
    """The same bits in groups of another size, the last filled up with zeros."""
    held, held_bits, groups = 0, 0, []
    for value in data:
        held = (held << from_bits) | value
        held_bits += from_bits
        while held_bits >= to_bits:
            held_bits -= to_bits
            groups.append((held >> held_bits) & ((1 << to_bits) - 1))
    if held_bits:
        groups.append((held << (to_bits - held_bits)) & ((1 << to_bits) - 1))
    return groups


def _eip55(digits: str) -> str:
    marks = keccak_256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) >= 8 else digit for digit, mark in zip(digits, marks, strict=False)
    )


def _is_hex_address(text: str) -> bool:
    """Of one case it carries no checksum; mixed, it must be the right mixture."""
    match = _HEX_ADDRESS.fullmatch(text)
    if match is None:
        return False
    digits = match[1]
    return digits in (digits.lower(), digits.upper()) or text == _eip55(digits.lower())


def _base58check(payload: bytes) -> str:
    data = payload + _double_hash(payload)
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58_ALPHABET[digit] + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _BASE58_ALPHABET[0] * zeros + text


def _is_tron(text: str) -> bool:
    if len(text) != _TRON_CHARS or not all(letter in _BASE58_ALPHABET for letter in text):
        return False
    number = 0
    for letter in text:
        number = number * 58 + _BASE58_ALPHABET.index(letter)
    size = 1 + PAYLOAD_BYTES + 4
    if number >= 1 << (8 * size):
        return False
    data = number.to_bytes(size)
    return data[0] == _TRON_VERSION and _double_hash(data[:-4]) == data[-4:]


def _double_hash(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
