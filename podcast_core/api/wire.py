"""The JSON of our own API. Times are seconds from the start of the session, frequencies are in hertz."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from podcast_core.domain import Annotation, Outcome, Prediction, Session, Verdict
from podcast_core.errors import PodcastError
from podcast_core.figures import spectrogram_axes
from podcast_core.services import sounds, spectrograms
from podcast_core.services.labelling import Answer, Box, Claimed, Receipt, SessionView
from podcast_core.services.queue import QueueOptions
from podcast_core.services.verification import Candidates, PredictionVerdict, Verified
from podcast_core.storage.ordering import QueueChoice, QueueOrder
from podcast_core.storage.waiting import WaitingOrder
from podcast_core.workspace import Workspace

Holder = Annotated[str, Field(min_length=1, max_length=120)]
Person = Annotated[str, Field(min_length=1, max_length=80)]


class Wire(BaseModel):
    """Base of all request bodies: an unknown field is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class ClaimRequest(Wire):
    """Ask for sessions to label."""

    holder: Holder
    annotator: Person
    count: int = 1
    session_id: str | None = None
    include_skipped: bool = False
    order: QueueOrder = QueueOrder.QUEUE
    site: str = ""
    date_from: date | None = None
    date_to: date | None = None
    label: str = ""
    unjudged: bool = False

    def to_choice(self) -> QueueChoice:
        """Turn order and filters into what the service takes."""
        return QueueChoice(self.order, self.site, self.date_from, self.date_to, self.label, self.unjudged)


class ReleaseRequest(Wire):
    """Let go of sessions."""

    holder: Holder
    session_ids: list[str] | None = None


class RegionIn(Wire):
    """One box of an answer."""

    start_s: float
    end_s: float
    label: str
    low_hz: float | None = None
    high_hz: float | None = None
    prediction_id: str | None = None
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""


class SubmissionIn(Wire):
    """One answer for one session."""

    submission_id: str
    annotator: Person
    outcome: Outcome
    holder: str = ""
    regions: Annotated[list[RegionIn], Field(max_length=10_000)] = []
    rejected_prediction_ids: list[str] = []
    unreviewed_prediction_ids: list[str] = []
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None

    def to_answer(self, round_id: str, session_id: str) -> Answer:
        """Turn the body into what the service takes."""
        return Answer(
            submission_id=self.submission_id,
            round_id=round_id,
            session_id=session_id,
            annotator=self.annotator,
            outcome=self.outcome,
            boxes=tuple(Box(**region.model_dump()) for region in self.regions),
            rejected_prediction_ids=tuple(self.rejected_prediction_ids),
            unreviewed_prediction_ids=tuple(self.unreviewed_prediction_ids),
            score_threshold=self.score_threshold,
            active_s=self.active_s,
            action_count=self.action_count,
            comment=self.comment,
            base_revision=self.base_revision,
            started_at=self.started_at,
        )


class ReviewIn(Wire):
    """One verdict on one submission."""

    review_id: str
    submission_id: str
    reviewer: Person
    verdict: Verdict
    comment: str = ""
    correction: SubmissionIn | None = None


class CandidatesQuery(Wire):
    """Which predictions that wait for a verdict, and in which order."""

    holder: str = ""
    label: str = ""
    order: WaitingOrder = WaitingOrder.LOWEST
    offset: int = 0
    limit: int = 50


class VerdictIn(Wire):
    """A verdict on one prediction."""

    session_id: str
    prediction_id: str
    verdict: PredictionVerdict


class VerdictsIn(Wire):
    """Verdicts on predictions of many sessions."""

    verdict_id: str
    annotator: Person
    items: list[VerdictIn]


def write_claimed(workspace: Workspace, claimed: Claimed, holder: str) -> dict[str, Any]:
    """Write what a claim brought."""
    return {
        "sessions": [write_view(workspace, view, holder) for view in claimed.views],
        "state": claimed.state,
        "message": claimed.message,
        "progress": write_progress(claimed.progress, claimed.open_count),
        "matching": claimed.matching,
    }


def write_options(options: QueueOptions) -> dict[str, Any]:
    """Write what a round's sessions can be filtered by."""
    return {
        "sites": [{"name": name, "sessions": count} for name, count in options.sites],
        "labels": [{"name": name, "sessions": count} for name, count in options.labels],
        "first_day": options.first_day,
        "last_day": options.last_day,
    }


def write_candidates(candidates: Candidates) -> dict[str, Any]:
    """Write predictions that wait for a verdict, with the session and the recording of each."""
    return {
        "items": [
            {
                **_write_prediction(each.prediction, each.session),
                "session_id": each.session.id,
                "duration_s": each.session.duration_s,
                "started_at": _write_time(each.session.started_at(each.recording)),
                "file_name": each.recording.file_name,
                "sample_rate_hz": each.recording.sample_rate_hz,
                "site": each.recording.site,
            }
            for each in candidates.items
        ],
        "counts": candidates.counts,
    }


def write_verified(verified: Verified) -> dict[str, Any]:
    """Write what became of verdicts."""
    return {
        "kept": verified.kept,
        "session_ids": list(verified.session_ids),
        "skipped": [
            {"session_id": each.item.session_id, "prediction_id": each.item.prediction_id, "reason": each.reason}
            for each in verified.skipped
        ],
        "repeated": verified.repeated,
    }


def write_progress(counts: dict[str, int], open_count: int) -> dict[str, int]:
    """Write a round's progress: sessions by outcome, and how many need an answer still."""
    return {"sessions": sum(counts.values()), **counts, "open": open_count}


def write_receipt(receipt: Receipt, counts: dict[str, int], open_count: int) -> dict[str, Any]:
    """Write the acknowledgement of an answer."""
    return {
        "submission_id": receipt.submission.id,
        "revision": receipt.submission.revision,
        "repeated": receipt.repeated,
        "conflict": receipt.conflict,
        "progress": write_progress(counts, open_count),
    }


def write_view(workspace: Workspace, view: SessionView, holder: str = "") -> dict[str, Any]:
    """Write all that the editor needs to show one session."""
    session, recording = view.session, view.recording
    started_at = session.started_at(recording)
    return {
        "round_id": session.round_id,
        "session_id": session.id,
        "position": session.position,
        "duration_s": session.duration_s,
        "starts_at_s": session.start_s,
        "started_at": _write_time(started_at),
        "recording": {
            "id": recording.id,
            "file_name": recording.file_name,
            "sample_rate_hz": recording.sample_rate_hz,
            "channel": session.channel,
            "channel_count": recording.channel_count,
            "duration_s": recording.duration_s,
            "site": recording.site or view.round_.site,
            "start_method": recording.start_method,
        },
        "labels": [
            {"name": each.name, "color": each.color, "hotkey": each.hotkey, "description": each.description}
            for each in view.round_.labels
        ],
        **_write_media(workspace, view),
        "predictions": [_write_prediction(each, session) for each in view.predictions],
        "regions": _write_regions(view),
        "submission": _write_submission(view),
        "open": view.is_open,
        "display": asdict(view.round_.display),
        "claim": {
            "mine": view.claim is not None and view.claim.holder == holder,
            "holder_name": None if view.claim is None else view.claim.annotator,
            "expires_at": None if view.claim is None else _write_time(view.claim.expires_at),
        },
        "previous_id": view.previous_id,
        "next_id": view.next_id,
    }


def _write_media(workspace: Workspace, view: SessionView) -> dict[str, Any]:
    """Write where the picture and the sound are, or why there are none: the page goes on without them."""
    session = view.session
    base = f"api/v1/rounds/{session.round_id}/sessions/{session.id}"
    nyquist_hz = view.recording.sample_rate_hz / 2
    try:
        picture = spectrograms.describe_picture(workspace, round_id=session.round_id, session_id=session.id)
    except PodcastError as error:
        figure = spectrogram_axes(session.duration_s, 0.0, nyquist_hz)
        return {"picture": None, "audio": None, "figure": figure, "problem": str(error)}
    return {
        "picture": {
            "url": f"{base}/picture.jpg?v={picture.etag}",
            "base_url": base,
            "version": spectrograms.get_version(workspace, round_id=session.round_id, session_id=session.id),
            **asdict(picture),
        },
        "audio": {
            "url": f"{base}/audio.wav?v={view.recording.id}",
            "sample_rate_hz": sounds.playback_rate_hz(view.recording.sample_rate_hz),
        },
        "figure": spectrogram_axes(session.duration_s, picture.low_hz, picture.high_hz),
        "problem": None,
    }


def _write_regions(view: SessionView) -> list[dict[str, Any]]:
    answer = view.answer
    if answer is not None:
        return [
            {**_write_box(box, view.session), "id": f"{answer.id}-{index}", "origin": box.origin.value}
            | {"prediction_id": box.prediction_id, "comment": box.comment, "unsure": box.unsure}
            | {"individual": box.individual, "call_type": box.call_type}
            for index, box in enumerate(answer.annotations)
        ]
    return [
        {**_write_prediction(each, view.session), "origin": "model_accepted", "prediction_id": each.id}
        | {"comment": "", "unsure": False, "individual": "", "call_type": ""}
        for each in view.predictions
    ]


def _write_prediction(prediction: Prediction, session: Session) -> dict[str, Any]:
    return {**_write_box(prediction, session), "id": prediction.id}


def _write_box(box: Annotation | Prediction, session: Session) -> dict[str, Any]:
    return {
        "start_s": session.to_session_s(box.start_s),
        "end_s": session.to_session_s(box.end_s),
        "low_hz": box.low_hz,
        "high_hz": box.high_hz,
        "label": box.label,
        "score": box.score,
        "model": box.model,
    }


def _write_submission(view: SessionView) -> dict[str, Any] | None:
    answer = view.answer
    if answer is None:
        return None
    return {
        "id": answer.id,
        "revision": answer.revision,
        "revisions": len(view.history),
        "outcome": answer.outcome.value,
        "annotator": answer.annotator,
        "submitted_at": _write_time(answer.submitted_at),
        "comment": answer.comment,
        "score_threshold": answer.score_threshold,
        "unreviewed_prediction_ids": [prediction.id for prediction in answer.unreviewed],
        "reviews": [
            {
                "reviewer": review.reviewer,
                "verdict": review.verdict.value,
                "comment": review.comment,
                "created_at": _write_time(review.created_at),
            }
            for review in view.reviews
            if review.submission_id == answer.id
        ],
    }


def _write_time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
