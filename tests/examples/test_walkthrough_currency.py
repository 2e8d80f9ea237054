"""The walk-throughs of a central bank's currency, command by command as they stand there, on a sandbox each."""

from pathlib import Path

import pytest

from tests.examples.walkthroughs import go, pages
from venus.testing.running import RunningExchange

pytestmark = pytest.mark.heavy
PAGES = pages("currency_")


def test_there_is_a_page_for_each_role() -> None:
    assert PAGES == ["currency_central_bank", "currency_merchant", "currency_operator", "currency_person"]


@pytest.mark.parametrize("page", PAGES)
def test_it_goes_as_the_page_says(
    page: str,
    sandbox: RunningExchange,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with sandbox.copy_to(tmp_path / "venus-data", quiet_market=True, open_limits=True):
        go(page, capsys)
