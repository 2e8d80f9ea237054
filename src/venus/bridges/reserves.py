"""That keys of chain addresses are held now: dated challenges, signed with them. Source: docs/rules/reserves.md."""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from venus.bridges.addresses import canonical, is_address
from venus.bridges.signed_messages import NotSigned, address_of, check_signed, private_key, sign
from venus.registry.networks import NETWORKS

ORIGIN = "venus/reserves"
AGE_DAYS_MAX = 31
_DATE = "%Y-%m-%dT%H:%MZ"
_AHEAD = timedelta(minutes=5)  # of a clock that is not quite right
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,30})(\.[0-9]{1,18})?")
_CODE = re.compile(r"[A-Za-z0-9]{1,16}")


class ReservesRefused(Exception):
    """What was claimed or signed is not what may be shown; says why."""


class Claim(NamedTuple):
    """What is said to be at one address. `amount` is decimal text, in units of the asset."""

    network: str
    address: str
    asset: str
    amount: str


class Anchor(NamedTuple):
    """The newest checkpoint when a challenge was made: it could not be signed before that was known.

    key    the journal's public key, on one line
    """

    key: str
    frames: int
    root: bytes


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A challenge, and the signature of its address's key over `text`; empty until it is made."""

    text: str
    signature: str = ""


class Reserves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of challenges, made at one time."""

    challenges: tuple[Signed, ...]


class Read(NamedTuple):
    """What a challenge's text says."""

    anchor: Anchor
    date: datetime
    claim: Claim


def challenge(anchor: Anchor, date: datetime, claims: Sequence[Claim]) -> Reserves:
    """Raises ReservesRefused for a claim that cannot be one."""
    for claim in claims:
        _check_claim(claim)
    places = [(claim.network, claim.address, claim.asset) for claim in claims]
    if not claims or len(set(places)) != len(places):
        raise ReservesRefused("an address is named twice for one asset, or none is named")
    return Reserves(tuple(Signed(text_of(Read(anchor, date, claim))) for claim in claims))


def text_of(read: Read) -> str:
    """What is signed, letter by letter."""
    anchor, date, claim = read
    return "\n".join(
        [
            ORIGIN,
            f"exchange {anchor.key}",
            f"date {date.strftime(_DATE)}",
            f"checkpoint {anchor.frames} {b64encode(anchor.root).decode()}",
            f"address {claim.network} {claim.address}",
            f"holds {claim.amount} {claim.asset}",
        ]
    )


def read_text(text: str) -> Read:
    """Raises ReservesRefused for a text that is not a challenge, or that no challenge would be written as."""
    try:
        origin, exchange, date_line, checkpoint, address_line, holds = text.split("\n")
        frames, root = checkpoint.removeprefix("checkpoint ").split(" ")
        network, address = address_line.removeprefix("address ").split(" ")
        amount, asset = holds.removeprefix("holds ").split(" ")
        date = datetime.strptime(date_line.removeprefix("date "), _DATE).replace(tzinfo=UTC)
        anchor = Anchor(exchange.removeprefix("exchange "), int(frames), b64decode(root, validate=True))
    except ValueError as error:
        raise ReservesRefused(f"this is no dated challenge: {error}") from error
    read = Read(anchor, date, Claim(network, address, asset, amount))
    _check_claim(read.claim)
    if origin != ORIGIN or text_of(read) != text:
        raise ReservesRefused("this is no dated challenge, or not as one is written")
    return read


def signed_with(reserves: Reserves, key_number: int) -> tuple[Reserves, int]:
    """The same with signatures of all challenges whose address is this key's, and how many they are."""
    key, count, challenges = private_key(key_number), 0, []
    for one in reserves.challenges:
        claim = read_text(one.text).claim
        form = NETWORKS[claim.network].form
        if canonical(form, claim.address) == address_of(form, key):
            one = Signed(one.text, sign(form, one.text, key))
            count += 1
        challenges.append(one)
    return Reserves(tuple(challenges)), count


def check_reserves(reserves: Reserves, now: datetime, key: str) -> list[Read]:
    """What is shown to be held; raises ReservesRefused for the first challenge that shows nothing.

    key: the public key of the exchange's journal. That the checkpoint is of its journal is for who has that to compare.
    """
    found = [_check_one(one, now, key) for one in reserves.challenges]
    places = [(one.claim.network, one.claim.address, one.claim.asset) for one in found]
    if not found or len(set(places)) != len(places):
        raise ReservesRefused("an address is counted twice for one asset, or there is none")
    if len({(one.anchor, one.date) for one in found}) != 1:
        raise ReservesRefused("challenges of different times: what lay at one address then may lie at another now")
    return found


def file_of(folder: Path, found: Sequence[Read]) -> Path:
    """Under which name checked challenges are published: the door shows the newest."""
    return folder / f"{found[0].date:%Y-%m-%dT%H%MZ}.json"


def write(file: Path, reserves: Reserves) -> None:
    """Whole or not at all: the door may be reading. Raises OSError."""
    draft = file.with_name(file.name + ".part")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(reserves), indent=1) + b"\n")
    draft.replace(file)


def _check_one(one: Signed, now: datetime, key: str) -> Read:
    read = read_text(one.text)
    if read.anchor.key != key:
        raise ReservesRefused(f"{read.claim.address}: signed for another exchange")
    if not now - timedelta(days=AGE_DAYS_MAX) <= read.date <= now + _AHEAD:
        raise ReservesRefused(
            f"{read.claim.address}: of {read.date:{_DATE}}, which is not in the last {AGE_DAYS_MAX} days"
        )
    if not one.signature:
        raise ReservesRefused(f"{read.claim.address}: not signed")
    try:
        check_signed(NETWORKS[read.claim.network].form, one.text, read.claim.address, one.signature)
    except NotSigned as error:
        raise ReservesRefused(str(error)) from error
    return read


def _check_claim(claim: Claim) -> None:
    network = NETWORKS.get(claim.network)
    if network is None:
        raise ReservesRefused(f"{claim.network} is no network here; there are: {', '.join(NETWORKS)}")
    if not is_address(network.form, claim.address) or canonical(network.form, claim.address) != claim.address:
        raise ReservesRefused(f"{claim.address} is no address of {claim.network}, or not written as one is")
    if not _AMOUNT.fullmatch(claim.amount) or not _CODE.fullmatch(claim.asset):
        raise ReservesRefused(f"{claim.amount} {claim.asset} is no amount of an asset")
