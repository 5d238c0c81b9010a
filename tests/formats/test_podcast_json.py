import json
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats import podcast_json
from podcast_core.formats.contents import Entry, make_batch
from tests.formats.builders import make_recording, make_round, make_session, make_submission

ORIGINALS = Path(__file__).resolve().parents[3] / "shared" / "data" / "podcast"

LOAD = {
    "uri": "https://example.org/audio/lab_0001.wav?sig=a%2Fb",
    "absolute_time": None,
    "source_guid": "rpi_lab",
    "annotations": [{"start_time_s": 24.499999999999996, "duration_s": 2.45, "confidence": 0.649}],
    "backend_state": {"written": 99, "remaining": 13},
}
OLD = (
    "{'uri': 'https://example.org/audio/Fisherman\\'s Bay.wav', 'absolute_time': 1562337136, "
    "'source_guid': \"J's lab\", 'annotations': [{'start_s': 0, 'duration_s': 1.7225653206650835}]}"
)


def read(text: str, name: str = "x.json") -> podcast_json.Document:
    return podcast_json.read_document(name, text.encode())


def test_a_load_document_is_a_models() -> None:
    document = read(json.dumps({**LOAD, "model_guid": "Round3"}))
    [box] = document.boxes
    assert (box.start_s, box.score, box.model) == (24.499999999999996, 0.649, "Round3")
    assert (document.name, box.name.rsplit("/", 1)[-1]) == ("lab_0001.wav", "lab_0001.wav")
    assert box.end_s == 24.499999999999996 + 2.45
    assert document.is_load
    assert document.original.absolute_time is None


def test_apostrophes_survive_in_an_old_document_of_single_quotes() -> None:
    document = read(OLD)
    assert document.name == "Fisherman's Bay.wav"
    assert document.original.source_guid == "J's lab"
    assert document.original.absolute_time == 1562337136
    assert [(box.start_s, box.end_s) for box in document.boxes] == [(0.0, 1.7225653206650835)]


def test_nothing_in_an_old_document_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    with pytest.raises(InvalidInput, match="expected JSON"):
        read(f"{{'annotations': [open({str(mark)!r}, 'w')]}}")
    assert not mark.exists()


def test_a_document_without_annotations_says_verified_empty() -> None:
    contents = podcast_json.read("s1.json", b'{"uri": "a/s1.wav", "annotations": []}')
    assert [(answer.name, answer.outcome) for answer in contents.answers] == [("a/s1.wav", "empty")]


@pytest.mark.parametrize("annotations", [LOAD["annotations"], []])
def test_a_models_document_is_not_taken_for_a_persons(annotations: object) -> None:
    with pytest.raises(InvalidInput, match="Import it as predictions"):
        podcast_json.read("s1.json", json.dumps({**LOAD, "annotations": annotations}).encode())


def test_without_uri_the_documents_own_name_names_the_session() -> None:
    assert read('{"annotations": []}', "folder/s1.json").name == "s1"


@pytest.mark.parametrize("score", ["NaN", "null"])
def test_a_missing_score_is_no_score(score: str) -> None:
    [box] = read(f'{{"annotations": [{{"start_s": 1, "duration_s": 2, "confidence": {score}}}]}}').boxes
    assert box.score is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("\x00", "expected JSON"),
        ("3", "expected an object with a list 'annotations', found '3'"),
        ('{"annotations": {}}', "expected an object with a list 'annotations'"),
        ('{"annotations": [3]}', "annotations.0..: expected an object, found '3'"),
        ('{"uri": [], "annotations": []}', "line 1, column 9 .uri.: expected text"),
        (
            '{"annotations": [{"start_s": true, "duration_s": 1}]}',
            "column 30 .annotations.0..start_s.: expected a num",
        ),
        (
            '{"annotations": [{"start_s": 1}]}',
            "column 18 .annotations.0..: expected 'duration_s'",
        ),
        (
            '{"annotations": [{"start_s": 1, "duration_s": 0}]}',
            "annotations.0.: expected a duration_s above 0, found 0",
        ),
        (
            '{"annotations": [{"start_s": -1, "duration_s": 3}]}',
            "column 18 .annotations.0..: A box needs 0 <=",
        ),
        (
            '{"annotations": [{"start_s": Infinity, "duration_s": 3}]}',
            "column 30 .annotations.0..start_s.: expected a num",
        ),
        ('{"annotations": [{"start_s": 1, "duration_s": 3, "confidence": 64.9}]}', "score must be between 0 and 1"),
        ('{"annotations": [{"start_s": 1, "duration_s": 3, "label": 5}]}', "label.: expected text, found '5'"),
    ],
)
def test_a_bad_document_is_refused_by_name_and_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=f"(?s)x.json.*{reason}"):
        read(text)


def test_all_bad_annotations_are_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        read('{"annotations": [{"start_s": 1}, {"start_s": 1, "duration_s": 1}, {"duration_s": 1}]}')
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "x.json, line 1, column 18 (annotations[0])",
        "x.json, line 1, column 67 (annotations[2])",
    ]


def test_documents_are_written_for_reviewed_sessions_only() -> None:
    recording = make_recording()
    made = [make_session(recording, number) for number in range(5)]
    box = Annotation(1.0, 2.5, "call", low_hz=100.0, high_hz=200.0)
    entries = [
        Entry(recording, made[0], (), make_submission(made[0], box)),
        Entry(recording, made[1], (), make_submission(made[1])),
        Entry(
            recording, made[2], (), make_submission(made[2], replace(box, start_s=15, end_s=16), outcome=Outcome.UNSURE)
        ),
        Entry(recording, made[3], (), make_submission(made[3], outcome=Outcome.SKIPPED)),
        Entry(recording, made[4]),
    ]
    files = podcast_json.write(make_batch(make_round(), entries))
    assert sorted(files) == ["predictions.csv", f"{made[0].id}.json", f"{made[1].id}.json", "sessions.csv"]
    assert json.loads(files[f"{made[0].id}.json"]) == {
        "uri": f"{made[0].id}.wav",
        "absolute_time": "2020-07-05T06:59:59+00:00",
        "source_guid": "Bush Point",
        "annotations": [{"start_s": 1.0, "duration_s": 1.5}],
    }
    assert json.loads(files[f"{made[1].id}.json"])["annotations"] == []


def test_a_prediction_without_score_is_offered_without_confidence() -> None:
    recording = make_recording()
    session = make_session(recording, 1)
    offered = (
        Prediction(id="p2", session_id=session.id, start_s=9.0, end_s=9.5, label="call"),
        Prediction(id="p1", session_id=session.id, start_s=8.0, end_s=9.0, label="call", score=0.5),
    )
    assert podcast_json.make_load_document(Entry(recording, session, offered), "u", "g")["annotations"] == [
        {"start_time_s": 0.5, "duration_s": 1.0, "confidence": 0.5},
        {"start_time_s": 1.5, "duration_s": 0.5},
    ]


def same_document(one: dict[str, object], other: dict[str, object]) -> bool:
    def times(document: dict[str, object]) -> list[tuple[float, float]]:
        return sorted((box["start_s"], box["duration_s"]) for box in document["annotations"])  # type: ignore[attr-defined]

    fields = ("uri", "absolute_time", "source_guid")
    return (
        list(one) == list(other)
        and [one[field] for field in fields] == [other[field] for field in fields]
        and times(one) == [pytest.approx(pair, abs=1e-9, rel=0) for pair in times(other)]
    )


def write_back(document: podcast_json.Document) -> bytes:
    """Write a document of a person's as a deployment gets it back: the session keeps what is not annotations."""
    recording = make_recording(file_name=document.name)
    session = replace(make_session(recording), original=document.original)
    boxes = [Annotation(box.start_s, box.end_s, "call") for box in document.boxes]
    entry = Entry(recording, session, (), make_submission(session, *boxes))
    return podcast_json.encode(podcast_json.make_submit_document(entry, document.original.uri, "elsewhere"))


def test_an_untouched_submit_document_is_written_as_it_was_read() -> None:
    submitted: dict[str, object] = {
        "uri": "https://example.org/lab_0001.wav",
        "absolute_time": "lab_",
        "source_guid": "rpi_lab",
        "annotations": [
            {"start_s": 24.499999999999996, "duration_s": 2.4499999999999993},
            {"start_s": 2.725893459204315, "duration_s": 1.6107552258934592},
        ],
    }
    written = json.loads(write_back(read(json.dumps(submitted))))
    assert same_document(written, submitted)
    assert [box["start_s"] for box in written["annotations"]] == [2.725893459204315, 24.499999999999996]


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the original's own documents are not on this machine")
class TestOriginals:
    def test_submit_documents_are_written_as_they_were_read(self) -> None:
        original = json.loads((ORIGINALS / "example-submit.json").read_text())
        assert same_document(json.loads(write_back(read(json.dumps(original)))), original)

    def test_the_load_document_has_four_predictions(self) -> None:
        document = read((ORIGINALS / "example-load.json").read_text())
        assert document.name == "OS_9_27_2017_08_25_00__0001.wav"
        assert [(box.start_s, box.score) for box in document.boxes] == [
            (24.499999999999996, 0.649),
            (39.2, 0.689),
            (53.90000000000002, 0.868),
            (56.35000000000002, 0.888),
        ]

    def test_the_old_document_has_ten_annotations(self) -> None:
        document = read((ORIGINALS / "example-submit-old.json").read_text())
        assert document.name == "OS_9_27_2017_08_25_00__0002.wav"
        assert len(document.boxes) == 10
        assert document.boxes[0].start_s == 0.0
        assert not document.is_load
