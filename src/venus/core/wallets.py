"""Cold commands of wallets: opening, classes, bank accounts, closing, interest. Source: docs/rules/currency.md."""

from venus.core import regimes
from venus.core.kernels import layout
from venus.core.kernels.interest import earn_until_now
from venus.core.kernels.layout import WALLET_CLOSED, WALLET_DRAWS, WALLET_POURS, class_place, operator_place
from venus.core.kernels.payments import payment_refusal
from venus.core.steps import Answer, Applied, Step
from venus.records.commands import TRADE_GROUP_NONE, AccountKind
from venus.records.currency import (
    CloseWallet,
    LinkBank,
    OpenSubWallet,
    OpenWallets,
    PostInterest,
    SetWalletClass,
)
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_COUNT_MAX = 1_000_000
_ACCOUNTS_MAX = 2**32 - 2
CATEGORY_MAX = 9_999


def payment_reject(step: Step, payer: int, payee: int, asset: int, atoms: int, how: int) -> Reject:
    """Why a payment that has a wallet on either side is refused."""
    return Reject(payment_refusal(step.memory.table, payer, payee, asset, atoms, how))


def wallet_slot(step: Step, account: int) -> int:
    """Slot of an account's WALLET row."""
    return int(step.memory["accounts"][account]["icebergs_open"])


def root_slot(step: Step, account: int) -> int:
    """Slot of the root of a wallet's family."""
    return int(step.memory["wallets"][wallet_slot(step, account)]["root"])


def currency_asset(step: Step, account: int) -> int:
    """The asset that a wallet is of."""
    return _asset_of(step, wallet_slot(step, account))


def is_closed(step: Step, account: int) -> bool:
    """Whether an account is a wallet that was closed."""
    is_wallet = step.accounts_kind(account) == AccountKind.WALLET
    return is_wallet and bool(step.memory["wallets"][wallet_slot(step, account)]["marks"] & WALLET_CLOSED)


def suits(step: Step, account: int, asset: int) -> Reject:
    """Whether an account may have to do with a currency: a wallet is one of it, and open; any other may."""
    if step.accounts_kind(account) != AccountKind.WALLET:
        return Reject.NONE
    if _asset_of(step, wallet_slot(step, account)) != asset:
        return Reject.ACCOUNT_UNSUITED
    return Reject.WALLET_CLOSED if is_closed(step, account) else Reject.NONE


def _wallet_reject(step: Step, account: int) -> Reject:
    kind = step.accounts_kind(account)
    if not kind:
        return Reject.UNKNOWN_ACCOUNT
    if kind != AccountKind.WALLET:
        return Reject.NOT_A_WALLET
    return Reject.WALLET_CLOSED if is_closed(step, account) else Reject.NONE


def _currency_of(step: Step, slot: int) -> int:
    return int(step.memory["wallets"][slot]["operator"]) >> layout.OPERATOR_BITS


def _asset_of(step: Step, slot: int) -> int:
    return int(step.memory["currencies"][_currency_of(step, slot)]["asset"])


def _class_is_known(step: Step, currency: int, number: int) -> bool:
    return 0 <= number < layout.CLASSES_MAX and bool(
        step.memory["wallet_classes"][class_place(currency, number)]["known"]
    )


def _open_rows(step: Step, count: int) -> tuple[int, int]:
    """So many accounts of kind WALLET in a row, with their rows: the first account and the first slot."""
    memory = step.memory
    first, slot = int(memory.counters[layout.ACCOUNTS_COUNT]), int(memory.counters[layout.WALLETS_COUNT]) + 1
    memory.grow("accounts", first + count)
    memory.grow("wallets", slot + count)
    memory.counters[layout.ACCOUNTS_COUNT] = first + count
    memory.counters[layout.WALLETS_COUNT] = slot + count - 1
    accounts = memory["accounts"][first : first + count]
    accounts["kind"] = AccountKind.WALLET
    accounts["trade_group"] = TRADE_GROUP_NONE
    accounts["icebergs_open"] = range(slot, slot + count)
    return first, slot


def open_wallets(step: Step, command: OpenWallets) -> Answer:
    memory = step.memory
    currency = regimes.currency_number(memory, command.currency)
    if not currency:
        return Reject.UNKNOWN_CURRENCY
    if not 0 <= command.operator < layout.OPERATORS_MAX:
        return Reject.UNKNOWN_OPERATOR
    operator = operator_place(currency, command.operator)
    if not memory["operators"][operator]["treasury_slot"] or memory["operators"][operator]["moved"]:
        return Reject.UNKNOWN_OPERATOR
    if not _class_is_known(step, currency, command.wallet_class):
        return Reject.UNKNOWN_CLASS
    if not 1 <= command.count <= _COUNT_MAX or not 0 <= command.category <= CATEGORY_MAX:
        return Reject.INVALID_COMMAND
    if memory.counters[layout.ACCOUNTS_COUNT] + command.count > _ACCOUNTS_MAX:
        return Reject.INVALID_COMMAND
    first, slot = _open_rows(step, command.count)
    opened = memory["wallets"][slot : slot + command.count]
    opened["root"] = range(slot, slot + command.count)
    opened["operator"] = operator
    opened["wallet_class"] = command.wallet_class
    opened["category"] = command.category
    opened["seen_index"] = memory["wallet_classes"][class_place(currency, command.wallet_class)]["interest_index"]
    fields = {
        "order_id": first,
        "account": first,
        "maker_account": command.operator,
        "symbol": command.currency,
        "quantity_lots": command.count,
        "price_ticks": command.category,
        "side": command.wallet_class,
    }
    return Applied(EventKind.WALLETS_OPENED, first, fields)


def _subs(step: Step, root: int) -> list[int]:
    """Slots of a root's sub-wallets, the newest first."""
    found = []
    slot = int(step.memory["wallets"][root]["next"])
    while slot:
        found.append(slot)
        slot = int(step.memory["wallets"][slot]["next"])
    return found


def _open_subs(step: Step, root: int) -> int:
    return sum(not step.memory["wallets"][slot]["marks"] & WALLET_CLOSED for slot in _subs(step, root))


def _subs_max(step: Step, slot: int, wallet_class: int) -> int:
    return int(step.memory["wallet_classes"][class_place(_currency_of(step, slot), wallet_class)]["sub_wallets_max"])


def open_sub_wallet(step: Step, command: OpenSubWallet) -> Answer:
    memory = step.memory
    reject = _wallet_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    root = wallet_slot(step, command.account)
    if memory["wallets"][root]["root"] != root or not 0 <= command.category <= CATEGORY_MAX:
        return Reject.INVALID_COMMAND
    if memory.counters[layout.ACCOUNTS_COUNT] + 1 > _ACCOUNTS_MAX:
        return Reject.INVALID_COMMAND
    wallet_class = int(memory["wallets"][root]["wallet_class"])
    if _open_subs(step, root) >= _subs_max(step, root, wallet_class):
        return Reject.SUB_WALLETS_FULL
    account, slot = _open_rows(step, 1)
    head, one = memory["wallets"][root], memory["wallets"][slot]
    one["root"] = root
    one["operator"] = head["operator"]
    one["wallet_class"] = wallet_class
    one["category"] = command.category
    one["next"] = head["next"]
    head["next"] = slot
    one["seen_index"] = memory["wallet_classes"][class_place(_currency_of(step, root), wallet_class)]["interest_index"]
    fields = {
        "order_id": account,
        "maker_order_id": command.account,
        "account": account,
        "maker_account": int(head["operator"]) & (layout.OPERATORS_MAX - 1),
        "symbol": _asset_of(step, root),
        "quantity_lots": 1,
        "price_ticks": command.category,
        "side": wallet_class,
    }
    return Applied(EventKind.WALLETS_OPENED, account, fields)


def set_wallet_class(step: Step, command: SetWalletClass) -> Answer:
    """Of the whole family; what it paid today and this year stays counted."""
    memory = step.memory
    reject = _wallet_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    root = wallet_slot(step, command.account)
    if memory["wallets"][root]["root"] != root:
        return Reject.INVALID_COMMAND
    currency = _currency_of(step, root)
    if not _class_is_known(step, currency, command.wallet_class):
        return Reject.UNKNOWN_CLASS
    if memory["wallets"][root]["wallet_class"] == command.wallet_class:
        return Reject.NO_CHANGE
    if _open_subs(step, root) > _subs_max(step, root, command.wallet_class):
        return Reject.SUB_WALLETS_FULL
    index = memory["wallet_classes"][class_place(currency, command.wallet_class)]["interest_index"]
    for slot in (root, *_subs(step, root)):
        earn_until_now(memory.table, slot)
        memory["wallets"][slot]["wallet_class"] = command.wallet_class
        memory["wallets"][slot]["seen_index"] = index
    fields = {"account": command.account, "symbol": _asset_of(step, root), "side": command.wallet_class}
    return Applied(EventKind.WALLET_CLASS_SET, 0, fields)


def close_wallet(step: Step, command: CloseWallet) -> Answer:
    """One that has nothing, is owed nothing, and has no sub-wallet that is open."""
    memory = step.memory
    reject = _wallet_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    slot = wallet_slot(step, command.account)
    earn_until_now(memory.table, slot)
    wallet = memory["wallets"][slot]
    balance = memory["balances"][wallet["balance_slot"]]
    has = wallet["balance_slot"] and (balance["free_atoms"] or balance["held_atoms"])
    if wallet["root"] == slot:
        has = has or wallet["counted_atoms"] or _open_subs(step, slot)
    has = has or command.account in step.affairs.purses_open
    if has or wallet["earned"] >= layout.INTEREST_WHOLE:
        return Reject.WALLET_NOT_EMPTY
    wallet["marks"] |= WALLET_CLOSED
    return Applied(EventKind.WALLET_CLOSED, 0, {"account": command.account, "symbol": _asset_of(step, slot)})


def link_bank(step: Step, command: LinkBank) -> Answer:
    reject = _wallet_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    if command.waterfall not in (0, 1) or command.reverse not in (0, 1):
        return Reject.INVALID_COMMAND
    if not 0 <= command.line_atoms <= ATOMS_MAX:
        return Reject.AMOUNT_OUT_OF_RANGE
    slot = wallet_slot(step, command.account)
    wallet = step.memory["wallets"][slot]
    wallet["line_atoms"] = command.line_atoms
    wallet["marks"] = WALLET_POURS * command.waterfall | WALLET_DRAWS * command.reverse
    fields = {
        "account": command.account,
        "symbol": _asset_of(step, slot),
        "quantity_lots": command.line_atoms,
        "side": command.waterfall | command.reverse << 1,
    }
    return Applied(EventKind.BANK_LINKED, 0, fields)


def post_interest(step: Step, command: PostInterest) -> Answer:
    """Begin the sweep; it goes on at the start of each later frame."""
    memory = step.memory
    currency = regimes.currency_number(memory, command.currency)
    if not currency:
        return Reject.UNKNOWN_CURRENCY
    if memory["currencies"][currency]["sweep_next"]:
        return Reject.INTEREST_UNDER_WAY
    regimes.begin_sweep(memory, currency)
    count = int(memory.counters[layout.WALLETS_COUNT])
    return Applied(EventKind.INTEREST_BEGUN, 0, {"symbol": command.currency, "quantity_lots": count})
