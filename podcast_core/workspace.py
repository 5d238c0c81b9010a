"""All wiring in one frozen object, opened once per process and passed to every service."""

from dataclasses import dataclass
from pathlib import Path

from podcast_core.audio.feeds import Feeds
from podcast_core.errors import StorageUnavailable
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.remote.access import Remote
from podcast_core.settings import Settings, read_settings
from podcast_core.storage.cache import Cache
from podcast_core.storage.database import Database
from podcast_core.storage.files import FileStore
from podcast_core.storage.job_queue import JobQueue
from podcast_core.storage.private import make_private_folder


@dataclass(frozen=True, slots=True)
class Workspace:
    """Settings, database, file store, cache of pictures, loaded models, job queue, way to files at URLs, live sound."""

    settings: Settings
    database: Database
    files: FileStore
    cache: Cache
    models: LoadedModels
    jobs: JobQueue
    remote: Remote
    live: Feeds


def open_workspace(settings: Settings | None = None) -> Workspace:
    """Open the workspace: make its folder, bring the database to the newest schema.

    Raises
    ------
    InvalidInput
        When a setting cannot be read.
    StorageUnavailable
        When the data folder or the database cannot be used.
    """
    settings = settings or read_settings()
    try:
        make_private_folder(settings.data_dir)
        if not settings.storage_url:
            make_private_folder(Path(settings.resolved_storage_url))
    except OSError as error:
        raise StorageUnavailable(f"The data folder {settings.data_dir} cannot be made: {error}") from error
    database = Database(settings.resolved_database_url)
    database.migrate()
    remote = Remote(settings)
    reserve = settings.least_free_mb * 1_000_000
    files = FileStore(settings.resolved_storage_url, remote, least_free_bytes=reserve)
    return Workspace(
        settings=settings,
        database=database,
        files=files,
        cache=Cache(
            settings.data_dir / "cache",
            most_bytes=settings.largest_cache_mb * 1_000_000,
            least_free_bytes=reserve,
        ),
        models=LoadedModels(files, settings.device),
        jobs=JobQueue(settings.resolved_jobs_url),
        remote=remote,
        live=Feeds(),
    )
