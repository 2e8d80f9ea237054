"""How much somebody may do in the market, and with what: by method, by age of the account, by pace.

docs/rules/p2p_conduct.md, "Risk". All is counted by the exchange's own figures: nothing here decides over an order that
is there.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from venus.p2p.refusals import Refusal
from venus.p2p.reputation import PPM, Figures, Tier, completion_ppm, is_merchant

RETAIN_DAYS_MAX = 3


class MethodRisk(StrEnum):
    """How easily a payment by it is called back."""

    NONE = "NONE"  # it is paid by the exchange's own ledger
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class AgeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to an age, limits of a buyer in units of his currency (packs/p2p_methods: about 100 US dollars)."""

    days_below: int
    order_units: int  # of one order
    day_units: int  # of 24 hours


class RiskRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All numbers of this page. A sandbox names those that it relaxes in its file; nothing else may."""

    post_days_min: int = 30
    post_orders_min: int = 20
    post_completion_percent_min: int = 80
    post_partners_min: int = 10
    post_needs_second_factor: bool = True
    merchant_only: tuple[str, ...] = ("CNY",)
    age_steps: tuple[AgeStep, ...] = (
        AgeStep(days_below=7, order_units=10, day_units=20),
        AgeStep(days_below=30, order_units=50, day_units=100),
        AgeStep(days_below=90, order_units=200, day_units=400),
    )
    high_risk_days_min: int = 30  # of an account, to pay by a method of high risk
    buys_open_max: int = 3  # orders of a buyer that he has not paid
    orders_hour_max: int = 10  # taken by one who is no merchant
    orders_day_max: int = 50
    cancels_day_max: int = 3
    release_code_units: int = 10  # from so much on, a second factor must be there
    session_minutes_max: int = 30  # for which one code may stand for releases
    session_units_max: int = 500
    retain_young_days: int = 30  # an account that is younger keeps what it bought a day longer


class Poster(NamedTuple):
    """Facts of who would post an advert."""

    days: int  # since the account was opened
    life: Figures
    month: Figures
    tier: Tier
    has_second_factor: bool


class Pace(NamedTuple):
    """What a taker did lately."""

    days: int  # since the account was opened
    tier: Tier
    buys_open: int
    orders_hour: int  # taken, in the last 60 minutes
    orders_day: int
    cancels_day: int  # of orders that he was to pay, by himself or by the clock, in the last 24 hours
    bought_day: int  # minor units of the currency, in the last 24 hours, ended or under way


class Payment(NamedTuple):
    """What an order would be paid with."""

    risk: MethodRisk
    fiat: int  # minor units
    fiat_max: int  # of the method in this currency
    unit: int  # minor units


def may_post(rules: RiskRules, poster: Poster, fiat: str) -> list[Refusal]:
    """Why he may not, everything at once; empty: he may. A merchant's bond stands for age, orders and partners."""
    reasons = []
    if rules.post_needs_second_factor and not poster.has_second_factor:
        reasons.append(Refusal.SECOND_FACTOR_MISSING)
    if is_merchant(poster.tier):
        return reasons
    if fiat in rules.merchant_only:
        return [*reasons, Refusal.MERCHANT_ONLY]
    if poster.days < rules.post_days_min:
        reasons.append(Refusal.ACCOUNT_TOO_YOUNG)
    if poster.life.completed < rules.post_orders_min:
        reasons.append(Refusal.TOO_FEW_ORDERS)
    completion = completion_ppm(poster.month)
    if rules.post_completion_percent_min and (completion or 0) < rules.post_completion_percent_min * PPM // 100:
        reasons.append(Refusal.COMPLETION_TOO_LOW)
    if poster.life.partners < rules.post_partners_min:
        reasons.append(Refusal.TOO_FEW_PARTNERS)
    return reasons


def may_take(rules: RiskRules, pace: Pace, payment: Payment, *, buys: bool) -> list[Refusal]:
    """Why a taker may not open an order, everything at once; empty: he may.

    buys  he is the one who pays; who sells is bound by the method's limit and the pace alone
    """
    reasons = []
    if payment.fiat > payment.fiat_max:
        reasons.append(Refusal.METHOD_LIMIT)
    if not is_merchant(pace.tier) and (
        pace.orders_hour >= rules.orders_hour_max or pace.orders_day >= rules.orders_day_max
    ):
        reasons.append(Refusal.TOO_FAST)
    if not buys:
        return reasons
    if payment.risk is MethodRisk.HIGH and pace.days < rules.high_risk_days_min:
        reasons.append(Refusal.METHOD_TOO_RISKY)
    step = next((one for one in rules.age_steps if pace.days < one.days_below), None)
    if step is not None and payment.fiat > step.order_units * payment.unit:
        reasons.append(Refusal.AGE_LIMIT)
    if step is not None and pace.bought_day + payment.fiat > step.day_units * payment.unit:
        reasons.append(Refusal.DAY_LIMIT)
    if pace.buys_open >= rules.buys_open_max and not is_merchant(pace.tier):
        reasons.append(Refusal.TOO_MANY_OPEN)
    if pace.cancels_day >= rules.cancels_day_max:
        reasons.append(Refusal.TOO_MANY_CANCELS)
    return reasons


def is_paced(tier: Tier, *, buys: bool) -> bool:
    """Whether what a taker did lately could be a reason of `may_take`: of a merchant who sells nothing is."""
    return buys or not is_merchant(tier)


def retain_days(rules: RiskRules, method_days: int, account_days: int, buyer_tier: Tier) -> int:
    """T+0 to T+3: the method's days, one more for a young account. A merchant's bond does not shorten it."""
    is_young = account_days < rules.retain_young_days and not is_merchant(buyer_tier)
    return min(RETAIN_DAYS_MAX, method_days + is_young)


def release_needs_code(rules: RiskRules, fiat: int, unit: int, *, has_second_factor: bool) -> bool:
    """Whether a release is asked a second factor; if so and there is none, one must be set up first."""
    return has_second_factor or fiat >= rules.release_code_units * unit


def relaxed(content: bytes) -> RiskRules:
    """Rules of a sandbox, from JSON that names what differs. Raises msgspec.ValidationError."""
    return msgspec.json.decode(content, type=RiskRules)
