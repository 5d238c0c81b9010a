"""What PostgreSQL does for one answer in a large round: how it plans, and what it writes for a sum that changes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from podcast_core.domain.piece import Piece
from podcast_core.domain.run import ModelRun, PieceFound, RunPlan
from podcast_core.services.labels import rounds
from podcast_core.settings import Settings
from podcast_core.storage import deriving, runs
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, opened
from tests.postgres import PostgresServer
from tests.scale.plans import find_seq_scans
from tests.scale.work import Statement

pytestmark = pytest.mark.postgresql
NOW = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 4_000  # of which PostgreSQL, asked for a hundred, rather reads all
FILLED = {"sessions", "submissions", "annotations", "predictions"}
FILLED |= {"session_states", "session_boxes", "session_predictions"}
FACTS = (
    "INSERT INTO sessions (round_id, id, recording_id, channel, start_s, end_s, position) "
    "SELECT 'sea', 's' || n, '{recording}', 0, n, n + 1, n FROM numbers",
    "INSERT INTO submissions (id, round_id, session_id, annotator, outcome, comment, base_revision, submitted_at) "
    "SELECT 'a' || n, 'sea', 's' || n, 'Ann', 'labelled', '', 0, now() FROM numbers",
    "INSERT INTO annotations (submission_id, position, start_s, end_s, label, origin, model) "
    "SELECT 'a' || n, 0, n, n + 1, 'call', 'new', '' FROM numbers",
    "INSERT INTO prediction_sets (id, round_id, model, source, created_at, prediction_count) "
    "VALUES ('p', 'sea', 'net', '', now(), 0)",
    "INSERT INTO predictions (id, set_id, round_id, session_id, start_s, end_s, label) "
    "SELECT 'p' || n, 'p', 'sea', 's' || n, n, n + 1, 'call' FROM numbers",
)


@pytest.fixture
def workspace(postgres: PostgresServer, postgres_template: str, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a recording and round ``sea``, on PostgreSQL."""
    name = postgres.create(postgres_template)
    with opened(Settings(data_dir=tmp_path / "data", database_url=postgres.url(name), annotator="Ann")) as empty:
        add_recording(empty, make_recording("/nowhere/sea.wav", 20_000))
        rounds.add_round(empty, name="sea", labels=["call"])
        yield empty
    postgres.drop(name)


def test_one_answer_is_worked_out_without_reading_all_others(workspace: Workspace) -> None:
    with workspace.database.writing() as connection:
        connection.execute(text(f"CREATE TEMPORARY TABLE numbers AS SELECT generate_series(1, {COUNT}) AS n"))
        recording = connection.execute(text("SELECT id FROM recordings")).scalar_one()
        for statement in FACTS:
            connection.execute(text(statement.format(recording=recording)))
        connection.execute(text("ANALYZE"))
        deriving.refresh(connection, "sea")
        connection.execute(text("ANALYZE"))
        sent: list[Statement] = []
        event.listen(connection, "before_cursor_execute", lambda *given: sent.append(Statement(given[2], given[3])))
        for some in (["s7"], ["s7", "s8", "s9"]):
            deriving.refresh(connection, "sea", some)
        scans = {table: each.text for each in list(sent) for table in find_seq_scans(connection, each)}
    assert len(sent) > 12
    assert not scans.keys() & FILLED, scans


def count_changes(connection: Connection) -> tuple[int, int]:
    """Count how often this transaction has changed a sum, and how often that took no more room in an index."""
    query = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'tallies'"
    changed, in_place = connection.execute(text(query)).one()
    return changed, in_place


def test_a_sum_changes_in_its_page_and_once_for_many_pieces_of_a_run(workspace: Workspace) -> None:
    with workspace.database.writing() as connection:
        recording = connection.execute(text("SELECT id FROM recordings")).scalar_one()
        pieces = tuple(Piece(each, each + 1.0, recording, 0) for each in range(100))
        run = ModelRun("run", "net", 1, "energy", "", {}, ("call",), 0.0, 0.5, (), {}, "Ann", created_at=NOW)
        runs.add_run(connection, RunPlan(run, pieces))
        runs.add_all_found(connection, [PieceFound("run", number, 0.25, "cpu", ()) for number in range(50)])
        assert count_changes(connection)[0] < 10
        for number in range(50, 60):
            runs.add_all_found(connection, [PieceFound("run", number, 0.25, "cpu", ())])
        changed, in_place = count_changes(connection)
    assert changed > 20
    assert in_place == changed
