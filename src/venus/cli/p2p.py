"""venus p2p: the market between people, for everybody and for traders; a dispute's bundle is checked here too."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import App, Parameter

from venus.cli.asking import KEY_FILE, ClientId, keys_of
from venus.cli.coin_access import AccountPlace, Place, told
from venus.cli.p2p_bundle import verify_bundle
from venus.cli.p2p_desk import app as desk
from venus.sdk.connection import ApiKey
from venus.sdk.p2p import Offer as Said
from venus.sdk.p2p import P2pMarket, P2pTrader, Side

app = App(name="p2p", help="The market between people: adverts, orders, chat, disputes.")
app.command(verify_bundle)
app.command(desk)
Methods = Annotated[str, Parameter(help="Ways to pay, with commas, such as alipay,wechat_pay.")]
_NOWHERE, _NOBODY = Place(), AccountPlace()
_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
}


# For everybody


@app.command
def market(*, place: Place = _NOWHERE) -> int:
    """Currencies, assets, ways to pay, the index, fees and times."""
    return _read(place, lambda one: one.market())


@app.command
def adverts(
    side: Side,
    asset: str,
    fiat: str,
    /,
    *,
    amount: str | None = None,
    methods: Methods | None = None,
    sort: Literal["price", "completion", "release", "orders"] = "price",
    place: Place = _NOWHERE,
) -> int:
    """Adverts that can be taken: BUY finds those who sell."""
    return _read(place, lambda one: one.adverts(side, asset, fiat, amount=amount, methods=methods, sort=sort))


@app.command
def trader(number: str, /, *, place: Place = _NOWHERE) -> int:
    """A trader, by the public number."""
    return _read(place, lambda one: one.trader(number))


@app.command
def feedback(trader: str, /, *, page: int = 1, place: Place = _NOWHERE) -> int:
    """What others said of a trader, the newest first."""
    return _read(place, lambda one: one.feedback_about(trader, page))


@app.command
def statistics(days: int = 1, /, *, place: Place = _NOWHERE) -> int:
    """Completed orders a day, currency, asset and way to pay."""
    return _read(place, lambda one: one.statistics(days))


# Oneself


@app.command
def me(*, place: AccountPlace = _NOBODY) -> int:
    """Who one is here, what waits for one's act, and what must stay for now."""
    return _act(place, lambda one: one.me())


@app.command
def enrol(nickname: str, /, *, place: AccountPlace = _NOBODY) -> int:
    """Become a trader."""
    return _act(place, lambda one: one.enrol(nickname))


@app.command
def accounts(*, place: AccountPlace = _NOBODY) -> int:
    """One's payment accounts."""
    return _act(place, lambda one: one.payment_accounts())


@app.command
def add_account(
    method: str,
    name: str,
    number: str,
    /,
    *,
    bank: str = "",
    branch: str = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Declare an account outside, in one's own verified name."""
    return _act(place, lambda one: one.add_payment_account(method, name, number, bank=bank, branch=branch))


@app.command
def bond(amount: str, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Post a bond, or more of it."""
    return _act(place, lambda one: one.post_bond(amount, client_id))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PayerPlace(AccountPlace):
    """Where the exchange is, whose account asks, and with which wallet."""

    wallet: Annotated[str, Parameter(help="A sandbox's wallet, such as li; else its number, with --wallet-key.")]
    wallet_key: Annotated[Path | None, Parameter(help=KEY_FILE)] = None

    def wallet_keys(self) -> tuple[int, ApiKey]:
        """Its number and its own key."""
        known = {} if self.wallet_key is not None else self.sandbox().get("wallets", {})
        number = self.wallet if self.wallet_key is not None else known.get(self.wallet, {}).get("account", 0)
        return int(number), keys_of(known, self.wallet, "--wallet", self.wallet_key)


@app.command
def wallets(*, place: AccountPlace = _NOBODY) -> int:
    """The wallets of a central bank's currency that one has named."""
    return _act(place, lambda one: one.wallets())


@app.command
def name_wallet(fiat: str, /, *, client_id: ClientId = "", place: PayerPlace) -> int:
    """Name the wallet at which one is paid in a central bank's currency, and from which one pays."""
    return _act(place, lambda one: one.name_wallet(fiat, *place.wallet_keys(), client_id))


# Adverts


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Offer:
    """What an advert says."""

    fiat_min: str
    fiat_max: str
    price: str | None = None
    margin: Annotated[str | None, Parameter(help="Percent of the index instead of a price, such as 100.5.")] = None
    methods: Methods
    pay_minutes: int = 15
    terms: str = ""
    auto_reply: str = ""

    def said(self) -> Said:
        return {
            "fiat_min": self.fiat_min,
            "fiat_max": self.fiat_max,
            "pay_minutes": self.pay_minutes,
            "price": self.price,
            "margin": self.margin,
            "methods": self.methods.split(","),
            "terms": self.terms,
            "auto_reply": self.auto_reply,
        }


@app.command
def post(
    side: Side,
    asset: str,
    fiat: str,
    amount: str,
    /,
    *,
    offer: Offer,
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Post an advert; SELL is what one sells oneself, and what is sold is bound at once."""
    said = offer.said()
    return _act(place, lambda one: one.post_advert(side, asset, fiat, amount, client_id=client_id, **said))


@app.command
def edit(number: str, amount: str, /, *, offer: Offer, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Say an advert anew, all of it; amount is what is left from now on."""
    said = offer.said()
    return _act(place, lambda one: one.edit_advert(number, amount, client_id=client_id, **said))


@app.command
def my_adverts(*, place: AccountPlace = _NOBODY) -> int:
    """One's own adverts, the newest first."""
    return _act(place, lambda one: one.my_adverts())


@app.command
def set_advert(number: str, state: Literal["ONLINE", "RESTING", "CLOSED"], /, *, place: AccountPlace = _NOBODY) -> int:
    """Put an advert online, to rest, or close it for good."""
    return _act(place, lambda one: one.set_advert_state(number, state))


# Orders


@app.command
def take(
    advert: str,
    fiat_amount: str,
    method: str,
    payment_account: str,
    /,
    *,
    price_limit: str | None = None,
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Take an advert for so much money, with an account that one pays from or is paid at."""

    def ask(one: P2pTrader) -> Any:
        return one.take(
            one.advert(advert),
            payment_account,
            method=method,
            fiat_amount=fiat_amount,
            price_limit=price_limit,
            client_id=client_id,
        )

    return _act(place, ask)


@app.command
def orders(*, states: str = "", place: AccountPlace = _NOBODY) -> int:
    """One's own orders, the newest first."""
    return _act(place, lambda one: one.orders([state for state in states.split(",") if state]))


@app.command
def order(number: str, /, *, place: AccountPlace = _NOBODY) -> int:
    """One order, and what one may do."""
    return _act(place, lambda one: one.order(number))


@app.command
def paid(
    number: str,
    /,
    *,
    fiat_amount: str | None = None,
    proof: Path | None = None,
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Buyer: say that one has paid."""
    return _act(place, lambda one: one.paid(number, fiat_amount, _brought(one, proof), client_id))


@app.command
def pay_by_wallet(number: str, /, *, client_id: ClientId = "", place: PayerPlace) -> int:
    """Buyer: pay from one's wallet, and have the asset at once."""
    return _act(place, lambda one: one.pay_by_wallet(number, *place.wallet_keys(), client_id))


@app.command
def undo_paid(number: str, /, *, place: AccountPlace = _NOBODY) -> int:
    """Buyer: say that one has not paid after all."""
    return _act(place, lambda one: one.undo_paid(number))


@app.command
def release(number: str, /, *, code: str | None = None, place: AccountPlace = _NOBODY) -> int:
    """Seller: release the asset, for good."""
    return _act(place, lambda one: one.release(number, code))


@app.command
def cancel(number: str, reason: str = "CHANGED_MIND", /, *, place: AccountPlace = _NOBODY) -> int:
    """Buyer: give the order up."""
    return _act(place, lambda one: one.cancel(number, reason))


@app.command
def ask_cancel(number: str, reason: str = "OTHER", /, *, place: AccountPlace = _NOBODY) -> int:
    """Seller: ask the buyer to cancel."""
    return _act(place, lambda one: one.ask_cancel(number, reason))


@app.command
def appeal(number: str, ground: str, text: str, /, *, file: Path | None = None, place: AccountPlace = _NOBODY) -> int:
    """Appeal; after the end it is a claim."""
    return _act(place, lambda one: one.appeal(number, ground, text, _files(one, file)))


@app.command
def evidence(number: str, text: str, /, *, file: Path | None = None, place: AccountPlace = _NOBODY) -> int:
    """Bring evidence in a dispute."""
    return _act(place, lambda one: one.evidence(number, text, _files(one, file)))


@app.command
def withdraw_appeal(number: str, /, *, place: AccountPlace = _NOBODY) -> int:
    """Take one's appeal back."""
    return _act(place, lambda one: one.withdraw_appeal(number))


@app.command
def offer(number: str, buyer_amount: str, /, *, place: AccountPlace = _NOBODY) -> int:
    """Offer how much the buyer shall have."""
    return _act(place, lambda one: one.offer(number, buyer_amount))


@app.command
def chat(number: str, /, *, place: AccountPlace = _NOBODY) -> int:
    """What was said."""
    return _act(place, lambda one: one.chat(number))


@app.command
def say(number: str, text: str, /, *, file: Path | None = None, place: AccountPlace = _NOBODY) -> int:
    """Say something; with --file show a picture or PDF too."""

    def ask(one: P2pTrader) -> Any:
        said = one.say(number, text)
        shown = _brought(one, file)
        return said if shown is None else one.show(number, shown)

    return _act(place, ask)


@app.command
def bundle(number: str, file: Path, /, *, place: AccountPlace = _NOBODY) -> int:
    """Fetch the bundle of an order of yours: what anybody decides it again from, with verify-bundle."""

    def fetch(one: P2pTrader) -> dict[str, object]:
        content = one.bundle(number)
        file.write_bytes(content)
        return {"file": str(file), "bytes": len(content)}

    return _act(place, fetch)


def _brought(one: P2pTrader, file: Path | None) -> str | None:
    """A file that is there for the exchange from now on. Raises ValueError."""
    if file is None:
        return None
    kind = _TYPES.get(file.suffix.lower())
    if kind is None:
        raise ValueError(f"{file}: neither PNG, JPEG, WebP nor PDF")
    return one.bring(file.read_bytes(), kind, file.name)


def _files(one: P2pTrader, file: Path | None) -> list[str]:
    brought = _brought(one, file)
    return [] if brought is None else [brought]


def _read(place: Place, ask: Callable[[P2pMarket], Any]) -> int:
    def asked() -> Any:
        with place.connect() as connection:
            return msgspec.to_builtins(ask(P2pMarket(connection)))

    return told(asked)


def _act(place: AccountPlace, ask: Callable[[P2pTrader], Any]) -> int:
    def asked() -> Any:
        with place.connect() as connection:
            return msgspec.to_builtins(ask(P2pTrader(connection, place.keys())))

    return told(asked)
