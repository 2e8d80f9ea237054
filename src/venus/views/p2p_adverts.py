"""Adverts of the market between people: each as it stands, and in books by side, asset and currency for searches."""

from collections import deque

import msgspec
import numpy as np

from venus.records.p2p import EditAdvert, PostAdvert
from venus.records.p2p_states import AdvertState
from venus.views.p2p_books import Book
from venus.views.p2p_questions import ADVERTS_KEPT_NS, Advert, AdvertsQuestion, Source
from venus.views.p2p_traders import Traders

_replace = msgspec.structs.replace
_OFFER = ("atoms", "fiat_min", "fiat_max", "price", "margin_ppm", "pay_ns", "methods", "text_hash")
"""What a command of PostAdvert or EditAdvert says anew."""


class Adverts:
    """The fold. Rows are frozen and replaced whole; an advert is in its book while it is online."""

    def __init__(self, traders: Traders) -> None:
        self._traders = traders
        self._adverts: dict[int, Advert] = {}
        self._of_account: dict[int, list[int]] = {}  # numbers, ascending
        self._books: dict[tuple[int, int, str], Book] = {}
        self._closed: deque[tuple[int, int]] = deque()  # time and number, the oldest first

    def one(self, number: int) -> Advert | None:
        return self._adverts.get(number)

    def book(self, side: int, asset: int, fiat: str) -> Book | None:
        return self._books.get((side, asset, fiat))

    def online(self) -> int:
        """How many are, now."""
        return sum(book.count for book in self._books.values())

    def of(self, question: AdvertsQuestion) -> list[Advert]:
        """An account's, the newest first."""
        adverts = (self._adverts[number] for number in reversed(self._of_account.get(question.account, [])))
        return [one for one in adverts if not question.states or one.state in question.states]

    def post(self, command: PostAdvert, number: int, at: Source, time_ns: int, fee_ppm: int, bound: int) -> None:
        advert = Advert(
            number=number,
            account=command.account,
            side=command.side,
            asset=command.asset,
            fiat=command.fiat,
            fee_ppm=fee_ppm,
            bound_atoms=bound,
            state=AdvertState.ONLINE,
            posted_ns=time_ns,
            changed_ns=time_ns,
            sequence=at.sequence,
            frame=at.frame,
            posted_frame=at.frame,
            opened=0,
            completed=0,
            **{name: getattr(command, name) for name in _OFFER},
        )
        self._of_account.setdefault(advert.account, []).append(number)
        self._traders.count_adverts(advert.account, 1)
        self._put(advert)

    def edit(self, command: EditAdvert, at: Source, time_ns: int, fee_ppm: int, bound: int) -> None:
        self._put(
            _replace(
                self._adverts[command.advert],
                fee_ppm=fee_ppm,
                bound_atoms=bound,
                changed_ns=time_ns,
                sequence=at.sequence,
                frame=at.frame,
                **{name: getattr(command, name) for name in _OFFER},
            )
        )

    def set_state(self, number: int, state: int, time_ns: int) -> None:
        advert = _replace(self._adverts[number], state=state, changed_ns=time_ns)
        if state == AdvertState.CLOSED:
            advert = _replace(advert, bound_atoms=0)
            self._closed.append((time_ns, number))
            self._traders.count_adverts(advert.account, -1)
        self._put(advert)

    def take(self, number: int, atoms: int, locked: int) -> Advert:
        """So much less is left, and bound; the advert as it was."""
        before = self._adverts[number]
        left = before.atoms - atoms
        self._adverts[number] = _replace(
            before, atoms=left, bound_atoms=before.bound_atoms - locked, opened=before.opened + 1
        )
        self._books[before.side, before.asset, before.fiat].left(number, left)
        return before

    def complete(self, number: int) -> None:
        """One of its orders is completed; it may be forgotten itself."""
        advert = self._adverts.get(number)
        if advert is not None:
            self._adverts[number] = _replace(advert, completed=advert.completed + 1)

    def forget(self, time_ns: int) -> None:
        """Those that were closed long ago."""
        while self._closed and self._closed[0][0] <= time_ns - ADVERTS_KEPT_NS:
            _, number = self._closed.popleft()
            account = self._adverts.pop(number).account
            self._of_account[account].remove(number)
            if not self._of_account[account]:
                del self._of_account[account]

    def _put(self, advert: Advert) -> None:
        before = self._adverts.get(advert.number)
        self._adverts[advert.number] = advert
        key = (advert.side, advert.asset, advert.fiat)
        if advert.state == AdvertState.ONLINE:
            if key not in self._books:
                self._books[key] = Book()
            self._books[key].put(advert, self._traders.slots[advert.account])
        elif before is not None and before.state == AdvertState.ONLINE:
            self._books[key].remove(advert.number)

    # Snapshots

    def arrays(self) -> dict[str, np.ndarray]:
        adverts = list(self._adverts.values())
        return {
            "adverts": np.frombuffer(msgspec.msgpack.encode(adverts), np.uint8),
            "adverts_closed": np.array(self._closed, np.int64).reshape(-1, 2),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """The traders are restored before."""
        adverts = msgspec.msgpack.decode(arrays["adverts"].tobytes(), type=list[Advert])
        self._adverts = {advert.number: advert for advert in adverts}
        self._of_account = {}
        in_books: dict[tuple[int, int, str], list[Advert]] = {}
        for advert in adverts:
            self._of_account.setdefault(advert.account, []).append(advert.number)
            if advert.state == AdvertState.ONLINE:
                in_books.setdefault((advert.side, advert.asset, advert.fiat), []).append(advert)
        self._books = {key: Book() for key in in_books}
        for key, own in in_books.items():
            self._books[key].fill(own, [self._traders.slots[advert.account] for advert in own])
        self._closed = deque((time_ns, number) for time_ns, number in arrays["adverts_closed"].tolist())
