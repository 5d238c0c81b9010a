"""Audits: answers drawn at random once, judged in Review, and the error rate that follows."""

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import Selection
from podcast_core.domain.verification_sample import VerificationSample
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.labels import review
from podcast_core.services.verifying import audits, judging, samples
from podcast_core.services.verifying.samples import AnswerDraw
from podcast_core.workspace import Workspace
from tests.building import make_answer, submit

ACCEPT, CORRECT, REJECT = Verdict


@pytest.fixture
def answered(workspace: Workspace, round_of_ten: Round) -> dict[str, str]:
    """Ann has answered five sessions with a call, Bob three with a whistle, one is skipped; answers by session."""
    found = {}
    for index in range(8):
        who, label = ("Ann", "call") if index < 5 else ("Bob", "whistle")
        given = submit(workspace, "ten", f"ten_{index:04x}", AnswerBox(0.1, 0.3, label), who=who)
        found[f"ten_{index:04x}"] = given.submission.id
    submit(workspace, "ten", "ten_0008", who="Bob", outcome=Outcome.SKIPPED)
    assert round_of_ten.id == "ten"
    return found


def judge(workspace: Workspace, sample: VerificationSample, place: int, verdict: Verdict) -> None:
    (stratum,) = sample.strata
    corrected = make_answer("ten", stratum.session_ids[place], AnswerBox(0.2, 0.4, "call"), who="Rita")
    review.review_submission(
        workspace,
        review_id=f"{sample.id}-{place}-{verdict}",
        submission_id=stratum.ids[place],
        reviewer="Rita",
        verdict=verdict,
        correction=corrected if verdict is CORRECT else None,
    )


def test_the_error_rate_follows_from_reviews_of_what_was_drawn(workspace: Workspace, answered: dict[str, str]) -> None:
    sample = samples.draw_answers(workspace, AnswerDraw("ten", count=6, half_width=0.1), who="Rita")
    assert samples.draw_answers(workspace, AnswerDraw("ten", count=6, half_width=0.1)) == sample
    (stratum,) = sample.strata
    assert (stratum.size, len(set(stratum.ids))) == (8, 6)
    assert set(stratum.ids) < set(answered.values())
    state = audits.get_audit(workspace, sample_id=sample.id)
    assert (state.share, state.judged, state.waiting) == (None, 0, stratum.session_ids)
    judge(workspace, sample, 0, ACCEPT)
    judge(workspace, sample, 1, CORRECT)
    judge(workspace, sample, 3, REJECT)
    state = audits.get_audit(workspace, sample_id=sample.id)
    assert (state.judged, state.errors, len(state.waiting)) == (3, 2, 3)
    selection = Selection(audit=sample.id, verdict="waiting")
    assert {each.session_id for each in review.list_sessions(workspace, round_id="ten", selection=selection)} == set(
        state.waiting
    )
    counted = review.count_verdicts(workspace, round_id="ten", selection=Selection(audit=sample.id))
    assert sum(counted.values()) == 6
    judge(workspace, sample, 2, ACCEPT)
    submit(workspace, "ten", stratum.session_ids[4], AnswerBox(0.1, 0.3, "call"), who="Cleo")  # replaces what was drawn
    state = audits.get_audit(workspace, sample_id=sample.id)
    assert (state.judged, state.errors, state.left_out) == (4, 2, 1)
    assert state.share is not None
    assert state.share.wilson.low < 0.5 < state.share.wilson.high
    assert state.share.exact.low <= state.share.wilson.low + 0.1
    assert state.more == 3  # all that are left: seven of which one was replaced
    judge(workspace, sample, 5, ACCEPT)
    state = audits.get_audit(workspace, sample_id=sample.id)
    assert (state.judged, state.errors, state.waiting) == (5, 2, ())
    assert sum(each.judged for each in state.annotators) == 5
    assert {each.name for each in state.annotators} <= {"Ann", "Bob"}
    assert sum(each.errors for each in state.labels) == 2
    again = samples.draw_answers(workspace, AnswerDraw("ten", count=6, half_width=0.1))
    listed = [audits.get_audit(workspace, sample_id=each) for each in (sample.id, again.id)]
    assert audits.list_audits(workspace, round_ids=["ten"]) == listed, "what was judged before counts in the new one"
    assert again.id != sample.id  # other answers count now


def test_one_person_or_label_is_audited_alone(workspace: Workspace, answered: dict[str, str]) -> None:
    bob = samples.draw_answers(workspace, AnswerDraw("ten", annotator="Bob"))
    whistles = samples.draw_answers(workspace, AnswerDraw("ten", label="whistle"))
    assert set(bob.strata[0].ids) == set(whistles.strata[0].ids) == set(list(answered.values())[5:])
    with pytest.raises(InvalidInput, match="no answer by Cleo: nothing to audit"):
        samples.draw_answers(workspace, AnswerDraw("ten", annotator="Cleo"))
    with pytest.raises(InvalidInput, match="1 to 5,000"):
        AnswerDraw("ten", count=0)
    with pytest.raises(InvalidInput, match="its verdicts are given in Review"):
        judging.get_state(workspace, sample_id=bob.id)
    with pytest.raises(NotFound):
        audits.get_audit(workspace, sample_id=bob.id, round_id="other")
