"""How sessions of a round are listed, in plain Python over all of them: what the database's lists are compared with."""

from collections.abc import Callable, Sequence

from podcast_core.domain.annotation import Origin
from podcast_core.domain.summary import Selection, SessionSummary, Tally

# What is compared, and whether the largest comes first. Sessions without the value always come last.
SORTS: dict[str, tuple[Callable[[SessionSummary], object], bool]] = {
    "position": (lambda session: session.position, False),
    "newest": (lambda session: session.submitted_at, True),
    "oldest": (lambda session: session.submitted_at, False),
    "lowest score": (lambda session: session.lowest_score, False),
    "unsure boxes": (lambda session: session.unsure_count or None, True),
    "annotator": (lambda session: session.annotator.lower() or None, False),
}


def is_listed(session: SessionSummary, selection: Selection) -> bool:
    """Tell whether a session is listed."""
    return (
        selection.outcome in (None, session.outcome)
        and selection.annotator in (None, session.annotator)
        and selection.verdict in (None, session.review_state)
        and any(
            selection.label in (None, each.label) and selection.origin in (None, each.origin.value)
            for each in (session.tallies or [Tally("", Origin.NEW, 0)])
        )
        and (selection.label is None or selection.label in session.labels)
        and (selection.origin is None or bool(session.tallies))
        and selection.site in (None, session.site)
        and (selection.score_from is None or (session.lowest_score or -1) >= selection.score_from)
    )


def select_sessions(sessions: Sequence[SessionSummary], selection: Selection) -> list[SessionSummary]:
    """Filter and sort the sessions of a round; equal ones stay in the order of the queue."""
    value, reverse = SORTS[selection.sort]
    matching = [session for session in sessions if is_listed(session, selection)]
    known = [session for session in matching if value(session) is not None]
    unknown = [session for session in matching if value(session) is None]
    return sorted(known, key=value, reverse=reverse) + unknown  # type: ignore[arg-type]  # values of one sort compare


def find_neighbours(
    sessions: Sequence[SessionSummary], selection: Selection, session_id: str
) -> tuple[str | None, str | None]:
    """Find the listed sessions before and after one, which need not be listed itself."""
    ordered = select_sessions(sessions, Selection(sort=selection.sort))
    here = next((index for index, session in enumerate(ordered) if session.session_id == session_id), len(ordered))
    before = [session.session_id for session in ordered[:here] if is_listed(session, selection)]
    after = [session.session_id for session in ordered[here + 1 :] if is_listed(session, selection)]
    return (before[-1] if before else None), (after[0] if after else None)
