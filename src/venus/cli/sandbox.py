"""venus sandbox: what a running sandbox is asked for, from a shell. Prints the answer as JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
from cyclopts import App, Parameter

from venus.cli.words import DATA, fail
from venus.testing.sandbox_client import KeyKind, SandboxClient, SandboxRefused

app = App(name="sandbox", help="Ask a running sandbox for money, faults, time, another state.")
Data = Annotated[Path, Parameter(help="The directory of the running sandbox.")]


def _ask(data: Path, ask: Callable[[SandboxClient], Any]) -> int:
    try:
        with SandboxClient.of(data) as client:
            print(json.dumps(ask(client), indent=2))
            return 0
    except SandboxRefused as refused:
        return fail(str(refused))
    except (FileNotFoundError, KeyError):
        return fail(f"{data} is no sandbox that was ever started; name its directory with --data")
    except httpx.HTTPError as error:
        return fail(f"the sandbox in {data} is not reached: {error}")


@app.command
def give(account: str, asset: str, amount: str, /, *, reference: str = "", data: Data = DATA) -> int:
    """Give an account money; with a minus take it back. The same reference moves it once."""
    return _ask(data, lambda client: client.give(account, asset, amount, reference))


@app.command
def account(
    name: str, /, *balances: str, kind: KeyKind = "HMAC", public_key: Path | None = None, data: Data = DATA
) -> int:
    """Open an account with a key, and with money such as BTC=1.5 USDT=1000."""
    money = dict(one.partition("=")[::2] for one in balances)
    pem = public_key.read_text() if public_key is not None else ""
    return _ask(data, lambda client: client.open_account(name, balances=money, kind=kind, public_key=pem))


@app.command
def key(name: str, /, *, kind: KeyKind = "HMAC", public_key: Path | None = None, data: Data = DATA) -> int:
    """One more API key for an account."""
    pem = public_key.read_text() if public_key is not None else ""
    return _ask(data, lambda client: client.add_key(name, kind=kind, public_key=pem))


@app.command
def deposit(account: str, coin: str, amount: str, /, *, network: str = "", tx_id: str = "", data: Data = DATA) -> int:
    """Let a deposit arrive on a chain; it is credited some blocks later, by the sandbox's clock."""
    return _ask(data, lambda client: client.deposit(account, coin, amount, network=network, tx_id=tx_id))


@app.command
def clock(
    *,
    set: str | None = None,  # noqa: A002  the option's name
    step: str | None = None,
    rate: float | None = None,
    frozen: bool | None = None,
    live: Annotated[bool, Parameter(negative="")] = False,
    timestamps: Literal["checked", "any"] | None = None,
    data: Data = DATA,
) -> int:
    """Say what time it is, or turn the clock: forward, to a rate, to a stop. It never goes back.

    Parameters
    ----------
    set
        A time in ISO 8601.
    step
        So far on, such as 1.5s, 90m, 1d.
    rate
        How fast it goes; 60 is a minute in a second.
    frozen
        Stop it, or let it go.
    live
        Follow the system's clock again.
    timestamps
        What signed requests must bear.
    """
    given = {"set": set, "step": step, "rate": rate, "frozen": frozen, "live": live or None, "timestamps": timestamps}
    form = {name: value for name, value in given.items() if value is not None}
    return _ask(data, lambda client: client.turn_clock(**form) if form else client.clock())


@app.command
def pause(symbol: str = "", /, *, data: Data = DATA) -> int:
    """Halt a symbol, or all of them."""
    return _ask(data, lambda client: client.pause(symbol))


@app.command
def resume(symbol: str = "", /, *, data: Data = DATA) -> int:
    """Let a symbol trade again, or all of them."""
    return _ask(data, lambda client: client.resume(symbol))


@app.command
def list_symbol(symbol: str, base: str, quote: str, /, *figures: str, data: Data = DATA) -> int:
    """List a symbol, with figures such as tickSize=0.001 stepSize=0.1 minNotional=5."""
    given: dict[str, object] = dict(one.partition("=")[::2] for one in figures)
    return _ask(data, lambda client: client.list_symbol(symbol, base, quote, **given))


@app.command
def fault(
    kind: str,
    /,
    *,
    after: Annotated[bool, Parameter(negative="")] = False,
    method: str = "",
    path: str = "",
    account: str = "",
    skip: int = 0,
    count: int | None = None,
    probability: float = 1.0,
    seed: int = 0,
    delay_ms: int = 0,
    status: int = 503,
    retry_after: int = 1,
    every: int = 1,
    data: Data = DATA,
) -> int:
    """Let requests or streams go wrong: latency, disconnect, no_answer, half_answer, status, rate_limit, ban,
    timeout_unknown; cut, silence, stream_latency, drop, duplicate.

    Parameters
    ----------
    after
        The request is done, and only its answer goes wrong.
    path
        With * and ?, such as "/api/v3/order*".
    """
    rule = {
        "when": "after" if after else "before",
        "method": method,
        "path": path,
        "account": account,
        "skip": skip,
        "count": count,
        "probability": probability,
        "seed": seed,
        "delay_ms": delay_ms,
        "status": status,
        "retry_after": retry_after,
        "every": every,
    }
    return _ask(data, lambda client: client.fault(kind, **rule))


@app.command
def faults(*, clear: Annotated[bool, Parameter(negative="")] = False, data: Data = DATA) -> int:
    """Say which faults there are and what they have done, or end them all."""

    def ask(client: SandboxClient) -> Any:
        if clear:
            client.clear_faults()
        return client.faults()

    return _ask(data, ask)


@app.command
def fill(
    account: str,
    symbol: str,
    order: str,
    quantity: str,
    /,
    *,
    clear_way: Annotated[bool, Parameter(negative="")] = False,
    data: Data = DATA,
) -> int:
    """Trade against a resting order, named by its id or client id, at its own price."""
    by_id = int(order) if order.isascii() and order.isdigit() else None
    by_client = order if by_id is None else None
    return _ask(
        data,
        lambda client: client.fill(
            account, symbol, quantity, order_id=by_id, client_order_id=by_client, clear_way=clear_way
        ),
    )


@app.command
def end_connections(*, path: str = "*", how: Literal["close", "shutdown", "cut"] = "close", data: Data = DATA) -> int:
    """End WebSocket connections: with a goodbye, with the event of a shutdown before it, or by cutting them."""
    return _ask(data, lambda client: {"ended": client.end_connections(path=path, how=how)})


@app.command
def expire_listen_keys(account: str = "", /, *, data: Data = DATA) -> int:
    """End the listen key of an account, or of everyone."""
    return _ask(data, lambda client: {"expired": client.expire_listen_keys(account)})


@app.command
def snapshot(name: str, /, *, data: Data = DATA) -> int:
    """Keep the whole exchange as it is now."""
    return _ask(data, lambda client: client.snapshot(name))


@app.command
def snapshots(*, drop: str = "", data: Data = DATA) -> int:
    """Say which snapshots there are, or drop one."""
    return _ask(data, lambda client: client.drop_snapshot(drop) if drop else client.snapshots())


@app.command
def restore(name: str, /, *, data: Data = DATA) -> int:
    """Put the whole exchange back as it was kept."""
    return _ask(data, lambda client: client.restore(name))


@app.command
def reset(*, data: Data = DATA) -> int:
    """Put the whole exchange back as it was made."""
    return _ask(data, lambda client: client.reset())
