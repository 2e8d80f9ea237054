"""What a snapshot says besides arrays: where in the journal it was taken."""

import msgspec


class Marks(msgspec.Struct, frozen=True):
    """A place between two frames, and what the journal and its events came to until there."""

    frames: int
    tip_hash: bytes
    chain: bytes
    frontier: bytes
    state_root: bytes
    rules: int = 1  # of the chain; a snapshot without it was taken under rules 1
    seeded: int = -1  # frames up to the newest SEED before, 0 if there is none; -1: not known
