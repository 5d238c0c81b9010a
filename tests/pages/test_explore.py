"""Which collection the Explore page shows, and how it is called."""

from streamlit.testing.v1 import AppTest

from podcast_core.domain.round import Round
from podcast_core.services.explore import collections
from podcast_core.workspace import Workspace
from tests.pages.conftest import OpenPage
from tests.services.exploring import add_collection


def choice(app: AppTest) -> tuple[str, list[str]]:
    """What the choice of collections shows, and what it offers."""
    box = app.main.selectbox[0]
    return str(box.value), list(box.options)


def test_a_loaded_page_shows_what_was_chosen(open_page: OpenPage, workspace: Workspace, round_of_ten: Round) -> None:
    for name in ("old", "new"):
        add_collection(workspace, round_of_ten.id, name=name)
    app = open_page("explore.py", round=round_of_ten.id)
    first, options = choice(app)
    assert len(options) == 2
    other = ({"old", "new"} - {first}).pop()
    app.main.selectbox[0].select(other).run()
    assert choice(app)[0] == other
    assert app.query_params["collection"] in (other, [other])
    again = open_page("explore.py", round=round_of_ten.id, collection=other)
    assert choice(again)[0] == other


def test_collections_of_one_name_are_told_apart(open_page: OpenPage, workspace: Workspace, round_of_ten: Round) -> None:
    for at in range(3):
        collections.add_collection(workspace, round_id=round_of_ten.id, name="calls", collection_id=f"c{at}")
    _, options = choice(open_page("explore.py", round=round_of_ten.id))
    assert sorted(options) == ["calls (2) · not ready", "calls (3) · not ready", "calls · not ready"]


def test_a_collection_that_got_ready_is_not_called_unready(
    open_page: OpenPage, workspace: Workspace, round_of_ten: Round
) -> None:
    """Streamlit keeps the text of an option for as long as the key of its choice is the same."""
    collections.add_collection(workspace, round_id=round_of_ten.id, name="calls", collection_id="c")
    unready = open_page("explore.py", round=round_of_ten.id).main.selectbox[0]
    assert unready.options == ["calls · not ready"]
    add_collection(workspace, round_of_ten.id, name="c2")
    ready = open_page("explore.py", round=round_of_ten.id, collection="c2").main.selectbox[0]
    assert unready.proto.id != ready.proto.id


def test_pieces_leave_nothing_out_unless_somebody_says_so(open_page: OpenPage, round_of_ten: Round) -> None:
    app = open_page("explore.py", round=round_of_ten.id)
    app.number_input(key="explore_window").set_value(0.2).run()
    assert app.number_input(key="explore_hop").value == 0.2
    assert not app.warning
    app.number_input(key="explore_hop").set_value(0.5).run()
    assert [each.value for each in app.warning] == ["0.3 s between windows are left out: 60% of all audio."]
    app.number_input(key="explore_window").set_value(0.5).run()
    assert app.number_input(key="explore_hop").value == 0.5  # as somebody said
    assert not app.warning
