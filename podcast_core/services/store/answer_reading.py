"""The answers of a store, read in a stream: objects of one answer, of an import, and of a bulk act."""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from podcast_core.domain.bulk_act import BulkAct
from podcast_core.domain.submission import Submission
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.store import batch_records, bulk_records, packed, records
from podcast_core.services.store.facts import Problem
from podcast_core.services.store.keys import Keys
from podcast_core.services.store.packed import Answers
from podcast_core.services.store.reading_ahead import read_ahead
from podcast_core.storage.answer_rows import AnswerRow, to_row
from podcast_core.storage.files import FileStore

GROUP = 1_000  # answers, or a few more


class Told(NamedTuple):
    """An answer, and the recording that it is about (empty: it does not say); whether it was told before."""

    row: AnswerRow
    recording_id: str
    is_again: bool = False


class AnswerReader:
    """Reads answers, each but once, and notes what cannot be read.

    An import that was cut off and done again may have left an answer in two objects, since other answers were in its
    batch then: the later try's counts, which knew of no fewer answers, and which alone is in a database. It is told
    again.

    Parameters
    ----------
    known
        Ids of answers that are not wanted: objects that hold no others are only asked for the ids in them.
    on_read
        Called with the key of every object.
    """

    def __init__(
        self, files: FileStore, keys: Keys, *, known: Collection[str] = (), on_read: Callable[[str], None]
    ) -> None:
        self._files, self._keys, self._known, self._on_read = files, keys, known, on_read
        self.problems: list[Problem] = []
        self.acts: dict[str, BulkAct] = {}
        self.packed: set[str] = set()  # ids of the answers in objects of several
        self.found: dict[str, tuple[tuple[object, ...], int]] = {}  # how old each answer is, and a digest of it

    def read(self, pool: ThreadPoolExecutor) -> Iterator[list[Told]]:
        """Read all answers, some at a time."""
        group: list[Told] = []
        for key, data in read_ahead(pool, self._fetch, self._keys.list_answers()):
            self._on_read(key)
            try:
                group += self._open(key, data)
            except (InvalidInput, NotFound) as error:
                self.problems.append(Problem(key, str(error), is_label=True))
            if len(group) >= GROUP:
                yield group
                group = []
        if group:
            yield group

    def _fetch(self, key: str) -> bytes | NotFound:
        try:
            return self._files.read(key)
        except NotFound as error:
            return error

    def _open(self, key: str, data: bytes | NotFound) -> Iterable[Told]:
        if isinstance(data, NotFound):
            raise data
        match key.split("/"):
            case [bulk_records.FOLDER, _]:
                return self._open_act(key, data)
            case [_, _, batch_records.FOLDER, _]:
                return self._open_batch(key, data)
            case [_, round_id, _, session_id, name]:
                answer, recording_id = records.to_answer(key, data)
                place = (answer.round_id, answer.session_id, f"{answer.id}.json")
                return self._take(key, answer, recording_id, place == (round_id, session_id, name))
        raise InvalidInput(f"{key} is no object of answers.")

    def _open_act(self, key: str, data: bytes) -> list[Told]:
        with records.reading(key):
            act, document = bulk_records.open_act(data)
            made = self._read(document)
        if key != bulk_records.key_of(act):
            self._complain(key, f"does not hold what its name says ({act.id}): was it renamed or copied?")
            return []
        self.acts[act.id] = act
        return [told for answer, of in made for told in self._take(key, answer, of, answer.bulk_id == act.id)]

    def _open_batch(self, key: str, data: bytes) -> list[Told]:
        with records.reading(key):
            made = self._read(batch_records.open_batch(key, data))
        return [told for answer, of in made for told in self._take(key, answer, of, True, in_batch=True)]

    def _read(self, document: dict[str, Any]) -> Answers:
        """Read the answers of an object of several, unless all of them are known."""
        ids = packed.read_ids(document)
        is_known = bool(self._known) and all(each in self._known for each in ids)
        answers = () if is_known else packed.read_answers(document)
        self.packed.update(ids)
        return answers

    def _take(
        self, key: str, answer: Submission, recording_id: str, is_right: bool, *, in_batch: bool = False
    ) -> Iterator[Told]:
        row, age = to_row(answer), (answer.submitted_at, answer.beside, answer.base_revision)
        digest = hash(row.content)
        known = self.found.get(answer.id)
        if not is_right:
            self._complain(key, f"does not hold what its name says ({answer.id}): was it renamed or copied?")
        elif known is not None and not (in_batch and known[1] == digest):
            self._complain(key, f"has the same id as another object ({answer.id}).")
        elif known is None or age > known[0]:
            self.found[answer.id] = (age, digest)
            yield Told(row, recording_id, known is not None)

    def _complain(self, key: str, reason: str) -> None:
        self.problems.append(Problem(key, f"{key} {reason}", is_label=True))
