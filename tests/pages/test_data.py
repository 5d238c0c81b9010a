from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from podcast_core.services import labelling
from podcast_core.workspace import Workspace

OpenPage = Callable[..., AppTest]
SubmitAnswer = Callable[..., str]

PAGE = "data.py"
TSV = b"wav_filename\tstart_time_s\tduration_s\tlabel\nten.wav\t2.5\t0.25\tcall\n"


def test_without_a_round_the_page_says_where_to_add_one(open_page: OpenPage) -> None:
    app = open_page(PAGE)
    assert [each.value for each in app.info] == ["There is no round yet. Add one on the Rounds page first."]


@pytest.mark.usefixtures("round_of_ten")
class TestExport:
    def test_without_an_answer_there_is_nothing_to_export(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        assert app.info[0].value == "Nobody has answered a session of this round yet, so there is nothing to export."
        assert not app.get("download_button")

    def test_each_format_is_explained_and_shown(self, open_page: OpenPage, submit_answer: SubmitAnswer) -> None:
        submit_answer("ten_0001")
        app = open_page(PAGE, round="ten")
        assert app.dataframe[0].value["label"].tolist()[1] == "call"
        for format_name, shown in [("raven", "ten.Table.1.selections.txt"), ("audacity", "ten.txt")]:
            app.selectbox(key="export_format").set_value(format_name).run()
            assert not app.exception
            assert f"The beginning of {shown}" in [each.value for each in app.caption]
            assert app.get("download_button")

    def test_rows_for_empty_sessions_are_offered_where_the_format_has_them(
        self, open_page: OpenPage, submit_answer: SubmitAnswer
    ) -> None:
        submit_answer("ten_0001")
        app = open_page(PAGE, round="ten")
        assert not app.checkbox
        app.selectbox(key="export_format").set_value("podcast-tsv-a").run()
        app.checkbox[0].check().run()
        assert not app.exception


@pytest.mark.usefixtures("round_of_ten")
class TestImport:
    def test_predictions_are_taken_and_reported(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        app.file_uploader[0].set_value(("p.tsv", TSV + b"z.wav\t1\t1\tcall\n", "text/plain"))
        app.button[0].click().run()
        assert not app.exception
        assert app.success[0].value == "1 prediction added in 1 session; 1 row of no session of this round left out."
        assert app.dataframe[-1].value.to_numpy().tolist() == [["z.wav", 1]]

    def test_a_bad_file_is_refused_with_line_and_reason(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        app.file_uploader[0].set_value(("p.tsv", TSV.replace(b"2.5", b"two"), "text/plain"))
        app.button[0].click().run()
        assert app.error[0].value == "Nothing was imported."
        assert app.code[-1].value == "p.tsv, line 2: expected a number in start_time_s, found 'two'"

    def test_annotations_are_taken_in_the_name_that_is_given(self, open_page: OpenPage, workspace: Workspace) -> None:
        app = open_page(PAGE, round="ten")
        app.text_input[2].set_value("Eve")
        app.file_uploader[1].set_value(("a.csv", b"file_name,start_s,end_s,label\nten.wav,1,2,call\n", "text/csv"))
        app.button[1].click().run()
        assert not app.exception
        assert app.success[0].value == "1 answer added in 1 session."
        assert [row["annotator"] for row in labelling.list_outcomes(workspace, round_id="ten")][1] == "Eve"

    def test_no_file_is_no_import(self, open_page: OpenPage) -> None:
        app = open_page(PAGE, round="ten")
        app.button[0].click().run()
        assert app.warning[0].value == "Choose at least one file first."
