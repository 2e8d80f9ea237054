"""Where things lie in an exchange's data directory."""

from pathlib import Path
from typing import NamedTuple


class Places(NamedTuple):
    """Paths under one directory."""

    root: Path

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def journal_key(self) -> Path:
        return self.root / "keys" / "journal.pem"

    @property
    def journal_verifier(self) -> Path:
        return self.root / "keys" / "journal.verifier"

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
