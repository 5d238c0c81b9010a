from collections.abc import Callable
from pathlib import Path

from podcast_core.services.jobs import queue
from podcast_core.services.sets import release_store
from podcast_core.workspace import Workspace
from tests.cli.conftest import Run
from tests.services.releases import add_recordings, make_bay

CREATE = ("release", "create", "bay", "--round", "bay", "--licence", "CC BY 4.0")


def test_a_release_is_made_shown_checked_and_taken_out(
    workspace: Workspace, make_wav: Callable[..., Path], run: Run, tmp_path: Path
) -> None:
    assert "There is no release yet" in run("release", "list")[1]
    make_bay(workspace, make_wav, count=5)
    status, out, _ = run(*CREATE, "--dry-run")
    assert status == 0
    assert "left out: 5 unreviewed" in out
    assert not release_store.list_releases(workspace)
    job_id = run(*CREATE, "--background")[1].strip()
    assert queue.get_job(workspace, job_id=job_id).title == "Make a release: bay"
    status, out, _ = run(*CREATE, "--formats", "csv,raven", "--hold-out", "test")
    assert (status, out.splitlines()[0]) == (0, "Release bay/1 made.")
    assert "unchanged" in run(*CREATE, "--formats", "csv,raven", "--hold-out", "test")[1]
    assert "bay/1\t15 sessions" in run("release", "list")[1]
    assert run("release", "show", "bay")[1].startswith("# bay\n")
    assert "files, nothing wrong." in run("release", "verify", "bay/1")[1]
    assert run("release", "export", "bay", "--out", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "SHA256SUMS").is_file()
    add_recordings(workspace, make_wav, range(5, 6))
    assert run(*CREATE, "--no-audio")[0] == 0
    status, out, _ = run("release", "compare", "bay/1", "bay/2")
    assert status == 1
    assert "recordings added: 1\n  20240606_120000.wav" in out
    assert "annotations of call: 10 -> 12 (+2)" in out
    (workspace.settings.data_dir / "store/releases/bay/1/README.md").write_bytes(b"")
    status, _, err = run("release", "verify", "bay/1")
    assert status == 1
    assert "README.md has changed" in err


def test_what_is_wrong_is_said_in_one_sentence_with_its_exit_status(workspace: Workspace, run: Run) -> None:
    assert workspace
    assert run("release", "show", "nothing") == (1, "", "Error: There is no release 'nothing'; there are: none yet.\n")
    assert run(*CREATE)[0] == 1
    assert run(*CREATE, "--proportions", "1")[0] == 2
