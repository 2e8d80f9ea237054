"""A pytest plugin: an exchange for tests of bots. Load it with `-p venus.testing.plugin` or `pytest_plugins`.

One exchange serves the whole session; before each test that asks for `venus_exchange` it is put back as it was made,
which costs a fraction of a second. Its clock is frozen unless told otherwise, so that a test says when time passes.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from venus.testing.client_settings import ClientSettings
from venus.testing.running import RunningExchange
from venus.testing.sandbox_client import SandboxClient

FROZEN_AT = "2026-01-01T00:00:00Z"


class VenusExchange(SandboxClient):
    """A sandbox as a test has it: its conveniences, where it serves, and what clients are told.

    rest, ws  where it serves
    """

    def __init__(self, running: RunningExchange) -> None:
        super().__init__(running.rest)
        self.ws = running.ws

    @property
    def clients(self) -> ClientSettings:
        """Settings for clients of every account that there is now."""
        return ClientSettings(self.rest, self.ws, self.accounts())


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("venus")
    group.addoption("--venus-data", type=Path, help="directory of the sandbox; without it, a new one each session")
    group.addoption("--venus-seed", type=int, default=1, help="of the sandbox's history and books")
    group.addoption("--venus-frozen-at", default=FROZEN_AT, help='when a new sandbox is made; "" follows the clock')


@pytest.fixture(scope="session")
def venus_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    """`venus up` without simulated participants, on a free port; ended with the session."""
    option = request.config.getoption
    data = option("--venus-data") or tmp_path_factory.mktemp("venus") / "data"
    running = RunningExchange(
        data, quiet_market=True, seed=option("--venus-seed"), frozen_at=option("--venus-frozen-at")
    )
    with running:
        yield running


@pytest.fixture
def venus_exchange(venus_server: RunningExchange) -> Iterator[VenusExchange]:
    """The exchange as it was made: nothing of an earlier test is left in it."""
    with VenusExchange(venus_server) as exchange:
        exchange.reset()
        yield exchange


@pytest.fixture
def venus_clients(venus_exchange: VenusExchange) -> ClientSettings:
    """What unmodified clients are told, for the accounts that the sandbox was made with."""
    return venus_exchange.clients
