"""The catalogue of payment methods: whole, sound, and what an account's number is written like."""

import pytest

from venus.p2p.risk import MethodRisk
from venus.packs.p2p_methods import BadNumber, catalogue, fiats, method_of, methods_of, read_catalogue
from venus.packs.regimes import PackRefused
from venus.records.p2p import METHOD_BY_WALLET


def test_twenty_currencies_have_methods_that_do_not_come_back() -> None:
    """Each currency can be traded by at least one method whose payments are final."""
    assert len(fiats()) == 20
    for fiat in fiats():
        assert "LOW" in {one.risk for one in methods_of(fiat.code)}, fiat.code
    assert {one.key for one in methods_of("CNY")} >= {"alipay", "wechat_pay", "bank_cny"}
    assert {one.risk for one in catalogue().methods.values()} == {risk.value for risk in MethodRisk}
    assert {fiat.code for fiat in fiats() if fiat.exponent == 0} == {"JPY", "KRW", "VND"}


def test_the_riskier_the_less_and_the_longer() -> None:
    risks = catalogue().risks
    low, medium, high = risks["LOW"], risks["MEDIUM"], risks["HIGH"]
    assert low.units_max > medium.units_max > high.units_max
    assert (low.retain_days, medium.retain_days, high.retain_days) == (1, 2, 3)
    for key, risk in {"fedwire": "LOW", "zelle": "MEDIUM", "paypal": "HIGH"}.items():
        one = method_of(key)
        assert one is not None and (one.risk, one.retain_days) == (risk, risks[risk].retain_days)


def test_what_the_exchange_itself_pays_is_never_called_back() -> None:
    """And nothing else."""
    none = [one for one in catalogue().methods.values() if one.risk == "NONE"]
    assert [(one.number, one.key, one.retain_days) for one in none] == [(METHOD_BY_WALLET, "central_bank_wallet", 0)]


def test_a_method_says_what_its_account_has() -> None:
    one = method_of("bank_cny")
    assert one is not None
    assert [(field.field, field.is_required) for field in one.fields] == [
        ("name", True),
        ("number", True),
        ("bank", True),
        ("branch", False),
    ]


@pytest.mark.parametrize(
    ("key", "said", "written"),
    [
        ("sepa", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("bank_cny", "4111 1111 1111 1111", "4111111111111111"),
        ("alipay", "138 0000 0000", "13800000000"),
        ("alipay", "zhang-wei@example.cn", "zhang-wei@example.cn"),
        ("spei", "032180000118359719", "032180000118359719"),
        ("ach", "021000021/123456", "021000021/123456"),
        ("faster_payments", "12-34-56/12345678", "123456/12345678"),
        ("upi", "priya@okbank", "priya@okbank"),
    ],
)
def test_a_number_is_written_one_way(key: str, said: str, written: str) -> None:
    one = method_of(key)
    assert one is not None and one.checked_number(said) == written


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sepa", "DE89370400440532013001"),  # a digit off
        ("bank_cny", "4111111111111112"),
        ("spei", "032180000118359710"),
        ("ach", "021000022/123456"),
        ("alipay", "not a number"),
        ("upi", "@bank"),
        ("bank_jpy", ""),
        ("mpesa", "٠١٢٣٤٥٦٧"),
    ],
)
def test_a_mistyped_number_is_refused(key: str, said: str) -> None:
    one = method_of(key)
    assert one is not None
    with pytest.raises(BadNumber):
        one.checked_number(said)


RISKS = """
[risks]
NONE = { retain_days = 0, units_max = 500 }
LOW = { retain_days = 1, units_max = 500 }
MEDIUM = { retain_days = 2, units_max = 100 }
HIGH = { retain_days = 3, units_max = 20 }
[[fiats]]
code = "CNY"
exponent = 2
name_en = "Chinese yuan"
name_zh = "人民币"
unit = 700
"""
METHOD = """
[[methods]]
number = 1
key = "alipay"
name_en = "Alipay"
name_zh = "支付宝"
fiats = ["CNY"]
risk = "LOW"
number_form = "phone"
fields = []
"""


@pytest.mark.parametrize(
    "text",
    [
        "risks",
        RISKS.replace("retain_days = 3", "retain_days = 4") + METHOD,
        RISKS + METHOD + METHOD,
        RISKS + METHOD + METHOD.replace("number = 1", "number = 2"),
        RISKS + METHOD.replace("number = 1", "number = 10000"),
        RISKS + METHOD.replace('["CNY"]', '["USD"]'),
        RISKS + METHOD.replace('"LOW"', '"SAFE"'),
        RISKS + METHOD.replace('"LOW"', '"NONE"'),
        RISKS + METHOD.replace("number = 1", "number = 9000"),
        RISKS.replace("LOW = { retain_days = 1", "LOW = { retain_days = 0") + METHOD,
        RISKS + METHOD.replace('"phone"', '"telepathy"'),
        RISKS + METHOD.replace("fields = []", 'fields = ["iban"]'),
        RISKS + METHOD + "colour = 1",
    ],
)
def test_data_that_is_not_sound_is_refused(text: str) -> None:
    read_catalogue(RISKS + METHOD)
    with pytest.raises(PackRefused):
        read_catalogue(text)
