"""What is issued and what backs it, as a text. Written from docs/rules/supply.md alone."""

from collections.abc import Iterator

from venus.model.affairs import Affairs
from venus.model.coins import MILLION, NEVER, Coins, Reserve
from venus.model.ledger import Ledger


def supply_text(affairs: Affairs, ledger: Ledger, frames: int, time_ns: int) -> str:
    lines = ["venus/supply", str(frames), str(time_ns)]
    lines += coin_lines(affairs.coins, ledger)
    lines += currency_lines(affairs, ledger)
    return "\n".join(lines) + "\n"


def coin_lines(coins: Coins, ledger: Ledger) -> Iterator[str]:
    for number, coin in sorted(coins.coins.items()):
        code = ledger.assets[number].code
        backing = coins.reckoned_backing_atoms(number)
        yield f"coin {code} {coin.terms.currency} {coins.supply_atoms(number)} {backing} {coin.stop}"
        for place, reserve in enumerate(coins.reserves):
            if reserve.terms.coin == number and not reserve.closed:
                terms = reserve.terms
                what = f"reserve {code} {place} {terms.custodian} {terms.instrument} {terms.maturity_ns}"
                counted = coins.counted_atoms(reserve)
                yield f"{what} {reserve.as_of_ns} {reserve.atoms} {haircut_ppm(coins, reserve)} {counted}"


def haircut_ppm(coins: Coins, reserve: Reserve) -> int:
    """A reserve that does not count has lost all."""
    coin, terms, now_ns = coins.coins[reserve.terms.coin], reserve.terms, coins.time_ns
    if coin.pack is None or reserve.closed or reserve.as_of_ns == NEVER or terms.currency != coin.terms.currency:
        return MILLION
    if now_ns - reserve.as_of_ns >= coin.pack.staleness_ns or 0 < terms.maturity_ns <= now_ns:
        return MILLION
    left_ns = terms.maturity_ns - now_ns if terms.maturity_ns else 0
    fits = [one for one in coin.pack.haircuts if one.instrument == terms.instrument and left_ns <= one.tenor_ns]
    return fits[0].haircut_ppm if fits else MILLION


def currency_lines(affairs: Affairs, ledger: Ledger) -> Iterator[str]:
    def has(account: int, asset: int) -> int:
        return ledger.free.get((account, asset), 0) + ledger.held.get((account, asset), 0)

    for asset, currency in sorted(affairs.currencies.all.items()):
        terms = currency.terms
        code, reserves = ledger.assets[asset].code, ledger.assets[terms.reserve_asset].code
        supply = affairs.currencies.supply_atoms(asset)
        backing = has(terms.backing_account, terms.reserve_asset)
        offline = has(terms.offline_account, asset)
        yield f"currency {code} {terms.currency} {supply} {reserves} {backing} {offline}"
        for place, one in enumerate(currency.operators):
            figures = f"{one.quota_atoms} {one.outstanding_atoms} {has(one.terms.reserve_account, terms.reserve_asset)}"
            yield f"operator {code} {place} {one.terms.institution} {figures}"
