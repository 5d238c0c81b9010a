import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podcast_core.domain.pool import Pool
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.services.labels import rounds
from podcast_core.services.runs import selection
from podcast_core.services.runs.selection import Criteria, Sampling, SelectionReport, select_sessions
from podcast_core.services.store import doctor, records
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump, open_beside
from tests.building import (
    add_prediction_set,
    add_recording,
    add_sessions,
    list_predictions,
    list_sessions,
    make_recording,
    make_sessions,
    submit,
)

START = datetime(2021, 7, 17, tzinfo=UTC)
SCORES = [0.9, 0.15, 0.01, None, 0.2, *([0.05] * 20), *([None] * 20)]


@pytest.fixture
def hours(workspace: Workspace) -> Workspace:
    """Round ``hours``: 45 sessions of a minute in one recording, with a model's best scores as above."""
    rounds.add_round(workspace, name="hours", labels=["call", "click"], instructions="Listen.")
    add_hours(workspace, "hours", "a")
    return workspace


def add_hours(workspace: Workspace, round_id: str, digit: str, *, model: str = "net", name: str = "sea") -> None:
    count = len(SCORES)
    recording = make_recording(f"/nowhere/{digit}/{name}.wav", 60 * count, digits=digit, started_at=START)
    made = make_sessions(recording, round_id, name + "_{:04x}", count)
    add_recording(workspace, recording, made)
    boxes = []
    for number, score in enumerate(SCORES):
        for part in range(0 if score is None else 3):
            start_s = 60.0 * number + 10 * part
            box_id = f"{digit}-{number}-{part}"
            score_of = 0.0 if part else score
            boxes.append(Prediction(start_s, start_s + 2, "call", score_of, id=box_id, session_id=made[number].id))
    add_prediction_set(workspace, round_id, *boxes, set_id=f"set-{digit}-{model}", model=model)


def run(workspace: Workspace, target: str = "label me", **options: object) -> SelectionReport:
    return select_sessions(workspace, round_id="hours", target_name=target, **options)  # type: ignore[arg-type]


def read(workspace: Workspace, round_id: str = "label_me") -> tuple[list[Session], list[Prediction]]:
    return list_sessions(workspace, round_id), list_predictions(workspace, round_id)


def test_all_candidates_and_a_sample_of_everything_else_become_a_round(hours: Workspace) -> None:
    report = run(hours)
    made, boxes = read(hours)
    counts = {pool: (each.sessions, each.chosen_sessions) for pool, each in report.totals.items()}
    assert counts == {Pool.CANDIDATE: (2, 2), Pool.NEGATIVE: (21, 1), Pool.UNREVIEWED: (22, 2)}
    assert (report.added, report.known, len(made)) == (5, 0, 5)
    assert {"sea_0000", "sea_0004"} <= {each.id for each in made}
    assert [each.start_s for each in made] == sorted(each.start_s for each in made)
    assert len(boxes) == 3 * sum(SCORES[int(each.id[-4:], 16)] is not None for each in made)
    assert {each.model for each in boxes} == {"net"}
    assert rounds.get_round(hours, round_id="label_me").instructions == "Listen."


def test_the_selection_is_kept_with_the_pool_and_reason_of_every_session(hours: Workspace) -> None:
    submit(hours, "hours", "sea_0002")
    report = run(hours)
    (key,) = hours.files.list("rounds/label_me/selections")
    stored = json.loads(hours.files.read(key))
    assert key.endswith(f"{report.id}.json")
    assert stored["kind"] == "selection"
    assert len(stored["sessions"]) == len(SCORES)
    assert sum(each["seconds"] for each in stored["pools"].values()) == 60 * len(SCORES)
    assert stored["pools"]["negative"]["outcomes"] == {"empty": 1, "unreviewed": 20}
    reasons = {each["id"]: each["why"] for each in stored["sessions"]}
    assert reasons["sea_0000"] == "best score 0.90, at least 0.20; chosen: all of them are"
    assert reasons["sea_0001"].startswith("best score 0.15, between 0.09 and 0.20")
    assert reasons["sea_0003"].startswith("no prediction: whether the model has looked is not known")
    assert rounds.count_standings(hours, round_id="hours")["empty"] == 1  # what was verified stays in its round


def test_the_same_selection_again_changes_nothing(hours: Workspace) -> None:
    first = run(hours)
    before, keys = read(hours), hours.files.list("rounds/label_me")
    again = run(hours)
    assert (again.id, again.added, again.known) == (first.id, 0, 5)
    assert (read(hours), hours.files.list("rounds/label_me")) == (before, keys)


@pytest.mark.parametrize("name", ["save_sessions", "save_prediction_set"])
def test_a_selection_that_was_cut_off_is_completed(
    hours: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_: object) -> None:
        raise StorageUnavailable("killed")

    with monkeypatch.context() as patch:
        patch.setattr(records, name, fail)
        with pytest.raises(StorageUnavailable):
            run(hours)
    assert read(hours) == ([], [])
    assert run(hours).added == 5
    assert len(read(hours)[0]) == 5
    assert len(hours.files.list("rounds/label_me/selections")) == 1


def test_more_can_be_selected_into_the_same_round_without_a_double(hours: Workspace) -> None:
    run(hours)
    before, boxes = read(hours)
    wider = run(hours, sampling=Sampling(1.0, 1.0))
    assert (wider.added, wider.known) == (len(SCORES) - 5, 5)
    after, all_boxes = read(hours)
    assert after[:5] == before
    assert len({each.start_s for each in after}) == len(after) == len(SCORES)
    spans = {(each.session_id, each.start_s, each.score) for each in boxes}
    assert spans <= {(each.session_id, each.start_s, each.score) for each in all_boxes}
    assert len(all_boxes) == 3 * sum(score is not None for score in SCORES)


def test_a_second_source_keeps_what_the_first_one_brought(hours: Workspace) -> None:
    run(hours)
    before = read(hours)
    rounds.add_round(hours, name="more", labels=["call"])
    add_hours(hours, "more", "b")
    select_sessions(hours, round_id="more", target_name="label me")
    made, boxes = read(hours)
    assert len(made) == len({each.id for each in made}) == 10
    assert any(each.id.startswith("sea_0000-bbbbbb") for each in made)
    assert {(each.session_id, each.start_s) for each in before[1]} < {(each.session_id, each.start_s) for each in boxes}


def test_only_a_window_of_time_can_be_chosen_from(hours: Workspace) -> None:
    window = Criteria(from_at=START + timedelta(minutes=1), to_at=START + timedelta(minutes=4))
    report = run(hours, criteria=window, sampling=Sampling(1.0, 1.0))
    assert [each.id for each in read(hours)[0]] == ["sea_0001", "sea_0002", "sea_0003"]
    assert report.without_time == len(SCORES) - 3


def test_the_same_audio_with_other_boundaries_is_refused(hours: Workspace) -> None:
    rounds.add_round(hours, name="other", labels=["call"])
    add_sessions(hours, Session(30.0, 90.0, "a" * 16, 0, round_id="other", id="x"))
    with pytest.raises(Conflict, match="with other boundaries"):
        run(hours, "other")
    assert [each.id for each in read(hours, "other")[0]] == ["x"]


def test_what_cannot_be_selected_is_explained(hours: Workspace) -> None:
    with pytest.raises(NotFound, match="no predictions of model 'nobody'; it has net"):
        run(hours, model="nobody")
    with pytest.raises(InvalidInput, match="another round"):
        run(hours, "hours")
    with pytest.raises(InvalidInput, match="Name the round"):
        run(hours, " ")
    rounds.add_round(hours, name="dogs", labels=["bark"])
    with pytest.raises(InvalidInput, match=r"1 label is not in the list of round 'dogs'.*: call \(9\)"):
        run(hours, "dogs")


def test_a_box_without_a_score_counts_as_the_models_yes(hours: Workspace) -> None:
    box = Prediction(185.0, 186.0, "call", id="bare", session_id="sea_0003")
    add_prediction_set(hours, "hours", box, set_id="bare", model="yes-sayer", created_at=START)
    scored = selection.read_scores(hours, round_id="hours", model="yes-sayer")
    assert [each.session.id for each in scored if each.score == 1.0] == ["sea_0003"]
    assert sum(each.score is None for each in scored) == len(SCORES) - 1


def test_a_database_made_anew_has_what_was_selected(
    hours: Workspace, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    doctor.examine(hours, repair=True)  # the hours came without objects
    run(hours)
    run(hours, sampling=Sampling(0.2, 0.5))
    with open_beside(hours, request, tmp_path / "new") as new:
        assert rebuild(new).problems == ()
        assert dump(new) == dump(hours)
    assert [each.title for each in doctor.examine(hours, contents=True).findings] == ["recording is missing"]
