"""Many people at once: clients that fetch, load, listen, think and submit over Pod.Cast's own routes.

Each of them is a thread with a connection of its own, in another process than the server's; server and clients share
the machine. Printed are the times of each kind of request (median, 95th percentile and maximum, in milliseconds) in the
first minute, in the last one and in all, errors, sessions that two people got, the server's memory every minute, and
the processor time of the server and of the clients for each session. Times of requests are longer on a busy machine,
processor time hardly. They stop when the time is over or the round is: when every session that is left is with
somebody, the original's route gives one of those to a second person.

An hour of 100 people on SQLite, while others kept the two processors busy (12 to 28 processes at work): 43,391
sessions, 24 ms of the server's processor time and 2 ms of the clients' for each; 3,004 requests were refused since too
many waited, and 160 sessions were given again (not told apart then from those whose person was refused before they had
answered). Memory was 328 MB before, 440 MB after ten minutes, and 461 MB (472 at most) in the end. Since free memory is
given back every minute: 394 to 417 MB in the first five minutes instead of 428 to 445.

    python -m benchmarks.people [--people 100] [--think 5] [--minutes 5] [--sessions N] [--database-url URL]
    python -m benchmarks.people --soak 60      an hour, and how fast memory grows in its second half
    python -m benchmarks.people --browsers 25  tabs of a headless Chromium in place of the clients
"""

import argparse
import http.client
import json
import os
import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from benchmarks.parts.big_workspace import Maker, Size
from benchmarks.parts.tabs import label_in_browsers
from podcast_core.settings import Settings
from podcast_core.workspace import open_workspace
from tests.serving import serve

ROUND = "people"
KINDS = ("fetch", "load", "audio", "submit")


@dataclass
class Log:
    """What all people did; a list takes what several threads append."""

    times: list[tuple[str, float, float]] = field(default_factory=list)  # kind, when, milliseconds
    fetched: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)  # fetched, but something failed then: somebody else gets them


class Person:
    """Somebody at work, in a thread."""

    def __init__(self, place: str, number: int, think_s: float, log: Log, is_over: threading.Event) -> None:
        self._place, self._name, self._think_s, self._log, self._is_over = place, f"P{number}", think_s, log, is_over
        self._chance = random.Random(number)
        self._connection = http.client.HTTPConnection(place, timeout=60)

    def work(self) -> None:
        """Answer one session after the other until it is over."""
        self._is_over.wait(self._chance.random() * self._think_s)  # nobody begins at the same moment
        while not self._is_over.is_set():
            try:
                self.answer_one()
            except (OSError, http.client.HTTPException, RuntimeError, ValueError) as error:
                self._log.errors.append(f"{type(error).__name__}: {error}"[:200])
                self._connection.close()
                self._is_over.wait(1)

    def answer_one(self) -> None:
        """Fetch, load, listen, think and submit."""
        session_id = json.loads(self._ask("fetch", "GET", f"/fetch/session/{ROUND}"))["sessionid"]
        document = json.loads(self._ask("load", "GET", f"/load/session/{ROUND}/{session_id}"))
        if not document["backend_state"]["remaining"]:
            self._is_over.set()
            return
        self._log.fetched.append(session_id)
        try:
            self._answer(session_id, document)
        except (OSError, http.client.HTTPException, RuntimeError):
            self._log.unanswered.append(session_id)
            raise

    def _answer(self, session_id: str, document: dict[str, Any]) -> None:
        self._ask("audio", "GET", urlsplit(document["uri"]).path)
        self._connection.close()  # the server would while nothing comes; the next request opens another one
        self._is_over.wait(self._think_s * (0.5 + self._chance.random()))
        boxes = [
            {"start_s": each["start_time_s"], "duration_s": each["duration_s"]} for each in document["annotations"]
        ]
        answer = {"uri": document["uri"], "absolute_time": "", "source_guid": "", "annotations": boxes}
        path = f"/submit/session/{ROUND}/{session_id}?annotator={self._name}"
        self._ask("submit", "POST", path, json.dumps(answer).encode())

    def _ask(self, kind: str, method: str, path: str, body: bytes | None = None) -> bytes:
        began = time.perf_counter()
        self._connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        answer = self._connection.getresponse()
        found = answer.read()
        self._log.times.append((kind, began, 1000 * (time.perf_counter() - began)))
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status} {found[:100]!r}")
        return found


def read_server(pid: int) -> tuple[float, float]:
    """Read the memory of the server in MB, and how many seconds of processor time it has used."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    memory_kb = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return memory_kb * 1024 / 1e6, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def describe(log: Log, began: float, ended: float) -> str:
    """Write the times as a table in Markdown."""
    minutes = {
        "first minute": (began, began + 60),
        "last minute": (ended - 60, ended),
        "all": (began, ended),
    }
    lines = [
        "| | " + " | ".join(f"{kind}: p50 / p95 / max ms" for kind in KINDS) + " |",
        "|---" * (len(KINDS) + 1) + "|",
    ]
    for title, (first, last) in minutes.items():
        found: dict[str, list[float]] = defaultdict(list)
        for kind, at, took_ms in log.times:
            if first <= at < last:
                found[kind].append(took_ms)
        lines.append(f"| {title} | " + " | ".join(show(found[kind]) for kind in KINDS) + " |")
    return "\n".join(lines)


def show(times: list[float]) -> str:
    """Write median, 95th percentile and maximum."""
    if not times:
        return "–"
    return f"{np.median(times):.0f} / {np.percentile(times, 95):.0f} / {max(times):.0f}"


def main() -> None:
    """Let people work, and print what they waited for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--think", type=float, default=5.0, help="seconds on the average")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--sessions", type=int, help="default: as many as that takes, so that some stay free")
    parser.add_argument("--database-url", default="", help="default: SQLite")
    parser.add_argument("--soak", type=float, help="minutes in place of --minutes")
    parser.add_argument("--browsers", type=int, default=0, help="tabs that label, in place of the clients")
    asked = parser.parse_args()
    asked.minutes = asked.soak or asked.minutes
    asked.sessions = asked.sessions or int(1.2 * asked.people * 60 * asked.minutes / asked.think)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data_dir=Path(name) / "data", database_url=asked.database_url)
        workspace = open_workspace(settings)
        maker = Maker(workspace, Size(max(1, asked.sessions // 1000), asked.sessions, 0, 2 * asked.sessions, 0))
        maker.add_round(ROUND, 0, maker.add_recordings(), asked.sessions, 0, 2 * asked.sessions)
        workspace.database.close()
        environment = {"PODCAST_DATABASE_URL": asked.database_url} if asked.database_url else {}
        with serve(settings.data_dir, **environment) as server:
            if asked.browsers:
                label_in_browsers(server.url, ROUND, asked.browsers, asked.think, asked.minutes)
            else:
                measure(urlsplit(server.url).netloc, server.process.pid, asked)


def watch_memory(pid: int, minutes: float, is_over: threading.Event) -> list[float]:
    """Read the memory of the server in MB every minute until it is over, and print it."""
    found = [read_server(pid)[0]]
    end = time.perf_counter() + 60 * minutes
    while (left_s := end - time.perf_counter()) > 0 and not is_over.wait(min(60, left_s)):
        found.append(read_server(pid)[0])
        print(f"  {len(found) - 1} min: {found[-1]:.0f} MB", flush=True)
    return found


def describe_memory(found: list[float]) -> str:
    """Say how much there was, and how fast it grew in the second half."""
    later = found[len(found) // 2 :]
    slope = ""
    if len(later) > 2:
        slope = f"; {60 * np.polyfit(range(len(later)), later, 1)[0]:+.0f} MB an hour in the second half"
    return f"server: {found[0]:.0f} MB before, {max(found):.0f} MB at most, {found[-1]:.0f} MB in the end{slope}"


def measure(place: str, pid: int, asked: argparse.Namespace) -> None:
    """Let people work on a server."""
    log, is_over = Log(), threading.Event()
    Person(place, -1, 0, Log(), threading.Event()).answer_one()  # imports
    _, used_s = read_server(pid)
    own_s = time.process_time()
    people = [Person(place, number, asked.think, log, is_over) for number in range(asked.people)]
    threads = [threading.Thread(target=person.work) for person in people]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    memory_mb = watch_memory(pid, asked.minutes, is_over)
    ended = time.perf_counter()
    is_over.set()
    for thread in threads:
        thread.join()
    _, used_now_s = read_server(pid)
    count = max(1, len(log.fetched))
    given, left = Counter(log.fetched), Counter(log.unanswered)
    twice = sum(max(0, times - 1 - left[session_id]) for session_id, times in given.items())
    kinds = Counter(" ".join(each.split("/")[:3] + each.split(":")[2:3])[:60] for each in log.errors)
    print(f"{asked.people} people, {asked.think:g} s to think, {asked.sessions} sessions, {ended - began:.0f} s")
    print(describe(log, began, ended))
    print(
        f"{len(log.fetched)} sessions, {twice} given twice although they were answered, {len(left)} left by errors; "
        f"{len(log.errors)} errors {kinds.most_common(5)}"
    )
    print(describe_memory(memory_mb))
    print(
        f"processor: {1000 * (used_now_s - used_s) / count:.1f} ms of the server and "
        f"{1000 * (time.process_time() - own_s) / count:.1f} ms of the clients for each session"
    )


if __name__ == "__main__":
    main()
