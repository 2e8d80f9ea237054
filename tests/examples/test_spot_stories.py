"""Orders, matching, cancels, replacements, amendments and fees, as a trader would tell them: docs/rules/spot.md."""

import pytest

from venus.records.commands import Command, CommandFlag, CommandKind, OrderType, Side
from venus.records.rejects import Reject
from venus.testing.lines import Misread
from venus.testing.play import Play, StoryFailed, play
from venus.units import ATOMS_MAX


def test_buy_takes_the_best_ask_first():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        bob  sell 2 @ 101   rests
        bob  sell 3 @ 100   rests
        ann  buy  4 @ 101   fills 3 @ 100, 1 @ 101
        ann  has  599 free 0 held USD
        ann  has  4 free 0 held BTC
        bob  has  401 free 0 held USD
        book BTCUSD sells 1 @ 101
    """)


def test_sell_takes_the_best_bid_first():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        ann  buy  3 @ 99    rests
        ann  buy  2 @ 100   rests
        ann  has  503 free 497 held USD
        bob  sell 4 @ 99    fills 2 @ 100, 2 @ 99
        book BTCUSD buys 1 @ 99
        ann  has  503 free 99 held USD
    """)


def test_within_a_price_the_oldest_goes_first():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        cid  deposit 5 BTC
        bob  sell 2 @ 100   rests
        cid  sell 2 @ 100   rests
        ann  buy  3 @ 100   fills 2 @ 100, 1 @ 100
        bob  has  200 free 0 held USD
        cid  has  100 free 0 held USD
        cid  has  3 free 1 held BTC
    """)


def test_a_better_limit_trades_at_the_resting_price():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        bob  sell 2 @ 100   rests
        ann  buy  5 @ 200   fills 2 @ 100 rests 3
        ann  has  200 free 600 held USD   # what it did not need for the two is free, not held
    """)


def test_what_rests_is_held_and_what_is_cancelled_is_free_again():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        ann  buy  3 @ 100 id a1   rests
        ann  has  700 free 300 held USD
        ann  buy  8 @ 100         rejected INSUFFICIENT_FREE
        ann  cancel a1            cancels 3 @ 100
        ann  has  1000 free 0 held USD
        ann  buy  10 @ 100        rests
        bob  sell 5 @ 90          fills 5 @ 100
        bob  sell 1 @ 200         rejected INSUFFICIENT_FREE
    """)


def test_immediate_or_cancel_never_rests():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        bob  sell 2 @ 100       rests
        ann  buy  5 @ 100 ioc   fills 2 @ 100 expires 3 UNFILLED_IOC
        ann  buy  5 @ 100 ioc   expires 5 UNFILLED_IOC
        ann  has  800 free 0 held USD
    """)


def test_fill_or_kill_is_all_or_nothing():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        bob  sell 2 @ 100       rests
        bob  sell 2 @ 101       rests
        bob  sell 5 @ 102       rests
        ann  buy  5 @ 101 fok   expires 5 UNFILLED_FOK
        ann  buy  4 @ 101 fok   fills 2 @ 100, 2 @ 101
        ann  buy  5 @ 102 fok   fills 5 @ 102
    """)


def test_a_maker_only_order_never_takes():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        bob  sell 2 @ 100         rests
        ann  buy  1 @ 100 maker   rejected WOULD_MATCH
        ann  buy  1 @ 99 maker    rests
        bob  sell 1 @ 99 maker    rejected WOULD_MATCH
        bob  sell 1 @ 100 maker   rests
    """)


def test_market_by_quantity():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        ann  buy  1 at market    expires 1 NO_LIQUIDITY
        bob  sell 2 @ 100        rests
        bob  sell 2 @ 101        rests
        ann  buy  3 at market    fills 2 @ 100, 1 @ 101
        ann  buy  3 at market    fills 1 @ 101 expires 2 NO_LIQUIDITY
        ann  buy  3 @ 50         rests
        bob  sell 9 at market    rejected INSUFFICIENT_FREE   # it offers what it wants to sell, not what it could
        bob  sell 4 at market    fills 3 @ 50 expires 1 NO_LIQUIDITY
    """)


def test_market_buy_must_afford_what_it_would_take():
    play("""
        ann  deposit 350 USD
        bob  deposit 9 BTC
        bob  sell 2 @ 100        rests
        bob  sell 2 @ 101        rests
        ann  buy  4 at market    rejected INSUFFICIENT_FREE
        ann  buy  9 at market    rejected INSUFFICIENT_FREE   # it would take four lots too
        ann  buy  3 at market    fills 2 @ 100, 1 @ 101
    """)


def test_market_buy_runs_out_of_funds_when_its_own_cheap_offers_step_aside():
    play("""
        ann  deposit 300 USD
        ann  deposit 2 BTC
        bob  deposit 9 BTC
        ann  sell 2 @ 100                      rests
        bob  sell 9 @ 200                      rests
        ann  buy  2 at market expire_maker     prevents 0/2 @ 100 EXPIRE_MAKER fills 1 @ 200 expires 1 FUNDS_EXHAUSTED
        ann  has  100 free 0 held USD
    """)


def test_market_by_quote_spends_what_it_can():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        ann  buy  for 500 at market   expires 0 NO_LIQUIDITY
        bob  sell 2 @ 100             rests
        bob  sell 6 @ 150             rests
        ann  buy  for 99 at market    rejected QUANTITY_OUT_OF_RANGE   # not one lot
        ann  buy  for 400 at market   fills 2 @ 100, 1 @ 150 filled
        ann  has  650 free 0 held USD
        ann  buy  for 650 at market   fills 4 @ 150 filled
        ann  has  50 free 0 held USD
    """)


def test_a_budget_spent_to_the_last_atom_is_filled_even_if_the_book_is_empty_then():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        bob  sell 2 @ 100             rests
        ann  buy  for 200 at market   fills 2 @ 100 filled
        bob  sell 2 @ 100             rests
        ann  buy  for 201 at market   fills 2 @ 100 expires 0 NO_LIQUIDITY
    """)


def test_market_sell_by_quote_sells_as_many_lots_as_the_amount_buys():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 3 BTC
        bob  sell for 200 at market   expires 0 NO_LIQUIDITY
        ann  buy  2 @ 100             rests
        ann  buy  5 @ 90              rests
        bob  sell for 99 at market    rejected QUANTITY_OUT_OF_RANGE
        bob  sell for 400 at market   rejected INSUFFICIENT_FREE   # four lots
        bob  sell for 379 at market   fills 2 @ 100, 1 @ 90
        bob  has  290 free 0 held USD
    """)


def test_each_symbol_has_its_limits():
    play("""
        list TIGHT price_ticks_min 10 price_ticks_max 20 quantity_lots_min 2 quantity_lots_max 9 market_lots_max 4 \
             notional_atoms_min 30 notional_atoms_max 150 orders_max 2
        ann  deposit 1_000 USD
        bob  deposit 90 BTC
        ann  buy  4 @ 9 on TIGHT           rejected PRICE_OUT_OF_RANGE
        ann  buy  4 @ 21 on TIGHT          rejected PRICE_OUT_OF_RANGE
        ann  buy  1 @ 20 on TIGHT          rejected QUANTITY_OUT_OF_RANGE
        ann  buy  10 @ 20 on TIGHT         rejected QUANTITY_OUT_OF_RANGE
        ann  buy  9 @ 17 on TIGHT          rejected NOTIONAL_TOO_LARGE
        ann  buy  2 @ 14 on TIGHT          rejected NOTIONAL_TOO_SMALL
        ann  buy  2 @ 15 on TIGHT          rests
        ann  buy  2 @ 15 on TIGHT          rests
        ann  buy  2 @ 15 on TIGHT          rejected TOO_MANY_ORDERS
        ann  buy  2 @ 15 on TIGHT ioc      expires 2 UNFILLED_IOC      # it would not stay
        bob  sell 5 at market on TIGHT     rejected QUANTITY_OUT_OF_RANGE
        bob  sell 1 at market on TIGHT     rejected QUANTITY_OUT_OF_RANGE
        bob  sell for 29 at market on TIGHT   rejected NOTIONAL_TOO_SMALL
        bob  sell for 60 at market on TIGHT   fills 2 @ 15, 2 @ 15
    """)


def test_fees_round_up_and_go_to_the_house():
    play("""
        fees 0 maker 1_000 taker 2_000
        fees 3 maker 0     taker 5_000
        ann  deposit 10_000 USD
        bob  deposit 1_000 BTC
        bob  sell 600 @ 10   rests
        ann  buy  501 @ 10   fills 501 @ 10
        ann  has  499 free 0 held BTC        # 501 - 1.002, rounded up to 2
        bob  has  5_004 free 0 held USD      # 5,010 - 5.01, rounded up to 6
        house has 2 free 0 held BTC
        house has 6 free 0 held USD
        ann  tier 3
        ann  buy  1 @ 10     fills 1 @ 10    # a fee may take all of a single atom
        ann  has  499 free 0 held BTC
        house has 3 free 0 held BTC
    """)


def test_a_client_id_is_taken_while_its_order_is_open():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        bob  deposit 9 USD
        ann  buy  1 @ 100 id a1             rests
        ann  buy  1 @ 100 id a1 on ETHUSD   rejected DUPLICATE_CLIENT_ID   # on any symbol
        bob  buy  1 @ 1 id a1               rests                          # of the same account
        bob  sell 1 @ 100                   fills 1 @ 100
        ann  buy  1 @ 100 id a1             rests
        ann  cancel a1
        ann  buy  1 @ 100 id a1             rests
    """)


def test_cancel_finds_only_open_orders_of_its_account_and_symbol():
    play("""
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        ann  buy  2 @ 100 id a1    rests                     # order 1
        ann  cancel a2             rejected UNKNOWN_ORDER
        bob  cancel #1             rejected UNKNOWN_ORDER
        bob  cancel a1             rejected UNKNOWN_ORDER
        ann  cancel #1 on ETHUSD   rejected UNKNOWN_ORDER
        ann  cancel a1 partial     rejected CANCEL_RESTRICTED
        bob  sell 1 @ 100          fills 1 @ 100             # order 2
        ann  cancel a1 new         rejected CANCEL_RESTRICTED
        ann  cancel a1 new partial rejected INVALID_ORDER
        ann  cancel a1 partial     cancels 1 @ 100
        ann  cancel a1             rejected UNKNOWN_ORDER
        ann  cancel #1             rejected UNKNOWN_ORDER
        bob  cancel #2             rejected UNKNOWN_ORDER
    """)


def test_cancel_all_goes_from_the_newest_to_the_oldest_on_one_symbol():
    play("""
        ann  deposit 1_000 USD
        ann  deposit 9 BTC
        ann  buy  1 @ 100             rests
        ann  sell 2 @ 200             rests
        ann  buy  3 @ 90              rests
        ann  buy  4 @ 10 on ETHUSD    rests
        ann  cancel all               cancels 3 @ 90, 2 @ 200, 1 @ 100
        ann  cancel all               rejected UNKNOWN_ORDER
        ann  has  960 free 40 held USD
    """)


def test_cancel_replace_uses_what_the_cancel_frees():
    play("""
        ann  deposit 300 USD
        ann  buy  3 @ 100 id a1                          rests
        ann  replace a1 with buy 2 @ 150 id a1           cancels 3 @ 100 rests 2
        ann  has  0 free 300 held USD
        ann  replace a1 with buy 2 @ 151                 cancels 2 @ 150 rejected INSUFFICIENT_FREE
        ann  has  300 free 0 held USD
    """)


def test_a_replacement_that_could_never_be_accepted_leaves_the_old_order_alone():
    play("""
        ann  deposit 300 USD
        ann  buy  3 @ 100 id a1                               rests
        ann  replace a1 with buy 3 @ 0                        rejected REPLACEMENT_REFUSED, PRICE_OUT_OF_RANGE
        ann  replace a1 with buy 3 @ 100 maker on ETHUSD      rejected REPLACEMENT_REFUSED, INVALID_ORDER
        book BTCUSD buys 3 @ 100
    """)


def test_a_failed_cancel_stops_the_replacement_only_if_told_so():
    play("""
        ann  deposit 300 USD
        ann  replace a1 stop with buy 1 @ 100    rejected UNKNOWN_ORDER, NOT_ATTEMPTED
        ann  replace a1 with buy 1 @ 100         rejected UNKNOWN_ORDER rests 1
        ann  replace #1 partial stop with buy 1 @ 50   rejected CANCEL_RESTRICTED, NOT_ATTEMPTED
        ann  cancel #1 stop                      rejected INVALID_ORDER
    """)


def test_a_replacing_cancel_needs_an_order_right_behind_it():
    stage = play("""
        ann  deposit 300 USD
        ann  buy  1 @ 100    rests
    """)
    ann = stage.accounts["ann"]
    replacing = CommandFlag.TARGET_IS_ORDER_ID | CommandFlag.REPLACES
    cancel = Command(kind=CommandKind.CANCEL, account=ann, target_lo=1, flags=replacing)
    order = Command(
        kind=CommandKind.ORDER, account=ann, side=Side.BUY, type=OrderType.LIMIT, price_ticks=50, quantity=1
    )
    [alone] = stage.hot((cancel, ""))
    assert alone.reason == Reject.INVALID_ORDER
    [after_frame] = stage.hot((order, ""))
    assert after_frame.reason == Reject.NONE
    first, second, third = stage.hot((cancel, ""), (cancel, ""), (order, ""))
    assert [first.reason, second.reason, third.reason] == [Reject.INVALID_ORDER, Reject.NONE, Reject.NONE]
    stage.lines("book BTCUSD buys 2 @ 50")


def test_an_amendment_keeps_its_place_in_time():
    play("""
        ann  deposit 2_000 USD
        bob  deposit 9 BTC
        cid  deposit 9 BTC
        bob  sell 5 @ 100 id b1   rests
        cid  sell 5 @ 100         rests
        bob  amend b1 to 3        amended to 3
        bob  has  6 free 3 held BTC
        ann  buy  4 @ 100         fills 3 @ 100, 1 @ 100
        bob  has  300 free 0 held USD
    """)


def test_an_amendment_only_reduces_and_never_below_what_is_gone():
    play("""
        ann  deposit 2_000 USD
        bob  deposit 9 BTC
        bob  sell 5 @ 100 id b1        rests
        bob  sell 1 @ 200 id b2        rests
        ann  buy  2 @ 100              fills 2 @ 100
        bob  amend b1 to 6             rejected QUANTITY_INCREASE
        bob  amend b1 to 5             rejected NO_CHANGE
        bob  amend b1 to 0             rejected QUANTITY_OUT_OF_RANGE
        bob  amend b1 to 2             rejected BELOW_EXECUTED
        bob  amend b1 to 4 id b2       rejected DUPLICATE_CLIENT_ID
        bob  amend b3 to 4             rejected UNKNOWN_ORDER
        ann  amend b1 to 4             rejected UNKNOWN_ORDER
        bob  amend b1 to 4 id b3       amended to 4
        bob  amend b1 to 3             rejected UNKNOWN_ORDER   # it is called b3 now
        bob  amend b3 to 3 id b3       amended to 3
        bob  cancel b3                 cancels 1 @ 100
    """)


def test_an_amendment_keeps_the_least_notional():
    play("""
        list TIGHT notional_atoms_min 300
        bob  deposit 9 BTC
        bob  sell 5 @ 100 on TIGHT id b1   rests
        bob  amend b1 to 2 on TIGHT        rejected NOTIONAL_TOO_SMALL
        bob  amend b1 to 3 on TIGHT        amended to 3
    """)


def test_the_outside_world_cannot_trade_and_the_house_can():
    play("""
        bank  buy  1 @ 100    rejected UNKNOWN_ACCOUNT
        house deposit 100 USD
        house buy  1 @ 100    rests
    """)


def test_one_asset_may_be_base_here_and_quote_there():
    play("""
        ann  deposit 10 BTC
        bob  deposit 100 ETH
        ann  buy  5 @ 2 on ETHBTC     rests
        ann  has  0 free 10 held BTC
        ann  sell 1 @ 100             rejected INSUFFICIENT_FREE
        bob  sell 9 @ 1 on ETHBTC     fills 5 @ 2 rests 4
        bob  has  10 free 0 held BTC
        bob  sell 10 @ 7              rests
        bob  has  0 free 10 held BTC
    """)


@pytest.mark.parametrize(
    ("figures", "order"),
    [
        (f"price_ticks_max {2**60 - 1} notional_atoms_max {ATOMS_MAX}", f"buy 4 @ {2**60 - 1}"),
        (f"quantity_lots_max {ATOMS_MAX} notional_atoms_max {ATOMS_MAX}", f"buy {ATOMS_MAX} @ 1"),
    ],
)
def test_the_largest_order_that_may_be_listed_trades_exactly(figures: str, order: str):
    stage = play(f"""
        list HUGE {figures}
        ann  deposit {ATOMS_MAX} USD
        bob  deposit {ATOMS_MAX} BTC
        ann  {order} on HUGE   rests
    """)
    [bid] = stage.model.desk.books[stage.symbols["HUGE"]].bids
    spent_atoms = bid.price_ticks * bid.remaining_lots
    assert ATOMS_MAX - 4 <= spent_atoms <= ATOMS_MAX
    stage.lines(f"""
        ann  has  {ATOMS_MAX - spent_atoms} free {spent_atoms} held USD
        bob  sell {bid.remaining_lots} @ {bid.price_ticks} on HUGE   fills {bid.remaining_lots} @ {bid.price_ticks}
        bob  has  {spent_atoms} free 0 held USD
    """)


def test_a_product_beyond_int64_is_refused_not_wrapped():
    play(f"""
        list HUGE price_ticks_max {2**60 - 1} quantity_lots_max {ATOMS_MAX} notional_atoms_max {ATOMS_MAX}
        ann  deposit {ATOMS_MAX} USD
        ann  buy {ATOMS_MAX} @ {2**60 - 1} on HUGE   rejected NOTIONAL_TOO_LARGE
        ann  buy 16 @ {2**60 - 1} on HUGE            rejected NOTIONAL_TOO_LARGE   # wraps to -16 in int64
        ann  buy 8 @ {2**59} on HUGE                 rests
        ann  has 0 free {ATOMS_MAX} held USD
    """)


def test_a_market_order_that_would_cost_more_than_int64_holds_is_refused():
    price = 2**60 - 1
    play(f"""
        list HUGE tick_atoms 4 price_ticks_max {price} notional_atoms_max {ATOMS_MAX}
        ann  deposit 1_000 USD
        bob  deposit 9 BTC
        bob  sell 1 @ {price} on HUGE   rests
        bob  sell 1 @ {price} on HUGE   rests
        bob  sell 2 @ 1 on HUGE ioc     expires 2 UNFILLED_IOC
        bob  sell 1 @ {price} on HUGE   rests
        bob  sell 1 @ {price} on HUGE   rests
        ann  buy  4 at market on HUGE   rejected INSUFFICIENT_FREE   # four lots cost 2**64 - 16, -16 if it wrapped
        ann  buy  9 at market on HUGE   rejected INSUFFICIENT_FREE
        ann  buy  for 1_000 at market on HUGE   rejected QUANTITY_OUT_OF_RANGE
    """)


def test_a_story_that_is_wrong_fails():
    with pytest.raises(StoryFailed, match="rests 3"):
        play("""
            ann  deposit 1_000 USD
            ann  buy  3 @ 100   rests 2
        """)
    with pytest.raises(StoryFailed, match="INSUFFICIENT_FREE"):
        Play().lines("ann withdraw 1 USD")
    with pytest.raises(Misread, match="one word too many"):
        Play().lines("ann deposit 1 USD twice")
    with pytest.raises(StoryFailed, match="the book is empty"):
        Play().lines("book BTCUSD buys 1 @ 1")
