"""What the door decides in the market between people: who may post and take, what stays, what a trader is worth."""

import string
import struct
import zlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus.p2p import chat, risk, texts
from venus.p2p.attachments import FILE_BYTES_MAX, BadFile, FileType, file_name, file_type
from venus.p2p.refusals import Refusal
from venus.p2p.reputation import Figures, Tier, score, tier
from venus.p2p.requirements import Taker, unmet
from venus.p2p.retention import DAY_NS, Deal, Priced, may_leave, retained, retained_until
from venus.p2p.risk import MethodRisk, Pace, Payment, Poster, RiskRules
from venus.p2p.system_texts import (
    CANCEL_REASONS,
    GROUNDS,
    PARTIES,
    REFUSALS,
    TEXTS,
    Both,
    Said,
    system_text,
)
from venus.p2p.texts import AdvertText, BadText, Evidence, Grounds, PaymentAccount, Requirements
from venus.records.p2p_states import CancelReason, Ground

NOBODY = Figures(0, 0, None, None, None, None, 0, 0, 0)
BUSY = Figures(100, 98, 120, 150, 100, 110, 60, 0, 0)
RULES = RiskRules()

# Texts and their hashes


def test_a_text_has_one_encoding() -> None:
    said = AdvertText("  Pay from your own acc\u0065\u0301\r\n", "", Requirements(countries=("HK", "CN")))
    text = texts.checked(said)
    content = texts.encoded(text)
    assert (
        content
        == (
            '{"autoReply":"","requirements":{"countries":["CN","HK"],"firstTimeFiatMax":null,"minCompletionPercent":null,'
            '"minDays":null,"minOrders":null},"terms":"Pay from your own acc\u00e9"}'
        ).encode()
    )
    assert texts.decoded(content, AdvertText) == text and len(texts.text_hash(content)) == 32
    with pytest.raises(BadText, match="encoding"):
        texts.decoded(content.replace(b'":"', b'": "', 1), AdvertText)


def test_who_sees_the_hash_of_a_payment_account_cannot_try_numbers_against_it() -> None:
    one = PaymentAccount("alipay", "张伟", "13800000000", "", "", "", "00" * 16)
    other = msgspec.structs.replace(one, salt="01" * 16)
    assert texts.text_hash(texts.encoded(one)) != texts.text_hash(texts.encoded(other))


@pytest.mark.parametrize(
    "text",
    [
        AdvertText("x" * 1_001, "", Requirements()),
        AdvertText("pay \u202eelpmis", "", Requirements()),  # writing turned round
        AdvertText("pay \x00", "", Requirements()),
        AdvertText("", "", Requirements(min_completion_percent=101)),
        AdvertText("", "", Requirements(countries=())),
        AdvertText("", "", Requirements(countries=("CN", "CN"))),
        PaymentAccount("alipay", "", "1", "", "", "", "00" * 16),
        PaymentAccount("alipay", "张伟", "1\n2", "", "", "", "00" * 16),
        PaymentAccount("alipay", "张伟", "1", "", "", "", "short"),
        Evidence("7", "ARBITER", "I saw it", ()),
        Evidence("7", "BUYER", " ", ()),
        Evidence("7", "BUYER", "", ("ab" * 32, "ab" * 32)),
        Grounds("7", ""),
    ],
)
def test_a_text_that_is_none_is_refused(text: AdvertText | PaymentAccount | Evidence | Grounds) -> None:
    with pytest.raises(BadText):
        texts.checked(text)


# Chat


def conversation() -> list[chat.Message]:
    drafts = [
        chat.told("7", "The order is open.", "订单已创建。", 1_000),
        chat.said("7", chat.Sender.BUYER, "Hello, I pay now.", 2_000),
        chat.shown("7", chat.Sender.BUYER, "ab" * 32, "receipt.png", "image/png", 3_000),
    ]
    messages, head = [], chat.EMPTY_HEAD
    for place, draft in enumerate(drafts, 1):
        content, head = chat.writer(draft)(place, head)
        messages.append(chat.read(content))
    return messages


def test_the_head_holds_the_whole_chat() -> None:
    messages = conversation()
    assert chat.check_chain("7", messages) == messages[-1].hash and len(chat.head_bytes(messages[-1].hash)) == 32
    assert chat.check_chain("7", []) == chat.EMPTY_HEAD and chat.head_bytes(chat.EMPTY_HEAD) == b""


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (1, {"text_zh": "订单"}),
        (2, {"text": "I do not pay."}),
        (2, {"time": 2_001}),
        (2, {"order": "8"}),
        (3, {"file": "cd" * 32}),
        (3, {"sender": chat.Sender.SELLER}),
    ],
)
def test_a_message_that_was_changed_is_named(place: int, change: dict[str, object]) -> None:
    messages = conversation()
    messages[place - 1] = msgspec.structs.replace(messages[place - 1], **change)
    with pytest.raises(chat.BrokenChain) as broken:
        chat.check_chain("7", messages)
    assert broken.value.place == place


def test_a_message_that_was_left_out_is_named() -> None:
    messages = conversation()
    with pytest.raises(chat.BrokenChain, match="message 2"):
        chat.check_chain("7", [messages[0], messages[2]])


# Requirements


def test_a_maker_is_told_what_of_it_a_taker_is_not() -> None:
    asked = Requirements(90, 20, 30, 500_000, ("CN", "HK"))
    good = Taker(31, BUSY, "CN", met_before=False)
    assert unmet(asked, good, 500_000) == []
    assert unmet(asked, good, 500_001) == [Refusal.TAKER_FIRST_TIME]
    assert unmet(asked, good._replace(met_before=True), 500_001) == []
    assert unmet(asked, good, None) == []
    assert unmet(asked, Taker(3, NOBODY, "US", met_before=False), 1) == [
        Refusal.TAKER_COMPLETION,
        Refusal.TAKER_ORDERS,
        Refusal.TAKER_DAYS,
        Refusal.TAKER_COUNTRY,
    ]
    assert unmet(Requirements(), Taker(0, NOBODY, "", met_before=False), 10**9) == []


# Risk


def test_who_may_post() -> None:
    newcomer = Poster(3, NOBODY, NOBODY, Tier.NONE, has_second_factor=False)
    assert risk.may_post(RULES, newcomer, "USD") == [
        Refusal.SECOND_FACTOR_MISSING,
        Refusal.ACCOUNT_TOO_YOUNG,
        Refusal.TOO_FEW_ORDERS,
        Refusal.COMPLETION_TOO_LOW,
        Refusal.TOO_FEW_PARTNERS,
    ]
    usual = Poster(30, BUSY, BUSY, Tier.NONE, has_second_factor=True)
    assert risk.may_post(RULES, usual, "USD") == []
    assert risk.may_post(RULES, usual, "CNY") == [Refusal.MERCHANT_ONLY]
    merchant = newcomer._replace(tier=Tier.BRONZE, has_second_factor=True)
    assert risk.may_post(RULES, merchant, "CNY") == []
    sandbox = risk.relaxed(
        b'{"post_days_min":0,"post_orders_min":0,"post_completion_percent_min":0,"post_partners_min":0}'
    )
    assert risk.may_post(sandbox, newcomer._replace(has_second_factor=True), "USD") == []
    with pytest.raises(msgspec.ValidationError):
        risk.relaxed(b'{"post_day_min":0}')


def test_a_young_buyer_buys_little_and_nothing_that_is_easily_called_back() -> None:
    pace = Pace(days=3, tier=Tier.NONE, buys_open=0, orders_hour=0, orders_day=0, cancels_day=0, bought_day=0)
    pay = Payment(MethodRisk.LOW, fiat=100_000, fiat_max=5_000_000, unit=10_000)
    assert risk.may_take(RULES, pace, pay, buys=True) == []
    assert risk.may_take(RULES, pace, pay._replace(fiat=100_001), buys=True) == [Refusal.AGE_LIMIT]
    assert risk.may_take(RULES, pace._replace(bought_day=100_001), pay, buys=True) == [Refusal.DAY_LIMIT]
    assert risk.may_take(RULES, pace, pay._replace(risk=MethodRisk.HIGH), buys=True) == [Refusal.METHOD_TOO_RISKY]
    # Who sells risks being called back himself, so that his age says nothing.
    assert risk.may_take(RULES, pace, pay._replace(fiat=5_000_000), buys=False) == []
    assert risk.may_take(RULES, pace, pay._replace(fiat=5_000_001), buys=False) == [Refusal.METHOD_LIMIT]
    old = pace._replace(days=90)
    assert risk.may_take(RULES, old, pay._replace(fiat=5_000_000, risk=MethodRisk.HIGH), buys=True) == []


def test_the_pace_of_one_who_is_no_merchant_has_an_end() -> None:
    pace = Pace(days=400, tier=Tier.NONE, buys_open=3, orders_hour=10, orders_day=10, cancels_day=3, bought_day=0)
    pay = Payment(MethodRisk.LOW, fiat=1, fiat_max=1, unit=1)
    assert risk.may_take(RULES, pace, pay, buys=True) == [
        Refusal.TOO_FAST,
        Refusal.TOO_MANY_OPEN,
        Refusal.TOO_MANY_CANCELS,
    ]
    assert risk.may_take(RULES, pace, pay, buys=False) == [Refusal.TOO_FAST]
    assert risk.may_take(RULES, pace._replace(tier=Tier.GOLD), pay, buys=True) == [Refusal.TOO_MANY_CANCELS]


def test_how_long_a_purchase_stays_and_when_a_release_needs_a_code() -> None:
    assert [risk.retain_days(RULES, days, 400, Tier.NONE) for days in (1, 2, 3)] == [1, 2, 3]
    assert [risk.retain_days(RULES, days, 29, Tier.NONE) for days in (1, 2, 3)] == [2, 3, 3]
    assert risk.retain_days(RULES, 1, 29, Tier.SILVER) == 1
    assert risk.release_needs_code(RULES, 1, 10_000, has_second_factor=True)
    assert not risk.release_needs_code(RULES, 99_999, 10_000, has_second_factor=False)
    assert risk.release_needs_code(RULES, 100_000, 10_000, has_second_factor=False)


# T+1

BTC, ETH, USDT = 1, 2, 3
PRICES = {BTC: Priced(60_000 * 10**8, 8), ETH: Priced(3_000 * 10**8, 18), USDT: Priced(10**8, 6)}


def test_net_purchases_stay_until_their_days_are_over() -> None:
    deals = [
        Deal(BTC, 100, 1 * DAY_NS, 1),
        Deal(ETH, 70, 1 * DAY_NS, 3),
        Deal(BTC, 50, 1 * DAY_NS + 5, 2),
        Deal(BTC, -120, 1 * DAY_NS + 9, 0),
        Deal(BTC, 40, 1 * DAY_NS + 10, 1),
    ]
    # The sale took the whole of the first purchase and 20 of the second, and nothing of the one after it.
    assert retained(deals, 2 * DAY_NS - 1) == {BTC: 70, ETH: 70}
    assert retained(deals, 2 * DAY_NS + 10) == {BTC: 30, ETH: 70}
    assert retained(deals, 3 * DAY_NS + 5) == {ETH: 70}
    assert retained(deals, 4 * DAY_NS) == {} and retained_until(deals, 4 * DAY_NS) is None
    assert retained_until(deals, 2 * DAY_NS) == 4 * DAY_NS


def test_a_sale_before_the_purchase_frees_nothing() -> None:
    assert retained([Deal(BTC, -100, 5, 0), Deal(BTC, 100, 6, 1)], 7) == {BTC: 100}


def test_it_is_value_that_stays_of_several_assets() -> None:
    kept = {BTC: 10**8, USDT: 1_000 * 10**6}
    # One bitcoin was bought and traded for 20 ether: what came for it stays in its place.
    holdings = {ETH: 20 * 10**18, USDT: 1_500 * 10**6}
    assert may_leave(kept, holdings, {USDT: 500 * 10**6}, PRICES)
    assert not may_leave(kept, holdings, {USDT: 500 * 10**6 + 1}, PRICES)
    assert not may_leave(kept, holdings, {ETH: 10**18}, PRICES)
    assert may_leave(kept, holdings | {ETH: 21 * 10**18}, {ETH: 10**18}, PRICES)
    assert not may_leave(kept, holdings, {BTC: 1}, PRICES)


def test_without_a_price_an_asset_stands_for_itself_alone() -> None:
    kept, holdings = {BTC: 10}, {BTC: 15, ETH: 10**18}
    assert may_leave(kept, holdings, {BTC: 5}, {}) and may_leave(kept, holdings, {ETH: 10**18}, {})
    assert not may_leave(kept, holdings, {BTC: 6}, {})
    assert not may_leave(kept, {ETH: 10**18}, {ETH: 1}, {ETH: PRICES[ETH]})
    assert not may_leave({}, {BTC: 1}, {BTC: 2}, PRICES)  # nobody parts with what he has not


def kept_unit_by_unit(deals: list[Deal], now_ns: int) -> dict[int, int]:
    """The page's words, one atom after the other."""
    atoms: list[tuple[int, int]] = []  # asset, until when
    for deal in deals:
        if deal.atoms > 0:
            atoms += [(deal.asset, deal.time_ns + deal.retain_days * DAY_NS)] * deal.atoms
        for _ in range(-deal.atoms):
            oldest = next((one for one in atoms if one[0] == deal.asset and one[1] > deal.time_ns), None)
            if oldest is not None:
                atoms.remove(oldest)
    standing = [asset for asset, until in atoms if until > now_ns]
    return {asset: standing.count(asset) for asset in sorted(set(standing))}


DEALS = st.lists(
    st.builds(
        Deal,
        asset=st.integers(1, 2),
        atoms=st.integers(-6, 6).filter(bool),
        time_ns=st.integers(0, 4).map(lambda days: days * DAY_NS),
        retain_days=st.integers(1, 3),
    ),
    max_size=8,
).map(lambda deals: sorted(deals, key=lambda one: one.time_ns))


@given(deals=DEALS, now=st.integers(0, 8))
@settings(max_examples=80, deadline=None)
def test_what_stays_is_what_the_page_says(deals: list[Deal], now: int) -> None:
    seen = [deal for deal in deals if deal.time_ns <= now * DAY_NS]
    assert retained(seen, now * DAY_NS) == kept_unit_by_unit(seen, now * DAY_NS)


AMOUNTS = st.dictionaries(st.sampled_from([BTC, ETH, USDT]), st.integers(0, 50))


@given(kept=AMOUNTS, holdings=AMOUNTS, leaving=AMOUNTS, unpriced=st.sets(st.sampled_from([BTC, ETH])))
@settings(max_examples=60, deadline=None)
def test_if_much_may_leave_less_may(
    kept: dict[int, int], holdings: dict[int, int], leaving: dict[int, int], unpriced: set[int]
) -> None:
    prices = {
        asset: Priced(price * 10**8, 0) for asset, price in ((BTC, 7), (ETH, 3), (USDT, 1)) if asset not in unpriced
    }
    if may_leave(kept, holdings, leaving, prices):
        assert may_leave(kept, holdings, {asset: atoms // 2 for asset, atoms in leaving.items()}, prices)
        left = {asset: atoms - leaving.get(asset, 0) for asset, atoms in holdings.items()}
        if not unpriced and any(leaving.values()):
            worth = sum(left.get(asset, 0) * prices[asset].price for asset in prices)
            assert worth >= sum(kept.get(asset, 0) * prices[asset].price for asset in prices)


# Reputation


def test_a_score_says_how_much_how_well_and_how_safely() -> None:
    assert score(NOBODY, good=0, bad=0) == 45  # half of performance, all of risk
    assert score(BUSY._replace(completed=100), good=50, bad=0) == 100
    slow = BUSY._replace(release_s_median=1_800)
    assert score(BUSY, good=50, bad=0) - score(slow, good=50, bad=0) == 15
    # Late is late, though the order was completed in the end.
    late = BUSY._replace(late=10)
    assert score(BUSY, good=50, bad=0) - score(late, good=50, bad=0) == 10
    worst = Figures(100, 0, 9_999, 9_999, 9_999, 9_999, 0, 100, 100)
    assert score(worst, good=0, bad=9) == 0


def test_a_tier_is_what_could_be_slashed() -> None:
    slash = 1_000
    assert [tier(bond, slash) for bond in (0, 9_999, 10_000, 50_000, 200_000)] == [
        Tier.NONE,
        Tier.NONE,
        Tier.BRONZE,
        Tier.SILVER,
        Tier.GOLD,
    ]
    assert tier(10**18, 0) is Tier.NONE


# Files


def png(data: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0\0") + data)
        + chunk(b"IEND", b"")
    )


JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xda\x00\x02picture\xff\xd9"
WEBP = b"RIFF" + struct.pack("<I", 12) + b"WEBPVP8 " + bytes(4)
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer\n%%EOF\n"


def test_a_file_is_what_its_bytes_are() -> None:
    assert [file_type(one) for one in (png(), JPEG, JPEG + JPEG, WEBP, PDF)] == [
        FileType.PNG,
        FileType.JPEG,
        FileType.JPEG,
        FileType.WEBP,
        FileType.PDF,
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png() + b"PK\x03\x04",  # a picture and an archive in one
        png()[:-4],
        JPEG + b"<script>",
        JPEG[:-2],
        WEBP + b"x",
        PDF.replace(b"/Catalog", b"/Catalog /OpenAction"),
        PDF.replace(b"/Catalog", b"/J#61vaScript"),  # a letter written as its number
        PDF.replace(b"%%EOF", b""),
        png(b"x" * FILE_BYTES_MAX),
    ],
)
def test_what_is_more_or_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile):
        file_type(content)


def test_a_file_name_leads_nowhere() -> None:
    assert file_name("../../etc/passwd") == "etcpasswd"
    assert file_name('a"b\r\nSet-Cookie: x.png') == "abSet-Cookie x.png"
    assert (
        file_name("收据 1.png") == "收据 1.png" and file_name("\u202egnp.exe") == "gnp.exe" and file_name("...") == ""
    )
    assert len(file_name("x" * 200 + ".pdf")) == 80


# What the exchange says


def test_everything_is_said_in_both_languages_with_the_same_places() -> None:
    tables: list[tuple[type, dict[object, Both]]] = [
        (Said, TEXTS),
        (Refusal, REFUSALS),
        (Ground, GROUNDS),
        (CancelReason, CANCEL_REASONS),
    ]  # type: ignore[list-item]
    for kind, table in tables:
        assert set(table) == set(kind), kind  # type: ignore[call-overload]
        for key, both in table.items():
            places = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in both]
            assert places[0] == places[1], key
            assert not any("\u4e00" <= char <= "\u9fff" for char in both.en), key
            assert any("\u4e00" <= char <= "\u9fff" for char in both.zh), key


def test_a_place_is_filled_in_each_language() -> None:
    said = system_text(Said.APPEALED, party=PARTIES["BUYER"], ground=GROUNDS[Ground.NOT_RELEASED], hours=24)
    assert said.en.startswith("The buyer appeals: paid, but not released. Both sides have 24 hours")
    assert said.zh.startswith("买家发起申诉：已付款但未放行。双方须在 24 小时内")
    with pytest.raises(KeyError):
        system_text(Said.APPEALED, party="x")
