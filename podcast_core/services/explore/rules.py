"""Rules (labelling functions): expressions that give clips a label, looked at before they are applied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.checks import check_text
from podcast_core.errors import InvalidInput
from podcast_core.services.explore import columns
from podcast_core.services.explore.expressions import evaluate
from podcast_core.services.explore.filters import Mask, TextFilter, Texts
from podcast_core.services.explore.search import get_space
from podcast_core.storage import clips
from podcast_core.workspace import Workspace

MOST_RULES = 50
NEIGHBOURS = 10
MOST_KNOWN = 4096  # labelled clips among which neighbours are looked for
BLOCK_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Rule:
    """An expression, and the label of the clips for which it is true."""

    expression: str
    label: str

    def __post_init__(self) -> None:
        check_text(self.label, "A label", 80)


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What a rule does, as hover and Snorkel count it.

    ``covered`` clips fit it; of ``conflicts`` of them another rule says something else. Of those with a label,
    ``correct`` have that of the rule and ``incorrect`` another; ``missed`` have it and do not fit; ``hits`` fit and
    have none. ``accuracy`` is None where nothing that fits is labelled.
    """

    rule: Rule
    covered: int
    conflicts: int
    correct: int
    incorrect: int
    missed: int
    hits: int

    @property
    def accuracy(self) -> float | None:
        """The share of labelled clips that fit which have the rule's label."""
        known = self.correct + self.incorrect
        return self.correct / known if known else None


def measure_rules(workspace: Workspace, *, collection_id: str, rules: Sequence[Rule]) -> list[RuleFigures]:
    """Look at what rules would do; nothing is changed.

    Raises
    ------
    NotFound
        When there is no such collection.
    InvalidInput
        When an expression cannot be used, or there are too many.
    """
    if len(rules) > MOST_RULES:
        raise InvalidInput(f"At most {MOST_RULES} rules are looked at at once, found {len(rules)}.")
    reader = _Reader(workspace, collection_id)
    fits = [reader.evaluate(each.expression) for each in rules]
    label, allowed = reader.read("label"), ~reader.evicted
    found = []
    for rule, mask in zip(rules, fits, strict=True):
        others = [other for each, other in zip(rules, fits, strict=True) if each.label != rule.label]
        is_conflict = mask & np.logical_or.reduce(others) if others else np.zeros(len(mask), bool)
        is_same, is_none = label == rule.label, label == ""
        counts = (mask, is_conflict, mask & is_same, mask & ~is_same & ~is_none, ~mask & is_same, mask & is_none)
        found.append(RuleFigures(rule, *(int((each & allowed).sum()) for each in counts)))
    return found


def find_fitting(workspace: Workspace, *, collection_id: str, expression: str) -> Mask:
    """Find the clips for which an expression is true, evicted ones left out: a filter; raises as `measure_rules`."""
    reader = _Reader(workspace, collection_id)
    fitting: Mask = reader.evaluate(expression) & ~reader.evicted
    return fitting


class _Reader:
    """Reads columns of a collection once, for several expressions."""

    def __init__(self, workspace: Workspace, collection_id: str) -> None:
        self._workspace, self._collection_id = workspace, collection_id
        self._known: dict[str, NDArray[Any]] = {}
        self._texts = Texts(workspace, collection_id)
        self._found: dict[TextFilter, Mask] = {}
        self._nearest: tuple[NDArray[np.int64], Mask] | None = None
        with workspace.database.reading() as connection:
            self.evicted = clips.read_columns(connection, collection_id, ["evicted"])["evicted"]

    def evaluate(self, expression: str) -> Mask:
        """Evaluate an expression for all clips."""
        functions: dict[str, Callable[[str], NDArray[Any]]] = {
            "contains": lambda text: self._find(TextFilter(text)),
            "matches": lambda text: self._find(TextFilter(text, is_pattern=True)),
            "neighbours": self._count_neighbours,
        }
        return evaluate(expression, dict.fromkeys(columns.COLUMNS, self.read), functions, len(self.evicted))

    def read(self, name: str) -> NDArray[Any]:
        """Read a column: numbers, or texts."""
        if name not in self._known:
            found = columns.read_column(self._workspace, collection_id=self._collection_id, name=name)
            is_text = bool(found.categories)
            values = np.array(found.categories, object)[found.values] if is_text else found.values.astype(np.float64)
            self._known[name] = values.astype(str) if is_text else values
        return self._known[name]

    def _find(self, wanted: TextFilter) -> Mask:
        if wanted not in self._found:
            self._found[wanted] = self._texts.find(wanted)
        return self._found[wanted]

    def _count_neighbours(self, label: str) -> NDArray[np.float64]:
        """Measure which share of the ten nearest labelled clips has a label; NaN where no clip is labelled."""
        if self._nearest is None:
            self._nearest = self._find_nearest()
        nearest, is_there = self._nearest
        if not nearest.shape[1]:
            return np.full(len(nearest), np.nan)
        has_it = (self.read("label")[nearest] == label) & is_there
        shares: NDArray[np.float64] = has_it.sum(axis=1) / np.maximum(1, is_there.sum(axis=1))
        return shares

    def _find_nearest(self) -> tuple[NDArray[np.int64], Mask]:
        """Find the nearest labelled clips of each clip, and which of them are others; once for all labels."""
        directions = get_space(self._workspace, collection_id=self._collection_id).directions
        names = self.read("label")
        known = np.flatnonzero((names != "") & directions.any(axis=1))
        known = np.sort(np.random.default_rng(0).permutation(known)[:MOST_KNOWN])
        count = min(NEIGHBOURS, len(known))
        nearest, is_there = np.zeros((len(names), count), np.int64), np.zeros((len(names), count), bool)
        for first in range(0, len(names) if count else 0, BLOCK_ROWS):
            rows = np.arange(first, min(first + BLOCK_ROWS, len(names)))
            alike = directions[rows] @ directions[known].T
            alike[rows[:, None] == known[None]] = -np.inf  # a clip is not its own neighbour
            places = np.argsort(-alike, axis=1, kind="stable")[:, :count]
            is_there[rows] = np.take_along_axis(alike, places, 1) > -np.inf
            nearest[rows] = known[places]
        return nearest, is_there
