"""People, invitations and tokens on the People page, and what the pages offer to whom."""

import pytest
from streamlit.testing.v1 import AppTest

from podcast_core.domain.role import with_article
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.labels import rounds
from podcast_core.services.people import invitations, people
from podcast_core.workspace import Workspace
from tests.pages.conftest import OpenPage

PAGE = "access.py"


def be(monkeypatch: pytest.MonkeyPatch, scope: str, token_id: str = "x") -> None:
    monkeypatch.setattr("pages.shared.state.visitor", lambda: Caller("Ann", scope, token_id))


def list_buttons(app: AppTest) -> set[str]:
    return {each.label for each in app.button}


def test_a_token_is_made_shown_once_and_revoked(open_page: OpenPage, workspace: Workspace) -> None:
    app = open_page(PAGE)
    assert any("no tokens yet" in each.value for each in app.info)
    next(each for each in app.text_input if each.label == "Person").set_value("Bob")
    app.selectbox(key="token_role").set_value("read")
    next(each for each in app.button if each.label == "Create token").click().run()
    assert not app.exception
    caller = access.identify(workspace, app.code[0].value)
    assert (caller.person, caller.scope) == ("Bob", "read")
    app.run()
    assert not app.code
    assert any("**Bob** · viewer · valid" in each.value for each in app.markdown)
    app.button(key=f"revoke_{caller.token_id}").click().run()
    assert any("**Bob** · viewer · revoked" in each.value for each in app.markdown)
    assert "Revoke" not in list_buttons(app)
    assert [each.revoked_at is None for each in access.list_tokens(workspace)] == [False]


def test_a_token_for_nobody_is_explained_and_the_list_stays(open_page: OpenPage, workspace: Workspace) -> None:
    access.create_token(workspace, person="Cleo")
    app = open_page(PAGE)
    next(each for each in app.button if each.label == "Create token").click().run()
    assert "A person's name must be" in app.error[0].value
    assert any("**Cleo**" in each.value for each in app.markdown)


def choose(app: AppTest, label: str, value: str, at: int = 0) -> None:
    [each for each in (*app.text_input, *app.selectbox) if each.label == label][at].set_value(value)


def press(app: AppTest, label: str) -> None:
    next(each for each in app.button if each.label == label).click().run()
    assert not app.exception


def test_a_person_is_added_changed_and_leaves(open_page: OpenPage, workspace: Workspace) -> None:
    app = open_page(PAGE)
    assert any("Nobody has been added yet" in each.value for each in app.info)
    for name, role in (("Al", "admin"), ("Bo", "label")):
        choose(app, "Name", name)
        app.selectbox(key="new_role").set_value(role)
        press(app, "Add person")
    (al, bo) = (each.person for each in people.list_people(workspace))
    assert (al.name, al.scope, bo.name, bo.scope) == ("Al", "admin", "Bo", "label")
    app.session_state["people_table"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    app.run()
    choose(app, "Name", "Bob")
    choose(app, "E-mail", "Bob@example.org")
    choose(app, "Role", "review")
    press(app, "Save")
    (_, bob) = (each.person for each in people.list_people(workspace))
    assert (bob.name, bob.names, bob.email, bob.scope) == ("Bob", ("Bo",), "bob@example.org", "review")


def test_an_invitation_is_made_shown_once_and_revoked(open_page: OpenPage, workspace: Workspace) -> None:
    app = open_page(PAGE)
    app.selectbox(key="invited_role").set_value("review")
    press(app, "Create link")
    link = app.code[0].value
    found = invitations.get_invitation(workspace, text=link.partition("join#")[2])
    assert (found.scope, found.uses_left) == ("review", 1)
    app.run()
    assert not app.code
    app.button(key=f"revoke_{found.id}").click().run()
    assert any("as a reviewer · revoked" in each.value for each in app.markdown)


def test_the_own_token_is_marked(open_page: OpenPage, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = access.create_token(workspace, person="Ann", scope="admin")
    access.create_token(workspace, person="Bob")
    be(monkeypatch, "admin", token.id)
    shown = [each.value for each in open_page(PAGE).markdown if "**Ann**" in each.value or "**Bob**" in each.value]
    assert sorted(("Ann" in each, "logged in" in each) for each in shown) == [(False, False), (True, True)]


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize(
    ("scope", "offered"),
    [
        ("read", set()),
        ("label", {"Start labelling"}),
        ("admin", {"Start labelling", "Edit", "More", "New round", "Open files"}),
    ],
)
def test_rounds_offers_what_a_person_may_do(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, scope: str, offered: set[str]
) -> None:
    be(monkeypatch, scope)
    app = open_page("rounds.py")
    assert not app.error
    assert list_buttons(app) == offered


def test_without_rounds_only_an_admin_can_add_one(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    be(monkeypatch, "label")
    app = open_page("rounds.py")
    assert list_buttons(app) == set()
    assert "The person who runs this server" in app.caption[0].value


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize(
    ("scope", "page"),
    [("read", "label.py"), ("read", "review.py"), ("label", "review.py"), ("review", "data.py"), ("label", PAGE)],
)
def test_a_page_that_needs_more_says_so(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, scope: str, page: str
) -> None:
    be(monkeypatch, scope)
    app = open_page(page)
    assert f"you are {with_article(scope)} here" in app.error[0].value
    assert not app.button


def show_form() -> None:
    from pages.shared import round_form, state
    from podcast_core.services.labels import rounds

    round_form.ask_round(rounds.get_round(state.get_workspace(), round_id="ten"), is_new=False)


@pytest.mark.usefixtures("round_of_ten")
@pytest.mark.parametrize(("scope", "name"), [("label", "ten"), ("admin", "Mine")])
def test_the_form_of_a_round_refuses_who_may_not_even_if_it_is_on_screen(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, scope: str, name: str
) -> None:
    monkeypatch.setattr("pages.shared.state.get_workspace", lambda: workspace)
    be(monkeypatch, scope)
    app = AppTest.from_function(show_form, default_timeout=30).run()
    next(each for each in app.text_input if each.label == "Name").set_value("Mine")
    next(each for each in app.button if each.label == "Save").click().run()
    assert [f"you are {with_article(scope)} here" in each.value for each in app.error] == (
        [True] if scope == "label" else []
    )
    assert rounds.get_round(workspace, round_id="ten").name == name
