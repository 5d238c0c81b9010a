"""The job that adds recordings to a round, one step per recording."""

from collections.abc import Sequence
from typing import Any

from podcast_core.audio.split import split_frames
from podcast_core.domain.checks import check_text
from podcast_core.errors import InvalidInput
from podcast_core.services.access import needs
from podcast_core.services.intake.folders import resolve_path
from podcast_core.services.intake.indexing import AS_ALWAYS, Manner
from podcast_core.services.intake.ingest import (
    analyze_if_many,
    find_sources,
    index_sources,
    ingest_files,
    open_round,
)
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import MAX_REASONS, Params, Result, RunningJob
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.store.source_names import name_source, show_source
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace


@needs("admin")
def add_ingest(
    workspace: Workspace,
    *,
    paths: Sequence[str],
    round_name: str,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    site: str = "",
    manner: Manner = AS_ALWAYS,
    who: str = "",
    job_id: str = "",
) -> str:
    """Put in an ingest, see `podcast_core.services.intake.ingest.ingest`; local paths count from this process's folder.

    Raises
    ------
    InvalidInput
        When there is no path, no round name, or the session length cannot be used.
    Busy, StorageUnavailable
        As `podcast_core.services.jobs.queue.add_job`.
    """
    if not paths:
        raise InvalidInput("Expected at least one file, folder or address of recordings, found none.")
    check_ingest(round_name=round_name, session_length_s=session_length_s)
    params = {
        "paths": [resolve_path(path) for path in paths],
        "round_name": round_name,
        "session_length_s": session_length_s,
        "labels": list(labels),
        "site": site,
        **manner.to_params(),
    }
    return queue.add_job(workspace, kind="ingest", params=params, who=who, job_id=job_id)


def check_ingest(*, round_name: str, session_length_s: float) -> None:
    """Refuse what no ingest can use; InvalidInput when the round's name or the session length cannot be used."""
    check_text(round_name, "A round's name", 120)
    split_frames(1_000_000, 1000, session_length_s)


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Find the recordings and open their round, once, then add each of them.

    Parameters are ``paths`` and ``round_name``, and where wanted ``session_length_s``, ``labels``, ``site`` and those
    of `Manner`.
    """
    session_length_s, site, manner = params.get("session_length_s", 60.0), params.get("site", ""), Manner.of(params)

    def find() -> Result:
        check_ingest(round_name=params["round_name"], session_length_s=session_length_s)
        found, failed = find_sources(workspace, params["paths"])
        round_id = open_round(workspace, params["round_name"], params.get("labels", ())).id
        return {
            "paths": found,
            "round_id": round_id,
            "failed": [[show_source(each.path), each.reason] for each in failed],
        }

    def add(path: str) -> Result:
        with workspace.database.reading() as connection:  # somebody may have archived it meanwhile
            round_ = rounds.get_round(connection, plan["round_id"])
            check_not_archived(connection, round_)
        report = ingest_files(workspace, [path], round_, indexed=indexed, session_length_s=session_length_s)
        return {
            "added": len(report.added),
            "unchanged": len(report.unchanged),
            "sessions": sum(each.session_count for each in report.added),
            "seconds": sum(each.duration_s for each in report.added),
            "failed": [[show_source(each.path), each.reason] for each in report.failed],
            "notes": [note for each in (*report.added, *report.unchanged) for note in each.notes],
        }

    run(0, 0, "Looking for audio")
    plan = run.step("find", find)
    paths, failed = plan["paths"], list(plan["failed"])
    totals: dict[str, Any] = {"added": 0, "unchanged": 0, "sessions": 0, "seconds": 0.0}
    for path, reason in failed:
        run.log(f"failed: {path}: {reason}")
    with index_sources(workspace, paths, site=site, manner=manner) as indexed:
        for done, path in enumerate(paths):
            run(done, len(paths), name_source(path))
            result = run.step("add", add, path)
            for note in result.get("notes", ()):  # a job that an earlier version began has none
                run.log(f"note: {name_source(path)}: {note}")
            totals = {name: value + result[name] for name, value in totals.items()}
            for name, reason in result["failed"]:
                run.log(f"failed: {name}: {reason}")
            failed += result["failed"]
    analyze_if_many(workspace, totals["added"])
    run(len(paths), len(paths), "")
    return {"round_id": plan["round_id"], **totals, "failed_count": len(failed), "failed": failed[:MAX_REASONS]}
