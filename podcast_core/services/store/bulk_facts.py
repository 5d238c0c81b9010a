"""Bulk acts among the facts: read from the database, checked, and written again."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from podcast_core.domain.bulk_act import BulkAct
from podcast_core.services.store import bulk_records
from podcast_core.services.store.facts import Facts
from podcast_core.services.store.keys import Keys
from podcast_core.storage import bulk


def read_rows(connection: Connection, facts: Facts) -> None:
    """Read all rows of bulk acts."""
    facts.bulk_acts.update({each.id: each for each in bulk.list_acts(connection)})


def link(new: Facts, onto: Facts, kept: Facts, leave_out: Callable[[str, str], None]) -> None:
    """Take bulk acts of known rounds; their answers are taken as all others."""
    for act_id, act in new.bulk_acts.items():
        if act.round_id in kept.rounds or act.round_id in onto.rounds:
            kept.bulk_acts[act_id] = act
        else:
            leave_out(f"bulk act {act_id} by {act.who}", f"its round {act.round_id} is missing")


def add_rows(connection: Connection, facts: Facts) -> None:
    """Add rows of bulk acts that `link` kept, after those of their answers."""
    bulk.add_acts(connection, facts.bulk_acts.values())
    for round_id in {each.round_id for each in facts.bulk_acts.values()}:
        bulk.apply(connection, round_id)


def list_alone(answer_ids: Iterable[str], keys: Keys, rows: Facts) -> list[str]:
    """List the answers that are not in the object of a bulk act."""
    known = {*keys.bulk_acts, *rows.bulk_acts}
    return [each for each in answer_ids if rows.submissions[each].bulk_id not in known]


def make_object(act: BulkAct, rows: Facts) -> tuple[str, bytes]:
    """Make the object of an act anew from rows."""
    made = [each for each in rows.submissions.values() if each.bulk_id == act.id]
    return bulk_records.make_object(act, made, {each.session_id: rows.about[each.id] for each in made})
