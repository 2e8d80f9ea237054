"""Signatures replayed, altered, expired, forged, or too few: docs/rules/approvals.md. See test_issuer_frauds.py."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from tests.properties.test_issuer_frauds import frauds, new_stage
from venus.records.approvals import Approval, exchange_digest, statement
from venus.records.coins import DAY_NS, AttestReserve, Mint, PauseMinting
from venus.records.commands import PlainCommand, SetFeeTier, approved, encode_cold
from venus.records.events import EventFlag, EventKind
from venus.records.institutions import AdoptControls, RevokeSeat, Role, SeatPerson
from venus.records.rejects import Reject
from venus.testing.coin_stage import PLENTY, CoinStage, reject_of
from venus.testing.officials import (
    BANK,
    BODIES,
    ISSUER,
    OPERATOR,
    SUPERVISOR,
    Person,
    approval,
    approvals_of,
    seat_terms,
    signed,
)


def replayed(stage: CoinStage) -> tuple[Mint, tuple[Approval, ...]]:
    stage.attest(PLENTY)
    mint = stage.mint("ann", 100, stage.receipt("ann", 100))
    return mint, approvals_of(mint, stage.time_ns, ISSUER)


def test_an_approval_that_was_used_does_nothing_again():
    stage = new_stage()
    mint, approvals = replayed(stage)
    first = stage.play.cold(approved(mint, *approvals))[-1]
    stage.later(10 * DAY_NS)
    again = stage.play.cold(approved(mint, *approvals))[-1]
    assert (again.kind, again.flags, again.trade_id) == (EventKind.MINTED, EventFlag.REPEATED, first.sequence)
    assert stage.supply == 100


@frauds
@given(st.sampled_from(["reference", "coin", "minter", "receipt", "account", "atoms"]), st.integers(1, 3))
def test_an_approval_is_of_one_command_and_no_other(field: str, by: int):
    stage = new_stage()
    mint, approvals = replayed(stage)
    value = getattr(mint, field)
    altered = msgspec.structs.replace(mint, **{field: value + "'" if isinstance(value, str) else value + by})
    reject = reject_of(stage.play.cold(approved(altered, *approvals)))
    assert reject in (Reject.BAD_SIGNATURE, Reject.UNKNOWN_COIN, Reject.UNKNOWN_MINTER)
    assert stage.supply == 0


@frauds
@given(st.integers(0, 8 * DAY_NS))
def test_an_approval_expires(passed_ns: int):
    stage = new_stage()
    mint, _ = replayed(stage)
    expires_ns = stage.time_ns + DAY_NS
    seats = [approval(mint, ISSUER, seat, BODIES[ISSUER].people[seat], expires_ns) for seat in (0, 1)]
    stage.later(passed_ns)
    last = stage.play.cold(approved(mint, *seats))[-1]
    if passed_ns < DAY_NS:
        assert last.kind == EventKind.MINTED
    else:
        assert reject_of([last]) == Reject.APPROVAL_EXPIRED
        later = [msgspec.structs.replace(one, expires_ns=one.expires_ns + 8 * DAY_NS) for one in seats]
        assert reject_of(stage.play.cold(approved(mint, *later))) in (Reject.BAD_SIGNATURE, Reject.APPROVAL_EXPIRED)


@frauds
@given(st.integers(0, 511), st.sampled_from([0, 1]))
def test_a_signature_with_one_bit_bent_is_none(bit: int, place: int):
    """Of a key and of a passkey."""
    stage = new_stage()
    mint, approvals = replayed(stage)
    bent = bytearray(approvals[place].signature)
    bent[bit // 8 % len(bent)] ^= 1 << bit % 8
    forged = [*approvals]
    forged[place] = msgspec.structs.replace(approvals[place], signature=bytes(bent))
    assert reject_of(stage.play.cold(approved(mint, *forged))) == Reject.BAD_SIGNATURE


@pytest.mark.parametrize("seats", [(0,), (1,), (0, 2), (0, 0), (1, 1)])
def test_nobody_alone_mints(seats: tuple[int, ...]):
    """Not a maker, not a checker, not two makers, not one who signs twice."""
    stage = new_stage()
    mint, _ = replayed(stage)
    expires_ns = stage.time_ns + DAY_NS
    signed_ = [approval(mint, ISSUER, seat, BODIES[ISSUER].people[seat], expires_ns) for seat in seats]
    reject = reject_of(stage.play.cold(approved(mint, *signed_)))
    assert reject == (Reject.APPROVAL_DUPLICATE if len(set(seats)) < len(seats) else Reject.QUORUM_MISSING)
    assert stage.reject(mint) == Reject.APPROVALS_MISSING


def test_one_person_on_two_seats_is_one_person():
    """The supervisor seats the issuer's maker as a checker too."""
    stage = new_stage()
    mint, _ = replayed(stage)
    twice = Person(11, Role.CHECKER)
    terms = msgspec.structs.replace(seat_terms(Person(911, Role.CHECKER)), person=11)
    place = stage.do(
        SeatPerson(reference=stage.reference(), institution=ISSUER, terms=terms), SUPERVISOR
    ).maker_order_id
    expires_ns = stage.time_ns + DAY_NS
    maker = approval(mint, ISSUER, 0, BODIES[ISSUER].people[0], expires_ns)
    checker = approval(mint, ISSUER, place, Person(911, Role.CHECKER), expires_ns)
    assert twice.number == terms.person
    assert reject_of(stage.play.cold(approved(mint, maker, checker))) == Reject.QUORUM_MISSING


def test_one_person_sits_at_one_institution():
    """So that who issues does not also say what the bank holds."""
    stage = new_stage()
    own = msgspec.structs.replace(seat_terms(Person(912, Role.MAKER)), person=11)
    command = SeatPerson(reference=stage.reference(), institution=BANK, terms=own)
    assert stage.reject(command, SUPERVISOR) == Reject.SEAT_TAKEN


def test_a_seat_that_was_revoked_signs_nothing_more():
    stage = new_stage()
    mint, approvals = replayed(stage)
    stage.do(RevokeSeat(reference=stage.reference(), institution=ISSUER, seat=0), SUPERVISOR)
    assert reject_of(stage.play.cold(approved(mint, *approvals))) == Reject.SEAT_NOT_ACTIVE


def test_an_approval_for_another_exchange_is_none():
    stage = new_stage()
    mint, _ = replayed(stage)
    elsewhere, expires_ns = exchange_digest("elsewhere.test", "", ""), stage.time_ns + DAY_NS
    forged = []
    for seat, person in enumerate(BODIES[ISSUER].people[:2]):
        said = statement(elsewhere, ISSUER, seat, expires_ns, encode_cold(mint))
        proof = signed(said, person.number, person.scheme)
        forged.append(
            Approval(
                institution=ISSUER,
                seat=seat,
                expires_ns=expires_ns,
                signature=proof.signature,
                authenticator_data=proof.authenticator_data,
                client_data=proof.client_data,
            )
        )
    assert reject_of(stage.play.cold(approved(mint, *forged))) == Reject.BAD_SIGNATURE


def powers(stage: CoinStage) -> list[tuple[PlainCommand, tuple[int, ...]]]:
    """Commands that change what can be minted or how the exchange is run, and who must approve them."""
    attestation = AttestReserve(reference=stage.reference(), reserve=0, as_of_ns=stage.time_ns, atoms=1)
    return [
        (stage.pack(), (ISSUER, SUPERVISOR)),
        (stage.minter(1, 1), (ISSUER, SUPERVISOR)),
        (stage.reserve(), (ISSUER, BANK)),
        (attestation, (BANK,)),
        (PauseMinting(reference=stage.reference(), coin=stage.coin, paused=1), (ISSUER,)),
        (SetFeeTier(reference=stage.reference(), tier=0, maker_ppm=0, taker_ppm=0), (OPERATOR,)),
    ]


def test_every_power_needs_all_who_must_approve_it():
    """Each with one signature less, with one institution less, and bare."""
    stage = new_stage()
    stage.do(AdoptControls(reference=stage.reference(), institution=OPERATOR), OPERATOR, SUPERVISOR)
    for command, institutions in powers(stage):
        assert stage.reject(command) == Reject.APPROVALS_MISSING
        whole = approvals_of(command, stage.time_ns, *institutions)
        for missing in range(len(whole)):
            rest = whole[:missing] + whole[missing + 1 :]
            expected = Reject.QUORUM_MISSING if rest else Reject.APPROVALS_MISSING
            assert reject_of(stage.play.cold(approved(command, *rest))) == expected
        stage.do(command, *institutions)
