"""Whose leaf holds money that is with others for him: docs/rules/liabilities.md, "Leaves". Core and model agree."""

from tests.examples.test_purpose_stories import PurposeStage
from venus.core.liabilities import owed_by
from venus.core.machine import Machine
from venus.records.commands import MoveToRules
from venus.testing.coin_stage import CoinStage
from venus.testing.purse_stage import GUARANTEE, PurseStage, card_of


def owed(stage: CoinStage, asset: int = 0) -> dict[int, int]:
    """What each leaf says of an asset."""
    machines = stage.play.opinions.machines
    core = machines["core"]
    assert isinstance(core, Machine)
    assert core.liabilities_root(1, bytes(32)) == machines["model"].liabilities_root(1, bytes(32))
    found = owed_by(core, 1)
    return dict(zip(found.accounts.tolist(), found.atoms[:, asset].tolist(), strict=True))


def test_coins_that_wait_to_be_redeemed_are_owed_to_who_asked() -> None:
    stage = CoinStage()
    stage.attest(1_000)
    stage.fund("ann", 600)
    stage.fund("bob", 100)
    ann, bob = stage.account("ann"), stage.account("bob")
    stage.redeem("ann", 600)
    stage.redeem("bob", 40)
    assert (stage.coins("ann"), stage.coins("bob")) == (0, 60)
    assert owed(stage, stage.coin) == {ann: 600, bob: 100}, "nobody is out of the tree, and all that is issued is in it"
    stage.pay(250)
    assert owed(stage, stage.coin) == {ann: 350, bob: 100}
    assert sum(owed(stage, stage.coin).values()) == stage.supply


def test_under_rules_before_they_are_in_no_leaf() -> None:
    stage = CoinStage(rules=4)
    stage.attest(1_000)
    stage.fund("ann", 600)
    stage.redeem("ann", 200)
    assert owed(stage, stage.coin) == {stage.account("ann"): 400}


def test_a_purse_is_its_persons_and_its_guarantee_is_nobodys() -> None:
    stage = PurseStage()
    ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
    assert (stage.money("ann"), stage.offline) == (0, 100 + 2 * GUARANTEE)
    assert owed(stage) == {}, "so it was under rules 4"
    stage.do(MoveToRules(reference="5", rules=5))
    assert owed(stage) == {stage.account("ann"): 100}
    stage.settle(stage.paid(ann, tea, 30).payment)
    assert owed(stage) == {stage.account("ann"): 70, stage.account("tea"): 30}
    closes_ns = stage.play.model.affairs.purses.all[card_of(ann).purse - 1].closes_ns
    stage.play.time_ns = closes_ns
    stage.do(stage.closing(ann))
    assert stage.money("ann") == 70
    assert owed(stage) == {stage.account("ann"): 70, stage.account("tea"): 30}


def test_purpose_money_of_the_house_is_its_holders_and_a_customers_is_the_customers() -> None:
    stage = PurposeStage()
    accounts = stage.play.accounts
    ann, town = accounts["ann"], accounts["town"]
    stage.bind("town", "ann", 60)
    number = stage.bind("east", "ann", 90)
    assert owed(stage) == {town: 2_000}, "so it was under rules 4"
    stage.do(MoveToRules(reference="5", rules=5))
    assert owed(stage) == {town: 2_000, ann: 90}
    stage.ask(stage.spending(number, "ann", "grocer", 40))
    assert owed(stage) == {town: 2_000, ann: 50, accounts["grocer"]: 40}
