"""Writing AOEF (see `formats.aoef`), with the soundevent package.

Ids are digests and times those of the answers, so that the same facts make the same file.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.submission import Outcome
from podcast_core.formats import aoef, session_tables
from podcast_core.formats.contents import NOTES, Batch, Entry
from podcast_core.formats.format import Format

DOCUMENT = "annotations.aoef.json"
STATES = {Outcome.LABELLED: "completed", Outcome.EMPTY: "completed", Outcome.UNSURE: "rejected"}


def write(batch: Batch) -> dict[str, bytes]:
    """Write a round as an annotation project with a clip for each session, and the session tables."""
    from soundevent import data
    from soundevent.io.aoef import AOEFObject
    from soundevent.io.aoef.annotation_project import AnnotationProjectAdapter

    writer = _Writer(batch)
    round_ = batch.round_
    pieces = [writer.describe(entry) for entry in batch.entries]
    project = data.AnnotationProject(
        uuid=_name("project", round_.id),
        name=round_.name,
        description=round_.description,
        instructions=round_.instructions,
        annotation_tags=[_tag("label", label) for label in round_.label_names],
        clip_annotations=[annotation for annotation, _ in pieces],
        tasks=[task for _, task in pieces],
        created_on=writer.created_on,
    )
    adapted = AnnotationProjectAdapter().to_aoef(project)
    document = AOEFObject(data=adapted, created_on=writer.created_on)
    text = document.model_dump_json(exclude_none=True, indent=1)
    return {DOCUMENT: f"{text}\n".encode(), **session_tables.write(batch)}


class _Writer:
    """Makes soundevent's objects; recordings and users are made once."""

    def __init__(self, batch: Batch) -> None:
        self.created_on = _naive(batch.round_.created_at)
        self._recordings: dict[str, Any] = {}
        self._users: dict[str, Any] = {}

    def describe(self, entry: Entry) -> tuple[Any, Any]:
        """Make the clip annotation and the task of a session."""
        from soundevent import data

        session, answer = entry.session, entry.submission
        when = self.created_on if answer is None else _naive(answer.submitted_at)
        clip = data.Clip(
            uuid=_name("clip", session.round_id, session.id),
            recording=self._recording(entry),
            start_time=session.start_s,
            end_time=session.end_s,
        )
        tags = {"session_id": session.id, "channel": str(session.channel), "outcome": entry.outcome}
        comment = "" if answer is None else answer.comment
        annotation = data.ClipAnnotation(
            uuid=_name("clip annotation", session.round_id, session.id),
            clip=clip,
            tags=[_tag(key, value) for key, value in tags.items()],
            sound_events=[self._event(entry, number, box, when) for number, box in enumerate(entry.annotations)],
            notes=[self._note(entry, "session", comment, when)] if comment else [],
            created_on=when,
        )
        badges = []
        if answer is not None and answer.outcome in STATES:
            state = data.AnnotationState(STATES[answer.outcome])
            badges = [data.StatusBadge(state=state, owner=self._user(answer.annotator), created_on=when)]
        task_id = _name("task", session.round_id, session.id)
        return annotation, data.AnnotationTask(uuid=task_id, clip=clip, status_badges=badges, created_on=when)

    def _event(self, entry: Entry, number: int, box: Annotation, when: datetime) -> Any:
        from soundevent import data

        name = (entry.session.round_id, entry.session.id, str(number))
        geometry = (
            data.TimeInterval(coordinates=[box.start_s, box.end_s])
            if box.low_hz is None or box.high_hz is None
            else data.BoundingBox(coordinates=[box.start_s, box.low_hz, box.end_s, box.high_hz])
        )
        said = {"label": box.label, "unsure": "yes" if box.unsure else "", "individual": box.individual}
        said["call_type"] = box.call_type
        return data.SoundEventAnnotation(
            uuid=_name("annotation", *name),
            sound_event=data.SoundEvent(
                uuid=_name("event", *name), recording=self._recording(entry), geometry=geometry
            ),
            tags=[_tag(key, value) for key, value in said.items() if value],
            notes=[self._note(entry, str(number), box.comment, when)] if box.comment else [],
            created_by=None if entry.submission is None else self._user(entry.submission.annotator),
            created_on=when,
        )

    def _note(self, entry: Entry, what: str, message: str, when: datetime) -> Any:
        from soundevent import data

        author = None if entry.submission is None else self._user(entry.submission.annotator)
        name = _name("note", entry.session.round_id, entry.session.id, what)
        return data.Note(uuid=name, message=message, created_by=author, created_on=when)

    def _recording(self, entry: Entry) -> Any:
        from soundevent import data

        recording = entry.recording
        if recording.id not in self._recordings:
            started_at = recording.started_at
            self._recordings[recording.id] = data.Recording(
                uuid=_name("recording", recording.id),
                path=Path(recording.file_name),
                duration=recording.duration_s,
                channels=recording.channel_count,
                samplerate=recording.sample_rate_hz,
                hash=recording.sha256,
                date=None if started_at is None else started_at.date(),
                time=None if started_at is None else started_at.time(),
            )
        return self._recordings[recording.id]

    def _user(self, name: str) -> Any:
        from soundevent import data

        if name not in self._users:
            self._users[name] = data.User(uuid=_name("user", name), name=name)
        return self._users[name]


def _name(*parts: str) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(("urn:pod.cast", *parts)))


def _tag(key: str, value: str) -> Any:
    from soundevent import data

    return data.Tag(term=data.term_from_key(key), value=value)


def _naive(moment: datetime) -> datetime:
    """UTC without its zone: what programs of this format compare with."""
    return moment.replace(tzinfo=None)


FORMATS = {
    "aoef": Format(
        "AOEF (soundevent, Whombat)",
        "An annotation project with a clip for each session, in the exchange format of the soundevent package.",
        (".json",),
        read=aoef.read,
        fits=aoef.fits,
        write=write,
        notes=NOTES,
    ),
}
