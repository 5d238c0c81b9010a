"""Samples of predictions: drawn once, judged in the round's answers, enough by a rule, and thresholds from verdicts."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction, PredictionVerdict
from podcast_core.domain.verification_sample import VerificationSample
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.labels import archive, rounds, verification
from podcast_core.services.labels.verification import Item
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.services.verifying import judging, samples, thresholds
from podcast_core.services.verifying.samples import PredictionDraw
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import add_prediction_set, add_recording, list_predictions, make_recording, make_sessions, submit

SESSIONS, EACH = 30, 40


@pytest.fixture
def truth(workspace: Workspace) -> dict[str, bool]:
    """Round ``sea`` has 1,200 predictions of one label, most with low scores; says which are right."""
    rounds.add_round(workspace, name="sea", round_id="sea", labels=("call", "noise"))
    started = datetime(2026, 3, 1, 20, tzinfo=UTC)
    recording = make_recording("/nowhere/a.wav", 600.0, site="Bay", started_at=started)
    made = make_sessions(recording, "sea", "s{:02d}", SESSIONS)
    add_recording(workspace, recording, made)
    chance = np.random.default_rng(4)
    boxes, right = [], {}
    for session in made:
        for number in range(EACH):
            score = float(np.clip(chance.beta(0.9, 1.4), 0.02, 0.99))
            at = session.start_s + number * 0.5
            name = f"{session.id}-{number}"
            boxes.append(Prediction(at, at + 0.25, "call", score, id=name, session_id=session.id))
            right[name] = bool(chance.random() < 1 / (1 + np.exp(1.0 - 1.5 * np.log(score / (1 - score)))))
    boxes.append(Prediction(0.0, 0.25, "noise", 0.5, id="odd", session_id="s00"))
    add_prediction_set(workspace, "sea", *boxes, set_id="set", model="m")
    doctor.examine(workspace, repair=True)  # all of it is in the store
    return right


def judge(workspace: Workspace, waiting: Sequence[tuple[str, str]], truth: dict[str, bool]) -> None:
    """Judge predictions by the truth."""
    items = [Item(s, p, PredictionVerdict.YES if truth[p] else PredictionVerdict.NO) for s, p in waiting]
    verification.give_verdicts(workspace, round_id="sea", verdict_id=str(uuid.uuid4()), annotator="Ann", items=items)


def draw(workspace: Workspace, **fields: object) -> VerificationSample:
    fields = {"labels": ("call",), "per_stratum": 25, **fields}
    return samples.draw_predictions(workspace, PredictionDraw("sea", **fields), who="Ann")  # type: ignore[arg-type]


def list_findings(workspace: Workspace, **how: Any) -> list[str]:
    """List what the doctor finds, but that the recording has no file."""
    titles = [each.title for each in doctor.examine(workspace, **how).findings]
    return [each for each in titles if each != "recording is missing"]


def test_a_draw_is_made_once_and_kept_for_ever(workspace: Workspace, truth: dict[str, bool]) -> None:
    first = draw(workspace)
    assert draw(workspace) == first
    assert draw(workspace, seed=1).id != first.id
    assert [(each.label, each.low, each.high) for each in first.strata] == [
        ("call", band / 10, (band + 1) / 10) for band in range(10)
    ]
    assert first.size == len(truth) == sum(count for _, count in first.score_counts["call"])
    assert all(low <= score < high for each in first.strata for score in each.scores
               for low, high in [(each.low or 0, each.high or 1)])  # fmt: skip
    by_place = draw(workspace, by_site=True, by_day=True, band_width=0.5)
    assert {(each.site, each.day) for each in by_place.strata} == {("Bay", "2026-03-01")}
    listed = samples.list_samples(workspace, round_id="sea")
    assert (listed[0], listed[-1], len(listed)) == (by_place, first, 3)

    rows = dump(workspace)["verification_samples"]
    assert list_findings(workspace, contents=True) == []
    assert rebuild(workspace, replace=True).problems == ()
    assert dump(workspace)["verification_samples"] == rows
    (workspace.settings.data_dir / "store/rounds/sea/samples" / f"{first.id}.json").unlink()
    assert list_findings(workspace, repair=True) == ["verification sample without an object"]
    with workspace.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM verification_samples")
    assert list_findings(workspace, repair=True) == ["verification sample without a row"]
    assert dump(workspace)["verification_samples"] == rows


def test_verdicts_end_where_enough_is_known_and_give_a_threshold_that_holds(
    workspace: Workspace, truth: dict[str, bool]
) -> None:
    sample = draw(workspace, half_width=0.12)
    scores = {each.id: each.score or 0.0 for each in list_predictions(workspace, "sea")}
    state = judging.get_state(workspace, sample_id=sample.id)
    assert not state.judged
    assert len(state.waiting) == 250
    judge(workspace, state.waiting[:1], truth)
    assert judging.get_state(workspace, sample_id=sample.id).waiting == state.waiting[1:]  # the other strata first
    state = judging.get_state(workspace, sample_id=sample.id)
    assert judging.find_threshold(state, "call", precision=0.9).problem.startswith("1 judged")
    while state.waiting:
        judge(workspace, state.waiting[:80], truth)
        state = judging.get_state(workspace, sample_id=sample.id)
    assert state.judged < 250  # some strata were known before
    assert {each.why for each in state.strata} >= {"surely below"}
    for each in state.strata:
        assert each.precision is not None
        low, high = each.stratum.low or 0, each.stratum.high or 1
        inside = [right for name, right in truth.items() if low <= scores[name] < high]
        assert each.stratum.size == len(inside)
        assert each.precision.low - 0.1 <= np.mean(inside) <= each.precision.high + 0.1
        assert bool(each.more) != each.is_enough
    found = judging.find_threshold(state, "call", precision=0.8)
    assert found.threshold is not None
    assert found.precision is not None
    judged = {name for each in state.strata for name in each.stratum.ids[: each.judged]}
    above = [name for name in truth if scores[name] >= found.threshold.value]
    rest = [truth[name] for name in above if name not in judged]
    assert found.precision.low <= np.mean(rest) <= found.precision.high
    with pytest.raises(InvalidInput, match="imported, not found by a model run"):
        thresholds.keep_thresholds(workspace, state, precision=0.8)


def test_what_is_unsure_or_can_no_longer_be_judged_is_passed_over(workspace: Workspace, truth: dict[str, bool]) -> None:
    apart = (draw(workspace, band_width=1.0, per_stratum=5, seed=seed) for seed in range(99))
    sample = next(each for each in apart if len(set(each.strata[0].session_ids[:8])) == 8)
    (stratum,) = sample.strata
    (first, second, third, *_), ids = stratum.session_ids, stratum.ids
    waiting = judging.get_state(workspace, sample_id=sample.id).waiting
    assert waiting == tuple(zip(stratum.session_ids[:5], ids[:5], strict=True))
    unsure = [Item(first, ids[0], PredictionVerdict.UNSURE)]
    verification.give_verdicts(workspace, round_id="sea", verdict_id="u", annotator="Ann", items=unsure)
    submit(workspace, "sea", second)  # searched, no call: nothing is said of the prediction
    late = [Item(stratum.session_ids[4], ids[4], PredictionVerdict.YES)]
    verification.give_verdicts(workspace, round_id="sea", verdict_id="l", annotator="Ann", items=late)
    (state,) = judging.get_state(workspace, sample_id=sample.id).strata
    assert (state.unsure, state.left_out, state.judged) == (1, 1, 0)  # the late one waits for its turn
    assert state.waiting == tuple(place for place in range(len(ids)) if place not in (0, 1, 4))[:5]
    judge(workspace, [(third, ids[2]), (stratum.session_ids[3], ids[3])], truth)
    (state,) = judging.get_state(workspace, sample_id=sample.id).strata
    assert state.judged == 3
    # Another label is a wrong one; a name that changed is not.
    box = next(each for each in list_predictions(workspace, "sea", third) if each.id == ids[2])
    start_s = box.start_s % (600 / SESSIONS)
    submit(workspace, "sea", third, AnswerBox(start_s, start_s + 0.25, "noise", prediction_id=ids[2]))
    right = truth[ids[3]] + 1
    archive.rename_label(workspace, round_id="sea", old="call", new="cry", who="Ann")
    (state,) = judging.get_state(workspace, sample_id=sample.id).strata
    assert (state.judged, state.right) == (3, right)


@pytest.mark.usefixtures("truth")
def test_what_cannot_be_drawn_is_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="'x' has no predictions in round"):
        draw(workspace, model="x")
    with pytest.raises(InvalidInput, match="has not found the label whale"):
        draw(workspace, labels=("whale",))
    for fields in ({"per_stratum": 0}, {"band_width": 0.3}, {"wanted": 1.5}, {"half_width": 0.0}, {"seed": -1}):
        with pytest.raises(InvalidInput):
            draw(workspace, **fields)
    with pytest.raises(NotFound, match="no verification sample"):
        judging.get_state(workspace, sample_id="x")
