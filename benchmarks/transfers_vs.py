"""`transfers_vs`: the same payments on PostgreSQL and on SQLite as on Venus, in one run, as ratios.

The work: a payment's reference is new, it is within its class's single limit; its payer has the money and stays within
the daily and annual limits, its payee within the balance limit; balances, the counts of day and year and the payment
itself are written. 8,000 payments are one transaction, synced to disk before the next one.

Both databases are asked in the way that is fastest for them and easier than what Venus does: limits are looked at when
a whole batch is summed up by wallet, not payment by payment, and one refused payment refuses the batch. PostgreSQL gets
a batch by COPY over a Unix socket and is tuned: buffers for all data, no checkpoint or vacuum on the way. SQLite is in
this process, its journal ahead (WAL) and synced at every commit. Without PostgreSQL's programs, that is said.
"""

import sqlite3
import subprocess
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.engine_run import folder
from benchmarks.report import Report, interleaved, median, ratio, report
from benchmarks.transfers import run_durable
from benchmarks.wallet_world import BATCH, FUNDED_ATOMS, LIMITS, WALLET_FIRST, payments
from venus.testing.postgresql import DATABASE, OWNER, program, server

WALLETS = 100_000
PAYMENTS, PAYMENTS_LONG = 160_000, 800_000
ROUNDS, ROUNDS_LONG = 1, 3
DAY, YEAR = 20_454, 2026
_SCHEMA = """
CREATE TABLE wallet (account BIGINT PRIMARY KEY, atoms BIGINT NOT NULL, day INT NOT NULL,
    day_paid BIGINT NOT NULL, year INT NOT NULL, year_paid BIGINT NOT NULL);
CREATE TABLE payment (reference_hi BIGINT, reference_lo BIGINT, payer BIGINT NOT NULL, payee BIGINT NOT NULL,
    atoms BIGINT NOT NULL, PRIMARY KEY (reference_hi, reference_lo));
"""
_ASKED = "(reference_hi BIGINT, reference_lo BIGINT, payer BIGINT, payee BIGINT, atoms BIGINT)"
_KEEP = f"INSERT INTO payment SELECT * FROM asked WHERE atoms BETWEEN 1 AND {LIMITS.single_atoms_max}"
_TOTALS = """
SELECT account, SUM(paid) AS paid, SUM(received) AS received FROM (
    SELECT payer AS account, atoms AS paid, 0 AS received FROM asked UNION ALL SELECT payee, 0, atoms FROM asked
) AS sides GROUP BY account"""
_MOVE = f"""
UPDATE wallet SET atoms = atoms + received - paid, day = {DAY}, year = {YEAR},
    day_paid = CASE WHEN day = {DAY} THEN day_paid ELSE 0 END + paid,
    year_paid = CASE WHEN year = {YEAR} THEN year_paid ELSE 0 END + paid
FROM ({_TOTALS}) AS totals
WHERE wallet.account = totals.account AND atoms + received - paid BETWEEN 0 AND {LIMITS.balance_atoms_max}
    AND CASE WHEN day = {DAY} THEN day_paid ELSE 0 END + paid <= {LIMITS.day_atoms_max}
    AND CASE WHEN year = {YEAR} THEN year_paid ELSE 0 END + paid <= {LIMITS.year_atoms_max}"""
_CHECKED = f"""
DO $$
DECLARE kept BIGINT; moved BIGINT;
BEGIN
    {_KEEP};
    GET DIAGNOSTICS kept = ROW_COUNT;
    {_MOVE};
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF kept <> (SELECT COUNT(*) FROM asked) OR moved <> (SELECT COUNT(*) FROM ({_TOTALS}) AS totals) THEN
        RAISE EXCEPTION 'a payment of this flow is never refused';
    END IF;
END $$;
"""
_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "wal_buffers": "64MB",
    "work_mem": "64MB",
    "autovacuum": "off",
    "jit": "off",
}


def measure(long: bool) -> Report:
    count = PAYMENTS_LONG if long else PAYMENTS
    runs = {"venus": lambda: run_durable(False), "sqlite": lambda: run_sqlite(count)}
    missing = "" if program("initdb") else "postgresql: no initdb found"
    if not missing:
        runs["postgresql"] = lambda: run_postgresql(count)
    results = interleaved(runs, ROUNDS_LONG if long else ROUNDS)
    figures: dict[str, object] = {f"{name}_payments_per_s": median(values) for name, values in results.items()}
    figures |= {f"venus_over_{name}": ratio(results, "venus", name) for name in results if name != "venus"}
    figures |= {"batch": BATCH, "wallets": WALLETS, "payments_of_databases": count, "not_measured": missing}
    return report("transfers_vs", figures, [])


def batches(count: int) -> Iterator[list[tuple[int, int, int, int, int]]]:
    """Rows (reference_hi, reference_lo, payer, payee, atoms) of each transaction: Venus's own flow."""
    flow = payments(count, WALLETS, skewed=False)
    columns = [flow[name].astype(np.int64) for name in ("client_hi", "client_lo", "account", "target_lo", "quantity")]
    rows = np.stack(columns, axis=1)
    for start in range(0, count, BATCH):
        yield [tuple(row) for row in rows[start : start + BATCH].tolist()]


def run_sqlite(count: int) -> float:
    """Payments per second."""
    work = list(batches(count))
    with folder() as root:
        database = sqlite3.connect(root / "wallets.sqlite", isolation_level=None, cached_statements=16)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-1000000", "wal_autocheckpoint=1000000"):
            database.execute(f"PRAGMA {setting}")
        database.executescript(_SCHEMA.replace("reference_lo))", "reference_lo)) WITHOUT ROWID"))
        database.execute(f"CREATE TEMPORARY TABLE asked {_ASKED}")
        wallets = ((WALLET_FIRST + one, FUNDED_ATOMS) for one in range(WALLETS))
        database.execute("BEGIN")
        database.executemany("INSERT INTO wallet VALUES (?, ?, 0, 0, 0, 0)", wallets)
        database.execute("COMMIT")
        started_s = time.perf_counter()
        for rows in work:
            _pay_in_sqlite(database, rows)
        taken_s = time.perf_counter() - started_s
        database.close()
    return count / taken_s


def _pay_in_sqlite(database: sqlite3.Connection, rows: list[tuple[int, int, int, int, int]]) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.execute("DELETE FROM asked")
    database.executemany("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", rows)
    kept = database.execute(_KEEP).rowcount
    moved = database.execute(_MOVE).rowcount
    wanted = database.execute(f"SELECT COUNT(*) FROM ({_TOTALS})").fetchone()[0]
    assert (kept, moved) == (len(rows), wanted), "a payment of this flow is never refused"
    database.execute("COMMIT")


def run_postgresql(count: int) -> float:
    """Payments per second, by the server's own clock from the first batch to the end of the last commit."""
    work = list(batches(count))
    with folder() as root, server(*(f"{name}={value}" for name, value in _SETTINGS.items()), disk=root) as sockets:
        psql = ["psql", "-h", str(sockets), "-U", OWNER, "-d", DATABASE, "-qAt", "-v", "ON_ERROR_STOP=1"]
        opened = (
            f"INSERT INTO wallet SELECT {WALLET_FIRST} + n, {FUNDED_ATOMS}, 0, 0, 0, 0 "
            f"FROM generate_series(0, {WALLETS - 1}) n; ANALYZE;"
        )
        asked = f"CREATE UNLOGGED TABLE asked {_ASKED};"
        subprocess.run(psql, input=_SCHEMA + asked + opened + "CHECKPOINT;", text=True, check=True)
        copies = ["\n".join("\t".join(map(str, row)) for row in rows) for rows in work]
        script = "".join(
            f"BEGIN;\nTRUNCATE asked;\nCOPY asked FROM STDIN;\n{copy}\n\\.\n{_CHECKED}COMMIT;\n" for copy in copies
        )
        script += "SELECT COUNT(*) FROM payment;\n"
        started_s = time.perf_counter()
        done = subprocess.run(psql, input=script, text=True, check=True, stdout=subprocess.PIPE)
        taken_s = time.perf_counter() - started_s
    assert int(done.stdout) == count, "not all were paid"
    return count / taken_s
