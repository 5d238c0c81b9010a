"""How the pages and routes feel while a worker trains a model on the same machine."""

import statistics
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import numpy as np

from benchmarks.parts.loading import measure_trivial
from benchmarks.parts.sea import SESSION_S, STRIDE_S, Sound, sounds_in
from podcast_core.client import Client
from podcast_core.domain.job import JobState
from podcast_core.services.jobs import queue
from podcast_core.services.learning import training
from podcast_core.services.learning.training_request import TrainingRequest
from podcast_core.workspace import Workspace

LEARNT = "learnt"
LEARNT_SESSIONS = 32
APART = round(SESSION_S / STRIDE_S)  # every so many sessions do not overlap
LONGER_S = 3600.0  # than what is measured meanwhile
MEASURED_S = 10.0
PAUSE_S = 0.5
PATIENCE_S = 180.0


def start_training(workspace: Workspace, url: str, sounds: list[Sound]) -> str:
    """Answer a round with what is true, let a worker learn from it, wait until it is at it; returns the job's id."""
    client = Client(url)
    for session in list(client.list_sessions(LEARNT))[:LEARNT_SESSIONS:APART]:
        start_s = session["start_s"]
        boxes = [
            {"start_s": each.start_s - start_s, "end_s": each.end_s - start_s, "label": each.label}
            for each in sounds_in(sounds, start_s)
        ]
        client.submit(LEARNT, session["session_id"], annotator="Ann", outcome="labelled", regions=boxes)
    request = TrainingRequest(name="busy", round_ids=(LEARNT,), budget_s=LONGER_S, group_by="session")
    job_id = training.add_training(workspace, request=request)
    end = time.monotonic() + PATIENCE_S
    while not (job := queue.get_job(workspace, job_id=job_id)).done:
        if job.state not in (JobState.QUEUED, JobState.RUNNING) or time.monotonic() > end:
            raise SystemExit(f"The training has not begun: {job.state.value} {job.error}")
        time.sleep(PAUSE_S)
    return job_id


def measure_busy(
    workspace: Workspace, url: str, sounds: list[Sound], measure_swaps: Callable[[str], list[float]]
) -> None:
    """Measure a trivial route and the label page, first with nothing else to do and then while a model is trained."""
    place = urlsplit(url).netloc
    path = f"/api/v1/rounds/{LEARNT}"
    measure_trivial(place, 1.0, path)  # imports
    found = {"nothing else": (measure_trivial(place, MEASURED_S, path), measure_swaps("calm"))}
    job_id = start_training(workspace, url, sounds)
    found["a training"] = (measure_trivial(place, MEASURED_S, path), measure_swaps("busy"))
    state = queue.get_job(workspace, job_id=job_id).state
    queue.cancel_job(workspace, job_id=job_id)
    if state is not JobState.RUNNING:
        raise SystemExit(f"The training was {state.value} before all was measured.")
    print(f"While a worker does something: {path}, and from submit to painted and playable")
    for title, (trivial, swaps) in found.items():
        print(
            f"  {title:12} route: median {statistics.median(trivial):.1f}, p95 {np.percentile(trivial, 95):.0f} ms; "
            f"label page: median {statistics.median(swaps):.0f}, p95 {np.percentile(swaps, 95):.0f} ms"
        )
