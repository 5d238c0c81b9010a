"""Nobody learns the gold of a calibration session before they have answered it, whichever route is asked."""

import json

import pytest
from starlette.testclient import TestClient

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.calibration import Calibration
from podcast_core.domain.round import Round
from podcast_core.services.labels import calibration
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.api.test_independent import CLOSED, ROUND, SESSION
from tests.building import submit

BOX = AnswerBox(0.1357, 0.4, "call")
SECRETS = ("Rita", "0.1357", "heard far away")
OWN = (
    SESSION,
    f"{SESSION}/history",
    f"{ROUND}/sessions",
    f"{ROUND}/submissions?annotator=Bob",
    ROUND,
    f"{ROUND}/queue",
)
HIDDEN = (f"{ROUND}/calibration", f"{ROUND}/calibration/people", f"{SESSION}/calibration", f"{SESSION}/consensus")


@pytest.fixture(autouse=True)
def known(workspace: Workspace, round_of_ten: Round) -> None:
    """Gold by Rita in the first session, by which people are calibrated."""
    first = submit(workspace, "ten", "ten_0000", BOX, who="Ann", comment="heard far away")
    submit(workspace, "ten", "ten_0000", BOX, who="Rita", decides=(first.submission.id,), base_revision=1)
    wanted = Calibration(session_ids=("ten_0000",), first=1)
    calibration.set_calibration(workspace, round_id=round_of_ten.id, calibration=wanted)


def test_the_gold_is_told_after_the_answer_only(lan: TestClient, workspace: Workspace) -> None:
    bob = bearer(workspace, "label", "Bob")
    for path in (*CLOSED, *HIDDEN):
        assert lan.get(path, headers=bob).status_code == 403, path
    body = {"holder": "tab", "annotator": "Bob", "count": 2}
    claimed = lan.post(f"{ROUND}/claims", json=body, headers=bob)
    assert [each["session_id"] for each in claimed.json()["sessions"]] == ["ten_0000", "ten_0001"]
    for sent in (claimed, *(lan.get(path, headers=bob) for path in OWN)):
        assert sent.status_code == 200
        assert not [each for each in SECRETS if each in json.dumps(sent.json())], sent.url
    assert "ten_0000" not in lan.get(ROUND, headers=bob).text, "nor which sessions these are"
    submit(workspace, "ten", "ten_0002", BOX, who="Ann")
    listed = lan.get(f"{ROUND}/sessions", headers=bob).json()["items"]
    assert [each["open"] for each in listed[:3]] == [True, True, False], "what is theirs to answer is open in lists"
    assert lan.get(f"{ROUND}/sessions?open=true", headers=bob).status_code == 403
    judged = {"verdict_id": "v", "annotator": "Bob", "items": []}
    assert lan.post(f"{ROUND}/verdicts", json=judged, headers=bob).status_code in (400, 422)
    answer = {"submission_id": "b", "annotator": "Bob", "outcome": "empty"}
    kept = lan.post(f"{SESSION}/submissions", json=answer, headers=bob)
    assert (kept.status_code, kept.json()["conflict"]) == (201, None)
    told = lan.get(f"{SESSION}/calibration", headers=bob).json()
    assert not lan.get(f"{ROUND}/sessions", headers=bob).json()["items"][0]["open"]
    assert (told["missed"], told["boxes"][0]["gold"]["start_s"], told["answered"]) == (1, 0.1357, 1)
    assert lan.get(f"{SESSION}/calibration?annotator=Ann", headers=bob).status_code == 403
    assert lan.post(f"{ROUND}/claims", json=body, headers=bob).json()["sessions"][0]["session_id"] == "ten_0001"


def test_reviewers_say_which_sessions_calibrate_and_see_how_people_compare(
    lan: TestClient, workspace: Workspace
) -> None:
    rita = bearer(workspace, "review", "Rita")
    drawn = lan.put(f"{ROUND}/calibration", json={"draw_per_label": 2, "every": 20}, headers=rita)
    assert (drawn.status_code, drawn.json()["session_ids"], drawn.json()["every"]) == (200, ["ten_0000"], 20)
    submit(workspace, "ten", "ten_0000", BOX, who="Cleo")
    (cleo,) = lan.get(f"{ROUND}/calibration/people", headers=rita).json()
    assert (cleo["person"], cleo["sessions"], cleo["f1"]["value"]) == ("Cleo", 1, 1.0)
    bob = bearer(workspace, "label", "Bob")
    assert lan.put(f"{ROUND}/calibration", json={}, headers=bob).status_code == 403
