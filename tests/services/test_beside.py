"""Which answer counts where some were imported beside others: the database and `find_counting` say the same."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from podcast_core.domain import Annotation, Outcome, Submission, find_counting
from podcast_core.services.labels import labelling
from podcast_core.storage import claims, submissions
from podcast_core.workspace import Workspace
from tests.services.sea import list_answers

START = datetime(2026, 1, 1, tzinfo=UTC)


def make_history(chance: random.Random, session_id: str) -> list[Submission]:
    """Some answers to one session; what is beside came when there was an answer."""
    history: list[Submission] = []
    for number in range(chance.randint(0, 5)):
        outcome = chance.choice([Outcome.LABELLED, Outcome.EMPTY, Outcome.SKIPPED, Outcome.UNSURE])
        history.append(
            Submission(
                f"{session_id}-{number}",
                "sea",
                session_id,
                chance.choice(["Ann", "Bob"]),
                outcome,
                (Annotation(1.0, 2.0, "call"),) if outcome is Outcome.LABELLED else (),
                submitted_at=START + timedelta(days=chance.randint(0, 9)),
                beside=chance.random() < 0.5 and find_counting(history) is not None,
            )
        )
    return history


@pytest.mark.usefixtures("sea")
def test_python_and_sql_agree_on_what_counts_and_what_is_open(workspace: Workspace) -> None:
    chance = random.Random(7)
    names = ["a_0_0", "a_0_1", "b_0_0", "b_0_1", "b_1_0", "b_1_1"]
    for _ in range(6):
        with workspace.database.writing() as connection:
            new = [each for name in names for each in make_history(chance, name)]
            stamp = chance.randrange(10**9)
            submissions.add_submissions(connection, [replace(each, id=f"{each.id}-{stamp}") for each in new])
        with workspace.database.reading() as connection:
            latest, left = submissions.latest_submissions(connection, "sea"), claims.list_open(connection, "sea")
        for name in names:
            history = list_answers(workspace, name)
            counting = find_counting(history)
            assert latest.get(name) == (counting or (history[-1] if history else None))
            view = labelling.get_view(workspace, round_id="sea", session_id=name)
            assert (view.answer, view.is_open) == (counting, name in left)


def test_what_stands_beside_does_not_count_however_new_it_is() -> None:
    first = Submission("1", "sea", "a", "Ann", Outcome.EMPTY, submitted_at=START)
    later = replace(first, id="2", annotator="Bob", submitted_at=START + timedelta(days=1), beside=True)
    assert find_counting([first, later]) is first
    assert find_counting([later]) is later
    assert find_counting([replace(first, outcome=Outcome.SKIPPED), later]) is later
    assert find_counting([replace(first, outcome=Outcome.SKIPPED)]) is None
