"""What a door needs to know of an API key to believe a request: whose it is, what it may do, and how it signs."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

RSA_BITS_MIN = 2048
RSA_BITS_MAX = 4096

Network = IPv4Network | IPv6Network
PublicKey = Ed25519PublicKey | RSAPublicKey


class KeyKind(IntEnum):
    HMAC = 1
    ED25519 = 2
    RSA = 3


class Permission(IntFlag):
    """What a key may do. Stored: a bit never changes its meaning."""

    NONE = 0
    USER_DATA = 1  # read the account
    TRADE = 2
    USER_STREAM = 4
    WITHDRAW = 8
    TRANSFER = 16  # between the wallets and sub-accounts of one owner
    OPERATOR = 32  # of a currency: open, change and close its wallets; no person's key has it

    @classmethod
    def everything(cls) -> "Permission":
        return cls.USER_DATA | cls.TRADE | cls.USER_STREAM | cls.WITHDRAW | cls.TRANSFER


class BadKeyMaterial(ValueError):
    """A public key, network list or permission that cannot be registered; says why."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A live API key. Its secret is kept out of repr, so no log can hold it."""

    key: str
    account: int
    kind: KeyKind
    permissions: Permission
    networks: tuple[Network, ...] = ()
    secret: bytes = field(default=b"", repr=False)  # HMAC
    public: PublicKey | None = field(default=None, repr=False)  # ED25519, RSA

    def allows_address(self, address: str) -> bool:
        """Whether the key may be used from this address; without a list, from anywhere. Malformed: no."""
        if not self.networks:
            return True
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped  # a dual-stack socket shows 203.0.113.7 as ::ffff:203.0.113.7
        return any(parsed in network for network in self.networks)


def parse_networks(text: str) -> tuple[Network, ...]:
    """Comma-separated addresses and networks; raises BadKeyMaterial."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadKeyMaterial(str(error)) from None


def parse_public_key(kind: KeyKind, pem: bytes) -> PublicKey:
    """A PEM public key of the kind said; raises BadKeyMaterial."""
    try:
        public = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise BadKeyMaterial("not a public key in PEM") from None
    if kind is KeyKind.ED25519 and isinstance(public, Ed25519PublicKey):
        return public
    if kind is KeyKind.RSA and isinstance(public, RSAPublicKey):
        if not RSA_BITS_MIN <= public.key_size <= RSA_BITS_MAX:
            raise BadKeyMaterial(f"an RSA key has {RSA_BITS_MIN} to {RSA_BITS_MAX} bits, this one {public.key_size}")
        return public
    raise BadKeyMaterial(f"not an {kind.name} public key")
