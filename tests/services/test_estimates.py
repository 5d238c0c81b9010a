"""Estimates for a whole round come from the sessions that were drawn at random, and from nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.registry import versions
from podcast_core.services.labels import session_views
from podcast_core.services.learning import estimates
from podcast_core.services.learning.estimates import Estimates
from podcast_core.services.learning.pieces import read_rounds
from podcast_core.services.runs import suggesting
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.services.runs import add_round, do_run, list_drawn, write_calls

SESSIONS = 55  # of 2 s; 11 are drawn
CALLS = tuple((2.0 * number + 0.5, 2.0 * number + 0.7) for number in range(0, SESSIONS, 2))


@pytest.fixture
def bank(workspace: Workspace, tmp_path: Path) -> str:
    """A round with a call in every other session, heard by the energy detector."""
    round_id = add_round(workspace, write_calls(tmp_path / "a.wav", CALLS, 2.0 * SESSIONS))
    do_run(workspace, round_ids=[round_id], model=ENERGY)
    return round_id


def answer(workspace: Workspace, round_id: str, session_id: str, *boxes: AnswerBox) -> None:
    submit(workspace, round_id, session_id, *boxes, submission_id=f"s-{session_id}")


def answer_truly(workspace: Workspace, round_id: str, session_ids: list[str]) -> int:
    """Answer sessions as they are; returns how many have a call."""
    with_calls = 0
    for session_id in session_ids:
        session = session_views.get_view(workspace, round_id=round_id, session_id=session_id).session
        inside = [call for call in CALLS if session.start_s <= call[0] < session.end_s]
        boxes = [AnswerBox(start_s - session.start_s, end_s - session.start_s, "call") for start_s, end_s in inside]
        answer(workspace, round_id, session_id, *boxes)
        with_calls += bool(boxes)
    return with_calls


def get(workspace: Workspace, round_id: str) -> Estimates:
    found = estimates.get_estimates(workspace, round_id=round_id)
    assert found is not None
    return found


def test_only_drawn_sessions_count(workspace: Workspace, bank: str) -> None:
    drawn = list_drawn(workspace, round_id=bank)
    assert len(drawn) == 11
    found = get(workspace, bank)
    assert (found.drawn, found.answered, found.missing, found.is_enough) == (11, 0, 10, False)
    assert found.with_calls is found.per_hour is found.sessions.f1 is None

    with_calls = answer_truly(workspace, bank, drawn)
    found = get(workspace, bank)
    assert (found.answered, found.judged, found.missing, found.is_enough) == (11, 11, 0, True)
    assert found.with_calls is not None
    assert found.per_hour is not None
    assert found.with_calls.value == pytest.approx(with_calls / 11)
    assert found.with_calls.low < 28 / 55 < found.with_calls.high
    assert found.per_hour.low < 28 / 110 * 3600 < found.per_hour.high
    assert found.calls.f1 is not None
    assert found.calls.f1.value > 0.9
    assert found.calls.f1.low < 0.9  # so few sessions cannot tell more
    rows = estimates.list_numbers(found)
    assert {"what": "sessions with calls (share)", "value": with_calls / 11} == {
        name: rows[0][name] for name in ("what", "value")
    }

    others = [each for each in labelled_in_order(workspace, bank) if each not in drawn]
    for session_id in others[:8]:
        answer(workspace, bank, session_id, AnswerBox(0.1, 1.9, "call"), AnswerBox(1.0, 1.2, "call"))
    assert get(workspace, bank) == found


def labelled_in_order(workspace: Workspace, round_id: str) -> list[str]:
    suggested = suggesting.get_suggestion(workspace, round_id=round_id)
    assert suggested is not None
    return [each.session_id for each in suggested.places]


def test_misses_and_false_alarms_of_the_run_are_seen(workspace: Workspace, bank: str) -> None:
    drawn = list_drawn(workspace, round_id=bank)
    for session_id in drawn[:10]:
        answer(workspace, bank, session_id, AnswerBox(1.2, 1.4, "call"))  # where the run found nothing
    found = get(workspace, bank)
    assert found.with_calls is not None
    assert found.with_calls.value == 1
    for quality in (found.calls, found.any_label):
        assert quality.recall is not None
        assert (quality.recall.value, quality.recall.low) == (0, 0)
        assert quality.recall.high < 0.3
        assert quality.precision is not None
        assert quality.precision.value == 0
    assert found.sessions.precision is not None
    assert found.sessions.precision.value == 1


def test_what_the_model_has_learnt_from_does_not_tell_how_good_it_is(workspace: Workspace, bank: str) -> None:
    drawn = list_drawn(workspace, round_id=bank)
    answer_truly(workspace, bank, drawn)
    pieces, _ = read_rounds(workspace, [bank])
    learnt = [replace(each, split="train").describe() for each in pieces if each.session.id in drawn[:4]]
    version = ModelVersion(
        "frogs",
        1,
        "energy",
        ("call",),
        utc_now(),
        parameters=EnergyDetector().parameters(),
        training={"sessions": learnt},
    )
    versions.add_version(workspace.files, version, b"")
    do_run(workspace, round_ids=[bank], model="frogs")
    found = get(workspace, bank)
    assert (found.model_id, found.drawn, found.answered, found.judged) == ("frogs/1", 11, 11, 7)


def test_without_a_run_there_is_nothing_to_say(workspace: Workspace, tmp_path: Path) -> None:
    round_id = add_round(workspace, write_calls(tmp_path / "a.wav"))
    assert estimates.get_estimates(workspace, round_id=round_id) is None
    do_run(workspace, round_ids=[round_id])
    assert get(workspace, round_id).missing == 1
    with pytest.raises(NotFound):
        estimates.get_estimates(workspace, round_id="nowhere")
