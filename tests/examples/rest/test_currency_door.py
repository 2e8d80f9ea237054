"""The currency's door on a real engine: operators, wallets, merchants, and those who cheat."""

import json
import time
from collections.abc import Iterator

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.examples.rest.house import Answer, House, Trader, request
from tests.examples.rest.town import BASE, DCNY, LI, Town
from venus.bridges.sweeping import sweep_through
from venus.gateway.binance.bodies import BODY_BYTES_MAX
from venus.gateway.currency.payments import payment_id
from venus.purse.messages import Certificate, Paid, text_of
from venus.records.approvals import exchange_digest
from venus.records.coins import DAY_NS, DecideAppeal, LawfulKind
from venus.records.commands import encode_cold
from venus.records.currency import MoveWallets, OpenWallets, OrderOverCurrency, PostInterest, UnsealIdentity
from venus.records.institutions import Role
from venus.records.purses import OpenPurse, PursePayment, SetPurseTerms, opening_statement, payment_statement
from venus.records.rejects import Reject
from venus.sdk.keys import new_key, public_bytes
from venus.testing.sandbox_coins import NUMBERS, PAGE_ORIGIN, RELYING_PARTY


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    house = House()
    try:
        yield Town(house)
    finally:
        house.close()


def test_what_anybody_may_read(town: Town) -> None:
    [currency] = town.ask(None, "GET", "currencies").json
    told = (currency["currency"], currency["supply"], currency["regime"])
    assert told == ("dCNY", "11000000000.00", "cny 2026-01-01")
    first, second = town.ask(None, "GET", "operators", currency="dCNY").json
    assert (first["name"], first["outstanding"], first["quota"]) == ("first-bank", "10000000000.00", "20000000000.00")
    assert second["reserves"] == "14000000000.00" and second["movedTo"] is None
    [regime] = town.ask(None, "GET", "regimes", currency="dCNY").json
    phone = regime["classes"][3]
    assert (phone["balanceMax"], phone["dayMax"], phone["needsIdentity"]) == ("10000.00", "5000.00", False)
    assert town.ask(None, "GET", "operators", currency="dEUR").status == 404


def test_a_payment_is_made_once_and_told_on_both_sides(town: Town) -> None:
    li, wang = town.wallet(units=1_000), town.wallet()
    paid = town.do(li, "payments", toAccount=wang.account, amount="12.50", clientId="lunch")
    again = town.do(li, "payments", toAccount=wang.account, amount="12.50", clientId="lunch")
    assert paid["paymentId"] == payment_id(f"holder:{li.account}:lunch")
    assert again == paid | {"repeated": True, "time": again["time"]}
    other = {"toAccount": wang.account, "amount": "13", "clientId": "lunch"}
    assert town.refused(li, "payments", **other) is Reject.REFERENCE_REUSED
    assert (town.free(li), town.free(wang)) == ("987.50", "12.50")
    [out, _] = town.ask(li, "GET", "statement").json
    [came] = town.ask(wang, "GET", "statement").json
    assert (out["amount"], out["other"], came["amount"], came["other"]) == ("-12.50", wang.account, "12.50", li.account)
    assert out["paymentId"] == came["paymentId"] == paid["paymentId"]
    assert town.ask(li, "GET", "wallet").json["paidToday"] == "12.50"


def test_limits_are_the_cores(town: Town) -> None:
    phone, other = town.wallet(3, 5_000), town.wallet(1)
    assert town.refused(phone, "payments", toAccount=other.account, amount="2000.01") is Reject.SINGLE_LIMIT
    assert town.refused(town.first, "wallets/topUp", wallet=phone.account, amount="5000.01") is Reject.BALANCE_LIMIT
    for amount in ("2000", "2000"):
        town.do(phone, "payments", toAccount=other.account, amount=amount)
    assert town.refused(phone, "payments", toAccount=other.account, amount="1000.01") is Reject.DAY_LIMIT
    town.do(phone, "payments", toAccount=other.account, amount="1000")
    assert town.ask(phone, "GET", "wallet").json["paidToday"] == "5000.00"


def test_the_lowest_class_is_opened_with_a_phone_and_nothing_else(town: Town) -> None:
    assert town.refused(town.first, "wallets", walletClass=3, **LI) == -32_003
    assert town.refused(town.first, "wallets", walletClass=1, phone="+8613700000000") == -32_003
    phone = town.phone()
    opened = town.do(town.first, "wallets", walletClass=3, phone=phone, clientId="desk")
    assert town.do(town.first, "wallets", walletClass=3, phone=phone, clientId="desk")["wallet"] == opened["wallet"]
    assert town.refused(town.first, "wallets", walletClass=3, phone=town.phone(), clientId="desk") == -32_004
    assert town.refused(town.first, "wallets", walletClass=3, phone=phone) == -32_005
    assert town.refused(town.first, "wallets", walletClass=9, phone=phone) is Reject.UNKNOWN_CLASS


def test_nobody_touches_what_is_anothers(town: Town) -> None:
    li, chen = town.wallet(units=100), town.wallet(operator=town.second)
    assert town.ask(town.second, "GET", "operator/wallet", wallet=li.account).status == 401
    assert town.refused(town.second, "wallets/close", wallet=li.account) == -32_002
    assert town.ask(town.second, "POST", "wallets/keys", wallet=li.account).json["code"] == -32_002
    assert town.refused(chen, "payments", toAccount=chen.account, amount="1", wallet=li.account) == -32_002
    assert town.ask(chen, "GET", "statement", wallet=li.account).status == 401
    # A holder's key is no operator's, and an operator's gives nothing away but by its own endpoints.
    assert town.ask(li, "GET", "operator").status == 401
    assert town.ask(town.first, "POST", "payments", toAccount=li.account, amount="1", clientId="x").status == 401
    assert town.free(li) == "100.00"


def test_a_batch_pays_each_row_for_itself_and_once(town: Town) -> None:
    works, wang, phone = town.wallet(4, 50_000), town.wallet(), town.wallet(3)
    rows = [
        {"toAccount": wang.account, "amount": "4000", "clientId": "w1"},
        {"toAccount": phone.account, "amount": "20000", "clientId": "w2"},
        {"toAccount": wang.account, "amount": "5", "clientId": "w3"},
    ]
    first = town.ask(works, "POST", "payments/batch", payments=json.dumps(rows)).json
    assert [row["done"] for row in first] == [True, False, True] and first[1]["msg"].startswith("BALANCE_LIMIT")
    again = town.ask(works, "POST", "payments/batch", payments=json.dumps(rows)).json
    assert [row["repeated"] for row in again] == [True, False, True]
    assert (town.free(works), town.free(wang)) == ("45995.00", "4005.00")
    twice = json.dumps([rows[0], rows[0]])
    assert town.ask(works, "POST", "payments/batch", payments=twice).json["code"] == -32_014


def test_a_request_is_paid_once_by_whoever_is_first(town: Town) -> None:
    shop, li, wang = town.wallet(4, category=5812), town.wallet(units=100), town.wallet(units=100)
    till = int(town.do(shop, "subWallets")["wallet"])
    asked = town.do(shop, "requests", amount="12.50", memo="two teas", wallet=till)
    seen = town.ask(None, "GET", "requests/one", requestId=asked["requestId"]).json
    assert (seen["wallet"], seen["amount"], seen["state"]) == (till, "12.50", "OPEN") and "payer" not in seen
    code = town.ask(None, "GET", "requests/code", requestId=asked["requestId"]).json
    assert code["code"].startswith("venus-pay:1?") and code["svg"].lstrip().startswith("<")
    paid = town.ask(li, "POST", "payments/request", requestId=asked["requestId"]).json
    again = town.ask(li, "POST", "payments/request", requestId=asked["requestId"]).json
    assert (paid["repeated"], again["repeated"], again["sequence"]) == (False, True, paid["sequence"])
    late = town.ask(wang, "POST", "payments/request", requestId=asked["requestId"])
    assert late.status == 409 and late.json["code"] == -32_011
    assert (town.free(li), town.free(wang), town.free(shop, wallet=till)) == ("87.50", "100.00", "12.50")
    [row] = town.ask(shop, "GET", "requests").json
    assert (row["state"], row["payer"], row["paymentId"]) == ("PAID", li.account, paid["paymentId"])


def test_a_refund_gives_back_no_more_than_was_paid(town: Town) -> None:
    shop, li = town.wallet(4, category=5812), town.wallet(units=100)
    paid = town.do(li, "payments", toAccount=shop.account, amount="40")["paymentId"]
    back = town.do(shop, "refunds", paymentId=paid, amount="15", clientId="b1")
    assert (back["toAccount"], town.do(shop, "refunds", paymentId=paid, amount="15", clientId="b1")["repeated"]) == (
        li.account,
        True,
    )
    assert town.refused(shop, "refunds", paymentId=paid, amount="25.01") is Reject.REFUND_TOO_LARGE
    assert town.refused(li, "refunds", paymentId=paid, amount="1") is Reject.UNKNOWN_PAYMENT
    assert (town.free(li), town.free(shop)) == ("75.00", "25.00")


def test_a_tills_key_gives_nothing_away(town: Town) -> None:
    shop, li = town.wallet(4, 10, category=5812), town.wallet()
    till = int(town.do(shop, "subWallets")["wallet"])
    made = town.ask(shop, "POST", "subWallets/keys", wallet=till).json
    key = Trader(till, made["apiKey"], made["secret"])
    assert town.do(key, "requests", amount="1")["wallet"] == till
    assert town.ask(key, "POST", "payments", toAccount=li.account, amount="1", clientId="x").status == 401
    assert town.ask(key, "GET", "wallet", wallet=shop.account).status == 401
    assert town.ask(shop, "POST", "subWallets/keys", wallet=li.account).status == 401


def test_money_for_a_purpose(town: Town) -> None:
    li, wang = town.wallet(units=100), town.wallet()
    tea, works = town.wallet(4, category=5812), town.wallet(4, category=5085)
    end_ms = time.time_ns() // 10**6 + 3_600_000
    terms = {"holder": wang.account, "currency": "dCNY", "categories": "5812", "expiresAt": end_ms}
    number = town.do(li, "purposes", amount="60", **terms)["number"]
    assert town.refused(wang, "purposes/spend", purposeId=number, toAccount=works.account, amount="1") is (
        Reject.WRONG_PURPOSE
    )
    assert town.refused(li, "purposes/spend", purposeId=number, toAccount=tea.account, amount="1") in (
        Reject.UNKNOWN_PURPOSE,
        Reject.NOT_A_PARTY,
    )
    town.do(wang, "purposes/spend", purposeId=number, toAccount=tea.account, amount="20")
    [left] = town.ask(wang, "GET", "purposes").json
    assert (left["amount"], left["categories"], town.free(tea)) == ("40.00", [5812], "20.00")


def test_two_unseal_each_reading_is_told_after_the_delay(town: Town) -> None:
    zhao = town.wallet(3)
    assert town.identity(zhao.account, "court").json["code"] == -32_007
    unseal = UnsealIdentity(
        reference=town.one(),
        currency=DCNY,
        operator=0,
        account=zhao.account,
        authority=NUMBERS["court"],
        basis="High Court, 26 Civ 2",
        shown_after_ns=3_600 * 10**9,
    )
    alone = town.proposed(unseal, ("first-bank", Role.MAKER), ("first-bank", Role.CHECKER))
    assert alone["state"] == "OPEN" and alone["wanted"] == ["one seat of court"]
    assert town.identity(zhao.account, "first-bank").json["code"] == -32_007
    both = (("first-bank", Role.MAKER), ("first-bank", Role.CHECKER), ("court", Role.MAKER))
    assert town.proposed(unseal, *both)["state"] == "DONE"
    assert town.identity(zhao.account, "second-bank").json["code"] == -32_007
    read = town.identity(zhao.account, "court").json
    assert read["phone"].startswith("+86139") and read["holderName"] == ""
    assert town.ask(zhao, "GET", "looks").json == []
    [look] = town.house.registry.identities.looks(zhao.account)
    assert look.institution == NUMBERS["court"]


def test_a_court_freezes_and_seizes_and_the_holder_objects(town: Town) -> None:
    zhao, robbed = town.wallet(units=90), town.wallet()
    court = (("court", Role.MAKER), ("court", Role.CHECKER))
    terms = {"currency": DCNY, "account": zhao.account, "authority": NUMBERS["court"], "second": NUMBERS["first-bank"]}
    ends_ns = time.time_ns() + 10**15

    def order(kind: LawfulKind, atoms: int, to_account: int = 0, frozen_by: int = 0) -> OrderOverCurrency:
        where = {"atoms": atoms, "to_account": to_account, "frozen_by": frozen_by, "expires_ns": ends_ns}
        return OrderOverCurrency(reference=town.one(), order_kind=kind, basis="High Court, 26 Crim 9", **terms, **where)

    freeze = order(LawfulKind.FREEZE, 60_00)
    alone = town.proposed(freeze, *court)
    assert (alone["state"], alone["wanted"]) == ("OPEN", ["one seat of first-bank"])
    assert "freeze 60.00 dCNY in account" in alone["words"]
    number = town.proposed(freeze, *court, ("first-bank", Role.MAKER))["number"]
    assert town.refused(zhao, "payments", toAccount=robbed.account, amount="31") is Reject.INSUFFICIENT_FREE
    [mine] = town.ask(zhao, "GET", "bindings").json["lawfulOrders"]
    assert (mine["orderId"], mine["currency"], mine["basis"]) == (number, "dCNY", "High Court, 26 Crim 9")
    assert town.refused(robbed, "appeals", lawfulOrderId=number, text="not mine") is Reject.NOT_A_PARTY
    town.do(zhao, "appeals", lawfulOrderId=number, text="it was my brother")
    denied = DecideAppeal(reference=town.one(), order=number, granted=0)
    assert town.proposed(denied, *court)["state"] == "DONE"
    seizure = order(LawfulKind.SEIZE, 60_00, robbed.account, number)
    town.proposed(seizure, *court, ("first-bank", Role.MAKER))
    assert (town.free(zhao), town.free(robbed)) == ("30.00", "60.00")
    public = town.ask(None, "GET", "lawfulOrders", currency="dCNY").json
    counts = {one["kind"]: (one["ordered"], one["appeals"], one["taken"]) for one in public["counts"]}
    assert counts == {"FREEZE": (1, 1, "60.00"), "SEIZE": (1, 0, "60.00")}
    assert all("account" not in row for row in public["orders"])


def test_what_a_spender_took_is_given_back(town: Town) -> None:
    """A payment out of an allowance or a hold has an id as every payment has, and goes back by it."""
    wang, tea = town.wallet(units=100), town.wallet(4, category=5812)
    town.do(wang, "allowances", spender=tea.account, asset="dCNY", amount="50")
    town.do(tea, "allowances/spend", fromAccount=wang.account, toAccount=tea.account, asset="dCNY", amount="50")
    [spent] = town.ask(tea, "GET", "statement").json
    assert spent["kind"] == "SPENT"
    back = {"paymentId": spent["paymentId"], "clientId": town.one()}
    given = town.do(tea, "refunds", amount="20", **back)
    assert (given["toAccount"], given["repeated"]) == (wang.account, False)
    assert town.do(tea, "refunds", amount="20", **back)["repeated"]
    assert town.refused(tea, "refunds", paymentId=spent["paymentId"], amount="31") is Reject.REFUND_TOO_LARGE
    assert town.ask(wang, "GET", "statement").json[0]["kind"] == "REFUNDED"
    end_ms = time.time_ns() // 10**6 + 3_600_000
    hold = {"target": tea.account, "asset": "dCNY", "expiresAt": end_ms, "reclaimAt": end_ms}
    number = town.do(wang, "holds", amount="30", **hold)["number"]
    town.do(tea, "holds/execute", holdId=number, asset="dCNY", amount="30")
    executed = town.ask(tea, "GET", "statement").json[0]
    assert (executed["kind"], town.free(wang)) == ("HOLD_EXECUTED", "40.00")
    assert town.refused(wang, "refunds", paymentId=executed["paymentId"], amount="1") is Reject.UNKNOWN_PAYMENT
    town.do(tea, "refunds", amount="30", paymentId=executed["paymentId"])
    assert (town.free(wang), town.free(tea)) == ("70.00", "30.00")


def test_salaries_are_paid_in_one_request(town: Town) -> None:
    """Thousands of rows in a body that nobody else may send."""
    works, li = town.wallet(4, units=3_000, category=5085), town.wallet()
    rows = [{"toAccount": li.account, "amount": "0.01", "clientId": f"salary-{row:05}"} for row in range(2_000)]
    rows[1_999] |= {"toAccount": works.account}
    large = b"payments=" + b"x" * BODY_BYTES_MAX
    stranger = request(town.house.door, "POST", BASE + "payments/batch", b"", [], large, "192.0.2.1")
    assert town.house.run(stranger).status == 413
    answer = town.ask(works, "POST", "payments/batch", payments=json.dumps(rows))
    assert answer.status == 200 and len(answer.json) == 2_000
    assert [row["done"] for row in answer.json].count(False) == 1
    assert town.free(li) == "19.99"
    again = town.ask(works, "POST", "payments/batch", payments=json.dumps(rows[:600])).json
    assert all(row["repeated"] for row in again) and town.free(li) == "19.99"


def test_a_purse_is_opened_loaded_settled(town: Town) -> None:
    """By keys that the exchange does not have: the operator's of its terms, and the two devices'."""
    desk, li, wang = new_key(), town.wallet(units=100), town.wallet(units=10)
    terms = SetPurseTerms(
        reference=town.one(),
        currency=DCNY,
        operator=0,
        key=public_bytes(desk),
        holds_atoms_max=100_00,
        payment_atoms_max=50_00,
        guarantee_atoms=0,
        life_ns_max=90 * DAY_NS,
        claim_ns=30 * DAY_NS,
    )
    bank = (("central-bank", Role.MAKER), ("central-bank", Role.CHECKER))
    assert town.proposed(terms, *bank, ("first-bank", Role.MAKER), ("first-bank", Role.CHECKER))["state"] == "DONE"
    [told] = town.ask(None, "GET", "purseTerms", currency="dCNY").json
    assert (told["operator"], told["key"], told["holdsMax"]) == ("first-bank", public_bytes(desk).hex(), "100.00")
    digest = exchange_digest(town.founding.origin, RELYING_PARTY, PAGE_ORIGIN)
    keys = new_key(), new_key()

    def opened(who: Trader, key: Ed25519PrivateKey, by: Trader) -> Answer:
        bare = OpenPurse(
            reference=town.one(),
            account=who.account,
            currency=DCNY,
            operator=0,
            key=public_bytes(key),
            holds_atoms_max=50_00,
            payment_atoms_max=20_00,
            expires_ns=time.time_ns() + 30 * DAY_NS,
            signature=b"",
        )
        signature = desk.sign(opening_statement(digest, encode_cold(bare)))
        encoded = encode_cold(msgspec.structs.replace(bare, signature=signature)).hex()
        return town.ask(by, "POST", "operator/purses", encoded=encoded)

    assert opened(li, keys[0], town.second).json["code"] == -32_002
    payer, payee = (opened(who, key, town.first).json["purse"] for who, key in zip((li, wang), keys, strict=True))
    assert town.refused(wang, "purses/fund", purseId=payer, amount="1") is Reject.UNKNOWN_PURSE
    town.do(li, "purses/fund", purseId=payer, amount="30")
    bare = PursePayment(
        purse=payer, counter=1, payee=payee, atoms=12_00, total_atoms=12_00, nonce=bytes(16), signature=b""
    )
    payment = msgspec.structs.replace(bare, signature=keys[0].sign(payment_statement(digest, DCNY, bare)))
    card = Certificate(
        exchange=digest,
        currency=DCNY,
        operator=0,
        purse=payer,
        key=public_bytes(keys[0]),
        payment_atoms_max=20_00,
        holds_atoms_max=50_00,
        loaded_atoms=30_00,
        expires_ns=0,
        signature=b"",
    )
    shown = json.dumps([text_of(Paid(payer=card, payment=payment))])
    [settled] = town.do(wang, "purses/settle", payments=shown)["payments"]
    assert (settled["paid"], settled["reason"], town.free(wang)) == ("12.00", None, "22.00")
    [twice] = town.do(wang, "purses/settle", payments=shown)["payments"]
    assert (twice["reason"], town.free(wang)) == ("COUNTER_USED", "22.00")
    [mine] = town.ask(li, "GET", "purses").json
    assert (mine["loaded"], mine["paid"], mine["caught"]) == ("30.00", "12.00", False)
    assert town.ask(town.first, "GET", "operator/purses", wallet=li.account).json == [mine]
    assert town.ask(None, "GET", "purses/caught").json == []
    assert town.refused(li, "purses/close", purseId=payer) is Reject.TOO_EARLY
    assert town.refused(wang, "purses/settle", payments='["venus-purse:pay:x"]') == -32_014


def test_interest_comes_to_its_end_while_nobody_pays(town: Town) -> None:
    """A sweep of more wallets than one frame takes, and no other command."""
    opened = OpenWallets(reference=town.one(), currency=DCNY, operator=0, wallet_class=1, count=20_000, category=0)
    town._asked(0, opened)
    seats = (("central-bank", Role.MAKER), ("central-bank", Role.CHECKER))
    assert town.proposed(PostInterest(reference=town.one(), currency=DCNY), *seats)["state"] == "DONE"
    [before] = town.ask(None, "GET", "currencies").json
    assert before["interestUnderWay"]
    assert town.house.run(sweep_through(town.house.client)) == 2
    [after] = town.ask(None, "GET", "currencies").json
    assert not after["interestUnderWay"]
    assert town.house.run(sweep_through(town.house.client)) == 0


def test_an_operator_that_failed_acts_no_more(town: Town) -> None:
    """The last of all: its wallets go to the other."""
    chen = town.wallet(units=100, operator=town.second)
    move = MoveWallets(reference=town.one(), currency=DCNY, from_operator=1, to_operator=0)
    seats = (("central-bank", Role.MAKER), ("central-bank", Role.CHECKER), ("first-bank", Role.MAKER))
    assert town.proposed(move, *seats, ("first-bank", Role.CHECKER))["state"] == "DONE"
    assert town.refused(town.second, "wallets/topUp", wallet=chen.account, amount="1") == -32_001
    town.do(town.first, "wallets/topUp", wallet=chen.account, amount="1")
    assert town.ask(town.first, "GET", "operator/wallet", wallet=chen.account).json["operator"] == "first-bank"
    taken = town.ask(town.first, "POST", "operator/takeovers", fromOperator="second-bank").json
    assert taken["resealed"] >= 1
    assert town.house.registry.identities.sealed_under(DCNY, 1) == 0
    town.do(chen, "payments", toAccount=town.treasuries[0], amount="1")
    assert town.free(chen) == "100.00"
