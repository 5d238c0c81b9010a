"""File stores that do not answer, and a guard that finds whoever asks one while the database waits."""

import threading
from functools import wraps
from typing import Any

from podcast_core.storage.database import is_writing
from podcast_core.storage.files import FileStore

ASKING = ("exists", "read", "write", "add", "add_file", "remove_computed", "list")


class StalledStore(FileStore):
    """A file store that answers once it is released; ``asked`` says that somebody waits for it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked, self.released = threading.Event(), threading.Event()

    def wait(self) -> None:
        """Let the caller wait."""
        self.asked.set()
        assert self.released.wait(60)


def _stall(name: str) -> Any:
    def method(self: StalledStore, *args: Any) -> Any:
        self.wait()
        return getattr(FileStore, name)(self, *args)

    return method


for _name in ASKING:
    setattr(StalledStore, _name, _stall(_name))


def keep_store_out_of_transactions() -> None:
    """Let every test fail in which somebody asks a file store in a transaction that writes: it may take its time."""
    for name in ASKING:
        setattr(FileStore, name, _guard(getattr(FileStore, name)))


def _guard(method: Any) -> Any:
    @wraps(method)
    def guarded(*args: Any, **options: Any) -> Any:
        assert not is_writing(), f"FileStore.{method.__name__}{args[1:2]} in a transaction that writes"
        return method(*args, **options)

    return guarded
