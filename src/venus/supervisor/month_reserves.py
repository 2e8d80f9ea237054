"""A coin's reserves in the report of a month: what each counts, and in what parts. docs/rules/reports.md."""

from venus.records.coins import Instrument
from venus.supervisor.coin_states import CoinState
from venus.supervisor.month import ReserveRow, Share
from venus.units import ATOMS_MAX, PPM
from venus.views.issuance_questions import Coin, Reserve


def reserve_row(reserve: Reserve, state: CoinState, names: list[str], at_ns: int) -> ReserveRow:
    """A reserve at a time; names: of institutions by their numbers."""
    return ReserveRow(
        number=reserve.number,
        custodian=names[reserve.custodian],
        account=reserve.account,
        instrument=Instrument(reserve.instrument).name,
        currency=reserve.currency,
        maturity_ns=reserve.maturity_ns,
        atoms=reserve.atoms,
        attested_atoms=reserve.attested_atoms,
        as_of_ns=reserve.as_of_ns,
        counted_atoms=_counted(reserve, state.coin, at_ns),
    )


def _counted(reserve: Reserve, coin: Coin, at_ns: int) -> int:
    """What a reserve counts at a time: docs/rules/issuance.md, "Reserves"."""
    pack = coin.pack
    if pack is None or reserve.as_of_ns < 0 or reserve.currency != coin.currency:
        return 0
    if at_ns >= reserve.as_of_ns + pack.staleness_ns or (reserve.maturity_ns and at_ns >= reserve.maturity_ns):
        return 0
    tenor_ns = reserve.maturity_ns - at_ns if reserve.maturity_ns else 0
    for step in pack.haircuts:
        if step.instrument == reserve.instrument and tenor_ns <= step.tenor_ns:
            return reserve.atoms * (PPM - step.haircut_ppm) // PPM
    return 0


def backing_atoms(state: CoinState, at_ns: int) -> int:
    """What all reserves of a coin count at a time, none of its custodians for more than the pack allows."""
    sums: dict[int, int] = {}
    for reserve in state.reserves:
        counted = _counted(reserve, state.coin, at_ns)
        sums[reserve.custodian] = sums.get(reserve.custodian, 0) + counted
    pack = state.coin.pack
    most = sum(sums.values()) * pack.concentration_ppm // PPM if pack else 0
    return min(ATOMS_MAX, sum(min(atoms, most) for atoms in sums.values()))


def shares(parts: list[tuple[str, int]]) -> tuple[Share, ...]:
    """The greatest first."""
    sums: dict[str, int] = {}
    for name, atoms in parts:
        sums[name] = sums.get(name, 0) + atoms
    total = sum(sums.values())
    ordered = sorted(sums.items(), key=lambda part: (-part[1], part[0]))
    return tuple(Share(name, atoms, atoms * PPM // total if total else 0) for name, atoms in ordered)
