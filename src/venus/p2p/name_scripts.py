"""Which script a name is in, and names of other scripts than Latin and Chinese in Latin letters.

docs/rules/p2p_conduct.md, "Names".
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii

from venus.p2p.name_words import listed, plain_word
from venus.p2p.romanised import Spellings, is_han, is_hangul, spelled


class Script(StrEnum):
    HAN = "HAN"
    HANGUL = "HANGUL"
    KANA = "KANA"
    LATIN = "LATIN"
    CYRILLIC = "CYRILLIC"
    GREEK = "GREEK"
    ARABIC = "ARABIC"
    OTHER = "OTHER"
    MIXED = "MIXED"  # letters of several, as of somebody who wants to look like another


_CYRILLIC = str.maketrans(
    dict(zip("абвгґдезиіклмнопрстуф", "abvggdeziiklmnoprstuf", strict=True))
    | {"ё": "io", "є": "ie", "ж": "zh", "й": "i", "ї": "i", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"}
    | {"ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia", "ў": "u", "ј": "i", "љ": "li", "њ": "ni"}
    | {"ђ": "dj", "ћ": "ch", "џ": "dzh", "ѓ": "g", "ќ": "k", "ѕ": "dz", "'": "", "’": ""}
)
_GREEK_PAIRS = (
    ("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("ει", "i"), ("οι", "i"), ("αι", "e"), ("μπ", "b"), ("ντ", "nt"),
    ("γγ", "ng"), ("γκ", "gk"), ("γχ", "nch"),
)  # fmt: skip
_GREEK = str.maketrans(
    dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstifo", strict=True)) | {"θ": "th", "χ": "ch", "ψ": "ps"}
)
_KANA_LONG = re.compile("o[ou]|oh(?![aiueo])|uu|(?<=[aiueo])-")

# Arabic: what a letter may be in Latin. Short vowels are not written, so that behind a consonant there may be one; what
# is written is not left out.
_SHORT = frozenset(("", *"aeiou"))
_VOWEL_PAIRS = frozenset(one + other for one in "aeiou" for other in "aeiou")
_CONSONANTS = {
    "ب": "b bb", "ت": "t tt", "ث": "th t s", "ج": "j jj g gg dj", "ح": "h hh", "خ": "kh ch h", "د": "d dd",
    "ذ": "dh d z", "ر": "r rr", "ز": "z zz", "س": "s ss", "ش": "sh ch", "ص": "s ss", "ض": "dh d", "ط": "t tt",
    "ظ": "dh z th", "ع": "", "غ": "gh g", "ف": "f ff ph", "ق": "q k g c qq kk", "ك": "k c ck kk", "ل": "l ll",
    "م": "m mm", "ن": "n nn", "ه": "h -", "ة": "a e ah eh h -", "پ": "p pp", "چ": "ch", "گ": "g", "ئ": "y -",
    "ؤ": "w -",
}  # fmt: skip
_WRITTEN = {
    "ا": "a aa e",
    "و": "ou oo aw ow u o w ww",
    "ي": "ee ei ai ay ey ie i e y yy iy eey ayy ayi",
    "ى": "a aa",
}
# At a word's beginning alif carries any vowel, and the others are consonants.
_OPENING = {"و": "w o ou", "ي": "y j i"}
_ARTICLE = frozenset({""} | {vowel + rest for vowel in "aeiou" for rest in listed("l r s sh n z d t dh th")})
_ARABIC_FOLD = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ی": "ي", "ک": "ك", "ـ": "", "ۀ": "ه"})


def script_of(name: str) -> Script:
    """Of its letters; MIXED if they are of several."""
    found = {_script(char) for char in name if char.isalpha()}
    return found.pop() if len(found) == 1 else Script.MIXED if found else Script.OTHER


@lru_cache(maxsize=4_096)
def _script(char: str) -> Script:
    if is_han(char):
        return Script.HAN
    if is_hangul(char):
        return Script.HANGUL
    name = unicodedata.name(char, "")
    for word, script in (
        ("LATIN", Script.LATIN),
        ("CYRILLIC", Script.CYRILLIC),
        ("GREEK", Script.GREEK),
        ("ARABIC", Script.ARABIC),
        ("KATAKANA", Script.KANA),
        ("HIRAGANA", Script.KANA),
    ):
        if name.startswith(word):
            return script
    return Script.OTHER


def in_latin(word: str, script: Script) -> str:
    """A word of a script whose letters are sounds, in Latin letters."""
    match script:
        case Script.CYRILLIC:
            return word.translate(_CYRILLIC)
        case Script.GREEK:
            bare = plain_word(word)
            for pair, written in _GREEK_PAIRS:
                bare = bare.replace(pair, written)
            return bare.translate(_GREEK)
        case _:
            return anyascii(word).lower()


def kana_key(latin: str) -> str:
    """Long vowels as short ones: Itō, Itoh and Itou are one."""
    return _KANA_LONG.sub(lambda match: match[0][0] if match[0] != "-" else "", plain_word(latin))


def arabic_key(name: str) -> str:
    """As two names in Arabic letters compare: without points, and with one form of each letter."""
    bare = "".join(char for char in unicodedata.normalize("NFD", name) if not unicodedata.combining(char))
    return "".join(bare.translate(_ARABIC_FOLD).replace("ة", "ه").replace("ى", "ي").split())


def arabic_fits(name: str, words: Sequence[str]) -> bool:
    """Whether Latin words, in this order or with the last or the first at the other end, may spell an Arabic name."""
    latin = [re.sub("[^a-z]", "", plain_word(word)) for word in words]
    if not latin:
        return False
    row = _arabic_row(name)
    orders = (latin, [latin[-1], *latin[:-1]], [*latin[1:], latin[0]])
    return any(spelled(row, ["".join(order)]) for order in orders)


@lru_cache(maxsize=1_024)
def _arabic_row(name: str) -> list[Spellings]:
    bare = "".join(char for char in unicodedata.normalize("NFD", name) if not unicodedata.combining(char))
    return [part for word in bare.translate(_ARABIC_FOLD).split() for part in _arabic_word(word)]


def _arabic_word(word: str) -> list[Spellings]:
    row: list[Spellings] = []
    if word.startswith("عبدال") and len(word) > 6:
        return _arabic_word(word[:3]) + _arabic_word(word[3:])
    if word.startswith("ال") and len(word) > 3:
        word = word[2:]
        row.append(_ARTICLE)
    for at, char in enumerate(word):
        if at == 0 and char == "ا":
            row.append(_SHORT - {""} | _VOWEL_PAIRS)
        elif char in _WRITTEN:
            row.append(frozenset((_OPENING if at == 0 else _WRITTEN).get(char, _WRITTEN[char]).split()))
            row += [_SHORT] * (char != "ا")
        else:
            row += [_SHORT] * (char == "ع")
            row += [frozenset(listed(_CONSONANTS.get(char, "")) or [""]), _SHORT]
    return [*row, frozenset({"", "h"})]
