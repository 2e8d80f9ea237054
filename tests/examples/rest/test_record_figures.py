"""What customers are owed, from the door: to everybody in sum, to each his own proof, checked by the script alone."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import monotonic, sleep

import numpy as np
import pytest

from tests.examples.rest.house import Answer, House, Trader
from venus.bridges.posting import labelled_account, post
from venus.bridges.reserves import read_text
from venus.bridges.sandbox_reserves import ReservesPlaces, show
from venus.cli.reserves import check as check_reserves_command
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.journal.notes import open_note, parse_checkpoint
from venus.records.commands import AccountKind
from venus.records.rejects import Reject
from venus.supervisor.verify_balance import check
from venus.units import decimal
from venus.views.balance_questions import BALANCE_ROW, BalancesQuestion

PATIENCE_S = 60


def record(house: House, what: str, who: Trader | None = None) -> Answer:
    return house.send(who, "GET", f"/record/v1/{what}")


def checkpointed(house: House) -> int:
    """Have a checkpoint made of now; the number of frames behind which it stands."""

    checkpoints = house.hosted.writer._checkpoints

    async def rests() -> bool:
        """Whether no other is being made, which would be newer than this one in a moment."""
        return not checkpoints.waits_for_rest and not checkpoints._reckoning.is_busy

    async def begin() -> None:
        if await rests():
            checkpoints._on_due()

    behind = house.hosted.writer._next_number
    end_s = monotonic() + PATIENCE_S
    while monotonic() < end_s:
        answer = record(house, "liabilities")
        if answer.status == 200 and answer.json["frames"] > behind:
            if not house.run(rests()) or record(house, "liabilities").json != answer.json:
                continue
            return int(answer.json["frames"])
        house.run(begin())  # once more, if another was being made
        sleep(0.2)
    raise AssertionError("no checkpoint came")


def test_a_customer_is_given_the_proof_of_his_balance(house: House, alice: Trader, bob: Trader, market: str) -> None:
    key = journal_verifier(Places(house.directory))
    first = checkpointed(house)
    told = record(house, "liabilities").json
    checkpoint = parse_checkpoint(open_note(told["checkpoint"].encode(), [key]).text)
    assert checkpoint.liabilities == (first, bytes.fromhex(told["root"]))
    statement = record(house, "supply").json
    assert checkpoint.supply == (first, sha256(statement["text"].encode()).digest())

    for who in (alice, bob):
        answer = record(house, "proof", who).json
        held = check(answer["proof"], answer["checkpoint"], key.text())
        assert answer["proof"]["account"] == who.account and answer["checkpoint"] == told["checkpoint"]
        wallet = {one["asset"]: one for one in house.send(who, "GET", "account").json["balances"]}
        assert held["BTC"] == atoms(wallet["BTC"], 8) and held["USDT"] == atoms(wallet["USDT"], 6)
    owed = {one["code"]: int(one["atoms"]) for one in told["assets"]}
    assert owed["BTC"] >= held["BTC"] > 0 and told["leaves"] >= 2

    # What is held for an order is owed too, and a later proof has another place, another nonce, another neighbour.
    assert house.buy(alice, market, "0.5", "100").status == 200
    before = record(house, "proof", alice).json["proof"]
    second = checkpointed(house)
    after = record(house, "proof", alice).json["proof"]
    assert second > first and after["atoms"] == before["atoms"] and after["nonce"] != before["nonce"]


def atoms(balance: dict[str, str], scale: int) -> int:
    return sum(
        int(balance[part].replace(".", "")) * 10 ** (scale - len(balance[part].partition(".")[2]))
        for part in ("free", "locked")
    )


def test_who_has_nothing_and_who_does_not_sign_is_told_so(house: House, alice: Trader) -> None:
    checkpointed(house)
    poor = house.new_trader(btc=0, usdt=0)
    assert record(house, "proof", poor).refusal[:2] == (404, -33_011)
    assert record(house, "proof").status == 401
    spoiled = alice._replace(secret="another")
    assert record(house, "proof", spoiled).refusal[1] == -1022


def test_reserves_are_shown_as_they_were_signed(house: House) -> None:
    """Whoever reads them checks them; the door adds and leaves out nothing."""
    folder = Places(house.directory).reserves
    assert record(house, "reserves").json == {"published": [], "challenges": []}
    folder.mkdir()
    older, newer = [{"text": "venus/reserves\nolder", "signature": "1"}], [{"text": "newer", "signature": "2"}]
    (folder / "2026-10-27T1500Z.json").write_text(json.dumps({"challenges": older}))
    (folder / "2026-11-27T1500Z.json").write_text(json.dumps({"challenges": newer}))
    told = record(house, "reserves").json
    assert told == {"published": ["2026-10-27T1500Z", "2026-11-27T1500Z"], "challenges": newer}
    (folder / "2026-11-28T1500Z.json").write_text("{")
    assert record(house, "reserves").status == 500
    for path in folder.iterdir():
        path.unlink()


def test_a_sandbox_shows_what_the_outside_has_given_with_a_key_that_it_holds(
    house: House, alice: Trader, capfd: pytest.CaptureFixture[str]
) -> None:
    places = Places(house.directory)
    where = ReservesPlaces(
        places.journal, places.liabilities, places.journal_verifier, places.treasury_key, places.reserves
    )
    now = datetime.now(UTC)

    async def given(label: str) -> int:
        """Atoms of the asset that other tests had from there before."""
        outside = await labelled_account(house.client, AccountKind.EXTERNAL, label)
        rows = np.frombuffer((await house.client.ask(BalancesQuestion(outside))).rows, BALANCE_ROW)
        return -int(rows["free_atoms"][rows["asset"] == 0].sum())

    async def give(label: str, atoms: int) -> None:
        outside = await labelled_account(house.client, AccountKind.EXTERNAL, label)
        reason = await post(house.client, f"{label} {atoms}", debit=outside, credit=alice.account, asset=0, atoms=atoms)
        assert reason is Reject.NONE

    by_chain = {network: house.run(given(f"external:chain:{network}")) for network in ("BSC", "BTC")}
    checkpointed(house)
    assert house.run(show(house.client, where, now)) is False, "no sandbox, which has a faucet, and no money of one"
    house.run(give("external:faucet", 5 * 10**8))
    house.run(give("external:chain:BTC", 25 * 10**7))
    house.run(give("external:chain:BSC", 10**8))
    checkpointed(house)
    assert house.run(show(house.client, where, now)) is True
    told = record(house, "reserves").json
    claims = [read_text(one["text"]).claim for one in told["challenges"]]
    assert [(one.network, one.amount) for one in claims if one.asset == "BTC"] == [
        ("BSC", decimal(by_chain["BSC"] + 10**8, 8)),
        ("BTC", decimal(by_chain["BTC"] + 75 * 10**7, 8)),
    ]
    [file] = places.reserves.iterdir()
    assert check_reserves_command(file, verifier=places.journal_verifier, data=house.directory) == 0
    assert claims[0].address in capfd.readouterr().out
    assert places.treasury_key.stat().st_mode & 0o077 == 0
    later = now + timedelta(minutes=1)
    assert house.run(show(house.client, where, later)) is True
    assert [read_text(one["text"]).claim for one in record(house, "reserves").json["challenges"]] == claims
