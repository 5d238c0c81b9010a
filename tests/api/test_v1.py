import uuid
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.prediction import Prediction
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set

pytestmark = pytest.mark.usefixtures("round_of_ten")

SESSION = "/api/v1/rounds/ten/sessions/ten_0001"
CLAIMS = "/api/v1/rounds/ten/claims"


def make_submission(**changes: Any) -> dict[str, Any]:
    return {
        "submission_id": str(uuid.uuid4()),
        "holder": "tab",
        "annotator": "Ann",
        "outcome": "labelled",
        "regions": [{"start_s": 0.1, "end_s": 0.3, "label": "call", "prediction_id": "p-0"}],
        "rejected_prediction_ids": ["p-1"],
        "comment": "clear",
        "base_revision": 0,
        "started_at": "2026-01-01T00:00:00+00:00",
        **changes,
    }


def test_claims_bring_views_in_session_time(client: TestClient) -> None:
    answer = client.post(CLAIMS, json={"holder": "tab", "annotator": "Ann", "count": 2}).json()
    assert answer["state"] == "ok"
    assert answer["progress"]["sessions"] == 10
    view = answer["sessions"][1]
    assert view["session_id"] == "ten_0001"
    assert (view["starts_at_s"], view["duration_s"]) == (1.0, 1.0)
    assert [region["origin"] for region in view["regions"]] == ["model_accepted"] * 2
    assert view["regions"][0]["start_s"] == pytest.approx(0.1)
    assert view["claim"]["mine"] is True
    assert (view["previous_id"], view["next_id"]) == ("ten_0000", "ten_0002")
    assert view["figure"]["layout"]["xaxis"]["range"] == [0.0, 1.0]


def test_a_submission_is_created_then_repeated_then_refused_for_other_content(client: TestClient) -> None:
    body = make_submission()
    created, repeated = (
        client.post(f"{SESSION}/submissions", json=body),
        client.post(f"{SESSION}/submissions", json=body),
    )
    assert (created.status_code, repeated.status_code) == (201, 200)
    assert created.json()["revision"] == repeated.json()["revision"] == 1
    assert repeated.json()["repeated"] is True
    assert created.json()["progress"]["labelled"] == 1
    refused = client.post(f"{SESSION}/submissions", json={**body, "comment": "other"})
    assert refused.status_code == 409
    shown = client.get(SESSION).json()
    assert shown["submission"]["comment"] == "clear"
    assert [region["prediction_id"] for region in shown["regions"]] == ["p-0"]


def test_notes_threshold_and_telemetry_go_over_the_wire(client: TestClient) -> None:
    notes = {"comment": "two\nlines", "unsure": True, "individual": "J35", "call_type": "S1"}
    body = make_submission(
        outcome="verified",
        regions=[{"start_s": 0.1, "end_s": 0.3, "label": "call", "prediction_id": "p-0", **notes}],
        rejected_prediction_ids=[],
        unreviewed_prediction_ids=["p-1"],
        score_threshold=0.4,
        active_s=21.5,
        action_count=3,
    )
    created = client.post(f"{SESSION}/submissions", json=body)
    assert created.status_code == 201
    assert (created.json()["progress"]["verified"], created.json()["progress"]["open"]) == (1, 10)
    repeated = client.post(f"{SESSION}/submissions", json={**body, "active_s": 99.0, "action_count": 4})
    assert (repeated.status_code, repeated.json()["revision"]) == (200, 1)
    shown = client.get(SESSION).json()
    assert shown["open"] is True
    assert (shown["submission"]["score_threshold"], shown["submission"]["outcome"]) == (0.4, "verified")
    assert shown["submission"]["unreviewed_prediction_ids"] == ["p-1"]
    (region,) = shown["regions"]
    assert {name: region[name] for name in notes} == notes
    assert region["origin"] == "model_accepted"


def test_predictions_that_came_after_an_answer_are_not_judged_by_it(client: TestClient, workspace: Workspace) -> None:
    assert client.post(f"{SESSION}/submissions", json=make_submission()).status_code == 201
    late = Prediction(1.6, 1.7, "call", id="late", session_id="ten_0001", score=0.9, model="other")
    add_prediction_set(workspace, "ten", late, set_id="late", model="other")
    assert client.get(SESSION).json()["submission"]["unreviewed_prediction_ids"] == ["late"]


def test_a_view_brings_the_rounds_display(client: TestClient) -> None:
    view = client.get(SESSION).json()
    assert view["display"]["scale"] == "linear"
    assert view["display"]["window_samples"] is None
    assert view["display"]["threshold"] == 0
    assert {"comment", "unsure", "individual", "call_type"} <= set(view["regions"][0])


def test_sessions_are_listed_with_their_outcomes(client: TestClient) -> None:
    client.post(f"{SESSION}/submissions", json=make_submission())
    page = client.get("/api/v1/rounds/ten/sessions", params={"limit": 3}).json()
    assert [row["outcome"] for row in page["items"]] == ["unreviewed", "labelled", "unreviewed"]
    assert (page["total"], client.get(page["next"]).json()["items"][0]["session_id"]) == (10, "ten_0003")
    (labelled,) = client.get("/api/v1/rounds/ten/sessions?open=false").json()["items"]
    assert (labelled["annotator"], labelled["labels"], labelled["verdict"]) == ("Ann", ["call"], None)
    for query in ("outcome=labelled", "annotator=Ann", "label=call", "verdict=waiting"):
        assert client.get(f"/api/v1/rounds/ten/sessions?{query}").json()["items"] == [labelled]
    assert client.get("/api/v1/rounds/ten/sessions?recording_id=none").json()["total"] == 0
    assert client.get("/api/v1/rounds/ten/sessions?sort=alphabet").status_code == 400


def test_released_sessions_go_to_the_next_tab(client: TestClient) -> None:
    client.post(CLAIMS, json={"holder": "a", "annotator": "Ann", "count": 3})
    assert client.post(f"{CLAIMS}/release", json={"holder": "a"}).status_code == 204
    answer = client.post(CLAIMS, json={"holder": "b", "annotator": "Bob"}).json()
    assert answer["sessions"][0]["session_id"] == "ten_0000"


def test_a_correction_is_a_new_revision_in_the_reviewers_name(client: TestClient) -> None:
    first = make_submission()
    client.post(f"{SESSION}/submissions", json=first)
    correction = make_submission(annotator="Rita", regions=[], outcome="empty", base_revision=1)
    correction["rejected_prediction_ids"] = ["p-0", "p-1"]
    body = {
        "review_id": str(uuid.uuid4()),
        "submission_id": first["submission_id"],
        "reviewer": "Rita",
        "verdict": "correct",
        "comment": "ship",
        "correction": correction,
    }
    answer = client.post(f"{SESSION}/reviews", json=body)
    assert answer.status_code == 201
    assert client.post(f"{SESSION}/reviews", json=body).json() == answer.json()
    shown = client.get(SESSION).json()["submission"]
    assert (shown["revision"], shown["annotator"], shown["outcome"]) == (2, "Rita", "empty")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"outcome": "maybe"}, "outcome"),
        ({"regions": [{"start_s": "x", "end_s": 1, "label": "call"}]}, "regions.0.start_s"),
        ({"surprise": 1}, "surprise"),
        ({"annotator": ""}, "annotator"),
        ({"score_threshold": 2}, "score threshold"),
        ({"active_s": -1}, "worked"),
        ({"unreviewed_prediction_ids": ["p-0"]}, "named 2 times"),
        ({"started_at": "2026-01-01T00:00:00"}, "started_at"),
    ],
)
def test_a_bad_body_is_refused_by_the_name_of_its_field(
    client: TestClient, changes: dict[str, Any], named: str
) -> None:
    answer = client.post(f"{SESSION}/submissions", json=make_submission(**changes))
    assert answer.status_code == 400
    assert named in answer.json()["detail"]


def test_unknown_names_are_not_found(client: TestClient) -> None:
    assert client.get("/api/v1/rounds/nope/sessions").status_code == 404
    assert client.get("/api/v1/rounds/ten/sessions/nope").status_code == 404
    assert client.post(f"{SESSION}/reviews", json={}).status_code == 400


def test_a_page_of_another_site_cannot_change_anything(client: TestClient) -> None:
    headers = {"origin": "https://evil.example"}
    assert client.post(f"{SESSION}/submissions", json=make_submission(), headers=headers).status_code == 403
    own = {"origin": "http://127.0.0.1:8501"}
    assert client.post(f"{SESSION}/submissions", json=make_submission(), headers=own).status_code == 201


def test_an_answer_is_accepted_by_its_author_only_where_the_round_allows_it(client: TestClient) -> None:
    submission_id = str(uuid.uuid4())
    answer = {"submission_id": submission_id, "annotator": "Ann", "outcome": "unsure"}
    assert client.post(f"{SESSION}/submissions", json=answer).status_code == 201
    verdict = {"review_id": "r-own", "submission_id": submission_id, "reviewer": "ann", "verdict": "accept"}
    refused = client.post(f"{SESSION}/reviews", json=verdict)
    assert (refused.status_code, "somebody else accepts it" in refused.json()["detail"]) == (403, True)
    unsaid = {**verdict, "verdict": "correct", "correction": {"submission_id": "c-own", "annotator": "ann"}}
    refused = client.post(f"{SESSION}/reviews", json=unsaid)
    assert (refused.status_code, refused.json()["detail"]) == (400, "correction.outcome: Field required")
    assert client.patch("/api/v1/rounds/ten", json={"own_review": True}).json()["own_review"] is True
    assigned = [{"site": "bay", "person": "Ann"}]
    several = {"answers_wanted": 2, "double_share": 0.5, "assignments": assigned, "assigned_only": True}
    changed = client.patch("/api/v1/rounds/ten", json=several).json()
    assert {name: changed[name] for name in several} == {
        **several,
        "assignments": [{**assigned[0], "who": "Ann"}],
    }
    made = client.post("/api/v1/rounds", json={"name": "Coast", "labels": [{"name": "call"}], **several}).json()
    assert made["assignments"] == changed["assignments"]
    assert client.post(f"{SESSION}/reviews", json=verdict).status_code == 201


def test_where_sites_are_is_told_when_a_round_is_made_and_changed(client: TestClient) -> None:
    about = {"elevation_m": -8.0, "time_zone": "America/Vancouver", "recorder": "OS1"}
    level = {"full_scale_db": 176.0, "reference": "1 µPa"}
    sites = [{"site": "Bush Point", "latitude_deg": 48.03, "longitude_deg": -122.6, **about, **level}]
    made = client.post("/api/v1/rounds", json={"name": "bay", "labels": [{"name": "call"}], "sites": sites})
    assert (made.status_code, made.json()["sites"]) == (201, sites)
    assert client.patch("/api/v1/rounds/bay", json={"sites": []}).json()["sites"] == []
    wrong = [{**sites[0], "latitude_deg": 100}]
    refused = client.post("/api/v1/rounds", json={"name": "bog", "labels": [{"name": "call"}], "sites": wrong})
    assert (refused.status_code, client.get("/api/v1/rounds/bog").status_code) == (400, 404)


def test_sessions_of_a_round_with_6500_labels_are_as_small_as_others(client: TestClient, workspace: Workspace) -> None:
    path, claim = "/api/v1/rounds/ten/sessions/ten_0002", {"holder": "tab", "annotator": "Ann", "count": 3}
    before = len(client.get(path).content)
    rounds.add_labels(workspace, round_id="ten", names=[f"Genus species {number}" for number in range(6500)])
    session = client.get(path)
    assert len(session.content) == before
    claimed = client.post("/api/v1/rounds/ten/claims", json=claim)
    assert len(claimed.content) < 20 * before
    told = client.get("/api/v1/rounds/ten/labels").json()
    assert {each["labels_id"] for each in claimed.json()["sessions"]} == {told["labels_id"]}
    assert (session.json()["labels_id"], len(told["labels"])) == (told["labels_id"], 6502)
    wrong = make_submission(regions=[{"start_s": 0.1, "end_s": 0.2, "label": "none"}], rejected_prediction_ids=[])
    refused = client.post(f"{path}/submissions", json=wrong)
    assert (refused.status_code, len(refused.json()["detail"]) < 600) == (400, True)
