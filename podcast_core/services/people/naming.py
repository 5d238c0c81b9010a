"""What people are called now, in what is kept under the names that they had when it was said."""

from collections.abc import Iterable
from typing import TypeVar

from podcast_core.domain import person
from podcast_core.storage import people
from podcast_core.workspace import Workspace

Noun = TypeVar("Noun")


def call_now(workspace: Workspace, nouns: Iterable[Noun]) -> list[Noun]:
    """Give the people whom nouns name the names that they have now: for what is no row, and so was not renamed."""
    with workspace.database.reading() as connection:
        names = people.find_names(connection)
    return [person.call_now(each, names) for each in nouns]


def find_name(workspace: Workspace, name: str) -> str:
    """Give the name that somebody has now, by one that they had; any other name stays."""
    with workspace.database.reading() as connection:
        return people.call_now(connection, name)
