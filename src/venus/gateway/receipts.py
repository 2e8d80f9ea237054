"""Gives receipts: with the answer to a request that wants one, and afterwards from the journal.

Source: docs/rules/receipts.md.
"""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from venus.engine.client import Sequenced
from venus.journal.delegated import sign_delegated
from venus.journal.frames import FrameKind
from venus.journal.notes import Signer
from venus.journal.receipts import RECEIPTS_KEY, Receipt, sign_receipt


class Receipts:
    """Signs what the engine said it had taken."""

    def __init__(self, signer: Signer, delegation: bytes) -> None:
        self._signer = signer
        self._delegation = delegation

    @classmethod
    def load(cls, key: Path, delegation: Path) -> Self:
        """From the files that the engine made; raises OSError if they are not there."""
        private = load_pem_private_key(key.read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey), key
        return cls(Signer(RECEIPTS_KEY, private), delegation.read_bytes())

    def signed(self, receipt: Receipt) -> str:
        """On one line, as headers and JSON carry it."""
        return b64encode(sign_receipt(receipt, self._signer, self._delegation)).decode()

    def stood_by(self, text: str) -> str:
        """A note of this text by the same key, with its delegation."""
        return sign_delegated(text, self._signer, self._delegation).decode()

    def of(self, account: int, noted: Sequence[Sequenced]) -> str:
        """Of all that one request had sequenced, separated by commas; empty if nothing was."""
        return ",".join(self.signed(_receipt(account, one)) for one in noted)


def _receipt(account: int, one: Sequenced) -> Receipt:
    kind = FrameKind.COLD if one.cold else FrameKind.HOT
    return Receipt.of(one.sequence, one.commands_count, one.time_ns, account, kind, one.cold or one.hot)
