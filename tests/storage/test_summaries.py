import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Judgement, SessionSummary, Tally
from podcast_core.storage.summaries import find_answer_id, list_summaries
from podcast_core.storage.tallies import measure_standings
from podcast_core.workspace import Workspace
from tests.building import submit

pytestmark = pytest.mark.usefixtures("round_of_ten")


def answer(workspace: Workspace, outcome: Outcome, *boxes: AnswerBox) -> str:
    return submit(workspace, "ten", "ten_0001", *boxes, outcome=outcome).submission.id


def test_the_answer_that_counts_is_the_newest_that_is_more_than_a_skip(workspace: Workspace) -> None:
    found: list[str | None] = []
    kept = []
    for outcome in (None, Outcome.SKIPPED, Outcome.EMPTY, Outcome.SKIPPED):
        kept.append(answer(workspace, outcome) if outcome else None)
        with workspace.database.reading() as connection:
            found.append(find_answer_id(connection, "ten", "ten_0001"))
    assert found == [None, kept[1], kept[2], kept[2]]


def test_a_summary_counts_annotations_by_label_and_origin(workspace: Workspace) -> None:
    accepted = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    answer(workspace, Outcome.LABELLED, accepted, AnswerBox(0.4, 0.5, "call"), AnswerBox(0.6, 0.7, "call"))
    with workspace.database.reading() as connection:
        summary = list_summaries(connection, "ten")[1]
    assert summary.tallies == (Tally("call", Origin.MODEL_ACCEPTED, 1, 0.9), Tally("call", Origin.NEW, 2))
    assert summary.annotation_count == 3
    assert summary.labels == ("call",)
    assert summary.lowest_score == 0.9


def test_a_session_without_an_answer_is_unreviewed(workspace: Workspace) -> None:
    with workspace.database.reading() as connection:
        assert list_summaries(connection, "ten")[0] == SessionSummary("ten_0000", 0, 1.0, site="Orcasound Lab")


def test_outcomes_are_measured_in_sessions_and_seconds(workspace: Workspace) -> None:
    answer(workspace, Outcome.EMPTY)
    with workspace.database.reading() as connection:
        measured = measure_standings(connection, "ten")
        nothing = measure_standings(connection, "no such round")
    assert measured["empty"] == (1, 1.0)
    assert measured["unreviewed"] == (9, 9.0)
    assert sum(count for count, _ in measured.values()) == 10
    assert set(nothing.values()) == {(0, 0.0)}


def test_precision_needs_a_judged_prediction() -> None:
    assert Judgement("m", "call").precision is None
    assert Judgement("m", "call", confirmed=3, rejected=1).precision == 0.75
