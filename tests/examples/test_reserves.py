"""Keys of chain addresses, shown to be held now. Source: docs/rules/reserves.md."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest

from venus.bridges.reserves import (
    Anchor,
    Claim,
    Read,
    Reserves,
    ReservesRefused,
    Signed,
    challenge,
    check_reserves,
    read_text,
    signed_with,
    text_of,
)
from venus.bridges.secp256k1 import N
from venus.bridges.signed_messages import NotSigned, address_of, check_signed, private_key, sign
from venus.cli import reserves as shell
from venus.registry.networks import NETWORKS, AddressForm
from venus.testing.coin_journal import CoinJournal

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
ANCHOR = Anchor("venus/journal+00000000+AQ==", 4_000, bytes(range(32)))
COLD, HOT = 0xC01D << 200, 0x5A7
AMOUNTS = {"BTC": "812.5", "ETH": "12000", "TRX": "1000000.000001"}


def address(network: str, key: int) -> str:
    return address_of(NETWORKS[network].form, private_key(key))


@cache  # a signature takes its time
def published(anchor: Anchor = ANCHOR, date: datetime = NOW) -> Reserves:
    """Of two keys, on three chains."""
    claims = [Claim(network, address(network, COLD), network, amount) for network, amount in AMOUNTS.items()]
    claims.append(Claim("ETH", address("ETH", HOT), "ETH", "3"))
    reserves, count = signed_with(challenge(anchor, date, claims), COLD)
    assert count == 3
    reserves, count = signed_with(reserves, HOT)
    assert count == 1
    return reserves


def changed(place: int, text: str | None = None, signature: str | None = None) -> Reserves:
    """What was published, one challenge of it changed."""
    challenges = list(published().challenges)
    old = challenges[place]
    challenges[place] = Signed(old.text if text is None else text, old.signature if signature is None else signature)
    return Reserves(tuple(challenges))


def resigned(read: Read, key: int = COLD) -> Signed:
    text = text_of(read)
    return Signed(text, sign(NETWORKS[read.claim.network].form, text, private_key(key)))


def test_keys_that_sign_todays_challenge_are_held() -> None:
    found = check_reserves(published(), NOW + timedelta(days=30), ANCHOR.key)
    assert {one.claim.asset: one.claim.amount for one in found[:3]} == AMOUNTS
    assert all((one.anchor, one.date) == (ANCHOR, NOW) for one in found)


def test_a_wallets_own_signatures_are_understood() -> None:
    """The example of personal_sign in web3.js's documentation; addresses of key 1 as everybody knows them."""
    check_signed(
        AddressForm.EIP55,
        "Some data",
        "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
        "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c",
    )
    one = private_key(1)
    assert address_of(AddressForm.EIP55, one) == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
    assert address_of(AddressForm.BECH32, one) == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert address_of(AddressForm.BASE58CHECK_TRON, one) == "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC"


@pytest.mark.parametrize("days", [-1, 31.1, 400])
def test_an_old_date_or_one_to_come_shows_nothing(days: float) -> None:
    with pytest.raises(ReservesRefused, match="which is not in the last 31 days"):
        check_reserves(published(), NOW + timedelta(days=days), ANCHOR.key)


def test_a_signature_without_a_date_shows_nothing() -> None:
    """'I am this address', as often as it is shown."""
    for text in ("I am this address", published().challenges[0].text.replace("date 2026-11-27T15:00Z\n", "")):
        forever = sign(NETWORKS["BTC"].form, text, private_key(COLD))
        with pytest.raises(ReservesRefused, match="no dated challenge"):
            check_reserves(changed(0, text, forever), NOW, ANCHOR.key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("812.5 BTC", "81200.5 BTC"),
        ("2026-11-27", "2026-11-26"),
        ("checkpoint 4000", "checkpoint 4001"),
        (address("BTC", COLD), address("BTC", HOT)),
    ],
)
def test_what_was_not_signed_is_not_shown(old: str, new: str) -> None:
    text = published().challenges[0].text
    assert old in text
    with pytest.raises(ReservesRefused, match=r"another key signed this|no point|no key"):
        check_reserves(changed(0, text.replace(old, new)), NOW, ANCHOR.key)


def test_other_ways_to_borrow_a_signature() -> None:
    good = published()
    first = read_text(good.challenges[0].text)
    with pytest.raises(ReservesRefused, match="another exchange"):
        check_reserves(good, NOW, "venus/journal+11111111+AQ==")
    with pytest.raises(ReservesRefused, match="counted twice"):
        check_reserves(Reserves((*good.challenges, good.challenges[0])), NOW, ANCHOR.key)
    with pytest.raises(ReservesRefused, match="or there is none"):
        check_reserves(Reserves(()), NOW, ANCHOR.key)
    moved = resigned(first._replace(date=NOW - timedelta(days=1)))
    with pytest.raises(ReservesRefused, match="different times"):
        check_reserves(Reserves((moved, *good.challenges[1:])), NOW, ANCHOR.key)
    with pytest.raises(ReservesRefused, match="not signed"):
        check_reserves(changed(1, signature=""), NOW, ANCHOR.key)
    with pytest.raises(ReservesRefused, match="another key"):
        check_reserves(Reserves((resigned(first, HOT), *good.challenges[1:])), NOW, ANCHOR.key)
    for claim in (
        Claim("BTC", "bc1qw508d6", "BTC", "1"),
        first.claim._replace(amount="-1"),
        first.claim._replace(asset=""),
    ):
        with pytest.raises(ReservesRefused):
            challenge(ANCHOR, NOW, [claim])


def test_a_signature_has_one_form() -> None:
    """Mirrored, it would be another text for the same; cut short or with rubbish, none."""
    text = published().challenges[1].text
    place = address("ETH", COLD)
    data = bytes.fromhex(sign(AddressForm.EIP55, text, private_key(COLD))[2:])
    mirrored = data[:32] + (N - int.from_bytes(data[32:64])).to_bytes(32) + bytes([55 - data[64]])
    bitcoin = b64decode(published().challenges[0].signature)
    for bad in (mirrored, data[:-1], data[:-1] + b"\x1d", bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1b"):
        with pytest.raises(NotSigned):
            check_signed(AddressForm.EIP55, text, place, "0x" + bad.hex())
    for bad_text in ("", "!", "00zz", b64encode(bitcoin).decode()):
        with pytest.raises(NotSigned):
            check_signed(AddressForm.EIP55, text, place, bad_text)


def test_from_challenge_to_check_as_its_people_do_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data, file, key = tmp_path / "data", tmp_path / "challenges.json", tmp_path / "cold.key"
    with CoinJournal(data) as stage:
        stage.attest(0)
    key.write_text(f"{COLD:064x}\n")
    place, verifier = address("ETH", COLD), data / "keys" / "journal.verifier"
    assert shell.make(data, f"ETH:{place}:USDT=1200.5", f"BTC:{address('BTC', HOT)}:BTC=1", out=file) == 0
    assert shell.sign(file, key=key) == 0 and "1 signed, 1 not yet" in capfd.readouterr().out
    assert shell.publish(data, file) == 1 and "not signed" in capfd.readouterr().err
    key.write_text(f"{HOT:064x}")
    assert shell.sign(file, key=key) == 0
    assert shell.publish(data, file) == 0
    [shown] = (data / "reserves").glob("*Z.json")
    assert shell.check(shown, verifier=verifier, data=data) == 0
    assert f"1200.5 USDT at ETH {place}" in capfd.readouterr().out
    assert shell.check(shown, verifier=verifier) == 1 and "signed in advance" in capfd.readouterr().err

    # A date of today on a checkpoint that this journal never had: signed in advance, or for another journal.
    reads = [read_text(one.text) for one in msgspec.json.decode(shown.read_bytes(), type=Reserves).challenges]
    invented = [
        resigned(one._replace(anchor=one.anchor._replace(root=bytes(32))), key)
        for one, key in zip(reads, (COLD, HOT), strict=True)
    ]
    file.write_bytes(msgspec.json.encode(Reserves(tuple(invented))))
    assert shell.publish(data, file) == 1 and "has no checkpoint of" in capfd.readouterr().err
    assert shell.make(data, "ETH:nowhere", out=file) == 1
    assert shell.sign(file, key=verifier) == 1
