"""Measure what reviewers and project leads look at, in a round of 100,000 sessions with 1,000,000 annotations.

Each figure of *Progress*, each part of the queue of *Review* and the agreement of the round (not what is kept of it) is
read once to warm up, and then three times; the table has the fastest, in milliseconds, beside what it may take. Three
people answer each session.

    python -m benchmarks.review [FOLDER] [--sessions N] [--database-url URL] [--only WORDS]

FOLDER holds a workspace that ``benchmarks.parts.big_workspace`` has made; without one it is made.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.parts.big_workspace import BIG, DEFAULT, Maker
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.summary import Selection
from podcast_core.figures import progress as draw
from podcast_core.services.labels import accumulation, activity, agreement, progress, review, work
from podcast_core.services.labels.work import By
from podcast_core.services.learning import model_progress
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace

FIGURE_MS, QUEUE_MS, AGREEMENT_MS = 300, 150, 2000
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
    """List parts of the queue of *Review*: the first page of it, as the page asks for it."""
    chosen = {
        "waiting": Selection(verdict="waiting"),
        "disputed": Selection(verdict="disputed"),
        "of a label": Selection(verdict="waiting", label="song"),
        "of a person": Selection(verdict="waiting", annotator="Bo"),
    }
    return {
        f"Review, {name}": partial(review.list_sessions, workspace, round_id=BIG, selection=selection, limit=PAGE)
        for name, selection in chosen.items()
    }


def compare(workspace: Workspace) -> object:
    """Measure how well people agree."""
    with workspace.database.reading() as connection:
        return agreement.compare_answers(connection, [BIG]).measure([])


def measure(do: Callable[[], object]) -> tuple[float, float]:
    """Do something four times; the least time and processor time of the last three, in milliseconds."""
    do()
    taken = []
    for _ in range(TIMES):
        began, began_cpu = time.perf_counter(), time.process_time()
        do()
        taken.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - began_cpu)))
    return min(each for each, _ in taken), min(each for _, each in taken)


def main() -> None:
    """Measure what was asked for, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="of a workspace that was made")
    parser.add_argument("--sessions", type=int, default=DEFAULT.sessions, help="of a workspace that is made here")
    parser.add_argument("--database-url", default="", help="PostgreSQL; default: SQLite in the folder")
    parser.add_argument("--only", default="", help="what a name must contain")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.folder or Path(made)
        workspace = open_workspace(Settings(data_dir=folder, database_url=asked.database_url, annotator="Ann"))
        if asked.folder is None:
            size = replace(DEFAULT.times(asked.sessions / DEFAULT.sessions), annotators=ANNOTATORS)
            Maker(workspace, size, rows_only=True).make()
        print("| what | ms | processor ms | at most |\n|---|--:|--:|--:|")
        wanted = [(name, do, FIGURE_MS) for name, do in list_figures(workspace).items()]
        wanted += [(name, do, QUEUE_MS) for name, do in list_reviewing(workspace).items()]
        wanted.append(("Agreement", partial(compare, workspace), AGREEMENT_MS))
        for name, do, most_ms in wanted:
            if asked.only in name:
                took_ms, cpu_ms = measure(do)
                print(f"| {name} | {took_ms:.0f} | {cpu_ms:.0f} | {most_ms} |", flush=True)
        workspace.database.close()


if __name__ == "__main__":
    main()
