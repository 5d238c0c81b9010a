"""One round with answers of every kind: all that counts, exports, learns or measures treats them by one rule."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import ANSWERED, KEEP, REJECTED, SEARCHED, STANDINGS, find_standing
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.services.exchange import datasets
from podcast_core.services.labels import agreement, archive, progress, review, rounds
from podcast_core.services.labels.agreement import Asked
from podcast_core.services.learning import estimates
from podcast_core.services.learning.pieces import read_release, read_rounds
from podcast_core.services.learning.training import count_labels
from podcast_core.services.runs import findings
from podcast_core.services.sets import releases
from podcast_core.services.sets.release_plan import plan_release
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.sets.release_store import list_contents
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.services.runs import add_round, do_run, list_drawn, write_calls

KINDS: tuple[tuple[str, Outcome | None], ...] = (
    ("labelled", Outcome.LABELLED),
    ("empty", Outcome.EMPTY),
    ("verified", Outcome.VERIFIED),
    ("unsure", Outcome.UNSURE),
    ("skipped", Outcome.SKIPPED),
    (REJECTED, Outcome.LABELLED),
    (REJECTED, Outcome.EMPTY),
    (REJECTED, Outcome.UNSURE),
    (UNREVIEWED, None),
)
SESSIONS = 45  # five of each kind
CALL = AnswerBox(0.5, 0.7, "call")


@pytest.fixture
def kinds(workspace: Workspace, tmp_path: Path) -> dict[str, str]:
    """Round ``sea`` with answers of every kind, and some of a recording that was archived: session -> its standing."""
    add_round(workspace, write_calls(tmp_path / "b.wav", ((0.5, 0.7), (1.0, 1.2)), 6.0))
    gone = review.list_sessions(workspace, round_id="sea")
    for each in gone:
        for who in ("Ann", "Bob"):
            submit(workspace, "sea", each.session_id, CALL, who=who, submission_id=f"{who}-{each.session_id}")
    [(recording, _, _)] = archive.list_recordings(workspace, round_id="sea")
    archive.archive_recording(workspace, round_id="sea", recording_id=recording.id, who="Zoe")
    add_round(workspace, write_calls(tmp_path / "a.wav", ((0.5, 0.7),), 2.0 * SESSIONS))
    found = {}
    for number, each in enumerate(review.list_sessions(workspace, round_id="sea")):
        standing, outcome = KINDS[number % len(KINDS)]
        found[each.session_id] = standing
        if outcome is None:
            continue
        boxes = () if outcome in (Outcome.EMPTY, Outcome.SKIPPED) else (CALL,)
        submit(workspace, "sea", each.session_id, *boxes, outcome=outcome, submission_id=f"a{number}")
        if outcome is not Outcome.SKIPPED:
            verdict = Verdict.REJECT if standing == REJECTED else Verdict.ACCEPT
            review.review_submission(
                workspace, review_id=f"r{number}", submission_id=f"a{number}", reviewer="Zoe", verdict=verdict
            )
    return found


def count(kinds: Mapping[str, str], *standings: str) -> int:
    return sum(each in standings for each in kinds.values())


def test_pages_api_and_exports_count_sessions_alike(workspace: Workspace, kinds: dict[str, str]) -> None:
    expected = {standing: count(kinds, standing) for standing in STANDINGS}
    assert expected[REJECTED] == 15
    assert rounds.count_standings(workspace, round_id="sea") == expected
    assert progress.get_progress(workspace, round_id="sea").totals.sessions == expected
    assert progress.list_totals(workspace)[0].sessions == expected
    reviewed = review.list_sessions(workspace, round_id="sea")
    assert Counter(each.standing for each in reviewed) == expected
    assert Counter(each.review_state for each in reviewed)["reject"] == expected[REJECTED]
    assert {each.session_id: each.standing for each in reviewed} == kinds
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as client:
        told = client.get("/api/v1/rounds/sea/statistics").json()
        assert told["sessions"] == expected
        assert client.get("/api/v1/rounds/sea/progress").json()["outcomes"] == expected
        assert client.get("/api/v1/rounds/sea/export/preview?format=csv").json()["outcomes"] == expected
    for rejected in ("leave-out", KEEP):
        made = datasets.export_round(workspace, round_id="sea", format_name="csv", rejected=rejected)
        assert made.counts == expected
        assert "15 rejected in review" in made.summary
        assert "- 15 rejected in review" in made.files["README.md"].decode()


def test_annotations_are_those_of_answered_sessions_everywhere(workspace: Workspace, kinds: dict[str, str]) -> None:
    boxes = count(kinds, "labelled", "verified", "unsure")
    found = progress.get_progress(workspace, round_id="sea")
    assert found.annotation_count == boxes
    assert found.totals.answered_count == sum(found.answers.values()) == count(kinds, *ANSWERED)
    with_boxes = [row for row in _read_rows(workspace) if row["label"]]
    assert len(with_boxes) == boxes
    made = plan_release(workspace, request=_ask(outcomes=ANSWERED))
    assert sum(sum(each.labels.values()) for each in made.balance.values()) == boxes


def test_only_searched_sessions_are_hours_training_and_estimates(workspace: Workspace, kinds: dict[str, str]) -> None:
    searched = {each for each, standing in kinds.items() if standing in SEARCHED}
    assert progress.get_progress(workspace, round_id="sea").totals.labelled_hours == len(searched) * 2 / 3600
    pieces, left_out = read_rounds(workspace, ["sea"])
    assert {each.session.id for each in pieces} == searched
    expected = Counter("rejected in review" if each == REJECTED else each for each in kinds.values())
    others = {reason: number for reason, number in expected.items() if reason not in SEARCHED}
    assert left_out == others
    planned = plan_release(workspace, request=_ask())
    assert {item.entry.session.id for item in planned.items} == searched
    assert planned.left_out == others
    assert count_labels(workspace, round_ids=["sea"]) == {"call": count(kinds, "labelled")}
    do_run(workspace, round_ids=["sea"])
    drawn = list_drawn(workspace, round_id="sea")
    estimated = estimates.get_estimates(workspace, round_id="sea")
    assert estimated is not None
    assert estimated.answered == len(searched & set(drawn))


def test_people_agree_about_answers_that_count(workspace: Workspace, kinds: dict[str, str]) -> None:
    chosen = [next(each for each, found in kinds.items() if found == standing) for standing in ("labelled", REJECTED)]
    for each in chosen:
        submit(
            workspace, "sea", each, CALL, who="Bob", submission_id=f"Bob-{each}"
        )  # beside Ann's, of which one was rejected
    assert agreement.get_agreement(workspace, Asked("sea"))[0].session_count == 1
    assert plan_release(workspace, request=_ask()).agreement.session_count == 1


def test_a_recording_that_is_archived_after_the_release_is_not_learnt_from(
    workspace: Workspace, kinds: dict[str, str]
) -> None:
    made = releases.create_release(workspace, request=_ask()).release
    recording_id = next(each.id for each, _, act in archive.list_recordings(workspace, round_id="sea") if act is None)
    archive.archive_recording(workspace, round_id="sea", recording_id=recording_id, who="Zoe")
    assert read_release(workspace, made.id)[0] == []
    assert read_release(workspace, made.id)[1]["archived"] == count(kinds, *SEARCHED)


def test_a_rejected_answer_is_no_layer_beside_the_runs(workspace: Workspace, kinds: dict[str, str]) -> None:
    rejected = next(each for each, standing in kinds.items() if standing == REJECTED)
    assert findings.list_layers(workspace, round_id="sea", session_id=rejected) == []


def test_releases_keep_rejected_answers_only_when_asked_and_models_never_learn_from_them(
    workspace: Workspace, kinds: dict[str, str]
) -> None:
    kept = releases.create_release(workspace, request=_ask(rejected=KEEP)).release
    assert Counter(each["review"] for each in kept.sessions) == {"accept": 10, "reject": 10}
    assert kept.document["left_out"]["unsure"] == 5 + 5  # rejected ones that are asked for go by their outcome
    pieces, left_out = read_release(workspace, kept.id)
    assert {kinds[each.session.id] for each in pieces} == set(SEARCHED)
    assert left_out["rejected in review"] == 10
    card = dict(list_contents(workspace, kept))["README.md"].decode()
    assert "**Answers rejected in review: 10 sessions**" in card


def test_an_answer_that_is_rejected_after_the_release_is_not_learnt_from(
    workspace: Workspace, kinds: dict[str, str]
) -> None:
    made = releases.create_release(workspace, request=_ask()).release
    before, _ = read_release(workspace, made.id)
    review.review_submission(
        workspace, review_id="late", submission_id=before[0].answer.id, reviewer="Rob", verdict=Verdict.REJECT
    )
    after, left_out = read_release(workspace, made.id)
    assert [each.answer.id for each in after] == [each.answer.id for each in before[1:]]
    assert left_out["rejected in review"] == 1
    assert count(kinds, *SEARCHED) == len(before)


def test_a_rejected_skip_is_a_skip() -> None:
    assert find_standing("skipped", Verdict.REJECT) == "skipped"
    assert find_standing(UNREVIEWED, Verdict.REJECT) == find_standing(None, None) == UNREVIEWED


def _ask(**changes: object) -> ReleaseRequest:
    fields: dict[str, object] = {"name": "sea", "round_ids": ("sea",), "licence": "CC0 1.0", "audio": "none", **changes}
    return ReleaseRequest(**{**fields, "proportions": (1.0, 0.0, 0.0), "formats": ("csv",)})  # type: ignore[arg-type]


def _read_rows(workspace: Workspace) -> list[dict[str, str]]:
    made = datasets.export_round(workspace, round_id="sea", format_name="csv")
    return made.preview(1000).rows
