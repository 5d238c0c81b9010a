"""Somebody annotated a part; a model that learnt from it fills in the rest, and touches nothing that people made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.box import Stretch
from podcast_core.domain.prediction import Prediction
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.interfaces import Found
from podcast_core.services.intake import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.learning import fill_in
from podcast_core.services.learning.fill_in import FillIn, is_free
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.building import list_predictions, list_sessions, make_sound, write_sound
from tests.working import Running

RATE = 16_000
CALLS_S = [0.4, 1.3, 2.1, 3.2, 4.4, 5.1, 6.3, 7.2, 8.5, 9.3]
LENGTH_S = 0.25


@pytest.fixture
def calling(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A round *calls* with a recording of 10 s in two sessions: a tone of 3 kHz every second or so in noise."""
    spans = [(start_s, start_s + LENGTH_S) for start_s in CALLS_S]
    samples = make_sound(10, spans, call_hz=3000, call_level=0.1, noise_level=0.002, rate_hz=RATE, seed=4)
    write_sound(tmp_path / "calls.wav", samples, RATE)
    ingest.ingest(workspace, paths=[tmp_path / "calls.wav"], round_name="calls", session_length_s=5, labels=["call"])
    return workspace


def boxes_of(times_s: list[float], **fields: Any) -> tuple[AnswerBox, ...]:
    return tuple(AnswerBox(start_s=each, end_s=each + LENGTH_S, label="call", **fields) for each in times_s)


def list_found(workspace: Workspace, session_id: str) -> list[Prediction]:
    return list_predictions(workspace, "calls", session_id)


def test_calls_outside_of_what_is_annotated_become_predictions(
    calling: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill_in, "BUDGET_S", 4.0)
    first, second = (each.id for each in list_sessions(calling, "calls"))
    # Three calls are annotated; the fourth is drawn by somebody though its part is not annotated: it stays alone.
    boxes = boxes_of([0.4, 1.3, 2.1, 3.2], low_hz=2500.0, high_hz=3500.0)
    request = FillIn("calls", first, (Stretch(0.0, 2.8),), boxes, whole_recording=True)
    job_id = fill_in.add_fill_in(calling, request, who="Ann")
    result = get_runners()["fill"](calling, queue.get_job(calling, job_id=job_id).params, Running())
    assert get_kinds()["fill"].summary(result) == "6 calls filled in, in 2 sessions."
    here, there = list_found(calling, first), list_found(calling, second)
    assert [each.start_s for each in here] == pytest.approx([4.4], abs=0.03)
    assert [each.start_s for each in there] == pytest.approx(CALLS_S[5:], abs=0.03)
    assert [each.end_s - each.start_s for each in (*here, *there)] == pytest.approx([LENGTH_S] * 6, abs=0.04)
    assert {(each.label, each.low_hz, each.high_hz) for each in (*here, *there)} == {("call", 2500.0, 3500.0)}
    assert all(each.score is not None and 0 < each.score <= 1 for each in here)
    with pytest.raises(NotFound):
        fill_in.check_job(calling, round_id="calls", session_id=second, job_id=job_id)


def test_a_later_fill_in_replaces_only_what_it_has_heard_again(
    calling: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill_in, "BUDGET_S", 4.0)
    first, second = (each.id for each in list_sessions(calling, "calls"))

    def fill(session_id: str, times_s: list[float], *, whole_recording: bool) -> str:
        request = FillIn("calls", session_id, (Stretch(0.0, 2.8),), boxes_of(times_s), whole_recording)
        job_id = fill_in.add_fill_in(calling, request)
        return str(get_runners()["fill"](calling, queue.get_job(calling, job_id=job_id).params, Running())["set_id"])

    fill(first, CALLS_S[:3], whole_recording=True)
    before = list_found(calling, second)
    assert len(before) >= 3
    monkeypatch.setattr(fill_in, "BUDGET_S", 0.2)  # what is found from now on does not matter
    again = fill(first, CALLS_S[:3], whole_recording=False)
    kept = list_found(calling, second)
    assert [replace(each, id="copy") for each in kept] == [replace(each, id="copy") for each in before]
    assert all(each.id.startswith(f"{again}-") for each in (*kept, *list_found(calling, first)))

    from_second = fill(second, [each - 5 for each in CALLS_S[5:8]], whole_recording=True)
    shown = [*list_found(calling, first), *list_found(calling, second)]
    assert all(each.id.startswith(f"{from_second}-") for each in shown)


@pytest.mark.parametrize(
    ("areas", "boxes", "says"),
    [
        ([], boxes_of([0.4]), "at least one area"),
        ([(0.0, 1.0)], (), "contain no boxes to learn from"),
        ([(0.0, 1.0)], boxes_of([2.1]), "contain no boxes to learn from"),
        ([(0.0, 9.0)], boxes_of([0.4]), "lies within the session"),
        ([(2.0, 1.0)], boxes_of([0.4]), "lies within the session"),
        ([(0.0, 5.0)], boxes_of([0.4]), "nothing is left"),
        ([(0.0, 3.0), (2.0, 5.0)], boxes_of([0.4]), "nothing is left"),
        ([(0.0, 1.0)], boxes_of([4.9]), "A box must lie within"),
        ([(0.0, 1.0)], (AnswerBox(0.4, 0.6, "song"),), "not in the round's list"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(
    calling: Workspace, areas: list[tuple[float, float]], boxes: tuple[AnswerBox, ...], says: str
) -> None:
    first = list_sessions(calling, "calls")[0].id
    with pytest.raises(InvalidInput, match=says):
        fill_in.add_fill_in(calling, FillIn("calls", first, tuple(Stretch(*each) for each in areas), boxes))
    assert not queue.list_jobs(calling)


def test_areas_and_boxes_belong_to_people() -> None:
    areas = [Stretch(1.0, 2.0)]
    boxes = [AnswerBox(3.0, 4.0, "a")]

    def free(start_s: float, end_s: float, label: str) -> bool:
        return is_free(Found(start_s, end_s, label), areas, boxes)

    assert free(0.2, 1.0, "a")
    assert not free(0.2, 1.01, "a")
    assert not free(3.9, 5.0, "a")
    assert free(3.9, 5.0, "b")  # another label, and hardly the same sound
    assert not free(3.1, 4.1, "b")
