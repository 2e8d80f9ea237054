"""All questions to the views and all answers, and how they cross to the doors."""

import msgspec

from venus.views import (
    balance_questions,
    catalog,
    currency_questions,
    holdings_questions,
    issuance_questions,
    market_questions,
    order_questions,
    p2p_questions,
    purse_questions,
)
from venus.views.user_data import StandingAnswer, StandingQuestion

Question = (
    catalog.Question
    | market_questions.Question
    | order_questions.Question
    | balance_questions.Question
    | issuance_questions.Question
    | holdings_questions.Question
    | currency_questions.Question
    | purse_questions.Question
    | p2p_questions.Question
    | StandingQuestion
)
Answer = (
    catalog.Answer
    | market_questions.Answer
    | order_questions.Answer
    | balance_questions.Answer
    | issuance_questions.Answer
    | holdings_questions.Answer
    | currency_questions.Answer
    | purse_questions.Answer
    | p2p_questions.Answer
    | StandingAnswer
)

_encoder = msgspec.msgpack.Encoder()
_question_decoder = msgspec.msgpack.Decoder(Question)
_answer_decoder = msgspec.msgpack.Decoder(Answer)


def encode_question(question: Question) -> bytes:
    return _encoder.encode(question)


def decode_question(data: bytes) -> Question:
    """Raises msgspec.ValidationError, or DecodeError if it is not even msgpack."""
    return _question_decoder.decode(data)


def encode_answer(answer: Answer) -> bytes:
    return _encoder.encode(answer)


def decode_answer(data: bytes) -> Answer:
    """Raises msgspec.ValidationError, or DecodeError if it is not even msgpack."""
    return _answer_decoder.decode(data)
