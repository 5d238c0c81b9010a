"""Comments on answers and tags; these and bulk verdicts are facts that a rebuild and the doctor know."""

import pytest

from podcast_core.domain.remark import RemarkKind
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.labels import remarks, review
from podcast_core.services.people import people
from podcast_core.workspace import Workspace
from tests.building import submit
from tests.services.sea import add_sea

COMMENT, TAG, UNTAG = RemarkKind


@pytest.fixture
def answer_id(workspace: Workspace) -> str:
    add_sea(workspace)
    return submit(workspace, "sea", "a_0_0", who="Ann").submission.id


def say(workspace: Workspace, answer_id: str, kind: RemarkKind, text: str, who: str = "Bob", id_: str = "") -> None:
    number = len(workspace.files.list("rounds/sea/remarks"))
    remarks.add_remark(
        workspace, remark_id=id_ or f"r{number}", submission_id=answer_id, author=who, kind=kind, text=text
    )


def thread(workspace: Workspace) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    found = remarks.get_thread(workspace, round_id="sea", session_id="a_0_0")
    return [(each.author, each.text) for each in found.comments], found.tags


def find(workspace: Workspace, **asked: str) -> list[str]:
    listed = review.list_sessions(workspace, round_id="sea", selection=Selection(**asked))  # type: ignore[arg-type]
    return [each.session_id for each in listed]


def test_several_people_comment_and_tag_without_a_verdict(workspace: Workspace, answer_id: str) -> None:
    say(workspace, answer_id, COMMENT, " Is this a BOAT? ")
    say(workspace, answer_id, TAG, "ask Jo")
    say(workspace, answer_id, COMMENT, "No, rain.", who="Ann")
    say(workspace, answer_id, TAG, "rain")
    say(workspace, answer_id, UNTAG, "ask Jo")
    assert thread(workspace) == ([("Bob", "Is this a BOAT?"), ("Ann", "No, rain.")], ("rain",))
    assert remarks.count_tags(workspace, round_id="sea") == {"rain": 1}
    assert (find(workspace, tag="rain"), find(workspace, tag="ask Jo")) == (["a_0_0"], [])
    assert find(workspace, text="boat", tag="rain") == ["a_0_0"]
    say(workspace, answer_id, TAG, "ask Jo")
    assert thread(workspace)[1] == ("ask Jo", "rain")
    submit(workspace, "sea", "a_0_0", who="Cem")
    assert thread(workspace)[1] == ("ask Jo", "rain")  # they are the session's
    [session] = review.list_sessions(workspace, round_id="sea", selection=Selection(tag="rain"))
    assert session.review_state == "waiting"


def test_a_second_try_is_harmless_and_another_one_is_refused(workspace: Workspace, answer_id: str) -> None:
    for _ in range(2):
        say(workspace, answer_id, COMMENT, "Hm.", id_="x")
    assert thread(workspace)[0] == [("Bob", "Hm.")]
    with pytest.raises(Conflict, match="used before, by Bob"):
        say(workspace, answer_id, COMMENT, "Other.", id_="x")
    for kind, text in ((COMMENT, "  "), (TAG, ""), (TAG, "x" * 41), (TAG, "two\nlines")):
        with pytest.raises(InvalidInput):
            say(workspace, answer_id, kind, text)
    with pytest.raises(NotFound):
        say(workspace, "none", COMMENT, "Hm.")
    with pytest.raises(NotFound):
        remarks.get_thread(workspace, round_id="sea", session_id="none")


def test_a_remark_under_an_earlier_name_is_one_under_the_present_one(workspace: Workspace, answer_id: str) -> None:
    bob = people.add_person(workspace, name="Bob", scope="label", who="Al")
    people.rename_person(workspace, person_id=bob.id, name="Bo", who="Al")
    for _ in range(2):  # a second try
        say(workspace, answer_id, COMMENT, "Rain.", id_="r")
    assert thread(workspace)[0] == [("Bo", "Rain.")]
