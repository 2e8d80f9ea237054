"""What parties do to an order: one command each. Source: docs/rules/p2p.md, "Orders"."""

from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, Handler, names
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p import refusals
from venus.gateway.p2p.commanding import Made
from venus.gateway.p2p.facts import BASE, atoms_sent, hash_of, hash_sent, listed, money_sent, number_sent
from venus.gateway.p2p.house import Market, viewer_of
from venus.gateway.p2p.second_factor import stands_for, use_code
from venus.gateway.p2p.telling import Struck, party_of
from venus.gateway.p2p.wallets import AGREES, refuse_unless_agreed
from venus.p2p.chat import head_bytes
from venus.p2p.risk import release_needs_code
from venus.p2p.texts import BadText, Evidence, checked, encoded
from venus.records import p2p
from venus.records.commands import PlainCommand
from venus.records.p2p_states import CancelReason, Ground, Party
from venus.registry.credentials import Permission
from venus.registry.p2p_chat import Standing

Word = TypeVar("Word", bound=IntEnum)
_TRADES, _MOVES = Permission.TRADE, Permission.WITHDRAW
PAY_BY_WALLET = "payByWallet"


class Common(NamedTuple):
    """Fields that every command of an order has."""

    reference: str
    order: int
    account: int
    looking: Awaitable[Standing]  # at its chat

    async def fields(self) -> dict[str, Any]:
        chat = head_bytes((await self.looking).head)
        return {"reference": self.reference, "order": self.order, "account": self.account, "chat": chat}


Build = Callable[["Steps", Desk, Call, Struck, Common], Awaitable[PlainCommand]]


class Steps:
    def __init__(self, market: Market) -> None:
        self._market = market

    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(
            Endpoint("POST", f"{BASE}/order/{path}", self._doing(path, build), 5, names(read), permission)
            for path, read, permission, build in TABLE
        )

    def handler(self, path: str) -> Handler:
        """Of one step, by its path."""
        return self._doing(path, next(build for one, _, _, build in TABLE if one == path))

    def _doing(self, path: str, build: Build) -> Callable[[Desk, Call], Awaitable[bytes]]:
        async def do(desk: Desk, call: Call) -> bytes:
            market = self._market
            number = number_sent(call.params, "order")
            await market.people.came(call.account)
            looking = market.registry.chats.look(number, call.account)  # while the view is asked
            order = await market.showing.struck(call.account, number)

            async def make(reference: str) -> PlainCommand:
                return await build(self, desk, call, order, Common(reference, number, call.account, looking))

            made = await market.commanding.undertake(desk, call, f"order/{path}", make)
            return await told_after(market, call, made, number, await looking)

        do.__doc__ = build.__doc__
        return do

    async def paid(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Say that one has paid, and how much."""
        fiat = self._market.facts.fiat(order.fiat)
        proof = await self._shown(desk, call, order, hash_sent(call.params, "proof"))
        sent = call.params.optional("fiatAmount")
        minor = order.fiat_amount if sent is None else money_sent(fiat, sent, "fiatAmount", least=0)
        return p2p.MarkPaid(**await common.fields(), fiat=minor, proof_hash=proof)

    async def pay_by_wallet(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Pay the seller's wallet from one's own, and have what is in escrow in the same moment."""
        wallet = number_sent(call.params, "wallet")
        amount = self._market.facts.amount(order.due_asset, order.due_atoms)
        said = {"order": order.number, "wallet": wallet, "amount": amount}
        await refuse_unless_agreed(self._market.registry, call, f"order/{PAY_BY_WALLET}", said, wallet, _MOVES)
        return p2p.PayEscrow(**await common.fields(), wallet=wallet)

    async def undo_paid(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Say that one has not paid after all; the time to pay goes on."""
        return p2p.UndoPaid(**await common.fields())

    async def release(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Release the asset to the buyer, for good."""
        registry, account = self._market.registry, call.account
        has_factor = await registry.second_factors.stands(account)
        unit = self._market.catalogue.unit(self._market.facts.fiat(order.fiat))
        if release_needs_code(self._market.rules, order.fiat_amount, unit, has_second_factor=has_factor):
            if not has_factor:
                raise refusals.factor_wanted()
            # Only the seller's code is used up, and only for an order that he may release.
            code = call.params.optional("code")
            if code is None:
                now = (await self._market.showing.order_of(account, order.number)).order
                if now is None or not stands_for(self._market, call, now):
                    raise refusals.code_wanted()
            elif account != order.seller:
                raise refusals.no_such_order()
            else:
                await use_code(self._market, desk, call, code)
        return p2p.ReleaseEscrow(**await common.fields())

    async def cancel(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Give the order up, as its buyer."""
        return p2p.CancelEscrow(**await common.fields(), reason=_word(call, "reason", CancelReason))

    async def ask_cancel(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Ask the buyer to cancel, as its seller."""
        return p2p.AskCancel(**await common.fields(), reason=_word(call, "reason", CancelReason))

    async def refuse_cancel(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Refuse what the seller asked."""
        proof = await self._shown(desk, call, order, hash_sent(call.params, "proof"))
        return p2p.RefuseCancel(**await common.fields(), proof_hash=proof)

    async def appeal(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Appeal; of an order that has ended it is a claim, which an arbiter looks at."""
        evidence = b""
        if call.params.has("text") or call.params.has("files"):
            evidence = await self._evidence(desk, call, order)
        return p2p.OpenAppeal(**await common.fields(), ground=_word(call, "ground", Ground), evidence_hash=evidence)

    async def evidence(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Bring evidence before the arbiter; who is silent until it is due loses."""
        return p2p.SubmitEvidence(**await common.fields(), evidence_hash=await self._evidence(desk, call, order))

    async def withdraw_appeal(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Take one's own appeal back."""
        return p2p.WithdrawAppeal(**await common.fields())

    async def offer(self, desk: Desk, call: Call, order: Struck, common: Common) -> PlainCommand:
        """Offer how much the buyer shall have; once both sides offer the same it is so."""
        asset = self._market.facts.asset(order.asset)
        return p2p.OfferSplit(
            **await common.fields(),
            buyer_atoms=atoms_sent(asset, call.params.required("buyerAmount"), "buyerAmount", least=0),
        )

    async def _evidence(self, desk: Desk, call: Call, order: Struck) -> bytes:
        """Keep what was sent as evidence; its hash."""
        files = listed(call.params, "files")
        for file in files:
            await self._shown(desk, call, order, hash_of("files", file))
        by = party_of(order, call.account)
        assert by in (Party.BUYER, Party.SELLER)
        text = Evidence(
            order=str(order.number), by=by.name, text=call.params.optional("text") or "", files=tuple(files)
        )
        try:
            content = encoded(checked(text))
        except BadText as error:
            raise refusals.bad_text(str(error)) from None
        writings = self._market.registry.writings
        return await desk.off_loop(lambda: writings.bring(order.number, call.account, content))

    async def _shown(self, desk: Desk, call: Call, order: Struck, digest: bytes) -> bytes:
        """A file that one brought is shown in the order from now on."""
        if digest:
            files, name = self._market.files, digest.hex()
            if not await desk.off_loop(lambda: files.is_of(name, call.account)):
                raise refusals.no_such_file()
            await desk.off_loop(lambda: files.use(name, order.number))
        return digest


async def told_after(market: Market, call: Call, made: Made, number: int, chat: Standing) -> bytes:
    """An order after a command, with its chat as it stood before; what happened is said in it from now on."""
    answer = await market.showing.order_of(call.account, number)
    await market.chats.begin(answer, made.answered)
    return written(await market.showing.order_told(answer, {number: chat}, viewer_of(call)))


def _word(call: Call, name: str, words: type[Word]) -> Word:
    """One of an enum's, but NONE and what is the clock's; raises ApiError."""
    text = call.params.required(name)
    if text not in words.__members__ or text in ("NONE", Ground.RELEASE_LATE.name):
        raise errors.bad_value(name)
    return words[text]


TABLE: tuple[tuple[str, str, Permission, Build], ...] = (
    ("paid", "order! fiatAmount proof:hexText clientId", _TRADES, Steps.paid),
    (PAY_BY_WALLET, f"order! {AGREES} clientId", _TRADES, Steps.pay_by_wallet),
    ("undoPaid", "order! clientId", _TRADES, Steps.undo_paid),
    ("release", "order! code clientId", _MOVES, Steps.release),
    ("cancel", "order! reason:cancelReason! clientId", _TRADES, Steps.cancel),
    ("askCancel", "order! reason:cancelReason! clientId", _TRADES, Steps.ask_cancel),
    ("refuseCancel", "order! proof:hexText clientId", _TRADES, Steps.refuse_cancel),
    ("appeal", "order! ground! text files clientId", _TRADES, Steps.appeal),
    ("evidence", "order! text files clientId", _TRADES, Steps.evidence),
    ("withdrawAppeal", "order! clientId", _TRADES, Steps.withdraw_appeal),
    ("offer", "order! buyerAmount! clientId", _TRADES, Steps.offer),
)
"""Path below order/, what it reads, what the key must be allowed, and the command it makes."""
