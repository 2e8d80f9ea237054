"""What a central bank, operators and holders of wallets do, one act at a time, mostly as it should be."""

from collections.abc import Callable, Iterator
from random import Random

from venus.records import currency
from venus.records.coins import DAY_NS, DecideAppeal, EnforceOrder, LiftOrder
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    FreezeAccount,
    ListAsset,
    OpenAccounts,
    PlainCommand,
    UnfreezeAccount,
)
from venus.records.events import Event, EventKind
from venus.records.institutions import AddInstitution
from venus.records.purses import SetPurseTerms
from venus.testing.currency_order_acts import (
    BACKING,
    ISSUE,
    OFFLINE,
    RESERVE,
    TREASURY_FIRST,
    WALLETS_FIRST,
    OrderActs,
    treasury,
)
from venus.testing.currency_stage import CODE, RESERVES, wallet_class
from venus.testing.holder_acts import EXTERNAL
from venus.testing.officials import (
    ARBITER,
    CENTRAL_BANK,
    COURT,
    CURRENCY_BODIES,
    EAST,
    NORTH,
    SUPERVISOR,
    WEST,
    founding,
)

OPERATORS = (EAST, WEST, NORTH)
PERSON_FIRST, PERSONS = TREASURY_FIRST + 2 * len(OPERATORS), 3
CATEGORIES = (5411, 5812, 8062)
CLASSES = (
    wallet_class("verified", 3_000, 500, 600, 0, interest_ppm=50_000, sub_wallets=2),
    wallet_class("by phone", 600, 150, 200, 280, sub_wallets=1),
    wallet_class("institution", 0, 0, 0, 0, sub_wallets=2),
)
LATER_CLASSES = (
    wallet_class("verified", 2_000, 400, 700, 0, interest_ppm=20_000, sub_wallets=2),
    wallet_class("by phone", 900, 200, 250, 2_000, interest_ppm=5_000, sub_wallets=3),
    wallet_class("institution", 0, 0, 0, 0, sub_wallets=1),
    wallet_class("guest", 100, 50, 60, 100, sub_wallets=0),
)


def exchange_of_currency() -> Iterator[ColdCommand]:
    """House, bank, the currency's accounts, persons and assets."""
    labels = [("house", AccountKind.HOUSE), ("bank", AccountKind.EXTERNAL)]
    labels += [(f"issuer:{code}", AccountKind.EXTERNAL) for code in (CODE, RESERVES)]
    labels += [(f"{what}:{CODE}", AccountKind.HOUSE) for what in ("backing", "offline")]
    for institution in OPERATORS:
        labels += [(f"{what}:{CODE}:{institution}", AccountKind.HOUSE) for what in ("treasury", "reserves")]
    labels += [("", AccountKind.PERSON)]
    for place, (label, kind) in enumerate(labels):
        yield OpenAccounts(
            reference=f"open {place}",
            account_kind=kind,
            count=1 if label else PERSONS,
            label=label,
            tier=0,
            trade_group=TRADE_GROUP_NONE,
        )
    for code in (CODE, RESERVES, "BTC"):
        yield ListAsset(reference=f"asset {code}", code=code, scale=0)


def founding_of_currency() -> Iterator[PlainCommand]:
    """Institutions, the currency, two operators with reserves, a regime, wallets that have some."""
    yield founding()
    for body in CURRENCY_BODIES:
        yield AddInstitution(reference=f"add {body.name}", terms=body.terms())
    yield currency.RegisterCurrency(
        reference=CODE,
        asset=0,
        reserve_asset=1,
        currency="CNY",
        central_bank=CENTRAL_BANK,
        issue_account=ISSUE,
        reserve_account=RESERVE,
        backing_account=BACKING,
        offline_account=OFFLINE,
    )
    for operator in range(2):
        yield admission(f"operator {operator}", operator)
        yield currency.GrantReserves(reference=f"grant {operator}", currency=0, operator=operator, atoms=20_000)
        yield currency.IssueCurrency(reference=f"issue {operator}", currency=0, operator=operator, atoms=9_000)
    yield currency.AdoptRegime(
        reference="regime", currency=0, name="first", from_ns=0, day_offset_ns=8 * DAY_NS // 24, classes=CLASSES
    )
    for place, (operator, number, category) in enumerate(((0, 0, 0), (0, 1, 0), (1, 0, 5411), (1, 2, 5812))):
        yield currency.OpenWallets(
            reference=f"wallets {place}", currency=0, operator=operator, wallet_class=number, count=2, category=category
        )


def admission(reference: str, operator: int) -> currency.AdmitOperator:
    return currency.AdmitOperator(
        reference=reference,
        currency=0,
        institution=OPERATORS[operator],
        treasury_account=treasury(operator),
        reserve_account=treasury(operator) + 1,
        quota_atoms=15_000,
    )


class CurrencyActs(OrderActs):
    """Draws acts; it knows the wallets and purposes that there are."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.wallets: list[int] = []
        self._operators = 2

    def learn(self, event: Event) -> None:
        super().learn(event)
        match event.kind:
            case EventKind.WALLETS_OPENED if not event.flags:
                self.wallets += range(event.account, event.account + event.quantity_lots)
            case EventKind.OPERATOR_ADMITTED:
                self._operators = max(self._operators, event.order_id + 1)

    def anything(self, time_ns: int) -> PlainCommand:
        acts: dict[Callable[[int], PlainCommand], int] = {
            self._reserves: 7,
            self._supply: 9,
            self._quota: 4,
            self._operator: 2,
            self._regime: 3,
            self._register: 1,
            self._open: 5,
            self._change_wallet: 12,
            self._bank: 6,
            self._interest: 6,
            self._bind: 9,
            self._spend_purpose: 12,
            self._unseal: 3,
            self._give_back: 14,
            self._lawful: 16,
            self._of_order: 14,
            self._freeze: 3,
            self._hold: 8,
            self._of_hold: 9,
            self._spend: 8,
            self._sign: 5,
            self._trade: 6,
            self._schedule: 6,
            self._purse_terms: 2,
            self._open_purse: 10,
            self._fund_purse: 10,
            self._settle_purse: 14,
            self._close_purse: 7,
        }
        [act] = self._random.choices(list(acts), list(acts.values()))
        return self.noted(act(time_ns))

    def signers(self, command: PlainCommand) -> list[int]:
        """The institutions whose quorums an act needs, as far as a stream knows."""
        match command:
            case AddInstitution():
                return [SUPERVISOR]
            case (
                currency.RegisterCurrency()
                | currency.AdmitOperator()
                | currency.SetQuota()
                | currency.GrantReserves()
                | currency.WithdrawReserves()
                | currency.AdoptRegime()
                | currency.PostInterest()
            ):
                return [CENTRAL_BANK]
            case currency.IssueCurrency(operator=number) | SetPurseTerms(operator=number):
                return [CENTRAL_BANK, _institution(number)]
            case currency.RedeemCurrency(operator=number):
                return [_institution(number)]
            case currency.MoveWallets(to_operator=number):
                return [CENTRAL_BANK, _institution(number)]
            case currency.OrderOverCurrency(authority=authority, second=second):
                return [one if 0 <= one < ARBITER else COURT for one in (authority, second)]
            case EnforceOrder():
                return [self._random.choice([CENTRAL_BANK, COURT])]
            case LiftOrder() | DecideAppeal():
                return [COURT]
            case currency.UnsealIdentity(operator=number, authority=authority):
                return [_institution(number), authority if 0 <= authority < ARBITER else COURT]
            case _:
                return []

    def _person(self) -> int:
        """Mostly a wallet; else a person, a treasury, or anybody."""
        random = self._random
        if self.wallets and random.random() < 0.75:
            return random.choice(self.wallets[:8] if random.random() < 0.7 else self.wallets)
        if random.random() < 0.5:
            return PERSON_FIRST + random.randrange(PERSONS)
        return random.choice([treasury(0), treasury(1), treasury(0) + 1, OFFLINE, EXTERNAL, ISSUE])

    def party(self) -> int:
        return self._person()

    def _some_operator(self) -> int:
        return self._random.randrange(self._operators)

    def _reserves(self, time_ns: int) -> PlainCommand:
        random = self._random
        kinds: list[type[currency.GrantReserves | currency.WithdrawReserves]]
        kinds = [currency.GrantReserves, currency.WithdrawReserves]
        atoms = random.choice([1, 500, 5_000, 30_000])
        return random.choice(kinds)(
            reference=self._reference(), currency=0, operator=self._some_operator(), atoms=atoms
        )

    def _supply(self, time_ns: int) -> PlainCommand:
        random = self._random
        kinds: list[type[currency.IssueCurrency | currency.RedeemCurrency]]
        kinds = [currency.IssueCurrency, currency.IssueCurrency, currency.RedeemCurrency]
        atoms = random.choice([1, 500, 3_000, 9_000])
        return random.choice(kinds)(
            reference=self._reference(), currency=0, operator=self._some_operator(), atoms=atoms
        )

    def _quota(self, time_ns: int) -> PlainCommand:
        quota = self._random.choice([0, 9_000, 15_000, 15_000, 40_000])
        return currency.SetQuota(
            reference=self._reference(), currency=0, operator=self._some_operator(), quota_atoms=quota
        )

    def _operator(self, time_ns: int) -> PlainCommand:
        random = self._random
        if random.random() < 0.4:
            return admission(self._reference(), random.choice([0, 2, 2]))
        return currency.MoveWallets(
            reference=self._reference(),
            currency=0,
            from_operator=random.choice([0, 0, 1, 2]),
            to_operator=random.choice([1, 1, 2, 0]),
        )

    def _regime(self, time_ns: int) -> PlainCommand:
        random = self._random
        return currency.AdoptRegime(
            reference=self._reference(),
            currency=0,
            name=random.choice(["next", "next but one"]),
            from_ns=random.choice([0, time_ns, time_ns + 1, time_ns + DAY_NS // 3, time_ns + 2 * DAY_NS]),
            day_offset_ns=random.choice([8, 8, 8, 8, -5]) * DAY_NS // 24,
            classes=random.choice([CLASSES, LATER_CLASSES, LATER_CLASSES, CLASSES[:2]]),
        )

    def _register(self, time_ns: int) -> PlainCommand:
        return currency.RegisterCurrency(
            reference=self._reference(),
            asset=self._random.choice([0, 2]),
            reserve_asset=self._random.choice([1, 2]),
            currency="CNY",
            central_bank=CENTRAL_BANK,
            issue_account=ISSUE,
            reserve_account=RESERVE,
            backing_account=BACKING,
            offline_account=OFFLINE,
        )

    def _open(self, time_ns: int) -> PlainCommand:
        random = self._random
        category = random.choice([0, 0, *CATEGORIES])
        if random.random() < 0.5:
            account = random.choice([*self.wallets[:4], self._person()])
            return currency.OpenSubWallet(reference=self._reference(), account=account, category=category)
        return currency.OpenWallets(
            reference=self._reference(),
            currency=0,
            operator=self._some_operator(),
            wallet_class=random.choice([0, 1, 2, 3]),
            count=random.choice([1, 3]),
            category=category,
        )

    def _change_wallet(self, time_ns: int) -> PlainCommand:
        random, account = self._random, self._person()
        if random.random() < 0.75:
            return currency.SetWalletClass(
                reference=self._reference(), account=account, wallet_class=random.choice([0, 0, 1, 2, 3])
            )
        return currency.CloseWallet(reference=self._reference(), account=account)

    def _bank(self, time_ns: int) -> PlainCommand:
        random = self._random
        return currency.LinkBank(
            reference=self._reference(),
            account=self._person(),
            line_atoms=random.choice([0, 100, 2_000]),
            waterfall=random.choice([0, 1, 1]),
            reverse=random.choice([0, 1, 1]),
        )

    def _interest(self, time_ns: int) -> PlainCommand:
        return currency.PostInterest(reference=self._reference(), currency=0)

    def _bind(self, time_ns: int) -> PlainCommand:
        random = self._random
        return currency.BindPurpose(
            reference=self._reference(),
            account=random.choice([treasury(0), treasury(1), treasury(1), self._person()]),
            holder=random.choice([*self.wallets[:8], self._person()]),
            asset=random.choice([0, 0, 0, 0, 0, 2]),
            atoms=random.choice([1, 100, 100, 400]),
            categories=random.choice([CATEGORIES[:1], CATEGORIES[:2], CATEGORIES, CATEGORIES[::-1]]),
            expires_ns=time_ns + random.choice([0, 1, DAY_NS, 5 * DAY_NS, 5 * DAY_NS]),
        )

    def _spend_purpose(self, time_ns: int) -> PlainCommand:
        random = self._random
        number, holder = random.choice(self._purposes[-4:]) if self._purposes else (1, EXTERNAL)
        return currency.SpendPurpose(
            reference=self._reference(),
            purpose=number,
            by_account=holder if random.random() < 0.9 else self._person(),
            payee=random.choice([WALLETS_FIRST + 5, WALLETS_FIRST + 7, self._person()]),
            atoms=random.choice([1, 40, 100, 200]),
        )

    def _unseal(self, time_ns: int) -> PlainCommand:
        random = self._random
        return currency.UnsealIdentity(
            reference=self._reference(),
            currency=0,
            operator=self._some_operator(),
            account=random.choice([*self.wallets[:4], self._person()]),
            authority=random.choice([COURT, COURT, NORTH, SUPERVISOR, EAST]),
            basis="case 7",
            shown_after_ns=random.choice([0, 30 * DAY_NS]),
        )

    def _freeze(self, time_ns: int) -> PlainCommand:
        random, account = self._random, self._person()
        if random.random() < 0.5:
            return UnfreezeAccount(reference=self._reference(), account=account)
        until_ns = random.choice([0, time_ns + DAY_NS])
        return FreezeAccount(reference=self._reference(), account=account, until_ns=until_ns)


def _institution(operator: int) -> int:
    return OPERATORS[operator] if 0 <= operator < len(OPERATORS) else EAST
