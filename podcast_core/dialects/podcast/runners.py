"""What does the jobs of this dialect."""

from podcast_core.dialects.podcast.migration import migrate_in
from podcast_core.services.jobs.running import MAX_REASONS, Params, Result, RunningJob
from podcast_core.workspace import Workspace


def run_migration(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Bring the rounds of an original Pod.Cast deployment: ``root``, and where wanted ``round_ids`` and ``label``."""
    report = migrate_in(
        workspace,
        root=params["root"],
        round_ids=params.get("round_ids", ()),
        label=params.get("label", "call"),
        on_progress=run,
    )
    for note in report.notes:
        run.log(note)
    return {
        "round_id": report.rounds[0].round_id if report.rounds else "",
        "sessions": sum(each.sessions for each in report.rounds),
        "summary": report.summary,
        "failed_count": len(report.problems),
        "failed": [["not brought", problem] for problem in report.problems[:MAX_REASONS]],
    }


RUNNERS = {"migrate": run_migration}
