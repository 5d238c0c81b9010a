"""Rounds: a batch of sessions labelled under one instruction and one label list."""

from collections.abc import Sequence

from podcast_core.domain import Label, Round, make_id, make_labels
from podcast_core.services import records
from podcast_core.storage import rounds, submissions
from podcast_core.workspace import Workspace


def add_round(
    workspace: Workspace,
    *,
    name: str,
    labels: Sequence[str] | Sequence[Label],
    round_id: str = "",
    description: str = "",
    instructions: str = "",
    site: str = "",
    site_url: str = "",
) -> Round:
    """Add a round; its id is made from the name unless it is given.

    Raises
    ------
    Conflict
        When the id is taken.
    InvalidInput
        When a name, label, colour or hotkey cannot be used.
    """
    given = [label for label in labels if isinstance(label, Label)]
    names = [label for label in labels if isinstance(label, str)]
    round_ = Round(
        id=round_id or make_id(name),
        name=name,
        labels=tuple(given) or make_labels(names),
        description=description,
        instructions=instructions,
        site=site,
        site_url=site_url,
    )
    with workspace.database.writing() as connection:
        rounds.add_round(connection, round_)
        records.save_round(workspace.files, round_)
    return round_


def get_round(workspace: Workspace, *, round_id: str) -> Round:
    """Get a round; NotFound when there is none."""
    with workspace.database.reading() as connection:
        return rounds.get_round(connection, round_id)


def list_rounds(workspace: Workspace) -> list[Round]:
    """List all rounds, the newest first."""
    with workspace.database.reading() as connection:
        return rounds.list_rounds(connection)


def count_outcomes(workspace: Workspace, *, round_id: str) -> dict[str, int]:
    """Count a round's sessions by outcome (``unreviewed``: no answer yet)."""
    with workspace.database.reading() as connection:
        return submissions.count_outcomes(connection, round_id)
