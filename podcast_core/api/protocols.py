"""The protocols of other systems that the server speaks beside its own: each dialect declares one in its ``routes``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from fastapi import APIRouter

from podcast_core.plugging import load_parts

Rule = tuple[str, str, str]
"""Method and path of routes as regular expressions, and the scope that they need; empty: for everybody."""


class Cost(Enum):
    """What a request takes: whether it is counted for its token, and which turn at computing it waits for."""

    TURN = (False, "short")
    """It computes what the editor asks for often: once, and never more at a time than there are turns."""
    COUNTED = (True, None)
    """Its body comes slowly, or a job does the work: who waits for that takes no turn."""
    SHORT = (True, "short")
    """It takes seconds of a processor or fills the disk: a token may ask only so often."""
    LONG = (True, "long")
    """It computes from sound for so long that two of them are enough at a time."""

    def __init__(self, is_counted: bool, turn: str | None) -> None:
        self.is_counted = is_counted
        self.turn = turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What the server must know of a protocol: its routes, and what requests to them need and cost.

    Parameters
    ----------
    router
        The routes; their tag names the protocol.
    paths
        How their addresses begin, where that is not ``/api/``.
    error_fields
        The fields of an error that its clients know, each with the reason; none: a problem document.
    scopes, costs, kept
        As in `podcast_core.api.scopes`.
    """

    router: APIRouter
    paths: tuple[str, ...] = ()
    error_fields: tuple[str, ...] = ()
    scopes: tuple[Rule, ...] = ()
    costs: Mapping[str, Cost] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()

    @property
    def tags(self) -> set[str]:
        """The tags of its operations."""
        return {str(tag) for tag in self.router.tags}


def list_protocols() -> list[Protocol]:
    """List the protocols of the dialects that are here."""
    return [module.PROTOCOL for module in load_parts("routes")]


def list_paths() -> tuple[str, ...]:
    """List how the addresses begin that the API answers, and not a page."""
    return ("/api/", *(path for protocol in list_protocols() for path in protocol.paths))


def list_foreign_tags() -> set[str]:
    """List the tags of the operations that other systems' clients ask for."""
    return {tag for protocol in list_protocols() for tag in protocol.tags}


def find_protocol(path: str) -> Protocol | None:
    """Find the protocol that an address belongs to by its beginning; None where it is ours."""
    return next((each for each in list_protocols() if each.paths and path.startswith(each.paths)), None)
