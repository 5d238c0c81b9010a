"""What does the jobs of this intake."""

from podcast_core.audio.time_zones import parse_moment
from podcast_core.services.hls.ingest import OFFSET_S, Source, ingest_hls
from podcast_core.services.jobs.running import MAX_REASONS, Params, Result, RunningJob
from podcast_core.workspace import Workspace


def run_ingest(workspace: Workspace, params: Params, run: RunningJob) -> Result:
    """Take a span out of an HLS archive; what earlier tries fetched is in the file store and not fetched again."""
    report = ingest_hls(
        workspace,
        source=Source(params["url"], site=params.get("site", ""), offset_s=params.get("offset_s", OFFSET_S)),
        from_at=parse_moment(params["from"]),
        to_at=parse_moment(params["to"]),
        round_name=params["round_name"],
        session_length_s=params.get("session_length_s", 60.0),
        labels=params.get("labels", ()),
        on_progress=run,
    )
    for gap in report.gaps[:MAX_REASONS]:
        word = "overlap" if gap.is_overlap else "gap"
        run.log(f"{word} at {gap.started_at:%Y-%m-%d %H:%M:%S} UTC, {gap.duration_s:.3f} s: {gap.reason}")
    return {
        "round_id": report.round_id,
        "added": len(report.added),
        "unchanged": len(report.unchanged),
        "sessions": sum(each.session_count for each in report.added),
        "seconds": sum(each.duration_s for each in report.added),
        "failed_count": len(report.failed),
        "failed": [[each.path, each.reason] for each in report.failed[:MAX_REASONS]],
        "gap_count": len(report.gaps),
    }


RUNNERS = {"ingest_hls": run_ingest}
