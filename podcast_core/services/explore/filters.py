"""Filters: which clips of a collection are let through, by their columns and by text. Several hold all at once."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.services.explore import columns
from podcast_core.storage import clips, collections, recordings, submissions
from podcast_core.workspace import Workspace

MOST_FILTERS = 20
LONGEST_PATTERN = 500
TEXT_S = 2.0  # that a search in texts may take, whatever the pattern

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ColumnFilter:
    """Lets clips through whose value of a column is one of ``values``, or a number from ``low`` to ``high``."""

    column: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Lets clips through of which a text says this, whatever its case.

    Texts are file names, sites and notes of recordings, comments on sessions and on their boxes, labels, and addresses
    of a table. ``is_pattern``: a regular expression.
    """

    text: str
    is_pattern: bool = False


Filter = ColumnFilter | TextFilter


def find_allowed(
    workspace: Workspace, *, collection_id: str, filters: Sequence[Filter] = (), with_evicted: bool = False
) -> Mask:
    """Find which clips all filters let through: shape (clips,). Evicted clips are not, unless they are asked for.

    Raises
    ------
    NotFound
        When there is no such collection or column.
    InvalidInput
        When a filter cannot be; when a pattern takes longer than two seconds.
    """
    if len(filters) > MOST_FILTERS:
        raise InvalidInput(f"At most {MOST_FILTERS} filters hold at once, found {len(filters)}.")
    with workspace.database.reading() as connection:
        evicted = clips.read_columns(connection, collection_id, ["evicted"])["evicted"]
    allowed: Mask = np.ones(len(evicted), bool) if with_evicted else ~evicted
    for each in filters:
        match each:
            case ColumnFilter():
                allowed &= _find_by_column(workspace, collection_id, each)
            case TextFilter():
                allowed &= find_text(workspace, collection_id=collection_id, wanted=each)
    return allowed


def find_text(workspace: Workspace, *, collection_id: str, wanted: TextFilter, longest_s: float = TEXT_S) -> Mask:
    """Find the clips of which a text says something; raises as `find_allowed`."""
    matcher = _Matcher(wanted, longest_s)
    with workspace.database.reading() as connection:
        round_id = collections.get_collection(connection, collection_id).round_id
        names = ("session_id", "recording_id", "label", "given_label", "url")
        of = clips.read_columns(connection, collection_id, names)
        known = recordings.list_recordings(connection, set(of["recording_id"]) - {""})
        answers = submissions.latest_submissions(connection, round_id)
    told = {each.id: "\n".join((each.file_name, each.original_name, each.site, *each.notes)) for each in known}
    said = {
        session_id: "\n".join(_list_comments(answer))
        for session_id, answer in answers.items()
        if session_id in set(of["session_id"])
    }
    found: Mask = np.zeros(len(of["url"]), bool)
    for name, texts in (("recording_id", told), ("session_id", said)):
        right = {key for key, text in texts.items() if matcher.fits(text)}
        found |= np.isin(of[name].astype(str), sorted(right)) if right else False
    for name in ("label", "given_label", "url"):
        right = {text for text in set(of[name]) if text and matcher.fits(text)}
        found |= np.isin(of[name].astype(str), sorted(right)) if right else False
    return found


class _Matcher:
    """Looks for something in texts, for so long in all."""

    def __init__(self, wanted: TextFilter, longest_s: float) -> None:
        import regex

        if not wanted.text.strip() or len(wanted.text) > LONGEST_PATTERN:
            raise InvalidInput(f"What is looked for has 1 to {LONGEST_PATTERN} characters, found {len(wanted.text)}.")
        try:
            text = wanted.text if wanted.is_pattern else regex.escape(wanted.text)
            self._pattern = regex.compile(text, regex.IGNORECASE | regex.VERSION1)
        except (regex.error, RecursionError, OverflowError, MemoryError) as error:
            raise InvalidInput(f"{wanted.text[:80]!r} is not a regular expression: {error}.") from error
        self._end_s = time.monotonic() + longest_s

    def fits(self, text: str) -> bool:
        """Tell whether a text has it."""
        left_s = self._end_s - time.monotonic()
        try:
            if left_s <= 0:
                raise TimeoutError
            return self._pattern.search(text, timeout=left_s) is not None
        except TimeoutError as error:
            raise InvalidInput("The regular expression takes too long: expected a simpler one.") from error


def _find_by_column(workspace: Workspace, collection_id: str, wanted: ColumnFilter) -> Mask:
    column = columns.read_column(workspace, collection_id=collection_id, name=wanted.column)
    if column.categories:
        if wanted.low is not None or wanted.high is not None:
            raise InvalidInput(f"The column {wanted.column!r} has names, no numbers: expected values, found a range.")
        places = [place for place, name in enumerate(column.categories) if name in wanted.values]
        return np.isin(column.values, places)
    if wanted.values:
        raise InvalidInput(f"The column {wanted.column!r} has numbers: expected a range, found values.")
    low = -np.inf if wanted.low is None else wanted.low
    high = np.inf if wanted.high is None else wanted.high
    values: NDArray[Any] = column.values.astype(np.float64)
    return (values >= np.float32(low)) & (values <= np.float32(high))  # as the column has them: limits are inside


def _list_comments(answer: Any) -> Iterator[str]:
    yield answer.comment
    for box in answer.annotations:
        yield box.comment
        yield box.label
        yield box.call_type
        yield box.individual
