"""The words of a story line and what they ask: one order, cancel, replacement or amendment. Grammar: play.py."""

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

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
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
OUTCOMES = {"rests", "fills", "prevents", "expires", "filled", "rejected", "cancels", "amended", "repeated"}


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
        end = next((i for i, word in enumerate(self._words) if word in OUTCOMES), len(self._words))
        asked, self._words = Words(self._words[:end]), self._words[end:]
        return asked

    def end(self) -> None:
        if self._words:
            raise Misread(f"{self.first!r} is one word too many")

    def rest(self) -> str:
        words, self._words = " ".join(self._words), []
        return words


def read_order(words: Words, account: int, symbols: dict[str, int], symbol: int) -> tuple[Command, str]:
    """`buy 3 @ 100`, `sell 3 at market`, `buy for 500 at market`, then words in any order."""
    side = SIDES[words.next()]
    in_quote = words.skip("for")
    order = Command(
        kind=CommandKind.ORDER,
        account=account,
        subject=symbol,
        side=side,
        quantity=words.next_number(),
        type=OrderType.LIMIT,
        flags=CommandFlag.IN_QUOTE if in_quote else CommandFlag.NONE,
    )
    if words.skip("@"):
        order = order._replace(price_ticks=words.next_number())
    else:
        words.expect("at")
        words.expect("market")
        order = order._replace(type=OrderType.MARKET)
    text = ""
    while words:
        word = words.next()
        if word in KINDS:
            type_, tif = KINDS[word]
            order = order._replace(type=type_, tif=tif)
        elif word in MODES:
            order = order._replace(stp=MODES[word])
        elif word == "on":
            order = order._replace(subject=symbols[words.next()])
        elif word == "id":
            text = words.next()
            high, low = client_digest(text)
            order = order._replace(client_hi=high, client_lo=low)
        else:
            raise Misread(f"{word!r} is no word of an order")
    return order, text


def read_target(words: Words, account: int, symbol: int) -> Command:
    """`a1` is a client id, `#7` an order id."""
    word = words.next()
    target = Command(account=account, subject=symbol)
    if word.startswith("#"):
        return target._replace(target_lo=int(word[1:]), flags=CommandFlag.TARGET_IS_ORDER_ID)
    high, low = client_digest(word)
    return target._replace(target_hi=high, target_lo=low)


def read_cancel(words: Words, account: int, symbols: dict[str, int], symbol: int) -> Command:
    """`all`, or a target, then conditions."""
    if words.skip("all"):
        cancel = Command(kind=CommandKind.CANCEL_ALL, account=account, subject=symbol)
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
