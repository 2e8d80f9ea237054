"""What a symbol traded at in the last minutes. Source: docs/rules/filters.md, "The average price"."""

from dataclasses import dataclass, field

from venus.units import NS_PER_S

MINUTE_NS = 60 * NS_PER_S
MINUTES_KEPT = 60
WORD = 1 << 62
"""Both sums are halved until they are below this: the core divides in int64."""


@dataclass(slots=True)
class Average:
    """Trades by minute of the frame's time: lots, and price × lots."""

    lots: dict[int, int] = field(default_factory=dict)
    value: dict[int, int] = field(default_factory=dict)

    def add(self, time_ns: int, price_ticks: int, lots: int) -> None:
        minute = time_ns // MINUTE_NS
        self.lots[minute] = self.lots.get(minute, 0) + lots
        self.value[minute] = self.value.get(minute, 0) + price_ticks * lots

    def kept(self, time_ns: int, minutes: int) -> list[int]:
        """The minutes that traded, of the present one and those before it."""
        first = time_ns // MINUTE_NS - minutes + 1
        return sorted(minute for minute in self.lots if minute >= first)

    def ticks(self, time_ns: int, minutes: int, last_price_ticks: int) -> int:
        """The average, the last price where there is none, 0 if the symbol never traded."""
        kept = self.kept(time_ns, minutes)
        lots, value = sum(self.lots[m] for m in kept), sum(self.value[m] for m in kept)
        while lots >= WORD or value >= WORD:
            lots //= 2
            value //= 2
        return value // lots if lots else last_price_ticks
