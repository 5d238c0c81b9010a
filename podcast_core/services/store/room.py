"""What people send has limits: of each person, of all together, and of the disk (decision 27).

Counted is what is kept because somebody sent it: recordings, models, files of labels, posts. What was kept already
costs nothing, and what fails is given back. Answers are not counted: nobody is kept from labelling.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from podcast_core.errors import NoSpace
from podcast_core.storage import sent_bytes
from podcast_core.storage.cache import BLOCK_BYTES
from podcast_core.storage.sent_bytes import Sent
from podcast_core.storage.space import check_room, show_bytes
from podcast_core.workspace import Workspace

ASK = "Nothing was saved. Ask the person who runs this server for more space."


@contextmanager
def keeping(
    workspace: Workspace, *, person: str | None, kind: str, byte_count: int, most_of_kind: int = 0
) -> Iterator[None]:
    """Count what is going to be kept, before it is; when the block fails it does not count.

    Parameters
    ----------
    person
        Whose token it is; None where nobody needs one: then only the limit of all together counts.
    kind
        Such as ``recordings``.
    most_of_kind
        Bytes of this kind that there may be; 0: as many as there may be in all.

    Raises
    ------
    NoSpace
        When there would be too much, saying what there is, what may be, and what to do.
    """
    wanted, who = max(byte_count, BLOCK_BYTES), person or ""
    with workspace.database.writing() as connection:
        in_all, of_person, of_kind = sent_bytes.measure_sent(connection, who, kind)
        settings = workspace.settings
        _check(in_all, wanted, settings.most_sent_mb * 1_000_000, "All people together", "PODCAST_MOST_SENT_MB")
        if person is not None:
            _check(of_person, wanted, settings.most_sent_each_mb * 1_000_000, person, "PODCAST_MOST_SENT_EACH_MB")
        if most_of_kind and of_kind + wanted > most_of_kind:
            raise NoSpace(
                f"{kind} is full: it holds {show_bytes(of_kind)} of {show_bytes(most_of_kind)}, and this needs "
                f"{show_bytes(wanted)}. Nothing was saved. Start another one under a different name."
            )
        sent_bytes.add_sent(connection, who, kind, wanted)
    try:
        yield
    except BaseException:
        with workspace.database.writing() as connection:
            sent_bytes.add_sent(connection, who, kind, -wanted, -1)
        raise


def _check(used: int, wanted: int, most: int, who: str, setting: str) -> None:
    if most and used + wanted > most:
        raise NoSpace(
            f"{who} may send {show_bytes(most)} in all ({setting}); {show_bytes(used)} are used, and this needs "
            f"{show_bytes(wanted)}. {ASK}"
        )


def check_body(workspace: Workspace, byte_count: int) -> None:
    """Look whether there is room for what somebody is about to send, where it is kept while it comes and afterwards.

    Raises
    ------
    NoSpace
        When there is not.
    """
    workspace.files.check_room(byte_count)
    waiting, settings = tempfile.gettempdir(), workspace.settings
    is_same_disk = Path(waiting).stat().st_dev == settings.data_dir.stat().st_dev
    check_room(waiting, byte_count, settings.least_free_mb * 1_000_000 if is_same_disk else 0)


def list_sent(workspace: Workspace) -> list[Sent]:
    """List how much each person has sent, by kind."""
    with workspace.database.reading() as connection:
        return list(sent_bytes.list_sent(connection))
