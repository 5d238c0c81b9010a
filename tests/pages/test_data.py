from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from pages.shared import data_export
from podcast_core.domain.submission import Outcome
from podcast_core.services.intake import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.labels import labelling, rounds
from podcast_core.workspace import Workspace
from tests.building import latest_answers, list_recordings
from tests.conftest import MakeWav
from tests.pages.conftest import OpenPage, SubmitAnswer
from tests.working import wait_until_ended, working_here

PAGE = "data.py"
ADD = "Add recordings"
TSV = b"wav_filename\tstart_time_s\tduration_s\tlabel\nten.wav\t2.5\t0.25\tcall\n"


def click(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()


def type_in(app: AppTest, label: str, text: str) -> None:
    next(each for each in app.text_input if each.label == label).set_value(text)


def table_of(app: AppTest) -> dict[str, tuple[object, ...]]:
    """What is shown of the files to add: start, where it was found, zone, seconds, channels."""
    rows = app.dataframe[0].value.to_dict("records")
    columns = ("Starts (UTC)", "Found in", "Zone", "Seconds", "Channels")
    return {row["File"]: tuple(row[name] for name in columns) for row in rows}


def captions(app: AppTest) -> list[str]:
    return [each.value for each in app.caption]


class TestAdd:
    def test_without_a_round_recordings_make_one(
        self, open_page: OpenPage, workspace: Workspace, make_wav: MakeWav
    ) -> None:
        app = open_page(PAGE)
        assert [each.value for each in app.info] == ["There are no rounds yet. Recordings that you add here make one."]
        path = make_wav("OS_9_27_2017_08_25_00.wav")
        app.file_uploader[0].set_value((path.name, path.read_bytes(), "audio/wav")).run()
        type_in(app, "Name of the new round", "Sea: first try")
        type_in(app, "Labels, separated by commas", "call, whistle")
        type_in(app, "Site", "Pier")
        click(app, ADD)
        assert not app.exception
        assert app.query_params["round"] == "Sea_first_try"
        (job,) = queue.list_open_jobs(workspace)
        assert job.title == "Add recordings: OS_9_27_2017_08_25_00.wav to Sea: first try"
        assert any("queued" in each.value for each in app.markdown)
        with working_here(workspace):
            wait_until_ended(workspace, job.id)
        app.run()
        assert app.button(key=f"label-{job.id}").label == "Start labelling"
        assert rounds.get_round(workspace, round_id="Sea_first_try").label_names == ("call", "whistle")
        (recording,) = list_recordings(workspace)
        assert recording.uri.startswith("store:uploads/")
        assert (recording.file_name, recording.site) == (path.name, "Pier")
        assert recording.started_at == datetime(2017, 9, 27, 8, 25, tzinfo=UTC)

    def test_an_upload_that_is_no_recording_is_named_and_the_others_go_in(
        self, open_page: OpenPage, workspace: Workspace, make_wav: MakeWav
    ) -> None:
        app = open_page(PAGE)
        notes = ("notes.wav", b"these are my field notes", "audio/wav")
        app.file_uploader[0].set_value(notes).run()
        type_in(app, "Name of the new round", "Sea")
        click(app, ADD)
        assert "notes.wav: The file is text" in app.error[0].value
        assert rounds.list_rounds(workspace) == []
        app.file_uploader[0].set_value([notes, ("sea.wav", make_wav().read_bytes(), "audio/wav")]).run()
        click(app, ADD)
        assert not app.error
        assert "**notes.wav**: The file is text, not audio" in app.warning[0].value
        assert [job.title for job in queue.list_open_jobs(workspace)] == ["Add recordings: sea.wav to Sea"]

    @pytest.mark.usefixtures("round_of_ten")
    @pytest.mark.parametrize("way", ["Folder or file", "Web address", "S3 bucket"])
    def test_addresses_go_to_the_round_in_the_url(self, open_page: OpenPage, workspace: Workspace, way: str) -> None:
        app = open_page(PAGE, round="ten")
        app.segmented_control(key="add_way").set_value(way).run()
        app.text_area[0].set_value("s3://bucket/a b.wav\n\n https://example.org/c.wav ").run()
        click(app, ADD)
        assert not app.exception
        (job,) = queue.list_open_jobs(workspace)
        params = queue.get_job(workspace, job_id=job.id).params
        assert (params["paths"], params["round_name"]) == (["s3://bucket/a b.wav", "https://example.org/c.wav"], "ten")

    @pytest.mark.usefixtures("round_of_ten")
    def test_a_span_of_an_archive_is_read_in_the_zone_that_is_given(
        self, open_page: OpenPage, workspace: Workspace
    ) -> None:
        app = open_page(PAGE, round="ten")
        app.segmented_control(key="add_way").set_value("HLS archive").run()
        type_in(app, "Address of the archive: a node, one of its folders or a playlist", "s3://b/node")
        type_in(app, "From", "2021-07-17 00:30")
        type_in(app, "To", "2021-07-16T20:00:00-07:00")
        app.run()
        click(app, ADD)
        assert "does not say in which time zone" in app.error[0].value
        type_in(app, "Time zone of start times without one", "America/Los_Angeles")
        click(app, ADD)
        assert "must begin before it ends" in app.error[0].value
        type_in(app, "To", "2021-07-17 02:00")
        click(app, ADD)
        assert not app.error
        (job,) = queue.list_open_jobs(workspace)
        params = queue.get_job(workspace, job_id=job.id).params
        assert (params["from"], params["to"]) == ("2021-07-17T07:30:00Z", "2021-07-17T09:00:00Z")

    def test_a_deployment_brings_its_own_rounds(self, open_page: OpenPage, workspace: Workspace) -> None:
        app = open_page(PAGE)
        app.segmented_control(key="add_way").set_value("Pod.Cast deployment").run()
        click(app, "Import its rounds")
        assert "The deployment's folder or address" in app.error[0].value
        type_in(app, "Folder or address of its containers", "s3://bucket/old")
        type_in(app, "Rounds, separated by commas", "round3, round4")
        click(app, "Import its rounds")
        assert not app.error
        (job,) = queue.list_open_jobs(workspace)
        params = queue.get_job(workspace, job_id=job.id).params
        assert params == {"root": "s3://bucket/old", "round_ids": ["round3", "round4"], "label": "call"}

    def test_files_are_shown_with_their_times_before_they_go_in(
        self, open_page: OpenPage, workspace: Workspace, make_wav: MakeWav, tmp_path: Path
    ) -> None:
        make_wav("in/20211107_013000.wav", seconds=2, channels=2)
        make_wav("in/06-05-2019_07-08-09.wav", seed=1)
        make_wav("in/whole.wav", seed=2)
        make_wav("in/cut.wav", seed=3).write_bytes((tmp_path / "in" / "whole.wav").read_bytes()[:-1000])
        app = open_page(PAGE)
        app.segmented_control(key="add_way").set_value("Folder or file").run()
        app.text_area[0].set_value(str(tmp_path / "in")).run()
        assert not app.exception
        assert table_of(app) == {
            "06-05-2019_07-08-09.wav": ("", "", "", 3.0, 1),
            "20211107_013000.wav": ("2021-11-07 01:30:00.000", "file name", "UTC (assumed)", 2.0, 2),
            "whole.wav": ("", "", "", 3.0, 1),
        }
        assert "3 files as they would be added. Times: file name 1, 2 without a time." in captions(app)
        ingest.ingest(workspace, paths=[tmp_path / "in" / "whole.wav"], round_name="sea")
        type_in(app, "Clock correction", "1")  # which looks again
        assert "3 files as they would be added. Already known: 1, of which nothing is added twice." in captions(app)
        assert [each.value for each in app.dataframe][-1].set_index("File")["Note"]["whole.wav"] == "Already known."
        type_in(app, "Clock correction", "")
        assert "**cut.wav**: The file is truncated" in app.warning[0].value
        type_in(app, "Time zone of start times without one", "America/Los_Angeles")
        app.run()
        assert table_of(app)["20211107_013000.wav"][:3] == (
            "2021-11-07 08:30:00.000",
            "file name, ambiguous",
            "America/Los_Angeles (given)",
        )
        assert "occurred twice in America" in app.info[-1].value
        app.button(key="add_take_DD-MM-YYYY_HH-MM-SS").click().run()
        type_in(app, "Clock correction", "-1:00:00")
        app.toggle(key="add_take_cut").set_value(True).run()
        assert table_of(app)["06-05-2019_07-08-09.wav"][:2] == ("2019-05-06 13:08:09.000", "your pattern, corrected")
        assert table_of(app)["cut.wav"][3] == 2.9375
        assert not app.warning
        type_in(app, "Name of the new round", "Sea")
        click(app, ADD)
        assert not app.error
        (job,) = queue.list_open_jobs(workspace)
        params = queue.get_job(workspace, job_id=job.id).params
        assert {name: params[name] for name in ("zone", "time_pattern", "time_offset_s", "take_cut")} == {
            "zone": "America/Los_Angeles",
            "time_pattern": "DD-MM-YYYY_HH-MM-SS",
            "time_offset_s": -3600,
            "take_cut": True,
        }

    def test_uploads_are_shown_and_a_pattern_that_cannot_be_is_told(
        self, open_page: OpenPage, workspace: Workspace, make_wav: MakeWav
    ) -> None:
        app = open_page(PAGE)
        files = [
            ("siteA/5CD0A0B1.WAV", make_wav().read_bytes(), "audio/wav"),
            ("notes.wav", b"field notes", "audio/wav"),
        ]
        app.file_uploader[0].set_value(files).run()
        assert list(table_of(app)) == ["siteA/5CD0A0B1.WAV"]
        type_in(app, "Pattern of times in file names", "YYYY")
        app.run()
        assert "lacks the month" in app.error[0].value
        type_in(app, "Pattern of times in file names", "HEX")
        app.run()
        assert table_of(app)["siteA/5CD0A0B1.WAV"][:2] == ("2019-05-06 21:01:37.000", "your pattern")
        assert workspace.files.list("uploads") == []

    def test_real_recordings_do_not_go_into_the_demo_unasked(self, open_page: OpenPage, workspace: Workspace) -> None:
        rounds.add_round(workspace, round_id="demo", name="Demo", labels=["call"])
        rounds.add_round(workspace, round_id="sea", name="Sea", labels=["call"])
        app = open_page(PAGE, round="demo")
        assert next(each for each in app.selectbox if each.label == "Add to round").value == "New round …"
        app = open_page(PAGE, round="sea")
        assert next(each for each in app.selectbox if each.label == "Add to round").value == "sea"

    @pytest.mark.usefixtures("round_of_ten")
    def test_what_cannot_be_is_said_at_once_and_can_be_mended(self, open_page: OpenPage, workspace: Workspace) -> None:
        app = open_page(PAGE, round="ten")
        click(app, ADD)
        assert app.warning[0].value == "First say where the recordings are."
        app.segmented_control(key="add_way").set_value("Folder or file").run()
        app.text_area[0].set_value("/nowhere").run()
        next(each for each in app.selectbox if each.label == "Add to round").set_value("New round …").run()
        type_in(app, "Name of the new round", "ten")
        click(app, ADD)
        assert "A round 'ten' already exists" in app.error[0].value
        type_in(app, "Name of the new round", "eleven")
        type_in(app, "Time zone of start times without one", "Nowhere/At_All")
        click(app, ADD)
        assert "Nowhere/At_All" in app.error[0].value
        type_in(app, "Time zone of start times without one", "")
        click(app, ADD)
        assert not app.error
        assert len(queue.list_open_jobs(workspace)) == 1


@pytest.mark.usefixtures("round_of_ten")
class TestExport:
    def test_without_an_answer_there_is_nothing_to_export(self, open_page: OpenPage) -> None:
        app = open_export(open_page)
        assert app.info[0].value == "No session of this round has been answered yet, so there is nothing to export."
        assert not app.get("download_button")

    def test_each_format_is_explained_and_shown(self, open_page: OpenPage, submit_answer: SubmitAnswer) -> None:
        submit_answer("ten_0001")
        app = open_export(open_page)
        assert "From the round **ten**" in [each.value for each in app.markdown]
        assert app.dataframe[0].value["label"].tolist()[1] == "call"
        shown_names = {"raven": "ten.Table.1.selections.txt", "audacity": "ten.txt", "parquet": "annotations.parquet"}
        for format_name, shown in shown_names.items():
            app.selectbox(key="export_format").set_value(format_name).run()
            assert not app.exception
            assert f"First lines of {shown}" in [each.value for each in app.caption]
            assert app.get("download_button")

    def test_files_of_a_large_round_are_made_when_somebody_asks_for_them(
        self, open_page: OpenPage, submit_answer: SubmitAnswer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(data_export, "AT_ONCE", 9)
        submit_answer("ten_0001")
        app = open_export(open_page)
        assert "The round has 10 sessions: this takes a moment." in [each.value for each in app.caption]
        assert not app.get("download_button")
        click(app, "Make the files")
        assert app.get("download_button")
        app.selectbox(key="export_format").set_value("raven").run()
        assert not app.get("download_button")  # others were not asked for

    def test_rows_for_empty_sessions_are_offered_where_the_format_has_them(
        self, open_page: OpenPage, submit_answer: SubmitAnswer
    ) -> None:
        submit_answer("ten_0001")
        app = open_export(open_page)
        assert not [each for each in app.checkbox if each.label.startswith("Write a row")]
        app.selectbox(key="export_format").set_value("podcast-tsv-a").run()
        next(each for each in app.checkbox if each.label.startswith("Write a row")).check().run()
        assert not app.exception


def open_export(open_page: OpenPage) -> AppTest:
    app = open_page(PAGE, round="ten")
    assert not [each for each in app.selectbox if each.key == "export_format"]  # nothing is made before it is asked for
    app.session_state["data_tab"] = "Export"
    return app.run()


@pytest.mark.usefixtures("round_of_ten")
class TestImport:
    def test_predictions_are_shown_taken_and_reported(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        upload(app, PREDICTIONS, "p.tsv", TSV + b"z.wav\t1\t1\tcall\n")
        assert "1 prediction to add in 1 session; 1 row left out (no such file in the round)." in texts(app)
        assert app.dataframe[-1].value[["Session", "Start", "Label"]].to_numpy().tolist() == [["ten_0002", 2.5, "call"]]
        click(app, "Import into ten")
        assert not app.exception
        assert app.success[0].value == (
            "ten: 1 prediction added in 1 session; 1 row left out (no such file in the round)."
        )
        assert app.dataframe[-1].value[["Left out", "Rows", "Names"]].to_numpy().tolist() == [
            ["no such file in the round", 1, "z.wav"]
        ]

    def test_after_an_import_and_in_another_round_the_form_is_empty(
        self, open_page: OpenPage, workspace: Workspace
    ) -> None:
        other = rounds.add_round(workspace, name="Other", labels=["call"])
        app = open_page(PAGE, round="ten")
        upload(app, ANNOTATIONS, "a.csv", b"file_name,start_s,end_s,label\nten.wav,1,2,call\n")
        type_in(app, "Annotator, if the files name none", "Eve")
        app.run()
        app.selectbox(key="round").set_value(other.id).run()
        assert "To round **Other**" in texts(app)
        assert not app.file_uploader[ANNOTATIONS].value
        assert next(each for each in app.text_input if each.label.startswith("Annotator,")).value == "Ann"
        app.selectbox(key="round").set_value("ten").run()
        upload(app, ANNOTATIONS, "a.csv", b"file_name,start_s,end_s,label\nten.wav,1,2,call\n")
        type_in(app, "Annotator, if the files name none", "Eve")
        app.run()
        click(app, "Import into ten")
        assert app.success[0].value == "ten: 1 answer added in 1 session."
        assert not app.file_uploader[ANNOTATIONS].value
        assert next(each for each in app.text_input if each.label.startswith("Annotator,")).value == "Ann"
        assert latest_answers(workspace, "ten")["ten_0001"].annotator == "Eve"

    def test_a_bad_file_is_refused_with_line_and_reason(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        upload(app, PREDICTIONS, "p.tsv", TSV.replace(b"2.5", b"two"))
        assert app.error[0].value == "Nothing can be imported this way."
        assert "p.tsv, line 2: expected a number in start_time_s, found 'two'" in app.code[-1].value
        assert not [each for each in app.button if each.label == "Import into ten"]

    def test_labels_that_the_round_lacks_are_decided_about_first(
        self, open_page: OpenPage, workspace: Workspace
    ) -> None:
        app = open_page(PAGE, round="ten")
        upload(app, PREDICTIONS, "p.tsv", TSV + b"ten.wav\t1\t1\tCall\nten.wav\t1\t1\tb*o\n")
        assert "2 labels are not in the list of “ten”: Call (1), b\\*o (1)." in app.warning[0].value
        assert button(app, "Import into ten").disabled
        click(app, "Decide about 2 labels")
        assert app.dataframe[-1].value.replace({float("nan"): None}).to_numpy().tolist() == [
            ["Call", "to call", 1],
            ["b*o", None, 1],
        ]
        opened = next(each.key for each in app.button if each.label == "Decide about 2 labels")
        assert opened is not None
        app.session_state[opened.removesuffix("_open")] = {"Call": "to call", "b*o": "add"}
        app.run()  # the harness closes a dialog with each run
        assert "**Labels**: Call becomes call; added to the round: b\\*o (1)." in texts(app)
        click(app, "Import into ten")
        assert not app.exception
        assert "New in the round's list of labels: b*o." in [each.value for each in app.warning]
        assert "b*o" in rounds.get_round(workspace, round_id="ten").label_names

    def test_nobodys_answer_is_superseded_unasked(
        self, open_page: OpenPage, workspace: Workspace, submit_answer: SubmitAnswer
    ) -> None:
        submit_answer("ten_0001", outcome=Outcome.EMPTY)
        table = b"file_name,start_s,end_s,label\nten.wav,1,2,call\n"
        app = open_page(PAGE, round="ten")
        type_in(app, "Annotator, if the files name none", "Eve")
        upload(app, ANNOTATIONS, "a.csv", table)
        assert [each.label for each in app.checkbox][-1] == (
            "Replace the answers that count now in 1 session (Ann\\: 1)"
        )
        click(app, "Import into ten")
        assert "1 session already had an answer (Ann: 1); the imported one is kept beside it" in app.warning[0].value
        assert rounds.count_standings(workspace, round_id="ten")["empty"] == 1
        type_in(app, "Annotator, if the files name none", "Eve")
        upload(app, ANNOTATIONS, "a.csv", table)
        app.checkbox[-1].check().run()
        submit_answer("ten_0001", annotator="Zoe", outcome=Outcome.EMPTY)  # meanwhile
        click(app, "Import into ten")
        assert "New answers arrived in the meantime" in app.warning[-1].value
        click(app, "Import into ten")
        assert "1 session already had an answer (Zoe: 1); the imported one counts instead" in app.warning[0].value
        assert rounds.count_standings(workspace, round_id="ten")["labelled"] == 1

    def test_a_table_of_another_program_is_shown_and_its_columns_are_asked_for(
        self, open_page: OpenPage, workspace: Workspace
    ) -> None:
        app = open_page(PAGE, round="ten")
        upload(app, PREDICTIONS, "t.csv", b"Datei;Beginn;Schluss;Art\nten.wav;2500;2750;call\n")
        assert "**Which column holds what?**" in texts(app)
        assert app.dataframe[0].value.to_numpy().tolist() == [["ten.wav", "2500", "2750", "call"]]
        assert "or for a table, name its columns" in app.code[-1].value
        for name, column in (("file", "Datei"), ("start", "Beginn"), ("end", "Schluss"), ("label", "Art")):
            app.selectbox(key=f"predictions_ten_0_{name}_t.csv").set_value(column)
        app.selectbox(key="predictions_ten_0_unit_t.csv").set_value("ms").run()
        click(app, "Import into ten")
        assert app.success[0].value == "ten: 1 prediction added in 1 session."
        view = labelling.get_view(workspace, round_id="ten", session_id="ten_0002")
        assert [(box.start_s, box.end_s) for box in view.predictions] == [(2.5, 2.75)]

    def test_a_format_is_found_out_and_said(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        upload(app, ANNOTATIONS, "ten.json", b'{"onset": [0.5], "offset": [0.75], "cluster": ["call"]}')
        assert any("Read as WhisperSeg JSON (1 file)." in each.value for each in app.caption)
        click(app, "Import into ten")
        assert app.success[0].value == "ten: 1 answer added in 1 session."

    def test_late_times_of_orcahello_can_be_mended(self, open_page: OpenPage, workspace: Workspace) -> None:
        app = open_page(PAGE, round="ten")
        app.selectbox(key="predictions_ten_0_format").set_value("orcahello").run()
        box = b'{"id": 0, "startTime": 2.5, "duration": 2.5, "confidence": 75}'
        document = b'{"id": "d", "modelId": "m1", "audioUri": "ten.wav", "predictions": [%s]}' % box
        app.number_input(key="predictions_ten_0_window").set_value(2.0)
        app.selectbox(key="predictions_ten_0_label").set_value("call")
        upload(app, PREDICTIONS, "d.json", document)
        assert "were computed again for windows of 2 s" in app.warning[0].value
        click(app, "Import into ten")
        view = labelling.get_view(workspace, round_id="ten", session_id="ten_0002")
        assert [(box.start_s, box.score) for box in view.predictions if box.model == "m1"] == [(2.0, 0.75)]

    def test_text_in_another_encoding_is_read_when_it_is_named(self, open_page: OpenPage, workspace: Workspace) -> None:
        rounds.add_labels(workspace, round_id="ten", names=["Möwe"])
        app = open_page(PAGE, round="ten")
        upload(app, PREDICTIONS, "p.tsv", TSV + "ten.wav\t1\t1\tMöwe\n".encode("windows-1252"))
        assert "UTF-8" in app.code[-1].value
        app.selectbox(key="predictions_ten_0_encoding").set_value("windows-1252").run()
        assert "Möwe" in app.dataframe[-1].value["Label"].tolist()


PREDICTIONS, ANNOTATIONS = 1, 2  # the file uploaders of the page


def upload(app: AppTest, number: int, name: str, data: bytes) -> None:
    app.file_uploader[number].set_value((name, data, "text/plain")).run()
    assert not app.exception


def texts(app: AppTest) -> list[str]:
    return [each.value for each in app.markdown]


def button(app: AppTest, label: str) -> Button:
    return next(each for each in app.button if each.label == label)
