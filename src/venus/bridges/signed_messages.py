"""Messages signed with the key of an address, in the forms in which wallets sign them.

Source: BIP-137 (Bitcoin), EIP-191 version 0x45 (Ethereum), TIP-191 (Tron).
"""

import binascii
from base64 import b64decode, b64encode
from hashlib import new, sha256

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256K1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from venus.bridges.addresses import canonical, written
from venus.bridges.keccak import keccak_256
from venus.bridges.secp256k1 import COORDINATE_BYTES, N, NoKey, Signature, compressed, recovered
from venus.registry.networks import AddressForm

_SIGNATURE_BYTES = 65
_FIRST = 27  # of the byte that says which key it was
_BITCOIN_LAST = 42
_OF_BITCOIN, _OF_SEGWIT = 4, 39


class NotSigned(Exception):
    """The signature does not show that the address's key signed the text; says why."""


def private_key(number: int) -> EllipticCurvePrivateKey:
    """Raises ValueError for a number that is no key."""
    return derive_private_key(number, SECP256K1())


def address_of(form: AddressForm, key: EllipticCurvePrivateKey) -> str:
    numbers = key.public_key().public_numbers()
    return _address(form, (numbers.x, numbers.y))


def sign(form: AddressForm, text: str, key: EllipticCurvePrivateKey) -> str:
    """As a wallet writes it: base64 on Bitcoin, hexadecimal elsewhere."""
    digest = _digest(form, text)
    r, s = decode_dss_signature(key.sign(digest, ECDSA(Prehashed(SHA256()))))
    s = min(s, N - s)
    numbers = key.public_key().public_numbers()
    which = next(one for one in range(4) if _is_by(digest, Signature(r, s, one), (numbers.x, numbers.y)))
    both = r.to_bytes(COORDINATE_BYTES) + s.to_bytes(COORDINATE_BYTES)
    if form is AddressForm.BECH32:
        return b64encode(bytes([_OF_SEGWIT + which]) + both).decode()
    return "0x" + (both + bytes([_FIRST + which])).hex()


def check_signed(form: AddressForm, text: str, address: str, signature: str) -> None:
    """Raises NotSigned unless the key of the address signed exactly this text."""
    try:
        key = recovered(_digest(form, text), _read(form, signature))
    except (NoKey, binascii.Error, ValueError) as error:
        raise NotSigned(f"{address}: {error}") from error
    if _address(form, key) != canonical(form, address):
        raise NotSigned(f"{address}: another key signed this, or another text was signed")


def _is_by(digest: bytes, signature: Signature, key: tuple[int, int]) -> bool:
    try:
        return recovered(digest, signature) == key
    except NoKey:
        return False


def _address(form: AddressForm, key: tuple[int, int]) -> str:
    if form is AddressForm.BECH32:
        return written(form, new("ripemd160", sha256(compressed(key)).digest()).digest())
    return written(form, keccak_256(b"".join(one.to_bytes(COORDINATE_BYTES) for one in key))[-20:])


def _digest(form: AddressForm, text: str) -> bytes:
    data = text.encode()
    match form:
        case AddressForm.BECH32:
            whole = b"\x18Bitcoin Signed Message:\n" + _counted(len(data)) + data
            return sha256(sha256(whole).digest()).digest()
        case AddressForm.EIP55:
            return keccak_256(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)
        case AddressForm.BASE58CHECK_TRON:
            return keccak_256(b"\x19TRON Signed Message:\n%d" % len(data) + data)


def _counted(size: int) -> bytes:
    """A length as Bitcoin writes it."""
    assert size < 1 << 16
    return bytes([size]) if size < 0xFD else b"\xfd" + size.to_bytes(2, "little")


def _read(form: AddressForm, signature: str) -> Signature:
    if form is AddressForm.BECH32:
        data = b64decode(signature, validate=True)
        if len(data) != _SIGNATURE_BYTES or not _FIRST <= data[0] <= _BITCOIN_LAST:
            raise ValueError("this is no signature of 65 bytes as Bitcoin's wallets make it")
        which, both = (data[0] - _FIRST) % _OF_BITCOIN, data[1:]
    else:
        data = bytes.fromhex(signature.removeprefix("0x"))
        if len(data) != _SIGNATURE_BYTES or data[-1] not in (0, 1, _FIRST, _FIRST + 1):
            raise ValueError("this is no signature of 65 bytes as the network's wallets make it")
        which, both = data[-1] % _FIRST, data[:-1]
    return Signature(int.from_bytes(both[:COORDINATE_BYTES]), int.from_bytes(both[COORDINATE_BYTES:]), which)
