"""A client's calls under the names of the WebSocket API's methods, so that one day can be lived through any of them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.doors.clients.diary import NoCall

Call = Callable[..., Any]


class Refused(NamedTuple):
    """A refusal as the client tells it; some clients drop the code and keep the words."""

    code: int | None
    message: str

    def says(self, code: int, message: str) -> bool:
        return self.message == message and self.code in (code, None)


class Door:
    """Answers are plain JSON data.

    calls      by method name; what is not there the client has no call for
    refusal    the code and words that one of the client's own exceptions carries; None: it is no refusal
    """

    def __init__(self, calls: Mapping[str, Call], refusal: Callable[[Exception], Refused | None]) -> None:
        self._calls = calls
        self._refusal = refusal

    def __call__(self, method: str, **params: Any) -> Any:
        call = self._calls.get(method)
        if call is None:
            raise NoCall(f"no call for {method}")
        return call(**params)

    def refused(self, method: str, **params: Any) -> Refused:
        """The refusal that this call must meet."""
        try:
            answer = self(method, **params)
        except NoCall:
            raise
        except Exception as error:
            refusal = self._refusal(error)
            if refusal is None:
                raise
            return refusal
        raise AssertionError(f"not refused: {answer}")
