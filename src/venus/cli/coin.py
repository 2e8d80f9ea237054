"""venus coin: what anybody may read of coins, and proposals; the roles' own commands are in modules beside this."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from venus.cli import coin_beginning, coin_holders, coin_roles
from venus.cli.coin_access import Place, SeatPlace, read, sign, told
from venus.cli.coin_roles import proposal_facts
from venus.cli.words import console
from venus.records.fields import from_fields
from venus.sdk.keys import new_key, public_bytes, save_key
from venus.sdk.official import Official

app = App(
    name="coin", help="Ask for coins: supply and reserves, mint and redemption, lawful orders, what holders bind."
)
for module in (coin_roles, coin_beginning, coin_holders):
    for command in module.COMMANDS:
        app.command(command)
_NOWHERE, _NOBODY = Place(), SeatPlace()


@app.command
def show(coin: str | None = None, /, *, place: Place = _NOWHERE) -> int:
    """Coins: supply, what backs it, whether they may be minted."""
    return read(place, lambda public: public.coins() if coin is None else public.coin(coin))


@app.command
def reserves(coin: str, /, *, place: Place = _NOWHERE) -> int:
    """Reserves of a coin and what was last attested of each."""
    return read(place, lambda public: public.reserves(coin))


@app.command
def queue(coin: str, /, *, place: Place = _NOWHERE) -> int:
    """Redemptions that wait, who waits longest first."""
    return read(place, lambda public: public.queue(coin))


@app.command
def orders(coin: str | None = None, /, *, place: Place = _NOWHERE) -> int:
    """Lawful orders and their counts."""
    return read(place, lambda public: public.lawful_orders(coin))


@app.command
def institutions(*, place: Place = _NOWHERE) -> int:
    """Institutions, their duties and seats."""
    return read(place, lambda public: public.institutions())


@app.command
def key(file: Path, /) -> int:
    """Make a new Ed25519 key for a seat or a holder, in a file of its own; print its public half."""

    def make() -> Any:
        made = new_key()
        save_key(file, made)
        return {"file": str(file), "publicKey": public_bytes(made).hex()}

    return told(make)


@app.command
def proposals(*, state: str | None = "OPEN", place: SeatPlace = _NOBODY) -> int:
    """Proposals, the newest first: OPEN, SUBMITTED, DONE, REFUSED, WITHDRAWN or EXPIRED ones."""
    return sign(place, Official, lambda official: [proposal_facts(one) for one in official.proposals(state)])


@app.command
def propose(file: Path, /, *, place: SeatPlace = _NOBODY) -> int:
    """Propose any command, written as JSON with its kind and all its fields."""
    return sign(
        place, Official, lambda official: proposal_facts(official.propose(from_fields(json.loads(file.read_text()))))
    )


@app.command
def approve(
    proposal: int,
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", help="Sign without being asked.")] = False,
    place: SeatPlace = _NOBODY,
) -> int:
    """Sign a proposal, having been shown what is signed; it is done when all who must have signed."""

    def ask(official: Official) -> Any:
        found = official.proposal(proposal)
        console.print(f"signing: {found.words}", highlight=False, soft_wrap=True)
        console.print(f"which is {json.dumps(found.fields())}", highlight=False, soft_wrap=True)
        if not yes and sys.stdin.isatty() and console.input("sign it? [y/N] ").strip().lower() != "y":
            raise LookupError("not signed")
        return proposal_facts(official.approve(found))

    return sign(place, Official, ask)


@app.command
def withdraw(proposal: int, /, *, place: SeatPlace = _NOBODY) -> int:
    """Take a proposal of one's institution back."""
    return sign(place, Official, lambda official: proposal_facts(official.withdraw(official.proposal(proposal))))
