"""Chinese and Korean names in Latin letters: pinyin, Wade-Giles, Hong Kong's spelling, and Korean ones as people write.

A name of n characters is a row of n sets of spellings; a Latin name fits if its words, one behind the other, are
spelled out by the row. docs/rules/p2p_conduct.md, "Names".
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import product
from threading import Lock
from typing import NamedTuple

from venus.p2p.han_table import han_table
from venus.p2p.name_words import listed, plain_word

Spellings = frozenset[str]
SYLLABLES_MAX = 8
LATIN_SYLLABLES_MAX = 4
"""Of a Latin name that may be Chinese: more have names that only look so, as A-ni-ta De-sai."""
SYLLABLE_CHARS_MAX = 6

# Jyutping, as Hong Kong's spelling and people there write it.
_INITIALS = {
    "b": "b p", "p": "p", "m": "m", "f": "f", "d": "t d", "t": "t", "n": "n l", "l": "l", "g": "k g", "k": "k",
    "ng": "ng -", "h": "h", "gw": "kw gw k", "kw": "kw k", "w": "w", "z": "ch ts tz j c z", "c": "ch ts c",
    "s": "s sh sz", "j": "y j -", "": "-",
}  # fmt: skip
_FINALS = {
    "aa": "a ah ar", "aai": "ai aai", "aau": "au aau", "aam": "am aam", "aan": "an aan", "aang": "ang aang",
    "aap": "ap aap", "aat": "at aat", "aak": "ak aak", "ai": "ai", "au": "au ow ou", "am": "am um", "an": "an un",
    "ang": "ang eng", "ap": "ap up", "at": "at ut", "ak": "ak uk", "e": "e eh", "eng": "eng ing", "ek": "ek ik",
    "ei": "ei ee i ey ay", "i": "i ee ie y", "iu": "iu ew", "im": "im", "in": "in", "ing": "ing", "ip": "ip",
    "it": "it", "ik": "ik", "o": "o or oh", "oi": "oi oy", "on": "on", "ong": "ong", "ot": "ot", "ok": "ok",
    "ou": "o ou ow", "oe": "eu oe", "oeng": "eung eong", "oek": "euk eok", "eoi": "ui oi eui", "eon": "un on eun",
    "eot": "ut eut", "u": "u oo", "ui": "ui oy", "un": "un oon", "ung": "ung", "ut": "ut oot", "uk": "uk ook",
    "yu": "u yu ue", "yun": "un uen uan", "yut": "ut uet", "m": "m ng", "ng": "ng",
}  # fmt: skip
_HISSING = {"zi": "tsz tze chi", "ci": "tsz tze chi", "si": "sze sz see"}
_JYUTPING = re.compile(r"(ng(?=.)|gw|kw|[bpmfdtnlgkhwzcsj])?([aeiou]\w*|yu\w*|m|ng)")

# The parts of a Hangul syllable, in Unicode's order.
_KOREAN_INITIALS = (
    "g k", "kk k", "n", "d t", "tt t", "r l", "m", "b p", "pp p", "s sh", "ss s", "-", "j ch", "jj j", "ch", "k", "t",
    "p", "h",
)  # fmt: skip
_KOREAN_VOWELS = (
    "a ah", "ae ai e", "ya", "yae", "eo u o", "e ae", "yeo you yu yo", "ye", "o oh", "wa", "wae", "oe oi we", "yo",
    "u oo woo", "wo", "we", "wi wee", "yu yoo you", "eu u", "ui ee eui", "i ee",
)  # fmt: skip
_KOREAN_FINALS = (
    "-", "k g", "k", "k", "n", "n", "n", "t d", "l r", "k", "m", "l", "l", "l", "p", "l", "m", "p b", "p", "t", "t",
    "ng", "t", "t", "k", "t", "p", "t",
)  # fmt: skip
_KOREAN_SURNAMES = {"이": "lee yi rhee", "박": "park", "임": "lim", "유": "ryu", "노": "roh", "오": "oh", "김": "kim"}
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3


def is_han(char: str) -> bool:
    """A character of Chinese."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or "\U00020000" <= char <= "\U0003ffff"


def is_hangul(char: str) -> bool:
    return _HANGUL_FIRST <= ord(char) <= _HANGUL_LAST


def han_rows(name: str) -> list[tuple[Spellings, ...]]:
    """A Chinese name in each system, which one name does not mix."""
    return [tuple(spell(char) for char in name) for spell in (_pinyin, _wade_giles, _hong_kong)]


def hangul_row(name: str) -> tuple[Spellings, ...]:
    return tuple(_korean(char, is_first=at == 0) for at, char in enumerate(name))


def fits(row: Sequence[Spellings], words: Sequence[str]) -> bool:
    """Whether words spell a row out, surname first or last, so that no word ends within a syllable."""
    if not words or len(row) > SYLLABLES_MAX:
        return False
    plain = [plain_word(word) for word in words]
    return any(spelled(row, order) for order in (plain, [plain[-1], *plain[:-1]], [*plain[1:], plain[0]]))


def spelled(row: Sequence[Spellings], words: Sequence[str]) -> bool:
    """In this order; each word takes as many syllables as it needs."""
    reached = {0}
    for word in words:
        reached = {end for start in reached for end in _ends(row, start, word)}
    return len(row) in reached


def _ends(row: Sequence[Spellings], start: int, word: str) -> Iterable[int]:
    """After how many syllables a word may be over that begins with syllable `start`."""
    open_ = {start: {0}}  # letters of the word that may be spelled before a syllable
    for at in range(start, len(row) + 1):
        reached = open_.get(at, set())
        if len(word) in reached:
            yield at
        if at < len(row) and reached:
            open_[at + 1] = {chars + len(part) for chars in reached for part in row[at] if word.startswith(part, chars)}


class _Readings(NamedTuple):
    """What han_readings.py writes."""

    wade_giles: dict[str, str]  # by pinyin without tones, ü as v
    simplified: dict[int, str]  # for str.translate
    pinyin: dict[str, list[str]]  # by character
    jyutping: dict[str, list[str]]  # without tones


_reading = Lock()


def _readings() -> _Readings:
    with _reading:  # who comes while the table is made waits for it, and makes no other
        return _read_once()


@cache
def _read_once() -> _Readings:
    found = _Readings({}, {}, {}, {})
    section = ""
    for line in han_table().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[wade-giles]":
            sound, written = line.split()
            found.wade_giles[sound] = written
        elif section == "[simplified]":
            found.simplified[ord(line[0])] = line[1]
        elif section == "[readings]":
            mandarin, cantonese, chars = line.split()
            found.pinyin.update(dict.fromkeys(chars, _read(mandarin)))
            found.jyutping.update(dict.fromkeys(chars, _read(cantonese)))
    return found


def _read(listed_: str) -> list[str]:
    return [] if listed_ == "-" else listed_.split(",")


def simplified(name: str) -> str:
    """A Chinese name in simplified characters."""
    return name.translate(_readings().simplified)


def _pinyin(char: str) -> Spellings:
    return frozenset(written for one in _readings().pinyin.get(char, ()) for written in _umlauts(one))


def _wade_giles(char: str) -> Spellings:
    readings = _readings()
    found = (readings.wade_giles.get(one, "") for one in readings.pinyin.get(char, ()))
    return frozenset(written for written in found if written)


@lru_cache(maxsize=4_096)
def _hong_kong(char: str) -> Spellings:
    found: set[str] = set()
    for reading in _readings().jyutping.get(char, ()):
        if match := _JYUTPING.fullmatch(reading):
            found |= _cantonese(match[1] or "", match[2])
    return frozenset(found)


def _cantonese(initial: str, final: str) -> set[str]:
    finals = _FINALS.get(final)
    if finals is None:
        return set()
    found = {a + b for a, b in product(listed(_INITIALS[initial]), listed(finals))}
    return found | set(listed(_HISSING.get(initial + final, ""))) - {""}


@lru_cache(maxsize=4_096)
def _korean(char: str, *, is_first: bool) -> Spellings:
    code = ord(char) - _HANGUL_FIRST
    parts = _KOREAN_INITIALS[code // 588], _KOREAN_VOWELS[code % 588 // 28], _KOREAN_FINALS[code % 28]
    found = {"".join(one) for one in product(*map(listed, parts))}
    return frozenset(found | set(_KOREAN_SURNAMES.get(char, "").split() if is_first else ()))


@cache
def _systems() -> dict[str, frozenset[str]]:
    """What pinyin a syllable stands for, as pinyin or as Wade-Giles, without signs."""
    found: dict[str, set[str]] = {}
    for sound, bare in _readings().wade_giles.items():
        for written in (*_umlauts(sound), bare):
            if len(written) > 1 or written in "aeo":
                found.setdefault(written, set()).add(sound)
    return {written: frozenset(sounds) for written, sounds in found.items()}


def syllable_rows(words: Sequence[str]) -> list[tuple[Spellings, ...]]:
    """A Latin name as rows of the pinyin that its syllables may stand for, word behind word; empty: it is no such name.

    Longest first, all ways; a name of more than LATIN_SYLLABLES_MAX syllables is none.
    """
    rows: list[tuple[Spellings, ...]] = [()]
    for word in words:
        parts = _syllables(plain_word(word), LATIN_SYLLABLES_MAX)
        rows = [row + part for row in rows for part in parts if len(row) + len(part) <= LATIN_SYLLABLES_MAX]
    return rows


@lru_cache(maxsize=4_096)
def _syllables(word: str, count_max: int) -> list[tuple[Spellings, ...]]:
    if not word:
        return [()]
    if len(word) > count_max * SYLLABLE_CHARS_MAX:
        return []
    systems = _systems()
    return [
        (systems[word[:end]], *rest)
        for end in range(min(SYLLABLE_CHARS_MAX, len(word)), 0, -1)
        if word[:end] in systems
        for rest in _syllables(word[end:], count_max - 1)
    ]


def _umlauts(sound: str) -> tuple[str, ...]:
    """ü has no letter on a passport: LYU, LV or LU."""
    if "v" not in sound:
        return (sound,)
    return tuple(sound.replace("v", written) for written in ("v", "yu", "u", "ue"))
