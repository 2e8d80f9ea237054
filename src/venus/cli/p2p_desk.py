"""venus p2p desk: the arbiter's desk from a shell, one seat at a time."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from venus.cli.coin_access import SeatPlace, sign
from venus.cli.coin_roles import proposal_facts
from venus.records.p2p_states import Party
from venus.sdk.p2p_arbiter import BASE, Arbiter
from venus.units import steps

app = App(name="desk", help="The arbiter's desk: what waits, all of a dispute, verdicts.")
_NOBODY = SeatPlace()
Grounds = Annotated[str, Parameter(help="Why; both sides read it.")]


@app.command
def waiting(what: Literal["disputes", "escalated", "claims"] = "disputes", /, *, place: SeatPlace = _NOBODY) -> int:
    """Disputes that are open, those of them that wait for a person, or claims; the oldest first."""
    return sign(place, Arbiter, lambda one: one.waiting(what))


@app.command
def show(order: int, /, *, place: SeatPlace = _NOBODY) -> int:
    """All of one dispute. That you looked stands in the public record."""
    return sign(place, Arbiter, lambda one: one.dispute(order))


@app.command
def chat(order: int, /, *, place: SeatPlace = _NOBODY) -> int:
    """What both sides, the exchange and arbiters said."""
    return sign(place, Arbiter, lambda one: one.chat(order))


@app.command
def say(order: int, text: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Say something to both sides."""
    return sign(place, Arbiter, lambda one: one.say(order, text))


@app.command
def decide(
    order: int,
    buyer_amount: str,
    /,
    *,
    grounds: Grounds,
    at_fault: Literal["nobody", "buyer", "seller"] = "nobody",
    place: SeatPlace = _NOBODY,
) -> int:
    """Propose a verdict: how much of the asset the buyer shall have, 0 for none. A small one is done at once.

    A large one waits for a second person: venus coin approve, with its number.
    """

    def ask(one: Arbiter) -> dict[str, object]:
        code, market = one.dispute(order)["asset"], one.connection.ask("GET", f"{BASE}/market")
        decimals = next(int(asset["decimals"]) for asset in market["assets"] if asset["asset"] == code)
        return proposal_facts(one.decide(order, steps(buyer_amount, decimals), Party[at_fault.upper()], grounds))

    return sign(place, Arbiter, ask)


@app.command
def relock(order: int, /, *, place: SeatPlace = _NOBODY) -> int:
    """Let a claim: what there is of it is in escrow again, as an order in dispute."""
    return sign(place, Arbiter, lambda one: proposal_facts(one.relock(order)))


@app.command
def refuse(order: int, /, *, grounds: Grounds, place: SeatPlace = _NOBODY) -> int:
    """Do not let a claim."""
    return sign(place, Arbiter, lambda one: proposal_facts(one.refuse_claim(order, grounds)))


@app.command
def conflict(order: int, why: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Say that you cannot judge an order; it is for good."""

    def ask(one: Arbiter) -> dict[str, object]:
        one.declare_conflict(order, why)
        return {"order": order, "declared": True}

    return sign(place, Arbiter, ask)
