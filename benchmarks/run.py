"""`./venus bench [NAME] [--json] [--long]`: one figure, or all of them and a table.

Exit code 0 says that what was asked for was measured, whether or not its bounds hold: they are in the output.
"""

import argparse
import importlib
import json
import subprocess
import sys
import time

import structlog
from rich.console import Console

from benchmarks.report import Report, print_table

FIGURES = (
    "core",
    "durable",
    "replay",
    "supervise",
    "log",
    "restore",
    "history",
    "rest",
    "ws_api",
    "ws_fanout",
    "streams",
    "slow_reader",
    "memory",
    "mint_redeem",
    "offline",
    "receipts",
    "api_payments",
    "solvency",
    "liabilities",
    "transfers",
    "transfers_vs",
    "interest",
    "p2p",
    "p2p_search",
)
"""One file of this folder each."""
QUIET_S, PAUSE_S, LOUD_S_MAX = 3.0, 0.005, 60.0


def await_quiet() -> None:
    """Until this thread ran QUIET_S without a pause of PAUSE_S, or LOUD_S_MAX long.

    Memory that a figure gave back, a guest gives back to its host, which for some seconds stops it by tens of ms.
    """
    began_s = seen_s = paused_s = time.monotonic()
    while seen_s - paused_s < QUIET_S and seen_s - began_s < LOUD_S_MAX:
        now_s = time.monotonic()
        if now_s - seen_s > PAUSE_S:
            paused_s = now_s
        seen_s = now_s


def measure(name: str, long: bool) -> Report:
    figure: Report = importlib.import_module(f"benchmarks.{name}").measure(long)
    return figure


def measure_apart(name: str, long: bool) -> Report | None:
    """In a process of its own, so that no figure warms, fills or slows another; None if it failed."""
    command = [sys.executable, "-m", "benchmarks.run", name, "--json"] + ["--long"] * long
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        return None
    figure: Report = json.loads(done.stdout)
    return figure


def main() -> int:
    parser = argparse.ArgumentParser(prog="./venus bench", description="Measures the figures on this machine.")
    parser.add_argument("name", nargs="?", choices=FIGURES, help="one figure; all if left out")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.add_argument("--long", action="store_true", help="more rounds than fit into 50 seconds")
    arguments = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is the figure's
    if arguments.name:
        one = measure(arguments.name, arguments.long)
        if arguments.json:
            print(json.dumps(one))
        else:
            print_table([one], Console())
        return 0
    return measure_all(arguments.json, arguments.long)


def measure_all(as_json: bool, long: bool) -> int:
    progress = Console(stderr=True)
    reports = []
    for number, name in enumerate(FIGURES, 1):
        await_quiet()
        progress.print(f"{number}/{len(FIGURES)} {name} …")
        if (one := measure_apart(name, long)) is not None:
            reports.append(one)
    if as_json:
        print(json.dumps(reports))
    else:
        print_table(reports, Console())
    failed = [name for name in FIGURES if name not in {one["name"] for one in reports}]
    if failed:
        progress.print(f"not measured, see above: {', '.join(failed)}", style="red bold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
