"""Model runs without a worker: what is looked at, what is found, what becomes of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.domain.piece import Piece
from podcast_core.domain.run import PieceFound, RunBox, RunEnd
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound, PodcastError
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.registry import versions
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds, session_views
from podcast_core.services.labels.matching import LabelChoice
from podcast_core.services.runs import applying, findings, model_runs, selection
from podcast_core.services.runs.model_runs import RunState
from podcast_core.services.runs.selection import Criteria, Sampling
from podcast_core.storage import predictions, runs
from podcast_core.storage.files import FileStore
from podcast_core.worker.runners import get_runners
from podcast_core.workspace import Workspace
from tests.building import add_recording, list_predictions, list_recordings, list_sessions, submit
from tests.conftest import SHARED_DATA
from tests.services.runs import CALLS, add_round, do_run, finish_run, write_calls
from tests.working import Running


@pytest.fixture
def sea(workspace: Workspace, tmp_path: Path) -> str:
    """A round with three sessions of 2 s."""
    return add_round(workspace, write_calls(tmp_path / "a.wav"))


def edges(found: list[tuple[Piece, RunBox]]) -> list[tuple[float, float]]:
    return [(round(box.start_s, 2), round(box.end_s, 2)) for _, box in found]


def test_a_run_finds_calls_session_by_session_and_knows_how_it_came_about(workspace: Workspace, sea: str) -> None:
    status = do_run(workspace, round_ids=[sea], who="Eve")
    assert (status.state, status.totals.pieces, status.totals.done, status.totals.failed) == (RunState.READY, 3, 3, 0)
    assert status.totals.done_s == status.totals.audio_s == pytest.approx(6.0)
    assert status.totals.device == "cpu"
    run = status.run
    assert run.threshold == 0.45  # the detector's own: 10 dB
    found, total = findings.list_boxes(workspace, run_id=run.id, threshold=0.6)
    wanted = [(0.5, 0.7), (1.9, 2.0), (2.0, 2.1), (4.25, 4.5)]  # cut at the ends of sessions
    assert [each for pair in edges(found) for each in pair] == pytest.approx(
        [each for pair in wanted for each in pair], abs=0.02
    )
    assert total == 4
    scored = findings.list_sessions(workspace, run_id=run.id, threshold=0.6)
    assert [each.name for each in scored] == [each.id for each in list_sessions(workspace, sea)]
    assert [(each.scored.count, each.scored.is_done) for each in scored] == [(2, True), (1, True), (1, True)]
    by_label = findings.count_scores(workspace, run_id=run.id)
    assert sum(by_label["call"]) == findings.list_boxes(workspace, run_id=run.id)[1]
    told = findings.describe_provenance(workspace, run_id=run.id)
    (recording,) = list_recordings(workspace)
    assert told["recordings"] == {recording.id: recording.sha256}
    assert (told["model"], told["version"], told["who"], len(told["pieces"])) == (ENERGY, 0, "Eve", 3)
    assert told["parameters"] == EnergyDetector().parameters()
    lines = findings.write_csv(workspace, run_id=run.id, threshold=0.6).decode().splitlines()
    assert lines[0] == "round,session,recording,channel,start_s,end_s,low_hz,high_hz,label,score"
    assert len(lines) == 5
    assert lines[1].startswith(f"sea,{scored[0].name},a.wav,1,0.")


def test_lower_scores_are_kept_so_that_the_threshold_can_be_moved(workspace: Workspace, sea: str) -> None:
    status = do_run(workspace, round_ids=[sea], threshold=0.65, floor=0.2)
    counts = [findings.list_boxes(workspace, run_id=status.run.id, threshold=limit)[1] for limit in (0, 0.2, 0.65)]
    assert counts[0] == counts[1] > counts[2] == 4
    with pytest.raises(InvalidInput, match="must be between 0.2 and 1"):
        applying.apply_run(workspace, run_id=status.run.id, round_id=sea, threshold=0.1)


def test_what_cannot_be_run_is_refused_before_anything_is_kept(workspace: Workspace, sea: str) -> None:
    cases: list[tuple[dict[str, Any], type[PodcastError], str]] = [
        ({"round_ids": [sea], "model": "none"}, NotFound, "no model 'none'"),
        ({"round_ids": ["none"]}, NotFound, "no round 'none'"),
        ({"recording_ids": ["none"]}, NotFound, "no recording 'none'"),
        ({}, InvalidInput, "one of the two"),
        ({"round_ids": [sea], "recording_ids": ["x"]}, InvalidInput, "one of the two"),
        ({"round_ids": [sea], "threshold": 0.1, "floor": 0.3}, InvalidInput, "must not be below"),
        ({"round_ids": [sea], "threshold": 1.5}, InvalidInput, "between 0 and 1"),
    ]
    for options, error, reason in cases:
        with pytest.raises(error, match=reason):
            model_runs.plan_run(workspace, **{"model": ENERGY, **options})
    rounds.add_round(workspace, name="bare", labels=["call"])
    with pytest.raises(InvalidInput, match="no audio"):
        model_runs.plan_run(workspace, model=ENERGY, round_ids=["bare"])
    assert workspace.files.list("runs") == []


@pytest.mark.usefixtures("sea")
def test_a_recording_is_looked_at_as_a_round_has_cut_it_or_else_minute_by_minute(workspace: Workspace) -> None:
    (recording,) = list_recordings(workspace)
    plan = model_runs.plan_run(workspace, model=ENERGY, recording_ids=[recording.id, recording.id])
    assert [(each.start_s, each.end_s) for each in plan.pieces] == [(0, 2), (2, 4), (4, 6)]
    other = add_recording(workspace, replace(recording, sha256="b" * 64, frame_count=8000 * 130, channel_count=2))
    plan = model_runs.plan_run(workspace, model=ENERGY, recording_ids=[other.id])
    assert [(each.channel, each.start_s, each.end_s) for each in plan.pieces] == [
        *((0, 0, 60), (0, 60, 130)),
        *((1, 0, 60), (1, 60, 130)),
    ]
    assert plan.run.recordings == {other.id: other.sha256}


def test_audio_in_two_rounds_is_looked_at_once(workspace: Workspace, sea: str, tmp_path: Path) -> None:
    again = add_round(workspace, tmp_path / "a.wav", name="again")
    assert len(model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea, again]).pieces) == 3


def test_what_cannot_be_read_is_named_and_stops_nothing_else(workspace: Workspace, sea: str, tmp_path: Path) -> None:
    gone = write_calls(tmp_path / "gone.wav", seconds=4.5)
    add_round(workspace, gone)
    gone.unlink()
    status = do_run(workspace, round_ids=[sea])
    assert (status.state, status.totals.done, status.totals.failed) == (RunState.READY, 3, 3)
    failed = [each for each in findings.list_sessions(workspace, run_id=status.run.id, threshold=0.5)][3:]
    assert all("gone.wav" in each.scored.error for each in failed)
    (tmp_path / "a.wav").unlink()
    plan = model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea])
    model_runs.add_run(workspace, plan)
    with pytest.raises(InvalidInput, match=r"Nothing could be looked at.*a\.wav"):
        finish_run(workspace, plan.run.id)
    assert model_runs.get_status(workspace, run_id=plan.run.id).state is RunState.STOPPED
    write_calls(tmp_path / "a.wav")
    assert finish_run(workspace, plan.run.id).state is RunState.READY


def test_a_run_becomes_predictions_once_and_a_later_version_takes_their_place(workspace: Workspace, sea: str) -> None:
    first = do_run(workspace, round_ids=[sea]).run
    applied = applying.apply_run(workspace, run_id=first.id, round_id=sea, threshold=0.6)
    assert (applied.predictions, applied.sessions, applied.is_new) == (4, 3, True)
    again = applying.apply_run(workspace, run_id=first.id, round_id=sea, threshold=0.6)
    assert again == replace(applied, is_new=False)
    view = session_views.get_view(workspace, round_id=sea, session_id=list_sessions(workspace, sea)[0].id)
    assert [(each.label, each.model) for each in view.predictions] == [("call", ENERGY)] * 2
    # The call over the border is one: both parts have its best score.
    other = session_views.get_view(workspace, round_id=sea, session_id=list_sessions(workspace, sea)[1].id)
    assert other.predictions[0].score == view.predictions[1].score
    lower = applying.apply_run(workspace, run_id=first.id, round_id=sea, threshold=0.2)
    assert lower.predictions > 4
    back = applying.apply_run(workspace, run_id=first.id, round_id=sea, threshold=0.6)
    assert (back.predictions, back.is_new) == (4, True)  # again what is shown
    with workspace.database.reading() as connection:
        assert len(predictions.list_predictions(connection, sea)) == 4
        assert len(predictions.list_prediction_sets(connection, sea)) == 3


def test_a_round_that_is_cut_in_another_way_gets_whole_calls_and_keeps_what_was_not_heard(
    workspace: Workspace, sea: str, tmp_path: Path
) -> None:
    from podcast_core.services.intake.ingest import ingest

    for name in ("a.wav", "b.wav"):
        path = tmp_path / name
        if not path.exists():
            write_calls(path, seconds=5.0)
        ingest(workspace, paths=[path], round_name="long", session_length_s=6.0, labels=["moan", "noise"])
    run = do_run(workspace, round_ids=["long"], threshold=0.6).run
    with pytest.raises(InvalidInput, match=r"1 label is not in the list of round 'long'.*: call \(6\)"):
        applying.apply_run(workspace, run_id=run.id, round_id="long")
    with pytest.raises(InvalidInput, match="has no label 'whistle'"):
        applying.apply_run(workspace, run_id=run.id, round_id="long", labels=LabelChoice({"call": "whistle"}))
    both = applying.apply_run(workspace, run_id=run.id, round_id="long", labels=LabelChoice({"call": "moan"}))
    assert both.predictions == 6
    pieces = do_run(workspace, round_ids=[sea], threshold=0.6).run
    assert [each.id for each in findings.list_targets(workspace, run_id=pieces.id)] == [sea, "long"]
    applied = applying.apply_run(workspace, run_id=pieces.id, round_id="long", labels=LabelChoice({"call": "noise"}))
    assert applied.sessions == 1
    shown = list_predictions(workspace, "long")
    in_a = [each for each in shown if each.label == "noise"]
    assert [(each.start_s, each.end_s) for each in in_a] == [pytest.approx(call, abs=0.02) for call in CALLS]
    assert [each.label for each in shown].count("moan") == 3  # b.wav, which the second run has not heard
    nothing = applying.apply_run(workspace, run_id=pieces.id, round_id="long", labels=LabelChoice({"call": ""}))
    assert nothing.predictions == 3


def test_runs_and_people_side_by_side(workspace: Workspace, sea: str) -> None:
    first, second = (do_run(workspace, round_ids=[sea], threshold=limit).run for limit in (0.5, 0.6))
    session_id = list_sessions(workspace, sea)[1].id
    boxes = (AnswerBox(0.5, 0.75, "call"),)
    submit(workspace, sea, session_id, *boxes)
    layers = findings.list_layers(workspace, round_id=sea, session_id=session_id)
    assert [each.run.id if each.run else "" for each in layers] == [second.id, first.id, ""]
    assert [(box.start_s, box.end_s) for box in layers[2].boxes] == [(0.5, 0.75)]
    assert [round(box.end_s, 1) for box in layers[0].boxes if box.score > 0.6] == [0.1]


def test_a_run_goes_on_only_with_the_model_that_it_began_with(workspace: Workspace, sea: str) -> None:
    detector = EnergyDetector("moan", threshold_db=12)
    made = versions.add_version(
        workspace.files,
        ModelVersion("mine", 1, "energy", ("moan",), utc_now(), parameters=detector.parameters()),
    )
    plan = model_runs.plan_run(workspace, model="mine", round_ids=[sea])
    model_runs.add_run(workspace, plan)
    key = "models/mine/0001/model.json"
    changed = {**json.loads(workspace.files.read(key)), "parameters": EnergyDetector("moan").parameters()}
    workspace.files.write(key, json.dumps(changed).encode())
    with pytest.raises(Conflict, match="not what it was"):
        finish_run(workspace, plan.run.id)
    workspace.files.write(key, versions.write_document(made))
    status = finish_run(workspace, plan.run.id)
    assert status.run.labels == ("moan",)
    # The round has one label, and so has the model; nobody has said that they mean the same.
    with pytest.raises(InvalidInput, match="moan"):
        applying.apply_run(workspace, run_id=status.run.id, round_id=sea)


def test_a_run_looks_its_model_up_once(workspace: Workspace, sea: str, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = EnergyDetector("moan", threshold_db=12)
    made = ModelVersion("mine", 1, "energy", ("moan",), utc_now(), parameters=detector.parameters())
    versions.add_version(workspace.files, made)
    plan = model_runs.plan_run(workspace, model="mine", round_ids=[sea])
    model_runs.add_run(workspace, plan)
    keys: list[str] = []
    read = type(workspace.files).read

    def count(files: FileStore, key: str) -> bytes:
        keys.append(key)
        return read(files, key)

    monkeypatch.setattr(type(workspace.files), "read", count)
    assert finish_run(workspace, plan.run.id).totals.done == 3
    assert [key for key in keys if key.startswith("models/")] == ["models/mine/0001/model.json"]


@pytest.mark.parametrize("session_length_s", [2.0, 1.5])
def test_scores_of_sessions_are_those_of_the_calls_in_them(
    workspace: Workspace, sea: str, tmp_path: Path, session_length_s: float
) -> None:
    plan = model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea])  # three pieces of 2 s
    model_runs.add_run(workspace, plan)
    run_id = plan.run.id
    calls = [
        (RunBox(0.5, 0.7, "call", 0.4), RunBox(1.9, 2.0, "call", 0.5)),
        (RunBox(2.0, 2.1, "call", 0.3), RunBox(2.5, 2.7, "call", 0.2)),  # the first one began in the piece before
        (),
    ]
    with workspace.database.writing() as connection:
        for position, boxes in enumerate(calls):
            runs.add_all_found(connection, [PieceFound(run_id, position, 0.1, "cpu", boxes)])
        runs.end_run(connection, RunEnd(run_id, utc_now()))
    found = findings.read_scores(workspace, run_id=run_id, round_id=sea)
    assert [(each.score, each.prediction_count) for each in found] == [(0.5, 2), (0.5, 2), (None, 0)]
    ingest(workspace, paths=[tmp_path / "a.wav"], round_name="other", session_length_s=session_length_s)
    placed = findings.place_boxes(workspace, run_id=run_id, round_id="other", threshold=0.0)
    found = findings.read_scores(workspace, run_id=run_id, round_id="other")
    assert {each.session.id: (each.score, each.prediction_count) for each in found} == {
        name: (max((box.score for box in boxes), default=None), len(boxes)) for name, boxes in placed.items()
    }


def test_a_device_is_asked_for_and_one_that_is_not_here_is_told(workspace: Workspace, sea: str) -> None:
    versions.add_version(workspace.files, ModelVersion("net", 1, "tcn", ("moan",), utc_now()), b"weights")
    plan = model_runs.plan_run(workspace, model="net", round_ids=[sea])
    with pytest.raises(InvalidInput, match="found 'gpu'"):
        model_runs.start_run(workspace, plan, device="gpu")
    assert model_runs.list_status(workspace) == []
    job_id = model_runs.name_first_job(model_runs.start_run(workspace, plan, device="cuda:77"))
    params = queue.get_job(workspace, job_id=job_id).params
    with pytest.raises(ModelUnavailable, match="The device that was asked for is 'cuda:77', which is not here"):
        get_runners()["run"](workspace, params, Running())
    queue.cancel_job(workspace, job_id=job_id)
    job_id = model_runs.continue_run(workspace, run_id=plan.run.id)
    assert queue.get_job(workspace, job_id=job_id).params == params
    queue.cancel_job(workspace, job_id=job_id)
    job_id = model_runs.continue_run(workspace, run_id=plan.run.id, device="")
    assert queue.get_job(workspace, job_id=job_id).params == {"run_id": plan.run.id}


def test_half_a_run_is_of_no_use(workspace: Workspace, sea: str) -> None:
    plan = model_runs.plan_run(workspace, model=ENERGY, round_ids=[sea])
    model_runs.add_run(workspace, plan)
    with pytest.raises(Conflict, match="not ready"):
        applying.apply_run(workspace, run_id=plan.run.id, round_id=sea)
    with pytest.raises(NotFound, match="no model run 'none'"):
        model_runs.get_status(workspace, run_id="none")


def test_candidates_for_the_next_round_come_from_a_run(workspace: Workspace, tmp_path: Path) -> None:
    sea = add_round(workspace, write_calls(tmp_path / "a.wav", ((0.5, 0.7), (6.5, 6.8)), seconds=10.0))
    run = do_run(workspace, round_ids=[sea], threshold=0.6).run
    quiet = Criteria(high=0.6, low=0.5)
    scores = selection.read_scores(workspace, round_id=sea, run_id=run.id)
    assert [each.score is not None and each.score >= 0.6 for each in scores] == [True, False, False, True, False]
    rounds.add_round(workspace, name="other", labels=["moan", "noise"])
    with pytest.raises(InvalidInput, match="1 label is not in the list of round 'other'"):
        selection.select_sessions(workspace, round_id=sea, target_name="other", run_id=run.id)
    report = selection.select_sessions(
        workspace, round_id=sea, target_name="next", run_id=run.id, criteria=quiet, sampling=Sampling(0.3, 0)
    )
    assert {str(pool): each.chosen_sessions for pool, each in report.totals.items()} == {
        "candidate": 2,
        "negative": 1,  # of three: the run has heard them, so no call means that there is none
        "unreviewed": 0,
    }
    shown = list_predictions(workspace, "next")
    assert list_predictions(workspace, sea) == []
    assert [(each.model, each.label, each.score is not None and each.score > 0.6) for each in shown] == [
        (ENERGY, "call", True)
    ] * 2
    again = selection.select_sessions(
        workspace, round_id=sea, target_name="next", run_id=run.id, criteria=quiet, sampling=Sampling(0.3, 0)
    )
    assert (again.id, again.added) == (report.id, 0)
    stored = json.loads(workspace.files.read(f"rounds/next/selections/{report.id}.json"))
    assert (stored["run"], stored["model"]) == (run.id, ENERGY)


def test_real_meerkats_are_found_as_in_one_piece(workspace: Workspace) -> None:
    path = SHARED_DATA / "meerkat" / "ZIP040_2022_ML_01.wav"
    if not path.exists():
        pytest.skip("the shared recordings are not here")
    from podcast_core.ml.running import run_detector
    from podcast_core.services.intake.ingest import ingest

    ingest(workspace, paths=[path], round_name="meerkat", session_length_s=4.0)
    run = do_run(workspace, round_ids=["meerkat"], threshold=0.5).run
    applying.apply_run(workspace, run_id=run.id, round_id="meerkat")
    (recording,) = list_recordings(workspace)
    shown = list_predictions(workspace, "meerkat")
    whole = run_detector(
        EnergyDetector(),
        str(path),
        channel=0,
        sample_rate_hz=recording.sample_rate_hz,
        end_s=recording.duration_s,
        threshold=0.5,
    )
    wanted = [call for _, calls in whole for call in calls]
    starts = {round(each.start_s, 4) for each in shown}
    assert len(wanted) > 20
    assert {round(call.start_s, 4) for call in wanted} <= starts
    assert len(starts) - len(wanted) <= 12  # calls over the ends of sessions are two
