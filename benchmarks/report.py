"""What every figure prints: numbers with units in their names, and bounds that say whether they hold."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine


class Bound(NamedTuple):
    """A promise and whether it is kept; one that is not kept is printed as such, never left out."""

    what: str
    value: float
    bound: float
    holds: bool


class Report(TypedDict):
    name: str
    machine: dict[str, object]
    figures: dict[str, object]
    bounds: list[dict[str, object]]


def report(name: str, figures: Mapping[str, object], bounds: Iterable[Bound]) -> Report:
    """The one JSON object that scripts rely on."""
    return Report(name=name, machine=machine(), figures=dict(figures), bounds=[bound._asdict() for bound in bounds])


def at_least(what: str, value: float, bound: float) -> Bound:
    return Bound(f"{what} >= {bound:g}", rounded(value), bound, value >= bound)


def at_most(what: str, value: float, bound: float) -> Bound:
    return Bound(f"{what} <= {bound:g}", rounded(value), bound, value <= bound)


def rounded(value: float, digits: int = 4) -> float:
    """To `digits` significant digits: a benchmark knows no more."""
    return float(f"{value:.{digits}g}")


def median(values: Sequence[float]) -> float:
    return rounded(statistics.median(values))


def interleaved(runs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Call every run once a round, so that a neighbour on the machine slows all alike; results by name, in order.

    Whoever begins rotates: the one that follows a pause, or another's warm caches, is not always the same.
    """
    results: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            results[name].append(runs[name]())
    return results


def ratio(results: Mapping[str, Sequence[float]], over: str, under: str) -> float:
    """Median of the rounds' own ratios: what both lost to a neighbour in a round cancels out."""
    return median([a / b for a, b in zip(results[over], results[under], strict=True)])


def percentiles(values_ns: Sequence[float], name: str) -> dict[str, float]:
    """p50, p99, p99.9 and the greatest, in microseconds, named `<name>_p50_us` and so on."""
    ordered = sorted(values_ns)
    ranks = {"p50": 0.5, "p99": 0.99, "p99_9": 0.999, "max": 1.0}
    last = len(ordered) - 1
    return {f"{name}_{rank}_us": rounded(ordered[round(share * last)] / 1_000) for rank, share in ranks.items()}


def print_table(reports: Sequence[Report], console: Console) -> None:
    """Figures and bounds for a person."""
    for one in reports:
        table = Table(title=f"{one['name']}", title_justify="left", show_header=False)
        table.add_column(overflow="fold")
        table.add_column(justify="right", overflow="fold")
        for what, value in one["figures"].items():
            table.add_row(what, f"{value:,}" if isinstance(value, int | float) else str(value))
        table.add_section()
        for bound in one["bounds"]:
            verdict = "[green]holds[/]" if bound["holds"] else "[red bold]FAILS[/]"
            table.add_row(str(bound["what"]), f"{bound['value']:,}  {verdict}")
        console.print(table)
    if reports:
        console.print(", ".join(f"{what} {value}" for what, value in reports[-1]["machine"].items()), style="dim")
