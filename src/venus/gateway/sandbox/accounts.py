"""Further accounts and keys, while the sandbox runs."""

import re
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy.exc import IntegrityError

from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.money import Give, balances_of, give
from venus.gateway.sandbox.refusals import Refused
from venus.p2p.names import NAME_CHARS_MAX
from venus.records.commands import TRADE_GROUP_NONE, AccountKind, FreezeAccount, OpenAccounts, UnfreezeAccount
from venus.registry.credentials import BadKeyMaterial, KeyKind, Permission
from venus.registry.p2p_market import VerifiedName
from venus.registry.registry import UnknownSubject

_NAME_CHARS_MAX = 64
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_RSA_BITS = 2048
_RSA_EXPONENT = 65_537
_PERMISSIONS = {
    "USER_DATA": Permission.USER_DATA,
    "TRADE": Permission.TRADE,
    "USER_STREAM": Permission.USER_STREAM,
    "WITHDRAW": Permission.WITHDRAW,
    "TRANSFER": Permission.TRANSFER,
}
Kind = Literal["HMAC", "ED25519", "RSA"]


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """A key of an account that there is. `publicKey` in PEM; without it a pair is made, and its private half given."""

    account: str
    kind: Kind = "HMAC"
    publicKey: str = ""
    permissions: tuple[str, ...] = tuple(_PERMISSIONS)
    networks: str = ""  # addresses and networks it may be used from, separated by commas; "": any


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """A person with one account, a key of it, and money by asset in decimal; verified under a name that is made up."""

    name: str
    kind: Kind = "HMAC"
    publicKey: str = ""
    permissions: tuple[str, ...] = tuple(_PERMISSIONS)
    networks: str = ""
    balances: dict[str, str] = {}
    tradeGroup: int = TRADE_GROUP_NONE
    verifiedName: str = ""  # "": the account's
    country: str = "ZZ"  # ISO 3166-1


class Freeze(msgspec.Struct, forbid_unknown_fields=True):
    """`untilMs` 0: until it is lifted."""

    account: str
    untilMs: int = 0


async def open_account(desk: SandboxDesk, form: NewAccount) -> dict[str, Any]:
    if not 0 < len(form.name) <= _NAME_CHARS_MAX or form.name.isdigit():
        raise Refused(400, f"a name has 1 to {_NAME_CHARS_MAX} characters and is no number")
    if len(form.verifiedName) > NAME_CHARS_MAX or not _COUNTRY.match(form.country):
        raise Refused(400, f"a verified name has at most {NAME_CHARS_MAX} characters, a country two letters A-Z")
    _permissions(form.permissions)
    _check_key(form.kind, form.publicKey)
    if form.name in {facts.label for facts in desk.registry.accounts()}:
        raise Refused(409, f"there is an account {form.name!r} already")
    for code in form.balances:
        await desk.asset(code)
    opened = await desk.cold(
        OpenAccounts(
            reference=desk.reference("open"),
            account_kind=AccountKind.PERSON,
            count=1,
            label="",
            tier=0,
            trade_group=form.tradeGroup,
        ),
        f"opening an account for {form.name!r}",
    )
    try:
        person = desk.registry.add_person(form.name)
    except IntegrityError:
        raise Refused(409, f"there is a person {form.name!r} already") from None
    desk.registry.add_account(opened.account, form.name, person)
    desk.registry.market.verify(person, VerifiedName(form.verifiedName or form.name, form.country))
    for code, amount in form.balances.items():
        await give(desk, Give(form.name, code, amount))
    key = NewKey(form.name, form.kind, form.publicKey, form.permissions, form.networks)
    facts = await add_key(desk, key)
    desk.remember(form.name, {name: value for name, value in facts.items() if name not in ("name", "account")})
    return facts | {"balances": await balances_of(desk, opened.account)}


async def add_key(desk: SandboxDesk, form: NewKey) -> dict[str, Any]:
    """Its facts, with the secret or the private key: this is the only time that they are shown."""
    number, permissions = desk.account(form.account), _permissions(form.permissions)
    kind = KeyKind[form.kind]
    public, private = _check_key(form.kind, form.publicKey)
    try:
        key = desk.registry.add_api_key(
            number,
            kind=kind,
            permissions=permissions,
            networks=form.networks,
            label="sandbox",
            public_pem=public.encode(),
        )
    except BadKeyMaterial as error:
        raise Refused(400, str(error)) from None
    facts: dict[str, Any] = {"name": form.account, "account": number, "kind": form.kind, "apiKey": key.key}
    if kind is KeyKind.HMAC:
        return facts | {"secret": key.secret}
    return facts | {"publicKey": public, "privateKey": private}


async def revoke_key(desk: SandboxDesk, key: str) -> dict[str, Any]:
    try:
        desk.registry.revoke(key)
    except UnknownSubject:
        raise Refused(404, "there is no such live key") from None
    return {"revoked": key}


async def freeze(desk: SandboxDesk, form: Freeze) -> dict[str, Any]:
    """Its open orders expire; nothing of it is taken until it is unfrozen."""
    number = desk.account(form.account)
    command = FreezeAccount(reference=desk.reference("freeze"), account=number, until_ns=form.untilMs * 1_000_000)
    await desk.cold(command, f"freezing {form.account}")
    return {"account": form.account, "frozen": True}


async def unfreeze(desk: SandboxDesk, form: Freeze) -> dict[str, Any]:
    number = desk.account(form.account)
    await desk.cold(UnfreezeAccount(reference=desk.reference("unfreeze"), account=number), f"unfreezing {form.account}")
    return {"account": form.account, "frozen": False}


def _permissions(names: tuple[str, ...]) -> Permission:
    permissions = Permission.NONE
    for name in names:
        if name not in _PERMISSIONS:
            raise Refused(400, f"there is no permission {name!r}; there are {', '.join(_PERMISSIONS)}")
        permissions |= _PERMISSIONS[name]
    return permissions


def _check_key(kind: str, public: str) -> tuple[str, str]:
    """Public and private half in PEM, made if none was brought; empty for HMAC. Raises Refused."""
    if kind == "HMAC":
        if public:
            raise Refused(400, "an HMAC key brings no public key")
        return "", ""
    if public:
        return public, ""
    private = Ed25519PrivateKey.generate() if kind == "ED25519" else generate_private_key(_RSA_EXPONENT, _RSA_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), pem
