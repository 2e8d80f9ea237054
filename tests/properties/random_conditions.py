"""A small exchange under rules 2 that is asked for everything at random: conditional orders, icebergs, pegs, lists.

The slow model plays it, so that views are tested without the core; that both agree is tested elsewhere.
"""

from functools import cache
from random import Random
from typing import Any

import numpy as np

from tests.properties.random_exchange import (
    CLIENT_IDS,
    FUNDS,
    OPENING,
    SYMBOLS,
    TRADERS,
    change_order,
    cold_command,
    hot_command,
    play,
    text_of,
)
from venus.model.exchange import Exchange
from venus.records.batch import Batch
from venus.records.commands import (
    COMMAND,
    FEATURES_ALL,
    LEGS,
    AdoptRules,
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    Feature,
    ListType,
    OrderType,
    ResumeSymbol,
    SetAssetLimit,
    SetExchangeLimits,
    SetSymbolRules,
    Side,
    TimeInForce,
    UnfreezeAccount,
    client_digest,
    order_terms,
    peg_of,
)

Sent = tuple[Command, str]  # with its text

_WORKING = (OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT_MAKER)
_STOP_LOSSES = (OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT)
_TAKE_PROFITS = (OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
_PRICE = 100
FRAMES = 25
STREAMS = 96
"""The model is slow: streams are kept, and the tests of all views look at the same ones."""


def _price(chance: Random, spread: float = 2) -> int:
    return max(1, round(chance.gauss(_PRICE, spread)))


def _named(command: Command, chance: Random) -> Sent:
    """With a client id now and then, and a strategy behind it."""
    text = CLIENT_IDS[chance.choice((0, 0, 0, 0, 1, 2, 3, 4))]
    hi, lo = client_digest(text)
    if text and command.kind == CommandKind.ORDER and chance.random() < 0.5:
        text += chance.choice((" 7", " 7 1000001", " - 1000002"))
    return command._replace(client_hi=hi, client_lo=lo, text_bytes=len(text)), text


def _order(chance: Random, order_type: OrderType, side: int, account: int, symbol: int, lots: int) -> Command:
    """An order of a type, with terms that suit it more often than not."""
    conditional = order_type >= OrderType.STOP_LOSS
    priced = order_type not in (OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT)
    tif = TimeInForce.GTC
    if priced and order_type != OrderType.LIMIT_MAKER:
        tif = chance.choice((TimeInForce.GTC,) * 4 + (TimeInForce.IOC, TimeInForce.FOK))
    peg = price = trigger = trail = display = 0
    if priced:
        price = _price(chance)
        if chance.random() < 0.15:
            market = order_type != OrderType.LIMIT_MAKER and chance.random() < 0.4
            peg = peg_of(market=market, offset=chance.choice((0, 0, 1)))
            price = chance.choice((0, price))
        if tif is TimeInForce.GTC and chance.random() < 0.3:
            display = chance.randint(1, max(1, lots))
    if conditional:
        above = (order_type in _STOP_LOSSES) == (side == Side.BUY)
        trigger = max(1, _PRICE + (1 if above else -1) * chance.randint(0, 4))
        if chance.random() < 0.3:
            trail = chance.choice((50, 100, 300))
            trigger = chance.choice((0, trigger))
    return Command(
        kind=CommandKind.ORDER,
        account=account,
        subject=symbol,
        side=side,
        type=order_type,
        tif=tif,
        stp=chance.choice((0, 0, 0, 1, 2, 3, 4, 5)),
        price_ticks=price,
        quantity=lots,
        target_hi=trigger,
        target_lo=order_terms(display, trail),
        peg=peg,
    )


def _list(chance: Random) -> list[Sent]:
    """A list with its legs, of shapes that mostly are right."""
    account, symbol = chance.choice(TRADERS), chance.choice(SYMBOLS)
    list_type = chance.choice(list(ListType))
    lots, side = chance.randint(1, 30), chance.choice(list(Side))
    pays = list_type in (ListType.OPO, ListType.OPOCO)
    legs = []
    if list_type is not ListType.OCO:
        working_side = Side.BUY if pays else chance.choice(list(Side))
        legs.append(_order(chance, chance.choice(_WORKING), working_side, account, symbol, lots))
        lots, side = (0, Side.SELL) if pays else (chance.randint(1, 30), side)
    if LEGS[list_type] - len(legs) == 2:
        better = _order(chance, chance.choice(_TAKE_PROFITS), side, account, symbol, lots)
        if better.price_ticks and not better.target_hi:  # a limit of its own, away from the market
            away = chance.randint(1, 4)
            better = better._replace(price_ticks=_PRICE + (away if side == Side.SELL else -away))
        legs += [_order(chance, chance.choice(_STOP_LOSSES), side, account, symbol, lots), better]
    else:
        legs.append(_order(chance, chance.choice(list(OrderType)), side, account, symbol, lots))
    if pays:
        legs[1:] = [leg._replace(target_lo=order_terms(0, leg.target_lo >> 48)) for leg in legs[1:]]
    head = Command(kind=CommandKind.LIST, type=list_type, account=account, subject=symbol)
    return [_named(command, chance) for command in (head, *legs)]


def _cancel_list(chance: Random) -> Sent:
    command = Command(kind=CommandKind.CANCEL_LIST, account=chance.choice(TRADERS), subject=chance.choice(SYMBOLS))
    if chance.random() < 0.6:
        command = command._replace(target_lo=chance.randint(1, 40), flags=CommandFlag.TARGET_IS_ORDER_ID)
    else:
        hi, lo = client_digest(chance.choice(CLIENT_IDS[1:]))
        command = command._replace(target_hi=hi, target_lo=lo)
    return _named(command, chance)


def _asked(chance: Random) -> list[Sent]:
    what = chance.random()
    if what < 0.3:
        order_type = chance.choice(list(OrderType))
        side, account, symbol = chance.randrange(2), chance.choice(TRADERS), chance.choice(SYMBOLS)
        return [_named(_order(chance, order_type, side, account, symbol, chance.randint(1, 30)), chance)]
    if what < 0.45:
        return _list(chance)
    if what < 0.5:
        return [_cancel_list(chance)]
    if what < 0.62:
        kind = chance.choice((CommandKind.CANCEL, CommandKind.AMEND, CommandKind.AMEND, CommandKind.AMEND))
        account, target = chance.choice(TRADERS), chance.randint(1, 150)
        symbol, client = chance.choice(SYMBOLS), chance.choice((0, 0, 1, 2, 3, 4))
        changed = change_order(account, symbol, kind, target, True, chance.randint(1, 20), client)
        return [(changed, CLIENT_IDS[client])]
    command = hot_command(chance)
    return [(command, text_of(command).decode())]


def _setting(chance: Random) -> ColdCommand:
    """What a symbol, the exchange or an asset allows; rarely so little that nothing happens any more."""
    reference = f"setting {chance.randrange(10**6)}"
    match chance.randrange(4):
        case 0:
            return SetExchangeLimits(
                reference=reference, orders_max=chance.choice((0, 40)), algo_orders_max=chance.choice((0, 20)),
                iceberg_orders_max=chance.choice((0, 9)), order_lists_max=chance.choice((0, 9)),
            )  # fmt: skip
        case 1:
            return SetAssetLimit(
                reference=reference, asset=chance.randrange(3), order_atoms_max=chance.choice((0, 10**9))
            )
        case _:
            figures: dict[str, Any] = dict.fromkeys(SetSymbolRules.__struct_fields__, 0) | {
                "reference": reference,
                "symbol": chance.choice((*SYMBOLS, 9)),
                "features": FEATURES_ALL - chance.choice((0, 0, *Feature)),
                "average_minutes": chance.choice((0, 5)),
                "bid_up_ppm": chance.choice((0, 1_500_000)),
                "amends_max": chance.choice((0, 3)),
                "order_lists_max": chance.choice((0, 5)),
            }
            return SetSymbolRules(**figures)


def _frames(seed: int) -> list[tuple[int, list[Sent] | ColdCommand]]:
    chance = Random(seed)
    frames: list[tuple[int, list[Sent] | ColdCommand]] = []
    for number in range(FRAMES):
        after_ns = chance.choice((0, 1, 5))
        if chance.random() < 0.06:
            frames.append((after_ns, cold_command(chance)))
            frames += [(0, ResumeSymbol(reference=f"r{s}{number}", symbol=s)) for s in SYMBOLS]
            frames += [(0, UnfreezeAccount(reference=f"u{a}{number}", account=a)) for a in TRADERS]
        elif chance.random() < 0.1:
            frames.append((after_ns, _setting(chance)))
        else:
            asked = [_asked(chance) for _ in range(chance.randint(1, 12))]
            frames.append((after_ns, [sent for step in asked for sent in step]))
    return frames


@cache
def play_conditions(seed: int) -> list[Batch]:
    """The batches of the opening, the deposits and the frames of a seed, rules 2 being adopted after some of them."""
    model = Exchange()
    batches: list[Batch] = []
    frames = _frames(seed)
    adopted = AdoptRules(reference="rules", rules=2)
    funds = [(command, "") for command in FUNDS]
    time_ns = 1
    for after_ns, asked in [*((0, cold) for cold in OPENING), (0, funds), (0, adopted), *frames]:
        time_ns += after_ns
        sequence = model.next_sequence
        if isinstance(asked, list):
            commands = np.frombuffer(b"".join(command.pack() for command, _ in asked), COMMAND)
            texts = "".join(text for _, text in asked).encode()
            events = model.apply_hot(time_ns, sequence, commands, texts)
            batches.append(Batch(len(batches), time_ns, sequence, commands, texts, None, events))
        else:
            events = model.apply_cold(time_ns, sequence, asked)
            batches.append(Batch(len(batches), time_ns, sequence, np.zeros(0, COMMAND), b"", asked, events))
    return batches


def play_either(seed: int) -> list[Batch]:
    """One seed in three is played under rules 1, by the core; the others share so many streams under rules 2."""
    return play(seed) if seed % 3 == 0 else play_conditions(seed % STREAMS)
