"""The commands `rebuild`, `doctor` and `usage`, as a shell calls them."""

from io import BytesIO
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.services.intake.uploads import keep_upload
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.cli.conftest import Run
from tests.disks import largest_file


@pytest.mark.usefixtures("round_of_ten")
def test_a_lost_or_damaged_database_is_made_anew_and_the_doctor_says_what_is_left(
    workspace: Workspace, run: Run
) -> None:
    submit(workspace, "ten", "ten_0001", AnswerBox(0.25, 0.5, "call"), submission_id="s1")
    status, out, _ = run("doctor")
    assert (status, "10 session without an object" in out, "Something needs attention" in out) == (1, True, True)
    status, out, _ = run("doctor", "--repair")
    assert (status, "Mended." in out, "All is well" in out) == (0, True, True)
    status, _, err = run("rebuild")
    assert (status, "--replace" in err) == (1, True)

    workspace.database.close()
    database = workspace.settings.data_dir / "podcast.sqlite"
    for path in workspace.settings.data_dir.glob("podcast.sqlite*"):
        path.unlink()
    database.write_bytes(b"a power cut left something else here, which is no database at all")
    status, _, err = run("rebuild")
    assert (status, "move the file away" in err) == (1, True)
    database.rename(database.with_suffix(".broken"))
    status, out, _ = run("rebuild")
    assert status == 0
    assert out == (
        "The database was rebuilt: 1 recording, 1 round, 10 sessions, 2 predictions, 1 answer, "
        "0 reviews, 0 model runs, 0 collections.\n"
    )
    assert run("doctor", "--contents")[0] == 0
    Path(workspace.settings.resolved_storage_url, "rounds/ten/submissions/ten_0001/s1.json").write_text("{")
    status, _, err = run("rebuild", "--replace")
    assert (status, "1 of the answers and reviews would be left out; nothing was changed" in err) == (1, True)
    status, out, _ = run("doctor", "--contents", "--repair")
    assert (status, "s1.json cannot be read" in out) == (0, True)
    assert run("rebuild", "--replace")[0] == 0


@pytest.mark.usefixtures("round_of_ten")
def test_usage_says_who_has_sent_how_much(workspace: Workspace, run: Run) -> None:
    for person, name in (("Ann", "a.wav"), ("Ann", "b.wav"), (None, "c.wav")):
        keep_upload(workspace, name=name, file=BytesIO(name.encode() * 2000), person=person)
    workspace.cache.write("a", bytes(5000))
    status, out, _ = run("usage")
    assert status == 0
    assert out.splitlines()[:3] == [
        "recordings, without a token: 10.0 kB in 1 file",
        "recordings, Ann: 20.0 kB in 2 files",
        "pictures: 8.2 kB of 2.0 GB",
    ]
    assert out.splitlines()[3].startswith(f"free in {workspace.settings.data_dir}: ")


@pytest.mark.usefixtures("round_of_ten")
def test_a_full_disk_is_one_sentence(workspace: Workspace, run: Run, tmp_path: Path) -> None:
    with workspace.database.reading(), largest_file(1):
        status, _, err = run("export", "--round", "ten", "--format", "csv", "--out", tmp_path / "labels")
    assert (status, err.startswith("Error: "), "File too large" in err, "Traceback" in err) == (1, True, True, False)
    assert not (tmp_path / "labels").exists()
