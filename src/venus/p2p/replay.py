"""One order between people replayed from its own few commands, by the table of states alone.

No balance, no other order and no text is needed for it, so whoever was given a dispute's bundle decides it again by
himself. Source: docs/rules/p2p_bundle.md, "Replay"; docs/rules/p2p.md.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from venus.p2p.life import Due, Happening, Life
from venus.p2p.opening import Impossible, opened
from venus.records import p2p
from venus.records.commands import PlainCommand
from venus.records.p2p_states import Act, OrderState, Party


class Step(NamedTuple):
    """A command as the journal has it."""

    sequence: int
    time_ns: int
    command: PlainCommand


class RanOut(NamedTuple):
    """What the exchange tells of a clock that ran out.

    act        SEIZE: a lawful order, which may be secret, took what was in escrow
    time_ns    of the first frame that was not before it
    is_frozen  nothing could leave who held it, so a person is to decide
    """

    order: int
    act: Act
    time_ns: int
    is_frozen: bool = False


class Told(NamedTuple):
    """What the exchange adds to the commands, since they alone do not say it.

    scales         asset: decimals
    maker_fee_ppm  of the advert, as its maker last wrote it
    timers         in the order in which they ran out
    relocked       order: atoms that were locked again, as many as were free
    """

    scales: Mapping[int, int]
    maker_fee_ppm: int
    timers: Sequence[RanOut]
    relocked: Mapping[int, int]


class Case(NamedTuple):
    """What became of an order, and of the one that locked it again.

    lives     as they stand, by their numbers: the order, then the relocked one if there is one
    timeline  everything that happened, in order
    """

    lives: dict[int, Life]
    timeline: list[Happening]

    @property
    def last(self) -> Life:
        """The one that says what it came to."""
        return list(self.lives.values())[-1]


_OF_ORDER = (
    p2p.MarkPaid
    | p2p.PayEscrow
    | p2p.UndoPaid
    | p2p.ReleaseEscrow
    | p2p.CancelEscrow
    | p2p.AskCancel
    | p2p.RefuseCancel
    | p2p.OpenAppeal
    | p2p.SubmitEvidence
    | p2p.WithdrawAppeal
    | p2p.OfferSplit
    | p2p.DecideDispute
    | p2p.RelockEscrow
    | p2p.RefuseClaim
)


def replay(order: int, steps: Sequence[Step], told: Told, until_ns: int) -> Case:
    """Decide an order again.

    steps     commands that the exchange obeyed, in the journal's order: terms, index, advert, order
    until_ns  a time that the journal has reached; every timer before it has run out
    Raises Impossible for what rules and table do not allow.
    """
    begun = opened(order, [step for step in steps if step.sequence <= order], told.scales, told.maker_fee_ppm)
    lives = {order: Life(begun)}
    timeline = [Happening(order, begun.time_ns, order, None, begun.taker, OrderState.OPEN)]
    timers = list(told.timers)
    for step in steps:
        if step.sequence <= order or not isinstance(step.command, _OF_ORDER):
            continue
        _run_out(lives, timers, timeline, step.time_ns)
        life = lives.get(step.command.order)
        if life is None:
            raise Impossible(step.sequence, f"it is about order {step.command.order}, which is not of this case")
        if isinstance(step.command, p2p.RelockEscrow):
            atoms = told.relocked.get(step.sequence, 0)
            lives[step.sequence] = life.relock(step.sequence, step.time_ns, atoms)
            timeline.append(Happening(life.number, step.time_ns, step.sequence, Act.RELOCK, Party.ARBITER, life.state))
        else:
            timeline.append(life.obey(step.sequence, step.time_ns, step.command))
    _run_out(lives, timers, timeline, until_ns)
    if timers:
        one = timers[0]
        raise Impossible(0, f"order {one.order}: {one.act.name} at {one.time_ns} is told, but no such clock ran then")
    return Case(lives, timeline)


def _run_out(lives: Mapping[int, Life], timers: list[RanOut], timeline: list[Happening], now_ns: int) -> None:
    """What the clocks did until a moment; each as the exchange tells it, and no earlier than it could."""
    for life in lives.values():
        while (due := life.due) is not None:
            told = next((one for one in timers if one.order == life.number), None)
            if told is not None and told.act == Act.SEIZE and told.time_ns < due.time_ns:
                due = Due(told.time_ns, Act.SEIZE)
            if due.time_ns > now_ns:
                break
            if told is None or told.act != due.act:
                raise Impossible(0, f"order {life.number}: {due.act.name} was due at {due.time_ns}, and is not told")
            if not due.time_ns <= told.time_ns <= now_ns:
                raise Impossible(
                    0, f"order {life.number}: {due.act.name} was due at {due.time_ns} and is told of {told.time_ns}"
                )
            timers.remove(told)
            timeline.append(life.run_out(due.act, told.time_ns, is_frozen=told.is_frozen))
