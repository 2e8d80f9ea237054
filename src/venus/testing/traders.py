"""What simulated traders ask: orders, cancels, replacements, amendments, transfers; right, wrong, or broken."""

from collections.abc import Mapping
from random import Random

import numpy as np

from venus.records.commands import (
    Command,
    CommandFlag,
    CommandKind,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    client_digest,
)
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.testing.order_lists import OrderLists
from venus.testing.terms import Terms
from venus.testing.worlds import BANK, CHAIN, HOUSE, PERSON_FIRST, Grid, World, transfer
from venus.units import ATOMS_MAX, INT64_MAX

Asked = tuple[Command, str]
"""A command and the text of its own client id."""

CLIENT_IDS = 12  # so few to an account that they collide
ORDERS_REMEMBERED = 40  # that have ended: to be cancelled once more
REFERENCES_REMEMBERED = 20
BOOK_ORDERS_LEAST = 8
LINKED_MOST = 16
NO_BOOK = EventFlag.WAITING | EventFlag.PENDING
EXTREMES = (-INT64_MAX - 1, -ATOMS_MAX, -1, 0, 1, 2, ATOMS_MAX - 1, ATOMS_MAX, ATOMS_MAX + 1, 2**60, INT64_MAX)
WIDE_FIELDS = ("client_hi", "client_lo", "target_hi", "target_lo", "price_ticks", "quantity")
BYTE_FIELDS = ("kind", "side", "type", "tif", "stp", "flags", "peg")
NUMBER_FIELDS = ("account", "subject")
NUMBERS = (0, 1, 2, 5, 100, 2**31, 2**32 - 1)


class Traders:
    """They remember which of their orders are open, so that what they ask next meets them.

    fair  mostly accepted, in deep books; else hostile
    """

    def __init__(self, random: Random, world: World, fair: bool) -> None:
        self._random = random
        self._world = world
        self._fair = fair
        self._open: dict[int, Command] = {}  # the ORDER behind each open order id
        self._ended: list[tuple[int, Command]] = []
        self._transfers: list[Asked] = []
        self._runs: list[list[Asked]] = []
        self._lists: dict[int, Command] = {}  # the LIST behind each open list id
        self._last_ticks: dict[int, int] = {}  # by symbol
        self._references = 0
        self._rules = 1
        self._terms = Terms(random)
        self._order_lists = OrderLists(random, self._plain, self._client_id)

    def draw(self) -> list[Asked]:
        """A command, or the several of a cancel-replace, an order list, a run of transfers."""
        weights = {
            # An empty book teaches nothing: first there must be orders to meet, cancel and amend.
            self._order: 300 if len(self._open) < BOOK_ORDERS_LEAST else 60,
            # Under rules 1 they are asked too, and refused.
            self._order_list: self._under_rules_2(28),
            self._cancel_list: self._under_rules_2(4),
            self._linked: 0 if self._fair else self._under_rules_2(5),
            self._cancel: 15 if self._fair else 12,
            self._cancel_all: 0 if self._fair else 3,
            self._replace: 2 if self._fair else 12,
            self._amend: 3 if self._fair else 12,
            self._transfer: 0 if self._fair else 11,
        }
        [make] = self._random.choices(list(weights), list(weights.values()))
        asked = make()
        if self._fair or self._random.random() > 0.06:
            return asked
        broken = self._random.randrange(len(asked))
        return [
            (self._broken(command), text) if i == broken else (command, text) for i, (command, text) in enumerate(asked)
        ]

    def _under_rules_2(self, weight: int) -> float:
        if self._rules >= 2:
            return weight
        return 0 if self._fair else weight / 8

    def learn(self, events: np.ndarray, asked: Mapping[int, Asked]) -> None:
        """What came of the commands of a frame, by sequence. events  EVENT[m]"""
        for event in unpack_events(events.tobytes()):
            self._learn(event, asked)

    def _learn(self, event: Event, asked: Mapping[int, Asked]) -> None:
        match event.kind:
            case EventKind.ACCEPTED:
                self._open[event.order_id] = asked[event.sequence][0]
                self._went_to_work(event)
            case EventKind.TRIGGERED | EventKind.STARTED:
                quantity = event.quantity_lots or self._open[event.order_id].quantity
                self._open[event.order_id] = self._open[event.order_id]._replace(quantity=quantity)
                self._went_to_work(event)
            case EventKind.TRADE | EventKind.PREVENTED:
                if event.kind == EventKind.TRADE:
                    self._last_ticks[event.symbol] = event.price_ticks
                if event.flags & EventFlag.MAKER_DONE:
                    self._end(event.maker_order_id)
            case EventKind.CANCELED | EventKind.EXPIRED:
                self._end(event.order_id)
            case EventKind.AMENDED:
                amendment, _ = asked[event.sequence]
                order = self._open[event.order_id]
                amended = order._replace(quantity=event.quantity_lots)
                by_id = amendment.flags & CommandFlag.TARGET_IS_ORDER_ID
                named = event.order_id if by_id else order.client_lo  # the other leg of a pair goes along
                if named == amendment.target_lo and (amendment.client_hi or amendment.client_lo):
                    amended = amended._replace(client_hi=amendment.client_hi, client_lo=amendment.client_lo)
                self._open[event.order_id] = amended
            case EventKind.LIST_OPENED:
                self._lists[event.order_id] = asked[event.sequence][0]
            case EventKind.LIST_DONE:
                self._lists.pop(event.order_id, None)
            case EventKind.RULES_ADOPTED if not event.flags & EventFlag.REPEATED:
                self._rules = event.quantity_lots

    def _went_to_work(self, event: Event) -> None:
        if event.remaining_lots == 0 and not event.flags & NO_BOOK:
            self._end(event.order_id)

    def _end(self, order_id: int) -> None:
        if order_id in self._open:
            self._ended = [*self._ended[1 - ORDERS_REMEMBERED :], (order_id, self._open.pop(order_id))]

    def _order(self) -> list[Asked]:
        symbol = self._symbol()
        return [self._order_of(self._trader(), symbol, self._client_id())]

    def _order_of(self, account: int, symbol: int, text: str) -> Asked:
        order, text = self._plain_of(account, symbol, text)
        if self._random.random() < (0.45 if self._rules >= 2 else 0 if self._fair else 0.05):
            order = self._terms.any_of(order, *self._market(symbol))
        return order, text

    def _plain(self, account: int, symbol: int) -> Asked:
        return self._plain_of(account, symbol, self._client_id())

    def _market(self, symbol: int) -> tuple[int, int]:
        """Where a symbol's price is, and how far it goes, in ticks."""
        grid = self._grid(symbol)
        return self._last_ticks.get(symbol, grid.middle_ticks), grid.spread_ticks

    def _order_list(self) -> list[Asked]:
        account, symbol = self._trader(), self._symbol()
        if self._fair or not self._lists or self._random.random() > 0.15:
            return self._order_lists.draw(account, symbol, *self._market(symbol))
        # One more list of an account that has one open, under its name.
        open_list = self._random.choice(list(self._lists.values()))
        (head, text), *legs = self._order_lists.draw(open_list.account, symbol, *self._market(symbol))
        return [(head._replace(client_hi=open_list.client_hi, client_lo=open_list.client_lo), text), *legs]

    def _cancel_list(self) -> list[Asked]:
        random = self._random
        number, head = random.choice([0, 7]), Command(account=self._trader(), subject=self._symbol())
        if self._lists and random.random() < 0.85:
            number, head = random.choice(list(self._lists.items()))
        cancel = Command(kind=CommandKind.CANCEL_LIST, account=head.account, subject=head.subject)
        if not (head.client_hi or head.client_lo) or random.random() < 0.5:
            cancel = cancel._replace(target_lo=number, flags=CommandFlag.TARGET_IS_ORDER_ID)
        else:
            cancel = cancel._replace(target_hi=head.client_hi, target_lo=head.client_lo)
        return [(cancel, "")]

    def _linked(self) -> list[Asked]:
        """A run of transfers; at times once more, or one that does not end, or is too long."""
        random = self._random
        if self._runs and random.random() < 0.25:
            run = list(random.choice(self._runs))
            if random.random() < 0.3:
                del run[random.randrange(len(run))]
        else:
            length = random.choice([2] * 9 + [3] * 5 + [LINKED_MOST, LINKED_MOST + 1])
            run = [random.choice(self._transfer()) for _ in range(length)]
            self._runs = [*self._runs[1 - REFERENCES_REMEMBERED :], run]
        ends = 0 if random.random() < 0.05 else 1
        linked = [(command._replace(flags=command.flags | CommandFlag.LINKED), text) for command, text in run]
        return [*linked[: len(run) - ends], *run[len(run) - ends :]]

    def _plain_of(self, account: int, symbol: int, text: str) -> Asked:
        random, grid = self._random, self._grid(symbol)
        high, low = client_digest(text)
        order = Command(
            kind=CommandKind.ORDER,
            account=account,
            subject=symbol,
            client_hi=high,
            client_lo=low,
            side=random.choice(list(Side)),
            quantity=self._lots(grid),
            stp=self._self_trade(grid),
        )
        [kind] = random.choices(["limit", "maker", "ioc", "fok", "market", "quote"], [65, 8, 6, 6, 8, 7])
        if kind == "market":
            # The one mode that can leave a buyer without funds: its own cheap offers go, and dear ones are left.
            stp = random.choice([order.stp, SelfTrade.EXPIRE_MAKER])
            return order._replace(type=OrderType.MARKET, stp=stp), text
        if kind == "quote":
            return order._replace(
                type=OrderType.MARKET, flags=CommandFlag.IN_QUOTE, quantity=self._budget_atoms(grid)
            ), text
        tif = {"ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}.get(kind, TimeInForce.GTC)
        type_ = OrderType.LIMIT_MAKER if kind == "maker" else OrderType.LIMIT
        return order._replace(type=type_, tif=tif, price_ticks=self._price_ticks(grid, Side(order.side))), text

    def _cancel(self) -> list[Asked]:
        return [(self._cancel_of(*self._known_order()), "")]

    def _cancel_of(self, order_id: int, order: Command) -> Command:
        flags = self._random.choice([0, 0, 0, CommandFlag.ONLY_NEW, CommandFlag.ONLY_PARTIALLY_FILLED])
        return self._aimed(order_id, order)._replace(
            kind=CommandKind.CANCEL, flags=flags | self._aimed(order_id, order).flags
        )

    def _cancel_all(self) -> list[Asked]:
        return [(Command(kind=CommandKind.CANCEL_ALL, account=self._trader(), subject=self._symbol()), "")]

    def _replace(self) -> list[Asked]:
        """A cancel and its replacement; in a hostile stream often a pair that is none."""
        random = self._random
        order_id, order = self._known_order()
        cancel = self._cancel_of(order_id, order)
        cancel = cancel._replace(flags=cancel.flags | CommandFlag.REPLACES)
        if random.random() < 0.5:
            cancel = cancel._replace(flags=cancel.flags | CommandFlag.STOP_ON_FAILURE)
        chance = 1.0 if self._fair else random.random()
        if chance < 0.08:
            return [(cancel, "")]  # alone: what follows, if anything, is another's
        if chance < 0.14:
            return [(cancel, ""), *self._replace()]
        if chance < 0.2:
            return [(cancel, ""), *self._cancel()]
        account = self._trader() if chance < 0.26 else order.account
        symbol = self._symbol() if chance < 0.32 else order.subject
        return [(cancel, ""), self._order_of(account, symbol, self._client_id())]

    def _amend(self) -> list[Asked]:
        random = self._random
        order_id, order = self._known_order()
        text = self._client_id()
        high, low = client_digest(text)
        less_lots = random.choice([-1, 0, 1, 1, 2, order.quantity // 2, order.quantity - 1])
        amendment = self._aimed(order_id, order)._replace(
            kind=CommandKind.AMEND, quantity=clamped(order.quantity - less_lots), client_hi=high, client_lo=low
        )
        return [(amendment, text)]

    def _transfer(self) -> list[Asked]:
        random, world = self._random, self._world
        if self._transfers and random.random() < 0.3:
            command, text = random.choice(self._transfers)
            if random.random() < 0.4:
                command = command._replace(quantity=clamped(command.quantity + random.choice([-1, 1])))
            return [(command, text)]
        asset = random.randrange(len(world.scales))
        amount_atoms = random.choice(
            [1, 10, 1000, random.choice(world.deposits_atoms)[asset], ATOMS_MAX // 2, ATOMS_MAX]
        )
        outside = random.choice([BANK, CHAIN])
        debit, credit = random.choice(
            [(self._trader(), self._trader()), (outside, self._trader()), (self._trader(), outside), (BANK, CHAIN)]
        )
        self._references += 1
        reference = f"transfer {self._references}" if random.random() < 0.98 else ""
        one = transfer(debit, credit, asset, amount_atoms, reference)
        self._transfers = [*self._transfers[1 - REFERENCES_REMEMBERED :], one]
        return [one]

    def _broken(self, command: Command) -> Command:
        """One field is something that no client of ours would send."""
        random = self._random
        fields = random.choice([WIDE_FIELDS, WIDE_FIELDS, BYTE_FIELDS, NUMBER_FIELDS])
        values = {WIDE_FIELDS: EXTREMES, BYTE_FIELDS: range(256), NUMBER_FIELDS: NUMBERS}[fields]
        if fields is BYTE_FIELDS and random.random() < 0.7:
            values = range(8)  # near the words that mean something
        return command._replace(**{random.choice(fields): random.choice(values)})

    def _aimed(self, order_id: int, order: Command) -> Command:
        """The beginning of a cancel or an amendment: account, symbol and target."""
        account = order.account
        if not self._fair and self._random.random() < 0.05:
            account = self._trader()
        aimed = Command(account=account, subject=order.subject)
        if not (order.client_hi or order.client_lo) or self._random.random() < 0.5:
            return aimed._replace(target_lo=order_id, flags=CommandFlag.TARGET_IS_ORDER_ID)
        return aimed._replace(target_hi=order.client_hi, target_lo=order.client_lo)

    def _known_order(self) -> tuple[int, Command]:
        """An open order; at times one that has ended, or none."""
        chance = self._random.random()
        if self._open and (self._fair or chance < 0.85):
            # The dict is in the order of ids; recent ones are as likely as those that have waited long.
            return self._random.choice(list(self._open.items())[-ORDERS_REMEMBERED:])
        if self._ended and chance < 0.95:
            return self._random.choice(self._ended)
        return self._random.choice([0, 1, 999_999]), Command(
            account=self._trader(), subject=self._symbol(), quantity=self._random.randint(1, 9)
        )

    def _trader(self) -> int:
        person = PERSON_FIRST + self._random.randrange(self._world.persons)
        if self._fair:
            return person
        [account] = self._random.choices([person, HOUSE, BANK, PERSON_FIRST + self._world.persons], [94, 3, 2, 1])
        return account

    def _symbol(self) -> int:
        unknown = not self._fair and self._random.random() < 0.01
        return len(self._world.grids) + 5 if unknown else self._random.randrange(len(self._world.grids))

    def _grid(self, symbol: int) -> Grid:
        return self._world.grids[symbol] if symbol < len(self._world.grids) else self._world.grids[0]

    def _self_trade(self, grid: Grid) -> SelfTrade:
        random = self._random
        if self._fair and random.random() < 0.8:
            return SelfTrade.NONE
        allowed = [mode for mode in SelfTrade if grid.listing.stp_allowed & 1 << mode]
        return random.choice(list(SelfTrade) if random.random() < 0.05 else allowed)

    def _client_id(self) -> str:
        if self._fair:
            self._references += 1
            return f"order-{self._references}"
        return self._random.choice(["", f"client id {self._random.randrange(CLIENT_IDS)}"])

    def _lots(self, grid: Grid) -> int:
        listing = grid.listing
        usual_lots = self._random.randint(listing.quantity_lots_min, listing.quantity_lots_min + grid.usual_lots)
        if self._fair or self._random.random() < 0.9:
            return usual_lots
        edges = (listing.quantity_lots_min, listing.quantity_lots_max, listing.market_lots_max)
        return self._random.choice(edges) + self._random.choice([-1, 0, 1])

    def _price_ticks(self, grid: Grid, side: Side) -> int:
        """Around the middle; in a fair stream mostly on the order's own side of it, so that books grow deep."""
        listing = grid.listing
        away_ticks = self._random.randint(-grid.spread_ticks, grid.spread_ticks)
        if self._fair and self._random.random() < 0.6:
            away_ticks = -abs(away_ticks) if side is Side.BUY else abs(away_ticks)
        if not self._fair and self._random.random() < 0.04:
            return self._random.choice([listing.price_ticks_min, listing.price_ticks_max]) + self._random.randint(-1, 1)
        middle_ticks = grid.middle_ticks
        if self._rules >= 2 and self._random.random() < 0.5:
            # Some follow the market, so that it moves, and triggers set off triggers.
            middle_ticks = self._market(grid_number(self._world, grid))[0]
        return max(middle_ticks + away_ticks, listing.price_ticks_min)

    def _budget_atoms(self, grid: Grid) -> int:
        """From too little for one lot to more than a book."""
        lot_cost_atoms = grid.middle_ticks * grid.quote_atoms_per_lot_tick
        lots = self._random.choice([0, 1, 1, grid.usual_lots, 5 * grid.usual_lots])
        return min(lots * lot_cost_atoms + self._random.randint(0, lot_cost_atoms), ATOMS_MAX)


def clamped(value: int) -> int:
    """Within int64."""
    return max(-INT64_MAX - 1, min(value, INT64_MAX))


def grid_number(world: World, grid: Grid) -> int:
    return world.grids.index(grid)
