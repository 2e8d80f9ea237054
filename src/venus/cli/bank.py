"""venus bank: read what banks say of their accounts, hand in what it means, decide what nobody knows."""

import asyncio
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from sqlalchemy.exc import SQLAlchemyError

from venus.bridges.bank import BankAccount, ReserveDesk, deposit, mint_receipts
from venus.bridges.bank_book import BadBook, BankBook, EntryRow, EntryState
from venus.bridges.bank_references import account_reference, redemption_reference
from venus.bridges.posting import known_account
from venus.cli.coin_access import SeatPlace, sign, told
from venus.cli.words import DATA
from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.engine.places import Places
from venus.iso20022.bank_statements import SCALE, bank_messages_of
from venus.iso20022.documents import BadDocument
from venus.records.coins import DAY_NS
from venus.sdk.official import Official
from venus.sdk.roles import Agent, Issuer
from venus.units import decimal
from venus.views.catalog import CatalogAnswer, CatalogQuestion

app = App(name="bank", help="Money at banks: statements and notices in, receipts, payouts and attestations out.")
Book = Annotated[Path, Parameter(help="The directory of the book, with the accounts in bank.toml.")]
BOOK = Path("venus-bank")
ACCOUNTS = "bank.toml"
_NOBODY = SeatPlace()
_ENGINE_S = 5.0


class _Accounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accounts: tuple[BankAccount, ...]


@app.command
def reference(account: int, /) -> int:
    """What a payer writes on a payment for an account."""
    return told(lambda: {"account": account, "reference": account_reference(account)})


@app.command
def payouts(coin: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Agent: whom to pay, and what to write on each payment."""

    def ask(agent: Agent) -> list[dict[str, Any]]:
        asset = int(agent.coin(coin)["asset"])
        return [
            one | {"reference": redemption_reference(asset, int(one["redemptionId"]))} for one in agent.payouts(coin)
        ]

    return sign(place, Agent, ask)


@app.command
def read(*files: Path, book: Book = BOOK) -> int:
    """Take statements (camt.053) and notices (camt.054) into the book: files, or directories of .xml files."""

    def ask() -> list[dict[str, Any]]:
        known = {one.account: one for one in _accounts(book)}
        with _opened(book) as opened:
            return [row for file in _each(files) for row in _read(opened, known, file)]

    return told(ask)


@app.command
def post(*, book: Book = BOOK, place: SeatPlace = _NOBODY) -> int:
    """Custodian or agent: hand in what payments at coins' reserves mean; each seat from a book of its own."""

    def ask(official: Official) -> list[dict[str, Any]]:
        signer = Official(official.connection, official.signer, life_ns=DAY_NS)
        with _opened(book) as opened:
            told_of = [one for one in _accounts(book) if one.coin]
            for one in told_of:
                ReserveDesk(opened, one, signer).work()
            return [_standing(opened, one) for one in told_of]

    return sign(place, Official, ask)


@app.command
def deposits(*, book: Book = BOOK, data: Annotated[Path, Parameter(help="The exchange's directory.")] = DATA) -> int:
    """The exchange's own machine: credit accounts with what came in for them at accounts that are no coin's reserve."""

    def ask() -> list[dict[str, Any]]:
        with _opened(book) as opened:
            told_of = [one for one in _accounts(book) if one.asset]
            try:
                asyncio.run(_deposit(opened, told_of, Places(data.resolve())))
            except (EngineGone, EngineOverloaded, EngineRefused) as error:
                raise LookupError(f"the exchange did not answer; ask again, nothing is done twice: {error}") from None
            return [_standing(opened, one) for one in told_of]

    return told(ask)


@app.command
def mint(coin: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Issuer: mint all receipts that wait, each at par to the account that its money came in for."""
    return sign(place, Issuer, lambda issuer: mint_receipts(issuer, coin))


@app.command
def suspense(*, book: Book = BOOK) -> int:
    """Payments that nobody knows what to do with, and why."""

    def ask() -> list[dict[str, Any]]:
        with _opened(book) as opened:
            return [_entry(row) for one in _accounts(book) for row in opened.entries(one.account, EntryState.REFUSED)]

    return told(ask)


@app.command
def resolve(
    account: str,
    entry: str,
    /,
    *,
    to: Annotated[
        int | None, Parameter(help="The account that it came in for, or the redemption that was paid.")
    ] = None,
    aside: Annotated[str, Parameter(help="Why it becomes no command: a bank's fee, money sent back …")] = "",
    book: Book = BOOK,
) -> int:
    """Say what a payment is for, by the bank account and the bank's reference; with neither, try it once more."""

    def ask() -> dict[str, Any]:
        if to is not None and (aside or to < 0):
            raise LookupError("a payment is for a number, or put aside")
        with _opened(book) as opened:
            opened.decide(account, entry, meant=to, aside=aside)
            return next(_entry(row) for row in opened.entries(account) if row.reference == entry)

    return told(ask)


@contextmanager
def _opened(book: Path) -> Iterator[BankBook]:
    """Raises LookupError."""
    try:
        with BankBook(book / "book.sqlite") as opened:
            yield opened
    except (BadBook, SQLAlchemyError) as error:
        raise LookupError(str(error)) from None


def _accounts(book: Path) -> tuple[BankAccount, ...]:
    """Raises LookupError, OSError."""
    file = book / ACCOUNTS
    try:
        accounts = msgspec.convert(tomllib.loads(file.read_text()), _Accounts).accounts
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LookupError(f"{file}: {error}") from None
    for one in accounts:
        is_reserve, is_money = bool(one.coin) and one.reserve >= 0, bool(one.asset and one.outside)
        if is_reserve == is_money:
            raise LookupError(f"{file}: {one.account} is either a reserve (coin, reserve) or an asset (asset, outside)")
    if len({one.account for one in accounts}) != len(accounts):
        raise LookupError(f"{file}: an account is there twice")
    return accounts


def _each(files: tuple[Path, ...]) -> Iterator[Path]:
    for file in files:
        yield from sorted(file.glob("*.xml")) if file.is_dir() else [file]


def _read(book: BankBook, known: dict[str, BankAccount], file: Path) -> Iterator[dict[str, Any]]:
    """Raises LookupError, OSError."""
    try:
        messages = bank_messages_of(file.read_bytes())
        for one in messages:
            if one.account not in known:
                raise BadBook(f"{one.account} is none of the accounts in {ACCOUNTS}")
            if one.currency != known[one.account].currency:
                raise BadBook(f"{one.account} is told in {one.currency[:3]}, not in {known[one.account].currency}")
        taken = book.take(messages)
    except (BadDocument, BadBook) as error:
        raise LookupError(f"{file}: {error}") from None
    for row in taken:
        yield {"file": str(file), "account": row.account, "what": row.what, "new": row.fresh_count}


async def _deposit(book: BankBook, accounts: list[BankAccount], places: Places) -> None:
    """Raises LookupError, OSError and what the client raises."""
    client = await EngineClient.connect(places.socket, _ENGINE_S)
    try:
        catalog = await client.ask(CatalogQuestion())
        assert isinstance(catalog, CatalogAnswer)
        for one in accounts:
            asset = next((row for row in catalog.assets if row.code == one.asset), None)
            outside = await known_account(client, one.outside)
            if asset is None or outside is None:
                raise LookupError(f"the exchange has no asset {one.asset}, or no account {one.outside}")
            await deposit(client, book, one, outside=outside, asset=asset.number, scale=asset.scale)
    finally:
        client.close()


def _standing(book: BankBook, one: BankAccount) -> dict[str, Any]:
    rows, newest = book.entries(one.account), book.newest(one.account)
    counts = {state.name.lower(): sum(row.state == state for row in rows) for state in EntryState}
    waiting = [_entry(row) for row in rows if row.state in (EntryState.NEW, EntryState.HANDED, EntryState.REFUSED)]
    facts: dict[str, Any] = {"account": one.account, "payments": counts, "waiting": waiting, "statement": None}
    if newest is not None:
        facts["statement"] = {
            "year": newest.year,
            "number": newest.number,
            "closing": decimal(newest.closing, SCALE),
            "attested": EntryState(newest.attested).name,
            "why": newest.why,
        }
    return facts


def _entry(row: EntryRow) -> dict[str, Any]:
    return {
        "account": row.account,
        "entry": row.reference,
        "amount": decimal(row.amount, SCALE),
        "party": row.party,
        "text": row.text,
        "state": EntryState(row.state).name,
        "why": row.why,
    }
