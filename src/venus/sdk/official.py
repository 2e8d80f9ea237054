"""Who signs for an institution: proposes, approves, takes back. Each role's own commands are in roles.py.

What is signed is computed here, from the command's own bytes; nothing that the door says of it is trusted.
"""

import json
from typing import Any, NamedTuple
from uuid import uuid4

from venus.records.approvals import Approval, reading_of, withdrawal_of
from venus.records.commands import PlainCommand, decode_cold, encode_cold, plain
from venus.records.fields import to_fields
from venus.sdk.connection import Connection
from venus.sdk.keys import SeatKey
from venus.sdk.public import BASE, Public

HOUR_NS = 3_600 * 10**9


class Proposal(NamedTuple):
    """How a proposal stands. `number`: what the command's event gave it, once it is done."""

    id: int
    state: str  # OPEN, SUBMITTED, DONE, REFUSED, WITHDRAWN, EXPIRED
    words: str  # as the door puts it
    command: PlainCommand  # decoded here
    wanted: list[str]  # whose approval is missing
    number: int | None
    sequence: int | None
    reject: str | None  # why the exchange refused it

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Proposal":
        return cls(
            id=int(facts["proposalId"]),
            state=str(facts["state"]),
            words=str(facts["words"]),
            command=plain(decode_cold(bytes.fromhex(facts["encoded"]))),
            wanted=list(facts["wanted"]),
            number=facts["number"],
            sequence=facts["sequence"],
            reject=facts["reject"],
        )

    def fields(self) -> dict[str, Any]:
        """The command as named fields: what is signed, whatever the words say."""
        return to_fields(self.command)


class Official(Public):
    """One seat of an institution. life_ns: how long its approvals are good."""

    base = BASE
    """Of the door at which it proposes."""

    def __init__(self, connection: Connection, seat: SeatKey, *, life_ns: int = HOUR_NS) -> None:
        super().__init__(connection)
        self.signer = seat
        self._life_ns = life_ns

    @property
    def _proposals(self) -> str:
        return f"{self.base}/proposals"

    @property
    def number(self) -> int:
        """Of the institution."""
        return self.signer.institution

    def reference(self, what: str) -> str:
        """A reference that nobody has used; give your own where a retry must be the same command."""
        return f"{what}:{uuid4().hex}"[:64]

    def propose(self, command: PlainCommand) -> Proposal:
        """With this seat's approval. The same command again is the same proposal."""
        encoded = encode_cold(command)
        answer = self.connection.ask("POST", self._proposals, encoded=encoded.hex(), **self._signed(encoded))
        return Proposal.of(answer)

    def approve(self, proposal: Proposal) -> Proposal:
        """Sign the command of a proposal that was looked at."""
        signature = self._signed(encode_cold(proposal.command))
        return Proposal.of(self.connection.ask("POST", f"{self.base}/approvals", proposalId=proposal.id, **signature))

    def withdraw(self, proposal: Proposal) -> Proposal:
        signature = self._signed(withdrawal_of(encode_cold(proposal.command)))
        return Proposal.of(self.connection.ask("DELETE", self._proposals, proposalId=proposal.id, **signature))

    def proposals(self, state: str | None = None) -> list[Proposal]:
        """The newest first. state: OPEN, DONE, …"""
        signature = self._signed(reading_of(self._proposals, ""))
        answer = self.connection.ask("GET", self._proposals, proposalState=state, **signature)
        return [Proposal.of(one) for one in answer]

    def proposal(self, number: int) -> Proposal:
        """Raises LookupError."""
        signature = self._signed(reading_of(self._proposals, ""))
        for one in self.connection.ask("GET", self._proposals, beforeId=number + 1, limit=1, **signature):
            if one["proposalId"] == number:
                return Proposal.of(one)
        raise LookupError(f"there is no proposal {number}")

    def _read(self, path: str, coin: str) -> list[dict[str, Any]]:
        """What only institutions may see of a coin."""
        full = f"{BASE}/{path}"
        answer: list[dict[str, Any]] = self.connection.ask(
            "GET", full, coin=coin, **self._signed(reading_of(full, coin))
        )
        return answer

    def _signed(self, what: bytes) -> dict[str, object]:
        expires_ns = self.connection.now_ns() + self._life_ns
        return _parameters(self.signer.approve_bytes(self.connection.digest(), what, expires_ns))


def _parameters(approval: Approval) -> dict[str, object]:
    return {
        "institution": approval.institution,
        "seat": approval.seat,
        "expiresNs": approval.expires_ns,
        "approval": approval.signature.hex(),
    }


def as_json(proposal: Proposal) -> str:
    """For people: how it stands and what is signed."""
    facts = proposal._asdict() | {"command": proposal.fields()}
    return json.dumps(facts, indent=2)
