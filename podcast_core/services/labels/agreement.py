"""How well people agree who answered the same sessions (`podcast_core.ml.measuring.agreement`), read from the database.

Whose answers are compared is said by `podcast_core.storage.compared_answers`. Boxes are pairs when they have the same
label and overlap enough, in time or where it is asked for in time and frequency. Models can be compared with people in
the same way. People have had the predictions on screen, so that their agreement with that model is no proof of either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from podcast_core.domain.checks import check_between, check_score
from podcast_core.domain.round import Round
from podcast_core.ml.measuring.overlaps import DEFAULT_MIN_IOU, MIN_IOU
from podcast_core.services.labels import independence
from podcast_core.services.labels.comparing import Agreement as Agreement
from podcast_core.services.labels.comparing import ComparedAnswers as ComparedAnswers
from podcast_core.services.labels.comparing import LabelAgreement as LabelAgreement
from podcast_core.services.labels.comparing import SessionAgreement as SessionAgreement
from podcast_core.services.store.kept_results import find_or_compute, is_renewed
from podcast_core.services.store.sources import digest
from podcast_core.storage import acts, bulk, compared_answers, summaries, tallies
from podcast_core.storage.compared_answers import GivenAnswers
from podcast_core.workspace import Workspace

FEW = 50  # sessions that several people answered: the rest is not compared while somebody waits
MAX_LISTED = 1000

_SESSIONS = TypeAdapter(list[SessionAgreement])


@dataclass(frozen=True, slots=True)
class Kept:
    """What one comparison of all that people answered in a round is kept for.

    ``sessions`` are those in which people agree least, whether decided or not. ``undecided`` are those of them all that
    wait for somebody who decides, `MAX_LISTED` at most, and ``undecided_count`` says how many there were.
    """

    figures: Agreement
    sessions: list[SessionAgreement]
    undecided: list[SessionAgreement]
    undecided_count: int


_KEPT = TypeAdapter(Kept)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose agreement is asked for: of all people, or some by their names; and when two boxes match.

    With ``models``, each person is compared with each of these, by their predictions with ``min_score`` or more.
    """

    round_id: str
    people: tuple[str, ...] = ()
    min_iou: float = DEFAULT_MIN_IOU
    with_bands: bool = False
    models: tuple[str, ...] = ()
    min_score: float = 0.0

    def __post_init__(self) -> None:
        check_score(self.min_score, "The least score of a prediction")
        check_between(self.min_iou, "The least overlap of two boxes (IoU)", MIN_IOU, 1)


def compare_answers(connection: Connection, round_ids: Sequence[str], asked: Asked | None = None) -> ComparedAnswers:
    """Read and compare the answers of some rounds; ``asked`` says of whom, and when boxes match."""
    given = [(round_id, answers) for round_id in round_ids for answers in _read_answers(connection, round_id, asked)]
    if asked is None:
        return ComparedAnswers(given)
    models = [compared_answers.name_model(model) for model in asked.models]
    return ComparedAnswers(given, min_iou=asked.min_iou, with_bands=asked.with_bands, models=models)


def _read_answers(connection: Connection, round_id: str, asked: Asked | None) -> list[GivenAnswers]:
    """Read the answers that are compared, then those of each model."""
    if asked is None:
        return [compared_answers.read_compared(connection, round_id, with_bands=False)]
    people_count = 1 if asked.models else 2
    answers = compared_answers.read_compared(
        connection, round_id, people_count=people_count, with_bands=asked.with_bands
    )
    if asked.people:
        answers = answers.by(asked.people)
    return [
        answers,
        *(
            compared_answers.read_predicted(connection, round_id, model, answers, min_score=asked.min_score)
            for model in asked.models
        ),
    ]


def list_models(workspace: Workspace, *, round_id: str) -> list[str]:
    """List the models that can be compared with people in a round."""
    with workspace.database.reading() as connection:
        return compared_answers.list_models(connection, round_id)


def get_agreement(workspace: Workspace, asked: Asked) -> tuple[Agreement, datetime | None]:
    """Measure how well people agree who answered the same sessions; NotFound when there is no such round.

    Where several people answered many sessions, that is kept for a while; the second value says when it was measured
    (None: now).
    """
    if _is_large(workspace, asked):
        kept, measured_at = keep_comparison(workspace, asked)
        return kept.figures, measured_at
    with workspace.database.reading() as connection:
        round_ = independence.get_round(connection, asked.round_id)
        return compare_answers(connection, [asked.round_id], asked).measure(round_.label_names), None


def keep_comparison(workspace: Workspace, asked: Asked) -> tuple[Kept, datetime]:
    """Compare all answers once for the figures, the list of sessions and who decides, or find what is kept of that.

    Each of the three asks for it, in whichever order they are opened. NotFound when there is no such round.
    """

    def compute() -> Kept:
        with workspace.database.reading() as connection:
            compared = compare_answers(connection, [asked.round_id], asked)
            listed = compared.list_sessions()
            undecided = leave_undecided(connection, asked.round_id, listed)
        figures = compared.measure(round_.label_names)
        return Kept(figures, listed[:MAX_LISTED], undecided[:MAX_LISTED], len(undecided))

    with workspace.database.reading() as connection:
        round_ = independence.get_round(connection, asked.round_id)
        version = name_version(connection, round_)
    key = f"agreement/{asked.round_id}/{digest(repr(asked), 'compared once')}.json"
    return find_or_compute(workspace, key, version, compute, write=_KEPT.dump_json, read=_KEPT.validate_json)


def leave_undecided(
    connection: Connection, round_id: str, listed: Sequence[SessionAgreement]
) -> list[SessionAgreement]:
    """Leave those sessions in which people do not agree and about which nobody has decided."""
    differing = [each for each in listed if each.share < 1]
    settled = compared_answers.find_settled(connection, round_id, [each.session_id for each in differing])
    return [each for each in differing if each.session_id not in settled]


def list_disagreements(
    workspace: Workspace, asked: Asked, *, label: str | None = None, confused_with: str | None = None
) -> tuple[list[SessionAgreement], datetime | None]:
    """List the sessions of a round that several people answered, those first in which they agree least.

    At most `MAX_LISTED`, of one label or all, or of a label that somebody else calls ``confused_with`` (`NO_BOX`:
    marks nothing there); kept for a while as `get_agreement` is. NotFound when there is no such round.
    """

    def compute() -> list[SessionAgreement]:
        with workspace.database.reading() as connection:
            compared = compare_answers(connection, [asked.round_id], asked)
        return compared.list_sessions(label, confused_with)[:MAX_LISTED]

    if not _is_large(workspace, asked):
        return compute(), None
    if label is None:
        kept, measured_at = keep_comparison(workspace, asked)
        return kept.sessions, measured_at
    with workspace.database.reading() as connection:
        version = name_version(connection, independence.get_round(connection, asked.round_id))
    key = f"agreement/{asked.round_id}/{digest(repr(asked), f'sessions {label} {confused_with}')}.json"
    return find_or_compute(workspace, key, version, compute, write=_SESSIONS.dump_json, read=_SESSIONS.validate_json)


def is_measured_again(workspace: Workspace, *, round_id: str) -> bool:
    """Tell whether what is kept of a round's agreement is being worked out again, while it is shown."""
    return is_renewed(workspace, f"agreement/{round_id}/")


def _is_large(workspace: Workspace, asked: Asked) -> bool:
    """Tell whether so much is compared that it is kept; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, asked.round_id)
        return bool(asked.models) or len(summaries.list_compared(connection, asked.round_id, limit=FEW + 1)) > FEW


def name_version(connection: Connection, round_: Round) -> str:
    """Name what has been said in a round so far."""
    return digest(
        [tallies.list_groups(connection, round_.id, f"all {what}") for what in ("answers", "reviews")],
        tallies.measure_standings(connection, round_.id),
        [len(acts.list_acts(connection, round_.id)), len(bulk.list_acts(connection, round_.id))],
        round_.label_names,
    )
