"""The tables of the file that an exchange is founded from, as they are read. Source: docs/rules/founding.md.

It holds public keys and no private ones. A word too many or too few is a mistake, and said with its place.
"""

from datetime import datetime
from typing import Annotated

import msgspec

_ORDERS_MAX = 200
Scale = Annotated[int, msgspec.Meta(ge=0, le=18)]


class FoundingRefused(Exception):
    """What is wrong with a founding file, and where in it."""


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A table of the file; a word too many in it is a mistake."""


class ExchangeForm(_Form, frozen=True):
    origin: str  # what approvals of this exchange, and of no other, are signed for
    relying_party: str
    page_origin: str


class SeatForm(_Form, frozen=True):
    person: int
    role: str
    scheme: str
    key: str  # hex or PEM; of a passkey its COSE key, too
    from_: datetime | None = None
    until: datetime | None = None


class InstitutionForm(_Form, frozen=True):
    name: str
    duties: tuple[str, ...]
    quorum: int
    seats: tuple[SeatForm, ...] = ()


class HouseForm(_Form, frozen=True):
    """`accounts` are labels; the first of them receives the fees."""

    accounts: tuple[str, ...]
    external: tuple[str, ...] = ()


class FeeTierForm(_Form, frozen=True):
    tier: int
    name: str
    maker_ppm: int
    taker_ppm: int


class AssetForm(_Form, frozen=True):
    """`coin`: the accounts of a Venus coin are opened with it, so that it can be registered as one."""

    code: str
    scale: Scale
    coin: bool = False


class CurrencyForm(_Form, frozen=True):
    """Accounts of a central bank's currency are opened with it, so that it can be registered as one and its operators
    admitted: of the file's assets, and of its institutions by name."""

    asset: str
    reserves: str
    operators: tuple[str, ...] = ()


class SymbolForm(_Form, frozen=True):
    """Figures in decimal text: prices and notionals in the quote asset, quantities in the base."""

    base: str
    quote: str
    tick: str
    lot: str
    price_max: str
    quantity_max: str
    market_max: str
    notional_min: str
    notional_max: str
    orders_max: int = _ORDERS_MAX

    @property
    def code(self) -> str:
        return (self.base + self.quote).upper()


class FiatForm(_Form, frozen=True):
    code: str  # ISO 4217
    exponent: int


class TradableForm(_Form, frozen=True):
    """Amounts in decimal text: of the least order, and from where on a verdict needs a quorum."""

    code: str
    least: str
    large: str


class MarketForm(_Form, frozen=True):
    """The market between people: SetP2pTerms of docs/rules/p2p.md; the arbiter is one of the institutions."""

    arbiter: str
    fiats: tuple[FiatForm, ...]
    assets: tuple[TradableForm, ...]
    bond_asset: str
    slash: str
    maker_fee_ppm: int
    taker_fee_ppm: int
    pay_minutes_min: int
    pay_minutes_max: int
    release_minutes: int
    evidence_hours: int
    aftermath_days: int
    index_seconds: int


class ApprovalForm(_Form, frozen=True):
    institution: str
    seat: int
    expires: datetime
    signature: str  # hex, as the two below
    authenticator_data: str = ""
    client_data: str = ""


class ControlsForm(_Form, frozen=True):
    institution: str
    approvals: tuple[ApprovalForm, ...] = ()


class FoundingFile(_Form, frozen=True):
    exchange: ExchangeForm
    institutions: tuple[InstitutionForm, ...]
    house: HouseForm
    fee_tiers: tuple[FeeTierForm, ...]
    assets: tuple[AssetForm, ...]
    symbols: tuple[SymbolForm, ...] = ()
    currencies: tuple[CurrencyForm, ...] = ()
    market: MarketForm | None = None
    controls: ControlsForm | None = None

    def institution(self, name: str, place: str) -> int:
        """Its number. Raises FoundingRefused."""
        for number, one in enumerate(self.institutions):
            if one.name == name:
                return number
        raise FoundingRefused(f"{place}: there is no institution {name!r} in this file")
