"""What does each kind of job: only the worker needs to know.

Each can be run again at any point: it completes what is missing and changes nothing else. A dialect brings its own in
``RUNNERS`` of its module ``runners``.
"""

from collections.abc import Callable, Mapping
from functools import cache

from podcast_core.plugging import load_parts
from podcast_core.services.explore import embedding, maps
from podcast_core.services.intake import demo, ingest_job, opening
from podcast_core.services.jobs.running import Params, Result, RunningJob
from podcast_core.services.learning import comparison, fill_in, learning_curves, training_run
from podcast_core.services.measuring import measurements
from podcast_core.services.pictures import ltsa, stored_spectrograms_job
from podcast_core.services.runs import run_job, selection_job
from podcast_core.services.sets import releases
from podcast_core.services.sheets import keeping
from podcast_core.workspace import Workspace

Runner = Callable[[Workspace, Params, RunningJob], Result]

RUNNERS: Mapping[str, Runner] = {
    "ingest": ingest_job.run,
    "demo": demo.run,
    "keep": keeping.run,
    opening.KIND: opening.run,
    "spectrograms": stored_spectrograms_job.run,
    "select": selection_job.run,
    "run": run_job.run,
    "train": training_run.run,
    "evaluate": comparison.run,
    "curve": learning_curves.run,
    "fill": fill_in.run,
    "measure": measurements.run,
    ltsa.KIND: ltsa.run,
    "embed": embedding.run,
    "map": maps.run,
    "release": releases.run,
}


@cache
def get_runners() -> Mapping[str, Runner]:
    """Get what does each kind of job, with those of the dialects that are here."""
    return {**RUNNERS, **{name: run for part in load_parts("runners") for name, run in part.RUNNERS.items()}}
