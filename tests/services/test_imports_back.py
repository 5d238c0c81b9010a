"""Exports that are imported again, here or elsewhere, and leave as they came."""

import json
from pathlib import Path

import pytest

from podcast_core.services.exchange import datasets, imports
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import add_recording, list_answers, make_recording, make_sessions
from tests.services.sea import add_sea, answer_everything, bring

ORIGINALS = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.mark.usefixtures("sea")
@pytest.mark.parametrize(
    "format_name", ["csv", "parquet", "raven", "coco", "aoef", "whisperseg-csv", "textgrid", "audition", "audacity"]
)
class TestThereAndBack:
    def test_a_round_that_went_elsewhere_is_exported_there_as_the_same_files(
        self, workspace: Workspace, other_workspace: Workspace, format_name: str
    ) -> None:
        answer_everything(workspace)
        add_sea(other_workspace)
        export = datasets.export_round(workspace, round_id="sea", format_name=format_name)
        report = bring(other_workspace, format_name, export)
        assert (report.added, report.known, report.unmatched) == (5, 0, {})
        again = datasets.export_round(other_workspace, round_id="sea", format_name=format_name)
        assert again.files.keys() == export.files.keys()
        differing = {name for name in again.files if again.files[name] != export.files[name]}
        if format_name in ("csv", "parquet", "coco"):
            assert differing == set()
        elif format_name == "raven":  # one line per selection: a line break in a comment goes, and nothing else
            flat = {name: data.replace(b"two\nlines", b"two lines") for name, data in export.files.items()}
            assert again.files == flat
        elif format_name == "audition":  # times are rounded as well
            assert "sessions.csv" not in differing
        else:  # which prediction a box came from cannot be said
            own = {"annotations.aoef.json"} if format_name == "aoef" else set()  # it says when the round was made
            assert differing - {"README.md"} == {"predictions.csv", *own}
            assert format_name == "aoef" or "cannot hold all notes" in export.files["README.md"].decode()

    def test_an_export_that_comes_back_changes_nothing(self, workspace: Workspace, format_name: str) -> None:
        answer_everything(workspace)
        export = datasets.export_round(workspace, round_id="sea", format_name=format_name)
        report = bring(workspace, format_name, export)
        assert (report.added, report.known) == (0, 5)
        assert datasets.export_round(workspace, round_id="sea", format_name=format_name).files == export.files

    def test_a_downloaded_archive_is_read_as_it_is(
        self, workspace: Workspace, other_workspace: Workspace, format_name: str
    ) -> None:
        answer_everything(workspace)
        add_sea(other_workspace)
        archive = datasets.export_round(workspace, round_id="sea", format_name=format_name).to_zip()
        report = imports.import_annotations(
            other_workspace, round_id="sea", format_name=format_name, files=[("sea.zip", archive)], annotator="Bob"
        )
        assert report.added == 5


@pytest.mark.usefixtures("sea")
@pytest.mark.parametrize("format_name", ["podcast-json", "podcast-tsv-a", "podcast-tsv-b"])
def test_formats_of_podcast_keep_times_and_outcomes(
    workspace: Workspace, other_workspace: Workspace, format_name: str
) -> None:
    answer_everything(workspace)
    add_sea(other_workspace)
    export = datasets.export_round(workspace, round_id="sea", format_name=format_name)
    bring(other_workspace, format_name, export)
    before, after = ({each.session_id: each for each in list_answers(w, "sea")} for w in (workspace, other_workspace))
    assert {name: each.outcome for name, each in after.items()} == {name: each.outcome for name, each in before.items()}
    for one, other in zip(before["a_0_0"].annotations, after["a_0_0"].annotations, strict=True):
        assert (other.start_s, other.end_s) == pytest.approx((one.start_s, one.end_s), abs=1e-9, rel=0)


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the original's own documents are not on this machine")
def test_an_original_submit_document_leaves_as_it_came(workspace: Workspace) -> None:
    rounds.add_round(workspace, round_id="sea", name="sea", labels=["call"])
    stem = "OS_9_27_2017_08_25_00__0001"
    recording = make_recording(f"/{stem}.wav", 61.25, rate_hz=20_000)
    add_recording(workspace, recording, make_sessions(recording, "sea", f"{stem}_0000"))
    data = (ORIGINALS / "podcast" / "example-submit.json").read_bytes()
    imports.import_annotations(
        workspace, round_id="sea", format_name="podcast-json", files=[("example-submit.json", data)], annotator="Bob"
    )
    export = datasets.export_round(workspace, round_id="sea", format_name="podcast-json")
    written = json.loads(export.files[f"{stem}_0000.json"])["annotations"]
    original = sorted(json.loads(data)["annotations"], key=lambda box: box["start_s"])
    assert written == [pytest.approx(box, abs=1e-9, rel=0) for box in original]
