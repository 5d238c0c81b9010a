"""The job that takes a span out of an HLS archive, in words."""

from podcast_core.audio.time_zones import parse_moment
from podcast_core.domain.checks import check_text
from podcast_core.errors import InvalidInput
from podcast_core.services.intake.folders import resolve_path
from podcast_core.services.intake.ingest_job import check_ingest
from podcast_core.services.jobs.kinds import Kind, sum_up_ingest
from podcast_core.services.jobs.running import Params


def _check(params: Params) -> Params:
    """Read ``from`` and ``to`` as people write them; ``zone`` is for those without one."""
    kept = {"session_length_s": 60.0, "labels": [], "site": "", **params}
    check_text(kept["url"], "The archive's address", 1000)
    check_ingest(round_name=kept["round_name"], session_length_s=kept["session_length_s"])
    from_at, to_at = (parse_moment(kept[name], zone=kept.get("zone")) for name in ("from", "to"))
    if from_at >= to_at:
        raise InvalidInput(f"The span must begin before it ends, found {kept['from']} to {kept['to']}.")
    kept.pop("zone", None)
    span = {"from": f"{from_at:%Y-%m-%dT%H:%M:%SZ}", "to": f"{to_at:%Y-%m-%dT%H:%M:%SZ}"}
    return {**kept, **span, "url": resolve_path(kept["url"])}


KINDS = {
    "ingest_hls": Kind(
        "Add from an HLS archive",
        lambda params: f"{params['url']}, {params['from']} to {params['to']}, to {params['round_name']}",
        sum_up_ingest,
        _check,
        place="url",
    )
}
