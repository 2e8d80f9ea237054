"""An exchange for a recording: one symbol on the recording's grid, two accounts with all the money they may need."""

from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.commands import CommandKind
from venus.registry.private import write_private
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.market_replay import MAKER, TAKER
from venus.testing.sandbox import Assets, Orders, check_done, genesis, issue_keys, register
from venus.testing.sandbox_market import FAUCET, FIRST_PERSON, LISTINGS

_PERSONS = (MAKER, TAKER)
_SCALE_OF_BASE, _SCALE_OF_QUOTE = 8, 10
"""Recordings have ticks of 0.01 and quantities of eight decimals; so many decimals make their product exact."""
_MONEY_ATOMS = 2 * 10**18
_ORDERS_MAX = 1_000_000
_QUOTES = ("USDT", "USDC", "USD", "BTC", "ETH", "EUR")


def make_recording_world(places: Places, symbol: str, tick: str, lot: str, now_ns: int) -> dict[str, dict[str, str]]:
    """Make it in an empty directory; returns the accounts' keys, which are in its sandbox file as well.

    Raises ValueError for a symbol without a known quote.
    """
    quote = next((quote for quote in _QUOTES if symbol.endswith(quote) and symbol != quote), None)
    if quote is None:
        raise ValueError(f"{symbol} does not end in any of {', '.join(_QUOTES)}")
    base = symbol.removesuffix(quote)
    assets: Assets = ((base, _SCALE_OF_BASE), (quote, _SCALE_OF_QUOTE))
    # The sandbox's symbol without its lower limits: recordings hold dust.
    listing = LISTINGS[0]._replace(
        base=base,
        quote=quote,
        tick=tick,
        lot=lot,
        quantity_max="1000000",
        market_max="1000000",
        notional_min="0",
        notional_max="400000000",
    )
    places.master_key.parent.mkdir(parents=True)
    registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
    try:
        with OfflineWriter(places) as writer:
            for command in genesis(assets, (listing,), _PERSONS, _ORDERS_MAX):
                check_done(writer.cold(now_ns, command))
            check_done(writer.hot(now_ns, *_money(assets).take()))
        register(registry, _PERSONS)
        accounts = {name: keys._asdict() for name, keys in issue_keys(registry, _PERSONS).items()}
    finally:
        registry.close()
    write_private(places.sandbox, {"accounts": accounts})
    return accounts


def _money(assets: Assets) -> Orders:
    money = Orders()
    for account, name in enumerate(_PERSONS, FIRST_PERSON):
        for asset, (code, _) in enumerate(assets):
            money.add(
                f"faucet:{name}:{code}",
                kind=CommandKind.TRANSFER,
                account=FAUCET,
                target_lo=account,
                subject=asset,
                quantity=_MONEY_ATOMS,
            )
    return money
