"""Reads all facts of a workspace but its answers (`answer_reading`): from the file store, or from the database."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection, func, select

from podcast_core.domain.run import PieceFound, RunEnd, RunPlan
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.store import (
    assignment_records,
    bulk_facts,
    explored,
    records,
    review_records,
    run_records,
)
from podcast_core.services.store.facts import Facts, Problem
from podcast_core.services.store.keys import Keys
from podcast_core.services.store.reading_ahead import read_ahead
from podcast_core.storage import (
    acts,
    assigned,
    predictions,
    recordings,
    remarks,
    review_acts,
    reviews,
    rounds,
    runs,
    schema,
    sessions,
    verification_samples,
)
from podcast_core.storage.files import FileStore

Key = TypeVar("Key")
Noun = TypeVar("Noun")


def read_store(
    files: FileStore, keys: Keys, pool: ThreadPoolExecutor, on_read: Callable[[str], object]
) -> tuple[Facts, list[Problem]]:
    """Read the objects under these keys, but no answers; those that cannot be read are listed with the reason.

    Parameters
    ----------
    on_read
        Called with the key of every object that is read.

    Raises
    ------
    StorageUnavailable
        When the store fails. An object that is broken is no failure of the store.
    """
    return _Reader(files, keys, on_read).read(pool)


class _Reader:
    """Reads objects in several threads, and notes what cannot be read."""

    def __init__(self, files: FileStore, keys: Keys, on_read: Callable[[str], object]) -> None:
        self._files, self._keys, self._on_read = files, keys, on_read
        self._problems: list[Problem] = []

    def read(self, pool: ThreadPoolExecutor) -> tuple[Facts, list[Problem]]:
        """Read everything, each kind after those it depends on."""
        keys, facts = self._keys, Facts()
        self._read_recordings(pool, facts)
        self._read_rounds(facts)
        self._read_sessions(pool, facts)
        for key, one in self._each(pool, keys.prediction_sets.values(), records.to_prediction_set):
            name = f"rounds/{one.round_id}/predictions/{one.id}.json"
            self._put(facts.prediction_sets, one.id, one, key, key == name)
        for key, review in self._each(pool, _flatten(keys.reviews), records.to_review):
            self._put(facts.reviews, review.id, review, key, key.endswith(f"/{review.id}.json"))
        for key, sample in self._each(pool, keys.verification_samples.values(), records.to_sample):
            name = f"rounds/{sample.round_id}/samples/{sample.id}.json"
            self._put(facts.verification_samples, sample.id, sample, key, key == name)
        for key, given in self._each(pool, keys.assignment_acts.values(), assignment_records.to_act):
            self._put(facts.assignment_acts, given.id, given, key, key == assignment_records.key_of(given))
        for key, judged in self._each(pool, _flatten(keys.review_acts), review_records.to_act):
            self._put(facts.review_acts, judged.id, judged, key, key == review_records.key_of(judged))
        for key, remark in self._each(pool, _flatten(keys.remarks), review_records.to_remark):
            self._put(facts.remarks, remark.id, remark, key, key == review_records.key_of(remark))
        self._read_runs(pool, facts)
        for key, act in self._each(pool, keys.acts.values(), records.to_act):
            self._put(facts.acts, act.id, act, key, key == f"acts/{act.id}.json")
        for kind, read in explored.READERS.items():
            for key, noun in self._each(pool, getattr(keys, kind).values(), read):
                name = explored.name_of(kind, noun)
                self._put(getattr(facts, kind), name, noun, key, key == getattr(keys, kind).get(name))
        return facts.apply(facts.acts, to_boxes=False), self._problems

    def _read_runs(self, pool: ThreadPoolExecutor, facts: Facts) -> None:
        keys = self._keys
        for key, plan in self._each(pool, keys.runs.values(), run_records.to_plan):
            self._put(facts.runs, plan.run.id, plan, key, key == f"runs/{plan.run.id}/run.json")
        for key, several in self._each(pool, keys.list_pieces(), run_records.to_pieces):
            named = {(key.split("/")[1], position) for position in run_records.list_positions(key)}
            for found in several:
                self._put(facts.run_pieces, name_piece(found), found, key, name_piece(found) in named)
        for key, end in self._each(pool, keys.run_ends.values(), run_records.to_end):
            self._put(facts.run_ends, end.run_id, end, key, key == f"runs/{end.run_id}/end.json")

    def _read_recordings(self, pool: ThreadPoolExecutor, facts: Facts) -> None:
        for key, found in self._each(pool, self._keys.recordings.values(), records.to_recording):
            self._put(facts.recordings, found.id, found, key, key == f"recordings/{found.id}.json")
        for recording_id, states in self._keys.places.items():
            uri = self._newest(states, records.to_place)
            known = facts.recordings.get(recording_id)
            if uri and known:
                facts.recordings[recording_id] = replace(known, uri=uri)

    def _read_rounds(self, facts: Facts) -> None:
        for states in self._keys.rounds.values():
            round_ = self._newest(states, records.to_round)
            if round_:
                self._put(facts.rounds, round_.id, round_, states[-1], states[-1].split("/")[1] == round_.id)

    def _read_sessions(self, pool: ThreadPoolExecutor, facts: Facts) -> None:
        for key, made in self._each(pool, self._keys.sessions.values(), records.to_sessions):
            _, round_id, _, recording_id = key.removesuffix(".json").split("/")
            for session in made:
                is_right = (session.round_id, session.recording_id) == (round_id, recording_id)
                self._put(facts.sessions, (round_id, session.id, recording_id), session, key, is_right)

    def _each(
        self, pool: ThreadPoolExecutor, keys: Iterable[str], read: Callable[[str, bytes], Noun]
    ) -> Iterator[tuple[str, Noun]]:
        for key, found in read_ahead(pool, lambda key: self._try(key, read), keys):
            self._on_read(key)
            if isinstance(found, Problem):
                self._problems.append(found)
            else:
                yield key, found

    def _try(self, key: str, read: Callable[[str, bytes], Noun]) -> Noun | Problem:
        try:
            return read(key, self._files.read(key))
        except (InvalidInput, NotFound) as error:
            return Problem(key, str(error), is_label=_holds_labels(key))

    def _newest(self, states: Sequence[str], read: Callable[[str, bytes], Noun]) -> Noun | None:
        """Read the newest state; where it is broken, the one before it."""
        self._on_read(states[-1])
        for key in reversed(states):
            found = self._try(key, read)
            if not isinstance(found, Problem):
                return found
            self._problems.append(found)
        return None

    def _put(self, table: dict[Key, Noun], name: Key, noun: Noun, key: str, is_right: bool) -> bool:
        is_label = _holds_labels(key)
        if not is_right:
            reason = f"{key} does not hold what its name says ({name}): was it renamed or copied?"
            self._problems.append(Problem(key, reason, is_label))
        elif name in table:
            self._problems.append(Problem(key, f"{key} has the same id as another object ({name}).", is_label))
        else:
            table[name] = noun
            return True
        return False


def _holds_labels(key: str) -> bool:
    """Tell whether an object holds work of people, which answers are, too."""
    return any(f"/{each}/" in key for each in ("reviews", "review-acts", "remarks"))


def _flatten(keys: dict[str, list[str]]) -> list[str]:
    return [key for several in keys.values() for key in several]


def read_database(connection: Connection) -> Facts:
    """Read all rows but those of answers."""
    facts = Facts(recordings={each.id: each for each in recordings.list_recordings(connection)})
    facts.acts = {each.id: each for each in acts.list_acts(connection)}
    bulk_facts.read_rows(connection, facts)
    facts.review_acts = {each.id: each for each in review_acts.list_acts(connection)}
    facts.remarks = {each.id: each for each in remarks.list_remarks(connection)}
    facts.assignment_acts = {each.id: each for each in assigned.list_acts(connection)}
    for round_ in rounds.list_rounds(connection, with_opened=True):
        facts.rounds[round_.id] = round_
        for session in sessions.list_sessions(connection, round_.id, with_archived=True):
            facts.sessions[round_.id, session.id, session.recording_id] = session
        for each in predictions.list_prediction_sets(connection, round_.id):
            facts.prediction_sets[each.id] = each
        facts.reviews.update({each.id: each for each in reviews.list_facts(connection, round_.id)})
        drawn = verification_samples.list_samples(connection, round_.id)
        facts.verification_samples.update({each.id: each for each in drawn})
    for run in runs.list_runs(connection):
        asked = replace(run, finished_at=None)
        facts.runs[run.id] = RunPlan(asked, tuple(runs.list_pieces(connection, run.id)))
        facts.run_pieces.update({name_piece(each): each for each in runs.list_found(connection, run.id)})
        if run.finished_at is not None:
            facts.run_ends[run.id] = RunEnd(run.id, run.finished_at, runs.list_failed(connection, run.id))
    explored.read_rows(connection, facts)
    return facts


def name_piece(found: PieceFound) -> tuple[str, str]:
    """Name a piece of a run as its key does."""
    return found.run_id, f"{found.position:06d}"


def count_rows(connection: Connection) -> dict[str, int]:
    """Count the rows that say whether a database is in use."""
    tables = {"recordings": schema.recordings, "rounds": schema.rounds, "answers": schema.submissions}
    return {
        name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for name, table in tables.items()
    }
