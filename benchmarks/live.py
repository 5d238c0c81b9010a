"""Live sound for a while, with two listeners and a recorder: how memory grows, and how far anybody falls behind.

    python -m benchmarks.live --seconds 1800

The server is the real one in a process of its own; listeners are HTTP clients that read the stream as a browser does.
It prints, for each tenth of the time, the server's memory and processor time, and how old the newest sound is that each
listener has (lag), and at last whether the recordings hold all of it.
"""

import argparse
import json
import os
import struct
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from podcast_core.services.live.feeding import SIMULATED
from podcast_core.settings import Settings
from podcast_core.storage import recordings, sessions
from tests.building import opened
from tests.serving import serve

ROUND = "Live"


class Listener(threading.Thread):
    """Reads the stream of a feed again and again from the sample it has."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.next: int | None = None
        self.first: int | None = None
        self.count = 0
        self.lag_s = float("inf")

    def run(self) -> None:
        """Listen until the server is gone."""
        with suppress(OSError):
            self._listen()

    def _listen(self) -> None:
        while True:
            query = "" if self.next is None else f"?after={self.next}"
            with urllib.request.urlopen(f"{self._url}{query}") as response:  # nosec B310  # loopback
                while head := response.read(4):
                    fields = json.loads(response.read(struct.unpack("<I", head)[0]))
                    response.read(2 * fields["count"] * fields["channels"])
                    if fields["count"]:
                        self._take(fields)

    def _take(self, fields: dict[str, float]) -> None:
        self.first = int(fields["first"]) if self.first is None else self.first
        self.next = int(fields["first"] + fields["count"])
        self.count += int(fields["count"])
        self.lag_s = time.time() - (fields["at"] + fields["count"] / fields["rate_hz"])


def read_status(pid: int) -> tuple[float, float]:
    """Read a process's memory (MB) and processor time (s)."""
    status = Path(f"/proc/{pid}/status").read_text()
    memory_kb = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return memory_kb / 1000, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_recording(url: str) -> None:
    """Open the page, which switches the simulated hydrophone on, and press Record."""
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import find_chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}/live")
        page.locator(".live[data-state=live]").wait_for()
        page.get_by_role("textbox", name="Record into round", exact=True).fill(ROUND)
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Record", exact=True).click()
        page.get_by_role("button", name="Stop recording").wait_for()
        browser.close()


def main() -> None:
    """Listen, record and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1800)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        with serve(data) as server:
            start_recording(server.url)
            listeners = [Listener(f"{server.url}/api/v1/live/{SIMULATED}/sound") for _ in range(2)]
            for each in listeners:
                each.start()
            began_s = time.monotonic()
            for tenth in range(11):
                time.sleep(max(0.0, began_s + 2 + tenth * seconds / 10 - time.monotonic()))
                memory_mb, cpu_s = read_status(server.process.pid)
                lags = ", ".join(f"{each.lag_s:.2f}" for each in listeners)
                load = os.getloadavg()[0]
                at = f"{tenth * seconds / 10:6.0f} s"
                print(f"{at}: {memory_mb:4.0f} MB, {cpu_s:6.1f} s CPU, lag {lags} s, load {load:.1f}", flush=True)
            for number, each in enumerate(listeners):
                lost = (each.next or 0) - (each.first or 0) - each.count
                print(f"listener {number}: {each.count} samples, {lost} lost")
        with opened(Settings(data_dir=data)) as workspace, workspace.database.reading() as connection:
            ids = {each.recording_id for each in sessions.list_sessions(connection, ROUND)}
            found = recordings.list_recordings(connection, ids)
        starts = sorted((each.started_at, each.ended_at) for each in found if each.started_at and each.ended_at)
        gaps_s = [(after[0] - before[1]).total_seconds() for before, after in zip(starts, starts[1:], strict=False)]
        heard_s = sum(each.duration_s for each in found)
        step_s = max(gaps_s, default=0)
        print(f"recordings: {len(found)}, {heard_s:.1f} s in all; largest step between two of them: {step_s:.3f} s")


if __name__ == "__main__":
    main()
