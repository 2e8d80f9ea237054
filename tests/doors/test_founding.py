"""A real exchange, founded from the example of docs/: no sandbox, its own keys, its first coin, its first customer."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from venus.cli import coin_beginning, currency_bank, customers, founding
from venus.cli.coin_access import SeatPlace
from venus.engine.places import Places
from venus.records.institutions import Role
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.holder import Holder
from venus.sdk.keys import SeatKey, load_key, new_key, public_bytes, save_key
from venus.sdk.official import Official
from venus.sdk.operator import Operator
from venus.sdk.public import Public
from venus.sdk.roles import Custodian, Issuer
from venus.testing.running import RunningExchange

EXAMPLE = (Path(__file__).parents[2] / "docs" / "founding.example.toml").read_text()
NUMBERS = {
    "supervisor": 0,
    "operator": 1,
    "usd-issuer": 2,
    "usd-bank": 3,
    "usd-trust": 4,
    "agent": 5,
    "central-bank": 6,
    "first-bank": 7,
    "arbiter": 8,
}
ISSUE, RESERVE, BACKING, OFFLINE, TREASURY, RESERVES, ANN = range(5, 12)
CUSTODIANS = ("usd-bank", "usd-trust")
Capture = pytest.CaptureFixture[str]


def keyed(folder: Path) -> str:
    """The example with a key of our own on every seat; the private halves lie in `folder`."""

    def make(found: re.Match[str]) -> str:
        key = new_key()
        save_key(folder / f"{found[1]}-{found[2]}.pem", key)
        return f'"{public_bytes(key).hex()}"'

    return re.sub(r'"key of ([a-z-]+) (\d)"', make, EXAMPLE)


def answer(code: int, capsys: Capture) -> Any:
    said = capsys.readouterr()
    assert code == 0, said.err
    return json.loads(said.out)


def refusal(code: int, capsys: Capture) -> str:
    assert code == 1
    return capsys.readouterr().err.replace("\n", " ")


class Officials:
    """Everybody's keys, and what a quorum of some of them does."""

    def __init__(self, folder: Path, rest: str) -> None:
        self._folder = folder
        self._connection = Connection(rest)

    def __enter__(self) -> "Officials":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def seat(self, name: str, seat: int, kind: type[Any] = Official) -> Any:
        key = load_key(self._folder / f"{name}-{seat}.pem")
        return kind(self._connection, SeatKey(NUMBERS[name], seat, key))

    def done(self, proposal: int, *names: str) -> int:
        """Sign it on all seats of these institutions; the number that the command was given, 0 if it is none."""
        for name in names:
            for seat in range(len(Role)):
                signer = self.seat(name, seat)
                found = signer.proposal(proposal)
                if found.state == "OPEN":
                    found = signer.approve(found)
        assert found.state == "DONE", found
        return found.number or 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everybody's keys, and the file of an exchange with controls that all have signed."""
    folder = tmp_path_factory.mktemp("founding")
    (folder / "exchange.toml").write_text(keyed(folder))
    yield folder


def with_controls(place: Path, capsys: Capture) -> Path:
    file, signed = place / "exchange.toml", place / "signed.toml"
    text = file.read_text()
    for name in ("operator", "supervisor"):
        for seat in range(len(Role)):
            assert founding.sign(file, key=place / f"{name}-{seat}.pem", institution=name, seat=seat) == 0
            text += "\n" + capsys.readouterr().out
    signed.write_text(text)
    return signed


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "", "institutions[0] (supervisor).seats[0].key: non-hexadecimal"),
        ("tick = ", "tack = ", "Object contains unknown field `tack` - at `$.symbols[0]`"),
        ('role = "MAKER"', 'role = "BAKER"', "'BAKER' is none of MAKER, CHECKER"),
        (
            'role = "CHECKER"',
            'role = "MAKER"',
            "institutions[0] (supervisor): its seats that are valid now cannot meet",
        ),
        ("person = 2,", "person = 1,", "institutions[0] (supervisor): its seats that are valid now cannot meet"),
        ("person = 11,", "person = 2,", "institutions[1] (operator).seats[0].person: person 2 sits at institutions[0]"),
        ('duties = ["ISSUER"]', 'duties = ["SUPERVISOR"]', "institutions[2] (usd-issuer): the first institution is"),
        ('quote = "vUSD"', 'quote = "USD"', "symbols[0] (BTCUSD): 'USD' is none of the file's assets"),
        ('tick = "0.1"', 'tick = "0.00000001"', "symbols[0] (BTCVUSD): "),
        ('reserves = "rCNY"', 'reserves = "BTC"', "currencies[0]: its reserves are another asset, of the same scale"),
        ('operators = ["first-bank"]', 'operators = ["x"]', "currencies[0].operators: there is no institution 'x'"),
        ('lot = "0.00001"', 'lot = "0.00000001"', "symbols[0] (BTCVUSD): the exchange refuses this with LISTING_NOT_"),
        ("maker_ppm = 1000", "maker_ppm = 9000", "fee_tiers[0] (standard): the exchange refuses this with FEE_OUT_OF"),
        ("scale = 8", "scale = 19", "Expected `int` <= 18 - at `$.assets[0].scale`"),
        ("person = 11,", f"person = {10**30},", "institutions: a number is larger than a command can hold"),
        ("person = 11,", "person = 0,", "institutions: the exchange refuses this with INVALID_COMMAND"),
        ('accounts = ["house:fees"]', "accounts = []", "house.accounts: the first of them receives the fees"),
        (
            'institution = "operator"',
            'institution = "nobody"',
            "controls.institution: there is no institution 'nobody'",
        ),
        ("[controls]", "[controls", "Expected"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_made(
    old: str, new: str, words: str, place: Path, tmp_path: Path, capsys: Capture
) -> None:
    text = EXAMPLE if not old else (place / "exchange.toml").read_text().replace(old, new, 1)
    file = tmp_path / "exchange.toml"
    file.write_text(text)
    assert words in refusal(founding.make(tmp_path / "data", source=file), capsys)
    assert [left.name for left in tmp_path.iterdir()] == ["exchange.toml"]


def test_controls_are_not_adopted_without_everybodys_signature(place: Path, tmp_path: Path, capsys: Capture) -> None:
    assert "controls: the exchange refuses this with APPROVALS_MISSING" in refusal(
        founding.make(tmp_path / "data", source=place / "exchange.toml"), capsys
    )
    signed = with_controls(place, capsys).read_text()
    file = tmp_path / "exchange.toml"
    file.write_text(signed[: signed.rindex("[[controls.approvals]]")])
    assert "QUORUM_MISSING" in refusal(founding.check(file), capsys)
    file.write_text(signed.replace('origin = "venus.example"', 'origin = "another.example"'))
    assert "BAD_SIGNATURE" in refusal(founding.check(file), capsys)


@pytest.mark.heavy  # it starts an exchange twice
def test_an_exchange_is_founded_mints_its_first_coin_and_is_still_there_after_a_restart(
    place: Path, tmp_path: Path, capsys: Capture
) -> None:
    data = tmp_path / "data"
    told = answer(founding.make(data, source=with_controls(place, capsys)), capsys)
    assert told["institutions"] == NUMBERS and told["controls"] == "operator"
    assert told["accounts"] == {
        "house:fees": 0,
        "external:bank": 1,
        "issuer:vUSD": 2,
        "escrow:vUSD": 3,
        "treasury:vUSD": 4,
        "issuer:dCNY": ISSUE,
        "issuer:rCNY": RESERVE,
        "backing:dCNY": BACKING,
        "offline:dCNY": OFFLINE,
        "treasury:dCNY:7": TREASURY,
        "reserves:dCNY:7": RESERVES,
    }
    assert "is not empty" in refusal(founding.make(data, source=place / "signed.toml"), capsys)
    assert "does not run" in refusal(customers.open_account("ann", data=data), capsys)

    running = RunningExchange(data)
    with running, Officials(place, running.rest) as officials:
        assert httpx.get(f"{running.rest}/sandbox/accounts").status_code == 404
        assert not (data / "sandbox.json").exists()
        assert answer(customers.open_account("ann", data=data), capsys) == {"name": "ann", "account": ANN}
        assert "there is an account 'ann' already" in refusal(customers.open_account("ann", data=data), capsys)
        again = asyncio.run(customers._opened(Places(data), "customer:ann", 0))
        assert again == ANN, "who was interrupted before the registry finds the same account"
        missing = customers.key("ann", kind="ED25519", public_key=tmp_path / "none.pem", data=data)
        assert "none.pem" in refusal(missing, capsys)
        key = answer(customers.key("ann", data=data), capsys)
        _make_the_coin(place, running.rest, officials, capsys)
        receipts = []
        for reserve, custodian in enumerate(CUSTODIANS):
            bank = officials.seat(custodian, 0, Custodian)
            receipts.append(officials.done(bank.confirm("vUSD", reserve, ANN, "125", "wire 1").id, custodian))
        for receipt in receipts:
            mint = officials.seat("usd-issuer", 0, Issuer).mint("vUSD", receipt)
            assert mint.state == "OPEN"
            officials.done(mint.id, "usd-issuer")
        _found_the_currency(place, running.rest, officials, capsys, data)
    assert running.stop() == 0, running.log

    with running, Connection(running.rest) as connection:
        coin = Public(connection).coin("vUSD")
        assert (coin["supply"], coin["backing"]) == ("250.000000", "250.000000")
        holder = Holder(connection, ApiKey(key["apiKey"], key["secret"]))
        assert holder.account()["account"] == ANN
        market = httpx.get(f"{running.rest}/api/v3/exchangeInfo").json()["symbols"]
        assert [symbol["symbol"] for symbol in market] == ["BTCVUSD"]
        assert answer(customers.revoke(key["apiKey"], data=data), capsys) == {"revoked": key["apiKey"]}
        [facts] = [one for one in answer(customers.list_accounts(data=data), capsys) if one["name"] == "ann"]
        assert [one["live"] for one in facts["keys"]] == [False]


def _make_the_coin(place: Path, rest: str, officials: Officials, capsys: Capture) -> None:
    """Registered, with a calendar, a pack of no concentration limit, a reserve that is attested, and a minter."""

    def seat(name: str) -> SeatPlace:
        return SeatPlace(rest=rest, key=place / f"{name}-0.pem", institution=NUMBERS[name], seat=0)

    registered = coin_beginning.register(
        1,
        "USD",
        issuer="usd-issuer",
        agent="agent",
        issue_account=2,
        escrow_account=3,
        treasury_account=4,
        place=seat("usd-issuer"),
    )
    officials.done(answer(registered, capsys)["proposal"], "usd-issuer", "supervisor")
    days = coin_beginning.calendar("dollar", **_next_year(), place=seat("supervisor"))
    calendar = officials.done(answer(days, capsys)["proposal"], "supervisor")
    packed = coin_beginning.pack("vUSD", "mas", calendar, place=seat("usd-issuer"))
    officials.done(answer(packed, capsys)["proposal"], "usd-issuer", "supervisor")
    issuer = officials.seat("usd-issuer", 0, Issuer)
    officials.done(issuer.set_minter("vUSD", "usd-issuer", "1000", "1000").id, "usd-issuer", "supervisor")
    for number, custodian in enumerate(CUSTODIANS):
        opened = issuer.open_reserve("vUSD", custodian, "account 1")
        assert officials.done(opened.id, "usd-issuer", custodian) == number
        officials.done(officials.seat(custodian, 0, Custodian).attest("vUSD", number, "0").id, custodian)


def _found_the_currency(place: Path, rest: str, officials: Officials, capsys: Capture, data: Path) -> None:
    """Registered, its operator admitted and given its first key, with which it opens a wallet."""
    bank = SeatPlace(rest=rest, key=place / "central-bank-0.pem", institution=NUMBERS["central-bank"], seat=0)
    dcny, rcny = 2, 3
    registered = currency_bank.register(
        *(dcny, rcny, "CNY"),
        issue_account=ISSUE,
        reserve_account=RESERVE,
        backing_account=BACKING,
        offline_account=OFFLINE,
        place=bank,
    )
    officials.done(answer(registered, capsys)["proposal"], "central-bank")
    assert "has no operator 'first-bank'" in refusal(customers.operator_key("dCNY", "first-bank", data=data), capsys)
    admitted = currency_bank.admit(
        *("dCNY", "first-bank", "1000"), treasury_account=TREASURY, reserve_account=RESERVES, place=bank
    )
    officials.done(answer(admitted, capsys)["proposal"], "central-bank")
    regime = currency_bank.regime("dCNY", "cny", datetime(2026, 1, 1, tzinfo=UTC), place=bank)
    officials.done(answer(regime, capsys)["proposal"], "central-bank")
    key = answer(customers.operator_key("dCNY", "first-bank", data=data), capsys)
    with Connection(rest) as connection:
        operator = Operator(connection, ApiKey(key["apiKey"], key["secret"]))
        assert operator.standing()["treasuryAccount"] == TREASURY
        wallet = operator.open(3, "+8613800000001")["wallet"]
        assert operator.wallet(wallet)["operator"] == "first-bank"


def _next_year() -> dict[str, Any]:
    today = datetime.now(UTC).date()
    return {"first": today, "last": today + timedelta(days=200)}
