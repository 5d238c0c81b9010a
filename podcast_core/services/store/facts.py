"""All facts of a workspace, as nouns, whether they were read from the file store or from the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from podcast_core.domain.act import Act, Subject, find_archived, find_names, rename, rename_boxes
from podcast_core.domain.bulk_act import BulkAct, find_taken_back
from podcast_core.domain.clip import ClipAct, ClipPart
from podcast_core.domain.collection import Collection, CollectionEnd
from podcast_core.domain.draw import Draw, DrawAnswer
from podcast_core.domain.map import Map
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review
from podcast_core.domain.round import Round
from podcast_core.domain.rule import RuleState
from podcast_core.domain.run import PieceFound, RunEnd, RunPlan
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission

KINDS = {  # and how people call one of them
    "recordings": "recording",
    "rounds": "round",
    "sessions": "session",
    "prediction_sets": "prediction set",
    "submissions": "answer",
    "reviews": "review",
    "runs": "model run",
    "run_pieces": "piece of a model run",
    "run_ends": "end of a model run",
    "acts": "act",
    "bulk_acts": "bulk act",
    "collections": "collection",
    "clip_parts": "part of a collection",
    "collection_ends": "end of a collection",
    "clip_acts": "act on clips",
    "maps": "map",
    "rules": "rule",
    "draws": "draw",
    "draw_answers": "answer about drawn clips",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An object or row that cannot be used, and why; ``is_label`` when it is a person's answer or review."""

    name: str
    reason: str
    is_label: bool = False


@dataclass(slots=True)
class Facts:
    """Nouns by id; sessions by round, id and recording, pieces of runs by run and position (six digits).

    ``about`` says of which recording a submission is.
    """

    recordings: dict[str, Recording] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    sessions: dict[tuple[str, str, str], Session] = field(default_factory=dict)
    prediction_sets: dict[str, PredictionSet] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    runs: dict[str, RunPlan] = field(default_factory=dict)
    run_pieces: dict[tuple[str, str], PieceFound] = field(default_factory=dict)
    run_ends: dict[str, RunEnd] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    bulk_acts: dict[str, BulkAct] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    clip_parts: dict[tuple[str, str], ClipPart] = field(default_factory=dict)
    collection_ends: dict[str, CollectionEnd] = field(default_factory=dict)
    clip_acts: dict[str, ClipAct] = field(default_factory=dict)
    maps: dict[str, Map] = field(default_factory=dict)
    rules: dict[str, RuleState] = field(default_factory=dict)
    draws: dict[str, Draw] = field(default_factory=dict)
    draw_answers: dict[str, DrawAnswer] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)

    def minus(self, other: "Facts") -> "Facts":
        """Take away what another has under the same ids."""
        kept = {
            name: {key: value for key, value in table.items() if key not in getattr(other, name)}
            for name, table in self.tables().items()
        }
        return Facts(**kept, about=self.about)

    def plus(self, other: "Facts") -> "Facts":
        """Add what another has; its own nouns win."""
        both = {name: {**getattr(other, name), **table} for name, table in self.tables().items()}
        return Facts(**both, about={**other.about, **self.about})

    def tables(self) -> dict[str, dict[Any, Any]]:
        """List the nouns by kind, each kind after those it depends on."""
        return {name: getattr(self, name) for name in KINDS}

    def count(self) -> dict[str, int]:
        """Count the nouns by kind; predictions one by one."""
        return {
            "recordings": len(self.recordings),
            "rounds": len(self.rounds),
            "sessions": len(self.sessions),
            "predictions": sum(len(each.predictions) for each in self.prediction_sets.values()),
            "answers": len(self.submissions),
            "reviews": len(self.reviews),
            "model runs": len(self.runs),
            "collections": len(self.collections),
        }

    def apply(self, known: dict[str, Act], bulk_acts: dict[str, BulkAct] | None = None) -> "Facts":
        """Write what follows from acts into the nouns, as `storage.acts` and `storage.bulk` do in the database.

        ``bulk_acts``: those that are known, unless they are all here.
        """
        taken_back = find_taken_back((self.bulk_acts if bulk_acts is None else bulk_acts).values())
        for answer_id, answer in self.submissions.items():
            if answer.taken_back is not (answer_id in taken_back):
                self.submissions[answer_id] = replace(answer, taken_back=not answer.taken_back)
        names = {each: find_names(known.values(), each) for each in {act.subject.round_id for act in known.values()}}
        archived = find_archived(known.values())
        for round_id, round_ in self.rounds.items():
            act = archived.get(Subject(round_id))
            told = replace(round_, archived_at=act.acted_at if act else None)
            self.rounds[round_id] = rename(told, names.get(round_id, {}))
        for sets_id, each in self.prediction_sets.items():
            if now := names.get(each.round_id):
                self.prediction_sets[sets_id] = replace(each, predictions=rename_boxes(each.predictions, now))
        for answer_id, answer in self.submissions.items():
            if now := names.get(answer.round_id):
                self.submissions[answer_id] = replace(
                    answer,
                    annotations=rename_boxes(answer.annotations, now),
                    rejected=rename_boxes(answer.rejected, now),
                    unreviewed=rename_boxes(answer.unreviewed, now),
                )
        return self


def same(one: object, other: object) -> bool:
    """Tell whether two nouns say the same; the order of lists that are sets says nothing."""
    return _plain(one) == _plain(other)


def _plain(noun: object) -> object:
    if isinstance(noun, Submission):
        return replace(noun, revision=0, rejected=_by_id(noun.rejected), unreviewed=_by_id(noun.unreviewed))
    if isinstance(noun, PredictionSet):
        return replace(noun, predictions=_by_id(noun.predictions))
    if isinstance(noun, ClipPart):
        # why clips have no vector is said at the end of a collection, too
        return replace(noun, columns={name: values for name, values in noun.columns.items() if name != "error"})
    return noun


def _by_id(boxes: Iterable[Prediction]) -> tuple[Prediction, ...]:
    return tuple(sorted(boxes, key=lambda box: box.id))
