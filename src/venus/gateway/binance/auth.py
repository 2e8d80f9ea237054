"""Is this request from who it says, fresh, and allowed? Time, then key, then permission, then signature.

A signature is over the raw bytes as sent: query, then body, both without the signature itself. Nothing is decoded and
written again first, so no two readings of a request can differ. Source: [D] rest-api.md, "Request Security".
"""

import base64
import binascii
import hmac
import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from venus.gateway.binance import errors
from venus.gateway.binance.params import Params, Sent, time_ns, whole_number
from venus.registry.credentials import Credential, KeyKind, Permission
from venus.registry.registry import Registry
from venus.units import NS_PER_MS, NS_PER_S, NS_PER_US

RECV_WINDOW_MS = 5_000
RECV_WINDOW_MS_MAX = 60_000
AHEAD_NS = NS_PER_S
"""A timestamp this far ahead of the server's clock, or farther, is refused."""

_KEY = re.compile("[A-Za-z0-9]{64}")
_RECV_WINDOW_RANGE = r"^[0-9]{1,20}(\.[0-9]{1,3})?$"
RECV_WINDOW = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,3}))?")
_SHA256 = SHA256()
_PKCS1V15 = PKCS1v15()


_any_timestamp = False


def believe_any_timestamp(believes: bool) -> None:
    """Whether no request of this process is late or ahead: for a sandbox whose clock no client's can follow."""
    global _any_timestamp
    _any_timestamp = believes


async def authenticate(
    registry: Registry,
    key: str | None,
    sent: Sent,
    address: str,
    permission: Permission,
    now_ns: int,
    *,
    key_is_enough: bool = False,
) -> tuple[Credential, int]:
    """Whose request it is, and the last moment (ns) at which it may still reach the engine. Raises ApiError.

    key_is_enough: a request without a signature is believed by its key; with one it is tested as any other.
    """
    deadline_ns, unsigned = _claim(key, sent, now_ns, key_is_enough=key_is_enough)
    credential = await identify(registry, key, address, permission)
    if not unsigned:
        _prove(credential, sent)
    return credential, deadline_ns


def authenticate_known(credential: Credential, sent: Sent, address: str, permission: Permission, now_ns: int) -> int:
    """As `authenticate`, of a key whose credential is at hand: the last moment alone. Raises ApiError."""
    deadline_ns, _ = _claim(credential.key, sent, now_ns, key_is_enough=False)
    _allow(credential, address, permission)
    _prove(credential, sent)
    return deadline_ns


async def identify(registry: Registry, key: str | None, address: str, permission: Permission) -> Credential:
    """Whose key this is, if it may do so much from this address. It proves nothing of who sent it. Raises ApiError."""
    if key is None or not _KEY.fullmatch(key):
        raise errors.bad_key_format()
    return _allow(await registry.find(key), address, permission)


def _claim(key: str | None, sent: Sent, now_ns: int, *, key_is_enough: bool) -> tuple[int, bool]:
    """What can be said before the key is known: the last moment (ns), and whether no signature is asked for."""
    if key is None or not _KEY.fullmatch(key):
        raise errors.bad_key_format()
    unsigned = key_is_enough and sent.signature is None
    deadline_ns = now_ns + RECV_WINDOW_MS * NS_PER_MS if unsigned else fresh_until_ns(Params(sent.values), now_ns)
    if not sent.signature and not unsigned:
        raise errors.missing("signature")
    return deadline_ns, unsigned


def _allow(credential: Credential | None, address: str, permission: Permission) -> Credential:
    # One answer for all three, so that a guess teaches nothing about which keys exist.
    if credential is None or permission not in credential.permissions or not credential.allows_address(address):
        raise errors.bad_key()
    return credential


def _prove(credential: Credential, sent: Sent) -> None:
    if not is_signed_by(credential, sent.payload, sent.signature or ""):
        raise errors.bad_signature()


def fresh_until_ns(params: Params, now_ns: int) -> int:
    """`timestamp` + `recvWindow`, if the request is fresh now. Raises ApiError."""
    timestamp_ns = time_ns(whole_number("timestamp", params.required("timestamp")))
    deadline_ns = timestamp_ns + _recv_window_ns(params)
    if _any_timestamp:
        return now_ns + deadline_ns - timestamp_ns
    if timestamp_ns >= now_ns + AHEAD_NS:
        raise errors.early()
    if now_ns > deadline_ns:
        raise errors.late()
    return deadline_ns


def is_signed_by(credential: Credential, payload: bytes, signature: str) -> bool:
    """Whether the credential's key made `signature` over `payload`. HMAC: hex of any case; else base64."""
    if credential.kind is KeyKind.HMAC:
        expected = hmac.digest(credential.secret, payload, "sha256").hex()
        return hmac.compare_digest(expected.encode(), signature.lower().encode())
    try:
        raw = base64.b64decode(signature.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    try:
        match credential.public:
            case Ed25519PublicKey() as public:
                public.verify(raw, payload)
            case RSAPublicKey() as public:
                public.verify(raw, payload, _PKCS1V15, _SHA256)
            case None:
                raise AssertionError("a credential that is not HMAC has a public key")
    except InvalidSignature:
        return False
    return True


def _recv_window_ns(params: Params) -> int:
    text = params.optional("recvWindow")
    return RECV_WINDOW_MS * NS_PER_MS if text is None else _window_ns(text)


@lru_cache
def _window_ns(text: str) -> int:
    match = RECV_WINDOW.fullmatch(text)
    if not match:
        raise errors.illegal_characters("recvWindow", _RECV_WINDOW_RANGE)
    whole_ms, fraction = match.groups()
    window_ns = int(whole_ms) * NS_PER_MS + int((fraction or "").ljust(3, "0")) * NS_PER_US
    if window_ns > RECV_WINDOW_MS_MAX * NS_PER_MS:
        raise errors.above_maximum("recvWindow", RECV_WINDOW_MS_MAX)
    return window_ns
