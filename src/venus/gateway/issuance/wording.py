"""A command in words, so that a signer sees what he signs: one sentence a kind, and every field stands in it.

`{field}` is written as its name says it is: amounts with their coin, institutions by name, times in UTC.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.records import coins, commands, currency, institutions, p2p, purses
from venus.records.coins import OWN_MONEY, Instrument, LawfulKind
from venus.records.commands import AccountKind, PlainCommand
from venus.records.currency import WalletClass
from venus.records.institutions import Duty, InstitutionTerms, Role, Scheme, SeatTerms
from venus.records.p2p_states import Party
from venus.units import NS_PER_S

SENTENCES: dict[type[msgspec.Struct], str] = {
    institutions.AddInstitution: "add the institution {terms}",
    institutions.SeatPerson: "seat at {institution}: {terms}",
    institutions.RevokeSeat: "revoke seat {seat} of {institution}",
    institutions.SetQuorum: "let a quorum of {institution} be {persons} persons",
    institutions.AdoptControls: "from now on listings, fees, limits, rules and freezes need a quorum of {institution}",
    coins.AdoptCalendar: "adopt the calendar {name} of {zone} with the business days' ends {cutoffs_ns}",
    coins.RegisterCoin: "make {asset} a coin of {currency}, issued by {issuer}, redeemed by {agent}, with the accounts "
    "{issue_account} (issue), {escrow_account} (escrow) and {treasury_account} (treasury)",
    coins.AdoptPack: "adopt for {coin} the pack {name}: attestations count {staleness_ns}, at one custodian at most "
    "{concentration_ppm}, redemption within {redemption_days} business days of calendar {calendar}, haircuts "
    "{haircuts}",
    coins.OpenReserve: "open a reserve of {coin} at {custodian}: account {account}, {instrument} in {currency}, "
    "maturing {maturity_ns}",
    coins.CloseReserve: "close the reserve {reserve}",
    coins.AttestReserve: "attest that the reserve {reserve} held {atoms} at {as_of_ns}",
    coins.ConfirmReceipt: "confirm that {atoms} came in on the reserve {reserve} for account {account}, under the "
    "bank's reference {bank_reference}",
    coins.SetMinter: "let {minter} mint at most {cap_atoms}, refilled by {refill_atoms_a_day} a day",
    coins.Mint: "mint {atoms} by {minter} to account {account} for the receipt {receipt}",
    coins.Burn: "burn {atoms} out of the treasury",
    coins.PauseMinting: "set the pause of minting {coin} to {paused}",
    coins.PayRedemptions: "pay {atoms} to those who wait longest, out of {reserve}, under the bank's "
    "reference {bank_reference}",
    coins.PayTreasury: "pay {atoms}, of the asset {asset}, out of the treasury of {coin} to account {account}",
    coins.OrderLawful: "{order_kind} {atoms} in account {account}, going to account {to_account}, from the "
    "freeze {frozen_by} first, until {expires_ns}, ordered by {authority} with {second}, on this basis: {basis}",
    coins.EnforceOrder: "enforce the lawful order {order} on what came in since",
    coins.LiftOrder: "lift the lawful order {order}",
    coins.DecideAppeal: "decide the appeal against the lawful order {order}: granted {granted}",
    currency.RegisterCurrency: "make {asset} a currency of {central_bank}, {currency}, backed by {reserve_asset}, with "
    "the accounts {issue_account} (issue), {reserve_account} (reserves), {backing_account} (backing) and "
    "{offline_account} (offline)",
    currency.AdmitOperator: "admit {institution} as an operator of {currency} with the accounts {treasury_account} "
    "(treasury) and {reserve_account} (reserves), and at most {quota_atoms} outstanding",
    currency.SetQuota: "let {operator} have at most {quota_atoms} of {currency} outstanding",
    currency.GrantReserves: "credit the reserves of {operator} with {atoms} for {currency}",
    currency.WithdrawReserves: "debit the reserves of {operator} with {atoms} for {currency}",
    currency.IssueCurrency: "issue {atoms} of {currency} to {operator} against as much of its reserves",
    currency.RedeemCurrency: "redeem {atoms} of {currency} of {operator} for as much of its reserves",
    currency.AdoptRegime: "adopt for {currency} the regime {name} from {from_ns}, with midnight {day_offset_ns} before "
    "that of UTC, and the classes {classes}",
    currency.PostInterest: "post what every wallet of {currency} earned until now",
    currency.MoveWallets: "move all wallets of {from_operator} in {currency}, with its treasury, reserves and what it "
    "has outstanding, to {to_operator}",
    currency.UnsealIdentity: "unseal who holds the wallet {account} of {currency} at {operator} for {authority}, to be "
    "told to the holder after {shown_after_ns}, on this basis: {basis}",
    currency.OrderOverCurrency: "{order_kind} {atoms} in account {account}, going to account {to_account}, from the "
    "freeze {frozen_by} first, until {expires_ns}, ordered by {authority} with {second}, on this basis: {basis}",
    purses.SetPurseTerms: "let purses of {operator} in {currency} hold at most {holds_atoms_max} and pay at most "
    "{payment_atoms_max}, live {life_ns_max} and be settled {claim_ns} longer, with a guarantee of {guarantee_atoms} "
    "each, opened under the key {key}",
    p2p.SetP2pTerms: "let people trade with each other and {arbiter} arbitrate: fees of {maker_fee_ppm} for makers and "
    "{taker_fee_ppm} for takers, currencies {fiats}, assets {assets}, from {pay_ns_min} to {pay_ns_max} to pay, "
    "{release_ns} to release, {evidence_ns} for evidence, {aftermath_ns} for claims, an index good for {index_ns}, "
    "bonds in {bond_asset} slashed by {slash_atoms}",
    p2p.SanctionTrader: "let the trader of account {account} begin nothing until {until_ns} (never: it is lifted), on "
    "these grounds: {grounds}",
    p2p.DecideDispute: "give the buyer {buyer_atoms} of the order {order} and the seller the rest, at fault: "
    "{at_fault}, on the grounds {grounds_hash}, after the chat {chat}",
    p2p.RelockEscrow: "let the claim on the order {order}: lock again what there is of it",
    p2p.RefuseClaim: "refuse the claim on the order {order} on the grounds {grounds_hash}",
    commands.ListAsset: "list the asset {code} with {scale} decimals",
    commands.ListSymbol: "list the symbol {code}, {base_asset} against {quote_asset}: tick {tick_atoms} atoms, lot "
    "{lot_atoms} atoms, prices {price_ticks_min} to {price_ticks_max} ticks, quantities {quantity_lots_min} to "
    "{quantity_lots_max} lots, market orders up to {market_lots_max} lots, notional {notional_atoms_min} to "
    "{notional_atoms_max} atoms, {orders_max} open orders, self-trade modes {stp_allowed} with default {stp_default}",
    commands.OpenAccounts: "open {count} {account_kind} accounts labelled {label}, tier {tier}, group {trade_group}",
    commands.SetFeeTier: "set the fees of tier {tier} to {maker_ppm} for makers and {taker_ppm} for takers",
    commands.SetAccountTier: "put account {account} into fee tier {tier}",
    commands.SetTradeGroup: "put account {account} into trade group {trade_group}",
    commands.FreezeAccount: "freeze account {account} until {until_ns}",
    commands.UnfreezeAccount: "unfreeze account {account}",
    commands.HaltSymbol: "halt the symbol {symbol}",
    commands.ResumeSymbol: "resume the symbol {symbol}",
    commands.AdoptRules: "adopt the rules {rules}",
    commands.MoveToRules: "move to the rules {rules}",
    commands.SetSymbolRules: "set the rules of symbol {symbol} to {*}",
    commands.SetExchangeLimits: "set the exchange's limits to {*}",
    commands.SetAssetLimit: "let one order move at most {order_atoms_max} of {asset}",
}
"""Of every command that somebody may have to approve."""

_FIELD = re.compile(r"\{(\w+|\*)\}")
_INSTITUTIONS = frozenset(
    {"institution", "issuer", "agent", "custodian", "minter", "authority", "second", "central_bank", "arbiter"}
)
_OPERATORS = frozenset({"operator", "from_operator", "to_operator"})
_ASSETS = frozenset({"asset", "coin", "base_asset", "quote_asset", "currency", "reserve_asset", "bond_asset"})
_AMOUNTS = frozenset(
    {
        *("atoms", "cap_atoms", "refill_atoms_a_day", "order_atoms_max", "quota_atoms"),
        *("holds_atoms_max", "payment_atoms_max", "guarantee_atoms"),
        *("buyer_atoms", "slash_atoms"),
    }
)
_SPANS = frozenset(
    {
        *("staleness_ns", "day_offset_ns", "shown_after_ns", "life_ns_max", "claim_ns"),
        *("pay_ns_min", "pay_ns_max", "release_ns", "evidence_ns", "aftermath_ns", "index_ns"),
    }
)
_NAMES_OF_NUMBERS = {
    "order_kind": LawfulKind,
    "instrument": Instrument,
    "account_kind": AccountKind,
    "at_fault": Party,
}


def words(command: PlainCommand, facts: LedgerFacts) -> str:
    """The sentence of a command, its reference at the end."""
    asset = _asset_of(command, facts)

    def write(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "*":
            rest = [field for field in command.__struct_fields__ if field not in ("reference", "symbol")]
            return ", ".join(f"{field}={getattr(command, field)}" for field in rest)
        return _written(name, getattr(command, name), asset, facts)

    return f"{_FIELD.sub(write, SENTENCES[type(command)])} [{command.reference}]"


def _asset_of(command: PlainCommand, facts: LedgerFacts) -> int:
    """What the command's amounts are of; -1 if that cannot be told."""
    for name in ("asset", "coin", "currency", "bond_asset"):
        value = getattr(command, name, None)
        if isinstance(value, int):
            return value
    reserve = facts.reserve(command.reserve) if isinstance(command, _OF_RESERVE) else None
    return -1 if reserve is None else reserve.coin


_OF_RESERVE = (coins.AttestReserve, coins.ConfirmReceipt, coins.CloseReserve)


def _written(name: str, value: Any, asset: int, facts: LedgerFacts) -> str:
    match value:
        case InstitutionTerms():
            seats = "; ".join(_seat(seat) for seat in value.seats)
            duties = "+".join(duty.name or "" for duty in Duty if duty & value.duties)
            return f"{value.name!r} ({duties}, quorum {value.quorum}) with the seats: {seats or 'none'}"
        case SeatTerms():
            return _seat(value)
        case str():
            return repr(value)
        case bytes():
            return value.hex()
        case tuple():
            return _many(name, value, asset, facts)
    if name in _INSTITUTIONS:
        return f"{facts.institution_name(value)} (institution {value})"
    if name in _OPERATORS:
        return f"{facts.operator_name(asset, value)} (operator {value})"
    if name in _ASSETS:
        return facts.code(value)
    if name in _AMOUNTS:
        return f"{facts.amount(asset, value)} {facts.code(asset)}" if asset >= 0 else f"{value} atoms"
    if name == "reserve":
        return _reserve(value, facts)
    if name in _NAMES_OF_NUMBERS:
        known = _NAMES_OF_NUMBERS[name]
        return known(value).name.lower() if value in set(known) else str(value)
    return _figure(name, value)


def _figure(name: str, value: int) -> str:
    if name in _SPANS:
        return _span(value)
    if name.endswith("_ns"):
        return "never" if value == 0 else moment(value)
    if name.endswith("_ppm"):
        return f"{value} ppm"
    return str(value)


def _reserve(number: int, facts: LedgerFacts) -> str:
    if number == OWN_MONEY:
        return "the issuer's own money"
    reserve = facts.reserve(number)
    if reserve is None:
        return f"reserve {number}"
    return f"{number} ({facts.code(reserve.coin)} at {facts.institution_name(reserve.custodian)})"


def _many(name: str, values: tuple[Any, ...], asset: int, facts: LedgerFacts) -> str:
    if name == "classes":
        return f"({'; '.join(_class(number, one, asset, facts) for number, one in enumerate(values))})"
    if name == "fiats":
        return ", ".join(f"{one.code} with {one.exponent} decimals" for one in values)
    if name == "assets":
        return "; ".join(_tradable(one, facts) for one in values)
    if name == "cutoffs_ns":
        return f"{len(values)} from {moment(values[0])} to {moment(values[-1])}" if values else "none"
    steps = (
        f"{Instrument(step.instrument).name.lower() if step.instrument in set(Instrument) else step.instrument} up to "
        f"{_span(step.tenor_ns)} {step.haircut_ppm} ppm"
        for step in values
    )
    return f"({'; '.join(steps)})"


def _class(number: int, one: WalletClass, asset: int, facts: LedgerFacts) -> str:
    limits = (
        ("balance", one.balance_atoms_max),
        ("payment", one.single_atoms_max),
        ("day", one.day_atoms_max),
        ("year", one.year_atoms_max),
    )
    told = ", ".join(f"{name} {facts.amount(asset, atoms) if atoms else 'without limit'}" for name, atoms in limits)
    known = "known" if one.needs_identity else "not known"
    return f"{number} {one.name!r}: {told}, interest {one.interest_ppm} ppm, {known}, {one.sub_wallets_max} sub-wallets"


def _tradable(one: p2p.Tradable, facts: LedgerFacts) -> str:
    least, large = facts.amount(one.asset, one.atoms_min), facts.amount(one.asset, one.large_atoms)
    return f"{facts.code(one.asset)} from {least} on, verdicts by a quorum from {large} on"


def _seat(seat: SeatTerms) -> str:
    role = Role(seat.role).name.lower() if seat.role in set(Role) else f"role {seat.role}"
    scheme = Scheme(seat.scheme).name if seat.scheme in set(Scheme) else f"scheme {seat.scheme}"
    until = f" until {moment(seat.until_ns)}" if seat.until_ns else ""
    since = f" from {moment(seat.from_ns)}" if seat.from_ns else ""
    return f"person {seat.person} as {role} with the {scheme} key {seat.key.hex()}{since}{until}"


def moment(time_ns: int) -> str:
    """UTC, to the nanosecond where that says more."""
    try:
        day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_ns // NS_PER_S)
    except OverflowError:
        return f"{time_ns} ns"
    rest = f".{time_ns % NS_PER_S:09d}" if time_ns % NS_PER_S else ""
    return f"{day:%Y-%m-%dT%H:%M:%S}{rest}Z"


def _span(ns: int) -> str:
    seconds, rest = divmod(ns, NS_PER_S)
    days, left_s = divmod(seconds, 86_400)
    if rest or left_s:
        return f"{ns / NS_PER_S:g} s"
    return f"{days} days"
