"""What the spectrogram editor is sent: nouns in seconds of the recording become `shapes` in seconds of the session."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from podcast_core.api import shapes
from podcast_core.api.shapes import (
    CandidatesOut,
    Choice,
    ClaimedOut,
    ClaimOut,
    DisplayShape,
    LabelListOut,
    LabelShape,
    PictureOut,
    QueueOptionsOut,
    QueueProgress,
    Receipted,
    Region,
    SessionBox,
    SessionOut,
    SessionRecording,
    ShownReview,
    ShownSubmission,
    SkippedVerdict,
    SoundOut,
    VerifiedOut,
    WaitingPrediction,
)
from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.label import Label
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.errors import PodcastError
from podcast_core.figures import spectrogram_axes
from podcast_core.services.labels.labelling import Claimed, Receipt, SessionView
from podcast_core.services.labels.listing import ListedSession
from podcast_core.services.labels.queue import QueueOptions
from podcast_core.services.labels.verification import Candidates, Verified
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.workspace import Workspace


def write_claimed(workspace: Workspace, claimed: Claimed, holder: str) -> ClaimedOut:
    """Write what a claim brought."""
    return ClaimedOut(
        sessions=[write_view(workspace, view, holder) for view in claimed.views],
        state=claimed.state,
        message=claimed.message,
        progress=write_progress(claimed.progress, claimed.open_count),
        matching=claimed.matching,
    )


def write_listed(each: ListedSession) -> shapes.ListedSession:
    """Write a session of a list."""
    session, told = each.session, each.summary
    return shapes.ListedSession(
        session_id=session.id,
        position=session.position,
        recording_id=session.recording_id,
        channel=session.channel,
        start_s=session.start_s,
        end_s=session.end_s,
        duration_s=session.duration_s,
        open=each.is_open,
        outcome=told.outcome,
        submission_id=told.submission_id,
        annotator=told.annotator,
        submitted_at=told.submitted_at,
        labels=list(told.labels),
        annotation_count=told.annotation_count,
        unsure_count=told.unsure_count,
        rejected_count=told.rejected_count,
        unreviewed_count=told.unreviewed_count,
        lowest_score=told.lowest_score,
        verdict=told.verdict,
        reviewer=told.reviewer,
    )


def write_options(options: QueueOptions) -> QueueOptionsOut:
    """Write what a round's sessions can be filtered by."""
    return QueueOptionsOut(
        sites=[Choice(name=name, sessions=count) for name, count in options.sites],
        labels=[Choice(name=name, sessions=count) for name, count in options.labels],
        first_day=options.first_day,
        last_day=options.last_day,
    )


def write_candidates(candidates: Candidates) -> CandidatesOut:
    """Write predictions that wait for a verdict, with the session and the recording of each."""
    items = [
        WaitingPrediction(
            **_write_box(each.prediction, each.session),
            id=each.prediction.id,
            session_id=each.session.id,
            duration_s=each.session.duration_s,
            started_at=each.session.started_at(each.recording),
            file_name=each.recording.file_name,
            sample_rate_hz=each.recording.sample_rate_hz,
            site=each.recording.site,
        )
        for each in candidates.items
    ]
    return CandidatesOut(items=items, counts=candidates.counts)


def write_verified(verified: Verified) -> VerifiedOut:
    """Write what became of verdicts."""
    skipped = [
        SkippedVerdict(session_id=each.item.session_id, prediction_id=each.item.prediction_id, reason=each.reason)
        for each in verified.skipped
    ]
    return VerifiedOut(
        kept=verified.kept, session_ids=list(verified.session_ids), skipped=skipped, repeated=verified.repeated
    )


def write_progress(counts: dict[str, int], open_count: int) -> QueueProgress:
    """Write a round's progress: sessions by outcome, and how many need an answer still."""
    return QueueProgress(sessions=sum(counts.values()), open=open_count, **counts)


def write_receipt(receipt: Receipt, counts: dict[str, int], open_count: int) -> Receipted:
    """Write the acknowledgement of an answer."""
    return Receipted(
        submission_id=receipt.submission.id,
        revision=receipt.submission.revision,
        repeated=receipt.repeated,
        conflict=receipt.conflict,
        progress=write_progress(counts, open_count),
    )


def identify_labels(labels: Sequence[Label]) -> str:
    """Tell a list of labels from every other one."""
    text = "\0".join(f"{each.name}\0{each.color}\0{each.hotkey}\0{each.description}" for each in labels)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_labels(labels: Sequence[Label]) -> LabelListOut:
    """Write a round's labels."""
    shown = [LabelShape.model_validate(each) for each in labels]
    return LabelListOut(labels_id=identify_labels(labels), labels=shown)


def write_view(workspace: Workspace, view: SessionView, holder: str = "") -> SessionOut:
    """Write all that the editor needs to show one session."""
    session, claim = view.session, view.claim
    picture, sound, figure, problem = _write_media(workspace, view)
    return SessionOut(
        round_id=session.round_id,
        session_id=session.id,
        position=session.position,
        duration_s=session.duration_s,
        starts_at_s=session.start_s,
        started_at=session.started_at(view.recording),
        recording=_write_recording(view),
        labels_id=identify_labels(view.round_.labels),
        picture=picture,
        audio=sound,
        figure=figure,
        problem=problem,
        predictions=[SessionBox(**_write_box(each, session), id=each.id) for each in view.predictions],
        regions=_write_regions(view),
        submission=None if view.answer is None else _write_submission(view, view.answer),
        open=view.is_open,
        display=DisplayShape.model_validate(view.round_.display),
        claim=ClaimOut(
            mine=claim is not None and claim.holder == holder,
            holder_name=None if claim is None else claim.annotator,
            expires_at=None if claim is None else claim.expires_at,
        ),
        previous_id=view.previous_id,
        next_id=view.next_id,
        suggestion=None if view.suggestion is None else shapes.SuggestedShape.model_validate(view.suggestion),
    )


def _write_recording(view: SessionView) -> SessionRecording:
    recording = view.recording
    return SessionRecording(
        id=recording.id,
        file_name=recording.file_name,
        sample_rate_hz=recording.sample_rate_hz,
        channel=view.session.channel,
        channel_count=recording.channel_count,
        duration_s=recording.duration_s,
        site=recording.site or view.round_.site,
        start_method=recording.start_method,
        original_name=recording.original_name,
        notes=list(recording.notes),
    )


def _write_media(
    workspace: Workspace, view: SessionView
) -> tuple[PictureOut | None, SoundOut | None, dict[str, Any], str | None]:
    """Write where the picture and the sound are, or why there are none: the page goes on without them."""
    session, rate_hz = view.session, view.recording.sample_rate_hz
    base = f"api/v1/rounds/{session.round_id}/sessions/{session.id}"
    try:
        drawn = spectrograms.get_picture(workspace, round_id=session.round_id, session_id=session.id)
    except PodcastError as error:
        return None, None, spectrogram_axes(session.duration_s, 0.0, rate_hz / 2), str(error)
    info, version = drawn.info, drawn.version
    picture = PictureOut(url=f"{base}/picture.jpg?v={info.etag}", base_url=base, version=version, **asdict(info))
    sound = SoundOut(url=f"{base}/audio.wav?v={view.recording.id}", sample_rate_hz=sounds.playback_rate_hz(rate_hz))
    return picture, sound, spectrogram_axes(session.duration_s, info.low_hz, info.high_hz), None


def _write_regions(view: SessionView) -> list[Region]:
    session, answer = view.session, view.answer
    if answer is not None:
        return [
            Region(
                **_write_box(box, session),
                id=f"{answer.id}-{index}",
                origin=box.origin,
                prediction_id=box.prediction_id,
                comment=box.comment,
                unsure=box.unsure,
                individual=box.individual,
                call_type=box.call_type,
            )
            for index, box in enumerate(answer.annotations)
        ]
    notes: dict[str, Any] = {"comment": "", "unsure": False, "individual": "", "call_type": ""}
    origin = Origin.MODEL_ACCEPTED
    return [
        Region(**_write_box(each, session), **notes, id=each.id, origin=origin, prediction_id=each.id)
        for each in view.predictions
    ]


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


def _write_submission(view: SessionView, answer: Submission) -> ShownSubmission:
    reviews = [
        ShownReview(reviewer=each.reviewer, verdict=each.verdict, comment=each.comment, created_at=each.created_at)
        for each in view.reviews
        if each.submission_id == answer.id
    ]
    return ShownSubmission(
        id=answer.id,
        revision=answer.revision,
        revisions=len(view.history),
        outcome=answer.outcome,
        annotator=answer.annotator,
        submitted_at=answer.submitted_at,
        comment=answer.comment,
        score_threshold=answer.score_threshold,
        unreviewed_prediction_ids=[each.id for each in answer.unreviewed],
        reviews=reviews,
    )
