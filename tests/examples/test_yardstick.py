"""The ruler is straight: both twins give the events that they always gave, and no atom is lost."""

import numpy as np
import pytest

from benchmarks.kernels.flow import make_flow
from benchmarks.kernels.yardstick import process_table
from benchmarks.yardstick import digest, ruler
from benchmarks.yardstick_layout import EVENT, new_state, pointer_table

pytestmark = pytest.mark.heavy  # it compiles the yardstick

COMMANDS, ACCOUNTS = 100_000, 10_000
DIGESTS = {1: "4b0f9a6bfe0620b2", 100: "826734d1829f918f"}


@pytest.mark.parametrize("symbols", DIGESTS)
def test_both_twins_give_the_same_events_for_ever(symbols: int) -> None:
    commands = make_flow(COMMANDS, symbols, ACCOUNTS)
    assert digest(process_table, commands, symbols, ACCOUNTS)[:16] == DIGESTS[symbols]
    assert digest(ruler().process, commands, symbols, ACCOUNTS)[:16] == DIGESTS[symbols]


def test_the_yardstick_keeps_its_books_balanced() -> None:
    commands = make_flow(COMMANDS, 3, ACCOUNTS)
    state, events = new_state(3, ACCOUNTS), np.zeros(1 << 18, EVENT)
    before = state.balances["free"].sum(0)
    process_table(pointer_table(state, commands, events).ctypes.data, 0, len(commands))
    assert int(state.counters["commands_done"][0]) == COMMANDS
    assert np.array_equal(state.balances["free"].sum(0) + state.balances["locked"].sum(0) + state.fees, before)
    assert (state.balances["free"] >= 0).all() and (state.balances["locked"] >= 0).all()
