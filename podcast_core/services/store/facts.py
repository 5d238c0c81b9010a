"""All facts of a workspace, as nouns, whether they were read from the file store or from the database."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from podcast_core.domain.act import Act, Subject, find_archived, find_names, rename, rename_boxes
from podcast_core.domain.bulk_act import BulkAct
from podcast_core.domain.clip import ClipAct, ClipPart
from podcast_core.domain.collection import Collection, CollectionEnd
from podcast_core.domain.draw import Draw, DrawAnswer
from podcast_core.domain.map import Map
from podcast_core.domain.person import call_now, find_earlier_names, find_people
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.remark import Remark
from podcast_core.domain.review import Review
from podcast_core.domain.review_act import ReviewAct
from podcast_core.domain.round import Round
from podcast_core.domain.rule import RuleState
from podcast_core.domain.run import PieceFound, RunEnd, RunPlan
from podcast_core.domain.session import Session
from podcast_core.domain.session_assignment import AssignmentAct
from podcast_core.domain.verification_sample import VerificationSample

KINDS = {  # and how people call one of them
    "recordings": "recording",
    "rounds": "round",
    "sessions": "session",
    "prediction_sets": "prediction set",
    "submissions": "answer",
    "reviews": "review",
    "review_acts": "review act",
    "remarks": "remark",
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
    "verification_samples": "verification sample",
    "assignment_acts": "assignment",
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

    Answers are not among them: there may be a million, read, checked and added in a stream (`answer_reading`).
    """

    recordings: dict[str, Recording] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    sessions: dict[tuple[str, str, str], Session] = field(default_factory=dict)
    prediction_sets: dict[str, PredictionSet] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    review_acts: dict[str, ReviewAct] = field(default_factory=dict)
    remarks: dict[str, Remark] = field(default_factory=dict)
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
    verification_samples: dict[str, VerificationSample] = field(default_factory=dict)
    assignment_acts: dict[str, AssignmentAct] = field(default_factory=dict)

    def minus(self, other: "Facts") -> "Facts":
        """Take away what another has under the same ids."""
        return self.without(other.tables())

    def only(self, names: Mapping[str, Container[Any]]) -> "Facts":
        """Take what is called so, by kind."""
        kept = {
            kind: {name: noun for name, noun in table.items() if name in names[kind]}
            for kind, table in self.tables().items()
        }
        return Facts(**kept)

    def without(self, names: Mapping[str, Container[Any]]) -> "Facts":
        """Take what is not called so, by kind."""
        kept = {
            kind: {name: noun for name, noun in table.items() if name not in names[kind]}
            for kind, table in self.tables().items()
        }
        return Facts(**kept)

    def plus(self, other: "Facts") -> "Facts":
        """Add what another has; its own nouns win."""
        both = {name: {**getattr(other, name), **table} for name, table in self.tables().items()}
        return Facts(**both)

    def tables(self) -> dict[str, dict[Any, Any]]:
        """List the nouns by kind, each kind after those it depends on."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def count(self, answer_count: int = 0) -> dict[str, int]:
        """Count the nouns by kind, predictions one by one, with the answers that belong to them."""
        return {
            "recordings": len(self.recordings),
            "rounds": len(self.rounds),
            "sessions": len(self.sessions),
            "predictions": sum(len(each.predictions) for each in self.prediction_sets.values()),
            "answers": answer_count,
            "reviews": len(self.reviews),
            "model runs": len(self.runs),
            "collections": len(self.collections),
        }

    def apply(self, known: dict[str, Act], *, to_boxes: bool = True) -> "Facts":
        """Write what follows from acts into the nouns, as `storage.acts` does in the database.

        ``to_boxes``: also into the labels of predictions; what goes into the database says what was said.
        """
        names = find_all_names(known)
        archived = find_archived(known.values())
        for round_id, round_ in self.rounds.items():
            act = archived.get(Subject(round_id))
            told = replace(round_, archived_at=act.acted_at if act else None)
            self.rounds[round_id] = rename(told, names.get(round_id, {}))
        for sets_id, each in self.prediction_sets.items():
            if to_boxes and (now := names.get(each.round_id)):
                self.prediction_sets[sets_id] = replace(each, predictions=rename_boxes(each.predictions, now))
        people = find_earlier_names(find_people(known.values()).values())
        for table in self.tables().values() if people else ():
            for name, noun in table.items():
                table[name] = call_now(noun, people)
        return self


def find_all_names(acts: Mapping[str, Act]) -> dict[str, dict[str, str]]:
    """Find what labels are called now, by round and by the names that they had before."""
    return {each: find_names(acts.values(), each) for each in {act.subject.round_id for act in acts.values()}}


def same(one: object, other: object) -> bool:
    """Tell whether two nouns say the same; the order of lists that are sets says nothing."""
    return _plain(one) == _plain(other)


def _plain(noun: object) -> object:
    if isinstance(noun, PredictionSet):
        return replace(noun, predictions=_by_id(noun.predictions))
    if isinstance(noun, ClipPart):
        # why clips have no vector is said at the end of a collection, too
        return replace(noun, columns={name: values for name, values in noun.columns.items() if name != "error"})
    return noun


def _by_id(boxes: Iterable[Prediction]) -> tuple[Prediction, ...]:
    return tuple(sorted(boxes, key=lambda box: box.id))
