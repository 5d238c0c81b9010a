"""Acts: what people did to a round, a recording's membership in it, a label's name or a model, recorded for ever.

Nothing is deleted and no older object is changed by an act: what it says is worked out from all acts, in the order in
which they were done. So what was archived can be brought back, and a label that was renamed has its older names still.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.checks import check_text, check_utc
from podcast_core.domain.ids import check_id
from podcast_core.domain.label import Label
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput

Named = TypeVar("Named", Annotation, Prediction)


class Deed(StrEnum):
    """What was done."""

    ARCHIVE = "archive"
    RESTORE = "restore"
    RENAME_LABEL = "rename label"
    MERGE_LABEL = "merge label"
    UNDO = "undo"
    ADD_PERSON = "add person"
    RENAME_PERSON = "rename person"
    SET_ROLE = "set role"
    SET_EMAIL = "set e-mail"
    LINK_LOGIN = "link login"
    LEAVE = "leave"
    RETURN = "return"


class Subject(NamedTuple):
    """What it was done to: a round, a recording in one, a model or (``version``) one version of it, a person (id)."""

    round_id: str = ""
    recording_id: str = ""
    model: str = ""
    version: int | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one person; ``old`` and ``new`` are names of labels, or what a person was and is.

    ``undoes`` is the act that an undo takes back.
    """

    id: str
    deed: Deed
    subject: Subject
    who: str
    old: str = ""
    new: str = ""
    acted_at: datetime = field(default_factory=utc_now)
    undoes: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "Act")
        check_text(self.who, "The name of who did it", 80)
        check_utc(self.acted_at, "acted_at")
        if sum(map(bool, (self.subject.round_id, self.subject.model, self.subject.person))) != 1:
            raise InvalidInput(f"An act is about a round, a model or a person, found {self.subject}.")
        if (self.deed is Deed.UNDO) != bool(self.undoes):
            raise InvalidInput("An undo, and only an undo, names the act that it undoes.")
        if self.deed in (Deed.RENAME_LABEL, Deed.MERGE_LABEL):
            check_text(self.old, "A label's old name", 80)
            check_text(self.new, "A label's new name", 80)


def find_archived(acts: Iterable[Act]) -> dict[Subject, Act]:
    """Find what is archived, each with the act that did it: of several acts the last one counts."""
    found: dict[Subject, Act] = {}
    for act in _in_order(acts):
        if act.deed is Deed.ARCHIVE:
            found[act.subject] = act
        elif act.deed is Deed.RESTORE:
            found.pop(act.subject, None)
    return found


def find_undone(acts: Iterable[Act]) -> set[str]:
    """Find the acts that were undone, by their ids."""
    return {act.undoes for act in acts if act.deed is Deed.UNDO}


def find_names(acts: Iterable[Act], round_id: str) -> dict[str, str]:
    """Find what labels of a round are called now, by the names that they had before."""
    names: dict[str, str] = {}
    acts = _in_order(acts)
    undone = find_undone(acts)
    for act in acts:
        is_label = act.deed in (Deed.RENAME_LABEL, Deed.MERGE_LABEL) and act.id not in undone
        if is_label and act.subject.round_id == round_id:
            current = names.get(act.old, act.old)  # two machines may have renamed one label without knowing
            names = {old: act.new if now == current else now for old, now in names.items()} | {current: act.new}
            names.pop(act.new, None)
    return names


def rename(round_: Round, names: Mapping[str, str]) -> Round:
    """Give the labels of a round the names that they have now; of several that are one now, the one of that name stays.

    Where none has the name, it is the first of them.
    """
    known = {label.name: label for label in round_.labels}
    labels: dict[str, Label] = {}
    for label in round_.labels:
        now = names.get(label.name, label.name)
        labels.setdefault(now, replace(known.get(now, label), name=now))
    return replace(round_, labels=tuple(labels.values()), renamed=tuple(sorted(names.items())))


def rename_boxes(boxes: Iterable[Named], names: Mapping[str, str]) -> tuple[Named, ...]:
    """Give boxes the names that their labels have now."""
    return tuple(replace(box, label=names[box.label]) if box.label in names else box for box in boxes)


def _in_order(acts: Iterable[Act]) -> list[Act]:
    return sorted(acts, key=lambda act: (act.acted_at, act.id))
