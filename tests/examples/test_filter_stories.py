"""What a symbol allows, and the bounds of its filters: docs/rules/filters.md."""

from venus.testing.play import Play
from venus.testing.play import play as play_under

MARKET = """
    ann  deposit 100_000 USD
    ann  deposit 1_000 BTC
    bob  deposit 100_000 USD
    bob  deposit 1_000 BTC
    cat  deposit 100_000 USD
    bob  sell 1 @ 100     rests
    cat  buy 1 @ 100      fills 1 @ 100
"""


def play(story: str) -> Play:
    return play_under(MARKET + story, 2)


def test_a_price_is_within_a_percentage_of_the_average():
    play("""
        rules BTCUSD bid_up_ppm 1_100_000 bid_down_ppm 900_000 ask_up_ppm 1_200_000 ask_down_ppm 800_000
        ann  buy 1 @ 89                rejected PERCENT_PRICE
        ann  buy 1 @ 90                rests
        ann  buy 1 @ 111               rejected PERCENT_PRICE
        ann  buy 1 @ 110 ioc           expires 1 UNFILLED_IOC
        bob  sell 1 @ 121              rejected PERCENT_PRICE
        bob  sell 1 @ 120              rests
        ann  stop-sell 1 @ 50          waits 1                  # a trigger is no price
        ann  stop-sell 1 @ 85 limit 79   rejected PERCENT_PRICE
        ann  stop-sell 1 @ 85 limit 80   waits 1
        ann  buy 1 @ 0 pegged market   rejected PERCENT_PRICE
    """)


def test_the_average_is_that_of_the_last_minutes_and_then_the_last_price():
    play("""
        rules BTCUSD bid_down_ppm 1_000_000 bid_up_ppm 1_000_000 average_minutes 2
        at 60s
        bob  sell 3 @ 104              rests
        cat  buy 3 @ 104               rejected PERCENT_PRICE
        ann  buy 3 @ 100               rests
        bob  sell 3 @ 100              fills 3 @ 100
        rules BTCUSD average_minutes 2
        cat  buy 3 @ 104               fills 3 @ 104
        rules BTCUSD bid_down_ppm 1_000_000 bid_up_ppm 1_000_000 average_minutes 2
        cat  buy 1 @ 101               rests                    # (4 at 100 and 3 at 104) is 101 and a bit
        at 180s
        cat  buy 1 @ 101               rejected PERCENT_PRICE
        cat  buy 1 @ 104               rests                    # no trade of the last two minutes is left
    """)


def test_a_market_order_has_bounds_of_its_own():
    play("""
        list EXTRA notional_atoms_min 300 notional_atoms_max 900
        bob  sell 2 @ 200 on EXTRA             rests
        ann  buy 2 @ 200 on EXTRA              fills 2 @ 200
        bob  sell 2 @ 250 on EXTRA             rests
        ann  buy 1 at market on EXTRA          rejected NOTIONAL_TOO_SMALL       # without rules: by what it would cost
        rules EXTRA market_lots_min 2 without APPLY_MIN_TO_MARKET
        ann  buy 1 at market on EXTRA          rejected QUANTITY_OUT_OF_RANGE
        rules EXTRA without APPLY_MIN_TO_MARKET
        ann  buy 1 at market on EXTRA          fills 1 @ 250                     # 250 is little, and allowed
        rules EXTRA
        ann  buy 1 at market on EXTRA          rejected NOTIONAL_TOO_SMALL
        ann  buy for 299 at market on EXTRA    rejected NOTIONAL_TOO_SMALL
        ann  buy for 901 at market on EXTRA    rejected NOTIONAL_TOO_LARGE
        ann  buy 4 at market on EXTRA          rejected NOTIONAL_TOO_LARGE       # by the average price, 250 by now
        ann  buy 2 at market on EXTRA          fills 1 @ 250 expires 1 NO_LIQUIDITY
    """)


def test_an_account_may_want_only_so_much():
    play("""
        rules BTCUSD position_atoms_max 1_010
        ann  buy 6 @ 90                rests
        ann  stop-buy 3 @ 120          waits 3
        ann  buy 2 @ 90                rejected POSITION_TOO_LARGE
        bob  sell 2 @ 100              rests
        ann  buy for 200 at market     rejected POSITION_TOO_LARGE
        ann  buy 1 @ 90                rests
        ann  sell 5 @ 110              rests
    """)


def test_only_so_many_may_be_open():
    play("""
        list SMALL orders_max 3
        rules SMALL algo_orders_max 2 iceberg_orders_max 1 order_lists_max 1
        bob  sell 1 @ 100 on SMALL     rests
        cat  buy 1 @ 100 on SMALL      fills 1 @ 100
        ann  stop-sell 1 @ 50 on SMALL              waits 1
        ann  stop-sell 1 @ 51 on SMALL              waits 1
        ann  stop-sell 1 @ 52 on SMALL              rejected TOO_MANY_ALGO_ORDERS
        ann  sell 4 @ 105 showing 2 on SMALL        rests
        ann  sell 4 @ 105 on SMALL                  rejected TOO_MANY_ORDERS
        ann  cancel #5 on SMALL                     cancels 1 @ 0
        ann  sell 4 @ 105 showing 2 on SMALL        rejected TOO_MANY_ICEBERGS
        ann  sell 4 @ 105 showing 2                 rests       # on another symbol
    """)


def test_only_so_many_may_be_open_on_all_symbols():
    play("""
        limits orders_max 4 algo_orders_max 2 iceberg_orders_max 1 order_lists_max 1
        ann  stop-sell 1 @ 50                       waits 1
        ann  oco sell 2 @ 105 maker & stop-sell 2 @ 60   opens OCO waits 2 rests
        ann  oco sell 2 @ 105 maker & stop-sell 2 @ 60
        ...                                         rejected TOO_MANY_LISTS_ON_EXCHANGE, LIST_REFUSED, LIST_REFUSED
        ann  stop-sell 1 @ 50                       rejected TOO_MANY_ALGO_ON_EXCHANGE
        ann  sell 4 @ 105 showing 2                 rests
        ann  sell 4 @ 105                           rejected TOO_MANY_ON_EXCHANGE
        limits iceberg_orders_max 1
        ann  sell 4 @ 105 showing 2                 rejected TOO_MANY_ICEBERGS_ON_EXCHANGE
    """)


def test_an_asset_has_a_most_that_one_order_may_move():
    play("""
        limit BTC 5
        limit USD 450
        ann  buy 6 @ 10                rejected ASSET_LIMIT
        ann  buy 5 @ 90                rests
        ann  buy 5 @ 91                rejected ASSET_LIMIT
        ann  buy for 451 at market     rejected ASSET_LIMIT
        ann  buy 5 at market           rejected ASSET_LIMIT     # at the last price, 100
        limit USD 0
        ann  buy 5 at market           expires 5 NO_LIQUIDITY
    """)


def test_a_symbol_allows_only_what_it_allows():
    play("""
        rules BTCUSD without ICEBERG without TRAILING without PEG without QUOTE_MARKET
        ann  sell 4 @ 105 showing 2             rejected NOT_ALLOWED_ON_SYMBOL
        ann  stop-sell 1 trailing 100           rejected NOT_ALLOWED_ON_SYMBOL
        ann  buy 1 @ 90 pegged primary          rejected NOT_ALLOWED_ON_SYMBOL
        ann  buy for 100 at market              rejected NOT_ALLOWED_ON_SYMBOL
        ann  stop-sell 1 @ 90                   waits 1
        rules BTCUSD without AMEND without CANCEL_REPLACE without OCO
        ann  sell 4 @ 105 id a                  rests
        ann  amend a to 3                       rejected NOT_ALLOWED_ON_SYMBOL
        ann  replace a with sell 3 @ 105        rejected REPLACEMENT_REFUSED, NOT_ALLOWED_ON_SYMBOL
        ann  oco sell 2 @ 105 maker & stop-sell 2 @ 60
        ...                                     rejected NOT_ALLOWED_ON_SYMBOL, LIST_REFUSED, LIST_REFUSED
        ann  oto sell 2 @ 105 then sell 2 @ 60  opens OTO pends 2 rests
    """)


def test_a_trailing_distance_is_within_the_bounds_of_its_direction():
    play("""
        rules BTCUSD trail_above_bips_min 10 trail_above_bips_max 200 trail_below_bips_max 300
        ann  take-sell 1 trailing 9             rejected TRAILING_OUT_OF_RANGE
        ann  take-sell 1 trailing 201           rejected TRAILING_OUT_OF_RANGE
        ann  take-sell 1 trailing 200           waits 1
        ann  stop-sell 1 trailing 300           waits 1
        ann  stop-sell 1 trailing 301           rejected TRAILING_OUT_OF_RANGE
    """)


def test_an_order_may_be_amended_only_so_often():
    play("""
        rules BTCUSD amends_max 2
        ann  sell 9 @ 105 id a                  rests
        ann  amend a to 8                       amended to 8
        ann  amend a to 7                       amended to 7
        ann  amend a to 6                       rejected TOO_MANY_AMENDS
    """)


def test_figures_that_cannot_be_are_refused():
    play("""
        rules BTCUSD average_minutes 61                            rejected INVALID_COMMAND
        rules BTCUSD bid_up_ppm 900_000 bid_down_ppm 900_001       rejected INVALID_COMMAND
        rules BTCUSD bid_down_ppm 900_001
        rules BTCUSD market_lots_min 1_000_001                     rejected INVALID_COMMAND
        rules BTCUSD iceberg_parts_max 10_001                      rejected INVALID_COMMAND
        rules BTCUSD trail_below_bips_max 32_768                   rejected INVALID_COMMAND
        limits orders_max 1_000_001                                rejected INVALID_COMMAND
    """)


def test_under_rules_1_there_are_no_filters():
    play_under(
        """
        rules BTCUSD amends_max 2     rejected INVALID_COMMAND
        limits orders_max 1           rejected INVALID_COMMAND
        limit BTC 5                   rejected INVALID_COMMAND
    """,
        1,
    )
