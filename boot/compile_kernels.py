"""Fills Numba's cache with one floor's kernels: imports its modules, then runs what is run before anyone is served.

    compile_kernels.py FLOOR MODULE...

Kernels with a signature compile when they are imported, the others when they are first called. Run by the environment's
interpreter, in a process of its own, so that what it leaves is the cache and nothing else, and two floors compile side
by side.
"""

import importlib
import sys


def main(floor: str, modules: list[str]) -> None:
    for number, module in enumerate(modules, 1):
        print(f"{number}/{len(modules) + 1} {module}", flush=True)
        importlib.import_module(module)
    print(f"{len(modules) + 1}/{len(modules) + 1} all of the {floor}", flush=True)
    importlib.import_module(f"venus.{floor}.warm").warm()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
