"""Commands that need a quorum: proposed by one seat, approved by others, handed in when the quorum is there.

What is signed is the statement of docs/rules/approvals.md, and every answer tells the command in words beside it. Each
approval is written down before anything is done with it; the core alone decides, and a command goes in under its own
reference, so that what is handed in twice is done once.
"""

import asyncio
from typing import Any

from venus.engine.client import EngineClient, EngineOverloaded, EngineRefused
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.gateway.issuance.officials import SIGNATURE, approval_of, command_of, reader_of
from venus.gateway.issuance.quorums import Judged, good_approvals, missing, needed
from venus.gateway.issuance.refusals import (
    conflict_declared,
    no_approval_needed,
    no_such_proposal,
    not_concerned,
    not_its_proposer,
    not_open,
    reference_not_yours,
    refused,
    too_many_open,
)
from venus.gateway.issuance.signatures import seat_that_signed
from venus.gateway.issuance.wording import words
from venus.records import coins, p2p
from venus.records.approvals import Approval, holder_statement, statement, withdrawal_of
from venus.records.commands import PlainCommand, approved, decode_cold, encode_cold, plain
from venus.records.events import Event, EventFlag, EventKind
from venus.records.fields import to_fields
from venus.records.quorums import NOBODY, Need
from venus.records.rejects import Reject
from venus.registry.proposal_tables import ProposalRow
from venus.registry.proposals import ProposalState
from venus.registry.registry import Registry
from venus.units import NS_PER_US
from venus.views.issuance_questions import LawfulOrder, Seat
from venus.views.p2p_questions import MarketAnswer, MarketQuestion, P2pOrderAnswer, P2pOrderQuestion

COINS_BASE = "/coins/v1"
OPEN_MAX = 1_000
"""Open proposals of one institution."""
HOLDERS_REFERENCE = "holder:"
"""How references begin that the door makes for holders; nobody else's do."""
ROWS = Limit(100, 1_000)
_OF_DISPUTE = (p2p.DecideDispute, p2p.RelockEscrow, p2p.RefuseClaim)
_OF_ORDER = (coins.EnforceOrder, coins.LiftOrder, coins.DecideAppeal)


class Proposals:
    """The endpoints of those who propose and approve, under a door's base: the proposals are the same at each."""

    def __init__(self, client: EngineClient, registry: Registry, facts: LedgerFacts, base: str = COINS_BASE) -> None:
        self._client = client
        self._record = registry.proposals
        self._conflicts = registry.conflicts
        self._facts = facts
        self._base = base
        self._handing: set[asyncio.Future[None]] = set()

    def endpoints(self) -> tuple[Endpoint, ...]:
        command = f"command encoded {SIGNATURE}"
        said = "command encoded institution seat account expiresNs!"
        one = f"proposalId! {SIGNATURE}"
        listed = f"proposalState beforeId {ROWS} {SIGNATURE}"
        return (
            Endpoint("POST", f"{self._base}/statements", self.state, 1, names(said)),
            Endpoint("POST", self._proposals, self.propose, 5, names(command)),
            Endpoint("GET", self._proposals, self.listing, 10, names(listed)),
            Endpoint("DELETE", self._proposals, self.withdraw, 5, names(one)),
            Endpoint("POST", f"{self._base}/approvals", self.approve, 5, names(one)),
        )

    @property
    def _proposals(self) -> str:
        return f"{self._base}/proposals"

    async def state(self, desk: Desk, call: Call) -> bytes:
        """The very bytes that a seat, or a holder, signs to approve a command, and the command in words."""
        await self._facts.refresh()
        command, params = command_of(call), call.params
        expires_ns = params.integer("expiresNs")
        if expires_ns is None:
            raise errors.missing("expiresNs")
        encoded = encode_cold(command)
        account = params.integer("account")
        if account is None:
            institution, seat = params.integer("institution"), params.integer("seat")
            if institution is None or seat is None:
                raise errors.missing("institution" if institution is None else "seat")
            said = statement(self._facts.exchange, institution, seat, expires_ns, encoded)
        else:
            params.refuse("institution", "seat")
            said = holder_statement(self._facts.exchange, account, expires_ns, encoded)
        return written(self._told(command) | {"encoded": encoded.hex(), "statement": said.hex()})

    async def propose(self, desk: Desk, call: Call) -> bytes:
        """Propose a command with one's own approval; it is handed in at once if that is a quorum."""
        await self._facts.refresh()
        command, approval = command_of(call), approval_of(call)
        if command.reference.startswith(HOLDERS_REFERENCE):
            raise reference_not_yours(HOLDERS_REFERENCE)
        need = await self._need(command)
        encoded = encode_cold(command)
        seat = self._believe(approval, encoded, need, call.now_ns)
        await self._refuse_conflict(desk, command, seat)
        now_us = call.now_ns // NS_PER_US
        await desk.off_loop(lambda: self._record.expire(now_us))
        if await desk.off_loop(lambda: self._record.open_of(approval.institution)) >= OPEN_MAX:
            raise too_many_open(OPEN_MAX)
        kind, expires_us = type(command).__name__, approval.expires_ns // NS_PER_US
        row = await desk.off_loop(lambda: self._record.add(encoded, kind, approval, now_us, expires_us))
        return await self._go_on(desk, call, row.id)

    async def approve(self, desk: Desk, call: Call) -> bytes:
        """Add one's approval to a proposal; it is handed in if the quorum is there now."""
        await self._facts.refresh()
        row, approval = await self._row(desk, call), approval_of(call)
        need = await self._need(_command(row))
        seat = self._believe(approval, row.command, need, call.now_ns)
        await self._refuse_conflict(desk, _command(row), seat)
        if row.state == ProposalState.OPEN:
            await desk.off_loop(lambda: self._record.approve(row.id, approval, call.now_ns // NS_PER_US))
        elif row.state in (ProposalState.WITHDRAWN, ProposalState.EXPIRED):
            raise not_open(ProposalState(row.state).name)
        return await self._go_on(desk, call, row.id)

    async def withdraw(self, desk: Desk, call: Call) -> bytes:
        """Take a proposal of one's institution back."""
        await self._facts.refresh()
        row, approval = await self._row(desk, call), approval_of(call)
        seat_that_signed(self._facts, approval, withdrawal_of(row.command), call.now_ns)
        if approval.institution != row.institution:
            raise not_its_proposer()
        if not await desk.off_loop(lambda: self._record.advance(row.id, ProposalState.OPEN, ProposalState.WITHDRAWN)):
            raise not_open(ProposalState((await self._row(desk, call)).state).name)
        return written(await self._proposal(desk, call, await self._row(desk, call)))

    async def listing(self, desk: Desk, call: Call) -> bytes:
        """Proposals, the newest first; for seats alone."""
        await self._facts.refresh()
        reader_of(call, self._facts, self._proposals)
        now_us, params = call.now_ns // NS_PER_US, call.params
        state = params.optional("proposalState")
        if state is not None and state not in ProposalState.__members__:
            raise errors.bad_value("proposalState")
        states = None if state is None else (ProposalState[state],)
        before, limit = params.integer("beforeId"), params.limit(ROWS)
        await desk.off_loop(lambda: self._record.expire(now_us))
        rows = await desk.off_loop(lambda: self._record.listing(states=states, before=before, limit=limit))
        return written([await self._proposal(desk, call, row) for row in rows])

    # How it goes on

    def _believe(self, approval: Approval, encoded: bytes, need: Need, now_ns: int) -> Seat:
        """Raises ApiError unless one of those who must approve signed this."""
        seat = seat_that_signed(self._facts, approval, encoded, now_ns)
        concerned = {*need.all_of, *need.any_of, *(() if need.seat_of is None else (need.seat_of,))}
        if approval.institution not in concerned:
            raise not_concerned()
        return seat

    async def _refuse_conflict(self, desk: Desk, command: PlainCommand, seat: Seat) -> None:
        """Raises ApiError if the seat's person said that he cannot judge this; a party of it the core refuses too.

        Before anything is written down: an approval that the core will refuse would spoil those that came before it.
        """
        if not isinstance(command, _OF_DISPUTE):
            return
        order, person = command.order, seat.person
        if await desk.off_loop(lambda: self._conflicts.has(order, person)):
            raise conflict_declared()
        found = await self._client.ask(P2pOrderQuestion(order))
        assert isinstance(found, P2pOrderAnswer)
        if person in {one.person for one in (found.buyer, found.seller) if one is not None}:
            raise refused(Reject.CONFLICT_OF_INTEREST)

    async def _need(self, command: PlainCommand) -> Need:
        need = needed(self._facts, command, await self._lawful(command), await self._judged(command))
        if need == NOBODY:
            raise no_approval_needed()
        return need

    async def _judged(self, command: PlainCommand) -> Judged:
        """What of the market between people decides who must approve."""
        if not isinstance(command, p2p.OfMarket):
            return Judged()
        market = await self._client.ask(MarketQuestion())
        assert isinstance(market, MarketAnswer)
        arbiter = -1 if market.terms is None else market.terms.arbiter
        if not isinstance(command, _OF_DISPUTE):
            return Judged(arbiter)
        found = await self._client.ask(P2pOrderQuestion(command.order))
        assert isinstance(found, P2pOrderAnswer)
        order = found.order
        return Judged(arbiter) if order is None else Judged(arbiter, order.number, order.atoms >= order.large_atoms)

    async def _lawful(self, command: PlainCommand) -> LawfulOrder | None:
        if not isinstance(command, _OF_ORDER):
            return None
        return await self._facts.lawful_order(command.order)

    async def _go_on(self, desk: Desk, call: Call, number: int) -> bytes:
        """Hand a proposal in if its quorum is there; then tell how it stands."""
        row = await desk.off_loop(lambda: self._record.find(number))
        assert row is not None
        if row.state == ProposalState.OPEN:
            approvals = good_approvals(
                self._facts, await desk.off_loop(lambda: self._record.approvals(number)), call.now_ns
            )
            command = _command(row)
            if not missing(self._facts, await self._need(command), approvals, call.now_ns):
                # To its end, even if whoever asked has no more patience: what became of it must be written down.
                handing = asyncio.ensure_future(self._hand_in(desk, row, command, approvals))
                self._handing.add(handing)
                handing.add_done_callback(self._handing.discard)
                await asyncio.shield(handing)
                row = await desk.off_loop(lambda: self._record.find(number))
                assert row is not None
        if row.state == ProposalState.REFUSED and row.reject is not None:
            raise refused(Reject(row.reject))
        return written(await self._proposal(desk, call, row))

    async def _hand_in(self, desk: Desk, row: ProposalRow, command: PlainCommand, approvals: list[Approval]) -> None:
        """By one caller alone, who writes that down first. What a crash leaves so is opened again by the next start and
        handed in by the next approval: the core knows the reference, and answers as it did.
        """
        number = row.id
        submitted, opened = ProposalState.SUBMITTED, ProposalState.OPEN
        if not await desk.off_loop(lambda: self._record.advance(number, opened, submitted)):
            return
        try:
            outcome = await self._client.submit_cold(approved(command, *approvals))
        except (EngineOverloaded, EngineRefused, OverflowError):
            await desk.off_loop(lambda: self._record.advance(number, submitted, opened))
            raise
        event = own_event(outcome.events)
        if event.kind == EventKind.REJECTED:
            changes: dict[str, Any] = {"reject": event.reason, "sequence": outcome.sequence}
            after = ProposalState.REFUSED
        else:
            is_retry = event.flags & EventFlag.REPEATED
            sequence = event.trade_id if is_retry else outcome.sequence
            changes, after = {"sequence": sequence, "number": number_of(event)}, ProposalState.DONE
        if not await desk.off_loop(lambda: self._record.advance(number, submitted, after, **changes)):
            # Another gateway on this registry started meanwhile, and opened it again as one that was left behind.
            await desk.off_loop(lambda: self._record.advance(number, opened, after, **changes))

    # What is told

    def _told(self, command: PlainCommand) -> dict[str, Any]:
        try:
            sentence = words(command, self._facts)
        except KeyError:  # of no command that somebody approves, so there is none to read
            sentence = ""
        return {"kind": type(command).__name__, "words": sentence, "command": to_fields(command)}

    async def _row(self, desk: Desk, call: Call) -> ProposalRow:
        call.params.required("proposalId")
        number, now_us = call.params.integer("proposalId"), call.now_ns // NS_PER_US
        assert number is not None
        await desk.off_loop(lambda: self._record.expire(now_us))
        row = await desk.off_loop(lambda: self._record.find(number))
        if row is None:
            raise no_such_proposal()
        return row

    async def _proposal(self, desk: Desk, call: Call, row: ProposalRow) -> dict[str, Any]:
        command = _command(row)
        approvals = await desk.off_loop(lambda: self._record.approvals(row.id))
        wanted: list[str] = []
        if row.state == ProposalState.OPEN:
            wanted = missing(self._facts, await self._need(command), approvals, call.now_ns)
        return {
            "proposalId": row.id,
            "state": ProposalState(row.state).name,
            **self._told(command),
            "encoded": row.command.hex(),
            "proposedBy": {"institution": row.institution, "seat": row.seat},
            "time": told_time(row.created_us * NS_PER_US, call.unit_ns),
            "expiresAt": told_time(row.expires_us * NS_PER_US, call.unit_ns),
            "approvals": [
                {"institution": one.institution, "seat": one.seat, "expiresNs": one.expires_ns} for one in approvals
            ],
            "wanted": wanted,
            "sequence": row.sequence,
            "number": row.number,
            "reject": None if row.reject is None else Reject(row.reject).name,
        }


def _command(row: ProposalRow) -> PlainCommand:
    return plain(decode_cold(row.command))


def own_event(events: list[Event]) -> Event:
    """A cold command's own event, which is its last; timers' stand before it."""
    return next(event for event in reversed(events) if not event.flags & EventFlag.TIMER)


def number_of(event: Event) -> int | None:
    """The number that a command's event gives to what it made."""
    if event.flags & EventFlag.REPEATED:
        return event.order_id
    if event.kind == EventKind.PERSON_SEATED:
        return event.maker_order_id
    if event.kind in (EventKind.ACCOUNTS_OPENED, EventKind.WALLETS_OPENED):
        return event.account
    return event.order_id if event.kind in _NUMBERED else None


_NUMBERED = frozenset(
    {
        EventKind.INSTITUTION_ADDED,
        EventKind.CALENDAR_ADOPTED,
        EventKind.RESERVE_OPENED,
        EventKind.RECEIPT_CONFIRMED,
        EventKind.REDEMPTION_REQUESTED,
        EventKind.LAWFUL_ORDERED,
        EventKind.HOLD_CREATED,
        EventKind.TRADE_PROPOSED,
        EventKind.PAYMENT_SCHEDULED,
        EventKind.OPERATOR_ADMITTED,
        EventKind.PURPOSE_BOUND,
        EventKind.PURSE_OPENED,
        EventKind.ESCROW_RELOCKED,
    }
)
