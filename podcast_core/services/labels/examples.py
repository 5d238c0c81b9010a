"""Reference examples of a round's labels: chosen or uploaded by reviewers, shown to everybody who labels.

They are part of the round's own state, and so in the store with all its earlier states.
"""

import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from sqlalchemy import Connection

from podcast_core.audio.files import inspect_audio
from podcast_core.audio.limits import Limits
from podcast_core.domain.box import Box, Stretch
from podcast_core.domain.example import MAX_CLIP_BYTES, MAX_CLIP_S, MAX_EXAMPLES, Example, UploadedClip
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.errors import Conflict, InvalidInput, NotFound, count_of
from podcast_core.services.access import needs
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.services.store import records
from podcast_core.services.store.source_names import clean_path
from podcast_core.services.store.sources import digest
from podcast_core.storage import rounds, sessions
from podcast_core.workspace import Workspace


@needs("review")
def add_example(workspace: Workspace, *, round_id: str, session_id: str, label: str, box: Box, who: str) -> Example:
    """Make a sound of a session an example of a label; the same again changes nothing. Times are session times.

    Raises
    ------
    NotFound
        When there is no such round or session.
    InvalidInput
        When the round has no such label, the box lies outside the session, or the label has enough examples.
    Conflict
        When the round is archived.
    """
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
            check_not_archived(connection, round_)
            session = sessions.get_session(connection, round_id, session_id)
        made = _make_example(session, label, box, who)
        known = next((each for each in round_.examples if each.id == made.id), None)
        if known is not None:
            return session.to_session(known)
        _check_label(round_, label)
        _replace(workspace, replace(round_, examples=(*round_.examples, made)))
    return session.to_session(made)


@needs("review")
def add_clip(
    workspace: Workspace,
    *,
    round_id: str,
    label: str,
    name: str,
    file: BinaryIO,
    licence: str,
    source: str = "",
    who: str,
) -> Example:
    """Make an uploaded sound (its first channel) an example of a label; the same again changes nothing.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When the round has no such label or enough examples of it, the licence is missing, or the file is empty, too
        long or no audio.
    Conflict
        When the round is archived, or has this sound under another licence or from another source.
    StorageUnavailable
        When it cannot be kept.
    """
    clip = _inspect(workspace, round_id, name, file, licence, source)
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
            check_not_archived(connection, round_)
        known = next((each for each in round_.examples if each.id == _name_clip(label, clip)), None)
        if known is not None:
            _check_same_rights(known, clip)
            return known
        _check_label(round_, label)
        file.seek(0)
        workspace.files.add_file(clip.uri.removeprefix("store:"), file)
        duration_s = clip.frame_count / clip.sample_rate_hz
        made = Example(0.0, duration_s, id=_name_clip(label, clip), label=label, session_id="", who=who, clip=clip)
        _replace(workspace, replace(round_, examples=(*round_.examples, made)))
    return made


def _inspect(workspace: Workspace, round_id: str, name: str, file: BinaryIO, licence: str, source: str) -> UploadedClip:
    """Find out what an uploaded file holds; refuses what is too large, too long or no audio."""
    name = clean_path(name)
    size = file.seek(0, os.SEEK_END)
    if not 0 < size <= MAX_CLIP_BYTES:
        raise InvalidInput(
            f"{name}: an example is a file of at most {MAX_CLIP_BYTES / 1e6:g} MB, found {size / 1e6:,.1f} MB."
        )
    with TemporaryDirectory(prefix="podcast-") as folder:
        path = Path(folder, "clip")
        file.seek(0)
        path.write_bytes(file.read())
        try:
            info = inspect_audio(str(path), limits=Limits.of(workspace.settings, longest_s=MAX_CLIP_S))
        except InvalidInput as error:
            raise InvalidInput(f"{name}: {error}") from error
    uri = f"store:rounds/{round_id}/clips/{info.sha256}"
    return UploadedClip(
        sha256=info.sha256,
        uri=uri,
        file_name=Path(name).name,
        sample_rate_hz=info.sample_rate_hz,
        frame_count=info.frame_count,
        licence=licence.strip(),
        source=source.strip(),
    )


def _check_same_rights(known: Example, clip: UploadedClip) -> None:
    """Refuse (Conflict) a sound that is there with other rights: what was sent would be lost."""
    there = known.clip
    if there is not None and (there.licence, there.source) != (clip.licence, clip.source):
        raise Conflict(
            f"This sound is an example of {known.label!r} already, with licence {there.licence!r} and source "
            f"{there.source!r}; found {clip.licence!r} and {clip.source!r}. Remove that example first to change them."
        )


def _name_clip(label: str, clip: UploadedClip) -> str:
    return f"example-{digest(label, clip.sha256)}"


def _check_label(round_: Round, label: str) -> None:
    """Refuse (InvalidInput) a label that the round lacks, or that has enough examples."""
    if label not in round_.label_names:
        raise InvalidInput(f"Round {round_.id!r} has no label {label[:80]!r}.")
    of_label = [each for each in round_.examples if round_.name_now(each.label) == label]
    if len(of_label) >= MAX_EXAMPLES:
        raise InvalidInput(f"{label!r} has {count_of(len(of_label), 'example')} already: remove one first.")


@needs("review")
def remove_example(workspace: Workspace, *, round_id: str, example_id: str) -> None:
    """Show an example no more; NotFound when there is no such round or example."""
    with workspace.database.holding(f"round/{round_id}"):
        with workspace.database.reading() as connection:
            round_ = rounds.get_round(connection, round_id)
        removed = next((each for each in round_.examples if each.id == example_id), None)
        if removed is None:
            raise NotFound(f"There is no example {example_id[:80]!r} in round {round_id!r}.")
        _replace(workspace, replace(round_, examples=tuple(each for each in round_.examples if each is not removed)))


def list_examples(workspace: Workspace, *, round_id: str) -> list[Example]:
    """List the examples of a round by label, in the order of its labels; NotFound when there is no such round.

    Labels have the names that they have now, and times are session times. Examples of sessions that are archived, or of
    labels that the round has no more, are left out.
    """
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        its_session = _find_sessions(connection, round_)
    place = {name: at for at, name in enumerate(round_.label_names)}
    shown = [
        replace(each if each.clip else its_session[each.session_id].to_session(each), label=round_.name_now(each.label))
        for each in round_.examples
        if (each.clip or each.session_id in its_session) and round_.name_now(each.label) in place
    ]
    return sorted(shown, key=lambda each: (place[each.label], each.added_at, each.id))


def list_around(workspace: Workspace, *, round_id: str, share: float, min_s: float) -> list[tuple[Example, Stretch]]:
    """List the examples as `list_examples` does, each with the stretch of its session that is shown.

    That is ``share`` of its length on each side, ``min_s`` at least, as far as the session goes.
    """
    found = list_examples(workspace, round_id=round_id)
    with workspace.database.reading() as connection:
        its_session = _find_sessions(connection, rounds.get_round(connection, round_id))
    shown = []
    for each in found:
        around_s, session = max(min_s, share * each.duration_s), its_session.get(each.session_id)
        end_s = each.end_s if session is None else session.duration_s
        shown.append((each, Stretch(max(0.0, each.start_s - around_s), min(end_s, each.end_s + around_s))))
    return shown


def _make_example(session: Session, label: str, box: Box, who: str) -> Example:
    if not (0 <= box.start_s < box.end_s <= session.duration_s + 1e-6):  # what JSON may change
        raise InvalidInput(
            f"An example lies in its session, 0 to {session.duration_s:g} s; found {box.start_s:g} to {box.end_s:g} s."
        )
    placed = session.to_recording(box)
    name = digest(session.round_id, session.id, label, [placed.start_s, placed.end_s, box.low_hz, box.high_hz])
    return Example(
        placed.start_s,
        placed.end_s,
        low_hz=box.low_hz,
        high_hz=box.high_hz,
        id=f"example-{name}",
        label=label,
        session_id=session.id,
        who=who,
    )


def _find_sessions(connection: Connection, round_: Round) -> dict[str, Session]:
    """Find the sessions of a round's examples that are not archived."""
    ids = {each.session_id for each in round_.examples if each.clip is None}
    found = sessions.list_some(connection, round_.id, session_ids=ids)
    return {each.id: each for each in found}


def _replace(workspace: Workspace, changed: Round) -> None:
    records.save_round(workspace.files, changed)
    with workspace.database.writing() as connection:
        rounds.replace_round(connection, changed)
