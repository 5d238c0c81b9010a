"""Labels of a round as a whole: two of them made one, one deleted, and what that would change before it is done.

Renaming and merging are about words: an act says that a label is called something else, for all boxes of all people and
models in the round. No answer is given anew, so that annotators, verdicts and agreement stay as they are. What was
said is kept, and merging can be undone: boxes that were given the other label meanwhile keep it.

Deleting is about boxes: they leave the answers that count, by one bulk act (`bulk`), and the label leaves the list.
Earlier answers keep theirs, models' predictions stay as they are, and releases never change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from podcast_core.domain.act import Act, Deed, Subject, find_names, find_undone, rename
from podcast_core.domain.bulk_act import MAX_CLIPS, BulkAct, BulkDeed, How
from podcast_core.domain.label import Label, make_labels
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, InvalidInput, NotFound, count_of, name_some
from podcast_core.services.access import get_asking, needs
from podcast_core.services.labels import archive, bulk
from podcast_core.services.labels.bulk_answers import BulkStretch
from podcast_core.services.store import records
from podcast_core.storage import acts, label_uses, rounds
from podcast_core.storage.label_uses import LabelUse
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Record:
    """Something that was done to labels of a round, and what took it back where it was."""

    id: str
    what: str
    who: str
    at: datetime
    undone: bool
    can_undo: bool
    is_bulk: bool = False


def preview(workspace: Workspace, *, round_id: str, label: str) -> LabelUse:
    """Count what an act on a label would change; NotFound when there is no such round, or it has no such label."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        _check_known(round_, label)
        return label_uses.count_uses(connection, round_id, label)


@needs("admin")
def merge_label(workspace: Workspace, *, round_id: str, old: str, new: str, who: str) -> Round:
    """Make one label of two: what is called ``old`` is called ``new``, in all answers and predictions of a round.

    Raises
    ------
    NotFound
        When there is no such round, or one of the labels is not in its list.
    InvalidInput
        When both are the same.
    """
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
        for each in (old, new):
            _check_known(round_, each)
        if old == new:
            raise InvalidInput(f"A label is merged into another one; found {old[:80]!r} twice.")
        archive.record(workspace, Act(archive.new_id(), Deed.MERGE_LABEL, Subject(round_id), who, old, new))
        with workspace.database.reading() as connection:
            return rounds.get_round(connection, round_id)


@needs("admin")
def undo_act(workspace: Workspace, *, round_id: str, act_id: str, who: str) -> Round:
    """Part labels that were merged, or give a label the name back that it had before.

    Raises
    ------
    NotFound
        When there is no such round, or no such act on a label of it.
    Conflict
        When the act was undone already, or the label was renamed or merged again since.
    """
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
            known = acts.list_acts(connection, round_id)
        target = next((each for each in known if each.id == act_id), None)
        if target is None or target.deed not in (Deed.RENAME_LABEL, Deed.MERGE_LABEL):
            raise NotFound(f"Round {round_id!r} has no act {act_id[:80]!r} on its labels.")
        _check_undoable(known, target)
        if target.deed is Deed.MERGE_LABEL:
            names = find_names([each for each in known if each.id != act_id], round_id)
            state = _bring_back(workspace, round_, target.old, names)
            records.save_round(workspace.files, state)  # with the merge, it is as before: a try that is cut off is none
            archive.record(
                workspace, Act(archive.new_id(), Deed.UNDO, Subject(round_id), who, undoes=act_id), state=state
            )
    if target.deed is Deed.RENAME_LABEL:
        return archive.rename_label(workspace, round_id=round_id, old=target.new, new=target.old, who=who)
    with workspace.database.reading() as connection:
        return rounds.get_round(connection, round_id)


@needs("admin")
def delete_label(workspace: Workspace, *, act_id: str, round_id: str, label: str, who: str) -> BulkAct | None:
    """Take a label's boxes out of the answers that count, by one bulk act, and the label off the round's list.

    `undo_deletion` brings both back. None where no answer has such a box. The same act again, by its id, is harmless.

    Raises
    ------
    NotFound
        When there is no such round, or it has no such label.
    InvalidInput
        When it is the round's only label, or more boxes have it than one act can be about.
    Conflict
        As `bulk.act_in_bulk`.
    """
    known = next((each for each in bulk.list_acts(workspace, round_id=round_id) if each.act.id == act_id), None)
    if known is not None and (known.act.how, known.act.label, known.act.who) == (How.LABEL, label, who):
        if known.undone_by is None:  # an earlier try may have been cut off before the list
            _set_labels(workspace, round_id, without=label)
        return known.act
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        _check_known(round_, label)
        if len(round_.labels) == 1:
            raise InvalidInput(f"{label!r} is the only label of round {round_id!r}, and a round needs one: rename it.")
        found = label_uses.list_boxes(connection, round_id, label, limit=MAX_CLIPS + 1)
    act = None
    if found:
        stretches = [
            BulkStretch(
                box.start_s, box.end_s, low_hz=box.low_hz, high_hz=box.high_hz, session_id=session_id, label=label
            )
            for session_id, box in found
        ]
        asked = bulk.BulkRequest(act_id, round_id, BulkDeed.REMOVE, stretches, who, label, How.LABEL)
        act = bulk.act_in_bulk(workspace, asked).act
    _set_labels(workspace, round_id, without=label)
    return act


def undo_deletion(workspace: Workspace, *, act_id: str, undoes: str, who: str) -> bulk.BulkDone:
    """Take a bulk act back; where it deleted a label, this comes back with the boxes that nobody has replaced since.

    Raises as `bulk.undo`; Forbidden where who asks may not delete or split labels, or review, and the act did.
    """
    target = bulk.find_acts(workspace, act_ids=[undoes]).get(undoes)
    if target is not None and target.how in (How.LABEL, How.QUERY):
        get_asking().need("admin")
    if target is not None and target.how is How.REVIEW:
        get_asking().need("review")
    done = bulk.undo(workspace, act_id=act_id, undoes=undoes, who=who)
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, done.act.round_id)
    if done.act.how is How.LABEL and done.act.label not in round_.label_names:
        _set_labels(workspace, round_.id, back=done.act.label)
    return done


def list_records(workspace: Workspace, *, round_id: str) -> list[Record]:
    """List what was done to labels of a round, the newest first; NotFound when there is no such round."""
    known = archive.list_acts(workspace, round_id=round_id)
    undone = find_undone(known)
    found = [
        Record(each.id, _describe(each, known), each.who, each.acted_at, each.id in undone, _can_undo(known, each))
        for each in known
        if each.deed in (Deed.RENAME_LABEL, Deed.MERGE_LABEL, Deed.UNDO)
    ]
    for shown in bulk.list_acts(workspace, round_id=round_id):
        act = shown.act
        if act.how in (How.LABEL, How.QUERY) and act.deed is not BulkDeed.UNDO:
            verb = "deleted" if act.how is How.LABEL else ("removed" if act.deed is BulkDeed.REMOVE else "gave")
            what = f"{verb} {act.label}: {count_of(act.changed, 'box', 'es')}" + (
                f" ({act.query})" if act.query else ""
            )
            is_undone = shown.undone_by is not None
            found.append(Record(act.id, what, act.who, act.acted_at, is_undone, not is_undone, is_bulk=True))
    return sorted(found, key=lambda each: (each.at, each.id), reverse=True)


def _describe(act: Act, known: Iterable[Act]) -> str:
    if act.deed is Deed.UNDO:
        target = next((each for each in known if each.id == act.undoes), None)
        return f"undid: {_describe(target, ())}" if target is not None else "undid an act"
    verb = "renamed" if act.deed is Deed.RENAME_LABEL else "merged"
    return f"{verb} {act.old} {'to' if act.deed is Deed.RENAME_LABEL else 'into'} {act.new}"


def _can_undo(known: Iterable[Act], act: Act) -> bool:
    try:
        _check_undoable(known, act)
    except Conflict:
        return False
    return act.deed is not Deed.UNDO


def _check_undoable(known: Iterable[Act], target: Act) -> None:
    known = list(known)
    undone = find_undone(known)
    if target.id in undone:
        raise Conflict(f"This was undone already: {_describe(target, known)}. Nothing was changed.")
    if target.deed is not Deed.RENAME_LABEL:
        return
    later = [each for each in known if (each.acted_at, each.id) > (target.acted_at, target.id)]
    since = [each for each in later if each.old == target.new and each.id not in undone]
    if since:
        raise Conflict(
            f"Since then, {since[-1].who} {_describe(since[-1], known)}. Nothing was changed; undo that first."
        )


def _check_known(round_: Round, label: str) -> None:
    if label not in round_.label_names:
        raise NotFound(f"Round {round_.id!r} has no label {label[:80]!r}: it has {name_some(round_.label_names)}.")


def _set_labels(workspace: Workspace, round_id: str, *, without: str = "", back: str = "") -> None:
    """Take a label off a round's list, or bring one back."""
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
        labels = tuple(each for each in round_.labels if each.name != without)
        changed = _bring_back(workspace, round_, back, dict(round_.renamed)) if back else replace(round_, labels=labels)
        if changed == round_:
            return
        records.save_round(workspace.files, changed)
        with workspace.database.writing() as connection:
            rounds.replace_round(connection, changed)


def _bring_back(workspace: Workspace, round_: Round, name: str, names: Mapping[str, str]) -> Round:
    """Give a round with a label that it had, as it was in the newest of its states that has it.

    ``names`` says what labels of its states are called now.
    """
    if name in round_.label_names:
        return round_
    label, place = Label(name, make_labels([name])[0].color), len(round_.labels)
    for key in sorted(workspace.files.list(f"rounds/{round_.id}/round"), reverse=True):
        labels = rename(records.to_round(key, workspace.files.read(key)), names).labels
        found = next((each for each in labels if each.name == name), None)
        if found is not None:
            label, place = found, labels.index(found)
            break
    if label.hotkey in {each.hotkey for each in round_.labels}:
        label = replace(label, hotkey="")
    return replace(round_, labels=(*round_.labels[:place], label, *round_.labels[place:]))
