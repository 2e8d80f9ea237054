"""Honest days of an exchange, each from a seed: what an operator was asked, and what the rules made of it.

Every kind of day has occasions for the frauds of its kind: see frauds.py.
"""

from collections.abc import Callable
from functools import cache
from random import Random

import msgspec

from venus.core.machine import Machine
from venus.records.coins import (
    DAY_NS,
    AppealOrder,
    DecideAppeal,
    EnforceOrder,
    LawfulKind,
    LiftOrder,
    OrderLawful,
    PayTreasury,
)
from venus.records.commands import FreezeAccount
from venus.records.currency import BindPurpose, PostInterest, SpendPurpose, UnsealIdentity
from venus.testing.coin_stage import HOUR_NS, CoinStage
from venus.testing.frames import apply
from venus.testing.fraud_days_p2p import delivery_day, people_day
from venus.testing.generator import Flow
from venus.testing.officials import BANK, CENTRAL_BANK, COURT, EAST, ISSUER, SUPERVISOR
from venus.testing.purse_stage import PurseStage, copy_of
from venus.testing.recorded_days import Day, RecordedPlay
from venus.testing.wallet_stage import PHONE, VERIFIED, WalletStage

MARKET_COMMANDS = 250
PEOPLE = ("ann", "bob", "cat", "dan", "eve")
_MINUTE_NS = 60 * 10**9


@cache
def day_of(kind: str, seed: int) -> Day:
    """A day of a kind; kept, since many frauds may be tried on it."""
    return DAYS[kind](seed)


def _played(flow: Flow) -> Day:
    machine, frames, happened = Machine(), [], []
    for frame in flow.frames(MARKET_COMMANDS):
        frames.append(frame)
        happened.append(apply(machine, frame))
        flow.learn(happened[-1])
    return Day(tuple(frames), tuple(happened))


def market_day(seed: int) -> Day:
    """Deep books, in which mostly what was asked is done."""
    return _played(Flow(seed, fair=True))


def hostile_day(seed: int) -> Day:
    """Markets where everything is tried; all adopt the newest rules at once."""
    return _played(Flow(seed * 5))


def coins_day(seed: int) -> Day:
    """A coin with its bank, court and holders: money comes in and goes out, some of it frozen, seized, late."""
    random, play = Random(seed), RecordedPlay(rules=4)
    stage = CoinStage(play=play)
    stage.play.assets["vUSD"] = stage.coin
    stage.attest(random.randint(8_000, 9_000))
    acts = [_money_in, _payments, _lawful, _redemptions]
    for name in PEOPLE:
        stage.fund(name, random.randint(400, 900))
    for _ in range(2):
        random.shuffle(acts)
        for act in acts:
            act(stage, random)
            stage.later(random.randint(1, 50) * _MINUTE_NS)
    _reserves_go(stage, random)
    return play.day()


def _two(random: Random) -> tuple[str, str]:
    one, other = random.sample(PEOPLE, 2)
    return one, other


def _money_in(stage: CoinStage, random: Random) -> None:
    """A mint, one that is more than came in, one that nobody of the issuer signs, and one beyond an allowance."""
    name, atoms = random.choice(PEOPLE), random.randint(50, 300)
    receipt = stage.receipt(name, atoms)
    stage.ask(stage.mint(name, atoms + random.randint(1, 40), receipt), ISSUER)
    stage.ask(stage.mint(name, atoms, receipt), BANK)
    stage.do(stage.minter(random.randint(1, 40), 0), ISSUER, SUPERVISOR)
    stage.ask(stage.mint(name, atoms, receipt), ISSUER)
    stage.do(stage.minter(0, 0), ISSUER, SUPERVISOR)
    stage.do(stage.minter(10**6, 10**9), ISSUER, SUPERVISOR)
    stage.later(HOUR_NS)
    stage.do(stage.mint(name, atoms, receipt), ISSUER)
    stage.ask(stage.attestation(random.randint(10**6, 10**7)), ISSUER)


def _payments(stage: CoinStage, random: Random) -> None:
    """Among people, some for more than they have; one comes again under its reference."""
    again = f"again{stage.reference().split()[-1]}"
    for said in ("", "   repeated"):
        stage.play.lines(f"ann pay bob 5 vUSD as {again}{said}")
    for _ in range(3):
        giver, taker = _two(random)
        stage.play.lines(f"{giver} pay {taker} {random.randint(1, 60)} vUSD")
        stage.play.lines(f"{giver} pay {taker} {random.randint(10**5, 10**6)} vUSD   rejected INSUFFICIENT_FREE")


def _lawful(stage: CoinStage, random: Random) -> None:
    """A court freezes and then seizes; another freeze is appealed against, and lifted."""
    thief, treasury = random.choice(PEOPLE), stage.play.accounts["treasury:vUSD"]
    asked = OrderLawful(
        reference=stage.reference(),
        order_kind=LawfulKind.FREEZE,
        coin=stage.coin,
        account=stage.account(thief),
        atoms=random.randint(20, 100),
        to_account=0,
        frozen_by=0,
        authority=COURT,
        second=ISSUER,
        basis="case 7 of 2026",
        expires_ns=stage.time_ns + 90 * DAY_NS,
    )
    freeze = stage.do(asked, COURT, ISSUER).order_id
    seized = msgspec.structs.replace(
        asked, reference=stage.reference(), order_kind=LawfulKind.SEIZE, to_account=treasury, frozen_by=freeze
    )
    order = stage.do(seized, COURT, ISSUER).order_id
    stage.ask(EnforceOrder(reference=stage.reference(), order=order), ISSUER)
    paid = random.randint(1, 20)
    treasury_pays = PayTreasury(
        reference=stage.reference(), coin=stage.coin, asset=stage.coin, account=stage.account("ann"), atoms=paid
    )
    stage.do(treasury_pays, ISSUER)
    other = msgspec.structs.replace(asked, reference=stage.reference(), account=stage.account(random.choice(PEOPLE)))
    number = stage.do(other, COURT, ISSUER).order_id
    stage.do(AppealOrder(reference=stage.reference(), order=number, account=other.account, text="it was not me"))
    stage.do(DecideAppeal(reference=stage.reference(), order=number, granted=0), COURT)
    stage.do(LiftOrder(reference=stage.reference(), order=number), COURT)


def _redemptions(stage: CoinStage, random: Random) -> None:
    """Some wait, the first of them are paid out of the reserve."""
    asked = [random.randint(10, 40) for _ in range(3)]
    for name, atoms in zip(random.sample(PEOPLE, 3), asked, strict=True):
        stage.redeem(name, atoms)
    stage.later(_MINUTE_NS)
    stage.pay(asked[0] + asked[1] // 2)


def _reserves_go(stage: CoinStage, random: Random) -> None:
    """The bank says that reserves were sold; minting stops, and the last redemption is not paid in time."""
    stage.later(HOUR_NS)
    receipt = stage.receipt("ann", 10)
    stage.attest(random.randint(100, 900))
    stage.ask(stage.mint("ann", 10, receipt), ISSUER)
    stage.later(5 * DAY_NS)
    stage.timers()
    stage.play.lines("ann pay bob 1 vUSD")


def wallets_day(seed: int) -> Day:
    """A currency with two operators: issues, payments within and beyond limits, refunds, purposes, looks, interest."""
    random, play = Random(seed), RecordedPlay(rules=4)
    stage = WalletStage(play=play)
    names = ("kim", "lee", "mei", "ren")
    for place, name in enumerate(names):
        stage.wallet(name, VERIFIED if place % 2 else PHONE, operator=place % 2)
        stage.play.lines(f"{'west' if place % 2 else 'east'} pay {name} {random.randint(150, 190)} dCNY")
    stage.wallet("tea", VERIFIED, category=5411)
    stage.ask(stage.issue(0, 10**6), CENTRAL_BANK, EAST)
    stage.do(stage.quota(0, 10**6), CENTRAL_BANK)
    stage.ask(stage.issue(0, 10**5), CENTRAL_BANK, EAST)
    stage.issued(0, random.randint(100, 500))
    for _ in range(4):
        payer, payee = random.sample(names, 2)
        payment = stage.reference()
        atoms = random.randint(5, 20)
        stage.send(payer, payee, atoms, payment)
        stage.refund(payee, payment, random.randint(1, 4))
        stage.refund(payee, payment, atoms + random.randint(1, 9))
        stage.send("kim", "lee", random.randint(101, 140))
        stage.later(random.randint(1, 60) * _MINUTE_NS)
    _looks_and_purposes(stage, random)
    stage.do(FreezeAccount(reference=stage.reference(), account=stage.play.accounts["mei"], until_ns=0))
    stage.send("mei", "lee", random.randint(1, 9))
    stage.later(200 * DAY_NS)
    stage.do(PostInterest(reference=stage.reference(), currency=0), CENTRAL_BANK)
    stage.timers()
    stage.timers()
    return play.day()


def _looks_and_purposes(stage: WalletStage, random: Random) -> None:
    """Who holds a wallet is looked up, twice; money for one category of shops, also asked for another's."""
    for name in random.sample(("kim", "mei"), 2):
        look = UnsealIdentity(
            reference=stage.reference(),
            currency=0,
            operator=0,
            account=stage.play.accounts[name],
            authority=COURT,
            basis="case 8 of 2026",
            shown_after_ns=30 * DAY_NS,
        )
        stage.ask(look, EAST)
        stage.do(look, EAST, COURT)
        stage.later(random.randint(1, 60) * _MINUTE_NS)
    bound = BindPurpose(
        reference=stage.reference(),
        account=stage.operators[0].treasury,
        holder=stage.play.accounts["kim"],
        asset=0,
        atoms=40,
        categories=(5411,),
        expires_ns=stage.time_ns + DAY_NS,
    )
    number = stage.do(bound).order_id
    for payee, atoms in (("lee", random.randint(1, 9)), ("tea", random.randint(10, 19))):
        spent = SpendPurpose(
            reference=stage.reference(),
            purpose=number,
            by_account=bound.holder,
            payee=stage.play.accounts[payee],
            atoms=atoms,
        )
        stage.ask(spent)


def purses_day(seed: int) -> Day:
    """Devices that pay offline; one of them is copied and pays twice, one payment is signed by nobody."""
    random, play = Random(seed), RecordedPlay(rules=4)
    stage = PurseStage(play=play)
    ann, tea, bob = stage.purse("ann", random.randint(60, 90)), stage.purse("tea", 10), stage.purse("bob", 50)
    for _ in range(3):
        stage.settle(stage.paid(ann, tea, random.randint(1, 9)).payment)
        stage.later(_MINUTE_NS)
    double = copy_of(bob)
    first, second = stage.paid(bob, tea, random.randint(1, 20)), stage.paid(double, ann, random.randint(21, 40))
    stage.settle(first.payment)
    stage.settle(second.payment)
    stage.later(_MINUTE_NS)
    unsigned = stage.paid(ann, tea, random.randint(1, 9)).payment
    stage.settle(msgspec.structs.replace(unsigned, signature=bytes(64)))
    stage.settle(unsigned)
    return play.day()


DAYS: dict[str, Callable[[int], Day]] = {
    "market": market_day,
    "hostile": hostile_day,
    "coins": coins_day,
    "wallets": wallets_day,
    "purses": purses_day,
    "people": people_day,
    "delivery": delivery_day,
}
