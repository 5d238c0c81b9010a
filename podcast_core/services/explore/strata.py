"""Some clips of each kind: so many of each label, site, day, recording or range of scores, out of those in sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.limits import MAX_STRATA_BINS
from podcast_core.domain.strata import Order
from podcast_core.errors import InvalidInput, count_of
from podcast_core.ml.agile.strategies import select_each
from podcast_core.services.explore import agile
from podcast_core.services.explore.columns import read_column
from podcast_core.services.explore.filters import Filter, find_allowed
from podcast_core.workspace import Workspace

MAX_COLUMNS, MAX_STRATA = 4, 20_000  # columns that are crossed, and groups that come of them; chosen
NONE = "none"


@dataclass(frozen=True, slots=True)
class StrataRequest:
    """What is to be selected.

    ``by`` names columns; clips with the same values in all of them are a stratum. Columns of numbers are cut into
    ``bins`` with equally many clips; the column ``score`` is that of ``classifier_id`` for ``label`` where they are
    named, else that of predictions. Of each stratum ``count`` are selected. ``numbers``: only of these clips.
    """

    by: tuple[str, ...]
    count: int
    order: Order = Order.RANDOM
    bins: int = 5
    seed: int = 0
    numbers: Sequence[int] | None = None
    filters: Sequence[Filter] = ()
    classifier_id: str = ""
    label: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(set(self.by)) == len(self.by) <= MAX_COLUMNS:
            raise InvalidInput(
                f"Clips are sorted by 1 to {MAX_COLUMNS} different columns, found {', '.join(self.by)!r}."
            )
        if self.count < 1 or not 1 <= self.bins <= MAX_STRATA_BINS:
            raise InvalidInput(
                f"At least 1 clip of each kind is selected, of 1 to {MAX_STRATA_BINS} ranges of numbers; found "
                f"{self.count} and {self.bins}."
            )


@dataclass(frozen=True, slots=True)
class Selected:
    """One stratum: its values, how many clips it has, and which were selected."""

    values: tuple[str, ...]
    clips: int
    numbers: tuple[int, ...]


def select_strata(workspace: Workspace, *, collection_id: str, request: StrataRequest) -> list[Selected]:
    """Select some clips of each stratum, in the order of its values. The same seed selects the same.

    Raises
    ------
    NotFound
        When there is no such collection, column or classifier.
    InvalidInput
        When it has no such clip, or there are too many strata.
    """
    allowed = find_allowed(workspace, collection_id=collection_id, filters=request.filters)
    if request.numbers is not None:
        allowed &= _only(request.numbers, len(allowed), collection_id)
    scores = None
    if request.order is not Order.RANDOM:
        scores = _read_scores(workspace, collection_id, request) * (-1 if request.order is Order.LOWEST else 1)
    named = [_name_strata(workspace, collection_id, request, name, allowed) for name in request.by]
    places = np.stack([place for _, place in named], axis=1)
    kinds, kind, sizes = np.unique(places[allowed], axis=0, return_inverse=True, return_counts=True)
    if len(kinds) > MAX_STRATA:
        raise InvalidInput(
            f"These columns make {count_of(len(kinds), 'kind')} of clips: expected at most {MAX_STRATA:,}."
        )
    group = np.full(len(allowed), -1, np.int64)
    group[allowed] = kind.reshape(-1)
    chosen = select_each(group, request.count, scores=scores, is_allowed=allowed, seed=request.seed)
    found: dict[int, list[int]] = {place: [] for place in range(len(kinds))}
    for number in chosen.tolist():
        found[int(group[number])].append(number)
    return [
        Selected(tuple(names[place] for (names, _), place in zip(named, row, strict=True)), int(size), tuple(found[at]))
        for at, (row, size) in enumerate(zip(kinds.tolist(), sizes, strict=True))
    ]


def _only(numbers: Sequence[int], count: int, collection_id: str) -> NDArray[np.bool_]:
    wanted = np.asarray(numbers, np.int64)
    odd = wanted[(wanted < 0) | (wanted >= count)]
    if len(odd):
        raise InvalidInput(f"Collection {collection_id!r} has clips 0 to {count - 1}; found {int(odd[0])}.")
    mask = np.zeros(count, bool)
    mask[wanted] = True
    return mask


def _read_scores(workspace: Workspace, collection_id: str, request: StrataRequest) -> NDArray[np.float64]:
    """Read the scores of a classifier, or of predictions."""
    if not request.classifier_id:
        return read_column(workspace, collection_id=collection_id, name="score").values.astype(np.float64)
    of = {"collection_id": collection_id, "classifier_id": request.classifier_id}
    if request.label:
        return agile.compute_scores(workspace, **of, labels=[request.label])[:, 0].astype(np.float64)
    return agile.find_soft_labels(workspace, **of)[1].values.astype(np.float64)


def _name_strata(
    workspace: Workspace, collection_id: str, request: StrataRequest, name: str, allowed: NDArray[np.bool_]
) -> tuple[list[str], NDArray[Any]]:
    """Sort clips by a column: the names of its kinds, and the place of each clip among them."""
    if name == "score" and request.classifier_id:
        return _cut(_read_scores(workspace, collection_id, request), request.bins, allowed)
    column = read_column(workspace, collection_id=collection_id, name=name)
    if column.categories:
        return [each or NONE for each in column.categories], column.values.astype(np.int64)
    return _cut(column.values.astype(np.float64), request.bins, allowed)


def _cut(values: NDArray[np.float64], bins: int, allowed: NDArray[np.bool_]) -> tuple[list[str], NDArray[np.int64]]:
    """Cut numbers into ranges with equally many clips of those that may be selected; equal numbers are together."""
    known = allowed & ~np.isnan(values)
    places = np.zeros(len(values), np.int64)
    edges = np.unique(np.quantile(values[known], np.arange(1, bins) / bins)) if known.any() else np.zeros(0)
    places[known] = np.searchsorted(edges, values[known], side="right")
    names = []
    for place in range(len(edges) + 1):
        here = values[known & (places == place)]
        names.append(f"{here.min():.3g} to {here.max():.3g}" if len(here) else "")
    places[~known] = len(names)
    return [*names, NONE], places
