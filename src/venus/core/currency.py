"""A central bank's currency: its registration, its reserves, and the regimes of its wallets.

Source: docs/rules/currency.md, "First tier", "Regimes".
"""

import re

import msgspec

from venus.core import regimes
from venus.core.affairs import Affairs, Currency, Operator
from venus.core.kernels import layout
from venus.core.steps import Answer, Applied, Step, is_text
from venus.records.commands import AccountKind
from venus.records.currency import AdoptRegime, RegisterCurrency, WalletClass
from venus.records.events import EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.units import NS_PER_S

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_DAY_NS = 24 * 3600 * NS_PER_S
_TIME_NS_MAX = 2**62


def has_duty(step: Step, institution: int, duty: Duty) -> bool:
    return bool(step.affairs.institutions[institution].duties & duty)


def operator_of(currency: Currency, number: int) -> Operator | None:
    """One that still has its wallets."""
    operator = currency.operators[number]
    return operator if operator.moved_to < 0 else None


def place_reject(step: Step, account: int, kind: AccountKind, label: str) -> Reject:
    """A label says what an account is for, so that none is for two things."""
    if not step.accounts_kind(account):
        return Reject.UNKNOWN_ACCOUNT
    is_it = step.accounts_kind(account) == kind and step.facts.labels.get(account) == label
    return Reject.NONE if is_it else Reject.ACCOUNT_UNSUITED


def _is_used(step: Step, asset: int) -> bool:
    """Whether anybody has any of an asset."""
    balances = step.memory["balances"][1 : int(step.memory.counters[layout.BALANCES_USED])]
    of_asset = balances[balances["asset"] == asset]
    return bool(of_asset["free_atoms"].any() or of_asset["held_atoms"].any())


def _is_traded(step: Step, asset: int) -> bool:
    return any(asset in (listing.base_asset, listing.quote_asset) for listing in step.facts.listings)


def register_currency(step: Step, command: RegisterCurrency) -> Answer:
    asset, reserve_asset = command.asset, command.reserve_asset
    assets, codes = step.memory["assets"], step.facts.asset_codes
    if not (step.is_listed(asset) and step.is_listed(reserve_asset)):
        return Reject.UNKNOWN_ASSET
    if assets[asset]["coin"] or assets[reserve_asset]["coin"]:
        return Reject.ALREADY_LISTED
    if not has_duty(step, command.central_bank, Duty.CENTRAL_BANK):
        return Reject.WRONG_DUTY
    is_fit = asset != reserve_asset and assets[asset]["scale"] == assets[reserve_asset]["scale"]
    if not is_fit or not _CURRENCY.match(command.currency):
        return Reject.INVALID_COMMAND
    places = (
        (command.issue_account, AccountKind.EXTERNAL, f"issuer:{codes[asset]}"),
        (command.reserve_account, AccountKind.EXTERNAL, f"issuer:{codes[reserve_asset]}"),
        (command.backing_account, AccountKind.HOUSE, f"backing:{codes[asset]}"),
        (command.offline_account, AccountKind.HOUSE, f"offline:{codes[asset]}"),
    )
    rejects = [place_reject(step, *place) for place in places]
    if any(rejects):
        return next(reject for reject in rejects if reject)
    if _is_used(step, asset) or _is_used(step, reserve_asset) or _is_traded(step, reserve_asset):
        return Reject.ASSET_IN_USE
    if not regimes.has_room(step.memory):
        return Reject.INVALID_COMMAND
    regimes.open_currency(step.memory, asset)
    assets[asset]["coin"], assets[reserve_asset]["coin"] = layout.ASSET_CURRENCY, layout.ASSET_RESERVES
    step.affairs.currencies[asset] = Currency(
        asset=asset,
        reserve_asset=reserve_asset,
        currency=command.currency,
        central_bank=command.central_bank,
        issue_account=command.issue_account,
        reserve_account=command.reserve_account,
        backing_account=command.backing_account,
        offline_account=command.offline_account,
        operators=[],
        regimes=[],
        in_force=False,
        regimes_count=0,
    )
    fields = {"symbol": asset, "account": command.issue_account, "maker_account": command.backing_account}
    return Applied(EventKind.CURRENCY_REGISTERED, asset, fields)


# Regimes


def _class_is_sound(one: WalletClass) -> bool:
    return is_text(one.name) and one.needs_identity in (0, 1) and regimes.is_sound(one)


def adopt_regime(step: Step, command: AdoptRegime) -> Answer:
    """What was to come at its time or later comes no more."""
    currency = step.affairs.currencies[command.currency]
    from_ns = command.from_ns or step.time_ns
    is_sound = (
        is_text(command.name) and 0 <= command.from_ns <= _TIME_NS_MAX and -_DAY_NS < command.day_offset_ns < _DAY_NS
    )
    if not is_sound or not 1 <= len(command.classes) <= layout.CLASSES_MAX:
        return Reject.INVALID_COMMAND
    if not all(map(_class_is_sound, command.classes)):
        return Reject.INVALID_COMMAND
    if command.from_ns and command.from_ns <= step.time_ns:
        return Reject.REGIME_OUTDATED
    kept = [
        one for place, one in enumerate(currency.regimes) if (place == 0 and currency.in_force) or one.from_ns < from_ns
    ]
    if kept and len(command.classes) < len(kept[-1].classes):
        return Reject.UNKNOWN_CLASS
    if kept and command.day_offset_ns != kept[-1].day_offset_ns:
        return Reject.INVALID_COMMAND  # else a day could be shorter, or come twice
    currency.regimes_count += 1
    number = currency.regimes_count
    currency.regimes = [*kept, msgspec.structs.replace(command, from_ns=from_ns)]
    if not command.from_ns:
        _begin(step, currency, from_ns)
    fields = {"symbol": command.currency, "order_id": number, "price_ticks": from_ns}
    return Applied(EventKind.REGIME_ADOPTED, number, fields | {"quantity_lots": len(command.classes)})


def _begin(step: Step, currency: Currency, from_ns: int) -> None:
    """Let the next regime hold; the one before it is over."""
    if currency.in_force:
        del currency.regimes[0]
    currency.in_force = True
    regime = currency.regimes[0]
    classes = regime.classes
    number = regimes.currency_number(step.memory, currency.asset)
    regimes.begin(step.memory, number, classes, regime.day_offset_ns, from_ns)
    step.say(EventKind.REGIME_BEGUN, symbol=currency.asset, price_ticks=from_ns, quantity_lots=len(classes))


def begin_times_ns(affairs: Affairs) -> list[int]:
    """When each regime that is to come begins."""
    return [one.from_ns for each in affairs.currencies.values() for one in each.regimes[each.in_force :]]


def begin_regimes(step: Step) -> None:
    """At the start of a frame, before its day: regimes whose time has come, so that each midnight counts by its own."""
    for currency in step.affairs.currencies.values():
        while to_come := currency.regimes[currency.in_force :]:
            if to_come[0].from_ns > step.time_ns:
                break
            _begin(step, currency, to_come[0].from_ns)
