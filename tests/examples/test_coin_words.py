"""Commands and refusals in words: for every command that somebody approves, and for every reject."""

import json
import re
from typing import get_args

import pytest

from venus.gateway.issuance.refusals import CODE_BASE, NOT_HERE, WORDS, refused
from venus.gateway.issuance.wording import SENTENCES, moment
from venus.model.exchange import Exchange
from venus.records import coins, commands, currency, holds, institutions, looks, p2p, purses
from venus.records.commands import PlainCommand, encode_cold, plain
from venus.records.fields import BY_NAME, BadFields, from_fields, to_fields
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.coin_flow import CoinFlow
from venus.testing.officials import founding

HOLDERS = {kind for kind in get_args(PlainCommand) if kind.__module__ == holds.__name__}
OF_MARKET = set(get_args(p2p.OfMarket))
NOBODY_APPROVES = (
    HOLDERS
    | {
        institutions.FoundExchange,
        commands.NoteClockJump,
        coins.RequestRedemption,
        coins.WithdrawRedemption,
        coins.AppealOrder,
        currency.OpenWallets,
        currency.OpenSubWallet,
        currency.SetWalletClass,
        currency.CloseWallet,
        currency.LinkBank,
        currency.BindPurpose,
        currency.SpendPurpose,
        currency.RefundPayment,
        purses.OpenPurse,
        purses.FundPurse,
        purses.SettlePurse,
        purses.ClosePurse,
        looks.NoteLooks,
    }
    | (OF_MARKET - {p2p.SetP2pTerms, p2p.SanctionTrader, p2p.DecideDispute, p2p.RelockEscrow, p2p.RefuseClaim})
)
FIELD = re.compile(r"\{(\w+|\*)\}")
TOLD_WITH_THE_AMOUNT = {
    *(coins.Mint, coins.Burn, coins.PayRedemptions, coins.OrderLawful, coins.SetMinter),
    currency.OrderOverCurrency,
}
"""Their amounts are written with the coin or currency, so that it need not stand there once more."""


def test_every_reject_has_words_and_a_code_of_its_own() -> None:
    assert set(WORDS) == set(Reject) - {Reject.NONE}
    assert all(words and words[0].isupper() and words.endswith(".") for words in WORDS.values())
    said = [refused(reason) for reason in WORDS]
    assert [one.code for one in said] == [CODE_BASE - reason for reason in WORDS]
    assert all(one.message.startswith(reason.name) for reason, one in zip(WORDS, said, strict=True))


def test_what_comes_of_coins_is_never_called_a_mistake_of_ours() -> None:
    assert all(words != NOT_HERE for reason, words in WORDS.items() if reason >= Reject.NOT_FOUNDED)


def test_every_command_that_somebody_approves_has_a_sentence() -> None:
    assert set(SENTENCES) == set(get_args(PlainCommand)) - NOBODY_APPROVES


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.__name__)
def test_every_field_stands_in_the_sentence(kind: type) -> None:
    told = set(FIELD.findall(SENTENCES[kind]))
    if "*" in told:
        return
    assert told >= set(kind.__struct_fields__) - {"reference"} - (
        {"coin", "currency"} if kind in TOLD_WITH_THE_AMOUNT else set()
    )


def test_a_moment_is_told_to_the_nanosecond() -> None:
    assert moment(1_795_765_019_000_000_000) == "2026-11-27T07:36:59Z"
    assert moment(1) == "1970-01-01T00:00:00.000000001Z"
    assert moment(2**62 * 100) == f"{2**62 * 100} ns"


@pytest.mark.parametrize("seed", range(4))
def test_a_command_as_fields_is_the_same_command(seed: int) -> None:
    flow, opinions, kinds = CoinFlow(seed), Opinions({"model": Exchange()}), set()
    for frame in flow.frames(200):
        flow.learn(opinions.apply(frame))
        if frame.cold is None:
            continue
        command = plain(frame.cold)
        kinds.add(type(command))
        again = from_fields(json.loads(json.dumps(to_fields(command))))
        assert again == command and encode_cold(again) == encode_cold(command)
    assert len(kinds) > 20


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "Mnt"}, "kind must be one of"),
        ({"kind": 5}, "kind must be one of"),
        ({"origin": 7}, "Expected `str`, got `int`"),
        ({"extra": 1}, "has unknown extra"),
        ({"institutions": [{"name": "x"}]}, "FoundExchange.institutions[0] lacks duties, quorum, seats"),
        ({"institutions": {}}, "Expected `array`, got `object`"),
    ],
)
def test_what_is_no_command_is_said(change: dict, words: str) -> None:
    with pytest.raises(BadFields) as said:
        from_fields(to_fields(founding()) | change)
    assert words in str(said.value)


def test_a_number_too_large_or_a_float_is_no_command() -> None:
    fields = to_fields(coins.Burn(reference="r", coin=0, atoms=1))
    for atoms in (1.5, True, "1", None, [1]):
        with pytest.raises(BadFields):
            from_fields(fields | {"atoms": atoms})


def test_every_kind_has_a_name() -> None:
    assert set(BY_NAME.values()) == set(get_args(PlainCommand))
