"""Find a Chromium for the browser tests; run as a script, install one if there is none.

In this order: the one that ``PODCAST_TEST_CHROMIUM`` names, one that is installed, Debian's package
(where we may install packages), Playwright's own download. The shell without windows does the same with half the
processor time: where it can be had from Debian it comes first.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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
    """Install one by Debian's package manager when we are root, else by Playwright where there is none at all."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "--yes", "--no-install-recommends"]
        subprocess.run(["apt-get", "update"], env=environment, stdout=subprocess.DEVNULL, check=False)
        for package in (SHELL, "chromium"):
            if not shutil.which(SHELL) and (package == SHELL or not find_chromium()):
                subprocess.run([*install, package], env=environment, stdout=subprocess.DEVNULL, check=False)
    if not find_chromium():
        subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)


if __name__ == "__main__":
    if not (os.environ.get("PODCAST_TEST_CHROMIUM") or shutil.which(SHELL)):
        install_chromium()
    found = find_chromium()
    sys.exit(None if found else "No Chromium was found or installed: the browser tests need one.")
