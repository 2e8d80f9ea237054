"""Test money: given from outside, coins from their treasury, and taken back, each a transfer with its reference."""

from typing import Any

import msgspec
import numpy as np

from venus.gateway.sandbox.desk import SandboxDesk, atoms_of
from venus.gateway.sandbox.refusals import Refused
from venus.records.events import EventFlag
from venus.units import decimal
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion

REFERENCE_CHARS_MAX = 64


class Give(msgspec.Struct, forbid_unknown_fields=True):
    """`amount` in decimal; with a minus it is taken back, as far as it is free. The same `reference` moves it once."""

    account: str
    asset: str
    amount: str
    reference: str = ""


async def give(desk: SandboxDesk, form: Give) -> dict[str, Any]:
    account, asset = desk.account(form.account), await desk.asset(form.asset)
    if len(form.reference) > REFERENCE_CHARS_MAX or not form.reference.isascii():
        raise Refused(400, f"a reference has at most {REFERENCE_CHARS_MAX} ASCII characters")
    takes_back = form.amount.startswith("-")
    atoms = atoms_of(asset, form.amount.removeprefix("-"))
    reference = form.reference or desk.reference("give")
    source = await desk.source(asset)
    debit, credit = (account, source) if takes_back else (source, account)
    event = await desk.transfer(debit, credit, asset, atoms, reference)
    return {
        "account": form.account,
        "reference": reference,
        "repeated": bool(event.flags & EventFlag.REPEATED),
        "balances": await balances_of(desk, account),
    }


async def balances_of(desk: SandboxDesk, account: int) -> dict[str, dict[str, str]]:
    """Free and locked by asset, in decimal."""
    answer = await desk.client.ask(BalancesQuestion(account))
    assert isinstance(answer, BalancesAnswer)
    assets = desk.desk.symbols.assets
    return {
        assets[number].code: {
            "free": decimal(free_atoms, assets[number].scale),
            "locked": decimal(held_atoms, assets[number].scale),
        }
        for number, free_atoms, held_atoms in np.frombuffer(answer.rows, BALANCE_ROW).tolist()
    }
