"""Orders between people that are paid from a wallet, at the door: two keys, one command, both sides at once."""

import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.examples.rest.bazaar import BASE, Bazaar
from tests.examples.rest.house import USDT, House, Trader
from tests.examples.rest.town import Town
from venus.records.rejects import Reject
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.p2p import P2pTrader
from venus.testing.sandbox_coins import ARBITER, NUMBERS

METHOD = "central_bank_wallet"
DISAGREES = -33_035


class Street:
    """Wang Fang sells and is paid at her wallet; Li Wei pays from his, which has 2,000 yuan."""

    def __init__(self, house: House) -> None:
        self.town = Town(house)
        self.bazaar = Bazaar(house, arbiter=NUMBERS[ARBITER])
        self.seller, self.buyer = self.bazaar.trader("Wang Fang"), self.bazaar.trader("Li Wei", usdt=0, btc=0)
        self.hers, self.his = self.town.wallet(0), self.town.wallet(0, 2_000, self.town.second)
        for who, wallet in ((self.seller, self.hers), (self.buyer, self.his)):
            self.bazaar.do(who, "wallet", **self.naming(who, wallet))
        self.posted = self.bazaar.advert(self.seller, methods=METHOD)

    def naming(self, who: Trader, named: Trader, /, **changes: Any) -> dict[str, Any]:
        said = {
            "trader": self.bazaar.get(who, "me")["trader"]["trader"],
            "fiat": "CNY",
            "wallet": named.account,
        }
        return {"fiat": "CNY", "wallet": named.account} | agreed("wallet", said, named) | changes

    def order(self) -> dict[str, Any]:
        [account] = [row for row in self.bazaar.get(self.buyer, "paymentAccounts")["rows"] if row["method"] == METHOD]
        return self.bazaar.take(self.buyer, self.posted, account["paymentAccount"])

    def paying(self, placed: dict[str, Any], payer: Trader, /, **changes: Any) -> dict[str, Any]:
        said = {"order": placed["order"], "wallet": payer.account, "amount": placed["byWallet"]["amount"]} | changes
        sent = {"order": placed["order"], "wallet": payer.account}
        return sent | agreed("order/payByWallet", said, payer)


def agreed(path: str, said: dict[str, Any], wallet: Trader) -> dict[str, str]:
    """What the wallet's key says to it."""
    signature = hmac.digest(wallet.secret.encode(), f"{BASE}{path}?{urlencode(said)}".encode(), "sha256").hex()
    return {"walletKey": wallet.key, "walletSignature": signature}


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    house = House()
    street = Street(house)
    yield street
    street.bazaar.close()
    house.close()


def test_bought_with_a_wallet(street: Street) -> None:
    """The asset and the money change sides in one command; figures, chat and both statements say so."""
    bazaar, town, buyer, seller = street.bazaar, street.town, street.buyer, street.seller
    order = street.order()
    assert order["byWallet"] == {"asset": "dCNY", "amount": "700.00", "payer": None, "payee": street.hers.account}
    assert "PAY_BY_WALLET" in order["may"] and "PAY" not in order["may"]
    done = bazaar.do(buyer, "order/payByWallet", **street.paying(order, street.his), clientId="once")
    assert (done["state"], done["ending"], done["paidFiat"]) == ("COMPLETED", "PAID_BY_WALLET", "700.00")
    assert done["byWallet"]["payer"] == street.his.account and done["may"] == []
    assert (town.free(street.his), town.free(street.hers)) == ("1300.00", "700.00")
    assert bazaar.house.balance(buyer.account, USDT) == (99_800_000, 0)

    again = bazaar.do(buyer, "order/payByWallet", **street.paying(order, street.his), clientId="once")
    assert again["state"] == "COMPLETED" and town.free(street.his) == "1300.00"
    figures = bazaar.get(seller, "me")["trader"]["month"]
    assert (figures["completed"], figures["releaseSecondsMedian"], figures["late"]) == (1, 0, 0)
    statement = town.ask(street.hers, "GET", "statement").json
    assert statement[0]["kind"] == "ESCROW_PAID_BY_WALLET" and statement[0]["amount"] == "700.00"
    # T+0, and a day more for an account that is young.
    assert bazaar.get(buyer, "me")["retained"][0]["amount"] == "99.800000"

    def said() -> list[str]:
        return [
            one["text"] for one in bazaar.get(buyer, "chat", order=order["order"])["rows"] if one["kind"] == "SYSTEM"
        ]

    bazaar.until(lambda: any("Paid from wallet to wallet" in text for text in said()))
    assert any("paid from a wallet of this exchange" in text for text in said())
    assert not any("third party" in text for text in said())
    assert (
        bazaar.refused(seller, "POST", "order/appeal", order=order["order"], ground="CHARGEBACK")
        is Reject.BY_WALLET_ONLY
    )


def test_both_keys_must_agree(street: Street) -> None:
    bazaar, order = street.bazaar, street.order()
    for changes in ({"amount": "7.00"}, {"order": "1"}, {"wallet": street.hers.account}):
        asked = street.paying(order, street.his, **changes)
        assert bazaar.refused(street.buyer, "POST", "order/payByWallet", **asked) == DISAGREES
    asked = street.paying(order, street.hers)
    assert bazaar.refused(street.buyer, "POST", "order/payByWallet", **asked) is Reject.NO_WALLET
    asked = street.paying(order, street.his)
    assert bazaar.refused(street.seller, "POST", "order/payByWallet", **asked) is Reject.NOT_A_PARTY
    assert bazaar.refused(street.buyer, "POST", "order/paid", order=order["order"]) is Reject.BY_WALLET_ONLY
    assert bazaar.do(street.buyer, "order/cancel", order=order["order"], reason="OTHER")["state"] == "CANCELLED"


def test_nobody_names_a_wallet_without_its_key(street: Street) -> None:
    bazaar, other = street.bazaar, street.bazaar.trader("Zhao Lei")
    wrong = street.naming(other, street.his) | {"walletSignature": "00" * 32}
    assert bazaar.refused(other, "POST", "wallet", **wrong) == DISAGREES
    assert bazaar.refused(other, "POST", "wallet", **street.naming(other, street.his)) is Reject.WALLET_TAKEN
    assert (
        bazaar.refused(other, "POST", "wallet", **street.naming(other, street.his, wallet=street.hers.account))
        == DISAGREES
    )
    asked = {"method": METHOD, "name": "Zhao Lei", "number": str(street.his.account)}
    assert bazaar.refused(other, "POST", "paymentAccounts", **asked) == -33_006
    assert bazaar.get(other, "wallet") == {"total": 0, "rows": []}


def test_by_the_client(street: Street) -> None:
    """sdk/p2p.py asks the same."""
    with street.bazaar.served() as rest, Connection(rest) as connection:
        buyer = P2pTrader(connection, ApiKey(street.buyer.key, street.buyer.secret))
        wallet = ApiKey(street.his.key, street.his.secret)
        assert [(one.fiat, one.wallet, one.asset) for one in buyer.wallets()] == [("CNY", street.his.account, "dCNY")]
        [account] = [one.paymentAccount for one in buyer.payment_accounts() if one.method == METHOD]
        advert = buyer.advert(street.posted["advert"])
        order = buyer.take(advert, account, method=METHOD, fiat_amount="70")
        done = buyer.pay_by_wallet(order.order, street.his.account, wallet)
        assert (done.state, done.ending) == ("COMPLETED", "PAID_BY_WALLET")
        buyer.forget_wallet("CNY")
        assert buyer.wallets() == []
        assert buyer.name_wallet("CNY", street.his.account, wallet)[0].wallet == street.his.account
