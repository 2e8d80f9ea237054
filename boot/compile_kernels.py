"""Imports the modules named, one line each: importing a kernel with a signature compiles it into Numba's cache."""

import importlib
import sys
import time


def main(modules: list[str]) -> None:
    shown = sys.stderr.isatty()
    started_s = time.monotonic()
    print(f"venus: compiling {len(modules)} modules of kernels (once after a change, up to a minute)", file=sys.stderr)
    for number, module in enumerate(modules, 1):
        if shown:
            elapsed_s = time.monotonic() - started_s
            print(
                f"\r\033[K  {number}/{len(modules)} {module} ({elapsed_s:.0f} s)", end="", file=sys.stderr, flush=True
            )
        importlib.import_module(module)
    if shown:
        print("\r\033[K", end="", file=sys.stderr)
    print(f"venus: compiled in {time.monotonic() - started_s:.1f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
