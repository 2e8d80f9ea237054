"""Every way by which value leaves an account, and that what was bought from people stays whichever is tried (T+1).

Whoever adds an endpoint or a command that changes anything says here what it does to what somebody has, or these tests
fail. docs/rules/p2p_conduct.md, "T+1". What is under /sandbox/ is on no real exchange and is not here.
"""

import asyncio
import typing
from typing import Any

import pytest

from tests.examples.rest.bazaar import Bazaar
from tests.examples.rest.house import USDT, Trader, request
from venus.engine.places import Places
from venus.gateway.binance.ws_api.account import OWN_METHODS
from venus.gateway.binance.ws_api.methods import documented
from venus.gateway.issuance.leaving import Leaving, leaving_of
from venus.gateway.journal.door import JournalFiles
from venus.gateway.rooms import GatewayConfig, open_rooms
from venus.p2p.risk import RiskRules
from venus.records import coins, currency, holds
from venus.records.commands import CommandKind, PlainCommand

DAY_MS = 86_400_000
RETAINED = -33_015

COMMANDS = {
    # Parts with value of whoever may have bought from people: the door asks before it hands one in.
    "asked": "TRANSFER RequestRedemption CreateHold TransferFrom TransferAuthorized SchedulePayment ProposeTrade "
    "AcceptTrade BindPurpose PostBond PostAdvert EditAdvert TakeAdvert",
    # Parts with what was bound, and asked about, before.
    "bound": "ExecuteHold SpendPurpose ReleaseEscrow OfferSplit SettlePurse",
    # One thing for another at a price that is everybody's.
    "trades": "ORDER AMEND LIST",
    # Of wallets alone; who has one does not trade with people (ACCOUNT_UNSUITED).
    "wallets": "REFUND RefundPayment FundPurse LinkBank CloseWallet OpenSubWallet SetWalletClass OpenWallets OpenPurse "
    "PayEscrow",
    # Brings back, or makes room for a way that is asked about when it is gone.
    "nothing leaves": "CANCEL CANCEL_ALL CANCEL_LIST WithdrawRedemption ReleaseHold ReclaimHold ApproveSpender "
    "PermitSpender BindHolderKey WithdrawTrade CancelSchedule ClosePurse WithdrawBond SetAdvertState MarkPaid UndoPaid "
    "CancelEscrow AskCancel RefuseCancel OpenAppeal SubmitEvidence WithdrawAppeal EnrolTrader AppealOrder NoteIndex "
    "NameWallet",
    # Of institutions, under their quorums, and of the house.
    "institutions": "ListAsset ListSymbol OpenAccounts SetFeeTier SetAccountTier SetTradeGroup FreezeAccount "
    "UnfreezeAccount HaltSymbol ResumeSymbol NoteClockJump AdoptRules MoveToRules SetSymbolRules SetExchangeLimits "
    "SetAssetLimit FoundExchange AddInstitution SeatPerson RevokeSeat SetQuorum AdoptControls AdoptCalendar "
    "RegisterCoin AdoptPack OpenReserve CloseReserve AttestReserve ConfirmReceipt SetMinter Mint Burn PauseMinting "
    "PayRedemptions PayTreasury OrderLawful EnforceOrder LiftOrder DecideAppeal RegisterCurrency AdmitOperator "
    "SetQuota GrantReserves WithdrawReserves IssueCurrency RedeemCurrency AdoptRegime PostInterest MoveWallets "
    "UnsealIdentity OrderOverCurrency SetPurseTerms SetP2pTerms SanctionTrader DecideDispute RelockEscrow RefuseClaim "
    "NoteLooks",
}
_COINS, _CURRENCY, _P2P, _SAPI = "/coins/v1/", "/currency/v1/", "/p2p/v1/", "/sapi/v1/"
_BOTH_ASKED = "POST holds;POST allowances/spend;POST trades;POST trades/accept;POST schedules"
_BOTH_NOT = (
    "POST allowances;POST appeals;POST approvals;POST holds/reclaim;POST holds/release;POST trades/withdraw;"
    "DELETE schedules;POST proposals;DELETE proposals;POST statements"
)
ENDPOINTS = {
    "asked": {
        _COINS: f"{_BOTH_ASKED};POST transfers;POST transfers/batch;POST redemptions;POST authorizations",
        _CURRENCY: f"{_BOTH_ASKED};POST purposes",
        _P2P: "POST adverts;PUT adverts;POST orders;POST bond",
        _SAPI: "POST capital/withdraw/apply;POST asset/transfer;POST sub-account/universalTransfer;"
        "POST sub-account/transfer/subToMaster;POST sub-account/transfer/subToSub;POST c2c/ads/post;"
        "POST c2c/ads/update;POST c2c/agent/ads/post;POST c2c/agent/ads/update",
    },
    "bound": {
        _COINS: "POST holds/execute",
        _CURRENCY: "POST holds/execute;POST purposes/spend;POST purses/settle",
        _P2P: "POST order/release;POST order/offer",
        _SAPI: "POST c2c/orderMatch/releaseCoin",
    },
    "trades": {
        "/api/v3/": "POST order;POST order/test;PUT order/amend/keepPriority;POST order/cancelReplace;POST order/oco;"
        "POST orderList/oco;POST orderList/opo;POST orderList/opoco;POST orderList/oto;POST orderList/otoco;"
        "POST sor/order;POST sor/order/test",
        _SAPI: "POST asset/dust;POST convert/getQuote;POST convert/acceptQuote",
    },
    "wallets": {
        _CURRENCY: "POST payments;POST payments/batch;POST payments/request;POST refunds;POST purses/fund;"
        "POST iso20022/returns;POST iso20022/transfers;POST iso20022/recalls;POST iso20022/recalls/answers;"
        "POST operator/batches;POST operator/purses;"
        "POST operator/takeovers;POST subWallets;POST subWallets/keys;POST requests;DELETE requests;POST wallets;"
        "POST wallets/bank;POST wallets/class;POST wallets/close;POST wallets/keys;DELETE wallets/keys;"
        "POST wallets/topUp",
        _P2P: "POST order/payByWallet",
    },
    "nothing leaves": {
        "/api/v3/": "DELETE openOrders;DELETE order;DELETE orderList;POST userDataStream;PUT userDataStream;"
        "DELETE userDataStream",
        _COINS: f"{_BOTH_NOT};POST holderKeys;POST permits;DELETE redemptions",
        _CURRENCY: f"{_BOTH_NOT};POST purses/close",
        _P2P: "POST advertState;POST approvals;POST blocks;DELETE blocks;POST bondWithdraw;POST chat;"
        "POST dispute/conflict;POST dispute/grounds;POST dispute/message;POST enrol;POST feedback;POST files;"
        "POST order/appeal;POST order/askCancel;POST order/cancel;POST order/evidence;POST order/paid;"
        "POST order/refuseCancel;POST order/undoPaid;POST order/withdrawAppeal;POST paymentAccounts;"
        "DELETE paymentAccounts;POST proposals;DELETE proposals;POST secondFactor;POST secondFactor/confirm;"
        "POST secondFactor/session;DELETE secondFactor/session;"
        "POST statements;POST streamToken;POST wallet;DELETE wallet",
        _SAPI: "POST asset/dust-btc;POST asset/get-funding-asset;POST c2c/ads/getDetailByNo;"
        "POST c2c/agent/ads/getDetailByNo;POST c2c/agent/ads/getReferencePrice;POST c2c/agent/ads/listAllTradeMethods;"
        "POST c2c/agent/ads/listWithPagination;POST c2c/agent/ads/search;POST c2c/agent/ads/updateStatus;"
        "POST c2c/agent/orderMatch/getUserOrderDetail;POST c2c/agent/orderMatch/listOrders;"
        "POST c2c/ads/getReferencePrice;POST c2c/ads/listWithPagination;POST c2c/ads/search;POST c2c/ads/updateStatus;"
        "POST c2c/orderMatch/cancelOrder;POST c2c/orderMatch/getUserOrderDetail;POST c2c/orderMatch/listOrders;"
        "POST c2c/orderMatch/markOrderAsPaid;POST sub-account/virtualSubAccount",
        "/sapi/v3/": "POST asset/getUserAsset",
    },
}


def told() -> dict[tuple[str, str], str]:
    """The word for each endpoint."""
    rows = [
        ((row.split()[0], prefix + row.split()[1]), word)
        for word, by_prefix in ENDPOINTS.items()
        for prefix, lines in by_prefix.items()
        for row in lines.split(";")
    ]
    assert len(dict(rows)) == len(rows), "one stands twice"
    return dict(rows)


def test_every_endpoint_that_changes_anything_is_told(bazaar: Bazaar) -> None:
    house, places = bazaar.house, Places(bazaar.house.directory)
    files = JournalFiles(
        places.journal,
        places.event_chain,
        places.events,
        places.liabilities,
        places.journal_verifier,
        places.public_log,
        places.looks,
    )
    config = GatewayConfig(
        engine_socket=places.socket,
        registry_url=f"sqlite:///{house.directory}/registry.db",
        master_key=house.directory / "master.key",
        receipts_key=places.receipts_key,
        receipts_delegation=places.receipts_delegation,
        journal=files,
        p2p_files=house.directory / "more files",
    )

    async def served() -> set[tuple[str, str]]:
        rooms = await open_rooms(config)
        found = {row for row in rooms.rest.endpoints if row[0] != "GET"}
        await rooms.part()
        await rooms.rest_wallet()
        rooms.close()
        return found

    found = house.run(served())
    assert found == told().keys(), found ^ told().keys()
    # The WebSocket API's methods are the same endpoints, and those of the connection move nothing.
    assert {way for way in documented().values() if way[0] != "GET"} <= told().keys()
    assert {name.partition(".")[0] for name in OWN_METHODS} == {"session", "userDataStream"}


def test_every_command_is_told_and_what_is_asked_is_read_out_of_it(bazaar: Bazaar) -> None:
    words = [(name, word) for word, names in COMMANDS.items() for name in names.split()]
    kinds = {kind.__name__ for kind in typing.get_args(PlainCommand)} | {kind.name for kind in CommandKind}
    assert len(dict(words)) == len(words) and dict(words).keys() == kinds, dict(words).keys() ^ kinds
    of_holders = {
        coins.RequestRedemption: {"coin": 7, "atoms": 5, "payee": ""},
        holds.CreateHold: {"asset": 7, "atoms": 5, "target": 2},
        holds.TransferFrom: {"asset": 7, "atoms": 5, "spender": 2, "to_account": 2},
        holds.TransferAuthorized: {"asset": 7, "atoms": 5, "to_account": 2},
        holds.SchedulePayment: {"asset": 7, "atoms": 5, "to_account": 2, "first_ns": 10, "every_ns": 10, "count": 3},
        holds.ProposeTrade: {"give_asset": 7, "give_atoms": 5, "counterparty": 2, "take_asset": 8, "take_atoms": 9},
        currency.BindPurpose: {"asset": 7, "atoms": 5, "holder": 2},
    }
    for kind, fields in of_holders.items():
        others = {name: b"" if name == "hash_lock" else 0 for name in kind.__struct_fields__}
        leaving = bazaar.house.run(leaving_of(bazaar.house.door.desk, kind(**others | {"account": 1} | fields)))
        assert leaving is not None and leaving.account == 1, kind
        if kind is holds.SchedulePayment:
            assert leaving.atoms == {} and leaving.schedule is not None
            assert [leaving.schedule.due_atoms(until) for until in (10, 11, 20, 21, 10**9)] == [0, 5, 5, 10, 15]
        else:
            assert leaving == Leaving(1, {7: 5}), kind
    asked = {kind.__name__ for kind in of_holders} | {"AcceptTrade"}
    by_hand = {"TRANSFER", "PostBond", "PostAdvert", "EditAdvert", "TakeAdvert"}
    assert asked | by_hand == set(COMMANDS["asked"].split())


@pytest.fixture(scope="module")
def seller(bazaar: Bazaar) -> Trader:
    trader = bazaar.trader("Wang Fang", usdt=100_000)
    bazaar.account_at(trader, name="Wang Fang", number="wang@example.com")
    return trader


@pytest.fixture
def buyer(bazaar: Bazaar) -> Trader:
    return bazaar.trader("Li Wei", usdt=0, btc=0)


def opened(bazaar: Bazaar, seller: Trader, buyer: Trader) -> str:
    """An order of 100 USDT."""
    return str(bazaar.take(buyer, bazaar.advert(seller), bazaar.account_at(buyer))["order"])


def released(bazaar: Bazaar, seller: Trader, buyer: Trader, number: str) -> None:
    bazaar.do(buyer, "order/paid", order=number)
    bazaar.do(seller, "order/release", order=number)


def schedule(bazaar: Bazaar, who: Trader, to: Trader, amount: str, *, count: int = 1, code: str = "s") -> Any:
    """Of USDT, by the hour from the next minute on."""
    now_ms = bazaar.house.door.desk.clock_ns() // 10**6
    asked: dict[str, object] = {"toAccount": to.account, "asset": "USDT", "amount": amount, "firstAt": now_ms + 60_000}
    asked |= {"clientId": code, "count": count} | ({"everyMs": 3_600_000} if count > 1 else {})
    return bazaar.house.send(who, "POST", "/coins/v1/schedules", form=asked).json


def test_what_was_bought_leaves_by_no_door(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    released(bazaar, seller, buyer, opened(bazaar, seller, buyer))
    house, friend = bazaar.house, bazaar.new_account()
    later = house.door.desk.clock_ns() // 10**6 + DAY_MS
    address = house.send(buyer, "GET", "/sapi/v1/capital/deposit/address", coin="USDT").json["address"]
    pay = {"toAccount": friend.account, "asset": "USDT", "amount": "50"}
    money = {"asset": "USDT", "amount": "50"}
    of_trade = {"giveAsset": "USDT", "giveAmount": "50", "takeAsset": "BTC", "takeAmount": "0.00000001"}
    offered = house.send(
        friend,
        "POST",
        "/coins/v1/trades",
        form={"counterparty": buyer.account, "giveAsset": "BTC", "giveAmount": "0.00000001"}
        | {"takeAsset": "USDT", "takeAmount": "50", "expiresAt": later, "clientId": "t"},
    ).json
    house.send(buyer, "POST", "/coins/v1/allowances", form=money | {"spender": friend.account, "clientId": "a"})
    bind = {"target": friend.account, "expiresAt": later, "reclaimAt": later, "clientId": "h"}
    ways: list[tuple[Trader, str, dict[str, Any]]] = [
        (buyer, "/coins/v1/transfers", pay | {"clientId": "1"}),
        (buyer, "/coins/v1/holds", money | bind),
        (friend, "/coins/v1/allowances/spend", pay | {"fromAccount": buyer.account, "clientId": "3"}),
        (buyer, "/coins/v1/trades", of_trade | {"counterparty": friend.account, "expiresAt": later, "clientId": "4"}),
        (buyer, "/coins/v1/trades/accept", {"dvpId": offered["number"], "clientId": "5"}),
        (buyer, "/p2p/v1/bond", {"amount": "50", "clientId": "6"}),
        (buyer, "/sapi/v1/asset/transfer", money | {"type": "MAIN_FUNDING"}),
        (buyer, "/sapi/v1/capital/withdraw/apply", {"coin": "USDT", "amount": "50", "address": address}),
    ]
    for who, path, form in ways:
        answer = house.send(who, "POST", path, form=form).json
        assert answer["code"] == RETAINED, (path, answer)
    # More than there is would be refused by nobody but the timer, in whose time it may be there.
    for amount in ("50", "500"):
        assert schedule(bazaar, buyer, friend, amount)["code"] == RETAINED
    pays = [{"toAccount": friend.account, "asset": "USDT", "amount": "20", "clientId": f"b{n}"} for n in range(3)]
    batch = {"payments": str(pays).replace("'", '"')}
    assert house.send(buyer, "POST", "/coins/v1/transfers/batch", form=batch).json["code"] == RETAINED


def test_a_schedule_from_before_takes_nothing_of_a_purchase(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    friend, account = bazaar.new_account(), bazaar.account_at(buyer)
    advert = bazaar.advert(seller)
    bazaar.house.deposit(buyer.account, USDT, 59 * 10**6)
    assert "number" in schedule(bazaar, buyer, friend, "20", count=3)
    with pytest.raises(AssertionError, match="PROMISED"):
        bazaar.take(buyer, advert, account)
    bazaar.house.deposit(buyer.account, USDT, 10**6)
    number = bazaar.take(buyer, advert, account)["order"]
    # From now on what is promised stays, and nothing more is promised than there is beside it.
    pay = {"toAccount": friend.account, "asset": "USDT", "amount": "1", "clientId": "p1"}
    assert bazaar.house.send(buyer, "POST", "/coins/v1/transfers", form=pay).json["code"] == RETAINED
    assert schedule(bazaar, buyer, friend, "1", code="s2")["code"] == RETAINED
    # More than there is now could be there in the next moment.
    much = pay | {"amount": "150", "clientId": "p2"}
    assert bazaar.house.send(buyer, "POST", "/coins/v1/transfers", form=much).json["code"] == RETAINED
    released(bazaar, seller, buyer, number)
    assert (
        bazaar.house.send(buyer, "POST", "/coins/v1/transfers", form=pay | {"clientId": "p3"}).json["code"] == RETAINED
    )
    [own] = bazaar.house.send(buyer, "GET", "/coins/v1/account").json["schedules"]
    ended = {"scheduleId": own["scheduleId"], "clientId": "s3"}
    assert bazaar.house.send(buyer, "DELETE", "/coins/v1/schedules", form=ended).status == 200
    assert bazaar.house.send(buyer, "POST", "/coins/v1/transfers", form=pay | {"clientId": "p4"}).status == 200


def test_two_requests_at_once_do_not_both_take_what_may_leave(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    released(bazaar, seller, buyer, opened(bazaar, seller, buyer))
    house, friend = bazaar.house, bazaar.new_account()
    house.deposit(buyer.account, USDT, 50 * 10**6)

    def payment(number: int) -> Any:
        form = {"toAccount": friend.account, "asset": "USDT", "amount": "50", "clientId": f"c{number}"}
        query, headers = house.signed(buyer, form)
        return request(house.door, "POST", "/coins/v1/transfers", query, headers, b"", "192.0.2.1")

    async def all_at_once() -> list[int]:
        return [answer.status for answer in await asyncio.gather(*map(payment, range(4)))]

    assert sorted(house.run(all_at_once())) == [200, 400, 400, 400]


def test_who_buys_through_his_own_advert_is_limited_as_a_taker_is(
    bazaar: Bazaar, seller: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = bazaar.trader("Li Wei", usdt=0)
    bazaar.account_at(maker)
    wanted = bazaar.advert(maker, "BUY")
    sellers = bazaar.get(seller, "paymentAccounts")["rows"][0]["paymentAccount"]
    takers = bazaar.door._takers
    strict = RiskRules(buys_open_max=2, age_steps=(), high_risk_days_min=0)
    monkeypatch.setattr(takers, "_market", takers._market._replace(rules=strict))
    orders = [bazaar.take(seller, wanted, sellers)["order"] for _ in range(2)]
    with pytest.raises(AssertionError, match="MAKER_LIMIT"):
        bazaar.take(seller, wanted, sellers)
    bazaar.do(maker, "order/paid", order=orders[0])
    third = bazaar.take(seller, wanted, sellers)
    assert third["state"] == "OPEN"
    # Three that he let go in a day are as many as he may, by whichever side they were opened.
    for number in (*orders, third["order"]):
        bazaar.do(maker, "order/cancel", order=number, reason="OTHER")
    with pytest.raises(AssertionError, match="MAKER_LIMIT"):
        bazaar.take(seller, wanted, sellers)


def test_a_buying_makers_schedules_count_as_well(bazaar: Bazaar, seller: Trader) -> None:
    maker, friend = bazaar.trader("Li Wei", usdt=10, btc=0), bazaar.new_account()
    bazaar.account_at(maker)
    wanted = bazaar.advert(maker, "BUY")
    sellers = bazaar.get(seller, "paymentAccounts")["rows"][0]["paymentAccount"]
    assert "number" in schedule(bazaar, maker, friend, "11")
    with pytest.raises(AssertionError, match="MAKER_LIMIT"):
        bazaar.take(seller, wanted, sellers)
    bazaar.house.deposit(maker.account, USDT, 10**6)
    assert bazaar.take(seller, wanted, sellers)["state"] == "OPEN"
