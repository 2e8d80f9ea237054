"""What the currency's door refuses by itself; what the core refuses has its words in issuance/refusals.py."""

from venus.gateway.binance.errors import ApiError
from venus.gateway.issuance.refusals import CODE_BASE
from venus.records.rejects import Reject


def no_such_operator(name: str) -> ApiError:
    return ApiError(
        CODE_BASE - Reject.UNKNOWN_OPERATOR, f"UNKNOWN_OPERATOR: there is no operator {name!r}.", status=404
    )


def not_a_wallet(account: int) -> ApiError:
    return ApiError(CODE_BASE - Reject.NOT_A_WALLET, f"NOT_A_WALLET: {account} is no wallet.", status=404)


def not_an_operator() -> ApiError:
    return ApiError(-32_001, "The key is none of an operator that acts now.", status=401)


def not_your_wallet() -> ApiError:
    return ApiError(-32_002, "The wallet is another's.", status=401)


def identity_unsuited(why: str) -> ApiError:
    return ApiError(-32_003, f"This identity does not fit the class: {why}.")


def identity_differs() -> ApiError:
    return ApiError(-32_004, "Under this clientId another person was entered before.", status=409)


def phone_taken() -> ApiError:
    return ApiError(-32_005, "This telephone number has a wallet that needs nothing else here already.", status=409)


def no_regime() -> ApiError:
    return ApiError(-32_006, "No regime is in force for this currency yet.")


def not_unsealed() -> ApiError:
    return ApiError(-32_007, "The journal has no unsealing of this wallet that allows you to read.", status=401)


def nobody_entered() -> ApiError:
    return ApiError(-32_008, "Nobody was entered as the holder of this wallet.", status=404)


def no_such_request() -> ApiError:
    return ApiError(-32_010, "There is no such payment request.", status=404)


def request_not_open(state: str) -> ApiError:
    return ApiError(-32_011, f"The payment request is not open any more: {state}.", status=409)


def request_differs() -> ApiError:
    return ApiError(-32_012, "Under this clientId another request was made before.", status=409)


def too_many_requests(most: int) -> ApiError:
    return ApiError(-32_013, f"The merchant has {most} open requests: let them be paid, or withdraw some.")


def bad_rows(why: str) -> ApiError:
    return ApiError(-32_014, f"The rows cannot be read: {why}.")


def not_taken_over() -> ApiError:
    return ApiError(-32_015, "The journal does not say that this operator's wallets were moved to you.")


def no_such_purse() -> ApiError:
    return ApiError(CODE_BASE - Reject.UNKNOWN_PURSE, "UNKNOWN_PURSE: you have no such purse.", status=404)


def bad_message(why: str) -> ApiError:
    return ApiError(-32_016, f"The message cannot be read: {why}.")
