"""Tables of predictions, and three recordings that they are about."""

from pathlib import Path

import pytest

from podcast_core.services.sheets import rows
from podcast_core.services.sheets.rows import Query
from podcast_core.services.sheets.sheet import Sheet
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav

HEAD = "file,start,end,label,score"


def write_table(*lines: str, head: str = HEAD, name: str = "found.csv") -> list[tuple[str, bytes]]:
    return [(name, "\n".join((head, *lines, "")).encode())]


@pytest.fixture
def folder(make_wav: MakeWav, tmp_path: Path) -> str:
    for seed, name in enumerate(("one.wav", "two.wav", "three.wav")):
        make_wav(f"sound/{name}", seconds=10, seed=seed)
    return str(tmp_path / "sound")


def look(workspace: Workspace, sheet: Sheet, **asked: object) -> list[rows.Row]:
    found, total = rows.list_rows(workspace, sheet, Query(**asked), limit=1000, offset=0)  # type: ignore[arg-type]  # the names are fields
    assert total == len(found)
    return found
