"""The wire of the original Pod.Cast, with its own documents where they are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import OriginalFields, Session
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import claiming, review, rounds, session_views
from podcast_core.storage import rounds as round_rows
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, add_sessions, submit
from tests.conftest import SHARED_DATA

GOLDEN = SHARED_DATA / "podcast"
pytestmark = pytest.mark.usefixtures("round_of_ten")


def submit_document(session_id: str, *boxes: tuple[float, float]) -> dict[str, Any]:
    return {
        "uri": f"https://example.org/audio/{session_id}.wav",
        "absolute_time": "ten",
        "source_guid": "rpi_orcasound_lab",
        "annotations": [{"start_s": start_s, "duration_s": duration_s} for start_s, duration_s in boxes],
    }


def test_fetch_load_submit_as_the_original_client_does(client: TestClient) -> None:
    fetched = client.get("/fetch/session/ten")
    assert fetched.status_code == 200
    assert fetched.json()["sessionid"].startswith("ten_")
    loaded = client.get("/load/session/ten/ten_0001")
    assert loaded.status_code == 200
    document = loaded.json()
    assert set(document) == {"uri", "absolute_time", "source_guid", "annotations", "backend_state"}
    assert document["uri"] == "http://127.0.0.1:8501/audio/ten/ten_0001.wav"
    assert document["source_guid"] == "Orcasound Lab"
    assert [set(box) for box in document["annotations"]] == [{"start_time_s", "duration_s", "confidence"}] * 2
    assert document["annotations"][0]["start_time_s"] == pytest.approx(0.1)
    assert document["backend_state"] == {"written": 0, "remaining": 10}
    answer = submit_document("ten_0001", (0.1, 0.2))
    submitted = client.post("/submit/session/ten/ten_0001", json=answer)
    assert (submitted.status_code, submitted.json()) == (201, {"task": "ten_0001.json"})
    assert client.get("/load/session/ten/ten_0002").json()["backend_state"] == {"written": 1, "remaining": 9}


def test_fetch_draws_at_random(client: TestClient, workspace: Workspace) -> None:
    """As the original: all ten in ten draws, in no order that the queue has."""
    drawn = [client.get("/fetch/session/ten").json()["sessionid"] for _ in range(10)]
    assert sorted(drawn) == [f"ten_{index:04x}" for index in range(10)]
    assert drawn != sorted(drawn)  # 1 in 3.6 million
    assert workspace.files.list("rounds/ten/submissions") == []


def test_fetch_prefers_sessions_that_nobody_holds(client: TestClient, workspace: Workspace) -> None:
    claiming.claim_next(workspace, round_id="ten", holder="tab", annotator="Ann", count=4)
    named = [client.get("/fetch/session/ten").json()["sessionid"] for _ in range(6)]
    assert sorted(named) == [f"ten_{index:04x}" for index in range(4, 10)]
    assert client.get("/fetch/session/ten").status_code == 200


def test_a_finished_round_gives_any_session_with_what_people_found(client: TestClient) -> None:
    for index in range(10):
        session_id = f"ten_{index:04x}"
        client.post(f"/submit/session/ten/{session_id}", json=submit_document(session_id, (0.25, 0.5)))
    session_id = client.get("/fetch/session/ten").json()["sessionid"]
    document = client.get(f"/load/session/ten/{session_id}").json()
    assert document["backend_state"] == {"written": 10, "remaining": 0}
    assert document["annotations"] == [{"start_s": 0.25, "duration_s": 0.5}]


def test_a_session_with_predictions_left_over_is_still_to_be_labelled(client: TestClient, workspace: Workspace) -> None:
    for index in range(10):
        left = ("p-1",) if index == 1 else ()
        box = AnswerBox(0.1, 0.3, "call", prediction_id="p-0" if index == 1 else None)
        verified = {"outcome": Outcome.VERIFIED, "unreviewed_prediction_ids": left}
        submit(workspace, "ten", f"ten_{index:04x}", box, **verified)
    assert client.get("/fetch/session/ten").json() == {"sessionid": "ten_0001"}
    document = client.get("/load/session/ten/ten_0001").json()
    assert document["backend_state"] == {"written": 9, "remaining": 1}
    assert [set(box) for box in document["annotations"]] == [{"start_time_s", "duration_s", "confidence"}] * 2
    client.post("/submit/session/ten/ten_0001", json=submit_document("ten_0001", (0.1, 0.2)))
    assert client.get("/load/session/ten/ten_0001").json()["backend_state"] == {"written": 10, "remaining": 0}


def test_the_state_of_one_round_does_not_leak_into_another(client: TestClient, workspace: Workspace) -> None:
    other = rounds.add_round(workspace, name="other", labels=["call"])
    add_sessions(workspace, Session(0.0, 1.0, "a" * 16, 0, round_id=other.id, id="x"))
    client.post("/submit/session/other/x", json=submit_document("x"))
    assert client.get("/load/session/other/x").json()["backend_state"] == {"written": 1, "remaining": 0}
    assert client.get("/load/session/ten/ten_0000").json()["backend_state"] == {"written": 0, "remaining": 10}


def test_kept_moved_and_removed_predictions_are_told_apart(client: TestClient, workspace: Workspace) -> None:
    answer = submit_document("ten_0001", (0.1, 0.2), (0.55, 0.4), (0.9, 0.05))
    assert client.post("/submit/session/ten/ten_0001?annotator=Bob", json=answer).status_code == 201
    kept = session_views.get_view(workspace, round_id="ten", session_id="ten_0001").answer
    assert kept is not None
    assert [(box.origin, box.label) for box in kept.annotations] == [
        (Origin.MODEL_ACCEPTED, "call"),
        (Origin.MODEL_EDITED, "whistle"),
        (Origin.NEW, "call"),
    ]
    assert (kept.annotator, kept.rejected) == ("Bob", ())
    client.post("/submit/session/ten/ten_0001", json=submit_document("ten_0001"))
    emptied = session_views.get_view(workspace, round_id="ten", session_id="ten_0001").answer
    assert emptied is not None
    assert (emptied.outcome, emptied.revision) == (Outcome.EMPTY, 2)
    assert [prediction.id for prediction in emptied.rejected] == ["p-0", "p-1"]


def test_predictions_that_the_page_widened_are_those_predictions(client: TestClient, workspace: Workspace) -> None:
    """The page gives every region 1.5 s; here the sessions have 1 s, and the boxes end behind the sound."""
    untouched = submit_document("ten_0001", (0.1, 1.5), (0.5, 1.5))
    for _ in range(2):
        assert client.post("/submit/session/ten/ten_0001", json=untouched).status_code == 201
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0001")
    assert view.answer is not None
    assert [
        (box.origin, box.start_s, box.end_s, box.label, box.low_hz, box.score) for box in view.answer.annotations
    ] == [
        (Origin.MODEL_ACCEPTED, 1.1, 1.3, "call", None, 0.9),
        (Origin.MODEL_ACCEPTED, 1.5, 1.875, "whistle", 500.0, 0.25),
    ]
    assert view.answer.rejected == ()
    assert len(view.history) == 1


def test_a_document_that_names_another_file_is_kept_for_the_session_of_the_path(
    client: TestClient, workspace: Workspace
) -> None:
    uris = {"Ann": "https://example.org/wavs/2017_0001.wav", "Bob": "https://example.org/audio/ten_0002.wav"}
    for name, uri in uris.items():
        document = {**submit_document("ten_0000", (0.25, 0.5)), "uri": uri}
        answer = client.post(f"/submit/session/ten/ten_0000?annotator={name}", json=document)
        assert (answer.status_code, answer.json()) == (201, {"task": "ten_0000.json"})
        kept = session_views.get_view(workspace, round_id="ten", session_id="ten_0000").answer
        assert kept is not None
        assert kept.comment == f"The document's uri names another file, {uri.rpartition('/')[2][:-4]}."
    assert session_views.get_view(workspace, round_id="ten", session_id="ten_0002").history == []


def test_a_second_click_on_submit_is_kept_once(client: TestClient, workspace: Workspace) -> None:
    answer = submit_document("ten_0000", (0.5, 0.25), (0.1, 0.2))
    for _ in range(2):
        assert client.post("/submit/session/ten/ten_0000", json=answer).status_code == 201
    assert len(session_views.get_view(workspace, round_id="ten", session_id="ten_0000").history) == 1


def test_the_same_answer_again_ends_the_wait_after_a_rejection(client: TestClient, workspace: Workspace) -> None:
    answer = submit_document("ten_0000", (0.5, 0.25))
    client.post("/submit/session/ten/ten_0000", json=answer)
    [kept] = session_views.get_view(workspace, round_id="ten", session_id="ten_0000").history
    review.review_submission(workspace, review_id="no", submission_id=kept.id, reviewer="Zoe", verdict=Verdict.REJECT)
    assert session_views.get_view(workspace, round_id="ten", session_id="ten_0000").is_open
    assert client.post("/submit/session/ten/ten_0000", json=answer).status_code == 201
    view = session_views.get_view(workspace, round_id="ten", session_id="ten_0000")
    assert (len(view.history), view.is_open, view.standing) == (2, False, "labelled")


def test_a_box_that_the_original_client_pushed_past_the_end_stops_there(
    client: TestClient, workspace: Workspace
) -> None:
    client.post("/submit/session/ten/ten_0003", json=submit_document("ten_0003", (0.5, 1.5)))
    kept = session_views.get_view(workspace, round_id="ten", session_id="ten_0003").answer
    assert kept is not None
    assert (kept.annotations[0].start_s, kept.annotations[0].end_s) == (3.5, 4.0)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "an empty one"),
        (b"hello", "found something else"),
        (b'{"x": 1}', "a list 'annotations'"),
        (json.dumps(submit_document("ten_0002")).encode(), "another session"),  # a second click, see W04
        (json.dumps(submit_document("ten_0000", (-5, 1))).encode(), "0 <= start"),
        (json.dumps(submit_document("ten_0000", (1e9, 1))).encode(), "found"),
        (b'{"annotations": [{"start_s": NaN, "duration_s": 1}]}', "number"),
        (b"[" * 100_000, "found"),
        (b" " * 1_000_001, "at most"),
    ],
)
def test_a_bad_body_is_refused_with_the_reason_and_nothing_is_kept(
    client: TestClient, workspace: Workspace, body: bytes, reason: str
) -> None:
    answer = client.post("/submit/session/ten/ten_0000", content=body)
    assert answer.status_code == 400
    assert reason in answer.json()["detail"]
    assert workspace.files.list("rounds/ten/submissions") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/fetch/session/nope"),
        ("GET", "/load/session/nope/ten_0000"),
        ("GET", "/load/session/ten/nope"),
        ("GET", "/load/session/ten/%2e%2e"),
        ("POST", "/submit/session/nope/ten_0000"),
        ("POST", "/submit/session/ten/ghost"),
        ("GET", "/fetch/session/" + "x" * 5000),
    ],
)
def test_an_unknown_round_or_session_is_refused(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, json=submit_document("ten_0000") if method == "POST" else None)
    assert answer.status_code in (400, 404)
    assert answer.json()["detail"]


def test_an_empty_round_is_explained(client: TestClient, workspace: Workspace) -> None:
    rounds.add_round(workspace, name="bare", labels=["call"])
    answer = client.get("/fetch/session/bare")
    assert answer.status_code == 400
    assert "no sessions yet" in answer.json()["detail"]


def test_a_page_of_another_site_cannot_submit(client: TestClient) -> None:
    answer = client.post(
        "/submit/session/ten/ten_0000",
        json=submit_document("ten_0000"),
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403


@pytest.fixture
def golden_round(workspace: Workspace, round_of_ten: Round) -> Path:
    """The sessions of the original's own documents, with its four predictions, in a round of that name."""
    if not GOLDEN.is_dir():
        pytest.skip("the original's documents (../shared/data/podcast) are not on this machine")
    loaded = json.loads((GOLDEN / "example-load.json").read_text())
    ids = ["OS_9_27_2017_08_25_00__0001", "OS_9_27_2017_08_25_00__0002"]
    boxes = [
        Prediction(
            box["start_time_s"],
            box["start_time_s"] + box["duration_s"],
            "call",
            box["confidence"],
            id=f"golden-{n}",
            session_id=ids[0],
        )
        for n, box in enumerate(loaded["annotations"])
    ]
    with workspace.database.writing() as connection:
        round_rows.add_round(connection, Round("round3", "Round 3", round_of_ten.labels, site="rpi_orcasound_lab"))
    original = OriginalFields(loaded["uri"], loaded["absolute_time"], loaded["source_guid"])
    for n, each in enumerate(ids):
        session = Session(0.0, 61.25, "a" * 16, 0, round_id="round3", id=each, position=n, original=original)
        add_sessions(workspace, session)
    add_prediction_set(workspace, "round3", *boxes, set_id="golden")
    return GOLDEN


def test_the_originals_load_document_comes_out_again(client: TestClient, golden_round: Path) -> None:
    expected = json.loads((golden_round / "example-load.json").read_text())
    found = client.get("/load/session/round3/OS_9_27_2017_08_25_00__0001").json()
    assert (found["absolute_time"], found["source_guid"]) == (expected["absolute_time"], expected["source_guid"])
    assert len(found["annotations"]) == len(expected["annotations"])
    for ours, theirs in zip(found["annotations"], expected["annotations"], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "session_id"),
    [
        ("example-submit.json", "OS_9_27_2017_08_25_00__0001"),
    ],
)
def test_the_originals_submit_document_is_taken_and_comes_out_sorted(
    client: TestClient, workspace: Workspace, golden_round: Path, name: str, session_id: str
) -> None:
    body = (golden_round / name).read_bytes()
    assert client.post(f"/submit/session/round3/{session_id}", content=body).status_code == 201
    expected = json.loads(body)["annotations"]
    kept = session_views.get_view(workspace, round_id="round3", session_id=session_id).answer
    assert kept is not None
    found = [{"start_s": box.start_s, "duration_s": box.end_s - box.start_s} for box in kept.annotations]
    for ours, theirs in zip(found, sorted(expected, key=lambda box: box["start_s"]), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-9)
    # 24.5, 53.9 and 56.35 s are predictions that were kept; 39.2 s was moved.
    origins = [box.origin for box in kept.annotations]
    assert origins.count(Origin.MODEL_ACCEPTED) == 3
    assert origins.count(Origin.NEW) == 2


def test_an_old_document_that_is_not_json_is_refused_over_http(client: TestClient, golden_round: Path) -> None:
    body = (golden_round / "example-submit-old.json").read_bytes()
    answer = client.post("/submit/session/round3/OS_9_27_2017_08_25_00__0002", content=body)
    assert answer.status_code == 400
