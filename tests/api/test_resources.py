import io
import uuid
import wave
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api import prediction_sets
from podcast_core.domain.prediction import Prediction
from podcast_core.services.exchange import datasets
from podcast_core.services.labels import listing
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set


@pytest.mark.usefixtures("round_of_ten")
def test_recordings_are_listed_filtered_and_got_once(client: TestClient) -> None:
    page = client.get("/api/v1/recordings", params={"search": "TEN"}).json()
    (recording,) = page["items"]
    assert (page["total"], page["next"], recording["duration_s"]) == (1, None, 10.0)
    for wrong in ({"site": "elsewhere"}, {"search": "x"}, {"from": "2026-01-01T00:00:00Z"}):
        assert client.get("/api/v1/recordings", params=wrong).json()["total"] == 0
    for refused in (
        {"from": "2026-01-01T00:00:00"},
        {"from": "0001-01-01T00:00:00+09:00"},
        {"limit": 0},
        {"search": "\0"},
        {"site": "\0"},
    ):
        assert client.get("/api/v1/recordings", params=refused).status_code == 400
    for nothing in ({"search": "t%n"}, {"search": "t_n"}, {"offset": 2**53}):
        found = client.get("/api/v1/recordings", params=nothing)
        assert (found.status_code, found.json()["items"]) == (200, []), nothing
    first = client.get(f"/api/v1/recordings/{recording['id']}")
    assert first.json() == recording
    again = client.get(f"/api/v1/recordings/{recording['id']}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/v1/recordings/none").status_code == 404


def test_rounds_are_added_changed_and_listed_in_pages(client: TestClient) -> None:
    labels = [{"name": "call"}, {"name": "whistle", "hotkey": "9"}]
    for name in ("one", "two", "three"):
        made = client.post("/api/v1/rounds", json={"name": name, "labels": labels})
        assert made.status_code == 201
    assert made.json()["labels"][1]["hotkey"] == "9"
    assert made.json()["labels"][0]["color"].startswith("#")
    assert client.post("/api/v1/rounds", json={"name": "one", "labels": labels}).status_code == 409
    names, link = [], "/api/v1/rounds?limit=2"
    while link:
        page = client.get(link).json()
        names += [each["name"] for each in page["items"]]
        link = page["next"]
    assert names == ["three", "two", "one"]
    changed = client.patch("/api/v1/rounds/two", json={"site": "Haro Strait", "display": {"scale": "mel"}}).json()
    assert (changed["site"], changed["display"]["scale"], changed["name"]) == ("Haro Strait", "mel", "two")
    assert client.get("/api/v1/rounds/two").json() == changed
    assert client.patch("/api/v1/rounds/two", json={"labels": [{"name": "call", "hotkey": "k"}]}).status_code == 400
    told = client.get("/api/v1/rounds/two/labels")
    assert (told.json()["labels"], "immutable" in told.headers["cache-control"]) == (changed["labels"], False)
    again = client.get("/api/v1/rounds/two/labels", params={"v": told.json()["labels_id"]})
    assert (again.json(), "immutable" in again.headers["cache-control"]) == (told.json(), True)
    more = [*changed["labels"], {"name": "moan"}]
    assert client.patch("/api/v1/rounds/two", json={"labels": more}).status_code == 200
    assert client.get("/api/v1/rounds/two/labels").json()["labels_id"] != told.json()["labels_id"]
    assert client.get("/api/v1/rounds/none/labels").status_code == 404
    assert client.get("/api/v1/rounds/two/progress").json()["sessions"] == 0
    assert client.get("/api/v1/rounds/none/progress").status_code == 404


@pytest.mark.usefixtures("round_of_ten")
def test_answers_reviews_and_prediction_sets_are_listed(client: TestClient) -> None:
    submission_id = str(uuid.uuid4())
    answer = {"submission_id": submission_id, "annotator": "Ann", "outcome": "empty"}
    session = "/api/v1/rounds/ten/sessions/ten_0002"
    assert client.post(f"{session}/submissions", json=answer).status_code == 201
    review = {"review_id": "r-1", "submission_id": submission_id, "reviewer": "Bob", "verdict": "accept"}
    assert client.post(f"{session}/reviews", json=review).status_code == 201
    (listed,) = client.get("/api/v1/rounds/ten/submissions").json()["items"]
    assert listed == client.get(f"/api/v1/submissions/{submission_id}").json()
    assert (listed["session_id"], listed["outcome"], listed["revision"]) == ("ten_0002", "empty", 1)
    assert client.get("/api/v1/rounds/ten/submissions?annotator=Bob").json()["total"] == 0
    assert client.get("/api/v1/rounds/ten/submissions?session_id=none").status_code == 404
    (told,) = client.get("/api/v1/rounds/ten/reviews").json()["items"]
    assert (told["id"], told["verdict"]) == ("r-1", "accept")
    (made,) = client.get("/api/v1/rounds/ten/prediction-sets").json()["items"]
    details = client.get(f"/api/v1/rounds/ten/prediction-sets/{made['id']}").json()
    assert (made["prediction_count"], details["prediction_count"]) == (2, 2)
    assert client.get("/api/v1/rounds/ten/prediction-sets/none").status_code == 404
    assert [each["score"] for each in details["predictions"]] == [0.9, 0.25]


@pytest.mark.usefixtures("round_of_ten")
def test_a_large_prediction_set_comes_as_a_stream_or_in_parts(
    client: TestClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    boxes = [
        Prediction(
            *(number % 10 + 0.1, number % 10 + 0.5, "call", 0.5),
            id=f"b-{(7 * number) % 30:02}",
            session_id=f"ten_{number % 10:04x}",
        )
        for number in range(30)
    ]
    add_prediction_set(workspace, "ten", *boxes, set_id="large", model="large")
    place = "/api/v1/rounds/ten/prediction-sets/large"
    whole = client.get(place)
    monkeypatch.setattr(prediction_sets, "MAX_ITEMS", 10)
    monkeypatch.setattr(listing, "MANY", 7)
    streamed = client.get(place)
    assert streamed.json() == whole.json()
    assert ("content-length" in whole.headers, "content-length" in streamed.headers) == (True, False)
    assert client.get(place, headers={"if-none-match": streamed.headers["etag"]}).status_code == 304
    found, link = [], f"{place}?limit=4"
    while link:
        part = client.get(link).json()
        assert len(part["predictions"]) <= 4
        found += part["predictions"]
        link = part["next"]
    assert found == whole.json()["predictions"] == sorted(found, key=lambda each: (each["session_id"], each["id"]))
    assert len(found) == part["prediction_count"] == 30
    assert client.get(f"{place}?limit=4&offset=28").json()["predictions"] == found[28:]
    assert client.get(f"{place}?limit=4&after=forged").status_code == 400
    changed = client.post("/api/v1/rounds/ten/labels/rename", json={"old": "call", "new": "song"})
    assert changed.status_code < 300, changed.text
    renamed = client.get(place, headers={"if-none-match": streamed.headers["etag"]})
    assert {each["label"] for each in renamed.json()["predictions"]} == {"song"}


@pytest.mark.usefixtures("round_of_ten")
def test_a_round_goes_out_and_predictions_come_in(client: TestClient, workspace: Workspace) -> None:
    formats = client.get("/api/v1/formats").json()
    assert {"raven", "auto"} <= {each["name"] for each in formats if each["reads"]}
    made = client.get("/api/v1/rounds/ten/export", params={"format": "csv"})
    assert made.headers["content-type"] == "application/zip"
    expected = datasets.export_round(workspace, round_id="ten", format_name="csv").files
    packed = zipfile.ZipFile(io.BytesIO(made.content)).namelist()
    assert {name.rpartition("/")[2] for name in packed} == {name.rpartition("/")[2] for name in expected}
    assert client.get("/api/v1/rounds/ten/export?format=none").status_code == 400
    table = b"file_name,start_s,end_s,label,score\nten.wav,3.25,3.5,call,0.75\n"
    target = "/api/v1/rounds/ten/predictions/import"
    files = {"files": ("found.csv", table)}
    told = client.post(target, files=files, data={"model": "mine"})
    assert (told.status_code, told.json()["added"]) == (201, 1), told.text
    assert client.post(target, files=files, data={"model": "mine"}).json()["known"] == 1
    assert client.get("/api/v1/rounds/ten/prediction-sets?model=mine").json()["total"] == 1
    assert client.post(target, files={"files": ("x.csv", b"\x00\xff")}).status_code == 400


def make_bytes(seconds: float = 2.0) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(b"\x01\x02" * int(8000 * seconds))
    return file.getvalue()


def test_an_upload_becomes_a_job_that_can_be_cancelled_and_retried(client: TestClient) -> None:
    form: dict[str, Any] = {"round_name": "New", "session_length_s": "1", "labels": ["call", "click"]}
    added = client.post("/api/v1/recordings", files={"files": ("a.wav", make_bytes())}, data=form)
    assert added.status_code == 202, added.text
    job = client.get(f"/api/v1/jobs/{added.json()['job_id']}").json()
    assert (job["kind"], job["state"], job["params"]["labels"]) == ("ingest", "queued", ["call", "click"])
    assert client.post(f"/api/v1/jobs/{job['id']}/retry").status_code == 409
    assert client.post(f"/api/v1/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/v1/jobs/{job['id']}/cancel").status_code == 409
    again = client.post(f"/api/v1/jobs/{job['id']}/retry")
    assert again.status_code == 202
    assert client.get("/api/v1/jobs?state=queued").json()["total"] == 1
    assert client.get("/api/v1/jobs/none").status_code == 404
    empty = client.post("/api/v1/recordings", files={"files": ("a.wav", b"")}, data=form)
    assert (empty.status_code, "empty" in empty.json()["detail"]) == (400, True)
    text = client.post("/api/v1/recordings", files={"files": ("a.wav", b"my field notes")}, data=form)
    assert (text.status_code, "text, not audio" in text.json()["detail"]) == (400, True)


def test_a_bad_file_in_an_upload_is_named_and_the_others_go_in(client: TestClient) -> None:
    sent = [("it's & 50% #2.wav", make_bytes()), ("notes.wav", b"my field notes"), ("cut.wav", make_bytes()[:-1000])]
    form = {"round_name": "New", "time_pattern": "DDMMYY_HHMMSS", "time_offset_s": "3600", "zone": "-07:00"}
    added = client.post("/api/v1/recordings", files=[("files", each) for each in sent], data=form)
    assert added.status_code == 202, added.text
    assert added.json()["files"] == ["it's & 50% #2.wav"]
    assert [each["name"] for each in added.json()["refused"]] == ["notes.wav", "cut.wav"]
    assert "text, not audio" in added.json()["refused"][0]["reason"]
    params = client.get(f"/api/v1/jobs/{added.json()['job_id']}").json()["params"]
    assert (params["time_pattern"], params["time_offset_s"], params["zone"]) == ("DDMMYY_HHMMSS", 3600, "-07:00")
    taken = client.post(
        "/api/v1/recordings", files=[("files", each) for each in sent], data={**form, "take_cut": "true"}
    )
    assert taken.json()["files"] == ["it's & 50% #2.wav", "cut.wav"]
    assert client.get(f"/api/v1/jobs/{taken.json()['job_id']}").json()["params"]["take_cut"] is True
    for name, value in (("time_pattern", "YYYY"), ("time_offset_s", "1e12"), ("zone", "Mars")):
        wrong = client.post("/api/v1/recordings", files={"files": sent[0]}, data={"round_name": "New", name: value})
        assert wrong.status_code == 400, wrong.text


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "none"},
        {"kind": "ingest", "paths": [], "round_name": "x"},
        {"kind": "ingest_hls", "url": "https://x.org", "from": "b", "to": "a", "round_name": "x"},
        {"kind": "release", "params": {"name": "x"}},
        {"kind": "select", "round_id": "ten", "target_name": "x", "high": 0.1, "low": 0.9},
        {"kind": "migrate", "root": ""},
    ],
)
def test_a_job_that_cannot_be_done_is_refused_at_once(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post("/api/v1/jobs", json=body).status_code in (400, 422)


def test_a_model_goes_out_and_comes_in_as_one_file(client: TestClient) -> None:
    (built_in,) = client.get("/api/v1/models").json()["items"]
    assert (built_in["id"], built_in["is_built_in"], built_in["labels"]) == ("energy-detector/0", True, ["call"])
    packed = client.get("/api/v1/models/energy-detector/0/file")
    assert packed.headers["content-type"] == "application/zip"
    added = client.post("/api/v1/models", files={"file": ("m.zip", packed.content)}, data={"name": "carried"})
    assert (added.status_code, added.json()["parameters"]) == (201, built_in["parameters"])
    assert added.json()["training"]["imported_from"] == "energy-detector/0"
    assert client.get("/api/v1/models/carried/1").json() == added.json()
    assert client.get("/api/v1/models?name=carried&kind=energy").json()["total"] == 1
    again = client.post("/api/v1/models", files={"file": ("m.zip", packed.content)}, data={"name": "carried"})
    wrong = client.post("/api/v1/models", files={"file": ("m.zip", b"PK wrong")}, data={"name": "other"})
    unnamed = client.post("/api/v1/models", files={"file": ("m.zip", packed.content)}, data={"name": "No Name"})
    assert (again.status_code, wrong.status_code, unnamed.status_code) == (409, 400, 400)
    for missing in ("none/1", "carried/2", "carried/2/file"):
        assert client.get(f"/api/v1/models/{missing}").status_code == 404
