"""ISO 20022 messages of an operator's, from a shell and as files. Source: docs/rules/iso20022.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from venus.cli.currency_access import OperatorPlace, operate, wallet_number
from venus.iso20022 import resolutions, returns, transfers
from venus.iso20022.documents import read
from venus.sdk.operator import Operator

_NOBODY = OperatorPlace()
Out = Annotated[Path | None, Parameter(name="--out", help="The file for the answer's message; else it is printed.")]
Since = Annotated[int, Parameter(help="The sequence behind which it begins: nextSequence of the one before.")]


def message(file: Path, /, *, out: Out = None, place: OperatorPlace = _NOBODY) -> int:
    """Operator: hand in a message: payments (pacs.008), returns (pacs.004), recalls (camt.056), why not (camt.029)."""
    return operate(place, lambda one: _handed_in(one, file.read_bytes(), out))


def account_statement(wallet: str, /, *, out: Out = None, place: OperatorPlace = _NOBODY) -> int:
    """Operator: a camt.053 of one of its wallets."""
    return operate(place, lambda one: _told(one.statement(wallet_number(place, one.connection, wallet)), out))


def notice(wallet: str, /, *, since: Since = 0, out: Out = None, place: OperatorPlace = _NOBODY) -> int:
    """Operator: a camt.054 of what came and went at one of its wallets."""
    return operate(place, lambda one: _next(one.notice(wallet_number(place, one.connection, wallet), since), out))


def returned(wallet: str, /, *, since: Since = 0, out: Out = None, place: OperatorPlace = _NOBODY) -> int:
    """Operator: a pacs.004 of what came back of what its messages paid out of a wallet."""
    return operate(place, lambda one: _next(one.returns(wallet_number(place, one.connection, wallet), since), out))


def recalls(*, place: OperatorPlace = _NOBODY) -> int:
    """Operator: what others ask back of its wallets, a camt.056 each message."""
    return operate(place, lambda one: one.asked_back())


def recall_standing(message_id: str, /, *, out: Out = None, place: OperatorPlace = _NOBODY) -> int:
    """Operator: how a camt.056 of one's own stands, as a camt.029."""
    return operate(place, lambda one: _told(one.recall_answers(message_id), out))


def _handed_in(one: Operator, data: bytes, out: Path | None) -> Any:
    """Raises BadDocument for what is no such message."""
    ways: dict[str, Callable[[str], str]] = {}
    ways |= dict.fromkeys(transfers.NAMES, one.transfer)
    ways |= dict.fromkeys(returns.RETURN_NAMES, one.return_payments)
    ways |= dict.fromkeys(returns.CANCELLATION_NAMES, one.ask_back)
    name = read(data, *ways, *resolutions.RESOLUTION_NAMES).name
    text = data.decode()
    if name not in ways:
        return {"kind": name, "rejected": one.refuse_recalls(text)}
    return {"kind": name} | _told(ways[name](text), out)


def _next(said: dict[str, Any], out: Path | None) -> dict[str, Any]:
    """Of an answer with where the next begins; without a message there is nothing new."""
    if said["message"] is None:
        return said
    return _told(said["message"], out) | {"nextSequence": said["nextSequence"]}


def _told(said: str, out: Path | None) -> dict[str, Any]:
    if out is None:
        return {"message": said}
    out.write_bytes(said.encode())
    return {"file": str(out)}


COMMANDS: tuple[Callable[..., int], ...] = (message, account_statement, notice, returned, recalls, recall_standing)
