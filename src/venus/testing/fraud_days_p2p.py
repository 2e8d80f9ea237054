"""An honest day of a market between people, with occasions for frauds: see frauds.py."""

from random import Random

from venus.records.coins import DAY_NS
from venus.records.p2p import METHOD_BY_WALLET, AskCancel, SanctionTrader
from venus.records.p2p_states import AdvertState, OrderState
from venus.testing.look_lists import notes_of_looks
from venus.testing.officials import ALL_BODIES, ARBITER, OPERATOR
from venus.testing.p2p_stage import MINUTES, P2pStage
from venus.testing.p2p_wallet_stage import SMALL, P2pWalletStage
from venus.testing.recorded_days import Day, RecordedPlay


def people_day(seed: int) -> Day:
    """A market between people: some are released, one does not pay, two quarrel; not every verdict is lawful."""
    random, play = Random(seed), RecordedPlay(rules=5)
    stage = P2pStage(play=play)
    ann, bob = stage.trader("ann"), stage.trader("bob")
    eve = stage.trader("eve", person=ALL_BODIES[ARBITER].people[0].number)
    bob.posts_bond(random.randint(50, 90))
    advert = ann.sells(900)
    for _ in range(3):
        order = bob.takes(advert, random.randint(20, 60))
        bob.pays(order)
        stage.later(random.randint(1, 20) * MINUTES)
        ann.does(AskCancel, order)
        ann.releases(order)
    stalled = bob.takes(advert, random.randint(20, 60))
    stage.passes(30 * MINUTES)
    for buyer, seat in ((bob, 1), (eve, 1)):
        order = buyer.takes(advert, random.randint(20, 60))
        buyer.pays(order)
        buyer.appeals(order)
        stage.later(random.randint(1, 20) * MINUTES)
        stage.ask(stage.verdict(order, buyer=random.randint(1, 20)), OPERATOR)
        stage.by_seats(stage.verdict(order, buyer=random.randint(1, 20)), 0)
        if stage.order(order).state == OrderState.DISPUTED:
            stage.decide(order, buyer=random.randint(1, 20), seats=(seat,))
    assert stage.order(stalled).state == OrderState.CANCELLED
    for command in notes_of_looks():
        stage.ask(command)
        stage.later(MINUTES)
    _floats_and_sanctions(stage, random)
    ann.puts(advert, AdvertState.CLOSED)
    return play.day()


def delivery_day(seed: int) -> Day:
    """Orders that are paid from wallets: some are, one wallet is too poor, one is bound by its class."""
    random, play = Random(seed), RecordedPlay(rules=5)
    stage = P2pWalletStage(play=play)
    ann, bob, eve, dan = (stage.trader(name) for name in ("ann", "bob", "eve", "dan"))
    by_wallet = {"method": METHOD_BY_WALLET}
    advert = ann.sells(900, methods=(METHOD_BY_WALLET,))
    rich, poor, small = stage.wallet(5_000), stage.wallet(10), stage.wallet(1_500, SMALL, operator=1)
    for who, wallet in ((ann, stage.wallet()), (bob, rich), (eve, poor), (dan, small)):
        stage.do(who.names(wallet))
    for _ in range(3):
        bob.pays_from(rich, bob.takes(advert, random.randint(20, 60), **by_wallet))
        stage.later(random.randint(1, 20) * MINUTES)
    eve.cannot_pay_from(poor, eve.takes(advert, random.randint(20, 60), **by_wallet))
    dan.cannot_pay_from(small, dan.takes(advert, random.randint(80, 99), **by_wallet))
    stage.passes(30 * MINUTES)
    ann.puts(advert, AdvertState.CLOSED)
    return play.day()


def _floats_and_sanctions(stage: P2pStage, random: Random) -> None:
    """A price that follows an index; and one who is barred asks all the same."""
    dan, sue = stage.trader("dan"), stage.trader("sue")
    floating = dan.sells(500, price=0, margin_ppm=random.randint(990_000, 1_020_000))
    stage.price("USDT", "CNY", f"7.{random.randint(10, 30)}")
    for _ in range(2):
        order = sue.takes(floating, random.randint(20, 60))
        sue.pays(order)
        dan.releases(order)
    until_ns = stage.time_ns + DAY_NS
    barred = SanctionTrader(
        reference=stage.reference(), account=sue.account, until_ns=until_ns, grounds="paid from another's account"
    )
    stage.do(barred, ARBITER)
    sue.cannot_take(floating, random.randint(20, 60))
    dan.puts(floating, AdvertState.CLOSED)
