"""The job that brings a deployment of the original, in words."""

from podcast_core.domain.checks import check_text
from podcast_core.services.intake.folders import resolve_path
from podcast_core.services.jobs.kinds import Kind
from podcast_core.services.jobs.running import Params


def _check(params: Params) -> Params:
    params = {"round_ids": [], "label": "call", **params}
    check_text(params["root"], "The deployment's folder or address", 1000)
    check_text(params["label"], "A label's name", 80)
    return {**params, "root": resolve_path(params["root"])}


KINDS = {
    "migrate": Kind(
        "Bring a Pod.Cast deployment",
        lambda params: str(params.get("root", "")),
        lambda result: str(result["summary"]),
        _check,
        place="root",
    )
}
