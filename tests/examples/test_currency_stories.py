"""The first tier of a central bank's currency: docs/rules/currency.md. Core and model play every line."""

import msgspec

from venus.records.coins import DAY_NS
from venus.records.commands import AccountKind, FreezeAccount, ListAsset, ListSymbol, OpenAccounts
from venus.records.events import EventFlag, EventKind
from venus.records.holds import CreateHold
from venus.records.rejects import Reject
from venus.testing.coin_stage import HOUR_NS
from venus.testing.currency_stage import CLASSES, OPERATORS, CurrencyStage, wallet_class
from venus.testing.officials import CENTRAL_BANK, EAST, ISSUER, NORTH, SUPERVISOR, WEST
from venus.testing.play import Play
from venus.units import ATOMS_MAX


def test_reserves_become_currency_and_back():
    stage = CurrencyStage()
    stage.do(stage.grant(0, 1_000), CENTRAL_BANK)
    event = stage.do(stage.issue(0, 600), CENTRAL_BANK, EAST)
    assert (event.kind, event.quantity_lots, event.remaining_lots, event.price_ticks) == (
        EventKind.CURRENCY_ISSUED,
        *(600, 600, 600),
    )
    assert (stage.supply, stage.treasury(0), stage.reserves(0), stage.outstanding(0)) == (600, 600, 400, 600)
    stage.do(stage.redeem_currency(0, 200), EAST)
    assert (stage.supply, stage.treasury(0), stage.reserves(0), stage.outstanding(0)) == (400, 400, 600, 400)
    stage.do(stage.withdrawal(0, 600), CENTRAL_BANK)
    assert stage.reject(stage.withdrawal(0, 1), CENTRAL_BANK) == Reject.RESERVES_SHORT


def test_nobody_issues_beyond_quota_or_reserves():
    stage = CurrencyStage()
    stage.do(stage.quota(0, 500), CENTRAL_BANK)
    stage.do(stage.grant(0, 450), CENTRAL_BANK)
    assert stage.reject(stage.issue(0, 501), CENTRAL_BANK, EAST) == Reject.BEYOND_QUOTA
    assert stage.reject(stage.issue(0, 451), CENTRAL_BANK, EAST) == Reject.RESERVES_SHORT
    stage.do(stage.issue(0, 450), CENTRAL_BANK, EAST)
    stage.do(stage.grant(0, 100), CENTRAL_BANK)
    assert stage.reject(stage.issue(0, 51), CENTRAL_BANK, EAST) == Reject.BEYOND_QUOTA
    stage.do(stage.quota(0, 100), CENTRAL_BANK)
    assert stage.outstanding(0) == 450, "a lower quota takes nothing back"
    assert stage.reject(stage.issue(0, 1), CENTRAL_BANK, EAST) == Reject.BEYOND_QUOTA


def test_an_operator_redeems_what_another_issued():
    stage = CurrencyStage()
    stage.issued(0, 300)
    east, west = (stage.operators[number].treasury for number in (0, 1))
    stage.play.accounts |= {"east": east, "west": west}
    stage.play.lines("east pay west 300 dCNY")
    stage.do(stage.redeem_currency(1, 300), WEST)
    assert (stage.supply, stage.reserves(1), stage.outstanding(0), stage.outstanding(1)) == (0, 300, 300, -300)


def test_who_must_sign():
    stage = CurrencyStage()
    assert stage.reject(stage.grant(0, 100), EAST) == Reject.QUORUM_MISSING
    stage.do(stage.grant(0, 100), CENTRAL_BANK)
    for missing in (CENTRAL_BANK, EAST):
        assert stage.reject(stage.issue(0, 100), missing) == Reject.QUORUM_MISSING
    assert stage.reject(stage.issue(0, 100), CENTRAL_BANK, WEST) == Reject.QUORUM_MISSING
    stage.do(stage.issue(0, 100), CENTRAL_BANK, EAST)
    assert stage.reject(stage.redeem_currency(0, 100), CENTRAL_BANK) == Reject.QUORUM_MISSING
    assert stage.reject(stage.redeem_currency(0, 100)) == Reject.APPROVALS_MISSING
    assert stage.reject(stage.move(0, 1), CENTRAL_BANK, EAST) == Reject.QUORUM_MISSING
    assert stage.reject(stage.issue(2, 100), CENTRAL_BANK, EAST) == Reject.UNKNOWN_OPERATOR
    unknown = msgspec.structs.replace(stage.grant(0, 1), currency=1)
    assert stage.reject(unknown, CENTRAL_BANK) == Reject.UNKNOWN_CURRENCY


def test_no_other_command_makes_currency_or_moves_reserves():
    stage = CurrencyStage()
    stage.issued(0, 300)
    stage.do(stage.grant(0, 100), CENTRAL_BANK)
    names = {"out": "issuer:dCNY", "outside": "issuer:rCNY", "backing": "backing:dCNY"}
    stage.play.accounts |= {name: stage.play.accounts[label] for name, label in names.items()}
    stage.play.accounts |= {"east": stage.operators[0].treasury, "own": stage.operators[0].reserves}
    stage.play.lines("""
        out      pay east  1 dCNY   rejected COIN_SUPPLY
        east     pay out   1 dCNY   rejected COIN_SUPPLY
        outside  pay own   1 rCNY   rejected COIN_SUPPLY
        backing  pay own   1 rCNY   rejected COIN_SUPPLY
        own      pay east  1 rCNY   rejected COIN_SUPPLY
    """)
    hold = CreateHold(
        reference=stage.reference(),
        account=stage.operators[0].reserves,
        target=stage.operators[1].reserves,
        notary=stage.operators[1].reserves,
        asset=1,
        atoms=1,
        reclaim_ns=0,
        expires_ns=stage.time_ns + DAY_NS,
        hash_lock=b"",
    )
    assert stage.reject(hold) == Reject.COIN_SUPPLY
    assert stage.reject(market_of(stage, base=0, quote=1)) == Reject.COIN_SUPPLY
    coin = msgspec.structs.replace(stage.registration(0, "dCNY"), escrow_account=0, treasury_account=0)
    assert stage.reject(coin, ISSUER, SUPERVISOR) == Reject.ALREADY_LISTED


def market_of(stage: CurrencyStage, base: int, quote: int) -> ListSymbol:
    return ListSymbol(
        reference=stage.reference(),
        code=f"M{base}{quote}",
        base_asset=base,
        quote_asset=quote,
        tick_atoms=1,
        lot_atoms=1,
        price_ticks_min=1,
        price_ticks_max=1_000,
        quantity_lots_min=1,
        quantity_lots_max=1_000,
        market_lots_max=1_000,
        notional_atoms_min=1,
        notional_atoms_max=10**6,
        orders_max=10,
        stp_allowed=1,
        stp_default=0,
    )


def test_an_operators_wallets_move_whole():
    stage = CurrencyStage()
    stage.issued(0, 300)
    stage.do(stage.grant(0, 50), CENTRAL_BANK)
    stage.do(stage.quota(1, 100), CENTRAL_BANK)
    event = stage.do(stage.move(0, 1), CENTRAL_BANK, WEST)
    assert (event.order_id, event.maker_order_id, event.quantity_lots) == (0, 1, 300)
    assert (stage.treasury(0), stage.reserves(0), stage.outstanding(0)) == (0, 0, 0)
    assert (stage.treasury(1), stage.reserves(1), stage.outstanding(1), stage.supply) == (300, 50, 300, 300)
    assert event.price_ticks == 400, "the quota grows by what was let out"
    assert stage.reject(stage.issue(0, 1), CENTRAL_BANK, EAST) == Reject.UNKNOWN_OPERATOR
    assert stage.reject(stage.move(0, 1), CENTRAL_BANK, WEST) == Reject.NO_CHANGE
    stage.play.accounts |= {"east": stage.operators[0].treasury, "west": stage.operators[1].treasury}
    stage.play.lines("west pay east 20 dCNY")
    stage.do(stage.move(0, 1), CENTRAL_BANK, WEST)
    assert stage.treasury(1) == 300, "what came in late goes over too"
    assert stage.reject(stage.move(1, 0), CENTRAL_BANK, EAST) == Reject.UNKNOWN_OPERATOR
    assert stage.reject(stage.move(1, 1), CENTRAL_BANK, WEST) == Reject.UNKNOWN_OPERATOR
    stage.admit(NORTH)
    stage.do(stage.move(1, 2), CENTRAL_BANK, NORTH)
    assert (stage.treasury(2), stage.outstanding(2)) == (300, 300)


def test_a_regime_begins_at_its_time():
    stage = CurrencyStage()
    at = stage.time_ns + DAY_NS
    stage.do(stage.regime("second", at, (*CLASSES, wallet_class("guest", 10, 10, 10, 10))), CENTRAL_BANK)
    assert not stage.timers()
    stage.until(at)
    [begun] = stage.timers()
    assert (begun.kind, begun.price_ticks, begun.quantity_lots) == (EventKind.REGIME_BEGUN, at, 5)
    assert stage.reject(stage.regime("third", at), CENTRAL_BANK) == Reject.REGIME_OUTDATED
    assert stage.reject(stage.regime("third", at + 1), CENTRAL_BANK) == Reject.UNKNOWN_CLASS


def test_a_regime_takes_the_place_of_those_that_were_to_come():
    stage = CurrencyStage()
    at = stage.time_ns + DAY_NS
    stage.do(stage.regime("wrong", at), CENTRAL_BANK)
    stage.do(stage.regime("wrong too", at + HOUR_NS), CENTRAL_BANK)
    stage.do(stage.regime("right", at + 1), CENTRAL_BANK)
    stage.do(stage.regime("right, sooner", at), CENTRAL_BANK)
    stage.until(at + DAY_NS)
    [begun] = stage.timers()
    assert (begun.price_ticks, begun.flags) == (at, EventFlag.TIMER)


def test_what_a_currency_must_be():
    stage = CurrencyStage()
    registration = msgspec.structs.replace(
        stage.play.model.affairs.currencies.all[0].terms, reference="another", asset=2, reserve_asset=3
    )
    assert stage.reject(registration, CENTRAL_BANK) == Reject.UNKNOWN_ASSET
    stage.do(ListAsset(reference="e", code="dEUR", scale=2))
    stage.do(ListAsset(reference="r", code="rEUR", scale=2))
    stage.do(ListAsset(reference="o", code="oEUR", scale=3))
    assert stage.reject(registration, CENTRAL_BANK) == Reject.ACCOUNT_UNSUITED
    for changed, reason in (
        ({"asset": 0}, Reject.ALREADY_LISTED),
        ({"reserve_asset": 1}, Reject.ALREADY_LISTED),
        ({"reserve_asset": 4}, Reject.INVALID_COMMAND),
        ({"reserve_asset": 2}, Reject.INVALID_COMMAND),
        ({"currency": "eur"}, Reject.INVALID_COMMAND),
        ({"issue_account": 10_000}, Reject.UNKNOWN_ACCOUNT),
    ):
        assert stage.reject(msgspec.structs.replace(registration, **changed), CENTRAL_BANK) == reason, changed
    other_bank = msgspec.structs.replace(registration, central_bank=EAST)
    assert stage.reject(other_bank, EAST) == Reject.WRONG_DUTY
    places = {
        name: stage.open(kind, label)
        for name, kind, label in (
            ("issue_account", AccountKind.EXTERNAL, "issuer:dEUR"),
            ("reserve_account", AccountKind.EXTERNAL, "issuer:rEUR"),
            ("backing_account", AccountKind.HOUSE, "backing:dEUR"),
            ("offline_account", AccountKind.HOUSE, "offline:dEUR"),
        )
    }
    stage.do(market_of(stage, base=0, quote=4))
    stage.do(msgspec.structs.replace(registration, currency="EUR", **places), CENTRAL_BANK)


def test_what_an_operator_must_be():
    stage = CurrencyStage()
    admission = stage.admission(NORTH)
    for changed, reason in (
        ({"institution": EAST}, Reject.ALREADY_LISTED),
        ({"institution": ISSUER}, Reject.WRONG_DUTY),
        ({"institution": 99}, Reject.UNKNOWN_INSTITUTION),
        ({"quota_atoms": ATOMS_MAX + 1}, Reject.INVALID_COMMAND),
        ({"treasury_account": stage.operators[0].treasury}, Reject.ACCOUNT_UNSUITED),
    ):
        assert stage.reject(msgspec.structs.replace(admission, **changed), CENTRAL_BANK) == reason, changed
    assert stage.reject(admission, *OPERATORS) == Reject.QUORUM_MISSING
    stage.do(admission, CENTRAL_BANK)


def test_wallets_are_not_opened_as_other_accounts_are():
    stage = CurrencyStage()
    command = OpenAccounts(reference="w", account_kind=AccountKind.WALLET, count=1, label="", tier=0, trade_group=-1)
    assert stage.reject(command) == Reject.INVALID_COMMAND
    house = FreezeAccount(reference="f", account=stage.operators[0].treasury, until_ns=0)
    assert stage.reject(house) == Reject.INVALID_COMMAND


def test_rules_3_know_no_currency():
    older = CurrencyStage(furnished=False, play=Play(furnished=False, rules=3))
    assert older.reject(older.grant(0, 1)) == Reject.INVALID_COMMAND
