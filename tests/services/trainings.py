"""A round whose sound is known: recordings of faint noise with tones of two pitches, answered as they are."""

from pathlib import Path

import numpy as np

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.round import Round
from podcast_core.services.intake import ingest
from podcast_core.services.labels import bulk, rounds
from podcast_core.services.labels.bulk import BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.learning.training_request import TrainingRequest
from podcast_core.workspace import Workspace
from tests.building import list_answers, list_sessions, submit, write_sound

RATE_HZ = 8000
LENGTH_S = 4.0
PITCHES_HZ = {"low": 900.0, "high": 2500.0}
CALL_S = 0.15


def make_pond(workspace: Workspace, folder: Path, *, count: int = 6) -> Round:
    """Make round ``pond``: recordings of two sessions of 4 s, the first with four calls, the second with none."""
    rounds.add_round(workspace, name="pond", labels=[*PITCHES_HZ], site="Pond")
    for number in range(count):
        path = folder / "pond" / f"2024-06-{number + 1:02d}_12-00-00.wav"
        generator = np.random.default_rng(number)
        samples = 0.003 * generator.standard_normal(round(2 * LENGTH_S * RATE_HZ))
        boxes = []
        for index, start_s in enumerate(0.3 + 0.9 * np.arange(4) + generator.uniform(0, 0.3, 4)):
            label = ("low", "high")[index % 2]
            time_s = np.arange(round(CALL_S * RATE_HZ)) / RATE_HZ
            first = round(start_s * RATE_HZ)
            samples[first : first + len(time_s)] += 0.2 * np.sin(2 * np.pi * PITCHES_HZ[label] * time_s)
            boxes.append(AnswerBox(first / RATE_HZ, first / RATE_HZ + CALL_S, label))
        write_sound(path, samples, RATE_HZ)
        ingest.ingest(workspace, paths=[str(path)], round_name="pond", session_length_s=LENGTH_S)
        answer(workspace, f"{path.stem}_0000", *boxes)
        answer(workspace, f"{path.stem}_0001")
    return rounds.get_round(workspace, round_id="pond")


def answer(workspace: Workspace, session_id: str, *boxes: AnswerBox, round_id: str = "pond", who: str = "Ann") -> str:
    """Answer a session of the pond: labelled, or empty without a box."""
    submission_id = f"{who}-{session_id}"
    submit(workspace, round_id, session_id, *boxes, who=who, submission_id=submission_id)
    return submission_id


def list_ids(workspace: Workspace) -> list[str]:
    """List the ids of the pond's sessions."""
    return [each.id for each in list_sessions(workspace, "pond")]


def ask(**changes: object) -> TrainingRequest:
    """Ask for a training on the pond that takes no time."""
    source = {} if "release" in changes else {"round_ids": ("pond",)}
    fields: dict[str, object] = {"name": "frogs", "kind": "energy", **source, **changes}
    return TrainingRequest(**fields)  # type: ignore[arg-type]


def label_in_bulk(pond: Workspace, folder: Path) -> list[str]:
    """Make round ``new`` of the pond's audio: in each session a window of the first call and one of nothing."""
    rounds.add_round(pond, name="new", labels=["low", "noise"])
    paths = sorted(str(path) for path in (folder / "pond").glob("*.wav"))
    ingest.ingest(pond, paths=paths, round_name="new", session_length_s=4)
    found = [each for each in list_sessions(pond, "new") if each.start_s == 0]
    old = {each.recording_id: each.id for each in list_sessions(pond, "pond") if each.start_s == 0}
    boxes = {each.session_id: each.annotations for each in list_answers(pond, "pond")}
    calls = [min(boxes[old[each.recording_id]], key=lambda box: box.start_s) for each in found]
    for label, places in (
        ("low", [(call.start_s - 0.05, call.end_s + 0.05) for call in calls]),
        ("noise", [(3.9, 4.0)] * len(found)),
    ):
        stretches = [BulkStretch(*place, session_id=each.id) for each, place in zip(found, places, strict=True)]
        bulk.act_in_bulk(pond, BulkRequest(f"act-{label}", "new", BulkDeed.LABEL, stretches, "Bo", label))
    return [each.id for each in found]
