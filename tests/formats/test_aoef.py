"""AOEF through the soundevent package, and what our sessions make of clips."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from soundevent import data, io

from podcast_core.domain.session import Session
from podcast_core.formats import aoef, aoef_writing
from podcast_core.formats.contents import Batch, FileAnswer, LeftOut, Why
from podcast_core.formats.spans import combine


def name(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def save(tmp_path: Path, collection: Any) -> bytes:
    path = tmp_path / "x.json"
    io.save(collection, path)
    return path.read_bytes()


def make_event(recording: data.Recording, number: int, geometry: data.Geometry, *tags: tuple[str, str]) -> Any:
    event = data.SoundEvent(uuid=name(100 + number), recording=recording, geometry=geometry)
    made = [data.Tag(term=data.term_from_key(key), value=value) for key, value in tags]
    return data.SoundEventAnnotation(uuid=name(200 + number), sound_event=event, tags=made)


@pytest.fixture
def recording() -> data.Recording:
    return data.Recording(uuid=name(1), path=Path("in/bat.wav"), duration=3, channels=1, samplerate=256_000)


def test_geometries_become_boxes_and_what_was_done_to_them_is_told(tmp_path: Path, recording: data.Recording) -> None:
    geometries: list[tuple[Any, tuple[str, str]]] = [
        (data.BoundingBox(coordinates=[0.1, 20_000, 0.2, 40_000]), ("species", "Myotis")),
        (data.TimeInterval(coordinates=[0.5, 0.75]), ("event", "Echolocation")),
        (data.LineString(coordinates=[[1.0, 30_000], [1.5, 20_000]]), ("sort", "sweep")),
        (data.TimeStamp(coordinates=1.0), ("species", "Myotis")),
        (data.Polygon(coordinates=[[[1, 100], [2, 300], [1.5, 50], [1, 100]]]), ("species", "Myotis")),
    ]
    clip = data.Clip(uuid=name(2), recording=recording, start_time=0, end_time=3)
    events = [make_event(recording, number, *each) for number, each in enumerate(geometries)]
    annotated = data.ClipAnnotation(uuid=name(3), clip=clip, sound_events=events)
    contents = aoef.read("x.json", save(tmp_path, data.AnnotationSet(uuid=name(4), clip_annotations=[annotated])))
    assert [(box.start_s, box.end_s, box.low_hz, box.high_hz, box.label) for box in contents.annotations] == [
        (0.1, 0.2, 20_000, 40_000, "Myotis"),
        (0.5, 0.75, None, None, "Echolocation"),
        (1.0, 1.5, 20_000, 30_000, "sweep"),
        (1.0, 2.0, 50, 300, "Myotis"),
    ]
    assert {box.name for box in contents.annotations} == {"in/bat.wav"}
    assert [note.split(": ", 1)[1] for note in contents.notes] == [
        "of 1 LineString geometries the box around them was taken.",
        "of 1 Polygon geometries the box around them was taken.",
    ]
    assert contents.left_out == (
        LeftOut("x.json, data.sound_event_annotations[3]", Why.POINT, "in/bat.wav", 1.0, 1.0, detail="TimeStamp"),
    )
    assert [(answer.outcome, answer.start_s, answer.end_s) for answer in contents.answers] == [("labelled", 0.0, 3.0)]


@pytest.mark.parametrize(
    ("state", "outcomes"),
    [
        ("completed", ["labelled", "empty"]),
        ("verified", ["labelled", "empty"]),
        ("rejected", ["unsure", "unsure"]),
        ("assigned", ["unsure", "unreviewed"]),
        (None, ["unsure", "unreviewed"]),
    ],
)
def test_a_clips_status_is_its_outcome(
    tmp_path: Path, recording: data.Recording, state: str | None, outcomes: list[str]
) -> None:
    clips = [data.Clip(uuid=name(10 + i), recording=recording, start_time=i, end_time=i + 1) for i in range(2)]
    event = make_event(recording, 0, data.TimeInterval(coordinates=[0.5, 0.75]), ("species", "Myotis"))
    annotated = [
        data.ClipAnnotation(uuid=name(20 + i), clip=clip, sound_events=[event] if i == 0 else [])
        for i, clip in enumerate(clips)
    ]
    badges = (
        [] if state is None else [data.StatusBadge(state=data.AnnotationState(state), created_on=datetime(2024, 1, 1))]
    )
    tasks = [data.AnnotationTask(uuid=name(30 + i), clip=clip, status_badges=badges) for i, clip in enumerate(clips)]
    project = data.AnnotationProject(uuid=name(4), name="p", clip_annotations=annotated, tasks=tasks)
    contents = aoef.read("x.json", save(tmp_path, project))
    assert [answer.outcome for answer in contents.answers] == outcomes


def test_a_model_run_is_predictions(tmp_path: Path, recording: data.Recording) -> None:
    clip = data.Clip(uuid=name(2), recording=recording, start_time=0, end_time=3)
    event = data.SoundEvent(uuid=name(5), recording=recording, geometry=data.TimeInterval(coordinates=[1, 2]))
    tags = [
        data.PredictedTag(tag=data.Tag(term=data.term_from_key("species"), value=value), score=score)
        for value, score in (("Myotis", 0.25), ("Nyctalus", 0.625))
    ]
    predicted = data.SoundEventPrediction(uuid=name(6), sound_event=event, score=0.875, tags=tags)
    clips = [data.ClipPrediction(uuid=name(7), clip=clip, sound_events=[predicted])]
    predictions = data.PredictionSet(uuid=name(8), name="BatNet 2", clip_predictions=clips)
    [box] = aoef.read("x.json", save(tmp_path, predictions)).predictions
    assert (box.start_s, box.label, box.score, box.model) == (1.0, "Nyctalus", 0.625, "BatNet 2")


def test_what_we_write_is_read_by_the_soundevent_package(tmp_path: Path, batch: Batch) -> None:
    path = tmp_path / "annotations.aoef.json"
    path.write_bytes(aoef_writing.write(batch)[path.name])
    project = io.load(path, type="annotation_project")
    assert [len(each.sound_events) for each in project.clip_annotations] == [2, 0, 0]
    assert [[badge.state.value for badge in task.status_badges] for task in project.tasks] == [
        ["completed"],
        ["completed"],
        [],
    ]
    box = project.clip_annotations[0].sound_events[1]
    assert box.sound_event.geometry == data.BoundingBox(coordinates=[5.5, 100.0, 6.25, 2000.0])
    assert box.created_on == datetime(2024, 1, 1)
    assert json.loads(path.read_text())["data"]["recordings"][0]["time"] == "06:59:59"


def test_clips_make_answers_for_sessions_only_as_far_as_they_cover_them() -> None:
    session = Session(round_id="r", id="s", recording_id="a" * 16, channel=0, start_s=60.0, end_s=120.0)

    def part(start_s: float, end_s: float, outcome: str, **fields: Any) -> FileAnswer:
        return FileAnswer("a.wav", outcome, start_s=start_s, end_s=end_s, **fields)

    both = [
        part(90, 121, "empty", comment="b", annotator="Eve"),
        part(59, 90, "labelled", comment="a", annotator="Ann"),
    ]
    answer, is_covered = combine(session, both, has_boxes=True)
    assert (answer.outcome, answer.session_id, answer.comment, answer.annotator) == (
        "labelled",
        "s",
        "b\na",
        "Ann, Eve",
    )
    assert is_covered
    assert combine(session, both, has_boxes=False)[0].outcome == "empty"
    for parts in ([part(60, 80, "empty"), part(90, 120, "empty")], [part(60, 119, "labelled")]):
        assert not combine(session, parts, has_boxes=True)[1]
        assert combine(session, parts, has_boxes=True)[0].outcome == "verified"
        assert combine(session, parts, has_boxes=False)[0].outcome == "unreviewed"
    assert combine(session, [part(0, 200, "unsure")], has_boxes=True)[0].outcome == "unsure"
    assert combine(session, [part(0, 200, "unreviewed")], has_boxes=False)[0].outcome == "unreviewed"
    when = datetime(2024, 1, 1, tzinfo=UTC)
    assert combine(session, [part(0, 200, "empty", submitted_at=when)], has_boxes=False)[0].submitted_at == when


def test_times_of_a_file_that_was_slowed_down_are_the_animals(tmp_path: Path) -> None:
    slow = data.Recording(
        uuid=name(1), path=Path("bat.wav"), duration=10, channels=1, samplerate=240_000, time_expansion=10
    )
    clip = data.Clip(uuid=name(2), recording=slow, start_time=0, end_time=3)
    events = [
        make_event(slow, 0, data.BoundingBox(coordinates=[0.35, 25_000, 0.425, 60_000]), ("species", "Myotis")),
        make_event(slow, 1, data.TimeStamp(coordinates=0.5), ("species", "Myotis")),
    ]
    annotated = data.ClipAnnotation(uuid=name(3), clip=clip, sound_events=events)
    contents = aoef.read("x.json", save(tmp_path, data.AnnotationSet(uuid=name(4), clip_annotations=[annotated])))
    assert [(box.start_s, box.end_s, box.low_hz, box.high_hz) for box in contents.annotations] == [
        (3.5, 4.25, 2500, 6000)
    ]
    assert [(each.start_s, each.why) for each in contents.left_out] == [(5.0, Why.POINT)]
    assert [(answer.start_s, answer.end_s) for answer in contents.answers] == [(0.0, 30.0)]
    assert contents.notes == (
        "x.json: bat.wav is slowed 10 times; times and frequencies were converted to the file's.",
    )


def test_events_of_no_clip_are_left_out_and_tags_of_clips_kept(tmp_path: Path, recording: data.Recording) -> None:
    clip = data.Clip(uuid=name(2), recording=recording, start_time=0, end_time=3)
    box = data.BoundingBox(coordinates=[0.1, 20_000, 0.2, 40_000])
    events = [make_event(recording, number, box, ("species", "Myotis")) for number in range(3)]
    tags = [data.Tag(term=data.term_from_key("habitat"), value="forest")]
    annotated = data.ClipAnnotation(uuid=name(3), clip=clip, sound_events=events, tags=tags)
    document = json.loads(save(tmp_path, data.AnnotationSet(uuid=name(4), clip_annotations=[annotated])))
    gone = document["data"]["clip_annotations"][0]["sound_events"].pop(2)
    contents = aoef.read("x.json", json.dumps(document).encode())
    drawn = [each["uuid"] for each in document["data"]["sound_event_annotations"]]
    assert len(contents.annotations) == 2
    assert {(each.where, each.why, each.detail) for each in contents.left_out} == {
        (f"x.json, data.sound_event_annotations[{drawn.index(gone)}]", Why.GEOMETRY, "an event of no clip"),
    }
    assert [answer.comment for answer in contents.answers] == ["habitat: forest"]


def test_a_score_of_a_whole_clip_is_a_prediction_as_long_as_the_clip(tmp_path: Path, recording: data.Recording) -> None:
    clip = data.Clip(uuid=name(2), recording=recording, start_time=0, end_time=3)
    tag = data.Tag(term=data.term_from_key("species"), value="Myotis")
    clips = [data.ClipPrediction(uuid=name(7), clip=clip, tags=[data.PredictedTag(tag=tag, score=0.75)])]
    predictions = data.PredictionSet(uuid=name(8), name="BatNet 2", clip_predictions=clips)
    [box] = aoef.read("x.json", save(tmp_path, predictions)).predictions
    assert (box.start_s, box.end_s, box.label, box.score, box.model) == (0.0, 3.0, "Myotis", 0.75, "BatNet 2")


def test_a_level_line_keeps_its_frequency(tmp_path: Path, recording: data.Recording) -> None:
    clip = data.Clip(uuid=name(2), recording=recording, start_time=0, end_time=3)
    line = data.LineString(coordinates=[[1.0, 30_000], [1.5, 30_000]])
    annotated = data.ClipAnnotation(
        uuid=name(3), clip=clip, sound_events=[make_event(recording, 0, line, ("species", "Myotis"))]
    )
    contents = aoef.read("x.json", save(tmp_path, data.AnnotationSet(uuid=name(4), clip_annotations=[annotated])))
    assert [(box.low_hz, box.high_hz) for box in contents.annotations] == [(30_000, 30_000)]


@pytest.mark.parametrize(("text", "channel"), [("1", 1), ("²", None), ("9" * 5000, None), ("-1", None), ("", None)])
def test_a_channel_that_is_no_number_is_none(text: str, channel: int | None) -> None:
    assert aoef._read_channel({"channel": text}) == channel
