import json
from pathlib import Path

import pytest

from podcast_core import cli
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.conftest import MakeWav


def test_a_deployment_is_brought_and_written_back(
    workspace: Workspace,
    tmp_path: Path,
    make_wav: MakeWav,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PODCAST_DATA_DIR", str(workspace.settings.data_dir))
    monkeypatch.setenv("PODCAST_DATABASE_URL", workspace.settings.resolved_database_url)
    wav = make_wav("wavs/a_0001.wav", seconds=5)
    (tmp_path / "old" / "pred-r1").mkdir(parents=True)
    box = {"start_time_s": 1, "duration_s": 2.45, "confidence": 0.5}
    (tmp_path / "old" / "pred-r1" / "a_0001.json").write_text(json.dumps({"annotations": [box]}))

    def run(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["podcast_core", "migrate-podcast", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert not caught.value.code
        return capsys.readouterr().out

    arguments = (tmp_path / "old", "--getcontainer", "pred", "--audio", wav.parent, "--label", "SRKW")
    printed = run("in", *arguments)
    assert "1 session, 1 prediction and 0 answers brought in 1 round." in printed
    assert rounds.get_round(workspace, round_id="r1").label_names == ("SRKW",)
    assert run("out", tmp_path / "new", "--round", "r1") == "1 session, 0 answers and 1 wav written.\n"
    assert (tmp_path / "new" / "predictions-r1" / "a_0001.json").is_file()
