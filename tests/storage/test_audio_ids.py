from datetime import timedelta

from podcast_core.domain.times import utc_now
from podcast_core.storage import audio_ids
from podcast_core.workspace import Workspace


def test_audio_ids_live_while_they_are_used(workspace: Workspace) -> None:
    now = utc_now()
    with workspace.database.writing() as connection:
        audio_ids.add_audio_ids(connection, ["a", "b"], "f" * 16, now)
        assert audio_ids.use_audio_id(connection, "b", now + timedelta(hours=1)) == ("f" * 16, 1)
        audio_ids.remove_unused(connection, now + timedelta(minutes=30))
        assert audio_ids.use_audio_id(connection, "a", now) is None
        audio_ids.remove_audio_ids(connection, ["b", "unknown"])
        assert audio_ids.use_audio_id(connection, "b", now) is None
