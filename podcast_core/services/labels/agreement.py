"""How well people agree who answered the same sessions (`podcast_core.ml.measuring.agreement`), read from the database.

Whose answers are compared is said by `podcast_core.storage.compared_answers`. Boxes are pairs when they have the same
label and overlap enough, in time or where it is asked for in time and frequency. Models can be compared with people in
the same way. People have had the predictions on screen, so that their agreement with that model is no proof of either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Connection

from podcast_core.domain.checks import check_between, check_score
from podcast_core.domain.round import Round
from podcast_core.ml.measuring.overlaps import LEAST_IOU, MIN_IOU
from podcast_core.services.labels import independence
from podcast_core.services.labels.comparing import Agreement as Agreement
from podcast_core.services.labels.comparing import ComparedAnswers as ComparedAnswers
from podcast_core.services.labels.comparing import LabelAgreement as LabelAgreement
from podcast_core.services.labels.comparing import SessionAgreement as SessionAgreement
from podcast_core.services.store.kept_results import find_or_compute
from podcast_core.services.store.sources import digest
from podcast_core.storage import acts, bulk, compared_answers, summaries, tallies
from podcast_core.storage.compared_answers import GivenAnswers
from podcast_core.workspace import Workspace

FEW = 50  # sessions that several people answered: the rest is not compared while somebody waits
MOST_LISTED = 1000
T = TypeVar("T")

_AGREEMENT, _SESSIONS = TypeAdapter(Agreement), TypeAdapter(list[SessionAgreement])


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose agreement is asked for: of all people, or some by their names; and when two boxes match.

    With ``models``, each person is compared with each of these, by their predictions with ``min_score`` or more.
    """

    round_id: str
    people: tuple[str, ...] = ()
    min_iou: float = MIN_IOU
    with_bands: bool = False
    models: tuple[str, ...] = ()
    min_score: float = 0.0

    def __post_init__(self) -> None:
        check_score(self.min_score, "The least score of a prediction")
        check_between(self.min_iou, "The least overlap of two boxes (IoU)", LEAST_IOU, 1)


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

    def measure(compared: ComparedAnswers, labels: Sequence[str]) -> Agreement:
        if len(compared.pooled.sessions) > FEW:  # who looks at the figures is shown the sessions next
            _keep(workspace, asked, _name_list(None, None), _SESSIONS, _list_all, compared)
        return compared.measure(labels)

    return _keep(workspace, asked, "", _AGREEMENT, measure)


def _list_all(compared: ComparedAnswers, _labels: Sequence[str]) -> list[SessionAgreement]:
    return compared.list_sessions()[:MOST_LISTED]


def _name_list(label: str | None, confused_with: str | None) -> str:
    """Name what is kept of `list_disagreements`."""
    return f"sessions {label} {confused_with}"


def list_disagreements(
    workspace: Workspace, asked: Asked, *, label: str | None = None, confused_with: str | None = None
) -> tuple[list[SessionAgreement], datetime | None]:
    """List the sessions of a round that several people answered, those first in which they agree least.

    At most `MOST_LISTED`, of one label or all, or of a label that somebody else calls ``confused_with`` (`NO_BOX`:
    marks nothing there); kept for a while as `get_agreement` is. NotFound when there is no such round.
    """
    return _keep(
        workspace,
        asked,
        _name_list(label, confused_with),
        _SESSIONS,
        lambda compared, _: compared.list_sessions(label, confused_with)[:MOST_LISTED],
    )


def _keep(
    workspace: Workspace,
    asked: Asked,
    what: str,
    kind: TypeAdapter[T],
    work_out: Callable[[ComparedAnswers, Sequence[str]], T],
    compared: ComparedAnswers | None = None,
) -> tuple[T, datetime | None]:
    """Work something out of the compared answers, read if they are not given, or find what is kept of many."""

    def compute() -> T:
        if compared is not None:
            return work_out(compared, round_.label_names)
        with workspace.database.reading() as connection:
            return work_out(compare_answers(connection, [asked.round_id], asked), round_.label_names)

    with workspace.database.reading() as connection:
        round_ = independence.get_round(connection, asked.round_id)
        many = FEW + 1
        is_small = not asked.models and len(summaries.list_compared(connection, asked.round_id, limit=many)) <= FEW
        version = "" if is_small else name_version(connection, round_)
    if is_small:
        return compute(), None
    key = f"agreement/{asked.round_id}/{digest(repr(asked), what)}.json"
    return find_or_compute(workspace, key, version, compute, write=kind.dump_json, read=kind.validate_json)


def name_version(connection: Connection, round_: Round) -> str:
    """Name what has been said in a round so far."""
    return digest(
        [tallies.list_groups(connection, round_.id, f"all {what}") for what in ("answers", "reviews")],
        tallies.measure_standings(connection, round_.id),
        [len(acts.list_acts(connection, round_.id)), len(bulk.list_acts(connection, round_.id))],
        round_.label_names,
    )
