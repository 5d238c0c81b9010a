"""Who answers independently of others sees nothing of what they said, whichever route is asked; reviewers see all."""

import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.collection import Unit
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Selection
from podcast_core.services.explore import collections
from podcast_core.services.labels import bulk_review, review, rounds
from podcast_core.services.sets import releases
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.verifying import samples
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import submit
from tests.services.answering import make_answer

ROUND, SESSION = "/api/v1/rounds/ten", "/api/v1/rounds/ten/sessions/ten_0000"
# What shows other people's answers, beside the routes that show one's own.
CLOSED = (
    f"{ROUND}/reviews",
    f"{ROUND}/agreement",
    f"{ROUND}/agreement/sessions",
    f"{ROUND}/export?format=raven",
    f"{ROUND}/export/preview?format=raven",
    f"{ROUND}/sessions?annotator=Ann",
    f"{ROUND}/sessions?sort=newest",
    f"{ROUND}/submissions?annotator=Ann",
    f"{ROUND}/collections",
)
SECRETS = ("Ann", "0.1357", "heard far away", "Rita", "too short")


def judge(workspace: Workspace, submission_id: str, verdict: Verdict) -> None:
    review.review_submission(
        workspace,
        review_id=verdict.value,
        submission_id=submission_id,
        reviewer="Rita",
        verdict=verdict,
        comment="too short",
    )


@pytest.fixture
def told(workspace: Workspace, round_of_ten: Any) -> str:
    """The id of Ann's answer to a session that two are to answer, which Rita has judged."""
    rounds.change_round(workspace, replace(round_of_ten, answers_wanted=2))
    (box,) = make_answer().boxes
    kept = submit(workspace, "ten", "ten_0000", replace(box, start_s=0.1357), who="Ann", comment="heard far away")
    judge(workspace, kept.submission.id, Verdict.ACCEPT)
    return kept.submission.id


def test_annotators_see_what_they_said_and_reviewers_all(lan: TestClient, workspace: Workspace, told: str) -> None:
    bob, rita = bearer(workspace, "label", "Bob"), bearer(workspace, "review", "Rita")
    claim = {"holder": "tab", "annotator": "Bob", "count": 10}
    claimed = lan.post(f"{ROUND}/claims", json=claim, headers=bob).json()
    assert [each["session_id"] for each in claimed["sessions"]][0] == "ten_0000"
    answer = {"submission_id": "b", "annotator": "Bob", "outcome": Outcome.EMPTY.value}
    kept = lan.post(f"{SESSION}/submissions", json=answer, headers=bob)
    assert (kept.status_code, kept.json()["conflict"]) == (201, None)
    shown = [
        json.dumps(claimed),
        kept.text,
        *(lan.get(path, headers=bob).text for path in (SESSION, f"{SESSION}?annotator=Ann", f"{ROUND}/sessions")),
        *(lan.get(path, headers=bob).text for path in (f"{ROUND}/submissions", f"{SESSION}/history")),
        *(lan.get(f"{ROUND}/submissions?{asked}", headers=bob).text for asked in ("session_id=ten_0000", "limit=1")),
    ]
    for text in shown:
        assert [secret for secret in SECRETS if secret in text] == [], text
    own = lan.get(f"{ROUND}/submissions", headers=bob).json()
    assert ([each["id"] for each in own["items"]], own["total"]) == (["b"], 1)
    for path in (*CLOSED, f"/api/v1/submissions/{told}"):
        refused = lan.get(path, headers=bob)
        assert (refused.status_code, "independently" in refused.text) == (403, True), (path, refused.text)
        assert lan.get(path, headers=rita).status_code == 200, path
    assert lan.get("/api/v1/submissions/b", headers=bob).status_code == 200
    assert [each["annotator"] for each in lan.get(f"{ROUND}/submissions", headers=rita).json()["items"]] == [
        "Ann",
        "Bob",
    ]
    assert lan.get(SESSION, headers=rita).json()["submission"]["annotator"] == "Bob"


def test_whose_answer_was_rejected_hears_why(lan: TestClient, workspace: Workspace, told: str) -> None:
    ann = bearer(workspace, "label", "Ann")
    assert lan.get(SESSION, headers=ann).json()["submission"]["reviews"] == []
    judge(workspace, told, Verdict.REJECT)
    seen = lan.get(SESSION, headers=ann).json()
    assert (seen["open"], [each["comment"] for each in seen["submission"]["reviews"]]) == (True, ["too short"])


def test_nobody_builds_on_the_answers_of_others(client: TestClient, told: str) -> None:
    refused = client.get(f"{ROUND}/predictions")
    assert (refused.status_code, "independently" in refused.text) == (400, True)
    assert told


def test_nothing_that_was_made_of_answers_tells_of_them(lan: TestClient, workspace: Workspace, told: str) -> None:
    request = ReleaseRequest(name="ten", round_ids=("ten",), licence="CC0-1.0", proportions=(1, 0, 0), audio="none")
    made = releases.create_release(workspace, request=request).release
    wanted = bulk_review.Wanted(Selection(), {"ten_0000": told})
    bulk_review.judge(
        workspace,
        act_id="act",
        round_id="ten",
        wanted=wanted,
        verdict=Verdict.REJECT,
        people=["Rita"],
        comment="too short",
    )
    audit = samples.draw_answers(workspace, samples.AnswerDraw("ten"), who="Rita")
    drawn = samples.draw_predictions(workspace, samples.PredictionDraw("ten"), who="Rita")
    seen = collections.add_collection(
        workspace, round_id="ten", name="all", unit=Unit.SESSION, embedder="three-views", who="Rita"
    )
    bob, rita = bearer(workspace, "label", "Bob"), bearer(workspace, "review", "Rita")
    for path in (
        f"{ROUND}/reviews/bulk",
        f"{ROUND}/audits/{audit.id}",
        f"{ROUND}/verification-samples/{drawn.id}",
        f"/api/v1/collections/{seen.id}/columns",
        f"/api/v1/collections/{seen.id}/columns/label",
        f"/api/v1/releases/{made.id}/zip",
        f"/api/v1/releases/{made.id}/files/index.csv",
    ):
        refused = lan.get(path, headers=bob)
        assert (refused.status_code, "independently" in refused.text) == (403, True), (path, refused.text)
        assert lan.get(path, headers=rita).status_code == 200, path
    table = {"files": ("p.csv", b"file,start_s,end_s,label,score\nten.wav,1,2,call,0.5\n", "text/csv")}
    compared: dict[str, Any] = {"files": table, "data": {"round_id": "ten", "truth_round": "ten"}}
    assert lan.post("/api/v1/sheets", headers=bob, **compared).status_code == 403
    assert lan.post("/api/v1/sheets", headers=rita, **compared).status_code == 201
