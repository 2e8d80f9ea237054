"""The view of a market between people, asked as a door does."""

from typing import Any, cast

from venus.testing.p2p_tape import Tape
from venus.views import p2p_questions as asked
from venus.views.p2p import P2pView
from venus.views.questions import decode_answer, decode_question, encode_answer, encode_question

ANN, BOB, CAROL, DAVE = 11, 12, 13, 14
UNIT = 1_000_000  # of USDT, in atoms


def market() -> Tape:
    tape = Tape()
    tape.enrol(ANN, BOB, CAROL, DAVE)
    return tape


def ask(tape: Tape, question: asked.Question) -> Any:
    """As a door does; a snapshot's view must say the same."""
    answer = tape.view.answer(cast(asked.Question, decode_question(encode_question(question))))
    assert decode_answer(encode_answer(answer)) == answer
    other = P2pView()
    other.restore({name: array.copy() for name, array in tape.view.arrays().items()})
    if not isinstance(question, asked.NewsQuestion):
        assert other.answer(question) == answer
    return answer
