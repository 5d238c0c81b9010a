"""Rules (labelling functions): expressions that give clips a label, looked at before they are applied."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.checks import check_text
from podcast_core.domain.expression import ExpressionFault, flatten
from podcast_core.domain.rule import RuleState
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.services.explore import columns
from podcast_core.services.explore.expressions import evaluate
from podcast_core.services.explore.filters import Mask, TextFilter, Texts
from podcast_core.services.explore.search import get_space
from podcast_core.services.labels import independence
from podcast_core.services.store import collection_records
from podcast_core.storage import clips, rounds
from podcast_core.storage import rules as storage
from podcast_core.workspace import Workspace

MAX_RULES = 50  # chosen: more than a page shows
NEIGHBOURS = 10  # labelled clips that are asked about each; chosen
MAX_KNOWN = 4096  # labelled clips among which neighbours are looked for
BLOCK_ROWS = 8192  # at once; chosen to bound the memory
MARKS = {"correct": "#009e73", "incorrect": "#d55e00", "missed": "#e69f00", "hit": "#0072b2"}


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
    have none. ``accuracy`` is None where nothing that fits is labelled. With a ``fault``, a rule cannot be used, and
    nothing fits it.
    """

    rule: Rule
    covered: int
    conflicts: int
    correct: int
    incorrect: int
    missed: int
    hits: int
    fault: ExpressionFault | None = None

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
        When there are too many.
    """
    if len(rules) > MAX_RULES:
        raise InvalidInput(f"At most {MAX_RULES} rules are looked at at once, found {len(rules)}.")
    reader = _Reader(workspace, collection_id)
    evaluated = [reader.try_to_evaluate(each.expression) for each in rules]
    fits = [mask for mask, _ in evaluated]
    label, allowed = reader.read("label"), ~reader.evicted
    found = []
    for rule, (mask, fault) in zip(rules, evaluated, strict=True):
        others = [other for each, other in zip(rules, fits, strict=True) if each.label != rule.label]
        is_conflict = mask & np.logical_or.reduce(others) if others else np.zeros(len(mask), bool)
        is_same, is_none = label == rule.label, label == ""
        counts = (mask, is_conflict, mask & is_same, mask & ~is_same & ~is_none, ~mask & is_same, mask & is_none)
        covered, conflicts, correct, incorrect, missed, hits = (int((each & allowed).sum()) for each in counts)
        found.append(RuleFigures(rule, covered, conflicts, correct, incorrect, missed, hits, fault))
    return found


def mark_rule(workspace: Workspace, *, collection_id: str, rule: Rule) -> columns.Column:
    """Mark each clip as hover does: correct, incorrect, missed or a hit; see `RuleFigures`. The others have no mark."""
    reader = _Reader(workspace, collection_id)
    fits, label = reader.evaluate(rule.expression), reader.read("label")
    is_same, is_none = label == rule.label, label == ""
    marks = (fits & is_same, fits & ~is_same & ~is_none, ~fits & is_same, fits & is_none)
    values = np.full(len(label), len(MARKS), np.uint16)
    for place, mask in enumerate(marks):
        values[mask & ~reader.evicted] = place
    return columns.Column(values, (*MARKS, ""), (*MARKS.values(), "#bbbbbb"))


def find_fitting(workspace: Workspace, *, collection_id: str, expression: str) -> Mask:
    """Find the clips for which an expression is true, evicted ones left out: a filter.

    Raises
    ------
    NotFound
        When there is no such collection.
    ExpressionFault
        When the expression cannot be used.
    """
    reader = _Reader(workspace, collection_id)
    fitting: Mask = reader.evaluate(expression) & ~reader.evicted
    return fitting


def list_rules(workspace: Workspace, *, collection_id: str) -> list[RuleState]:
    """List the rules that are kept with a collection as they are now, the oldest rule first."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, independence.get_collection(connection, collection_id).round_id)
        states = {state.rule_id: state for state in storage.list_states(connection, collection_id)}
    # A label that has got another name since is called by that.
    return [replace(state, label=round_.name_now(state.label)) for state in states.values() if state.expression]


@needs("label")
def keep_rule(workspace: Workspace, *, collection_id: str, rule_id: str, rule: Rule, who: str) -> RuleState:
    """Keep a rule with a collection, or change the one of this id, so that everybody has it; nothing is labelled.

    Raises
    ------
    NotFound
        When there is no such collection.
    InvalidInput
        When the expression cannot be used; when there are too many rules.
    """
    find_fitting(workspace, collection_id=collection_id, expression=rule.expression)
    rule = replace(rule, expression=flatten(rule.expression))
    return _keep(workspace, RuleState(str(uuid.uuid4()), collection_id, rule_id, rule.expression, rule.label, who))


@needs("label")
def remove_rule(workspace: Workspace, *, collection_id: str, rule_id: str, who: str) -> RuleState:
    """Remove a rule; what it was stays in the store. NotFound when there is none."""
    kept = {each.rule_id: each for each in list_rules(workspace, collection_id=collection_id)}
    if rule_id not in kept:
        raise NotFound(f"Collection {collection_id!r} has no rule {rule_id[:80]!r}.")
    return _keep(workspace, replace(kept[rule_id], id=str(uuid.uuid4()), expression="", who=who, kept_at=utc_now()))


def _keep(workspace: Workspace, state: RuleState) -> RuleState:
    with workspace.database.holding(f"collection/{state.collection_id}"):
        with workspace.database.reading() as connection:
            states = storage.list_states(connection, state.collection_id)
        known = {each.rule_id: each for each in states}
        others = [each for name, each in known.items() if each.expression and name != state.rule_id]
        if state.expression and len(others) >= MAX_RULES:
            raise InvalidInput(f"A collection keeps at most {MAX_RULES} rules: remove one first.")
        if states and state.kept_at <= states[-1].kept_at:  # a clock may stand still, or be set back
            state = replace(state, kept_at=states[-1].kept_at + timedelta(microseconds=1))
        collection_records.save(workspace.files, state)
        with workspace.database.writing() as connection:
            storage.add_states(connection, [state])
    return state


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

    def try_to_evaluate(self, expression: str) -> tuple[Mask, ExpressionFault | None]:
        """Evaluate an expression; where it cannot be used nothing fits, and it is said why."""
        try:
            return self.evaluate(expression), None
        except ExpressionFault as fault:
            return np.zeros(len(self.evicted), bool), fault

    def read(self, name: str) -> NDArray[Any]:
        """Read a column: numbers, or texts."""
        if name not in self._known:
            found = columns.read_column(self._workspace, collection_id=self._collection_id, name=name)
            is_text = bool(found.categories)  # each once: a file name or an error, a million times, would be gigabytes
            texts = np.array(found.categories, object) if is_text else None
            self._known[name] = found.values.astype(np.float64) if texts is None else texts[found.values]
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
        known = np.sort(np.random.default_rng(0).permutation(known)[:MAX_KNOWN])
        count = min(NEIGHBOURS, len(known))
        nearest, is_there = np.zeros((len(names), count), np.int64), np.zeros((len(names), count), bool)
        for first in range(0, len(names) if count else 0, BLOCK_ROWS):
            rows = np.arange(first, min(first + BLOCK_ROWS, len(names)))
            alike = directions[rows] @ directions[known].T
            alike[rows[:, None] == known[None]] = -np.inf  # a clip is not its own neighbour
            places = np.argpartition(-alike, count - 1, axis=1)[:, :count]  # their order does not matter
            is_there[rows] = np.take_along_axis(alike, places, 1) > -np.inf
            nearest[rows] = known[places]
        return nearest, is_there
