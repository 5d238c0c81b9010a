"""Fixtures that make things: an empty workspace, recordings, a small round."""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.round import Round
from podcast_core.services.labels import rounds
from podcast_core.settings import Settings
from podcast_core.storage.database import Database
from podcast_core.storage.job_queue import SCHEMA
from podcast_core.storage.schema import metadata
from podcast_core.workspace import Workspace
from tests.building import (
    add_prediction_set,
    add_recording,
    make_recording,
    make_sessions,
    make_sound,
    opened,
    write_sound,
)
from tests.forking import parent
from tests.postgres import PostgresServer, run_postgres
from tests.s3 import bucket as bucket  # fixtures
from tests.s3 import s3_server as s3_server
from tests.s3 import s3_workspace as s3_workspace
from tests.stalling import keep_store_out_of_transactions
from tests.statements import _compiled_once as _compiled_once
from tests.statements import keep_connections
from tests.whisperseg import tiny_base as tiny_base
from tests.whisperseg import tiny_learnt as tiny_learnt
from tests.whisperseg import tiny_songs as tiny_songs

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# Folders and files whose tests run on both databases, where they use a workspace; some hardly use the database.
# Dialects send no SQL of their own, only what strangers wrote into theirs.
ON_BOTH = (
    "storage/",
    "services/",
    "api/",
    "dialects/whisperseg/test_refusals.py",
    "test_crash.py",
    "test_concurrency.py",
)
ABOUT_SAMPLES = (
    "test_spectrograms.py",
    "test_figures.py",
    "test_ltsa.py",
    "test_sound_segments.py",
    "test_media.py",
    "test_stored_spectrograms_job.py",
    "test_hostile_audio.py",
    "test_demo.py",
    "test_releases.py",
    "test_release_versions.py",
    "test_hls.py",
    "test_hls_following.py",
    "test_training_data.py",
    "test_training.py",
    "test_trainings.py",
    "test_comparison.py",
    "test_stored_spectrograms.py",
    "test_explore_hearing.py",
    "test_live.py",
)
ABOUT_FILES = (  # test_rebuild.py compares exports; the others count requests, or read what strangers wrote
    "test_hls_segments.py",
    "test_store_requests.py",
    "test_datasets.py",
    "test_own_exports.py",
    "test_imports_of_programs.py",
    "test_real_files.py",
    "test_recording_pictures.py",
    "test_old_pictures.py",
    "test_tile_variants.py",
    "test_previews.py",
    "test_release_plan.py",
    "test_sheets.py",
    "test_sheet_comparison.py",
)
# Patterns, turns and who may come in, which is looked at before a database is; what a database is asked for tokens,
# people, invitations and links is asked by `services/test_people.py`, `test_share_links.py` and `api/test_v1.py` too.
ABOUT_DOORS = (
    "api/test_access.py",
    "api/test_front.py",
    "api/test_limits.py",
    "api/test_shared.py",
    "api/test_sign_in.py",
    "api/test_sub_paths.py",
    "test_explorer.py",
    "test_explore_attacks.py",
    "test_turns.py",
    "test_warming.py",
)
# What is made of rows once they are there: the same statements are sent to PostgreSQL by `test_imports.py`,
# `test_bulk.py`, `test_collections_store.py` and Explore's routes.
ABOUT_MEANING = (
    "services/test_explore_search.py",
    "test_bulk_origin.py",
    "test_embedding.py",
    "test_estimates.py",
    "test_import_plans.py",
    "test_imports_back.py",
    "test_imports_left_out.py",
    "test_imports_reports.py",
    "test_job_kinds.py",
    "test_opening.py",
    "test_learning_curves.py",
    "test_other_content.py",
    "test_promotions.py",
    "test_roles.py",
    "test_uploads.py",
    "test_whisperseg_run.py",
)
# Of workers, all on SQLite; test_shared_queue.py is about PostgreSQL.
ABOUT_WORKERS = (
    "test_keeping.py",
    "test_fill_in.py",
    "test_model_runs_worker.py",
    "test_jobs.py",
    "test_worker.py",
    "test_worker_kinds.py",
    "test_worker_process.py",
)
# Processes that are killed, which takes long: on PostgreSQL only by `make test-slow`, which kills fifty of them.
SLOW_ON_POSTGRES = ("test_crash.py",)
MANY_BYTES = 1_000_000  # of a table: deleted rows stay in it, and searches read them
# Nothing stays, also jobs that a test has put in and left; what they belong to goes with them. Most tests write to few
# tables and have no queue. TRUNCATE makes new files for a table and its indexes: all of them take six times as long.
EMPTY = f"""
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOREACH name IN ARRAY ARRAY{sorted(metadata.tables)} LOOP
    IF pg_relation_size(name::regclass) > {MANY_BYTES} THEN EXECUTE format('TRUNCATE %I CASCADE', name);
    ELSIF pg_relation_size(name::regclass) > 0 THEN EXECUTE format('DELETE FROM %I', name);
    END IF;
  END LOOP;
  SET LOCAL session_replication_role = origin;
  IF to_regclass('{SCHEMA}.workflow_status') IS NOT NULL THEN DELETE FROM {SCHEMA}.workflow_status; END IF;
END $$"""
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
SLOWLY = ("sqlite", pytest.param("postgresql", marks=[pytest.mark.postgresql, pytest.mark.slow]))

MakeWav = Callable[..., Path]


def pytest_configure(config: pytest.Config) -> None:
    """Let whoever asks the file store in a transaction that writes fail, and have one process to fork others from."""
    # Each process that a test starts would compile Pod.Cast anew, which takes longer than its imports.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if not hasattr(config, "workerinput"):  # xdist's own processes have it from the one that starts them
        whole_run = ExitStack()
        whole_run.enter_context(parent())
        config.add_cleanup(whole_run.close)
    gc.disable()  # until everything is imported and collected
    gc.set_threshold(10_000, 10, 10)  # by default a tenth of the tests' time goes into looking for garbage
    keep_store_out_of_transactions()


def pytest_xdist_auto_num_workers() -> int:
    """One more process than cores: a test often waits for a browser, a server or a disk."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is here now: searching all imported modules again and again takes long."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a workspace below `ON_BOTH` on SQLite and on PostgreSQL."""
    name = metafunc.definition.path.relative_to(Path(__file__).parent).as_posix()
    on_one = {*ABOUT_SAMPLES, *ABOUT_FILES, *ABOUT_DOORS, *ABOUT_MEANING, *ABOUT_WORKERS}
    is_on_both = name.startswith(ON_BOTH) and not {name, name.rpartition("/")[2]} & on_one
    if is_on_both and "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", SLOWLY if name in SLOW_ON_POSTGRES else DATABASES, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """The database that the workspace has: ``sqlite`` unless the test runs on both."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test run."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the newest schema, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    with opened(Settings(data_dir=folder)):
        pass
    return folder / "podcast.sqlite"


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    name = postgres.create()
    database = Database(postgres.url(name))
    database.migrate()
    database.close()
    return name


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer, postgres_template: str) -> str:
    """The name of a PostgreSQL database with the newest schema, emptied after every test, with connections kept."""
    name = postgres.create(postgres_template)
    keep_connections(postgres.url(name))
    return name


@pytest.fixture
def new_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database with the newest schema."""
    if database_kind == "sqlite":
        path = tmp_path / "data" / "podcast.sqlite"
        path.parent.mkdir()
        shutil.copy(request.getfixturevalue("migrated"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = request.getfixturevalue("migrated_postgres")
    yield server.url(name)
    server.execute_again(EMPTY, name)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a new data folder, whatever the environment says."""
    for name in ("DATABASE_URL", "STORAGE_URL", "CLAIM_MINUTES"):
        monkeypatch.delenv(f"PODCAST_{name}", raising=False)
    return Settings(data_dir=tmp_path / "data", annotator="Ann")


@pytest.fixture
def workspace(settings: Settings, new_database_url: str) -> Iterator[Workspace]:
    """An empty workspace."""
    with opened(settings, database_url=new_database_url) as empty:
        yield empty


def environment_of(settings: Settings) -> dict[str, str]:
    """Environment variables under which another process opens the same workspace."""
    return {"PODCAST_DATA_DIR": str(settings.data_dir), "PODCAST_DATABASE_URL": settings.database_url}


@pytest.fixture
def make_wav(tmp_path: Path) -> MakeWav:
    """Write a WAV of noise with a 1 kHz tone in its second half."""

    def make(
        name: str = "sea.wav", *, seconds: float = 3.0, rate: int = 8000, channels: int = 1, seed: int = 0
    ) -> Path:
        tone = make_sound(seconds, [(seconds / 2, seconds)], noise_level=0, rate_hz=rate)
        noise = 0.01 * np.random.default_rng(seed).standard_normal((len(tone), channels))
        return write_sound(tmp_path / name, tone[:, None] + noise, rate)

    return make


@pytest.fixture
def round_of_ten(workspace: Workspace, make_wav: MakeWav) -> Round:
    """Round ``ten``: ten sessions of 1 s in one recording; session 1 has two predictions."""
    path = make_wav("ten.wav", seconds=10)
    round_ = rounds.add_round(workspace, name="ten", labels=["call", "whistle"], site="Orcasound Lab")
    recording = make_recording(path, 10)
    add_recording(workspace, recording, make_sessions(recording, "ten", "ten_{:04x}", 10))
    add_prediction_set(
        workspace,
        "ten",
        Prediction(1.1, 1.3, "call", 0.9, id="p-0", session_id="ten_0001", model="m"),
        Prediction(
            *(1.5, 1.875, "whistle", 0.25), id="p-1", session_id="ten_0001", low_hz=500.0, high_hz=1500.0, model="m"
        ),
    )
    return round_
