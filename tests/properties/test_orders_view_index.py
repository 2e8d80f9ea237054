"""The views' hash index, small and full of collisions, against a dict."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from venus.views.kernels.index import ENTRY, index_delete_at, index_for, index_has_room, index_insert, index_rebuild

SLOTS = 16
ROOM = SLOTS * 3 // 4


def position(index: np.ndarray, tag: int, row: int) -> int | None:
    """Where probing from the tag's own slot meets the row before any hole."""
    for step in range(len(index)):
        at = (tag + step) % len(index)
        if index[at]["row"] == 0:
            return None
        if index[at]["row"] == row:
            return at
    return None


# Tags of a few slots, at the end too, so that runs are long and wrap around.
tags = st.sampled_from([0, 1, 2, 14, 15, 16, 17, 30, 31, 2**32 - 1])


@given(st.lists(st.tuples(st.booleans(), tags, st.integers(0, 50))))
def test_what_was_put_in_is_found_and_what_was_taken_out_is_not(steps: list[tuple[bool, int, int]]) -> None:
    index = np.zeros(SLOTS, ENTRY)
    inside: dict[int, int] = {}  # row to tag
    for row, (is_insert, tag, which) in enumerate(steps, 1):
        if is_insert and index_has_room(index, len(inside), 1):
            index_insert(index, tag, row)
            inside[row] = tag
        elif not is_insert and inside:
            gone = sorted(inside)[which % len(inside)]
            index_delete_at(index, position(index, inside.pop(gone), gone))
        assert {int(entry) for entry in index["row"]} - {0} == set(inside)
        assert all(position(index, tag, row) is not None for row, tag in inside.items())
    larger = np.zeros(2 * SLOTS, ENTRY)
    index_rebuild(index, larger)
    assert all(position(larger, tag, row) is not None for row, tag in inside.items())


def test_a_quarter_stays_free() -> None:
    index = np.zeros(SLOTS, ENTRY)
    assert index_has_room(index, ROOM - 1, 1)
    assert not index_has_room(index, ROOM, 1)
    for count in (0, 1, 767, 768, 769, 10**6):
        assert index_has_room(index_for(count), count, 1)
