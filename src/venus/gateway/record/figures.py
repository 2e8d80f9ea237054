"""What customers are owed and what is issued, as the newest checkpoint says it; and to a customer, his own proof.

Source: docs/rules/liabilities.md, "Doors".
"""

from pathlib import Path
from threading import Lock

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, Names
from venus.gateway.issuance.ledger_facts import told_time, written
from venus.gateway.record.places import BASE, PUBLIC_WEIGHT
from venus.journal.failures import JournalDamaged, SnapshotDamaged
from venus.journal.figures import KeptFigures, Published
from venus.records.liabilities import NotOwed
from venus.registry.credentials import Permission
from venus.units import decimal

_PROOF_WEIGHT = 20


class Figures:
    """Of an exchange whose files are here."""

    def __init__(self, journal: Path, liabilities: Path) -> None:
        """Raises StorageFailed if the trees' directory cannot be made."""
        self._journal = journal
        self._kept = KeptFigures(liabilities)
        self._published: Published | None = None
        self._looking = Lock()

    def endpoints(self) -> tuple[Endpoint, ...]:
        own = Permission.USER_DATA
        return (
            Endpoint("GET", f"{BASE}/liabilities", self.liabilities, PUBLIC_WEIGHT),
            Endpoint("GET", f"{BASE}/supply", self.supply, PUBLIC_WEIGHT),
            Endpoint("GET", f"{BASE}/proof", self.proof, _PROOF_WEIGHT, Names(), own),
        )

    async def liabilities(self, desk: Desk, call: Call) -> bytes:
        """What all customers together are owed, by asset."""
        published = await desk.off_loop(self._newest)
        tree = published.tree
        await desk.symbols.refresh()
        scales = {asset.code: asset.scale for asset in desk.symbols.assets}
        totals = zip(tree.codes, tree.totals.tolist(), strict=True)
        return written(
            {
                "time": told_time(published.time_ns, call.unit_ns),
                "frames": tree.frames,
                "leaves": len(tree.accounts),
                "root": tree.root.hex(),
                "assets": [
                    {"code": code, "atoms": str(atoms), "amount": decimal(atoms, scales[code])}
                    for code, atoms in totals
                ],
                "checkpoint": published.note.decode(),
            }
        )

    async def supply(self, desk: Desk, call: Call) -> bytes:
        """What is issued and what backs it: the very text of which the checkpoint has the hash."""
        published = await desk.off_loop(self._newest)
        return written(
            {
                "time": told_time(published.time_ns, call.unit_ns),
                "frames": published.tree.frames,
                "text": published.supply,
                "checkpoint": published.note.decode(),
            }
        )

    async def proof(self, desk: Desk, call: Call) -> bytes:
        """That the account's balance is in what the checkpoint says."""
        published = await desk.off_loop(self._newest)
        try:
            proof = published.tree.prove(call.account)
        except NotOwed:
            raise errors.ApiError(
                -33_011, "You had no balance when the newest checkpoint's figures were taken.", status=404
            ) from None
        return written({"proof": msgspec.to_builtins(proof), "checkpoint": published.note.decode()})

    def _newest(self) -> Published:
        """For a thread. Raises ApiError."""
        with self._looking:
            try:
                self._published = self._kept.newest(self._journal, self._published)
            except (SnapshotDamaged, JournalDamaged):
                self._published = None
            if self._published is None:
                raise errors.ApiError(
                    -33_010, "No checkpoint with liabilities is published yet; one follows within seconds.", status=503
                )
            return self._published
