"""The registry: keys that sign, secrets that stay sealed, and changes that every process hears of."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import create_engine, inspect

from venus.registry import keyring
from venus.registry import registry as registry_module
from venus.registry.credentials import BadKeyMaterial, Credential, KeyKind, Permission, parse_networks
from venus.registry.registry import Registry, UnknownSubject
from venus.registry.tables import Table
from venus.registry.vault import MasterKey, VaultError


def open_registry(directory: Path) -> Registry:
    return Registry.open(f"sqlite:///{directory}/registry.db", MasterKey.load(directory / "master.key"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = open_registry(tmp_path)
    opened.add_account(7, "alice", opened.add_person("alice"))
    yield opened
    opened.close()


def public_pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_new_hmac_key_is_found_with_the_secret_its_owner_was_given(registry: Registry) -> None:
    key, secret = registry.add_api_key(7, permissions=Permission.USER_DATA)
    credential = registry.credential(key)
    assert credential is not None
    assert len(key) == len(secret) == 64
    assert (credential.account, credential.kind) == (7, KeyKind.HMAC)
    assert credential.secret == secret.encode()
    assert credential.permissions == Permission.USER_DATA


def test_keys_survive_a_restart(tmp_path: Path) -> None:
    first = open_registry(tmp_path)
    first.add_account(1, "house")
    key, secret = first.add_api_key(1)
    first.close()
    second = open_registry(tmp_path)
    found = second.credential(key)
    second.close()
    assert found is not None and found.secret == secret.encode()


def test_secrets_are_neither_in_the_file_nor_in_any_repr(registry: Registry, tmp_path: Path) -> None:
    new = registry.add_api_key(7)
    credential = registry.credential(new.key)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("registry.db*"))
    assert new.key.encode() in stored
    assert new.secret.encode() not in stored
    assert new.secret not in repr(new) + repr(credential) + repr(registry.keys(7))


def test_a_sealed_secret_moved_to_another_key_is_refused(registry: Registry, tmp_path: Path) -> None:
    mallory, alice = registry.add_api_key(7).key, registry.add_api_key(7).key
    with sqlite3.connect(tmp_path / "registry.db") as database:
        database.execute(
            "UPDATE api_keys SET material = (SELECT material FROM api_keys WHERE key = ?) WHERE key = ?",
            (mallory, alice),
        )
    with pytest.raises(VaultError, match="altered"):
        registry.credential(alice)


def test_another_master_key_is_refused_at_the_start(tmp_path: Path) -> None:
    open_registry(tmp_path).close()
    with pytest.raises(VaultError, match="another master key"):
        Registry.open(f"sqlite:///{tmp_path}/registry.db", MasterKey(bytes(32)))


def test_a_master_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    sealed = MasterKey.load(path).vault().seal(b"x", "place")
    assert path.stat().st_mode & 0o777 == 0o600
    assert MasterKey.load(path).vault().unseal(sealed, "place") == b"x"
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]
    path.chmod(0o640)
    with pytest.raises(VaultError, match="chmod 600"):
        MasterKey.load(path)


@pytest.mark.parametrize("text", ["", "short", "!" * 44, "QUJD"])
def test_a_master_key_that_is_not_32_bytes_of_base64_is_refused(text: str) -> None:
    with pytest.raises(VaultError):
        MasterKey.from_text(text)


def test_a_revoked_key_is_gone_at_once_and_stays_listed(registry: Registry) -> None:
    key = registry.add_api_key(7, label="bot").key
    assert registry.credential(key) is not None
    registry.revoke(key)
    assert registry.credential(key) is None
    [facts] = registry.keys(7)
    assert facts.key == key and facts.label == "bot" and facts.revoked_us is not None
    with pytest.raises(UnknownSubject):
        registry.revoke(key)


def test_what_another_process_changes_is_heard_of(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_registry(tmp_path)
    revoked, restricted = registry.add_api_key(7).key, registry.add_api_key(7).key
    assert other.credential(revoked) and other.credential(restricted)
    assert other.credential("A" * 64) is None
    registry.revoke(revoked)
    registry.restrict(restricted, Permission.USER_DATA, "198.51.100.0/24")
    assert other.credential(revoked) is not None  # within REFRESH_S: remembered
    monkeypatch.setattr(keyring, "REFRESH_S", 0.0)
    assert other.credential(revoked) is None
    changed = other.credential(restricted)
    assert changed is not None
    assert changed.permissions == Permission.USER_DATA
    assert changed.allows_address("198.51.100.9") and not changed.allows_address("203.0.113.1")
    other.close()


def test_a_key_asked_for_before_it_was_made_is_found_after(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "_random_text", lambda chars: "K" * chars)
    assert registry.credential("K" * 64) is None
    registry.add_api_key(7)
    assert registry.credential("K" * 64) is not None


def test_finding_a_remembered_key_touches_no_sql(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "REFRESH_S", 60.0)
    key = registry.add_api_key(7).key

    async def find_all() -> list[Credential | None]:
        found = [await registry.find(key), await registry.find("U" * 64)]
        registry._keyring._session = None  # type: ignore[assignment]  # any SQL from here on would fail
        return [*found, await registry.find(key), await registry.find("U" * 64)]

    first, unknown, again, still_unknown = asyncio.run(find_all())
    assert first is not None and again is first
    assert unknown is None and still_unknown is None


def test_strangers_guesses_do_not_fill_memory(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "UNKNOWN_MAX", 5)
    for guess in range(50):
        assert registry.credential(f"{guess:064d}") is None
    assert len(registry._keyring._unknown) <= 5


def test_public_keys_must_be_of_their_kind_and_size(registry: Registry) -> None:
    ed, small = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 1024)
    key, secret = registry.add_api_key(7, kind=KeyKind.ED25519, public_pem=public_pem(ed))
    found = registry.credential(key)
    assert secret == "" and found is not None and found.public == ed.public_key()
    curve = ec.generate_private_key(ec.SECP256R1())
    for kind, pem in (
        (KeyKind.RSA, public_pem(ed)),
        (KeyKind.RSA, public_pem(small)),
        (KeyKind.ED25519, public_pem(curve)),
        (KeyKind.ED25519, b"not a key"),
        (KeyKind.ED25519, b""),
        (KeyKind.HMAC, public_pem(ed)),
    ):
        with pytest.raises(BadKeyMaterial):
            registry.add_api_key(7, kind=kind, public_pem=pem)


def test_a_key_belongs_to_a_registered_account(registry: Registry) -> None:
    with pytest.raises(UnknownSubject):
        registry.add_api_key(8)
    with pytest.raises(UnknownSubject):
        registry.add_account(8, "nobody's", person=99)
    assert [(facts.number, facts.handle) for facts in registry.accounts()] == [(7, "alice")]


def test_address_lists() -> None:
    listed = Credential("k", 1, KeyKind.HMAC, Permission.TRADE, parse_networks("192.0.2.0/24, 2001:db8::1"))
    for address, allowed in {
        "192.0.2.77": True,
        "::ffff:192.0.2.77": True,
        "192.0.3.1": False,
        "2001:db8::1": True,
        "2001:db8::2": False,
        "": False,
        "somewhere": False,
    }.items():
        assert listed.allows_address(address) is allowed, address
    assert Credential("k", 1, KeyKind.HMAC, Permission.TRADE).allows_address("somewhere")
    with pytest.raises(BadKeyMaterial):
        parse_networks("192.0.2.1/24")  # host bits set: did they mean the host or the network?


def test_fee_tiers_have_names(registry: Registry) -> None:
    registry.name_fee_tier(0, "regular")
    registry.name_fee_tier(0, "everyone")
    assert registry.fee_tier_name(0) == "everyone"
    assert registry.fee_tier_name(1) is None


def test_the_migrations_make_exactly_the_tables_that_are_declared(registry: Registry, tmp_path: Path) -> None:
    memory, file = create_engine("sqlite://"), create_engine(f"sqlite:///{tmp_path}/registry.db")
    Table.metadata.create_all(memory)
    wanted, migrated = inspect(memory), inspect(file)
    assert set(migrated.get_table_names()) == {*wanted.get_table_names(), "alembic_version"}
    for table in wanted.get_table_names():
        made = [(column["name"], str(column["type"]), column["nullable"]) for column in migrated.get_columns(table)]
        assert made == [(c["name"], str(c["type"]), c["nullable"]) for c in wanted.get_columns(table)], table
        assert (
            migrated.get_pk_constraint(table)["constrained_columns"]
            == (wanted.get_pk_constraint(table)["constrained_columns"])
        )
        for facts in ("get_foreign_keys", "get_unique_constraints", "get_indexes"):
            names = sorted(str(fact["name"]) for fact in getattr(migrated, facts)(table))
            assert names == sorted(str(fact["name"]) for fact in getattr(wanted, facts)(table)), (table, facts)
    memory.dispose()
    file.dispose()
