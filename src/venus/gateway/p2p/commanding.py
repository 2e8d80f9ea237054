"""Commands of the market as the door hands them in: each once under a client id, whatever was asked of it meanwhile."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import uuid4

import msgspec

from venus.engine.client import EngineClient, EngineOverloaded, EngineRefused
from venus.gateway.binance.endpoint import SIGNED_NAMES, Call, Desk
from venus.gateway.binance.errors import ApiError
from venus.gateway.issuance.holders import reference_of
from venus.gateway.issuance.proposals import own_event
from venus.gateway.issuance.refusals import refused
from venus.gateway.p2p.refusals import different_request
from venus.records.commands import PlainCommand, decode_cold, encode_cold, plain
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.registry.p2p_writings import Answered, RequestDiffers, WritingsRecord


class Done(NamedTuple):
    """number: of the order or advert that it made, if it made one. sequence: of the command."""

    number: int
    sequence: int


class Made(NamedTuple):
    """number: as Done. is_known: it was answered before, and nothing was handed in now. is_first: nor ever before.
    answered: to be noted yet.
    """

    number: int
    is_known: bool
    is_first: bool = False
    answered: Answered | None = None


Make = Callable[[str], Awaitable[PlainCommand]]
"""Of the reference it is handed in under. Raises ApiError."""


class Commanding:
    def __init__(self, client: EngineClient, writings: WritingsRecord) -> None:
        self._client = client
        self._writings = writings

    async def once(self, desk: Desk, call: Call, what: str, make: Make) -> Made:
        """What the request made. Under a client id that came before nothing is made, or tested, anew: it was answered,
        or what was handed in then is handed in again, which the core does once.

        what  is asked: one client id is for one of them
        """
        made = await self.undertake(desk, call, what, make)
        if made.answered is not None:
            await self._writings.answer(made.answered)
        return made

    async def undertake(self, desk: Desk, call: Call, what: str, make: Make) -> Made:
        """As `once`, for a caller that has what became of it noted later: until then it is known by its command, which
        the core does once.
        """
        client_id = call.params.client_id("clientId")
        if client_id is None:
            done = await self.hand_in(desk, call, await make(new_reference(call)))
            return Made(done.number, False, True)
        said = _said(call, what)
        try:
            asked = await self._writings.asked(call.account, client_id, said)
            if asked is None:
                made = await make(reference_of(call, client_id))
                asked = await self._writings.ask(call.account, client_id, said, encode_cold(made))
        except RequestDiffers:
            raise different_request() from None
        if asked.sequence is not None:
            return Made(asked.sequence, True)
        try:
            done = await self.hand_in(desk, call, plain(decode_cold(asked.command)))
        except (ApiError, EngineOverloaded, EngineRefused):
            # What an earlier try of it came to may not be known: then its client id stays taken.
            if not asked.is_new:
                raise
            await self._writings.forget(call.account, client_id)
            raise
        return Made(done.number, False, asked.is_new, Answered(call.account, client_id, done.number))

    async def hand_in(self, desk: Desk, call: Call, command: PlainCommand) -> Done:
        """Raises ApiError if it is refused."""
        call.still_fresh(desk)
        try:
            outcome = await self._client.submit_cold(command)
        except OverflowError:
            raise refused(Reject.INVALID_COMMAND) from None
        event = own_event(outcome.events)
        if event.kind == EventKind.REJECTED:
            raise refused(Reject(event.reason))
        return Done(event.order_id, outcome.sequence)


def _said(call: Call, what: str) -> bytes:
    sent = {name: value for name, value in call.params.values.items() if name not in SIGNED_NAMES}
    return msgspec.json.encode([what, sent], order="sorted")


def new_reference(call: Call) -> str:
    return reference_of(call, uuid4().hex)
