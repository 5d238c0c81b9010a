"""A database of an earlier version, with data, comes to the newest schema with everything in it."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.display import Display
from podcast_core.domain.review import Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.storage import recordings, reviews, rounds, submissions, tokens
from podcast_core.storage.database import MIGRATIONS, Database
from tests.building import list_open
from tests.conftest import DATABASES
from tests.postgres import PostgresServer

AT = "2026-01-02 03:04:05.000000"
FIRST_VERSION = (
    "INSERT INTO recordings VALUES ('aaaaaaaaaaaaaaaa', :sha, '/x.wav', 'x.wav', 8000, 1, 80000, 'WAV/PCM_16', NULL,"
    " 'unknown', '', :at)",
    "INSERT INTO rounds VALUES ('sea', 'Sea', :labels, 'about', 'how', 'Lab', '', :at)",
    "INSERT INTO sessions VALUES ('sea', 'x_0', 'aaaaaaaaaaaaaaaa', 0, 0, 1, 0, 'tab', 'Ann', :at)",
    "INSERT INTO sessions VALUES ('sea', 'x_1', 'aaaaaaaaaaaaaaaa', 0, 1, 2, 1, NULL, NULL, NULL)",
    "INSERT INTO prediction_sets VALUES ('m', 'sea', 'energy', 'file.tsv', :at)",
    "INSERT INTO predictions VALUES ('m-0', 'm', 'sea', 'x_0', 0.1, 0.2, NULL, NULL, 'call', 0.9)",
    "INSERT INTO predictions VALUES ('m-1', 'm', 'sea', 'x_0', 0.3, 0.4, 100, 200, 'call', NULL)",
    "INSERT INTO submissions VALUES ('s', 'sea', 'x_0', 'Ann', 'labelled', 'clear', 0, NULL, :at)",
    "INSERT INTO annotations VALUES ('s', 0, 0.1, 0.2, NULL, NULL, 'call', 'model_accepted', 'm-0', 0.9, 'energy')",
    "INSERT INTO rejections VALUES ('s', 'm-1')",
    "INSERT INTO reviews VALUES ('v', 's', 'Rita', 'accept', '', NULL, :at)",
)


SECOND_VERSION = (
    'UPDATE rounds SET display = \'{"scale": "mel"}\'',
    "INSERT INTO submissions VALUES ('t', 'sea', 'x_1', 'Bob', 'verified', '', 0, NULL, :at, 0.5, 12.5, 3)",
    "INSERT INTO predictions VALUES ('m-2', 'm', 'sea', 'x_1', 1.1, 1.2, NULL, NULL, 'call', 0.25)",
    "INSERT INTO passed_over VALUES ('t', 'm-2')",
)


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'podcast.sqlite'}")
        yield made
        made.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    made = Database(server.url(name))
    yield made
    made.close()
    server.drop(name)


@pytest.fixture(params=["0001", "0002", "0003"])
def version(request: pytest.FixtureRequest) -> str:
    """A version that was released."""
    return str(request.param)


@pytest.fixture
def database(empty: Database, version: str) -> Database:
    """A database as a version left it: one answer, one claim, one review; from 0002 on a verification as well."""
    made = empty
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with made.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        _fill(connection, FIRST_VERSION)
        command.upgrade(config, version)
        if version >= "0002":
            _fill(connection, SECOND_VERSION)
    return made


def _fill(connection: Connection, statements: Iterable[str]) -> None:
    labels = json.dumps([{"name": "call", "color": "#56b4e9", "hotkey": "1", "description": ""}])
    for statement in statements:
        values = {":at": AT, ":sha": "a" * 64, ":labels": labels}
        for name, value in values.items():
            statement = statement.replace(name, f"'{value}'")
        connection.exec_driver_sql(statement)


def test_everything_is_still_there_and_the_new_fields_say_nothing(database: Database, version: str) -> None:
    database.migrate()
    with database.reading() as connection:
        (found,) = rounds.list_rounds(connection)
        display = Display() if version == "0001" else Display(scale="mel")
        assert (found.label_names, found.instructions, found.display) == (("call",), "how", display)
        (recording,) = recordings.list_recordings(connection)
        assert recording.added_at == datetime.fromisoformat(AT).replace(tzinfo=UTC)
        answer, *others = submissions.list_submissions(connection, "sea")
        assert list_open(connection, "sea") == {"x_1"}
        (review,) = reviews.list_reviews(connection, "sea")
        assert (review.reviewer, review.verdict) == ("Rita", Verdict.ACCEPT)
        assert connection.execute(text("SELECT holder FROM claims WHERE session_id = 'x_0'")).scalar_one() == "tab"
    assert answer.annotations == (
        Annotation(0.1, 0.2, "call", origin=Origin.MODEL_ACCEPTED, prediction_id="m-0", score=0.9, model="energy"),
    )
    assert [(each.id, each.low_hz, each.score) for each in answer.rejected] == [("m-1", 100.0, None)]
    assert (answer.outcome, answer.comment, answer.unreviewed) == (Outcome.LABELLED, "clear", ())
    assert (answer.score_threshold, answer.active_s, answer.action_count) == (None, None, None)
    if version != "0001":
        (verified,) = others
        assert (verified.score_threshold, verified.active_s, verified.action_count) == (0.5, 12.5, 3)
        assert [each.id for each in verified.unreviewed] == ["m-2"]


@pytest.mark.parametrize("version", ["0003"], indirect=True)
def test_whoever_could_judge_answers_still_can(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0029")
        for scope in ("read", "label", "admin"):
            connection.execute(
                text("INSERT INTO tokens VALUES (:id, 'Ann', :id, :id, :at, :at, NULL, NULL)"), {"id": scope, "at": AT}
            )
    database.migrate()
    with database.reading() as connection:
        found = {each.id: each.scope for each in tokens.list_tokens(connection)}
    assert found == {"read": "read", "label": "review", "admin": "admin"}


@pytest.mark.parametrize("version", ["0001"], indirect=True)
def test_the_way_back_gives_the_first_tables_with_their_rows(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def read() -> dict[str, list[tuple[object, ...]]]:
        with database.reading() as connection:
            tables = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
            return {
                name: sorted(tuple(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {name}")))
                for name in tables
            }

    before = read()
    database.migrate()
    assert read() != before
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    assert read() == before
