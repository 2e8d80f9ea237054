"""Payments out of allowances and holds go back: docs/rules/currency.md, "Refunds". Core and model play every line."""

from venus.records.coins import DAY_NS
from venus.records.commands import PlainCommand, encode_cold
from venus.records.currency import RefundPayment
from venus.records.events import EventKind
from venus.records.holds import ApproveSpender, CreateHold, ExecuteHold, TransferFrom
from venus.records.rejects import Reject
from venus.testing.wallet_stage import IDENTITY, PHONE, WalletStage


class ShopStage(WalletStage):
    """`ann` has 250; `till` sells; `shop` and `cash` are customers of the exchange."""

    def __init__(self) -> None:
        super().__init__()
        self.wallet("ann", PHONE)
        self.wallet("till", IDENTITY, operator=1)
        self.play.lines("east pay ann 250 dCNY")

    def refunding(
        self, payee: str, payment: PlainCommand, atoms: int, hold: PlainCommand | None = None
    ) -> RefundPayment:
        return RefundPayment(
            reference=self.reference(),
            account=self.play.accounts[payee],
            payment=encode_cold(payment),
            hold=encode_cold(hold) if hold else b"",
            atoms=atoms,
        )

    def spent(self, payer: str, payee: str, atoms: int) -> TransferFrom:
        """What the payee took out of an allowance."""
        account, to, reference = self.play.accounts[payer], self.play.accounts[payee], self.reference()
        self.do(ApproveSpender(reference=f"{reference} allow", account=account, spender=to, asset=0, atoms=atoms))
        spending = TransferFrom(reference=reference, spender=to, account=account, to_account=to, asset=0, atoms=atoms)
        self.do(spending)
        return spending

    def executed(self, payer: str, payee: str, held: int, atoms: int) -> tuple[CreateHold, ExecuteHold]:
        to = self.play.accounts[payee]
        created = CreateHold(
            reference=self.reference(),
            account=self.play.accounts[payer],
            target=to,
            notary=to,
            asset=0,
            atoms=held,
            reclaim_ns=0,
            expires_ns=self.time_ns + DAY_NS,
            hash_lock=b"",
        )
        number = self.do(created).order_id
        execution = ExecuteHold(reference=self.reference(), hold=number, by_account=to, atoms=atoms, preimage=b"")
        self.do(execution)
        return created, execution


def test_what_a_spender_took_goes_back_in_parts_and_no_more():
    stage = ShopStage()
    spending = stage.spent("ann", "till", 90)
    event = stage.do(stage.refunding("till", spending, 50))
    assert (event.kind, event.quantity_lots, event.remaining_lots) == (EventKind.REFUNDED, 50, 40)
    assert event.maker_account == stage.play.accounts["ann"]
    stage.play.lines("""
        ann  has 210 free 0 held dCNY
        till has 40 free 0 held dCNY
        ann  pay till 61 dCNY   rejected DAY_LIMIT
    """)
    assert stage.reject(stage.refunding("till", spending, 41)) == Reject.REFUND_TOO_LARGE
    stage.do(stage.refunding("till", spending, 40))
    assert stage.reject(stage.refunding("till", spending, 1)) == Reject.REFUND_TOO_LARGE


def test_what_a_hold_paid_goes_back():
    stage = ShopStage()
    created, execution = stage.executed("ann", "till", held=80, atoms=70)
    stage.do(stage.refunding("till", execution, 70, created))
    stage.play.lines("""
        ann  has 240 free 10 held dCNY
        till has 0 free 0 held dCNY
    """)
    assert stage.reject(stage.refunding("till", execution, 1, created)) == Reject.REFUND_TOO_LARGE


def test_between_customers_of_the_exchange_too():
    stage = ShopStage()
    stage.play.lines("east pay shop 40 dCNY")
    spending = stage.spent("shop", "cash", 40)
    stage.play.lines("cash pay shop 10 dCNY")
    assert stage.reject(stage.refunding("cash", spending, 40)) == Reject.INSUFFICIENT_FREE
    stage.do(stage.refunding("cash", spending, 30))
    stage.play.lines("shop has 40 free 0 held dCNY")


def test_who_asks_says_what_was_and_was_paid():
    stage = ShopStage()
    spending = stage.spent("ann", "till", 40)
    created, execution = stage.executed("ann", "till", held=20, atoms=20)
    other, _ = stage.executed("ann", "till", held=20, atoms=20)
    never = TransferFrom(reference="never", spender=1, account=1, to_account=2, asset=0, atoms=40)
    changed = TransferFrom(**{name: getattr(spending, name) for name in spending.__struct_fields__} | {"atoms": 90})
    for refused in (
        stage.refunding("ann", spending, 1),
        stage.refunding("till", never, 1),
        stage.refunding("till", changed, 90),
        stage.refunding("till", created, 1),
        stage.refunding("till", execution, 1),
        stage.refunding("till", execution, 1, other),
        stage.refunding("till", execution, 1, execution),
        stage.refunding("till", spending, 1, created),
    ):
        assert stage.reject(refused) == Reject.UNKNOWN_PAYMENT, refused
    long = RefundPayment(
        reference=stage.reference(), account=stage.play.accounts["till"], payment=bytes(4_097), hold=b"", atoms=1
    )
    assert stage.reject(long) == Reject.INVALID_COMMAND


def test_it_is_no_way_past_a_balance_limit():
    stage = ShopStage()
    spending = stage.spent("ann", "till", 90)
    stage.play.lines("east pay ann 100 dCNY")
    assert stage.reject(stage.refunding("till", spending, 90)) == Reject.BALANCE_LIMIT
