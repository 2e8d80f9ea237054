"""What people around coins do, one act at a time, mostly as it should be; and whose signatures an act needs."""

from collections.abc import Callable, Iterator
from random import Random

from venus.records import coins, institutions
from venus.records.commands import (
    AccountKind,
    FreezeAccount,
    ListAsset,
    MoveToRules,
    OpenAccounts,
    PlainCommand,
    SetFeeTier,
    UnfreezeAccount,
)
from venus.records.events import Event, EventKind
from venus.records.institutions import Role, Scheme
from venus.testing.coin_stage import CUTOFFS_NS, HAIRCUTS
from venus.testing.holder_acts import EXTERNAL, PERSON_FIRST, PERSONS, HolderActs
from venus.testing.officials import (
    AGENT,
    BANK,
    BRANCH,
    COURT,
    ISSUER,
    OPERATOR,
    SUPERVISOR,
    TRUST,
    Person,
    founding,
    seat_terms,
)

COINS = ("vUSD", "vEUR")
ASSETS = (*COINS, "BTC")
SYMBOL = 0
DAY_NS = coins.DAY_NS
AMOUNTS = (1, 40, 150, 300, 1_000)


def accounts_of(coin: int) -> tuple[int, int, int]:
    """Issue, escrow and treasury account of a coin, as they are opened."""
    first = 2 + 3 * coin
    return first, first + 1, first + 2


def founding_of_coins(time_ns: int) -> Iterator[PlainCommand]:
    """Institutions, a calendar, two coins with their packs, minters and first reserves; everybody has some coins."""
    yield founding()
    yield coins.AdoptCalendar(reference="calendar", name="days", zone="UTC", cutoffs_ns=CUTOFFS_NS)
    for coin, code in enumerate(COINS):
        issue, escrow, treasury = accounts_of(coin)
        yield coins.RegisterCoin(
            reference=f"coin {code}",
            asset=coin,
            currency=code[1:],
            issuer=ISSUER,
            agent=AGENT,
            issue_account=issue,
            escrow_account=escrow,
            treasury_account=treasury,
        )
        yield coins.AdoptPack(
            reference=f"pack {code}",
            coin=coin,
            name="first",
            staleness_ns=8 * DAY_NS,
            concentration_ppm=900_000,
            redemption_days=1,
            calendar=0,
            haircuts=HAIRCUTS,
        )
        yield coins.SetMinter(
            reference=f"minter {code}", coin=coin, minter=ISSUER, cap_atoms=6_000, refill_atoms_a_day=700
        )
        for custodian, kind in ((BANK, coins.Instrument.DEPOSIT), (TRUST, coins.Instrument.FUND)):
            yield coins.OpenReserve(
                reference=f"reserve {code} {custodian}",
                coin=coin,
                custodian=custodian,
                account="one",
                instrument=kind,
                currency=code[1:],
                maturity_ns=0,
            )
        for reserve, atoms in ((2 * coin, 3_000), (2 * coin + 1, 2_000)):
            yield coins.AttestReserve(reference=f"first of {reserve}", reserve=reserve, as_of_ns=time_ns, atoms=atoms)
    for one in range(PERSONS):
        account = PERSON_FIRST + one
        yield coins.ConfirmReceipt(
            reference=f"receipt {one}", reserve=0, account=account, atoms=900, bank_reference=f"first {one}"
        )
        yield coins.Mint(reference=f"mint {one}", coin=0, minter=ISSUER, receipt=one + 1, account=account, atoms=900)


class Acts(HolderActs):
    """Draws acts. It knows the reserves that were opened and the receipts that wait, and guesses the rest."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._people = 100
        self._reserves: list[tuple[int, int]] = []  # coin, custodian
        self._receipts: list[tuple[int, int, int, int]] = []  # coin, number, account, atoms
        self._orders: list[tuple[int, int]] = []  # coin, account
        self._controlled = False
        self._redemptions: list[tuple[int, int]] = []  # number, account
        self.coin_accounts = [account for coin in range(len(COINS)) for account in accounts_of(coin)]

    def learn(self, event: Event) -> None:
        if event.flags or event.kind not in set(EventKind):
            return
        super().learn(event)
        match EventKind(event.kind):
            case EventKind.RESERVE_OPENED:
                self._reserves.append((event.symbol, event.maker_order_id))
            case EventKind.RECEIPT_CONFIRMED:
                self._receipts.append((event.symbol, event.order_id, event.account, event.quantity_lots))
            case EventKind.MINTED:
                self._receipts = [one for one in self._receipts if one[1] != event.order_id]
            case EventKind.LAWFUL_ORDERED:
                self._orders.append((event.symbol, event.account))
            case EventKind.REDEMPTION_REQUESTED:
                self._redemptions.append((event.order_id, event.account))
            case EventKind.CONTROLS_ADOPTED:
                self._controlled = True

    def signers(self, command: PlainCommand) -> list[int]:
        """The institutions whose quorums an act needs, as far as a stream knows."""
        match command:
            case institutions.AddInstitution() | institutions.SetQuorum() | coins.AdoptCalendar():
                return [SUPERVISOR]
            case institutions.SeatPerson(institution=number) | institutions.RevokeSeat(institution=number):
                return [SUPERVISOR if self._random.random() < 0.7 or not 0 <= number <= BRANCH else number]
            case institutions.AdoptControls():
                return [OPERATOR, SUPERVISOR]
            case coins.RegisterCoin() | coins.AdoptPack() | coins.SetMinter():
                return [ISSUER, SUPERVISOR]
            case coins.OpenReserve(custodian=custodian):
                return [ISSUER, custodian if 0 <= custodian <= BRANCH else BANK]
            case coins.CloseReserve(reserve=reserve):
                return [ISSUER, self._custodian(reserve)]
            case coins.AttestReserve(reserve=reserve) | coins.ConfirmReceipt(reserve=reserve):
                return [self._custodian(reserve)]
            case coins.Mint(minter=minter):
                return [minter if minter in (ISSUER, BRANCH) else ISSUER]
            case coins.Burn() | coins.EnforceOrder() | coins.PayTreasury():
                return [ISSUER]
            case coins.PauseMinting():
                return [self._random.choice([ISSUER, SUPERVISOR])]
            case coins.PayRedemptions():
                return [AGENT]
            case coins.OrderLawful():
                return [COURT, ISSUER]
            case coins.LiftOrder() | coins.DecideAppeal():
                return [COURT]
            case FreezeAccount() | UnfreezeAccount() | SetFeeTier() | ListAsset() | MoveToRules() if self._controlled:
                return [OPERATOR]
            case OpenAccounts(account_kind=kind) if self._controlled and kind != AccountKind.PERSON:
                return [OPERATOR]
            case _:
                return []

    def _custodian(self, reserve: int) -> int:
        return self._reserves[reserve][1] if 0 <= reserve < len(self._reserves) else BANK

    def anything(self, time_ns: int) -> PlainCommand:
        random = self._random
        acts: dict[Callable[[int], PlainCommand], int] = {
            self._attest: 14,
            self._confirm: 14,
            self._mint: 18,
            self._redeem: 12,
            self._pay: 10,
            self._withdraw: 4,
            self._treasury: 3,
            self._reserve: 3,
            self._close: 1,
            self._pack: 3,
            self._minter: 3,
            self._burn: 2,
            self._pause: 3,
            self._lawful: 9,
            self._of_order: 10,
            self._institution: 4,
            self._seat: 3,
            self._control: 5,
            self._register: 1,
            self._hold: 8,
            self._of_hold: 9,
            self._spend: 9,
            self._sign: 9,
            self._trade: 9,
            self._schedule: 7,
        }
        [act] = random.choices(list(acts), list(acts.values()))
        return act(time_ns)

    def _coin(self) -> int:
        return self._random.choice([0, 0, 0, 1])

    def _some_reserve(self) -> int:
        return self._random.randrange(max(1, len(self._reserves)))

    def _attest(self, time_ns: int) -> PlainCommand:
        random = self._random
        return coins.AttestReserve(
            reference=self._reference(),
            reserve=self._some_reserve(),
            as_of_ns=time_ns - random.choice([0, 0, 0, 1, 3_600 * 10**9, 3 * DAY_NS, -1]),
            atoms=random.choice([0, 800, 3_000, 5_000, 5_000, 8_000]),
        )

    def _confirm(self, time_ns: int) -> PlainCommand:
        random = self._random
        return coins.ConfirmReceipt(
            reference=self._reference(),
            reserve=self._some_reserve(),
            account=random.choice([self._person(), self._person(), accounts_of(0)[2], accounts_of(0)[1], EXTERNAL]),
            atoms=random.choice([*AMOUNTS, 0, coins.DAY_NS * 60_000]),
            bank_reference=f"wire {random.randrange(25)}",
        )

    def _mint(self, time_ns: int) -> PlainCommand:
        random = self._random
        coin, number, account, atoms = self._coin(), random.randrange(9), self._person(), random.choice(AMOUNTS)
        if self._receipts and random.random() < 0.9:
            coin, number, account, atoms = random.choice(self._receipts)
        return coins.Mint(
            reference=self._reference(),
            coin=coin,
            minter=random.choice([ISSUER] * 6 + [BRANCH]),
            receipt=number,
            account=account,
            atoms=atoms,
        )

    def _redeem(self, time_ns: int) -> PlainCommand:
        return coins.RequestRedemption(
            reference=self._reference(),
            coin=self._coin(),
            account=self._random.choice([self._person()] * 6 + [accounts_of(0)[2], accounts_of(0)[1]]),
            atoms=self._random.choice(AMOUNTS),
            payee="iban",
        )

    def _pay(self, time_ns: int) -> PlainCommand:
        random = self._random
        return coins.PayRedemptions(
            reference=self._reference(),
            coin=self._coin(),
            reserve=random.choice([coins.OWN_MONEY, 0, 0, self._some_reserve()]),
            atoms=random.choice(AMOUNTS),
            bank_reference=f"payout {random.randrange(40)}",
        )

    def _withdraw(self, time_ns: int) -> PlainCommand:
        number, account = self._random.choice(self._redemptions[-4:]) if self._redemptions else (1, EXTERNAL)
        if self._random.random() < 0.2:
            account = self._person()
        return coins.WithdrawRedemption(reference=self._reference(), redemption=number, account=account)

    def _treasury(self, time_ns: int) -> PlainCommand:
        random, coin = self._random, self._coin()
        return coins.PayTreasury(
            reference=self._reference(),
            coin=coin,
            asset=random.choice([coin, coin, coin, 2]),
            account=random.choice([self._person()] * 4 + [EXTERNAL, accounts_of(coin)[1], accounts_of(coin)[2]]),
            atoms=random.choice(AMOUNTS),
        )

    def _reserve(self, time_ns: int) -> PlainCommand:
        random = self._random
        coin = self._coin()
        return coins.OpenReserve(
            reference=self._reference(),
            coin=coin,
            custodian=random.choice([BANK, TRUST, TRUST, AGENT]),
            account="more",
            instrument=random.choice(list(coins.Instrument)),
            currency=random.choice([COINS[coin][1:]] * 5 + ["CNY"]),
            maturity_ns=random.choice([0, time_ns + 2 * DAY_NS, time_ns + 31 * DAY_NS, time_ns + 93 * DAY_NS]),
        )

    def _close(self, time_ns: int) -> PlainCommand:
        return coins.CloseReserve(reference=self._reference(), reserve=self._some_reserve())

    def _register(self, time_ns: int) -> PlainCommand:
        """What everybody pays with cannot become a coin."""
        issue, escrow, treasury = accounts_of(2)
        return coins.RegisterCoin(
            reference=self._reference(),
            asset=self._random.choice([2, 2, 3]),
            currency="BTC",
            issuer=ISSUER,
            agent=AGENT,
            issue_account=issue,
            escrow_account=escrow,
            treasury_account=treasury,
        )

    def _pack(self, time_ns: int) -> PlainCommand:
        random = self._random
        return coins.AdoptPack(
            reference=self._reference(),
            coin=self._coin(),
            name="another",
            staleness_ns=random.choice([1, 3 * DAY_NS, 8 * DAY_NS, 40 * DAY_NS]),
            concentration_ppm=random.choice([1, 600_000, 900_000, 1_000_000]),
            redemption_days=random.choice([0, 1, 5]),
            calendar=random.choice([0, 0, 0, 1]),
            haircuts=tuple(random.sample(HAIRCUTS, random.randint(1, len(HAIRCUTS)))),
        )

    def _minter(self, time_ns: int) -> PlainCommand:
        random = self._random
        return coins.SetMinter(
            reference=self._reference(),
            coin=self._coin(),
            minter=random.choice([ISSUER, ISSUER, BRANCH, BANK]),
            cap_atoms=random.choice([0, 500, 5_000]),
            refill_atoms_a_day=random.choice([0, 1, 700]),
        )

    def _burn(self, time_ns: int) -> PlainCommand:
        return coins.Burn(reference=self._reference(), coin=self._coin(), atoms=self._random.choice(AMOUNTS))

    def _pause(self, time_ns: int) -> PlainCommand:
        paused = self._random.choice([0, 0, 0, 1])
        return coins.PauseMinting(reference=self._reference(), coin=self._coin(), paused=paused)

    def _lawful(self, time_ns: int) -> PlainCommand:
        random = self._random
        kind = random.choice(list(coins.LawfulKind))
        coin, account, frozen_by = self._coin(), self._person(), 0
        if self._orders and kind != coins.LawfulKind.FREEZE and random.random() < 0.6:
            frozen_by = random.randint(max(1, len(self._orders) - 2), len(self._orders))
            coin, account = self._orders[frozen_by - 1]
        elif (bound := random.choice([self._bound, self._offered])[-3:]) and random.random() < 0.6:
            asset, account = random.choice(bound)
            coin = asset if asset < len(COINS) else coin
        to = {
            coins.LawfulKind.FREEZE: 0,
            coins.LawfulKind.SEIZE: accounts_of(0)[2],
            coins.LawfulKind.REISSUE: self._person(),
        }[kind]
        return coins.OrderLawful(
            reference=self._reference(),
            order_kind=kind,
            coin=coin,
            account=account,
            atoms=random.choice([*AMOUNTS, 1_500]),
            to_account=to,
            frozen_by=frozen_by,
            authority=random.choice([COURT] * 5 + [BANK]),
            second=random.choice([ISSUER] * 5 + [COURT]),
            basis="case 1 of 2026",
            expires_ns=time_ns + random.choice([0, 1, 3 * DAY_NS, 367 * DAY_NS, *[90 * DAY_NS] * 6]),
        )

    def _of_order(self, time_ns: int) -> PlainCommand:
        random = self._random
        number = random.randint(max(1, len(self._orders) - 3), max(1, len(self._orders)))
        account = self._orders[number - 1][1] if self._orders and random.random() < 0.8 else self._person()
        acts: list[PlainCommand] = [
            coins.EnforceOrder(reference=self._reference(), order=number),
            coins.EnforceOrder(reference=self._reference(), order=number),
            coins.LiftOrder(reference=self._reference(), order=number),
            coins.AppealOrder(reference=self._reference(), order=number, account=account, text="it was not me"),
            coins.AppealOrder(reference=self._reference(), order=number, account=account, text="it was not me"),
            coins.DecideAppeal(reference=self._reference(), order=number, granted=random.choice([0, 1])),
            coins.DecideAppeal(reference=self._reference(), order=number, granted=random.choice([0, 1])),
        ]
        return random.choice(acts)

    def _institution(self, time_ns: int) -> PlainCommand:
        random = self._random
        chance = random.random()
        if chance < 0.2:
            return founding(self._reference())
        if chance < 0.5:
            terms = institutions.InstitutionTerms(
                name="another",
                duties=random.choice([1, 2, 16, 8, 9, 63]),
                quorum=random.choice([2, 3, 1]),
                seats=tuple(self._terms(time_ns) for _ in range(random.randint(0, 2))),
            )
            return institutions.AddInstitution(reference=self._reference(), terms=terms)
        if chance < 0.8:
            return institutions.SetQuorum(
                reference=self._reference(),
                institution=random.choice([TRUST, SUPERVISOR, BRANCH]),
                persons=random.choice([2, 2, 3]),
            )
        return institutions.AdoptControls(
            reference=self._reference(), institution=random.choice([OPERATOR, OPERATOR, BANK, SUPERVISOR])
        )

    def _terms(self, time_ns: int) -> institutions.SeatTerms:
        random = self._random
        self._people += random.choice([0, 1, 1, 1])
        person = Person(self._people, random.choice(list(Role)), random.choice(list(Scheme)))
        return seat_terms(person, random.choice([0, time_ns + 1]), random.choice([0, 0, time_ns + DAY_NS]))

    def _seat(self, time_ns: int) -> PlainCommand:
        random = self._random
        institution = random.choice([BRANCH, BRANCH, COURT, SUPERVISOR])
        if random.random() < 0.6:
            return institutions.SeatPerson(
                reference=self._reference(), institution=institution, terms=self._terms(time_ns)
            )
        return institutions.RevokeSeat(
            reference=self._reference(),
            institution=random.choice([BRANCH, ISSUER, SUPERVISOR]),
            seat=random.choice([0, 1, 2, 2, 2, 3, 7]),
        )

    def _control(self, time_ns: int) -> PlainCommand:
        random = self._random
        account, reference = self._person(), self._reference()
        until_ns = time_ns + random.choice([1, 4 * DAY_NS])
        acts: list[PlainCommand] = [
            FreezeAccount(reference=reference, account=account, until_ns=until_ns),
            FreezeAccount(reference=reference, account=account, until_ns=until_ns),
            UnfreezeAccount(reference=reference, account=account),
            SetFeeTier(reference=reference, tier=0, maker_ppm=0, taker_ppm=random.choice([0, 5_001])),
            ListAsset(reference=reference, code=f"N{self._references}", scale=0),
            OpenAccounts(
                reference=reference,
                account_kind=random.choice([1, 3]),
                count=1,
                label=random.choice(["", f"more:{self._references}"]),
                tier=0,
                trade_group=-1,
            ),
            coins.AdoptCalendar(
                reference=reference, name="other days", zone="UTC", cutoffs_ns=CUTOFFS_NS[random.randrange(9) :]
            ),
        ]
        return random.choice(acts)
