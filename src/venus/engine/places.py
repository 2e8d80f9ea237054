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
    def registry(self) -> Path:
        return self.root / "registry.sqlite"

    @property
    def socket(self) -> Path:
        return self.root / "engine.sock"

    @property
    def sandbox(self) -> Path:
        return self.root / "sandbox.json"
