"""The store is the truth: a database made anew from it is the same in every row, progress and export."""

from pathlib import Path

import pytest

from podcast_core.services.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.lives import Life, dump, open_beside, show


@pytest.mark.parametrize("seed", range(3))
def test_a_database_made_anew_is_the_same_in_every_row_and_export(
    workspace: Workspace, request: pytest.FixtureRequest, tmp_path: Path, seed: int
) -> None:
    Life(workspace, tmp_path / "audio", seed).live()
    rows, seen, told = dump(workspace), show(workspace), []
    assert [name for name, found in rows.items() if not found] == []
    with open_beside(workspace, request, tmp_path / "new") as new:
        report = rebuild(new, on_progress=lambda done, total, _name: told.append((done, total)))
        assert report.problems == ()
        assert report.counts["answers"] == len(rows["submissions"])
        assert dump(new) == rows
        assert show(new) == seen
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] > 20
