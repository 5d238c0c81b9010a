"""Data: adding recordings."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from podcast_core.services.intake import ingest
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.building import list_recordings
from tests.conftest import MakeWav
from tests.pages.conftest import OpenPage
from tests.pages.data_page import PAGE, captions, click, type_in
from tests.working import wait_until_ended, working_here

ADD = "Add recordings"


def table_of(app: AppTest) -> dict[str, tuple[object, ...]]:
    """What is shown of the files to add: start, where it was found, zone, seconds, channels."""
    rows = app.dataframe[0].value.to_dict("records")
    columns = ("Starts (UTC)", "Found in", "Zone", "Seconds", "Channels")
    return {row["File"]: tuple(row[name] for name in columns) for row in rows}


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

    def test_files_that_are_here_already_are_marked(
        self, open_page: OpenPage, workspace: Workspace, make_wav: MakeWav, tmp_path: Path
    ) -> None:
        ingest.ingest(workspace, paths=[make_wav("in/known.wav", seed=1)], round_name="sea")
        make_wav("in/new.wav", seed=2)
        app = open_page(PAGE, round="sea")
        app.segmented_control(key="add_way").set_value("Folder or file").run()
        app.text_area[0].set_value(str(tmp_path / "in")).run()
        assert "Already known: 1, of which nothing is added twice." in " ".join(captions(app))
        notes = app.dataframe[0].value.set_index("File")["Note"]
        assert dict(notes) == {"known.wav": "Already known.", "new.wav": ""}

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
