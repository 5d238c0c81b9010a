"""Acts in the database, and what follows from them in other tables: a rebuild works it out again in the same way."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select, update

from podcast_core.domain import act as folding
from podcast_core.domain.act import Act, Deed, Subject
from podcast_core.domain.person import find_people
from podcast_core.domain.round import Round
from podcast_core.storage import assigned, clip_labels, deriving, people, rounds
from podcast_core.storage.schema import acts, annotations, predictions, sessions, submissions
from podcast_core.storage.schema import rounds as rounds_table


def add_acts(connection: Connection, new: Iterable[Act]) -> None:
    """Add acts that are not there yet, and apply them."""
    rows = [_to_values(act) for act in new]
    people.add_named(connection, acts, rows)
    for round_id in sorted({row["round_id"] for row in rows} - {""}):
        apply(connection, round_id)
    if any(row["person"] for row in rows):
        people.keep_people(connection, find_people(list_acts(connection, "")).values())
        assigned.remake_all(connection)


def list_acts(connection: Connection, round_id: str | None = None) -> list[Act]:
    """List all acts, or those about one round (empty: about models and people), the oldest first."""
    query = select(acts).order_by(acts.c.acted_at, acts.c.id)
    if round_id is not None:
        query = query.where(acts.c.round_id == round_id)
    return [_to_act(row._mapping) for row in connection.execute(query)]


def apply(connection: Connection, round_id: str) -> None:
    """Write what follows from a round's acts into its row, its sessions and the labels of its boxes."""
    round_ = rounds.find_round(connection, round_id)
    known = list_acts(connection, round_id)
    if round_ is None or not (known or round_.archived_at or round_.renamed):
        return
    archived = folding.find_archived(known)
    _apply_to_round(connection, round_, known, archived.get(Subject(round_id)))
    left_out = [subject.recording_id for subject in archived if subject.recording_id]
    connection.execute(
        update(sessions).where(sessions.c.round_id == round_id).values(archived=sessions.c.recording_id.in_(left_out))
    )
    names = folding.find_names(known, round_id)
    _apply_to_boxes(connection, round_id, names, is_undone=any(act.deed is Deed.UNDO for act in known))
    clip_labels.relabel(connection, round_id)
    deriving.refresh(connection, round_id)


def _apply_to_boxes(connection: Connection, round_id: str, names: Mapping[str, str], *, is_undone: bool) -> None:
    """Give the boxes of a round the labels that theirs are called now, and keep what was said where it differs."""
    of_round = select(submissions.c.id).where(submissions.c.round_id == round_id).scalar_subquery()
    for table, is_here in (
        (annotations, annotations.c.submission_id.in_(of_round)),
        (predictions, predictions.c.round_id == round_id),
    ):
        label, given = table.c.label, table.c.given_label
        for old, new in names.items():
            said = func.nullif(func.coalesce(given, label), new)
            connection.execute(update(table).where(label == old, is_here).values(label=new, given_label=said))
        if not is_undone:
            continue
        said_here = select(given, label).where(is_here, given.is_not(None)).distinct()
        for old, now in connection.execute(said_here).all():
            new = names.get(old, old)
            if new != now:
                wrong = (given == old, label == now, is_here)
                values = {"label": new, "given_label": None if new == old else old}
                connection.execute(update(table).where(*wrong).values(**values))


def _apply_to_round(connection: Connection, round_: Round, known: list[Act], archived: Act | None) -> None:
    names = folding.find_names(known, round_.id)
    rounds.replace_round(connection, folding.rename(round_, names))
    connection.execute(
        update(rounds_table)
        .where(rounds_table.c.id == round_.id)
        .values(renamed=names, archived_at=archived.acted_at if archived else None)
    )


def _to_values(act: Act) -> dict[str, Any]:
    return {
        "id": act.id,
        "deed": act.deed.value,
        **act.subject._asdict(),
        "who": act.who,
        "old": act.old,
        "new": act.new,
        "acted_at": act.acted_at,
        "undoes": act.undoes,
    }


def _to_act(row: Any) -> Act:
    subject = Subject(row["round_id"], row["recording_id"], row["model"], row["version"], row["person"])
    said = (row["who"], row["old"], row["new"], row["acted_at"], row["undoes"])
    return Act(row["id"], Deed(row["deed"]), subject, *said)
