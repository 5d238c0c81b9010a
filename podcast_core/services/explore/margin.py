"""Two namings of the same clips, side by side: classifiers, people's labels, predictions, labels of a table.

A side is named by a classifier's id, or by a column (`SIDES`). What a classifier calls a clip is its likeliest label
where that reaches its threshold.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.explore import agile
from podcast_core.services.explore.columns import Column, read_column
from podcast_core.storage import clips
from podcast_core.workspace import Workspace

SIDES = ("label", "prediction", "given_label")
MAX_LABELS = 500  # a table of so many rows and columns is a megabyte
MARKS = {"agreed": "#009e73", "gained": "#0072b2", "lost": "#d55e00", "differs": "#e69f00"}


def compare(workspace: Workspace, *, collection_id: str, one: str, other: str) -> tuple[list[str], NDArray[np.int64]]:
    """Count the clips in sight by what one side calls them (rows) and the other one does (columns).

    Returns
    -------
    labels
        Of rows and columns; the last one, empty, stands for clips without a label.
    counts
        Shape (labels, labels).

    Raises
    ------
    NotFound
        When there is no such collection or classifier.
    InvalidInput
        When there are so many labels that nobody could look at their table.
    """
    named = [_name(workspace, collection_id, side) for side in (one, other)]
    in_sight = _is_in_sight(workspace, collection_id)
    distinct = {str(name) for names in named for name in names} - {""}
    if len(distinct) > MAX_LABELS:
        raise InvalidInput(
            f"At most {MAX_LABELS:,} labels are set side by side; these two sides have {len(distinct):,} together."
        )
    labels = [*sorted(distinct), ""]
    places = {name: place for place, name in enumerate(labels)}
    rows, columns = (np.array([places[str(name)] for name in names], np.int64) for names in named)
    counts = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (rows[in_sight], columns[in_sight]), 1)
    return labels, counts


def mark(workspace: Workspace, *, collection_id: str, one: str, other: str, label: str = "") -> Column:
    """Mark each clip in sight: both sides give the label (agreed), only one (gained) or only the other one (lost).

    Without a ``label`` it is about any: then clips to which the sides give different ones differ.
    """
    ours, theirs = (_name(workspace, collection_id, side) for side in (one, other))
    if label:
        ours, theirs = (np.where(names == label, names, "") for names in (ours, theirs))
    has_one, has_other = ours != "", theirs != ""
    both = has_one & has_other
    marks = (both & (ours == theirs), has_one & ~has_other, has_other & ~has_one, both & (ours != theirs))
    values = np.full(len(ours), len(MARKS), np.uint16)
    in_sight = _is_in_sight(workspace, collection_id)
    for place, mask in enumerate(marks):
        values[mask & in_sight] = place
    return Column(values, (*MARKS, ""), (*MARKS.values(), "#bbbbbb"))


def _name(workspace: Workspace, collection_id: str, side: str) -> NDArray[Any]:
    """Give each clip the label that a side gives it."""
    if side in SIDES:
        column = read_column(workspace, collection_id=collection_id, name=side)
        named: NDArray[Any] = np.array(column.categories, object)[column.values]
        return named
    try:
        return agile.name_clips(workspace, collection_id=collection_id, classifier_id=side)
    except NotFound as error:
        raise NotFound(f"{error} Expected a classifier's id, or one of {', '.join(SIDES)}.") from error


def _is_in_sight(workspace: Workspace, collection_id: str) -> NDArray[np.bool_]:
    with workspace.database.reading() as connection:
        evicted: NDArray[np.bool_] = clips.read_columns(connection, collection_id, ["evicted"])["evicted"]
    return ~evicted
