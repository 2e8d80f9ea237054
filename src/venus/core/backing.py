"""What stands behind a coin, kept so that one change costs one reserve's reckoning, and whether it may be minted.

Source: docs/rules/issuance.md, "Reserves", "Stopped".
"""

from heapq import heappop, heappush

from venus.core.affairs import Affairs, Coin, Reserve
from venus.core.steps import Step
from venus.records.coins import AdoptPack, Stop
from venus.records.events import EventKind
from venus.units import ATOMS_MAX, PPM


def haircut_ppm(reserve: Reserve, coin: Coin, time_ns: int) -> int:
    """What a reserve counts less at a time; PPM: it does not count."""
    pack = coin.pack
    if pack is None or reserve.closed or reserve.as_of_ns < 0 or reserve.currency != coin.currency:
        return PPM
    if time_ns >= reserve.as_of_ns + pack.staleness_ns or (reserve.maturity_ns and time_ns >= reserve.maturity_ns):
        return PPM
    tenor_ns = reserve.maturity_ns - time_ns if reserve.maturity_ns else 0
    for step in pack.haircuts:
        if step.instrument == reserve.instrument and tenor_ns <= step.tenor_ns:
            return step.haircut_ppm
    return PPM


def counted_atoms(reserve: Reserve, coin: Coin, time_ns: int) -> int:
    """What a reserve counts at a time."""
    return reserve.atoms * (PPM - haircut_ppm(reserve, coin, time_ns)) // PPM


def _next_change_ns(reserve: Reserve, pack: AdoptPack, time_ns: int) -> int:
    """When the reserve counts otherwise without a command; 0: never."""
    if reserve.closed or reserve.as_of_ns < 0:
        return 0
    moments = [reserve.as_of_ns + pack.staleness_ns]
    if reserve.maturity_ns:
        steps = (step for step in pack.haircuts if step.instrument == reserve.instrument)
        moments += [reserve.maturity_ns, *(reserve.maturity_ns - step.tenor_ns for step in steps)]
    return min((moment for moment in moments if moment > time_ns), default=0)


def count_reserve(step: Step, number: int) -> None:
    """Count a reserve anew after anything of it changed, and let a timer do it when time will."""
    affairs = step.affairs
    reserve = affairs.reserves[number]
    coin = affairs.coins[reserve.coin]
    counted = counted_atoms(reserve, coin, step.time_ns)
    change = counted - reserve.counted_atoms
    reserve.counted_atoms = counted
    coin.counted_atoms += change
    coin.sums[reserve.custodian] = coin.sums.get(reserve.custodian, 0) + change
    due_ns = _next_change_ns(reserve, coin.pack, step.time_ns) if coin.pack else 0
    if due_ns != reserve.due_ns:
        reserve.due_ns = due_ns
        if due_ns:
            heappush(affairs.counts_due, (due_ns, reserve.coin))


def count_coin(step: Step, coin: Coin) -> None:
    """Count all its reserves: another pack."""
    for number in coin.reserves:
        count_reserve(step, number)


def count_due(step: Step) -> None:
    """Count the coins of which time has changed a reserve, by their number."""
    waiting, coins = step.affairs.counts_due, list[int]()
    while waiting and waiting[0][0] <= step.time_ns:
        coins.append(heappop(waiting)[1])
    for number in sorted(set(coins)):
        coin = step.affairs.coins[number]
        for place in coin.reserves:
            if 0 < step.affairs.reserves[place].due_ns <= step.time_ns:
                count_reserve(step, place)
        settle(step, coin)


def _backing_atoms(coin: Coin) -> int:
    if coin.pack is None:
        return 0
    most = coin.counted_atoms * coin.pack.concentration_ppm // PPM
    return min(ATOMS_MAX, sum(min(atoms, most) for atoms in coin.sums.values()))


def settle(step: Step, coin: Coin) -> None:
    """Say what a command or timer made of a coin's backing, and stop its minting or let it go on."""
    backing_atoms = _backing_atoms(coin)
    if backing_atoms != coin.backing_atoms:
        coin.backing_atoms = backing_atoms
        step.say(
            EventKind.BACKING_CHANGED,
            symbol=coin.asset,
            quantity_lots=backing_atoms,
            remaining_lots=coin.supply_atoms,
        )
    stop = (Stop.UNBACKED if coin.supply_atoms > backing_atoms else 0) | (Stop.OVERDUE if coin.overdue else 0)
    if stop != coin.stop:
        coin.stop = stop
        if stop:
            step.say(EventKind.MINTING_STOPPED, symbol=coin.asset, reason=stop)
        else:
            step.say(EventKind.MINTING_RESUMED, symbol=coin.asset)


def reserve_is_open(affairs: Affairs, number: int) -> bool:
    return 0 <= number < len(affairs.reserves) and not affairs.reserves[number].closed
