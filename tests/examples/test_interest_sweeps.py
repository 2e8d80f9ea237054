"""A sweep of more wallets than one frame takes: docs/rules/currency.md, "Interest". Core and model, unchecked."""

from collections.abc import Iterator

from venus.core.machine import Machine
from venus.model.exchange import Exchange
from venus.records.commands import ColdCommand
from venus.records.currency import AdoptRegime, OpenWallets, PostInterest
from venus.records.events import Event, EventKind, unpack_events
from venus.records.rejects import Reject
from venus.testing.currency_stage import CLASSES
from venus.testing.first_tier import DCNY, first_tier
from venus.testing.officials import CENTRAL_BANK, signed_by

TIME_NS = 1_767_225_600_000_000_000
WALLETS = 16_400  # 16 more than a frame sweeps


def post_interest(reference: str) -> ColdCommand:
    return signed_by(PostInterest(reference=reference, currency=DCNY), TIME_NS, CENTRAL_BANK)


def commands() -> Iterator[ColdCommand]:
    yield from first_tier(TIME_NS, 10**9)
    regime = AdoptRegime(reference="r", currency=DCNY, name="one", from_ns=0, day_offset_ns=0, classes=CLASSES)
    yield signed_by(regime, TIME_NS, CENTRAL_BANK)
    yield OpenWallets(reference="w", currency=DCNY, operator=0, wallet_class=0, count=WALLETS, category=0)
    yield from map(post_interest, ("first", "while it goes on", "while it goes on"))


def test_interest_is_posted_once_at_a_time() -> None:
    core, model = Machine(), Exchange()
    told: list[list[Event]] = []
    for sequence, command in enumerate(commands(), core.next_sequence):
        events = core.apply_cold(TIME_NS, sequence, command).tobytes()
        assert events == model.apply_cold(TIME_NS, sequence, command).tobytes(), command
        told.append(list(unpack_events(events)))
    *_, begun, refused, done = told
    assert begun[-1].kind == EventKind.INTEREST_BEGUN and begun[-1].quantity_lots == WALLETS
    assert [(event.kind, event.reason) for event in refused] == [(EventKind.REJECTED, Reject.INTEREST_UNDER_WAY)]
    assert done[0].kind == EventKind.INTEREST_DONE and done[-1].kind == EventKind.INTEREST_BEGUN
