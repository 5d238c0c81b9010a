"""What is kept of model runs is what plain Python finds in their pieces and calls."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from podcast_core.domain.piece import Piece
from podcast_core.domain.run import ModelRun, PieceFound, RunBox, RunEnd, RunPlan, RunTotals
from podcast_core.services.runs import findings, run_view
from podcast_core.services.store.doctor import examine
from podcast_core.storage import deriving, run_lists, run_sums, runs
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCORES = (0.07, 0.28, 0.29, 0.57, 0.58, 0.3333, 0.290001, 1.0, 0.1, 0.0)  # 0.29 * 100 is less than 29
THRESHOLDS = (0.0, 0.07, 0.28, 0.29, 0.2900005, 0.33, 0.3333, 0.57, 0.58, 0.995, 1.0)


@pytest.fixture
def found(workspace: Workspace) -> dict[int, PieceFound]:
    """A run over two recordings, of which the first has a known time; a third of it is not done, and one has failed."""
    chance = random.Random(4)
    known = [
        make_recording(f"/nowhere/{digit}.wav", 5 * 3600, digits=digit, started_at=began)
        for digit, began in (("a", NOW + timedelta(minutes=30)), ("b", None))
    ]
    for each in known:
        add_recording(workspace, each)
    pieces = tuple(Piece(600.0 * number, 600.0 * number + 600, each.id, 0) for each in known for number in range(30))
    run = ModelRun("run", "net", 1, "energy", "", {}, ("call", "song"), 0.0, 0.5, (), {}, "Ann", created_at=NOW)
    done = {}
    for position, piece in enumerate(pieces):
        if position % 3:
            boxes = tuple(
                RunBox(piece.start_s + number, piece.start_s + number + 0.5, chance.choice(run.labels), score)
                for number, score in enumerate(chance.sample(SCORES, chance.randrange(4)))
            )
            done[position] = PieceFound("run", position, 0.25, "cpu", boxes)
    with workspace.database.writing() as connection:
        runs.add_run(connection, RunPlan(run, pieces))
        runs.add_all_found(connection, list(done.values()))
        runs.add_all_found(connection, [done[1]])  # again, which changes nothing
        runs.end_run(connection, RunEnd("run", NOW, {0: "gone"}))
    return done


def test_the_sums_of_a_run_are_those_of_its_pieces(workspace: Workspace, found: dict[int, PieceFound]) -> None:
    boxes = [box for each in found.values() for box in each.boxes]
    with workspace.database.reading() as connection:
        totals = run_sums.count_runs(connection, ["run", "none"])
        assert totals == {"run": RunTotals(60, 40, 1, 36_000.0, 24_000.0, 10.0, "cpu"), "none": RunTotals()}
        for threshold in THRESHOLDS:
            calls = [box for box in boxes if box.score >= threshold]
            assert run_sums.count_calls(connection, "run", threshold) == len(calls)
            with_calls = [each for each in found.values() if any(box.score >= threshold for box in each.boxes)]
            assert run_sums.count_with_calls(connection, "run", threshold) == len(with_calls)
        assert run_sums.count_labels(connection, "run", 0.57) == Counter(b.label for b in boxes if b.score >= 0.57)
        in_bins = run_sums.count_scores(connection, "run", 50)
        assert {label: sum(counts) for label, counts in in_bins.items()} == Counter(box.label for box in boxes)
        assert sum(counts[14] for counts in in_bins.values()) == sum(0.28 <= box.score < 0.3 for box in boxes)
        assert deriving.find_differences(connection) == []
    with workspace.database.writing() as connection:
        connection.execute(text("UPDATE tallies SET count = count + 1 WHERE measure = 'run calls'"))
        assert deriving.find_differences(connection) == ["run"]
        deriving.remake(connection)
        assert deriving.find_differences(connection) == []
        assert run_sums.count_runs(connection, ["run"])["run"] == totals["run"]


@pytest.mark.parametrize("wrong", ["negative_best - 0.01", "NULL", "-0.5"])
def test_a_piece_with_another_best_score_than_its_calls_is_found_and_mended(
    workspace: Workspace, found: dict[int, PieceFound], wrong: str
) -> None:
    best = {each.position: max((box.score for box in each.boxes), default=None) for each in found.values()}
    position = next(at for at, score in best.items() if (score is None) == (wrong == "-0.5"))
    with workspace.database.writing() as connection:
        before = connection.execute(text("SELECT position, negative_best FROM run_pieces ORDER BY position")).all()
        connection.execute(text(f"UPDATE run_pieces SET negative_best = {wrong} WHERE position = {position}"))
        assert deriving.find_differences(connection) == ["run"]
    diagnosis = examine(workspace, repair=True)
    assert any(each.title == "round has wrong counts" for each in diagnosis.findings)
    with workspace.database.reading() as connection:
        assert deriving.find_differences(connection) == []
        after = connection.execute(text("SELECT position, negative_best FROM run_pieces ORDER BY position")).all()
    assert after == before


def test_the_pieces_of_a_run_are_listed_by_score_and_time(workspace: Workspace, found: dict[int, PieceFound]) -> None:
    best = {position: max((box.score for box in each.boxes), default=None) for position, each in found.items()}
    wanted = sorted(range(60), key=lambda each: (best.get(each) is None, -(best.get(each) or 0), each))
    everything = findings.list_sessions(workspace, run_id="run", threshold=0.3)
    by_position = {each.scored.position: each for each in everything}
    assert [each.scored.position for each in everything] == list(range(60))
    assert {each: scored.scored.score for each, scored in by_position.items()} == {n: best.get(n) for n in range(60)}
    for limit in (1, 7, 100):
        listed = run_view.list_best(workspace, run_id="run", threshold=0.3, limit=limit)
        assert listed == [by_position[each] for each in wanted[:limit]]
    with workspace.database.reading() as connection:
        for before, here, after in zip([None, *wanted], wanted, [*wanted[1:], None], strict=False):
            assert run_lists.find_beside(connection, "run", here) == (before, after)
    part = findings.list_sessions(workspace, run_id="run", threshold=0.3, limit=7, offset=10)
    assert part == everything[10:17]
    assert run_view.find_session(workspace, run_id="run", position=9, threshold=0.3) == everything[9]
    assert run_view.find_session(workspace, run_id="run", position=60, threshold=0.3) is None
    windows = run_view.list_windows(workspace, run_id="run")
    assert [each.title for each in windows] == [
        "1 Jan 2026, 00:00 to 03:00 UTC",
        "1 Jan 2026, 03:00 to 06:00 UTC",
        "sessions without a known time, one after the other",
    ]
    inside = [run_view.list_in_window(workspace, run_id="run", threshold=0.3, window=each) for each in windows]
    assert [each for _, each in (*inside[0], *inside[1], *inside[2])] == everything
    assert [len(each) for each in inside] == [15, 15, 30]
    assert inside[1][0][0] == NOW + timedelta(hours=3)
    assert [moment.hour for moment, _ in inside[2]][::6] == [0, 1, 2, 3, 4]
