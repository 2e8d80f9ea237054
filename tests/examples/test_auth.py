"""Who signed this? The documented vectors, the three kinds of key, and the clock. Source: [D] rest-api.md."""

import asyncio
import base64
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from venus.gateway.binance.auth import authenticate, fresh_until_ns, is_signed_by
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.params import Params, split
from venus.registry.credentials import Credential, KeyKind, Permission
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
DOCUMENTED = Credential(KEY, 1, KeyKind.HMAC, Permission.TRADE, secret=SECRET.encode())
NOW_MS = 1_499_827_319_559
TAIL = b"&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
ASCII = b"symbol=LTCBTC" + TAIL
FULL_WIDTH = b"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96" + TAIL
ASCII_SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
FULL_WIDTH_SIGNATURE = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"
MIXED_SIGNATURE = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"


@pytest.mark.parametrize(("payload", "signature"), [(ASCII, ASCII_SIGNATURE), (FULL_WIDTH, FULL_WIDTH_SIGNATURE)])
def test_documented_signatures(payload: bytes, signature: str) -> None:
    for query, body in (
        (payload + b"&signature=" + signature.encode(), b""),
        (b"", payload + b"&signature=" + signature.encode()),
        (payload, b"signature=" + signature.encode()),
        (b"signature=" + signature.encode() + b"&" + payload, b""),
    ):
        sent = split(query, body)
        assert sent.payload == payload
        assert sent.signature is not None
        assert is_signed_by(DOCUMENTED, sent.payload, sent.signature)
        assert is_signed_by(DOCUMENTED, sent.payload, sent.signature.upper())  # hex of either case
        assert "signature" not in sent.values


def test_a_signature_covers_query_then_body_with_nothing_between() -> None:
    query = b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
    body = b"quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature=" + MIXED_SIGNATURE.encode()
    sent = split(query, body)
    assert is_signed_by(DOCUMENTED, sent.payload, MIXED_SIGNATURE)
    assert sent.values["symbol"] == "LTCBTC" and sent.values["price"] == "0.1"


def test_a_signature_in_the_middle_is_taken_out_of_what_was_signed() -> None:
    assert split(b"a=1&signature=xyz&b=2", b"c=3").payload == b"a=1&b=2c=3"


def test_what_was_signed_is_what_was_sent_not_what_it_means() -> None:
    """%4C is L: the same parameters, but not the bytes that were signed."""
    sent = split(ASCII.replace(b"LTC", b"%4CTC"), b"")
    assert sent.values["symbol"] == "LTCBTC"
    assert not is_signed_by(DOCUMENTED, sent.payload, ASCII_SIGNATURE)


@pytest.mark.parametrize("position", range(0, len(ASCII), 7))
def test_any_changed_byte_breaks_a_signature(position: int) -> None:
    changed = bytearray(ASCII)
    changed[position] ^= 1
    assert not is_signed_by(DOCUMENTED, bytes(changed), ASCII_SIGNATURE)


def ed25519_signer() -> tuple[Credential, Callable[[bytes], bytes]]:
    private = Ed25519PrivateKey.generate()
    return Credential(KEY, 1, KeyKind.ED25519, Permission.TRADE, public=private.public_key()), private.sign


def rsa_signer() -> tuple[Credential, Callable[[bytes], bytes]]:
    private = generate_private_key(65537, 2048)
    credential = Credential(KEY, 1, KeyKind.RSA, Permission.TRADE, public=private.public_key())
    return credential, lambda payload: private.sign(payload, PKCS1v15(), SHA256())


@pytest.mark.parametrize("make", [ed25519_signer, rsa_signer])
def test_keys_that_sign_with_their_own(make: Callable[[], tuple[Credential, Callable[[bytes], bytes]]]) -> None:
    credential, sign = make()
    signature = base64.b64encode(sign(ASCII)).decode()
    encoded = split(ASCII + b"&signature=" + quote(signature, safe="").encode(), b"")
    plain = split(ASCII + b"&signature=" + signature.encode(), b"")  # "+" and "/" as they are
    assert encoded.signature == plain.signature == signature
    assert is_signed_by(credential, encoded.payload, signature)
    assert not is_signed_by(credential, FULL_WIDTH, signature)
    for wrong in (signature.swapcase(), signature[:-4], "", "é", "not base64!", ASCII_SIGNATURE):
        assert not is_signed_by(credential, ASCII, wrong), wrong


@pytest.mark.parametrize(
    ("sent", "now_ms", "code"),
    [
        # Accepted iff timestamp < now + 1000 ms and now - timestamp <= recvWindow.
        ("timestamp=1000000", 1_000_000, 0),
        ("timestamp=1000000", 1_005_000, 0),
        ("timestamp=1000000", 1_005_000.001, -1021),
        ("timestamp=1000000", 999_000.001, 0),
        ("timestamp=1000000", 999_000, -1021),
        ("timestamp=1000000&recvWindow=1", 1_000_001, 0),
        ("timestamp=1000000&recvWindow=1", 1_000_001.001, -1021),
        ("timestamp=1000000&recvWindow=1.5", 1_000_001.5, 0),
        ("timestamp=1000000&recvWindow=1.346", 1_000_001.347, -1021),
        ("timestamp=1000000&recvWindow=60000", 1_060_000, 0),
        ("timestamp=1499827319559123", 1_499_827_319_560, 0),  # microseconds
        ("timestamp=1499827319559123&recvWindow=0.5", 1_499_827_319_559.623, 0),
        ("timestamp=1499827319559123&recvWindow=0.5", 1_499_827_319_559.624, -1021),
        ("timestamp=9999999999999", 1_000_000, -1021),
        ("timestamp=1000000&recvWindow=60000.001", 1_000_000, -1102),
        ("timestamp=1000000&recvWindow=1.2345", 1_000_000, -1100),
        ("timestamp=1000000&recvWindow=-1", 1_000_000, -1100),
        ("timestamp=1000000&recvWindow=", 1_000_000, -1105),
        ("timestamp=", 1_000_000, -1102),
        ("recvWindow=5000", 1_000_000, -1102),
        ("timestamp=now", 1_000_000, -1100),
        ("timestamp=1000000.5", 1_000_000, -1100),
        ("timestamp=99999999999999999999", 1_000_000, -1108),
    ],
)
def test_the_receive_window(sent: str, now_ms: float, code: int) -> None:
    now_ns = round(now_ms * 1_000) * 1_000
    params = Params(split(sent.encode(), b"").values)
    if code:
        with pytest.raises(ApiError) as refused:
            fresh_until_ns(params, now_ns)
        assert refused.value.code == code
    else:
        assert fresh_until_ns(params, now_ns) >= now_ns


def test_late_and_early_say_so() -> None:
    params = Params({"timestamp": "1000000"})
    with pytest.raises(ApiError, match=r"outside of the recvWindow"):
        fresh_until_ns(params, 1_006_000 * 10**6)
    with pytest.raises(ApiError, match=r"1000ms ahead of the server's time"):
        fresh_until_ns(params, 998_000 * 10**6)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path}/registry.db", MasterKey.load(tmp_path / "master.key"))
    opened.add_account(7, "alice")
    yield opened
    opened.close()


def refused_with(
    registry: Registry, key: str | None, query: bytes, permission: Permission = Permission.TRADE, address: str = "::1"
) -> tuple[int, int, str]:
    """Code, status and message of a refusal; (0, 0, "") if the request was believed."""
    try:
        asyncio.run(authenticate(registry, key, split(query, b""), address, permission, NOW_MS * 10**6))
    except ApiError as error:
        return error.code, error.status, error.message
    return 0, 0, ""


def signed(secret: str, query: bytes = ASCII) -> bytes:
    return query + b"&signature=" + hmac.digest(secret.encode(), query, "sha256").hex().encode()


def test_the_order_of_refusals(registry: Registry) -> None:
    key, secret = registry.add_api_key(7)
    good = signed(secret)
    bad_format = (-2014, 401, "API-key format invalid.")
    bad_key = (-2015, 401, "Invalid API-key, IP, or permissions for action.")
    assert refused_with(registry, key, good) == (0, 0, "")
    for malformed in (None, "", "short", key + "A", key[:-1] + "é", key[:-1] + "\n"):
        assert refused_with(registry, malformed, good) == bad_format
    assert refused_with(registry, "Z" * 64, good) == bad_key
    assert refused_with(registry, key, ASCII) == (
        -1102,
        400,
        "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
    )
    wrong = good[:-1] + (b"0" if good[-1:] != b"0" else b"1")
    assert refused_with(registry, key, wrong) == (-1022, 400, "Signature for this request is not valid.")
    assert refused_with(registry, key, signed("another secret")) == (
        -1022,
        400,
        "Signature for this request is not valid.",
    )
    registry.revoke(key)
    assert refused_with(registry, key, good) == bad_key


def test_permissions_and_addresses_bind(registry: Registry) -> None:
    reader = registry.add_api_key(7, permissions=Permission.USER_DATA)
    at_home = registry.add_api_key(7, networks="192.0.2.0/24")
    assert refused_with(registry, reader.key, signed(reader.secret), Permission.USER_DATA)[0] == 0
    assert refused_with(registry, reader.key, signed(reader.secret), Permission.TRADE)[0] == -2015
    assert refused_with(registry, at_home.key, signed(at_home.secret), address="192.0.2.8")[0] == 0
    assert refused_with(registry, at_home.key, signed(at_home.secret), address="198.51.100.8")[0] == -2015
