"""The sweep of a market order: what it would take of the book as it is. Source: docs/rules/spot.md, "The sweep"."""

import numpy as np
from numba import njit

from venus.core.kernels.ladder import level_behind
from venus.core.kernels.layout import INLINE
from venus.core.kernels.words import product_or_minus
from venus.units import ATOMS_MAX

_ATOMS_MAX = np.int64(ATOMS_MAX)


@njit(**INLINE)
def sweep(s, book, symbol, quantity, in_quote):
    """(lots, cost in quote atoms) that a market order would take; a cost beyond ATOMS_MAX reads ATOMS_MAX + 1."""
    lots = np.int64(0)
    cost_atoms = np.int64(0)
    level_slot = np.int64(book.best_level)
    while level_slot != 0:
        level = s.levels[np.uint32(level_slot)]
        unit_atoms = level.price_ticks * symbol.tick_lot_atoms
        wanted = (quantity - cost_atoms) // unit_atoms if in_quote else quantity - lots
        take_lots = min(level.total_lots, wanted)
        lots += take_lots
        if cost_atoms <= _ATOMS_MAX:
            step_atoms = product_or_minus(unit_atoms, take_lots)
            over = step_atoms < 0 or step_atoms > _ATOMS_MAX - cost_atoms
            cost_atoms = _ATOMS_MAX + 1 if over else cost_atoms + step_atoms
        if take_lots < level.total_lots:
            break
        level_slot = level_behind(s, book, level_slot)
    return lots, cost_atoms
