"""What the Predictions page says before anything is opened."""

from podcast_core.domain.round import Round
from tests.pages.conftest import OpenPage


def test_who_gave_one_half_is_told_the_other(open_page: OpenPage, round_of_ten: Round) -> None:
    app = open_page("predictions.py")
    assert not app.main.info
    app.session_state["sheet_way"] = "A round"
    app.run()
    app.selectbox(key="sheet_round").select(round_of_ten.id).run()
    assert [each.value for each in app.main.info] == ["Now upload the table of predictions for these recordings."]
