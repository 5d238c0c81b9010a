"""Labels given to stretches of the round of ten, and a round with thousands of sessions, in the database only."""

import uuid

from podcast_core.domain.annotation import Origin
from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.bulk_act import BulkDeed
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.services.labels import bulk, rounds, session_views
from podcast_core.services.labels.bulk import BulkDone, BulkRequest
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.labels.labelling import Receipt
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, make_sessions, submit


def make_many(workspace: Workspace, *, session_count: int, each: int) -> list[BulkStretch]:
    """Make round ``many``: so many sessions of 60 s in one recording, and so many clips of a second in each."""
    rounds.add_round(workspace, name="many", labels=["call", "whistle"])
    recording = make_recording("/nowhere/many.wav", 60 * session_count, digits="b")
    made = make_sessions(recording, "many", "many_{:06d}", session_count)
    add_recording(workspace, recording, made)
    return [
        BulkStretch(session_id=session.id, start_s=session.start_s + number, end_s=session.start_s + number + 1)
        for session in made
        for number in range(each)
    ]


def name(index: int) -> str:
    return f"ten_{index:04x}"


def clip(index: int, offset_s: float = 0.25, label: str = "") -> BulkStretch:
    """A quarter of a second of session ``index``."""
    return BulkStretch(session_id=name(index), start_s=index + offset_s, end_s=index + offset_s + 0.25, label=label)


def predicted(prediction_id: str) -> BulkStretch:
    place = {"p-0": (1.1, 1.3), "p-1": (1.5, 1.875)}[prediction_id]
    return BulkStretch(*place, session_id=name(1), prediction_id=prediction_id)


def label(workspace: Workspace, *stretches: BulkStretch, to: str = "call", **more: object) -> BulkDone:
    fields = {"id": str(uuid.uuid4()), "round_id": "ten", "deed": BulkDeed.LABEL, "who": "Bo", "label": to, **more}
    return bulk.act_in_bulk(workspace, BulkRequest(stretches=stretches, **fields))  # type: ignore[arg-type]  # the names are fields


def remove(workspace: Workspace, *stretches: BulkStretch, only: str = "") -> BulkDone:
    return label(workspace, *stretches, to=only, deed=BulkDeed.REMOVE)


def undo(workspace: Workspace, done: BulkDone, who: str = "Bo") -> BulkDone:
    return bulk.undo(workspace, act_id=str(uuid.uuid4()), undoes=done.act.id, who=who)


def answer(
    workspace: Workspace, index: int, outcome: Outcome, *boxes: AnswerBox, who: str = "Ann", base: int = 0
) -> Receipt:
    return submit(workspace, "ten", name(index), *boxes, who=who, outcome=outcome, base_revision=base)


def counting(workspace: Workspace, index: int) -> Submission | None:
    return session_views.get_view(workspace, round_id="ten", session_id=name(index)).answer


def boxes(workspace: Workspace, index: int) -> list[tuple[float, str, Origin]]:
    return boxes_of(counting(workspace, index), index)


def boxes_of(found: Submission | None, index: int) -> list[tuple[float, str, Origin]]:
    return [] if found is None else [(box.start_s - index, box.label, box.origin) for box in found.annotations]


def standing(workspace: Workspace, index: int) -> str:
    return session_views.get_view(workspace, round_id="ten", session_id=name(index)).standing


def everything(workspace: Workspace) -> dict[str, object]:
    """What counts in each session, whoever said it."""
    views = [session_views.get_view(workspace, round_id="ten", session_id=name(i)) for i in range(10)]
    return {view.session.id: (view.standing, boxes_of(view.answer, i)) for i, view in enumerate(views)}
