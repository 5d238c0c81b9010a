"""Another workspace beside one, and what two of them are compared by: the rows of facts, and what people see."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from podcast_core.domain.summary import Selection
from podcast_core.services.exchange import datasets
from podcast_core.services.labels import listing, progress, rounds
from podcast_core.settings import Settings
from podcast_core.storage.schema import LEASES, metadata
from podcast_core.workspace import Workspace
from tests.building import opened
from tests.lives import Life
from tests.postgres import PostgresServer


@contextmanager
def open_beside(
    workspace: Workspace, request: pytest.FixtureRequest, folder: Path, *, storage: Path | None = None
) -> Iterator[Workspace]:
    """Open a workspace with an empty database of the same kind, and the same store or another."""
    url = ""
    if workspace.settings.database_url.startswith("postgresql"):
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.create(request.getfixturevalue("postgres_template")))
    store = str(storage or workspace.settings.resolved_storage_url)
    with opened(Settings(data_dir=folder, database_url=url, storage_url=store, annotator="Ann")) as other:
        yield other


def dump(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables of facts."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with workspace.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table in LEASES:  # who holds what and has sent how much is of one machine
                continue
            rows = connection.execute(select(table).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(str(value) for value in row) for row in rows]
    return found


def show(workspace: Workspace) -> dict[str, object]:
    """What people see: progress, and every export to the byte."""
    seen: dict[str, object] = {}
    for round_ in rounds.list_rounds(workspace):
        seen[f"{round_.id} progress"] = progress.get_progress(workspace, round_id=round_.id)
        seen[f"{round_.id} outcomes"] = listing.list_sessions(
            workspace, round_id=round_.id, selection=Selection(), limit=1000
        )
        for name, chosen in datasets.list_formats().items():
            if chosen.write is not None:
                made = datasets.export_round(workspace, round_id=round_.id, format_name=name)
                seen[f"{round_.id} {name}"] = (dict(made.files), made.notes)
    return seen


class Lives:
    """Workspaces with a life of 20 steps, lived once on each kind of database; its recordings stay in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._databases: dict[str, str] = {}  # a file's path, or a name on the server

    @contextmanager
    def copy(self, settings: Settings, kind: str, request: pytest.FixtureRequest) -> Iterator[Workspace]:
        """Open a copy of one: of its database and its file store."""
        server: PostgresServer | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
        if kind not in self._databases:
            self._live(kind, server, request)
        shutil.copytree(self.folder / kind, settings.data_dir)
        url, name = "", ""
        if server:
            name = server.create(self._databases[kind])
            url = server.url(name)
        with opened(settings, database_url=url) as workspace:
            yield workspace
        if server:
            server.drop(name)

    def _live(self, kind: str, server: PostgresServer | None, request: pytest.FixtureRequest) -> None:
        url, name = "", ""
        if server:
            name = server.create(request.getfixturevalue("postgres_template"))
            url = server.url(name)
        with opened(Settings(data_dir=self.folder / kind, database_url=url, annotator="Ann")) as workspace:
            Life(workspace, self.folder / f"{kind}-audio", 5).live(20)
        self._databases[kind] = name
