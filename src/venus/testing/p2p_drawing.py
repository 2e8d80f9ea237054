"""The drawing of what may happen to an order between people, made from the table that the core obeys.

    python -m venus.testing.p2p_drawing > docs/rules/p2p_states.svg

A test holds the file to it. Only where things stand is said here; what is drawn is records/p2p_states.py.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from venus.records.p2p_states import TRANSITIONS, Act, OrderState, Party, Transition

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules" / "p2p_states.svg"
_WIDTH, _HEIGHT = 1220, 696
_BOX_WIDTH, _BOX_HEIGHT = 156, 56
_LINE = 17
_OPEN, _PAID, _DISPUTED, _COMPLETED, _CANCELLED = OrderState


class Way(NamedTuple):
    """An arrow from one state to another: its path, and where its words stand."""

    path: str
    x: int
    y: int  # of the first line; of the last one, if they grow upward
    anchor: str = "middle"
    upward: bool = False


_PLACES = {
    _OPEN: (190, 190, "the asset is in escrow"),
    _PAID: (580, 190, "the buyer says so"),
    _DISPUTED: (970, 190, "evidence, offers"),
    _CANCELLED: (380, 540, "the seller has it back"),
    _COMPLETED: (780, 540, "the buyer has it, or some"),
}
_WAYS = {
    (_OPEN, _PAID): Way("M268 178 H496", 385, 168, upward=True),
    (_PAID, _OPEN): Way("M502 204 H274", 385, 222),
    (_PAID, _DISPUTED): Way("M658 178 H886", 775, 168, upward=True),
    (_DISPUTED, _PAID): Way("M892 204 H664", 775, 222),
    (_OPEN, _OPEN): Way("M154 162 C120 92 260 92 229 156", 190, 100, upward=True),
    (_PAID, _PAID): Way("M544 162 C510 92 650 92 619 156", 580, 100, upward=True),
    (_DISPUTED, _DISPUTED): Way("M934 162 C900 92 1040 92 1009 156", 970, 100, upward=True),
    (_OPEN, _COMPLETED): Way("M240 218 C300 400 560 420 702 526", 290, 284, "start"),
    (_OPEN, _CANCELLED): Way("M190 218 C190 400 260 430 338 506", 180, 300, "end"),
    (_PAID, _CANCELLED): Way("M550 218 C520 340 470 420 420 506", 500, 318, "end"),
    (_PAID, _COMPLETED): Way("M610 218 C640 340 690 420 740 506", 650, 318, "start"),
    (_DISPUTED, _COMPLETED): Way("M980 218 C980 400 900 430 822 506", 988, 300, "start"),
    (_DISPUTED, _CANCELLED): Way("M926 218 C890 470 640 500 464 530", 570, 412),
    (_CANCELLED, _CANCELLED): Way("M344 568 C310 636 450 636 419 574", 380, 638),
    (_COMPLETED, _COMPLETED): Way("M744 568 C710 636 850 636 819 574", 780, 638),
}
_WORDS = {
    Act.PAY: "says: paid",
    Act.UNDO_PAY: "undoes it",
    Act.PAYMENT_LATE: "too late to pay",
    Act.RELEASE_LATE: "too late to release",
    Act.EVIDENCE_DUE: "evidence is due",
    Act.SEIZE: "lawful order",
}
_PARTY_WORDS = {
    Party.BUYER: "buyer",
    Party.SELLER: "seller",
    Party.ARBITER: "arbiter",
    Party.CLOCK: "clock",
    Party.LAW: "court",
}
_STYLE = """
    .page { fill: #ffffff; }
    .state { fill: #f4f6f9; stroke: #566274; stroke-width: 1.4; }
    .completed { fill: #e7f5ea; stroke: #1f7a3a; }
    .cancelled { fill: #fbf0e4; stroke: #a35a12; }
    .disputed { fill: #fbe9ec; stroke: #b3263e; }
    .name { fill: #14202e; font-size: 15px; font-weight: 600; }
    .text { fill: #4a5666; font-size: 11.5px; }
    .way { fill: none; stroke: #66748a; stroke-width: 1.5; }
    .tip { fill: #66748a; }
    .said { font-size: 12.5px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
    .buyer { fill: #1d5fbf; } .seller { fill: #1f7a3a; } .arbiter { fill: #7a2fa8; }
    .clock { fill: #8a5a00; } .court { fill: #b3263e; } .both { fill: #34404f; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0f151d; }
      .state { fill: #18212c; stroke: #93a1b5; }
      .completed { fill: #12291a; stroke: #58c47c; }
      .cancelled { fill: #2e2113; stroke: #e0a15a; }
      .disputed { fill: #2f161c; stroke: #f0798d; }
      .name { fill: #f0f4f9; }
      .text { fill: #b4c0cf; }
      .way { stroke: #8c9bb0; }
      .tip { fill: #8c9bb0; }
      .said { stroke: #0f151d; }
      .buyer { fill: #7fb2ff; } .seller { fill: #6fd08f; } .arbiter { fill: #cf97f2; }
      .clock { fill: #e8bb5a; } .court { fill: #ff8b9d; } .both { fill: #d5dde7; }
    }
"""


def drawing() -> str:
    """The whole file."""
    return "\n".join([*_head(), *_arrows(), *_boxes(), *_legend(), "</svg>", ""])


def _head() -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-labelledby="title description" font-family="system-ui, -apple-system, '
        "'Segoe UI', 'DejaVu Sans', sans-serif\">"
    )
    yield '  <title id="title">What may happen to an order between people</title>'
    yield f'  <desc id="description">{" ".join(map(_sentence, TRANSITIONS))}</desc>'
    yield f"  <style>{_STYLE}  </style>"
    yield '  <marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    yield '    <path class="tip" d="M0 0 L8 4 L0 8 Z"/>'
    yield "  </marker>"
    yield f'  <rect class="page" width="{_WIDTH}" height="{_HEIGHT}" rx="10"/>'


def _sentence(row: Transition) -> str:
    """One row of the table, for who does not see the drawing."""
    parties = " or ".join(_PARTY_WORDS[party] for party in row.by)
    return f"{row.state.name}: {_words(row.act)}, by {parties}: {' or '.join(one.name for one in row.becomes)}."


def _words(act: Act) -> str:
    return _WORDS.get(act, act.name.lower().replace("_", " "))


def _arrows() -> Iterator[str]:
    """Everything that leads from one state to another stands at one arrow."""
    rows = [(row.state, state, row) for row in TRANSITIONS for state in row.becomes]
    for (state, becomes), found in groupby(sorted(rows), key=lambda one: one[:2]):
        way, acts = _WAYS[state, becomes], [row for *_, row in found]
        yield f'  <path class="way" d="{way.path}" marker-end="url(#tip)"/>'
        first = way.y - _LINE * (len(acts) - 1) if way.upward else way.y
        for place, row in enumerate(acts):
            parties = [_PARTY_WORDS[party] for party in row.by]
            colour = parties[0] if len(parties) == 1 else "both"
            y = first + _LINE * place
            yield (
                f'  <text class="said {colour}" x="{way.x}" y="{y}" text-anchor="{way.anchor}">'
                f"{_words(row.act)} · {' or '.join(parties)}</text>"
            )


def _boxes() -> Iterator[str]:
    for state, (x, y, text) in _PLACES.items():
        left, top = x - _BOX_WIDTH // 2, y - _BOX_HEIGHT // 2
        kind = f"state {state.name.lower()}"
        yield f'  <rect class="{kind}" x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="9"/>'
        yield f'  <text class="name" x="{x}" y="{y - 2}" text-anchor="middle">{state.name}</text>'
        yield f'  <text class="text" x="{x}" y="{y + 16}" text-anchor="middle">{text}</text>'


def _legend() -> Iterator[str]:
    yield '  <text class="text" x="24" y="34">An order between people: who may do what in which state.</text>'


if __name__ == "__main__":
    print(drawing(), end="")
