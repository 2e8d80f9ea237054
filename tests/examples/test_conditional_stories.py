"""Stops, take-profits, trailing stops and pegs: docs/rules/conditional.md."""

from venus.testing.play import Play
from venus.testing.play import play as play_under

MARKET = """
    ann  deposit 10_000 USD
    ann  deposit 100 BTC
    bob  deposit 10_000 USD
    bob  deposit 100 BTC
    cat  deposit 10_000 USD
    cat  deposit 100 BTC
    bob  sell 1 @ 100     rests
    cat  buy 1 @ 100      fills 1 @ 100
"""
"""Everyone has enough, and the last price is 100."""


def play(story: str) -> Play:
    return play_under(MARKET + story, 2)


def test_a_stop_waits_until_the_price_falls_to_it_and_sells_at_market():
    play("""
        ann  stop-sell 3 @ 95     waits 3
        ann  has 97 free 3 held BTC
        book BTCUSD empty                       # nobody sees it
        bob  buy 1 @ 96           rests
        bob  buy 5 @ 94           rests
        cat  sell 1 @ 96          fills 1 @ 96
        cat  sell 1 @ 94          fills 1 @ 94 triggers 3 at market fills 3 @ 94
        ann  has 97 free 0 held BTC
        ann  has 10_282 free 0 held USD
    """)


def test_a_stop_limit_goes_to_the_book_at_its_limit():
    play("""
        ann  stop-sell 3 @ 95 limit 94    waits 3
        bob  buy 1 @ 95                   rests
        bob  buy 2 @ 94                   rests
        cat  sell 1 @ 95                  fills 1 @ 95 triggers 3 @ 94 fills 2 @ 94
        book BTCUSD sells 1 @ 94
        ann  has 97 free 1 held BTC
    """)


def test_each_type_waits_on_its_side_of_the_market():
    play("""
        ann  stop-buy 1 @ 105     waits 1
        ann  take-sell 1 @ 105    waits 1
        ann  stop-sell 1 @ 95     waits 1
        ann  take-buy 1 @ 95      waits 1
        ann  stop-buy 1 @ 100     rejected WOULD_TRIGGER
        ann  take-sell 1 @ 99     rejected WOULD_TRIGGER
        ann  stop-sell 1 @ 100    rejected WOULD_TRIGGER
        ann  take-buy 1 @ 101     rejected WOULD_TRIGGER
    """)


def test_what_waits_holds_and_can_be_cancelled_and_amended():
    play("""
        ann  stop-buy 3 @ 110 limit 112 id s1     waits 3
        ann  stop-buy 1 @ 110 limit 112 id s1     rejected DUPLICATE_CLIENT_ID
        ann  has 9_664 free 336 held USD
        ann  amend s1 to 2                        amended to 2
        ann  has 9_776 free 224 held USD
        ann  cancel s1                            cancels 2 @ 112
        ann  has 10_000 free 0 held USD
        ann  stop-buy 2 @ 110                     waits 2           # at the market: held at the trigger
        ann  has 9_780 free 220 held USD
        ann  freeze                               expires 2 ACCOUNT_FROZEN
        ann  has 10_000 free 0 held USD
    """)


def test_the_nearest_trigger_goes_first_and_of_equal_ones_the_earliest():
    play("""
        ann  stop-sell 1 @ 95             waits 1
        cat  stop-sell 2 @ 96             waits 2
        ann  stop-sell 3 @ 96             waits 3
        bob  buy 10 @ 90                  rests
        cat  sell 1 @ 90                  fills 1 @ 90 triggers 2 at market fills 2 @ 90
        ...       triggers 3 at market fills 3 @ 90 triggers 1 at market fills 1 @ 90
    """)


def test_one_trigger_sets_off_the_next():
    play("""
        ann  stop-sell 2 @ 95             waits 2
        cat  stop-sell 3 @ 90             waits 3
        bob  buy 1 @ 95                   rests
        bob  buy 2 @ 89                   rests
        bob  buy 5 @ 80                   rests
        cat  sell 1 @ 95                  fills 1 @ 95 triggers 2 at market fills 2 @ 89
        ...       triggers 3 at market fills 3 @ 80
    """)


def test_a_trailing_stop_follows_the_best_price_and_sells_when_it_turns():
    play("""
        ann  stop-sell 2 trailing 500     waits 2              # five percent, from the last price on
        bob  buy 1 @ 120                  rests
        cat  sell 1 @ 120                 fills 1 @ 120        # so 114 is where it triggers
        bob  buy 1 @ 115                  rests
        cat  sell 1 @ 115                 fills 1 @ 115
        bob  buy 9 @ 114                  rests
        cat  sell 1 @ 114                 fills 1 @ 114 triggers 2 at market fills 2 @ 114
    """)


def test_a_trailing_stop_with_a_trigger_tracks_from_there():
    play("""
        ann  take-sell 2 @ 110 trailing 1_000 limit 90   waits 2
        bob  sell 1 @ 112                 rests
        cat  buy 1 @ 112                  fills 1 @ 112 tracks from 112
        bob  buy 1 @ 101                  rests
        bob  buy 1 @ 100                  rests
        cat  sell 1 @ 101                 fills 1 @ 101
        bob  buy 1 @ 92                   rests
        cat  sell 1 @ 100                 fills 1 @ 100 triggers 2 @ 90 fills 1 @ 92
        book BTCUSD sells 1 @ 90
    """)


def test_a_triggered_buy_that_can_no_longer_be_paid_expires():
    play("""
        dan  deposit 500 USD
        dan  stop-buy 2 @ 110 pegged market      waits 2        # held at the trigger: 220
        dan  has 280 free 220 held USD
        dan  withdraw 280 USD
        bob  sell 1 @ 110                        rests
        bob  sell 5 @ 150                        rests
        cat  buy 1 @ 110                         fills 1 @ 110 expires 2 REJECTED
        dan  has 220 free 0 held USD
    """)


def test_without_a_last_price_an_order_needs_a_price_of_its_own():
    play("""
        eve  deposit 100 ETH
        eve  stop-sell 3 trailing 100 on ETHUSD            rejected NO_LAST_PRICE
        eve  stop-sell 3 @ 50 trailing 100 on ETHUSD       waits 3
        eve  stop-sell 3 trailing 100 limit 40 on ETHUSD   waits 3
    """)


def test_a_stop_that_kills_or_fills():
    play("""
        ann  stop-sell 3 @ 95 limit 94 fok     waits 3
        ann  stop-sell 3 @ 95 limit 94 ioc     waits 3
        bob  buy 1 @ 95                        rests
        bob  buy 2 @ 94                        rests
        cat  sell 1 @ 95                       fills 1 @ 95 triggers 3 @ 94 expires 3 UNFILLED_FOK
        ...       triggers 3 @ 94 fills 2 @ 94 expires 1 UNFILLED_IOC
    """)


def test_terms_must_go_together():
    play("""
        ann  stop-sell 3                       rejected INVALID_ORDER   # neither trigger nor distance
        ann  sell 3 @ 100 trailing 100         rejected INVALID_ORDER
        ann  stop-sell 3 trailing 10_000       rejected INVALID_ORDER   # it would wait for zero
        ann  stop-buy 3 trailing 10_000        waits 3
        ann  stop-sell 3 @ 95 fok              rejected INVALID_ORDER   # at market
        ann  stop-sell 3 @ 95 showing 1        rejected INVALID_ORDER
        ann  stop-sell 3 @ 2_000_000           rejected PRICE_OUT_OF_RANGE
        ann  buy 3 at market pegged primary    rejected INVALID_ORDER
        ann  buy 3 @ 99 ioc pegged primary     rejected INVALID_ORDER
        ann  buy 3 @ 99 maker pegged market    rejected INVALID_ORDER
    """)


def test_a_peg_takes_its_price_from_the_book():
    play("""
        bob  buy 1 @ 98                        rests
        bob  buy 1 @ 97                        rests
        bob  sell 5 @ 101                      rests
        ann  buy 1 @ 0 pegged primary          rests            # with the best
        ann  buy 1 @ 0 pegged primary 1        rests            # one behind it
        ann  buy 2 @ 0 pegged market           fills 2 @ 101
        ann  buy 1 @ 0 pegged primary 2        rejected NO_PEG_PRICE
        ann  sell 1 @ 0 pegged primary maker   rests
        book BTCUSD buys 2 @ 98, 2 @ 97 sells 4 @ 101
        bob  cancel all
        book BTCUSD buys 1 @ 98, 1 @ 97 sells 1 @ 101           # nobody's price moves with it
    """)


def test_under_rules_1_nothing_waits():
    play_under(
        MARKET
        + """
        ann  stop-sell 3 @ 95                  rejected INVALID_ORDER
        ann  sell 3 @ 105 showing 1            rests            # not looked at: all of it is shown
        ann  oco sell 3 @ 110 maker & stop-sell 3 @ 95   rejected INVALID_COMMAND, INVALID_ORDER rests
    """,
        1,
    )
