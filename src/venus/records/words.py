"""Commands and events in words: what a failing test or an inspected frame prints. Zero fields are left out."""

from enum import IntEnum, IntFlag

import msgspec

from venus.records.coins import LawfulEnd
from venus.records.commands import (
    ColdCommand,
    Command,
    CommandFlag,
    CommandKind,
    ListType,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
)
from venus.records.events import Event, EventFlag, EventKind, Expiry
from venus.records.holds import Release
from venus.records.p2p_states import AdvertState, CancelReason, Ending, Ground, Party
from venus.records.rejects import Reject

REASON_OF: dict[int, type[IntEnum]] = {
    EventKind.REJECTED: Reject,
    EventKind.EXPIRED: Expiry,
    EventKind.PREVENTED: SelfTrade,
    EventKind.LIST_OPENED: ListType,
    EventKind.LAWFUL_ENDED: LawfulEnd,
    EventKind.HOLD_RELEASED: Release,
    EventKind.TRADE_WITHDRAWN: Release,
    EventKind.REDEMPTION_WITHDRAWN: Release,
    EventKind.SCHEDULE_FAILED: Reject,
    EventKind.PURSE_REFUSED: Reject,
    EventKind.ADVERT_STATE_SET: AdvertState,
    EventKind.ESCROW_COMPLETED: Ending,
    EventKind.ESCROW_CANCELLED: Ending,
    EventKind.CANCEL_ASKED: CancelReason,
    EventKind.DISPUTE_OPENED: Ground,
    EventKind.DISPUTE_DECIDED: Party,
    EventKind.CLAIM_MADE: Ground,
    EventKind.BOND_WITHDRAWN: Ending,
}


def name(value: int, known: type[IntEnum]) -> str:
    """The enum's word, or the bare number if it is none of them."""
    return known(value).name if value in set(known) else str(value)


def flag_names(value: int, known: type[IntFlag]) -> str:
    words = [flag.name or "" for flag in known if value & flag]
    unknown = value & ~sum(known)
    return "+".join(words + ([f"{unknown:#x}"] if unknown else []))


def event_words(event: Event) -> str:
    """One line: kind, then every field that is not zero."""
    words = [name(event.kind, EventKind)]
    for field, value in event._asdict().items():
        if field == "kind" or (not value and field != "side"):
            continue
        if field == "side":
            # BUY is 0, so it is told only of events that have an order.
            words += [name(value, Side)] if event.order_id or value else []
        elif field == "reason":
            words.append(name(value, REASON_OF[event.kind]) if event.kind in REASON_OF else f"reason {value}")
        elif field == "flags":
            words.append(flag_names(value, EventFlag))
        else:
            words.append(f"{field} {value}")
    return " ".join(words)


def command_words(command: Command) -> str:
    """One line: kind, then every field that is not zero."""
    enums: dict[str, type[IntEnum]] = {}
    if command.kind == CommandKind.ORDER:
        enums = {"side": Side, "type": OrderType, "tif": TimeInForce, "stp": SelfTrade}
    words = [name(command.kind, CommandKind)]
    for field, value in command._asdict().items():
        if field in enums:
            words.append(f"{field} {name(value, enums[field])}")
        elif field == "flags" and value:
            words.append(flag_names(value, CommandFlag))
        elif field != "kind" and value:
            words.append(f"{field} {value}")
    return " ".join(words)


def cold_words(command: ColdCommand) -> str:
    fields = " ".join(f"{field} {value!r}" for field, value in msgspec.structs.asdict(command).items())
    return f"{type(command).__name__} {fields}"
