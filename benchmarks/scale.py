"""Measure every page, route and command that reads, and what people at work send, in a round of 100,000 sessions.

Each is asked for once in a small round of the same workspace, so that nothing is imported any more, and then in the
large one, in a process of its own: seconds, seconds of processor time, statements, and how much memory it took at its
peak beyond what the process had. One that has taken a minute of processor time is ended. What is worked out once and
kept is asked for twice; the table has the second time, and the first beside its name.

The table has the numbers of today beside those of before, which are in ``scale_before.json``. Those that were saved
last are in ``scale_after.json``: ``--show`` prints both without measuring anything.

``scale_postgresql.json`` has those of 1,000,000 sessions on PostgreSQL 15, with 144,000 answers, 306,000 annotations
and 200,000 predictions, on a machine that others kept busy: seconds are up to five times what an idle one needs.

    python -m benchmarks.scale [FOLDER] [--sessions N] [--database-url URL] [--only WORDS] [--save FILE]
    python -m benchmarks.scale --show

FOLDER holds a workspace that ``benchmarks.parts.big_workspace`` has made; without one it is made. What people at work
send is kept in it. PostgreSQL: give the URL of an empty database and ``--sessions 1000000``.
"""

import argparse
import contextlib
import io
import json
import logging
import multiprocessing
import os
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.parts.big_workspace import BIG, DEFAULT, SMALL, Maker
from podcast_core.api.front.warming import warm_up
from podcast_core.api.server import create_api
from podcast_core.cli import app
from podcast_core.services.pictures import spectrograms
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace
from tests.scale import visits
from tests.scale.visits import Visit, is_ours
from tests.scale.work import watching

BEFORE, AFTER = (Path(__file__).with_name(f"scale_{when}.json") for when in ("before", "after"))
PATIENCE_S = 60  # of processor time
PAGE_S, ROUTE_S = 1.0, 0.1  # what they are meant to take at most
COMMANDS = {  # that read
    "rounds list": ("rounds", "list"),
    "rounds recordings": ("rounds", "recordings", "{round_id}"),
    "models list": ("models", "list"),
    "release list": ("release", "list"),
    "explore list": ("explore", "list", "{round_id}"),
    "bulk list": ("bulk", "list", "{round_id}"),
    "jobs": ("jobs",),
    "usage": ("usage",),
    "export": ("export", "--round", "{round_id}", "--format", "raven", "--out", "{out}"),
}
Numbers = Mapping[str, Mapping[str, float]]
Kind = Callable[[Workspace, Mapping[str, str]], contextlib.AbstractContextManager[list[Visit]]]


@contextlib.contextmanager
def routes(workspace: Workspace, places: Mapping[str, str]) -> Iterator[list[Visit]]:
    """List routes that read."""
    with visits.opened_client(workspace) as client:
        yield visits.list_route_visits(client, places)


@contextlib.contextmanager
def sent(workspace: Workspace, places: Mapping[str, str]) -> Iterator[list[Visit]]:
    """List what people at work send."""
    with visits.opened_client(workspace) as client:
        yield visits.list_sent_visits(client, places)


@contextlib.contextmanager
def pages(workspace: Workspace, places: Mapping[str, str]) -> Iterator[list[Visit]]:
    """List pages."""
    with visits.pages_of(workspace):
        yield visits.list_page_visits(places, timeout_s=3600)


@contextlib.contextmanager
def commands(workspace: Workspace, places: Mapping[str, str]) -> Iterator[list[Visit]]:
    """List commands that read, run in this process."""
    settings = workspace.settings
    os.environ |= {"PODCAST_DATA_DIR": str(settings.data_dir), "PODCAST_DATABASE_URL": settings.database_url}

    def run(words: tuple[str, ...]) -> None:
        with tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(io.StringIO()):
            app([word.format(**places, out=f"{out}/made") for word in words], standalone_mode=False)

    yield [Visit(f"command {name}", partial(run, words)) for name, words in COMMANDS.items()]


KINDS: tuple[Kind, ...] = (pages, routes, commands, sent)


def main() -> None:
    """Measure what was asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="of a workspace that was made")
    parser.add_argument("--sessions", type=int, default=DEFAULT.sessions, help="of a workspace that is made here")
    parser.add_argument("--database-url", default="", help="PostgreSQL; default: SQLite in the folder")
    parser.add_argument("--only", default="", help="what a name must contain")
    parser.add_argument("--save", type=Path, help="a file for the numbers; what is in it already is not measured again")
    parser.add_argument("--show", action="store_true", help="print what was saved last beside what was before")
    asked = parser.parse_args()
    if asked.show:
        tell(json.loads(AFTER.read_text()))
        return
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with contextlib.ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(data_dir=folder, database_url=asked.database_url, annotator="Ann")
        if asked.folder is None:
            size = DEFAULT.times(asked.sessions / DEFAULT.sessions)
            in_process(partial(make, settings, size))
        known = json.loads(asked.save.read_text()) if asked.save and asked.save.exists() else {}
        found = measure_all(settings, asked.only, known, asked.save)
    tell(found)


def tell(found: Numbers) -> None:
    """Print the table, and what is slow."""
    print(write_table(found, json.loads(BEFORE.read_text()) if BEFORE.exists() else {}))
    print(f"\n{describe_slow(found)}")


def make(settings: Settings, size: Any, _sender: Connection) -> None:
    """Make the workspace."""
    workspace = open_workspace(settings)
    Maker(workspace, size, rows_only=True).make()
    workspace.database.close()


def measure_all(settings: Settings, only: str, known: Numbers, save: Path | None) -> Numbers:
    """Measure everything that is not known, one after the other, and save it."""
    create_api(lambda: open_workspace(settings)).openapi()  # imports what routes and their description need, once
    warm_up()
    found = dict(known)
    for kind in KINDS:
        names: list[str] = in_process(partial(list_names, kind, settings)) or []
        for name in names:
            if only in name and name not in known:
                found[name] = in_process(partial(measure, kind, settings, name)) or {"cpu_s": PATIENCE_S}
                print(f"{name}: {found[name]}", flush=True)
                if save:
                    save.write_text(json.dumps(found, indent=1) + "\n")
    return found


def in_process(work: Callable[[Connection], None]) -> Any:
    """Do some work in a process that begins as this one is now; what it sends comes back, or None where it ended."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(sender,))
    process.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def list_names(kind: Kind, settings: Settings, sender: Connection) -> None:
    """Send the names of all visits of a kind."""
    workspace = open_workspace(settings)
    with kind(workspace, visits.find_places(workspace)) as listed:
        sender.send([each.name for each in listed])


def measure(kind: Kind, settings: Settings, name: str, sender: Connection) -> None:
    """Visit the small round, then the large one, and send what the second visit took."""
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE_S, PATIENCE_S))
    workspace = open_workspace(settings)
    for round_id in (SMALL[0], BIG):
        with kind(workspace, visits.find_places(workspace, round_id)) as listed:
            visit = next(each for each in listed if each.name == name)
            first = measure_once(visit)
            numbers = {**measure_once(visit), "first_s": first["s"]} if visit.is_kept else first
    sender.send({key: round(value, 4) for key, value in numbers.items()})


def measure_once(visit: Visit) -> dict[str, float]:
    """Visit, and tell what that took."""
    before_mb = forget_peak()
    with watching(is_ours, with_steps=False) as work, timing_pictures() as drawn_s:
        began, began_cpu = time.perf_counter(), time.process_time()
        visit.do()
        took, took_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    mb = read_status("VmHWM") - before_mb
    return {"s": took, "cpu_s": took_cpu, "statements": work.count, "mb": mb, "picture_s": sum(drawn_s)}


@contextlib.contextmanager
def timing_pictures() -> Iterator[list[float]]:
    """Measure the processor time that pictures take: who claims a session first draws its picture, which is kept."""
    times: list[float] = []
    draw = spectrograms.draw_picture

    def timed(*args: Any, **options: Any) -> Any:
        began = time.thread_time()
        try:
            return draw(*args, **options)
        finally:
            times.append(time.thread_time() - began)

    with patch.object(spectrograms, "draw_picture", timed):
        yield times


def forget_peak() -> float:
    """Let the peak of this process's memory begin anew; gives what it has now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return read_status("VmRSS")


def read_status(field: str) -> float:
    """Read one of the kernel's numbers about this process's memory, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:"))


def write_table(found: Numbers, before: Numbers) -> str:
    """Write before and after beside each other, in Markdown."""
    head = [f"{when}: s | processor s | statements | MB" for when in ("before", "now")]
    lines = [f"| what | {' | '.join(head)} |", "|---" + 8 * "|--:" + "|"]
    for name, numbers in found.items():
        cells = [_show(each) for each in (before.get(name, {}), numbers)]
        again = f" (kept; {numbers['first_s']:.1f} s the first time)" if "first_s" in numbers else ""
        lines.append(f"| {name.replace('|', '/')}{again} | {' | '.join(cells)} |")
    return "\n".join(lines)


def describe_slow(found: Numbers) -> str:
    """Name what takes longer than it is meant to, by processor time: others may be at work on this machine."""
    wanted = {
        name: PAGE_S if name.startswith("page ") else ROUTE_S for name in found if not name.startswith("command ")
    }
    took = {name: found[name]["cpu_s"] - found[name].get("picture_s", 0) for name in wanted}
    slow = sorted((name for name, limit_s in wanted.items() if took[name] > limit_s), key=lambda name: -took[name])
    lines = [f"- {name}: {took[name]:.2f} s" for name in slow]
    lines += [
        f"- {name}: {numbers['picture_s']:.2f} s for pictures, which are kept, and {took[name]:.2f} s for the rest"
        for name, numbers in found.items()
        if numbers.get("picture_s", 0) > 0.01
    ]
    limits = f"{PAGE_S:g} s of processor time for a page or {ROUTE_S:g} s for a route"
    return "\n".join([f"{len(slow)} of {len(wanted)} pages and routes take more than {limits}:", *lines])


def _show(numbers: Mapping[str, float]) -> str:
    if "statements" not in numbers:
        return f" | {'> ' if numbers else ''}{numbers.get('cpu_s', '')} |  | "
    return f"{numbers['s']:.3f} | {numbers['cpu_s']:.3f} | {numbers['statements']:.0f} | {max(0, numbers['mb']):.0f}"


if __name__ == "__main__":
    main()
