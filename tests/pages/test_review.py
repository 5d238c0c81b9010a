import json
import uuid

from streamlit.testing.v1 import AppTest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.services.labels import review
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.pages.conftest import OpenPage, SubmitAnswer


def shown_in_editor(app: AppTest) -> str | None:
    """Read from the editor's data which session it shows."""
    for component in app.get("bidi_component"):
        if component.proto.component_name == "podcast_editor":
            return str(json.loads(component.proto.json)["session_id"])
    return None


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def accept(workspace: Workspace, submission_id: str) -> None:
    review.review_submission(
        workspace,
        review_id=str(uuid.uuid4()),
        submission_id=submission_id,
        reviewer="Zoe",
        verdict=Verdict.ACCEPT,
        comment="Clear.",
    )


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Session"])


def test_without_a_round_the_page_leads_to_the_rounds(open_page: OpenPage) -> None:
    app = open_page("review.py")
    assert [info.value for info in app.info] == ["There is no round to review yet."]


def test_a_round_without_answers_leads_to_labelling(open_page: OpenPage, round_of_ten: Round) -> None:
    app = open_page("review.py", round=round_of_ten.id)
    assert "Nothing has been submitted" in app.info[0].value
    assert [link.proto.label for link in app.main.get("page_link")] == ["Start labelling"]
    assert not app.dataframe


def test_answers_that_wait_for_review_are_listed(
    open_page: OpenPage, submit_answer: SubmitAnswer, workspace: Workspace, round_of_ten: Round
) -> None:
    accept(workspace, submit_answer("ten_0000"))
    submit_answer("ten_0001")
    submit_answer("ten_0002", outcome=Outcome.SKIPPED)
    app = open_page("review.py", round=round_of_ten.id)
    assert listed(app) == ["ten_0001"]
    assert app.button_group[0].options == ["Waiting 1", "Disputed 0", "Accepted 1", "Corrected 0", "Rejected 0"]
    assert shown_in_editor(app) is None
    app.button_group[0].set_value(Verdict.ACCEPT.value).run()
    assert listed(app) == ["ten_0000"]
    app.button_group[0].set_value(None).run()
    assert len(listed(app)) == 10


def test_filters_and_sort_shape_the_list(open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round) -> None:
    submit_answer("ten_0000", annotator="Bob")
    submit_answer("ten_0001", annotator="Ann")
    submit_answer("ten_0002", annotator="Ann", outcome=Outcome.EMPTY)
    app = open_page("review.py", round=round_of_ten.id)
    app.selectbox("review_sort").set_value("annotator").run()
    assert listed(app) == ["ten_0001", "ten_0002", "ten_0000"]
    app.selectbox("review_outcome").set_value("empty").run()
    assert listed(app) == ["ten_0002"]
    app.selectbox("review_annotator").set_value("Bob").run()
    assert not [table for table in app.dataframe if "Session" in table.value]
    assert "No session matches" in app.info[0].value


def test_a_link_opens_exactly_its_session_with_its_history(
    open_page: OpenPage, submit_answer: SubmitAnswer, workspace: Workspace, round_of_ten: Round
) -> None:
    submit_answer("ten_0003")
    accept(workspace, submit_answer("ten_0003", annotator="Bob"))
    app = open_page("review.py", round=round_of_ten.id, session="ten_0003")
    assert shown_in_editor(app) == "ten_0003"
    history = app.dataframe[-1].value
    assert list(history["Who"]) == ["Zoe", "Bob", "Ann"]
    assert list(history["What"]) == [
        "Accepted revision 2",
        "Revision 2: labelled, 1 annotation",
        "Revision 1: labelled, 1 annotation",
    ]
    assert list(history["Comment"]) == ["Clear.", "", ""]


def test_notes_on_boxes_are_shown_and_unsure_boxes_can_come_first(
    open_page: OpenPage, submit_answer: SubmitAnswer, workspace: Workspace, round_of_ten: Round
) -> None:
    submit_answer("ten_0000")
    noted = AnswerBox(0.25, 0.5, "call", comment="faint", unsure=True, individual="J35", call_type="S1")
    boxes = (noted, AnswerBox(0.6, 0.7, "call"))
    submit(workspace, "ten", "ten_0003", *boxes, outcome=Outcome.VERIFIED)
    app = open_page("review.py", round=round_of_ten.id)
    assert listed(app) == ["ten_0000", "ten_0003"]
    app.selectbox("review_sort").set_value("unsure boxes").run()
    assert listed(app) == ["ten_0003", "ten_0000"]
    app.selectbox("review_outcome").set_value("verified").run()
    assert listed(app) == ["ten_0003"]
    app = open_page("review.py", round=round_of_ten.id, session="ten_0003")
    notes = next(table.value for table in app.dataframe if "Call type" in table.value)
    assert notes.to_numpy().tolist() == [[0.25, "call", True, "J35", "S1", "faint"]]


def test_previous_and_next_follow_the_list(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    for session_id in ("ten_0001", "ten_0004", "ten_0007"):
        submit_answer(session_id)
    app = open_page("review.py", round=round_of_ten.id, session="ten_0004")
    press(app, "Next")
    assert shown_in_editor(app) == "ten_0007"
    assert app.query_params["session"] == "ten_0007"
    press(app, "Previous")
    press(app, "Previous")
    assert shown_in_editor(app) == "ten_0001"
    press(app, "Close")
    assert shown_in_editor(app) is None
    assert "session" not in app.query_params


def test_a_session_without_an_answer_leads_to_labelling(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    submit_answer("ten_0001")
    app = open_page("review.py", round=round_of_ten.id, session="ten_0005")
    assert shown_in_editor(app) is None
    assert "has not been answered yet" in app.info[-1].value
    assert [link.proto.label for link in app.main.get("page_link")] == ["Label it"]


def test_a_link_to_an_unknown_session_says_so(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    submit_answer("ten_0001")
    app = open_page("review.py", round=round_of_ten.id, session="ghost")
    assert "ghost" in app.error[0].value
    assert listed(app) == ["ten_0001"]


def test_a_queue_is_in_the_url_with_its_filters_as_chips_and_can_be_saved(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    submit_answer("ten_0000")
    submit_answer("ten_0001", annotator="Bob")
    app = open_page("review.py", round=round_of_ten.id, annotator="Bob", sort="newest", hour_from="22", hour_to="3")
    assert [app.selectbox("review_annotator").value, app.selectbox("review_sort").value] == ["Bob", "newest"]
    assert [each.label for each in app.button if each.key and each.key.startswith("review_chip")] == [
        "Annotator: Bob",
        "Hours (UTC): 22:00 to 03:59",
    ]
    assert not app.dataframe
    app.button("review_chip_hour_from").click().run()
    assert listed(app) == ["ten_0001"]
    app.text_input("review_queue_name").set_value("Bob’s")
    press(app, "Save this queue")
    app.button("review_chip_annotator").click().run()
    assert "annotator" not in app.query_params
    assert listed(app) == ["ten_0001", "ten_0000"]
    press(app, "Bob’s")
    assert (app.query_params["annotator"], app.query_params["sort"]) == ("Bob", "newest")
    assert "verdict" not in app.query_params
    app.toggle("review_blind").set_value(True).run()
    assert app.query_params["blind"] == "1"
    assert "Annotator" not in app.dataframe[0].value
    assert listed(app) == ["ten_0001", "ten_0000"]  # a filter by name would tell


def test_a_link_that_cannot_be_read_says_so(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    submit_answer("ten_0000")
    app = open_page("review.py", round=round_of_ten.id, date_from="May")
    assert "expected a day" in app.error[0].value
    assert listed(app) == ["ten_0000"]


def test_all_of_a_queue_is_accepted_after_a_preview_and_undone(
    open_page: OpenPage, submit_answer: SubmitAnswer, workspace: Workspace, round_of_ten: Round
) -> None:
    for number in range(3):
        submit_answer(f"ten_000{number}", annotator="Bob")
    submit_answer("ten_0003")  # by Ann, who looks at the page
    app = open_page("review.py", round=round_of_ten.id)
    press(app, "Accept all 4…")
    assert "**3 answers** would be accepted." in [each.value for each in app.markdown]
    assert "Left: 1 session, your own answer (ten\\_0003)." in [each.value for each in app.caption]
    press(app, "Accept 3 answers")
    assert listed(app) == ["ten_0003"]
    assert app.success[0].value == "3 answers accepted."
    press(app, "Undo all")
    assert len(listed(app)) == 4
    assert review.count_verdicts(workspace, round_id="ten")["waiting"] == 4


def test_a_session_has_a_thread_and_tags_that_filters_find(
    open_page: OpenPage, submit_answer: SubmitAnswer, round_of_ten: Round
) -> None:
    submit_answer("ten_0000")
    submit_answer("ten_0001")
    app = open_page("review.py", round=round_of_ten.id, session="ten_0001")
    app.text_input("review_comment_text").set_value("Is this a *boat*?")
    press(app, "Send")
    assert [each.value for each in app.text if "boat" in each.value] == ["Is this a *boat*?"]
    app.multiselect("review_tags-ten_0001").set_value(["ask Jo"]).run()
    assert app.multiselect("review_tags-ten_0001").value == ["ask Jo"]
    app = open_page("review.py", round=round_of_ten.id, tag="ask Jo")
    assert listed(app) == ["ten_0001"]
    app = open_page("review.py", round=round_of_ten.id, text="BOAT")
    assert listed(app) == ["ten_0001"]
