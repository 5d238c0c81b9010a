"""Answers that wait on the disk until a transaction adds them: a million boxes need no memory meanwhile."""

import pickle
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from podcast_core.errors import NoSpace, StorageUnavailable, is_full
from podcast_core.storage.answer_rows import AnswerRow


class Spool:
    """Groups of answers in a file without a name, which is gone with the process that made it.

    Of answers that are put twice, those put last count.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self._told():
            self._file = TemporaryFile(dir=folder)  # noqa: SIM115  # closed by __exit__
        self._ends: list[int] = []
        self._latest: dict[str, int] = {}
        self._left_out: Container[str] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, group: Sequence[AnswerRow], *, again: Sequence[str] = ()) -> None:
        """Put a group; ``again`` are the ids of those in it that were put before."""
        self._latest.update(dict.fromkeys(again, len(self._ends)))
        with self._told():
            pickle.dump(list({row.id: row for row in group}.values()), self._file, pickle.HIGHEST_PROTOCOL)
            self._ends.append(self._file.tell())

    def leave_out(self, ids: Container[str]) -> None:
        """Give back no answers with these ids."""
        self._left_out = ids

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[list[AnswerRow]]:
        """Give the groups back."""
        start = 0
        for number, end in enumerate(list(self._ends)):
            with self._told():
                self._file.seek(start)
                group: Sequence[AnswerRow] = pickle.load(self._file)  # nosec B301  # this process wrote it
            yield [row for row in group if self._latest.get(row.id, number) == number and row.id not in self._left_out]
            start = end

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            failed = NoSpace if is_full(error) else StorageUnavailable
            raise failed(f"Answers cannot be kept in {self._folder} while the store is read: {error}") from error
