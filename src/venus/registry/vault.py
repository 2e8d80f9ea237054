"""Secrets at rest: AES-256-GCM under one master key that is never in the database.

An exchange must hold HMAC secrets in a form it can compute with, so they cannot be hashed as passwords are; sealed, a
stolen database or backup of it signs nothing without the master key.
"""

import base64
import binascii
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MASTER_KEY_BYTES = 32
_NONCE_BYTES = 12


class VaultError(Exception):
    """The master key is missing, unsafe or not the one that sealed the data; says what to do."""


class MasterKey:
    """32 secret bytes. Its repr says nothing, so no log or traceback can hold it."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != MASTER_KEY_BYTES:
            raise VaultError(f"a master key has {MASTER_KEY_BYTES} bytes, this one has {len(key)}")
        self._key = key

    def __repr__(self) -> str:
        return "MasterKey(hidden)"

    def __reduce__(self) -> str:
        raise TypeError("a master key is not pickled")

    def vault(self) -> "Vault":
        return Vault(AESGCM(self._key))

    @classmethod
    def from_text(cls, text: str) -> "MasterKey":
        """Base64 of 32 bytes, as it comes from an environment or a secret store; raises VaultError."""
        try:
            return cls(base64.b64decode(text, validate=True))
        except binascii.Error:
            raise VaultError("the master key is not base64") from None

    @classmethod
    def load(cls, path: Path) -> "MasterKey":
        """The key in `path`, made there on first use with mode 0600; raises VaultError if others may read it."""
        if not path.exists():
            _create(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise VaultError(
                f"{path} may be read by others (mode {mode:04o}): chmod 600, and think of its key as known"
            )
        return cls.from_text(path.read_text().strip())


def _create(path: Path) -> None:
    # Written aside and linked into place: of two processes that start at once one wins, and nobody reads half a key.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, base64.b64encode(os.urandom(MASTER_KEY_BYTES)) + b"\n")
        os.fsync(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        os.close(descriptor)
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class Vault:
    """Seals small secrets. `context` binds a sealed text to its place, so that it cannot be moved to another row."""

    __slots__ = ("_cipher",)

    def __init__(self, cipher: AESGCM) -> None:
        self._cipher = cipher

    def __repr__(self) -> str:
        return "Vault(hidden)"

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Raises VaultError if the bytes were changed, moved, or sealed under another master key."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise VaultError(f"{context}: not sealed under this master key, or altered since") from None
