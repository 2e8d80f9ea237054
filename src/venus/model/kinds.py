"""Which commands there are: who asks for them, since which rules, and what each says when it is done.

Source: docs/rules/versions.md, docs/rules/approvals.md, docs/rules/events.md.
"""

from venus.model.purses import PURSE_KIND_OF, OfPurseHolders
from venus.records import coins as asked
from venus.records import commands, currency, holds, institutions, p2p, purses
from venus.records.commands import NoteClockJump, OpenAccounts
from venus.records.events import EventKind
from venus.records.looks import NoteLooks

CONTROLS = (
    commands.ListAsset
    | commands.ListSymbol
    | commands.SetFeeTier
    | commands.SetAccountTier
    | commands.SetTradeGroup
    | commands.FreezeAccount
    | commands.UnfreezeAccount
    | commands.HaltSymbol
    | commands.ResumeSymbol
    | commands.AdoptRules
    | commands.MoveToRules
    | commands.SetSymbolRules
    | commands.SetExchangeLimits
    | commands.SetAssetLimit
)
RULES_OF_TREASURY = 4
UNAPPROVED = (
    currency.OpenWallets
    | currency.OpenSubWallet
    | currency.SetWalletClass
    | currency.CloseWallet
    | currency.LinkBank
    | currency.BindPurpose
    | currency.SpendPurpose
    | currency.RefundPayment
    | OfPurseHolders
)
OF_ONE_CURRENCY = (
    currency.AdmitOperator
    | currency.SetQuota
    | currency.GrantReserves
    | currency.WithdrawReserves
    | currency.IssueCurrency
    | currency.RedeemCurrency
    | currency.AdoptRegime
    | currency.PostInterest
    | currency.MoveWallets
    | currency.UnsealIdentity
    | currency.OrderOverCurrency
    | purses.SetPurseTerms
)
"""They name it, and some institutions must approve them."""
OF_CURRENCIES = UNAPPROVED | currency.RegisterCurrency | OF_ONE_CURRENCY
OF_RULES_4 = OF_CURRENCIES | asked.WithdrawRedemption | asked.PayTreasury
ALWAYS_KNOWN = CONTROLS | OpenAccounts | NoteClockJump
OF_RULES_5 = p2p.OfMarket
P2P_KIND_OF = {
    p2p.SetP2pTerms: EventKind.P2P_TERMS_SET,
    p2p.EnrolTrader: EventKind.TRADER_ENROLLED,
    p2p.SanctionTrader: EventKind.TRADER_SANCTIONED,
    p2p.NoteIndex: EventKind.INDEX_NOTED,
    p2p.PostAdvert: EventKind.ADVERT_POSTED,
    p2p.EditAdvert: EventKind.ADVERT_EDITED,
    p2p.SetAdvertState: EventKind.ADVERT_STATE_SET,
    p2p.TakeAdvert: EventKind.ESCROW_OPENED,
    p2p.MarkPaid: EventKind.ESCROW_PAID,
    p2p.UndoPaid: EventKind.ESCROW_UNPAID,
    p2p.ReleaseEscrow: EventKind.ESCROW_COMPLETED,
    p2p.CancelEscrow: EventKind.ESCROW_CANCELLED,
    p2p.AskCancel: EventKind.CANCEL_ASKED,
    p2p.RefuseCancel: EventKind.CANCEL_REFUSED,
    p2p.OpenAppeal: EventKind.DISPUTE_OPENED,
    p2p.SubmitEvidence: EventKind.EVIDENCE_SUBMITTED,
    p2p.WithdrawAppeal: EventKind.DISPUTE_WITHDRAWN,
    p2p.OfferSplit: EventKind.SPLIT_OFFERED,
    p2p.DecideDispute: EventKind.DISPUTE_DECIDED,
    p2p.RelockEscrow: EventKind.ESCROW_RELOCKED,
    p2p.RefuseClaim: EventKind.CLAIM_REFUSED,
    p2p.PostBond: EventKind.BOND_POSTED,
    p2p.WithdrawBond: EventKind.BOND_WITHDRAWN,
    p2p.NameWallet: EventKind.WALLET_NAMED,
    p2p.PayEscrow: EventKind.ESCROW_COMPLETED,
}
"""Of rules 5."""

HOLDERS_KIND_OF = {
    holds.BindHolderKey: EventKind.HOLDER_KEY_BOUND,
    holds.CreateHold: EventKind.HOLD_CREATED,
    holds.ExecuteHold: EventKind.HOLD_EXECUTED,
    holds.ReleaseHold: EventKind.HOLD_RELEASED,
    holds.ReclaimHold: EventKind.HOLD_RELEASED,
    holds.ApproveSpender: EventKind.SPENDER_APPROVED,
    holds.PermitSpender: EventKind.SPENDER_APPROVED,
    holds.TransferFrom: EventKind.SPENT,
    holds.TransferAuthorized: EventKind.TRANSFER_AUTHORIZED,
    holds.ProposeTrade: EventKind.TRADE_PROPOSED,
    holds.AcceptTrade: EventKind.TRADE_SETTLED,
    holds.WithdrawTrade: EventKind.TRADE_WITHDRAWN,
    holds.SchedulePayment: EventKind.PAYMENT_SCHEDULED,
    holds.CancelSchedule: EventKind.SCHEDULE_ENDED,
}
CURRENCY_KIND_OF = {
    currency.RegisterCurrency: EventKind.CURRENCY_REGISTERED,
    currency.AdmitOperator: EventKind.OPERATOR_ADMITTED,
    currency.SetQuota: EventKind.QUOTA_SET,
    currency.GrantReserves: EventKind.RESERVES_GRANTED,
    currency.WithdrawReserves: EventKind.RESERVES_WITHDRAWN,
    currency.IssueCurrency: EventKind.CURRENCY_ISSUED,
    currency.RedeemCurrency: EventKind.CURRENCY_REDEEMED,
    currency.AdoptRegime: EventKind.REGIME_ADOPTED,
    currency.MoveWallets: EventKind.WALLETS_MOVED,
    currency.BindPurpose: EventKind.PURPOSE_BOUND,
    currency.SpendPurpose: EventKind.PURPOSE_SPENT,
    currency.UnsealIdentity: EventKind.IDENTITY_UNSEALED,
    currency.RefundPayment: EventKind.REFUNDED,
    purses.SetPurseTerms: EventKind.PURSE_TERMS_SET,
    purses.OpenPurse: EventKind.PURSE_OPENED,
    purses.FundPurse: EventKind.PURSE_FUNDED,
    purses.SettlePurse: EventKind.PURSE_SETTLED,
    purses.ClosePurse: EventKind.PURSE_CLOSED,
}
KIND_OF_WALLETS = {
    currency.OpenWallets: EventKind.WALLETS_OPENED,
    currency.OpenSubWallet: EventKind.WALLETS_OPENED,
    currency.SetWalletClass: EventKind.WALLET_CLASS_SET,
    currency.CloseWallet: EventKind.WALLET_CLOSED,
    currency.LinkBank: EventKind.BANK_LINKED,
    currency.PostInterest: EventKind.INTEREST_BEGUN,
}
"""Of rules 4."""
KIND_OF = (
    HOLDERS_KIND_OF
    | CURRENCY_KIND_OF
    | KIND_OF_WALLETS
    | PURSE_KIND_OF
    | P2P_KIND_OF
    | {
        institutions.FoundExchange: EventKind.EXCHANGE_FOUNDED,
        institutions.AddInstitution: EventKind.INSTITUTION_ADDED,
        institutions.SeatPerson: EventKind.PERSON_SEATED,
        institutions.RevokeSeat: EventKind.SEAT_REVOKED,
        institutions.SetQuorum: EventKind.QUORUM_SET,
        institutions.AdoptControls: EventKind.CONTROLS_ADOPTED,
        asked.AdoptCalendar: EventKind.CALENDAR_ADOPTED,
        asked.RegisterCoin: EventKind.COIN_REGISTERED,
        asked.AdoptPack: EventKind.PACK_ADOPTED,
        asked.OpenReserve: EventKind.RESERVE_OPENED,
        asked.CloseReserve: EventKind.RESERVE_CLOSED,
        asked.AttestReserve: EventKind.RESERVE_ATTESTED,
        asked.ConfirmReceipt: EventKind.RECEIPT_CONFIRMED,
        asked.SetMinter: EventKind.MINTER_SET,
        asked.Mint: EventKind.MINTED,
        asked.Burn: EventKind.BURNED,
        asked.PauseMinting: EventKind.MINTING_PAUSED,
        asked.RequestRedemption: EventKind.REDEMPTION_REQUESTED,
        asked.WithdrawRedemption: EventKind.REDEMPTION_WITHDRAWN,
        asked.PayRedemptions: EventKind.REDEMPTIONS_PAID,
        asked.PayTreasury: EventKind.TREASURY_PAID,
        asked.OrderLawful: EventKind.LAWFUL_ORDERED,
        currency.OrderOverCurrency: EventKind.LAWFUL_ORDERED,
        asked.EnforceOrder: EventKind.LAWFUL_ENFORCED,
        asked.LiftOrder: EventKind.LAWFUL_ENDED,
        asked.AppealOrder: EventKind.APPEALED,
        asked.DecideAppeal: EventKind.APPEAL_DECIDED,
        NoteLooks: EventKind.LOOKS_NOTED,
    }
)
"""What a retry of a command says again."""
