import pytest

from tests.pages.conftest import OpenPage, SubmitAnswer

pytestmark = pytest.mark.usefixtures("round_of_ten")


def test_a_card_says_how_far_a_round_is_and_what_to_do_next(open_page: OpenPage, submit_answer: SubmitAnswer) -> None:
    assert open_page("rounds.py").button(key="label-ten").label == "Start labelling"
    for index in range(10):
        submit_answer(f"ten_{index:04x}")
    assert open_page("rounds.py").button(key="label-ten").label == "See what was labelled"
