"""Refusals of the wallet in the API's words. Source: the code tables of public clients (ccxt 4.5); docs/rules/wallet.md
names those that are our own choice.
"""

from venus.gateway.binance.errors import ApiError
from venus.records.rejects import Reject


def no_such_coin() -> ApiError:
    return ApiError(-4018, "We don't have this asset.")


def not_open_for_withdrawal() -> ApiError:
    return ApiError(-4019, "Current asset is not open for withdrawal.")


def no_address_here() -> ApiError:
    """The coin does not come in on this network."""
    return ApiError(-4040, "This address not charged.")


def not_a_multiple(multiple: str) -> ApiError:
    return ApiError(-4021, f"Asset withdrawal must be an integer multiple of {multiple}.")


def below_minimum(minimum: str) -> ApiError:
    return ApiError(-4022, f"Not less than the minimum pick-up quantity {minimum}.")


def above_maximum() -> ApiError:
    return ApiError(-4023, "Within 24 hours, the withdrawal exceeds the maximum amount.")


def not_enough_to_withdraw() -> ApiError:
    return ApiError(-4026, "You have insufficient balance.")


def nothing_above_fee() -> ApiError:
    return ApiError(-4028, "The amount of withdrawal must be greater than the Commission.")


def withdrawals_closed() -> ApiError:
    return ApiError(-4015, "Withdraw is limited.")


def illegal_address() -> ApiError:
    return ApiError(-4033, "Illegal address.")


def bad_interval(days: int) -> ApiError:
    return ApiError(-4047, f"Time interval must be within 0-{days} days")


def still_locked(coin: str) -> ApiError:
    return ApiError(
        -4060,
        f"As your deposit has not reached the required block confirmations, we have temporarily locked {coin} asset.",
    )


def tag_not_supported() -> ApiError:
    return ApiError(-4106, "The network does not support tag.")


def duplicate_id(name: str) -> ApiError:
    return ApiError(-4115, f"{name} is duplicated.")


def bad_email() -> ApiError:
    return ApiError(-4003, "Your input email is invalid.")


def no_relation() -> ApiError:
    return ApiError(-5021, "This parent sub have no relation")


def not_positive() -> ApiError:
    return ApiError(-5007, "Quantity must be greater than zero.")


def transfer_not_enough() -> ApiError:
    return ApiError(-5013, "Asset transfer failed: insufficient balance")


def transfer_failed() -> ApiError:
    return ApiError(-5010, "Asset transfer fail.")


def too_much_for_dust(coin: str) -> ApiError:
    return ApiError(-5004, f"The residual balances of {coin} have exceeded 0.001BTC, Please re-choose.")


def too_little_for_dust(coin: str) -> ApiError:
    return ApiError(-5005, f"The residual balances of {coin} is too low, Please re-choose.")


def snapshot_not_supported() -> ApiError:
    return ApiError(-7002, "Data request type is not supported.")


def no_such_pair() -> ApiError:
    return ApiError(-20127, "The conversion pair is not supported.")


def amount_out_of_range() -> ApiError:
    return ApiError(-20128, "The conversion amount is out of range.")


def quote_gone() -> ApiError:
    return ApiError(-20129, "The quote is expired or was used.")


def no_such_quote() -> ApiError:
    return ApiError(-20130, "The quote does not exist.")


def transfer_refused(reason: Reject) -> ApiError:
    """The engine's refusal of a transfer between an owner's accounts."""
    if reason is Reject.INSUFFICIENT_FREE:
        return transfer_not_enough()
    return transfer_failed()


def withdrawal_refused(reason: Reject) -> ApiError:
    """The engine's refusal to set a withdrawal's money aside."""
    if reason is Reject.INSUFFICIENT_FREE:
        return not_enough_to_withdraw()
    if reason is Reject.ACCOUNT_FROZEN:
        return withdrawals_closed()
    return ApiError(-1000, "An unknown error occurred while processing the request.", status=500)
