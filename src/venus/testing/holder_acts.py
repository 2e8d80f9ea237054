"""What holders do with their money, one act at a time: holds, allowances, signed payments, trades, schedules."""

from hashlib import sha256
from random import Random

import msgspec

from venus.records import holds
from venus.records.coins import DAY_NS
from venus.records.commands import PlainCommand
from venus.records.events import Event, EventKind
from venus.records.institutions import Role, Scheme
from venus.testing.officials import Person, holder_proof, public_key

EXTERNAL = 1
PERSONS = 4
PERSON_FIRST = 11


class HolderActs:
    """Draws acts; it knows what was opened before, by events."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._references = 0
        self._holds: list[tuple[int, int, int]] = []  # number, account, target
        self._trades: list[tuple[int, int]] = []  # number, one of its sides
        self._bound: list[tuple[int, int]] = []  # asset, account of a hold
        self._offered: list[tuple[int, int]] = []  # asset, account of a proposed trade
        self._schedules: list[tuple[int, int]] = []  # number, account
        self._allowed: list[tuple[int, int, int]] = []  # account, spender, asset
        self._keyed: list[int] = []  # accounts with a key

    def learn(self, event: Event) -> None:
        match event.kind:
            case EventKind.HOLD_CREATED:
                self._holds.append((event.order_id, event.account, event.maker_account))
                self._bound.append((event.symbol, event.account))
            case EventKind.TRADE_PROPOSED:
                self._trades.append((event.order_id, self._random.choice([event.account, *[event.maker_account] * 2])))
                self._offered.append((event.symbol, event.account))
            case EventKind.PAYMENT_SCHEDULED:
                self._schedules.append((event.order_id, event.account))
            case EventKind.SPENDER_APPROVED if event.quantity_lots:
                self._allowed.append((event.account, event.maker_account, event.symbol))
            case EventKind.HOLDER_KEY_BOUND:
                self._keyed.append(event.account)

    def _reference(self) -> str:
        self._references += 1
        return f"act {self._references}"

    def _person(self) -> int:
        return PERSON_FIRST + self._random.randrange(PERSONS)

    def _hold(self, time_ns: int) -> PlainCommand:
        random = self._random
        expires_ns = time_ns + random.choice([0, 1, DAY_NS, 20 * DAY_NS, 20 * DAY_NS, 20 * DAY_NS])
        target = self._person()
        return holds.CreateHold(
            reference=self._reference(),
            account=self._person(),
            target=target,
            notary=random.choice([target, target, self._person()]),
            asset=random.choice([0, 0, 2]),
            atoms=random.choice([1, 40, 150]),
            reclaim_ns=expires_ns - random.choice([0, 19 * DAY_NS, 20 * DAY_NS, -1]),
            expires_ns=expires_ns,
            hash_lock=random.choice([b"", sha256(b"open").digest()]),
        )

    def _of_hold(self, time_ns: int) -> PlainCommand:
        random = self._random
        number, account, target = random.choice(self._holds[-3:]) if self._holds else (1, EXTERNAL, EXTERNAL)
        by = random.choice([account, account, target, target, target, self._person()])
        acts: list[PlainCommand] = [
            holds.ExecuteHold(
                reference=self._reference(),
                hold=number,
                by_account=by,
                atoms=random.choice([1, 1, 40, 41]),
                preimage=random.choice([b"", b"open", b"open"]),
            ),
            holds.ReleaseHold(reference=self._reference(), hold=number, by_account=by),
            holds.ReclaimHold(reference=self._reference(), hold=number, by_account=by),
        ]
        return random.choice(acts)

    def _spend(self, time_ns: int) -> PlainCommand:
        random = self._random
        account, spender, asset = self._person(), self._person(), random.choice([0, 2])
        if self._allowed and random.random() < 0.5:
            account, spender, asset = random.choice(self._allowed[-4:])
        elif random.random() < 0.7:
            return holds.ApproveSpender(
                reference=self._reference(),
                account=account,
                spender=spender,
                asset=asset,
                atoms=random.choice([0, 40, 1_000]),
            )
        return holds.TransferFrom(
            reference=self._reference(),
            spender=spender,
            account=account,
            to_account=self._person(),
            asset=asset,
            atoms=random.choice([1, 40]),
        )

    def _sign(self, time_ns: int) -> PlainCommand:
        """Acts with a holder's signature; each account's key is that of a person with its number."""
        random = self._random
        account, expires_ns = self._person(), time_ns + random.choice([0, DAY_NS, DAY_NS])
        if self._keyed and random.random() < 0.8:
            account = random.choice(self._keyed)
        signer = Person(account, Role.MAKER, Scheme(1 + account % 2))
        draft: holds.BindHolderKey | holds.PermitSpender | holds.TransferAuthorized
        chance = random.random()
        if chance < 0.3:
            first = random.random() < 0.5
            draft = holds.BindHolderKey(
                reference=self._reference(),
                account=account,
                scheme=signer.scheme,
                key=public_key(account, signer.scheme),
                expires_ns=0 if first else expires_ns,
                proof=holds.NO_PROOF,
            )
            if first:
                return draft
        elif chance < 0.5:
            draft = holds.PermitSpender(
                reference=self._reference(),
                account=account,
                spender=self._person(),
                asset=0,
                atoms=random.choice([0, 40, 1_000]),
                expires_ns=expires_ns,
                proof=holds.NO_PROOF,
            )
        else:
            draft = holds.TransferAuthorized(
                reference=self._reference(),
                account=account,
                to_account=self._person(),
                asset=0,
                atoms=random.choice([1, 40]),
                after_ns=time_ns + random.choice([0, 0, 1]),
                expires_ns=expires_ns,
                proof=holds.NO_PROOF,
            )
        if random.random() < 0.25:
            signer = Person(999, Role.MAKER, signer.scheme)
        return msgspec.structs.replace(draft, proof=holder_proof(draft, account, expires_ns, signer))

    def _trade(self, time_ns: int) -> PlainCommand:
        random = self._random
        if random.random() < 0.4:
            return holds.ProposeTrade(
                reference=self._reference(),
                account=self._person(),
                counterparty=self._person(),
                give_asset=random.choice([0, 0, 2]),
                give_atoms=random.choice([1, 40]),
                take_asset=random.choice([0, 2, 2]),
                take_atoms=random.choice([1, 40]),
                expires_ns=time_ns + random.choice([0, DAY_NS, 9 * DAY_NS, 9 * DAY_NS]),
            )
        trade, account = random.choice(self._trades[-3:]) if self._trades else (1, EXTERNAL)
        if random.random() < 0.2:
            account = self._person()
        if random.random() < 0.5:
            return holds.AcceptTrade(reference=self._reference(), trade=trade, account=account)
        return holds.WithdrawTrade(reference=self._reference(), trade=trade, account=account)

    def _schedule(self, time_ns: int) -> PlainCommand:
        random = self._random
        if random.random() < 0.3:
            schedule, account = random.choice(self._schedules[-3:]) if self._schedules else (1, EXTERNAL)
            if random.random() < 0.2:
                account = self._person()
            return holds.CancelSchedule(reference=self._reference(), schedule=schedule, account=account)
        count = random.choice([1, 1, 3, 5])
        return holds.SchedulePayment(
            reference=self._reference(),
            account=self._person(),
            to_account=self._person(),
            asset=random.choice([0, 2]),
            atoms=random.choice([1, 40, 1_000]),
            first_ns=time_ns + random.choice([0, 1, DAY_NS]),
            every_ns=random.choice([0, DAY_NS, 3_600 * 10**9]) if count > 1 else 0,
            count=count,
        )
