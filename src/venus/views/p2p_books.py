"""Adverts that are online, of one side, asset and currency, as columns; and which of them somebody could take now.

Amounts and prices are integers that do not fit into 64 bits once multiplied: floats sift, and whatever is so near to a
limit that a float could err is reckoned exactly.
"""

from typing import NamedTuple

import numpy as np

from venus.records.p2p import PRICE_UNIT, atoms_of, fiat_of, floating_price
from venus.units import ATOMS_MAX, INT64_MAX
from venus.views.p2p_questions import Advert, SearchQuestion

_ROOM_MIN = 16
_NEAR = 1e-9
"""Relative; the floats below err by some 1e-15."""
_COLUMNS = {
    "numbers": np.int64,
    "slots": np.int64,
    "prices": np.uint64,  # 0: it floats
    "margins": np.uint64,
    "atoms": np.int64,
    "fiat_min": np.int64,
    "fiat_max": np.int64,
    "marks": np.uint64,  # of methods
}
_BITS = 63
_OTHERS = np.uint64(1 << _BITS)
"""Of an advert that has methods without a bit: a currency has some ten, but nothing stops anybody from more."""


class Units(NamedTuple):
    """What a search must know of an asset and a currency."""

    atoms_min: int  # of an order
    scale: int
    exponent: int
    index_price: int  # 0: none is good
    bond_asset: int


class Book:
    """Places change when an advert leaves: the last one takes its place."""

    def __init__(self) -> None:
        self.count = 0
        self._places: dict[int, int] = {}  # by number
        self._columns = {name: np.zeros(_ROOM_MIN, dtype) for name, dtype in _COLUMNS.items()}
        self._bits: dict[int, int] = {}  # of the first methods that came
        self._rare: dict[int, set[int]] = {}  # methods that have none, by advert
        self._prices_now = np.zeros(0, np.uint64)
        self._index_price = -1  # that they are of; -1: to be reckoned

    def put(self, advert: Advert, slot: int) -> None:
        """Add it, or make it what it is now. slot  of its maker among the traders"""
        place = self._places.get(advert.number, self.count)
        if place == self.count:
            self._places[advert.number] = place
            if self.count == len(self._columns["numbers"]):
                self._columns = {
                    name: np.append(column, np.zeros_like(column)) for name, column in self._columns.items()
                }
            self.count += 1
        for name, value in zip(_COLUMNS, self._row(advert, slot), strict=True):
            self._columns[name][place] = value
        self._index_price = -1

    def fill(self, adverts: list[Advert], slots: list[int]) -> None:
        """Of an empty book: put them all."""
        rows = [self._row(advert, slot) for advert, slot in zip(adverts, slots, strict=True)]
        self.count = len(rows)
        self._places = {advert.number: place for place, advert in enumerate(adverts)}
        for (name, dtype), values in zip(_COLUMNS.items(), zip(*rows, strict=True), strict=True):
            self._columns[name] = np.array(values, dtype)

    def _row(self, advert: Advert, slot: int) -> tuple[int, ...]:
        """Values of its columns."""
        return (
            advert.number,
            slot,
            advert.price,
            advert.margin_ppm,
            advert.atoms,
            advert.fiat_min,
            advert.fiat_max,
            self._marks(advert),
        )

    def _marks(self, advert: Advert) -> int:
        marks = 0
        rare = set()
        for method in advert.methods:
            if method not in self._bits and len(self._bits) < _BITS:
                self._bits[method] = len(self._bits)
            if method in self._bits:
                marks |= 1 << self._bits[method]
            else:
                rare.add(method)
        self._rare.pop(advert.number, None)
        if rare:
            self._rare[advert.number] = rare
        return marks | (int(_OTHERS) if rare else 0)

    def left(self, number: int, atoms: int) -> None:
        """So much is left of one."""
        self._columns["atoms"][self._places[number]] = atoms

    def remove(self, number: int) -> None:
        place, self.count = self._places.pop(number), self.count - 1
        self._rare.pop(number, None)
        if place != self.count:
            for column in self._columns.values():
                column[place] = column[self.count]
            self._places[int(self._columns["numbers"][place])] = place
        self._index_price = -1

    def numbers(self, places: np.ndarray) -> list[int]:
        numbers: list[int] = self._columns["numbers"][places].tolist()
        return numbers

    def search(self, question: SearchQuestion, units: Units, makers: np.ndarray, now_ns: int) -> tuple[int, list[int]]:
        """How many adverts fit, and the numbers of the page asked for.

        makers  rows of p2p_traders, by slot, refreshed
        """
        fits = self._of_makers(question, units, makers, now_ns) & self._in_limits(question, units)
        if question.methods:
            fits &= self._with_methods(question.methods)
        places = self._with_amounts(np.flatnonzero(fits), question, units)
        if question.not_adverts:
            places = places[~np.isin(self._columns["numbers"][places], question.not_adverts)]
        first = max(0, question.skip)
        best = self._sorted(places, question, units, makers, first + max(0, question.limit))
        return len(places), self.numbers(best[first:])

    def _now(self, index_price: int) -> np.ndarray:
        """u8[count] prices, 0 where there is none."""
        if self._index_price != index_price:
            fixed, margins = self._columns["prices"][: self.count], self._columns["margins"][: self.count]
            million = np.uint64(1_000_000)
            whole, rest = np.uint64(index_price // 1_000_000), np.uint64(index_price % 1_000_000)
            floating = whole * margins + rest * margins // million  # floating_price, in 64 bits
            self._prices_now = np.where(fixed > 0, fixed, np.where(floating <= ATOMS_MAX, floating, 0))
            self._index_price = index_price
        return self._prices_now

    def _of_makers(self, question: SearchQuestion, units: Units, makers: np.ndarray, now_ns: int) -> np.ndarray:
        """bool[count], of adverts that have a price, and whose makers are as asked."""
        slots = self._columns["slots"][: self.count]
        fits = self._now(units.index_price) > 0
        fits &= makers["barred_until_ns"][slots] <= now_ns
        if question.bond_atoms_min > 0:
            fits &= makers["bond_asset"][slots] == units.bond_asset
            fits &= makers["bond_atoms"][slots] >= question.bond_atoms_min
        if question.completion_ppm_min > 0:
            fits &= makers["completion_ppm"][slots] >= question.completion_ppm_min
        if question.orders_min > 0:
            fits &= makers["orders"][slots] >= question.orders_min
        if question.enrolled_before_ns > 0:
            fits &= makers["enrolled_ns"][slots] < question.enrolled_before_ns
        if question.not_makers:
            fits &= ~np.isin(makers["account"][slots], question.not_makers)
        return fits

    def _with_methods(self, methods: list[int]) -> np.ndarray:
        """bool[count]"""
        wanted = sum({1 << self._bits[method] for method in methods if method in self._bits})
        marks = self._columns["marks"][: self.count]
        fits = marks & np.uint64(wanted) > 0
        rare = [method for method in methods if method not in self._bits]
        for place in np.flatnonzero(marks & _OTHERS).tolist() if rare else ():
            fits[place] |= not self._rare[int(self._columns["numbers"][place])].isdisjoint(rare)
        return fits

    def _in_limits(self, question: SearchQuestion, units: Units) -> np.ndarray:
        """bool[count], as far as no price is needed to tell."""
        atoms = self._columns["atoms"][: self.count]
        if question.fiat_amount > 0:
            fits = self._columns["fiat_min"][: self.count] <= question.fiat_amount
            fits &= self._columns["fiat_max"][: self.count] >= question.fiat_amount
            return fits
        if question.atoms > 0:
            return atoms >= (question.atoms if question.atoms >= units.atoms_min else INT64_MAX)
        return atoms >= units.atoms_min

    def _with_amounts(self, places: np.ndarray, question: SearchQuestion, units: Units) -> np.ndarray:
        """Of places in their limits, those of which an order is possible: of the amount asked for, or of any."""
        atoms, prices = self._columns["atoms"][places], self._now(units.index_price)[places]
        fiat_min, fiat_max = self._columns["fiat_min"][places], self._columns["fiat_max"][places]
        fiat_per_atom = prices * (10.0**units.exponent / (10.0**units.scale * PRICE_UNIT))
        # An amount is above its lower limit and not above the upper one; limits of atoms are those of whole ones.
        if question.fiat_amount > 0:
            low = high = question.fiat_amount / fiat_per_atom
            above, upto = units.atoms_min - _NEAR, atoms + 1.0
        elif question.atoms > 0:
            low = high = question.atoms * fiat_per_atom
            above, upto = fiat_min - 1.0, fiat_max
        else:
            low, high = atoms * fiat_per_atom, units.atoms_min * fiat_per_atom
            above, upto = fiat_min - 1.0, fiat_max
        fits = (low > above) & (high <= upto)
        is_near = (np.abs(low - above) <= _NEAR * (1 + low)) | (np.abs(high - upto) <= _NEAR * (1 + high))
        for place in np.flatnonzero(is_near).tolist():
            offer = Offer(int(atoms[place]), int(fiat_min[place]), int(fiat_max[place]), int(prices[place]), units)
            fits[place] = offer.fits(question)
        return places[fits]

    def _sorted(
        self, places: np.ndarray, question: SearchQuestion, units: Units, makers: np.ndarray, wanted: int
    ) -> np.ndarray:
        """The first `wanted` of these places, sorted as asked."""
        prices = self._now(units.index_price)[places]
        slots = self._columns["slots"][places]
        keys = [prices if question.side else ~prices, self._columns["numbers"][places]]
        if question.sort == "completion":
            keys.insert(0, -makers["completion_ppm"][slots])
        elif question.sort == "release":
            keys.insert(0, makers["release_s"][slots])
        elif question.sort == "orders":
            keys.insert(0, -makers["orders"][slots].astype(np.int64))
        return places[smallest(keys, wanted)]


class Offer(NamedTuple):
    """One advert at its price now, in exact numbers."""

    atoms: int
    fiat_min: int
    fiat_max: int
    price: int
    units: Units

    def fits(self, question: SearchQuestion) -> bool:
        """Whether an order is possible of the fiat or the atoms asked for, or of any, its other limits being kept."""
        if question.fiat_amount > 0:
            atoms = atoms_of(question.fiat_amount, self.price, self.units.scale, self.units.exponent)
            return self.units.atoms_min <= atoms <= self.atoms
        if question.atoms > 0:
            return self.fiat_min <= self._fiat(question.atoms) <= self.fiat_max
        return self.fiat_min <= self._fiat(self.atoms) and self._fiat(self.units.atoms_min) <= self.fiat_max

    def fiat_max_now(self) -> int:
        """The dearest order that there may be: by the advert, and by what it has left."""
        unit = 10**self.units.scale * PRICE_UNIT
        buys_less_than_one_more = ((self.atoms + 1) * self.price * 10**self.units.exponent - 1) // unit
        return min(self.fiat_max, self._fiat(self.atoms), buys_less_than_one_more)

    def _fiat(self, atoms: int) -> int:
        return fiat_of(atoms, self.price, self.units.scale, self.units.exponent)


def price_now(advert: Advert, index_price: int) -> int:
    """0: it floats and there is no good index, or it floats beyond what an order may cost."""
    price = advert.price or floating_price(index_price, advert.margin_ppm)
    return price if price <= ATOMS_MAX else 0


def smallest(keys: list[np.ndarray], wanted: int) -> np.ndarray:
    """Places of the `wanted` smallest rows, sorted by the keys, the first first; the last key has no value twice."""
    chosen, tied = [], np.arange(len(keys[-1]))
    for key in keys:
        if len(tied) <= wanted:
            break
        if wanted == 0:
            tied = tied[:0]
            break
        values = key[tied]
        limit = np.partition(values, wanted - 1)[wanted - 1]
        chosen.append(tied[values < limit])
        tied, wanted = tied[values == limit], wanted - len(chosen[-1])
    found = np.concatenate([*chosen, tied])
    return found[np.lexsort([key[found] for key in reversed(keys)])]
