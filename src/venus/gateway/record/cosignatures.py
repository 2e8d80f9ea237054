"""Cosignatures that supervisors hand in, and who cosigns. Source: docs/rules/public_log.md, "Cosignatures"."""

import asyncio
from collections.abc import Callable

import structlog

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.gateway.journal import refusals
from venus.gateway.journal.seats import Asker
from venus.gateway.record.log import PublicLog, Stood
from venus.gateway.record.places import BASE, PUBLIC_WEIGHT
from venus.journal.cosignatures import Cosignature, CosignatureVerifier, cosignatures_of
from venus.journal.notes import NoteRefused, open_note, parse_checkpoint
from venus.registry.cosignatures import CosignatureRecord, Handed
from venus.registry.looks import LookRecord
from venus.units import NS_PER_MS, NS_PER_US

CHECKPOINTS = f"{BASE}/checkpoints"
COSIGNER_HEADER = "X-VENUS-COSIGNER"
ROWS = Limit(100, 1_000)
_log = structlog.get_logger("record")


class Cosignatures:
    """clock_ns: the time by which what is handed in is kept."""

    def __init__(
        self,
        log: PublicLog,
        record: CosignatureRecord,
        looks: LookRecord,
        facts: LedgerFacts,
        clock_ns: Callable[[], int],
    ) -> None:
        self._log = log
        self._record = record
        self._looks = looks
        self._facts = facts
        self._clock_ns = clock_ns

    def endpoints(self) -> tuple[Endpoint, ...]:
        """What is told in JSON."""
        return (
            Endpoint("GET", CHECKPOINTS, self.listing, PUBLIC_WEIGHT, names(f"from {ROWS}")),
            Endpoint("GET", f"{BASE}/cosigners", self.cosigners, PUBLIC_WEIGHT),
            Endpoint("GET", f"{BASE}/looks", self.looks, PUBLIC_WEIGHT, names(f"from {ROWS}")),
        )

    async def listing(self, desk: Desk, call: Call) -> bytes:
        """Checkpoints of `from` frames or more, the shortest first, with their cosignatures; the newest without it."""
        first, limit = call.params.integer("from"), call.params.limit(ROWS)
        stood = await (self._log.last(limit) if first is None else self._log.listing(first, limit))
        lines = await desk.off_loop(lambda: self._record.lines([one.checkpoint.frames for one in stood]))
        return written(
            [
                {
                    "frames": one.checkpoint.frames,
                    "time": told_time(one.time_ns, call.unit_ns),
                    "cosignatures": len(lines[one.checkpoint.frames]),
                    "note": one.note.decode() + "".join(lines[one.checkpoint.frames]),
                }
                for one in stood
            ]
        )

    async def cosigners(self, desk: Desk, call: Call) -> bytes:
        """Who ever cosigned: the key, and whose machine it is."""
        await self._facts.refresh()
        return written(
            [
                {
                    "name": one.name,
                    "verifier": one.verifier,
                    "institution": one.institution,
                    "institutionName": self._facts.institution_name(one.institution),
                }
                for one in await desk.off_loop(self._record.cosigners)
            ]
        )

    async def looks(self, desk: Desk, call: Call) -> bytes:
        """Who opened the journal's feed and when, from a look on; each is chained to the one before by its hash."""
        await self._facts.refresh()
        first, limit = call.params.integer("from"), call.params.limit(ROWS)
        return written(
            [
                {
                    "number": one.number,
                    "institution": one.institution,
                    "institutionName": self._facts.institution_name(one.institution),
                    "seat": one.seat,
                    "timeUs": one.time_us,
                    "what": one.kind,
                    "from": one.first_frame,
                    "hash": one.hash,
                }
                for one in await desk.off_loop(lambda: self._looks.listing(first or 1, limit))
            ]
        )

    async def newest(self, *, cosigned: bool) -> bytes:
        """The newest checkpoint (cosigned: that anybody cosigned) with its cosignatures; raises ApiError."""
        if cosigned:
            frames = await asyncio.to_thread(self._record.newest)
            if frames is None:
                raise refusals.no_checkpoint()
            stood = await self._log.of(frames)
        else:
            stood = await self._log.newest()
        frames = stood.checkpoint.frames
        lines = await asyncio.to_thread(self._record.lines, [frames])
        return stood.note + "".join(lines[frames]).encode()

    async def verifiers(self) -> bytes:
        """The journal's key, then the cosigners', one a line."""
        journal = await asyncio.to_thread(self._log.verifier)
        cosigners = await asyncio.to_thread(self._record.cosigners)
        return "".join(f"{line}\n" for line in (journal.text(), *(one.verifier for one in cosigners))).encode()

    async def take(self, asker: Asker, verifier_text: str, note: bytes) -> bytes:
        """Keep the cosignature of one key over a checkpoint of the journal; raises ApiError in words."""
        stood, cosignature = await self._checked(verifier_text, note)
        known = cosignature.verifier
        handed = Handed(
            frames=stood.checkpoint.frames,
            name=known.name,
            verifier=known.text(),
            line=cosignature.line,
            signed_s=cosignature.time_s,
            institution=asker.institution,
            seat=asker.seat,
        )
        if await asyncio.to_thread(self._record.add, handed, self._clock_ns() // NS_PER_US) is not None:
            raise refusals.name_taken(known.name)
        return written({"frames": handed.frames, "name": known.name, "time": told_time(stood.time_ns, NS_PER_MS)})

    async def _checked(self, verifier_text: str, note: bytes) -> tuple[Stood, Cosignature]:
        try:
            verifier = CosignatureVerifier.from_text(verifier_text)
            journal = await asyncio.to_thread(self._log.verifier)
            checkpoint = parse_checkpoint(open_note(note, [journal]).text)
            found = cosignatures_of(note, [verifier])
        except NoteRefused as error:
            raise refusals.bad_note(str(error)) from None
        if len(found) != 1:
            raise refusals.bad_note(f"{len(found)} lines of it are of {verifier.name}, not one")
        stood = await self._log.of(checkpoint.frames)
        if stood.checkpoint != checkpoint:
            _log.critical("another checkpoint than the journal's bears its key's signature", frames=checkpoint.frames)
            raise refusals.split_view(checkpoint.frames)
        return stood, found[0]
