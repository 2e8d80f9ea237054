"""The one dispatch of what rules 3 brought: commands to their rules, timers to theirs. docs/rules/issuance.md."""

from collections.abc import Callable
from heapq import heappop
from typing import Any

from venus.core import holds, institutions, issuance, lawful, redemption, trades
from venus.core.backing import count_due
from venus.core.steps import DUE_HOLD, DUE_LAWFUL, DUE_REDEMPTION, DUE_TRADE, Answer, Step
from venus.records import coins
from venus.records import holds as bound
from venus.records import institutions as seats
from venus.records.events import EventKind

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
    coins.PayRedemptions: redemption.pay_redemptions,
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
    coins.PayRedemptions: EventKind.REDEMPTIONS_PAID,
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
}
"""Each command's own event, the last that it says."""
assert set(EVENT_OF) == set(HANDLERS)


def fire_due(step: Step) -> None:
    """Reserves first; then what else is due, by time, class, number; what that makes due comes in its turn."""
    due = step.affairs.due
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
        else:
            trades.schedule_due(step, number, due_ns)
