"""Measure what reviewers and project leads look at, in a round of 100,000 sessions with 1,000,000 annotations.

Each filter and order of the queue of *Review* (its first page, and the counts above it), the thumbnails' first page in
each order, the agreement of the round (not what is kept of it), *Adjudicate*, each figure of *Progress* and searches
over annotations are read once to warm up, and then three times; the table has the fastest, in milliseconds, its
processor time (that of PostgreSQL is not in it) and its statements, beside what it may take. Three people answer each
session.

    python -m benchmarks.review [FOLDER] [--sessions N] [--database-url URL | --postgres] [--only WORDS] [--save FILE]
    python -m benchmarks.review --show

FOLDER holds a workspace that ``benchmarks.parts.big_workspace`` has made; without one it is made, in about two minutes
of processor time. ``--postgres`` starts a PostgreSQL of its own for that. What was saved last of both databases is in
``review.json``; ``--show`` prints it. That was on a machine that seven others kept busy (load 10 to 15 on two cores):
milliseconds are five to ten times what an idle one needs, and processor time is up to twice of it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from benchmarks.parts.big_workspace import BIG, DEFAULT, Maker
from podcast_core.domain.annotation import Origin
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.summary import BOX_ORDERS, SORTS, Selection
from podcast_core.figures import progress as draw
from podcast_core.services.labels import (
    accumulation,
    activity,
    adjudication,
    agreement,
    box_lists,
    progress,
    review,
    searching,
    work,
)
from podcast_core.services.labels.work import By
from podcast_core.services.learning import model_progress
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace
from tests.postgres import run_postgres
from tests.scale.visits import is_ours
from tests.scale.work import watching

FIGURE_MS, QUEUE_MS, AGREEMENT_MS = 300, 150, 2000  # issue 16
SEARCH_MS = 1000  # a page is drawn within that
SAVED = Path(__file__).with_suffix(".json")
TIMES = 3
ANNOTATORS = 3
PAGE = 50  # as many as the page lists
OF_ALL = ProgressFilter((BIG,))
FILTERED = ProgressFilter((BIG,), annotators=("Ann",), sites=("Bush Point",), labels=("song",))


def list_figures(workspace: Workspace) -> Mapping[str, Callable[[], object]]:
    """List the figures of *Progress*: what reads them, and draws the largest."""

    def draw_activity(wanted: ProgressFilter) -> object:
        found = activity.get_activity(workspace, wanted)
        calls = {(each.day, each.hour): each.calls for each in found.hours}
        return draw.draw_activity(calls, (), clock="UTC", title="Calls", unit="calls")

    figures: dict[str, Callable[[], object]] = {
        "overview": lambda: progress.get_progress(workspace, round_id=BIG),
        "forecast": lambda: work.get_burn_up(workspace, OF_ALL),
        **{f"work by {by}": partial(work.list_work, workspace, OF_ALL, by) for by in By},
        "activity": lambda: draw_activity(OF_ALL),
        "activity, filtered": lambda: draw_activity(FILTERED),
        "coverage": lambda: activity.list_coverage(workspace, OF_ALL),
        "labels so far": lambda: accumulation.list_labels_by_day(workspace, OF_ALL),
        "different labels": lambda: accumulation.get_accumulation(workspace, OF_ALL),
        "different individuals": lambda: accumulation.get_accumulation(workspace, OF_ALL, of_individuals=True),
        "speed": lambda: work.list_pace(workspace, OF_ALL),
        "speed, filtered": lambda: work.list_pace(workspace, FILTERED),
        "reviewed": lambda: work.list_judged(workspace, OF_ALL),
        "models": lambda: model_progress.list_kept_shares(workspace, [BIG]),
    }
    return {f"Progress, {name}": do for name, do in figures.items()}


def list_reviewing(workspace: Workspace) -> Mapping[str, Callable[[], object]]:
    """List what the queue of *Review* shows by each filter and each order: its first page, and the counts above."""
    some = {
        "waiting": Selection(verdict="waiting"),
        "disputed": Selection(verdict="disputed"),
        "label": Selection(verdict="waiting", label="song"),
        "annotator": Selection(verdict="waiting", annotator="Bo"),
        "site": Selection(site="Bush Point"),
        "dates": Selection(date_from=date(2026, 6, 20), date_to=date(2026, 6, 21)),
        "hours": Selection(hour_from=22, hour_to=3),
        "scores": Selection(score_from=0.2, score_to=0.3),
        "outcome": Selection(outcome="verified"),
        "words": Selection(text="boat"),
        "tag": Selection(tag="boat"),
        "settled by its author": Selection(by_author=True),
        "settled by others": Selection(by_author=False, verdict="accept"),
        **{f"origin {origin}": Selection(origin=origin) for origin in Origin},
        "rare origin, lowest score": Selection(origin=Origin.MODEL_ACCEPTED, sort="lowest score"),
        "five filters": Selection(
            verdict="waiting", label="song", annotator="Ann", site="Bush Point", hour_from=4, hour_to=9
        ),
        **{f"sorted by {sort}": Selection(verdict="waiting", sort=sort) for sort in SORTS},
    }

    def read(selection: Selection) -> None:
        review.list_sessions(workspace, round_id=BIG, selection=selection, limit=PAGE)
        review.count_verdicts(workspace, round_id=BIG, selection=selection)

    return {f"Review, {name}": partial(read, selection) for name, selection in some.items()}


def list_thumbnails(workspace: Workspace) -> Mapping[str, Callable[[], object]]:
    """List the first page of thumbnails of a label, and of all, in each order."""
    labelled = {"a label": Selection(label="song"), "all labels": Selection()}
    return {
        f"Thumbnails, {name}, {order}": partial(
            box_lists.list_boxes, workspace, round_id=BIG, selection=selection, order=order, limit=PAGE
        )
        for name, selection in labelled.items()
        for order in BOX_ORDERS
    }


def list_searches(workspace: Workspace) -> Mapping[str, Callable[[], object]]:
    """List searches over annotations: frequent, rare and without a hit."""
    looked_for = (
        'label == "song" and duration > 1',
        'label == "song" and near("click", 1)',
        'label == "song" and overlaps("click") and annotator == "Bo"',
        "duration > 2.69",
        'contains("boat")',
        "low > 20000",
    )
    return {
        f"Annotations, {where.replace('|', '/')}": partial(searching.search, workspace, where=where, limit=PAGE)
        for where in looked_for
    }


def compare(workspace: Workspace) -> object:
    """Measure how well people agree."""
    with workspace.database.reading() as connection:
        return agreement.compare_answers(connection, [BIG]).measure([])


def adjudicate(workspace: Workspace) -> None:
    """Open *Adjudicate*: what is left, and the first session of it."""
    queue = adjudication.get_queue(workspace, round_id=BIG, limit=PAGE)
    adjudication.get_case(workspace, round_id=BIG, session_id=queue.sessions[0].session_id)


def measure(do: Callable[[], object]) -> dict[str, float]:
    """Do something four times: milliseconds of the first, the least of the others and of their processor time."""
    began = time.perf_counter()
    do()
    taken: dict[str, list[float]] = {"ms": [], "cpu_ms": []}
    first_ms = 1000 * (time.perf_counter() - began)
    with watching(is_ours, with_steps=False) as work:
        for _ in range(TIMES):
            began, began_cpu = time.perf_counter(), time.process_time()
            do()
            taken["ms"].append(1000 * (time.perf_counter() - began))
            taken["cpu_ms"].append(1000 * (time.process_time() - began_cpu))
    found = {name: min(each) for name, each in taken.items()}
    return {
        name: round(value, 1)
        for name, value in {**found, "statements": work.count / TIMES, "first_ms": first_ms}.items()
    }


def measure_all(workspace: Workspace, only: str) -> dict[str, dict[str, float]]:
    """Measure what has these words in its name, and tell each."""
    wanted = [(name, do, QUEUE_MS) for name, do in list_reviewing(workspace).items()]
    wanted += [(name, do, QUEUE_MS) for name, do in list_thumbnails(workspace).items()]
    wanted += [(name, do, FIGURE_MS) for name, do in list_figures(workspace).items()]
    wanted += [(name, do, SEARCH_MS) for name, do in list_searches(workspace).items()]
    wanted += [("Adjudicate, kept", partial(adjudicate, workspace), SEARCH_MS)]
    wanted += [("Agreement", partial(compare, workspace), AGREEMENT_MS)]
    found = {}
    for name, do, most_ms in wanted:
        if only in name:
            found[name] = {**measure(do), "most_ms": most_ms}
            print(f"{name}: {found[name]}", flush=True)
    return found


def write_table(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Write the numbers of each database beside each other, in Markdown."""
    head = " | ".join(f"{database}: ms | processor ms | statements" for database in found)
    lines = [f"| what | at most, ms | {head} |", "|---" + (1 + 3 * len(found)) * "|--:" + "|"]
    for name, numbers in next(iter(found.values()), {}).items():
        cells = [
            f"{each['ms']:.0f} | {each['cpu_ms']:.0f} | {each['statements']:.0f}" if each else " | | "
            for each in (of_one.get(name) for of_one in found.values())
        ]
        lines.append(f"| {name} | {numbers['most_ms']} | {' | '.join(cells)} |")
    return "\n".join(lines)


@contextmanager
def opened(asked: argparse.Namespace) -> Iterator[Workspace]:
    """Open the workspace that was made, or make one."""
    with ExitStack() as stack:
        folder = asked.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = asked.database_url
        if asked.postgres:
            server = stack.enter_context(run_postgres())
            url = server.url(server.create())
        workspace = open_workspace(Settings(data_dir=folder, database_url=url, annotator="Ann"))
        if asked.folder is None:
            size = replace(DEFAULT.times(asked.sessions / DEFAULT.sessions), annotators=ANNOTATORS)
            Maker(workspace, size, rows_only=True).make()
        yield workspace
        workspace.database.close()


def main() -> None:
    """Measure what was asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="of a workspace that was made")
    parser.add_argument("--sessions", type=int, default=DEFAULT.sessions, help="of a workspace that is made here")
    parser.add_argument("--database-url", default="", help="PostgreSQL; default: SQLite in the folder")
    parser.add_argument("--postgres", action="store_true", help="start a PostgreSQL for it")
    parser.add_argument("--only", default="", help="what a name must contain")
    parser.add_argument("--save", type=Path, help="a file for the numbers, beside those of the other database")
    parser.add_argument("--show", action="store_true", help="print what was saved last")
    asked = parser.parse_args()
    if asked.show:
        print(write_table(json.loads(SAVED.read_text())))
        return
    with opened(asked) as workspace:
        with workspace.database.reading() as connection:
            database = connection.dialect.name
        found = {database: measure_all(workspace, asked.only)}
    if asked.save:
        before = json.loads(asked.save.read_text()) if asked.save.exists() else {}
        found = {**before, **{name: {**before.get(name, {}), **each} for name, each in found.items()}}
        asked.save.write_text(json.dumps(found, indent=1) + "\n")
    print(write_table(found))


if __name__ == "__main__":
    main()
