"""The one dispatch of what rules 3 to 5 brought: commands to their rules, timers to theirs. docs/rules/issuance.md."""

from collections.abc import Callable
from heapq import heappop
from typing import Any

from venus.core import (
    currency,
    currency_orders,
    holds,
    institutions,
    issuance,
    lawful,
    looks,
    operators,
    p2p,
    p2p_bonds,
    p2p_disputes,
    p2p_orders,
    p2p_take,
    p2p_terms,
    p2p_wallets,
    purposes,
    purses,
    redemption,
    refunds,
    regimes,
    trades,
    treasury,
    wallets,
)
from venus.core.affairs import Affairs
from venus.core.backing import count_due
from venus.core.memory import Memory
from venus.core.steps import (
    DUE_ESCROW,
    DUE_HOLD,
    DUE_LAWFUL,
    DUE_PURPOSE,
    DUE_REDEMPTION,
    DUE_SCHEDULE,
    DUE_TRADE,
    Answer,
    Step,
)
from venus.records import coins
from venus.records import currency as money
from venus.records import holds as bound
from venus.records import institutions as seats
from venus.records import p2p as people
from venus.records import purses as offline
from venus.records.events import EventKind
from venus.records.looks import NoteLooks
from venus.units import INT64_MAX

HANDLERS: dict[type, Callable[[Step, Any], Answer]] = {
    seats.FoundExchange: institutions.found_exchange,
    seats.AddInstitution: institutions.add_institution,
    seats.SeatPerson: institutions.seat_person,
    seats.RevokeSeat: institutions.revoke_seat,
    seats.SetQuorum: institutions.set_quorum,
    seats.AdoptControls: institutions.adopt_controls,
    coins.AdoptCalendar: redemption.adopt_calendar,
    coins.RegisterCoin: issuance.register_coin,
    coins.AdoptPack: issuance.adopt_pack,
    coins.OpenReserve: issuance.open_reserve,
    coins.CloseReserve: issuance.close_reserve,
    coins.AttestReserve: issuance.attest_reserve,
    coins.ConfirmReceipt: issuance.confirm_receipt,
    coins.SetMinter: issuance.set_minter,
    coins.Mint: issuance.mint,
    coins.Burn: issuance.burn,
    coins.PauseMinting: issuance.pause_minting,
    coins.RequestRedemption: redemption.request_redemption,
    coins.WithdrawRedemption: redemption.withdraw_redemption,
    coins.PayRedemptions: redemption.pay_redemptions,
    coins.PayTreasury: treasury.pay_treasury,
    coins.OrderLawful: lawful.order_lawful,
    coins.EnforceOrder: lawful.enforce_order,
    coins.LiftOrder: lawful.lift_order,
    coins.AppealOrder: lawful.appeal_order,
    coins.DecideAppeal: lawful.decide_appeal,
    bound.BindHolderKey: holds.bind_holder_key,
    bound.CreateHold: holds.create_hold,
    bound.ExecuteHold: holds.execute_hold,
    bound.ReleaseHold: holds.release_hold,
    bound.ReclaimHold: holds.reclaim_hold,
    bound.ApproveSpender: holds.approve_spender,
    bound.PermitSpender: holds.approve_spender,
    bound.TransferFrom: holds.transfer_from,
    bound.TransferAuthorized: holds.transfer_authorized,
    bound.ProposeTrade: trades.propose_trade,
    bound.AcceptTrade: trades.accept_trade,
    bound.WithdrawTrade: trades.withdraw_trade,
    bound.SchedulePayment: trades.schedule_payment,
    bound.CancelSchedule: trades.cancel_schedule,
    money.RegisterCurrency: currency.register_currency,
    money.AdmitOperator: operators.admit_operator,
    money.SetQuota: operators.set_quota,
    money.GrantReserves: operators.grant_reserves,
    money.WithdrawReserves: operators.withdraw_reserves,
    money.IssueCurrency: operators.issue_currency,
    money.RedeemCurrency: operators.redeem_currency,
    money.AdoptRegime: currency.adopt_regime,
    money.MoveWallets: operators.move_wallets,
    money.OpenWallets: wallets.open_wallets,
    money.OpenSubWallet: wallets.open_sub_wallet,
    money.SetWalletClass: wallets.set_wallet_class,
    money.CloseWallet: wallets.close_wallet,
    money.LinkBank: wallets.link_bank,
    money.PostInterest: wallets.post_interest,
    money.BindPurpose: purposes.bind_purpose,
    money.SpendPurpose: purposes.spend_purpose,
    money.UnsealIdentity: purposes.unseal_identity,
    money.RefundPayment: refunds.refund_payment,
    money.OrderOverCurrency: currency_orders.order_over_currency,
    offline.SetPurseTerms: purses.set_purse_terms,
    offline.OpenPurse: purses.open_purse,
    offline.FundPurse: purses.fund_purse,
    offline.SettlePurse: purses.settle_purse,
    offline.ClosePurse: purses.close_purse,
    people.SetP2pTerms: p2p_terms.set_p2p_terms,
    people.EnrolTrader: p2p_terms.enrol_trader,
    people.SanctionTrader: p2p_terms.sanction_trader,
    people.NoteIndex: p2p_terms.note_index,
    people.PostAdvert: p2p.post_advert,
    people.EditAdvert: p2p.edit_advert,
    people.SetAdvertState: p2p.set_advert_state,
    people.TakeAdvert: p2p_take.take_advert,
    people.MarkPaid: p2p_orders.mark_paid,
    people.UndoPaid: p2p_orders.undo_paid,
    people.ReleaseEscrow: p2p_orders.release_escrow,
    people.CancelEscrow: p2p_orders.cancel_escrow,
    people.AskCancel: p2p_orders.ask_cancel,
    people.RefuseCancel: p2p_orders.refuse_cancel,
    people.OpenAppeal: p2p_disputes.open_appeal,
    people.SubmitEvidence: p2p_disputes.submit_evidence,
    people.WithdrawAppeal: p2p_disputes.withdraw_appeal,
    people.OfferSplit: p2p_disputes.offer_split,
    people.DecideDispute: p2p_disputes.decide_dispute,
    people.RelockEscrow: p2p_disputes.relock_escrow,
    people.RefuseClaim: p2p_disputes.refuse_claim,
    people.PostBond: p2p_bonds.post_bond,
    people.WithdrawBond: p2p_bonds.withdraw_bond,
    people.NameWallet: p2p_wallets.name_wallet,
    people.PayEscrow: p2p_wallets.pay_escrow,
    NoteLooks: looks.note_looks,
}
EVENT_OF = {
    seats.FoundExchange: EventKind.EXCHANGE_FOUNDED,
    seats.AddInstitution: EventKind.INSTITUTION_ADDED,
    seats.SeatPerson: EventKind.PERSON_SEATED,
    seats.RevokeSeat: EventKind.SEAT_REVOKED,
    seats.SetQuorum: EventKind.QUORUM_SET,
    seats.AdoptControls: EventKind.CONTROLS_ADOPTED,
    coins.AdoptCalendar: EventKind.CALENDAR_ADOPTED,
    coins.RegisterCoin: EventKind.COIN_REGISTERED,
    coins.AdoptPack: EventKind.PACK_ADOPTED,
    coins.OpenReserve: EventKind.RESERVE_OPENED,
    coins.CloseReserve: EventKind.RESERVE_CLOSED,
    coins.AttestReserve: EventKind.RESERVE_ATTESTED,
    coins.ConfirmReceipt: EventKind.RECEIPT_CONFIRMED,
    coins.SetMinter: EventKind.MINTER_SET,
    coins.Mint: EventKind.MINTED,
    coins.Burn: EventKind.BURNED,
    coins.PauseMinting: EventKind.MINTING_PAUSED,
    coins.RequestRedemption: EventKind.REDEMPTION_REQUESTED,
    coins.WithdrawRedemption: EventKind.REDEMPTION_WITHDRAWN,
    coins.PayRedemptions: EventKind.REDEMPTIONS_PAID,
    coins.PayTreasury: EventKind.TREASURY_PAID,
    coins.OrderLawful: EventKind.LAWFUL_ORDERED,
    coins.EnforceOrder: EventKind.LAWFUL_ENFORCED,
    coins.LiftOrder: EventKind.LAWFUL_ENDED,
    coins.AppealOrder: EventKind.APPEALED,
    coins.DecideAppeal: EventKind.APPEAL_DECIDED,
    bound.BindHolderKey: EventKind.HOLDER_KEY_BOUND,
    bound.CreateHold: EventKind.HOLD_CREATED,
    bound.ExecuteHold: EventKind.HOLD_EXECUTED,
    bound.ReleaseHold: EventKind.HOLD_RELEASED,
    bound.ReclaimHold: EventKind.HOLD_RELEASED,
    bound.ApproveSpender: EventKind.SPENDER_APPROVED,
    bound.PermitSpender: EventKind.SPENDER_APPROVED,
    bound.TransferFrom: EventKind.SPENT,
    bound.TransferAuthorized: EventKind.TRANSFER_AUTHORIZED,
    bound.ProposeTrade: EventKind.TRADE_PROPOSED,
    bound.AcceptTrade: EventKind.TRADE_SETTLED,
    bound.WithdrawTrade: EventKind.TRADE_WITHDRAWN,
    bound.SchedulePayment: EventKind.PAYMENT_SCHEDULED,
    bound.CancelSchedule: EventKind.SCHEDULE_ENDED,
    money.RegisterCurrency: EventKind.CURRENCY_REGISTERED,
    money.AdmitOperator: EventKind.OPERATOR_ADMITTED,
    money.SetQuota: EventKind.QUOTA_SET,
    money.GrantReserves: EventKind.RESERVES_GRANTED,
    money.WithdrawReserves: EventKind.RESERVES_WITHDRAWN,
    money.IssueCurrency: EventKind.CURRENCY_ISSUED,
    money.RedeemCurrency: EventKind.CURRENCY_REDEEMED,
    money.AdoptRegime: EventKind.REGIME_ADOPTED,
    money.MoveWallets: EventKind.WALLETS_MOVED,
    money.OpenWallets: EventKind.WALLETS_OPENED,
    money.OpenSubWallet: EventKind.WALLETS_OPENED,
    money.SetWalletClass: EventKind.WALLET_CLASS_SET,
    money.CloseWallet: EventKind.WALLET_CLOSED,
    money.LinkBank: EventKind.BANK_LINKED,
    money.PostInterest: EventKind.INTEREST_BEGUN,
    money.BindPurpose: EventKind.PURPOSE_BOUND,
    money.SpendPurpose: EventKind.PURPOSE_SPENT,
    money.UnsealIdentity: EventKind.IDENTITY_UNSEALED,
    money.RefundPayment: EventKind.REFUNDED,
    money.OrderOverCurrency: EventKind.LAWFUL_ORDERED,
    offline.SetPurseTerms: EventKind.PURSE_TERMS_SET,
    offline.OpenPurse: EventKind.PURSE_OPENED,
    offline.FundPurse: EventKind.PURSE_FUNDED,
    offline.SettlePurse: EventKind.PURSE_SETTLED,
    offline.ClosePurse: EventKind.PURSE_CLOSED,
    people.SetP2pTerms: EventKind.P2P_TERMS_SET,
    people.EnrolTrader: EventKind.TRADER_ENROLLED,
    people.SanctionTrader: EventKind.TRADER_SANCTIONED,
    people.NoteIndex: EventKind.INDEX_NOTED,
    people.PostAdvert: EventKind.ADVERT_POSTED,
    people.EditAdvert: EventKind.ADVERT_EDITED,
    people.SetAdvertState: EventKind.ADVERT_STATE_SET,
    people.TakeAdvert: EventKind.ESCROW_OPENED,
    people.MarkPaid: EventKind.ESCROW_PAID,
    people.UndoPaid: EventKind.ESCROW_UNPAID,
    people.ReleaseEscrow: EventKind.ESCROW_COMPLETED,
    people.CancelEscrow: EventKind.ESCROW_CANCELLED,
    people.AskCancel: EventKind.CANCEL_ASKED,
    people.RefuseCancel: EventKind.CANCEL_REFUSED,
    people.OpenAppeal: EventKind.DISPUTE_OPENED,
    people.SubmitEvidence: EventKind.EVIDENCE_SUBMITTED,
    people.WithdrawAppeal: EventKind.DISPUTE_WITHDRAWN,
    people.OfferSplit: EventKind.SPLIT_OFFERED,
    people.DecideDispute: EventKind.DISPUTE_DECIDED,
    people.RelockEscrow: EventKind.ESCROW_RELOCKED,
    people.RefuseClaim: EventKind.CLAIM_REFUSED,
    people.PostBond: EventKind.BOND_POSTED,
    people.WithdrawBond: EventKind.BOND_WITHDRAWN,
    people.NameWallet: EventKind.WALLET_NAMED,
    people.PayEscrow: EventKind.ESCROW_COMPLETED,
    NoteLooks: EventKind.LOOKS_NOTED,
}
"""Each command's own event, the last that it says."""
assert set(EVENT_OF) == set(HANDLERS)
_LATER = {"venus.records.currency": 4, "venus.records.purses": 4, "venus.records.p2p": 5, "venus.records.looks": 5}
RULES_OF = {kind: _LATER.get(kind.__module__, 3) for kind in HANDLERS} | dict.fromkeys(
    (coins.WithdrawRedemption, coins.PayTreasury), 4
)
"""From which rules on a command is known."""


def fire_due(step: Step) -> None:
    """Midnights and reserves first, then what else is due by time, class, number, then interest; what a timer makes due
    comes in its turn."""
    due = step.affairs.due
    currency.begin_regimes(step)
    regimes.turn_days(step.memory, step.time_ns)
    count_due(step)
    while due and due[0][0] <= step.time_ns:
        due_ns, what, number = heappop(due)
        step.memory.make_room()
        if what == DUE_REDEMPTION:
            redemption.redemption_due(step, number)
        elif what == DUE_LAWFUL:
            lawful.lawful_due(step, number)
        elif what == DUE_HOLD:
            holds.hold_due(step, number)
        elif what == DUE_TRADE:
            trades.trade_due(step, number)
        elif what == DUE_SCHEDULE:
            trades.schedule_due(step, number, due_ns)
        elif what == DUE_PURPOSE:
            purposes.purpose_due(step, number)
        else:
            assert what == DUE_ESCROW, what
            p2p_disputes.escrow_due(step, number, due_ns)
    regimes.go_on_sweeping(step)


def quiet_until_ns(memory: Memory, affairs: Affairs) -> int:
    """Before this time `fire_due` does nothing, unless a cold command comes first; so most frames need not ask."""
    if regimes.is_sweeping(memory):
        return 0
    heaps = [heap[0][0] for heap in (affairs.due, affairs.counts_due) if heap]
    return min([INT64_MAX, *heaps, *currency.begin_times_ns(affairs), *regimes.midnights_ns(memory)])


def quiet_after(affairs: Affairs, command: object, quiet_until_ns: int) -> int:
    """The same once a command was carried out: 0 if it is to be reckoned anew, since it may have set any timer."""
    if not isinstance(command, people.OfMarket):
        return 0
    return min(quiet_until_ns, affairs.due[0][0]) if affairs.due else quiet_until_ns
