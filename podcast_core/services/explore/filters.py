"""Filters: which clips of a collection are let through, by their columns and by text. Several hold all at once."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput
from podcast_core.remote.redaction import redact
from podcast_core.services.explore import columns
from podcast_core.services.labels import independence
from podcast_core.storage import clips, recordings, session_texts
from podcast_core.workspace import Workspace

MAX_FILTERS = 20  # chosen: more than a page shows
MAX_PATTERN_LENGTH = 500
TEXT_S = 2.0  # that looking for all patterns of a request may take, whatever they are
MAX_REPEATS = 1000  # a pattern of so many copies of its parts: compiled, a hundred times that would be gigabytes
_REPEAT = re.compile(r"(\)?)\s*(?:\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}|(\+))")
_REFUSED = re.compile(
    r"\(\?(?:R|&|P>|[+-]?\d|[A-Za-z01]*x)"
)  # calls itself; is written with spaces that count for nothing

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
    if len(filters) > MAX_FILTERS:
        raise InvalidInput(f"At most {MAX_FILTERS} filters hold at once, found {len(filters)}.")
    with workspace.database.reading() as connection:
        evicted = clips.read_columns(connection, collection_id, ["evicted"])["evicted"]
    allowed: Mask = np.ones(len(evicted), bool) if with_evicted else ~evicted
    texts = Texts(workspace, collection_id)
    for each in filters:
        match each:
            case ColumnFilter():
                allowed &= _find_by_column(workspace, collection_id, each)
            case TextFilter():
                allowed &= texts.find(each)
    return allowed


class Texts:
    """What the clips of a collection say: read once, for several searches that share one limit of time."""

    def __init__(self, workspace: Workspace, collection_id: str, longest_s: float = TEXT_S) -> None:
        self._workspace, self._collection_id, self._left_s = workspace, collection_id, longest_s
        self._read: list[tuple[NDArray[Any], Mapping[str, str]]] | None = None

    def find(self, wanted: TextFilter) -> Mask:
        """Find the clips of which a text says something; raises as `find_allowed`."""
        pattern = _compile(wanted)
        if self._read is None:
            self._read = _read_texts(self._workspace, self._collection_id)
        found: Mask = np.zeros(len(self._read[0][0]), bool)
        for keys, texts in self._read:
            right = {key for key, text in texts.items() if self._fits(pattern, text)}
            found |= np.isin(keys, sorted(right)) if right else False
        return found

    def _fits(self, pattern: Any, text: str) -> bool:
        """Tell whether a text has it."""
        began = time.monotonic()
        try:
            if self._left_s <= 0:
                raise TimeoutError
            return pattern.search(text, timeout=self._left_s) is not None
        except (TimeoutError, MemoryError, RecursionError) as error:
            raise InvalidInput("The regular expression takes too long: expected a simpler one.") from error
        finally:
            self._left_s -= time.monotonic() - began


def _read_texts(workspace: Workspace, collection_id: str) -> list[tuple[NDArray[Any], Mapping[str, str]]]:
    """Read what is said of clips: keys of all clips, and the texts of each key that says something."""
    with workspace.database.reading() as connection:
        round_id = independence.get_collection(connection, collection_id).round_id
        names = ("session_id", "recording_id", "label", "given_label", "url")
        of = clips.read_columns(connection, collection_id, names)
        known = recordings.list_recordings(connection, set(of["recording_id"]) - {""})
        parts = session_texts.in_parts(session_texts.find_texts, connection, round_id, of["session_id"].tolist())
        said_of = {session_id: text for some in parts for session_id, text in some.items()}
    told = {each.id: "\n".join((each.file_name, each.original_name, each.site, *each.notes)) for each in known}
    texts: list[tuple[NDArray[Any], Mapping[str, str]]] = [
        (of["recording_id"].astype(str), told),
        (of["session_id"].astype(str), said_of),
    ]
    for name in (
        "label",
        "given_label",
        "url",
    ):  # addresses as they are shown: nobody guesses at what is secret in them
        texts.append((of[name].astype(str), {text: redact(text) for text in set(of[name]) if text}))
    return texts


def _compile(wanted: TextFilter) -> Any:
    if not wanted.text.strip() or len(wanted.text) > MAX_PATTERN_LENGTH:
        raise InvalidInput(f"The search text must have 1 to {MAX_PATTERN_LENGTH} characters, found {len(wanted.text)}.")
    if wanted.is_pattern:
        _check_size(wanted.text)
    try:
        text = wanted.text if wanted.is_pattern else regex.escape(wanted.text)
        return regex.compile(text, regex.IGNORECASE | regex.MULTILINE | regex.VERSION1)  # each text is a line
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        raise InvalidInput(f"{wanted.text[:80]!r} is not a regular expression: {error}.") from error


def _check_size(pattern: str) -> None:
    """Refuse what would be huge once compiled: each repeat copies what it repeats, and those around it do so again."""
    if _REFUSED.search(pattern):
        raise InvalidInput(
            f"A regular expression here calls itself nowhere, and has no flag x; found {pattern[:80]!r}."
        )
    of_groups, of_others = 1, 1
    for closes, low, high, plus in _REPEAT.findall(pattern):
        count = 2 if plus else max((int(each[:9]) for each in (low, high) if each), default=1)
        of_groups *= max(1, count) if closes else 1
        of_others = max(of_others, 1 if closes else count)
    if of_groups * of_others > MAX_REPEATS:
        raise InvalidInput(
            f"The repeats of a regular expression make at most {MAX_REPEATS:,} copies of its parts, all multiplied; "
            f"found more in {pattern[:80]!r}."
        )


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
    with np.errstate(over="ignore"):  # a limit that is too large for the column is an infinite one
        return (values >= np.float32(low)) & (values <= np.float32(high))  # as the column has them: limits are inside
