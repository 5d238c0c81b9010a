"""Label Studio's exports as its documentation has them, and our own."""

import json
from typing import Any

import pytest

from podcast_core.errors import InvalidInput
from podcast_core.formats import find_formats, label_studio
from podcast_core.formats.contents import Batch, Contents, Why


def region(name: str, start: float, end: float, *labels: str, channel: int = 0, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "channel": channel, **({"labels": list(labels)} if labels else {})}
    kind = "labels" if labels else "audio"
    return {"id": name, "type": kind, "from_name": "label", "original_length": 98.7, "value": value, **more}


def said(kind: str, name: str, **value: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "from_name": f"my {kind}", "value": value}


def make_task(*annotations: dict[str, Any], audio: str = "/data/upload/3/1b2c3d4e-sea%201.wav", **more: Any) -> Any:
    return {"id": 7, "data": {"audio": audio}, "annotations": list(annotations), "predictions": [], **more}


def read(*tasks: Any) -> Contents:
    return label_studio.read("x.json", json.dumps(tasks).encode())


def test_regions_of_the_full_export_are_boxes() -> None:
    annotation = {
        "completed_by": {"id": 1, "email": "ann@example.org"},
        "updated_at": "2024-05-01T10:00:00.5Z",
        "was_cancelled": False,
        "result": [
            region("a", 12.75, 28.5, "call", meta={"text": ["faint"]}),
            region("b", 30, 31.5, "call", "whistle"),
            said("choices", "a", start=12.75, end=28.5, choices=["near", "loud"]),
            said("textarea", "z", text=["a windy day"]),
        ],
    }
    contents = read(make_task(annotation))
    assert [(box.name, box.start_s, box.end_s, box.label, box.comment) for box in contents.annotations] == [
        ("sea 1.wav", 12.75, 28.5, "call", "faint\nmy choices: near, loud"),
        ("sea 1.wav", 30.0, 31.5, "call", ""),
        ("sea 1.wav", 30.0, 31.5, "whistle", ""),
    ]
    [answer] = contents.answers
    assert (answer.outcome, answer.annotator, answer.comment) == (
        "labelled",
        "ann@example.org",
        "my textarea: a windy day",
    )
    assert (answer.start_s, answer.end_s, str(answer.submitted_at)) == (0.0, 98.7, "2024-05-01 10:00:00.500000+00:00")


def test_the_short_export_is_read() -> None:
    task = {
        "audio": "https://example.org/rec/b.flac?x=1",
        "id": 1,
        "label": [{"start": 1, "end": 2, "channel": 1, "labels": ["call"]}, {"start": 3, "end": 4.5, "channel": 0}],
        "weather": ["wind"],
        "annotator": 1,
        "annotation_id": 12,
        "updated_at": "2024-05-01T10:00:00Z",
        "lead_time": 5.5,
    }
    assert find_formats("x.json", json.dumps([task]).encode()) == ["label-studio"]
    contents = read(task)
    assert [(box.name, box.start_s, box.label, box.channel) for box in contents.annotations] == [
        ("/rec/b.flac", 1.0, "call", 1),
        ("/rec/b.flac", 3.0, "", 0),
    ]
    assert [(each.outcome, each.annotator, each.comment) for each in contents.answers] == [
        ("labelled", "", "weather: wind")
    ]


@pytest.mark.parametrize(
    ("audio", "name"),
    [
        ("/data/upload/3/1b2c3d4e-sea%201.wav", "sea 1.wav"),
        ("/data/local-files/?d=siteA/2020.wav", "siteA/2020.wav"),
        ("s3://bucket/siteA/2020.wav", "/siteA/2020.wav"),
        ("deadbeef-2020.wav", "deadbeef-2020.wav"),
        ("siteA/it's & 50% #2.wav", "siteA/it's & 50% #2.wav"),
    ],
)
def test_the_recording_is_what_the_address_names(audio: str, name: str) -> None:
    [box] = read(make_task({"result": [region("a", 1, 2, "call")]}, audio=audio)).annotations
    assert (box.name, box.channel) == (name, None)


def test_what_is_no_region_of_audio_is_left_out_and_told() -> None:
    results = [
        region("a", 1, 1, "call"),
        {"id": "b", "type": "rectanglelabels", "value": {"x": 1, "y": 2, "width": 3, "height": 4}},
        {"id": "c", "type": "labels", "value": {"start": 0, "end": 5, "text": "Hello", "labels": ["word"]}},
        {"id": "d", "type": "timelinelabels", "value": {"ranges": [{"start": 1, "end": 9}], "timelinelabels": ["x"]}},
    ]
    contents = read(make_task({"result": results}))
    assert contents.annotations == ()
    assert [(each.where, each.why) for each in contents.left_out] == [
        ("x.json, [0].annotations[0].result[0]", Why.POINT),
        *((f"x.json, [0].annotations[0].result[{number}]", Why.GEOMETRY) for number in (1, 2, 3)),
    ]


def test_of_several_people_the_truth_or_the_newest_counts() -> None:
    def make(label: str, day: int, **more: Any) -> dict[str, Any]:
        return {"result": [region(label, 1, 2, label)], "updated_at": f"2024-05-0{day}T00:00:00Z", **more}

    newest = read(make_task(make("a", 1), make("b", 3), make("c", 2)))
    assert [box.label for box in newest.annotations] == ["b"]
    assert [each.why for each in newest.left_out] == [Why.ANOTHER, Why.ANOTHER]
    truth = read(make_task(make("a", 1, ground_truth=True), make("b", 3)))
    assert [box.label for box in truth.annotations] == ["a"]


def test_a_task_without_regions_is_empty_and_a_cancelled_one_skipped() -> None:
    empty, skipped = ({"result": list[Any](), "was_cancelled": each} for each in (False, True))
    assert [answer.outcome for answer in read(make_task(empty), make_task(skipped)).answers] == ["empty", "skipped"]
    assert read(make_task()).answers == ()  # nobody has looked


def test_predictions_bring_model_and_score() -> None:
    predictions = [
        {
            "model_version": "net 2",
            "score": 0.5,
            "result": [region("a", 1, 2, "call"), region("b", 3, 4, "x", score=0.75)],
        }
    ]
    accepted = {"result": [region("a", 1, 2, "call", origin="prediction"), region("c", 5, 6, "call", origin="manual")]}
    contents = read(make_task(accepted, predictions=predictions))
    assert [box.prediction_id for box in contents.annotations] == ["a", ""]
    assert [(box.label, box.score, box.model, box.prediction_id) for box in contents.predictions] == [
        ("call", 0.5, "net 2", "a"),
        ("x", 0.75, "net 2", "b"),
    ]


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ({"data": {}, "annotations": []}, "expected the audio's address or name"),
        (make_task({"result": [region("a", 1, 2, "call", channel=-1)]}), "expected a channel"),
        (
            make_task({"result": [{"id": "a", "type": "labels", "value": {"start": "x", "end": 2}}]}),
            "expected a number",
        ),
        ({"images": []}, "expected a task of Label Studio"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(task: Any, reason: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^x.json, line 1, column \d+ \(\[0\].*{reason}"):
        read(task)


def test_our_document_is_one_that_label_studio_takes(batch: Batch) -> None:
    [task] = json.loads(label_studio.write(batch)[label_studio.DOCUMENT])
    assert task["data"]["audio"] == "OS_1.wav"
    assert [each["value"] for each in task["annotations"][0]["result"]] == [
        {"start": 1.5, "end": 2.0, "channel": 0, "labels": ["call"]},
        {"start": 5.5, "end": 6.25, "channel": 0, "labels": ["click"]},
    ]


def test_a_box_that_is_drawn_over_there_makes_an_empty_session_labelled(batch: Batch) -> None:
    document = json.loads(label_studio.write(batch)[label_studio.DOCUMENT])
    document[0]["annotations"][0]["result"].append(region("new", 8, 9, "call"))
    contents = read(*document)
    assert contents.annotations[-1].start_s == 8.0
    assert [(answer.outcome, answer.start_s) for answer in contents.answers] == [
        ("labelled", 0.0),
        ("empty", 7.5),  # a guess about that piece, to which its boxes are added, see `spans.combine`
        ("unreviewed", None),
    ]
