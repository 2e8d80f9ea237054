"""What was written: texts of adverts and payment accounts as orders have them, by their hash. What has a hash never
changes, and so is kept in memory.
"""

import asyncio
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from venus.gateway.p2p.methods import Methods
from venus.p2p.names import NameMatch, compare, masked_number
from venus.p2p.texts import AdvertText, PaymentAccount, Requirements, decoded
from venus.registry.p2p_writings import DeclaredAccount, WritingsRecord

_TEXTS_MAX = 200_000
_ACCOUNTS_MAX = 100_000
NO_TEXT = AdvertText(terms="", auto_reply="", requirements=Requirements())
"""Of an advert that was posted past this door."""


class Papers:
    def __init__(self, record: WritingsRecord, catalogue: Methods) -> None:
        self._record = record
        self._catalogue = catalogue
        self._texts: dict[bytes, AdvertText] = {}
        self._accounts: dict[bytes, DeclaredAccount] = {}

    async def texts(self, hashes: Iterable[bytes]) -> dict[bytes, AdvertText]:
        """Of adverts; NO_TEXT for a hash whose text is not here."""
        wanted = set(hashes)
        unknown = [one for one in wanted if one not in self._texts]
        if unknown:
            await asyncio.to_thread(self._read, unknown)
        return {one: self._texts.get(one, NO_TEXT) for one in wanted}

    async def text(self, digest: bytes) -> AdvertText:
        return (await self.texts([digest]))[digest]

    async def declared(self, hashes: Iterable[bytes]) -> dict[bytes, DeclaredAccount]:
        """Payment accounts as orders have them; whether one was removed since is not told."""
        wanted = {one for one in hashes if one}
        unknown = [one for one in wanted if one not in self._accounts]
        if unknown:
            await asyncio.to_thread(self._read_accounts, unknown)
        return {one: self._accounts[one] for one in wanted if one in self._accounts}

    @staticmethod
    def holder(one: DeclaredAccount) -> str:
        """Whose name it is in."""
        return _fields(one.content).name

    @staticmethod
    def match(verified: str, one: DeclaredAccount) -> NameMatch:
        """How a verified name agrees with whose name it is in."""
        return _compared(verified, _fields(one.content).name)

    def account_facts(self, one: DeclaredAccount, *, masked: bool = False) -> dict[str, Any]:
        """masked: as the other side sees where a payment comes from."""
        fields = _fields(one.content)
        return {
            "paymentAccount": str(one.number),
            "method": self._catalogue.key_of(one.method),
            "name": fields.name,
            "number": masked_number(fields.number) if masked else fields.number,
            "bank": fields.bank or None,
            "branch": None if masked else fields.branch or None,
            "qrFile": None if masked else fields.qr_file or None,
        }

    def _read(self, hashes: list[bytes]) -> None:
        if len(self._texts) + len(hashes) > _TEXTS_MAX:
            self._texts.clear()
        for digest in hashes:
            content = self._record.document(digest)
            if content is not None:
                self._texts[digest] = decoded(content, AdvertText)

    def _read_accounts(self, hashes: list[bytes]) -> None:
        if len(self._accounts) + len(hashes) > _ACCOUNTS_MAX:
            self._accounts.clear()
        for digest in hashes:
            found = self._record.declared(digest)
            if found is not None:
                self._accounts[digest] = found


_compared = lru_cache(maxsize=_ACCOUNTS_MAX)(compare)


@lru_cache(maxsize=_ACCOUNTS_MAX)
def _fields(content: bytes) -> PaymentAccount:
    return decoded(content, PaymentAccount)


def new_salt() -> str:
    return secrets.token_hex(16)
