"""The job that takes a span out of an HLS archive."""

from collections.abc import Sequence

from podcast_core.audio.zones import parse_moment
from podcast_core.domain.checks import check_text
from podcast_core.errors import InvalidInput
from podcast_core.services.hls.ingest import OFFSET_S, Source, ingest_hls
from podcast_core.services.intake.folders import resolve_path
from podcast_core.services.intake.ingest_job import check_ingest
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import MAX_REASONS, Params, Result, RunningJob
from podcast_core.workspace import Workspace


def add_hls_ingest(
    workspace: Workspace,
    *,
    url: str,
    from_text: str,
    to_text: str,
    round_name: str,
    zone: str | None = None,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    site: str = "",
    who: str = "",
) -> str:
    """Put in an ingest of a span of an HLS archive, see `podcast_core.services.hls.ingest.ingest_hls`.

    Parameters
    ----------
    from_text, to_text
        The span as people write it, see `podcast_core.audio.zones.parse_moment`; ``zone`` is for those without one.

    Raises
    ------
    InvalidInput
        When address, span, round name or session length cannot be used.
    Busy, StorageUnavailable
        As `podcast_core.services.jobs.queue.add_job`.
    """
    check_text(url, "The archive's address", 1000)
    check_ingest(round_name=round_name, session_length_s=session_length_s)
    from_at, to_at = (parse_moment(text, zone=zone) for text in (from_text, to_text))
    if from_at >= to_at:
        raise InvalidInput(f"The span must begin before it ends, found {from_text} to {to_text}.")
    params = {
        "url": resolve_path(url),
        "from": f"{from_at:%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{to_at:%Y-%m-%dT%H:%M:%SZ}",
        "round_name": round_name,
        "session_length_s": session_length_s,
        "labels": list(labels),
        "site": site,
    }
    return queue.add_job(workspace, kind="ingest_hls", params=params, who=who)


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:
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
