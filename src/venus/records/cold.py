"""What all commands outside the hot path have in common."""

from typing import ClassVar

import msgspec

TEXT_MAX = 64
"""Characters of the texts that cold commands carry, where their page says nothing else."""
LONG_TEXT_MAX = 256
"""Of those that explain: a legal basis, an appeal."""


class Cold(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """A command outside the hot path. `reference` makes it idempotent: a retry gives the first outcome."""

    reference: str
    version: ClassVar[int] = 1


class Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, kw_only=True):
    """Something that a cold command carries inside it."""
