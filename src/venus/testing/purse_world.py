"""A currency, one operator with purse terms and persons with money, as the commands that found them.

For an exchange that runs; on a stage of core and model, see purse_stage.py.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.records.coins import DAY_NS
from venus.records.commands import AccountKind, ColdCommand
from venus.records.holds import ApproveSpender, TransferFrom
from venus.records.purses import SetPurseTerms
from venus.testing.first_tier import DCNY, FIRST_FREE, HOUSE, TREASURY, first_tier, opened
from venus.testing.officials import CENTRAL_BANK, CURRENCY_BODIES, EAST, signed_by

PERSON_FIRST = FIRST_FREE
_PLENTY = 10**12


class PurseWorld(NamedTuple):
    """`time_ns` is the exchange's when it is founded: approvals are good for five minutes."""

    persons: int
    atoms: int  # of each
    time_ns: int
    key: Ed25519PrivateKey  # of the operator's terms
    guarantee_atoms: int = 1_000
    holds_atoms_max: int = 1_000_000
    payment_atoms_max: int = 100_000

    def set_up(self) -> Iterator[ColdCommand]:
        """Assets 0 and 1 are dCNY and its reserves, operator 0 is the east bank."""
        yield from first_tier(self.time_ns, _PLENTY, CURRENCY_BODIES)
        yield opened("persons", AccountKind.PERSON, self.persons)
        yield signed_by(self.terms(), self.time_ns, CENTRAL_BANK, EAST)
        yield from self._money()

    def terms(self) -> SetPurseTerms:
        return SetPurseTerms(
            reference="terms",
            currency=DCNY,
            operator=0,
            key=self.key.public_key().public_bytes_raw(),
            holds_atoms_max=self.holds_atoms_max,
            payment_atoms_max=self.payment_atoms_max,
            guarantee_atoms=self.guarantee_atoms,
            life_ns_max=90 * DAY_NS,
            claim_ns=30 * DAY_NS,
        )

    def _money(self) -> Iterator[ColdCommand]:
        """Out of the treasury, which lets the house pay."""
        yield ApproveSpender(reference="allow", account=TREASURY, spender=HOUSE, asset=DCNY, atoms=_PLENTY)
        for number in range(self.persons):
            yield TransferFrom(
                reference=f"money {number}",
                spender=HOUSE,
                account=TREASURY,
                to_account=PERSON_FIRST + number,
                asset=DCNY,
                atoms=self.atoms,
            )
