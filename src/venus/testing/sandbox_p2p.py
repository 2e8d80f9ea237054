"""A sandbox's market between people: its arbiter, its terms, and traders with names and payment accounts.

All of them are made up: names, numbers of accounts, and whoever has them.
"""

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from venus.p2p.risk import RiskRules
from venus.p2p.texts import PaymentAccount, checked, encoded
from venus.packs.p2p_methods import Method, catalogue, fiats, method_of, methods_of
from venus.records.commands import ColdCommand
from venus.records.p2p import METHOD_BY_WALLET, EnrolTrader, NameWallet, PostBond, SetP2pTerms, Tradable
from venus.registry.p2p_market import VerifiedName
from venus.registry.registry import Registry
from venus.testing.merchant_plans import MERCHANTS, UNITS_PER_USD, Temperament
from venus.testing.sandbox_coins import ARBITER, NUMBERS
from venus.testing.sandbox_market import ASSETS, TRADERS
from venus.units import NS_PER_S

_MINUTE_NS = 60 * NS_PER_S
_HOUR_NS = 60 * _MINUTE_NS
TRADABLE_UNITS = {
    "BTC": ("0.0001", "0.2"),
    "ETH": ("0.002", "4"),
    "BNB": ("0.01", "20"),
    "USDT": ("5", "10000"),
    "vUSD": ("5", "10000"),
    "vCNY": ("35", "70000"),
    "vEUR": ("5", "9000"),
}
"""What people trade: the least of an order, and from where on a verdict needs a quorum; about 5 and 10,000 dollars."""
BOND_ASSET, SLASH_UNITS = "USDT", 10
_BOND_UNITS = {Temperament.FAST: 2_000, Temperament.SLOW: 500, Temperament.DISHONEST: 100, Temperament.ABSENT: 0}
_METHODS_OF_A_MERCHANT = 2
_SALT_BYTES = 16
NAMED = {"alice": "li", "bob": "wang", "merchant-01": "works", "merchant-02": "tea-house"}
"""Wallets of sandbox_currency.py by which these traders are paid in yuan, and from which they pay."""
RELAXED = RiskRules(
    post_days_min=0,
    post_orders_min=0,
    post_completion_percent_min=0,
    post_partners_min=0,
    post_needs_second_factor=False,
    merchant_only=(),
    age_steps=(),
    high_risk_days_min=0,
    buys_open_max=20,
    orders_hour_max=1_000,
    orders_day_max=10_000,
    cancels_day_max=50,
    release_code_units=10**6,
)
"""In a sandbox anybody may try anything at once; who sets up a second factor is still asked for it."""


class TraderPlan(NamedTuple):
    """name: of the account in the sandbox; verified: as the registry knows him; methods: keys, where he is paid."""

    name: str
    nickname: str
    verified: str
    country: str
    methods: tuple[str, ...]
    bond_units: int = 0


def _merchants() -> tuple[TraderPlan, ...]:
    return tuple(
        TraderPlan(
            plan.name,
            plan.nickname,
            plan.verified,
            plan.country,
            tuple(one.key for one in methods_of(plan.fiat)[:_METHODS_OF_A_MERCHANT]),
            _BOND_UNITS[plan.temperament],
        )
        for plan in MERCHANTS
    )


PEOPLE = (
    TraderPlan("alice", "alice", "张爱丽", "CN", ("alipay", "bank_cny", "zelle")),
    TraderPlan("bob", "bob", "王博", "CN", ("alipay", "wechat_pay", "bank_cny", "zelle")),
)
assert tuple(plan.name for plan in PEOPLE) == TRADERS
TRADER_PLANS = (*PEOPLE, *_merchants())
MERCHANT_NAMES = tuple(plan.name for plan in MERCHANTS)


def terms(reference: str, arbiter: int, codes: list[str], scales: dict[str, int]) -> SetP2pTerms:
    """The terms of a sandbox's market, over those of its assets that are listed.

    codes  of the assets, by number; scales  by code
    """
    assets = tuple(
        Tradable(
            asset=codes.index(code), atoms_min=_atoms(least, scales[code]), large_atoms=_atoms(large, scales[code])
        )
        for code, (least, large) in TRADABLE_UNITS.items()
        if code in codes
    )
    return SetP2pTerms(
        reference=reference,
        arbiter=arbiter,
        maker_fee_ppm=1_000,
        taker_fee_ppm=500,
        fiats=fiats(),
        assets=assets,
        pay_ns_min=_MINUTE_NS,
        pay_ns_max=6 * _HOUR_NS,
        release_ns=30 * _MINUTE_NS,
        evidence_ns=24 * _HOUR_NS,
        aftermath_ns=14 * 24 * _HOUR_NS,
        index_ns=2 * _MINUTE_NS,
        bond_asset=codes.index(BOND_ASSET),
        slash_atoms=SLASH_UNITS * 10 ** scales[BOND_ASSET],
    )


def _atoms(units: str, scale: int) -> int:
    whole, _, rest = units.partition(".")
    return int(whole + rest.ljust(scale, "0"))


def found_market(
    asked: Callable[[ColdCommand], Any], accounts: dict[str, int], persons: dict[str, int], wallets: dict[str, int]
) -> None:
    """Set the terms, enrol whoever trades, let merchants post their bonds, and some name their wallets.

    asked  carries a command out; it is not refused
    accounts, persons  of the traders, by name; wallets  by theirs
    """
    scales = dict(ASSETS)
    asked(terms("p2p:terms", NUMBERS[ARBITER], list(scales), scales))
    for plan in TRADER_PLANS:
        account = accounts[plan.name]
        asked(EnrolTrader(reference=f"p2p:enrol:{plan.name}", account=account, person=persons[plan.name]))
        if plan.bond_units:
            atoms = plan.bond_units * 10 ** scales[BOND_ASSET]
            asked(PostBond(reference=f"p2p:bond:{plan.name}", account=account, atoms=atoms))
    for name, wallet in NAMED.items():
        number = wallets[wallet]
        asked(NameWallet(reference=f"p2p:wallet:{name}", account=accounts[name], fiat="CNY", wallet=number))


def register_traders(
    registry: Registry, accounts: dict[str, int], persons: dict[str, int], wallets: dict[str, int]
) -> None:
    """Enter their verified names, nicknames and payment accounts."""
    for plan in TRADER_PLANS:
        account, person = accounts[plan.name], persons[plan.name]
        registry.market.verify(person, VerifiedName(plan.verified, plan.country))
        registry.market.enrol(account, person, plan.nickname)
        for key in plan.methods:
            method = method_of(key)
            assert method is not None, key
            number = made_up_number(method.number_form, f"{plan.name} {method.key}")
            content = encoded(checked(_payment_account(plan, method, number)))
            registry.writings.add_payment_account(account, method.number, content)
        if plan.name in NAMED:
            by_wallet = catalogue().methods[METHOD_BY_WALLET]
            content = encoded(checked(_payment_account(plan, by_wallet, str(wallets[NAMED[plan.name]]))))
            registry.writings.add_payment_account(account, METHOD_BY_WALLET, content)


def _payment_account(plan: TraderPlan, method: Method, number: str) -> PaymentAccount:
    asked = {field.field for field in method.fields if field.is_required}
    return PaymentAccount(
        method=method.key,
        name=plan.verified,
        number=method.checked_number(number),
        bank="Simulated Bank" if "bank" in asked else "",
        branch="Main branch" if "branch" in asked else "",
        qr_file="",
        salt=secrets.token_hex(_SALT_BYTES),
    )


def made_up_number(form: str, seed: str) -> str:
    """An account's number that is written as numbers of its kind are; the same for the same seed."""
    digits = "".join(f"{byte % 10}" for byte in sha256(seed.encode()).digest())
    return _NUMBERS[form](digits)


def _card(digits: str) -> str:
    """With the last digit of ISO/IEC 7812."""
    body = "6" + digits[:14]
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(body)]
    return body + f"{-sum(one // 10 + one % 10 for one in doubled) % 10}"


def _iban(digits: str) -> str:
    """German, with the check digits of ISO 13616."""
    body = digits[:18]
    return f"DE{98 - int(body + '131400') % 97:02d}{body}"


def _clabe(digits: str) -> str:
    weighed = sum(int(digit) * (3, 7, 1)[at % 3] % 10 for at, digit in enumerate(digits[:17]))
    return digits[:17] + f"{-weighed % 10}"


def _us_account(digits: str) -> str:
    """A routing number whose ninth digit proves the others, and an account."""
    weighed = sum(int(digit) * (3, 7, 1)[at % 3] for at, digit in enumerate(digits[:8]))
    return f"{digits[:8]}{-weighed % 10}/{digits[8:18]}"


_NUMBERS: dict[str, Callable[[str], str]] = {
    "account": lambda digits: digits[:12],
    "card": _card,
    "clabe": _clabe,
    "gb_account": lambda digits: f"{digits[:6]}/{digits[6:14]}",
    "handle": lambda digits: f"sim{digits[:9]}",
    "iban": _iban,
    "phone": lambda digits: f"+1{digits[:10]}",
    "phone_or_email": lambda digits: f"sim{digits[:9]}@venus.example",
    "upi": lambda digits: f"sim{digits[:9]}@simbank",
    "us_account": _us_account,
    "wallet": lambda digits: digits[:16],
    "wallet_here": lambda digits: digits[:6],
}
"""By the form of packs/p2p_methods."""


def relaxed_rules() -> bytes:
    """The file that names what a sandbox relaxes: what differs, and nothing else."""
    usual = RiskRules()
    names = (name for name in RiskRules.__struct_fields__ if getattr(RELAXED, name) != getattr(usual, name))
    return msgspec.json.encode({name: getattr(RELAXED, name) for name in names})


def made_up_rates() -> bytes:
    """The file of rates, which do not age, of the currencies that no coin of the sandbox is."""
    rates = {code: str(UNITS_PER_USD[code]) for code in catalogue().currencies}
    return msgspec.json.encode({"asOf": None, "unitsPerUsd": rates, "anchors": {}})
