"""A seat at the arbiter of the market between people: what waits, all of a dispute, and the verdict.

Source: docs/rules/p2p_door.md, "The arbiter's desk".
"""

from hashlib import sha256
from typing import Any

from venus.records.approvals import reading_of, saying_of
from venus.records.p2p import DecideDispute, RefuseClaim, RelockEscrow
from venus.records.p2p_states import Party
from venus.sdk.official import Official, Proposal

BASE = "/p2p/v1"
_DISPUTE = f"{BASE}/dispute"


class Arbiter(Official):
    """Reading is written down in public; whoever is a party, or said that he cannot judge, is refused."""

    base = BASE

    def waiting(self, what: str = "disputes") -> list[dict[str, Any]]:
        """what: disputes, escalated (those that wait for a person), claims. The oldest first, the first hundred."""
        signature = self._signed(reading_of(f"{BASE}/disputes", ""))
        answer = self.connection.ask("GET", f"{BASE}/disputes", waiting=what, rows=100, **signature)
        return list(answer["rows"])

    def dispute(self, order: int) -> dict[str, Any]:
        """Both sides, how it went, what they brought."""
        return dict(self._ask_of(order, ""))

    def chat(self, order: int) -> list[dict[str, Any]]:
        return list(self._ask_of(order, "/chat")["rows"])

    def say(self, order: int, text: str) -> dict[str, Any]:
        """In the order's chat."""
        return dict(self._say(order, "message", text))

    def declare_conflict(self, order: int, why: str) -> None:
        """For good: from then on this seat's person sees and approves nothing of the order."""
        self._say(order, "conflict", why)

    def grounds(self, order: int, text: str) -> bytes:
        """Keep why one decides so; the hash that the verdict names."""
        return bytes.fromhex(self._say(order, "grounds", text)["groundsHash"])

    def grounds_read(self, order: int, grounds_hash: bytes) -> str:
        """What a verdict says that another person proposed."""
        return str(self._ask_of(order, "/grounds", groundsHash=grounds_hash.hex())["text"])

    def decide(self, order: int, buyer_atoms: int, at_fault: Party, grounds: str, reference: str = "") -> Proposal:
        """All to the buyer, all back, or split; a large one waits for another person's approval."""
        head = self.dispute(order)["chatHead"]
        return self.propose(
            DecideDispute(
                reference=reference or f"verdict:{order}",
                order=order,
                buyer_atoms=buyer_atoms,
                at_fault=int(at_fault),
                grounds_hash=self.grounds(order, grounds),
                chat=bytes.fromhex(head or ""),
            )
        )

    def relock(self, order: int, reference: str = "") -> Proposal:
        """Let a claim: what there is of it is in escrow again, and the evidence's time begins."""
        return self.propose(RelockEscrow(reference=reference or f"relock:{order}", order=order))

    def refuse_claim(self, order: int, grounds: str, reference: str = "") -> Proposal:
        named = reference or self.reference(f"refuse:{order}")
        return self.propose(RefuseClaim(reference=named, order=order, grounds_hash=self.grounds(order, grounds)))

    def _ask_of(self, order: int, what: str, **params: object) -> Any:
        path = f"{_DISPUTE}{what}"
        return self.connection.ask("GET", path, order=order, **params, **self._signed(reading_of(path, str(order))))

    def _say(self, order: int, what: str, text: str) -> Any:
        path = f"{_DISPUTE}/{what}"
        said = f"{order} {sha256(text.encode()).hexdigest()}"
        return self.connection.ask("POST", path, order=order, text=text, **self._signed(saying_of(path, said)))
