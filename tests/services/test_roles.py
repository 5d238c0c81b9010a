"""What changes facts asks for a role by itself, whichever way somebody came: pages, routes and scripts obey alike."""

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from podcast_core.api.server import create_api
from podcast_core.domain.role import SCOPES, includes
from podcast_core.errors import Forbidden
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer
from tests.building import submit

ROOT = Path(__file__).parents[2]
AGREED = Path(__file__).with_name("roles.txt")
# What is called from outside without a role, and changes nothing that people said.
FREE = {
    "access.log_in": "whoever has a token",
    "access.log_out": "one's own browser",
    "people.invitations.accept": "whoever has an invitation",
    "people.sign_in.sign_in": "whoever a provider vouches for",
    "jobs.queue.add_job": "the kind of job says it: see below",
    "store.room.keeping": "counts what somebody sends",
}
WRITES = ("writing", "holding", "add_job")


def list_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All functions of services that take a workspace first, as ``labels.review.review_submission``."""
    root = ROOT / "podcast_core" / "services"
    for path in (each for each in sorted(root.rglob("*.py")) if each.name != "__init__.py"):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        for each, function in vars(import_module(f"podcast_core.services.{name}")).items():
            if not inspect.isfunction(function) or function.__module__ != f"podcast_core.services.{name}":
                continue
            if not each.startswith("_") and next(iter(inspect.signature(function).parameters), "") == "workspace":
                yield f"{name}.{each}", function


def list_called() -> set[str]:
    """Names of services' functions that pages, routes and dialects call."""
    found = set()
    folders = (ROOT / "pages", ROOT / "podcast_core" / "api", ROOT / "podcast_core" / "dialects")
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.asname or alias.name: f"{node.module}.{alias.name}".removeprefix("podcast_core.services.")
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("podcast_core.services")
            for alias in node.names
        }
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name) if name in names:
                    found.add(names[name])
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in names:
                    found.add(f"{names[name]}.{attribute}")
    return found


FUNCTIONS = dict(list_functions())
GUARDED = {name: each.__dict__["needs"] for name, each in FUNCTIONS.items() if "needs" in each.__dict__}


def test_each_needs_the_role_that_was_agreed() -> None:
    """Whoever adds a function that changes something adds its line."""
    assert sorted(f"{name} {scope}" for name, scope in GUARDED.items()) == AGREED.read_text("utf-8").splitlines()


def test_what_writes_and_is_called_from_outside_needs_a_role() -> None:
    called = list_called()
    writing = {
        name
        for name, function in FUNCTIONS.items()
        if name in called and any(f".{word}(" in inspect.getsource(function) for word in WRITES)
    }
    assert len(writing) > 15
    assert sorted(writing - set(GUARDED) - set(FREE)) == []


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_a_role_is_enough_or_refused_before_anything_happens(name: str) -> None:
    """Without arguments: who may not is told so, who may is told that arguments are missing."""
    for scope in SCOPES:
        before = access.act_as(Caller("Ann", scope, "token"))
        try:
            is_enough = includes(scope, GUARDED[name])
            said = "argument" if is_enough else "you are an? .* here"
            with pytest.raises(TypeError if is_enough else Forbidden, match=said):
                FUNCTIONS[name]()
        finally:
            access.act_as_before(before)


def list_downloads() -> Iterator[tuple[str, ast.expr, set[str]]]:
    """What pages make when somebody asks for it, in a thread: where, how, and services by name."""
    for path in sorted((ROOT / "pages").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        services = {
            alias.asname or alias.name
            for node in imports
            if (node.module or "").startswith("podcast_core.services")
            for alias in node.names
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "download_button":
                made = call.args[1] if len(call.args) > 1 else next(k.value for k in call.keywords if k.arg == "data")
                is_now = isinstance(made, ast.Call) and ast.unparse(made.func) != "partial"
                if not is_now or ast.unparse(made).startswith("state.make_later("):
                    yield f"{path.relative_to(ROOT)}:{made.lineno}", made, services


def test_downloads_that_are_made_later_know_who_asked_for_them() -> None:
    found = list(list_downloads())
    assert len(found) >= 9
    for place, made, services in found:
        named = {node.id for node in ast.walk(made) if isinstance(node, ast.Name)}
        if named & {*services, "workspace", "get_workspace"}:
            assert ast.unparse(made).startswith("state.make_later("), f"{place}: state.make_later says who asks"


def test_pages_start_no_threads_that_would_not_know_who_asks() -> None:
    for path in (ROOT / "pages").rglob("*.py"):
        said = path.read_text(encoding="utf-8")
        assert "Thread(" not in said, path
        assert "PoolExecutor(" not in said, path


def test_a_job_needs_the_role_of_its_kind(workspace: Workspace) -> None:
    for name, kind in get_kinds().items():
        for scope in (each for each in SCOPES if not includes(each, kind.scope)):
            before = access.act_as(Caller("Ann", scope, "token"))
            try:
                with pytest.raises(Forbidden):
                    queue.add_job(workspace, kind=name, params={})
            finally:
                access.act_as_before(before)
    assert queue.list_jobs(workspace) == []


def test_programs_that_say_nothing_may_do_everything() -> None:
    assert access.get_asking() == access.OPEN


@pytest.mark.usefixtures("round_of_ten")
def test_a_route_whose_rule_is_wrong_changes_nothing_either(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podcast_core.api.front.guard.find_scope", lambda _method, _route: "read")
    answer_id = submit(workspace, "ten", "ten_0000").submission.id
    body = {"review_id": "r", "submission_id": answer_id, "reviewer": "Rita", "verdict": "accept"}
    url, said = "/api/v1/rounds/ten/sessions/ten_0000/reviews", []
    with TestClient(create_api(lambda: workspace), base_url=LAN) as client:
        for scope in SCOPES:
            said.append(client.post(url, json=body, headers=bearer(workspace, scope, "Rita")).status_code)
        for path in ("/api/v1/rounds/ten/archive", "/api/v1/rounds/ten/labels/rename"):
            sent = client.post(path, json={"old": "call", "new": "song"}, headers=bearer(workspace, "review"))
            assert (sent.status_code, "for administrators" in sent.text) == (403, True), path
    assert said == [403, 403, 201, 201]  # the last is the same again
    assert access.get_asking() == access.OPEN  # nobody's role stays behind


def add_round() -> None:
    """A page that offers what its visitor may not do."""
    import streamlit as st

    from pages.shared import state
    from podcast_core.services.labels import rounds

    if st.button("Add"):
        rounds.add_round(state.get_workspace(), name="mine", labels=["call"])


@pytest.mark.parametrize("scope", SCOPES)
def test_a_page_that_offers_too_much_changes_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    monkeypatch.setattr("pages.shared.state.open_once", lambda: workspace)
    monkeypatch.setattr("pages.shared.state.visitor", lambda: Caller("Ann", scope, "token"))
    app = AppTest.from_function(add_round, default_timeout=30).run()
    app.button[0].click().run()
    assert bool(app.exception) is (scope != "admin")
    assert [each.id for each in rounds.list_rounds(workspace)] == (["mine"] if scope == "admin" else [])
