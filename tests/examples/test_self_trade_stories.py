"""What happens when an order would meet one of its own: docs/rules/self_trade.md."""

import pytest

from venus.testing.play import play

OWN_OFFER = """
    ann  deposit 10_000 USD
    ann  deposit 10 BTC
    bob  deposit 10 BTC
    ann  sell 3 @ 100   rests
    bob  sell 3 @ 100   rests
"""


def test_without_a_mode_an_account_trades_with_itself():
    play(f"""{OWN_OFFER}
    ann  buy  4 @ 100 none   fills 3 @ 100, 1 @ 100
    ann  has  9_900 free 0 held USD
    ann  has  11 free 0 held BTC
    """)


def test_expire_taker_ends_the_new_order():
    play(f"""{OWN_OFFER}
    ann  buy  4 @ 100 expire_taker   prevents 4/0 @ 100 EXPIRE_TAKER
    book BTCUSD sells 6 @ 100
    """)


def test_expire_maker_takes_the_old_order_away_and_goes_on():
    play(f"""{OWN_OFFER}
    ann  buy  4 @ 100 expire_maker   prevents 0/3 @ 100 EXPIRE_MAKER fills 3 @ 100 rests 1
    ann  has  13 free 0 held BTC
    """)


def test_expire_both_ends_both():
    play(f"""{OWN_OFFER}
    ann  buy  4 @ 100 expire_both   prevents 4/3 @ 100 EXPIRE_BOTH
    ann  has  10 free 0 held BTC
    book BTCUSD sells 3 @ 100
    """)


@pytest.mark.parametrize(
    ("lots", "outcome", "left"),
    [
        (2, "prevents 2/2 @ 100 DECREMENT", 4),
        (3, "prevents 3/3 @ 100 DECREMENT", 3),
        (5, "prevents 3/3 @ 100 DECREMENT fills 2 @ 100", 1),
    ],
)
def test_decrement_takes_the_same_off_both(lots: int, outcome: str, left: int):
    play(f"""{OWN_OFFER}
    ann  buy  {lots} @ 100 decrement   {outcome}
    book BTCUSD sells {left} @ 100
    """)


def test_transfer_moves_without_a_fee_between_members_of_a_group():
    play("""
        fees 0 maker 1_000 taker 1_000
        ann  group 7
        bob  group 7
        ann  deposit 10_000 USD
        bob  deposit 10 BTC
        bob  sell 3 @ 100 transfer   rests
        ann  buy  2 @ 100 transfer   prevents 2/2 @ 100 TRANSFER
        ann  has  9_800 free 0 held USD
        ann  has  2 free 0 held BTC
        bob  has  200 free 0 held USD
        bob  has  7 free 1 held BTC
        house has 0 free 0 held USD
    """)


def test_transfer_is_decrement_for_one_account_or_if_the_maker_did_not_ask_for_it():
    play("""
        ann  group 7
        bob  group 7
        ann  deposit 10_000 USD
        ann  deposit 10 BTC
        bob  deposit 10 BTC
        bob  sell 1 @ 100 decrement   rests
        ann  sell 1 @ 101 transfer    rests
        bob  sell 1 @ 102 transfer    rests
        ann  buy  3 @ 102 transfer    prevents 1/1 @ 100 DECREMENT, 1/1 @ 101 DECREMENT, 1/1 @ 102 TRANSFER
        ann  has  9_898 free 0 held USD
        ann  has  11 free 0 held BTC
    """)


def test_a_group_is_one_trader_only_while_both_are_in_it():
    play("""
        ann  deposit 10_000 USD
        bob  deposit 10 BTC
        bob  sell 9 @ 100                rests
        ann  buy  1 @ 100 expire_taker   fills 1 @ 100          # in no group, both
        ann  group 7
        ann  buy  1 @ 100 expire_taker   fills 1 @ 100
        bob  group 7
        ann  buy  1 @ 100 expire_taker   prevents 1/0 @ 100 EXPIRE_TAKER
        bob  group none
        ann  buy  1 @ 100 expire_taker   fills 1 @ 100
    """)


def test_fill_or_kill_counts_only_what_it_may_trade_with():
    play(f"""{OWN_OFFER}
    bob  sell 3 @ 101                    rests
    ann  buy  7 @ 101 fok expire_maker   expires 7 UNFILLED_FOK      # nine rest, six are another's
    ann  buy  4 @ 101 fok expire_both    expires 4 UNFILLED_FOK      # its own stands first
    ann  buy  4 @ 101 fok decrement      expires 4 UNFILLED_FOK
    ann  buy  9 @ 101 fok none           fills 3 @ 100, 3 @ 100, 3 @ 101
    """)
    play(f"""{OWN_OFFER}
    bob  sell 3 @ 101                    rests
    ann  buy  4 @ 101 fok expire_maker   prevents 0/3 @ 100 EXPIRE_MAKER fills 3 @ 100, 1 @ 101
    """)


def test_market_orders_obey_their_mode():
    play(f"""{OWN_OFFER}
    ann  buy  2 at market expire_taker        prevents 2/0 @ 100 EXPIRE_TAKER
    ann  buy  for 250 at market expire_taker  prevents 2/0 @ 100 EXPIRE_TAKER     # what the budget affords
    ann  buy  for 250 at market expire_both   prevents 2/3 @ 100 EXPIRE_BOTH
    ann  sell 1 @ 99                          rests
    ann  buy  for 250 at market decrement     prevents 1/1 @ 99 DECREMENT fills 1 @ 100 filled
    ann  sell 1 @ 99                          rests
    ann  buy  for 98 at market expire_maker   rejected QUANTITY_OUT_OF_RANGE
    ann  buy  for 99 at market expire_maker   prevents 0/1 @ 99 EXPIRE_MAKER filled
    """)


def test_a_sale_by_quote_is_done_when_its_lots_are_prevented():
    play("""
        ann  deposit 1_000 USD
        ann  deposit 5 BTC
        ann  buy  2 @ 100                         rests
        ann  sell for 250 at market decrement     prevents 2/2 @ 100 DECREMENT
        ann  buy  2 @ 100                         rests
        ann  sell for 250 at market expire_maker  prevents 0/2 @ 100 EXPIRE_MAKER expires 0 NO_LIQUIDITY
    """)


def test_prevented_lots_are_gone_for_an_amendment():
    play(f"""{OWN_OFFER}
    ann  sell 5 @ 90 id a1       rests
    ann  buy  2 @ 90 decrement   prevents 2/2 @ 90 DECREMENT
    ann  amend a1 to 2           rejected BELOW_EXECUTED
    ann  cancel a1 partial       rejected CANCEL_RESTRICTED      # prevented is not executed
    ann  amend a1 to 3           amended to 3
    book BTCUSD sells 1 @ 90, 6 @ 100
    """)


def test_a_symbol_may_forbid_a_mode():
    play("""
        list STRICT stp_allowed 2 stp_default 1
        ann  deposit 1_000 USD
        ann  buy  1 @ 100 on STRICT                rejected STP_NOT_ALLOWED
        ann  buy  1 @ 100 expire_maker on STRICT   rejected STP_NOT_ALLOWED
        ann  buy  1 @ 100 expire_taker on STRICT   rests
    """)
