"""What people of a market between people do, and its arbiters, one act at a time, mostly as it should be."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

import msgspec

from venus.records import p2p
from venus.records.coins import DAY_NS
from venus.records.commands import TRADE_GROUP_NONE, AccountKind, ListAsset, MoveToRules, OpenAccounts, PlainCommand
from venus.records.events import Event, EventKind
from venus.records.institutions import AddInstitution
from venus.records.looks import NoteLooks
from venus.records.p2p_states import AdvertState, OrderState
from venus.testing.coin_acts import Acts
from venus.testing.holder_acts import PERSON_FIRST, PERSONS
from venus.testing.officials import ARBITER, CURRENCY_BODIES, MARKET_BODIES, OPERATOR
from venus.testing.p2p_order_acts import OrderActs

MINUTE_NS = 60 * 10**9
HOUR_NS = 60 * MINUTE_NS
USD, BTC, ETH = 0, 2, 3  # vUSD, BTC and an asset with decimals
MORE_PERSONS = 2
TRADERS = PERSONS + MORE_PERSONS
PEOPLE = (1_001, 1_002, 1_003, 122, 1_001, 1_004)
"""Whose the accounts are: the fourth is an arbiter's, the fifth the first one's other."""
FIATS = (p2p.Fiat(code="USD", exponent=2), p2p.Fiat(code="JPY", exponent=0), p2p.Fiat(code="KWD", exponent=3))
TRADABLE = (
    p2p.Tradable(asset=USD, atoms_min=5, large_atoms=300),
    p2p.Tradable(asset=BTC, atoms_min=20, large_atoms=9_000),
    p2p.Tradable(asset=ETH, atoms_min=100, large_atoms=10**7),
)
TEXTS = (b"\1" * 32, b"\2" * 32)
UNIT = {USD: 40, BTC: 1_000, ETH: 10**6}
"""Atoms of a usual order."""
PRICE = {USD: 7 * 10**8, BTC: 31 * 10**7, ETH: 2_000 * 10**8 + 12_345_679}


def terms_of_market(reference: str, random: Random | None = None, bond_asset: int = BTC) -> p2p.SetP2pTerms:
    """The first terms; or others. bond_asset: of the first"""
    first = random is None
    pick = (lambda values: values[0]) if random is None else random.choice
    return p2p.SetP2pTerms(
        reference=reference,
        arbiter=ARBITER if first else pick([ARBITER] * 8 + [OPERATOR, 99]),
        maker_fee_ppm=pick([2_000, 0, 3_500]),
        taker_fee_ppm=pick([3_500, 0, 1]),
        fiats=pick([FIATS, FIATS, FIATS, FIATS[:2]]),
        assets=pick([TRADABLE, TRADABLE, TRADABLE, TRADABLE[1:]]),
        pay_ns_min=pick([MINUTE_NS, MINUTE_NS, MINUTE_NS - 1]),
        pay_ns_max=90 * MINUTE_NS,
        release_ns=pick([HOUR_NS, 2 * MINUTE_NS]),
        evidence_ns=pick([3 * HOUR_NS, 5 * MINUTE_NS]),
        aftermath_ns=pick([DAY_NS, 10 * MINUTE_NS]),
        index_ns=pick([20 * MINUTE_NS, HOUR_NS]),
        bond_asset=pick([bond_asset, BTC, USD, USD, ETH, 9]),
        slash_atoms=pick([101, 101, 0, 10**6]),
    )


def founding_of_market(bond_asset: int) -> Iterator[PlainCommand]:
    """Upon an exchange of coins: the other institutions, an asset, two accounts, terms, traders, prices."""
    for body in CURRENCY_BODIES + MARKET_BODIES:
        yield AddInstitution(reference=f"add {body.name}", terms=body.terms())
    yield ListAsset(reference="asset ETH", code="ETH", scale=4)
    yield OpenAccounts(
        reference="more persons",
        account_kind=AccountKind.PERSON,
        count=MORE_PERSONS,
        label="",
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
    yield terms_of_market("terms", bond_asset=bond_asset)
    for one, person in enumerate(PEOPLE):
        yield p2p.EnrolTrader(reference=f"trader {one}", account=account_of(one), person=person)


def account_of(trader: int) -> int:
    """Those who have coins, then those who were opened later; no account lies between."""
    return PERSON_FIRST + trader


class Offer(NamedTuple):
    """What a stream knows of an advert."""

    account: int
    side: int
    asset: int
    text_hash: bytes
    methods: tuple[int, ...]
    floats: bool


class MarketActs(OrderActs):
    """It knows adverts and orders as events told them, and of adverts what was asked for."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._coins = Acts(random)
        self._offers: dict[int, Offer] = {}
        self._resting: list[int] = []
        self._looked = 0
        self._asked: PlainCommand | None = None

    @property
    def coin_accounts(self) -> list[int]:
        return self._coins.coin_accounts

    def learn(self, event: Event) -> None:
        self._coins.learn(event)
        super().learn(event)
        asked = self._asked
        match event.kind:
            case EventKind.ADVERT_POSTED if isinstance(asked, p2p.PostAdvert):
                place = (event.account, event.side, event.symbol)
                self._offers[event.order_id] = Offer(*place, asked.text_hash, asked.methods, asked.price == 0)
            case EventKind.ADVERT_EDITED if isinstance(asked, p2p.EditAdvert):
                if before := self._offers.get(event.order_id):
                    self._offers[event.order_id] = before._replace(
                        text_hash=asked.text_hash, methods=asked.methods, floats=asked.price == 0
                    )
            case EventKind.ADVERT_STATE_SET:
                self._resting = [one for one in self._resting if one != event.order_id]
                self._resting += [event.order_id] if event.reason == AdvertState.RESTING else []
                if event.reason == AdvertState.CLOSED:
                    self._offers.pop(event.order_id, None)

    def signers(self, command: PlainCommand) -> list[int]:
        """The institutions whose quorums an act needs, as far as a stream knows."""
        match command:
            case p2p.SetP2pTerms():
                return [OPERATOR] if self._coins._controlled else []
            case p2p.SanctionTrader():
                return [OPERATOR if self._coins._controlled and self._random.random() < 0.3 else ARBITER]
            case p2p.DecideDispute() | p2p.RelockEscrow() | p2p.RefuseClaim():
                return [self._random.choice([ARBITER] * 15 + [OPERATOR])]
            case p2p.EnrolTrader() | p2p.NoteIndex():
                return []
            case _:
                return self._coins.signers(command)

    def anything(self, time_ns: int) -> PlainCommand:
        acts: dict[Callable[[int], PlainCommand], int] = {
            self._terms: 2,
            self._enrol: 1,
            self._sanction: 2,
            self._index: 9,
            self._post: 14,
            self._edit: 5,
            self._state: 6,
            self._take: 26,
            self._bond: 7,
            self._of_escrow: 64,
            self._order_of_court: 7,
            self._coins._of_order: 3,
            self._freeze: 3,
            self._coins.anything: 9,
            self._looks: 2,
        }
        [act] = self._random.choices(list(acts), list(acts.values()))
        command = act(time_ns)
        if isinstance(command, MoveToRules):
            command = self._index(time_ns)  # there are no later ones
        self._asked = command
        return command

    def _order_of_court(self, time_ns: int) -> PlainCommand:
        """Over a coin, mostly of who offers it, sells it or has it as his bond."""
        random = self._random
        command = self._coins._lawful(time_ns)
        sellers = [one.account for one in self._offers.values() if one.side == 1 and one.asset == USD]
        sellers += [
            one.seller for one in self._orders.values() if one.state == OrderState.OPEN and one.asset == USD
        ] * 3
        if sellers and random.random() < 0.8:
            fields = {"account": random.choice([*sellers[-6:], self._trader()]), "frozen_by": 0, "coin": USD}
            return msgspec.structs.replace(command, **fields, atoms=random.choice([150, 900, 1_500]))
        return command

    def _terms(self, time_ns: int) -> PlainCommand:
        return terms_of_market(self._reference(), None if self._random.random() < 0.5 else self._random)

    def _looks(self, time_ns: int) -> PlainCommand:
        """The door says how often the journal was looked into."""
        self._looked += self._random.choice([1, 1, 2, 0])
        return NoteLooks(reference=self._reference(), looks=self._looked, head=TEXTS[0])

    def _enrol(self, time_ns: int) -> PlainCommand:
        person = self._random.choice([1_009, 122, 0])
        return p2p.EnrolTrader(
            reference=self._reference(), account=self._random.choice([0, 1, 4, 11, 12]), person=person
        )

    def _sanction(self, time_ns: int) -> PlainCommand:
        random = self._random
        until_ns = random.choice([0, 0, time_ns, time_ns + 1, time_ns + MINUTE_NS, time_ns + HOUR_NS])
        return p2p.SanctionTrader(
            reference=self._reference(), account=self._trader(), until_ns=until_ns, grounds="stalled six buyers"
        )

    def _index(self, time_ns: int) -> PlainCommand:
        random = self._random
        prices = [
            p2p.IndexPrice(asset=asset, fiat=fiat.code, price=PRICE[asset] + random.randint(-(10**6), 10**6))
            for asset in PRICE
            for fiat in FIATS[:2]
        ]
        chance = random.random()
        if chance < 0.05:
            prices.append(prices[0])
        elif chance < 0.1:
            prices.append(
                p2p.IndexPrice(asset=random.choice([BTC, 1]), fiat=random.choice(["KWD", "QQQ"]), price=2**62)
            )
        return p2p.NoteIndex(reference=self._reference(), prices=tuple(prices[random.randrange(2) :]))

    def _figures(self, asset: int) -> tuple[int, int, int, int, int]:
        """atoms, fiat_min, fiat_max, price, margin_ppm"""
        random = self._random
        price, margin = PRICE[asset] + random.randint(-(10**7), 10**7), 0
        if random.random() < 0.35:
            price, margin = 0, random.choice([500_000, 990_000, 1_010_000, 2_000_000])
        atoms = UNIT[asset] * random.choice([1, 3, 8, 8]) + random.randrange(7)
        return atoms, random.choice([1, 1, 300]), random.choice([200_000, 10**8, 2**62]), price, margin

    def _post(self, time_ns: int) -> PlainCommand:
        random = self._random
        asset = random.choice([USD, USD, BTC, BTC, ETH])
        atoms, fiat_min, fiat_max, price, margin = self._figures(asset)
        return p2p.PostAdvert(
            reference=self._reference(),
            account=self._trader(),
            side=random.choice([0, 1, 1]),
            asset=asset,
            fiat=random.choice(["USD", "USD", "JPY", "KWD"]),
            atoms=atoms,
            fiat_min=fiat_min,
            fiat_max=fiat_max,
            price=price,
            margin_ppm=margin,
            pay_ns=random.choice([1, 15, 90]) * MINUTE_NS,
            methods=random.choice([(1,), (1, 2), (1, 2, 9_999)]),
            text_hash=random.choice(TEXTS),
        )

    def _offer(self) -> tuple[int, Offer]:
        random = self._random
        if not self._offers or random.random() < 0.02:
            return random.choice([0, 1, 7]), Offer(11, 1, BTC, TEXTS[0], (1,), False)
        number = random.choice(list(self._offers)[-8:])
        return number, self._offers[number]

    def _edit(self, time_ns: int) -> PlainCommand:
        random = self._random
        number, offer = self._offer()
        asset = offer.asset if offer.asset in PRICE else BTC
        atoms, fiat_min, fiat_max, price, margin = self._figures(asset)
        return p2p.EditAdvert(
            reference=self._reference(),
            advert=number,
            account=offer.account if random.random() < 0.93 else self._trader(),
            atoms=atoms,
            fiat_min=fiat_min,
            fiat_max=fiat_max,
            price=price,
            margin_ppm=margin,
            pay_ns=15 * MINUTE_NS,
            methods=random.choice([(1,), (1, 2)]),
            text_hash=random.choice(TEXTS),
        )

    def _state(self, time_ns: int) -> PlainCommand:
        random = self._random
        number, offer = self._offer()
        if self._resting and random.random() < 0.4:
            number = random.choice(self._resting)
            offer = self._offers.get(number, offer)
        account = offer.account if random.random() < 0.93 else self._trader()
        state = random.choice([1, 1, 2, 2, 3, 4])
        return p2p.SetAdvertState(reference=self._reference(), advert=number, account=account, state=state)

    def _take(self, time_ns: int) -> PlainCommand:
        random = self._random
        number, offer = self._offer()
        asset = offer.asset if offer.asset in PRICE else BTC
        in_fiat = random.random() < 0.4
        atoms = random.choice([UNIT[asset] // 7, *[UNIT[asset], UNIT[asset] + 3] * 4, UNIT[asset] * 9, 1])
        if in_fiat:
            atoms = atoms * PRICE[asset] // 10**6 // (10**4 if asset == ETH else 1) + random.randrange(9)
        usual = 2**62 if offer.side else 1
        traders = [account_of(one) for one in range(TRADERS)]
        return p2p.TakeAdvert(
            reference=self._reference(),
            advert=number,
            account=random.choice([*[one for one in traders if one != offer.account] * 4, offer.account]),
            amount=max(1, atoms),
            in_fiat=int(in_fiat),
            price_limit=random.choice([usual] * 9 + [PRICE[asset]]),
            method=random.choice([*offer.methods * 8, 2]),
            payer_hash=b"p" * 32,
            payee_hash=random.choice([b"q" * 32] * 12 + [b""]),
            retain_days=random.choice([1, 2, 3]),
            terms_hash=offer.text_hash if random.random() < 0.95 else TEXTS[0],
        )

    def _bond(self, time_ns: int) -> PlainCommand:
        random = self._random
        account, atoms = self._trader(), random.choice([1, 300, 300, 5_000, 2**62])
        if random.random() < 0.55:
            return p2p.PostBond(reference=self._reference(), account=account, atoms=atoms)
        return p2p.WithdrawBond(reference=self._reference(), account=account, atoms=random.choice([1, 99, 300]))
