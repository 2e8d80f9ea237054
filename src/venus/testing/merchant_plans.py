"""The thirty simulated merchants of a sandbox: who they are, what they offer, what they are like.

All of them are made up, and their nicknames say that they are simulated.
"""

from enum import Enum
from typing import NamedTuple


class Temperament(Enum):
    FAST = "fast"  # answers within seconds
    SLOW = "slow"  # within a minute or two, and late now and then
    ABSENT = "absent"  # posts, and is never seen again
    DISHONEST = "dishonest"  # keeps what he was paid for, or says that he paid


class MerchantPlan(NamedTuple):
    """name: of the account in the sandbox; verified: what the registry knows him as; country: ISO 3166-1."""

    name: str
    nickname: str
    verified: str
    country: str
    fiat: str
    temperament: Temperament
    sells: tuple[str, ...]
    buys: tuple[str, ...]
    margin_percent: float  # his distance from the index, on either side


_F, _S, _A, _D = Temperament

MERCHANTS = (
    MerchantPlan("merchant-01", "sim Lotus", "陈志明", "CN", "CNY", _F, ("USDT", "BTC"), ("USDT",), 0.3),
    MerchantPlan("merchant-02", "sim Red Lantern", "王秀英", "CN", "CNY", _F, ("USDT", "ETH"), ("USDT", "BTC"), 0.4),
    MerchantPlan("merchant-03", "sim West Lake", "李建国", "CN", "CNY", _S, ("USDT",), ("USDT", "ETH"), 0.2),
    MerchantPlan("merchant-04", "sim Pearl River", "黄伟强", "CN", "CNY", _S, ("BTC", "BNB"), ("USDT",), 0.5),
    MerchantPlan("merchant-05", "sim Night Train", "赵磊", "CN", "CNY", _A, ("USDT",), ("USDT",), 0.1),
    MerchantPlan("merchant-06", "sim Gold Gate", "刘洋", "CN", "CNY", _D, ("USDT", "BTC"), ("USDT",), 0.05),
    MerchantPlan("merchant-07", "sim Harbour", "CHAN TAI MAN", "HK", "HKD", _F, ("USDT",), ("USDT", "BTC"), 0.3),
    MerchantPlan("merchant-08", "sim Merlion", "TAN WEI LING", "SG", "SGD", _F, ("USDT",), ("USDT",), 0.3),
    MerchantPlan(
        "merchant-09", "sim Rotterdam", "Anneke de Vries", "NL", "EUR", _F, ("USDT", "BTC"), ("USDT", "BTC"), 0.2
    ),
    MerchantPlan("merchant-10", "sim Lisbon", "João Gonçalves", "PT", "EUR", _S, ("USDT", "ETH"), ("USDT",), 0.3),
    MerchantPlan("merchant-11", "sim Garonne", "Hélène Lefèvre", "FR", "EUR", _D, ("USDT",), ("USDT",), 0.05),
    MerchantPlan(
        "merchant-12", "sim Hudson", "Robert J. Miller", "US", "USD", _F, ("USDT", "BTC", "ETH"), ("USDT",), 0.2
    ),
    MerchantPlan("merchant-13", "sim Mesa", "Maria Elena Torres", "US", "USD", _S, ("USDT",), ("USDT", "BTC"), 0.4),
    MerchantPlan("merchant-14", "sim Thames", "Oliver Wright", "GB", "GBP", _F, ("USDT",), ("USDT",), 0.3),
    MerchantPlan("merchant-15", "sim Sakura", "山田花子", "JP", "JPY", _F, ("USDT", "BTC"), ("USDT",), 0.3),
    MerchantPlan("merchant-16", "sim Han River", "김민준", "KR", "KRW", _S, ("USDT",), ("USDT",), 0.4),
    MerchantPlan("merchant-17", "sim Saigon", "Nguyễn Thị Hoa", "VN", "VND", _F, ("USDT", "BTC"), ("USDT",), 0.4),
    MerchantPlan("merchant-18", "sim Hoan Kiem", "Trần Văn Nam", "VN", "VND", _D, ("USDT",), ("USDT",), 0.1),
    MerchantPlan("merchant-19", "sim Lagos", "Chukwuemeka Okafor", "NG", "NGN", _F, ("USDT",), ("USDT", "BTC"), 0.6),
    MerchantPlan("merchant-20", "sim Ibadan", "Folake Adeyemi", "NG", "NGN", _S, ("USDT",), ("USDT",), 0.5),
    MerchantPlan("merchant-21", "sim Mumbai", "Priya Raghunathan", "IN", "INR", _F, ("USDT",), ("USDT",), 0.4),
    MerchantPlan("merchant-22", "sim Ganges", "Amit Kumar Sharma", "IN", "INR", _A, ("USDT",), ("USDT",), 0.2),
    MerchantPlan("merchant-23", "sim Bosphorus", "Çağla Yıldız", "TR", "TRY", _F, ("USDT", "BTC"), ("USDT",), 0.3),
    MerchantPlan("merchant-24", "sim Ipanema", "João Pedro da Silva", "BR", "BRL", _F, ("USDT",), ("USDT",), 0.3),
    MerchantPlan("merchant-25", "sim Creek", "خالد المنصوري", "AE", "AED", _S, ("USDT",), ("USDT",), 0.4),
    MerchantPlan("merchant-26", "sim Java", "Dewi Lestari", "ID", "IDR", _F, ("USDT",), ("USDT",), 0.4),
    MerchantPlan("merchant-27", "sim Chao Phraya", "สมชาย ใจดี", "TH", "THB", _S, ("USDT",), ("USDT",), 0.4),
    MerchantPlan("merchant-28", "sim Luzon", "Maria Santos Reyes", "PH", "PHP", _F, ("USDT",), ("USDT",), 0.4),
    MerchantPlan("merchant-29", "sim Nairobi", "Wanjiru Kamau", "KE", "KES", _A, ("USDT",), ("USDT",), 0.3),
    MerchantPlan("merchant-30", "sim Anahuac", "Lucía Fernández", "MX", "MXN", _F, ("USDT", "BTC"), ("USDT",), 0.5),
)
assert len({plan.name for plan in MERCHANTS}) == len(MERCHANTS) == 30
UNITS_PER_USD = {
    "CNY": 7.1, "USD": 1.0, "EUR": 0.9, "GBP": 0.78, "JPY": 150, "KRW": 1_380, "HKD": 7.8, "SGD": 1.34, "VND": 25_400,
    "NGN": 1_550, "INR": 84, "TRY": 34, "BRL": 5.7, "AED": 3.67, "IDR": 15_800, "THB": 34, "PHP": 58, "KES": 129,
    "ZAR": 18, "MXN": 19.5,
}  # fmt: skip
"""Made-up rates near those of late 2024, of all currencies of the catalogue: a sandbox has no source of them but its
own coins' markets."""
