"""What the spectrogram editor is sent of a session: nouns in seconds of the recording, in seconds of the session."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.label import Label
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import PodcastError
from podcast_core.figures import spectrogram_axes
from podcast_core.services.labels.session_views import SessionView
from podcast_core.services.pictures import sounds, spectrograms
from podcast_core.wire import sessions as wire
from podcast_core.wire.adjudication import SideBox
from podcast_core.wire.claims import QueueProgress
from podcast_core.wire.rounds import Display
from podcast_core.workspace import Workspace


def write_progress(counts: dict[str, int], open_count: int) -> QueueProgress:
    """Write a round's progress: sessions by outcome, and how many need an answer still."""
    return QueueProgress(sessions=sum(counts.values()), open=open_count, **counts)


def identify_labels(labels: Sequence[Label]) -> str:
    """Tell a list of labels from every other one."""
    text = "\0".join(f"{each.name}\0{each.color}\0{each.hotkey}\0{each.description}" for each in labels)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_view(workspace: Workspace, view: SessionView, holder: str = "") -> wire.Session:
    """Write all that the editor needs to show one session."""
    session, claim = view.session, view.find_claim(holder)
    picture, sound, figure, problem = _write_media(workspace, view)
    return wire.Session(
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
        predictions=[wire.SessionBox(**write_box(each, session), id=each.id) for each in view.predictions],
        regions=_write_regions(view),
        submission=None if view.answer is None else _write_submission(view, view.answer),
        open=view.is_open,
        display=Display.model_validate(view.round_.display),
        claim=wire.Claim(
            mine=claim is not None and claim.holder == holder,
            holder_name=None if claim is None else claim.annotator,
            expires_at=None if claim is None else claim.expires_at,
        ),
        previous_id=view.previous_id,
        next_id=view.next_id,
        suggestion=None if view.suggestion is None else wire.Suggested.model_validate(view.suggestion),
    )


def _write_recording(view: SessionView) -> wire.SessionRecording:
    recording = view.recording
    return wire.SessionRecording(
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
) -> tuple[wire.Picture | None, wire.Sound | None, dict[str, Any], str | None]:
    """Write where the picture and the sound are, or why there are none: the page goes on without them."""
    session, rate_hz = view.session, view.recording.sample_rate_hz
    base = f"api/v1/rounds/{session.round_id}/sessions/{session.id}"
    try:
        drawn = spectrograms.get_picture(workspace, round_id=session.round_id, session_id=session.id)
    except PodcastError as error:
        return None, None, spectrogram_axes(session.duration_s, 0.0, rate_hz / 2), str(error)
    info, version = drawn.info, drawn.version
    picture = wire.Picture(url=f"{base}/picture.jpg?v={info.etag}", base_url=base, version=version, **asdict(info))
    sound = wire.Sound(url=f"{base}/audio.wav?v={view.recording.id}", sample_rate_hz=sounds.playback_rate_hz(rate_hz))
    return picture, sound, spectrogram_axes(session.duration_s, info.low_hz, info.high_hz), None


def _write_regions(view: SessionView) -> list[wire.Region]:
    session, answer = view.session, view.answer
    if answer is not None:
        return [
            wire.Region(
                **write_box(box, session),
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
        wire.Region(**write_box(each, session), **notes, id=each.id, origin=origin, prediction_id=each.id)
        for each in view.predictions
    ]


def write_box(box: Annotation | Prediction, session: Session) -> dict[str, Any]:
    """Write what all boxes of a session have."""
    return {
        "start_s": session.to_session_s(box.start_s),
        "end_s": session.to_session_s(box.end_s),
        "low_hz": box.low_hz,
        "high_hz": box.high_hz,
        "label": box.label,
        "score": box.score,
        "model": box.model,
    }


def write_noted_box(box: Annotation, session: Session) -> SideBox:
    """Write a person's box with what is noted about it."""
    return SideBox(
        **write_box(box, session),
        origin=box.origin,
        prediction_id=box.prediction_id,
        comment=box.comment,
        unsure=box.unsure,
        individual=box.individual,
        call_type=box.call_type,
    )


def _write_submission(view: SessionView, answer: Submission) -> wire.ShownSubmission:
    reviews = [
        wire.ShownReview(reviewer=each.reviewer, verdict=each.verdict, comment=each.comment, created_at=each.created_at)
        for each in view.reviews
        if each.submission_id == answer.id
    ]
    return wire.ShownSubmission(
        id=answer.id,
        revision=answer.revision,
        revisions=len(view.history),
        outcome=answer.outcome,
        annotator=answer.annotator,
        submitted_at=answer.submitted_at,
        comment=answer.comment,
        score_threshold=answer.score_threshold,
        unreviewed_prediction_ids=_list_unreviewed(view, answer),
        reviews=reviews,
    )


def _list_unreviewed(view: SessionView, answer: Submission) -> list[str]:
    """List the predictions that an answer says nothing about, those too that came after it; a skip judges none."""
    left = [each.id for each in answer.unreviewed]
    if answer.outcome is Outcome.SKIPPED:
        return left
    known = {*left, *(box.prediction_id for box in answer.annotations), *(each.id for each in answer.rejected)}
    return [*left, *(each.id for each in view.predictions if each.id not in known)]
