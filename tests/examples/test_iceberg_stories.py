"""Orders that show a part of themselves: docs/rules/iceberg.md."""

from venus.testing.play import Play
from venus.testing.play import play as play_under

MARKET = """
    ann  deposit 10_000 USD
    bob  deposit 100 BTC
    cat  deposit 10_000 USD
    cat  deposit 100 BTC
"""


def play(story: str) -> Play:
    return play_under(MARKET + story, 2)


def test_a_slice_that_is_used_up_gives_way_to_the_next_behind_all_others():
    play("""
        bob  sell 10 @ 100 showing 3   rests
        cat  sell 2 @ 100              rests
        bob  has 90 free 10 held BTC
        ann  buy 3 @ 100               fills 3 @ 100 shows 3 of 7
        ann  buy 1 @ 100               fills 1 @ 100                   # of cat's
        ann  buy 3 @ 100               fills 1 @ 100, 2 @ 100          # cat's last, then the slice
        ann  buy 1 @ 100               fills 1 @ 100 shows 3 of 4
        ann  buy 4 @ 100               fills 3 @ 100 shows 1 of 1 fills 1 @ 100
        book BTCUSD empty
    """)


def test_a_taker_takes_slice_after_slice():
    play("""
        bob  sell 10 @ 100 showing 4   rests
        cat  sell 1 @ 100              rests
        ann  buy 12 @ 100              fills 4 @ 100 shows 4 of 6 fills 1 @ 100, 4 @ 100 shows 2 of 2
        ...       fills 2 @ 100 rests
        book BTCUSD buys 1 @ 100
    """)


def test_all_its_lots_take_and_only_slices_are_shown_of_what_rests():
    stage = play("""
        ann  buy 4 @ 100                rests
        bob  sell 10 @ 100 showing 2    fills 4 @ 100 rests
        book BTCUSD sells 6 @ 100
    """)
    [order] = stage.model.desk.books[0].asks
    assert (order.slice_lots, order.hidden_lots) == (2, 4)


def test_hidden_lots_count_for_whoever_needs_all_of_them():
    play("""
        bob  sell 10 @ 100 showing 1   rests
        ann  buy 9 @ 100 fok           fills 1 @ 100 shows 1 of 9 fills 1 @ 100 shows 1 of 8 fills 1 @ 100
        ...       shows 1 of 7 fills 1 @ 100 shows 1 of 6 fills 1 @ 100 shows 1 of 5 fills 1 @ 100
        ...       shows 1 of 4 fills 1 @ 100 shows 1 of 3 fills 1 @ 100 shows 1 of 2 fills 1 @ 100 shows 1 of 1
    """)


def test_a_fok_does_not_count_slices_that_its_own_order_stands_before():
    play("""
        bob  sell 10 @ 100 showing 2   rests
        cat  sell 1 @ 100              rests
        cat  buy 3 @ 100 fok expire_taker   expires 3 UNFILLED_FOK    # the third lot would be behind cat's own
        cat  buy 2 @ 100 fok expire_taker   fills 2 @ 100 shows 2 of 8
        cat  buy 9 @ 100 fok expire_maker   expires 9 UNFILLED_FOK
        cat  buy 8 @ 100 fok expire_maker   prevents 0/1 @ 100 EXPIRE_MAKER fills 2 @ 100 shows 2 of 6
        ...       fills 2 @ 100 shows 2 of 4 fills 2 @ 100 shows 2 of 2 fills 2 @ 100
    """)


def test_a_prevention_meets_the_slice_or_ends_the_whole():
    play("""
        cat  sell 10 @ 100 showing 3     rests
        cat  buy 2 @ 100 decrement       prevents 2/2 @ 100 DECREMENT
        cat  buy 1 @ 100 decrement       prevents 1/1 @ 100 DECREMENT shows 3 of 7
        cat  has 93 free 7 held BTC
        cat  buy 1 @ 100 ioc expire_maker   prevents 0/7 @ 100 EXPIRE_MAKER expires 1 UNFILLED_IOC
        cat  has 100 free 0 held BTC
    """)


def test_an_amendment_takes_hidden_lots_first():
    stage = play("""
        bob  sell 10 @ 100 showing 3 id i1   rests
        cat  sell 1 @ 100                    rests
        bob  amend i1 to 4                   amended to 4
        ann  buy 1 @ 100                     fills 1 @ 100             # it has kept its place
        bob  amend i1 to 2                   amended to 2
    """)
    iceberg, _ = stage.model.desk.books[0].asks
    assert (iceberg.slice_lots, iceberg.remaining_lots) == (1, 1)


def test_too_large_a_slice_or_too_many():
    play("""
        bob  sell 10 @ 100 showing 11          rejected ICEBERG_TOO_LARGE
        bob  sell 50 @ 100 showing 1           rests
        bob  sell 101 @ 100 showing 1          rejected TOO_MANY_PARTS
        rules BTCUSD iceberg_parts_max 3
        bob  sell 10 @ 100 showing 3           rejected TOO_MANY_PARTS
        bob  sell 9 @ 100 showing 3 ioc        rejected INVALID_ORDER
    """)
