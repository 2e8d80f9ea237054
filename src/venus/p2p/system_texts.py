"""What the exchange says in chats and refusals, in English and Chinese. Every text has both, with the same places.

docs/rules/p2p_conduct.md, "What the exchange says".
"""

from enum import StrEnum
from typing import NamedTuple

from venus.p2p.refusals import Refusal
from venus.records.p2p_states import CancelReason, Ground


class Both(NamedTuple):
    en: str
    zh: str


class Said(StrEnum):
    """What a system message of an order's chat is about."""

    OPENED = "OPENED"
    PAY_FROM = "PAY_FROM"
    NAME_CLOSE = "NAME_CLOSE"
    NAME_DIFFERENT = "NAME_DIFFERENT"
    PAID = "PAID"
    PAID_LESS = "PAID_LESS"
    PAID_MORE = "PAID_MORE"
    UNPAID = "UNPAID"
    RELEASED = "RELEASED"
    PAY_BY_WALLET = "PAY_BY_WALLET"
    PAID_BY_WALLET = "PAID_BY_WALLET"
    RETAINED = "RETAINED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    LAWFUL = "LAWFUL"
    CANCEL_ASKED = "CANCEL_ASKED"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    APPEALED = "APPEALED"
    RELEASE_LATE = "RELEASE_LATE"
    EVIDENCE = "EVIDENCE"
    WITHDRAWN = "WITHDRAWN"
    OFFERED = "OFFERED"
    AGREED = "AGREED"
    SILENCE = "SILENCE"
    ESCALATED = "ESCALATED"
    DECIDED = "DECIDED"
    CLAIMED = "CLAIMED"
    CLAIM_REFUSED = "CLAIM_REFUSED"
    RELOCKED = "RELOCKED"
    SLASHED = "SLASHED"


TEXTS: dict[Said, Both] = {
    Said.OPENED: Both(
        "The order is open. {amount} {asset} are in escrow. The buyer is to pay {fiat} {currency} within "
        "{minutes} minutes.",
        "订单已创建，{amount} {asset} 已由平台托管。买家须在 {minutes} 分钟内付款 {fiat} {currency}。",
    ),
    Said.PAY_FROM: Both(
        "Pay only from your own account, the one declared for this order. Payments from a third party's account "
        "must be refused and returned. Never pay to an account that is named in the chat alone.",
        "请仅使用本人名下、且已为本订单申报的账户付款。"
        "第三方账户的付款应被拒收并退回。请勿向仅在聊天中给出的账户付款。",
    ),
    Said.NAME_CLOSE: Both(
        "The name on the declared account is written otherwise than the verified name. Compare them before "
        "you release.",
        "申报账户的姓名与实名认证姓名写法不同。放行前请仔细核对。",
    ),
    Said.NAME_DIFFERENT: Both(
        "The name on the declared account is not the verified name. Do not release; return the payment and appeal.",
        "申报账户的姓名与实名认证姓名不符。请勿放行，应退回款项并发起申诉。",
    ),
    Said.PAID: Both(
        "The buyer says that he has paid {fiat} {currency}. The seller is to look into his account, not at a picture, "
        "and to release within {minutes} minutes.",
        "买家已标记付款 {fiat} {currency}。卖家应查看自己的账户是否到账，而非仅凭截图，并在 {minutes} 分钟内放行。",
    ),
    Said.PAID_LESS: Both(
        "The buyer says that he has paid {fiat} {currency}, which is less than the {owed} {currency} owed.",
        "买家标记已付款 {fiat} {currency}，少于应付的 {owed} {currency}。",
    ),
    Said.PAID_MORE: Both(
        "The buyer says that he has paid {fiat} {currency}, which is more than the {owed} {currency} owed.",
        "买家标记已付款 {fiat} {currency}，多于应付的 {owed} {currency}。",
    ),
    Said.UNPAID: Both(
        "The buyer says that he has not paid after all. The time to pay goes on.",
        "买家已撤销付款标记。付款时限继续计算。",
    ),
    Said.PAY_BY_WALLET: Both(
        "This order is paid from a wallet of this exchange and not otherwise: the asset is the buyer's in the moment "
        "of the payment. Nothing is to be released, and nothing can be called back. Pay nothing in any other way.",
        "本订单仅可通过本所钱包支付：付款的同时资产即归买家所有，无需放行，亦不可撤回。请勿以任何其他方式付款。",
    ),
    Said.PAID_BY_WALLET: Both(
        "Paid from wallet to wallet. The buyer has {amount} {asset}.",
        "已通过钱包完成支付，买家已收到 {amount} {asset}。",
    ),
    Said.RELEASED: Both(
        "The seller has released. The buyer has {amount} {asset}.",
        "卖家已放行，买家已收到 {amount} {asset}。",
    ),
    Said.RETAINED: Both(
        "What was bought stays on the account in value for T+{days}; trading it is free at once.",
        "所购资产按 T+{days} 规则在账户中保留等值，期间可自由交易，但不可提出。",
    ),
    Said.CANCELLED: Both(
        "The order is cancelled. The asset is back with the seller. Do not pay any more.",
        "订单已取消，资产已退回卖家。请勿再付款。",
    ),
    Said.TIMED_OUT: Both(
        "The time to pay is over and the order is cancelled. Do not pay any more; who has paid may claim.",
        "付款超时，订单已自动取消。请勿再付款；如已付款，可发起申诉。",
    ),
    Said.LAWFUL: Both(
        "The order was cancelled by a lawful order. Do not pay any more.",
        "订单因法律命令被取消。请勿再付款。",
    ),
    Said.CANCEL_ASKED: Both(
        "The seller asks the buyer to cancel: {reason}.",
        "卖家请求买家取消订单：{reason}。",
    ),
    Said.CANCEL_REFUSED: Both(
        "The buyer does not agree to cancel.",
        "买家不同意取消订单。",
    ),
    Said.APPEALED: Both(
        "{party} appeals: {ground}. Both sides have {hours} hours for their evidence. Who is silent loses.",
        "{party}发起申诉：{ground}。双方须在 {hours} 小时内提交证据，沉默的一方将败诉。",
    ),
    Said.RELEASE_LATE: Both(
        "The seller did not release in time, so a dispute has begun. Both sides have {hours} hours for their evidence. "
        "Who is silent loses.",
        "卖家未按时放行，系统已自动发起申诉。双方须在 {hours} 小时内提交证据，沉默的一方将败诉。",
    ),
    Said.EVIDENCE: Both("{party} has given evidence.", "{party}已提交证据。"),
    Said.WITHDRAWN: Both(
        "The appeal is withdrawn. The seller is to release within {minutes} minutes.",
        "申诉已撤回。卖家应在 {minutes} 分钟内放行。",
    ),
    Said.OFFERED: Both(
        "{party} offers that the buyer has {amount} {asset} and the seller the rest.",
        "{party}提议：买家得 {amount} {asset}，其余归卖家。",
    ),
    Said.AGREED: Both(
        "Both sides agree: the buyer has {amount} {asset}, the seller the rest.",
        "双方已达成一致：买家得 {amount} {asset}，其余归卖家。",
    ),
    Said.SILENCE: Both(
        "One side said nothing until the evidence was due. The buyer has {amount} {asset}, the seller the rest.",
        "一方在举证期限内未作回应。买家得 {amount} {asset}，其余归卖家。",
    ),
    Said.ESCALATED: Both(
        "The time for evidence is over. An arbiter will decide.",
        "举证期限已过，将由仲裁员裁决。",
    ),
    Said.DECIDED: Both(
        "The arbiter has decided: the buyer has {amount} {asset}, the seller the rest.",
        "仲裁员已裁决：买家得 {amount} {asset}，其余归卖家。",
    ),
    Said.CLAIMED: Both(
        "{party} claims after the end: {ground}. An arbiter will look at it.",
        "{party}在订单结束后提出申诉：{ground}。仲裁员将进行审查。",
    ),
    Said.CLAIM_REFUSED: Both(
        "The arbiter has refused the claim.",
        "仲裁员已驳回该申诉。",
    ),
    Said.RELOCKED: Both(
        "An arbiter has locked {amount} {asset} again, as order {order}. Both sides have {hours} hours for "
        "their evidence.",
        "仲裁员已重新锁定 {amount} {asset}，新订单号 {order}。双方须在 {hours} 小时内提交证据。",
    ),
    Said.SLASHED: Both(
        "A bond was slashed by rule: {amount} {asset} from {party}.",
        "按规则扣除{party}的保证金 {amount} {asset}。",
    ),
}

REFUSALS: dict[Refusal, Both] = {
    Refusal.ACCOUNT_TOO_YOUNG: Both("The account is too young to post.", "账户注册时间不足，暂不能发布广告。"),
    Refusal.TOO_FEW_ORDERS: Both("Too few orders were completed to post.", "已完成订单数不足，暂不能发布广告。"),
    Refusal.COMPLETION_TOO_LOW: Both(
        "Too few of the orders of 30 days were completed to post.", "近 30 天完成率不足，暂不能发布广告。"
    ),
    Refusal.TOO_FEW_PARTNERS: Both("Too few different partners to post.", "交易对手数不足，暂不能发布广告。"),
    Refusal.SECOND_FACTOR_MISSING: Both("Set up a second factor first.", "请先设置双重验证。"),
    Refusal.MERCHANT_ONLY: Both(
        "In this currency merchants with a bond post, and nobody else.", "该法币仅限缴纳保证金的商家发布广告。"
    ),
    Refusal.METHOD_LIMIT: Both("Above what may be paid by this method.", "超出该付款方式的单笔限额。"),
    Refusal.METHOD_TOO_RISKY: Both(
        "The account is too young for a method that is easily called back.",
        "账户注册时间不足，不能使用该高风险付款方式。",
    ),
    Refusal.AGE_LIMIT: Both("Above what a young account may buy at once.", "超出新账户的单笔限额。"),
    Refusal.DAY_LIMIT: Both("Above what a young account may buy in a day.", "超出新账户的 24 小时限额。"),
    Refusal.TOO_MANY_OPEN: Both("Pay or cancel the orders that are open first.", "请先处理未付款的订单。"),
    Refusal.TOO_FAST: Both("Too many orders in a short time.", "下单过于频繁，请稍后再试。"),
    Refusal.TOO_MANY_CANCELS: Both("Too many orders were cancelled today.", "今日取消订单次数过多。"),
    Refusal.PROMISED: Both(
        "Your scheduled payments would take what you buy: have as much beside it, or end them.",
        "您的定期付款会转走买入的资产：请另备足额，或先取消定期付款。",
    ),
    Refusal.MAKER_LIMIT: Both("The maker may not buy more at present.", "广告方目前已达买入限制。"),
    Refusal.TAKER_COMPLETION: Both("The maker asks for a higher completion.", "未达到广告方要求的完成率。"),
    Refusal.TAKER_ORDERS: Both("The maker asks for more completed orders.", "未达到广告方要求的完成单数。"),
    Refusal.TAKER_DAYS: Both("The maker asks for an older account.", "未达到广告方要求的注册天数。"),
    Refusal.TAKER_FIRST_TIME: Both(
        "The maker limits the first order with a new partner.", "超出广告方对首次交易的限额。"
    ),
    Refusal.TAKER_COUNTRY: Both("The maker does not trade with this country.", "广告方不接受您所在的国家或地区。"),
    Refusal.BLOCKED: Both("One of the two has blocked the other.", "其中一方已将对方拉黑。"),
}

PARTIES: dict[str, Both] = {
    "BUYER": Both("The buyer", "买家"),
    "SELLER": Both("The seller", "卖家"),
    "ARBITER": Both("The arbiter", "仲裁员"),
}

GROUNDS: dict[Ground, Both] = {
    Ground.NONE: Both("no ground", "无"),
    Ground.NOT_RELEASED: Both("paid, but not released", "已付款但未放行"),
    Ground.NOT_PAID: Both("marked as paid, but nothing arrived", "标记已付款但未到账"),
    Ground.UNDERPAID: Both("less was paid than is owed", "付款金额不足"),
    Ground.OVERPAID: Both("more was paid than is owed", "付款金额超出"),
    Ground.THIRD_PARTY: Both("paid from an account of another name", "非本人账户付款"),
    Ground.CHARGEBACK: Both("the payment was called back", "款项被撤回"),
    Ground.BANK_FROZEN: Both("the bank froze the account that was paid", "收款账户被银行冻结"),
    Ground.PAID_AFTER_CANCEL: Both("the payment arrived after the order was cancelled", "取消后才到账"),
    Ground.OTHER: Both("another ground", "其他原因"),
    Ground.RELEASE_LATE: Both("not released in time", "未按时放行"),
}

CANCEL_REASONS: dict[CancelReason, Both] = {
    CancelReason.NONE: Both("no reason", "无"),
    CancelReason.CHANGED_MIND: Both("changed my mind", "不想交易了"),
    CancelReason.TERMS_NOT_MET: Both("the terms are not met", "不满足交易条款"),
    CancelReason.METHOD_FAILS: Both("the payment method does not work", "付款方式有问题"),
    CancelReason.ASKED_FOR_MORE: Both("the other side asked for more", "对方要求额外费用"),
    CancelReason.AGREED_BY_BOTH: Both("both sides agreed", "双方协商一致"),
    CancelReason.OTHER: Both("another reason", "其他原因"),
}


def system_text(said: Said, **places: str | int | Both) -> Both:
    """A system message in both languages. A place that is Both is said in each. Raises KeyError for a missing place."""
    text = TEXTS[said]
    in_en = {name: place.en if isinstance(place, Both) else place for name, place in places.items()}
    in_zh = {name: place.zh if isinstance(place, Both) else place for name, place in places.items()}
    return Both(text.en.format_map(in_en), text.zh.format_map(in_zh))
