"""Facts as immutable JSON objects in the file store, from which the database can be made anew.

=================================================  ==============================================
key                                                holds
=================================================  ==============================================
recordings/ID.json                                 one recording
rounds/ROUND/round/STAMP.json                      the round's texts and labels as of that moment
rounds/ROUND/sessions/RECORDING.json               the sessions made of one recording
rounds/ROUND/sessions/SELECTION.json               the sessions that one selection chose
rounds/ROUND/selections/SELECTION.json             what was chosen, and why (`selection`)
rounds/ROUND/hls/ARCHIVE/START-END.json            one part of an HLS archive (`hls_parts`)
rounds/ROUND/predictions/SET.json                  one prediction set
rounds/ROUND/submissions/SESSION/SUBMISSION.json   one submission
rounds/ROUND/reviews/SESSION/REVIEW.json           one review
=================================================  ==============================================

Every object names its kind and schema version. An object is written before its database row, and never changes
once the row is there.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from podcast_core.domain import (
    Annotation,
    Origin,
    Outcome,
    Prediction,
    PredictionSet,
    Recording,
    Review,
    Round,
    Session,
    Submission,
    Verdict,
    utc_now,
)
from podcast_core.storage.files import FileStore


def save_recording(files: FileStore, recording: Recording) -> None:
    """Write a recording's entry (not its audio)."""
    files.add(f"recordings/{recording.id}.json", encode("recording", asdict(recording)))


def save_round(files: FileStore, round_: Round) -> None:
    """Write the present state of a round; earlier states stay."""
    stamp = utc_now().strftime("%Y%m%dT%H%M%S%fZ")
    files.add(f"rounds/{round_.id}/round/{stamp}.json", encode("round", asdict(round_)))


def save_sessions(files: FileStore, sessions: Sequence[Session]) -> None:
    """Write the sessions that were made of one recording for one round.

    What an ingest left that was cut off before its database rows is replaced: nobody has seen those sessions, and
    another recording may have got their ids since.
    """
    first = sessions[0]
    key = f"rounds/{first.round_id}/sessions/{first.recording_id}.json"
    files.write(key, encode("sessions", {"sessions": [asdict(session) for session in sessions]}))


def save_chosen_sessions(files: FileStore, selection_id: str, sessions: Sequence[Session]) -> None:
    """Write the sessions that one selection adds to a round, of any number of recordings."""
    key = f"rounds/{sessions[0].round_id}/sessions/{selection_id}.json"
    files.write(key, encode("sessions", {"sessions": [asdict(session) for session in sessions]}))


def save_prediction_set(files: FileStore, prediction_set: PredictionSet) -> None:
    """Write a prediction set."""
    key = f"rounds/{prediction_set.round_id}/predictions/{prediction_set.id}.json"
    files.add(key, encode("prediction_set", asdict(prediction_set)))


def save_submission(files: FileStore, submission: Submission) -> Submission:
    """Write a submission.

    Returns
    -------
    Submission
        What is stored: an earlier try with the same id, cut off before its database row, wins.
    """
    key = f"rounds/{submission.round_id}/submissions/{submission.session_id}/{submission.id}.json"
    fields = asdict(submission)
    del fields["revision"]  # follows from the order of all submissions
    return _to_submission(decode(files.add(key, encode("submission", fields))))


def save_review(files: FileStore, review: Review, reviewed: Submission) -> Review:
    """Write a review of a submission; returns what is stored, as `save_submission` does."""
    key = f"rounds/{reviewed.round_id}/reviews/{reviewed.session_id}/{review.id}.json"
    fields = decode(files.add(key, encode("review", asdict(review))))
    created_at = datetime.fromisoformat(fields.pop("created_at"))
    return Review(**{**fields, "verdict": Verdict(fields["verdict"]), "created_at": created_at})


def encode(kind: str, fields: dict[str, Any]) -> bytes:
    """Write an object: JSON with its kind and schema version, the same bytes for the same fields."""
    document = {"kind": kind, "schema_version": 1, **fields}
    return (json.dumps(document, default=_to_text, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _to_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot be written as JSON: {value!r}")


def decode(data: bytes) -> dict[str, Any]:
    """Read the fields of an object."""
    document = json.loads(data)
    return {name: value for name, value in document.items() if name not in ("kind", "schema_version")}


def _to_submission(fields: dict[str, Any]) -> Submission:
    fields["outcome"] = Outcome(fields["outcome"])
    fields["annotations"] = tuple(
        Annotation(**{**box, "origin": Origin(box["origin"])}) for box in fields["annotations"]
    )
    for named in ("rejected", "unreviewed"):  # objects of the first version have no "unreviewed"
        fields[named] = tuple(Prediction(**prediction) for prediction in fields.get(named, ()))
    fields["submitted_at"] = datetime.fromisoformat(fields["submitted_at"])
    if fields["started_at"] is not None:
        fields["started_at"] = datetime.fromisoformat(fields["started_at"])
    return Submission(**fields)
