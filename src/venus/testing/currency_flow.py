"""Command streams around a central bank's currency from a seed, as coin_flow.py's around coins."""

from collections.abc import Iterator

from venus.records.commands import Command, CommandFlag, CommandKind, client_digest
from venus.testing.coin_flow import CoinFlow
from venus.testing.currency_acts import (
    PERSON_FIRST,
    PERSONS,
    CurrencyActs,
    exchange_of_currency,
    founding_of_currency,
)
from venus.testing.currency_order_acts import WALLETS_FIRST, treasury
from venus.testing.frames import Frame
from venus.testing.holder_acts import EXTERNAL
from venus.testing.officials import BODIES, CURRENCY_BODIES
from venus.testing.traders import Asked
from venus.testing.worlds import transfer

_ATOMS = (1, 20, 40, 90, 100, 150, 600)


class CurrencyFlow(CoinFlow):
    """Two operators and eight wallets to begin with; payments, refunds and everything cold."""

    rules = (4,)
    bodies = BODIES + CURRENCY_BODIES
    _acts: CurrencyActs

    def _people(self) -> CurrencyActs:
        self._payments: list[tuple[str, int, int]] = []  # reference, payee, asset
        return CurrencyActs(self._random)

    def _set_up(self) -> Iterator[Frame]:
        for command in exchange_of_currency():
            yield self._cold(command)
        for asked in founding_of_currency():
            yield self._signed(asked)
        yield self._signed(self._acts.purse_terms(0))
        first = [transfer(EXTERNAL, PERSON_FIRST + one, 2, 500, f"first {one}") for one in range(PERSONS)]
        first += [transfer(treasury(0), PERSON_FIRST + one, 0, 700, f"bought {one}") for one in range(PERSONS)]
        first += [transfer(treasury(one // 4), WALLETS_FIRST + one, 0, 250, f"top up {one}") for one in range(8)]
        yield self._hot(first)

    def _order(self) -> Asked:
        """Payments, top-ups, refunds, runs of linked payments that end somewhere or nowhere."""
        random = self._random
        if self._payments and random.random() < 0.25:
            return self._refund()
        payer = treasury(random.randrange(2)) if random.random() < 0.25 else self._acts.party()
        payee, asset, reference = self._acts.party(), random.choice([0] * 12 + [1, 2]), f"pay {random.randrange(10**5)}"
        command, text = transfer(payer, payee, asset, random.choice(_ATOMS), reference)
        self._payments = [*self._payments[-7:], (reference, payee, asset)]
        if random.random() < 0.1:
            command = command._replace(flags=CommandFlag.LINKED)
        return command, text

    def _refund(self) -> Asked:
        random = self._random
        payment, payee, asset = random.choice(self._payments)
        if random.random() < 0.05:
            payee = self._acts.party()
        reference = f"refund {random.randrange(10**3)}"
        client, target = client_digest(reference), client_digest(payment)
        return Command(
            client_hi=client[0],
            client_lo=client[1],
            target_hi=target[0],
            target_lo=target[1],
            quantity=random.choice(_ATOMS),
            account=payee,
            subject=asset,
            kind=CommandKind.REFUND,
        ), reference
