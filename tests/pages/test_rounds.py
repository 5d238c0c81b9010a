import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from podcast_core.domain.review import Verdict
from podcast_core.services.labels import archive, review, rounds
from podcast_core.workspace import Workspace
from tests.building import add_recording, make_recording, make_sessions
from tests.pages.conftest import OpenPage, SubmitAnswer

pytestmark = pytest.mark.usefixtures("round_of_ten")


def test_an_archived_round_can_be_looked_at_and_not_labelled(workspace: Workspace, open_page: OpenPage) -> None:
    rounds.add_round(workspace, name="other", labels=["call"])
    archive.archive_round(workspace, round_id="ten", who="Bo")
    page = open_page("progress.py", round="ten")
    assert page.sidebar.selectbox[0].options == ["other", "ten (archived)"]
    assert not page.error
    page = open_page("label.py", round="ten")
    assert "is archived" in page.info[0].value
    page = open_page("rounds.py")
    assert page.sidebar.selectbox[0].options == ["other"]
    assert [each.value for each in page.header] == ["other"]
    page.toggle[0].set_value(True).run()
    assert [each.value for each in page.header] == ["other", "ten"]
    page.button(key="restore-ten").click().run()
    assert not page.exception
    assert rounds.get_round(workspace, round_id="ten").archived_at is None


def test_a_card_says_how_far_a_round_is_and_what_to_do_next(open_page: OpenPage, submit_answer: SubmitAnswer) -> None:
    assert open_page("rounds.py").button(key="label-ten").label == "Start labelling"
    for index in range(10):
        submit_answer(f"ten_{index:04x}")
    assert open_page("rounds.py").button(key="label-ten").label == "View labels"


def test_of_many_rounds_the_newest_come_first_and_any_can_be_found(workspace: Workspace, open_page: OpenPage) -> None:
    for number in range(40):
        rounds.add_round(workspace, name=f"Reef {number:02}", labels=["call"], site="Odd Bay" if number == 3 else "")
    page = open_page("rounds.py")
    newest = [f"Reef {number:02}" for number in range(39, -1, -1)]
    assert [each.value for each in page.header] == newest[:12]
    next(each for each in page.button if each.label == "Show 12 more of 41 rounds").click().run()
    assert [each.value for each in page.header] == newest[:24]
    assert "Show 12 more of 41 rounds" in [each.label for each in page.button]
    page.text_input(key="find-round").set_value("odd bay").run()
    assert [each.value for each in page.header] == ["Reef 03"]
    page.text_input(key="find-round").set_value("no such").run()
    assert not page.header
    assert [each.value for each in open_page("rounds.py", round="ten").header] == ["ten", *newest[:12]]


def test_more_lists_the_recordings_with_what_is_odd_about_them(workspace: Workspace, open_page: OpenPage) -> None:
    notes = ("01:30 comes twice in that night: the first was taken.", "The file is cut.")
    started_at = datetime(2021, 11, 7, 8, 30, tzinfo=UTC)
    odd = make_recording(
        "/zz.wav",
        2,
        digits="f",
        channels=2,
        started_at=started_at,
        start_method="file_name_given_zone_ambiguous",
        notes=notes,
    )
    others = [
        replace(odd, sha256=f"{number:064x}"[::-1], file_name=f"a{number:02}.wav", notes=()) for number in range(60)
    ]
    for each in (odd, *others):
        add_recording(workspace, each, make_sessions(each, "ten", f"{each.file_name[:-4]}-0"))
    page = open_page("rounds.py")
    page.button(key="more-ten").click().run()
    assert not page.exception
    assert len(page.dataframe[0].value) == 50
    page.number_input(key="recordings-ten").set_value(2)
    page.button(key="more-ten").click().run()
    row = page.dataframe[0].value.iloc[-1]
    assert (row["File"], row["Starts (UTC)"], row["Channels"]) == ("zz.wav", "2021-11-07 08:30:00", 2)
    assert (row["Found in"], row["Notes"]) == ("file name, ambiguous", " ".join(notes))


def test_a_card_says_how_many_answers_a_review_rejected(
    open_page: OpenPage, submit_answer: SubmitAnswer, workspace: Workspace
) -> None:
    """They count for nothing and come again; without a word, the number of what is done would just go down."""
    submit_answer("ten_0000")
    rejected = submit_answer("ten_0001")
    review.review_submission(
        workspace, review_id=str(uuid.uuid4()), submission_id=rejected, reviewer="Zoe", verdict=Verdict.REJECT
    )
    page = open_page("rounds.py")
    [text] = [each.proto.text for each in page.get("progress")]
    assert text == "1 of 10 sessions done, 1 open again: rejected in review"
    assert page.button(key="label-ten").label == "Continue labelling"
