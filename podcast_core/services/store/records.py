"""Facts as immutable JSON objects in the file store, from which the database can be made anew.

=================================================  ==============================================
key                                                holds
=================================================  ==============================================
recordings/ID.json                                 one recording
recordings/ID/places/STAMP.json                    where its audio was found as of that moment
rounds/ROUND/round/STAMP.json                      the round's texts and labels as of that moment
acts/ACT.json                                      what somebody archived, brought back or renamed
bulk/ACT.json                                      a bulk act and the submissions that it made (`bulk_records`)
rounds/ROUND/sessions/RECORDING.json               the sessions made of one recording
rounds/ROUND/selections/SELECTION.json             what was chosen, and why (`selection`)
rounds/ROUND/hls/..., rounds/ROUND/hls-gaps/...    what came from HLS archives (`hls_parts`)
rounds/ROUND/predictions/SET.json                  one prediction set
rounds/ROUND/submissions/SESSION/SUBMISSION.json   one submission
rounds/ROUND/batches/BATCH.json                    submissions that were imported together (`batch_records`)
rounds/ROUND/reviews/SESSION/REVIEW.json           one review
rounds/ROUND/samples/SAMPLE.json                   what was drawn once to be verified
rounds/ROUND/review-acts/ACT.json                  one verdict on many answers (`review_records`)
rounds/ROUND/assignments/ACT.json                  sessions that became somebody's (`assignment_records`)
rounds/ROUND/remarks/SESSION/REMARK.json           a comment on an answer, or a tag
runs/RUN/...                                       a model run and what it found (`model_runs_records`)
explore/COLLECTION/...                             clips that are explored together (`collection_records`)
=================================================  ==============================================

Every object names its kind and schema version. An object is written before its database row, and never changes
once the row is there. Of a round's states and of a recording's places the newest stamp counts.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta
from itertools import repeat
from json.encoder import encode_basestring as _quote
from types import NoneType
from typing import Any, cast

from podcast_core.domain.act import Act, Deed, Subject
from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.assignment import Assignment
from podcast_core.domain.calibration import read_calibration
from podcast_core.domain.coordinates import SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.example import read_example
from podcast_core.domain.label import Label
from podcast_core.domain.prediction import Prediction, PredictionColumns, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import OriginalFields, Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.domain.times import utc_now
from podcast_core.domain.verification_sample import VerificationSample
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.storage import verification_samples
from podcast_core.storage.files import FileStore

SCHEMA_VERSION = 1
_ORIGINS = {each.value: each for each in Origin}  # half of the time of asking the enumeration a million times
STAMP = "%Y%m%dT%H%M%S%fZ"


def make_object(
    noun: Recording | Sequence[Session] | PredictionSet | Submission | Review | Act | VerificationSample,
    *,
    recording_id: str = "",
    reviewed: Submission | None = None,
) -> tuple[str, bytes]:
    """Make the key and the bytes of an object. A review needs the submission that was ``reviewed``.

    ``recording_id`` says which recording a submission's session is a piece of. A session's id is unique in its round
    on one machine; two machines whose stores are merged may give one id to two recordings of the same file name.
    """
    match noun:
        case Recording():
            return f"recordings/{noun.id}.json", encode("recording", asdict(noun))
        case PredictionSet():
            return f"rounds/{noun.round_id}/predictions/{noun.id}.json", encode_prediction_set(noun)
        case Submission():
            fields = asdict(noun)
            del fields["revision"], fields["taken_back"]  # they follow from the order of all submissions, and from acts
            if recording_id:
                fields["recording_id"] = recording_id
            key = f"rounds/{noun.round_id}/submissions/{noun.session_id}/{noun.id}.json"
            return key, encode("submission", fields)
        case Act():
            return f"acts/{noun.id}.json", encode("act", {**asdict(noun), "subject": noun.subject._asdict()})
        case VerificationSample():
            key = f"rounds/{noun.round_id}/samples/{noun.id}.json"
            return key, encode("verification_sample", asdict(noun))
        case Review():
            assert reviewed is not None
            key = f"rounds/{reviewed.round_id}/reviews/{reviewed.session_id}/{noun.id}.json"
            fields = asdict(noun)
            del fields["act_id"], fields["withdrawn"]  # one that follows from an act has no object of its own
            return key, encode("review", fields)
        case _:
            key = f"rounds/{noun[0].round_id}/sessions/{noun[0].recording_id}.json"
            return key, encode("sessions", {"sessions": [_session_fields(session) for session in noun]})


def _session_fields(session: Session) -> dict[str, Any]:
    fields = asdict(session)
    if session.original is None:  # as objects have always been
        del fields["original"]
    return fields


def save_recording(files: FileStore, recording: Recording) -> Recording:
    """Write a recording's entry (not its audio).

    Returns
    -------
    Recording
        What is stored, where the audio is now: another machine that shares the store may have known it before.
    """
    key, data = make_object(recording)
    stored = to_recording(key, files.add(key, data))
    if stored.uri == recording.uri:
        return stored
    save_place(files, recording.id, recording.uri)
    return replace(stored, uri=recording.uri)


def save_place(files: FileStore, recording_id: str, uri: str) -> None:
    """Write where a recording's audio was found now; earlier places stay."""
    folder = f"recordings/{recording_id}/places"
    files.add(f"{folder}/{_new_stamp(files, folder)}.json", encode("place", {"id": recording_id, "uri": uri}))


def save_round(files: FileStore, round_: Round) -> None:
    """Write the present state of a round; earlier states stay. Whoever calls it holds the round's lock."""
    folder, fields = f"rounds/{round_.id}/round", asdict(round_)
    del fields["archived_at"], fields["renamed"]  # they follow from the acts
    files.add(f"{folder}/{_new_stamp(files, folder)}.json", encode("round", fields))


def _new_stamp(files: FileStore, folder: str) -> str:
    """Make a stamp of now, or one just after the newest in a folder where that is of the same moment or ahead."""
    now = utc_now()
    known = files.list(folder)
    if known:
        newest = datetime.strptime(known[-1].rpartition("/")[2], f"{STAMP}.json").replace(tzinfo=UTC)
        now = max(now, newest + timedelta(microseconds=1))
    return now.strftime(STAMP)


def save_sessions(files: FileStore, sessions: Sequence[Session]) -> None:
    """Write the sessions that were made of one recording for one round.

    What an ingest left that was cut off before its database rows is replaced: nobody has seen those sessions, and
    another recording may have got their ids since.
    """
    files.write(*make_object(sessions))


def save_prediction_set(files: FileStore, prediction_set: PredictionSet) -> None:
    """Write a prediction set."""
    files.add(*make_object(prediction_set))


def save_submission(files: FileStore, submission: Submission, *, recording_id: str = "") -> Submission:
    """Write a submission; ``recording_id`` says which recording it is about, see `make_object`.

    Returns
    -------
    Submission
        What is stored: an earlier try with the same id, cut off before its database row, wins.
    """
    key, data = make_object(submission, recording_id=recording_id)
    return to_submission(key, files.add(key, data))


def find_submission(files: FileStore, submission: Submission) -> Submission | None:
    """Find the submission that an earlier try wrote under the id of one; None where there was no such try."""
    key, _ = make_object(submission)
    try:
        return to_submission(key, files.read(key))
    except NotFound:
        return None


def save_act(files: FileStore, act: Act) -> Act:
    """Write an act; returns what is stored, as `save_submission` does."""
    key, data = make_object(act)
    return to_act(key, files.add(key, data))


def save_review(files: FileStore, review: Review, reviewed: Submission) -> Review:
    """Write a review of a submission; returns what is stored, as `save_submission` does."""
    key, data = make_object(review, reviewed=reviewed)
    return to_review(key, files.add(key, data))


def save_sample(files: FileStore, sample: VerificationSample) -> VerificationSample:
    """Write a sample; returns what is stored, as `save_submission` does."""
    key, data = make_object(sample)
    return to_sample(key, files.add(key, data))


def find_review(files: FileStore, review: Review, reviewed: Submission) -> Review | None:
    """Find the review that an earlier try wrote under the id of one; None where there was no such try."""
    key, _ = make_object(review, reviewed=reviewed)
    try:
        return to_review(key, files.read(key))
    except NotFound:
        return None


def encode_prediction_set(prediction_set: PredictionSet) -> bytes:
    """Write the object of a prediction set: the same bytes as `encode`, for a hundred thousand boxes.

    They are written by columns, since Python's fast encoder does not indent.
    """
    columns = PredictionColumns.of(prediction_set.model, prediction_set.predictions)
    boxes = [
        _BOX % each
        for each in zip(
            *(_write_numbers(columns.ends_s), _write_numbers(columns.highs_hz), map(_quote, columns.ids)),
            *(map(_quote, columns.labels), _write_numbers(columns.lows_hz), repeat(_quote(columns.model))),
            *(_write_numbers(columns.scores), map(_quote, columns.session_ids), _write_numbers(columns.starts_s)),
            strict=False,
        )
    ]
    empty = asdict(replace(prediction_set, predictions=()))
    text = encode("prediction_set", {**empty, "predictions": []}).decode()
    if boxes:
        listed = ",\n".join(boxes)
        text = text.replace('"predictions": []', f'"predictions": [\n{listed}\n ]', 1)
    return text.encode()


_BOX = (
    "  {\n" + ",\n".join(f'   "{name}": %s' for name in sorted(each.name for each in fields_of(Prediction))) + "\n  }"
)


def _write_numbers(values: Sequence[float | None]) -> Iterable[str]:
    kinds = set(map(type, values))
    if kinds == {float}:
        return map(float.__repr__, cast("Sequence[float]", values))
    return repeat("null", len(values)) if kinds == {NoneType} else map(_number, values)


def _number(value: float | None) -> str:
    if value is None:
        return "null"
    return float.__repr__(value) if isinstance(value, float) else json.dumps(value)  # NumPy's say "np.float64(...)"


def encode(kind: str, fields: dict[str, Any]) -> bytes:
    """Write an object: JSON with its kind and schema version, the same bytes for the same fields."""
    document = {"kind": kind, "schema_version": SCHEMA_VERSION, **fields}
    return (json.dumps(document, default=_to_text, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _to_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot be written as JSON: {value!r}")


def decode(data: bytes) -> dict[str, Any]:
    """Read the fields of an object."""
    document = json.loads(data)
    return {name: value for name, value in document.items() if name not in ("kind", "schema_version")}


def to_recording(key: str, data: bytes) -> Recording:
    """Read a recording's entry; as all readers here, raises InvalidInput with the key and what is wrong with it."""
    with reading(key):
        fields = with_times(open_document(data, "recording"), "started_at", "added_at")
        return Recording(**{**fields, "notes": tuple(fields.get("notes", ()))})


def to_place(key: str, data: bytes) -> str:
    """Read where a recording's audio was found."""
    with reading(key):
        return str(open_document(data, "place")["uri"])


def to_round(key: str, data: bytes) -> Round:
    """Read a state of a round; those of the first version say nothing about the display."""
    with reading(key):
        fields = with_times(open_document(data, "round"), "created_at")
        fields["labels"] = tuple(Label(**label) for label in fields["labels"])
        fields["display"] = Display(**fields.get("display", {}))
        fields["sites"] = tuple(SiteCoordinates(**each) for each in fields.get("sites", ()))
        fields["examples"] = tuple(read_example(each) for each in fields.get("examples", ()))
        fields["assignments"] = tuple(Assignment(**each) for each in fields.get("assignments", ()))
        fields["calibration"] = read_calibration(fields.get("calibration", {}))
        return Round(**fields)


def to_act(key: str, data: bytes) -> Act:
    """Read an act."""
    with reading(key):
        fields = with_times(open_document(data, "act"), "acted_at")
        return Act(**{**fields, "deed": Deed(fields["deed"]), "subject": Subject(**fields["subject"])})


def to_sessions(key: str, data: bytes) -> tuple[Session, ...]:
    """Read the sessions that were made of one recording for one round."""
    with reading(key):
        return tuple(_to_session(each) for each in open_document(data, "sessions")["sessions"])


def _to_session(fields: dict[str, Any]) -> Session:
    original = fields.get("original")
    return Session(**{**fields, "original": None if original is None else OriginalFields(**original)})


def to_prediction_set(key: str, data: bytes) -> PredictionSet:
    """Read a prediction set."""
    with reading(key):
        fields = with_times(open_document(data, "prediction_set"), "created_at")
        boxes = tuple(Prediction(**{**box, "model": fields["model"]}) for box in fields["predictions"])
        return PredictionSet(**{**fields, "predictions": boxes})


def to_submission(key: str, data: bytes) -> Submission:
    """Read a submission; those of the first version know no predictions that were not reviewed."""
    with reading(key):
        return read_submission(open_document(data, "submission"))


def to_answer(key: str, data: bytes) -> tuple[Submission, str]:
    """Read a submission, and which recording it is about; empty where it does not say so."""
    with reading(key):
        fields = open_document(data, "submission")
        return read_submission(fields), str(fields.get("recording_id", ""))


def read_submission(document: dict[str, Any]) -> Submission:
    """Read the fields of a submission."""
    fields = with_times(document, "started_at", "submitted_at")
    fields.pop("recording_id", None)
    fields["outcome"] = Outcome(fields["outcome"])
    fields["annotations"] = tuple(map(_to_annotation, fields["annotations"]))
    fields["decides"] = tuple(fields.get("decides", ()))
    for named in ("rejected", "unreviewed"):
        fields[named] = tuple(Prediction(**prediction) for prediction in fields.get(named, ()))
    return Submission(**fields)


def _to_annotation(fields: dict[str, Any]) -> Annotation:
    origin = fields.get("origin", Origin.NEW)
    return Annotation(**{**fields, "origin": _ORIGINS.get(origin) or Origin(origin)})


def to_review(key: str, data: bytes) -> Review:
    """Read a review."""
    with reading(key):
        fields = with_times(open_document(data, "review"), "created_at")
        return Review(**{**fields, "verdict": Verdict(fields["verdict"])})


def to_sample(key: str, data: bytes) -> VerificationSample:
    """Read what was drawn to be verified."""
    with reading(key):
        return verification_samples.to_sample(with_times(open_document(data, "verification_sample"), "drawn_at"))


def open_document(data: bytes, kind: str) -> dict[str, Any]:
    """Read the fields of an object of a kind; InvalidInput when it is another one, or of a newer version."""
    document = json.loads(data)
    if not isinstance(document, dict) or document.get("kind") != kind:
        raise InvalidInput(f"expected an object of kind {kind!r}")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise InvalidInput(
            f"expected schema version {SCHEMA_VERSION}, found {document.get('schema_version')!r}: a newer Pod.Cast "
            "wrote it"
        )
    return {name: value for name, value in document.items() if name not in ("kind", "schema_version")}


def with_times(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Read the moments among fields."""
    times = {name: None if fields[name] is None else datetime.fromisoformat(fields[name]) for name in names}
    return {**fields, **times}


@contextmanager
def reading(key: str) -> Iterator[None]:
    """Say of which object it is that something cannot be read; what cannot be read becomes InvalidInput."""
    try:
        yield
    except (InvalidInput, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidInput(f"{key} cannot be read: {type(error).__name__}: {error}") from error
