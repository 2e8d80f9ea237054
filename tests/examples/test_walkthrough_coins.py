"""The walk-throughs of docs/walkthroughs, command by command as they stand there, on a sandbox of their own each.

Below a command, `# prints X` is in its answer, and `# says X` in its refusal; a command without the latter must do.
"""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from venus.cli.command import app
from venus.testing.running import RunningExchange

pytestmark = pytest.mark.heavy
FOLDER = Path(__file__).parents[2] / "docs" / "walkthroughs"
PAGES = sorted(page.stem for page in FOLDER.glob("coins_*.md"))
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)


class Step(NamedTuple):
    command: str
    prints: list[str]
    says: list[str]


def steps(page: str) -> list[Step]:
    """The commands of a page in their order."""
    found: list[Step] = []
    for block in BLOCK.findall((FOLDER / f"{page}.md").read_text()):
        for line in block.splitlines():
            if line.startswith("# prints "):
                found[-1].prints.append(line.removeprefix("# prints "))
            elif line.startswith("# says "):
                found[-1].says.append(line.removeprefix("# says "))
            else:
                assert line.startswith("./venus "), line
                found.append(Step(line, [], []))
    return found


def run(command: str) -> int:
    """What a shell would do with it, without a process of its own."""
    [program, *arguments] = shlex.split(command)
    assert program == "./venus"
    with pytest.raises(SystemExit) as ended:
        app(arguments)
    return int(ended.value.code or 0)


def test_there_is_a_page_for_each_role() -> None:
    assert PAGES == ["coins_custodian", "coins_holder", "coins_issuer"]


@pytest.mark.parametrize("page", PAGES)
def test_it_goes_as_the_page_says(
    page: str,
    sandbox: RunningExchange,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = steps(page)
    assert len(asked) > 10 and any(step.says for step in asked)
    monkeypatch.chdir(tmp_path)
    with sandbox.copy_to(tmp_path / "venus-data", quiet_market=True, open_limits=True):
        capsys.readouterr()
        for step in asked:
            code = run(step.command)
            said = capsys.readouterr()
            assert code == bool(step.says), (step, said)
            for piece in step.prints:
                assert piece in said.out, (step, said)
            for piece in step.says:
                assert piece in said.err.replace("\n", " "), (step, said)
