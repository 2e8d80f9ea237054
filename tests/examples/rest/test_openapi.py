"""The OpenAPI document is valid, tells of every endpoint of the door, and what must be sent by it must be sent."""

import re
from collections.abc import Iterator
from typing import Any

import openapi_spec_validator
import pytest

from tests.examples.rest.house import Answer, House
from tests.examples.rest.test_wallet_transfers import email_of, open_sub
from tests.tidy.source import ROOT
from venus.gateway.binance.endpoint import Endpoint
from venus.gateway.binance.rest import ENDPOINTS
from venus.gateway.binance.vocabulary import SIGNED
from venus.gateway.openapi import REFUSALS, SANDBOX_REFUSALS, document
from venus.registry.credentials import Permission

DOCUMENT = document(ENDPOINTS)
_PAIRS = (
    "side=BUY type=LIMIT timeInForce=GTC quantity=1 price=100 stopPrice=90 cancelOrderId=1 orderId=1 newQty=0.5 "
    "cancelReplaceMode=STOP_ON_FAILURE interval=1m fromId=0 startTime=1700000000000 endTime=1700000060000 "
    "aboveType=LIMIT_MAKER abovePrice=120 belowType=STOP_LOSS belowStopPrice=90 "
    "workingType=LIMIT workingSide=BUY workingPrice=99 workingQuantity=1 workingTimeInForce=GTC "
    "pendingType=LIMIT pendingSide=SELL pendingPrice=130 pendingQuantity=1 pendingTimeInForce=GTC "
    "pendingAboveType=LIMIT_MAKER pendingAbovePrice=130 pendingBelowType=STOP_LOSS pendingBelowStopPrice=80 "
    "asset=BTC coin=BTC amount=0.5 fromAsset=BTC toAsset=USDT fromAmount=0.1 quoteId=q subAccountString=desk "
    "fromAccountType=SPOT toAccountType=SPOT"
)
USUAL = dict(pair.split("=") for pair in _PAIRS.split())
"""Parameters with which every endpoint can be asked, as far as it reads them."""
OF_SUB_ACCOUNTS = ("/sapi/v1/sub-account/transfer/subToMaster", "/sapi/v1/sub-account/transfer/subToSub")
STATUS = re.compile(r"\b(?:status(?:: int)? ?=|unsupported\(|Refused\(|return )[^\n\d]{0,12}([45]\d\d)\b")
"""Where a refusal says its status."""
REQUIRED = [
    pytest.param(endpoint, one.name, id=f"{endpoint.method} {endpoint.path} {one.name}")
    for endpoint in ENDPOINTS
    for one in endpoint.names.declared
    if one.required
]


class Master:
    """A trader with two sub-accounts, and values that only the house can give."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._master = house.new_trader()
        self._subs = [open_sub(house, self._master) for _ in range(2)]
        address = house.send(self._master, "GET", "/sapi/v1/capital/deposit/address", coin="BTC").json["address"]
        email = email_of(house, self._subs[1])
        self.values = USUAL | {"symbol": house.new_market(), "address": address, "email": email, "toEmail": email}

    def ask(self, endpoint: Endpoint, *left_out: str, only: bool = False) -> Answer:
        """With all that is usual, or `only` with what must be sent; of either some left out."""
        read = {one.name for one in endpoint.names.declared if one.required or not only} - set(left_out)
        if "fromId" in read:
            read -= {"startTime", "endTime"}  # either
        values = self.values | ({"type": "MAIN_FUNDING"} if "transfer" in endpoint.path else {})
        form = {name: values[name] for name in sorted(read) if name in values}
        who = self._subs[0] if endpoint.path in OF_SUB_ACCOUNTS else self._master
        sender = None if endpoint.permission is Permission.NONE else who
        return self._house.send(sender, endpoint.method, endpoint.path, form=form)


@pytest.fixture(scope="module")
def master(house: House) -> Iterator[Master]:
    yield Master(house)


def test_it_is_valid() -> None:
    openapi_spec_validator.validate(DOCUMENT)


def test_every_endpoint_is_told_with_what_it_reads_and_nothing_else_is() -> None:
    told = {
        (method.upper(), path): {one["name"] for one in operation["parameters"] if "name" in one}
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    }
    signing = {one.name for one in SIGNED.declared}
    for endpoint in ENDPOINTS:
        bears: set[str] = set()
        if endpoint.permission is not Permission.NONE:
            bears = signing
        elif endpoint.may_be_signed:
            bears = signing | {"signature"}
        assert told.pop((endpoint.method, endpoint.path)) == endpoint.names | bears
    assert not told


def test_who_may_ask_is_told() -> None:
    def security(method: str, path: str) -> Any:
        return DOCUMENT["paths"][path][method]["security"]

    assert security("get", "/api/v3/depth") == [{}]
    assert security("post", "/api/v3/order") == [{"key": [], "signature": []}]
    assert security("get", "/sapi/v1/c2c/orderMatch/listUserOrderHistory") == [
        {"key": [], "signature": []},
        {"key": []},
    ]


@pytest.mark.parametrize(("door", "told"), [("binance", REFUSALS), ("sandbox", SANDBOX_REFUSALS)])
def test_every_status_of_a_refusal_is_told(door: str, told: tuple[int, ...]) -> None:
    texts = [path.read_text() for path in (ROOT / "src/venus/gateway" / door).rglob("*.py") if path.stem != "faults"]
    raised = {int(status) for text in texts for status in STATUS.findall(text)}
    assert raised == set(told)


@pytest.mark.parametrize(("endpoint", "name"), REQUIRED)
def test_what_must_be_sent_must_be_sent(master: Master, endpoint: Endpoint, name: str) -> None:
    answer = master.ask(endpoint, name)
    assert answer.refusal == (400, -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.method} {one.path}")
def test_what_need_not_be_sent_is_missed_only_beside_what_was(master: Master, endpoint: Endpoint) -> None:
    """A type of order, or one of two names, may ask for more; a name that is always asked for is told as such."""
    answers = [master.ask(endpoint, only=True), master.ask(endpoint)]
    for answer in answers:
        missed = re.search(r"Mandatory parameter '(\w+)'", str(answer.json))
        assert missed is None or answer is answers[0], answer
