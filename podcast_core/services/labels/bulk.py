"""Bulk acts: a label given to, or taken from, thousands of stretches in many sessions of a round, and taken back.

Each touched session gets one ordinary answer by the person who acts, made from the one that counted (`bulk_answers`).
The act and its answers are one object in the store, which is on the disk before anything is acknowledged, and then one
transaction in the database. The id of the act makes a second click, or a second try, harmless.

Nobody else waits for the store meanwhile. When it is an act's turn, it takes the time, and reads when all answers that
were being given to its sessions then are kept: it builds on each of them, and on what came in the meantime. An answer
that is given after that is newer, and counts.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from podcast_core.collecting import without_collecting
from podcast_core.domain.bulk_act import MAX_CLIPS, BulkAct, BulkDeed, How, find_undo
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Submission, find_counting
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound, name_some
from podcast_core.services.access import get_asking, needs
from podcast_core.services.labels import independence
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.labels.bulk_answers import BulkStretch, Draft, make_answer, take_back
from podcast_core.services.labels.labelling import name_session
from podcast_core.services.labels.rounds import add_labels, check_new_labels
from podcast_core.services.store import bulk_records
from podcast_core.storage import bulk, clip_labels, deriving, predictions, recordings, rounds, submissions
from podcast_core.storage.bulk import Touched
from podcast_core.storage.database import analyze
from podcast_core.workspace import Workspace

NAMESPACE = uuid.UUID("0b0f5c0e-93f5-4f5e-8a44-0f6a1f0f5f13")
MANY = 1000  # as in `storage.predictions`


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """What somebody wants to do in bulk; see `podcast_core.domain.bulk_act.BulkAct`.

    ``label`` is the one to give, or the only one to remove. ``may_add``: a name that the round does not have yet is
    added to its labels.
    """

    id: str
    round_id: str
    deed: BulkDeed
    stretches: Sequence[BulkStretch]
    who: str
    label: str = ""
    how: How = How.LASSO
    heard: int = 0
    agreed: int = 0
    collection_id: str = ""
    may_add: bool = False
    query: str = ""


@dataclass(frozen=True, slots=True)
class BulkDone:
    """What became of a bulk act, and how many sessions it touched; ``repeated`` when it was done before."""

    act: BulkAct
    session_count: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ShownAct:
    """A bulk act, and who took it back where somebody did."""

    act: BulkAct
    undone_by: BulkAct | None


@needs("label")
def act_in_bulk(workspace: Workspace, request: BulkRequest) -> BulkDone:
    """Give a label to stretches, or take labels off.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When a stretch lies in no session of the round, or the label cannot be used; nothing is kept then.
    Conflict
        When the round or a recording is archived, or the id was used for another act.
    """
    act = BulkAct(
        id=request.id,
        round_id=request.round_id,
        deed=request.deed,
        who=request.who,
        how=request.how,
        label=request.label.strip(),
        collection_id=request.collection_id,
        clip_count=len(request.stretches),
        heard=request.heard,
        agreed=request.agreed,
        asked=_digest(request),
        query=request.query,
    )
    if act.deed is BulkDeed.UNDO:
        raise InvalidInput("A bulk act is undone by its id, not by its clips.")
    if not 1 <= act.clip_count <= MAX_CLIPS:
        raise InvalidInput(f"A bulk act is about 1 to {MAX_CLIPS:,} clips; found {act.clip_count:,}.")
    with acting(workspace, act, [each.session_id for each in request.stretches]) as act:
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, act.round_id)
            if known := find_repeated(connection, act):
                return known
            check_not_archived(connection, round_)
            independence.check_together(round_)
            stretches = _look_up(connection, act.round_id, request.stretches)
            act, is_new = _check_label(round_, act, stretches, may_add=request.may_add)
            by_session: dict[str, list[BulkStretch]] = defaultdict(list)
            for stretch in stretches:
                by_session[stretch.session_id].append(stretch)
            touched = bulk.list_touched(connection, act.round_id, by_session)
            _check_places(connection, act.round_id, touched, by_session)
            act, made = _make_answers(act, touched, by_session)
        if is_new:
            add_labels(workspace, round_id=act.round_id, names=[act.label])
        return keep(workspace, act, made, {each: touched[each].session.recording_id for each in touched})


@needs("label")
def undo(workspace: Workspace, *, act_id: str, undoes: str, who: str) -> BulkDone:
    """Take a bulk act back, or (an undo) bring it again; ``act_id`` is the id of this act.

    Answers that nobody has followed since are taken back, so that what counted before counts again. In sessions that
    somebody has changed since, the act's boxes that still stand unchanged are taken back, by a new answer; ``left``
    counts what could not be.

    Raises
    ------
    Forbidden
        When somebody else did it, and who asks is an annotator.
    NotFound
        When there is no such act.
    Conflict
        When the act was taken back already, the round is archived, or the id was used for another act.
    """
    with workspace.database.reading() as connection:
        target = bulk.find_act(connection, undoes)
        if target is None:
            raise NotFound(f"There is no bulk act {undoes[:80]!r}.")
        get_asking().check_undo(target.who)
        places = bulk.list_places(connection, (*target.takes_back, *target.brings_back))
        touched = {session_id for session_id, _ in bulk.list_made(connection, target.id)}.union(places.values())
    act = BulkAct(
        id=act_id,
        round_id=target.round_id,
        deed=BulkDeed.UNDO,
        who=who,
        how=target.how,
        label=target.label,
        collection_id=target.collection_id,
        clip_count=target.clip_count,
        asked=undoes,
        undoes=undoes,
    )
    with acting(workspace, act, touched) as act:
        with workspace.database.reading() as connection:
            if known := find_repeated(connection, act):
                return known
            check_not_archived(connection, rounds.get_round(connection, act.round_id))
            earlier = find_undo(bulk.list_acts(connection, act.round_id), undoes)
            if earlier is not None:
                raise Conflict(
                    f"{earlier.who} undid this on {earlier.acted_at:%Y-%m-%d %H:%M} UTC. Nothing was changed."
                )
            act, made, recording_ids = _Undoing(connection, target, act).work_out()
        return keep(workspace, act, made, recording_ids)


def list_acts(workspace: Workspace, *, round_id: str) -> list[ShownAct]:
    """List the bulk acts of a round, the newest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        known = bulk.list_acts(connection, round_id)
    return [ShownAct(act, find_undo(known, act.id)) for act in reversed(known)]


def find_acts(workspace: Workspace, *, act_ids: Iterable[str]) -> dict[str, BulkAct]:
    """Find bulk acts by id; those that are not here are not among them."""
    with workspace.database.reading() as connection:
        found = [bulk.find_act(connection, each) for each in sorted({*act_ids} - {""})]
    return {act.id: act for act in found if act is not None}


@contextmanager
def acting(workspace: Workspace, act: BulkAct, session_ids: Iterable[str]) -> Iterator[BulkAct]:
    """Let nobody else act in the round, change its labels or archive anything, once its sessions' answers are kept.

    Gives the act with the time at which its turn came: what was done while it waited is older.
    """
    names = (f"bulk/{act.round_id}", f"round/{act.round_id}")
    with without_collecting(), workspace.database.holding(*names):
        act = replace(act, acted_at=utc_now())
        workspace.database.wait_for(name_session(act.round_id, each) for each in session_ids)
        yield act


def keep(workspace: Workspace, act: BulkAct, made: Sequence[Submission], recording_ids: Mapping[str, str]) -> BulkDone:
    """Write an act into the store, then into the database; what an earlier try left in the store wins."""
    asked = act
    act, stored = bulk_records.save(workspace.files, act, made, recording_ids)
    answers = [each for each, _ in stored]
    with workspace.database.writing() as connection, deriving.postponed(connection):
        submissions.add_submissions(connection, answers)
        bulk.add_acts(connection, [act])
        bulk.mark(connection, act.takes_back, taken_back=True)
        bulk.mark(connection, act.brings_back, taken_back=False)
        counted = bulk.list_places(connection, (*act.takes_back, *act.brings_back))
        clip_labels.relabel(connection, act.round_id, list(counted.values()))  # of new answers it was done above
        if len(answers) >= MANY:
            analyze(connection)
    _check_same(act, asked)  # what an earlier try left in the store is kept, whatever this one says
    return BulkDone(act, len(answers) + len(act.takes_back) + len(act.brings_back))


def find_repeated(connection: Connection, act: BulkAct) -> BulkDone | None:
    """Find what became of an act that was done before; Conflict when the id was used for another one."""
    known = bulk.find_act(connection, act.id)
    if known is None:
        return None
    _check_same(known, act)
    count = len(bulk.list_made(connection, act.id)) + len(known.takes_back) + len(known.brings_back)
    return BulkDone(known, count, repeated=True)


def _check_same(known: BulkAct, act: BulkAct) -> None:
    if (known.asked, known.round_id, known.who) != (act.asked, act.round_id, act.who):
        raise Conflict(
            f"Bulk act {act.id} was used before by {known.who} with different content. Nothing was changed; repeat "
            f"it under a new id."
        )


def _look_up(connection: Connection, round_id: str, stretches: Sequence[BulkStretch]) -> list[BulkStretch]:
    """Look up the predictions that stretches name, and leave out what is named twice."""
    wanted = sorted({each.prediction_id for each in stretches} - {""})
    known: dict[str, Prediction] = {}
    for ids in bulk.chunk(wanted):
        known.update({each.id: each for each in predictions.list_named(connection, round_id, ids)})
    found: dict[tuple[object, ...], BulkStretch] = {}
    for each in stretches:
        prediction = known.get(each.prediction_id)
        if each.prediction_id and (prediction is None or prediction.session_id != each.session_id):
            raise InvalidInput(f"Session {each.session_id[:80]} has no prediction {each.prediction_id[:80]!r}.")
        place = (each.session_id, each.prediction_id, each.start_s, each.end_s, each.low_hz, each.high_hz)
        found.setdefault(place, each if prediction is None else replace(each, prediction=prediction))
    return list(found.values())


def _check_label(
    round_: Round, act: BulkAct, stretches: Iterable[BulkStretch], *, may_add: bool
) -> tuple[BulkAct, bool]:
    """Take the name that the label has now, and say whether it is new and may be added to the round's labels."""
    act = replace(act, label=round_.name_now(act.label))
    if act.deed is BulkDeed.REMOVE or act.label in round_.label_names:
        return act, False
    if all(each.prediction is not None and each.prediction.label == act.label for each in stretches):
        return act, False
    if not may_add:
        raise InvalidInput(
            f"Label {act.label[:80]!r} is not in the round's list: {name_some(round_.label_names)}. Someone who may "
            f"edit rounds can add it."
        )
    check_new_labels(round_, [act.label])
    return act, True


def _check_places(
    connection: Connection,
    round_id: str,
    touched: Mapping[str, Touched],
    by_session: Mapping[str, Sequence[BulkStretch]],
) -> None:
    for session_id, stretches in by_session.items():
        if session_id not in touched:
            raise InvalidInput(f"Round {round_id} has no session {session_id[:80]!r}: this clip cannot be labelled.")
        session = touched[session_id].session
        if touched[session_id].is_archived:
            name = recordings.get_recording(connection, session.recording_id).file_name
            raise Conflict(f"The recording {name} is archived in round {round_id!r}: restore it to label it.")
        outside = next((each for each in stretches if not each.is_within(session)), None)
        if outside is not None:
            raise InvalidInput(
                f"A clip must lie within its session, {session.start_s:.3f} to {session.end_s:.3f} s of the recording; "
                f"found {outside.start_s:.3f} to {outside.end_s:.3f} s in session {session_id}."
            )


def _make_answers(
    act: BulkAct, touched: Mapping[str, Touched], by_session: Mapping[str, Sequence[BulkStretch]]
) -> tuple[BulkAct, list[Submission]]:
    """Make the answer of each session in which something changes, and count."""
    made, changed, left = [], 0, 0
    for session_id, stretches in by_session.items():
        here = touched[session_id]
        if here.answer is not None and here.answer.is_gold:  # somebody decided about this session box by box
            left += len(stretches)
            continue
        draft = Draft(here.answer.annotations if here.answer is not None else ())
        for stretch in stretches:
            if act.deed is BulkDeed.LABEL:
                draft.give(stretch, act)
            else:
                draft.take(stretch, act.label)
        changed, left = changed + draft.changed, left + draft.left
        if draft.changed:
            named = [each.prediction for each in stretches if each.prediction is not None]
            made.append(make_answer(act, here, draft.boxes, name_answer(act, session_id), named))
    return replace(act, changed=changed, left=left), made


class _Undoing:
    """Works out what an undo does: to answers that the act made, and to those that it took back or brought back."""

    def __init__(self, connection: Connection, target: BulkAct, act: BulkAct) -> None:
        self._connection, self._target, self._act = connection, target, act
        self._made = bulk.list_made(connection, target.id)
        self._session_of = {each: session_id for session_id, each in self._made}
        self._session_of |= bulk.list_places(connection, (*target.takes_back, *target.brings_back))

    def work_out(self) -> tuple[BulkAct, list[Submission], dict[str, str]]:
        """Give the act with what it takes back and brings back, its new answers, and the recordings of sessions."""
        counting = self._list_counting()
        followed = [(session_id, each) for session_id, each in self._made if each not in counting]
        takes_back = [each for each in self._session_of if each in counting]
        brings_back, lost = self._bring_back()
        left = lost + sum(each not in counting for each in self._target.brings_back)
        touched = bulk.list_touched(self._connection, self._target.round_id, [each for each, _ in followed])
        made = []
        for session_id, _ in followed:
            answer, missed = self._take_back(touched[session_id])
            left += missed
            made += [answer] if answer is not None else []
        act = replace(self._act, takes_back=tuple(takes_back), brings_back=tuple(brings_back), left=left)
        act = replace(act, changed=max(0, self._target.changed - left))
        return act, made, {each: here.session.recording_id for each, here in touched.items()}

    def _list_counting(self) -> set[str]:
        return bulk.list_counting_ids(self._connection, self._target.round_id, self._session_of.values())

    def _bring_back(self) -> tuple[list[str], int]:
        """Let the answers count again that the act took back, where nobody has answered since; say how many cannot."""
        wanted = self._target.takes_back
        places = {each: self._session_of[each] for each in wanted if each in self._session_of}
        counting = bulk.find_counting_again(self._connection, self._target.round_id, places)
        back = [each for each in wanted if each in counting]
        return back, len(wanted) - len(back)

    def _take_back(self, here: Touched) -> tuple[Submission | None, int]:
        """Take back what still stands of the act in a session that somebody has changed; say what does not."""
        history = submissions.list_submissions(self._connection, self._target.round_id, here.session.id)
        made = next(each for each in history if each.bulk_id == self._target.id)
        before = find_counting(each for each in history if each.revision < made.revision)
        now = here.answer.annotations if here.answer is not None else ()
        draft = take_back(made, before, now, corrects=bool(self._target.corrects))
        if here.answer is None or here.answer.is_gold or here.is_archived:
            return None, draft.changed + draft.left
        if not draft.changed:
            return None, draft.left
        return make_answer(
            self._act, here, draft.boxes, name_answer(self._act, here.session.id), here.predictions
        ), draft.left


def name_answer(act: BulkAct, session_id: str) -> str:
    """Name the answer of an act to a session: the same for a second try."""
    return str(uuid.uuid5(NAMESPACE, f"{act.round_id}/{act.id}/{session_id}"))


def _digest(request: BulkRequest) -> str:
    """Tell one request from others."""
    places = sorted(
        [each.session_id, each.start_s, each.end_s, each.low_hz or 0, each.high_hz or 0, each.prediction_id]
        for each in request.stretches
    )
    said = [request.deed, request.label, request.how, request.heard, request.agreed, request.collection_id, places]
    text = json.dumps(said + ([request.query] if request.query else []))
    return hashlib.sha256(text.encode()).hexdigest()
