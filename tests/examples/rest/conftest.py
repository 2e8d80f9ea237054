"""One house for all tests of the REST door; each test lists its own markets and opens its own accounts."""

from collections.abc import Iterator

import pytest

from tests.examples.rest.bazaar import Bazaar
from tests.examples.rest.house import House, Trader


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    opened = House()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def bazaar() -> Iterator[Bazaar]:
    """The market between people, in a house of its own: each test brings its own traders."""
    house = House()
    try:
        opened = Bazaar(house)
        yield opened
        opened.close()
    finally:
        house.close()


@pytest.fixture
def alice(house: House) -> Trader:
    return house.new_trader()


@pytest.fixture
def bob(house: House) -> Trader:
    return house.new_trader()


@pytest.fixture
def market(house: House) -> str:
    return house.new_market()
