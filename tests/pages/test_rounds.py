import pytest

from podcast_core.services.labels import archive, rounds
from podcast_core.workspace import Workspace
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
    assert open_page("rounds.py").button(key="label-ten").label == "See what was labelled"
