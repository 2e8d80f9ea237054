"""Receipts afterwards: of commands that the journal has, to whom they were of.

Source: docs/rules/receipts.md.
"""

from collections.abc import Iterator

import numpy as np

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.issuance.ledger_facts import told_time, written
from venus.gateway.issuance.proposals import HOLDERS_REFERENCE
from venus.gateway.receipts import Receipts
from venus.gateway.record.places import BASE
from venus.journal.frames import Frame, FrameKind
from venus.journal.receipts import Receipt
from venus.journal.sequences import Sequences
from venus.journal.store import JournalReader
from venus.records.commands import COMMAND, client_digest, decode_cold, plain, unpack_command
from venus.records.sequenced import slice_hot
from venus.registry.credentials import Permission
from venus.units import NS_PER_MS

_WEIGHT = 20


class Lookup:
    """Of an engine whose journal's files are here."""

    def __init__(self, receipts: Receipts, reader: JournalReader) -> None:
        self._receipts = receipts
        self._sequences = Sequences(reader)

    def endpoints(self) -> tuple[Endpoint, ...]:
        read = names("sequence time:moment clientId")
        return (Endpoint("GET", f"{BASE}/receipt", self.receipt, _WEIGHT, read, Permission.USER_DATA),)

    async def receipt(self, desk: Desk, call: Call) -> bytes:
        """Receipts of one's own commands: that of a sequence, or those under a client id at the time of an answer."""
        params, account = call.params, call.account
        sequence = params.integer("sequence")
        if sequence is not None:
            if params.optional("time") is not None or params.optional("clientId") is not None:
                raise errors.bad_combination()
            found = await desk.off_loop(lambda: list(self._of_sequence(account, sequence)))
        else:
            client_id = params.optional("clientId")
            time_ns = params.time_ns("time")
            if time_ns is None or client_id is None:
                raise errors.missing_either("sequence", "time")
            found = await desk.off_loop(lambda: list(self._under(account, client_id, time_ns)))
        if not found:
            raise _no_such_command()
        return written(
            [
                {
                    "sequence": one.sequence,
                    "time": told_time(one.time_ns, call.unit_ns),
                    "receipt": self._receipts.signed(one),
                }
                for one in found
            ]
        )

    def _of_sequence(self, account: int, sequence: int) -> Iterator[Receipt]:
        frame = self._sequences.holding(sequence)
        if frame is not None:
            yield from _own(frame, account, sequence - frame.first_sequence)

    def _under(self, account: int, client_id: str, time_ns: int) -> Iterator[Receipt]:
        """Hot commands under this id in frames of the time's millisecond."""
        first_ns = time_ns // NS_PER_MS * NS_PER_MS
        digests = client_digest(client_id), client_digest(f"{HOLDERS_REFERENCE}{account}:{client_id}")
        for frame in self._sequences.within(first_ns, first_ns + NS_PER_MS):
            if frame.kind != FrameKind.HOT:
                continue
            rows = np.frombuffer(frame.payload, COMMAND, frame.commands_count)
            own = rows["account"] == account
            named = [(rows["client_hi"] == hi) & (rows["client_lo"] == lo) for hi, lo in digests]
            for index in np.nonzero(own & (named[0] | named[1]))[0].tolist():
                yield from _own(frame, account, index)


def _own(frame: Frame, account: int, index: int) -> Iterator[Receipt]:
    """The receipt of a frame's command, if it is one that this account asked for.

    A cold command that is about an account need not be of it: an order of an authority is told when it may be.
    """
    if frame.kind == FrameKind.COLD:
        payload = bytes(frame.payload)
        is_own = plain(decode_cold(payload)).reference.startswith(f"{HOLDERS_REFERENCE}{account}:")
    else:
        sliced = slice_hot(frame.payload, frame.commands_count, index, 1)
        payload, is_own = sliced.payload, unpack_command(sliced.records).account == account
    if is_own:
        yield Receipt.of(frame.first_sequence + index, 1, frame.time_ns, account, FrameKind(frame.kind), payload)


def _no_such_command() -> errors.ApiError:
    return errors.ApiError(-33_001, "The journal has no command of yours there.", status=404)
