from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.services.labels import progress
from podcast_core.services.labels.agreement import compute_kappa, count_matches, measure_agreement
from podcast_core.services.store import kept_results
from podcast_core.workspace import Workspace
from tests.building import submit

START = datetime(2024, 1, 1, tzinfo=UTC)


def answer(session: str, who: str, *boxes: tuple[float, float, str], minute: int = 0, base: int = 0) -> Submission:
    return Submission(
        id=f"{session}-{who}-{minute}",
        round_id="r",
        session_id=session,
        annotator=who,
        outcome=Outcome.LABELLED if boxes else Outcome.EMPTY,
        annotations=tuple(Annotation(start, end, label) for start, end, label in boxes),
        base_revision=base,
        submitted_at=START + timedelta(minutes=minute),
    )


def test_two_people_are_compared_label_by_label() -> None:
    found = measure_agreement(
        [
            answer("s1", "Ann", (0, 1, "call"), (2, 3, "call")),
            answer("s1", "Bob", (0.1, 1, "call"), (5, 6, "whistle"), base=1),
            answer("s2", "Ann"),
            answer("s2", "Bob"),
            answer("s3", "Ann", (0, 1, "call")),
        ],
        ["call", "whistle"],
    )
    assert (found.session_count, found.pair_count, found.independent_count) == (2, 2, 1)
    call, whistle = found.labels
    assert (call.box_count, call.matched_count, call.both, call.one, call.neither) == (3, 2, 1, 0, 1)
    assert call.matched_share == pytest.approx(2 / 3)
    assert call.kappa == pytest.approx(1.0)
    assert (whistle.box_count, whistle.matched_share) == (1, 0)
    assert whistle.kappa == pytest.approx(0.0)
    assert found.matched_share == pytest.approx(0.5)


def test_of_one_person_only_the_newest_answer_counts_and_unsure_ones_are_not_compared() -> None:
    unsure = Submission("u", "r", "s2", "Bob", Outcome.UNSURE, submitted_at=START)
    skipped = Submission("k", "r", "s1", "Bob", Outcome.SKIPPED, submitted_at=START + timedelta(hours=2))
    answers = [
        *(answer("s1", "Ann", (0, 1, "call")), answer("s1", "Ann", minute=5), answer("s1", "Bob", minute=1)),
        *(answer("s2", "Ann", (0, 1, "call")), unsure, skipped),
    ]
    found = measure_agreement(answers, ["call"])
    assert found.pair_count == 1
    assert (found.labels[0].box_count, found.labels[0].neither, found.labels[0].kappa) == (0, 1, None)


def test_without_a_second_answer_there_is_nothing_to_say() -> None:
    found = measure_agreement([answer("s1", "Ann", (0, 1, "call"))], ["call"])
    assert (found.pair_count, found.labels, found.matched_share) == (0, (), None)


def test_each_box_has_one_partner_and_the_best_overlap_comes_first() -> None:
    one = [Annotation(0, 1, "a"), Annotation(0.4, 1.4, "a")]
    other = [Annotation(0.3, 1.3, "a")]
    assert count_matches(one, other) == 1
    assert count_matches([Annotation(0, 1, "a")], [Annotation(0.34, 1.34, "a")]) == 0
    assert count_matches([Annotation(0, 1, "a")], [Annotation(0, 0.5, "a")]) == 1


def test_kappa_is_that_of_the_textbook() -> None:
    counts = {(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15}
    assert compute_kappa(counts) == pytest.approx(0.4)
    assert compute_kappa({(True, True): 3}) is None
    assert compute_kappa({(False, False): 3, (True, True): 0}) is None
    assert compute_kappa({}) is None
    assert compute_kappa({(True, False): 3}) == 0  # what chance gives: one always says yes, the other no
    assert compute_kappa({(True, False): 3, (False, True): 3}) == -1
    assert compute_kappa({(True, True): 3, (True, False): 1}) == 0


@pytest.mark.usefixtures("round_of_ten")
def test_of_many_sessions_it_is_kept_for_a_while_and_says_when_it_was_measured(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_twice(index: int) -> None:
        for who in ("Ann", "Bob"):
            submit(workspace, "ten", f"ten_{index:04x}", outcome=Outcome.EMPTY, who=who)

    answer_twice(0)
    answer_twice(1)
    whole, at = progress.get_agreement(workspace, round_id="ten")
    assert (whole.pair_count, at) == (2, None)
    monkeypatch.setattr(progress, "FEW", 1)
    kept, first_at = progress.get_agreement(workspace, round_id="ten")
    assert kept == whole
    assert first_at is not None
    answer_twice(2)
    assert progress.get_agreement(workspace, round_id="ten") == (kept, first_at)
    monkeypatch.setattr(kept_results, "KEPT_S", 0.0)
    renewed, second_at = progress.get_agreement(workspace, round_id="ten")
    assert renewed.pair_count == 3
    assert second_at is not None
    assert second_at > first_at
    assert progress.get_agreement(workspace, round_id="ten") == (renewed, second_at)  # nobody has answered since
    with TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501") as client:
        told = client.get("/api/v1/rounds/ten/agreement").json()
    assert (told["pair_count"], datetime.fromisoformat(told["computed_at"])) == (3, second_at)
