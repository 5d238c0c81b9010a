import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput, NotFound, StorageUnavailable
from podcast_core.services.exchange import datasets, export_preview
from podcast_core.services.exchange.datasets import Export
from podcast_core.services.exchange.export_preview import preview_round
from podcast_core.storage import reviews
from podcast_core.workspace import Workspace
from tests.building import add_prediction_set, submit

IN_ROWS = (
    *("csv", "parquet", "raven", "audition", "whisperseg-csv", "whisperseg-csv-7"),
    *("podcast-tsv-a", "podcast-tsv-b", "camtrap-dp", "darwin-core"),
)


def answer(workspace: Workspace, number: int, outcome: Outcome, *boxes: AnswerBox, **more: Any) -> None:
    submit(workspace, "ten", f"ten_{number:04x}", *boxes, outcome=outcome, submission_id=f"s{number}", **more)


def export(workspace: Workspace, format_name: str = "csv", **options: Any) -> Export:
    return datasets.export_round(workspace, round_id="ten", format_name=format_name, **options)


def rest_of(made: Export) -> dict[str, bytes]:
    """Give the files that say nothing of reviews."""
    return {name: data for name, data in made.files.items() if name not in ("README.md", "sessions.csv")}


def read_table(made: Export, name: str) -> pd.DataFrame:
    if name.endswith(".parquet"):
        return pd.read_parquet(io.BytesIO(made.files[name]))
    return pd.read_csv(io.BytesIO(made.files[name]), keep_default_na=False)


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize("format_name", list(datasets.list_formats()))
class TestEveryFormat:
    def test_every_outcome_can_be_told_from_every_other(self, workspace: Workspace, format_name: str) -> None:
        answer(workspace, 1, Outcome.LABELLED, AnswerBox(0.1, 0.2, "call"))
        answer(workspace, 2, Outcome.EMPTY)
        answer(workspace, 3, Outcome.UNSURE, AnswerBox(0.1, 0.2, "call"))
        answer(workspace, 4, Outcome.SKIPPED)
        made = export(workspace, format_name)
        full = {"csv": "annotations.csv", "parquet": "annotations.parquet"}
        table = read_table(made, full.get(format_name, "sessions.csv"))
        outcomes = ["unreviewed", "labelled", "empty", "unsure", "skipped", *["unreviewed"] * 5]
        assert table["outcome"].tolist() == outcomes
        assert made.counts == {"labelled": 1, "empty": 1, "unsure": 1, "skipped": 1, "unreviewed": 6}

    def test_the_same_facts_give_the_same_bytes(self, workspace: Workspace, format_name: str) -> None:
        answer(workspace, 1, Outcome.LABELLED, AnswerBox(0.5, 0.75, "call"), AnswerBox(0.1, 0.2, "whistle"))
        assert export(workspace, format_name).to_zip() == export(workspace, format_name).to_zip()

    def test_a_preview_shows_the_beginning(self, workspace: Workspace, format_name: str) -> None:
        answer(workspace, 1, Outcome.LABELLED, AnswerBox(0.5, 0.75, "call"))
        preview = export(workspace, format_name).preview(rows=1)
        assert preview.file_name not in ("README.md", "sessions.csv", "predictions.csv")
        assert preview.text
        assert len(preview.rows) == (1 if format_name in IN_ROWS else 0)

    def test_a_large_round_is_previewed_by_its_first_answers(
        self, workspace: Workspace, format_name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer(workspace, 1, Outcome.EMPTY)
        for number in (7, 5, 3):
            answer(workspace, number, Outcome.LABELLED, AnswerBox(0.5, 0.75, "call"))
        asked: Any = {"round_id": "ten", "format_name": format_name, "rows": 1}
        whole = preview_round(workspace, **asked)
        monkeypatch.setattr(export_preview, "MIN_READ", 2)
        begun = preview_round(workspace, **asked)
        part = export(workspace, format_name, session_ids=["ten_0000", "ten_0001", "ten_0003", "ten_0005"])
        assert begun.beginning == part.preview(1)
        assert begun.beginning.rows == whole.beginning.rows
        assert begun.counts == whole.counts == {"empty": 1, "labelled": 3, "unreviewed": 6}
        assert "first 2 sessions" in begun.notes[0]
        assert begun.notes[1:] == part.notes
        assert not any("first" in note for note in whole.notes)

    def test_a_rejected_answer_is_left_out_unless_it_is_asked_for(self, workspace: Workspace, format_name: str) -> None:
        nothing = rest_of(export(workspace, format_name))
        answer(workspace, 1, Outcome.LABELLED, AnswerBox(0.1, 0.2, "call"))
        answer(workspace, 2, Outcome.EMPTY)
        answered = rest_of(export(workspace, format_name))
        with workspace.database.writing() as connection:
            for number in (1, 2):
                reviews.add_review(connection, Review(f"r{number}", f"s{number}", "Rae", Verdict.REJECT))
        made, kept = (
            datasets.export_round(workspace, round_id="ten", format_name=format_name, rejected=rejected)
            for rejected in ("leave-out", "keep")
        )
        assert made.counts == kept.counts == {"rejected": 2, "unreviewed": 8}
        assert "rejected in review" in made.notes[0]
        assert made.notes[0] in made.files["README.md"].decode()
        assert "like all others" in kept.notes[0]
        full = {"csv": "annotations.csv", "parquet": "annotations.parquet"}
        for export_, outcomes in ((made, ["unreviewed", "unreviewed"]), (kept, ["labelled", "empty"])):
            table = read_table(export_, full.get(format_name, "sessions.csv"))
            told = table[table["session_id"].isin(["ten_0001", "ten_0002"])]
            assert told["review"].tolist() == ["reject", "reject"]
            assert told["outcome"].tolist() == outcomes
        if format_name not in full:
            assert rest_of(made) == nothing
            assert rest_of(kept) == answered != nothing

    def test_the_readme_names_no_file_that_is_not_there(self, workspace: Workspace, format_name: str) -> None:
        noted = AnswerBox(0.1, 0.2, "call", low_hz=100, high_hz=900, comment="faint", unsure=True, individual="J35")
        answer(workspace, 1, Outcome.LABELLED, noted, AnswerBox(0.3, 0.4, "whistle"))
        answer(workspace, 2, Outcome.UNSURE, AnswerBox(0.3, 0.4, "call"))
        answer(workspace, 3, Outcome.EMPTY)
        with workspace.database.writing() as connection:
            reviews.add_review(connection, Review("r3", "s3", "Rae", Verdict.REJECT))
        made = export(workspace, format_name)
        readme = made.files["README.md"].decode()
        named = set(re.findall(r"[\w.-]+\.(?:csv|tsv|txt|json|parquet|TextGrid|md)\b", readme))
        assert named
        assert named <= set(made.files)
        table = datasets.list_formats()[format_name].outcomes_in
        assert f"({table}, column review)" in readme
        assert {"outcome", "review"} <= set(read_table(made, table).columns)
        assert read_table(made, "predictions.csv")["channel"].tolist() == [0, 0]
        assert "The column channel counts from 0" in readme

    def test_a_round_that_nobody_has_seen_has_no_annotations(self, workspace: Workspace, format_name: str) -> None:
        made = export(workspace, format_name)
        assert made.counts == {"unreviewed": 10}
        assert made.preview().text


@pytest.mark.usefixtures("round_of_ten")
class TestExport:
    def test_the_answer_that_counts_is_exported_with_its_newest_review(self, workspace: Workspace) -> None:
        answer(workspace, 1, Outcome.LABELLED, AnswerBox(0.1, 0.2, "call"))
        submit(workspace, "ten", "ten_0001", who="Bob", submission_id="again", comment="only noise")
        submit(workspace, "ten", "ten_0001", who="Eve", outcome=Outcome.SKIPPED)
        with workspace.database.writing() as connection:
            reviews.add_review(connection, Review("r1", "again", "Rae", Verdict.REJECT))
            reviews.add_review(connection, Review("r2", "again", "Rob", Verdict.ACCEPT))
        table = read_table(export(workspace), "annotations.csv")
        row = table[table["session_id"] == "ten_0001"].iloc[0]
        fields = ["outcome", "annotator", "revision", "comment", "review", "reviewer"]
        assert row[fields].tolist() == ["empty", "Bob", "2", "only noise", "accept", "Rob"]

    def test_what_became_of_each_prediction_is_exported_even_after_a_newer_set(self, workspace: Workspace) -> None:
        accepted = AnswerBox(0.1, 0.3, "call", prediction_id="p-0")
        answer(workspace, 1, Outcome.LABELLED, accepted, rejected_prediction_ids=("p-1",))
        newer = Prediction(1.2, 1.4, "call", id="q-0", session_id="ten_0001")
        add_prediction_set(workspace, "ten", newer, set_id="q")
        table = read_table(export(workspace, "raven"), "predictions.csv")
        assert table[["prediction_id", "decision"]].to_numpy().tolist() == [
            ["p-0", "accepted"],
            ["q-0", ""],
            ["p-1", "rejected"],
        ]

    def test_what_becomes_of_rejected_answers_is_one_of_two_things(self, workspace: Workspace) -> None:
        with pytest.raises(InvalidInput, match="expected leave-out or keep, found 'drop'"):
            datasets.export_round(workspace, round_id="ten", format_name="csv", rejected="drop")

    def test_formats_of_podcast_say_what_they_leave_out(self, workspace: Workspace) -> None:
        answer(workspace, 1, Outcome.LABELLED, AnswerBox(0.1, 0.2, "call"), AnswerBox(0.1, 0.2, "whistle"))
        answer(workspace, 3, Outcome.UNSURE, AnswerBox(0.1, 0.2, "call"))
        made = export(workspace, "podcast-json")
        assert [note.split(":")[0] for note in made.notes] == [
            "This format knows one class",
            "The annotations of 1 session with outcome unsure or verified are left out",
        ]
        assert all(note in made.files["README.md"].decode() for note in made.notes)
        assert export(workspace).notes == ()

    def test_what_was_hidden_and_what_was_noted_is_exported(self, workspace: Workspace) -> None:
        noted = AnswerBox(
            *(0.1, 0.3, "call"), prediction_id="p-0", comment="faint", unsure=True, individual="J35", call_type="S1"
        )
        work = {"score_threshold": 0.5, "active_s": 21.5, "action_count": 3}
        answer(workspace, 1, Outcome.VERIFIED, noted, unreviewed_prediction_ids=("p-1",), **work)
        made = export(workspace)
        assert read_table(made, "predictions.csv")["decision"].tolist() == ["accepted", "not reviewed"]
        table = read_table(made, "annotations.csv")
        row = table[table["session_id"] == "ten_0001"].iloc[0]
        fields = ["outcome", "box_comment", "unsure", "individual", "call_type", "score_threshold", "active_s"]
        assert row[fields].tolist() == ["verified", "faint", "yes", "J35", "S1", "0.5", "21.5"]
        assert made.notes == ()
        assert "(1 box)" in export(workspace, "audacity").notes[0]
        assert export(workspace, "podcast-json").counts["verified"] == 1
        assert "ten_0001.json" not in export(workspace, "podcast-json").files

    def test_rows_for_empty_sessions_are_written_where_the_format_has_them(self, workspace: Workspace) -> None:
        answer(workspace, 2, Outcome.EMPTY)
        data = export(workspace, "podcast-tsv-a", negatives=True).files["annotations.tsv"]
        assert b"ten_0002.wav\t0.0\t0.0\t" in data
        with pytest.raises(InvalidInput, match="exist in podcast-tsv-a, podcast-tsv-b only, not in csv"):
            export(workspace, "csv", negatives=True)

    def test_the_archive_has_one_folder(self, workspace: Workspace) -> None:
        with zipfile.ZipFile(io.BytesIO(export(workspace).to_zip())) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == [
                "ten-csv/README.md",
                "ten-csv/annotations.csv",
                "ten-csv/predictions.csv",
            ]


def test_what_does_not_exist_cannot_be_exported(workspace: Workspace, round_of_ten: Round) -> None:
    with pytest.raises(InvalidInput, match="There is no format 'wav'; expected one of csv, parquet, raven"):
        datasets.export_round(workspace, round_id=round_of_ten.id, format_name="wav")
    with pytest.raises(NotFound):
        datasets.export_round(workspace, round_id="none", format_name="csv")


class TestFolder:
    made = Export("ten-csv", {"README.md": b"# Pod.Cast export\n", "a.csv": b"x"}, (), {})

    def test_a_new_and_an_empty_folder_are_written(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        for folder in (tmp_path / "empty", tmp_path / "deep" / "new"):
            datasets.write_export(self.made, folder)
            assert {each.name: each.read_bytes() for each in folder.iterdir()} == self.made.files

    def test_other_files_are_never_touched(self, tmp_path: Path) -> None:
        (tmp_path / "mine.txt").write_text("x")
        for replace in (False, True):
            with pytest.raises(InvalidInput, match="has other files in it"):
                datasets.write_export(self.made, tmp_path, replace=replace)
        assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
        with pytest.raises(InvalidInput, match=r"mine.txt is a file; expected a folder"):
            datasets.write_export(self.made, tmp_path / "mine.txt")

    def test_an_earlier_export_is_replaced_as_a_whole_and_only_on_request(self, tmp_path: Path) -> None:
        folder = tmp_path / "out"
        datasets.write_export(self.made, folder)
        newer = Export("ten-csv", {"README.md": b"# Pod.Cast export\n", "b.csv": b"y"}, (), {})
        with pytest.raises(InvalidInput, match="holds an earlier export"):
            datasets.write_export(newer, folder)
        datasets.write_export(newer, folder, replace=True)
        assert sorted(each.name for each in folder.iterdir()) == ["README.md", "b.csv"]
        assert [each.name for each in tmp_path.iterdir()] == ["out"]

    def test_a_disk_that_fails_leaves_the_earlier_export(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "out"
        datasets.write_export(self.made, folder)
        rename = Path.rename

        def fail(path: Path, target: Path) -> Path:
            if path.name == "new":
                raise OSError(28, "No space left on device")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(StorageUnavailable, match="No space left"):
            datasets.write_export(self.made, folder, replace=True)
        assert (folder / "a.csv").read_bytes() == b"x"
        assert [each.name for each in tmp_path.iterdir()] == ["out"]
