"""Look all locked packages up in the database of known faults (PyPI's); run by ``make check``.

Fails when a package has a known fault. Where the database cannot be reached, that is said, and nothing fails: the same
commit must pass on a machine without the internet.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "locks/dev.txt"  # holds everything that locks/run.txt holds


def audit(lock: Path = LOCK, *options: str) -> tuple[int, str]:
    """Audit a lock; returns what to exit with, and what to tell."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    options = ("--format=json", "--progress-spinner=off", "--timeout=5", *options)
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return 0, f"NOT AUDITED: the database of known faults cannot be reached ({reason[:200]})."
    known = [f"{each['name']} {each['version']}: {fault['id']}" for each in packages for fault in each.get("vulns", ())]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    if known:
        return 1, "Packages with known faults:\n" + "\n".join(known)
    if len(skipped) == len(packages):
        return 0, "NOT AUDITED: the database of known faults cannot be reached, or knows none of the packages."
    unknown = f"; unknown to the database: {', '.join(skipped)}" if skipped else ""
    return 0, f"No known faults in {len(packages) - len(skipped)} packages{unknown}."


if __name__ == "__main__":
    status, told = audit()
    print(told)  # noqa: T201  # it is a command
    raise SystemExit(status)
