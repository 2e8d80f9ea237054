"""Assets' atoms, ticks, lots, ppm, ns: the only scaling and rounding in the house.

A balance is a whole number of *atoms* of its asset, a price a whole number of *ticks* of its symbol, a quantity a whole
number of *lots*. Decimal text is turned into steps here and back, exactly; nothing is ever rounded but a fee.
"""

PPM = 1_000_000
INT64_MAX = 2**63 - 1
ATOMS_MAX = 2**62
"""No balance, hold, notional or supply exceeds this, so that a sum of two never leaves int64."""
FEE_PPM_MAX = 5_000
SCALE_MAX = 18
TEXT_CHARS_MAX = 100
"""Of decimal text: longer ones say nothing that any grid could hold, and Python itself reads only so many digits."""
NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000

assert ATOMS_MAX + ATOMS_MAX - 1 <= INT64_MAX
assert PPM * FEE_PPM_MAX <= INT64_MAX


class OffGrid(ValueError):
    """Decimal text that is malformed or finer than its grid."""


def steps(text: str, decimals: int) -> int:
    """Exact decimal text to a whole number of 10**-decimals; raises OffGrid, never rounds.

    Trailing zeros beyond the grid are not finer than the grid: "1.500" has one decimal.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise OffGrid(text)
    whole, point, fraction = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (fraction.isascii() and fraction.isdigit())):
        raise OffGrid(text)
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise OffGrid(text)
    return int(whole + fraction.ljust(decimals, "0"))


def decimal(amount: int, decimals: int) -> str:
    """A whole number of 10**-decimals as decimal text, padded: decimal(150, 2) == "1.50"."""
    sign = "-" if amount < 0 else ""
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def fee_atoms(amount_atoms: int, fee_ppm: int) -> int:
    """Fee on a received amount, rounded up: dust goes to the house, never to nobody."""
    return -(-amount_atoms * fee_ppm // PPM)
