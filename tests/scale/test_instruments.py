"""What the tests of growth stand on: the counters, the list of what is visited, and the workspace that is made."""

from pathlib import Path

from sqlalchemy import text

from benchmarks.parts.big_workspace import BIG, Maker, Size
from podcast_core.domain.submission import Outcome
from podcast_core.services.store.doctor import examine
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.building import list_answers, opened
from tests.scale.visits import PAGES, ROOT, is_ours
from tests.scale.work import STEPS, watching

MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n WHERE i {}"


def test_steps_are_counted_where_no_row_comes_back_and_rows_are_too(workspace: Workspace) -> None:
    found = []
    for count, where in ((1_000, "< 0"), (10_000, "< 0"), (1_000, "> 990")):
        with watching(is_ours) as work, workspace.database.reading() as connection:
            connection.execute(text(MANY.format(count, where))).all()
        assert work.count == 1
        found.append((work.steps, work.rows))
    (few, none), (many, none_too), (_, ten) = found
    assert (none, none_too, ten) == (0, 0, 10)
    assert few > 10 * STEPS
    assert 9 < many / few < 11


def test_what_is_not_watched_is_not_counted(workspace: Workspace) -> None:
    with watching(is_ours) as work:
        pass
    with workspace.database.reading() as connection:
        connection.execute(text("SELECT 1"))
    assert work.count == 0
    with watching(is_ours) as work, workspace.database.reading() as connection:
        connection.execute(text("SELECT 1"))
    with workspace.database.reading() as connection:
        connection.execute(text(MANY.format(1_000, "< 0"))).all()
    assert work.steps == 0


def test_every_page_is_visited() -> None:
    files = {path.name for path in (ROOT / "pages").glob("*.py")} - {"__init__.py", "frame.py"}
    assert {file for file, _, _ in PAGES.values()} == files


def test_a_made_workspace_is_whole_and_the_same_for_the_same_seed(workspace: Workspace, tmp_path: Path) -> None:
    size = Size(3, 60, 300, 80, 10)
    Maker(workspace, size).make(tell=lambda _text: None)
    assert not examine(workspace, contents=True).findings
    with opened(Settings(data_dir=tmp_path / "again")) as again:
        Maker(again, size).make(tell=lambda _text: None)
        assert list_answers(again, BIG) == list_answers(workspace, BIG)
    answers = list_answers(workspace, BIG)
    assert sum(len(each.annotations) for each in answers if each.annotator == "Ann") >= 300
    assert {each.outcome for each in answers} > {Outcome.LABELLED, Outcome.SKIPPED}
