"""Client order ids for requests that brought none, drawn so that the same requests are given the same again."""

from hashlib import blake2b

_CHARS = 22


class ClientIds:
    """`origin` is the sequence at which the state was entered: no id drawn before it can come again."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._drawn = 0

    def draw(self) -> str:
        self._drawn += 1
        return blake2b(f"{self._origin}:{self._drawn}".encode(), digest_size=16).hexdigest()[:_CHARS]
