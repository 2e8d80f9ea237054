"""The venus command."""

import sys

if not __debug__:
    sys.exit("venus does not run under python -O: its assertions are part of it")

from venus.cli.command import app

app()
