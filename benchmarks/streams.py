"""`streams`: depth at a tenth of a second on twenty symbols to five thousand listeners, all on this machine's cores.

Engine and gateway run as `venus up` runs them, the listeners in one more process; every book changes twice in a tenth
of a second, so everyone is told ten times a second. Nothing may be lost, and it is measured how late each message is.
"""

import asyncio

from benchmarks.depth_listeners import SYMBOLS, Address, Listeners, change_books, exchange
from benchmarks.report import Report, at_most, percentiles, report, rounded
from venus.engine.client import EngineClient

LISTENERS = 5_000
WARM_S, PHASE_S, PHASE_LONG_S = 2.0, 10.0, 60.0
SETTLE_S = 2.0
LAG_P99_MS_MAX = 100.0
"""A tenth of a second: the next message would already be due."""


def measure(long: bool) -> Report:
    with exchange() as address:
        return asyncio.run(measured(address, PHASE_LONG_S if long else PHASE_S))


async def measured(address: Address, phase_s: float) -> Report:
    client = await EngineClient.connect(address.engine)
    async with Listeners(address.port, LISTENERS) as listeners:
        await change_books(client, WARM_S)
        await asyncio.sleep(SETTLE_S)
        before = await listeners.heard()
        await change_books(client, phase_s)
        await asyncio.sleep(SETTLE_S)
        heard = await listeners.heard()
    client.close()
    lags = percentiles(heard.lags_ns.tolist(), "lag")
    return report(
        "streams",
        {
            "listeners": LISTENERS,
            "symbols": SYMBOLS,
            "messages_a_second": rounded(len(heard.lags_ns) / phase_s),
            "messages_a_listener": rounded(len(heard.lags_ns) / LISTENERS),
            "lost": heard.lost,
            "listeners_cpu_share_of_a_core": rounded((heard.cpu_s - before.cpu_s) / phase_s),
        }
        | lags,
        [
            at_most("messages lost", heard.lost, 0),
            at_most("listeners that heard nothing", heard.silent, 0),
            at_most("lag p99 in us", lags["lag_p99_us"], LAG_P99_MS_MAX * 1_000),
        ],
    )
