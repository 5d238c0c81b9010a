"""Compile each SQL statement once in a process of tests, as a server does, and keep connections: tests have engines of
their own, and a new connection of PostgreSQL is a new process of it, which reads its catalogue and compiles triggers.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url

from podcast_core.storage import database

_FIRST: dict[str, Engine] = {}
_KEPT: dict[tuple[object, ...], Engine | None] = {}  # by server and database


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Let engines of one kind of database share what they have compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", _create)
        yield


def keep_connections(url: str) -> None:
    """Let all who open this database of PostgreSQL, one test after the other, have the same connections."""
    _KEPT[_name(url)] = None


def _name(url: Any) -> tuple[object, ...]:
    made = make_url(url)
    return made.query.get("host"), made.database


def _create(url: Any, **options: Any) -> Engine:
    name = _name(url)
    kept = _KEPT.get(name)
    if kept is not None:
        return kept
    engine = create_engine(url, query_cache_size=5000, **options)
    first = _FIRST.get(engine.dialect.name)
    if first is None or not hasattr(first.dialect, "server_version_info"):  # never connected, so not ready
        _FIRST[engine.dialect.name] = engine
    else:
        engine.dialect = engine.pool._dialect = first.dialect  # what is compiled is compiled for a dialect
        engine._compiled_cache = first._compiled_cache
    if name in _KEPT:
        _KEPT[name] = engine
        vars(engine)["dispose"] = lambda: None  # who is done with it leaves it open
    return engine
