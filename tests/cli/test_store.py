"""The commands `rebuild` and `doctor`, as a shell calls them."""

from pathlib import Path

import pytest

from podcast_core import cli
from podcast_core.domain import Outcome
from podcast_core.services.labels import labelling
from podcast_core.services.labels.labelling import Answer, Box
from podcast_core.workspace import Workspace


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["podcast_core", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    printed = capsys.readouterr()
    return int(caught.value.code or 0), printed.out, printed.err


@pytest.mark.usefixtures("round_of_ten")
def test_a_lost_or_damaged_database_is_made_anew_and_the_doctor_says_what_is_left(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCAST_DATA_DIR", str(workspace.settings.data_dir))
    labelling.submit(workspace, Answer("s1", "ten", "ten_0001", "Ann", Outcome.LABELLED, (Box(0.25, 0.5, "call"),)))
    status, out, _ = run(capsys, monkeypatch, "doctor")
    assert (status, "10 session without an object" in out, "Something is left to do" in out) == (1, True, True)
    status, out, _ = run(capsys, monkeypatch, "doctor", "--repair")
    assert (status, "Mended." in out, "All is well" in out) == (0, True, True)
    status, _, err = run(capsys, monkeypatch, "rebuild")
    assert (status, "--replace" in err) == (1, True)

    workspace.database.close()
    database = workspace.settings.data_dir / "podcast.sqlite"
    for path in workspace.settings.data_dir.glob("podcast.sqlite*"):
        path.unlink()
    database.write_bytes(b"a power cut left something else here, which is no database at all")
    status, _, err = run(capsys, monkeypatch, "rebuild")
    assert (status, "move the file away" in err) == (1, True)
    database.rename(database.with_suffix(".broken"))
    status, out, _ = run(capsys, monkeypatch, "rebuild")
    assert status == 0
    assert out == (
        "The database was made anew: 1 recordings, 1 rounds, 10 sessions, 2 predictions, 1 answers, "
        "0 reviews, 0 model runs.\n"
    )
    assert run(capsys, monkeypatch, "doctor", "--contents")[0] == 0
    Path(workspace.settings.resolved_storage_url, "rounds/ten/submissions/ten_0001/s1.json").write_text("{")
    status, _, err = run(capsys, monkeypatch, "rebuild", "--replace")
    assert (status, "1 answers or reviews would be left out; nothing was changed" in err) == (1, True)
    status, out, _ = run(capsys, monkeypatch, "doctor", "--contents", "--repair")
    assert (status, "s1.json cannot be read" in out) == (0, True)
    assert run(capsys, monkeypatch, "rebuild", "--replace")[0] == 0
