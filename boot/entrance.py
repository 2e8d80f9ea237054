"""What `./venus` does: prepares an environment and hands over to it. Standard library only.

    ./venus test [ARGS]          every test; ARGS go to pytest, --all adds the heavy ones
    ./venus check                format, lint, types, import floors, tidy rules, simulated seeds
    ./venus bench [NAME] [...]   the figures, or one of them; --json, --long
    ./venus anything else        the venus command itself

A warm start costs one read of a lock and one exec.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from chromium import ensure_chromium
from environments import ROOT, Unprepared, say, venv_python
from kernels import Mode, cache_folder, compile_kernels

WORKERS = 2  # that share the tests
# Commands that run the core. For the rest a compilation would be a wait for nothing.
NEED_KERNELS = ("up", "replay", "replay-market", "supervise")


def test(arguments: list[str]) -> int:
    """Run pytest from the project's root, the kernels compiled with bounds checking.

    The whole suite runs on two workers, each with servers of its own, since most of what it does is to wait for them.
    """
    python = venv_python("test")
    if browser_wanted(arguments):
        ensure_chromium()
    environment = prepare_kernels(python, Mode.CHECKED)
    workers = [] if any(map(names_tests_or_workers, arguments)) else ["-n", str(WORKERS), "--dist", "loadfile"]
    # A worker that died ends the run: xdist's next one waits for ever in this distribution.
    return hand_over([python, "-m", "pytest", "--max-worker-restart=0", *workers, *arguments], environment)


def names_tests_or_workers(argument: str) -> bool:
    return argument.startswith(("-n", "--pdb")) or (ROOT / argument.split("::")[0]).exists()


def browser_wanted(arguments: list[str]) -> bool:
    """Whether pytest may collect tests/browser: it is named, or within what is named, or nothing is."""
    browser = ROOT / "tests" / "browser"
    paths = [(ROOT / argument.split("::")[0]).resolve() for argument in arguments if not argument.startswith("-")]
    named = [path for path in paths if path.exists()]
    return not named or any(path.is_relative_to(browser) or browser.is_relative_to(path) for path in named)


def check(arguments: list[str]) -> int:
    """Every check, with the kernels that the simulated seeds run compiled with bounds checking."""
    python = venv_python("check")
    environment = prepare_kernels(python, Mode.CHECKED)
    return hand_over([python, ROOT / "scripts" / "check", *arguments], environment)


def bench(arguments: list[str]) -> int:
    names = [argument for argument in arguments if not argument.startswith("-")]
    # One figure stands beside another implementation, which is a tool of the tests.
    python = venv_python("test" if not names or "log" in names else "run")
    environment = prepare_kernels(python, Mode.PLAIN)
    return hand_over([python, "-m", "benchmarks.run", *arguments], environment)


def venus(arguments: list[str]) -> int:
    """The venus command, in the caller's own folder so that relative paths mean what they say."""
    python = venv_python("run")
    needs_kernels = bool(arguments) and arguments[0] in NEED_KERNELS and "--help" not in arguments
    environment = prepare_kernels(python, Mode.PLAIN) if needs_kernels else environment_of_children()
    environment["NUMBA_CACHE_DIR"] = str(cache_folder(Mode.PLAIN))
    # -P: a file of the caller's folder must not be mistaken for a module of ours.
    return hand_over([python, "-P", "-m", "venus.cli", *arguments], environment, folder=None)


def environment_of_children() -> dict[str, str]:
    """Ours without what would put other people's modules in front of the locked ones."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def prepare_kernels(python: Path, mode: Mode) -> dict[str, str]:
    environment = environment_of_children() | mode.variables | {"NUMBA_CACHE_DIR": str(cache_folder(mode))}
    compile_kernels(python, mode, environment)
    return environment


def hand_over(command: list[str | Path], environment: Mapping[str, str], folder: Path | None = ROOT) -> int:
    """Become `command`: signals and the exit code are then its own. Returns only in the type checker's eyes."""
    if folder is not None:
        os.chdir(folder)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], [str(part) for part in command], environment)


def usage() -> None:
    say((__doc__ or "").split("\n\n")[1] + "\n")


OWN = {"test": test, "check": check, "bench": bench}


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        usage()
        arguments = ["--help"]
    try:
        if arguments[0] in OWN:
            return OWN[arguments[0]](arguments[1:])
        return venus(arguments)
    except Unprepared as why:
        say(f"venus: {why}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
