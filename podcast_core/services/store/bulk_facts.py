"""Bulk acts among the facts: read from the database, checked, and written again."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection

from podcast_core.domain.bulk_act import BulkAct
from podcast_core.services.store import bulk_records
from podcast_core.services.store.facts import Facts
from podcast_core.storage import bulk, clip_labels, submissions


def read_rows(connection: Connection, facts: Facts) -> None:
    """Read all rows of bulk acts."""
    facts.bulk_acts.update({each.id: each for each in bulk.list_acts(connection)})


def link(new: Mapping[str, BulkAct], onto: Facts, kept: Facts, leave_out: Callable[[str, str], None]) -> None:
    """Take bulk acts of known rounds; their answers are taken as all others."""
    for act_id, act in new.items():
        if act.round_id in kept.rounds or act.round_id in onto.rounds:
            kept.bulk_acts[act_id] = act
        else:
            leave_out(f"bulk act {act_id} by {act.who}", f"its round {act.round_id} is missing")


def add_rows(connection: Connection, facts: Facts, touched: Iterable[str]) -> None:
    """Add rows of bulk acts that a `Linker` kept, after those of their answers.

    ``touched`` are the rounds that answers were added to: acts that are there already may take them back.
    """
    bulk.add_acts(connection, facts.bulk_acts.values())
    for round_id in {*touched, *(each.round_id for each in facts.bulk_acts.values())}:
        if not bulk.list_acts(connection, round_id):
            continue
        bulk.apply(connection, round_id)
        clip_labels.relabel(connection, round_id)  # what was taken back calls nothing anything


def make_object(connection: Connection, act: BulkAct) -> tuple[str, bytes]:
    """Make the object of an act anew from rows."""
    made = submissions.list_named(connection, [each for _, each in bulk.list_made(connection, act.id)])
    about = submissions.list_recordings(connection, made)
    return bulk_records.make_object(act, made.values(), {each: about[act.round_id, each] for _, each in about})
