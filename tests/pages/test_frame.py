import pytest

from podcast_core.services.access import Caller
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.pages.conftest import OpenPage

PAGES = ("rounds.py", "label.py", "review.py", "progress.py", "releases.py", "data.py", "jobs.py", "work.py")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_an_empty_workspace_and_says_what_to_do(open_page: OpenPage, name: str) -> None:
    page = open_page(name)
    assert [*page.info, *page.warning]
    assert not page.error


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_a_round(open_page: OpenPage, name: str) -> None:
    page = open_page(name)
    assert not page.error
    assert page.sidebar.selectbox[0].value == "ten"


@pytest.mark.usefixtures("round_of_ten")
def test_the_url_chooses_the_round_and_the_choice_is_in_the_url(workspace: Workspace, open_page: OpenPage) -> None:
    rounds.add_round(workspace, name="other", labels=["call"])
    page = open_page("progress.py", round="ten")
    assert page.sidebar.selectbox[0].value == "ten"
    page.sidebar.selectbox[0].select("other").run()
    assert page.query_params["round"] == "other"
    page.query_params["round"] = "ten"
    page.run()
    assert page.sidebar.selectbox[0].value == "ten"


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize(
    ("page_name", "view", "key"),
    [
        ("runs.py", None, "run_rounds"),
        ("train.py", "New training", "train_rounds"),
        ("train.py", "Compare", "compare_rounds"),
        ("releases.py", "New release", "release_rounds"),
    ],
)
def test_a_form_follows_the_sidebars_round_and_says_when_another_one_is_chosen(
    workspace: Workspace, open_page: OpenPage, page_name: str, view: str | None, key: str
) -> None:
    rounds.add_round(workspace, name="other", labels=["call"])
    page = open_page(page_name, round="ten")
    if view:
        page.segmented_control[0].set_value(view).run()
    assert page.multiselect(key=key).value == ["ten"]
    page.sidebar.selectbox[0].select("other").run()
    assert page.multiselect(key=key).value == ["other"]
    if key == "release_rounds":
        assert page.text_input(key="release_name").value == "other"
    page.multiselect(key=key).set_value(["ten"]).run()
    assert any("Not the round in the sidebar, “other”." in each.value for each in page.caption)
    page.multiselect(key=key).set_value(["ten", "other"]).run()
    assert not any("Not the round in the sidebar" in each.value for each in page.caption)


@pytest.mark.usefixtures("round_of_ten")
def test_the_pages_stand_in_the_order_of_the_work_and_only_those_that_one_may_open(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> dict[str, list[str]]:
        page, found = open_page("rounds.py"), {}
        for group in (each for each in page.sidebar.children.values() if each.type == "flex_container"):
            links = [each.proto.label for each in group.children.values() if each.type == "page_link"]
            if links:
                found[group.children[0].value] = links  # type: ignore[union-attr]
        return found

    assert read() == {
        "Label": ["Rounds", "Label", "Live", "Explore", "Progress"],
        "Review": ["Review", "Adjudicate", "Annotations", "Agreement", "Verification samples"],
        "Data": ["Data", "Releases", "Bat spectrograms"],
        "Models": ["Train", "Predictions", "Model runs", "Candidates"],
        "Server": ["Jobs", "People"],
    }
    monkeypatch.setattr("pages.shared.state.visitor", lambda: Caller("Bo", "label", "t"))
    assert read() == {
        "Label": ["Rounds", "Label", "Live", "Explore", "Progress"],
        "Review": ["Annotations", "Agreement", "Verification samples"],
        "Models": ["Predictions"],
    }


@pytest.mark.usefixtures("round_of_ten")
def test_an_unknown_round_is_explained_and_another_can_be_chosen(open_page: OpenPage) -> None:
    page = open_page("progress.py", round="gone")
    assert "no round “gone”" in page.error[0].value
    page.sidebar.selectbox[0].select("ten").run()
    assert not page.error
    assert page.query_params["round"] == "ten"


def test_the_name_is_the_settings_until_somebody_types_another(open_page: OpenPage) -> None:
    page = open_page("rounds.py")
    assert page.sidebar.text_input[0].value == "Ann"
    page.sidebar.text_input[0].set_value("Bo").run()
    page.switch_page("progress.py").run()
    assert page.sidebar.text_input[0].value == "Bo"


def test_a_browser_remembers_the_name(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.shared.state.read_cookie", {"podcast_annotator": "Zoë Ä."}.get)
    assert open_page("rounds.py").sidebar.text_input[0].value == "Zoë Ä."


def test_the_demo_round_can_be_added_from_the_empty_workspace(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(opened: Workspace, *, on_progress: object) -> None:
        assert callable(on_progress)
        rounds.add_round(opened, round_id="demo", name="Demo", labels=["call"])

    monkeypatch.setattr("podcast_core.services.intake.demo.add_demo_round", add)
    page = open_page("rounds.py")
    page.button[0].click().run()
    assert [each.value for each in page.header] == ["Demo"]
