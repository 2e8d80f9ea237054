"""Command streams around coins from a seed: issuers, custodians, agents, courts and holders, honest and not.

Like `generator.Flow` it learns from events, and the same seed and the same events give the same stream.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import msgspec
import numpy as np

from venus.records.approvals import Approval
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    Approved,
    ColdCommand,
    Command,
    CommandKind,
    ListAsset,
    ListSymbol,
    MoveToRules,
    OpenAccounts,
    OrderType,
    PlainCommand,
    Side,
    adoption,
    approved,
)
from venus.records.events import unpack_events
from venus.testing.coin_acts import ASSETS, SYMBOL, Acts, founding_of_coins
from venus.testing.frames import Frame, cold_frame, hot_frame
from venus.testing.holder_acts import EXTERNAL, PERSON_FIRST, PERSONS
from venus.testing.officials import BODIES, Body, approval
from venus.testing.traders import Asked
from venus.testing.worlds import transfer
from venus.units import ATOMS_MAX, INT64_MAX

_STEPS_NS = (*[0] * 8, *[1] * 4, *[60 * 10**9] * 6, *[3_600 * 10**9] * 3, 7 * 3_600 * 10**9, 30 * 3_600 * 10**9)
_NUMBERS = (-1, 0, 1, 2, 3, 4, 8, 10**6 + 1, 2**62 + 1, INT64_MAX, -(2**63))
_TEXTS = ("", "x" * 65, "é" * 64, "x" * 257, "usd", 'a"b', "a\nb")
_BYTES = (b"", bytes(32), bytes([1]) + bytes(31), bytes(64), b"\4" + bytes(64), b"\xff" * 32, bytes(1_025))


class CoinFlow:
    """A stream of frames. `fair` is only there to be told: all are as hostile as they are honest."""

    rules: tuple[int, ...] = (3, 4, 4)  # under which it begins, by the seed
    bodies: tuple[Body, ...] = BODIES
    steps_ns: tuple[int, ...] = _STEPS_NS

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.fair = False
        self._random = Random(seed)
        self._time_ns = 20_600 * 86_400 * 10**9
        self._next_sequence = 1
        self._acts = self._people()
        self._asked: list[ColdCommand] = []
        self._setting_up = True
        self._rules_first = self.rules[seed % len(self.rules)]

    def _people(self) -> Any:
        """Who draws acts, says whose signatures they need, and learns from events."""
        return Acts(self._random)

    def _set_up(self) -> Iterator[Frame]:
        """What there is before the stream begins, under the newest of the rules."""
        for command in exchange_of_coins():
            yield self._cold(command)
        if self._random.random() < 0.3:
            yield self._cold(self._acts.anything(self._time_ns))
        for command in founding_of_coins(self._time_ns):
            yield self._signed(command)
        yield self._hot([transfer(EXTERNAL, PERSON_FIRST + one, 2, 500, f"first {one}") for one in range(PERSONS)])

    def frames(self, commands: int) -> Iterator[Frame]:
        """The set-up, then frames until so many commands were asked; learn after each."""
        yield self._cold(self._acts.anything(self._time_ns))
        for rules in range(2, self._rules_first + 1):
            yield self._cold(adoption(f"rules {rules}", rules))
        yield from self._set_up()
        self._setting_up = False
        end_sequence = self._next_sequence + commands
        while self._next_sequence < end_sequence:
            self._time_ns += self._random.choice(self.steps_ns)
            if self._random.random() < 0.01:
                self._time_ns += 4 * 86_400 * 10**9
            if self._rules_first == 3 and self._random.random() < 0.01:
                yield self._signed(MoveToRules(reference="rules 4", rules=4))
            if self._random.random() < 0.25:
                yield self._hot([self._order() for _ in range(self._random.randint(1, 4))])
            else:
                yield self._draw()

    def learn(self, events: np.ndarray) -> None:
        """What came of the frame that was yielded last. EVENT[m]"""
        for event in unpack_events(events.tobytes()):
            self._acts.learn(event)

    def _draw(self) -> Frame:
        random = self._random
        chance = random.random()
        if self._asked and chance < 0.06:
            return self._cold(random.choice(self._asked))
        command = self._acts.anything(self._time_ns)
        if chance < 0.16:
            command = self._broken(command)
        if self._asked and chance < 0.19:
            command = msgspec.structs.replace(command, reference=random.choice(self._asked).reference)
        return self._signed(command)

    def _signed(self, command: PlainCommand) -> Frame:
        """With the approvals that it needs, mostly."""
        random, expires_ns = self._random, self._time_ns + 300 * 10**9
        needed = self._acts.signers(command)
        is_honest = self._setting_up and self.seed % 4 != 0
        if not is_honest and random.random() < 0.02:
            needed = [random.randrange(len(self.bodies))]
        asked: ColdCommand = command
        if needed:
            approvals = [
                approval(command, number, seat, self.bodies[number].people[seat], expires_ns)
                for number in needed
                for seat in (random.choice([0, 0, 0, len(self.bodies[number].people) // 3 * 2]), 1)
            ]
            if len(approvals) > 2 and random.random() < 0.05:
                random.shuffle(approvals)
            asked = approved(command, *approvals)
            if not is_honest and random.random() < 0.12:
                asked = self._forged(asked)
        self._asked = [*self._asked[-15:], asked]
        return self._cold(asked)

    def _forged(self, asked: Approved) -> Approved:
        """One thing about the approvals is not as it must be."""
        random, approvals = self._random, list(asked.approvals)
        place = random.randrange(len(approvals))
        one = approvals[place]
        replace = msgspec.structs.replace
        person = self.bodies[one.institution].people[one.seat]
        forgeries: list[Callable[[], Approval | None]] = [
            lambda: None,
            lambda: replace(one, seat=random.choice([-1, 2, 7])),
            lambda: replace(one, institution=random.choice([-1, 1, 99])),
            lambda: replace(one, expires_ns=one.expires_ns + 1),
            lambda: replace(one, signature=_bent(one.signature, random)),
            lambda: replace(one, signature=one.signature + b"\0"),
            lambda: replace(one, client_data=_bent(one.client_data, random)),
            lambda: replace(one, authenticator_data=_bent(one.authenticator_data, random)),
            lambda: replace(one, client_data=b"{}", authenticator_data=b"x" * 37),
            lambda: approvals[(place + 1) % len(approvals)],
            lambda: approval(asked.command, one.institution, one.seat, person, self._time_ns),
            lambda: approval(asked.command, one.institution, one.seat, person, self._time_ns + 8 * 86_400 * 10**9),
            lambda: approval(_altered(asked.command), one.institution, one.seat, person, one.expires_ns),
        ]
        forged = random.choice(forgeries)()
        approvals[place : place + 1] = [] if forged is None else [forged]
        if random.random() < 0.03:
            approvals = approvals * 20
        command = _altered(asked.command) if random.random() < 0.02 else asked.command
        return Approved(reference=asked.reference, command=command, approvals=tuple(approvals))

    def _broken(self, command: PlainCommand) -> PlainCommand:
        """One field is anything of its type."""
        random = self._random
        field = random.choice(command.__struct_fields__)
        value = getattr(command, field)
        other: Any = value
        if isinstance(value, int):
            other = random.choice([*_NUMBERS, value - 1, value + 1, ATOMS_MAX + 1, self._time_ns])
        elif isinstance(value, str):
            other = random.choice(_TEXTS)
        elif isinstance(value, bytes):
            other = random.choice(_BYTES)
        elif isinstance(value, tuple):
            other = random.choice([(), value[::-1], value * 40])
        elif isinstance(value, msgspec.Struct):
            other = self._broken(value)  # type: ignore[arg-type]  # a part of a command is broken as a whole one is
        return msgspec.structs.replace(command, **{field: other})

    def _order(self) -> Asked:
        """Payments, also out of nothing and into it; orders that hold coins; orders that end again."""
        random = self._random
        account = PERSON_FIRST + random.randrange(PERSONS)
        chance = random.random()
        if chance < 0.5:
            other = random.choice([account + 1, EXTERNAL, PERSON_FIRST, *self._acts.coin_accounts])
            giver, taker = (account, other) if random.random() < 0.7 else (other, account)
            asset, atoms = random.randrange(len(ASSETS)), random.choice([1, 50, 700, 10**4])
            return transfer(giver, taker, asset, atoms, f"payment {random.randrange(10**6)}")
        kind = CommandKind.CANCEL_ALL if chance > 0.92 else CommandKind.ORDER
        return Command(
            account=account,
            subject=SYMBOL,
            kind=kind,
            side=int(random.choice(list(Side))) if kind == CommandKind.ORDER else 0,
            type=OrderType.LIMIT if kind == CommandKind.ORDER else 0,
            price_ticks=random.randint(2, 4) if kind == CommandKind.ORDER else 0,
            quantity=random.randint(1, 30) if kind == CommandKind.ORDER else 0,
        ), ""

    def _cold(self, command: ColdCommand) -> Frame:
        frame = cold_frame(self._time_ns, self._next_sequence, command)
        self._next_sequence += 1
        return frame

    def _hot(self, asked: list[Asked]) -> Frame:
        frame = hot_frame(self._time_ns, self._next_sequence, asked)
        self._next_sequence += len(asked)
        return frame


def _bent(data: bytes, random: Random) -> bytes:
    """One bit of it is another."""
    if not data:
        return b"\0"
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def _altered(command: PlainCommand) -> PlainCommand:
    """The same, but for one number."""
    names = [name for name in command.__struct_fields__ if isinstance(getattr(command, name), int)]
    if not names:
        return msgspec.structs.replace(command, reference=command.reference + "'")
    return msgspec.structs.replace(command, **{names[-1]: getattr(command, names[-1]) + 1})


def exchange_of_coins() -> Iterator[ColdCommand]:
    """House, bank, persons, the accounts of the coins, assets and the symbol."""
    labels = [("house", AccountKind.HOUSE), ("bank", AccountKind.EXTERNAL)]
    for code in ASSETS:
        labels += [(f"issuer:{code}", AccountKind.EXTERNAL)]
        labels += [(f"{what}:{code}", AccountKind.HOUSE) for what in ("escrow", "treasury")]
    for label, kind in labels:
        yield OpenAccounts(
            reference=label, account_kind=kind, count=1, label=label, tier=0, trade_group=TRADE_GROUP_NONE
        )
    yield OpenAccounts(
        reference="persons",
        account_kind=AccountKind.PERSON,
        count=PERSONS,
        label="",
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
    for code in ASSETS:
        yield ListAsset(reference=f"asset {code}", code=code, scale=0)
    yield ListSymbol(
        reference="symbol",
        code="BTCvUSD",
        base_asset=2,
        quote_asset=0,
        tick_atoms=1,
        lot_atoms=1,
        price_ticks_min=1,
        price_ticks_max=10**6,
        quantity_lots_min=1,
        quantity_lots_max=10**6,
        market_lots_max=10**6,
        notional_atoms_min=1,
        notional_atoms_max=10**12,
        orders_max=100,
        stp_allowed=1,
        stp_default=0,
    )
