"""The kinds of jobs in words, from what is written in the queue; `podcast_core.worker.runners` has what does them.

A dialect brings its own in ``KINDS`` of its module ``kinds``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from podcast_core.errors import count_of
from podcast_core.plugging import load_parts
from podcast_core.services.jobs.running import Params, Result
from podcast_core.services.store.source_names import name_source


def _keep(params: Params) -> Params:
    return params


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job, as people read it.

    ``subject`` says in a few words what a job is about, ``summary`` in one sentence what it has done. ``check`` gives
    the parameters as they are kept, or refuses them by InvalidInput. ``place`` is the parameter that names folders,
    files or addresses: who asks must be allowed to name them. ``scope`` is what it takes to add or cancel one.
    """

    title: str
    subject: Callable[[Params], str]
    summary: Callable[[Result], str]
    check: Callable[[Params], Params] = _keep
    place: str = ""
    scope: str = "admin"

    def describe(self, params: Params) -> str:
        """Write one line about a job of this kind."""
        subject = self.subject(params)
        return f"{self.title}: {subject}" if subject else self.title


@cache
def get_kinds() -> Mapping[str, Kind]:
    """Get all kinds by name, with those of the dialects that are here."""
    return {**KINDS, **{name: kind for part in load_parts("kinds") for name, kind in part.KINDS.items()}}


def _name_sources(params: Params) -> str:
    paths: Sequence[str] = params.get("paths", ())
    names = ", ".join(name_source(path) or path for path in paths[:2])
    more = f" and {len(paths) - 2} more" if len(paths) > 2 else ""
    return f"{names}{more} to {params.get('round_name', '')}"


def sum_up_ingest(result: Result) -> str:
    """Say what was added to a round."""
    added, unchanged, failed = result["added"], result["unchanged"], result["failed_count"]
    minutes, sessions = result["seconds"] / 60, result["sessions"]
    parts = [f"{count_of(added, 'recording')} added ({count_of(sessions, 'session')}, {minutes:,.1f} minutes)"]
    if not added:
        parts = ["Nothing was added"]
    parts += [f"{unchanged} known already"] if unchanged else []
    parts += [f"{failed} failed"] if failed else []
    parts += [count_of(result["gap_count"], "gap")] if result.get("gap_count") else []
    return ", ".join(parts) + "."


KINDS: Mapping[str, Kind] = {
    "ingest": Kind("Add recordings", _name_sources, sum_up_ingest, place="paths"),
    "demo": Kind(
        "Add the demo round",
        lambda _params: "demo",
        lambda _result: "The demo round is there.",
    ),
    "select": Kind(
        "Select candidates",
        lambda params: f"{params.get('round_id', '')} to {params.get('target_name', '')}",
        lambda result: f"{count_of(result['sessions'], 'session')} chosen, {result['unchanged']} known already.",
    ),
    "release": Kind(
        "Make a release",
        lambda params: str(params.get("name", "")),
        lambda result: f"Release {result['release']} {'made' if result['is_new'] else 'was there already'}.",
    ),
    "spectrograms": Kind(
        "Compute spectrograms",
        lambda params: f"{count_of(len(params.get('recording_ids', ())), 'recording')}, {params.get('band_khz')} kHz",
        lambda result: f"{count_of(result['computed'], 'recording')} computed, {result['failed_count']} failed.",
    ),
    "run": Kind(
        "Run a model",
        lambda params: str(params.get("run_id", "")),
        lambda result: (
            f"{count_of(result['calls'], 'call')} found in {count_of(result['pieces'], 'session')} "
            f"({result['audio_s'] / 60:,.1f} min), {result['speed']:,.3g} times real time."
        ),
    ),
    "train": Kind(
        "Train a model",
        lambda params: str(params.get("request", {}).get("name", "")),
        lambda result: (
            f"{result['model']} is ready, learned from {count_of(result['calls'], 'call')}: {result['figures']}"
        ),
    ),
    "measure": Kind(
        "Measure annotations",
        lambda params: str(params.get("round_id", "")),
        lambda result: (
            f"{count_of(result['measured'], 'annotation')} measured, "
            f"{count_of(result['failed_count'], 'session')} could not be read."
        ),
        scope="label",
    ),
    "ltsa": Kind(
        "Compute a long-term average",
        lambda params: str(params.get("name", "") or params.get("recording_id", "")),
        lambda result: f"{result['recording']}: {result['seconds'] / 3600:,.2f} h of sound averaged.",
        scope="label",
    ),
    "embed": Kind(
        "Describe sounds",
        lambda params: str(params.get("name", "") or params.get("collection_id", "")),
        lambda result: (
            f"{count_of(result['clips'], 'clip')}: {result['described']:,} described, "
            f"{result['copied']:,} known already, {result['failed_count']:,} failed."
        ),
        scope="label",
    ),
    "evaluate": Kind(
        "Measure models",
        lambda params: str(params.get("models", "")),
        lambda result: f"{', '.join(result['models'])} measured on {count_of(result['sessions'], 'session')}.",
    ),
    "curve": Kind(
        "Measure what more labels are worth",
        lambda params: str(params.get("round_id", "")),
        lambda result: f"{count_of(result['trainings'], 'training')} on parts of the round measured.",
    ),
    "map": Kind(
        "Draw a map",
        lambda params: f"{params.get('method', '')} of {params.get('collection_id', '')}",
        lambda result: (
            f"A map by {result['method']} is drawn: fitted on {count_of(result['fitted'], 'clip')}, "
            f"{result['placed']:,} placed among them."
        ),
        scope="label",
    ),
    "keep": Kind(
        "Keep predictions as a round",
        lambda params: str(params.get("round_name", "")),
        lambda result: f"{sum_up_ingest(result)} {count_of(result['predictions'], 'prediction')} imported.",
    ),
    "keep_opened": Kind(
        "Keep opened files as a round",
        lambda params: str(params.get("round_name", "")),
        lambda result: f"{sum_up_ingest(result)} {count_of(result['answers'], 'answer')} kept.",
    ),
    "fill": Kind(
        "Fill in the rest",
        lambda params: str(params.get("session_id", "")),
        lambda result: f"{count_of(result['calls'], 'call')} filled in, in {count_of(result['sessions'], 'session')}.",
        scope="label",
    ),
}
