"""What the market's door refuses by itself; what the core refuses has its words in issuance/refusals.py."""

from collections.abc import Sequence

from venus.gateway.binance.errors import ApiError
from venus.gateway.issuance.refusals import CODE_BASE, refused
from venus.p2p.refusals import Refusal
from venus.p2p.system_texts import REFUSALS
from venus.records.rejects import Reject


def not_enrolled() -> ApiError:
    return refused(Reject.NOT_A_TRADER)


def no_such_order() -> ApiError:
    """One answer for what is not there and what is another's."""
    return ApiError(CODE_BASE - Reject.UNKNOWN_ESCROW, "UNKNOWN_ESCROW: you have no such order.", status=404)


def no_such_advert() -> ApiError:
    return ApiError(CODE_BASE - Reject.UNKNOWN_ADVERT, "UNKNOWN_ADVERT: there is no such advert.", status=404)


def no_such_trader() -> ApiError:
    return ApiError(-33_001, "There is no such trader.", status=404)


def no_verified_name() -> ApiError:
    return ApiError(-33_002, "Nobody verified yet whose account this is; without a name there is no trade.")


def enrolled_already() -> ApiError:
    return ApiError(-33_003, "The account is enrolled already.", status=409)


def nickname_taken() -> ApiError:
    return ApiError(-33_004, "Somebody else has this nickname.", status=409)


def no_such_payment_account() -> ApiError:
    return ApiError(-33_005, "You have no such payment account.", status=404)


def unsuited_payment_account(why: str) -> ApiError:
    return ApiError(-33_006, f"This payment account will not do: {why}.")


def no_such_method(key: str) -> ApiError:
    return ApiError(-33_007, f"There is no way to pay called {key!r} in this currency.")


def may_not_post(reasons: Sequence[Refusal]) -> ApiError:
    return ApiError(-33_008, f"{_listed(reasons)}: you may not post such adverts now. {_said(reasons)}")


def may_not_take(reasons: Sequence[Refusal]) -> ApiError:
    return ApiError(-33_009, f"{_listed(reasons)}: you may not take this advert now. {_said(reasons)}")


def code_wanted() -> ApiError:
    return ApiError(-33_011, "The code of your second factor is needed.", status=401)


def bad_code() -> ApiError:
    return ApiError(-33_012, "The code is wrong, or was used before.", status=401)


def session_too_large(minutes: int, most: str) -> ApiError:
    return ApiError(-33_032, f"One code stands for releases of at most {minutes} minutes and {most}.")


def factor_wanted() -> ApiError:
    return ApiError(-33_013, "From this amount on a second factor is needed: set one up.", status=401)


def factor_there() -> ApiError:
    return ApiError(-33_014, "A second factor is set up already.", status=409)


def no_such_file() -> ApiError:
    return ApiError(-33_016, "There is no such file for you.", status=404)


def bad_file(why: str) -> ApiError:
    return ApiError(-33_017, f"The file cannot be taken: {why}.")


def chat_over() -> ApiError:
    return ApiError(-33_018, "Nothing more is said about an order that ended so long ago.")


def too_much_said(most: int) -> ApiError:
    return ApiError(-33_019, f"The chat of an order has at most {most} messages of one side.", status=429)


def feedback_too_soon() -> ApiError:
    return ApiError(-33_020, "Feedback is given once an order has ended, and once of each side.", status=409)


def bad_text(why: str) -> ApiError:
    return ApiError(-33_021, f"The text cannot be taken: {why}.")


def different_request() -> ApiError:
    return ApiError(-33_022, "Under this clientId something else was asked before.", status=409)


def name_differs() -> ApiError:
    return ApiError(-33_023, "A payment account must be in the name that was verified.")


def account_in_use() -> ApiError:
    return ApiError(-33_024, "The payment account is one of an advert or an order that is not over.", status=409)


def too_many(why: str) -> ApiError:
    return ApiError(-33_025, f"There are too many of them: {why}.")


def bad_nickname(why: str) -> ApiError:
    return ApiError(-33_026, f"This is no nickname: {why}.")


def codes_locked() -> ApiError:
    return ApiError(-33_027, "Too many codes were wrong: try again in a quarter of an hour.", status=429)


def no_factor() -> ApiError:
    return ApiError(-33_028, "No second factor was begun, or it is confirmed already.", status=409)


def no_payment_account_for(key: str) -> ApiError:
    return ApiError(-33_029, f"You have no payment account for {key!r}.")


def maker_has_no_account() -> ApiError:
    return ApiError(-33_030, "The maker has no payment account for this way to pay any more.", status=409)


def wallet_disagrees() -> ApiError:
    return ApiError(-33_035, "The wallet's own key did not sign this.", status=401)


def no_such_dispute() -> ApiError:
    return ApiError(
        CODE_BASE - Reject.UNKNOWN_ESCROW, "UNKNOWN_ESCROW: no order of this number is in dispute.", status=404
    )


def not_an_arbiter(name: str) -> ApiError:
    return ApiError(-33_031, f"{name} is not the market's arbiter.", status=403)


def _listed(reasons: Sequence[Refusal]) -> str:
    return ",".join(reasons)


def _said(reasons: Sequence[Refusal]) -> str:
    return " ".join(REFUSALS[reason].en for reason in reasons)
