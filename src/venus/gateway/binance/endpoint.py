"""What an endpoint is, what it is given, and what it works with: the frame that market, orders and accounts fill."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Self, TypeVar

import msgspec

from venus.engine.client import EngineClient, EngineOverloaded, EngineRefused, Outcome, Sequenced
from venus.gateway.binance import errors
from venus.gateway.binance.bodies import BODY_BYTES_MAX
from venus.gateway.binance.limits import Limits
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market, Symbols
from venus.gateway.binance.wallet_desk import Wallet
from venus.records.commands import Command
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.views.questions import Answer, Question

AnswerKind = TypeVar("AnswerKind", bound=Answer)
Result = TypeVar("Result")

SIGNED_NAMES = frozenset({"timestamp", "recvWindow"})
"""Parameters of every signed request; the signature itself is taken out before."""


class Desk(NamedTuple):
    """What every endpoint works with."""

    client: EngineClient
    symbols: Symbols
    limits: Limits
    clock_ns: Callable[[], int]
    wallet: Wallet | None = None
    records: Registry | None = None

    @property
    def registry(self) -> Registry:
        assert self.records is not None
        return self.records

    @property
    def vault(self) -> Wallet:
        """The wallet; where none was joined its endpoints are not supported."""
        if self.wallet is None:
            raise errors.unsupported()
        return self.wallet

    @staticmethod
    async def off_loop(work: Callable[[], Result]) -> Result:
        """Do what blocks, such as SQL, in a thread."""
        return await asyncio.to_thread(work)

    async def ask(self, question: Question, kind: type[AnswerKind]) -> AnswerKind:
        """The view's answer to a question, which is of this kind."""
        answer = await self.client.ask(question)
        assert isinstance(answer, kind)
        return answer


class Call:
    """One request, believed and counted. `account` is -1 for public endpoints."""

    __slots__ = (
        *("account", "attached", "body", "content_type", "deadline_ns", "key"),
        *("noted", "now_ns", "params", "placed", "unit_ns"),
    )

    def __init__(
        self, params: Params, now_ns: int, unit_ns: int, account: int = -1, deadline_ns: int = 0, key: str = ""
    ) -> None:
        self.params = params
        self.now_ns = now_ns
        self.unit_ns = unit_ns  # of times in the answer
        self.account = account
        self.deadline_ns = deadline_ns
        self.key = key  # that believed it
        self.noted: list[Sequenced] | None = None  # what was sequenced for it, if it wants a receipt
        self.placed = False  # an order was accepted: its answer carries the account's order counts
        self.body = b""  # of an endpoint that takes a file
        self.content_type = ""  # of that body, as its sender says
        self.attached: list[tuple[bytes, bytes]] | None = None  # headers of an answer that is a file and not JSON

    async def market(self, desk: Desk) -> Market:
        """The market that the mandatory parameter `symbol` names."""
        return await desk.symbols.market(self.params.required("symbol"))

    def still_fresh(self, desk: Desk) -> None:
        """The receive window, tested again just before the engine."""
        if desk.clock_ns() > self.deadline_ns:
            raise errors.late()


Handler = Callable[[Desk, Call], Awaitable[bytes]]


class Asked(msgspec.Struct, frozen=True):
    """One command that an operation asks of the engine, and how it goes on."""

    command: Command
    text: str
    answer: Callable[[Outcome], bytes]  # raises ApiError
    not_taken: Callable[[], None]  # the engine did not take it


Ask = Callable[[Desk, Call], Asked | None]
"""The first half of an operation that is one command. None: it must look something up first, so ask its handler."""


async def carry_out(desk: Desk, asked: Asked) -> bytes:
    """The second half, for a caller that waits."""
    try:
        outcome = await desk.client.submit(asked.command, asked.text)
    except (EngineOverloaded, EngineRefused):
        asked.not_taken()
        raise
    return asked.answer(outcome)


class Declared(NamedTuple):
    """One word of a line of names. `kind` is a key of vocabulary.py, "" for the name's own, or what a Limit says."""

    name: str
    kind: str
    required: bool


class Names(frozenset[str]):
    """Names of parameters, which is all that a request is tested by; what else their line says is for documents."""

    declared: tuple[Declared, ...]
    signed: frozenset[str]  # the same with what every signed request carries

    def __new__(cls, declared: Iterable[Declared] = ()) -> Self:
        declared = tuple(declared)
        names = super().__new__(cls, (one.name for one in declared))
        names.declared = declared
        names.signed = names | SIGNED_NAMES
        return names


class Endpoint(NamedTuple):
    """A path and what stands behind it. `names` are all parameters it reads, but those of every signed request."""

    method: str
    path: str
    handler: Handler
    weight: int | Callable[[Params], int]
    names: Names = Names()
    permission: Permission = Permission.NONE
    free_if_done: bool = False  # successful placements and cancels weigh nothing
    uid_weight: int = 0  # counted for the account, beside what `weight` counts for the address
    repeated: frozenset[str] = frozenset()  # names that may come more than once; joined by commas
    key_is_enough: bool = False  # signed or not: a client in use sends only its key
    may_be_signed: bool = False  # public, though clients sign it: the signature says nothing and is not looked at
    key_only: bool = False  # the key is believed without a signature
    key_optional: bool = False  # whoever sends no key is anybody
    takes_file: bool = False  # its body is a file, and all parameters are in the query
    gives_file: bool = False  # its answer is one
    takes_json: bool = False  # its body is JSON, which clients do not sign
    body_bytes_max: int = BODY_BYTES_MAX  # more than that: no more than bodies.py lets in
    ask: Ask | None = None  # the handler's first half, for a door that need not wait in a task

    def refuse_unread(self, params: Params, *, signature: bool) -> None:
        """Every parameter sent must be one that is read."""
        signed = (self.permission is not Permission.NONE and not self.key_only) or self.may_be_signed
        if signed and self.names.signed.issuperset(params.values):
            return
        unknown_count = len(params.values.keys() - self.names)
        if signed:
            unknown_count -= len(params.values.keys() & SIGNED_NAMES)
        elif signature:
            unknown_count += 1
        if unknown_count == 0:
            return
        sent_count = len(params.values) + signature
        if not self.names and not signed:
            raise errors.too_many(0, sent_count)
        raise errors.unread(sent_count - unknown_count, sent_count)


def names(text: str) -> Names:
    """Parameter names from a line of them: `name`, `name!` if it must be sent, `name:kind` if it is of another kind
    than its namesakes.
    """
    return Names(map(_declared, text.split()))


def _declared(word: str) -> Declared:
    name, _, kind = word.removesuffix("!").partition(":")
    return Declared(name, kind, word.endswith("!"))


Row = tuple[str, Handler, int | Callable[[Params], int], str]
"""Path below its version, handler, weight, names of its parameters."""


def public(*rows: Row, versions: tuple[str, ...] = ("v3",)) -> tuple[Endpoint, ...]:
    """GET endpoints under /api/ that ask for no key."""
    return tuple(
        Endpoint("GET", f"/api/{version}/{path}", handler, weight, names(read))
        for version in versions
        for path, handler, weight, read in rows
    )


SINCE_V1 = ("v3", "v1")
"""v1 is retired, and old clients still call it."""
