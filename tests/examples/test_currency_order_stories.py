"""Lawful orders over a currency: docs/rules/lawful_orders.md, "Over a currency". Core and model play every line."""

from venus.records.coins import DAY_NS, AppealOrder, DecideAppeal, EnforceOrder, LawfulEnd, LawfulKind, LiftOrder
from venus.records.commands import AccountKind
from venus.records.currency import BindPurpose, OrderOverCurrency
from venus.records.events import EventFlag, EventKind
from venus.records.holds import CreateHold
from venus.records.rejects import Reject
from venus.testing.officials import CENTRAL_BANK, COURT, EAST, ISSUER, SUPERVISOR, WEST
from venus.testing.wallet_stage import IDENTITY, INSTITUTION, PHONE, VERIFIED, WalletStage

LOOSENED = (EventKind.HOLD_RELEASED, EventKind.PURPOSE_LOOSENED)


class CourtStage(WalletStage):
    """`ann` has 250; `victim` and the court's `chest` have nothing; `fines` is a house account."""

    def __init__(self) -> None:
        super().__init__()
        self.wallet("ann", PHONE)
        self.wallet("victim", PHONE, operator=1)
        self.wallet("chest", INSTITUTION, operator=1)
        self.play.accounts["fines"] = self.open(AccountKind.HOUSE, "fines")
        self.play.lines("east pay ann 250 dCNY")

    def order(
        self, kind: int, account: str, atoms: int, to: str = "", *, frozen_by: int = 0, days: int = 30, **changed: int
    ) -> OrderOverCurrency:
        terms = {"currency": 0, "authority": COURT, "second": EAST} | changed
        return OrderOverCurrency(
            reference=self.reference(),
            order_kind=kind,
            account=self.play.accounts[account],
            atoms=atoms,
            to_account=self.play.accounts[to] if to else 0,
            frozen_by=frozen_by,
            basis="court of Suzhou, 2026/31, criminal procedure law 144",
            expires_ns=self.time_ns + days * DAY_NS,
            **terms,
        )

    def ordered(self, kind: int, account: str, atoms: int, to: str = "", *, frozen_by: int = 0, days: int = 30) -> int:
        """The order's number, given by the court with the east bank's key."""
        return self.do(self.order(kind, account, atoms, to, frozen_by=frozen_by, days=days), COURT, EAST).order_id

    def enforcement(self, order: int) -> EnforceOrder:
        return EnforceOrder(reference=self.reference(), order=order)

    def appeal(self, order: int, account: str) -> AppealOrder:
        account_number = self.play.accounts[account]
        return AppealOrder(reference=self.reference(), order=order, account=account_number, text="mistaken for another")


def test_a_freeze_holds_what_there_is_and_what_comes_later():
    stage = CourtStage()
    order = stage.ordered(LawfulKind.FREEZE, "ann", 280)
    stage.play.lines("""
        ann   has 0 free 250 held dCNY
        ann   pay shop 1 dCNY   rejected INSUFFICIENT_FREE
        east  pay ann 50 dCNY
        ann   has 50 free 250 held dCNY
        east  pay ann 1 dCNY   rejected BALANCE_LIMIT
    """)
    enforced = stage.do(stage.enforcement(order), CENTRAL_BANK)
    assert (enforced.kind, enforced.quantity_lots, enforced.remaining_lots) == (EventKind.LAWFUL_ENFORCED, 30, 0)
    stage.play.lines("ann has 20 free 280 held dCNY")
    assert stage.reject(stage.enforcement(order), COURT) == Reject.NO_CHANGE
    assert stage.reject(stage.closing(stage.play.accounts["ann"])) == Reject.WALLET_NOT_EMPTY


def test_it_ends_by_itself_when_its_time_is_over():
    stage = CourtStage()
    order = stage.ordered(LawfulKind.FREEZE, "ann", 100, days=3)
    stage.later(3 * DAY_NS)
    ended = stage.timers()[-1]
    assert (ended.kind, ended.order_id, ended.reason) == (EventKind.LAWFUL_ENDED, order, LawfulEnd.EXPIRED)
    assert ended.flags == EventFlag.TIMER
    stage.play.lines("ann has 250 free 0 held dCNY")
    assert stage.reject(stage.enforcement(order), COURT) == Reject.ORDER_ENDED


def test_what_was_frozen_is_seized_and_no_limit_stops_what_is_given_back_to_its_owner():
    stage = CourtStage()
    stage.play.lines("east pay victim 200 dCNY")
    freeze = stage.ordered(LawfulKind.FREEZE, "ann", 180)
    stage.ordered(LawfulKind.SEIZE, "ann", 200, "victim", frozen_by=freeze)
    stage.play.lines("""
        ann    has 50 free 0 held dCNY
        victim has 400 free 0 held dCNY
        east   pay victim 1 dCNY   rejected BALANCE_LIMIT
        ann    pay shop 50 dCNY
    """)
    order = stage.ordered(LawfulKind.SEIZE, "shop", 30, "fines")
    assert stage.reject(stage.enforcement(order), COURT) == Reject.ORDER_ENDED
    stage.play.lines("fines has 30 free 0 held dCNY")


def test_what_a_wallet_bound_itself_is_reached():
    """Holds first, then purposes that it gave: to whom they were promised had a promise."""
    stage = CourtStage()
    accounts = stage.play.accounts
    stage.wallet("town", IDENTITY)
    stage.play.lines("east pay town 300 dCNY")
    stage.do(
        BindPurpose(
            reference=stage.reference(),
            account=accounts["town"],
            holder=accounts["victim"],
            asset=0,
            atoms=150,
            categories=(5411,),
            expires_ns=stage.time_ns + 90 * DAY_NS,
        )
    )
    stage.do(
        CreateHold(
            reference=stage.reference(),
            account=accounts["town"],
            target=accounts["shop"],
            notary=accounts["shop"],
            asset=0,
            atoms=100,
            reclaim_ns=0,
            expires_ns=stage.time_ns + 9 * DAY_NS,
            hash_lock=b"",
        )
    )
    stage.play.lines("town has 50 free 250 held dCNY")
    said = stage.ask(stage.order(LawfulKind.SEIZE, "town", 190, "chest"), COURT, EAST)
    loosened = [(event.kind, event.quantity_lots) for event in said if event.kind in LOOSENED]
    assert loosened == [(EventKind.HOLD_RELEASED, 100), (EventKind.PURPOSE_LOOSENED, 40)]
    stage.play.lines("""
        town   has 0 free 110 held dCNY
        chest  has 190 free 0 held dCNY
        east   pay victim 191 dCNY   rejected BALANCE_LIMIT
        east   pay victim 190 dCNY
    """)
    stage.ordered(LawfulKind.SEIZE, "town", 500, "chest")
    stage.play.lines("town has 0 free 0 held dCNY")
    stage.later(90 * DAY_NS)
    assert EventKind.PURPOSE_ENDED not in [event.kind for event in stage.timers()]


def test_the_holder_appeals_and_the_court_decides():
    stage = CourtStage()
    order = stage.ordered(LawfulKind.FREEZE, "ann", 100)
    assert stage.reject(stage.appeal(order, "victim")) == Reject.NOT_A_PARTY
    stage.do(stage.appeal(order, "ann"))
    assert stage.reject(stage.appeal(order, "ann")) == Reject.APPEAL_PENDING
    granted = DecideAppeal(reference=stage.reference(), order=order, granted=1)
    assert stage.reject(granted, CENTRAL_BANK) == Reject.QUORUM_MISSING
    stage.do(granted, COURT)
    stage.play.lines("ann has 250 free 0 held dCNY")
    again = stage.ordered(LawfulKind.FREEZE, "ann", 100)
    stage.do(LiftOrder(reference=stage.reference(), order=again), COURT)
    stage.play.lines("ann has 250 free 0 held dCNY")


def test_two_keys_and_neither_order_by_who_issues_or_keeps():
    stage = CourtStage()
    order = stage.order(LawfulKind.FREEZE, "ann", 100)
    assert stage.reject(order) == Reject.APPROVALS_MISSING
    assert stage.reject(order, COURT) == Reject.QUORUM_MISSING
    assert stage.reject(order, EAST, WEST) == Reject.QUORUM_MISSING
    for changed, signed in (
        ({"authority": CENTRAL_BANK}, (CENTRAL_BANK, EAST)),
        ({"authority": EAST, "second": WEST}, (EAST, WEST)),
        ({"authority": ISSUER}, (ISSUER, EAST)),
        ({"second": COURT}, (COURT,)),
    ):
        wrong = stage.order(LawfulKind.FREEZE, "ann", 100, **changed)
        assert stage.reject(wrong, *signed) == Reject.WRONG_DUTY, changed
    unknown = stage.order(LawfulKind.FREEZE, "ann", 100, currency=1)
    assert stage.reject(unknown, COURT, EAST) == Reject.UNKNOWN_CURRENCY
    stage.do(
        stage.order(LawfulKind.FREEZE, "ann", 100, authority=SUPERVISOR, second=CENTRAL_BANK), SUPERVISOR, CENTRAL_BANK
    )
    assert stage.reject(stage.enforcement(1), EAST, COURT) == Reject.QUORUM_MISSING


def test_what_an_order_may_name():
    stage = CourtStage()
    stage.wallet("gone", VERIFIED)
    stage.do(stage.closing(stage.play.accounts["gone"]))
    names = ("issuer:dCNY", "offline:dCNY", "backing:dCNY")
    stage.play.accounts |= {name.split(":")[0]: stage.play.accounts[name] for name in names}
    freeze, seize = LawfulKind.FREEZE, LawfulKind.SEIZE
    for order, reason in (
        (stage.order(LawfulKind.REISSUE, "ann", 1, "victim"), Reject.INVALID_COMMAND),
        (stage.order(freeze, "issuer", 1), Reject.ACCOUNT_UNSUITED),
        (stage.order(freeze, "offline", 1), Reject.ACCOUNT_UNSUITED),
        (stage.order(freeze, "gone", 1), Reject.WALLET_CLOSED),
        (stage.order(freeze, "ann", 0), Reject.AMOUNT_OUT_OF_RANGE),
        (stage.order(freeze, "ann", 1, "victim"), Reject.INVALID_COMMAND),
        (stage.order(freeze, "ann", 1, days=0), Reject.INVALID_COMMAND),
        (stage.order(freeze, "ann", 1, days=367), Reject.INVALID_COMMAND),
        (stage.order(seize, "ann", 1, "ann"), Reject.ACCOUNT_UNSUITED),
        (stage.order(seize, "ann", 1, "shop"), Reject.ACCOUNT_UNSUITED),
        (stage.order(seize, "ann", 1, "backing"), Reject.ACCOUNT_UNSUITED),
        (stage.order(seize, "ann", 1, "gone"), Reject.WALLET_CLOSED),
        (stage.order(seize, "ann", 1, "fines", frozen_by=1), Reject.UNKNOWN_LAWFUL_ORDER),
    ):
        assert stage.reject(order, COURT, EAST) == reason, order


def test_nothing_goes_to_a_wallet_that_was_closed_since():
    stage = CourtStage()
    order = stage.ordered(LawfulKind.SEIZE, "ann", 300, "victim")
    stage.play.lines("victim pay chest 250 dCNY   rejected SINGLE_LIMIT")
    for _ in range(2):
        stage.play.lines("victim pay chest 75 dCNY")
    stage.later(DAY_NS)
    stage.play.lines("victim pay chest 100 dCNY")
    stage.do(stage.closing(stage.play.accounts["victim"]))
    stage.play.lines("east pay ann 20 dCNY")
    assert stage.reject(stage.enforcement(order), COURT) == Reject.WALLET_CLOSED


def test_frozen_money_earns_as_other_money_does():
    stage = CourtStage()
    stage.wallet("rich", VERIFIED)
    stage.play.lines("east pay rich 3_650 dCNY")
    stage.ordered(LawfulKind.FREEZE, "rich", 3_650)
    stage.later(10 * DAY_NS)
    stage.do(stage.interest(), CENTRAL_BANK)
    stage.play.lines("""
        east pay shop 1 dCNY
        rich has 1 free 3_650 held dCNY
    """)
