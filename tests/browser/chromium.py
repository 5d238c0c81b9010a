"""Find a Chromium for the browser tests; run as a script, install one if there is none.

In this order: the one that ``PODCAST_TEST_CHROMIUM`` names, one that is installed, Debian's package
(where we may install packages), Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the path of an installed Chromium, or None."""
    named = os.environ.get("PODCAST_TEST_CHROMIUM")
    if named:
        return named
    installed = next((path for path in map(shutil.which, NAMES) if path), None)
    return installed or _find_playwrights()


def _find_playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_chromium() -> None:
    """Install one by Debian's package manager when we are root, else by Playwright."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
            if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode != 0:
                break
        if find_chromium():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)


if __name__ == "__main__":
    if not find_chromium():
        install_chromium()
    found = find_chromium()
    sys.exit(None if found else "No Chromium was found or installed: the browser tests need one.")
