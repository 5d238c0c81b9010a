"""Answers about pieces of a recording that are not our sessions, e.g. the clips of an annotation project.

What is said of the pieces becomes an answer for a session only as far as they cover it: silence that nobody searched
is not called empty.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from podcast_core.domain.session import Session
from podcast_core.domain.submission import UNREVIEWED, Outcome
from podcast_core.formats.contents import FileAnswer

CLOSE_S = 0.005  # a gap between pieces, or at an end, that is no gap: ends of files are often rounded


def combine(session: Session, parts: Sequence[FileAnswer], *, has_boxes: bool) -> tuple[FileAnswer, bool]:
    """Make one answer of all that is said about pieces of a session.

    Returns
    -------
    FileAnswer
        Unsure if one piece is; else unreviewed if none was looked at. Labelled or empty if the pieces cover the
        session. Else verified where there are boxes, because the rest was not searched, and unreviewed where there
        are none.
    bool
        Whether the pieces cover the session.
    """
    looked_at = [part for part in parts if part.outcome not in (UNREVIEWED, Outcome.SKIPPED)]
    is_covered = _cover(session, looked_at)
    if any(part.outcome == Outcome.UNSURE for part in looked_at):
        outcome = Outcome.UNSURE.value
    elif is_covered:
        outcome = Outcome.LABELLED.value if has_boxes else Outcome.EMPTY.value
    else:
        outcome = Outcome.VERIFIED.value if has_boxes else UNREVIEWED
    named = {part.annotator for part in parts if part.annotator}
    times = [part.submitted_at for part in parts if part.submitted_at is not None]
    comments = dict.fromkeys(part.comment for part in parts if part.comment)
    answer = replace(
        parts[0],
        session_id=session.id,
        outcome=outcome,
        annotator=", ".join(sorted(named))[:80],
        submitted_at=max(times) if times else None,
        comment="\n".join(comments)[:4000],
        start_s=None,
        end_s=None,
    )
    return answer, is_covered


def _cover(session: Session, parts: Sequence[FileAnswer]) -> bool:
    inside = sorted((part.start_s or 0.0, part.end_s or 0.0) for part in parts)
    edges = [(session.start_s, session.start_s), *inside, (session.end_s, session.end_s)]
    reached_s = session.start_s
    for (_, before_s), (start_s, _) in pairwise(edges):
        reached_s = max(reached_s, before_s)
        if start_s - reached_s > CLOSE_S:
            return False
    return True
