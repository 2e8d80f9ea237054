"""A request for a payment is read as it was written or not at all, and its picture says the same."""

import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus.sdk.payment_requests import BadRequest, PaymentRequest, parse, picture, qr_picture, request, text_of

WORDS = st.text(st.characters(codec="utf-8"), max_size=64).filter(str.isprintable)
REQUESTS = st.builds(
    PaymentRequest,
    to=st.integers(0, 2**32 - 1),
    asset=st.from_regex(r"[A-Za-z0-9]{1,16}", fullmatch=True),
    reference=st.from_regex(r"[A-Za-z0-9._-]{1,36}", fullmatch=True),
    amount=st.just("") | st.from_regex(r"(0|[1-9][0-9]{0,9})\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,11}", fullmatch=True),
    until_s=st.integers(0, 10**12 - 1),
    name=WORDS,
    note=WORDS,
).filter(lambda one: len(text_of(one)) <= 600)


@settings(max_examples=80, deadline=None)
@given(REQUESTS)
def test_what_is_written_is_read(one: PaymentRequest):
    assert parse(text_of(one)) == one


@settings(max_examples=80, deadline=None)
@given(REQUESTS, st.data())
def test_one_character_changed_is_refused_or_is_what_it_says(one: PaymentRequest, data: st.DataObject):
    text = text_of(one)
    at = data.draw(st.integers(0, len(text) - 1))
    other = text[:at] + data.draw(st.characters(codec="utf-8")) + text[at + 1 :]
    try:
        read = parse(other)
    except BadRequest:
        return
    assert text_of(read) == other


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.text(max_size=200).map("venus-pay:1?".__add__))
def test_anything_else_is_refused(text: str):
    try:
        read = parse(text)
    except BadRequest:
        return
    assert text_of(read) == text


REFUSED = {
    "nothing to pay": "venus-pay:1?to=1&asset=dCNY&amount=0&ref=a",
    "needless zeros": "venus-pay:1?to=1&asset=dCNY&amount=1.50&ref=a",
    "twice the payee": "venus-pay:1?to=1&to=2&asset=dCNY&ref=a",
    "no payee": "venus-pay:1?asset=dCNY&ref=a",
    "another order": "venus-pay:1?asset=dCNY&to=1&ref=a",
    "an unknown name": "venus-pay:1?to=1&asset=dCNY&ref=a&tip=1",
    "Arabic digits": "venus-pay:1?to=%D9%A1&asset=dCNY&ref=a",
    "a line that is hidden": "venus-pay:1?to=1&asset=dCNY&ref=a&name=a%0Ab",
    "another version": "venus-pay:2?to=1&asset=dCNY&ref=a",
    "an account that cannot be": "venus-pay:1?to=4294967296&asset=dCNY&ref=a",
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str):
    with pytest.raises(BadRequest):
        parse(REFUSED[what])


def test_a_tea_house_asks():
    one = request(2002, "dCNY", "order-77", 1250, 2, until_s=1_795_748_400, name="茶 House")
    assert text_of(one) == (
        "venus-pay:1?to=2002&asset=dCNY&amount=12.5&ref=order-77&until=1795748400&name=%E8%8C%B6+House"
    )
    assert one.atoms(2) == 1250
    with pytest.raises(BadRequest):
        one.atoms(0)


def test_the_picture_is_of_its_kind():
    one = request(2002, "dCNY", "order-77", 1250, 2)
    assert re.match(rb'<\?xml[^>]*>\s*<svg [^>]*width="\d+"', picture(one))
    png = picture(one, "png")
    assert png.startswith(b"\x89PNG\r\n") and zlib.crc32(b"IEND").to_bytes(4, "big") in png
    with pytest.raises(ValueError, match="svg or png"):
        qr_picture("text", "gif")
