"""A coin's life, from the first reserve to the last payout: docs/rules/issuance.md. Core and model play every line."""

from venus.testing.coin_stage import CUTOFFS_NS, CoinStage


def test_money_comes_in_coins_go_round_and_back():
    stage = CoinStage()
    stage.attest(0)
    stage.fund("ann", 600)
    assert (stage.supply, stage.backing, stage.coins("ann")) == (600, 600, 600)
    stage.play.assets["vUSD"] = stage.coin
    stage.play.lines("ann pay bob 250 vUSD")
    request = stage.redeem("bob", 200)
    escrow = stage.play.accounts["escrow:vUSD"]
    assert (stage.coins("bob"), stage.held(escrow), stage.supply) == (50, 200, 600)
    assert request.price_ticks == CUTOFFS_NS[1], "asked on Wednesday morning, to be paid until Thursday evening"
    [paid] = stage.pay(200)
    assert (paid.order_id, paid.quantity_lots, paid.remaining_lots) == (request.order_id, 200, 0)
    assert (stage.supply, stage.backing, stage.held(escrow)) == (400, 400, 0)
