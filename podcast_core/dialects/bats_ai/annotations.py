"""What people have labelled in a recording, and what its labels are, for clients of bats_ai."""

from dataclasses import dataclass

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.recording import Recording
from podcast_core.storage import reviews, rounds, sessions, submissions
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlacedAnnotation:
    """A box with a number that stays the same while the answers do; times count from the recording's start."""

    number: int
    annotation: Annotation
    annotator: str


def list_annotations(
    workspace: Workspace, *, recording: Recording, channel: int, annotator: str = ""
) -> list[PlacedAnnotation]:
    """List the boxes of the answers that count, in one channel of a recording, of all rounds, by start.

    What a review rejected is not among them.

    Parameters
    ----------
    annotator
        Only what this person has answered; empty: everybody's.
    """
    with workspace.database.reading() as connection:
        pieces = [each for each in sessions.list_sessions_of(connection, recording.id) if each.channel == channel]
        answers = {
            round_id: submissions.latest_submissions(connection, round_id)
            for round_id in dict.fromkeys(piece.round_id for piece in pieces)
        }
        rejected = {each for round_id in answers for each in reviews.list_rejected_answers(connection, round_id)}
    found = [
        (box, answer.annotator)
        for piece in pieces
        if (answer := answers[piece.round_id].get(piece.id)) is not None
        and answer.id not in rejected
        and annotator in ("", answer.annotator)
        for box in answer.annotations
    ]
    found.sort(key=lambda each: (each[0].start_s, each[0].end_s, each[0].label))
    return [PlacedAnnotation(number, *each) for number, each in enumerate(found, 1)]


def list_labels(workspace: Workspace) -> list[str]:
    """List the labels of all rounds, each once, sorted."""
    with workspace.database.reading() as connection:
        return sorted({name for round_ in rounds.list_rounds(connection) for name in round_.label_names})
