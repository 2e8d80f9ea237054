"""Disputes from both sides of the arbiter's desk: appealed, looked into, decided, and carried away as a bundle."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from tests.examples.rest.bazaar import ARBITER, PNG, SUPERVISOR, Bazaar
from tests.examples.rest.house import USDT, Answer, House, Trader
from tests.examples.rest.house import request as ask_door
from tests.examples.rest.test_record_figures import checkpointed
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.gateway.p2p.disputes import said_subject
from venus.gateway.receipts import Receipts
from venus.gateway.record.log import PublicLog
from venus.p2p.bundle import Bundle, decode_bundle
from venus.records import p2p
from venus.records.approvals import exchange_digest, reading_of, saying_of
from venus.records.commands import PlainCommand, approved, encode_cold
from venus.records.institutions import Role, SeatPerson
from venus.records.p2p_states import Ending, OrderState, Party
from venus.records.rejects import Reject
from venus.sdk.connection import ApiKey, Connection, Refused
from venus.sdk.keys import SeatKey, new_key, seat_terms
from venus.sdk.p2p import P2pTrader
from venus.sdk.p2p_arbiter import Arbiter
from venus.supervisor.dispute_bundle import check
from venus.supervisor.dispute_journal import journal_faults
from venus.views.p2p_questions import MarketAnswer, MarketQuestion

BASE = "/p2p/v1/"
EXCHANGE = exchange_digest("bazaar", "localhost", "http://localhost:8000")


class Court:
    """The arbiter's desk at the bazaar, and the bundles."""

    def __init__(self, bazaar: Bazaar) -> None:
        self.bazaar = bazaar
        house = bazaar.house
        self.places = Places(house.directory)
        self.log = PublicLog(house.directory / "log", self.places.journal, self.places.journal_verifier)
        receipts = Receipts.load(self.places.receipts_key, self.places.receipts_delegation)
        for endpoint in bazaar.door.bundle_endpoints(receipts, self.log, self.places.journal):
            house.door.add(endpoint)
        self.maker, self.checker = bazaar.seat(ARBITER, Role.MAKER), bazaar.seat(ARBITER, Role.CHECKER)
        self._references = 0

    def close(self) -> None:
        self.log.close()

    def ask(self, method: str, path: str, seat: SeatKey, signed: bytes, **params: object) -> Answer:
        return self.bazaar.ask(None, method, path, **params, **_signature(seat, signed))

    def read(self, path: str, seat: SeatKey, order: str = "", **params: object) -> Answer:
        asked = {"order": order} if order else {}
        return self.ask("GET", path, seat, reading_of(f"{BASE}{path}", order), **asked, **params)

    def say(self, path: str, seat: SeatKey, order: str, text: str) -> Answer:
        signed = saying_of(f"{BASE}dispute/{path}", said_subject(int(order), text))
        return self.ask("POST", f"dispute/{path}", seat, signed, order=order, text=text)

    def propose(self, command: PlainCommand, seat: SeatKey) -> Answer:
        encoded = encode_cold(command)
        return self.ask("POST", "proposals", seat, encoded, encoded=encoded.hex())

    def approve(self, command: PlainCommand, seat: SeatKey, proposal: int) -> Answer:
        return self.ask("POST", "approvals", seat, encode_cold(command), proposalId=proposal)

    def reference(self) -> str:
        self._references += 1
        return f"court {self._references}"

    def verdict(self, order: str, buyer_atoms: int, at_fault: Party, grounds: str) -> p2p.DecideDispute:
        return p2p.DecideDispute(
            reference=self.reference(),
            order=int(order),
            buyer_atoms=buyer_atoms,
            at_fault=int(at_fault),
            grounds_hash=bytes.fromhex(grounds),
            chat=bytes.fromhex(self.bazaar.house.registry.chats.head(int(order))),
        )

    def grounds(self, order: str, text: str = "The money is on the seller's own statement.") -> str:
        return str(_done(self.say("grounds", self.maker, order, text))["groundsHash"])

    def stalled(self) -> "Stalled":
        """A buyer paid 700 yuan for 100 USDT, and the seller does nothing."""
        bazaar = self.bazaar
        seller, buyer = bazaar.trader("Wang Fang"), bazaar.trader("Li Wei", usdt=0, btc=0)
        bazaar.account_at(seller, name="Wang Fang", number="wang@example.com")
        order = str(bazaar.take(buyer, bazaar.advert(seller), bazaar.account_at(buyer))["order"])
        bazaar.do(buyer, "order/paid", order=order, fiatAmount="700")
        return Stalled(seller, buyer, order)

    def appealed(self) -> "Stalled":
        """The same; the buyer appeals with a picture, and both have their say."""
        bazaar, one = self.bazaar, self.stalled()
        picture = bazaar.bring(one.buyer, name="receipt.png").json["file"]
        bazaar.do(one.buyer, "chat", order=one.order, text="Paid, reference 4711.")
        told = {"ground": "NOT_RELEASED", "text": "The bank's receipt.", "files": picture}
        bazaar.do(one.buyer, "order/appeal", order=one.order, **told)
        bazaar.do(one.seller, "order/evidence", order=one.order, text="Nothing came.")
        return one

    def bundle(self, who: Trader, order: str) -> Bundle:
        """As a party fetches it, once a checkpoint covers it."""
        checkpointed(self.bazaar.house)
        house = self.bazaar.house
        return decode_bundle(_raw(house, who, "bundle", order=order))

    def file(self, seat: SeatKey, order: str, digest: str) -> bytes:
        signed = reading_of(f"{BASE}dispute/files", order)
        form = {"order": order, "file": digest, **_signature(seat, signed)}
        return _raw(self.bazaar.house, None, "dispute/files", **form)


class Stalled(msgspec.Struct):
    seller: Trader
    buyer: Trader
    order: str


def _done(answer: Answer) -> Any:
    assert answer.status == 200, answer
    return answer.json


def _signature(seat: SeatKey, signed: bytes) -> dict[str, object]:
    approval = seat.approve_bytes(EXCHANGE, signed, time.time_ns() + 10**11)
    by = {"institution": approval.institution, "seat": approval.seat, "expiresNs": approval.expires_ns}
    return by | {"approval": approval.signature.hex()}


def _raw(house: House, who: Trader | None, path: str, **form: object) -> bytes:
    """The very bytes of an answer."""
    query, headers = house.signed(who, form)
    asked = ask_door(house.door, "GET", f"{BASE}{path}", query, headers, b"", "192.0.2.1", decode=bytes)
    content = house.run(asked).json
    assert isinstance(content, bytes)
    return content


@pytest.fixture(scope="session")
def court(bazaar: Bazaar) -> Iterator[Court]:
    opened = Court(bazaar)
    yield opened
    opened.close()


def test_a_buyer_is_stalled_appeals_and_wins(court: Court) -> None:
    bazaar, one = court.bazaar, court.appealed()
    waiting = _done(court.read("disputes", court.maker))["rows"]
    [row] = [row for row in waiting if row["order"] == one.order]
    assert (row["state"], row["appeal"]["by"], row["may"], row["large"]) == ("DISPUTED", "BUYER", ["DECIDE"], False)

    told = _done(court.read("dispute", court.maker, one.order))
    assert (told["buyerName"], told["sellerName"], told["nameMatch"]) == ("Li Wei", "Wang Fang", "EXACT")
    assert [(brought["by"], brought["text"]) for brought in told["evidence"]] == [
        ("BUYER", "The bank's receipt."),
        ("SELLER", "Nothing came."),
    ]
    assert [step["what"] for step in told["steps"]] == [
        "ESCROW_OPENED",
        "ESCROW_PAID",
        "DISPUTE_OPENED",
        "EVIDENCE_SUBMITTED",
    ]
    assert court.file(court.checker, one.order, told["evidence"][0]["files"][0]) == PNG

    _done(court.say("message", court.checker, one.order, "Please show your statement of the day."))
    chat = _done(court.read("dispute/chat", court.maker, one.order))["rows"]
    assert [row["text"] for row in chat if row["from"] == "ARBITER"] == ["Please show your statement of the day."]
    assert bazaar.get(one.seller, "chat", order=one.order)["rows"][: len(chat)] == chat

    verdict = court.verdict(one.order, 100 * 10**6, Party.SELLER, court.grounds(one.order))
    assert _done(court.propose(verdict, court.checker))["state"] == "DONE"
    assert bazaar.house.balance(one.buyer.account, USDT) == (99_800_000, 0)
    assert _done(court.read("dispute", court.maker, one.order))["grounds"].startswith("The money is on")

    bundle = court.bundle(one.buyer, one.order)
    key = journal_verifier(court.places)
    report = check(bundle, key)
    assert report.faults == [] and report.case is not None
    assert (report.case.last.state, report.case.last.ending) == (OrderState.COMPLETED, Ending.DECIDED)
    assert [text for text in bundle.texts.values() if "own statement" in text]
    assert len(bundle.files) == 1 and [one.name for one in bundle.declared] == ["L* W**", "W*** F***"]
    assert journal_faults(bundle, report, court.places.journal, lambda done, total: None) == []
    sellers = court.bundle(one.seller, one.order)
    assert [one.frame for one in sellers.frames] == [one.frame for one in bundle.frames]

    # What the exchange left out, or told otherwise, the journal shows.
    fewer = msgspec.structs.replace(bundle, frames=bundle.frames[:-2] + bundle.frames[-1:])
    words = [fault.words for fault in journal_faults(fewer, check(fewer, key), court.places.journal, _quiet)]
    assert len(words) == 1 and words[0].endswith("is about this order, and was left out")
    seats = (msgspec.structs.replace(bundle.told.seats[0], person=99),)
    other = msgspec.structs.replace(bundle, told=msgspec.structs.replace(bundle.told, seats=seats))
    words = [fault.words for fault in journal_faults(other, check(other, key), court.places.journal, _quiet)]
    assert words == ["seat 1/1 is another person's, or has another key"]


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""


def test_a_claim_after_the_end_is_carried_with_the_order_it_is_of(court: Court) -> None:
    bazaar, one = court.bazaar, court.stalled()
    bazaar.do(one.seller, "order/release", order=one.order)
    bazaar.do(one.seller, "order/appeal", order=one.order, ground="CHARGEBACK", text="The bank took it back.")
    claims = _done(court.read("disputes", court.maker, waiting="claims"))["rows"]
    [row] = [row for row in claims if row["order"] == one.order]
    assert (row["claimBy"], row["claimGround"], row["may"]) == ("SELLER", "CHARGEBACK", ["RELOCK", "REFUSE_CLAIM"])
    relock = p2p.RelockEscrow(reference=court.reference(), order=int(one.order))
    assert _done(court.propose(relock, court.maker))["state"] == "DONE"
    again = bazaar.get(one.buyer, "order", order=one.order)["relockedAs"]
    bazaar.do(one.buyer, "order/cancel", order=again, reason="OTHER")
    bundle = court.bundle(one.seller, again)
    report = check(bundle, journal_verifier(court.places))
    assert report.faults == [] and report.case is not None
    assert bundle.order == int(one.order) and list(report.case.lives) == [int(one.order), int(again)]
    assert report.case.last.state == OrderState.CANCELLED
    assert journal_faults(bundle, report, court.places.journal, _quiet) == []


class _Inside(httpx.BaseTransport):
    """To the house's door without a network."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        path, query, body = request.url.path, request.url.query, request.read()
        asked = ask_door(self._house.door, request.method, path, query, headers, body, "192.0.2.1", decode=bytes)
        answer = self._house.run(asked)
        return httpx.Response(answer.status, content=answer.json)


def test_a_seat_decides_from_a_program(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    one = court.appealed()
    with Connection("http://testserver") as connection:
        connection._http = httpx.Client(base_url="http://testserver", transport=_Inside(court.bazaar.house))
        monkeypatch.setattr(connection, "digest", lambda: EXCHANGE)
        arbiter = Arbiter(connection, court.checker)
        assert int(one.order) in [int(row["order"]) for row in arbiter.waiting()]
        arbiter.say(int(one.order), "I decide now.")
        assert arbiter.chat(int(one.order))[-1]["text"] == "I decide now."
        drafted = arbiter.grounds(int(one.order), "A draft.")
        assert arbiter.grounds_read(int(one.order), drafted) == "A draft."
        proposal = arbiter.decide(int(one.order), 40 * 10**6, Party.BUYER, "Two fifths were paid for.")
        assert proposal.state == "DONE"
        told = arbiter.dispute(int(one.order))
        assert (told["ending"], told["buyerAmount"], told["grounds"]) == (
            "DECIDED",
            "40.000000",
            "Two fifths were paid for.",
        )
        with pytest.raises(Refused, match="WRONG_STATE"):
            arbiter.decide(int(one.order), 0, Party.NOBODY, "Once more.", reference="again")
        checkpointed(court.bazaar.house)
        bundle = P2pTrader(connection, ApiKey(one.buyer.key, one.buyer.secret)).bundle(one.order)
        assert check(decode_bundle(bundle), journal_verifier(court.places)).faults == []


def test_a_large_verdict_needs_two_persons(court: Court) -> None:
    with _LargeFrom(court, 50 * 10**6):
        one = court.appealed()
    verdict = court.verdict(one.order, 0, Party.NOBODY, court.grounds(one.order))
    proposed = _done(court.propose(verdict, court.maker))
    assert (proposed["state"], proposed["wanted"]) == ("OPEN", ["a quorum of arbiter"])
    grounds = verdict.grounds_hash.hex()
    read = _done(court.read("dispute/grounds", court.checker, one.order, groundsHash=grounds))
    assert read == {"order": one.order, "text": "The money is on the seller's own statement."}
    assert _done(court.read("dispute", court.checker, one.order))["grounds"] is None
    assert proposed["words"].startswith("give the buyer ")
    assert _done(court.approve(verdict, court.checker, proposed["proposalId"]))["state"] == "DONE"
    assert court.bazaar.get(one.buyer, "order", order=one.order)["ending"] == "DECIDED"


def test_grounds_are_read_with_their_own_order_alone(court: Court) -> None:
    one, other = court.appealed(), court.appealed()
    of_other = court.grounds(other.order)
    assert court.read("dispute/grounds", court.checker, one.order, groundsHash=of_other).status == 404
    evidence = _done(court.read("dispute", court.checker, one.order))["evidence"][0]["hash"]
    assert court.read("dispute/grounds", court.checker, one.order, groundsHash=evidence).status == 404
    assert court.read("dispute/grounds", court.checker, one.order, groundsHash="00" * 32).status == 404


class _LargeFrom:
    """While it lasts, terms under which a verdict on so many atoms needs the quorum."""

    def __init__(self, court: Court, atoms: int) -> None:
        self._house = court.bazaar.house
        answer = self._house.run(self._house.client.ask(MarketQuestion()))
        assert isinstance(answer, MarketAnswer) and answer.terms is not None
        self._terms = msgspec.structs.asdict(answer.terms)
        self._atoms = atoms

    def __enter__(self) -> None:
        assets = [msgspec.structs.replace(one, large_atoms=self._atoms) for one in self._terms["assets"]]
        self._house.cold(p2p.SetP2pTerms, **(self._terms | {"assets": tuple(assets)}))

    def __exit__(self, *_: object) -> None:
        self._house.cold(p2p.SetP2pTerms, **self._terms)


def test_who_declares_a_conflict_sees_and_decides_nothing_more(court: Court) -> None:
    one = court.appealed()
    assert _done(court.say("conflict", court.maker, one.order, "The seller is my cousin."))["new"] is True
    assert _done(court.say("conflict", court.maker, one.order, "Once more."))["new"] is False
    words = "CONFLICT_OF_INTEREST: the person of this seat said that he cannot judge this order."
    refused = (403, -30000 - Reject.CONFLICT_OF_INTEREST, words)
    assert court.read("dispute", court.maker, one.order).refusal == refused
    assert court.read("dispute/chat", court.maker, one.order).refusal == refused
    assert court.say("message", court.maker, one.order, "Hello").refusal == refused
    grounds = str(_done(court.say("grounds", court.checker, one.order, "No money came."))["groundsHash"])
    verdict = court.verdict(one.order, 0, Party.NOBODY, grounds)
    assert court.propose(verdict, court.maker).refusal == refused
    told = _done(court.read("dispute", court.checker, one.order))["conflicts"]
    assert [(conflict["seat"], conflict["text"]) for conflict in told] == [(0, "The seller is my cousin.")]
    assert _done(court.propose(verdict, court.checker))["state"] == "DONE"


def test_nobody_judges_himself(court: Court) -> None:
    """An arbiter who trades; another must judge what he trades."""
    one, house = court.appealed(), court.bazaar.house
    person = house.registry.person_of_account(one.seller.account)
    assert person is not None
    key = new_key()
    command = SeatPerson(reference=court.reference(), institution=ARBITER, terms=seat_terms(person, Role.CHECKER, key))
    until_ns = time.time_ns() + 10**11
    seats = [court.bazaar.seat(SUPERVISOR, role) for role in Role]
    outcome = house.run(
        house.client.submit_cold(approved(command, *(seat.approve(EXCHANGE, command, until_ns) for seat in seats)))
    )
    himself = SeatKey(ARBITER, outcome.events[-1].maker_order_id, key)
    verdict = court.verdict(one.order, 0, Party.NOBODY, court.grounds(one.order))
    for answer in (court.read("dispute", himself, one.order), court.propose(verdict, himself)):
        assert answer.json["code"] == -30000 - Reject.CONFLICT_OF_INTEREST, answer
    assert _done(court.propose(verdict, court.checker))["state"] == "DONE"


def test_the_desk_is_the_arbiters_and_looks_are_counted(court: Court) -> None:
    one = court.appealed()
    house, supervisor = court.bazaar.house, court.bazaar.seat(SUPERVISOR, Role.MAKER)
    looks, told = len(house.registry.looks.listing(1, 10_000)), court.bazaar.looked_count
    assert court.read("dispute", supervisor, one.order).status == 200
    [look] = house.registry.looks.listing(looks + 1, 10)
    assert (look.institution, look.kind, look.first_frame) == (SUPERVISOR, "dispute", int(one.order))
    assert court.bazaar.looked_count == told + 1  # the journal is to hold it
    refused = (403, -33031, "supervisor is not the market's arbiter.")
    assert court.say("message", supervisor, one.order, "We are watching.").refusal == refused
    unsigned = court.ask("GET", "dispute", court.maker, b"something else", order=one.order)
    assert unsigned.json["code"] == -30000 - Reject.BAD_SIGNATURE
    other = court.ask("GET", "dispute", court.maker, reading_of(f"{BASE}dispute", "1"), order=one.order)
    assert other.json["code"] == -30000 - Reject.BAD_SIGNATURE


def test_what_is_not_in_dispute_is_nobody_elses_business(court: Court) -> None:
    one = court.stalled()
    answer = court.read("dispute", court.maker, one.order)
    assert (answer.status, answer.json["code"]) == (404, -30000 - Reject.UNKNOWN_ESCROW)
    stranger = court.bazaar.trader("Zhao Min")
    assert court.bazaar.refused(stranger, "GET", "bundle", order=one.order) is Reject.UNKNOWN_ESCROW
