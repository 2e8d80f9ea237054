"""How Chinese characters are read and simplified, as libraries know it: a program of its own, run by han_table.py.

From pypinyin (MIT), ToJyutping (BSD-2-Clause, after rime-cantonese, CC BY 4.0) and OpenCC (Apache-2.0). What it writes:

    [wade-giles]    pinyin without tones and ü as v, Wade-Giles without signs; a line each
    [simplified]    a traditional character with its simplified one behind it; a line each
    [readings]      pinyin, Jyutping without tones, all characters that are read so; a dash: nothing is known
"""

import gc
import sys
import unicodedata
from collections import defaultdict
from functools import cache

FIRST, LAST = 0x3400, 0x9FFF


def table() -> str:
    gc.disable()  # before the libraries come: they make a million objects that stay, and it would search them all
    from pypinyin.constants import PINYIN_DICT

    pinyin = {chr(code): some.split(",") for code, some in PINYIN_DICT.items() if FIRST <= code <= LAST}
    sections = ["[wade-giles]", *_wade_giles(pinyin), "[simplified]", *_simplified(), "[readings]", *_readings(pinyin)]
    return "\n".join(sections) + "\n"


def _wade_giles(pinyin: dict[str, list[str]]) -> list[str]:
    pairs = set()
    for one in {reading for some in pinyin.values() for reading in some}:
        sound, written = _bare(one, "NORMAL"), _bare(one, "WADEGILES").replace("v", "u")
        if sound and written:
            pairs.add(f"{sound} {written}")
    return sorted(pairs)


def _simplified() -> list[str]:
    from opencc import OpenCC

    simple = OpenCC("t2s")
    pairs = ((char, simple.convert(char)) for char in map(chr, range(FIRST, LAST + 1)))
    return [char + other for char, other in pairs if other != char and len(other) == 1]


def _readings(pinyin: dict[str, list[str]]) -> list[str]:
    import ToJyutping

    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for char in map(chr, range(FIRST, LAST + 1)):
        mandarin = {_bare(one, "NORMAL") for one in pinyin.get(char, ())} - {""}
        candidates = ToJyutping.get_jyutping_candidates(char)
        cantonese = {one.rstrip("123456") for _, some in candidates for one in some if one.isalnum()}
        if mandarin or cantonese:
            groups[",".join(sorted(mandarin)) or "-", ",".join(sorted(cantonese)) or "-"].append(char)
    return sorted(f"{mandarin} {cantonese} {''.join(chars)}" for (mandarin, cantonese), chars in groups.items())


@cache
def _bare(reading: str, style: str) -> str:
    """A reading with tones in a style's letters, ü as v."""
    from pypinyin import Style
    from pypinyin.style import convert

    written = convert(reading, getattr(Style, style), strict=True).lower().replace("ü", "v")
    return "".join(char for char in unicodedata.normalize("NFD", written) if "a" <= char <= "z")


if __name__ == "__main__":
    sys.stdout.buffer.write(table().encode())
