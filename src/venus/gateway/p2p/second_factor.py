"""A trader's second factor: set up, confirmed, and what one code of it stands for. docs/rules/p2p_conduct.md."""

from typing import Any

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p import refusals
from venus.gateway.p2p.facts import BASE, money_sent, number_sent
from venus.gateway.p2p.house import Market
from venus.p2p.release_sessions import MINUTE_NS, Session, may_begin
from venus.records.p2p_states import OrderState
from venus.registry.credentials import Permission
from venus.registry.second_factors import Checked, FactorStands
from venus.units import NS_PER_US
from venus.views.p2p_questions import P2pOrder

_GOES = Permission.WITHDRAW


class SecondFactor:
    def __init__(self, market: Market) -> None:
        self._market = market

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("POST", "secondFactor", self.begin, ""),
            ("POST", "secondFactor/confirm", self.confirm, "code!"),
            ("POST", "secondFactor/session", self.begin_session, "code! fiat! amount! minutes:wholeNumber!"),
            ("DELETE", "secondFactor/session", self.end_sessions, ""),
        )
        return tuple(
            Endpoint(method, f"{BASE}/{path}", answer, 5, names(read), _GOES) for method, path, answer, read in rows
        )

    async def begin(self, desk: Desk, call: Call) -> bytes:
        """A new secret for codes, shown this once; it counts from its first code on."""
        card = await self._market.people.card(call.account)
        factors = self._market.registry.second_factors
        try:
            made = await desk.off_loop(lambda: factors.begin(call.account, card.nickname))
        except FactorStands:
            raise refusals.factor_there() from None
        return written({"secret": made.secret, "uri": made.uri})

    async def confirm(self, desk: Desk, call: Call) -> bytes:
        """The first code: from now on one is asked with every release."""
        code, now_us = call.params.required("code"), call.now_ns // NS_PER_US
        factors, sessions = self._market.registry.second_factors, self._market.sessions
        refuse_unless_good(await desk.off_loop(lambda: factors.confirm(call.account, code, now_us)))
        sessions.end(call.account)  # of a second factor that was dropped
        return b"{}"

    async def begin_session(self, desk: Desk, call: Call) -> bytes:
        """Let one code stand for releases by this key, for some minutes and up to a sum of one currency."""
        market = self._market
        await market.facts.refresh()
        fiat = market.facts.fiat_sent(call.params)
        minor = money_sent(fiat, call.params.required("amount"), "amount")
        minutes = number_sent(call.params, "minutes")
        if not may_begin(market.rules, minor, market.catalogue.unit(fiat), minutes):
            rules = market.rules
            most = market.facts.money(fiat.code, rules.session_units_max * market.catalogue.unit(fiat))
            raise refusals.session_too_large(rules.session_minutes_max, f"{most} {fiat.code}")
        await use_code(market, desk, call, call.params.required("code"))
        session = Session(fiat.code, minor, call.now_ns + minutes * MINUTE_NS)
        market.sessions.begin(call.account, call.key, session)
        return written(session_facts(market, call))

    async def end_sessions(self, desk: Desk, call: Call) -> bytes:
        """End all sessions of one's own, whichever key began them."""
        self._market.sessions.end(call.account)
        return b"{}"


def session_facts(market: Market, call: Call) -> dict[str, Any] | None:
    """The session of the key that asks, if there is one."""
    found = market.sessions.of(call.account, call.key, call.now_ns)
    if found is None:
        return None
    return {
        "fiat": found.fiat,
        "amountLeft": market.facts.money(found.fiat, found.left),
        "until": found.until_ns // call.unit_ns,
    }


def stands_for(market: Market, call: Call, order: P2pOrder) -> bool:
    """Whether a session stands for the release of an order; of one that is disputed, or not paid, none does."""
    if order.state != OrderState.PAID or order.seller != call.account:
        return False
    return market.sessions.spend(call.account, call.key, order.fiat, order.fiat_amount, call.now_ns)


async def use_code(market: Market, desk: Desk, call: Call, code: str) -> None:
    """Raise ApiError unless it is a good code of the account's second factor, which is used up then.

    Who guessed so often that codes are locked ends what an earlier code stood for.
    """
    factors, now_us = market.registry.second_factors, call.now_ns // NS_PER_US
    checked = await desk.off_loop(lambda: factors.check(call.account, code, now_us))
    if checked is Checked.LOCKED:
        market.sessions.end(call.account)
    refuse_unless_good(checked)


def refuse_unless_good(checked: Checked) -> None:
    """Raise ApiError for a code that is not good."""
    match checked:
        case Checked.GOOD:
            return
        case Checked.LOCKED:
            raise refusals.codes_locked()
        case Checked.NONE:
            raise refusals.no_factor()
    raise refusals.bad_code()
