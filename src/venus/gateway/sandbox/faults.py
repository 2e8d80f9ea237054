"""Faults to order: which requests and which streams go wrong, how often, and how.

Rules are tried in the order in which they were made. A rule counts the requests that match it: it spares the first
`skip`, then acts on `count` of them (all, if none is given), each with `probability` drawn from its own seed, so that
the same requests meet the same faults.
"""

import random
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from venus.gateway.sandbox.refusals import Refused

RequestKind = Literal[
    "latency", "disconnect", "status", "rate_limit", "ban", "timeout_unknown", "no_answer", "half_answer"
]
StreamKind = Literal["cut", "silence", "stream_latency", "drop", "duplicate"]
RULES_MAX = 1_000
_ALWAYS_AFTER = ("timeout_unknown", "half_answer")
_STREAM_KINDS = ("cut", "silence", "stream_latency", "drop", "duplicate")


class FaultForm(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for.

    kind      of requests: latency, disconnect, status, rate_limit, ban, timeout_unknown (done, and the answer says that
              nobody knows), no_answer (until the client gives up), half_answer; of streams: cut, silence,
              stream_latency, drop, duplicate
    when      before: the exchange never sees the request; after: it is done, and only its answer goes wrong
    method, path, account  what it applies to; path may hold * and ?, account is a name or a number
    status, code, msg      of `status`: HTTP's, and the body's if it is to be another than the API's own
    every     of drop and duplicate: every n-th message
    """

    kind: RequestKind | StreamKind
    when: Literal["before", "after"] = "before"
    method: str = ""
    path: str = ""
    account: str = ""
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    seed: int = 0
    delay_ms: int = 0
    status: int = 503
    code: int | None = None
    msg: str | None = None
    retry_after: int = 1
    every: int = 1


class Fault:
    """A rule and what it has done."""

    def __init__(self, number: int, form: FaultForm, account: int | None) -> None:
        self.number = number
        self.form = form
        self.account = account
        self.is_after = form.when == "after" or form.kind in _ALWAYS_AFTER
        self.is_of_streams = form.kind in _STREAM_KINDS
        self.matched_count = 0
        self.done_count = 0
        self._chance = random.Random(form.seed)

    def facts(self) -> dict[str, Any]:
        asked = {name: value for name, value in msgspec.to_builtins(self.form).items() if value not in ("", None)}
        return {"id": self.number, **asked, "matched": self.matched_count, "done": self.done_count}

    @property
    def is_spent(self) -> bool:
        return self.form.count is not None and self.done_count >= self.form.count

    def applies(self, method: str, path: str, account: int | None) -> bool:
        """Whether this one request goes wrong; counts it."""
        form = self.form
        if self.is_spent or (form.method and form.method.upper() != method):
            return False
        if form.path and not fnmatchcase(path, form.path):
            return False
        if self.account is not None and self.account != account:
            return False
        return self.happens()

    def happens(self) -> bool:
        """Whether what matched goes wrong, by skip, count and chance."""
        if self.is_spent:
            return False
        self.matched_count += 1
        if self.matched_count <= self.form.skip:
            return False
        if self.form.probability < 1.0 and self._chance.random() >= self.form.probability:
            return False
        self.done_count += 1
        return True


class Faults:
    """All rules of a gateway. `on_change` is called when one comes or goes."""

    def __init__(self) -> None:
        self._rules: dict[int, Fault] = {}
        self._made = 0

    def add(self, form: FaultForm, account: int | None) -> Fault:
        """Raises Refused for a rule that could never act, or act on nothing."""
        if len(self._rules) >= RULES_MAX:
            raise Refused(409, f"there are {RULES_MAX} rules; clear some")
        if not 0.0 <= form.probability <= 1.0:
            raise Refused(400, "a probability is from 0 to 1")
        if form.delay_ms < 0 or form.skip < 0 or form.every < 1 or (form.count is not None and form.count < 1):
            raise Refused(400, "delay_ms and skip are at least 0, count and every at least 1")
        if not 400 <= form.status <= 599:
            raise Refused(400, "a fault's status is from 400 to 599")
        if form.kind == "latency" and not form.delay_ms:
            raise Refused(400, "a latency of 0 ms does nothing: give delay_ms")
        self._made += 1
        fault = self._rules[self._made] = Fault(self._made, form, account)
        return fault

    def remove(self, number: int) -> None:
        if self._rules.pop(number, None) is None:
            raise Refused(404, f"there is no fault {number}")

    def clear(self) -> None:
        self._rules.clear()

    def facts(self) -> list[dict[str, Any]]:
        return [fault.facts() for fault in self._rules.values()]

    @property
    def ask_for_accounts(self) -> bool:
        """Whether any rule needs to know whose request it is."""
        return any(fault.account is not None for fault in self._rules.values())

    def of_request(self, method: str, path: str, account: int | None) -> list[Fault]:
        """What goes wrong with this request: every latency, and the first of the other kinds."""
        found: list[Fault] = []
        has_ended = False
        for fault in self._rules.values():
            if fault.is_of_streams or (has_ended and fault.form.kind != "latency"):
                continue
            if fault.applies(method, path, account):
                found.append(fault)
                has_ended |= fault.form.kind != "latency"
        return found

    def of_streams(self) -> list[Fault]:
        return [fault for fault in self._rules.values() if fault.is_of_streams and not fault.is_spent]
