"""venus rules: which rule of a regime would a coin's issuer break?"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from venus.cli.inspection import when
from venus.cli.words import fail
from venus.engine.places import Places
from venus.journal.failures import FrameMissing, JournalDamaged
from venus.journal.notes import NoteRefused
from venus.packs.regimes import Pack, PackRefused, held_on, regimes
from venus.supervisor.judging import Ask, Finding, Judge, verdicts
from venus.supervisor.payments import RATE_DIGITS
from venus.supervisor.rereading import JournalDiffers, reread
from venus.units import NS_PER_S, OffGrid, steps

app = App(name="rules", help="Judge a journal by a regime's rules, or list the regimes.")
UNREADABLE = (JournalDamaged, JournalDiffers, NoteRefused, FrameMissing, FileNotFoundError)
"""What rereading a journal raises."""
_UNJUDGED = 2


class _NotJudged(Exception):
    """What was asked cannot be judged; the text says why."""


@app.command
def packs() -> int:
    """List the regimes, from when on each holds, and how far it was verified."""
    for name, regime in regimes().items():
        law = [rule for rule in regime.rules if rule.basis == "law"]
        verified = sum(rule.verified for rule in law)
        print(f"{name:<17} from {min(rule.from_ for rule in law)}  {regime.title}: {regime.status}")
        print(f"{'':<17} {len(law)} rules of law, {verified} of them compared with its own text")
    return 0


@app.command
def check(
    data: Path,
    /,
    *,
    pack: str,
    on: str,
    rate: tuple[str, ...] = (),
    areas: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Say which rule a journal breaks, when, and by how much; exit 0 if none, 1 if any, 2 if it cannot be judged.

    Parameters
    ----------
    data
        The exchange's directory.
    pack
        The regime, such as mica; `venus rules packs` lists them.
    on
        The day, such as 2026-06-30: the rules that hold on it, and the journal until its end (UTC).
    rate
        Euros for one unit of a currency, such as USD=0.92; may be given again for another.
    areas
        A JSON file of currency areas, {"euro area": [[first account, last account], ...], ...}.
    as_json
        Print one JSON object.
    """
    try:
        held = held_on(pack, date.fromisoformat(on))
        judge = _judged(data.resolve(), held, Ask(_rates(rate), _areas(areas)))
    except (*UNREADABLE, _NotJudged, PackRefused, ValueError) as error:
        fail(str(error))
        return _UNJUDGED
    if as_json:
        _print_json(judge, held)
    else:
        _print(judge, held)
    return 1 if judge.findings else 0


def _judged(data: Path, held: Pack, ask: Ask) -> Judge:
    places = Places(data)
    if not places.journal.is_dir():
        raise _NotJudged(f"{data} holds no journal")
    judge = Judge(held, ask)
    end_ns = day_ns(held.on + timedelta(days=1))
    for reading in reread(places):
        if reading.time_ns >= end_ns:
            break
        if reading.batch is not None:
            judge.apply(reading.batch)
    if not judge.coins:
        raise _NotJudged(f"no coin was registered in {data} until {held.on}")
    judge.finish(end_ns)
    return judge


def day_ns(day: date) -> int:
    """When a day begins, UTC."""
    return (day - date(1970, 1, 1)).days * 86_400 * NS_PER_S


def _rates(texts: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for text in texts:
        currency, _, rate = text.partition("=")
        try:
            found[currency] = steps(rate, RATE_DIGITS)
        except OffGrid:
            raise _NotJudged(f"a rate is written like USD=0.92, not {text!r}") from None
        if len(currency) != 3 or not found[currency]:
            raise _NotJudged(f"a rate is written like USD=0.92, not {text!r}")
    return found


def _areas(path: Path | None) -> dict[str, tuple[tuple[int, int], ...]]:
    if path is None:
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[tuple[int, int], ...]])
    except msgspec.DecodeError as error:
        raise _NotJudged(f"{path}: {error}") from error


def _print_json(judge: Judge, held: Pack) -> None:
    rules = [
        {
            "rule": rule.id,
            "article": rule.article,
            "basis": rule.basis,
            "verified": rule.verified,
            "says": rule.says,
            "kept_by": rule.kept_by,
            "outcome": outcome,
        }
        for rule, outcome in verdicts(judge, held)
    ]
    findings = [msgspec.to_builtins(finding) for finding in judge.findings]
    whole = {"pack": held.name, "on": held.on.isoformat(), "status": held.status, "rules": rules, "findings": findings}
    print(json.dumps(whole, indent=2))


def _print(judge: Judge, held: Pack) -> None:
    print(f"{held.title} on {held.on} ({held.status})")
    for rule, outcome in verdicts(judge, held):
        origin = "the house's" if rule.basis == "house" else "" if rule.verified else "not verified"
        print(f"{rule.id:<24} {outcome:<18} {rule.article}{f' ({origin})' if origin else ''}")
        for finding in judge.findings:
            if finding.rule == rule.id:
                print(f"    {_sentence(finding)}")
        if rule.kept_by:
            print(f"    {rule.kept_by}")


def _sentence(finding: Finding) -> str:
    since = f"frame {finding.frame}, {when(finding.time_ns)}"
    if finding.until_ns < 0:
        until = "" if finding.unit == "payments a day" else ", not ended"
    elif finding.until_ns == finding.time_ns:
        until = ""
    else:
        until = f", until frame {finding.until_frame}, {when(finding.until_ns)}"
    return f"{finding.coin}: {finding.what}; by {_amount(finding)}; from {since}{until}"


def _amount(finding: Finding) -> str:
    if finding.unit != "ns":
        return f"{finding.amount} {finding.unit}"
    hours, ns = divmod(finding.amount, 3_600 * NS_PER_S)
    return f"{hours // 24} days {hours % 24} hours {ns // NS_PER_S // 60} minutes"
