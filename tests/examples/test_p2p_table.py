"""The table of states is what core and model do, and what the drawing in docs/ shows."""

from typing import Any

import pytest

from venus.records import p2p
from venus.records.p2p_states import Act, CancelReason, OrderState, Party, transition
from venus.records.rejects import Reject
from venus.testing.p2p_drawing import PAGE, drawing
from venus.testing.p2p_stage import P2pStage, Trader

COMMANDS: dict[Act, type[Any]] = {
    Act.PAY: p2p.MarkPaid,
    Act.UNDO_PAY: p2p.UndoPaid,
    Act.RELEASE: p2p.ReleaseEscrow,
    Act.CANCEL: p2p.CancelEscrow,
    Act.ASK_CANCEL: p2p.AskCancel,
    Act.REFUSE_CANCEL: p2p.RefuseCancel,
    Act.APPEAL: p2p.OpenAppeal,
    Act.CLAIM: p2p.OpenAppeal,
    Act.EVIDENCE: p2p.SubmitEvidence,
    Act.WITHDRAW_APPEAL: p2p.WithdrawAppeal,
    Act.OFFER_SPLIT: p2p.OfferSplit,
}
PARTIES = (Party.BUYER, Party.SELLER)
ENDED = (OrderState.COMPLETED, OrderState.CANCELLED)


class Scene:
    """An order in each state, in dispute one that each side appealed."""

    def __init__(self) -> None:
        self.stage = P2pStage()
        ann, bob = self.stage.trader("ann"), self.stage.trader("bob")
        advert = ann.sells(900)
        self.orders = {(state, party): bob.takes(advert, 60) for state in OrderState for party in PARTIES}
        for (state, party), order in self.orders.items():
            if state != OrderState.OPEN and state != OrderState.CANCELLED:
                bob.pays(order)
            if state == OrderState.DISPUTED:
                (bob if party is Party.BUYER else ann).appeals(order)
            elif state == OrderState.COMPLETED:
                ann.releases(order)
            elif state == OrderState.CANCELLED:
                bob.cancels(order, CancelReason.OTHER)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


def who(stage: P2pStage, party: Party) -> Trader:
    name = "bob" if party is Party.BUYER else "ann"
    return Trader(stage, name, stage.account(name))


def fields_of(act: Act) -> dict[str, Any]:
    return {"buyer_atoms": 1} if act is Act.OFFER_SPLIT else {}


@pytest.mark.parametrize("state", OrderState)
def test_what_the_table_lets_happen_happens_and_nothing_else(scene: Scene, state: OrderState):
    for act, kind in COMMANDS.items():
        if (act is Act.APPEAL and state in ENDED) or (act is Act.CLAIM and state not in ENDED):
            continue  # one command, two acts
        row = transition(state, act)
        for party in PARTIES:
            order = scene.orders[state, party]
            if row is None or party not in row.by:
                reason = Reject.WRONG_STATE if row is None else Reject.NOT_A_PARTY
                assert who(scene.stage, party).cannot(kind, order, **fields_of(act)) == reason, (state, act, party)
                continue
            stage = scene.stage.branch()
            if act is Act.REFUSE_CANCEL:
                who(stage, Party.SELLER).does(p2p.AskCancel, order)
            who(stage, party).does(kind, order, **fields_of(act))
            assert stage.state(order) in row.becomes, (state, act, party)


def test_the_drawing_is_that_of_the_table():
    """`python -m venus.testing.p2p_drawing` prints it."""
    assert PAGE.read_text() == drawing()
