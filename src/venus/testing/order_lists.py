"""Order lists that traders ask for: mostly whole and right, at times one that is none."""

from collections.abc import Callable
from random import Random

from venus.records.commands import (
    LEGS,
    Command,
    CommandKind,
    ListType,
    OrderType,
    Side,
    TimeInForce,
    client_digest,
)
from venus.testing.terms import Terms

Asked = tuple[Command, str]


class OrderLists:
    """plain  makes an ordinary order of this account and symbol, with a client id of its own"""

    def __init__(self, random: Random, plain: Callable[[int, int], Asked], name: Callable[[], str]) -> None:
        self._random = random
        self._terms = Terms(random)
        self._plain = plain
        self._name = name

    def draw(self, account: int, symbol: int, near_ticks: int, spread_ticks: int) -> list[Asked]:
        """LIST and its legs."""
        random = self._random
        type_ = random.choice(list(ListType))
        side = random.choice(list(Side))
        sells_bought = type_ in (ListType.OPO, ListType.OPOCO)
        legs: list[Asked] = []
        if type_ is not ListType.OCO:
            legs.append(self._working(account, symbol, Side.BUY if sells_bought else side, near_ticks, spread_ticks))
            side = Side.SELL if sells_bought or random.random() < 0.7 else Side.BUY
        if LEGS[type_] - len(legs) == 2:
            legs += self._pair(account, symbol, side, near_ticks, spread_ticks)
        else:
            legs.append(self._pending(account, symbol, side, near_ticks, spread_ticks))
        if sells_bought:
            legs = [legs[0], *((unsized(leg), text) for leg, text in legs[1:])]
        text = self._name()
        high, low = client_digest(text)
        head = Command(
            kind=CommandKind.LIST, type=type_, account=account, subject=symbol, client_hi=high, client_lo=low
        )
        return self._spoilt([(head, text), *legs])

    def _working(self, account: int, symbol: int, side: Side, near_ticks: int, spread_ticks: int) -> Asked:
        order, text = self._sized(account, symbol)
        random = self._random
        type_ = random.choice([OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER])
        tif = TimeInForce.GTC
        if type_ is OrderType.LIMIT:
            tif = random.choice([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])
        order = order._replace(
            side=side,
            type=type_,
            tif=tif,
            flags=0,
            price_ticks=max(near_ticks + self._away(side, type_, spread_ticks), 1),
        )
        chance = random.random()
        if chance < 0.12 and tif is TimeInForce.GTC:
            order = self._terms.iceberg(order)
        elif chance < 0.2 and tif is TimeInForce.GTC:
            order = self._terms.pegged(order)
        return order, text

    def _pending(self, account: int, symbol: int, side: Side, near_ticks: int, spread_ticks: int) -> Asked:
        order, text = self._sized(account, symbol) if self._random.random() < 0.95 else self._plain(account, symbol)
        order = order._replace(side=side)
        if self._random.random() < 0.5:
            order = self._terms.any_of(order, near_ticks, spread_ticks)
        return order, text

    def _pair(self, account: int, symbol: int, side: Side, near_ticks: int, spread_ticks: int) -> list[Asked]:
        """A stop on one side of the market, a gain on the other; the gain first or last."""
        random = self._random
        (one, one_text), (other, other_text) = self._sized(account, symbol), self._sized(account, symbol)
        other = other._replace(quantity=one.quantity)
        away = 1 if side is Side.SELL else -1
        gain_type = random.choice([OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT])
        gain = other._replace(side=side, flags=0, tif=TimeInForce.GTC)
        if gain_type is OrderType.LIMIT_MAKER:
            gain_ticks = max(near_ticks + away * random.randint(-1 if random.random() < 0.1 else 1, spread_ticks), 1)
            gain = gain._replace(type=gain_type, price_ticks=gain_ticks)
            chance = random.random()
            if chance < 0.15:
                gain = self._terms.iceberg(gain)
            elif chance < 0.25:
                gain = self._terms.pegged(gain)
        else:
            gain = self._terms.conditional(gain, gain_type, near_ticks, spread_ticks)
        stop_type = random.choice([OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT])
        stop = self._terms.conditional(one._replace(side=side), stop_type, near_ticks, spread_ticks)
        pair = [(stop, one_text), (gain, other_text)]
        if random.random() < 0.5:
            pair.reverse()
        return pair

    def _sized(self, account: int, symbol: int) -> Asked:
        """One whose quantity is in lots."""
        while True:
            order, text = self._plain(account, symbol)
            if not order.flags:
                return order, text

    def _away(self, side: Side, type_: OrderType, spread_ticks: int) -> int:
        """How far from the market a working leg is: half of the limit orders would be filled at once."""
        into = 1 if side is Side.BUY else -1
        if type_ is OrderType.LIMIT_MAKER or self._random.random() < 0.4:
            return -into * self._random.randint(0, spread_ticks // 2)
        return into * self._random.randint(0, spread_ticks)

    def _spoilt(self, asked: list[Asked]) -> list[Asked]:
        """Now and then a list that is none: a leg too few, another account's, or legs that do not fit."""
        random = self._random
        chance = random.random()
        at = random.randrange(1, len(asked))
        leg, text = asked[at]
        if chance < 0.03:
            return asked[:at]
        if chance < 0.05:
            leg = leg._replace(account=leg.account + 1)
        elif chance < 0.07:
            leg = leg._replace(quantity=leg.quantity + 1)
        elif chance < 0.09:
            leg = leg._replace(side=1 - leg.side)
        elif chance < 0.11:
            leg = leg._replace(type=random.choice(list(OrderType)))
        return [*asked[:at], (leg, text), *asked[at + 1 :]]


def unsized(leg: Command) -> Command:
    """Of a leg that sells what another one bought: it has no quantity yet, and shows no part of it."""
    return leg._replace(quantity=0, flags=0, target_lo=leg.target_lo >> 48 << 48)
