"""Batches of answers among the facts: read from the store, and written again."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from podcast_core.domain.submission import Submission
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.store import batch_records, bulk_facts
from podcast_core.services.store.facts import Facts, Problem
from podcast_core.services.store.keys import Keys
from podcast_core.services.store.packed import Answers
from podcast_core.storage.files import FileStore

READERS = 8


def put(facts: Facts, key: str, batch: Answers) -> list[Problem]:
    """Put the answers of a batch among the facts.

    An import that was cut off and done again may have left an answer twice, since other answers were in its batch then:
    the later try's counts, which knew of no fewer answers, and which alone is in a database.
    """
    problems = []
    for answer, recording_id in batch:
        known = facts.submissions.get(answer.id)
        if known is not None and not _is_same(known, answer):
            reason = f"{key} has an answer with the same id as another one ({answer.id})."
            problems.append(Problem(key, reason, is_label=True))
        elif known is None or _age(answer) > _age(known):
            facts.submissions[answer.id] = answer
            facts.about[answer.id] = recording_id
    return problems


def _is_same(one: Submission, other: Submission) -> bool:
    """Tell whether two answers are the same but for when they were imported."""
    return one == replace(other, submitted_at=one.submitted_at, beside=one.beside, base_revision=one.base_revision)


def _age(answer: Submission) -> tuple[object, ...]:
    return answer.submitted_at, answer.beside, answer.base_revision


def list_lost(keys: Keys, rows: Facts, stored: Mapping[str, set[str] | None]) -> list[str]:
    """List the answers of rows that no object holds; ``stored`` says what is in batches, see `read_ids`."""
    packed = set().union(*filter(None, stored.values()))
    alone = [each for each in rows.submissions if each not in keys.submissions and each not in packed]
    return bulk_facts.list_alone(alone, keys, rows)


def list_new(keys: Keys, rows: Facts, stored: Mapping[str, set[str] | None]) -> dict[tuple[str, str], str]:
    """List the batches that are broken or have an answer without a row, and those that share answers with them."""
    known = rows.submissions.keys()
    wanted = set().union(*(ids for ids in stored.values() if ids and not ids <= known))
    return {name: key for name, key in keys.batches.items() if (ids := stored[key]) is None or ids & wanted}


def read_ids(files: FileStore, keys: Keys) -> dict[str, set[str] | None]:
    """Read which answers are in each batch, by its key; None where it cannot be read."""

    def read(key: str) -> set[str] | None:
        try:
            return set(batch_records.to_ids(key, files.read(key)))
        except (InvalidInput, NotFound):
            return None

    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(keys.batches.values(), pool.map(read, keys.batches.values()), strict=True))


def make_objects(answer_ids: Iterable[str], rows: Facts, broken: Iterable[str] = ()) -> dict[str, bytes]:
    """Make objects of answers of rows that are in none.

    Those of a round are put where its broken objects are, as far as there are any: what these held is among them.
    Broken ones that are left over hold no answer then.
    """
    by_round: dict[str, list[Submission]] = {}
    for each in sorted(answer_ids):
        by_round.setdefault(rows.submissions[each].round_id, []).append(rows.submissions[each])
    places: dict[str, list[str]] = {}
    for key in sorted(broken):
        places.setdefault(key.split("/")[1], []).append(key)
    made: dict[str, bytes] = {}
    for round_id, lost in by_round.items():
        free = places.get(round_id, [])
        for part in batch_records.split(lost):
            key, data = batch_records.make_object(part, _name_recordings(part, rows))
            made[free.pop() if free else key] = data
        made.update({key: batch_records.write_answers(round_id, (), {}) for key in free})
    return made


def _name_recordings(answers: Iterable[Submission], rows: Facts) -> Mapping[str, str]:
    return {each.session_id: rows.about[each.id] for each in answers}
