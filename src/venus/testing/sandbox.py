"""A sandbox: an exchange with test money, weeks of history and deep books, made of nothing but journaled commands.

Everything is drawn from one seed, so two sandboxes made at the same time differ only in their keys.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.batch import Batch
from venus.records.commands import (
    COMMAND,
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    Command,
    CommandKind,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    SelfTrade,
    SetFeeTier,
    Side,
    TimeInForce,
    adoption,
    client_digest,
)
from venus.records.events import EventKind
from venus.records.listing import ListedAsset, ListingTexts, listing_command, usual_rules
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.testing.sandbox_coins import PLANS, Founding
from venus.testing.sandbox_currency import CODE, RESERVES, CurrencyFounding, register_wallets
from venus.testing.sandbox_market import (
    ASSETS,
    COIN_LISTINGS,
    FAUCET,
    FEE_PPM,
    FIRST_PERSON,
    LISTINGS,
    MONEY,
    PARTICIPANTS,
    TRADERS,
    Listing,
)
from venus.testing.sandbox_p2p import MERCHANT_NAMES, found_market, register_traders
from venus.units import NS_PER_S, steps

HISTORY_HOURS = 1_200
TRADES_AN_HOUR = 12
LEVELS_A_SIDE = 1_200
COIN_LEVELS_A_SIDE = 200
_HOUR_NS = 3_600 * NS_PER_S

Progress = Callable[[int, int], None]

_MAKERS_MONEY_TIMES = 200
_ORDERS_MAX = 200
_SCALE = dict(ASSETS)
_ASSET_NUMBER = {code: number for number, (code, _) in enumerate(ASSETS)}


Assets = tuple[tuple[str, int], ...]
"""Codes and scales, in the order of their numbers."""


def list_symbol(assets: Assets, listing: Listing, orders_max: int) -> ListSymbol:
    """The command that lists a symbol."""
    scale, codes = dict(assets), [code for code, _ in assets]
    base, quote = (ListedAsset(codes.index(code), scale[code]) for code in (listing.base, listing.quote))
    texts = ListingTexts(
        listing.tick,
        listing.lot,
        listing.price_max,
        listing.quantity_max,
        listing.market_max,
        listing.notional_min,
        listing.notional_max,
    )
    return listing_command(f"list:{listing.code}", listing.code, base, quote, texts, orders_max)


def genesis(
    assets: Assets, listings: tuple[Listing, ...], persons: tuple[str, ...], orders_max: int
) -> Iterator[ColdCommand]:
    """The commands that make an exchange: its rules, house, faucet, persons, assets, fees, symbols."""
    for rules in range(2, RULES_LATEST + 1):
        yield adoption(f"rules:{rules}", rules)
    for kind, label in ((AccountKind.HOUSE, "house:fees"), (AccountKind.EXTERNAL, "external:faucet")):
        yield OpenAccounts(
            reference=f"open:{label}", account_kind=kind, count=1, label=label, tier=0, trade_group=TRADE_GROUP_NONE
        )
    yield OpenAccounts(
        reference="open:persons",
        account_kind=AccountKind.PERSON,
        count=len(persons),
        label="",
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
    for code, scale in assets:
        yield ListAsset(reference=f"list:{code}", code=code, scale=scale)
    yield SetFeeTier(reference="fees:0", tier=0, maker_ppm=FEE_PPM, taker_ppm=FEE_PPM)
    for listing in listings:
        yield list_symbol(assets, listing, orders_max)


def name_orders(records: np.ndarray, texts: list[bytes]) -> None:
    """Give COMMAND[n] their client order ids."""
    digests = [client_digest(text.decode()) for text in texts]
    records["client_hi"], records["client_lo"] = zip(*digests, strict=True)
    records["text_bytes"] = [len(text) for text in texts]


class Orders:
    """Gathers hot commands for one frame."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._texts: list[bytes] = []

    def add(self, text: str, **fields: int) -> None:
        hi, lo = client_digest(text)
        fields |= {"client_hi": hi, "client_lo": lo, "text_bytes": len(text)}
        self._rows.append(tuple(fields.get(name, 0) for name in COMMAND.names or ()))
        self._texts.append(text.encode())

    def take(self) -> tuple[np.ndarray, bytes]:
        """COMMAND[n] and their texts; empties this."""
        records, texts = np.array(self._rows, COMMAND), b"".join(self._texts)
        self._rows, self._texts = [], []
        return records, texts

    def __len__(self) -> int:
        return len(self._rows)


def deposits(persons: tuple[str, ...], faucets: dict[str, int]) -> tuple[np.ndarray, bytes]:
    """Test money: of coins from what their issuers set aside, of all else from outside.

    Makers get more, since they stand for a whole market.
    """
    orders = Orders()
    for number, name in enumerate(persons, FIRST_PERSON):
        for code, amount in MONEY.items():
            atoms = steps(amount, _SCALE[code]) * (_MAKERS_MONEY_TIMES if name in PARTICIPANTS else 1)
            orders.add(
                f"faucet:{name}:{code}",
                kind=CommandKind.TRANSFER,
                account=faucets.get(code, FAUCET),
                target_lo=number,
                subject=_ASSET_NUMBER[code],
                quantity=atoms,
            )
    return orders.take()


def check_done(batch: Batch) -> None:
    """Assert that nothing of a frame was refused: what makes an exchange must all be possible."""
    refused = batch.events[batch.events["kind"] == EventKind.REJECTED]
    assert not len(refused), [(Reject(int(event["reason"])).name, int(event["sequence"])) for event in refused]


class _Walk:
    """Seeded prices: ETHBTC follows from the two dollar markets, as arbitrage would have it."""

    def __init__(self, seed: int, steps_count: int) -> None:
        self.chance = np.random.default_rng(seed)
        drift = self.chance.normal(0.0, 0.0022, (3, steps_count)).cumsum(axis=1)
        drift -= drift[:, -1:]  # so that history ends where the books begin
        dollars = np.array([[listing.price] for listing in LISTINGS[:3]]) * np.exp(drift)
        self.prices = np.vstack([dollars, dollars[1] / dollars[0]])
        self.ends = [*self.prices[:, -1].tolist(), *(listing.price for listing in COIN_LISTINGS)]


def _lots(listing: Listing, chance: np.random.Generator) -> int:
    return max(20, int(listing.typical_quantity / float(listing.lot) * chance.lognormal(0.0, 0.8)))


def _history(walk: _Walk) -> np.ndarray:
    """COMMAND[steps, symbols, 2]: at each step a maker's order of each symbol and the taker's that meets it."""
    steps_count = HISTORY_HOURS * TRADES_AN_HOUR
    shape = (steps_count, len(LISTINGS))
    chance = walk.chance
    first, count = FIRST_PERSON + len(TRADERS), len(PARTICIPANTS)
    maker = chance.integers(count, size=shape)
    taker = (maker + 1 + chance.integers(count - 1, size=shape)) % count
    buys = chance.integers(2, size=shape)  # of the taker
    lots = [listing.typical_quantity / float(listing.lot) for listing in LISTINGS]
    ticks = [float(listing.tick) for listing in LISTINGS]
    records = np.zeros((*shape, 2), COMMAND)
    records["kind"] = CommandKind.ORDER
    records["type"] = OrderType.LIMIT
    records["stp"] = SelfTrade.EXPIRE_MAKER
    records["subject"] = np.arange(len(LISTINGS))[:, None]
    records["price_ticks"] = np.rint(walk.prices.T / ticks)[..., None]
    records["quantity"] = np.maximum(20, lots * chance.lognormal(0.0, 0.8, shape))[..., None]
    records["account"] = first + np.stack([maker, taker], axis=2)
    records["side"] = np.where(np.stack([buys, 1 - buys], axis=2), Side.SELL, Side.BUY)
    records["tif"] = [TimeInForce.GTC, TimeInForce.IOC]
    return records


def _write_history(writer: OfflineWriter, walk: _Walk, first_ns: int, progress: Progress) -> None:
    """Trades between simulated participants, from weeks ago until now: one frame a step, all symbols in it."""
    history = _history(walk)
    codes = [listing.code for listing in LISTINGS]
    for step, records in enumerate(history.reshape(len(history), -1)):
        texts = [f"history-{code}-{step}-{role}".encode() for code in codes for role in "mt"]
        name_orders(records, texts)
        check_done(writer.hot(first_ns + (step * _HOUR_NS) // TRADES_AN_HOUR, records, b"".join(texts)))
        if step % 128 == 0:
            progress(step, len(history))


def _write_books(writer: OfflineWriter, walk: _Walk, now_ns: int) -> None:
    """Every symbol LEVELS_A_SIDE deep on both sides, or COIN_LEVELS_A_SIDE, thinner far away from the price."""
    orders = Orders()
    chance = walk.chance
    for symbol, listing in enumerate((*LISTINGS, *COIN_LISTINGS)):
        middle = round(walk.ends[symbol] / float(listing.tick))
        step = max(1, middle // 40_000)
        for level in range(LEVELS_A_SIDE if symbol < len(LISTINGS) else COIN_LEVELS_A_SIDE):
            for side in (Side.BUY, Side.SELL):
                apart = 1 + level * step
                maker = FIRST_PERSON + len(TRADERS) + level % len(PARTICIPANTS)
                orders.add(
                    f"book-{listing.code}-{side.name[0]}{level}",
                    kind=CommandKind.ORDER,
                    account=maker,
                    subject=symbol,
                    side=side,
                    type=OrderType.LIMIT,
                    tif=TimeInForce.GTC,
                    stp=SelfTrade.EXPIRE_MAKER,
                    price_ticks=middle - apart if side == Side.BUY else middle + apart,
                    quantity=_lots(listing, chance),
                )
        check_done(writer.hot(now_ns, *orders.take()))


def make_sandbox(places: Places, registry: Registry, now_ns: int, seed: int, progress: Progress) -> None:
    """Make the exchange of an empty directory. Raises what the journal raises."""
    persons = TRADERS + PARTICIPANTS + MERCHANT_NAMES
    accounts = {name: FIRST_PERSON + place for place, name in enumerate(persons)}
    first_ns = now_ns - HISTORY_HOURS * _HOUR_NS
    walk = _Walk(seed, HISTORY_HOURS * TRADES_AN_HOUR)
    people = register(registry, persons)
    with OfflineWriter(places) as writer:
        listings = (*LISTINGS, *COIN_LISTINGS)
        for command in genesis(ASSETS, listings, persons, _ORDERS_MAX):
            check_done(writer.cold(first_ns, command))
        for symbol, listing in enumerate(listings):
            check_done(writer.cold(first_ns, usual_rules(f"rules:{listing.code}", symbol)))
        founding, founded = _found(writer, seed, first_ns)
        check_done(writer.hot(first_ns, *gathered(founded.funding(_ASSET_NUMBER[CODE]))))
        check_done(writer.hot(first_ns, *deposits(persons, founding.faucets | {CODE: founded.treasuries[0]})))
        found_market(lambda command: check_done(writer.cold(first_ns, command)), accounts, people, founded.wallets)
        _write_history(writer, walk, first_ns, progress)
        for plan in PLANS:
            founding.attest(plan, _SCALE[plan.code], now_ns)
        _write_books(writer, walk, now_ns)
    register_wallets(registry, founded, _ASSET_NUMBER[CODE])
    register_traders(registry, accounts, people, founded.wallets)


def gathered(pairs: list[tuple[Command, str]]) -> tuple[np.ndarray, bytes]:
    """COMMAND[n] and their texts, of commands as the engine's client takes them."""
    packed = b"".join(command._replace(text_bytes=len(text.encode())).pack() for command, text in pairs)
    return np.frombuffer(packed, COMMAND), "".join(text for _, text in pairs).encode()


def _found(writer: OfflineWriter, seed: int, first_ns: int) -> tuple[Founding, CurrencyFounding]:
    """Institutions, coins and the currency; what they do later they do at the time they are told."""

    def ask(time_ns: int, command: ColdCommand) -> np.void:
        batch = writer.cold(time_ns, command)
        check_done(batch)
        return batch.events[-1]

    founding = Founding(ask, seed, first_ns)
    founding.found()
    for plan in PLANS:
        founding.make_coin(plan, _ASSET_NUMBER[plan.code], _SCALE[plan.code])
    founded = CurrencyFounding(founding, ask, first_ns)
    founded.found(_ASSET_NUMBER[CODE], _ASSET_NUMBER[RESERVES])
    founded.open_wallets(_ASSET_NUMBER[CODE])
    return founding, founded


class Keys(NamedTuple):
    apiKey: str
    secret: str


def register(registry: Registry, persons: tuple[str, ...]) -> dict[str, int]:
    """Enter the persons' accounts in the registry; their own numbers by name."""
    registry.name_fee_tier(0, "standard")
    people = {name: registry.add_person(name) for name in persons}
    for number, name in enumerate(persons, FIRST_PERSON):
        registry.add_account(number, name, people[name])
    return people


def issue_keys(registry: Registry, names: tuple[str, ...]) -> dict[str, Keys]:
    """A new HMAC key for each of these persons' accounts."""
    numbers = {facts.label: facts.number for facts in registry.accounts()}
    everything = Permission.everything()
    return {
        name: Keys(*registry.add_api_key(numbers[name], permissions=everything, label="sandbox")[:2]) for name in names
    }
