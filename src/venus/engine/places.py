"""Where things lie in an exchange's data directory."""

from pathlib import Path
from typing import NamedTuple

from venus.journal.events_files import KEPT_BYTES


class Places(NamedTuple):
    """Paths under one directory, and how much may lie there of what could be kept for ever."""

    root: Path
    events_bytes: int = KEPT_BYTES  # of frames' events

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def event_chain(self) -> Path:
        """The event chain after every frame of the journal."""
        return self.root / "events.chain"

    @property
    def events(self) -> Path:
        """The events of the newest frames."""
        return self.root / "events"

    @property
    def liabilities(self) -> Path:
        """Trees of what customers are owed, from which the door proves a balance."""
        return self.root / "liabilities"

    @property
    def reserves(self) -> Path:
        """Signed challenges of chain addresses, as they were published."""
        return self.root / "reserves"

    @property
    def treasury_key(self) -> Path:
        """Of a sandbox: what its chains' treasury signs challenges with."""
        return self.root / "keys" / "treasury.key"

    @property
    def public_log(self) -> Path:
        """The journal's Merkle log as it is served: made again from the journal if it is lost."""
        return self.root / "log"

    @property
    def looks(self) -> Path:
        """Who looked into the journal, as the door lists it to everybody: a copy of the registry's list."""
        return self.root / "looks.list"

    @property
    def journal_key(self) -> Path:
        return self.root / "keys" / "journal.pem"

    @property
    def journal_verifier(self) -> Path:
        return self.root / "keys" / "journal.verifier"

    @property
    def receipts_key(self) -> Path:
        """What signs receipts; beside it the note by which the journal's key says so."""
        return self.root / "keys" / "receipts.pem"

    @property
    def receipts_delegation(self) -> Path:
        return self.root / "keys" / "receipts.note"

    @property
    def master_key(self) -> Path:
        return self.root / "keys" / "registry.key"

    @property
    def participants(self) -> Path:
        """Keys of a sandbox's simulated participants."""
        return self.root / "keys" / "participants.json"

    @property
    def registry(self) -> Path:
        return self.root / "registry.sqlite"

    @property
    def p2p_files(self) -> Path:
        """What people of the market show each other, sealed."""
        return self.root / "p2p" / "files"

    @property
    def p2p_rules(self) -> Path:
        """What a sandbox relaxes of the market's conduct."""
        return self.root / "p2p" / "rules.json"

    @property
    def p2p_rates(self) -> Path:
        """Rates between currencies, kept by whoever runs the exchange."""
        return self.root / "p2p" / "rates.json"

    @property
    def socket(self) -> Path:
        return self.root / "engine.sock"

    @property
    def sandbox(self) -> Path:
        return self.root / "sandbox.json"

    @property
    def sandbox_clock(self) -> Path:
        return self.root / "clock.json"

    @property
    def steering(self) -> Path:
        """The socket by which a sandbox's engine is steered; there is none elsewhere."""
        return self.root / "steering.sock"

    @property
    def restore_points(self) -> Path:
        return self.root / "restore"
