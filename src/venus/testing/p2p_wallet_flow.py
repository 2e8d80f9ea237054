"""Command streams around a market between people whose orders are paid from wallets, too."""

from collections.abc import Callable, Iterator
from random import Random

import msgspec

from venus.records import currency, p2p
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    FreezeAccount,
    ListAsset,
    OpenAccounts,
    PlainCommand,
    UnfreezeAccount,
)
from venus.records.events import Event, EventKind
from venus.records.p2p import METHOD_BY_WALLET
from venus.testing.coin_stage import HOUR_NS
from venus.testing.currency_stage import wallet_class
from venus.testing.frames import Frame
from venus.testing.officials import CENTRAL_BANK, EAST
from venus.testing.p2p_acts import TRADERS, MarketActs, account_of
from venus.testing.p2p_flow import P2pFlow
from venus.testing.p2p_order_acts import Order
from venus.testing.traders import Asked
from venus.testing.worlds import transfer

DUSD, RUSD = 4, 5
SCALE = 3
_ISSUED = 10**14
_FIRST = 5 * 10**6
_LABELS = (
    ("issuer:dUSD", AccountKind.EXTERNAL),
    ("issuer:rUSD", AccountKind.EXTERNAL),
    ("backing:dUSD", AccountKind.HOUSE),
    ("offline:dUSD", AccountKind.HOUSE),
    (f"treasury:dUSD:{EAST}", AccountKind.HOUSE),
    (f"reserves:dUSD:{EAST}", AccountKind.HOUSE),
)
_CLASSES = (
    wallet_class("verified", 0, 0, 0, 0),
    wallet_class("small", 12_000_000, 4_000_000, 7_000_000, 0),
    wallet_class("by phone", 7_000_000, 3_500_000, 4_000_000, 6_000_000),
)


class WalletMarketActs(MarketActs):
    """It knows the wallets that there are, who named which, and the orders that are paid from one."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.next_account = 0
        self.wallets: list[int] = []
        self._named: dict[int, int] = {}
        self._by_wallet: set[int] = set()

    def learn(self, event: Event) -> None:
        super().learn(event)
        asked = self._asked
        match event.kind:
            case EventKind.ACCOUNTS_OPENED:
                self.next_account = event.account + event.quantity_lots
            case EventKind.WALLETS_OPENED if not event.flags:
                self.wallets += range(event.account, event.account + event.quantity_lots)
                self.next_account = self.wallets[-1] + 1
            case EventKind.WALLET_NAMED:
                self._named[event.account] = event.maker_account
            case EventKind.ESCROW_OPENED if isinstance(asked, p2p.TakeAdvert) and asked.method == METHOD_BY_WALLET:
                self._by_wallet.add(event.order_id)

    def signers(self, command: PlainCommand) -> list[int]:
        match command:
            case currency.RegisterCurrency() | currency.AdmitOperator() | currency.AdoptRegime():
                return [CENTRAL_BANK]
            case currency.GrantReserves():
                return [CENTRAL_BANK]
            case currency.IssueCurrency():
                return [CENTRAL_BANK, EAST]
            case currency.LinkBank() | currency.CloseWallet() | currency.SetWalletClass() | currency.OpenSubWallet():
                return []
            case p2p.NameWallet() | p2p.PayEscrow():
                return []
            case _:
                return super().signers(command)

    def anything(self, time_ns: int) -> PlainCommand:
        if self._random.random() < 0.9:
            return super().anything(time_ns)
        acts: dict[Callable[[], PlainCommand], int] = {self._name: 6, self._change_wallet: 4, self._freeze_wallet: 3}
        [act] = self._random.choices(list(acts), list(acts.values()))
        self._asked = act()
        return self._asked

    def _some_wallet(self) -> int:
        return self._random.choice(self.wallets) if self.wallets else 0

    def _name(self) -> PlainCommand:
        random = self._random
        wallet = random.choice([*[self._some_wallet()] * 14, 0, self._trader(), 9_999])
        fiat = random.choice([*["USD"] * 24, "JPY", "QQQ"])
        return p2p.NameWallet(reference=self._reference(), account=self._trader(), fiat=fiat, wallet=wallet)

    def _change_wallet(self) -> PlainCommand:
        random, account = self._random, self._some_wallet()
        commands: list[Callable[[], PlainCommand]] = [
            lambda: currency.LinkBank(
                reference=self._reference(),
                account=account,
                line_atoms=random.choice([0, 10**7]),
                waterfall=random.randrange(2),
                reverse=random.randrange(2),
            ),
            lambda: currency.SetWalletClass(
                reference=self._reference(), account=account, wallet_class=random.randrange(3)
            ),
            lambda: currency.CloseWallet(reference=self._reference(), account=account),
            lambda: currency.OpenSubWallet(reference=self._reference(), account=account, category=0),
        ]
        return random.choice(commands)()

    def _freeze_wallet(self) -> PlainCommand:
        account = self._some_wallet()
        if self._random.random() < 0.6:
            return UnfreezeAccount(reference=self._reference(), account=account)
        return FreezeAccount(reference=self._reference(), account=account, until_ns=0)

    def _post(self, time_ns: int) -> PlainCommand:
        random = self._random
        methods = random.choice([(1,), (1, METHOD_BY_WALLET), (METHOD_BY_WALLET,), (METHOD_BY_WALLET,)])
        fiat = random.choice([*["USD"] * 7, "JPY"])
        return msgspec.structs.replace(super()._post(time_ns), methods=methods, fiat=fiat)

    def _take(self, time_ns: int) -> PlainCommand:
        return msgspec.structs.replace(super()._take(time_ns), retain_days=self._random.choice([0, 1, 1, 2, 3]))

    def _acts(self, number: int, order: Order) -> dict[Callable[[int, Order], PlainCommand], int]:
        acts = super()._acts(number, order)
        if self._mark_paid in acts:
            acts |= {self._pay_escrow: 14, self._mark_paid: 2} if number in self._by_wallet else {self._pay_escrow: 1}
        return acts

    def _pay_escrow(self, number: int, order: Order) -> PlainCommand:
        wallet = self._named.get(order.buyer, 0)
        return p2p.PayEscrow(
            reference=self._reference(),
            order=number,
            account=self._either(order, order.buyer),
            wallet=self._random.choice([*[wallet] * 12, self._some_wallet()]),
            chat=self._hash(),
        )


class P2pWalletFlow(P2pFlow):
    """A currency of one operator beside the market, a wallet for each trader and one more; few of them are named."""

    _acts: WalletMarketActs

    def _people(self) -> MarketActs:
        return WalletMarketActs(self._random)

    def _set_up(self) -> Iterator[Frame]:
        yield from super()._set_up()
        for code in ("dUSD", "rUSD"):
            yield self._cold(ListAsset(reference=f"asset {code}", code=code, scale=SCALE))
        first = self._acts.next_account
        for label, kind in _LABELS:
            yield self._cold(
                OpenAccounts(
                    reference=label, account_kind=kind, count=1, label=label, tier=0, trade_group=TRADE_GROUP_NONE
                )
            )
        for command in _founding(first):
            yield self._signed(command)
        treasury, wallets = first + 4, self._acts.wallets
        yield self._hot([transfer(treasury, wallet, DUSD, _FIRST, f"top up {wallet}") for wallet in wallets])
        for one, wallet in zip(range(TRADERS), wallets, strict=False):
            name = p2p.NameWallet(reference=f"wallet {wallet}", account=account_of(one), fiat="USD", wallet=wallet)
            yield self._cold(name)

    def _order(self) -> Asked:
        """Some of it between wallets, and out of the treasury."""
        random, wallets = self._random, self._acts.wallets
        if not wallets or random.random() < 0.5:
            return super()._order()
        payer = random.choice([wallets[0] - 2, *wallets])
        return transfer(
            payer, random.choice(wallets), DUSD, random.choice([1, 10**5, _FIRST]), f"pay {random.randrange(10**6)}"
        )


def _founding(first: int) -> Iterator[PlainCommand]:
    """first: the issue account; the others follow it"""
    yield currency.RegisterCurrency(
        reference="dUSD",
        asset=DUSD,
        reserve_asset=RUSD,
        currency="USD",
        central_bank=CENTRAL_BANK,
        issue_account=first,
        reserve_account=first + 1,
        backing_account=first + 2,
        offline_account=first + 3,
    )
    yield currency.AdmitOperator(
        reference="operator",
        currency=DUSD,
        institution=EAST,
        treasury_account=first + 4,
        reserve_account=first + 5,
        quota_atoms=_ISSUED,
    )
    yield currency.GrantReserves(reference="grant", currency=DUSD, operator=0, atoms=_ISSUED)
    yield currency.IssueCurrency(reference="issue", currency=DUSD, operator=0, atoms=_ISSUED)
    yield currency.AdoptRegime(
        reference="regime", currency=DUSD, name="first", from_ns=0, day_offset_ns=8 * HOUR_NS, classes=_CLASSES
    )
    for place, (wallet_class_, count) in enumerate(((0, 2), (1, 3), (2, 2))):
        yield currency.OpenWallets(
            reference=f"wallets {place}",
            currency=DUSD,
            operator=0,
            wallet_class=wallet_class_,
            count=count,
            category=0,
        )
