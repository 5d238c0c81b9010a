"""No page and no route works more because a round is larger: work is counted in two sizes, and must be the same."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from podcast_core.workspace import Workspace
from tests.postgres import PostgresServer
from tests.scale import plans
from tests.scale.conftest import LARGE, SMALL, made
from tests.scale.known import GROWING
from tests.scale.visits import (
    Visit,
    find_places,
    is_ours,
    list_page_visits,
    list_route_visits,
    list_sent_visits,
    opened_client,
    pages_of,
)
from tests.scale.work import Statement, Work, watching

MORE = LARGE.sessions - SMALL.sessions
# For each session more: less than looking at it would take. Histograms not quite full cost Model runs 0.95, give or
# take the 50 steps in which each statement is counted.
MAX_STEPS, MAX_ROWS = 1.3, 0.1
MAX_STATEMENTS = 6  # in all: what the session on screen has in it asks for some
SLACK = 1.3
SORTING = 3  # steps that sorting takes for each row, at least
UNINDEXED = Statement("SELECT id FROM submissions AS answers WHERE action_count = -1", ())


@dataclass(frozen=True)
class Growth:
    """What a page or route does more for each session that the round has more."""

    steps: float
    rows: float
    statements: int

    @property
    def is_constant(self) -> bool:
        """Whether it does not grow."""
        return self.steps < MAX_STEPS and self.rows < MAX_ROWS and self.statements <= MAX_STATEMENTS


def measure(visit: Visit) -> Work:
    if visit.is_kept:
        visit.do()
    with watching(is_ours) as work:
        visit.do()
    return work


@contextmanager
def routes(workspace: Workspace) -> Iterator[list[Visit]]:
    with opened_client(workspace) as client:
        places = find_places(workspace)
        reading = [each for each in list_route_visits(client, places) if not each.is_whole]
        yield [*reading, *list_sent_visits(client, places)]


@contextmanager
def pages(workspace: Workspace) -> Iterator[list[Visit]]:
    with pages_of(workspace):
        yield list_page_visits(find_places(workspace))


Listed = Callable[[Workspace], AbstractContextManager[list[Visit]]]
Works = dict[str, Work]


def visit_all(workspace: Workspace, listed: Listed) -> Works:
    with listed(workspace) as visits:
        return {each.name: measure(each) for each in visits}


def compare(small: Works, large: Works) -> dict[str, Growth]:
    assert small.keys() == large.keys()
    return {
        name: Growth(
            (large[name].steps - small[name].steps) / MORE,
            (large[name].rows - small[name].rows) / MORE,
            large[name].count - small[name].count,
        )
        for name in small
    }


def describe(found: dict[str, Growth]) -> list[str]:
    """Say what grows that should not, or more than is known, and what is on the list without a reason."""
    lines = []
    for name, growth in found.items():
        known = GROWING.get(name)
        if known is None and not growth.is_constant:
            lines.append(f"{name!r}: {round(growth.steps)},  # {growth.rows:.1f} rows, {growth.statements} statements")
        elif known is not None and growth.is_constant:
            lines.append(f"{name} is constant now: take it off the list")
        elif known is not None and growth.steps > max(known, 1) * SLACK:
            lines.append(f"{name} takes {growth.steps:.0f} steps more for each session, {known} are known")
    return lines


def describe_plans(workspace: Workspace, small: Works, large: Works) -> list[str]:
    """Say which statements look at all rows of a table that grows, or sort a round, but for what is known to grow."""
    lines = []
    before = {each.text: each.steps for work in small.values() for each in work.statements}
    with workspace.database.reading() as connection:
        assert plans.find_scans(connection, UNINDEXED) == {"submissions"}
        for name, statement in list_new(large):
            for table in sorted(plans.find_scans(connection, statement)):
                lines.append(f"{name} scans {table}: {statement.text}")
            if statement.steps - before.get(statement.text, 0) > SORTING * MORE and plans.sorts(connection, statement):
                lines.append(f"{name} sorts a round: {statement.text}")
    return lines


def list_new(works: Works) -> Iterator[tuple[str, Statement]]:
    """List the statements of what is not known to grow, each text once."""
    seen = set()
    for name, work in works.items():
        for statement in work.statements:
            if name not in GROWING and statement.text not in seen:
                seen.add(statement.text)
                yield name, statement


# One test for what takes as long again: the visits are the dear part of it.
@pytest.mark.parametrize("listed", [routes, pages])
def test_nothing_works_more_for_a_larger_round_and_everything_is_found_by_an_index(
    two_sizes: tuple[Workspace, Workspace], listed: Listed
) -> None:
    small, large = (visit_all(workspace, listed) for workspace in two_sizes)
    problems = [*describe(compare(small, large)), *describe_plans(two_sizes[1], small, large)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.postgresql
def test_postgresql_finds_everything_by_an_index(
    postgres: PostgresServer, postgres_template: str, tmp_path: Path
) -> None:
    name = postgres.create(postgres_template)
    with made(
        tmp_path / "data", SMALL, postgres.url(name)
    ) as workspace:  # what can be found so does not depend on size
        works = visit_all(workspace, routes) | visit_all(workspace, pages)
        lines = []
        with workspace.database.reading() as connection:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # what has an index is found by it
            assert list(plans.find_seq_scans(connection, UNINDEXED)) == ["submissions"]
            for visited, statement in list_new(works):
                for table in plans.find_seq_scans(connection, statement):
                    lines.append(f"{visited} scans {table}: {statement.text}")
    postgres.drop(name)
    assert not lines, "\n" + "\n".join(lines)
