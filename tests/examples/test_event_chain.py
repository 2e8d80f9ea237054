"""Which hash the event chain is made with, and from when: docs/rules/digest.md."""

from hashlib import sha256

import numpy as np
from blake3 import blake3

from venus.records.event_chain import CHAIN_START, EventChain
from venus.records.events import EVENT, EventFlag, EventKind


def events_of(kind: EventKind, quantity_lots: int = 0, flags: int = 0) -> np.ndarray:
    events = np.zeros(1, EVENT)
    events["kind"], events["quantity_lots"], events["flags"] = kind, quantity_lots, flags
    return events


def test_the_frame_that_adopts_rules_2_is_the_last_with_the_old_hash() -> None:
    trade, adoption = events_of(EventKind.TRADE), events_of(EventKind.RULES_ADOPTED, 2)
    chain = EventChain()
    expected = CHAIN_START
    for events in (trade, adoption):
        chain.add(events)
        expected = sha256(expected + events.tobytes()).digest()
        assert chain.value == expected
    assert chain.rules == 2
    for events in (trade, trade):
        chain.add(events)
        expected = blake3(expected + events.tobytes()).digest()
        assert chain.value == expected


def test_a_repeated_adoption_and_later_rules_keep_the_new_hash() -> None:
    chain = EventChain(CHAIN_START, 2)
    chain.add(events_of(EventKind.RULES_ADOPTED, 1, EventFlag.REPEATED))
    chain.add(events_of(EventKind.RULES_ADOPTED, 3))
    before = chain.value
    chain.add(events_of(EventKind.TRADE))
    assert chain.rules == 3
    assert chain.value == blake3(before + events_of(EventKind.TRADE).tobytes()).digest()


def test_the_chain_of_an_empty_frame_is_a_hash_too() -> None:
    chain = EventChain()
    chain.add(np.zeros(0, EVENT))
    assert chain.value == sha256(CHAIN_START).digest()


def test_rules_3_and_restored_chains_go_on_as_one_that_never_stopped() -> None:
    whole = EventChain()
    adoption, trade = events_of(EventKind.RULES_ADOPTED, 2), events_of(EventKind.TRADE)
    whole.add(adoption)
    restored = EventChain(whole.value, whole.rules)
    whole.add(trade)
    restored.add(trade)
    assert restored.value == whole.value
