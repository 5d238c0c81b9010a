"""Compile each SQL statement once in a process of tests, as a server does: every test has an engine of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from podcast_core.storage import database

_FIRST: dict[str, Engine] = {}


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Let engines of one kind of database share what they have compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", _create)
        yield


def _create(url: Any, **options: Any) -> Engine:
    engine = create_engine(url, query_cache_size=5000, **options)
    first = _FIRST.get(engine.dialect.name)
    if first is None or not hasattr(first.dialect, "server_version_info"):  # never connected, so not ready
        _FIRST[engine.dialect.name] = engine
    else:
        engine.dialect = engine.pool._dialect = first.dialect  # what is compiled is compiled for a dialect
        engine._compiled_cache = first._compiled_cache
    return engine
