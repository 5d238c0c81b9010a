"""Versions of releases: immutable, repeatable to the byte, complete or not there."""

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.jobs import queue
from podcast_core.services.sets import release_store, releases
from podcast_core.services.sets.release_store import MANIFEST, SUMS, get_release, list_releases
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from tests.services.releases import answer, ask, create, read_all
from tests.working import end, start_worker, wait_for, wait_until_ended, working_here

ROOT = Path(__file__).resolve().parents[2]
MakeWav = Callable[..., Path]


@pytest.mark.usefixtures("bay")
class TestVersions:
    def test_the_same_inputs_again_change_nothing(self, workspace: Workspace) -> None:
        first = releases.create_release(workspace, request=ask())
        keys = workspace.files.list("releases")
        again = releases.create_release(workspace, request=ask())
        assert (first.is_new, again.is_new) == (True, False)
        assert again.release.id == "bay/1"
        assert workspace.files.list("releases") == keys
        assert releases.create_release(workspace, request=ask(version="1")).is_new is False

    def test_a_version_never_changes(self, workspace: Workspace) -> None:
        create(workspace, version="1.2.0")
        with pytest.raises(Conflict, match="exists with different content"):
            create(workspace, version="1.2.0", licence="CC0")
        assert create(workspace, licence="CC0").id == "bay/2.0.0"
        assert [each.version for each in list_releases(workspace)] == ["2.0.0", "1.2.0"]
        with pytest.raises(InvalidInput, match="A version is"):
            ask(version="../1")

    def test_bytes_are_the_same_in_another_process_and_time_zone(self, workspace: Workspace, tmp_path: Path) -> None:
        folders = [tmp_path / "copy-0", tmp_path / "copy-1"]
        for folder in folders:
            shutil.copytree(workspace.settings.data_dir, folder)
        release = create(workspace)
        zones = (("Asia/Kolkata", "1", "de_DE"), ("America/Los_Angeles", "2", "C"))
        for folder, (zone, seed, language) in zip(folders, zones, strict=True):
            environment = {"PODCAST_DATA_DIR": str(folder), "TZ": zone, "PYTHONHASHSEED": seed, "LANG": language}
            command = [*(sys.executable, "-m", "podcast_core", "release", "create", "bay", "--round", "bay")]
            subprocess.run(
                [*command, "--licence", "CC BY 4.0"],
                cwd=ROOT,
                env={**os.environ, **environment},
                check=True,
                capture_output=True,
            )
            made = {
                path.relative_to(folder / "store/releases/bay/1").as_posix(): path.read_bytes()
                for path in (folder / "store/releases/bay/1").rglob("*")
                if path.is_file()
            }
            ours = read_all(workspace, release)
            assert made.keys() == ours.keys()
            assert [path for path in ours if made[path] != ours[path]] == []

    def test_a_creation_that_is_cut_off_is_not_there_and_is_completed_by_the_next(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        class CutOff(Exception):
            pass

        stops: list[int] = []

        def stop_at(done: int, total: int, _name: str) -> None:
            if done >= stops[-1] and done < total:
                raise CutOff

        for step in (0, 3, 20, 24, 26, 33, 38):
            stops.append(step)
            with pytest.raises(CutOff):
                releases.create_release(workspace, request=ask(), on_progress=stop_at)
            assert not list_releases(workspace)
            assert release_store.list_unfinished(workspace) == ["bay/1"]
            with pytest.raises(NotFound, match="incomplete"):
                get_release(workspace, name="bay")
        completed = create(workspace)
        assert completed.id == "bay/1"
        assert not release_store.list_unfinished(workspace)
        assert release_store.verify_release(workspace, name="bay") == []
        other = replace(workspace, files=FileStore(str(tmp_path / "fresh")))
        assert read_all(other, create(other)) == read_all(workspace, completed)

    def test_two_people_who_make_a_release_at_once_get_a_version_each(self, workspace: Workspace) -> None:
        asked = [ask(licence=f"licence {number}") for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda request: releases.create_release(workspace, request=request).release, asked))
        assert sorted(release.version for release in made) == ["1", "2", "3", "4"]
        for request, release in zip(asked, made, strict=True):
            assert release_store.verify_release(workspace, name=release.id) == []
            assert release.document["licence"] == request.licence
        with ThreadPoolExecutor(4) as pool:
            same = list(pool.map(lambda _: create(workspace, name="same"), range(4)))
        assert {release.id for release in same} == {"same/1"}
        assert release_store.verify_release(workspace, name="same") == []

    def test_a_worker_that_is_killed_leaves_no_half_release(self, workspace: Workspace, tmp_path: Path) -> None:
        moments = random.Random(1)
        job_id = queue.add_job(workspace, kind="release", params=ask().to_params())
        for _ in range(3):
            process = start_worker(workspace)
            step = moments.randint(1, 60)
            wait_for(workspace, job_id, lambda job, step=step: job.done >= step or not job.state.is_open)  # type: ignore[misc]
            end(process, signal.SIGKILL)
            for release in list_releases(workspace):
                assert release_store.verify_release(workspace, name=release.id) == []
        with working_here(workspace):
            job = wait_until_ended(workspace, job_id)
        assert (job.error, job.result["release"]) == ("", "bay/1")
        assert release_store.verify_release(workspace, name="bay") == []
        fresh = replace(workspace, files=FileStore(str(tmp_path / "fresh")))
        assert read_all(fresh, create(fresh)) == read_all(workspace, get_release(workspace, name="bay"))

    def test_a_version_that_was_begun_from_other_answers_is_passed_over(self, workspace: Workspace) -> None:
        def stop(done: int, _total: int, _name: str) -> None:
            if done == 5:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            releases.create_release(workspace, request=ask(), on_progress=stop)
        answer(workspace, "20240601_120000_0003", Outcome.EMPTY)
        assert create(workspace).id == "bay/2"
        with pytest.raises(Conflict, match="started from different inputs"):
            create(workspace, version="1")

    def test_a_recording_that_changed_since_it_was_added_stops_it(self, workspace: Workspace, tmp_path: Path) -> None:
        path = tmp_path / "bay" / "20240601_120000.wav"
        path.write_bytes(path.read_bytes()[:-2] + b"\1\1")
        with pytest.raises(Conflict, match=r"20240601_120000\.wav has changed since it was added"):
            create(workspace)
        path.unlink()
        with pytest.raises(NotFound):
            create(workspace)
        assert not list_releases(workspace)

    def test_every_byte_is_covered_by_a_checksum(self, workspace: Workspace, tmp_path: Path) -> None:
        release = create(workspace)
        out = release_store.export_release(workspace, name="bay", out=tmp_path / "out")
        checked = subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=out, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        on_disk = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        assert len(checked.stdout.splitlines()) == len(on_disk - {SUMS, MANIFEST})
        assert on_disk == {*release.files, MANIFEST}
        folder = workspace.settings.data_dir / "store/releases/bay/1"
        (folder / "README.md").write_bytes(b"changed")
        (folder / "index.csv").unlink()
        (folder / "more.txt").write_bytes(b"")
        problems = release_store.verify_release(workspace, name="bay/1")
        assert [problem.split()[0] for problem in problems] == ["README.md", "index.csv", "more.txt"]

    def test_a_zip_is_the_same_every_time_and_nothing_is_overwritten(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        release = create(workspace)
        packed = release_store.make_zip(workspace, release)
        out = tmp_path / "bay.zip"
        release_store.export_release(workspace, name="bay", out=out)
        assert out.read_bytes() == packed
        with pytest.raises(Conflict, match="already exists"):
            release_store.export_release(workspace, name="bay", out=out)
