"""`api_payments`: a currency's payments over HTTP until they are durable, one a request and a hundred a request.

Engine and gateway are the real processes with everything on, as in rest.py; the client shares their cores.
"""

import json
import time
from collections.abc import Iterator
from itertools import count, cycle
from typing import Any
from urllib.parse import quote

import uvloop

from benchmarks.engine_run import folder
from benchmarks.report import Report, median, percentiles, report
from benchmarks.rest import CONNECTIONS, LOAD, Keys, Server, closed_loop, connect, open_loop, running, signed
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.commands import RULES_LATEST, AccountKind, ColdCommand, ListAsset, adoption
from venus.records.currency import OpenWallets
from venus.records.transfers import open_labelled, transfer
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.sandbox import check_done, gathered
from venus.testing.sandbox_coins import Founding
from venus.testing.sandbox_currency import CODE, RESERVES, CurrencyFounding

WALLETS = 64
ROWS = 100
PAYMENTS, BATCHES = 4_000, 200
PAYMENTS_LONG, BATCHES_LONG = 20_000, 1_000
ROUNDS, ROUNDS_LONG = 3, 9
NO_LIMITS_CLASS = 4  # of institutions
PATH = "/currency/v1/payments"
_numbers = count()


def measure(long: bool) -> Report:
    with folder() as root:
        wallets: list[int] = []
        with running(Places(root), lambda places: prepare(places, wallets)) as server:
            rates, latencies_ns = uvloop.run(measured(server, wallets, long))
    return report(
        "api_payments",
        {
            "single_payments_per_s": median(rates["single"]),
            "batched_payments_per_s": median(rates["batch"]) * ROWS,
            "rows_per_batch": ROWS,
            "connections": CONNECTIONS,
            "load": LOAD,
        }
        | percentiles(latencies_ns, "payment_at_half_load"),
        [],
    )


async def measured(server: Server, wallets: list[int], long: bool) -> tuple[dict[str, list[float]], list[int]]:
    """Requests a second by kind, and single payments' latencies in ns."""
    payments, batches = (PAYMENTS_LONG, BATCHES_LONG) if long else (PAYMENTS, BATCHES)
    connections, trouble = await connect(server)
    await closed_loop(connections, list(singles(server, wallets, CONNECTIONS * 10)), trouble)
    rates: dict[str, list[float]] = {"single": [], "batch": []}
    for _ in range(ROUNDS_LONG if long else ROUNDS):
        rates["single"].append(await closed_loop(connections, list(singles(server, wallets, payments)), trouble))
        rates["batch"].append(await closed_loop(connections, list(many(server, wallets, batches)), trouble))
    load = median(rates["single"]) * LOAD
    latencies_ns = await open_loop(connections, list(singles(server, wallets, payments)), load, trouble)
    trouble.cancel()
    for connection in connections:
        connection.transport.close()
    return rates, latencies_ns


def singles(server: Server, wallets: list[int], how_many: int) -> Iterator[bytes]:
    """Each pays the next one a cent."""
    pairs = zip(cycle(server.traders), cycle(wallets[1:] + wallets[:1]), range(how_many), strict=False)
    for keys, to, _ in pairs:
        yield signed("POST", PATH, f"toAccount={to}&amount=0.01&clientId=c{next(_numbers)}", keys)


def many(server: Server, wallets: list[int], how_many: int) -> Iterator[bytes]:
    for number, keys in zip(range(how_many), cycle(server.traders), strict=False):
        to = cycle(wallets[number % WALLETS + 1 :] + wallets[: number % WALLETS])
        rows = [{"toAccount": next(to), "amount": "0.01", "clientId": f"c{next(_numbers)}"} for _ in range(ROWS)]
        yield signed("POST", f"{PATH}/batch", f"payments={quote(json.dumps(rows, separators=(',', ':')))}", keys)


def prepare(places: Places, wallets: list[int]) -> list[Keys]:
    """Found the currency, open and fund wallets without limits, and give each a key; their numbers go to `wallets`."""
    time_ns = time.time_ns() - 10**12
    with OfflineWriter(places) as writer:

        def asked(_: int, command: ColdCommand) -> Any:
            batch = writer.cold(time_ns, command)
            check_done(batch)
            return batch.events[-1]

        for rules in range(2, RULES_LATEST + 1):
            asked(0, adoption(f"rules:{rules}", rules))
        asked(0, open_labelled(AccountKind.HOUSE, "house:fees"))
        for code in (CODE, RESERVES):
            asked(0, ListAsset(reference=f"list:{code}", code=code, scale=2))
        founding = Founding(asked, 1, time_ns)
        founding.found()
        founded = CurrencyFounding(founding, asked, time_ns)
        founded.found(0, 1)
        opened = OpenWallets(
            reference="wallets", currency=0, operator=0, wallet_class=NO_LIMITS_CLASS, count=WALLETS, category=5812
        )
        first = int(asked(0, opened)["account"])
        wallets.extend(range(first, first + WALLETS))
        treasury = founded.treasuries[0]
        funds = [transfer(f"fund:{wallet}", debit=treasury, credit=wallet, asset=0, atoms=10**9) for wallet in wallets]
        check_done(writer.hot(time_ns, *gathered(funds)))
    places.master_key.parent.mkdir(exist_ok=True)
    registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
    try:
        keys = []
        for wallet in wallets:
            registry.know_account(wallet, f"wallet {wallet}")
            made = registry.add_api_key(wallet, permissions=Permission.USER_DATA | Permission.WITHDRAW)
            keys.append(Keys(made.key, made.secret))
        return keys
    finally:
        registry.close()
