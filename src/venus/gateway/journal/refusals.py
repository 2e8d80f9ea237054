"""What the journal's door refuses, in words."""

from venus.gateway.binance.errors import ApiError
from venus.records.seat_requests import SEAT_HEADER, SIGNATURE_HEADER, TIME_HEADER, WINDOW_MS
from venus.units import NS_PER_MS, NS_PER_S

_MS_PER_S = NS_PER_S // NS_PER_MS


def unsigned(header: str) -> ApiError:
    return ApiError(
        -33_001,
        f"{header} is missing: a seat signs its request in {SEAT_HEADER}, {TIME_HEADER} and {SIGNATURE_HEADER}.",
        status=401,
    )


def bad_header(header: str, wanted: str) -> ApiError:
    return ApiError(-33_002, f"{header} is not {wanted}.")


def out_of_time(ahead_ms: int) -> ApiError:
    where = "ahead of" if ahead_ms > 0 else "behind"
    return ApiError(
        -33_003,
        f"{TIME_HEADER} is {abs(ahead_ms) / _MS_PER_S:.1f} s {where} the time here; "
        f"up to {WINDOW_MS // _MS_PER_S} s are taken.",
        status=401,
    )


def passkey() -> ApiError:
    return ApiError(
        -33_004, "The seat signs with a passkey, which no machine has: seat an Ed25519 key for it.", status=401
    )


def bad_signature() -> ApiError:
    return ApiError(
        -33_005, "The signature is not this seat's over method, path, query, time and body of this request.", status=401
    )


def wrong_duty(name: str) -> ApiError:
    return ApiError(-33_006, f"{name} is neither a supervisor nor an authority.", status=403)


def too_many_streams(most: int) -> ApiError:
    return ApiError(-33_007, f"The institution follows {most} times already.", status=429, retry_after_s=1)


def not_durable(number: int, frames: int) -> ApiError:
    return ApiError(
        -33_008,
        f"Frame {number} is not here: {frames} frames are durable, and a reader begins at {frames} at the latest.",
        status=416,
    )


def not_kept(number: int, first: int) -> ApiError:
    return ApiError(-33_009, f"Frame {number} is no longer here; the first that is kept is {first}.", status=410)


def bad_number(name: str) -> ApiError:
    return ApiError(-33_010, f"{name} is a number of a frame in digits, and {name} is sent once.")


def not_now() -> ApiError:
    return ApiError(-33_011, "The exchange is just being put back; come again.", status=503, retry_after_s=1)


def no_checkpoint() -> ApiError:
    return ApiError(-33_013, "There is no such checkpoint here.", status=404)


def not_covered() -> ApiError:
    return ApiError(
        -33_019,
        "No checkpoint covers this yet: one comes within seconds of what happened.",
        status=503,
        retry_after_s=10,
    )


def no_tile() -> ApiError:
    return ApiError(-33_014, "There is no such tile: the path is none, or the log is not so long.", status=404)


def bad_note(why: str) -> ApiError:
    return ApiError(-33_015, f"This is no cosigned checkpoint of this journal: {why}.")


def split_view(frames: int) -> ApiError:
    return ApiError(
        -33_016,
        f"The journal's key signed this checkpoint of {frames} frames, but it is not the one that stands in the "
        "journal: keep it, it is a proof.",
        status=409,
    )


def name_taken(name: str) -> ApiError:
    return ApiError(-33_017, f"Under the name {name} another key, or another institution, cosigned before.", status=409)


def not_told(what: str) -> ApiError:
    return ApiError(-33_018, f"{what} are not kept here: the newest are.", status=404)


def no_anchor() -> ApiError:
    return ApiError(-33_019, "The journal says nothing of looks since this door opened.", status=404)


def not_read(names: str) -> ApiError:
    return ApiError(-33_012, f"Only these parameters are read here: {names}.")
