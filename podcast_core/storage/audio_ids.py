"""Audio ids in the database: leases, like claims, that are forgotten when nobody uses them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, update

from podcast_core.storage.schema import audio_ids


def add_audio_ids(connection: Connection, ids: Sequence[str], recording_id: str, used_at: datetime) -> None:
    """Add an id for each channel of a recording, in their order."""
    connection.execute(
        insert(audio_ids),
        [
            {"id": each, "recording_id": recording_id, "channel": channel, "used_at": used_at}
            for channel, each in enumerate(ids)
        ],
    )


def use_audio_id(connection: Connection, audio_id: str, now: datetime) -> tuple[str, int] | None:
    """Find the recording and the channel of an id, and remember that it is used."""
    query = update(audio_ids).where(audio_ids.c.id == audio_id).values(used_at=now)
    row = connection.execute(query.returning(audio_ids.c.recording_id, audio_ids.c.channel)).one_or_none()
    return None if row is None else (row.recording_id, row.channel)


def remove_audio_ids(connection: Connection, ids: Iterable[str]) -> None:
    """Forget ids; unknown ones are passed over."""
    connection.execute(delete(audio_ids).where(audio_ids.c.id.in_(list(ids))))


def remove_unused(connection: Connection, before: datetime) -> None:
    """Forget the ids that were not used since a moment."""
    connection.execute(delete(audio_ids).where(audio_ids.c.used_at < before))
