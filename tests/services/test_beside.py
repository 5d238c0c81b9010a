"""Which answer counts where some were imported beside others: the database and `find_counting` say the same."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.submission import Outcome, Submission, find_counting
from podcast_core.services.exchange import imports
from podcast_core.services.labels import claiming, review, rounds, session_views, verification
from podcast_core.storage import reviews, submissions
from podcast_core.workspace import Workspace
from tests.building import list_answers, list_open, list_predictions, submit
from tests.services.sea import CSV, TSV

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_history(chance: random.Random, session_id: str) -> list[Submission]:
    """Some answers to one session; what is beside came when there was an answer."""
    history: list[Submission] = []
    for number in range(chance.randint(0, 5)):
        outcome = chance.choice([Outcome.LABELLED, Outcome.EMPTY, Outcome.SKIPPED, Outcome.UNSURE])
        beside = chance.random() < 0.5 and find_counting(history) is not None
        is_gold = outcome is not Outcome.SKIPPED and not beside and chance.random() < 0.3
        history.append(
            Submission(
                f"{session_id}-{number}",
                "sea",
                session_id,
                chance.choice(["Ann", "Bob"]),
                outcome,
                (Annotation(1.0, 2.0, "call"),) if outcome is Outcome.LABELLED else (),
                submitted_at=START + timedelta(days=chance.randint(0, 9)),
                beside=beside,
                decides=("other",) if is_gold else (),
            )
        )
    return history


@pytest.mark.usefixtures("sea")
def test_python_and_sql_agree_on_what_counts_and_what_is_open(workspace: Workspace) -> None:
    chance = random.Random(7)
    names = ["a_0_0", "a_0_1", "b_0_0", "b_0_1", "b_1_0", "b_1_1"]
    for _ in range(8):
        with workspace.database.writing() as connection:
            new = [each for name in names for each in make_history(chance, name)]
            stamp = chance.randrange(10**9)
            new = [replace(each, id=f"{each.id}-{stamp}") for each in new]
            submissions.add_submissions(connection, new)
            for each in new:
                if each.outcome is not Outcome.SKIPPED and chance.random() < 0.4:
                    verdict = chance.choice([Verdict.REJECT, Verdict.REJECT, Verdict.ACCEPT])
                    reviews.add_review(connection, Review(f"r-{each.id}", each.id, "Zoe", verdict))
        with workspace.database.reading() as connection:
            latest, left = submissions.latest_submissions(connection, "sea"), list_open(connection, "sea")
        for name in names:
            history = list_answers(workspace, "sea", name)
            with workspace.database.reading() as connection:
                rejected = reviews.find_rejected(connection, [each.id for each in history])
            counting = find_counting(history, rejected)
            assert latest.get(name) == (counting or (history[-1] if history else None))
            view = session_views.get_view(workspace, round_id="sea", session_id=name)
            assert (view.answer, view.is_open) == (counting, name in left)


@pytest.mark.usefixtures("sea")
def test_a_rejected_session_needs_an_answer_again(workspace: Workspace) -> None:
    def answer(name: str, who: str, outcome: Outcome = Outcome.EMPTY) -> None:
        submit(workspace, "sea", "a_0_0", who=who, outcome=outcome, submission_id=name)

    def judge(answer: str, verdict: Verdict) -> None:
        review.review_submission(
            workspace, review_id=f"r-{answer}-{verdict}", submission_id=answer, reviewer="Zoe", verdict=verdict
        )

    def claim(who: str) -> str:
        claimed = claiming.claim_next(workspace, round_id="sea", holder=f"tab-{who}", annotator=who)
        claiming.release(workspace, round_id="sea", holder=f"tab-{who}")
        return claimed.views[0].session.id

    def is_open() -> bool:
        view = session_views.get_view(workspace, round_id="sea", session_id="a_0_0")
        with workspace.database.reading() as connection:
            assert ("a_0_0" in list_open(connection, "sea")) is view.is_open
        return view.is_open

    answer("1", "Ann")
    answer("2", "Bob")
    judge("2", Verdict.REJECT)  # Ann's was replaced by it, and does not come back
    assert is_open()
    assert [claim(who) for who in ("Ann", "Bob", "Cy")] == ["a_0_0"] * 3
    assert rounds.count_open(workspace, round_id="sea") == 6
    judge("2", Verdict.ACCEPT)  # of several verdicts the newest
    assert not is_open()
    assert claim("Cy") == "a_0_1"
    review.review_submission(workspace, review_id="again", submission_id="2", reviewer="Zoe", verdict=Verdict.REJECT)
    answer("3", "Cy", Outcome.SKIPPED)
    assert is_open()
    assert (claim("Ann"), claim("Cy")) == ("a_0_0", "a_0_1")
    answer("4", "Ann")
    assert not is_open()


@pytest.mark.usefixtures("sea")
def test_verdicts_on_predictions_begin_anew_after_a_rejection(workspace: Workspace) -> None:
    rows = "a.wav\t1\t0.5\t0.9\tcall\na.wav\t3\t1\t0.25\tcall\n"
    imports.import_predictions(workspace, round_id="sea", files=[("p.tsv", (TSV + rows).encode())], model="net")
    first, second = (each.id for each in list_predictions(workspace, "sea"))

    def verify(name: str, who: str, prediction_id: str, verdict: PredictionVerdict) -> verification.Verified:
        items = [verification.Item("a_0_0", prediction_id, verdict)]
        return verification.give_verdicts(workspace, round_id="sea", verdict_id=name, annotator=who, items=items)

    def list_waiting() -> list[str]:
        found = verification.list_candidates(workspace, round_id="sea").items
        return sorted(each.prediction.id for each in found)

    verify("1", "Ann", first, PredictionVerdict.YES)
    verify("2", "Ann", second, PredictionVerdict.YES)
    assert list_waiting() == []
    answer = list_answers(workspace, "sea", "a_0_0")[-1]
    review.review_submission(workspace, review_id="no", submission_id=answer.id, reviewer="Zoe", verdict=Verdict.REJECT)
    assert list_waiting() == sorted([first, second])
    assert verify("3", "Bob", first, PredictionVerdict.NO).skipped == ()
    answer = list_answers(workspace, "sea", "a_0_0")[-1]
    assert ([each.id for each in answer.rejected], [each.id for each in answer.unreviewed]) == ([first], [second])
    assert list_waiting() == [second]


@pytest.mark.usefixtures("sea")
def test_an_import_for_a_rejected_session_counts(workspace: Workspace) -> None:
    submit(workspace, "sea", "a_0_0", submission_id="1")
    review.review_submission(workspace, review_id="no", submission_id="1", reviewer="Zoe", verdict=Verdict.REJECT)
    files = [("a.csv", (CSV + "a.wav,1,2,call\n").encode())]
    report = imports.import_annotations(workspace, round_id="sea", files=files, annotator="Bob")
    assert (report.added, dict(report.beside)) == (1, {})
    assert session_views.get_view(workspace, round_id="sea", session_id="a_0_0").standing == "labelled"


def test_what_stands_beside_does_not_count_however_new_it_is() -> None:
    first = Submission("1", "sea", "a", "Ann", Outcome.EMPTY, submitted_at=START)
    later = replace(first, id="2", annotator="Bob", submitted_at=START + timedelta(days=1), beside=True)
    assert find_counting([first, later]) is first
    assert find_counting([later]) is later
    assert find_counting([replace(first, outcome=Outcome.SKIPPED), later]) is later
    assert find_counting([replace(first, outcome=Outcome.SKIPPED)]) is None
