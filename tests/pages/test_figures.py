"""The page that makes figures."""

import pytest

from podcast_core.domain.answer import AnswerBox
from podcast_core.domain.figure import FigureLook
from podcast_core.services.pictures import figures
from podcast_core.workspace import Workspace
from tests.building import list_recordings, submit
from tests.pages.conftest import OpenPage


@pytest.mark.usefixtures("round_of_ten")
def test_a_session_a_recording_and_calls_become_figures_and_a_video(workspace: Workspace, open_page: OpenPage) -> None:
    empty = open_page("figures.py", round="ten")
    assert "Label some calls" in empty.info[0].value
    submit(workspace, "ten", "ten_0001", AnswerBox(0.1, 0.6, "call"))
    page = open_page("figures.py", round="ten", session="ten_0001", **{"from": "0.1", "to": "0.5"})
    assert [page.number_input(key=f"figure_{edge}_ten_0001").value for edge in ("from", "to")] == [0.1, 0.5]
    assert not page.error
    page.selectbox(key="figure_size").set_value("Own size").run()
    page.number_input(key="figure_w_mm").set_value(5.0).run()
    assert "between 20 and 1200 mm" in page.error[0].value
    page.number_input(key="figure_w_mm").set_value(100.0).run()
    page.segmented_control(key="figure_format").set_value("mp4").run()
    next(each for each in page.button if each.label == "Make the video").click().run()
    assert not page.exception
    assert not page.error
    kept = page.session_state["figure_video"]
    assert figures.read_settings(kept[2])["look"]["width_mm"] == 100
    page.segmented_control(key="figure_of").set_value("Calls by label").run()
    assert not page.error
    whole = open_page("figures.py", recording=list_recordings(workspace)[0].id)
    assert not whole.error
    assert whole.number_input(key="figure_look_dpi").value == FigureLook().dpi
