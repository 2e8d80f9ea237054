"""Reading who holds a wallet: for seats of the operator and authority that had it unsealed, never without a trace.

The journal must say IDENTITY_UNSEALED first, which needs both (docs/rules/currency.md); the registry writes the reading
down before it answers, and the holder is told of both once the delay is over.
"""

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import nobody_entered, not_unsealed
from venus.gateway.issuance.holders import whole
from venus.gateway.issuance.ledger_facts import told_time, written
from venus.gateway.issuance.officials import SIGNATURE, approval_of
from venus.gateway.issuance.signatures import seat_that_signed
from venus.records.approvals import reading_of
from venus.registry.registry import Registry
from venus.units import NS_PER_S
from venus.views.currency_questions import UnsealingsAnswer, UnsealingsQuestion

IDENTITIES = f"{BASE}/identities"
READ_NS_MAX = 30 * 86_400 * NS_PER_S
"""An unsealing may be read under for so long."""


class Identities:
    def __init__(self, client: EngineClient, registry: Registry, facts: CurrencyFacts) -> None:
        self._client = client
        self._registry = registry
        self._facts = facts

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (Endpoint("GET", IDENTITIES, self.read, 20, names(f"wallet! {SIGNATURE}")),)

    async def read(self, desk: Desk, call: Call) -> bytes:
        """Who holds a wallet that was unsealed; signed by a seat of its operator or of the authority."""
        await self._facts.ledger.refresh()
        number, approval = whole(call.params, "wallet"), approval_of(call)
        seat_that_signed(self._facts.ledger, approval, reading_of(IDENTITIES, str(number)), call.now_ns)
        found = await self._facts.wallet(number)
        operator = self._facts.ledger.operator(found.currency, found.operator)
        assert operator is not None, found
        answer = await self._client.ask(UnsealingsQuestion(number))
        assert isinstance(answer, UnsealingsAnswer)
        allowed = [
            one
            for one in answer.unsealings
            if call.now_ns < one.time_ns + READ_NS_MAX and approval.institution in (one.authority, operator.institution)
        ]
        if not allowed:
            raise not_unsealed()
        under, record = allowed[-1], self._registry.identities
        identity = await desk.off_loop(lambda: record.read(number, under.sequence, approval.institution, approval.seat))
        if identity is None:
            raise nobody_entered()
        return written(
            {
                "wallet": number,
                "phone": identity.phone,
                "holderName": identity.name,
                "document": identity.document,
                "country": identity.country,
                "unsealed": {
                    "sequence": under.sequence,
                    "time": told_time(under.time_ns, call.unit_ns),
                    "authority": self._facts.ledger.institution_name(under.authority),
                    "basis": under.basis,
                },
            }
        )
