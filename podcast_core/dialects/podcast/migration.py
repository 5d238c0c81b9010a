"""From an original Pod.Cast deployment into rounds: predictions, audio and what people submitted.

A session there is a wav here: one recording with one session over all of it, which keeps its id. Running it again
brings what is new and changes nothing else. Whatever cannot be brought is in the report, with the reason.

An empty document there says "no calls" or is the trace of a second click; nobody can tell. It becomes outcome
*empty* with a comment that says so, and the report counts them.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from podcast_core.dialects.podcast import protocol
from podcast_core.dialects.podcast.deployment import Deployment, RoundInfo, open_deployment
from podcast_core.dialects.podcast.migration_labels import RoundLabels
from podcast_core.domain.ids import make_id
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput, PodcastError, StorageUnavailable, count_of
from podcast_core.formats import podcast_json
from podcast_core.formats.podcast_json import Document
from podcast_core.progress import Progress, tell_nobody
from podcast_core.remote.access import PUBLIC_BUCKETS, is_url, split_s3
from podcast_core.remote.places import Place
from podcast_core.services.intake.indexing import index_audio
from podcast_core.services.intake.uploads import take_upload
from podcast_core.services.labels import labelling, session_views
from podcast_core.services.labels import rounds as round_service
from podcast_core.services.labels.matching import AS_THEY_ARE, LabelChoice
from podcast_core.services.store import records
from podcast_core.services.store.source_names import split_address
from podcast_core.storage import predictions, recordings, rounds, sessions
from podcast_core.workspace import Workspace

ANNOTATOR = "podcast-import"
MODEL = "podcast"
EMPTY_COMMENT = "Brought from Pod.Cast: submitted without a box. There it may also have been a second click."


@dataclass(slots=True)
class RoundReport:
    """What was brought of one round; ``known`` counts what had been brought before."""

    round_id: str
    sessions: int = 0
    predictions: int = 0
    submissions: int = 0
    empty: int = 0
    known: int = 0


@dataclass(slots=True)
class MigrationReport:
    """What was brought, each thing that was not with its reason, and in ``notes`` what there is to know besides."""

    rounds: list[RoundReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """One sentence for the person."""
        counted = [name for name in RoundReport.__dataclass_fields__ if name != "round_id"]
        totals = {name: sum(getattr(each, name) for each in self.rounds) for name in counted}
        known = f"; {count_of(totals['known'], 'thing')} known before" if totals["known"] else ""
        doubtful = f" ({totals['empty']} without a box, see their comments)" if totals["empty"] else ""
        left = f"; {len(self.problems)} not brought" if self.problems else ""
        return (
            f"{count_of(totals['sessions'], 'session')}, {count_of(totals['predictions'], 'prediction')} and "
            f"{count_of(totals['submissions'], 'answer')}{doubtful} brought in "
            f"{count_of(len(self.rounds), 'round')}{known}{left}."
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """One round while it is brought."""

    workspace: Workspace
    deployment: Deployment
    round_: Round
    report: RoundReport
    problems: list[str]
    audio: Mapping[str, list[str]]
    folders: Sequence[Path]
    labels: RoundLabels


def migrate_in(
    workspace: Workspace,
    *,
    root: str,
    names: Mapping[str, str] | None = None,
    round_ids: Iterable[str] = (),
    label: str = "call",
    audio_folders: Sequence[Path] = (),
    labels: LabelChoice = AS_THEY_ARE,
    on_progress: Progress = tell_nobody,
) -> MigrationReport:
    """Bring rounds of a deployment.

    Parameters
    ----------
    root
        The folder or URL (``s3://bucket/prefix``, ``abfs://``) that holds the containers.
    names
        Names of containers (``getcontainer`` etc.) where they are not those of its ``CREDS.yaml``.
    round_ids
        The rounds; none: all that its YAML names, and of a folder all that are there.
    label
        The one class of Pod.Cast, as it is to be called.
    audio_folders
        Where else wavs are, if not in the audio container; the last resort is the document's ``uri``.
    labels
        What becomes of labels in documents that a round lacks: a round that is made gets them, unless something else is
        said; one that was here already is brought nothing before somebody has decided.
    on_progress
        Called with sessions done, sessions in all, and the id of the next.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        When the deployment cannot be opened or a store fails. What is wrong with a document goes into the report.
    """
    deployment = open_deployment(workspace, root, names or {})
    report = MigrationReport()
    audio = deployment.list_audio()
    wanted = list(round_ids) or list(deployment.rounds)
    found = {name: deployment.list_documents("get", name) for name in wanted}
    total, done = sum(map(len, found.values())), 0
    for name, documents in found.items():
        if not documents:
            container = deployment.layout.name_container("get", name)
            report.problems.append(f"Round {name}: there is nothing in {container}, so it was not made.")
            continue
        info = deployment.rounds.get(name, RoundInfo())
        round_, is_new = _open_round(workspace, name, info, label)
        choice = replace(labels, add=True) if is_new else labels
        taken = RoundLabels(workspace, round_.id, choice, report.notes)
        work = _Work(
            workspace, deployment, round_, RoundReport(round_.id), report.problems, audio, audio_folders, taken
        )
        report.rounds.append(work.report)
        boxes: list[Prediction] = []
        for session_id, key in sorted(documents.items()):
            on_progress(done, total, session_id)
            done += 1
            boxes += _bring_session(work, session_id, key)
        try:
            boxes = taken.take_predictions(boxes)
        except InvalidInput as error:  # answers tell which predictions they are about: neither comes without the other
            report.problems.append(f"Round {name}: no predictions and answers were brought. {error}")
            continue
        _bring_predictions(work, boxes)
        _bring_submissions(work, documents)
    on_progress(total, total, "")
    return report


def _open_round(workspace: Workspace, name: str, info: RoundInfo, label: str) -> tuple[Round, bool]:
    """Find the round of a name, or make it; says whether it was made."""
    with workspace.database.reading() as connection:
        known = rounds.find_named(connection, name)
    if known is not None:
        return known, False
    made = round_service.add_round(
        workspace, name=name, labels=[label], description=info.text, site=info.hydrophone, site_url=info.url
    )
    return made, True


def _bring_session(work: _Work, name: str, key: str) -> list[Prediction]:
    """Bring one session with its audio; returns its predictions, nameless and of the model in ``model``."""
    try:
        document = podcast_json.read_document(key, work.deployment.files.read(key))
        session = _find_session(work, make_id(name)) or _add_session(work, make_id(name), document)
        return [_to_prediction(work, session, document, number) for number in range(len(document.boxes))]
    except StorageUnavailable:
        raise
    except PodcastError as error:
        work.problems.append(f"Round {work.round_.id}, session {name}: {error}")
        return []


def _find_session(work: _Work, session_id: str) -> Session | None:
    with work.workspace.database.reading() as connection:
        found = sessions.find_session(connection, work.round_.id, session_id)
    work.report.known += found is not None
    return found


def _add_session(work: _Work, session_id: str, document: Document) -> Session:
    """Index a session's audio, and make the session."""
    uri, place = _find_audio(work, session_id, document)
    name, site = document.name or f"{session_id}.wav", str(document.original.source_guid or "")
    try:
        recording = index_audio(work.workspace, place, uri=uri, name=name, site=site)
    except StorageUnavailable as error:
        if uri != document.original.uri:
            raise  # the next session's audio would fail as well
        raise InvalidInput(f"its audio cannot be fetched: {error}") from error  # an address of long ago
    database, files, round_id = work.workspace.database, work.workspace.files, work.round_.id
    with database.holding(f"round/{round_id}", f"recording/{recording.id}"):
        with database.reading() as connection:
            is_known = recordings.find_recording(connection, recording.id) is not None
            known: list[Session] = []
            if sessions.has_recording(connection, round_id, recording.id):  # the same sound under another id
                in_round = sessions.list_sessions(connection, round_id, with_archived=True)
                known = [each for each in in_round if each.recording_id == recording.id]
            position = sessions.next_position(connection, round_id)
        # The original shows the first channel only.
        session = Session(
            round_id=round_id,
            id=session_id,
            recording_id=recording.id,
            channel=0,
            start_s=0.0,
            end_s=recording.duration_s,
            position=position,
            original=document.original,
        )
        if not is_known:
            recording = records.save_recording(files, recording)
        records.save_sessions(files, [*known, session])
        with database.writing() as connection:
            if not is_known:
                recordings.add_recording(connection, recording)
            sessions.add_sessions(connection, [session])
    work.report.sessions += 1
    return session


def _find_audio(work: _Work, session_id: str, document: Document) -> tuple[str, str | Place]:
    """Find a session's wav: in the audio container, in the folders that were named, at its ``uri``."""
    names = [document.name, f"{session_id}.wav"]
    keys = next((work.audio[name] for name in names if name in work.audio), [])
    in_round = [key for key in keys if f"/{work.round_.id}/" in key or f"/{work.round_.name}/" in key]
    for key in (in_round or keys)[:1]:
        place = work.deployment.locate(key)
        if isinstance(place, str):
            return place, place
        return (place.url, place) if place.url.startswith("s3://") else _keep(work, key, place)
    for folder in work.folders:
        for name in names:
            if (folder / name).is_file():
                path = str((folder / name).resolve())
                return path, path
    old_uri = document.original.uri
    if is_url(old_uri):
        _check_bucket(work, old_uri)
        return old_uri, work.workspace.remote.place(old_uri)
    where = work.deployment.layout.audiocontainer
    raise InvalidInput(f"its audio {names[0]} was not found, neither in {where} nor at {old_uri or 'a uri'}.")


def _check_bucket(work: _Work, uri: str) -> None:
    """Refuse a bucket that only a document names: it would be read with the server's own key."""
    known = {split_s3(work.deployment.root)[0] if work.deployment.root.startswith("s3://") else "", *PUBLIC_BUCKETS}
    if uri.startswith("s3://") and split_s3(uri)[0] not in known:
        raise InvalidInput(
            f"its audio is said to be at {uri[:200]}, in another bucket than the deployment. It is not fetched with "
            "this server's key: copy it into a folder, and name that with --audio."
        )


def _keep(work: _Work, key: str, place: Place) -> tuple[str, str | Place]:
    """Copy audio that only a driver of fsspec reaches into the file store."""
    with place.open() as file:
        uri, _ = split_address(take_upload(work.workspace, name=key.rpartition("/")[2], file=file))
    return uri, work.workspace.files.url(uri.partition(":")[2])


def _to_prediction(work: _Work, session: Session, document: Document, number: int) -> Prediction:
    box = document.boxes[number]
    return Prediction(
        id="unnamed",
        session_id=session.id,
        start_s=box.start_s,
        end_s=min(box.end_s, session.end_s) if box.start_s < session.end_s else box.end_s,
        label=box.label or work.round_.label_names[0],
        score=box.score,
        model=document.model_guid or MODEL,
    )


def _bring_predictions(work: _Work, boxes: Sequence[Prediction]) -> None:
    """Add a set per model, named after its content."""
    for model in sorted({box.model for box in boxes}):
        mine = [box for box in boxes if box.model == model]
        mine.sort(key=lambda box: (box.session_id, box.start_s, box.end_s, -1.0 if box.score is None else box.score))
        content = [(box.session_id, box.start_s, box.end_s, box.label, box.score) for box in mine]
        set_id = f"podcast-{_digest([work.round_.id, model, content])}"
        named = tuple(
            Prediction(
                id=f"{set_id}-{number}",
                session_id=box.session_id,
                start_s=box.start_s,
                end_s=box.end_s,
                label=box.label,
                score=box.score,
                model=model,
            )
            for number, box in enumerate(mine, start=1)
        )
        made = PredictionSet(set_id, work.round_.id, model, named, f"Pod.Cast {work.deployment.root}"[:400])
        with work.workspace.database.reading() as connection:
            is_known = predictions.has_prediction_set(connection, set_id)
        if is_known:
            work.report.known += len(named)
            continue
        records.save_prediction_set(work.workspace.files, made)
        with work.workspace.database.writing(f"round/{work.round_.id}") as connection:
            if not predictions.has_prediction_set(connection, set_id):
                predictions.add_prediction_set(connection, made)
        work.report.predictions += len(named)


def _bring_submissions(work: _Work, candidates: Mapping[str, str]) -> None:
    found = work.deployment.list_documents("post", work.round_.name)
    orphans = sorted(set(found) - set(candidates))
    if orphans:
        listed = ", ".join(orphans[:10])
        work.problems.append(
            f"Round {work.round_.id}: left out, of no session here: {count_of(len(orphans), 'submitted document')} "
            f"({listed})."
        )
    for name in sorted(set(found) & set(candidates)):
        try:
            _bring_submission(work, make_id(name), found[name])
        except StorageUnavailable:
            raise
        except PodcastError as error:
            work.problems.append(f"Round {work.round_.id}, answer for session {name}: {error}")


def _bring_submission(work: _Work, session_id: str, key: str) -> None:
    data = work.deployment.files.read(key)
    document = podcast_json.read_document(key, data)
    view = session_views.get_view(work.workspace, round_id=work.round_.id, session_id=session_id)
    content = [(box.start_s, box.end_s, box.label) for box in document.boxes]
    submission_id = f"podcast-{_digest([work.round_.id, session_id, content])}"
    if any(each.id == submission_id for each in view.history):
        work.report.known += 1
        return
    if view.answer is not None and view.answer.outcome is not Outcome.SKIPPED:
        raise InvalidInput(f"{view.answer.annotator} has answered it here already; {key} was left out.")
    protocol.check_session(work.workspace, view, document)
    comment = "" if document.boxes else EMPTY_COMMENT
    document = work.labels.take_answer(document)
    answer = protocol.make_answer(view, document, annotator=ANNOTATOR, submission_id=submission_id, comment=comment)
    labelling.submit(work.workspace, answer)
    work.report.submissions += 1
    work.report.empty += not document.boxes


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:24]
