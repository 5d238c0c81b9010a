"""Data: exporting annotations."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import data_export
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.pages.conftest import OpenPage, SubmitAnswer
from tests.pages.data_page import PAGE, click


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

    def test_whose_answers_are_exported_is_asked_where_several_people_answered(
        self, open_page: OpenPage, submit_answer: SubmitAnswer, workspace: Workspace
    ) -> None:
        submit_answer("ten_0001")
        submit(workspace, "ten", "ten_0001", who="Bo")
        app = open_export(open_page)
        assert app.dataframe[0].value["annotator"].tolist()[1] == "Bo"
        app.selectbox(key="export_answers").set_value("Ann").run()
        assert app.dataframe[0].value["annotator"].tolist()[1] == "Ann"

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
