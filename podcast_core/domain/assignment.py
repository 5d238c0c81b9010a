"""Assignments: whole sites of a round that are somebody's to label."""

from dataclasses import dataclass
from typing import NamedTuple

from podcast_core.domain.checks import check_text


@dataclass(frozen=True, slots=True)
class Assignment:
    """A site of a round that is a person's to label; several people may share one. ``who`` assigned it."""

    site: str
    person: str
    who: str = ""

    def __post_init__(self) -> None:
        check_text(self.site, "An assigned site", 1000)
        check_text(self.person, "The name of who gets a site", 80)


class Sites(NamedTuple):
    """Where somebody labels: at sites that are theirs first, then (unless ``only``) at those that are nobody's."""

    own: tuple[str, ...]
    others: tuple[str, ...]
    only: bool
