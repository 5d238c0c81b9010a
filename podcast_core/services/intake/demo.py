"""Demo rounds: a sea made by code with predictions to judge, and real recordings from the internet.

Both can be killed at any moment, started again and started twice at once: what is there stays, what is missing is
added.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from podcast_core.audio.files import inspect_audio
from podcast_core.audio.playback import encode_flac
from podcast_core.audio.synthesis import SAMPLE_RATE_HZ, SCENES, Scene, guess, plan_scene, render_scene
from podcast_core.domain.label import Label, make_labels
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, StorageUnavailable
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.access import needs
from podcast_core.services.intake.ingest import add_recording
from podcast_core.services.jobs.running import Params, Result, RunningJob
from podcast_core.services.labels.rounds import add_round
from podcast_core.services.pictures import spectrograms
from podcast_core.services.store import records
from podcast_core.storage import predictions, rounds, sessions
from podcast_core.workspace import Workspace

DEMO_ID, REAL_ID = "demo", "demo-real"
MODEL = "demo-detector"
TRUTH_KEY = "demo/truth.json"
SESSION_LENGTH_S = 60.0
EXAMPLES = ("humpback", "robin")  # of librosa's example recordings, those of animals

_LABELS = (
    ("call", "Pulsed call: a stack of harmonics that glides and jumps, half a second to a second and a half."),
    ("whistle", "Whistle: one thin line that sweeps, between 4 and 9 kHz."),
    ("click", "Click train: ten or more thin vertical strokes that come ever faster. One box for the train."),
)
_INSTRUCTIONS = (
    "A detector has drawn boxes where it heard something: keep what is right, delete what is not, and move edges "
    "that are off. Draw a box around every sound that it missed, faint ones too, and give it the right label. "
    "Ships (a band of noise that throbs) and breaking waves (a burst without lines) get no box. "
    "If there is nothing to box, submit without a box; press Unsure or Skip where you cannot tell."
)


@needs("admin")
def add_demo_round(workspace: Workspace, *, on_progress: Progress = tell_nobody) -> Round:
    """Add the synthetic sea with its predictions, or what is missing of it; a complete round stays untouched.

    Parameters
    ----------
    on_progress
        Called with sessions done, sessions in all, and what is made.

    Returns
    -------
    Round
        The round ``demo``. The truth about its sounds is in the file store under ``demo/truth.json``.
    """
    round_ = _open_round(
        workspace,
        round_id=DEMO_ID,
        name="Demo: a busy sea",
        labels=tuple(
            Label(label.name, label.color, label.hotkey, description)
            for label, (_, description) in zip(make_labels([name for name, _ in _LABELS]), _LABELS, strict=True)
        ),
        description="Twelve minutes of a synthetic sea: killer-whale-like sounds among ships and waves.",
        instructions=_INSTRUCTIONS,
    )
    with workspace.database.reading() as connection:
        if predictions.has_prediction_set(connection, MODEL):  # the last thing that is added
            return round_
    for done, scene in enumerate(SCENES):
        on_progress(done, len(SCENES), "Making the demo round")
        key = f"demo/{scene.name}.flac"
        if not workspace.files.exists(key):
            workspace.files.add(key, encode_flac(render_scene(scene, plan_scene(scene)), SAMPLE_RATE_HZ))
        _add_stored(workspace, round_, key)
    truth = {scene.name: [asdict(sound) for sound in plan_scene(scene)] for scene in SCENES}
    workspace.files.add(TRUTH_KEY, json.dumps(truth, indent=1).encode())
    _draw_pictures(workspace)
    _add_predictions(workspace, round_)
    on_progress(len(SCENES), len(SCENES), "")
    return round_


def add_demo_round_if_empty(workspace: Workspace, *, on_progress: Progress = tell_nobody) -> Round | None:
    """Add the demo round to a workspace without rounds, and complete one that was cut off; None when not needed."""
    with workspace.database.reading() as connection:
        known = {round_.id for round_ in rounds.list_rounds(connection)}
    return add_demo_round(workspace, on_progress=on_progress) if not known or DEMO_ID in known else None


def run(workspace: Workspace, params: Params, run: RunningJob) -> Result:  # noqa: ARG001  # there is but one
    """Add the demo round, or what is missing of it, as a job."""
    round_ = add_demo_round(workspace, on_progress=run)
    return {"round_id": round_.id}


def _draw_pictures(workspace: Workspace) -> None:
    """Compute the pictures now, so that the first page that a newcomer sees has nothing to compute."""
    with workspace.database.reading() as connection:
        ids = [session.id for session in sessions.list_sessions(connection, DEMO_ID)]
    for session_id in ids:
        spectrograms.get_picture(workspace, round_id=DEMO_ID, session_id=session_id)


def fetch_example(name: str) -> Path:
    """Download one of librosa's example recordings, or find it where it was downloaded before.

    Raises
    ------
    StorageUnavailable
        When there is no internet, or the recording did not arrive whole.
    """
    import librosa

    try:
        return Path(librosa.example(name, hq=True))
    except (OSError, ValueError) as error:  # no connection; a checksum that does not fit
        raise StorageUnavailable(
            f"The recording {name!r} cannot be downloaded from librosa.org: check the internet connection. The demo "
            f"with synthetic sound works offline. ({type(error).__name__})"
        ) from error


def add_real_demo_round(
    workspace: Workspace, *, fetch: Callable[[str], Path] = fetch_example, on_progress: Progress = tell_nobody
) -> Round:
    """Add real recordings from the internet as the round ``demo-real``, without predictions.

    Parameters
    ----------
    fetch
        Gives the file of an example by its name.
    on_progress
        Called with recordings done, recordings in all, and the name of the next.

    Raises
    ------
    StorageUnavailable
        When a recording cannot be fetched; nothing is added then.
    """
    fetched = []
    for done, name in enumerate(EXAMPLES):
        on_progress(done, len(EXAMPLES), name)
        fetched.append(fetch(name))
    round_ = _open_round(
        workspace,
        round_id=REAL_ID,
        name="Demo: real recordings",
        labels=make_labels(["song", "call"]),
        description="Humpback song from Glacier Bay (US National Park Service) and a robin (InspectorJ, CC BY 3.0).",
        instructions="Draw a box around each unit of the song. There are no predictions: you start from scratch.",
    )
    for path in fetched:
        key = f"demo-real/{path.name}"
        workspace.files.add(key, path.read_bytes())  # a download cache may be emptied any day
        _add_stored(workspace, round_, key)
    on_progress(len(EXAMPLES), len(EXAMPLES), "")
    return round_


def _open_round(
    workspace: Workspace, *, round_id: str, name: str, labels: tuple[Label, ...], description: str, instructions: str
) -> Round:
    with workspace.database.reading() as connection:
        known = rounds.find_round(connection, round_id)
    if known is not None:
        return known
    try:
        return add_round(
            workspace, round_id=round_id, name=name, labels=labels, description=description, instructions=instructions
        )
    except Conflict:  # another process was faster
        with workspace.database.reading() as connection:
            return rounds.get_round(connection, round_id)


def _add_stored(workspace: Workspace, round_: Round, key: str) -> None:
    """Add audio that lies in the file store, and its sessions, unless the round has it."""
    info = inspect_audio(workspace.files.url(key))
    recording = Recording(
        sha256=info.sha256,
        uri=f"store:{key}",
        file_name=key.rpartition("/")[2],
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        frame_count=info.frame_count,
        encoding=info.encoding,
    )
    add_recording(workspace, recording, round_, SESSION_LENGTH_S)


def _add_predictions(workspace: Workspace, round_: Round) -> None:
    prediction_set = PredictionSet(
        id=MODEL,
        round_id=round_.id,
        model=MODEL,
        predictions=tuple(prediction for scene in SCENES for prediction in _predict(scene)),
        source="synthetic",
        created_at=round_.created_at,
    )
    records.save_prediction_set(workspace.files, prediction_set)  # the same whoever makes it
    with workspace.database.writing(f"round/{round_.id}") as connection:
        if not predictions.has_prediction_set(connection, prediction_set.id):
            predictions.add_prediction_set(connection, prediction_set)


def _predict(scene: Scene) -> list[Prediction]:
    """Let the imperfect detector look at a scene; a session is one whole scene, so its times need no shift."""
    return [
        Prediction(id=f"{scene.name}-{index}", session_id=scene.name, model=MODEL, **asdict(one))
        for index, one in enumerate(guess(scene, plan_scene(scene)))
    ]
