"""The door of coins from outside, on a sandbox: institutions that sign, holders with API keys, and those who cheat."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import ccxt
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from venus.engine.places import Places
from venus.gateway.issuance.refusals import CODE_BASE
from venus.records.approvals import statement
from venus.records.coins import DAY_NS, Mint
from venus.records.commands import encode_cold
from venus.records.fields import to_fields
from venus.records.holds import NO_PROOF, BindHolderKey, TransferAuthorized
from venus.records.institutions import Role, Scheme
from venus.records.rejects import Reject
from venus.sdk.connection import ApiKey, Connection, Refused
from venus.sdk.holder import Holder
from venus.sdk.keys import SeatKey, new_key, prove, public_bytes, seat_terms
from venus.sdk.official import Official, Proposal
from venus.sdk.public import Public
from venus.sdk.roles import Agent, Custodian, Issuer, Supervisor
from venus.testing.client_settings import ClientSettings
from venus.testing.custodians import attest_old, look_quietly
from venus.testing.running import RunningExchange
from venus.testing.sandbox_client import SandboxClient
from venus.testing.sandbox_market import FIRST_PERSON, PARTICIPANTS, TRADERS

VUSD = 4
TREASURY = FIRST_PERSON + len(TRADERS) + len(PARTICIPANTS) + 2
"""Behind the persons: where vUSD is issued, its escrow, its treasury."""
STATEMENTS = "/coins/v1/statements"


class Coins:
    """A sandbox's people, by name."""

    def __init__(self, running: RunningExchange) -> None:
        self.running = running
        self.connection = Connection(running.rest)
        self.public = Public(self.connection)
        self._seats = json.loads((running.data / "sandbox.json").read_text())["institutions"]
        self._wires = 0

    def seat(self, name: str, role: str) -> SeatKey:
        return SeatKey.of(self._seats[name]["seats"][role])

    def official(self, kind: type[Any], name: str, role: str = "maker") -> Any:
        return kind(self.connection, self.seat(name, role))

    def holder(self, name: str) -> Holder:
        keys = self.running.accounts[name]
        return Holder(self.connection, ApiKey(keys["apiKey"], keys["secret"]))

    def check(self, proposal: Proposal, name: str) -> Proposal:
        """The checker's approval."""
        return self.official(Official, name, "checker").approve(proposal)

    def receipt(self, name: str, amount: str, reserve: int = 0, custodian: str = "usd-bank") -> int:
        self._wires += 1
        number = self.holder(name).account()["account"]
        proposed = self.official(Custodian, custodian).confirm("vUSD", reserve, number, amount, f"wire {self._wires}")
        done = self.check(proposed, custodian)
        assert done.state == "DONE" and done.number is not None
        return done.number

    def mint(self, receipt: int) -> Proposal:
        return self.official(Issuer, "usd-issuer").mint("vUSD", receipt)

    def free(self, name: str, asset: str = "vUSD") -> str:
        return self.holder(name).balances()[asset]["free"]


@pytest.fixture(scope="module")
def coins(sandbox: RunningExchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coins]:
    data = tmp_path_factory.mktemp("coins") / "data"
    with sandbox.copy_to(data, quiet_market=True, open_limits=True) as running:
        yield Coins(running)


def refusal(ask: Any) -> Refused:
    with pytest.raises(Refused) as said:
        ask()
    return said.value


# Who approves


def test_money_in_coins_out_traded_redeemed_paid(coins: Coins) -> None:
    before = float(coins.free("alice"))
    done = coins.check(coins.mint(coins.receipt("alice", "1000")), "usd-issuer")
    assert done.state == "DONE"
    assert float(coins.free("alice")) == before + 1_000
    trader = ccxt.binance(ClientSettings(coins.running.rest, coins.running.ws, coins.running.accounts).ccxt("alice"))
    order = trader.create_order("BTC/VUSD", "market", "buy", 0.01)
    assert order["status"] == "closed" and order["filled"] == 0.01
    alice = coins.holder("alice")
    number = alice.redeem("vUSD", "100", "DE02")["number"]
    waits = [row for row in coins.public.queue("vUSD") if row["redemptionId"] == number]
    assert [(row["waiting"], row["overdue"]) for row in waits] == [("100.000000", False)]
    paid = coins.official(Agent, "agent").pay("vUSD", "100", f"payout {number}", reserve=0)
    assert coins.check(paid, "agent").state == "DONE"
    assert alice.account()["redemptions"][0]["waiting"] == "0.000000"
    coin = coins.public.coin("vUSD")
    assert float(coin["supply"]) <= float(coin["backing"])


def test_nobody_mints_alone(coins: Coins) -> None:
    proposal = coins.mint(coins.receipt("alice", "10"))
    assert (proposal.state, proposal.wanted) == ("OPEN", ["a quorum of usd-issuer"])
    again = coins.official(Issuer, "usd-issuer").approve(proposal)
    assert again.state == "OPEN"
    stranger = refusal(lambda: coins.check(proposal, "eur-issuer"))
    assert "no say" in stranger.message
    assert coins.check(proposal, "usd-issuer").state == "DONE"


def test_an_approval_is_of_this_command_alone(coins: Coins) -> None:
    receipt = coins.receipt("alice", "20")
    honest = coins.mint(receipt)
    assert isinstance(honest.command, Mint)
    other = Mint(**{**_fields(honest.command), "account": 3})
    seat = coins.seat("usd-issuer", "checker")
    expires_ns = coins.connection.now_ns() + 10**11
    of_other = seat.approve(coins.connection.digest(), other, expires_ns)
    form = {"proposalId": honest.id, **_approval(of_other)}
    said = refusal(lambda: coins.connection.ask("POST", "/coins/v1/approvals", **form))
    assert said.reject is Reject.BAD_SIGNATURE
    # What is proposed with altered fields is refused by the core, whoever signed it.
    altered = coins.official(Issuer, "usd-issuer").propose(other)
    said = refusal(lambda: coins.check(altered, "usd-issuer"))
    assert said.reject is Reject.RECEIPT_DIFFERS


def test_an_approval_ends(coins: Coins) -> None:
    now_ns = coins.connection.now_ns()
    proposal, seat = coins.mint(coins.receipt("alice", "5")), coins.seat("usd-issuer", "checker")
    for expires_ns in (now_ns - 1, now_ns + 8 * DAY_NS):
        late = seat.approve(coins.connection.digest(), proposal.command, expires_ns)
        form = {"proposalId": proposal.id, **_approval(late)}
        said = refusal(lambda form=form: coins.connection.ask("POST", "/coins/v1/approvals", **form))
        assert said.reject is Reject.APPROVAL_EXPIRED


def test_for_another_exchange_it_is_worth_nothing(coins: Coins) -> None:
    proposal, seat = coins.mint(coins.receipt("alice", "6")), coins.seat("usd-issuer", "checker")
    elsewhere = seat.approve(bytes(32), proposal.command, coins.connection.now_ns() + 10**11)
    form = {"proposalId": proposal.id, **_approval(elsewhere)}
    said = refusal(lambda: coins.connection.ask("POST", "/coins/v1/approvals", **form))
    assert said.reject is Reject.BAD_SIGNATURE


def test_what_was_done_is_not_done_again(coins: Coins) -> None:
    receipt = coins.receipt("alice", "30")
    done = coins.check(coins.mint(receipt), "usd-issuer")
    before = coins.free("alice")
    again = coins.official(Issuer, "usd-issuer").propose(done.command)
    assert (again.id, again.state, again.sequence) == (done.id, "DONE", done.sequence)
    assert coins.check(again, "usd-issuer").state == "DONE"
    assert coins.free("alice") == before


def test_a_proposal_is_withdrawn_and_may_be_proposed_again(coins: Coins) -> None:
    proposal = coins.mint(coins.receipt("alice", "7"))
    said = refusal(lambda: coins.official(Official, "usd-bank").withdraw(proposal))
    assert "Only a seat of the institution that proposed it" in said.message
    assert coins.official(Official, "usd-issuer", "checker").withdraw(proposal).state == "WITHDRAWN"
    said = refusal(lambda: coins.check(proposal, "usd-issuer"))
    assert said.status == 409 and "WITHDRAWN" in said.message
    again = coins.official(Issuer, "usd-issuer").propose(proposal.command)
    assert (again.id, again.state) == (proposal.id, "OPEN")
    assert coins.check(again, "usd-issuer").state == "DONE"


def test_a_revoked_seat_signs_nothing_more(coins: Coins) -> None:
    key, supervisor = new_key(), coins.official(Supervisor, "supervisor")
    seated = coins.check(supervisor.seat("usd-issuer", seat_terms(9_001, Role.CHECKER, key)), "supervisor")
    assert seated.number is not None
    number = coins.public.institution("usd-issuer")
    new = Official(coins.connection, SeatKey(number, seated.number, key))
    open_one = coins.mint(coins.receipt("alice", "8"))
    revoked = coins.check(supervisor.revoke("usd-issuer", seated.number), "supervisor")
    assert revoked.state == "DONE"
    assert refusal(lambda: new.approve(open_one)).reject is Reject.SEAT_NOT_ACTIVE
    assert refusal(new.proposals).reject is Reject.SEAT_NOT_ACTIVE


def test_a_checker_who_was_revoked_in_between_does_not_count(coins: Coins) -> None:
    key, supervisor = new_key(), coins.official(Supervisor, "supervisor")
    seated = coins.check(supervisor.seat("usd-issuer", seat_terms(9_002, Role.MAKER, key)), "supervisor")
    assert seated.number is not None
    number = coins.public.institution("usd-issuer")
    receipt = coins.receipt("alice", "9")
    proposal = Issuer(coins.connection, SeatKey(number, seated.number, key)).mint("vUSD", receipt)
    coins.check(supervisor.revoke("usd-issuer", seated.number), "supervisor")
    assert coins.check(proposal, "usd-issuer").state == "OPEN"
    assert coins.official(Issuer, "usd-issuer").approve(proposal).state == "DONE"


def test_beyond_the_reserves_nothing_is_minted(coins: Coins) -> None:
    """The door lets it through; the core does not."""
    receipt = coins.receipt("alice", "40")
    custodian = coins.official(Custodian, "usd-bank")
    known = next(one for one in coins.public.reserves("vUSD") if one["reserve"] == 0)
    lower = custodian.attest("vUSD", 0, str(int(float(known["amount"])) - 20_000))
    assert coins.check(lower, "usd-bank").state == "DONE"
    said = refusal(lambda: coins.check(coins.mint(receipt), "usd-issuer"))
    assert said.reject is Reject.MINTING_STOPPED
    assert coins.public.coin("vUSD")["mintingStopped"] == ["UNBACKED"]
    assert coins.holder("alice").redeem("vUSD", "1", "DE02")["number"] > 0
    back = custodian.attest("vUSD", 0, known["amount"])
    assert coins.check(back, "usd-bank").state == "DONE"
    assert coins.check(coins.mint(receipt), "usd-issuer").state == "DONE"


# What is signed, and what is told


def test_a_signer_is_told_what_he_signs(coins: Coins) -> None:
    receipt = coins.receipt("alice", "11")
    proposal = coins.mint(receipt)
    command, expires_ns = proposal.command, coins.connection.now_ns() + 10**11
    whose = {"institution": 1, "seat": 1, "expiresNs": expires_ns}
    told = coins.connection.ask("POST", STATEMENTS, command=json.dumps(to_fields(command)), **whose)
    words = f"mint 11.000000 vUSD by usd-issuer (institution 1) to account 2 for the receipt {receipt}"
    assert told["words"].startswith(words)
    assert bytes.fromhex(told["encoded"]) == encode_cold(command)
    said = statement(coins.connection.digest(), 1, 1, expires_ns, encode_cold(command))
    assert bytes.fromhex(told["statement"]) == said
    # Whoever has the key and no SDK signs just that.
    signature = coins.seat("usd-issuer", "checker").key.sign(said)
    form = {"institution": 1, "seat": 1, "expiresNs": expires_ns, "approval": signature.hex()}
    assert coins.connection.ask("POST", "/coins/v1/approvals", proposalId=proposal.id, **form)["state"] == "DONE"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"command": "{"}, "command"),
        ({"command": "[]"}, "command"),
        ({"command": '{"kind":"Mint"}'}, "lacks coin, minter, receipt, account, atoms, reference"),
        ({"encoded": "00ff"}, "This is no command"),
        ({"encoded": "zz"}, "Illegal characters"),
        ({}, "Mandatory parameter 'command'"),
    ],
)
def test_what_is_no_command_is_said(coins: Coins, form: dict[str, str], words: str) -> None:
    whose = {"institution": 1, "seat": 1, "expiresNs": 1}
    said = refusal(lambda: coins.connection.ask("POST", STATEMENTS, **whose, **form))
    assert said.status == 400 and words in said.message


def test_nobody_is_asked_for_what_needs_no_approval(coins: Coins) -> None:
    seat = coins.official(Official, "operator")
    listing = {"kind": "SetFeeTier", "reference": "x", "tier": 3, "maker_ppm": 1, "taker_ppm": 1}
    expires_ns = coins.connection.now_ns() + 10**11
    form = {"institution": seat.number, "seat": 0, "expiresNs": expires_ns, "approval": "00" * 64}
    said = refusal(lambda: coins.connection.ask("POST", "/coins/v1/proposals", command=json.dumps(listing), **form))
    assert "Nobody must approve this" in said.message


def test_accounts_and_payees_are_not_public(coins: Coins) -> None:
    payee = "FR76 3000 6000 0112"
    coins.holder("bob").redeem("vUSD", "3", payee)
    http = httpx.Client(base_url=coins.running.rest)
    for path in ("coins", "reserves?coin=vUSD", "queue?coin=vUSD", "lawfulOrders", "institutions", "exchange"):
        answer = http.get(f"/coins/v1/{path}")
        assert answer.status_code == 200
        assert payee not in answer.text and '"payee"' not in answer.text
    for path in ("receipts?coin=vUSD", "payouts?coin=vUSD", "proposals"):
        assert http.get(f"/coins/v1/{path}").status_code == 400
    http.close()
    assert payee in {row["payee"] for row in coins.official(Agent, "agent").payouts("vUSD")}
    said = refusal(lambda: coins.official(Agent, "usd-bank").payouts("vUSD"))
    assert said.status == 401


def test_it_is_told_in_the_document(coins: Coins) -> None:
    document = httpx.get(f"{coins.running.rest}/openapi.json").json()
    paths = {path: set(operations) for path, operations in document["paths"].items() if path.startswith("/coins/")}
    assert paths["/coins/v1/proposals"] == {"get", "post", "delete"}
    assert {"/coins/v1/coins", "/coins/v1/approvals", "/coins/v1/redemptions", "/coins/v1/trades/accept"} <= set(paths)
    operation = document["paths"]["/coins/v1/redemptions"]["post"]
    assert operation["x-permission"] == "WITHDRAW" and operation["summary"].startswith("Ask for money")
    required = {one["name"] for one in operation["parameters"] if one.get("required")}
    assert required == {"coin", "amount", "payee", "clientId", "timestamp"}


# Holders


def test_holders_sign_with_any_kind_of_key(coins: Coins) -> None:
    def ed25519_signer() -> tuple[Any, Any]:
        key = ed25519.Ed25519PrivateKey.generate()
        return key.public_key(), key.sign

    def rsa_signer() -> tuple[Any, Any]:
        key = rsa.generate_private_key(65537, 2048)
        return key.public_key(), lambda data: key.sign(data, padding.PKCS1v15(), SHA256())

    with SandboxClient(coins.running.rest) as client:
        for kind, make in (("ED25519", ed25519_signer), ("RSA", rsa_signer)):
            public, sign = make()
            pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            weak = client.add_key("bob", kind=kind, public_key=pem)["apiKey"]
            may = ("USER_DATA", "WITHDRAW")
            key = client.add_key("bob", kind=kind, public_key=pem, permissions=may)["apiKey"]
            form = {"coin": "vUSD", "amount": "1", "payee": "DE02", "clientId": f"by-{kind}"}
            answer = _signed(coins, key, sign, form)
            assert answer.status_code == 200 and answer.json()["kind"] == "RequestRedemption", answer.text
            assert _signed(coins, weak, sign, form).json()["code"] == -2015
            stale = _signed(coins, key, sign, form, age_ms=6_000)
            assert (stale.status_code, stale.json()["code"]) == (400, -1021)
            forged = _signed(coins, key, lambda data, sign=sign: sign(data + b"x"), form)
            assert forged.json()["code"] == -1022


def _signed(coins: Coins, key: str, sign: Any, form: dict[str, str], age_ms: int = 0) -> httpx.Response:
    text = urlencode(form | {"timestamp": str(time.time_ns() // 10**6 - age_ms), "recvWindow": "5000"})
    signature = urlencode({"signature": base64.b64encode(sign(text.encode())).decode()})
    headers = {"X-MBX-APIKEY": key, "content-type": "application/x-www-form-urlencoded"}
    return httpx.post(f"{coins.running.rest}/coins/v1/redemptions", content=f"{text}&{signature}", headers=headers)


def test_many_payments_are_made_or_none(coins: Coins) -> None:
    alice, bob = coins.holder("alice"), coins.holder("bob").account()["account"]
    before = coins.free("bob")
    run = [{"toAccount": bob, "asset": "vUSD", "amount": "1", "clientId": f"run-{one}"} for one in range(3)]
    too_much = [*run, {"toAccount": bob, "asset": "vUSD", "amount": "90000000000", "clientId": "run-3"}]
    assert refusal(lambda: alice.pay_many(too_much)).reject is Reject.INSUFFICIENT_FREE
    assert coins.free("bob") == before
    assert [row["repeated"] for row in alice.pay_many(run)] == [False] * 3
    assert [row["repeated"] for row in alice.pay_many(run)] == [True] * 3
    assert float(coins.free("bob")) == float(before) + 3


def test_only_people_are_paid(coins: Coins) -> None:
    """Account 1 is the outside: what goes there has left the exchange, which is what withdrawals are for."""
    for account in (0, 1, 10**9):
        said = refusal(lambda account=account: coins.holder("alice").pay(account, "BTC", "1"))
        assert said.reject is Reject.UNKNOWN_COUNTERPARTY


def test_one_holder_does_nothing_for_another(coins: Coins) -> None:
    alice, bob = coins.holder("alice"), coins.holder("bob")
    number = bob.account()["account"]
    now_ms = coins.connection.now_ns() // 10**6
    hold = alice.hold(number, "vUSD", "5", expires_ms=now_ms + 60_000, reclaim_ms=now_ms + 60_000)["number"]
    assert refusal(lambda: bob.reclaim_hold(hold)).reject is Reject.NOT_A_PARTY
    assert [row["holdId"] for row in alice.account()["holds"]] == [hold]
    bob.execute_hold(hold, "vUSD", "2")
    assert alice.account()["holds"][0]["amount"] == "3.000000"
    bob.release_hold(hold)
    assert alice.account()["holds"] == []


def test_a_payment_that_its_holder_signed_is_made_once_whoever_hands_it_in(coins: Coins) -> None:
    alice, bob = coins.holder("alice"), coins.holder("bob")
    key, numbers = new_key(), {name: coins.holder(name).account()["account"] for name in ("alice", "bob")}
    _bind(coins, alice, numbers["alice"], key)
    unsigned = TransferAuthorized(
        reference="authorized-1",
        account=numbers["alice"],
        to_account=numbers["bob"],
        asset=VUSD,
        atoms=10**6,
        after_ns=0,
        expires_ns=coins.connection.now_ns() + 10**11,
        proof=NO_PROOF,
    )
    command = prove(coins.connection.digest(), key, unsigned)
    before = float(coins.free("bob"))
    assert bob.hand_in(command)["repeated"] is False
    assert bob.hand_in(command)["repeated"] is True
    assert float(coins.free("bob")) == before + 1
    more = TransferAuthorized(**{**_fields(command), "atoms": 10**9, "reference": "authorized-2"})
    assert refusal(lambda: bob.hand_in(more)).reject is Reject.HOLDER_SIGNATURE


def _bind(coins: Coins, holder: Holder, number: int, key: ed25519.Ed25519PrivateKey) -> None:
    command = BindHolderKey(
        reference=f"holder:{number}:bind",
        account=number,
        scheme=int(Scheme.ED25519),
        key=public_bytes(key),
        expires_ns=0,
        proof=NO_PROOF,
    )
    said = refusal(lambda: coins.holder("bob").hand_in(command))
    assert "another account" in said.message
    assert holder.hand_in(command)["kind"] == "BindHolderKey"


def test_redemptions_are_taken_back_by_who_asked(coins: Coins) -> None:
    alice, before = coins.holder("alice"), coins.free("alice")
    number = alice.redeem("vUSD", "40", "DE02")["number"]
    refused = refusal(lambda: coins.holder("bob").withdraw_redemption(number))
    assert refused.code == CODE_BASE - Reject.NOT_A_PARTY
    alice.withdraw_redemption(number)
    assert coins.free("alice") == before
    [row] = [one for one in alice.account()["redemptions"] if one["redemptionId"] == number]
    assert (row["waiting"], row["withdrawn"]) == ("0.000000", "40.000000")
    assert refusal(lambda: alice.withdraw_redemption(number)).code == CODE_BASE - Reject.UNKNOWN_REDEMPTION


def test_a_treasury_pays_what_its_issuers_people_sign(coins: Coins) -> None:
    wire = coins.official(Custodian, "usd-bank").confirm("vUSD", 0, TREASURY, "5", "own money")
    receipt = coins.check(wire, "usd-bank").number
    assert receipt is not None
    coins.check(coins.mint(receipt), "usd-issuer")
    before, number = float(coins.free("alice")), coins.holder("alice").account()["account"]
    proposed = coins.official(Issuer, "usd-issuer").pay_treasury("vUSD", number, "5")
    assert proposed.words.startswith(
        f"pay 5.000000 vUSD, of the asset vUSD, out of the treasury of vUSD to account {number}"
    )
    assert coins.check(proposed, "usd-issuer").state == "DONE"
    assert float(coins.free("alice")) == before + 5


def test_coins_come_from_nowhere_else(coins: Coins) -> None:
    """Test money of a coin comes out of its treasury: the conveniences of a sandbox do not change its supply."""
    before = coins.public.coin("vUSD")["supply"]
    with SandboxClient(coins.running.rest) as client:
        client.give("alice", "vUSD", "5")
        client.give("alice", "vUSD", "-2")
        client.deposit("alice", "vUSD", "50")
    deadline_s = time.monotonic() + 60
    start = float(coins.free("alice"))
    while float(coins.free("alice")) < start + 40 and time.monotonic() < deadline_s:
        time.sleep(0.2)
    assert float(coins.free("alice")) == start + 50
    assert coins.public.coin("vUSD")["supply"] == before


def _fields(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def _approval(approval: Any) -> dict[str, object]:
    return {
        "institution": approval.institution,
        "seat": approval.seat,
        "expiresNs": approval.expires_ns,
        "approval": approval.signature.hex(),
    }


def test_custodians_attest_again_before_minting_stops_for_good(coins: Coins) -> None:
    """The last of all, since the clock never goes back: forty days pass, and nothing is minted until they look."""
    institutions = json.loads((coins.running.data / "sandbox.json").read_text())["institutions"]
    assert attest_old(coins.connection, institutions) == 0, "they are of today"
    with SandboxClient.of(coins.running.data) as sandbox:
        sandbox.turn_clock(step="40d")
    assert coins.public.coin("vUSD")["backing"] == "0.000000"
    assert "UNBACKED" in coins.public.coin("vUSD")["mintingStopped"]
    # In a quiet market nobody attests what a clock was stepped over; what is old by the world's clock is.
    socket, now_ns = Places(coins.running.data).socket, time.time_ns()
    assert asyncio.run(look_quietly(coins.connection, socket, institutions, now_ns)) == 0
    assert asyncio.run(look_quietly(coins.connection, socket, institutions, now_ns + 40 * DAY_NS)) == 6
    assert attest_old(coins.connection, institutions) == 0
    for code in ("vUSD", "vCNY", "vEUR"):
        coin = coins.public.coin(code)
        assert float(coin["backing"]) >= float(coin["supply"])
        assert "UNBACKED" not in coin["mintingStopped"]
