"""Who is who: people, their accounts, their API keys. Personal data is here and only here; the journal knows numbers.

One Registry a process. Changes go to SQL; what the hot path asks is answered from memory (keyring.py).
"""

import secrets
import string
import threading
import time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.chain_record import ChainRecord
from venus.registry.cosignatures import CosignatureRecord
from venus.registry.credentials import (
    BadKeyMaterial,
    Credential,
    KeyKind,
    Permission,
    parse_networks,
    parse_public_key,
)
from venus.registry.gathering import Gathering
from venus.registry.identities import IdentityRecord
from venus.registry.keyring import Keyring, seal_context
from venus.registry.looks import LookRecord
from venus.registry.migrate import migrate
from venus.registry.moves_record import MovesRecord
from venus.registry.owners import Owners
from venus.registry.p2p_chat import ChatRecord
from venus.registry.p2p_conflicts import ConflictRecord
from venus.registry.p2p_files import FileRecord
from venus.registry.p2p_market import MarketRecord
from venus.registry.p2p_offers import OfferRecord
from venus.registry.p2p_writings import WritingsRecord
from venus.registry.payment_requests import PaymentRequests
from venus.registry.proposals import ProposalRecord
from venus.registry.recalls import Recalls
from venus.registry.second_factors import SecondFactors
from venus.registry.tables import KEY_CHARS, AccountRow, ChangeRow, FeeTierRow, KeyRow, PersonRow, SealRow
from venus.registry.vault import MasterKey, Vault, VaultError

_ALPHABET = string.ascii_letters + string.digits
_SEAL = "master key"
_USUAL = Permission.USER_DATA | Permission.TRADE | Permission.USER_STREAM


class UnknownSubject(LookupError):
    """A person, account or key that is not registered."""


class NewKey(NamedTuple):
    """A key just made. This is the only time its secret is shown; it is empty for kinds that sign with their own."""

    key: str
    secret: str

    def __repr__(self) -> str:
        return f"NewKey(key={self.key!r}, secret=hidden)"


class KeyFacts(NamedTuple):
    """A key as its owner's list shows it."""

    key: str
    account: int
    kind: KeyKind
    permissions: Permission
    networks: str
    label: str
    created_us: int
    revoked_us: int | None


class AccountFacts(NamedTuple):
    number: int
    handle: str | None  # of the person it belongs to
    label: str


class Registry:
    """Opened by `Registry.open`; closed by `close`. Methods block for SQL unless they say otherwise."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._session = sessionmaker(engine, expire_on_commit=False)
        self._keyring = Keyring(self._session, vault)
        # One writer at a time in a process: who waits here does not wait, and give up, in the database.
        lock = self._lock = threading.Lock()
        self._writing = Gathering(engine, lock, "registry writing")
        self._reading = Gathering(engine, None, "registry reading")
        self.owners = Owners(self._session, lock)
        self.chain = ChainRecord(self._session, vault, lock)
        self.moves = MovesRecord(self._session, lock)
        self.proposals = ProposalRecord(self._session, lock)
        self.identities = IdentityRecord(self._session, vault, lock)
        self.requests = PaymentRequests(self._session, lock)
        self.recalls = Recalls(self._session, lock)
        self.looks = LookRecord(self._session, lock)
        self.cosignatures = CosignatureRecord(self._session, lock)
        self.market = MarketRecord(self._session, vault, lock, self._reading)
        self.writings = WritingsRecord(self._session, vault, lock, self._writing, self._reading)
        self.offers = OfferRecord(self._session, lock, self._reading)
        self.chats = ChatRecord(self._session, vault, lock, self._writing, self._reading)
        self.conflicts = ConflictRecord(self._session, vault, lock)
        self.second_factors = SecondFactors(self._session, vault, lock, self._reading)

    @classmethod
    def open(cls, url: str, master_key: MasterKey, *, durable: bool = True) -> "Registry":
        """Open and bring to the newest schema; raises VaultError if the key is not the one it was made with.

        durable  False: nobody waits for SQLite's disk; for a file that is thrown away if it is not finished
        """
        engine = _engine(url, durable=durable)
        try:
            migrate(engine)
            vault = master_key.vault()
            _check_seal(engine, vault)
            return cls(engine, vault)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        self._writing.close()
        self._reading.close()
        self._engine.dispose()

    def files(self, directory: Path) -> FileRecord:
        """Files of the market between people, on disk there; made if it is not there."""
        return FileRecord(directory, self._session, self._vault, self._lock)

    # People and accounts

    def add_person(self, handle: str) -> int:
        """A new person's number; raises sqlalchemy.exc.IntegrityError if the handle is taken."""
        with self._session.begin() as session:
            person = PersonRow(handle=handle, created_us=_now_us())
            session.add(person)
            session.flush()
            return person.id

    def person_of(self, handle: str) -> int | None:
        """A person's number; None if nobody has this handle."""
        with self._session() as session:
            return session.scalar(select(PersonRow.id).where(PersonRow.handle == handle))

    def person_of_account(self, number: int) -> int | None:
        """The person that an account belongs to; None: it is nobody's, or not registered."""
        with self._session() as session:
            return session.scalar(select(AccountRow.person).where(AccountRow.number == number))

    def add_account(self, number: int, label: str, person: int | None = None) -> None:
        """Register an account that the core has opened under `number`."""
        with self._session.begin() as session:
            if person is not None and session.get(PersonRow, person) is None:
                raise UnknownSubject(f"person {person}")
            session.add(AccountRow(number=number, person=person, label=label, created_us=_now_us()))

    def know_account(self, number: int, label: str) -> None:
        """Register an account of the core, if it is not known yet: a wallet, whose holder is sealed elsewhere."""
        with self._session.begin() as session:
            if session.get(AccountRow, number) is None:
                session.add(AccountRow(number=number, person=None, label=label, created_us=_now_us()))

    def accounts(self) -> list[AccountFacts]:
        query = (
            select(AccountRow.number, PersonRow.handle, AccountRow.label)
            .outerjoin(PersonRow, AccountRow.person == PersonRow.id)
            .order_by(AccountRow.number)
        )
        with self._session() as session:
            return [AccountFacts(*row) for row in session.execute(query)]

    def name_fee_tier(self, tier: int, name: str) -> None:
        with self._session.begin() as session:
            session.merge(FeeTierRow(tier=tier, name=name))

    def fee_tier_name(self, tier: int) -> str | None:
        with self._session() as session:
            row = session.get(FeeTierRow, tier)
            return row.name if row else None

    # Keys

    def add_api_key(
        self,
        account: int,
        *,
        kind: KeyKind = KeyKind.HMAC,
        permissions: Permission = _USUAL,
        networks: str = "",
        label: str = "",
        public_pem: bytes = b"",
    ) -> NewKey:
        """A new key of an account. HMAC gets a secret; the other kinds bring their public key.

        Raises UnknownSubject, or BadKeyMaterial if `public_pem` or `networks` will not do.
        """
        parse_networks(networks)
        if (kind is KeyKind.HMAC) == bool(public_pem):
            raise BadKeyMaterial("an HMAC key brings no public key, the other kinds do")
        key, secret = _random_text(KEY_CHARS), ""
        if kind is KeyKind.HMAC:
            secret = _random_text(KEY_CHARS)
            material = self._vault.seal(secret.encode(), seal_context(key))
        else:
            parse_public_key(kind, public_pem)
            material = public_pem
        with self._session.begin() as session:
            if session.get(AccountRow, account) is None:
                raise UnknownSubject(f"account {account}")
            session.add(
                KeyRow(
                    key=key,
                    account=account,
                    kind=int(kind),
                    permissions=int(permissions),
                    networks=networks,
                    label=label,
                    material=material,
                    created_us=_now_us(),
                    revoked_us=None,
                )
            )
            session.add(ChangeRow(key=key))
        self._keyring.forget(key)
        return NewKey(key, secret)

    def restrict(self, key: str, permissions: Permission, networks: str) -> None:
        """Change what a key may do and from where; raises UnknownSubject, BadKeyMaterial."""
        parse_networks(networks)
        with self._session.begin() as session:
            row = _live(session, key)
            row.permissions, row.networks = int(permissions), networks
            session.add(ChangeRow(key=key))
        self._keyring.forget(key)

    def revoke(self, key: str) -> None:
        """End a key for ever; raises UnknownSubject if it is not live."""
        with self._session.begin() as session:
            _live(session, key).revoked_us = _now_us()
            session.add(ChangeRow(key=key))
        self._keyring.forget(key)

    def keys(self, account: int) -> list[KeyFacts]:
        """All keys an account ever had, oldest first, without what they sign with."""
        query = select(KeyRow).where(KeyRow.account == account).order_by(KeyRow.created_us, KeyRow.key)
        with self._session() as session:
            return [_facts(row) for row in session.scalars(query)]

    def key_facts(self, key: str) -> KeyFacts | None:
        """A live key as its owner's list shows it."""
        with self._session() as session:
            row = session.get(KeyRow, key)
            return None if row is None or row.revoked_us is not None else _facts(row)

    async def find(self, key: str) -> Credential | None:
        """A live key's credential, from memory; SQL, in a thread, for a key not seen before and once in a second."""
        return await self._keyring.find(key)

    def known(self, key: str) -> Credential | None:
        """As `find`, if memory alone can tell."""
        return self._keyring.known(key)

    def credential(self, key: str) -> Credential | None:
        """As `find`, for callers without a loop; may block for SQL."""
        return self._keyring.credential(key)


def _facts(row: KeyRow) -> KeyFacts:
    return KeyFacts(
        row.key,
        row.account,
        KeyKind(row.kind),
        Permission(row.permissions),
        row.networks,
        row.label,
        row.created_us,
        row.revoked_us,
    )


def _engine(url: str, *, durable: bool) -> Engine:
    engine = create_engine(url, hide_parameters=True)  # parameters hold sealed secrets and handles: never in a log
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite if durable else _prepare_hasty_sqlite)
    return engine


def _prepare_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_hasty_sqlite(connection: object, record: object) -> None:
    _prepare_sqlite(connection, record)
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]


def _check_seal(engine: Engine, vault: Vault) -> None:
    with Session(engine) as session, session.begin():
        row = session.get(SealRow, _SEAL)
        if row is None:
            session.add(SealRow(name=_SEAL, sealed=vault.seal(_SEAL.encode(), _SEAL)))
            return
        try:
            vault.unseal(row.sealed, _SEAL)
        except VaultError:
            raise VaultError("this registry was sealed under another master key: bring that key back") from None


def _live(session: Session, key: str) -> KeyRow:
    row = session.get(KeyRow, key)
    if row is None or row.revoked_us is not None:
        raise UnknownSubject("no such live key")
    return row


def _random_text(chars: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(chars))


def _now_us() -> int:
    return time.time_ns() // 1_000
