"""Annotations that clients of WhisperSeg's audio backend post: immutable objects in the file store, and readable again.

An object is named by its content, so the same post again changes nothing. A post without any annotation is kept as the
statement that there is none; outside of a named collection nothing says of what, so each of them is kept.
"""

import csv
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any

from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput
from podcast_core.formats.whisperseg_csv import NINE, SEVEN
from podcast_core.services.access import Caller
from podcast_core.services.store import room
from podcast_core.workspace import Workspace

FOLDER = "vocal-annotations"
COLLECTION = re.compile(r"[A-Za-z0-9._-]{1,120}")
DEFAULT_COLLECTION = "default"
MAX_ROWS = 100_000  # chosen: more than people or models mark in one file
MAX_POST = 4_000_000  # bytes, as it is kept: 20,000 rows
MAX_COLLECTION = 64_000_000  # bytes: all of it is read when somebody asks for it

# How "no call" is written in a table: the row that the original's page posts when nothing was annotated.
NO_CALL = {"onset": -1, "offset": -1, "species": "Unknown"}

Rows = Sequence[Mapping[str, Any]]


def post_annotations(workspace: Workspace, caller: Caller, *, rows: Rows, collection: str = DEFAULT_COLLECTION) -> str:
    """Keep rows as they were posted, and whose token it was; return the name under which they are kept.

    Raises
    ------
    Forbidden
        When a row's ``username`` is not the person of the token.
    InvalidInput
        When a row has no times, or they cannot be; nothing is kept then.
    NoSpace
        When the person, or the collection, has no room for them.
    StorageUnavailable
        When they cannot be kept.
    """
    _check_collection(collection)
    if len(rows) > MAX_ROWS:
        raise InvalidInput(f"annotations: expected at most {MAX_ROWS:,} rows, found {len(rows):,}.")
    for number, row in enumerate(rows):
        _check_row(row, number)
        if row.get("username") is not None:
            caller.check_name(str(row["username"]))
    by = {"posted_by": caller.person} if caller.person else {}
    content = json.dumps([*by.values(), *(dict(row) for row in rows)], sort_keys=True, ensure_ascii=False)
    try:
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
    except UnicodeEncodeError as error:
        raise InvalidInput(f"annotations: a text holds half a character (a lone surrogate): {error}.") from error
    if not rows and collection == DEFAULT_COLLECTION:
        name = uuid.uuid4().hex
    document = {"posted_at": utc_now().isoformat(), **by, "annotations": [dict(row) for row in rows]}
    data, key = json.dumps(document, ensure_ascii=False).encode(), f"{FOLDER}/{collection}/{name}.json"
    if len(data) > MAX_POST:
        raise InvalidInput(
            f"annotations: expected at most {MAX_POST:,} bytes in a post, found {len(data):,}: send them in parts."
        )
    if not workspace.files.exists(key):  # the same post again costs nothing
        kind = f"{FOLDER}/{collection}"
        with room.keeping(
            workspace, person=caller.person, kind=kind, byte_count=len(data), most_of_kind=MAX_COLLECTION
        ):
            workspace.files.add(key, data)
    return name


def list_posts(workspace: Workspace, *, collection: str = DEFAULT_COLLECTION) -> list[dict[str, Any]]:
    """List what was posted, the oldest first: ``id``, ``posted_at``, ``annotations``, and ``posted_by`` if known."""
    _check_collection(collection)
    posts = []
    for key in workspace.files.list(f"{FOLDER}/{collection}"):
        document = json.loads(workspace.files.read(key))
        posts.append({"id": key.rpartition("/")[2].removesuffix(".json"), **document})
    return sorted(posts, key=lambda post: (datetime.fromisoformat(post["posted_at"]), post["id"]))


def list_rows(posts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the rows of posts; a post without any gives the row that says so."""
    return [dict(row) for post in posts for row in post["annotations"] or [NO_CALL]]


def write_csv(posts: Sequence[Mapping[str, Any]], columns: Sequence[str] = NINE) -> str:
    """Write the rows of posts as the table that the annotation interface exports, which `import-annotations` reads."""
    text = StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in list_rows(posts):
        writer.writerow({column: row.get(column, _default(column)) for column in columns})
    return text.getvalue()


COLUMNS = {7: SEVEN, 9: NINE}


def _default(column: str) -> object:
    return {"minFrequency": -1, "maxFrequency": -1, "channelIndex": 0}.get(column, "Unknown")


def _check_collection(collection: str) -> None:
    if not COLLECTION.fullmatch(collection) or collection.startswith("."):
        raise InvalidInput(f"Expected a name of letters, digits, '-', '_' and '.', found {collection[:80]!r}.")


def _check_row(row: Mapping[str, Any], number: int) -> None:
    times = [row.get(name) for name in ("onset", "offset")]
    are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in times)
    onset, offset = (float(each) if are_numbers and each is not None else float("nan") for each in times)
    if not (0 <= onset <= offset < float("inf") or onset == offset == -1):
        raise InvalidInput(
            f"annotations[{number}]: expected 0 <= onset <= offset in seconds, or -1 for both where there is no call; "
            f"found {row.get('onset')!r} and {row.get('offset')!r}."
        )
