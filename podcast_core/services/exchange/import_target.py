"""What an import has to know of its round: no more than its files speak of, and of that a part at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.formats.assembly import Offered
from podcast_core.formats.contents import Contents, list_named
from podcast_core.formats.names import list_alike
from podcast_core.formats.placing import Named, Placed, Places, list_ids
from podcast_core.progress import Progress
from podcast_core.services.exchange.import_sorting import Sorter
from podcast_core.services.labels.archive import check_not_archived
from podcast_core.storage import predictions, recordings, reviews, rounds, sessions, submissions
from podcast_core.workspace import Workspace

AT_ONCE = 1_000  # sessions whose answers are in memory


@dataclass(frozen=True, slots=True)
class History:
    """The answers that a session has, the oldest first, and whether a review rejected them."""

    answers: Sequence[Submission]
    rejected: Collection[str]


NONE = History((), ())


class Target:
    """The round that files are brought into, as it is now.

    Raises
    ------
    NotFound
        When there is no such round.
    Conflict
        When it is archived.
    """

    def __init__(self, workspace: Workspace, round_id: str, contents: Contents) -> None:
        boxes = chain(list_named(contents.annotations), list_named(contents.predictions))
        named: list[Named] = [*boxes, *contents.answers, *contents.left_out]
        self._database = workspace.database
        with workspace.database.reading() as connection:
            self.round_: Round = rounds.get_round(connection, round_id)
            check_not_archived(connection, self.round_)
            in_round = recordings.list_names_in_round(connection, round_id)
            recording_ids, session_ids = list_ids(named)
            wanted = recording_ids & {recording_id for recording_id, *_ in in_round}
            wanted |= list_alike(in_round, {each.name for each in named})
            wanted |= {each.recording_id for each in sessions.list_some(connection, round_id, session_ids=session_ids)}
            self.recordings: dict[str, Recording] = {
                each.id: each for each in recordings.list_recordings(connection, wanted)
            }
            found = sessions.list_of_recordings(connection, round_id, wanted)
        places = Places(found, self.recordings.values())
        self.sessions: Mapping[str, Session] = places.sessions
        places.hear(named)
        self.sorter = Sorter(places)

    def read_offered(self, contents: Contents, placed: Iterable[Placed]) -> Offered:
        """Read the predictions of sessions that files speak of; none where they name none."""
        named = chain(list_named(contents.annotations), list_named(contents.predictions))
        if not (contents.rejected or contents.unreviewed or any(each.prediction_id for each in named)):
            return {}
        answered = chain.from_iterable(map(self.sorter.places.find_sessions, contents.answers))
        wanted = {each.session.id for each in placed} | {each.id for each in answered}
        offered: dict[tuple[str, str], Prediction] = {}
        with self._database.reading() as connection:
            for some in _cut(wanted):
                for each in predictions.list_all_of(connection, self.round_.id, some):
                    offered[each.session_id, each.id] = each
        return offered

    def with_histories(
        self, answers: Sequence[Submission], on_progress: Progress
    ) -> Iterator[tuple[Submission, History]]:
        """Give answers in their order, each with what its session has."""
        for start in range(0, len(answers), AT_ONCE):
            on_progress(start, len(answers), "Comparing with the answers that are there")
            some = answers[start : start + AT_ONCE]
            with self._database.reading() as connection:
                found = submissions.list_histories(connection, self.round_.id, {each.session_id for each in some})
                known = [each.id for history in found.values() for each in history]
                rejected = reviews.find_rejected(connection, known)
            for each in some:
                yield each, History(found[each.session_id], rejected) if each.session_id in found else NONE

    def describe_sessions(self, most: int) -> str:
        """Name the first sessions of the round, and say how many more there are."""
        with self._database.reading() as connection:
            first, total = sessions.list_first(connection, self.round_.id, most)
        more = f" and {total - most:,} more" if total > most else ""
        return f"{', '.join(first)}{more}" or "none yet"


def _cut(names: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(names)
    return (listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE))
