"""A browser for the browser tests: Debian's Chromium, installed when it is missing. Standard library only."""

import os
import shutil
import subprocess
import sys

from environments import Unprepared, say

NAMES = ("chromium", "chromium-browser", "google-chrome")


def ensure_chromium() -> None:
    """Leave with a browser on the PATH, or raise Unprepared: a test that cannot run is a failure, not a pass."""
    if any(shutil.which(name) for name in NAMES):
        return
    how = "apt-get install chromium, or name tests outside tests/browser"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unprepared(f"the browser tests need Chromium and only root can install it: {how}")
    say("venus: installing Debian's chromium for the browser tests (once, about half a minute)")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # The list of packages may be old, or never have been fetched: then the first attempt fails, the second does not.
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
    for command in (install, ["apt-get", "update"], install):
        subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
        if shutil.which("chromium"):
            return
    raise Unprepared(f"apt-get could not install Chromium, see above: {how}")
