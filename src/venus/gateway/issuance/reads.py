"""What anybody may read of coins: supply and backing, reserves and their attestations, the queue, institutions.
And what institutions alone may: receipts, and whom a payout goes to.

Accounts stand in no public answer, payees in none but the redemption agent's.
"""

from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.gateway.issuance.officials import SIGNATURE, reader_of
from venus.gateway.issuance.refusals import not_your_business
from venus.records.coins import DAY_NS, Instrument, Stop
from venus.records.institutions import SUPERVISOR_INSTITUTION, Duty, Role, Scheme
from venus.views.issuance_questions import (
    Coin,
    Institution,
    Minter,
    QueueAnswer,
    QueueQuestion,
    Redemption,
    Reserve,
)

BASE = "/coins/v1"
RECEIPTS, PAYOUTS = f"{BASE}/receipts", f"{BASE}/payouts"
ROWS = Limit(100, 1_000)


class Reads:
    """The reading endpoints."""

    def __init__(self, client: EngineClient, facts: LedgerFacts) -> None:
        self._client = client
        self._facts = facts

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("exchange", self.exchange, 1, ""),
            ("institutions", self.institutions, 2, ""),
            ("coins", self.coins, 2, "coin"),
            ("reserves", self.reserves, 2, "coin!"),
            ("queue", self.queue, 5, f"coin! fromId {ROWS}"),
            ("receipts", self.receipts, 5, f"coin! {SIGNATURE}"),
            ("payouts", self.payouts, 5, f"coin! fromId {ROWS} {SIGNATURE}"),
        )
        return tuple(
            Endpoint("GET", f"{BASE}/{path}", answer, weight, names(read)) for path, answer, weight, read in rows
        )

    async def exchange(self, desk: Desk, call: Call) -> bytes:
        """Who this exchange is, as approvals are signed for it, and the time."""
        await self._facts.refresh()
        who, digest = self._facts.who, self._facts.exchange
        return written(
            {
                "relyingParty": who.relying_party,
                "pageOrigin": who.page_origin,
                "digest": digest.hex(),
                "controls": None if who.controls < 0 else who.controls,
                "serverTime": told_time(call.now_ns, call.unit_ns),
                "serverTimeNs": call.now_ns,
            }
        )

    async def institutions(self, desk: Desk, call: Call) -> bytes:
        """Institutions and their seats: whose signatures count."""
        await self._facts.refresh()
        return written([_institution(one) for one in self._facts.who.institutions])

    async def coins(self, desk: Desk, call: Call) -> bytes:
        """Coins: supply, what backs it, whether they may be minted, and by whose figures."""
        await self._facts.refresh()
        code = call.params.optional("coin")
        known = self._facts.coins
        chosen = known if code is None else [self._facts.coin_named(code)]
        return written([self.coin_facts(coin, call) for coin in chosen])

    async def reserves(self, desk: Desk, call: Call) -> bytes:
        """Reserves of a coin with what was last attested of each."""
        await self._facts.refresh()
        coin = self._facts.coin_named(call.params.required("coin"))
        of_coin = [one for one in self._facts.reserves.values() if one.coin == coin.asset]
        return written([self.reserve_facts(reserve, call) for reserve in of_coin])

    async def queue(self, desk: Desk, call: Call) -> bytes:
        """Redemptions that wait, who waits longest first; without accounts and payees."""
        _, rows = await self._queue(call)
        return written([waiting(row, self._facts, call) for row in rows])

    async def receipts(self, desk: Desk, call: Call) -> bytes:
        """Receipts that wait to be minted; for the coin's issuer, minters, custodians and the supervisor."""
        await self._facts.refresh()
        coin = self._facts.coin_named(call.params.required("coin"))
        code = self._facts.code(coin.asset)
        reader = reader_of(call, self._facts, RECEIPTS, code).institution
        custodians = {one.custodian for one in self._facts.reserves.values() if one.coin == coin.asset}
        minters = {minter.institution for minter in coin.minters}
        sees_all = reader in {coin.issuer, *minters, SUPERVISOR_INSTITUTION}
        if not sees_all and reader not in custodians:
            raise not_your_business()
        # A custodian sees what came in on its own reserves.
        reserves = self._facts.reserves
        receipts = self._facts.receipts[coin.asset]
        mine = [row for row in receipts if sees_all or reserves[row.reserve].custodian == reader]
        return written(
            [
                {
                    "receiptId": row.number,
                    "coin": code,
                    "reserve": row.reserve,
                    "account": row.account,
                    "amount": self._facts.amount(coin.asset, row.atoms),
                    "atoms": row.atoms,
                    "bankReference": row.bank_reference,
                    "time": told_time(row.confirmed_ns, call.unit_ns),
                }
                for row in mine
            ]
        )

    async def payouts(self, desk: Desk, call: Call) -> bytes:
        """Redemptions that wait, with whom to pay; for the coin's redemption agent, its issuer and the supervisor."""
        coin, rows = await self._queue(call)
        reader = reader_of(call, self._facts, PAYOUTS, self._facts.code(coin.asset)).institution
        if reader not in {coin.agent, coin.issuer, SUPERVISOR_INSTITUTION}:
            raise not_your_business()
        whom = [{"account": row.account, "payee": row.payee} for row in rows]
        told = [waiting(row, self._facts, call) for row in rows]
        return written([one | to for one, to in zip(told, whom, strict=True)])

    # How it is told

    async def _queue(self, call: Call) -> tuple[Coin, list[Redemption]]:
        await self._facts.refresh()
        params = call.params
        coin = self._facts.coin_named(params.required("coin"))
        first, limit = params.integer("fromId") or 0, params.limit(ROWS)
        answer = await self._client.ask(QueueQuestion(coin.asset))
        assert isinstance(answer, QueueAnswer)
        return coin, [row for row in answer.redemptions if row.number >= first][:limit]

    def coin_facts(self, coin: Coin, call: Call) -> dict[str, Any]:
        facts = self._facts
        pack = coin.pack
        return {
            "coin": facts.code(coin.asset),
            "asset": coin.asset,
            "scale": facts.assets[coin.asset].scale,
            "currency": coin.currency,
            "issuer": facts.institution_name(coin.issuer),
            "agent": facts.institution_name(coin.agent),
            "supply": facts.amount(coin.asset, coin.supply_atoms),
            "minted": facts.amount(coin.asset, coin.minted_atoms),
            "redeemed": facts.amount(coin.asset, coin.redeemed_atoms),
            "burned": facts.amount(coin.asset, coin.burned_atoms),
            "backing": facts.amount(coin.asset, coin.backing_atoms),
            "awaitingRedemption": facts.amount(coin.asset, coin.waiting_atoms),
            "overdueRedemptions": coin.overdue_count,
            "mintingPaused": coin.paused,
            "mintingStopped": [stop.name for stop in Stop if stop & coin.stop],
            "pack": None
            if pack is None
            else {
                "name": pack.name,
                "stalenessMs": pack.staleness_ns // 1_000_000,
                "concentrationPpm": pack.concentration_ppm,
                "redemptionDays": pack.redemption_days,
                "calendar": pack.calendar,
                "haircuts": [
                    {
                        "instrument": Instrument(step.instrument).name,
                        "tenorMs": step.tenor_ns // 1_000_000,
                        "haircutPpm": step.haircut_ppm,
                    }
                    for step in pack.haircuts
                ],
            },
            "minters": [self._minter(coin, minter, call) for minter in coin.minters],
        }

    def _minter(self, coin: Coin, minter: Minter, call: Call) -> dict[str, Any]:
        return {
            "institution": minter.institution,
            "name": self._facts.institution_name(minter.institution),
            "cap": self._facts.amount(coin.asset, minter.cap_atoms),
            "refillADay": self._facts.amount(coin.asset, minter.refill_atoms_a_day),
            "left": self._facts.amount(coin.asset, left_atoms(minter, call.now_ns)),
        }

    def reserve_facts(self, reserve: Reserve, call: Call) -> dict[str, Any]:
        facts = self._facts
        return {
            "reserve": reserve.number,
            "custodian": facts.institution_name(reserve.custodian),
            "account": reserve.account,
            "instrument": Instrument(reserve.instrument).name,
            "currency": reserve.currency,
            "maturity": told_time(reserve.maturity_ns, call.unit_ns) or None,
            "closed": reserve.closed,
            "amount": facts.amount(reserve.coin, reserve.atoms),
            "attested": facts.amount(reserve.coin, reserve.attested_atoms),
            "asOf": None if reserve.as_of_ns < 0 else told_time(reserve.as_of_ns, call.unit_ns),
            "movedAt": None if reserve.moved_ns < 0 else told_time(reserve.moved_ns, call.unit_ns),
        }


def waiting(row: Redemption, facts: LedgerFacts, call: Call) -> dict[str, Any]:
    """Without account and payee."""
    return {
        "redemptionId": row.number,
        "coin": facts.code(row.coin),
        "amount": facts.amount(row.coin, row.asked_atoms),
        "waiting": facts.amount(row.coin, row.waiting_atoms),
        "time": told_time(row.asked_ns, call.unit_ns),
        "deadline": told_time(row.deadline_ns, call.unit_ns),
        "overdue": row.overdue,
    }


def left_atoms(minter: Minter, now_ns: int) -> int:
    """What a minter may mint at a time."""
    refilled = max(0, now_ns - minter.since_ns) * minter.refill_atoms_a_day // DAY_NS
    return min(minter.cap_atoms, minter.left_atoms + refilled)


def _institution(one: Institution) -> dict[str, Any]:
    return {
        "institution": one.number,
        "name": one.name,
        "duties": [duty.name for duty in Duty if duty & one.duties],
        "quorum": one.quorum,
        "seats": [
            {
                "seat": number,
                "person": seat.person,
                "role": Role(seat.role).name,
                "scheme": Scheme(seat.scheme).name,
                "key": seat.key.hex(),
                "fromNs": seat.from_ns,
                "untilNs": seat.until_ns,
                "revoked": seat.revoked,
            }
            for number, seat in enumerate(one.seats)
        ],
    }
