"""What simulated officers ask: freezes, halts, tiers, listings; right, wrong, repeated, or with a reference reused."""

from collections.abc import Iterator
from random import Random

import msgspec

from venus.records.commands import (
    RULES_BY_MOVING,
    RULES_LATEST,
    AdoptRules,
    ColdCommand,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    MoveToRules,
    NoteClockJump,
    OpenAccounts,
    ResumeSymbol,
    SetAccountTier,
    SetAssetLimit,
    SetFeeTier,
    SetSymbolRules,
    SetTradeGroup,
    UnfreezeAccount,
    adoption,
)
from venus.testing.symbol_rules import draw_asset_limit, draw_exchange_limits, draw_symbol_rules
from venus.testing.worlds import PERSON_FIRST, Adoption, World
from venus.units import ATOMS_MAX, INT64_MAX

ASKED_REMEMBERED = 12
NUMBERS = (-1, 0, 1, 2, 3, 4, 15, 16, 2**31 - 1, 2**31, 2**32 - 1, 2**62 + 1, INT64_MAX)
TEXTS = (
    "",
    "A0",
    "S0",
    "S1",
    "house",
    "new",
    "É",
    "two words",
    "x" * 12,
    "x" * 13,
    "x" * 24,
    "y" * 25,
    "z" * 64,
    "z" * 65,
    "é" * 64,
    "é" * 65,
)
FIGURES = tuple(field for field in ListSymbol.__struct_fields__ if field not in ("reference", "code"))
CROOKED = (0, 1, 3, 63, 64, 10**6 + 1, 2**60 - 1, 2**60, ATOMS_MAX - 1, ATOMS_MAX, ATOMS_MAX + 1)


class Officers:
    def __init__(self, random: Random, world: World) -> None:
        self._random = random
        self._world = world
        self._asked: list[ColdCommand] = []
        self._references = 0

    def draw(self, time_ns: int) -> ColdCommand:
        random = self._random
        chance = random.random()
        if self._asked and chance < 0.12:
            return random.choice(self._asked)
        command = self._usual(time_ns)
        if chance < 0.2:
            command = self._broken(command)
        if self._asked and chance < 0.24:
            command = msgspec.structs.replace(command, reference=random.choice(self._asked).reference)
        self._asked = [*self._asked[1 - ASKED_REMEMBERED :], command]
        return command

    def _usual(self, time_ns: int) -> ColdCommand:
        """What is mostly applied. A freeze or halt is soon followed by its end, or nothing would trade for long."""
        random, world = self._random, self._world
        self._references += 1
        reference = f"officer {self._references}"
        account = PERSON_FIRST + random.randrange(world.persons)
        symbol = random.randrange(len(world.grids))
        until_ns = time_ns + random.choice([-time_ns, 1 - time_ns, 0, 1, 15, 50, 150, 150])
        choices: dict[ColdCommand, int] = {
            FreezeAccount(reference=reference, account=account, until_ns=until_ns): 24,
            UnfreezeAccount(reference=reference, account=account): 14,
            HaltSymbol(reference=reference, symbol=symbol): 4,
            ResumeSymbol(reference=reference, symbol=symbol): 40,
            SetFeeTier(
                reference=reference,
                tier=random.choice([0, 1, 2, 15]),
                maker_ppm=random.choice([0, 5000, 5001, random.randint(0, 5000)]),
                taker_ppm=random.randint(0, 5000),
            ): 8,
            SetAccountTier(reference=reference, account=account, tier=random.choice([0, 1, 15])): 8,
            SetTradeGroup(reference=reference, account=account, trade_group=random.choice([-1, 3, 7, 2**31 - 1])): 15,
            OpenAccounts(
                reference=reference,
                account_kind=random.randint(1, 3),
                count=random.choice([1, 1, 3]),
                label=random.choice(["", "", f"extra:{self._references}"]),
                tier=0,
                trade_group=-1,
            ): 6,
            ListAsset(reference=reference, code=f"N{random.randrange(5)}", scale=random.randrange(19)): 4,
            self._listing(reference): 12,
            NoteClockJump(reference=reference, by_ns=random.choice([-5, 0, 5])): 1,
            self._adoption(reference): 6,
            self.symbol_rules(reference): 14,
            draw_exchange_limits(random, reference): 14,
            self._asset_limit(reference): 6,
        }
        [command] = random.choices(list(choices), list(choices.values()))
        return command

    def first_rules(self) -> Iterator[ColdCommand]:
        """What a world that begins with the newest rules sets at once."""
        for symbol in range(len(self._world.grids)):
            if self._random.random() < 0.5:
                yield self.symbol_rules(f"first rules {symbol}", symbol)

    def symbol_rules(self, reference: str, symbol: int | None = None) -> SetSymbolRules:
        if symbol is None:
            symbol = self._random.randrange(len(self._world.grids))
        return draw_symbol_rules(self._random, reference, symbol, self._world.grids[symbol])

    def _adoption(self, reference: str) -> AdoptRules | MoveToRules:
        """In a world that never adopts, only what is refused."""
        never = self._world.adoption is Adoption.NEVER
        rules = self._random.choice([RULES_BY_MOVING, 1, 0] + ([] if never else [2] * 3))
        moves = not never and self._random.random() < 0.4
        return adoption(reference, RULES_LATEST) if moves else AdoptRules(reference=reference, rules=rules)

    def _asset_limit(self, reference: str) -> SetAssetLimit:
        grid = self._random.choice(self._world.grids)
        asset = self._random.choice([grid.listing.base_asset, grid.listing.quote_asset])
        return draw_asset_limit(self._random, reference, asset, grid)

    def _listing(self, reference: str) -> ListSymbol:
        """A symbol like one that is listed; mostly one of its figures is crooked."""
        random = self._random
        listing = random.choice(self._world.grids).listing
        code = random.choice(["S0", f"T{random.randrange(99)}", f"T{random.randrange(99)}"])
        listing = msgspec.structs.replace(listing, reference=reference, code=code)
        if random.random() < 0.2:
            return listing
        figure = random.choice(FIGURES)
        value = random.choice([*CROOKED, getattr(listing, figure) - 1, getattr(listing, figure) + 1])
        return msgspec.structs.replace(listing, **{figure: value})

    def _broken(self, command: ColdCommand) -> ColdCommand:
        """One or two fields are anything of their type."""
        random = self._random
        fields = msgspec.structs.asdict(command)
        for field in random.choices(list(fields), k=random.randint(1, 2)):
            fields[field] = random.choice(TEXTS if isinstance(fields[field], str) else NUMBERS)
        if isinstance(command, MoveToRules):
            fields["rules"] = command.rules  # no door lets another one through
        if isinstance(command, AdoptRules) and self._world.adoption is Adoption.NEVER:
            fields["rules"] = 0
        if isinstance(command, OpenAccounts) and fields["count"] > 100:
            # A million accounts are allowed, and would only make the stream slow.
            fields["count"] = 10**6 + 1
        return type(command)(**fields)
