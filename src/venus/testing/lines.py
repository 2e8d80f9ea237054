"""The words of a story line and what they ask: one order, cancel, replacement or amendment. Grammar: play.py."""

from venus.records.commands import (
    Command,
    CommandFlag,
    CommandKind,
    ListType,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    client_digest,
    order_terms,
    peg_of,
)

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
CONDITIONAL = {"stop": (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)} | {
    "take": (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
}
"""What an order waits for: the type that goes to market, and the one that has a limit."""
ORDER_WORDS = {*SIDES, *(f"{what}-{side}" for what in CONDITIONAL for side in SIDES)}
LISTS = {type_.name.lower(): type_ for type_ in ListType}
KINDS = {
    "ioc": (OrderType.LIMIT, TimeInForce.IOC),
    "fok": (OrderType.LIMIT, TimeInForce.FOK),
    "maker": (OrderType.LIMIT_MAKER, TimeInForce.GTC),
}
MODES = {mode.name.lower(): mode for mode in SelfTrade}
CONDITIONS = {
    "new": CommandFlag.ONLY_NEW,
    "partial": CommandFlag.ONLY_PARTIALLY_FILLED,
    "stop": CommandFlag.STOP_ON_FAILURE,
}
OUTCOMES = {
    *("rests", "fills", "prevents", "expires", "filled", "rejected", "cancels", "amended", "repeated"),
    *("waits", "pends", "triggers", "tracks", "starts", "shows", "locks", "opens", "done"),
}


class Misread(ValueError):
    """A story line that has no meaning: a mistake in the test."""


class Words:
    """The words of a line, read from left to right."""

    def __init__(self, words: list[str]) -> None:
        self._words = words

    def __bool__(self) -> bool:
        return bool(self._words)

    @property
    def first(self) -> str:
        return self._words[0] if self._words else ""

    def next(self) -> str:
        if not self._words:
            raise Misread("the line ends too early")
        return self._words.pop(0)

    def next_number(self) -> int:
        """A whole number; `_` may part its digits."""
        return int(self.next())

    def skip(self, word: str) -> bool:
        """True, and one word further, if this word comes next."""
        if self.first != word:
            return False
        self.next()
        return True

    def expect(self, word: str) -> None:
        found = self.next()
        if found != word:
            raise Misread(f"{word!r} should stand where {found!r} does")

    def until_outcome(self) -> "Words":
        """What is asked, cut off from what should come of it."""
        return self.until(OUTCOMES)

    def until(self, ends: set[str]) -> "Words":
        """The words before the first of these, cut off."""
        end = next((i for i, word in enumerate(self._words) if word in ends), len(self._words))
        asked, self._words = Words(self._words[:end]), self._words[end:]
        return asked

    def end(self) -> None:
        if self._words:
            raise Misread(f"{self.first!r} is one word too many")

    def rest(self) -> str:
        words, self._words = " ".join(self._words), []
        return words


def read_order(words: Words, account: int, symbols: dict[str, int], symbol: int) -> tuple[Command, str]:
    """`buy 3 @ 100`, `sell 3 at market`, `stop-sell 3 @ 95 limit 94`, then words in any order."""
    condition, _, side = words.next().rpartition("-")
    in_quote = words.skip("for")
    order = Command(
        kind=CommandKind.ORDER,
        account=account,
        subject=symbol,
        side=SIDES[side],
        quantity=0 if words.skip("all") else words.next_number(),
        type=CONDITIONAL[condition][0] if condition else OrderType.LIMIT,
        flags=CommandFlag.IN_QUOTE if in_quote else CommandFlag.NONE,
    )
    if words.skip("@"):
        number = words.next_number()
        order = order._replace(target_hi=number) if condition else order._replace(price_ticks=number)
    elif words.skip("at"):
        words.expect("market")
        order = order._replace(type=OrderType.MARKET)
    text = ""
    while words:
        word = words.next()
        if word == "id":
            text = words.next()
            high, low = client_digest(text)
            order = order._replace(client_hi=high, client_lo=low)
        else:
            order = _with_word(order, word, words, symbols)
    return order, text


def _with_word(order: Command, word: str, words: Words, symbols: dict[str, int]) -> Command:
    """The order with what one of its further words says."""
    match word:
        case "on":
            return order._replace(subject=symbols[words.next()])
        case "limit":
            return _with_limit(order)._replace(price_ticks=words.next_number())
        case "showing":
            return order._replace(target_lo=order.target_lo | order_terms(words.next_number(), 0))
        case "trailing":
            return order._replace(target_lo=order.target_lo | order_terms(0, words.next_number()))
        case "pegged":
            market = words.next() == "market"
            offset = words.next_number() if words.first.isdigit() else 0
            return _with_limit(order)._replace(peg=peg_of(market=market, offset=offset))
    if word in KINDS:
        type_, tif = KINDS[word]
        # A conditional order has its type already.
        return order._replace(type=type_ if order.type == OrderType.LIMIT else order.type, tif=tif)
    if word in MODES:
        return order._replace(stp=MODES[word])
    raise Misread(f"{word!r} is no word of an order")


def _with_limit(order: Command) -> Command:
    """A conditional order becomes the one of the two that has a price."""
    with_limit = dict(CONDITIONAL.values())
    return order._replace(type=with_limit.get(OrderType(order.type), order.type))


def read_list(words: Words, account: int, symbols: dict[str, int], symbol: int) -> list[tuple[Command, str]]:
    """`oco [id NAME] ORDER & ORDER`, `oto ORDER then ORDER`, `otoco ORDER then ORDER & ORDER`; LIST and its legs."""
    head, text = Command(kind=CommandKind.LIST, type=LISTS[words.next()], account=account, subject=symbol), ""
    if words.skip("id"):
        text = words.next()
        high, low = client_digest(text)
        head = head._replace(client_hi=high, client_lo=low)
    legs = []
    while words:
        legs.append(read_order(words.until({"then", "&"}), account, symbols, symbol))
        words.skip("then") or words.skip("&")
    return [(head, text), *legs]


def read_target(words: Words, account: int, symbol: int) -> Command:
    """`a1` is a client id, `#7` an order id."""
    word = words.next()
    target = Command(account=account, subject=symbol)
    if word.startswith("#"):
        return target._replace(target_lo=int(word[1:]), flags=CommandFlag.TARGET_IS_ORDER_ID)
    high, low = client_digest(word)
    return target._replace(target_hi=high, target_lo=low)


def read_cancel(words: Words, account: int, symbols: dict[str, int], symbol: int) -> Command:
    """`all`, or `list` and a target, or a target, then conditions."""
    if words.skip("all"):
        cancel = Command(kind=CommandKind.CANCEL_ALL, account=account, subject=symbol)
    elif words.skip("list"):
        cancel = read_target(words, account, symbol)._replace(kind=CommandKind.CANCEL_LIST)
    else:
        cancel = read_target(words, account, symbol)._replace(kind=CommandKind.CANCEL)
    while words.first in CONDITIONS or words.first == "on":
        word = words.next()
        if word == "on":
            cancel = cancel._replace(subject=symbols[words.next()])
        else:
            cancel = cancel._replace(flags=cancel.flags | CONDITIONS[word])
    return cancel


def read_amendment(words: Words, account: int, symbols: dict[str, int], symbol: int) -> tuple[Command, str]:
    """A target, `to` its new quantity, perhaps `id` and `on`."""
    amendment = read_target(words, account, symbol)._replace(kind=CommandKind.AMEND)
    words.expect("to")
    amendment = amendment._replace(quantity=words.next_number())
    text = ""
    while words:
        word = words.next()
        if word == "on":
            amendment = amendment._replace(subject=symbols[words.next()])
        elif word == "id":
            text = words.next()
            high, low = client_digest(text)
            amendment = amendment._replace(client_hi=high, client_lo=low)
        else:
            raise Misread(f"{word!r} is no word of an amendment")
    return amendment, text
