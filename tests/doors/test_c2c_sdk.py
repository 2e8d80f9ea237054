"""The official C2C SDK, in the environment of its own that clients have, asks for orders between people."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from environments import client_python

from tests.doors.clients.programs import ROOT
from tests.examples.rest.bazaar import Bazaar
from tests.examples.rest.house import House


@pytest.fixture(scope="module")
def bazaar() -> Iterator[Bazaar]:
    house = House()
    try:
        opened = Bazaar(house)
        yield opened
        opened.close()
    finally:
        house.close()


@pytest.mark.heavy
def test_the_official_sdk_reads_a_purchase(bazaar: Bazaar) -> None:
    seller, buyer = bazaar.trader("Wang Fang"), bazaar.trader("Li Wei", usdt=0)
    bazaar.account_at(seller, name="Wang Fang")
    number = bazaar.take(buyer, bazaar.advert(seller), bazaar.account_at(buyer))["order"]
    bazaar.do(buyer, "order/paid", order=number)
    bazaar.do(seller, "order/release", order=number)
    command = [client_python("binance_sdk"), "-m", "tests.doors.clients.binance_sdk.c2c_history"]
    with bazaar.served() as rest:
        asked = [*command, rest, buyer.key, buyer.secret, "BUY"]
        ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["code"], told["success"], told["total"]) == ("000000", True, 1)
    [row] = told["data"]
    assert (row["orderNumber"], row["tradeType"], row["orderStatus"]) == (number, "BUY", "COMPLETED")
    assert (row["asset"], row["amount"], row["fiat"], row["totalPrice"]) == ("USDT", "100.00000000", "CNY", "700.00")
    assert (row["takerCommission"], row["advertisementRole"]) == ("0.20000000", "TAKER")
