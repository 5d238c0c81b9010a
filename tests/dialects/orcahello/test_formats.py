"""OrcaHello's detections: exact as written, and put right for windows that are shorter than 60 / N seconds."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from podcast_core.dialects.orcahello import formats as orcahello
from podcast_core.domain.prediction import Prediction
from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Batch, Contents, Entry, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission

URI = "https://x.org/audio/rpi_bush_point_2020_09_30.wav"


def make_document(version: int, windows: list[int], **fields: Any) -> dict[str, Any]:
    """A clip of 24 windows of 2.45 s, with the start times that OrcaHello writes."""
    boxes = [
        {"id": number, "startTime": window * 60 / 24, "duration": 60 / 24, "confidence": 0.75 if version == 1 else 75.0}
        for number, window in enumerate(windows)
    ]
    common = {"id": "d1", "modelId": "OrcaHello", "audioUri": URI, "timestamp": "2020-09-30T00:10:56.057537Z"}
    return {**common, "whaleFoundConfidence": 75.0, "predictions": boxes, **fields}


def read(document: Any) -> Contents:
    return orcahello.read("d.json", json.dumps(document).encode())


def test_times_are_read_as_they_stand_and_confidence_in_both_scales() -> None:
    for version in (1, 2):
        contents = read(make_document(version, [0, 21]))
        assert [(box.start_s, box.end_s, box.score, box.model) for box in contents.predictions] == [
            (0.0, 2.5, 0.75, "OrcaHello"),
            (52.5, 55.0, 0.75, "OrcaHello"),
        ]
        assert [answer.outcome for answer in contents.answers] == ["unreviewed"]


def test_a_late_start_is_mended_for_a_known_window() -> None:
    mended = orcahello.mend_start_times(read(make_document(1, [0, 21])), 2.45)
    assert [box.start_s for box in mended.predictions] == [0.0, pytest.approx(51.45)]
    assert mended.predictions[1].end_s == pytest.approx(53.9)
    assert "of 2 of 2 boxes were computed again for windows of 2.45 s" in mended.notes[0]
    off_grid = make_document(1, [3])
    off_grid["predictions"][0]["startTime"] = 8.1
    assert orcahello.mend_start_times(read(off_grid), 2.45).predictions[0].start_s == 8.1
    with pytest.raises(InvalidInput, match="must be above 0 s"):
        orcahello.mend_start_times(mended, 0)


@pytest.mark.parametrize(
    ("fields", "outcome", "boxes"),
    [
        ({"SRKWFound": "yes"}, "verified", 2),
        ({"state": "Positive"}, "verified", 2),
        ({"SRKWFound": "no"}, "empty", 0),
        ({"state": "Negative"}, "empty", 0),
        ({"SRKWFound": "don't know"}, "unsure", 0),
        ({"state": "Unknown"}, "unsure", 0),
        ({"state": "Unreviewed"}, "unreviewed", 0),
        ({"SRKWFound": ""}, "unreviewed", 0),
    ],
)
def test_a_moderators_verdict_is_one_on_the_clip(fields: dict[str, str], outcome: str, boxes: int) -> None:
    moderated: dict[str, Any] = {
        "comments": "J pod",
        "moderator": "Ann",
        "dateModerated": "2020-10-01T12:00:00Z",
        "tags": ["s10", "S04"],
    }
    contents = read(make_document(1, [2, 5], **fields, **moderated))
    [answer] = contents.answers
    assert (answer.outcome, len(contents.annotations)) == (outcome, boxes)
    assert all(box.unsure for box in contents.annotations)
    assert len(contents.rejected) == (2 if outcome == "empty" else 0)
    if outcome != "unreviewed":
        assert (answer.annotator, answer.submitted_at) == ("Ann", datetime(2020, 10, 1, 12, tzinfo=UTC))
        assert answer.comment.splitlines()[1:] == ["J pod", "Tags: s10, S04"]


def test_a_list_of_documents_and_tags_as_text() -> None:
    documents = [make_document(1, [1], id=str(number), SRKWFound="no", tags="s10;S04") for number in range(2)]
    contents = read(documents)
    assert len({box.prediction_id for box in contents.predictions}) == 2
    assert contents.answers[0].comment == "OrcaHello: no\nTags: s10;S04"


def test_true_times_are_written(batch: Batch) -> None:
    recording = make_recording(file_name="a.wav", seconds=120)
    session = make_session(recording, 1, length_s=60)
    predictions = tuple(
        Prediction(
            id=f"p{i}", session_id=session.id, start_s=60 + i * 2.45, end_s=62.45 + i * 2.45, label="call", score=0.5
        )
        for i in (20, 21)
    )
    entry = Entry(recording, session, predictions, make_submission(session))
    document = json.loads(orcahello.write(make_batch(make_round(), [entry]))[f"{session.id}.json"])
    assert [box["startTime"] for box in document["predictions"]] == [pytest.approx(49.0), pytest.approx(51.45)]
    assert (document["state"], document["moderator"], document["whaleFoundConfidence"]) == ("Negative", "Ann", 50.0)
    assert document["timestamp"] == "2020-07-05T07:00:59+00:00"
    assert f"{batch.entries[2].session.id}.json" not in orcahello.write(batch)
