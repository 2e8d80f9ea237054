"""How `venus coin` reaches an exchange and signs: as a sandbox's test people, or with keys in files of one's own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import httpx
from cyclopts import Parameter

from venus.cli.asking import KEY_FILE, Unreachable, keys_of
from venus.cli.words import DATA, fail
from venus.sdk.connection import ApiKey, Connection, Refused
from venus.sdk.holder import Holder
from venus.sdk.keys import BadKeyFile, SeatKey, load_key
from venus.sdk.official import Official
from venus.sdk.public import Public

AnyOfficial = TypeVar("AnyOfficial", bound=Official)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the exchange is."""

    data: Annotated[Path, Parameter(help="The directory of a running sandbox.")] = DATA
    rest: Annotated[str, Parameter(help="Where an exchange serves, instead of a sandbox's directory.")] = ""

    def connect(self) -> Connection:
        return Connection(self.rest or str(self.sandbox()["rest"]))

    def sandbox(self) -> dict[str, Any]:
        """Its file. Raises Unreachable."""
        try:
            known: dict[str, Any] = json.loads((self.data / "sandbox.json").read_text())
        except FileNotFoundError:
            known = {}
        if "rest" not in known:
            raise Unreachable(f"{self.data} is no sandbox that was ever started; name its directory with --data")
        return known


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class SeatPlace(Place):
    """Where the exchange is, and who signs."""

    who: Annotated[str, Parameter(name="--as", help="NAME:ROLE in a sandbox, such as usd-issuer:maker.")] = ""
    key: Annotated[Path | None, Parameter(help="A seat's Ed25519 key in PEM, with --institution and --seat.")] = None
    institution: Annotated[int, Parameter(help="Its number.")] = -1
    seat: Annotated[int, Parameter(help="The seat's number there.")] = -1

    def official(self, kind: type[AnyOfficial], connection: Connection) -> AnyOfficial:
        return kind(connection, self._seat_key())

    def _seat_key(self) -> SeatKey:
        if self.key is not None:
            if self.institution < 0 or self.seat < 0:
                raise Unreachable("a key needs --institution and --seat, whose it is")
            return SeatKey(self.institution, self.seat, load_key(self.key))
        name, _, role = self.who.partition(":")
        institutions = self.sandbox().get("institutions", {})
        if name not in institutions or role not in institutions[name]["seats"]:
            known = ", ".join(institutions) or "none"
            raise Unreachable(f"say who signs with --as NAME:maker or NAME:checker; there are {known}")
        return SeatKey.of(institutions[name]["seats"][role])


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class AccountPlace(Place):
    """Where the exchange is, and whose account asks."""

    account: Annotated[str, Parameter(help="A sandbox's account, such as alice.")] = ""
    api_key: Annotated[Path | None, Parameter(help=KEY_FILE)] = None

    def holder(self, connection: Connection) -> Holder:
        return Holder(connection, self.keys())

    def keys(self) -> ApiKey:
        known = {} if self.api_key is not None else self.sandbox()["accounts"]
        return keys_of(known, self.account, "--account", self.api_key)


def number_of(place: Place, connection: Connection, account: str) -> int:
    """An account by its number, or by its name in a sandbox."""
    if account.isascii() and account.isdigit():
        return int(account)
    keys = place.sandbox()["accounts"].get(account)
    if keys is None:
        raise Unreachable(f"there is no account {account!r}; give its number")
    return int(Holder(connection, ApiKey(keys["apiKey"], keys["secret"])).account()["account"])


def read(place: Place, ask: Callable[[Public], Any]) -> int:
    """Print what anybody may read."""
    return told(lambda: _with(place, lambda connection: ask(Public(connection))))


def sign(place: SeatPlace, kind: type[AnyOfficial], ask: Callable[[AnyOfficial], Any]) -> int:
    """Print what a seat was answered."""
    return told(lambda: _with(place, lambda connection: ask(place.official(kind, connection))))


def hold(place: AccountPlace, ask: Callable[[Holder], Any]) -> int:
    """Print what a holder was answered."""
    return told(lambda: _with(place, lambda connection: ask(place.holder(connection))))


def _with(place: Place, ask: Callable[[Connection], Any]) -> Any:
    with place.connect() as connection:
        return ask(connection)


def told(ask: Callable[[], Any]) -> int:
    """Print an answer as JSON, or say why there is none; the exit code."""
    try:
        answer = ask()
    except Refused as refused:
        return fail(refused.message)
    except (Unreachable, BadKeyFile, LookupError, ValueError) as error:
        return fail(str(error))
    except httpx.HTTPError as error:
        return fail(f"the exchange is not reached: {error}")
    except OSError as error:
        return fail(str(error))
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0
