"""What is issued and what backs it, where a checkpoint seals another text than the replay gives: the line that differs.

Source: docs/rules/supply.md.
"""

from collections.abc import Callable
from hashlib import sha256
from itertools import zip_longest

from venus.core.supply import supply_text
from venus.supervisor.disputes import NotTold
from venus.supervisor.findings import NOTHING, Finding
from venus.supervisor.liabilities import Run


def line_named(found: Finding, ask: Callable[[int], str], run: Run) -> Finding:
    """The finding of another root by the first line that is not so, if the exchange tells its text.

    ask: for the text behind so many frames; raises NotTold.
    """
    try:
        said = ask(found.frame)
        if sha256(said.encode()).hexdigest() != found.recorded:
            raise NotTold("gives such as does not have the hash that it signed")
        machine, _ = run(found.frame)
        made = supply_text(machine, found.frame)
        if said == made:
            raise NotTold("gives the one that the kernels find too")
    except NotTold as refused:
        words = f"Asked for the text that it sealed, the exchange {refused}: so the line cannot be told."
        return found._replace(words=f"{found.words} {words}")
    pairs = zip_longest(said.splitlines(), made.splitlines(), fillvalue=NOTHING)
    theirs, ours = next(pair for pair in pairs if pair[0] != pair[1])
    of = " ".join((theirs if ours == NOTHING else ours).split()[:2])
    words = f"{found.words} By its own text the line of {of} is {theirs!r}, but must be {ours!r}."
    return found._replace(what=f"supply of {of}", recorded=theirs, found=ours, words=words)
