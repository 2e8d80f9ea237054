"""The commands and their options; each hands over to the module of its name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from venus.cli import doctor as doctor_room
from venus.cli import inspection, launch, market, process, replaying
from venus.cli import sandbox as sandbox_room

DATA = Path("venus-data")
PORT = 8000

app = App(name="venus", help="A digital-asset exchange that can be re-run.", version="0.1.0")


def nanoseconds(moment: datetime) -> int:
    """Since 1970; a time that says nothing of its zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 10**9 + aware.microsecond * 1_000


@app.command
def up(
    *,
    data: Path = DATA,
    port: int = PORT,
    host: str = "127.0.0.1",
    quiet_market: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 1,
    frozen_at: datetime | None = None,
    sandbox_networks: str = "",
    limits: Annotated[process.Rules, Parameter(show=False)] = "usual",
) -> int:
    """Start the exchange; on an empty directory, make a sandbox first.

    Parameters
    ----------
    data
        Where everything is kept.
    port
        Port of REST, WebSocket and web console; 0 takes a free one.
    host
        Address to listen on; anything but loopback lets others in.
    quiet_market
        No simulated participants.
    seed
        Of the sandbox's history and participants.
    frozen_at
        A time (UTC) at which a new sandbox is made, with its clock frozen there: the same seed gives the same exchange.
    sandbox_networks
        Who may use the conveniences under /sandbox/ besides this machine: networks separated by commas.
    limits
        Of requests and orders; open ones are for tests.
    """
    door = launch.Door(host, port, sandbox_networks, limits)
    return launch.up(data.resolve(), door, quiet_market, seed, None if frozen_at is None else nanoseconds(frozen_at))


@app.command
def replay_market(
    file: Path, /, *, symbol: str = "BTCUSDT", speed: float | None = None, data: Path | None = None, port: int = 0
) -> int:
    """Let recorded market data drive the book of an exchange of its own, through its front door.

    Parameters
    ----------
    file
        Binance's public trades or aggTrades CSV, Binance streams as received, or orders one by one; packed or not.
    symbol
        The symbol to play it on.
    speed
        1 is as it was, 10 ten times as fast; without it, as fast as it goes.
    data
        A new directory to keep the exchange in; without it, it is gone afterwards.
    port
        Port to watch it on; 0 takes a free one.
    """
    return market.replay_market(file, symbol, speed, data, port)


@app.command
def replay(data: Path, /, *, from_snapshot: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Re-execute a journal and compare it with its checkpoints; exit 0 only if all agree.

    Parameters
    ----------
    data
        The exchange's directory.
    from_snapshot
        Begin at the newest snapshot instead of at nothing.
    """
    return replaying.replay(data.resolve(), from_snapshot)


@app.command
def inspect(data: Path, /, *, frame: int | None = None) -> int:
    """Say what is in a journal: frames, kinds, times, sizes.

    Parameters
    ----------
    data
        The exchange's directory.
    frame
        Show this frame in words.
    """
    return inspection.inspect(data.resolve(), frame)


@app.command
def doctor(*, data: Path = DATA) -> int:
    """Say what is installed, how fast the disk makes things durable, and what to do.

    Parameters
    ----------
    data
        The exchange's directory, there already or not: its disk is the one that is tried.
    """
    return doctor_room.doctor(data.resolve())


app.command(process.app)
app.command(sandbox_room.app)
