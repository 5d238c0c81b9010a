"""What is taken out of sight and brought back, and labels that get another name: acts that are kept for ever.

Nothing is deleted: answers and audio stay in the store as they are. An archived round hands out no sessions and is in
no list, unless it is asked for; it can be read and exported. A recording that is archived in a round is in neither its
queue nor its counts, exports, trainings and new releases. Releases that were made stay as they are.
"""

import uuid

from sqlalchemy import Connection

from podcast_core.domain.act import Act, Deed, Subject, find_archived, rename
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.access import needs
from podcast_core.services.store import records
from podcast_core.storage import acts, predictions, recordings, rounds, sessions, submissions, tallies
from podcast_core.storage.database import keep_writers_out
from podcast_core.workspace import Workspace


def list_acts(workspace: Workspace, *, round_id: str) -> list[Act]:
    """List what was archived, brought back or renamed in a round, the oldest first; NotFound when there is none."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        return acts.list_acts(connection, round_id)


@needs("admin")
def archive_round(workspace: Workspace, *, round_id: str, who: str, is_archived: bool = True) -> Round:
    """Archive a round, or bring it back; a second time changes nothing. NotFound when there is no such round."""
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            rounds.get_round(connection, round_id)
        set_archived(workspace, Subject(round_id), who, is_archived)
        with workspace.database.reading() as connection:
            return rounds.get_round(connection, round_id)


@needs("admin")
def archive_recording(
    workspace: Workspace, *, round_id: str, recording_id: str, who: str, is_archived: bool = True
) -> None:
    """Archive a recording in one round, or bring it back there; other rounds keep it.

    Raises
    ------
    NotFound
        When there is no such round, or it has no session of the recording.
    """
    with workspace.database.holding(f"round/{round_id}", f"recording/{recording_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
            if not sessions.has_recording(connection, round_id, recording_id):
                raise NotFound(f"Round {round_.id!r} has no recording {recording_id[:80]!r}.")
        set_archived(workspace, Subject(round_id, recording_id), who, is_archived)


def list_recordings(workspace: Workspace, *, round_id: str) -> list[tuple[Recording, int, Act | None]]:
    """List a round's recordings with their sessions here and, where one is archived, the act that did it."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        archived = find_archived(acts.list_acts(connection, round_id))
        counts = tallies.list_groups(connection, round_id, "sessions of a recording")
        found = recordings.list_recordings(connection, counts)
    return [(each, counts[each.id], archived.get(Subject(round_id, each.id))) for each in found]


@needs("admin")
def rename_label(workspace: Workspace, *, round_id: str, old: str, new: str, who: str) -> Round:
    """Give a label of a round another name, in all its answers and predictions.

    Objects in the store keep the old name, which stays reserved: files and answers that still say it mean the new one.

    Raises
    ------
    NotFound
        When there is no such round, or it has no such label.
    InvalidInput
        When the new name cannot be used, is another label's (two labels are never merged by renaming, because that
        could not be taken back), or was another label's before.
    """
    new = new.strip()
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
            _check_names(connection, round_, old, new)
        if old != new:
            act = Act(new_id(), Deed.RENAME_LABEL, Subject(round_id), who, old, new)
            rename(round_, {old: new})  # refuses what can be no label's name, before anything is kept
            record(workspace, act)
        with workspace.database.reading() as connection:
            return rounds.get_round(connection, round_id)


def _check_names(connection: Connection, round_: Round, old: str, new: str) -> None:
    used = submissions.list_used_labels(connection, round_.id) | predictions.list_used_labels(connection, round_.id)
    known = used | set(round_.label_names)
    if old not in known:
        now = round_.name_now(old)
        hint = f"it is called {now!r} now" if now != old else f"it has {', '.join(round_.label_names[:20])}"
        raise NotFound(f"Round {round_.id!r} has no label {old[:80]!r}: {hint}.")
    if new != old and new in known:
        raise InvalidInput(
            f"Round {round_.id!r} has a label {new[:80]!r} already. Renaming does not merge two labels, because that "
            f"could not be undone: merge {old[:80]!r} into it instead, which can."
        )
    if round_.name_now(new) not in (new, old):
        raise InvalidInput(f"{new[:80]!r} was the name of {round_.name_now(new)!r} before: choose another one.")


def set_archived(workspace: Workspace, subject: Subject, who: str, is_archived: bool) -> None:
    """Record that something is archived, or brought back, unless it is so already; the caller holds its name."""
    with workspace.database.reading() as connection:
        known = acts.list_acts(connection, subject.round_id)
    if (subject in find_archived(known)) is not is_archived:
        record(workspace, Act(new_id(), Deed.ARCHIVE if is_archived else Deed.RESTORE, subject, who))


def check_not_archived(connection: Connection, round_: Round) -> None:
    """Refuse work on an archived round.

    Raises
    ------
    Conflict
        Saying who archived it and when.
    """
    if round_.archived_at is None:
        return
    act = find_archived(acts.list_acts(connection, round_.id))[Subject(round_.id)]
    raise Conflict(
        f"Round {round_.id!r} was archived by {act.who} on {act.acted_at:%Y-%m-%d}: it hands out no sessions and "
        f"accepts nothing new but answers to what was handed out before, which count once it is restored. The "
        f"person who runs this server can restore it."
    )


def record(workspace: Workspace, act: Act, state: Round | None = None) -> None:
    """Keep an act, and what follows from it; ``state`` is the round's own, where its labels are others since."""
    records.save_act(workspace.files, act)
    with workspace.database.writing() as connection:
        if act.deed not in (Deed.ARCHIVE, Deed.RESTORE):
            keep_writers_out(connection)  # nobody writes the old name while it is being replaced
        if state is not None:
            rounds.replace_round(connection, state)
        acts.add_acts(connection, [act])


def new_id() -> str:
    """Make the id of an act of now."""
    return f"{utc_now():{records.STAMP}}-{uuid.uuid4().hex[:8]}"
