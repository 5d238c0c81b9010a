"""Predictions and annotations of others, brought into a round."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from podcast_core.domain.annotation import Origin
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.exchange import datasets, import_files, imports
from podcast_core.storage import predictions
from podcast_core.workspace import Workspace
from tests.building import list_answers, list_predictions, submit
from tests.services.sea import TSV, add_annotations, add_predictions, add_sea, answer_everything, bring


@pytest.mark.usefixtures("sea")
class TestPredictions:
    def test_rows_of_a_table_go_to_the_sessions_of_their_recording(self, workspace: Workspace) -> None:
        report = add_predictions(
            workspace, "a.wav\t1\t2\t0.5\tcall\na.wav\t12.5\t1\t\tclick\nfolder/b.wav\t3\t1\tNaN\tcall\n"
        )
        found = [
            (each.session_id, each.start_s, each.end_s, each.label, each.score)
            for each in list_predictions(workspace, "sea")
        ]
        assert found == [
            ("a_0_0", 1.0, 3.0, "call", 0.5),
            ("a_0_1", 12.5, 13.5, "click", None),
            ("b_0_0", 3.0, 4.0, "call", None),
        ]
        assert report.summary == "3 predictions added in 3 sessions."

    def test_a_prediction_over_a_border_is_shown_in_both_sessions(self, workspace: Workspace) -> None:
        add_predictions(workspace, "a.wav\t9\t2\t0.5\tcall\n")
        found = [(each.session_id, each.start_s, each.end_s, each.score) for each in list_predictions(workspace, "sea")]
        assert found == [("a_0_0", 9.0, 10.0, 0.5), ("a_0_1", 10.0, 11.0, 0.5)]

    def test_the_same_predictions_again_change_nothing(self, workspace: Workspace) -> None:
        one, other = "a.wav\t1\t2\t0.5\tcall\n", "a.wav\t4\t2\t0.25\tcall\n"
        add_predictions(workspace, one + other, model="net")
        kept = workspace.files.list("rounds/sea/predictions")
        report = add_predictions(workspace, other + one + one, "renamed.txt", model="net")
        assert (report.added, report.known) == (0, 2)
        assert len(list_predictions(workspace, "sea")) == 2
        assert workspace.files.list("rounds/sea/predictions") == kept

    def test_what_names_nothing_in_the_round_is_reported_and_the_rest_goes_in(self, workspace: Workspace) -> None:
        report = add_predictions(workspace, "a.wav\t1\t2\t0.5\tcall\n" + "z.wav\t1\t2\t0.5\tcall\n" * 2)
        assert report.unmatched == {"z.wav": 2}
        assert report.summary == "1 prediction added in 1 session; 2 rows left out (no such file in the round)."

    def test_what_hangs_over_the_end_is_cut_and_reported(self, workspace: Workspace) -> None:
        report = add_predictions(workspace, "a.wav\t19.25\t2\t0.5\tcall\n")
        assert [each.end_s for each in list_predictions(workspace, "sea")] == [20.0]
        assert report.notes == ("p.tsv, line 2: 1.250 s of the box lie outside the sessions and were cropped.",)

    def test_files_of_another_round_are_refused(self, workspace: Workspace) -> None:
        with pytest.raises(
            InvalidInput, match=r"Nothing in these files belongs to round sea. They name z.wav; its sessions"
        ):
            add_predictions(workspace, "z.wav\t1\t2\t0.5\tcall\n")

    def test_one_bad_row_refuses_all_files(self, workspace: Workspace) -> None:
        files = [
            ("good.tsv", (TSV + "a.wav\t1\t2\t0.5\tcall\n").encode()),
            ("bad.tsv", (TSV + "a.wav\tx\t2\n").encode()),
        ]
        with pytest.raises(InvalidInput, match="bad.tsv, line 2: expected a number in start_time_s, found 'x'"):
            imports.import_predictions(workspace, round_id="sea", files=files)
        assert list_predictions(workspace, "sea") == []
        assert workspace.files.list("rounds/sea/predictions") == []

    def test_documents_of_podcast_bring_their_models_name(self, workspace: Workspace) -> None:
        box = {"start_time_s": 1, "duration_s": 2, "confidence": 0.5}
        documents = [
            ("any.json", {"uri": "https://x.org/a_0_1.wav", "model_guid": "Round3", "annotations": [box]}),
            ("b_0_0.json", {"annotations": [box]}),
            ("a_0_0.json", {"annotations": []}),
        ]
        files = [(name, json.dumps(document).encode()) for name, document in documents]
        imports.import_predictions(workspace, round_id="sea", files=files, label="call")
        found = [(each.session_id, each.start_s, each.model) for each in list_predictions(workspace, "sea")]
        assert found == [("a_0_1", 11.0, "Round3"), ("b_0_0", 1.0, "imported")]

    def test_boxes_without_a_label_need_one_where_the_round_has_several(self, workspace: Workspace) -> None:
        with pytest.raises(InvalidInput, match=r"p.tsv, line 2: the box has no label \(1 box in all\).*call, click"):
            add_predictions(workspace, "a.wav\t1\t2\t0.5\t\n")
        with pytest.raises(InvalidInput, match="Label 'moan' is not in the round's list: call, click"):
            add_predictions(workspace, "a.wav\t1\t2\t0.5\t\n", label="moan")
        add_predictions(workspace, "a.wav\t1\t2\t0.5\t\n", label="click")
        assert [each.label for each in list_predictions(workspace, "sea")] == ["click"]

    def test_two_models_in_one_table_make_two_sets(self, workspace: Workspace) -> None:
        data = b"wav_filename,start_time_s,duration_s,label,model\na.wav,1,1,call,net1\na.wav,1,1,call,net2\n"
        imports.import_predictions(workspace, round_id="sea", files=[("p.csv", data)])
        assert [each.model for each in list_predictions(workspace, "sea")] == ["net1", "net2"]

    def test_columns_are_meant_for_tables_and_not_for_other_files_beside_them(self, workspace: Workspace) -> None:
        reading = import_files.make_reading("auto", {"file": "f", "start": "a", "end": "b", "unit": "samples"}, None)
        document = b'{"onset": [1.5], "offset": [2], "cluster": ["call"]}'
        files = [("t.csv", b"f,a,b\nb.wav,96000,144000\n"), ("a.json", document)]
        report = imports.import_predictions(workspace, round_id="sea", files=files, label="click", reading=reading)
        assert report.read_as == "Another table (1 file), WhisperSeg JSON (1 file)"
        found = [(each.session_id, each.start_s, each.end_s, each.label) for each in list_predictions(workspace, "sea")]
        assert found == [("a_0_0", 1.5, 2.0, "call"), ("b_0_0", 2.0, 3.0, "click")]

    def test_a_file_that_may_be_several_formats_is_refused(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(import_files, "find_formats", lambda *_: ["raven", "audacity"])
        with pytest.raises(InvalidInput, match=r"matches several formats: raven .Raven selection tables., audacity"):
            imports.import_predictions(workspace, round_id="sea", files=[("x.txt", b"1\t2\tcall\n")])

    def test_no_such_round(self, workspace: Workspace) -> None:
        with pytest.raises(NotFound):
            imports.import_predictions(workspace, round_id="none", files=[("p.tsv", TSV.encode())])

    def test_a_set_whose_database_row_was_lost_is_completed(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(predictions, "add_prediction_set", crash)
            with pytest.raises(KeyboardInterrupt):
                add_predictions(workspace, "a.wav\t1\t2\t0.5\tcall\n")
        assert list_predictions(workspace, "sea") == []
        assert add_predictions(workspace, "a.wav\t1\t2\t0.5\tcall\n").added == 1


@pytest.mark.usefixtures("sea")
class TestAnnotations:
    def test_boxes_of_others_become_answers(self, workspace: Workspace) -> None:
        report = add_annotations(workspace, "a.wav,1,2,call\na,3,4,click\nb.wav,9,11,call\n")
        assert report.summary == "3 answers added in 3 sessions."
        [answer] = list_answers(workspace, "sea", "a_0_0")
        assert (answer.annotator, answer.outcome, answer.revision) == ("Bob", Outcome.LABELLED, 1)
        assert [(box.start_s, box.label, box.origin) for box in answer.annotations] == [
            (1.0, "call", Origin.NEW),
            (3.0, "click", Origin.NEW),
        ]
        assert [box.end_s for each in list_answers(workspace, "sea", "b_0_0") for box in each.annotations] == [10.0]

    def test_the_same_annotations_again_change_nothing_even_after_somebody_went_on(self, workspace: Workspace) -> None:
        add_annotations(workspace, "a.wav,1,2,call\n")
        submit(workspace, "sea", "a_0_0")
        report = add_annotations(workspace, "a.wav,1.0,2.0,call\n")
        assert (report.added, report.known) == (0, 1)
        assert [each.outcome for each in list_answers(workspace, "sea")] == [Outcome.LABELLED, Outcome.EMPTY]

    def test_labels_that_the_round_does_not_have_are_all_named(self, workspace: Workspace) -> None:
        with pytest.raises(
            InvalidInput, match=r"2 labels are not in the list of round 'sea'.*: WOTH \(2\), EATO \(1\)"
        ):
            add_annotations(workspace, "a.wav,1,2,WOTH\na.wav,1,2,EATO\na.wav,3,4,WOTH\n")
        assert list_answers(workspace, "sea") == []

    def test_an_outcome_that_does_not_fit_the_boxes_is_refused(self, workspace: Workspace) -> None:
        data = (
            b"file_name,session_id,start_s,end_s,label,outcome\na.wav,a_0_0,1,2,call,empty\na.wav,a_0_1,,,,labelled\n"
        )
        data += b"b.wav,b_0_0,1,2,call,unreviewed\n"
        with pytest.raises(InvalidInput) as caught:
            imports.import_annotations(
                workspace, round_id="sea", format_name="csv", files=[("a.csv", data)], annotator="Bob"
            )
        assert str(caught.value).splitlines() == [
            "a.csv, line 2: session a_0_0: Outcome 'empty' has no annotations, found 1.",
            "a.csv, line 4: session b_0_0 is called unreviewed, but has annotations",
            "a.csv, line 3: session a_0_1: Outcome 'labelled' needs at least one annotation; use 'empty' for no call.",
        ]

    def test_an_older_answer_from_elsewhere_does_not_push_a_newer_one_aside(self, workspace: Workspace) -> None:
        submit(workspace, "sea", "a_0_0", submission_id="mine")
        data = b"file_name,session_id,start_s,end_s,label,outcome,annotator,submitted_at\n"
        data += b"a.wav,a_0_0,1,2,call,labelled,Eve,2020-01-01T00:00:00+00:00\n"
        imports.import_annotations(
            workspace, round_id="sea", format_name="csv", files=[("a.csv", data)], annotator="Bob"
        )
        old, new = list_answers(workspace, "sea", "a_0_0")
        assert (old.annotator, old.submitted_at) == ("Eve", datetime(2020, 1, 1, tzinfo=UTC))
        assert (new.id, new.revision) == ("mine", 2)

    @pytest.mark.parametrize(("before", "after"), [(b",5.1,5.2,", b",5.1,5.5,"), (b",J35,", b",J36,")])
    def test_an_export_that_was_edited_counts_as_a_new_answer(
        self, workspace: Workspace, before: bytes, after: bytes
    ) -> None:
        answer_everything(workspace)
        export = datasets.export_round(workspace, round_id="sea", format_name="csv")
        edited = export.files["annotations.csv"].replace(before, after)
        assert edited != export.files["annotations.csv"]
        report = bring(workspace, "csv", replace(export, files={**export.files, "annotations.csv": edited}))
        assert (report.added, report.known) == (1, 4)
        newest = list_answers(workspace, "sea", "a_0_0")[-1]
        changed = {str(box.end_s) for box in newest.annotations} | {box.individual for box in newest.annotations}
        assert after.decode().strip(",").split(",")[-1] in changed
        assert newest.base_revision == 1
        assert [box.origin for box in newest.annotations] == [Origin.MODEL_ACCEPTED, Origin.MODEL_EDITED, Origin.NEW]

    def test_a_box_that_was_moved_in_the_file_is_not_called_accepted_any_more(self, workspace: Workspace) -> None:
        answer_everything(workspace)
        export = datasets.export_round(workspace, round_id="sea", format_name="raven")
        name = "a.Table.1.selections.txt"
        moved = export.files[name].replace(b"\t1.25\t1.75\t", b"\t1.25\t1.80\t")
        bring(workspace, "raven", replace(export, files={**export.files, name: moved}))
        assert list_answers(workspace, "sea", "a_0_0")[-1].annotations[0].origin is Origin.MODEL_EDITED

    def test_predictions_that_the_round_does_not_have_are_told(
        self, workspace: Workspace, other_workspace: Workspace
    ) -> None:
        answer_everything(workspace)
        add_sea(other_workspace)
        export = datasets.export_round(workspace, round_id="sea", format_name="csv")
        report = bring(other_workspace, "csv", replace(export, files={"a.csv": export.files["annotations.csv"]}))
        assert report.notes[0].startswith("Kept as new ones: 2 annotations of predictions that are not in this round")
        [answer] = list_answers(other_workspace, "sea", "a_0_0")
        assert {box.origin for box in answer.annotations} == {Origin.NEW}

    def test_a_verified_empty_wav_is_a_verified_empty_recording(self, workspace: Workspace) -> None:
        data = b"wav_filename\tstart_time_s\tduration_s\nb.wav\t0.0\t0.0\na_0_1.wav\t1\t1\n"
        imports.import_annotations(
            workspace,
            round_id="sea",
            format_name="podcast-tsv-b",
            files=[("t.tsv", data)],
            annotator="Bob",
            label="call",
        )
        found = {each.session_id: each.outcome.value for each in list_answers(workspace, "sea")}
        assert found == {"a_0_1": "labelled", **dict.fromkeys(["b_0_0", "b_0_1", "b_1_0", "b_1_1"], "empty")}


@pytest.mark.usefixtures("sea")
def test_a_moderated_detection_brings_its_predictions_and_the_verdict_on_them(workspace: Workspace) -> None:
    def detect(name: str, **fields: Any) -> dict[str, Any]:
        boxes = [{"id": n, "startTime": n * 2.5, "duration": 2.5, "confidence": 75} for n in range(2)]
        return {
            "id": f"d-{name}",
            "modelId": "v1",
            "audioUri": f"https://x.org/{name}.wav",
            "predictions": boxes,
            **fields,
        }

    documents = [
        detect("a_0_0", SRKWFound="yes", moderator="Rae", dateModerated="2020-10-01T12:00:00Z"),
        detect("a_0_1", state="Negative", moderator="Rae"),
        detect("b_0_0", state="Unreviewed"),
    ]
    files = [("detections.json", json.dumps(documents).encode())]
    report = imports.import_annotations(workspace, round_id="sea", files=files, annotator="Bob", label="call")
    assert (report.added, report.read_as) == (2, "OrcaHello JSON (1 file)")
    [found] = list_answers(workspace, "sea", "a_0_0")
    assert (found.outcome, found.annotator, found.comment) == (Outcome.VERIFIED, "Rae", "OrcaHello: yes")
    assert [(box.origin, box.unsure, box.score, box.model) for box in found.annotations] == [
        (Origin.MODEL_ACCEPTED, True, 0.75, "v1")
    ] * 2
    [negative] = list_answers(workspace, "sea", "a_0_1")
    assert (negative.outcome, len(negative.rejected)) == (Outcome.EMPTY, 2)
    assert len(list_predictions(workspace, "sea")) == 6
    again = imports.import_annotations(workspace, round_id="sea", files=files, annotator="Bob", label="call")
    assert (again.added, again.known) == (0, 2)
    assert imports.import_predictions(workspace, round_id="sea", files=files, label="call").known == 6


@pytest.mark.parametrize(("data", "reason"), [(b"no", "expected a ZIP archive"), (b"", "expected a ZIP archive")])
@pytest.mark.usefixtures("sea")
def test_what_is_no_archive_is_refused(workspace: Workspace, data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=f"x.zip: {reason}"):
        imports.import_predictions(workspace, round_id="sea", files=[("x.zip", data)])


@pytest.mark.usefixtures("sea")
def test_an_archive_that_unpacks_to_a_flood_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MAX_ZIP", 10)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("p.tsv", TSV)
    with pytest.raises(InvalidInput, match="x.zip: it would be .* bytes, unpacked of .*: expected at most 10"):
        imports.import_predictions(workspace, round_id="sea", files=[("x.zip", archive.getvalue())])


def test_files_are_found_in_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/1.tsv", "0.JSON", "readme.md", ".hidden.tsv"):
        (tmp_path / name).write_text("x")
    found = import_files.read_files([tmp_path], import_files.SUFFIXES)
    assert [Path(name).name for name, _ in found] == ["0.JSON", "1.tsv"]
    with pytest.raises(InvalidInput, match="Expected files ending in .tsv, found none"):
        import_files.read_files([tmp_path / "none"][:0], (".tsv",))
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        import_files.read_files([tmp_path / "none"], (".tsv",))
