"""docs/COVERAGE.md and the door's tables tell of the same endpoints."""

import re

from tests.tidy.source import ROOT
from venus.gateway.binance.rest import ENDPOINTS

ROW = re.compile(r"^\| ((?:GET|POST|PUT|DELETE) /\S+) \| (works|differs|no) \|", re.MULTILINE)
WHOLE = ("/api/", "/sapi/")
"""Families of paths that are told whole."""


def test_every_endpoint_served_is_told_and_every_one_told_is_served() -> None:
    told = dict(ROW.findall((ROOT / "docs" / "COVERAGE.md").read_text()))
    served = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    namesakes = {what for what in served if what.replace("/api/v1/", "/api/v3/") in served and "/api/v1/" in what}
    shown = {what for what, state in told.items() if state != "no"}
    assert shown <= served
    assert not (told.keys() - shown) & served
    whole = {what for what in served - namesakes if what.split()[1].startswith(WHOLE)}
    assert whole <= shown, whole - shown
