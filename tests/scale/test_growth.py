"""No page and no route works more because a round is larger: work is counted in two sizes, and must be the same."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from podcast_core.workspace import Workspace
from tests.scale.conftest import LARGE, SMALL
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
from tests.scale.work import Work, watching

MORE = LARGE.sessions - SMALL.sessions
MOST_STEPS, MOST_ROWS = 1.0, 0.1  # for each session more: less than looking at it would take
MOST_STATEMENTS = 2  # in all
SLACK = 1.3


@dataclass(frozen=True)
class Growth:
    """What a page or route does more for each session that the round has more."""

    steps: float
    rows: float
    statements: int

    @property
    def is_constant(self) -> bool:
        """Whether it does not grow."""
        return self.steps < MOST_STEPS and self.rows < MOST_ROWS and self.statements <= MOST_STATEMENTS


def measure(visit: Visit) -> Work:
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


def compare(
    two_sizes: tuple[Workspace, Workspace], listed: Callable[[Workspace], AbstractContextManager[list[Visit]]]
) -> dict[str, Growth]:
    works = []
    for workspace in two_sizes:
        with listed(workspace) as visits:
            works.append({each.name: measure(each) for each in visits})
    small, large = works
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


def test_no_route_works_more_for_a_larger_round(two_sizes: tuple[Workspace, Workspace]) -> None:
    assert not describe(compare(two_sizes, routes))


def test_no_page_works_more_for_a_larger_round(two_sizes: tuple[Workspace, Workspace]) -> None:
    assert not describe(compare(two_sizes, pages))
