"""Whether the name on a payment account can be the name that was verified. docs/rules/p2p_conduct.md, "Names".

EXACT is said of the same letters alone: two different names are never EXACT. CLOSE says that one name could be written
so, in another script, romanisation, order or length; a person is to look. All else is DIFFERENT.
"""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from itertools import product

from venus.p2p.name_scripts import Script, arabic_fits, arabic_key, in_latin, kana_key, script_of
from venus.p2p.name_words import Word, agreement, listed
from venus.p2p.romanised import Spellings, fits, han_rows, hangul_row, is_han, simplified, syllable_rows

NAME_CHARS_MAX = 128
WORDS_MAX = 6
ROWS_MAX = 64

_SAME_SIGN = str.maketrans("’‘`´ʼ‐‑–−•・.", "'''''----·· ")
_OTHER_WIDTH = ("<wide>", "<narrow>")
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))  # how letters of Persian and of India's scripts are drawn
_NAME_SIGNS = frozenset(" ,'·-&/()()")
_TITLES = frozenset(listed("mr mrs ms miss mx dr prof sir herr frau mme mlle m sr sra srta don dona hajji haji"))
_GENERATIONS = frozenset(listed("jr sr ii iii iv junior senior"))
_PARTICLES = frozenset(
    listed(
        "van von der den de del della di da do dos das du la le los las y e bin bint binti binte ibn ben al el ul abu"
    )
    + listed("mc mac st")
)
_COMPANY = {
    "ltd": "limited", "limited": "limited", "co": "company", "company": "company", "inc": "incorporated",
    "incorporated": "incorporated", "corp": "corporation", "corporation": "corporation", "llc": "llc", "llp": "llp",
    "plc": "plc", "gmbh": "gmbh", "ag": "ag", "sa": "sa", "sarl": "sarl", "sas": "sas", "srl": "srl", "spa": "spa",
    "bv": "bv", "nv": "nv", "ab": "ab", "oy": "oy", "as": "as", "pte": "private", "pty": "proprietary",
    "pvt": "private", "private": "private", "sdn": "sdn", "bhd": "bhd", "ооо": "ооо", "оао": "оао", "ао": "ао",
    "kk": "kk", "ltda": "ltda", "fze": "fze", "fzco": "fzco", "trading": "trading", "group": "group",
    "holdings": "holdings", "consulting": "consulting", "enterprises": "enterprises", "sons": "sons",
}  # fmt: skip
_HAN_COMPANY = re.compile("公司|集团|集團|商行|商店|工作室|合伙|企业|企業|经营部|工厂|工廠|超市|株式会社|有限")


class NameMatch(StrEnum):
    EXACT = "EXACT"
    CLOSE = "CLOSE"
    DIFFERENT = "DIFFERENT"


class BadName(ValueError):
    """Not a name that can be compared; says why."""


def compare(verified: str, declared: str) -> NameMatch:
    """How two names agree; neither is more right than the other, and what cannot be a name agrees with nothing."""
    try:
        one, other = _plain(checked_name(verified)), _plain(checked_name(declared))
    except BadName:
        return NameMatch.DIFFERENT
    if one == other:
        return NameMatch.EXACT
    return NameMatch.CLOSE if _could_be(one, other) else NameMatch.DIFFERENT


def checked_name(said: str) -> str:
    """A name in NFC with single spaces, without joiners. Raises BadName: too long, no letter, a digit, or masked."""
    name = " ".join(unicodedata.normalize("NFC", said.translate(_JOINERS)).split())
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise BadName(f"1..{NAME_CHARS_MAX} characters")
    if not any(char.isalpha() for char in name):
        raise BadName("a name has letters")
    for char in name:
        if unicodedata.category(char)[0] not in "LM" and char.translate(_SAME_SIGN) not in _NAME_SIGNS:
            raise BadName(f"U+{ord(char):04X} is in no name")
    return name


def masked(name: str) -> str:
    """As others may see it: of each word, or of a Chinese name, the first letter; the rest as stars."""
    return " ".join(word[0] + "*" * max(1, min(len(word) - 1, 3)) for word in name.split())


def masked_number(number: str) -> str:
    """An account's number with its last four signs, as far as that hides most of it."""
    signs = number.replace(" ", "")
    return "****" + (signs[-4:] if len(signs) >= 8 else signs[-1:])


def _plain(name: str) -> str:
    """What EXACT compares: case, width, spaces and kinds of the same sign do not count; all else does."""
    lower = unicodedata.normalize("NFC", "".join(map(_usual_width, name)).lower().translate(_SAME_SIGN))
    spaced = re.sub(r"\s*([-·'])\s*", r"\1", " ".join(lower.split()))
    # Chinese has no spaces: 王 秀英.
    return spaced.replace(" ", "") if all(is_han(char) or char in " ·" for char in spaced) else spaced


def _usual_width(char: str) -> str:
    """Ａ as A; but ª is not a, as a name's Mª is not Ma."""
    return unicodedata.normalize("NFKC", char) if unicodedata.decomposition(char).startswith(_OTHER_WIDTH) else char


def _could_be(one: str, other: str) -> bool:
    companies = _is_company(one), _is_company(other)
    if any(companies):
        return all(companies) and _company_key(one) == _company_key(other)
    scripts = script_of(one), script_of(other)
    if Script.MIXED in scripts:
        return False
    if scripts[0] == scripts[1]:
        return _could_be_in(scripts[0], one, other)
    for (name, script), (latin, latin_script) in (
        ((one, scripts[0]), (other, scripts[1])),
        ((other, scripts[1]), (one, scripts[0])),
    ):
        if latin_script is Script.LATIN:
            return _could_be_romanised(script, name, latin)
    return False


def _could_be_in(script: Script, one: str, other: str) -> bool:
    """Two names of one script."""
    match script:
        case Script.LATIN:
            return _latin(one, other)
        case Script.CYRILLIC | Script.GREEK:
            words = [[in_latin(word, script) for word in _words(name)] for name in (one, other)]
            return _words_agree(*words)
        case Script.HAN:
            # Homophones are other names; a traditional character and its simplified one are not.
            return simplified(one.replace("·", "")) == simplified(other.replace("·", ""))
        case Script.ARABIC:
            return arabic_key(one) == arabic_key(other)
        case _:
            return sorted(_words(one)) == sorted(_words(other))


def _could_be_romanised(script: Script, name: str, latin: str) -> bool:
    """A name of another script, and one in Latin letters."""
    words = [part for word in _words(latin) for part in word.split("-")]
    match script:
        case Script.HAN:
            return any(fits(row, words) for row in han_rows(name.replace("·", "")))
        case Script.HANGUL:
            return fits(hangul_row(name.replace(" ", "")), words)
        case Script.KANA:
            kana = [in_latin(word, script) for word in name.split()]
            return sorted(map(kana_key, kana)) == sorted(map(kana_key, words))
        case Script.ARABIC:
            return arabic_fits(name, words)
        case _:
            return _words_agree([in_latin(word, script) for word in _words(name)], _words(latin))


def _latin(one: str, other: str) -> bool:
    generations = [{*name.replace(",", " ").split()} & _GENERATIONS for name in (one, other)]
    if all(generations) and generations[0] != generations[1]:
        return False
    words, other_words = _words(one), _words(other)
    rows, other_rows = (syllable_rows(_unhyphened(some)) for some in (words, other_words))
    if rows and other_rows:
        # Both may be Chinese: then a syllable is a syllable, and to sound alike is not enough.
        if any(_rows_agree(row, other_row) for row, other_row in product(rows[:ROWS_MAX], other_rows[:ROWS_MAX])):
            return _surname_is_one(_unhyphened(words), _unhyphened(other_words))
        return _assigned(tuple(words), tuple(other_words), strict=True)
    return _words_agree(words, other_words)


def _rows_agree(row: Sequence[Spellings], other: Sequence[Spellings]) -> bool:
    """In the same order, or with the surname at the other end."""
    orders = (row, [row[-1], *row[:-1]], [*row[1:], row[0]]) if row else ()
    return any(
        len(order) == len(other) and all(one & two for one, two in zip(order, other, strict=True)) for order in orders
    )


def _surname_is_one(words: list[str], other: list[str]) -> bool:
    """Whether no word ends within a syllable of the other name: Li Na is not Lin A."""
    ends = [{len("".join(some[:at])) for at in range(1, len(some) + 1)} for some in (words, other)]
    return "".join(words) != "".join(other) or ends[0] <= ends[1] or ends[1] <= ends[0]


def _words_agree(words: list[str], other: list[str]) -> bool:
    """Whether words of one name are those of the other, in one of the ways in which people write them."""
    ways = _ways(words), _ways(other)
    return any(_matched(one, two) for one, two in product(*ways))


def _ways(words: list[str]) -> list[tuple[str, ...]]:
    """As they are; hyphens as ends of words; without particles; particles and hyphens joined."""
    parts = _unhyphened(words)
    joined: list[str] = []
    for at, part in enumerate(parts):
        if joined and at and parts[at - 1] in _PARTICLES:
            joined[-1] += part
        else:
            joined.append(part)
    ways = [
        tuple(words),
        tuple(parts),
        tuple(word.replace("-", "") for word in words),
        tuple(part for part in parts if part not in _PARTICLES),
        tuple(joined),
        tuple(re.sub("^(?:al|el)(?=.{4})", "", part) for part in parts if part not in _PARTICLES),
    ]
    return [way for way in dict.fromkeys(ways) if way and len(way) <= WORDS_MAX]


def _matched(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Every word of the shorter has one of the longer; what is left out may be left out."""
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return len(long) > 1 and _is_joined(short, long)
    if len(short) == len(long):
        return _assigned(short, long, strict=False)
    if _is_joined(short, long):
        return True
    # Names in the middle are left out in order, and neither the first nor the family's: the last, or before a
    # mother's name.
    if agreement(short[0], long[0]) < Word.INITIAL:
        return False
    lasts = long[-1:] if len(long) < 4 else long[-2:]
    return any(agreement(short[-1], last) is Word.SAME for last in lasts) and _in_order(short, long)


def _is_joined(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """The longer has words apart that the shorter writes as one: Mc Donald, Abdul Rahman."""
    at = 0
    for word in short:
        if at < len(long) and agreement(word, long[at]) is Word.SAME:
            at += 1
            continue
        whole = ""
        while len(whole) < len(word) and at < len(long):
            whole += long[at]
            at += 1
        if agreement(word, whole) is not Word.SAME:
            return False
    return at == len(long)


def _assigned(short: tuple[str, ...], long: tuple[str, ...], *, strict: bool) -> bool:
    """Word for word, in any order: at least one whole, at most one slip, and no two words for one."""
    if len(short) != len(long) or len(short) > WORDS_MAX:
        return False

    def assign(at: int, free: frozenset[int], whole: int, slips: int) -> bool:
        if slips > 1:
            return False
        if at == len(short):
            return whole > 0
        return any(
            (found := agreement(short[at], long[to], strict=strict)) is not Word.APART
            and assign(at + 1, free - {to}, whole + (found is Word.SAME), slips + (found is Word.SLIP))
            for to in free
        )

    return assign(0, frozenset(range(len(long))), 0, 0)


def _in_order(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    at = 0
    for word in short:
        while at < len(long) and agreement(word, long[at]) < Word.INITIAL:
            at += 1
        at += 1
    return at <= len(long)


def _words(name: str) -> list[str]:
    """Without commas, apostrophes, titles and generations."""
    words = re.sub("['()/&·]", "", name.replace(",", " ")).split()
    kept = [word for word in words if word not in _GENERATIONS]
    return kept[1:] if len(kept) > 2 and kept[0] in _TITLES and len(kept[0]) > 1 else kept


def _unhyphened(words: list[str]) -> list[str]:
    return [part for word in words for part in word.split("-") if part]


def _is_company(name: str) -> bool:
    words = re.sub(r"[,()·]", " ", name).split()
    initials = "".join(word for word in words if len(word) == 1)
    # A company's form stands at the end; "As" and "Co" are also names of people.
    is_formed = len(words) > 1 and (words[-1] in _COMPANY or (len(initials) > 1 and initials in _COMPANY))
    return is_formed or bool(_HAN_COMPANY.search(name))


def _company_key(name: str) -> str:
    words = re.sub(r"[,()·&]", " ", name).split()
    known = [_COMPANY.get(word, word) for word in words]
    return re.sub(r"\bs a\b", "sa", " ".join(known))
