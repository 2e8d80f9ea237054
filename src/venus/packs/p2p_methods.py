"""Currencies and payment methods of the market between people, as data. docs/rules/p2p_conduct.md, "Methods".

The core knows methods by number alone; here is what a number means, what its account is written like, how easily a
payment by it is called back, and so how long and how much.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from venus.packs.regimes import PackRefused
from venus.records.p2p import METHOD_BY_WALLET, Fiat

METHOD_MAX = 9_999
RISKS = ("NONE", "LOW", "MEDIUM", "HIGH")
_OPTIONAL = "?"


class BadNumber(ValueError):
    """Not what an account of this method is written like; says what is."""


class _Datum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the data file holds; a word too many in it is a mistake."""


class Risk(_Datum, frozen=True):
    retain_days: int
    units_max: int  # of one order


class Currency(_Datum, frozen=True):
    code: str  # ISO 4217
    exponent: int
    name_en: str
    name_zh: str
    unit: int  # whole currency, about 100 US dollars


class _MethodDatum(_Datum, frozen=True):
    number: int
    key: str
    name_en: str
    name_zh: str
    fiats: tuple[str, ...]
    risk: str
    number_form: str
    fields: tuple[str, ...]  # besides name and number; "?" behind one that may be empty


class Field(NamedTuple):
    """One of a payment account."""

    field: str  # of venus.p2p.texts.PaymentAccount, in the door's spelling
    name_en: str
    name_zh: str
    is_required: bool


class Method(NamedTuple):
    number: int
    key: str
    name_en: str
    name_zh: str
    fiats: tuple[str, ...]
    risk: str  # one of RISKS
    retain_days: int
    number_form: str
    fields: tuple[Field, ...]

    def checked_number(self, said: str) -> str:
        """An account's number as it is written here: without spaces, and dashes where it has none. Raises BadNumber."""
        form = _FORMS[self.number_form]
        number = re.sub(form.dropped, "", said.upper() if self.number_form == "iban" else said)
        if not form.pattern.fullmatch(number) or not form.check(number):
            raise BadNumber(f"{self.name_en}: {form.name_en}, {form.hint}")
        return number


class Catalogue(NamedTuple):
    risks: dict[str, Risk]
    currencies: dict[str, Currency]  # by code
    methods: dict[int, Method]  # by number


class _File(_Datum, frozen=True):
    risks: dict[str, Risk]
    fiats: tuple[Currency, ...]
    methods: tuple[_MethodDatum, ...]


class _Form(NamedTuple):
    """How an account's number is written."""

    name_en: str
    name_zh: str
    hint: str
    pattern: re.Pattern[str]
    dropped: str = r"[\s-]"
    check: Callable[[str], bool] = bool


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812: the last digit proves the others."""
    sums = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(one // 10 + one % 10 for one in sums) % 10 == 0


def _iban(number: str) -> bool:
    """ISO 13616: letters are 10 to 35, the first four signs go to the end, and the rest of 97 is 1."""
    turned = number[4:] + number[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _clabe(digits: str) -> bool:
    """Weights 3, 7, 1, each product's last digit; the 18th digit fills the sum to ten."""
    weighed = sum(int(digit) * (3, 7, 1)[at % 3] % 10 for at, digit in enumerate(digits[:17]))
    return (10 - weighed % 10) % 10 == int(digits[17])


def _aba(number: str) -> bool:
    """A routing number's nine digits, weights 3, 7, 1, sum to a ten."""
    routing = number.partition("/")[0]
    return sum(int(digit) * (3, 7, 1)[at % 3] for at, digit in enumerate(routing)) % 10 == 0


_FORMS = {
    "account": _Form("Account number", "银行账号", "6 to 20 letters and digits", re.compile(r"[0-9A-Za-z]{6,20}")),
    "card": _Form("Card number", "银行卡号", "16 to 19 digits", re.compile(r"[0-9]{16,19}"), check=_luhn),
    "clabe": _Form("CLABE", "CLABE 账号", "18 digits", re.compile(r"[0-9]{18}"), check=_clabe),
    "gb_account": _Form(
        "Sort code and account number",
        "分行代码与账号",
        "6 and 8 digits, as 123456/12345678",
        re.compile(r"[0-9]{6}/[0-9]{8}"),
    ),
    "handle": _Form(
        "Account name or number", "账号", "3 to 64 signs without a space", re.compile(r"[^\s]{3,64}"), dropped=r"\s"
    ),
    "iban": _Form("IBAN", "IBAN", "up to 34 signs", re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}"), check=_iban),
    "phone": _Form("Telephone number", "手机号", "6 to 15 digits", re.compile(r"\+?[0-9]{6,15}")),
    "phone_or_email": _Form(
        "Telephone number or e-mail",
        "手机号或邮箱",
        "6 to 15 digits, or an address",
        re.compile(r"\+?[0-9]{6,15}|[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]{2,63}"),
        dropped=r"\s",
    ),
    "upi": _Form(
        "UPI ID", "UPI ID", "as name@bank", re.compile(r"[\w.-]{2,64}@[A-Za-z0-9]{2,32}", re.ASCII), dropped=r"\s"
    ),
    "us_account": _Form(
        "Routing and account number",
        "路由号与账号",
        "9 and 4 to 17 digits, as 123456789/1234",
        re.compile(r"[0-9]{9}/[0-9]{4,17}"),
        check=_aba,
    ),
    "wallet": _Form("Wallet number", "钱包编号", "16 digits", re.compile(r"[0-9]{16}")),
    "wallet_here": _Form("Wallet of this exchange", "本所钱包编号", "its number", re.compile(r"[0-9]{1,10}")),
}
_NAMES = {
    "name": ("Holder's name", "户名"),
    "bank": ("Bank", "银行"),
    "branch": ("Branch", "支行"),
    "qrFile": ("QR code", "收款码"),
}


@cache
def catalogue() -> Catalogue:
    """Raises PackRefused for data that is not sound."""
    return read_catalogue((files("venus.packs") / "data" / "p2p_methods.toml").read_text("utf-8"))


def method_of(key: str) -> Method | None:
    return _by_key().get(key)


def methods_of(fiat: str) -> list[Method]:
    """By number."""
    return [one for one in catalogue().methods.values() if fiat in one.fiats]


def fiats() -> tuple[Fiat, ...]:
    """As SetP2pTerms takes them: every currency of the catalogue."""
    return tuple(Fiat(code=one.code, exponent=one.exponent) for one in catalogue().currencies.values())


def read_catalogue(text: str) -> Catalogue:
    """Raises PackRefused: not TOML, not of this form, something twice, or a word that means nothing."""
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackRefused(str(error)) from error
    if sorted(read.risks) != sorted(RISKS):
        raise PackRefused(f"risks: {', '.join(RISKS)}")
    if not all(
        (name == "NONE" or risk.retain_days >= 1) and 0 <= risk.retain_days <= 3 and risk.units_max >= 1
        for name, risk in read.risks.items()
    ):
        raise PackRefused("risks: 1 to 3 days (NONE: from 0 on), and something to trade")
    currencies = {one.code: one for one in read.fiats}
    methods = {
        one.number: _method(one, read.risks, currencies) for one in sorted(read.methods, key=lambda one: one.number)
    }
    if len(currencies) != len(read.fiats) or len(methods) != len(read.methods):
        raise PackRefused("a currency or a number is there twice")
    if len({one.key for one in methods.values()}) != len(methods):
        raise PackRefused("a key is there twice")
    for one in currencies.values():
        if not re.fullmatch(r"[A-Z]{3}", one.code) or not 0 <= one.exponent <= 4 or one.unit < 1:
            raise PackRefused(f"{one.code}: no currency")
    return Catalogue(read.risks, currencies, methods)


def _method(read: _MethodDatum, risks: dict[str, Risk], currencies: dict[str, Currency]) -> Method:
    place = f"method {read.number}"
    if not 1 <= read.number <= METHOD_MAX or not re.fullmatch(r"[a-z0-9_]{2,32}", read.key):
        raise PackRefused(f"{place}: number or key")
    if not read.fiats or not set(read.fiats) <= currencies.keys() or len(set(read.fiats)) != len(read.fiats):
        raise PackRefused(f"{place}: its currencies")
    if read.risk not in risks or read.number_form not in _FORMS:
        raise PackRefused(f"{place}: risk or form")
    besides = [field.removesuffix(_OPTIONAL) for field in read.fields]
    if not set(besides) <= {"bank", "branch", "qrFile"} or len(set(besides)) != len(besides):
        raise PackRefused(f"{place}: its fields")
    if (read.risk == "NONE") != (read.number == METHOD_BY_WALLET):
        raise PackRefused(f"{place}: what is paid from wallets here, and that alone, is never called back")
    form = _FORMS[read.number_form]
    fields = [Field("name", *_NAMES["name"], True), Field("number", form.name_en, form.name_zh, True)]
    fields += [
        Field(name, *_NAMES[name], not said.endswith(_OPTIONAL))
        for name, said in zip(besides, read.fields, strict=True)
    ]
    return Method(
        read.number,
        read.key,
        read.name_en,
        read.name_zh,
        read.fiats,
        read.risk,
        risks[read.risk].retain_days,
        read.number_form,
        tuple(fields),
    )


@cache
def _by_key() -> dict[str, Method]:
    return {one.key: one for one in catalogue().methods.values()}
