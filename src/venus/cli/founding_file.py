"""The file that an exchange is founded from, read into the commands that make it. Source: docs/rules/founding.md.

It holds public keys and no private ones. Whatever is wrong with it is said with its place, before anything is made.
"""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from venus.cli.founding_forms import FoundingFile, FoundingRefused, SeatForm
from venus.cli.founding_market import terms_command
from venus.cli.seat_keys import public_key
from venus.records.approvals import Approval
from venus.records.commands import (
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    ListAsset,
    OpenAccounts,
    SetFeeTier,
    adoption,
    approved,
)
from venus.records.institutions import AdoptControls, Duty, FoundExchange, InstitutionTerms, Role, Scheme, SeatTerms
from venus.records.listing import ListedAsset, ListingTexts, listing_command, usual_rules
from venus.records.quorums import is_active, is_quorum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Step(NamedTuple):
    """A command, and the place in the file that asks for it."""

    place: str
    command: ColdCommand


def read_founding(text: str) -> FoundingFile:
    """Raises FoundingRefused: not TOML, a table or field missing, unknown or of another kind."""
    try:
        return msgspec.convert(tomllib.loads(text), FoundingFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FoundingRefused(str(error)) from None


def founding_steps(file: FoundingFile, now_ns: int) -> list[Step]:
    """The commands in their order. Raises FoundingRefused for what a command would not say precisely enough."""
    return [
        *_rules(),
        *_accounts(file),
        *_tiers(file),
        *_listings(file),
        Step("institutions", found_command(file, now_ns)),
        *([Step("market", terms_command(file, file.market))] if file.market is not None else ()),
        *_controls(file),
    ]


def found_command(file: FoundingFile, now_ns: int) -> FoundExchange:
    """Who the exchange is, with its first institutions. Raises FoundingRefused."""
    exchange = file.exchange
    keys: dict[bytes, str] = {}
    persons: dict[int, int] = {}
    terms = []
    for number, form in enumerate(file.institutions):
        place = f"institutions[{number}] ({form.name})"
        seats = tuple(
            _seat(seat, f"{place}.seats[{index}]", number, keys, persons) for index, seat in enumerate(form.seats)
        )
        active = [seat for seat in seats if is_active(seat, now_ns, revoked=False)]
        if (seats or number == 0) and not is_quorum(active, form.quorum):
            raise FoundingRefused(
                f"{place}: its seats that are valid now cannot meet its quorum of {form.quorum} persons, "
                "a maker and a checker among them"
            )
        duties = sum(_named(Duty, duty, f"{place}.duties") for duty in dict.fromkeys(form.duties))
        if (number == 0) != (duties == Duty.SUPERVISOR) or (number and duties & Duty.SUPERVISOR):
            raise FoundingRefused(f"{place}: the first institution is the supervisor, with no other duty; no other is")
        terms.append(InstitutionTerms(name=form.name, duties=duties, quorum=form.quorum, seats=seats))
    _all_different("institutions", [form.name for form in file.institutions])
    return FoundExchange(
        reference="found",
        origin=exchange.origin,
        relying_party=exchange.relying_party,
        page_origin=exchange.page_origin,
        institutions=tuple(terms),
    )


def controls_command(file: FoundingFile) -> AdoptControls:
    """What the operator and the supervisor sign for controls to hold from the founding on. Raises FoundingRefused."""
    if file.controls is None:
        raise FoundingRefused("controls: the file adopts none, so that there is nothing to sign")
    number = file.institution(file.controls.institution, "controls.institution")
    return AdoptControls(reference="controls", institution=number)


def moment_ns(moment: datetime | None, place: str) -> int:
    """0 for none. Raises FoundingRefused for a time without a zone, or before 1970."""
    if moment is None:
        return 0
    if moment.tzinfo is None:
        raise FoundingRefused(f"{place}: a time needs its zone, such as 2026-01-01T00:00:00Z")
    since = moment - _EPOCH
    nanoseconds = ((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds) * 1_000
    if nanoseconds < 0:
        raise FoundingRefused(f"{place}: {moment} is before 1970")
    return nanoseconds


def _seat(form: SeatForm, place: str, institution: int, keys: dict[bytes, str], persons: dict[int, int]) -> SeatTerms:
    scheme = Scheme(_named(Scheme, form.scheme, f"{place}.scheme"))
    try:
        key = public_key(scheme, form.key)
    except ValueError as error:
        raise FoundingRefused(f"{place}.key: {error}") from None
    if key in keys:
        raise FoundingRefused(f"{place}.key: the same key is at {keys[key]}")
    if persons.setdefault(form.person, institution) != institution:
        raise FoundingRefused(f"{place}.person: person {form.person} sits at institutions[{persons[form.person]}]")
    keys[key] = place
    return SeatTerms(
        person=form.person,
        role=_named(Role, form.role, f"{place}.role"),
        scheme=scheme,
        key=key,
        from_ns=moment_ns(form.from_, f"{place}.from"),
        until_ns=moment_ns(form.until, f"{place}.until"),
    )


def _named(kind: type[Any], name: str, place: str) -> int:
    if name not in kind.__members__:
        raise FoundingRefused(f"{place}: {name!r} is none of {', '.join(kind.__members__)}")
    return int(kind[name])


def _all_different(place: str, names: list[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise FoundingRefused(f"{place}[{number}]: {name!r} is there already")


def _rules() -> Iterator[Step]:
    for rules in range(2, RULES_LATEST + 1):
        yield Step("rules", adoption(f"rules:{rules}", rules))


def _accounts(file: FoundingFile) -> Iterator[Step]:
    if not file.house.accounts:
        raise FoundingRefused("house.accounts: the first of them receives the fees; there is none")
    named = [(AccountKind.HOUSE, "house.accounts", label) for label in file.house.accounts]
    named += [(AccountKind.EXTERNAL, "house.external", label) for label in file.house.external]
    for number, asset in enumerate(file.assets):
        if asset.coin:
            place = f"assets[{number}]"
            named.append((AccountKind.EXTERNAL, place, f"issuer:{asset.code}"))
            named += [(AccountKind.HOUSE, place, f"{kind}:{asset.code}") for kind in ("escrow", "treasury")]
    named += _accounts_of_currencies(file)
    _all_different("accounts", [label for _, _, label in named])
    for kind, place, label in named:
        yield Step(
            f"{place} ({label})",
            OpenAccounts(
                reference=f"open:{label}"[:64],
                account_kind=kind,
                count=1,
                label=label,
                tier=0,
                trade_group=TRADE_GROUP_NONE,
            ),
        )


def _accounts_of_currencies(file: FoundingFile) -> Iterator[tuple[AccountKind, str, str]]:
    """Of each currency, then of its operators, whose accounts are labelled with the institution's number."""
    scales = {asset.code: asset.scale for asset in file.assets}
    coins = {asset.code for asset in file.assets if asset.coin}
    for number, form in enumerate(file.currencies):
        place = f"currencies[{number}]"
        for code in (form.asset, form.reserves):
            if code not in scales or code in coins:
                raise FoundingRefused(f"{place}: {code!r} is none of the file's assets, or is a coin")
        if form.asset == form.reserves or scales[form.asset] != scales[form.reserves]:
            raise FoundingRefused(f"{place}: its reserves are another asset, of the same scale")
        yield from ((AccountKind.EXTERNAL, place, f"issuer:{code}") for code in (form.asset, form.reserves))
        yield from ((AccountKind.HOUSE, place, f"{kind}:{form.asset}") for kind in ("backing", "offline"))
        for name in form.operators:
            institution = file.institution(name, f"{place}.operators")
            labels = (f"{kind}:{form.asset}:{institution}" for kind in ("treasury", "reserves"))
            yield from ((AccountKind.HOUSE, f"{place}.operators ({name})", label) for label in labels)


def _tiers(file: FoundingFile) -> Iterator[Step]:
    _all_different("fee_tiers", [str(form.tier) for form in file.fee_tiers])
    for number, form in enumerate(file.fee_tiers):
        yield Step(
            f"fee_tiers[{number}] ({form.name})",
            SetFeeTier(
                reference=f"fees:{form.tier}", tier=form.tier, maker_ppm=form.maker_ppm, taker_ppm=form.taker_ppm
            ),
        )


def _listings(file: FoundingFile) -> Iterator[Step]:
    codes = [asset.code for asset in file.assets]
    _all_different("assets", codes)
    _all_different("symbols", [symbol.code for symbol in file.symbols])
    for number, asset in enumerate(file.assets):
        yield Step(
            f"assets[{number}] ({asset.code})",
            ListAsset(reference=f"list:{asset.code}"[:64], code=asset.code, scale=asset.scale),
        )
    for number, symbol in enumerate(file.symbols):
        place = f"symbols[{number}] ({symbol.code})"
        for code in (symbol.base, symbol.quote):
            if code not in codes:
                raise FoundingRefused(f"{place}: {code!r} is none of the file's assets")
        base, quote = (
            ListedAsset(codes.index(code), file.assets[codes.index(code)].scale) for code in (symbol.base, symbol.quote)
        )
        texts = ListingTexts(*(getattr(symbol, name) for name in ListingTexts._fields))
        try:
            command = listing_command(f"list:{symbol.code}", symbol.code, base, quote, texts, symbol.orders_max)
        except ValueError as error:
            raise FoundingRefused(f"{place}: {error}") from None
        yield Step(place, command)
        yield Step(place, usual_rules(f"rules:{symbol.code}", number))


def _controls(file: FoundingFile) -> Iterator[Step]:
    if file.controls is None:
        return
    approvals = []
    for number, form in enumerate(file.controls.approvals):
        place = f"controls.approvals[{number}]"
        try:
            approval = Approval(
                institution=file.institution(form.institution, f"{place}.institution"),
                seat=form.seat,
                expires_ns=moment_ns(form.expires, f"{place}.expires"),
                signature=bytes.fromhex(form.signature),
                authenticator_data=bytes.fromhex(form.authenticator_data),
                client_data=bytes.fromhex(form.client_data),
            )
        except ValueError:
            raise FoundingRefused(f"{place}: signature, authenticator_data, client_data are hexadecimal") from None
        approvals.append(approval)
    yield Step("controls", approved(controls_command(file), *approvals))
