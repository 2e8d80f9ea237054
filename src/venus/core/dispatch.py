"""The one dispatch of what rules 3 brought: commands to their rules, timers to theirs. docs/rules/issuance.md."""

from collections.abc import Callable
from heapq import heappop
from typing import Any

from venus.core import institutions, issuance, lawful, redemption
from venus.core.backing import count_due
from venus.core.steps import DUE_BACKING, DUE_LAWFUL, DUE_REDEMPTION, Answer, Step
from venus.records import coins
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
}
"""Each command's own event, the last that it says."""
assert set(EVENT_OF) == set(HANDLERS)


def fire_due(step: Step) -> None:
    """Everything whose time has come, by due time, class, number; what that makes due comes in its turn."""
    due = step.affairs.due
    while due and due[0][0] <= step.time_ns:
        due_ns, what, number = heappop(due)
        step.memory.make_room()
        if what == DUE_BACKING:
            count_due(step, number, due_ns)
        elif what == DUE_REDEMPTION:
            redemption.redemption_due(step, number)
        else:
            assert what == DUE_LAWFUL, what
            lawful.lawful_due(step, number)
