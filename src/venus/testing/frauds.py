"""Frauds of an operator: what it does, and what a supervisor must name, who knows no more than it is shown.

Each is committed on an honest day that a seed makes: the operator runs the day on a machine that it alters, or writes
another journal than it showed before, or signs what is not so; whatever follows from that, it hashes and signs anew.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from venus.testing import fraud_checkpoints as checkpoints
from venus.testing import fraud_history as history
from venus.testing import fraud_looks as looks
from venus.testing import fraud_market as market
from venus.testing import fraud_money as money
from venus.testing import fraud_p2p as people
from venus.testing.fraud_checkpoints import Bent, by_bending, by_note, by_theft
from venus.testing.fraud_days import day_of
from venus.testing.fraud_hands import Hand, NoOccasion, Shown, by_hand
from venus.testing.fraud_history import Rewrite, by_cutting, by_rewriting
from venus.testing.look_lists import NOTED
from venus.testing.recorded_days import Day

_SEEDS_TRIED = 20


class Seen(Enum):
    """By what a fraud comes to light."""

    RULES = "the frame is run again, and gives other events than are claimed"
    FIGURES = "what the next checkpoint says is reckoned again"
    LIST = "the list of looks is hashed anew, and a frame holds another hash"
    MEMORY = "what was shown before was kept"
    RECEIPT = "a customer has a signed receipt of what stood there"
    FORM = "it is no frame that may stand there, or no checkpoint of these frames"


class Fraud(NamedTuple):
    """what: the field that must be named, "event" where a whole one is missing or another"""

    name: str
    day: str
    does: str
    what: str
    seen: Seen
    commit: Callable[[str, Day, Random], Shown]

    def shown(self, seed: int) -> Shown:
        """The fraud, committed on the first day from a seed on that has an occasion for it."""
        for tried in range(seed, seed + _SEEDS_TRIED):
            try:
                return self.commit(self.what, day_of(self.day, tried), Random(tried))
            except NoOccasion:
                continue
        raise AssertionError(f"no occasion for {self.name} in {_SEEDS_TRIED} days from {seed} on")


def _words(deed: Callable[..., object]) -> str:
    """What the operator does, as its function says."""
    assert deed.__doc__
    return " ".join(deed.__doc__.split())


def _hand(name: str, day: str, what: str, hand: Hand) -> Fraud:
    return Fraud(name, day, _words(hand), what, Seen.RULES, partial(by_hand, hand))


def _rewrite(name: str, day: str, what: str, rewrite: Rewrite) -> Fraud:
    return Fraud(name, day, _words(rewrite), what, Seen.MEMORY, partial(by_rewriting, rewrite))


def _list(name: str, what: str, relist: looks.Relist) -> Fraud:
    return Fraud(name, "people", _words(relist), what, Seen.LIST, partial(looks.by_relisting, relist))


def _unseen(name: str, rewrite: Rewrite) -> Fraud:
    """The same, before any supervisor has seen it."""
    return Fraud(name, "market", _words(rewrite), "receipt", Seen.RECEIPT, partial(by_rewriting, rewrite))


def _note(name: str, what: str, note: checkpoints.Note) -> Fraud:
    return Fraud(name, "market", _words(note), what, Seen.FORM, partial(by_note, note))


def _figure(name: str, what: str, note: checkpoints.Note) -> Fraud:
    return Fraud(name, "coins", _words(note), what, Seen.FIGURES, partial(by_note, note))


def _bent(name: str, what: str, does: str, bent: Bent) -> Fraud:
    return Fraud(name, "market", does, what, Seen.FORM, partial(by_bending, bent))


def _in_the_market() -> Iterator[Fraud]:
    yield _hand("altered fee", "market", "taker_fee_atoms", market.altered_fee)
    yield _hand("favoured account", "market", "taker_fee_atoms", market.favoured_account)
    yield _hand("changed price of a trade", "market", "price_ticks", market.changed_price)
    yield _hand("queue jumped", "market", "maker_order_id", market.queue_jumped)
    yield _hand("run in another order", "market", "price_ticks", market.ran_in_another_order)
    yield _hand("invented trade", "market", "event", market.invented_trade)
    yield _hand("dropped event", "market", "event", market.dropped_event)
    yield _hand("skipped limit", "hostile", "event", market.skipped_limit)
    yield _hand("exempt account", "hostile", "event", market.exempt_account)
    negative = "A friend pays more coins than it has, and its balance goes below zero."
    yield _hand("negative balance", "coins", "event", market.exempt_account)._replace(does=negative)
    yield _hand("frozen account", "wallets", "event", market.frozen_account)
    yield _hand("paid twice", "coins", "trade_id", market.paid_twice)


def _with_money() -> Iterator[Fraud]:
    yield _hand("phantom mint", "coins", "quantity_lots", money.phantom_mint)
    yield _hand("stolen mint", "coins", "maker_account", money.stolen_mint)
    yield _hand("mint beyond its receipt", "coins", "event", money.mint_beyond_its_receipt)
    yield _hand("mint beyond its allowance", "coins", "event", money.mint_beyond_its_allowance)
    yield _hand("mint while stopped", "coins", "event", money.mint_while_stopped)
    yield _hand("mint without a quorum", "coins", "event", money.mint_without_a_quorum)
    yield _hand("forged attestation", "coins", "event", money.forged_attestation)
    yield _hand("hidden reserve sale", "coins", "event", money.hidden_sale)
    yield _hand("reserves counted twice", "coins", "quantity_lots", money.reserves_told_twice)
    yield _hand("redemption queue jumped", "coins", "hold_atoms", money.redemption_queue_jumped)
    yield _hand("hidden default", "coins", "event", money.hidden_default)
    yield _hand("more than a court ordered", "coins", "hold_atoms", money.more_than_the_court_ordered)
    yield _hand("ignored court", "coins", "event", money.ignored_court)
    yield _hand("erased appeal", "coins", "event", money.erased_appeal)
    yield _hand("erased look", "wallets", "event", money.erased_look)
    yield _hand("look without a court", "wallets", "event", money.look_without_a_court)
    yield _hand("issue beyond the quota", "wallets", "event", money.issue_beyond_the_quota)
    yield _hand("issue without reserves", "wallets", "event", money.issue_without_reserves)
    yield _hand("wallet without limits", "wallets", "event", money.wallet_without_limits)
    yield _hand("interest for a friend", "wallets", "quantity_lots", money.interest_for_a_friend)
    yield _hand("purpose forgotten", "wallets", "event", money.purpose_forgotten)
    yield _hand("unsigned purse payment", "purses", "event", money.unsigned_purse_payment)
    yield _hand("hidden double spending", "purses", "event", money.hidden_double_spending)


def _between_people() -> Iterator[Fraud]:
    yield _hand("phantom release", "people", "event", people.phantom_release)
    yield _hand("refund after the payment", "people", "event", people.refund_after_the_payment)
    yield _hand("verdict without a seat", "people", "event", people.verdict_without_a_seat)
    yield _hand("judge in his own cause", "people", "event", people.judge_in_his_own_cause)
    yield _hand("spared bond", "people", "event", people.spared_bond)
    yield _hand("escrow released to a third", "people", "maker_account", people.release_to_a_third)
    yield _hand("market's fee for a friend", "people", "quantity_lots", people.fee_of_a_friend)
    yield _hand("unheard timer", "people", "event", people.timer_unheard)
    yield _hand("timer before its time", "people", "event", people.timer_before_its_time)
    yield _hand("index of its own", "people", "price_ticks", people.index_of_its_own)
    yield _hand("ignored sanction", "people", "event", people.sanction_ignored)
    yield _hand("delivery without payment", "delivery", "event", people.delivery_without_payment)
    yield _hand("payment beyond a limit", "delivery", "event", people.payment_beyond_a_limit)
    yield _hand("payment to a third", "delivery", "maker_account", people.payment_to_a_third)
    yield _list("erased look of an arbiter", f"look {NOTED[0]}", looks.erased_arbiters_look)
    yield _list("look told of another", f"look {NOTED[1]}", looks.look_of_another)
    yield _hand("bond that goes to a friend", "people", "maker_account", people.bond_to_a_friend)


def _in_history() -> Iterator[Fraud]:
    yield Fraud("silent theft", "market", _words(by_theft), "state root", Seen.FIGURES, by_theft)
    yield _rewrite("rewritten payment", "market", "quantity", history.altered_amount)
    yield _rewrite("rewritten account", "market", "account", history.altered_account)
    yield _rewrite("rewritten order price", "market", "price_ticks", history.altered_order_price)
    yield _rewrite("rewritten client id", "market", "texts", history.altered_client_id)
    yield _rewrite("rewritten cold command", "wallets", "by_ns", history.altered_cold_command)
    yield _rewrite("frame dated back", "market", "time_ns", history.dated_back)
    yield _rewrite("back-dated command", "market", "commands_count", history.slipped_in)
    yield _rewrite("reordered commands", "market", "client_hi", history.swapped)
    yield _rewrite("removed command", "market", "time_ns", history.removed_order)
    yield _rewrite("removed look", "wallets", "time_ns", history.removed_look)
    yield Fraud("cut journal", "market", _words(by_cutting), "frame", Seen.MEMORY, by_cutting)
    yield _unseen("censored command", history.removed_order)
    yield _unseen("overtaken command", history.slipped_in)
    yield _unseen("exchanged commands", history.swapped)
    yield _unseen("another price than was asked", history.altered_order_price)
    yield _unseen("another time than was told", history.dated_back)


def _in_what_is_signed() -> Iterator[Fraud]:
    yield _note("forged checkpoint", "checkpoint", checkpoints.other_key)
    yield _note("checkpoint altered after signing", "checkpoint", checkpoints.altered_text)
    yield _note("checkpoint of other frames", "log root", checkpoints.other_log)
    yield _note("checkpoint of fewer frames", "frames covered", checkpoints.fewer_frames)
    yield _note("checkpoint of other events", "event chain", checkpoints.other_events)
    yield _note("checkpoint of another journal", "origin", checkpoints.other_journal)
    yield _note("checkpoint of a state to come", "state", checkpoints.state_to_come)
    yield _note("old checkpoint again", "frames covered", checkpoints.shown_again)
    yield _figure("omitted holder", "liabilities root", checkpoints.omitted_holder)
    yield _figure("understated balance", "liabilities root", checkpoints.understated_balance)
    yield _figure("negative leaf", "liabilities root", checkpoints.negative_leaf)
    yield _figure("invented holder", "liabilities root", checkpoints.invented_holder)
    yield _figure("regrouped leaves", "liabilities root", checkpoints.regrouped_leaves)
    yield _figure("sum that is none", "liabilities root", checkpoints.sum_that_is_none)
    yield _figure("nonces of another seed", "liabilities root", checkpoints.other_nonces)
    yield _figure("liabilities of yesterday", "liabilities", checkpoints.figures_of_yesterday)
    yield _figure("no figures", "liabilities", checkpoints.no_figures)
    yield _figure("understated supply", "supply root", checkpoints.understated_supply)
    yield _figure("overstated backing", "supply root", checkpoints.overstated_backing)
    yield _bent("old epoch", "epoch", "A writer that another had followed writes on.", Bent(checkpoints.old_epoch))
    yield _bent(
        "broken chain", "previous", "A frame continues another than the one before it.", Bent(checkpoints.other_before)
    )
    yield _bent("skipped frame", "number", "A number is left out.", Bent(checkpoints.skipped_number))
    yield _bent("skipped command", "first_sequence", "A sequence is left out.", Bent(checkpoints.skipped_sequence))
    yield _bent("back in time", "time_ns", "A frame is older than the one before it.", Bent(checkpoints.back_in_time))
    yield _bent("unknown kind", "kind", "A frame asks what no rules know.", Bent(checkpoints.unknown_kind))
    yield _bent("count that lies", "payload", "A header counts a command more.", Bent(checkpoints.one_command_more))
    yield _bent("hidden tail", "payload", _words(checkpoints.hidden_tail), Bent(payload=checkpoints.hidden_tail))
    yield _bent("no command", "payload", "A cold frame holds none.", Bent(payload=checkpoints.no_command, cold=True))


FRAUDS = (*_in_the_market(), *_with_money(), *_between_people(), *_in_history(), *_in_what_is_signed())
PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules" / "frauds.md"


def table() -> str:
    """All of them, as docs/rules/frauds.md has them."""
    lines = ["| fraud | the operator | named | seen by |", "|---|---|---|---|"]
    lines += [f"| {one.name} | {one.does} | {one.what} | {one.seen.name.lower()} |" for one in FRAUDS]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
