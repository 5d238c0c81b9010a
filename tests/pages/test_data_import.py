"""Data: importing annotations and predictions."""

import pytest
from streamlit.testing.v1 import AppTest

from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import rounds, session_views
from podcast_core.workspace import Workspace
from tests.building import latest_answers
from tests.pages.conftest import OpenPage, SubmitAnswer
from tests.pages.data_page import PAGE, button, click, texts, type_in

TSV = b"wav_filename\tstart_time_s\tduration_s\tlabel\nten.wav\t2.5\t0.25\tcall\n"


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
        view = session_views.get_view(workspace, round_id="ten", session_id="ten_0002")
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
        view = session_views.get_view(workspace, round_id="ten", session_id="ten_0002")
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
