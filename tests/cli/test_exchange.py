import json
from pathlib import Path

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.cli.conftest import Run

TSV = "wav_filename\tstart_time_s\tduration_s\tlabel\n"


@pytest.mark.usefixtures("round_of_ten")
class TestCommands:
    def test_a_round_is_exported_and_its_files_are_known_when_they_come_back(
        self, workspace: Workspace, run: Run, tmp_path: Path
    ) -> None:
        box = AnswerBox(0.25, 0.5, "call", low_hz=100.0, high_hz=200.0)
        submit(workspace, "ten", "ten_0001", box, submission_id="s1")
        out = tmp_path / "out"
        status, printed, _ = run("export", "--round", "ten", "--format", "raven", "--out", out)
        assert (status, printed) == (0, f"4 files written to {out}: 1 labelled, 9 unreviewed.\n")
        assert "ten.Table.1.selections.txt" in [each.name for each in out.iterdir()]
        arguments = ("--round", "ten", "--format", "raven", "--annotator", "Bob", out)
        status, printed, _ = run("import-annotations", *arguments)
        assert (status, printed) == (0, "0 answers added in 0 sessions; 1 answer known before.\n")

    def test_an_earlier_export_is_replaced_on_request_only(self, run: Run, tmp_path: Path) -> None:
        arguments = ("export", "--round", "ten", "--format", "csv", "--out", tmp_path / "out")
        assert run(*arguments)[0] == 0
        status, _, problem = run(*arguments)
        assert status == 1
        assert "holds an earlier export" in problem
        assert run(*arguments, "--replace")[0] == 0

    def test_predictions_of_a_folder_are_imported(self, run: Run, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        folder.mkdir()
        (folder / "p.tsv").write_text(TSV + "ten.wav\t2.5\t0.25\tcall\nz.wav\t1\t1\tcall\n")
        box = {"start_time_s": 0.5, "duration_s": 0.25, "confidence": 0.75}
        (folder / "ten_0003.json").write_text(json.dumps({"annotations": [box]}))
        arguments = ("import-predictions", "--round", "ten", "--model", "net", "--label", "call", folder)
        status, printed, problem = run(*arguments)
        assert status == 0
        lines = problem.splitlines()
        assert lines[0] == "Read as: Another table (1 file), Pod.Cast JSON (1 file)."
        assert f"{folder}/p.tsv: label: label" in lines
        assert lines[-5:] == [
            f"Left out, no such file in the round: 1 row (z.wav). {folder}/p.tsv, line 3",
            "The first boxes as they will be stored (seconds from the start of the recording):",
            "session   channel  start_s  end_s  low_hz  high_hz  label  score  file",
            "ten_0002  1        2.500    2.750  -       -        call   -      ten.wav",
            "ten_0003  1        3.500    3.750  -       -        call   0.75   ten.wav",
        ]
        assert printed.startswith("2 predictions added in 2 sessions; 1 row left out (no such file in the round)")
        assert run(*arguments)[1].startswith("0 predictions added in 0 sessions; 2 predictions known before")

    def test_a_dry_run_shows_everything_and_stores_nothing(
        self, workspace: Workspace, run: Run, tmp_path: Path
    ) -> None:
        submit(workspace, "ten", "ten_0001", submission_id="s1")
        path = tmp_path / "a.csv"
        path.write_text("file_name,start_s,end_s,label\nten.wav,1.25,1.5,Call\nten.wav,2,2.5,moan\n")
        arguments = ("import-annotations", "--round", "ten", "--annotator", "Bob", path)
        status, printed, problem = run(*arguments, "--dry-run")
        assert (status, printed) == (1, "2 answers to add in 2 sessions.\n")
        assert "With --supersede, the imported answers count instead." in problem
        assert "Nothing was stored (--dry-run)." in problem
        assert "Call (1; the round has call), moan (1)" in problem
        decided = ("--map", "Call=call", "--add-labels")
        assert run(*arguments, *decided, "--dry-run")[:2] == (0, "2 answers to add in 2 sessions.\n")
        assert rounds.count_standings(workspace, round_id="ten")["empty"] == 1
        assert rounds.get_round(workspace, round_id="ten").label_names == ("call", "whistle")
        status, printed, problem = run(*arguments, *decided)
        assert (status, printed) == (0, "2 answers added in 2 sessions.\n")
        assert (
            "1 session already had an answer (Ann: 1); the imported one is kept beside it and does not count."
            in problem
        )
        assert run(*arguments, *decided, "--supersede")[1] == "1 answer added in 1 session; 1 answer known before.\n"
        assert rounds.get_round(workspace, round_id="ten").label_names == ("call", "whistle", "moan")

    def test_a_file_that_cannot_be_used_is_told_with_exit_status_1(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "p.tsv"
        path.write_text(TSV + "ten.wav\tx\t1\tcall\n")
        status, printed, problem = run("import-predictions", "--round", "ten", path)
        assert (status, printed) == (1, "")
        assert problem == f"Error: {path}, line 2: expected a number in start_time_s, found 'x'\n"

    def test_wrong_usage_is_exit_status_2(self, run: Run, tmp_path: Path) -> None:
        assert run("export", "--round", "ten")[0] == 2
        assert run("import-predictions", "--round", "ten", tmp_path / "none.tsv")[0] == 2

    def test_columns_and_windows_are_options(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_text("Datei,Beginn,Schluss\nten.wav,2500,2750\n")
        arguments = ("import-predictions", "--round", "ten", "--model", "net", "--label", "call")
        status, _, problem = run(*arguments, path)
        assert status == 1
        assert "t.csv, line 1: the format cannot be detected. Its first line: Datei, Beginn, Schluss." in problem
        columns = [
            word for each in ("file=Datei", "start=Beginn", "end=Schluss", "unit=ms") for word in ("--column", each)
        ]
        assert run(*arguments, *columns, path)[1] == "1 prediction added in 1 session.\n"
        detection = {
            "id": "d",
            "audioUri": "ten.wav",
            "predictions": [{"startTime": 2.5, "duration": 2.5, "confidence": 1}],
        }
        (tmp_path / "d.json").write_text(json.dumps(detection))
        status, printed, problem = run(*arguments, "--format", "orcahello", "--window-s", "2", tmp_path / "d.json")
        assert (status, printed) == (0, "2 predictions added in 2 sessions.\n")  # the box is over two sessions of 1 s
        assert "1 of 1 box were computed again for windows of 2 s" in problem
        assert run(*arguments, "--format", "raven", "--column", "file=Datei", path)[0] == 1
        assert "There is no format 'x'; expected one of auto, csv" in run(*arguments, "--format", "x", path)[2]
