"""The currency's door on a real engine: a central bank, two operators, and whoever has a wallet."""

import time
from typing import Any

from tests.examples.rest.house import Answer, House, Trader
from venus.gateway.currency.endpoints import currency_endpoints
from venus.gateway.issuance.refusals import CODE_BASE
from venus.records.approvals import exchange_digest, reading_of
from venus.records.commands import ColdCommand, ListAsset, PlainCommand, encode_cold
from venus.records.events import EventKind
from venus.records.institutions import Role
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.sdk.keys import SeatKey
from venus.testing.sandbox_coins import NUMBERS, PAGE_ORIGIN, RELYING_PARTY, Founding, seat_key
from venus.testing.sandbox_currency import CODE, RESERVES, CurrencyFounding

DCNY, RCNY = 3, 4
SEED = 1
BASE = "/currency/v1/"
LI = {"phone": "+8613800000001", "holderName": "Li Wei", "document": "ID 1", "country": "CN"}


class Town:
    """A house with the sandbox's central bank and operators, and whoever has a wallet."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._count = 0
        self.founding = Founding(self._asked, SEED, time.time_ns())
        self.founding.found()
        for code in (CODE, RESERVES):
            house.cold(ListAsset, code=code, scale=2)
        founded = CurrencyFounding(self.founding, self._asked, time.time_ns())
        founded.found(DCNY, RCNY)
        self.treasuries = founded.treasuries
        for endpoint in currency_endpoints(house.client, house.registry, house.door.desk.symbols):
            house.door.add(endpoint)
        self.first, self.second = (self._operator(account) for account in founded.treasuries)

    def _asked(self, _: int, command: ColdCommand) -> dict[str, Any]:
        outcome = self.house.run(self.house.client.submit_cold(command))
        assert outcome.events[-1].kind != EventKind.REJECTED, (command, Reject(outcome.events[-1].reason))
        return outcome.events[-1]._asdict()

    def _operator(self, account: int) -> Trader:
        self.house.registry.know_account(account, f"operator {account}")
        permissions = Permission.USER_DATA | Permission.OPERATOR
        return Trader(account, *self.house.registry.add_api_key(account, permissions=permissions))

    def ask(self, who: Trader | None, method: str, path: str, **params: object) -> Answer:
        return self.house.send(who, method, BASE + path, form=params)

    def do(self, who: Trader, path: str, **params: object) -> dict[str, Any]:
        """A POST that is done, with a client id of its own if it has none."""
        answer = self.ask(who, "POST", path, **({"clientId": self.one()} | params))
        assert answer.status == 200, answer
        return dict(answer.json)

    def refused(self, who: Trader, path: str, **params: object) -> Reject | int:
        """Why a POST was refused: the core's reject, or the door's code."""
        answer = self.ask(who, "POST", path, **({"clientId": self.one()} | params))
        assert answer.status >= 400, answer
        code = CODE_BASE - int(answer.json["code"])
        return Reject(code) if code in set(Reject) else int(answer.json["code"])

    def one(self) -> str:
        self._count += 1
        return f"c{self._count}"

    def phone(self) -> str:
        self._count += 1
        return f"+86139{self._count:08d}"

    def wallet(self, wallet_class: int = 1, units: int = 0, operator: Trader | None = None, **more: object) -> Trader:
        """A wallet with a key and so much in it."""
        at = operator or self.first
        who = {"phone": self.phone()} if wallet_class == 3 else LI | {"phone": self.phone()}
        number = int(self.do(at, "wallets", walletClass=wallet_class, **who, **more)["wallet"])
        key = self.ask(at, "POST", "wallets/keys", wallet=number).json
        if units:
            self.do(at, "wallets/topUp", wallet=number, amount=str(units))
        return Trader(number, key["apiKey"], key["secret"])

    def free(self, who: Trader, **more: object) -> str:
        return str(self.ask(who, "GET", "wallet", **more).json["free"])

    def seat(self, name: str, role: Role) -> SeatKey:
        return SeatKey(NUMBERS[name], list(Role).index(role), seat_key(SEED, name, role))

    def signature(self, seat: SeatKey, signed: bytes) -> dict[str, object]:
        digest = exchange_digest(self.founding.origin, RELYING_PARTY, PAGE_ORIGIN)
        approval = seat.approve_bytes(digest, signed, time.time_ns() + 10**11)
        return {
            "institution": approval.institution,
            "seat": approval.seat,
            "expiresNs": approval.expires_ns,
            "approval": approval.signature.hex(),
        }

    def proposed(self, command: PlainCommand, *seats: tuple[str, Role]) -> dict[str, Any]:
        """Proposed by the first seat and approved by the others."""
        encoded = encode_cold(command)
        first, *others = (self.signature(self.seat(*seat), encoded) for seat in seats)
        answer = self.ask(None, "POST", "proposals", encoded=encoded.hex(), **first)
        for other in others:
            assert answer.status == 200, answer
            answer = self.ask(None, "POST", "approvals", proposalId=answer.json["proposalId"], **other)
        assert answer.status == 200, answer
        return dict(answer.json)

    def identity(self, wallet: int, name: str) -> Answer:
        seat = self.seat(name, Role.MAKER)
        signature = self.signature(seat, reading_of("/currency/v1/identities", str(wallet)))
        return self.ask(None, "GET", "identities", wallet=wallet, **signature)
