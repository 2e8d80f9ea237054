"""The currency's door on a real engine: operators, wallets, merchants, and those who cheat."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.rest.house import Answer, House, Trader
from venus.gateway.currency.endpoints import currency_endpoints
from venus.gateway.currency.payments import payment_id
from venus.gateway.issuance.refusals import CODE_BASE
from venus.iso20022.documents import Money
from venus.iso20022.statements import statement_of
from venus.iso20022.statuses import State, report_of
from venus.iso20022.transfers import CreditTransfer, CreditTransfers, Party, transfers_document
from venus.records.approvals import exchange_digest, reading_of
from venus.records.commands import ColdCommand, ListAsset, PlainCommand, encode_cold
from venus.records.currency import MoveWallets, UnsealIdentity
from venus.records.events import EventKind
from venus.records.institutions import Role
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.sdk.keys import SeatKey
from venus.testing.sandbox_coins import NUMBERS, PAGE_ORIGIN, RELYING_PARTY, Founding, seat_key
from venus.testing.sandbox_currency import CODE, RESERVES, CurrencyFounding

DCNY, RCNY = 3, 4
SEED = 1
BASE = "/currency/v1/"
LI = {"phone": "+8613800000001", "holderName": "Li Wei", "document": "ID 1", "country": "CN"}


class Town:
    """A house with the sandbox's central bank and operators, and whoever has a wallet."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._count = 0
        self.founding = Founding(self._asked, SEED, time.time_ns())
        self.founding.found()
        for code in (CODE, RESERVES):
            house.cold(ListAsset, code=code, scale=2)
        founded = CurrencyFounding(self.founding, self._asked, time.time_ns())
        founded.found(DCNY, RCNY)
        self.treasuries = founded.treasuries
        for endpoint in currency_endpoints(house.client, house.registry, house.door.desk.symbols):
            house.door.add(endpoint)
        self.first, self.second = (self._operator(account) for account in founded.treasuries)

    def _asked(self, _: int, command: ColdCommand) -> dict[str, Any]:
        outcome = self.house.run(self.house.client.submit_cold(command))
        assert outcome.events[-1].kind != EventKind.REJECTED, (command, Reject(outcome.events[-1].reason))
        return outcome.events[-1]._asdict()

    def _operator(self, account: int) -> Trader:
        self.house.registry.know_account(account, f"operator {account}")
        permissions = Permission.USER_DATA | Permission.OPERATOR
        return Trader(account, *self.house.registry.add_api_key(account, permissions=permissions))

    def ask(self, who: Trader | None, method: str, path: str, **params: object) -> Answer:
        return self.house.send(who, method, BASE + path, form=params)

    def do(self, who: Trader, path: str, **params: object) -> dict[str, Any]:
        """A POST that is done, with a client id of its own if it has none."""
        answer = self.ask(who, "POST", path, **({"clientId": self.one()} | params))
        assert answer.status == 200, answer
        return dict(answer.json)

    def refused(self, who: Trader, path: str, **params: object) -> Reject | int:
        """Why a POST was refused: the core's reject, or the door's code."""
        answer = self.ask(who, "POST", path, **({"clientId": self.one()} | params))
        assert answer.status >= 400, answer
        code = CODE_BASE - int(answer.json["code"])
        return Reject(code) if code in set(Reject) else int(answer.json["code"])

    def one(self) -> str:
        self._count += 1
        return f"c{self._count}"

    def phone(self) -> str:
        self._count += 1
        return f"+86139{self._count:08d}"

    def wallet(self, wallet_class: int = 1, units: int = 0, operator: Trader | None = None, **more: object) -> Trader:
        """A wallet with a key and so much in it."""
        at = operator or self.first
        who = {"phone": self.phone()} if wallet_class == 3 else LI | {"phone": self.phone()}
        number = int(self.do(at, "wallets", walletClass=wallet_class, **who, **more)["wallet"])
        key = self.ask(at, "POST", "wallets/keys", wallet=number).json
        if units:
            self.do(at, "wallets/topUp", wallet=number, amount=str(units))
        return Trader(number, key["apiKey"], key["secret"])

    def free(self, who: Trader, **more: object) -> str:
        return str(self.ask(who, "GET", "wallet", **more).json["free"])

    def seat(self, name: str, role: Role) -> SeatKey:
        return SeatKey(NUMBERS[name], list(Role).index(role), seat_key(SEED, name, role))

    def signature(self, seat: SeatKey, signed: bytes) -> dict[str, object]:
        digest = exchange_digest(self.founding.origin, RELYING_PARTY, PAGE_ORIGIN)
        approval = seat.approve_bytes(digest, signed, time.time_ns() + 10**11)
        return {
            "institution": approval.institution,
            "seat": approval.seat,
            "expiresNs": approval.expires_ns,
            "approval": approval.signature.hex(),
        }

    def proposed(self, command: PlainCommand, *seats: tuple[str, Role]) -> dict[str, Any]:
        """Proposed by the first seat and approved by the others."""
        encoded = encode_cold(command)
        first, *others = (self.signature(self.seat(*seat), encoded) for seat in seats)
        answer = self.ask(None, "POST", "proposals", encoded=encoded.hex(), **first)
        for other in others:
            assert answer.status == 200, answer
            answer = self.ask(None, "POST", "approvals", proposalId=answer.json["proposalId"], **other)
        assert answer.status == 200, answer
        return dict(answer.json)

    def identity(self, wallet: int, name: str) -> Answer:
        seat = self.seat(name, Role.MAKER)
        signature = self.signature(seat, reading_of("/currency/v1/identities", str(wallet)))
        return self.ask(None, "GET", "identities", wallet=wallet, **signature)


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


def transfers(town: Town, agent: str, payer: int, *payees: tuple[int, int]) -> str:
    """A pacs.008 of some payments in cents."""
    said = CreditTransfers(
        message=town.one(),
        created_ns=time.time_ns(),
        transfers=tuple(
            CreditTransfer(
                transaction=f"T{number}",
                end_to_end=f"E{number}",
                atoms=atoms,
                debtor=Party(agent, str(payer)),
                creditor=Party("second-bank", str(payee)),
            )
            for number, (payee, atoms) in enumerate(payees)
        ),
    )
    return transfers_document(Money("CNY", 2), said).decode()


def test_an_operators_messages_become_payments_once(town: Town) -> None:
    li, chen, phone = town.wallet(units=50_000), town.wallet(operator=town.second), town.wallet(3)
    message = transfers(town, "first-bank", li.account, (chen.account, 1_250), (phone.account, 2_000_000))
    for _ in range(2):
        answer = town.ask(town.first, "POST", "iso20022/transfers", message=message).json
        settled, refused = report_of(answer["message"].encode()).statuses
        assert (settled.state, refused.state, refused.words) == (State.SETTLED, State.REJECTED, "BALANCE_LIMIT")
    assert (town.free(li), town.free(chen)) == ("49987.50", "12.50")
    # Another operator's wallet, or one's own under another's name, is not paid from.
    stolen = transfers(town, "second-bank", li.account, (chen.account, 1))
    [status] = report_of(
        town.ask(town.second, "POST", "iso20022/transfers", message=stolen).json["message"].encode()
    ).statuses
    assert (status.state, town.free(li)) == (State.REJECTED, "49987.50")
    bad = town.ask(town.first, "POST", "iso20022/transfers", message="<Document/>")
    assert bad.status == 400 and bad.json["code"] == -32_016 and "FF01" in bad.json["msg"]
    told = town.ask(town.first, "GET", "iso20022/statement", wallet=li.account).json["message"]
    statement = statement_of(told.encode(), Money("CNY", 2))
    assert (statement.opening_atoms, statement.closing_atoms) == (0, 4_998_750)
    assert [entry.atoms for entry in statement.entries] == [5_000_000, -1_250]


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
