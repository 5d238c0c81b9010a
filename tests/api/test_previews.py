"""What would be chosen, released, exported or imported, before it is; and the numbers of a round."""

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.round import Round
from podcast_core.services import access
from podcast_core.services.intake import ingest
from podcast_core.services.labels import archive
from podcast_core.services.runs import kept_pools, selection
from podcast_core.services.runs.selection import Criteria, Sampling
from podcast_core.services.sets import release_request, releases
from podcast_core.services.store import kept_results
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav
from tests.services.runs import do_run
from tests.working import join_renewals

pytestmark = pytest.mark.usefixtures("round_of_ten")

ROUND = "/api/v1/rounds/ten"
BOX = {"start_s": 0.1, "end_s": 0.3, "label": "call", "prediction_id": "p-0"}


def submit(client: TestClient, session_id: str, annotator: str = "Ann", **answer: Any) -> None:
    body = {"submission_id": str(uuid.uuid4()), "annotator": annotator, "outcome": "empty", **answer}
    assert client.post(f"{ROUND}/sessions/{session_id}/submissions", json=body).status_code == 201


def test_a_preview_of_candidates_is_what_the_job_chooses(client: TestClient, workspace: Workspace) -> None:
    found = client.get(f"{ROUND}/candidates", params={"unreviewed": 0.5, "seed": 3, "chosen": True, "limit": 4}).json()
    assert (found["model"], found["total"], found["pools"]["candidate"]["sessions"]) == ("m", 6, 1)
    rest = client.get(found["next"]).json()["items"]
    criteria, sampling = Criteria(), Sampling(unreviewed=0.5, seed=3)
    report = selection.select_sessions(
        workspace, round_id="ten", target_name="Chosen", criteria=criteria, sampling=sampling
    )
    chosen = client.get(f"/api/v1/rounds/{report.round_id}/sessions").json()["items"]
    assert [each["session_id"] for each in (*found["items"], *rest)] == [each["session_id"] for each in chosen]
    assert report.added == found["total"]
    assert "best score 0.90" in next(each["why"] for each in found["items"] if each["session_id"] == "ten_0001")
    for wrong in ({"high": 2}, {"low": 0.5}, {"from": "yesterday"}, {"from": "0001-01-01T00:00+09:00"}):
        assert client.get(f"{ROUND}/candidates", params=wrong).status_code == 400, wrong
    assert client.get(f"{ROUND}/candidates?model=none").status_code == 404


def test_releases_are_previewed_made_and_compared(
    client: TestClient, workspace: Workspace, round_of_ten: Round
) -> None:
    submit(client, "ten_0001", outcome="labelled", regions=[BOX])
    submit(client, "ten_0001", "Bob", base_revision=0)
    params = {"name": "set", "round_ids": [round_of_ten.id], "licence": "unknown", "proportions": [1, 0, 0]}
    params |= {"audio": "none", "formats": ["csv"]}
    plan = client.post("/api/v1/releases/preview", json=params)
    assert plan.status_code == 200, plan.text
    assert (plan.json()["splits"]["train"]["sessions"], plan.json()["agreement"]["pair_count"]) == (1, 1)
    assert plan.json()["left_out"] == {"unreviewed": 9}
    assert client.get("/api/v1/releases").json()["total"] == 0
    request = release_request.read_request(params)
    first = releases.create_release(workspace, request=request).release
    submit(client, "ten_0002")
    second = releases.create_release(workspace, request=request).release
    compared = client.get("/api/v1/releases/compare", params={"older": first.id, "newer": second.id}).json()
    assert (compared["sessions_added"], compared["is_same"]) == (["ten_0002"], False)
    assert compared["splits"]["train"] == {"before": 1, "now": 2}
    assert client.get("/api/v1/releases/compare?older=set/1&newer=set/9").status_code == 404
    assert client.post("/api/v1/releases/preview", json={**params, "audio": "tape"}).status_code == 400
    assert client.post("/api/v1/releases/preview", json={**params, "round_ids": []}).status_code == 400


def test_a_release_goes_over_the_wire(client: TestClient, workspace: Workspace, make_wav: MakeWav) -> None:
    """Golden: a change of what clients get shows here."""
    ingest.ingest(workspace, paths=[make_wav("bay.wav")], round_name="bay", labels=["call", "whistle"])
    (session,) = client.get("/api/v1/rounds/bay/sessions").json()["items"]
    body = {
        "submission_id": "one",
        "annotator": "Ann",
        "outcome": "labelled",
        "regions": [{**BOX, "prediction_id": None}],
    }
    submissions = f"/api/v1/rounds/bay/sessions/{session['session_id']}/submissions"
    assert client.post(submissions, json=body).status_code == 201
    params = {"name": "set", "round_ids": ["bay"], "licence": "CC0 1.0", "proportions": [1, 0, 0], "formats": ["csv"]}
    made = releases.create_release(workspace, request=release_request.read_request(params)).release
    (listed,) = client.get("/api/v1/releases?name=set").json()["items"]
    empty = {"call": 0, "whistle": 0}
    assert listed == {
        "id": "set/1",
        "name": "set",
        "version": "1",
        "title": "set: bay",
        "held_out": [],
        "splits": {
            "train": {
                "sessions": 1,
                "recordings": 1,
                "groups": 1,
                "duration_s": 3.0,
                "labels": {**empty, "call": 1},
                "label_sessions": {**empty, "call": 1},
                "label_s": {"call": 0.2, "whistle": 0.0},
                "outcomes": {"labelled": 1},
            }
        },
        "size_bytes": made.size_bytes,
    }
    details = client.get("/api/v1/releases/set/1").json()
    assert {name: details[name] for name in listed} == listed
    paths = [each["path"] for each in details["files"]]
    assert set(details["files"][0]) == {"path", "bytes", "sha256"}
    assert f"audio/train/{session['session_id']}.flac" in paths
    packed = client.get("/api/v1/releases/set/1/zip")
    assert packed.headers["content-type"] == "application/zip"
    assert packed.headers["content-disposition"] == 'attachment; filename="set-1.zip"'
    archive = zipfile.ZipFile(io.BytesIO(packed.content))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == sorted(f"set-1/{path}" for path in (*paths, "release.json"))
    manifest = client.get("/api/v1/releases/set/1/files/release.json")
    assert manifest.headers["content-type"] == "application/json"
    assert json.loads(archive.read("set-1/release.json")) == manifest.json()
    assert client.get("/api/v1/releases/set/1/check").json() == {"problems": []}
    assert client.get("/api/v1/releases/set/1/files/none").status_code == 404
    key = "releases/set/1/README.md"
    path = Path(str(workspace.files.url(key)))
    path.chmod(0o644)
    path.write_bytes(b"other")
    assert "README.md has changed" in client.get("/api/v1/releases/set/1/check").json()["problems"][0]
    assert client.get("/api/v1/releases/set/1/zip").status_code == 503  # the first file: nothing was sent yet


def test_the_numbers_of_a_round(client: TestClient, workspace: Workspace) -> None:
    submit(client, "ten_0001", outcome="labelled", regions=[BOX], active_s=4.0, rejected_prediction_ids=["p-1"])
    submit(client, "ten_0001", "Bob", outcome="labelled", regions=[{**BOX, "label": "whistle"}], base_revision=1)
    found = client.get(f"{ROUND}/statistics").json()
    assert found["sessions"]["labelled"] == 1
    assert found["annotators"] == [{"annotator": "Bob", "sessions": 1, "annotations": {"whistle": 1}}]
    assert {"label": "whistle", "origin": "model_edited", "count": 1} in found["annotations"]
    agreement = client.get(f"{ROUND}/agreement").json()
    assert (agreement["pair_count"], agreement["independent_count"], agreement["matched_share"]) == (1, 0, 0.0)
    assert client.get(f"{ROUND}/estimates").status_code == 404  # no model has run over it
    do_run(workspace, round_ids=["ten"])
    found = client.get(f"{ROUND}/estimates").json()
    assert (found["drawn"], found["is_enough"], found["sessions"]["f1"]) == (2, False, None)
    for name in ("statistics", "agreement", "estimates"):
        assert client.get(f"/api/v1/rounds/none/{name}").status_code == 404


def test_an_export_and_a_table_are_shown_before(client: TestClient) -> None:
    submit(client, "ten_0001", outcome="labelled", regions=[{**BOX, "comment": "faint"}])
    shown = client.get(f"{ROUND}/export/preview", params={"format": "audacity", "rows": 2}).json()
    assert (shown["outcomes"]["labelled"], "call" in shown["text"]) == (1, True)
    assert shown["notes"]
    table = b"Start (ms);Length;Which\n1100;200;call\n".replace(b";", b"\t")
    files = {"files": ("ten.tsv", table)}
    found = client.post("/api/v1/imports/preview", files=files).json()
    assert (found["header"], found["rows"][0]["Which"]) == (["Start (ms)", "Length", "Which"], "call")
    assert (found["columns"]["start"], found["columns"]["unit"]) == ("Start (ms)", "ms")
    columns = ["start=Start (ms)", "duration=Length", "label=Which", "unit=ms"]
    form = {"model": "mine", "column": columns}
    told = client.post(f"{ROUND}/predictions/import", files=files, data=form)
    assert (told.status_code, told.json()["added"]) == (201, 1), told.text
    wrong = client.post(f"{ROUND}/predictions/import", files=files, data={**form, "column": ["when=Start (ms)"]})
    assert (wrong.status_code, "NAME one of" in wrong.json()["detail"]) == (400, True)
    none = client.post("/api/v1/imports/preview", files={"files": ("a.wav", b"RIFF")})
    assert (none.status_code, "found none" in none.json()["detail"]) == (400, True)


def test_an_import_is_shown_before_it_is_done(client: TestClient) -> None:
    submit(client, "ten_0001")
    table = b"file_name,start_s,end_s,label\nten.wav,1.25,1.5,Call\nten.wav,2,2.5,moan\nten.wav,90,91,call\n"
    files, form = {"files": ("a.csv", table)}, {"annotator": "Bob"}
    path = f"{ROUND}/annotations/import"
    found = client.post(f"{path}/preview", files=files, data=form)
    assert found.status_code == 200, found.text
    assert found.json()["summary"] == "2 answers to add in 2 sessions; 1 row left out (outside the recording)."
    assert found.json()["open_labels"] == [
        {"name": "Call", "count": 1, "guess": "call"},
        {"name": "moan", "count": 1, "guess": ""},
    ]
    assert (found.json()["superseding"], found.json()["outcomes"]) == ({"Ann": 1}, {"labelled": 2})
    assert found.json()["left_out"][0]["why"] == "outside the recording"
    box = {"session_id": "ten_0001", "start_s": 1.25, "end_s": 1.5, "label": "Call", "file_name": "ten.wav"}
    assert found.json()["boxes"][0] == {**box, "channel": 0, "low_hz": None, "high_hz": None, "score": None}
    refused = client.post(path, files=files, data=form)
    assert (refused.status_code, "add_labels" in refused.json()["detail"]) == (400, False)
    assert "--map Call=call" in refused.json()["detail"]
    decided = {**form, "map": ["Call=call", "moan="], "supersede": "true"}
    assert client.post(f"{path}/preview", files=files, data=decided).json()["superseded"] == {"Ann": 1}
    assert len(client.get(f"{ROUND}/submissions").json()["items"]) == 1
    told = client.post(path, files=files, data=decided)
    assert (told.status_code, told.json()["added"], told.json()["ignored"]) == (201, 1, {"moan": 1}), told.text
    shown = client.post(f"{ROUND}/predictions/import/preview", files=files, data={"add_labels": "true"}).json()
    assert (shown["new_labels"], shown["added"]) == (["Call", "moan"], 2)
    assert client.post(f"{ROUND}/predictions/import/preview", files=files, data={"map": "Call"}).status_code == 400
    assert client.post("/api/v1/rounds/none/predictions/import/preview", files=files).status_code == 404


def test_a_zip_of_an_import_is_read_member_by_member(client: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(3):
            row = f"file_name,start_s,end_s,label,score\nten.wav,{number}.25,{number}.5,call,0.75\n"
            archive.writestr(f"found{number}.csv", row)
    told = client.post(f"{ROUND}/predictions/import", files={"files": ("all.zip", buffer.getvalue())})
    assert (told.status_code, told.json()["added"]) == (201, 3), told.text
    broken = client.post(f"{ROUND}/predictions/import", files={"files": ("all.zip", buffer.getvalue()[:-30])})
    assert (broken.status_code, "expected a ZIP archive" in broken.json()["detail"]) == (400, True)


def test_tokens_are_made_listed_and_revoked(client: TestClient, workspace: Workspace) -> None:
    made = client.post("/api/v1/tokens", json={"person": "Ann", "scope": "read", "days": 7})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    token = made.json().pop("token")
    assert access.get_token(workspace, text=token).person == "Ann"
    (listed,) = client.get("/api/v1/tokens").json()["items"]
    assert {**listed, "token": token} == made.json()
    revoked = client.post(f"/api/v1/tokens/{listed['id']}/revoke").json()
    assert revoked["revoked_at"] is not None
    assert client.post("/api/v1/tokens/none/revoke").status_code == 404
    for wrong in ({"person": ""}, {"person": "Ann", "scope": "all"}, {"person": "Ann", "days": 0}):
        assert client.post("/api/v1/tokens", json=wrong).status_code == 400
    reader = access.create_token(workspace, person="Bob", scope="label")[1]
    lan = {"authorization": f"Bearer {reader}", "x-forwarded-for": "192.0.2.1"}
    assert client.get("/api/v1/tokens", headers=lan).status_code == 403
    assert client.post("/api/v1/tokens", json={"person": "Bob", "scope": "admin"}, headers=lan).status_code == 403


def test_candidates_of_a_large_round_are_worked_out_once_and_say_when(
    client: TestClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"{ROUND}/candidates?unreviewed=0.5&seed=3"
    small = client.get(asked).json()
    assert small["computed_at"] is None
    monkeypatch.setattr(kept_pools, "FEW", 3)
    first = client.get(asked).json()
    assert {**first, "computed_at": None} == small
    assert first["computed_at"]
    session = first["items"][0]["session_id"]
    submit(client, session)
    again = client.get(asked).json()
    assert (again["computed_at"], again["pools"]) == (first["computed_at"], first["pools"])
    assert again["items"][0]["outcome"] == "empty"  # of the sessions that are shown, it is said as it is now
    walked, link = [], f"{asked}&limit=3"
    while link:
        page = client.get(link).json()
        walked += page["items"]
        link = page["next"]
    assert walked == again["items"]
    for wish in ("pool=unreviewed", "chosen=true", "pool=unreviewed&chosen=false"):
        part = client.get(f"{asked}&{wish}&limit=2").json()
        wanted = dict(each.split("=") for each in wish.split("&"))
        listed = [each for each in walked if all(str(each[name]).lower() == said for name, said in wanted.items())]
        assert (part["total"], part["items"]) == (len(listed), listed[:2])
    monkeypatch.setattr(kept_results, "KEPT_S", 0.0)
    assert client.get(asked).json()["computed_at"] == first["computed_at"]  # it is worked out again behind
    join_renewals()
    renewed = client.get(asked).json()
    assert renewed["computed_at"] > first["computed_at"]
    assert renewed["pools"] != first["pools"]
    assert client.get(asked).json()["computed_at"] == renewed["computed_at"]  # nobody has answered since
    archive.archive_recording(workspace, round_id="ten", recording_id=first["items"][0]["recording_id"], who="Ann")
    assert client.get(asked).json()["items"] == []


def test_a_damaged_result_is_worked_out_again(
    client: TestClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_pools, "FEW", 3)
    found = client.get(f"{ROUND}/candidates").json()
    cached = (workspace.settings.data_dir / "cache").rglob("*")
    (path,) = (each for each in cached if each.is_file() and each.name != "size")
    line, _, rest = path.read_bytes().partition(b"\n")
    for damaged in (b"", b"no\nzip", b"[]\n" + rest, line, line + b"\nzip", line + b"\n" + rest[:100]):
        path.write_bytes(damaged)
        assert client.get(f"{ROUND}/candidates").json()["items"] == found["items"]
