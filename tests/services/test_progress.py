import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.standing import STANDINGS
from podcast_core.domain.submission import UNREVIEWED, Outcome, Submission
from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound
from podcast_core.services.labels import archive, rounds
from podcast_core.services.labels.progress import Effort, get_progress, list_totals, write_csv
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace
from tests.building import submit

pytestmark = pytest.mark.usefixtures("round_of_ten")

CALL = AnswerBox(0.25, 0.5, "call")


def answer(workspace: Workspace, session_id: str, outcome: Outcome, *boxes: AnswerBox, **more: Any) -> None:
    """Submit an answer."""
    submit(workspace, "ten", session_id, *boxes, outcome=outcome, **more)


def test_a_round_that_nobody_touched_is_unreviewed(workspace: Workspace) -> None:
    found = get_progress(workspace, round_id="ten")
    assert found.totals.sessions == {outcome: 10 if outcome == UNREVIEWED else 0 for outcome in STANDINGS}
    assert found.totals.duration_s["unreviewed"] == pytest.approx(10)
    assert found.totals.labelled_hours == 0
    assert found.annotation_count == 0
    assert found.precision is None
    assert found.labels == ("call", "whistle")


def test_progress_of_an_unknown_round_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        get_progress(workspace, round_id="nowhere")


def test_only_labelled_and_empty_sessions_count_as_labelled_hours(workspace: Workspace) -> None:
    answer(workspace, "ten_0002", Outcome.LABELLED, CALL)
    answer(workspace, "ten_0003", Outcome.EMPTY)
    answer(workspace, "ten_0004", Outcome.UNSURE, CALL)
    answer(workspace, "ten_0005", Outcome.SKIPPED)
    answer(workspace, "ten_0006", Outcome.VERIFIED, CALL)
    found = get_progress(workspace, round_id="ten")
    assert found.totals.sessions == {
        **dict.fromkeys(("labelled", "empty", "verified", "unsure", "skipped"), 1),
        "rejected": 0,
        "unreviewed": 5,
    }
    assert found.totals.answered_count == 4
    assert found.totals.labelled_hours == pytest.approx(2 / 3600)
    assert sum(found.labelled_s.values()) == pytest.approx(2)


def test_only_the_answer_that_counts_is_counted(workspace: Workspace) -> None:
    answer(workspace, "ten_0002", Outcome.LABELLED, CALL, CALL)
    answer(workspace, "ten_0002", Outcome.LABELLED, AnswerBox(0.1, 0.2, "whistle"), who="Bob")
    answer(workspace, "ten_0002", Outcome.SKIPPED, who="Cem")
    found = get_progress(workspace, round_id="ten")
    assert found.annotations == {("whistle", Origin.NEW): 1}
    assert found.annotators == {"Bob": {"whistle": 1}}
    assert found.answers == {"Bob": 1}
    assert found.totals.sessions["skipped"] == 0


def test_an_annotator_who_found_nothing_is_still_there(workspace: Workspace) -> None:
    answer(workspace, "ten_0003", Outcome.EMPTY)
    found = get_progress(workspace, round_id="ten")
    assert found.answers == {"Ann": 1}
    assert found.annotators == {"Ann": {}}


def test_annotations_are_counted_on_their_utc_day(workspace: Workspace) -> None:
    first = utc_now().replace(year=2026, month=5, day=1, hour=23, minute=59)
    with workspace.database.writing() as connection:
        for index, at in enumerate([first, first + timedelta(minutes=2)]):
            box = Annotation(start_s=index + 0.25, end_s=index + 0.5, label="call")
            submissions.add_submission(
                connection,
                Submission(f"s{index}", "ten", f"ten_000{index}", "Ann", Outcome.LABELLED, (box,), submitted_at=at),
            )
    found = get_progress(workspace, round_id="ten")
    assert found.days == {date(2026, 5, 1): {"call": 1}, date(2026, 5, 2): {"call": 1}}
    assert list(found.labelled_s) == [date(2026, 5, 1), date(2026, 5, 2)]


def test_precision_is_the_share_of_judged_predictions_that_kept_their_label(workspace: Workspace) -> None:
    kept = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    answer(workspace, "ten_0001", Outcome.LABELLED, kept, rejected_prediction_ids=("p-1",))
    found = get_progress(workspace, round_id="ten")
    by_label = {judgement.label: judgement for judgement in found.judgements}
    assert by_label["call"].confirmed == 1
    assert by_label["whistle"].rejected == 1
    assert by_label["whistle"].precision == 0
    assert found.precision == 0.5
    assert found.count_origins("call") == {"accepted": 1, "edited": 0, "new": 0, "bulk": 0, "rejected": 0}
    assert found.count_origins("whistle") == {"accepted": 0, "edited": 0, "new": 0, "bulk": 0, "rejected": 1}


def test_a_relabelled_prediction_is_not_confirmed_and_one_that_was_split_counts_once(workspace: Workspace) -> None:
    halves = (AnswerBox(0.1, 0.2, "call", prediction_id="p-0"), AnswerBox(0.2, 0.3, "whistle", prediction_id="p-0"))
    relabelled = AnswerBox(0.5, 0.875, "call", low_hz=500.0, high_hz=1500.0, prediction_id="p-1")
    answer(workspace, "ten_0001", Outcome.LABELLED, *halves, relabelled)
    by_label = {judgement.label: judgement for judgement in get_progress(workspace, round_id="ten").judgements}
    assert (by_label["call"].confirmed, by_label["call"].judged) == (1, 1)
    assert (by_label["whistle"].relabelled, by_label["whistle"].judged) == (1, 1)


def test_an_unsure_answer_judges_no_prediction(workspace: Workspace) -> None:
    answer(workspace, "ten_0001", Outcome.UNSURE, rejected_prediction_ids=("p-0",))
    assert get_progress(workspace, round_id="ten").judgements == ()


def test_a_verified_answer_judges_predictions_but_not_those_left_over_nor_unsure_boxes(workspace: Workspace) -> None:
    kept = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    answer(workspace, "ten_0001", Outcome.VERIFIED, kept, unreviewed_prediction_ids=("p-1",))
    found = get_progress(workspace, round_id="ten")
    assert [(each.label, each.judged, each.unreviewed) for each in found.judgements] == [
        ("call", 1, 0),
        ("whistle", 0, 1),
    ]
    assert (found.precision, found.unreviewed_count) == (1, 1)
    answer(workspace, "ten_0001", Outcome.LABELLED, replace(kept, unsure=True), unreviewed_prediction_ids=("p-1",))
    found = get_progress(workspace, round_id="ten")
    assert (found.judged_count, found.unreviewed_count, found.annotation_count) == (0, 1, 1)


def test_work_is_told_as_medians_over_the_answers_that_count(workspace: Workspace) -> None:
    assert get_progress(workspace, round_id="ten").effort == Effort()
    kept = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
    answer(workspace, "ten_0000", Outcome.LABELLED, CALL, active_s=99.0, action_count=99)
    answer(workspace, "ten_0000", Outcome.EMPTY, active_s=10.0, action_count=0)
    answer(
        workspace, "ten_0001", Outcome.LABELLED, kept, rejected_prediction_ids=("p-1",), active_s=20.0, action_count=3
    )
    answer(workspace, "ten_0002", Outcome.LABELLED, CALL, active_s=60.0, action_count=4)
    answer(workspace, "ten_0003", Outcome.LABELLED, CALL)
    answer(workspace, "ten_0004", Outcome.SKIPPED, active_s=1000.0, action_count=1000)
    found = get_progress(workspace, round_id="ten")
    assert found.effort == Effort(3, session_s=20.0, box_s=35.0, session_actions=3, box_actions=2.75)
    rows = list(csv.DictReader(io.StringIO(write_csv(found))))
    assert [(row["value"], row["unit"]) for row in rows if row["measure"] == "work per box"] == [("35.0", "s")]


def test_totals_of_all_rounds_agree_with_each_rounds_progress(workspace: Workspace) -> None:
    rounds.add_round(workspace, name="without sessions", labels=["call"])
    answer(workspace, "ten_0002", Outcome.LABELLED, CALL)
    answer(workspace, "ten_0005", Outcome.SKIPPED)
    for totals in list_totals(workspace):
        single = get_progress(workspace, round_id=totals.round_.id).totals
        assert totals.sessions == single.sessions
        assert totals.duration_s == pytest.approx(single.duration_s)


def test_archived_rounds_are_not_among_all_rounds(workspace: Workspace) -> None:
    archive.archive_round(workspace, round_id="ten", who="Bo")
    assert list_totals(workspace) == []


def test_the_csv_holds_the_numbers_one_per_line(workspace: Workspace) -> None:
    answer(workspace, "ten_0002", Outcome.LABELLED, CALL)
    rows = list(csv.DictReader(io.StringIO(write_csv(get_progress(workspace, round_id="ten")))))
    assert {row["round"] for row in rows} == {"ten"}
    numbers = {(row["measure"], row["group"], row["label"]): row["value"] for row in rows}
    assert numbers["sessions by outcome", "labelled", ""] == "1"
    assert numbers["sessions by outcome", "unreviewed", ""] == "9"
    assert numbers["annotations by origin", "new", "call"] == "1"
    assert numbers["sessions by annotator", "Ann", ""] == "1"
    assert len(numbers) == len(rows)


@given(
    answers=st.lists(
        st.tuples(
            st.integers(0, 9), st.sampled_from(list(Outcome)), st.sampled_from(["Ann", "Bob"]), st.integers(1, 3)
        ),
        max_size=12,
    )
)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_answers_the_outcomes_sum_to_the_sessions(
    workspace: Workspace, answers: list[tuple[int, Outcome, str, int]]
) -> None:
    for index, outcome, annotator, boxes in answers:
        drawn = (CALL,) * boxes if outcome in (Outcome.LABELLED, Outcome.VERIFIED, Outcome.UNSURE) else ()
        answer(workspace, f"ten_{index:04x}", outcome, *drawn, who=annotator)
    found = get_progress(workspace, round_id="ten")
    [totals] = list_totals(workspace)
    assert sum(found.totals.sessions.values()) == totals.session_count == 10
    assert totals.sessions == found.totals.sessions == rounds.count_standings(workspace, round_id="ten")
    assert sum(found.totals.duration_s.values()) == pytest.approx(10)
    assert sum(found.answers.values()) == found.totals.answered_count
    assert (
        found.annotation_count
        == sum(sum(counts.values()) for counts in found.annotators.values())
        == sum(sum(counts.values()) for counts in found.days.values())
        == sum(found.count_label(label) for label in found.labels)
    )
