"""Pages of docs/walkthroughs as sessions at a shell, run as they stand there.

Below a command, `# prints X` is in its answer, and `# says X` in its refusal; a command without the latter must do.
`# keeps FIELD as NAME` keeps the first such field of the answer for later commands, where it stands as $NAME. A block
```csv FILE or ```xml FILE is a file that is there, with what was kept until then.
"""

import json
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import pytest

from venus.cli.command import app

FOLDER = Path(__file__).parents[2] / "docs" / "walkthroughs"
BLOCK = re.compile(r"```(sh|(?:csv|xml) [a-z]+\.(?:csv|xml))\n(.*?)```", re.DOTALL)


class Step(NamedTuple):
    """A command, or a file to write."""

    command: str
    prints: list[str]
    says: list[str]
    keeps: list[tuple[str, str]]
    file: str = ""


def pages(prefix: str) -> list[str]:
    return sorted(page.stem for page in FOLDER.glob(f"{prefix}*.md"))


def steps(page: str) -> list[Step]:
    """The commands and files of a page in their order."""
    found: list[Step] = []
    for kind, block in BLOCK.findall((FOLDER / f"{page}.md").read_text()):
        if kind != "sh":
            found.append(Step("", [], [], [], kind.partition(" ")[2] + "\n" + block))
            continue
        for line in block.splitlines():
            if line.startswith("# prints "):
                found[-1].prints.append(line.removeprefix("# prints "))
            elif line.startswith("# says "):
                found[-1].says.append(line.removeprefix("# says "))
            elif line.startswith("# keeps "):
                field, _, name = line.removeprefix("# keeps ").partition(" as ")
                found[-1].keeps.append((field, name))
            else:
                assert line.startswith("./venus "), line
                found.append(Step(line, [], [], []))
    return found


def run(command: str) -> int:
    """What a shell would do with it, without a process of its own."""
    [program, *arguments] = shlex.split(command)
    assert program == "./venus"
    with pytest.raises(SystemExit) as ended:
        app(arguments)
    return int(ended.value.code or 0)


def go(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run a page where the sandbox is, and look at what it says."""
    asked, kept = steps(page), dict[str, Any]()
    assert len(asked) > 10 and any(step.says for step in asked)
    capsys.readouterr()
    for step in asked:
        if step.file:
            name, _, lines = step.file.partition("\n")
            Path(name).write_text(Template(lines).substitute(kept))
            continue
        code = run(Template(step.command).substitute(kept))
        said = capsys.readouterr()
        assert code == bool(step.says), (step, said)
        for piece in step.prints:
            assert piece in said.out, (step, said)
        for piece in step.says:
            assert piece in said.err.replace("\n", " "), (step, said)
        for field, name in step.keeps:
            answer = json.loads(said.out)
            kept[name] = (answer[0] if isinstance(answer, list) else answer)[field]
