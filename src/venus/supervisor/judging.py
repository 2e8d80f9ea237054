"""Judge a journal by a rule pack: which rule breaks, when, and by how much. docs/rules/packs.md, "Checking"."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import numpy as np

from venus.packs.calendars import CALENDARS, days_later
from venus.packs.regimes import Kind, Pack, Rule
from venus.records.batch import Batch
from venus.records.events import EventFlag, EventKind
from venus.supervisor.cast import Cast
from venus.supervisor.coin_states import CoinState, coin_states
from venus.supervisor.payments import Exchanged, Quarter
from venus.supervisor.state_checks import CHECKS, Judged, moments_ns
from venus.units import NS_PER_S
from venus.views.issuance import Issuance

_NEVER_NS = 2**63 - 1


class Finding(msgspec.Struct, frozen=True):
    """One stretch in which a rule was broken. Frames are -1 where there is none."""

    rule: str
    coin: str
    what: str
    frame: int  # with which it began; the last one before, if time alone did it
    time_ns: int
    until_frame: int
    until_ns: int  # -1: it had not ended
    amount: int  # at worst
    unit: str  # "atoms", "ns", "payments a day"


class Ask(NamedTuple):
    """What is not in a journal.

    rates  euros for one unit of a currency, in 10**-RATE_DIGITS
    areas  currency areas as ranges of accounts by name; empty: all accounts are of one
    """

    rates: Mapping[str, int]
    areas: Mapping[str, tuple[tuple[int, int], ...]]


class _Stretch(NamedTuple):
    frame: int
    time_ns: int
    amount: int
    unit: str
    what: str


class Judge:
    """The fold. Give it every batch in order, then `finish`; `findings` has what was found."""

    def __init__(self, pack: Pack, ask: Ask) -> None:
        self.findings: list[Finding] = []
        self.cast = Cast()
        self._pack = pack
        self._ask = ask
        self._view = Issuance()
        self._rules = [rule for rule in pack.rules if rule.kind in CHECKS]
        self._states: dict[int, CoinState] = {}
        self._stretches: dict[tuple[int, str], _Stretch] = {}
        self._exchanged: dict[tuple[int, str], Exchanged] = {}
        self._frame = -1
        self._time_ns = 0
        self._next_ns = _NEVER_NS

    @property
    def coins(self) -> list[int]:
        """Assets that are coins."""
        return sorted(self._states)

    def apply(self, batch: Batch) -> None:
        """One frame; first what time alone did before it."""
        self._pass(batch.time_ns, look=batch.cold is not None)
        self._frame, self._time_ns = batch.number, batch.time_ns
        self.cast.apply(batch)
        self._view.apply(batch)
        if batch.cold is not None:
            for state in coin_states(self._view):
                self._look(state)
            self._next_ns = self._next_moment_ns()
        self._watch_payments(batch.events)

    def finish(self, end_ns: int) -> None:
        """Nothing follows until this time."""
        self._pass(end_ns, look=True)
        for (coin, rule), stretch in sorted(self._stretches.items()):
            self._found(coin, rule, stretch, -1, -1)
        self._stretches.clear()
        for (coin, rule_id), exchanged in self._exchanged.items():
            for (area, _), quarter in sorted(exchanged.quarters.items()):
                if quarter.reached is not None:
                    self.findings.append(self._overused(coin, rule_id, area, quarter, exchanged))
        self.findings.sort(key=lambda finding: (finding.time_ns, finding.coin, finding.rule))

    def _pass(self, time_ns: int, look: bool) -> None:
        """Judge at the moments up to a time at which time alone may break something; with `look` at that time too."""
        while self._next_ns <= time_ns:
            self._time_ns = self._next_ns
            for coin in self._states:
                self._judge(coin, self._time_ns)
            self._next_ns = self._next_moment_ns()
        if look:
            for coin in self._states:
                self._judge(coin, time_ns)

    def _next_moment_ns(self) -> int:
        moments = (moment for state in self._states.values() for moment in moments_ns(state, self._pack))
        return min((moment for moment in moments if moment > self._time_ns), default=_NEVER_NS)

    def _look(self, state: CoinState) -> None:
        """What a cold command left of a coin."""
        coin = state.coin.asset
        if coin not in self._states:
            self._begin(coin, state.coin.currency)
        self._states[coin] = state
        self._judge(coin, self._time_ns)

    def _begin(self, coin: int, currency: str) -> None:
        for rule in self._pack.rules:
            if rule.kind is Kind.MEANS_OF_EXCHANGE and currency not in rule.not_for:
                rate = self._ask.rates.get(currency)
                self._exchanged[coin, rule.id] = Exchanged(rule, self.cast.scales[coin], rate, self._ask.areas)

    def _judge(self, coin: int, time_ns: int) -> None:
        for rule in self._rules:
            breach = CHECKS[rule.kind](self._states[coin], Judged(rule, self._pack, time_ns))
            before = self._stretches.pop((coin, rule.id), None)
            if breach is not None:
                new = _Stretch(self._frame, time_ns, breach.amount, breach.unit, breach.what)
                if before is not None:
                    worst = max(before, new, key=lambda stretch: stretch.amount)
                    new = before._replace(amount=worst.amount, what=worst.what)
                self._stretches[coin, rule.id] = new
            elif before is not None:
                self._found(coin, rule.id, before, self._frame, time_ns)

    def _found(self, coin: int, rule: str, stretch: _Stretch, frame: int, time_ns: int) -> None:
        self.findings.append(
            Finding(
                rule=rule,
                coin=self.cast.codes[coin],
                what=stretch.what,
                frame=stretch.frame,
                time_ns=stretch.time_ns,
                until_frame=frame,
                until_ns=time_ns,
                amount=stretch.amount,
                unit=stretch.unit,
            )
        )

    def _watch_payments(self, events: np.ndarray) -> None:
        for coin, state in self._states.items():
            self._watch_treasury(coin, state, events)
            exchanged = [one for (number, _), one in self._exchanged.items() if number == coin]
            if not exchanged:
                continue
            payments = self.cast.payments(events, coin)
            minted = events[(events["kind"] == EventKind.MINTED) & (events["symbol"] == coin)]
            minted = minted[minted["flags"] & EventFlag.REPEATED == 0]
            for one in exchanged:
                one.pay(payments, self._frame, self._time_ns)
                for atoms in minted["quantity_lots"].tolist():
                    one.mint(atoms, self._time_ns)

    def _watch_treasury(self, coin: int, state: CoinState, events: np.ndarray) -> None:
        """Coins that the issuer's treasury gave to persons."""
        rules = [rule for rule in self._pack.rules if rule.kind is Kind.NO_INTEREST]
        given = self.cast.gifts(events, coin, state.coin.treasury_account) if rules else events[:0]
        for event in given:
            for rule in rules:
                what = f"treasury to account {event['maker_account']}"
                stretch = _Stretch(self._frame, self._time_ns, int(event["quantity_lots"]), "atoms", what)
                self._found(coin, rule.id, stretch, self._frame, self._time_ns)

    def _overused(self, coin: int, rule_id: str, area: str, quarter: Quarter, exchanged: Exchanged) -> Finding:
        assert quarter.reached is not None
        [rule] = [rule for rule in self._pack.rules if rule.id == rule_id]
        payments, euros = exchanged.averages(quarter)
        reached = datetime.fromtimestamp(quarter.reached.time_ns // NS_PER_S, UTC).date()
        plan = days_later(CALENDARS["euro"], reached, rule.figures["plan_working_days"])
        value = "euros unknown: no rate was given" if euros is None else f"{euros} euros a day"
        return Finding(
            rule=rule_id,
            coin=self.cast.codes[coin],
            what=f"{area}, quarter from {quarter.first}: {payments} payments and {value}; "
            f"minted since {quarter.minted_atoms} atoms; plan due {plan}",
            frame=quarter.reached.frame,
            time_ns=quarter.reached.time_ns,
            until_frame=-1,
            until_ns=-1,
            amount=payments - rule.figures["payments_a_day"],
            unit="payments a day",
        )


def verdicts(judge: Judge, pack: Pack) -> Iterator[tuple[Rule, str]]:
    """Each rule of the pack with what came of it: "breaks", "holds", or "kept by the ledger"."""
    broken = {finding.rule for finding in judge.findings}
    for rule in pack.rules:
        if rule.kind is Kind.LEDGER:
            yield rule, "kept by the ledger"
        else:
            yield rule, "breaks" if rule.id in broken else "holds"
