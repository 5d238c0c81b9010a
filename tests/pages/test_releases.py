from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import working_out
from podcast_core.services.sets import release_store, releases
from podcast_core.workspace import Workspace
from tests.pages.conftest import OpenPage
from tests.services.releases import add_recordings, ask, make_bay
from tests.working import wait_until_ended, working_here

MakeWav = Callable[..., Path]
PAGE = "releases.py"


def texts(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*app.info, *app.warning, *app.success, *app.caption, *app.markdown))


@pytest.fixture
def bay(workspace: Workspace, make_wav: MakeWav) -> Workspace:
    make_bay(workspace, make_wav, count=6)
    return workspace


def test_without_a_release_the_page_says_what_one_is(bay: Workspace, open_page: OpenPage) -> None:
    assert not release_store.list_releases(bay)
    app = open_page(PAGE, round="bay")
    assert app.segmented_control[0].value == "New release"
    app.segmented_control[0].set_value("All releases").run()
    assert "A release is a data set that never changes" in texts(app)


def test_what_a_release_would_hold_is_shown_before_it_is_made(bay: Workspace, open_page: OpenPage) -> None:
    app = open_page(PAGE, round="bay")
    table = app.dataframe[0].value
    assert table["Split"].tolist() == ["train", "dev", "test"]
    assert table["Sessions"].sum() == 18
    assert len(app.get("plotly_chart")) == 1
    assert "Left out: 6 unreviewed" in texts(app)
    assert app.button[0].disabled
    assert "Choose a licence first" in texts(app)
    app.selectbox(key="release_by").set_value("site").run()
    assert "1 group cannot be split" in app.warning[0].value
    app.selectbox(key="release_by").set_value("encounter").run()
    app.selectbox(key="release_audio").set_value("clips").run()
    app.number_input(key="release_test").set_value(50).run()
    assert app.dataframe[0].value["Recordings"].tolist()[2] == 3
    app.text_input(key="release_name").set_value("a/b").run()
    assert "not a valid id" in app.warning[0].value
    assert not release_store.list_versions(bay)


def test_held_out_audio_forbids_a_release_and_says_which(bay: Workspace, open_page: OpenPage) -> None:
    releases.create_release(bay, request=ask(name="exam", held_out="test", audio="none", seed="4"))
    app = open_page(PAGE, round="bay")
    app.segmented_control[0].set_value("New release").run()
    app.selectbox(key="release_licence").set_value("CC BY 4.0").run()
    if not app.error:  # the seed put the same recordings into test
        app.text_input(key="release_seed").set_value("2").run()
    assert "would leak" in app.error[0].value
    assert "test of release exam/1" in app.code[0].value
    assert app.button[0].disabled
    app.selectbox(key="release_elsewhere").set_value("test").run()
    assert not app.error
    assert not app.button[0].disabled


def test_a_worker_makes_it_and_the_page_shows_it(bay: Workspace, open_page: OpenPage) -> None:
    app = open_page(PAGE, round="bay")
    app.text_input(key="release_title").set_value("Calls of the bay").run()
    app.selectbox(key="release_licence").set_value("CC BY 4.0").run()
    app.button[0].click().run()
    assert not app.exception
    assert app.button[0].label == "Cancel"
    with working_here(bay):
        wait_until_ended(bay, app.session_state["release_job"])
    app.run()
    assert app.success[0].value == "Release bay/1 was made."
    assert app.header[0].value == "Calls of the bay"
    assert {metric.label: metric.value for metric in app.metric}["Annotations"] == "18"
    assert len(app.get("download_button")) == 3
    assert "no group, no recording" in texts(app)
    next(each for each in app.button if each.label == "Check all files").click().run()
    assert "Unchanged: " in app.success[0].value


def test_two_versions_are_compared(bay: Workspace, open_page: OpenPage, make_wav: MakeWav) -> None:
    releases.create_release(bay, request=ask(audio="none"))
    app = open_page(PAGE, round="bay")
    app.segmented_control[0].set_value("Compare").run()
    assert "only one release" in app.info[0].value
    add_recordings(bay, make_wav, range(6, 8))
    releases.create_release(bay, request=ask(audio="none", licence="CC0 1.0"))
    app.run()
    assert [app.selectbox(key=key).value for key in ("compare_older", "compare_newer")] == ["bay/1", "bay/2"]
    assert {metric.label: metric.value for metric in app.metric} == {
        "Recordings": "+2 −0",
        "Sessions": "+6 −0",
        "Answered anew": "0",
        "Moved to another split": "0",
    }
    assert app.dataframe[0].value["Change"].tolist() == [4, 2]


@pytest.mark.usefixtures("bay")
def test_contents_of_a_large_release_are_worked_out_when_somebody_asks(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_out, "QUICK", 5)
    app = open_page(PAGE, round="bay")
    assert "answered sessions: reading all their labels takes a while" in texts(app)
    assert not app.dataframe
    app.selectbox(key="release_licence").set_value("CC BY 4.0").run()
    assert not next(each for each in app.button if each.label == "Make the release").disabled
    app.button(key="release_planned_button").click().run()
    assert app.dataframe[0].value["Sessions"].sum() == 18
    app.number_input(key="release_test").set_value(50).run()  # another release
    assert not app.dataframe
