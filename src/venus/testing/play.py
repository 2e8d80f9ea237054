'''Stories that a trader can read, played to the core and the model; the invariants of both are checked after each line.

    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        bob  sell 3 @ 100   rests
        bob  sell 2 @ 101   rests
        ann  buy  4 @ 101   fills 3 @ 100, 1 @ 101
        ann  buy  9 @ 101   rejected INSUFFICIENT_FREE
        ann  has  599 free 0 held USD
    """)

On the stage are the assets USD, BTC and ETH, one atom to the unit, the symbols BTCUSD (meant if none is named), ETHUSD
and ETHBTC, one atom to the lot and to the tick, no fees, accounts `house` and `bank`; whoever is named first appears.

    WHO deposit | withdraw AMOUNT ASSET [as REFERENCE]      WHO pay WHOM AMOUNT ASSET [as REFERENCE]
    WHO buy | sell LOTS @ PRICE                             ... then ioc, fok or maker, a self-trade mode in small
    WHO buy | sell LOTS at market                           letters, id TEXT, on SYMBOL, in any order
    WHO buy | sell for AMOUNT at market                     (by quote quantity)
    WHO stop-buy | stop-sell | take-buy | take-sell LOTS [@ TRIGGER] [limit PRICE] [trailing BIPS] ...
    further words of an order: showing LOTS (an iceberg), pegged primary | market [LEVELS]
    WHO oco [id ID] ORDER & ORDER                           ORDER is `sell 3 @ 100 maker`, `stop-sell 3 @ 90`, ...
    WHO oto | opo ORDER then ORDER                          `sell all` is what the first one will have bought
    WHO otoco | opoco ORDER then ORDER & ORDER
    WHO cancel ID | #ORDER | list ID | list #LIST | all [new | partial] [on SYMBOL]
    WHO replace ID [stop] [new | partial] with buy | sell ...
    WHO amend ID to LOTS [id TEXT] [on SYMBOL]
    WHO freeze [until TIME]      WHO unfreeze      WHO group NUMBER | none      WHO tier NUMBER
    WHO has FREE free HELD held ASSET
    together WHO pay WHOM AMOUNT ASSET [as REFERENCE] & ...  (linked transfers)
    fees TIER maker PPM taker PPM       halt SYMBOL       resume SYMBOL       at TIME | SECONDSs
    rules SYMBOL FIGURE NUMBER ...      (figures as in SetSymbolRules; `without FEATURE` takes one away)
    limits FIGURE NUMBER ...            (of the exchange)      limit ASSET NUMBER
    list NAME FIGURE NUMBER ...         (one more market of BTC in USD; figures as in ListSymbol)
    book SYMBOL buys LOTS @ PRICE, ... sells LOTS @ PRICE, ...      book SYMBOL empty

What comes of a line stands behind it, in the order in which it happened: `fills`, `prevents` (lots of the taker / lots
of the maker), `expires`, `filled`, `cancels`, `amended`, `rejected`, `waits`, `pends`, `tracks`, `triggers`, `starts`,
`shows`, `locks`, `opens`, `done`, and `rests`. An order must say it; any other line that says nothing must not be
refused. From `# ` on a line is a comment. A line that begins with `...` goes on with the one before it.

A story that names no rules is played under rules 1, 2, 3 and the newest: it must not make a difference.
'''

import re
from collections.abc import Callable
from itertools import groupby
from textwrap import dedent

import msgspec

from venus.core.machine import Machine
from venus.model.book import levels
from venus.model.exchange import Exchange
from venus.records.commands import (
    FEATURES_ALL,
    HOUSE_ACCOUNT,
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    Command,
    CommandFlag,
    Feature,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    ListType,
    OpenAccounts,
    ResumeSymbol,
    SelfTrade,
    SetAccountTier,
    SetAssetLimit,
    SetExchangeLimits,
    SetFeeTier,
    SetSymbolRules,
    SetTradeGroup,
    UnfreezeAccount,
    adoption,
)
from venus.records.events import Event, EventFlag, EventKind, Expiry, unpack_events
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.frames import Frame, cold_frame, hot_frame
from venus.testing.lines import (
    LISTS,
    ORDER_WORDS,
    OUTCOMES,
    Misread,
    Words,
    read_amendment,
    read_cancel,
    read_list,
    read_order,
)
from venus.testing.worlds import transfer
from venus.units import NS_PER_S

ASSETS = ("USD", "BTC", "ETH")
SYMBOLS = {"BTCUSD": ("BTC", "USD"), "ETHUSD": ("ETH", "USD"), "ETHBTC": ("ETH", "BTC")}
BANK_ACCOUNT = 1
RULES_PLAYED = (1, 2, 3, RULES_LATEST)
"""Rules 4 add what no such story has, and hold under the newest as well."""


class StoryFailed(AssertionError):
    """A line of a story did not come out as it says."""


def play(story: str, *rules: int) -> "Play":
    """Play a whole story under the rules given, or under RULES_PLAYED; the last stage is returned, to look further."""
    stages = [Play(rules=number) for number in rules or RULES_PLAYED]
    for stage in stages:
        stage.lines(story)
    return stages[-1]


class Play:
    """The stage: the core and the model, and the names of what is on it; without furniture there is nothing yet."""

    def __init__(self, furnished: bool = True, rules: int = 1) -> None:
        self.model = Exchange()
        self.opinions = Opinions({"model": self.model, "core": Machine()})
        self.accounts = {"house": HOUSE_ACCOUNT, "bank": BANK_ACCOUNT}
        self.assets: dict[str, int] = {}
        self.symbols: dict[str, int] = {}
        self.time_ns = 1
        self._references = 0
        for number in range(2, rules + 1):
            self.cold(adoption(self.reference(), number))
        if furnished:
            self._set_up()

    def lines(self, story: str) -> None:
        for number, words in enumerate(sentences(story), 1):
            try:
                self._line(Words(list(words)))
            except Exception as error:
                error.add_note(f"in line {number} of the story: {' '.join(words)}")
                raise

    def hot(self, *asked: tuple[Command, str]) -> list[Event]:
        """One frame of hot commands: both opinions agree on its events and on all state, and their invariants hold."""
        return self._apply(hot_frame(self.time_ns, self.model.next_sequence, asked))

    def cold(self, command: ColdCommand) -> list[Event]:
        return self._apply(cold_frame(self.time_ns, self.model.next_sequence, command))

    def reference(self) -> str:
        self._references += 1
        return f"story {self._references}"

    def _apply(self, frame: Frame) -> list[Event]:
        self.last = self.opinions.apply(frame)
        return list(unpack_events(self.last.tobytes()))

    def _set_up(self) -> None:
        self._open_account("house", AccountKind.HOUSE)
        self._open_account("bank", AccountKind.EXTERNAL)
        for number, code in enumerate(ASSETS):
            self.cold(ListAsset(reference=self.reference(), code=code, scale=0))
            self.assets[code] = number
        for code in SYMBOLS:
            self._list(code, {})

    def _line(self, words: Words) -> None:
        stage_lines: dict[str, Callable[[Words], None]] = {
            "fees": self._fees,
            "halt": self._halt,
            "resume": self._resume,
            "at": self._at,
            "list": self._list_line,
            "book": self._book,
            "rules": self._rules,
            "limits": self._limits,
            "limit": self._limit,
            "together": self._together,
        }
        if words.first in stage_lines:
            stage_lines[words.next()](words)
            return
        who = self._account(words.next())
        person_lines: dict[str, Callable[[int, Words], None]] = {
            "deposit": self._deposit,
            "withdraw": self._withdraw,
            "pay": self._pay,
            "cancel": self._cancel,
            "replace": self._replace,
            "amend": self._amend,
            "freeze": self._freeze,
            "unfreeze": self._unfreeze,
            "group": self._group,
            "tier": self._tier,
            "has": self._has,
        }
        if words.first in ORDER_WORDS:
            self._order(who, words)
        elif words.first in LISTS:
            self._order_list(who, words)
        elif words.first in person_lines:
            person_lines[words.next()](who, words)
        else:
            raise Misread(f"{words.first!r} is nothing that one can do")

    def _expect(self, words: Words, events: list[Event]) -> None:
        """Compare what the line says with what happened; a line that says nothing must not be refused."""
        happened = outcome([event for event in events if not event.flags & EventFlag.TIMER])
        said = re.sub(r"(?<=\d)_(?=\d)", "", words.rest())
        if not said and "rejected" not in happened:
            return
        # `rests` alone leaves it to the reader to reckon how many lots do.
        if said.endswith("rests"):
            happened = re.sub(r"rests \d+$", "rests", happened)
        if said != happened:
            raise StoryFailed(f"said {said or 'nothing'!r}, but it {happened or 'did nothing'!r}")

    def _account(self, name: str) -> int:
        if name not in self.accounts:
            if not name.isalpha():
                raise Misread(f"{name!r} is no name")
            self.accounts[name] = self._open_account(name, AccountKind.PERSON)
        return self.accounts[name]

    def _open_account(self, name: str, kind: AccountKind) -> int:
        command = OpenAccounts(
            reference=self.reference(),
            account_kind=kind,
            count=1,
            label="" if kind is AccountKind.PERSON else name,
            tier=0,
            trade_group=TRADE_GROUP_NONE,
        )
        [opened] = [event for event in self.cold(command) if not event.flags & EventFlag.TIMER]
        assert opened.kind == EventKind.ACCOUNTS_OPENED, opened
        return opened.account

    def _list(self, code: str, figures: dict[str, int]) -> list[Event]:
        base, quote = SYMBOLS.get(code, ("BTC", "USD"))
        usual = ListSymbol(
            reference=self.reference(),
            code=code,
            base_asset=self.assets[base],
            quote_asset=self.assets[quote],
            tick_atoms=1,
            lot_atoms=1,
            price_ticks_min=1,
            price_ticks_max=1_000_000,
            quantity_lots_min=1,
            quantity_lots_max=1_000_000,
            market_lots_max=1_000_000,
            notional_atoms_min=1,
            notional_atoms_max=10**12,
            orders_max=1_000,
            stp_allowed=(1 << len(SelfTrade)) - 1,
            stp_default=SelfTrade.NONE,
        )
        events = self.cold(msgspec.structs.replace(usual, **figures))
        for event in events:
            if event.kind == EventKind.SYMBOL_LISTED:
                self.symbols[code] = event.symbol
        return events

    def _list_line(self, words: Words) -> None:
        asked = words.until_outcome()
        code, figures = asked.next(), {}
        while asked:
            figure = asked.next()
            figures[figure] = asked.next_number()
        self._expect(words, self._list(code, figures))

    def _order(self, who: int, words: Words) -> None:
        asked = words.until_outcome()
        if not words:
            raise Misread(f"an order must say what comes of it, with one of {', '.join(sorted(OUTCOMES))}")
        self._expect(words, self.hot(read_order(asked, who, self.symbols, 0)))

    def _order_list(self, who: int, words: Words) -> None:
        asked = words.until_outcome()
        if not words:
            raise Misread("an order list must say what comes of it")
        self._expect(words, self.hot(*read_list(asked, who, self.symbols, 0)))

    def _cancel(self, who: int, words: Words) -> None:
        asked = words.until_outcome()
        cancel = read_cancel(asked, who, self.symbols, 0)
        asked.end()
        self._expect(words, self.hot((cancel, "")))

    def _replace(self, who: int, words: Words) -> None:
        asked = words.until_outcome()
        if not words:
            raise Misread("a replacement must say what comes of it")
        cancel = read_cancel(asked, who, self.symbols, 0)
        asked.expect("with")
        order = read_order(asked, who, self.symbols, cancel.subject)
        self._expect(words, self.hot((cancel._replace(flags=cancel.flags | CommandFlag.REPLACES), ""), order))

    def _amend(self, who: int, words: Words) -> None:
        asked = words.until_outcome()
        self._expect(words, self.hot(read_amendment(asked, who, self.symbols, 0)))

    def _deposit(self, who: int, words: Words) -> None:
        self._transfer(BANK_ACCOUNT, who, words)

    def _withdraw(self, who: int, words: Words) -> None:
        self._transfer(who, BANK_ACCOUNT, words)

    def _pay(self, who: int, words: Words) -> None:
        self._transfer(who, self._account(words.next()), words)

    def _transfer(self, debit: int, credit: int, words: Words) -> None:
        asked = words.until_outcome()
        self._expect(words, self.hot(self._read_transfer(debit, credit, asked)))

    def _read_transfer(self, debit: int, credit: int, asked: Words) -> tuple[Command, str]:
        amount_atoms, asset = asked.next_number(), self.assets[asked.next()]
        reference = asked.next() if asked.skip("as") else self.reference()
        asked.end()
        return transfer(debit, credit, asset, amount_atoms, reference)

    def _together(self, words: Words) -> None:
        asked, run = words.until_outcome(), []
        while asked:
            one = asked.until({"&"})
            who = self._account(one.next())
            one.expect("pay")
            run.append(self._read_transfer(who, self._account(one.next()), one))
            asked.skip("&")
        linked = [(command._replace(flags=CommandFlag.LINKED), text) for command, text in run[:-1]]
        self._expect(words, self.hot(*linked, run[-1]))

    def _freeze(self, who: int, words: Words) -> None:
        asked = words.until_outcome()
        until_ns = asked.next_number() if asked.skip("until") else 0
        asked.end()
        self._expect(words, self.cold(FreezeAccount(reference=self.reference(), account=who, until_ns=until_ns)))

    def _unfreeze(self, who: int, words: Words) -> None:
        self._expect(words, self.cold(UnfreezeAccount(reference=self.reference(), account=who)))

    def _group(self, who: int, words: Words) -> None:
        group = TRADE_GROUP_NONE if words.skip("none") else words.next_number()
        self._expect(words, self.cold(SetTradeGroup(reference=self.reference(), account=who, trade_group=group)))

    def _tier(self, who: int, words: Words) -> None:
        tier = words.next_number()
        self._expect(words, self.cold(SetAccountTier(reference=self.reference(), account=who, tier=tier)))

    def _fees(self, words: Words) -> None:
        tier = words.next_number()
        words.expect("maker")
        maker_ppm = words.next_number()
        words.expect("taker")
        command = SetFeeTier(reference=self.reference(), tier=tier, maker_ppm=maker_ppm, taker_ppm=words.next_number())
        self._expect(words, self.cold(command))

    def _halt(self, words: Words) -> None:
        self._expect(words, self.cold(HaltSymbol(reference=self.reference(), symbol=self.symbols[words.next()])))

    def _resume(self, words: Words) -> None:
        self._expect(words, self.cold(ResumeSymbol(reference=self.reference(), symbol=self.symbols[words.next()])))

    def _rules(self, words: Words) -> None:
        asked = words.until_outcome()
        off = dict.fromkeys(SetSymbolRules.__struct_fields__, 0)
        figures = off | {"symbol": self.symbols[asked.next()], "features": FEATURES_ALL}
        while asked:
            figure = asked.next()
            if figure == "without":
                figures["features"] &= ~Feature[asked.next()]
            else:
                figures[figure] = asked.next_number()
        del figures["reference"]
        self._expect(words, self.cold(SetSymbolRules(reference=self.reference(), **figures)))

    def _limits(self, words: Words) -> None:
        asked = words.until_outcome()
        figures = dict.fromkeys(SetExchangeLimits.__struct_fields__, 0)
        del figures["reference"]
        while asked:
            figure = asked.next()
            figures[figure] = asked.next_number()
        self._expect(words, self.cold(SetExchangeLimits(reference=self.reference(), **figures)))

    def _limit(self, words: Words) -> None:
        asked = words.until_outcome()
        asset, atoms = self.assets[asked.next()], asked.next_number()
        self._expect(words, self.cold(SetAssetLimit(reference=self.reference(), asset=asset, order_atoms_max=atoms)))

    def _at(self, words: Words) -> None:
        when = words.next()
        self.time_ns = int(when[:-1]) * NS_PER_S if when.endswith("s") else int(when)
        words.end()

    def _has(self, who: int, words: Words) -> None:
        free_atoms = words.next_number()
        words.expect("free")
        held_atoms = words.next_number()
        words.expect("held")
        key = who, self.assets[words.next()]
        words.end()
        found = self.model.ledger.free[key], self.model.ledger.held[key]
        if found != (free_atoms, held_atoms):
            raise StoryFailed(f"has {found[0]} free and {found[1]} held")

    def _book(self, words: Words) -> None:
        book = self.model.desk.books[self.symbols[words.next()]]
        found = []
        for word, orders in (("buys", book.bids), ("sells", book.asks)):
            if orders:
                found.append(f"{word} " + ", ".join(f"{lots} @ {price}" for price, lots in levels(orders)))
        said = words.rest()
        if said != (" ".join(found) or "empty"):
            raise StoryFailed(f"the book is {' '.join(found) or 'empty'}")


def sentences(story: str) -> list[list[str]]:
    """The words of each line; one that begins with `...` goes on with the one before it."""
    read: list[list[str]] = []
    for line in dedent(story).strip().splitlines():
        words = line.partition("# ")[0].split()
        if words and words[0] == "...":
            read[-1] += words[1:]
        elif words:
            read.append(words)
    return read


def outcome(events: list[Event]) -> str:
    """What happened, in the words of a story."""
    clauses = [clause for event in events for clause in event_clauses(event)]
    # What rests is told by the first event, and yet is the end of the story.
    clauses.sort(key=lambda clause: clause[0] == "rests")
    return " ".join(
        f"{verb} {', '.join(what for _, what in same if what)}".rstrip()
        for verb, same in groupby(clauses, lambda c: c[0])
    )


def event_clauses(event: Event) -> list[tuple[str, str]]:
    """Verb and what; none for what a line need not say."""
    match event.kind:
        case EventKind.ACCEPTED if event.flags & EventFlag.WAITING:
            return [("waits", str(event.remaining_lots))]
        case EventKind.ACCEPTED if event.flags & EventFlag.PENDING:
            return [("pends", str(event.remaining_lots))]
        case EventKind.ACCEPTED:
            return [("rests", str(event.remaining_lots))] if event.remaining_lots else []
        case EventKind.TRADE:
            return [("fills", f"{event.quantity_lots} @ {event.price_ticks}")]
        case EventKind.PREVENTED:
            lots = f"{event.quantity_lots}/{event.remaining_lots}"
            return [("prevents", f"{lots} @ {event.price_ticks} {SelfTrade(event.reason).name}")]
        case EventKind.EXPIRED:
            return [("expires", f"{event.remaining_lots} {Expiry(event.reason).name}")]
        case EventKind.CANCELED:
            return [("cancels", f"{event.remaining_lots} @ {event.price_ticks}")]
        case EventKind.AMENDED:
            return [("amended", f"to {event.quantity_lots}")]
        case EventKind.FILLED:
            return [("filled", "")]
        case EventKind.TRIGGERED | EventKind.STARTED | EventKind.TRACKING | EventKind.SHOWN | EventKind.LOCKED:
            return [going_on(event)]
        case EventKind.LIST_OPENED:
            return [("opens", ListType(event.reason).name)]
        case EventKind.LIST_DONE:
            return [("done", "")]
        case EventKind.REJECTED:
            return [("rejected", Reject(event.reason).name)]
        case _:
            return [("repeated", "")] if event.flags & EventFlag.REPEATED else []


def going_on(event: Event) -> tuple[str, str]:
    """What happens to an order that was there before."""
    price = f"@ {event.price_ticks}" if event.price_ticks else "at market"
    match event.kind:
        case EventKind.TRIGGERED:
            return "triggers", f"{event.quantity_lots} {price}"
        case EventKind.STARTED if event.flags & EventFlag.WAITING:
            return "starts", f"{event.quantity_lots} waiting"
        case EventKind.STARTED:
            return "starts", f"{event.quantity_lots} {price}"
        case EventKind.TRACKING:
            return "tracks", f"from {event.price_ticks}"
        case EventKind.SHOWN:
            return "shows", f"{event.quantity_lots} of {event.remaining_lots}"
        case _:
            return "locks", str(event.hold_atoms)
