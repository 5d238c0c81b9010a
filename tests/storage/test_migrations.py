"""A database of an earlier version, with data, comes to the newest schema with everything in it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from podcast_core.display import Display
from podcast_core.domain import Annotation, Origin, Outcome
from podcast_core.storage import claims, rounds, submissions
from podcast_core.storage.database import MIGRATIONS, Database

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


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database as version 0001 left it: one answer, one claim, one review."""
    made = Database(f"sqlite:///{tmp_path / 'podcast.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    labels = json.dumps([{"name": "call", "color": "#56b4e9", "hotkey": "1", "description": ""}])
    with made.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in FIRST_VERSION:
            values = {"at": AT, "sha": "a" * 64, "labels": labels}
            connection.execute(text(statement), {name: values[name] for name in values if f":{name}" in statement})
    yield made
    made.close()


def test_everything_is_still_there_and_the_new_fields_say_nothing(database: Database) -> None:
    database.migrate()
    with database.reading() as connection:
        (found,) = rounds.list_rounds(connection)
        assert (found.label_names, found.instructions, found.display) == (("call",), "how", Display())
        (answer,) = submissions.list_submissions(connection, "sea")
        assert claims.list_open(connection, "sea") == {"x_1"}
        assert connection.execute(text("SELECT count(*) FROM reviews")).scalar_one() == 1
        assert connection.execute(text("SELECT claim_holder FROM sessions WHERE id = 'x_0'")).scalar_one() == "tab"
    assert answer.annotations == (
        Annotation(0.1, 0.2, "call", origin=Origin.MODEL_ACCEPTED, prediction_id="m-0", score=0.9, model="energy"),
    )
    assert [(each.id, each.low_hz, each.score) for each in answer.rejected] == [("m-1", 100.0, None)]
    assert (answer.outcome, answer.comment, answer.unreviewed) == (Outcome.LABELLED, "clear", ())
    assert (answer.score_threshold, answer.active_s, answer.action_count) == (None, None, None)


def test_the_way_back_gives_the_first_tables_with_their_rows(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    def read() -> dict[str, list[tuple[object, ...]]]:
        with database.reading() as connection:
            tables = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
            return {name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in tables}

    before = read()
    database.migrate()
    assert read() != before
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    assert read() == before
