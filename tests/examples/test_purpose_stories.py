"""Money bound to a purpose; unsealing who holds a wallet: docs/rules/currency.md. Core and model play every line."""

import msgspec

from venus.records.coins import DAY_NS
from venus.records.currency import BindPurpose, SpendPurpose, UnsealIdentity
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.officials import CENTRAL_BANK, COURT, EAST, ISSUER, NORTH, WEST
from venus.testing.wallet_stage import IDENTITY, INSTITUTION, PHONE, WalletStage

SCHOOL, FOOD, FUEL = 8211, 5411, 5542


class PurposeStage(WalletStage):
    """`town` gives; `ann` holds; `grocer` and `pump` sell."""

    def __init__(self) -> None:
        super().__init__()
        self.wallet("town", INSTITUTION)
        self.wallet("ann", PHONE)
        self.wallet("grocer", INSTITUTION, operator=1, category=FOOD)
        self.wallet("pump", INSTITUTION, operator=1, category=FUEL)
        self.play.lines("east pay town 2_000 dCNY")

    def binding(self, giver: str, holder: str, atoms: int, *, days: int = 30) -> BindPurpose:
        return BindPurpose(
            reference=self.reference(),
            account=self.play.accounts[giver],
            holder=self.play.accounts[holder],
            asset=0,
            atoms=atoms,
            categories=(FOOD, SCHOOL),
            expires_ns=self.time_ns + days * DAY_NS,
        )

    def bind(self, giver: str, holder: str, atoms: int, *, days: int = 30) -> int:
        """The purpose's number."""
        return self.do(self.binding(giver, holder, atoms, days=days)).order_id

    def spending(self, purpose: int, by: str, payee: str, atoms: int) -> SpendPurpose:
        accounts = self.play.accounts
        return SpendPurpose(
            reference=self.reference(), purpose=purpose, by_account=accounts[by], payee=accounts[payee], atoms=atoms
        )

    def unsealing(self, name: str, operator: int, authority: int = COURT) -> UnsealIdentity:
        return UnsealIdentity(
            reference=self.reference(),
            currency=0,
            operator=operator,
            account=self.play.accounts[name],
            authority=authority,
            basis="court of Suzhou, 2026/17, anti money laundering law",
            shown_after_ns=60 * DAY_NS,
        )


def test_what_is_bound_is_paid_to_its_merchants_and_the_rest_goes_back():
    stage = PurposeStage()
    purpose = stage.bind("town", "ann", 90)
    stage.play.lines("""
        town has 1_910 free 90 held dCNY
        ann  has 0 free 0 held dCNY
    """)
    assert stage.reject(stage.spending(purpose, "ann", "pump", 10)) == Reject.WRONG_PURPOSE
    assert stage.reject(stage.spending(purpose, "ann", "shop", 10)) == Reject.WRONG_PURPOSE
    assert stage.reject(stage.spending(purpose, "town", "grocer", 10)) == Reject.NOT_A_PARTY
    assert stage.reject(stage.spending(purpose, "ann", "grocer", 91)) == Reject.INSUFFICIENT_FREE
    spent = stage.do(stage.spending(purpose, "ann", "grocer", 40))
    assert (spent.quantity_lots, spent.remaining_lots) == (40, 50)
    stage.play.lines("""
        town   has 1_910 free 50 held dCNY
        grocer has 40 free 0 held dCNY
    """)
    stage.later(30 * DAY_NS)
    ended = stage.timers()[-1]
    assert (ended.kind, ended.quantity_lots, ended.flags) == (EventKind.PURPOSE_ENDED, 50, EventFlag.TIMER)
    stage.play.lines("town has 1_960 free 0 held dCNY")
    assert stage.reject(stage.spending(purpose, "ann", "grocer", 1)) == Reject.UNKNOWN_PURPOSE


def test_one_that_is_spent_is_gone():
    stage = PurposeStage()
    purpose = stage.bind("town", "ann", 50)
    stage.do(stage.spending(purpose, "ann", "grocer", 50))
    assert stage.reject(stage.spending(purpose, "ann", "grocer", 1)) == Reject.UNKNOWN_PURPOSE
    stage.later(31 * DAY_NS)
    assert EventKind.PURPOSE_ENDED not in [event.kind for event in stage.timers()]


def test_what_waits_for_a_wallet_is_within_its_balance_limit():
    stage = PurposeStage()
    stage.play.lines("east pay ann 200 dCNY")
    assert stage.reject(stage.binding("town", "ann", 101)) == Reject.BALANCE_LIMIT
    stage.bind("town", "ann", 100, days=1)
    stage.play.lines("east pay ann 1 dCNY   rejected BALANCE_LIMIT")
    assert stage.reject(stage.closing(stage.play.accounts["ann"])) == Reject.WALLET_NOT_EMPTY
    stage.later(DAY_NS)
    stage.play.lines("east pay ann 100 dCNY")


def test_spending_is_a_payment_of_the_holders():
    stage = PurposeStage()
    stage.play.lines("east pay ann 100 dCNY")
    purpose = stage.bind("town", "ann", 200)
    assert stage.reject(stage.spending(purpose, "ann", "grocer", 101)) == Reject.SINGLE_LIMIT
    stage.do(stage.spending(purpose, "ann", "grocer", 100))
    stage.play.lines("ann pay shop 51 dCNY   rejected DAY_LIMIT")
    stage.play.lines("ann pay shop 50 dCNY")
    assert stage.reject(stage.spending(purpose, "ann", "grocer", 1)) == Reject.DAY_LIMIT


def test_binding_is_a_payment_of_a_giver_that_is_a_wallet():
    stage = PurposeStage()
    stage.wallet("bob", IDENTITY)
    stage.play.lines("east pay bob 500 dCNY")
    assert stage.reject(stage.binding("bob", "ann", 201)) == Reject.SINGLE_LIMIT
    for _ in range(2):
        stage.bind("bob", "ann", 150, days=2)
    assert stage.reject(stage.binding("bob", "town", 101)) == Reject.DAY_LIMIT
    stage.later(2 * DAY_NS)
    stage.timers()
    stage.play.lines("bob has 500 free 0 held dCNY")


def test_no_purpose_within_a_family_and_none_that_comes_back_to_its_giver():
    stage = PurposeStage()
    stage.sub_wallet("till", "grocer", FOOD)
    stage.play.lines("east pay grocer 100 dCNY")
    assert stage.reject(stage.binding("grocer", "till", 10)) == Reject.INVALID_TRANSFER
    purpose = stage.bind("grocer", "ann", 10)
    for payee in ("grocer", "till"):
        assert stage.reject(stage.spending(purpose, "ann", payee, 10)) == Reject.INVALID_TRANSFER


def test_what_a_binding_must_be():
    stage = PurposeStage()
    binding = stage.binding("town", "ann", 10)
    for changed, reason in (
        ({"holder": stage.play.accounts["shop"]}, Reject.NOT_A_WALLET),
        ({"holder": 10_000}, Reject.UNKNOWN_COUNTERPARTY),
        ({"account": stage.play.accounts["issuer:dCNY"]}, Reject.ACCOUNT_UNSUITED),
        ({"asset": 1}, Reject.UNKNOWN_CURRENCY),
        ({"atoms": 0}, Reject.AMOUNT_OUT_OF_RANGE),
        ({"categories": ()}, Reject.INVALID_COMMAND),
        ({"categories": (2, 1)}, Reject.INVALID_COMMAND),
        ({"categories": (0, 1)}, Reject.INVALID_COMMAND),
        ({"expires_ns": stage.time_ns}, Reject.INVALID_COMMAND),
        ({"atoms": 2_001}, Reject.BALANCE_LIMIT),
    ):
        assert stage.reject(msgspec.structs.replace(binding, **changed)) == reason, changed
    frozen = stage.binding("ann", "town", 10)
    assert stage.reject(frozen) == Reject.INSUFFICIENT_FREE


def test_a_payee_with_a_waterfall_pours_what_it_may_not_hold():
    stage = PurposeStage()
    stage.wallet("stall", PHONE, operator=1, category=FOOD)
    stage.play.lines("west pay stall 280 dCNY")
    purpose = stage.bind("town", "ann", 50)
    assert stage.reject(stage.spending(purpose, "ann", "stall", 50)) == Reject.BALANCE_LIMIT
    stage.do(stage.bank(stage.play.accounts["stall"], 0, waterfall=1))
    stage.do(stage.spending(purpose, "ann", "stall", 50))
    stage.play.lines("stall has 300 free 0 held dCNY")


def test_unsealing_takes_the_operator_and_an_authority():
    stage = PurposeStage()
    for signed_ in ((EAST,), (COURT,), (CENTRAL_BANK, COURT), (WEST, COURT)):
        assert stage.reject(stage.unsealing("ann", 0), *signed_) == Reject.QUORUM_MISSING
    event = stage.do(stage.unsealing("ann", 0), EAST, COURT)
    assert (event.kind, event.account) == (EventKind.IDENTITY_UNSEALED, stage.play.accounts["ann"])
    assert (event.order_id, event.price_ticks) == (COURT, stage.time_ns + 60 * DAY_NS)
    assert stage.reject(stage.unsealing("ann", 1), WEST, COURT) == Reject.NOT_A_PARTY
    assert stage.reject(stage.unsealing("ann", 0, ISSUER), EAST, ISSUER) == Reject.WRONG_DUTY
    assert stage.reject(stage.unsealing("shop", 0), EAST, COURT) == Reject.NOT_A_WALLET


def test_unsealing_asks_the_operator_that_has_the_wallet_now():
    stage = PurposeStage()
    stage.do(stage.move(0, 1), CENTRAL_BANK, WEST)
    assert stage.reject(stage.unsealing("ann", 0), EAST, COURT) == Reject.NOT_A_PARTY
    stage.do(stage.unsealing("ann", 1), WEST, COURT)


def test_an_operator_that_is_an_authority_too_does_not_ask_itself():
    stage = PurposeStage()
    stage.admit(NORTH)
    stage.wallet("ned", PHONE, operator=2)
    assert stage.reject(stage.unsealing("ned", 2, NORTH), NORTH) == Reject.WRONG_DUTY
    stage.do(stage.unsealing("ann", 0, NORTH), EAST, NORTH)
