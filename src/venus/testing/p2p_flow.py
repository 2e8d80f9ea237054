"""Command streams around a market between people from a seed, as coin_flow.py's around coins."""

from collections.abc import Iterator

from venus.records import p2p
from venus.records.commands import PlainCommand, approved
from venus.testing.coin_acts import founding_of_coins
from venus.testing.coin_flow import CoinFlow, exchange_of_coins
from venus.testing.frames import Frame
from venus.testing.holder_acts import EXTERNAL
from venus.testing.officials import ALL_BODIES, ARBITER, approval, signed_by
from venus.testing.p2p_acts import BTC, ETH, PEOPLE, USD, MarketActs, account_of, founding_of_market
from venus.testing.worlds import transfer

_MINUTE_NS = 60 * 10**9


class P2pFlow(CoinFlow):
    """Six accounts of five people, three assets, one of them a coin; some arbiters' seats, some whole quorums."""

    rules = (5,)
    bodies = ALL_BODIES
    steps_ns = (*[0] * 20, *[1] * 8, *[10 * 10**9] * 12, *[_MINUTE_NS] * 5, *[20 * _MINUTE_NS] * 2, 4 * 60 * _MINUTE_NS)
    _acts: MarketActs

    def _people(self) -> MarketActs:
        return MarketActs(self._random)

    def _set_up(self) -> Iterator[Frame]:
        for command in exchange_of_coins():
            yield self._cold(command)
        for asked in founding_of_coins(self._time_ns):
            yield self._signed(asked)
        if self._random.random() < 0.3:
            yield self._draw()
        for asked in founding_of_market(self._random.choice([BTC, USD])):
            needed = self._acts.signers(asked)
            yield self._cold(signed_by(asked, self._time_ns, *needed) if needed else asked)
        first = [
            transfer(EXTERNAL, account_of(one), asset, atoms, f"first {one} {asset}")
            for one in range(len(PEOPLE))
            for asset, atoms in ((BTC, 40_000), (ETH, 40_000_000))
        ]
        yield self._hot(first)

    def _signed(self, command: PlainCommand) -> Frame:
        """A verdict is often one seat's alone."""
        random = self._random
        is_verdict = isinstance(command, p2p.DecideDispute | p2p.RelockEscrow | p2p.RefuseClaim)
        if not is_verdict or random.random() < 0.4:
            return super()._signed(command)
        people = self.bodies[ARBITER].people
        seat = random.choice([0, 0, 1, 2])
        one = approval(command, ARBITER, seat, people[seat], self._time_ns + 5 * _MINUTE_NS)
        asked = approved(command, one)
        self._asked = [*self._asked[-15:], asked]
        return self._cold(asked)
