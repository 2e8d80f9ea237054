"""Commands of a central-bank currency: the bank, its operators, the wallets. Source: docs/rules/currency.md.

A currency is named by the number of its asset, a wallet by that of its account. Amounts are atoms of the currency; its
reserves are an asset of the same scale.
"""

from venus.records.cold import Cold, Part


class WalletClass(Part, frozen=True):
    """What a wallet of one class may hold and pay; a limit of 0 is none."""

    name: str
    balance_atoms_max: int
    single_atoms_max: int
    day_atoms_max: int
    year_atoms_max: int
    interest_ppm: int  # a year
    needs_identity: int  # 0 or 1: told for the doors, not looked at
    sub_wallets_max: int


class RegisterCurrency(Cold, frozen=True, tag=64):
    """Make an asset a currency. Its units come and go by Issue and Redeem alone, each against reserves."""

    asset: int
    reserve_asset: int  # what operators hold at the central bank
    currency: str  # ISO 4217
    central_bank: int  # institution
    issue_account: int  # EXTERNAL: minus its balance is the supply
    reserve_account: int  # EXTERNAL, of the reserve asset: minus its balance are all reserves
    backing_account: int  # HOUSE: the reserves that stand against the supply, always as many
    offline_account: int  # HOUSE: what offline purses hold


class AdmitOperator(Cold, frozen=True, tag=65):
    """The event names the operator's number within the currency."""

    currency: int
    institution: int
    treasury_account: int  # HOUSE: its currency that is in no wallet
    reserve_account: int  # HOUSE: its reserves
    quota_atoms: int  # most that it may have outstanding


class SetQuota(Cold, frozen=True, tag=66):
    currency: int
    operator: int
    quota_atoms: int


class GrantReserves(Cold, frozen=True, tag=67):
    """The central bank credits an operator's reserves."""

    currency: int
    operator: int
    atoms: int


class WithdrawReserves(Cold, frozen=True, tag=68):
    currency: int
    operator: int
    atoms: int


class IssueCurrency(Cold, frozen=True, tag=69):
    """Debit an operator's reserves and credit its treasury, in one."""

    currency: int
    operator: int
    atoms: int


class RedeemCurrency(Cold, frozen=True, tag=70):
    """The other way round."""

    currency: int
    operator: int
    atoms: int


class AdoptRegime(Cold, frozen=True, tag=71):
    """The classes of wallets from a time on; class n is the place n in the list."""

    currency: int
    name: str  # with its date, e.g. "cny 2021-06-30"
    from_ns: int  # 0: at once
    day_offset_ns: int  # of local midnight: a day begins when (UTC + offset) does
    classes: tuple[WalletClass, ...]


class OpenWallets(Cold, frozen=True, tag=72):
    """Open `count` wallets in a row at an operator; the event names the first account."""

    currency: int
    operator: int
    wallet_class: int
    count: int
    category: int  # of a merchant, ISO 18245; 0: a person


class OpenSubWallet(Cold, frozen=True, tag=73):
    """A wallet whose limits are those of the one it belongs to, counted together; the event names it."""

    account: int
    category: int


class SetWalletClass(Cold, frozen=True, tag=74):
    account: int
    wallet_class: int


class CloseWallet(Cold, frozen=True, tag=75):
    account: int


class LinkBank(Cold, frozen=True, tag=76):
    """A wallet's bank account at its operator: what comes above the balance limit goes there, and what is short comes
    from there. `line_atoms` is what the operator answers for at the bank from now on."""

    account: int
    line_atoms: int
    waterfall: int  # 0 or 1: take in what the wallet may not hold
    reverse: int  # 0 or 1: give what a payment is short of


class PostInterest(Cold, frozen=True, tag=77):
    """Credit what every wallet earned until now, out of its operator's treasury, some wallets at a time."""

    currency: int


class MoveWallets(Cold, frozen=True, tag=78):
    """All wallets of an operator that failed, its treasury, its reserves and what it has outstanding, to another."""

    currency: int
    from_operator: int
    to_operator: int


class BindPurpose(Cold, frozen=True, tag=79):
    """Give a wallet money that it can pay to some categories of merchants only; the event names its number."""

    account: int
    holder: int  # a wallet
    asset: int
    atoms: int
    categories: tuple[int, ...]
    expires_ns: int  # then what is left goes back to the account


class SpendPurpose(Cold, frozen=True, tag=80):
    purpose: int
    by_account: int
    payee: int
    atoms: int


class RefundPayment(Cold, frozen=True, tag=101):
    """By who received a payment that was no TRANSFER: give it back, wholly or in part, to who paid it.

    The payment is named by all that was asked, which the reference memory bears out. Source: docs/rules/currency.md.
    """

    account: int
    payment: bytes  # encoded as it was applied: TransferFrom, TransferAuthorized, ExecuteHold
    hold: bytes  # the CreateHold, of an ExecuteHold; else empty
    atoms: int


class OrderOverCurrency(Cold, frozen=True, tag=100):
    """An authority's order over currency of an account; it has its number among all lawful orders, and EnforceOrder,
    LiftOrder, AppealOrder and DecideAppeal are for it too. Source: docs/rules/lawful_orders.md, "Over a currency"."""

    order_kind: int  # LawfulKind: FREEZE or SEIZE
    currency: int
    account: int
    atoms: int
    to_account: int  # SEIZE; else 0
    frozen_by: int  # SEIZE: take first what this FREEZE holds; 0: none
    authority: int  # institutions
    second: int
    basis: str  # court, case and law
    expires_ns: int


class UnsealIdentity(Cold, frozen=True, tag=81):
    """Who holds a wallet may be looked up: by the operator and an authority together; told to the person later."""

    currency: int
    operator: int  # that the wallet is at now
    account: int
    authority: int  # institution
    basis: str
    shown_after_ns: int  # delay
