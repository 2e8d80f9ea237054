"""A stage with institutions and a coin on it: the core and the model side by side, and people who sign.

stage = CoinStage()
stage.attest(1_000)                        # the bank holds 1,000 for the issuer
stage.fund("ann", 600)                     # ann's money came in, and is minted for
number = stage.redeem("ann", 200)
stage.pay(200)
assert stage.coins("ann") == 400
"""

from collections.abc import Iterable
from copy import deepcopy

from venus.core.machine import Machine
from venus.records.coins import (
    DAY_NS,
    OWN_MONEY,
    AdoptCalendar,
    AdoptPack,
    AttestReserve,
    ConfirmReceipt,
    HaircutStep,
    Instrument,
    Mint,
    OpenReserve,
    PayRedemptions,
    RegisterCoin,
    RequestRedemption,
    SetMinter,
)
from venus.records.commands import RULES_LATEST, AccountKind, ListAsset, NoteClockJump, PlainCommand
from venus.records.events import Event, EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.officials import AGENT, BANK, ISSUER, SUPERVISOR, founding, signed_by
from venus.testing.play import Play

HOUR_NS = DAY_NS // 24
START_NS = 20_600 * DAY_NS + 10 * HOUR_NS
"""Ten in the morning of a Wednesday; Thursday and Friday are business days, the weekend is none."""
CUTOFFS_NS = tuple((20_600 + day) * DAY_NS + 17 * HOUR_NS for day in (0, 1, 2, 5, 6, 7, 8, 9, 12, 13))
PLENTY = 10**15
HAIRCUTS = (
    HaircutStep(instrument=Instrument.DEPOSIT, tenor_ns=0, haircut_ppm=0),
    HaircutStep(instrument=Instrument.DEPOSIT, tenor_ns=92 * DAY_NS, haircut_ppm=10_000),
    HaircutStep(instrument=Instrument.BILL, tenor_ns=30 * DAY_NS, haircut_ppm=5_000),
    HaircutStep(instrument=Instrument.BILL, tenor_ns=93 * DAY_NS, haircut_ppm=20_000),
    HaircutStep(instrument=Instrument.FUND, tenor_ns=0, haircut_ppm=50_000),
)


class Refused(AssertionError):
    """A command that had to be applied was not."""


class CoinStage:
    """vUSD of the issuer, one atom to the unit, its reserve 0 at the bank; `time_ns` is what the next frame bears."""

    def __init__(self, *, furnished: bool = True, play: Play | None = None, rules: int = RULES_LATEST) -> None:
        self.play = play or Play(furnished=False, rules=rules)
        self.play.time_ns = START_NS
        self.coin = 0
        self._banked = 0
        if furnished:
            self._found()

    def branch(self) -> "CoinStage":
        """A stage that goes on from here by itself: what is done there is not done here."""
        other = CoinStage(furnished=False)
        core = self.play.opinions.machines["core"]
        assert isinstance(core, Machine)
        machine = Machine()
        machine.restore({name: array.copy() for name, array in core.arrays().items()})
        play = other.play
        play.model = deepcopy(self.play.model)
        play.opinions = Opinions({"model": play.model, "core": machine})
        play.accounts, play.assets = dict(self.play.accounts), dict(self.play.assets)
        play.time_ns, play._references = self.play.time_ns, self.play._references
        other.coin, other._banked = self.coin, self._banked
        return other

    @property
    def time_ns(self) -> int:
        return self.play.time_ns

    def later(self, ns: int) -> None:
        self.play.time_ns += ns

    def until(self, time_ns: int) -> None:
        assert time_ns >= self.play.time_ns
        self.play.time_ns = time_ns

    def reference(self) -> str:
        return self.play.reference()

    def account(self, name: str) -> int:
        """The number of a person's account, opened at the first mention."""
        return self.play._account(name)

    def coins(self, name: str) -> int:
        return self.play.model.ledger.free[self.account(name), self.coin]

    def held(self, account: int) -> int:
        return self.play.model.ledger.held[account, self.coin]

    @property
    def supply(self) -> int:
        return self.play.model.affairs.coins.supply_atoms(self.coin)

    @property
    def backing(self) -> int:
        return self.play.model.affairs.coins.coins[self.coin].backing_atoms

    @property
    def minter_left(self) -> int:
        """What the issuer may mint now."""
        return self.play.model.affairs.coins.coins[self.coin].minters[ISSUER].allowance_atoms(self.time_ns)

    @property
    def wires(self) -> int:
        """How many bank references were used; the last is "wire" or "payout" and this number."""
        return self._banked

    def ask(self, command: PlainCommand, *institutions: int) -> list[Event]:
        """The command with a quorum of each institution, or bare; all events, timers' too."""
        asked = signed_by(command, self.time_ns, *institutions) if institutions else command
        return self.play.cold(asked)

    def do(self, command: PlainCommand, *institutions: int) -> Event:
        """What must be applied; its own event."""
        event = self.ask(command, *institutions)[-1]
        if event.kind == EventKind.REJECTED:
            raise Refused(f"{command}: {Reject(event.reason).name}")
        return event

    def reject(self, command: PlainCommand, *institutions: int) -> Reject:
        """What must be refused; the reason."""
        return reject_of(self.ask(command, *institutions))

    def open(self, kind: AccountKind, label: str) -> int:
        self.play.accounts[label] = self.play._open_account(label, kind)
        return self.play.accounts[label]

    def _found(self) -> None:
        self.open(AccountKind.HOUSE, "house")
        self.do(ListAsset(reference="vUSD", code="vUSD", scale=0))
        self.do(founding())
        self.register(self.coin, "vUSD")
        self.do(
            AdoptCalendar(reference="calendar", name="new york", zone="America/New_York", cutoffs_ns=CUTOFFS_NS),
            SUPERVISOR,
        )
        self.do(self.pack(), ISSUER, SUPERVISOR)
        self.do(self.minter(PLENTY, 0), ISSUER, SUPERVISOR)
        self.do(self.reserve(), ISSUER, BANK)

    def register(self, asset: int, code: str) -> None:
        self.do(self.registration(asset, code), ISSUER, SUPERVISOR)

    def registration(self, asset: int, code: str) -> RegisterCoin:
        """With its accounts, which are opened if they are not yet."""
        kinds = {"issuer": AccountKind.EXTERNAL, "escrow": AccountKind.HOUSE, "treasury": AccountKind.HOUSE}
        places = {
            what: self.play.accounts.get(f"{what}:{code}") or self.open(kind, f"{what}:{code}")
            for what, kind in kinds.items()
        }
        return RegisterCoin(
            reference=f"coin {code}",
            asset=asset,
            currency=code[1:],
            issuer=ISSUER,
            agent=AGENT,
            issue_account=places["issuer"],
            escrow_account=places["escrow"],
            treasury_account=places["treasury"],
        )

    def pack(
        self,
        *,
        staleness_ns: int = 30 * DAY_NS,
        concentration_ppm: int = 1_000_000,
        redemption_days: int = 1,
        haircuts: Iterable[HaircutStep] = HAIRCUTS,
    ) -> AdoptPack:
        return AdoptPack(
            reference=self.reference(),
            coin=self.coin,
            name="pack of a test",
            staleness_ns=staleness_ns,
            concentration_ppm=concentration_ppm,
            redemption_days=redemption_days,
            calendar=0,
            haircuts=tuple(haircuts),
        )

    def minter(self, cap_atoms: int, refill_atoms_a_day: int, minter: int = ISSUER) -> SetMinter:
        return SetMinter(
            reference=self.reference(),
            coin=self.coin,
            minter=minter,
            cap_atoms=cap_atoms,
            refill_atoms_a_day=refill_atoms_a_day,
        )

    def reserve(
        self,
        custodian: int = BANK,
        instrument: Instrument = Instrument.DEPOSIT,
        maturity_ns: int = 0,
        currency: str = "USD",
    ) -> OpenReserve:
        return OpenReserve(
            reference=self.reference(),
            coin=self.coin,
            custodian=custodian,
            account="account 7",
            instrument=instrument,
            currency=currency,
            maturity_ns=maturity_ns,
        )

    def attestation(self, atoms: int, reserve: int = 0, as_of_ns: int | None = None) -> AttestReserve:
        as_of_ns = self.time_ns if as_of_ns is None else as_of_ns
        return AttestReserve(reference=self.reference(), reserve=reserve, as_of_ns=as_of_ns, atoms=atoms)

    def attest(self, atoms: int, reserve: int = 0, custodian: int = BANK) -> None:
        self.do(self.attestation(atoms, reserve), custodian)

    def receipt(self, name: str, atoms: int, reserve: int = 0) -> int:
        """The bank says that somebody's money came in; the receipt's number."""
        self._banked += 1
        command = ConfirmReceipt(
            reference=self.reference(),
            reserve=reserve,
            account=self.account(name),
            atoms=atoms,
            bank_reference=f"wire {self._banked}",
        )
        return self.do(command, BANK).order_id

    def mint(self, name: str, atoms: int, receipt: int, minter: int = ISSUER) -> Mint:
        return Mint(
            reference=self.reference(),
            coin=self.coin,
            minter=minter,
            receipt=receipt,
            account=self.account(name),
            atoms=atoms,
        )

    def fund(self, name: str, atoms: int) -> None:
        """Money in, coins out."""
        self.do(self.mint(name, atoms, self.receipt(name, atoms)), ISSUER)

    def redemption(self, name: str, atoms: int) -> RequestRedemption:
        return RequestRedemption(
            reference=self.reference(), coin=self.coin, account=self.account(name), atoms=atoms, payee="DE02 1203"
        )

    def redeem(self, name: str, atoms: int) -> Event:
        return self.do(self.redemption(name, atoms))

    def payout(self, atoms: int, reserve: int = OWN_MONEY) -> PayRedemptions:
        self._banked += 1
        return PayRedemptions(
            reference=self.reference(),
            coin=self.coin,
            reserve=reserve,
            atoms=atoms,
            bank_reference=f"payout {self._banked}",
        )

    def pay(self, atoms: int, reserve: int = 0) -> list[Event]:
        """The agent pays; what each of the queue got."""
        events = self.ask(self.payout(atoms, reserve), AGENT)
        assert events[-1].kind == EventKind.REDEMPTIONS_PAID, events[-1]
        return [event for event in events if event.kind == EventKind.REDEMPTION_PAID]

    def timers(self) -> list[Event]:
        """What time alone does now: a command that changes nothing is asked to see it."""
        events = self.play.cold(NoteClockJump(reference=self.reference(), by_ns=0))
        return [event for event in events if event.flags & EventFlag.TIMER]


def reject_of(events: list[Event]) -> Reject:
    [*_, last] = events
    assert last.kind == EventKind.REJECTED, last
    return Reject(last.reason)
