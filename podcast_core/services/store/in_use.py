"""What another machine that shares the store has made, and people have answered: nothing may take its place."""

from podcast_core.domain.session import Session
from podcast_core.services.store import batch_records, bulk_records, packed, records
from podcast_core.storage.files import FileStore


def find_sessions_in_use(files: FileStore, round_id: str, recording_id: str) -> tuple[Session, ...]:
    """Find the sessions that another machine made of a recording and that have answers; the database knows none."""
    key = f"rounds/{round_id}/sessions/{recording_id}.json"
    if not files.exists(key):
        return ()
    stored = records.to_sessions(key, files.read(key))
    answered = {each.split("/")[3] for each in files.list(f"rounds/{round_id}/submissions")}
    is_answered = bool(answered & {session.id for session in stored}) or any(
        packed.speaks_of(files.read(each), round_id, recording_id)
        for each in (*files.list(f"rounds/{round_id}/{batch_records.FOLDER}"), *files.list(bulk_records.FOLDER))
    )
    return stored if is_answered else ()
