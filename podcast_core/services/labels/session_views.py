"""Session views: all that a page needs to show one session to the one who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from podcast_core.domain.claim import Claim
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.recording import Recording
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.standing import find_standing
from podcast_core.domain.submission import UNREVIEWED, Submission, find_counting
from podcast_core.domain.suggestion import SuggestedPlace
from podcast_core.domain.times import utc_now
from podcast_core.services.labels import independence
from podcast_core.storage import (
    claims,
    predictions,
    recordings,
    reviews,
    rounds,
    sessions,
    submissions,
    suggestions,
)
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SessionView:
    """All that a page needs to show one session. Times of nouns are recording times.

    ``history`` and ``reviews`` are what the one who asks may see. ``answers_left``: how many people are to answer; 0
    also where the one who asks is none of them.
    """

    round_: Round
    session: Session
    recording: Recording
    predictions: list[Prediction]
    history: list[Submission]
    reviews: list[Review]
    claims: list[Claim]
    previous_id: str | None
    next_id: str | None
    suggestion: SuggestedPlace | None = None
    answers_left: int = 1

    @property
    def answer(self) -> Submission | None:
        """The answer that counts."""
        return find_counting(self.history, self._rejected)

    def find_claim(self, holder: str) -> Claim | None:
        """Find the claim of a holder, else one of others where they leave no room; None: whoever wants can hold it."""
        own = next((each for each in self.claims if each.holder == holder), None)
        is_full = len(self.claims) >= self.answers_left
        return own or next(iter(self.claims if is_full else []), None)

    @property
    def standing(self) -> str:
        """What the session counts for, see `podcast_core.domain.standing`."""
        answer = self.answer
        if answer is None:
            return UNREVIEWED
        return find_standing(answer.outcome, self._verdicts.get(answer.id))

    @property
    def is_open(self) -> bool:
        """Tell whether the session needs an answer of the one who asks still."""
        return self.answers_left > 0

    @property
    def _rejected(self) -> set[str]:
        return {answer_id for answer_id, verdict in self._verdicts.items() if verdict is Verdict.REJECT}

    @property
    def _verdicts(self) -> dict[str, Verdict]:
        return {each.submission_id: each.verdict for each in self.reviews}  # of several the newest


def get_view(
    workspace: Workspace, *, round_id: str, session_id: str, with_queue: bool = True, seen_by: str | None = None
) -> SessionView:
    """Get all about one session; NotFound when there is none.

    ``with_queue``: also who holds it, what comes before and after it, and where a suggestion puts it. ``seen_by``: who
    answers it, and sees no answer of others where people answer independently; None: whoever may see all.
    """
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        round_ = rounds.get_round(connection, round_id)
        return make_views(connection, round_, [session], utc_now() if with_queue else None, seen_by)[0]


def make_views(
    connection: Connection, round_: Round, chosen: Sequence[Session], now: datetime | None, seen_by: str | None
) -> list[SessionView]:
    """Look up all that pages need to show sessions of one round; without ``now`` nothing about its queue."""
    if not chosen:
        return []
    ids = [session.id for session in chosen]
    histories = submissions.list_histories(connection, round_.id, ids)
    found = recordings.list_recordings(connection, {session.recording_id for session in chosen})
    its_recording = {each.id: each for each in found}
    held = claims.find_claims(connection, round_.id, ids, now) if now else {}
    places = suggestions.find_places(connection, round_.id, ids) if now else {}
    judged = partial(reviews.list_reviews_of, connection)
    shown: dict[str, list[Prediction]] = {each: [] for each in ids}
    for prediction in predictions.list_shown(connection, round_.id, ids):
        shown[prediction.session_id].append(prediction)
    views = []
    for session in chosen:
        history = histories.get(session.id, [])
        previous_id, next_id = sessions.find_neighbours(connection, session) if now else (None, None)
        seen = independence.look(
            round_, session.id, history, [review for each in history for review in judged(each.id)], seen_by
        )
        views.append(
            SessionView(
                round_=round_,
                session=session,
                recording=its_recording[session.recording_id],
                predictions=shown[session.id],
                history=seen.history,
                reviews=seen.reviews,
                answers_left=seen.answers_left,
                claims=held.get(session.id, []),
                previous_id=previous_id,
                next_id=next_id,
                suggestion=places.get(session.id),
            )
        )
    return views
