"""A Latin name as words, and when two words can be one: without accents, romanised otherwise, an initial, a slip.

docs/rules/p2p_conduct.md, "Names". Whether names are one is names.py's to say.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

# Letters that no decomposition makes plain: how they are written without.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "ŋ": "ng"}
)
_WIDE_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ß": "ss", "æ": "ae", "đ": "dj", "ñ": "nn", "č": "ch"}
    | {"š": "sh", "ž": "zh", "ć": "ch", "þ": "th"}
)
# As different rules write the same sounds of Slavic, Greek and Arabic names; in this order.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch", "щ"),
        ("sh", "ш"),
        ("tch|ch", "ч"),
        ("zh", "ж"),
        ("kh", "h"),
        ("ph", "f"),
        ("th", "t"),
        ("gh", "g"),
        ("ts|tz|tc", "ц"),
        ("ck|c|q", "k"),
        ("x", "ks"),
        ("w", "v"),
        ("oo|ou", "u"),
        ("(?<!^)[yij]+|^[yi]+", "i"),  # but Jeong is not Yeong
        ("ie|io", "e"),
        ("(?<=[^aeiu])er$", "r"),
        ("z$", "s"),
        (r"(.)\1+", r"\1"),
    )
)
_SOUND_CHARS_MIN = 4
# Spellings of names that are told apart by vowels which Arabic does not write, so that no rule of sounds may join them.
_SPELLINGS = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        ("m[ou]?h[ao]?mm?[aeiou]d|mohd", "muhammad"),
        ("mahm[ou]+d", "mahmud"),
        ("ah+m[ae]d|achmad", "ahmad"),
        ("hass?an", "hasan"),
        ("h[uo]ss?[aei]+n", "husayn"),
        ("(?:y|j)[ou]+ss?[eu](?:f|ph)", "yusuf"),
        ("[ou]mm?[ae]r", "umar"),
        ("ali|aly|alee", "ali"),
        ("kh?al[ei]+d", "khalid"),
        ("[ei]br[ah]+[ei]+m", "ibrahim"),
        ("s[ae]+[iy]+d|sae+d", "said"),
        ("fat[ei]+ma?h?|fatma", "fatima"),
        ("[ou]s?thm[ae]n|[ou]sm[ae]n", "uthman"),
        ("must[ao](?:f|ph)a", "mustafa"),
        ("abd[aeu]ll?ah?", "abdullah"),
    )
)
_VOWELS = frozenset("aeiouy")
_SLIP_CHARS_MIN = 7


class Word(IntEnum):
    """How two words agree, the better the higher."""

    APART = 0
    SLIP = 1  # one letter too many, too few, or two in the wrong order
    INITIAL = 2
    SAME = 3


def listed(words: str) -> list[str]:
    """Words of a text, in which a dash stands for none."""
    return ["" if word == "-" else word for word in words.split()]


def plain_word(word: str) -> str:
    """Without accents."""
    decomposed = unicodedata.normalize("NFD", word.translate(_PLAIN_LETTERS))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=4_096)
def agreement(one: str, other: str, *, strict: bool = False) -> Word:
    """Of two words in lower case and NFC, without signs.

    strict  neither one sound nor a slip makes words one: of syllables nearly all are another name
    """
    if one == other:
        return Word.INITIAL if len(one) == 1 else Word.SAME
    if not one.isascii() and not other.isascii():
        # Both have their accents, so that where these differ the words do: Hùng and Hưng.
        return Word.APART
    if _without_accents(one, other) or (not strict and _sound(one, other)):
        return Word.SAME
    plain, plain_other = plain_word(one), plain_word(other)
    if 1 in (len(plain), len(plain_other)):
        return Word.INITIAL if plain[0] == plain_other[0] else Word.APART
    return Word.SLIP if not strict and _is_slip(plain, plain_other) else Word.APART


def _without_accents(one: str, other: str) -> bool:
    accented, bare = (other, one) if one.isascii() else (one, other)
    return bare in (plain_word(accented), plain_word(accented.translate(_WIDE_LETTERS)))


def _sound(one: str, other: str) -> bool:
    plain, plain_other = plain_word(one), plain_word(other)
    spelled = _spelling(plain)
    if spelled or _spelling(plain_other):
        return spelled == _spelling(plain_other)
    return min(len(plain), len(plain_other)) >= _SOUND_CHARS_MIN and sounds(plain) == sounds(plain_other)


def sounds(plain: str) -> str:
    """A key that is the same for what different rules write of the same sounds."""
    for pattern, sound in _SOUNDS:
        plain = pattern.sub(sound, plain)
    return plain


def _spelling(plain: str) -> str:
    return next((name for pattern, name in _SPELLINGS if pattern.fullmatch(plain)), "")


def _is_slip(one: str, other: str) -> bool:
    """Never at the first letter, nor at an end that tells names apart: Daniel and Daniela, Christian and Christina."""
    short, long = sorted((one, other), key=len)
    if len(short) < _SLIP_CHARS_MIN or short[0] != long[0]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) == len(short) + 1:
        return short[at:] == long[at + 1 :] and at < len(short)
    if len(long) != len(short) or short[at : at + 2] != long[at : at + 2][::-1] or short[at + 2 :] != long[at + 2 :]:
        return False
    return at + 2 < len(short) or not _VOWELS & set(short[at : at + 2])
