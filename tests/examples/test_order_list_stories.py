"""Pairs that end each other and orders that start each other: docs/rules/order_lists.md."""

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


def play(story: str) -> Play:
    return play_under(MARKET + story, 2)


def test_a_pair_holds_once_and_one_leg_ends_the_other():
    play("""
        ann  oco sell 3 @ 110 maker & stop-sell 3 @ 95   opens OCO waits 3 rests
        ann  has 97 free 3 held BTC
        cat  buy 1 @ 110                     expires 3 OCO_TRIGGER fills 1 @ 110
        ann  has 97 free 2 held BTC
        cat  buy 2 @ 110                     fills 2 @ 110 done
    """)


def test_the_stop_of_a_pair_ends_its_gain():
    play("""
        ann  oco stop-buy 3 @ 105 & take-buy 3 @ 90 limit 91   opens OCO waits 3, 3
        ann  has 9_685 free 315 held USD                       # the larger of the two
        bob  sell 1 @ 105                    rests
        bob  sell 3 @ 106                    rests
        cat  buy 1 @ 105                     fills 1 @ 105 expires 3 OCO_TRIGGER triggers 3 at market fills 3 @ 106 done
        ann  has 9_682 free 0 held USD
    """)


def test_a_pair_must_stand_on_both_sides_of_the_market():
    play("""
        ann  oco sell 3 @ 100 maker & stop-sell 3 @ 95      rejected BAD_LIST_PRICES, LIST_REFUSED, LIST_REFUSED
        ann  oco take-sell 3 @ 100 & stop-sell 3 @ 95       rejected LIST_REFUSED, WOULD_TRIGGER, LIST_REFUSED
        ann  oco sell 3 @ 110 maker & stop-sell 2 @ 95      rejected INVALID_ORDER, LIST_REFUSED, LIST_REFUSED
        ann  oco sell 3 @ 110 maker & take-sell 3 @ 120     rejected INVALID_ORDER, LIST_REFUSED, LIST_REFUSED
        ann  oco sell 101 @ 110 maker & stop-sell 101 @ 95  rejected INSUFFICIENT_FREE, LIST_REFUSED, LIST_REFUSED
        ann  oco sell 60 @ 110 maker & stop-sell 60 @ 95    opens OCO waits 60 rests
    """)


def test_a_cancelled_leg_takes_its_list_along():
    play("""
        ann  oco id l1 sell 3 @ 110 maker id m1 & stop-sell 3 @ 95 id s1   opens OCO waits 3 rests
        ann  oco id l1 sell 3 @ 110 maker & stop-sell 3 @ 95
        ...                                 rejected DUPLICATE_LIST_ID, LIST_REFUSED, LIST_REFUSED
        ann  cancel s1                      cancels 3 @ 0, 3 @ 110 done
        ann  oco id l1 sell 3 @ 110 maker id m1 & stop-sell 3 @ 95 id s1   opens OCO waits 3 rests
        ann  cancel list l1                 cancels 3 @ 110, 3 @ 0 done
        ann  cancel list l1                 rejected UNKNOWN_ORDER
        ann  oco sell 3 @ 110 maker & stop-sell 3 @ 95   opens OCO waits 3 rests
        ann  freeze                         expires 3 ACCOUNT_FROZEN, 3 ACCOUNT_FROZEN done
        ann  has 100 free 0 held BTC
    """)


def test_an_amended_leg_changes_the_hold_by_the_larger():
    play("""
        ann  oco sell 3 @ 110 maker id m1 & stop-sell 3 @ 95 id s1   opens OCO waits 3 rests
        ann  amend s1 to 1                  amended to 1
        ann  has 97 free 3 held BTC
        ann  amend m1 to 2                  amended to 2
        ann  has 98 free 2 held BTC
    """)


def test_from_rules_3_on_a_pair_is_amended_as_one():
    story = """
        rules BTCUSD amends_max 2
        ann  oco sell 3 @ 110 maker id m1 & stop-sell 3 @ 95 id s1   opens OCO waits 3 rests
        ann  amend s1 to 2 id s2            amended to 2, to 2
        ann  has 98 free 2 held BTC
        ann  amend m1 to 1                  amended to 1, to 1
        ann  has 99 free 1 held BTC
        ann  amend s2 to 1                  rejected NO_CHANGE
        ann  otoco buy 3 @ 99 then sell 3 @ 105 maker id m2 & stop-sell 3 @ 90   opens OTOCO pends 3, 3 rests
        ann  amend m2 to 2                  amended to 2, to 2
        bob  sell 3 @ 99                    fills 3 @ 99 starts 2 @ 105, 2 waiting
    """
    play_under(MARKET + story, 3)


def test_a_pending_order_starts_when_the_working_one_is_filled():
    play("""
        ann  oto buy 3 @ 99 then sell 2 @ 105     opens OTO pends 2 rests
        ann  has 100 free 0 held BTC              # nothing is held for what pends
        bob  sell 2 @ 99                          fills 2 @ 99
        bob  sell 1 @ 99                          fills 1 @ 99 starts 2 @ 105
        ann  has 101 free 2 held BTC
        cat  buy 2 @ 105                          fills 2 @ 105 done
    """)


def test_a_working_order_that_is_filled_at_once_starts_the_pending_one_next():
    play("""
        bob  sell 3 @ 100                         rests
        ann  oto buy 3 @ 100 then stop-sell 3 @ 95 limit 94
        ...                                       opens OTO fills 3 @ 100 pends 3 starts 3 waiting
        ann  has 100 free 3 held BTC
        bob  buy 1 @ 95                           rests
        cat  sell 1 @ 95                          fills 1 @ 95 triggers 3 @ 94
        book BTCUSD sells 3 @ 94
    """)


def test_a_working_order_that_is_not_filled_ends_the_pending_one():
    play("""
        bob  sell 1 @ 100                         rests
        ann  oto buy 3 @ 100 ioc then sell 2 @ 105
        ...            opens OTO fills 1 @ 100 expires 2 UNFILLED_IOC pends 2 expires 2 PHASE_ONE_EXPIRED done
    """)


def test_a_filled_order_starts_a_pair():
    play("""
        ann  otoco buy 3 @ 99 then sell 3 @ 105 maker & stop-sell 3 @ 95   opens OTOCO pends 3, 3 rests
        bob  sell 3 @ 99                          fills 3 @ 99 starts 3 @ 105, 3 waiting
        ann  has 100 free 3 held BTC
        bob  buy 9 @ 95                           rests
        cat  sell 1 @ 95                          fills 1 @ 95 expires 3 OCO_TRIGGER
        ...                                       triggers 3 at market fills 3 @ 95 done
    """)


def test_a_pair_that_may_not_start_ends():
    play("""
        ann  otoco buy 3 @ 94 then sell 3 @ 105 maker & stop-sell 3 @ 95   opens OTOCO pends 3, 3 rests
        bob  sell 3 @ 94          fills 3 @ 94 expires 3 REJECTED, 3 REJECTED done     # the stop would go off at once
        ann  has 103 free 0 held BTC
    """)


def test_what_was_bought_is_kept_and_sold():
    play("""
        fees 0 maker 5_000 taker 5_000
        ann  opo buy 3 @ 99 then sell all @ 105   opens OPO pends 0 rests
        bob  sell 1 @ 99                          fills 1 @ 99 locks 0          # all of it went for the fee
        bob  sell 2 @ 99                          fills 2 @ 99 locks 1 starts 1 @ 105
        ann  has 100 free 1 held BTC
        ann  cancel all                           cancels 1 @ 105 done
    """)


def test_what_was_bought_is_sold_by_a_pair_and_nothing_is_left_over():
    play("""
        ann  opoco buy 3 @ 99 then sell all @ 105 maker & stop-sell all @ 95   opens OPOCO pends 0, 0 rests
        bob  sell 2 @ 99                          fills 2 @ 99 locks 2
        ann  has 100 free 2 held BTC
        ann  amend #4 to 1                        rejected NOT_STARTED
        bob  sell 1 @ 99                          fills 1 @ 99 locks 1 starts 3 @ 105, 3 waiting
        ann  has 100 free 3 held BTC
        cat  buy 3 @ 105                          expires 3 OCO_TRIGGER fills 3 @ 105 done
    """)


def test_what_was_bought_is_freed_when_the_list_ends():
    play("""
        ann  opo id l1 buy 3 @ 99 then sell all at market   opens OPO pends 0 rests
        bob  sell 2 @ 99                          fills 2 @ 99 locks 2
        ann  has 100 free 2 held BTC
        ann  cancel list l1                       cancels 1 @ 99, 0 @ 0 done
        ann  has 102 free 0 held BTC
    """)


def test_legs_are_tested_as_orders_and_all_is_refused_with_one():
    play("""
        ann  oto buy 3 @ 2_000_000 then sell 2 @ 105     rejected LIST_REFUSED, PRICE_OUT_OF_RANGE, LIST_REFUSED
        ann  oto buy 3 @ 99 then sell 2 @ 2_000_000      rejected LIST_REFUSED, LIST_REFUSED, PRICE_OUT_OF_RANGE
        ann  oto buy 3 @ 99 id a then sell 2 @ 105 id a  rejected LIST_REFUSED, LIST_REFUSED, DUPLICATE_CLIENT_ID
        ann  oto buy 3 at market then sell 2 @ 105       rejected INVALID_ORDER, LIST_REFUSED, LIST_REFUSED
        ann  oto buy 3 @ 99 then sell for 9 at market    rejected INVALID_ORDER, LIST_REFUSED, LIST_REFUSED
        ann  opo sell 3 @ 99 then sell all @ 105         rejected INVALID_ORDER, LIST_REFUSED, LIST_REFUSED
        ann  oco sell 3 @ 110 maker                      rejected INVALID_ORDER rests         # a leg is missing
    """)
