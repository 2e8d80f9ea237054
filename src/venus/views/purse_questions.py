"""What may be asked of purses that pay offline. Times are ns, amounts atoms. Source: docs/rules/purses.md."""

import msgspec

ROWS_MAX = 1_000


class PurseTerms(msgspec.Struct, frozen=True):
    currency: int
    operator: int
    key: bytes
    holds_atoms_max: int
    payment_atoms_max: int
    guarantee_atoms: int
    life_ns_max: int
    claim_ns: int


class Purse(msgspec.Struct, frozen=True):
    number: int
    account: int
    currency: int
    operator: int
    key: bytes
    holds_atoms_max: int
    payment_atoms_max: int
    expires_ns: int
    closes_ns: int  # from then on it may be closed
    loaded_atoms: int
    paid_atoms: int  # of what was loaded
    given_atoms: int  # the guarantee
    guarantee_atoms: int  # what is left of it
    short_atoms: int  # what payees were not paid
    caught: bool
    closed: bool


class PursesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Those of an account, the newest first; or one by its number; or all that were caught."""

    account: int = -1
    number: int = 0
    caught: bool = False


class PursesAnswer(msgspec.Struct, frozen=True, tag=True):
    purses: list[Purse]
    time_ns: int  # of the last frame


class PurseTermsQuestion(msgspec.Struct, frozen=True, tag=True):
    currency: int


class PurseTermsAnswer(msgspec.Struct, frozen=True, tag=True):
    """By operator."""

    terms: list[PurseTerms]


Question = PursesQuestion | PurseTermsQuestion
Answer = PursesAnswer | PurseTermsAnswer
