"""Random requests made of the API's own description: no server error (5xx) ever, and answers that are as described."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from podcast_core.api.scopes import find_scope
from podcast_core.api.server import create_api
from podcast_core.domain.role import SCOPES
from podcast_core.domain.round import Round
from podcast_core.services.labels import listing
from podcast_core.workspace import Workspace
from tests.api.conftest import bearer
from tests.building import with_settings

TIMEOUT_S = 120.0  # of a request on a busy machine
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
REFUSED = {401, 403}
# Refused rightly until somebody has answered a session with a known answer: see `api/test_calibration.py`.
AFTER_AN_ANSWER = {"GET /api/v1/rounds/{round_id}/sessions/{session_id}/calibration"}


def describe(workspace: Workspace, access: str) -> schemathesis.BaseSchema:
    """What the API says of itself, to be asked in this process."""
    opened = with_settings(workspace, access=access)
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_api(lambda: opened))


def attempt(
    operation: schemathesis.APIOperation[Any, Any, Any, Any],
    examples: int,
    real: dict[str, Any],
    ask: Callable[[schemathesis.Case[Any]], None],
) -> None:
    """Ask for an operation in random ways, about things that are there; what is wrong is raised."""

    @given(case=operation.as_strategy())
    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def go(case: schemathesis.Case[Any]) -> None:
        case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
        ask(case)

    go()


@pytest.fixture(autouse=True)
def _same_requests_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the same whatever was imported before: Hypothesis else draws constants out of the modules that are there."""
    monkeypatch.setattr(providers, "_get_local_constants", Constants)


@pytest.fixture
def real(workspace: Workspace, round_of_ten: Round) -> dict[str, Any]:
    """Names of things that are there: a random one never gets beyond "not found"."""
    (recording,) = listing.list_recordings(workspace)[0]
    named = {"round_id": round_of_ten.id, "session_id": "ten_0001", "set_id": "p"}
    return {**named, "recording_id": recording.id, "index": 0}


@pytest.mark.parametrize("examples", [6, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_no_request_is_a_server_error(workspace: Workspace, real: dict[str, Any], examples: int) -> None:
    failures, statuses = [], Counter[int]()
    for found in describe(workspace, "open").get_all_operations():
        assert isinstance(found, Ok), found
        operation, here = found.ok(), Counter[int]()
        name = f"{operation.method.upper()} {operation.path}"

        def ask(case: schemathesis.Case[Any], here: Counter[int] = here) -> None:
            here[case.call_and_validate(checks=CHECKS, timeout=TIMEOUT_S).status_code] += 1

        try:  # most of what can be wrong is in a body
            attempt(operation, examples if operation.body else (examples + 1) // 2, real, ask)
        except (AssertionError, BaseExceptionGroup) as failure:
            failures.append(f"{name}: {failure}")
            continue
        # Some requests are refused rightly (a folder of the server, a review by the answer's own author); all of an
        # operation's are where random tokens are (the login), and else nothing behind its door was tried.
        if here.keys() <= REFUSED and "access" not in (operation.tags or ()) and name not in AFTER_AN_ANSWER:
            failures.append(f"{name}: was only ever refused")
        statuses += here
    assert statuses[200]
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("examples", [1, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_no_request_gets_more_than_its_token_allows(workspace: Workspace, real: dict[str, Any], examples: int) -> None:
    """Each operation is asked for without a token, and with one that may only read, or read and label."""
    guarded = describe(workspace, "open")  # the description itself wants a token, too
    guarded.app = create_api(lambda: workspace)
    scopes = ("", "read", "label")
    heads = {scope: bearer(workspace, scope) if scope else {} for scope in scopes}
    assert workspace.settings.access != "open"
    failures, answered = [], Counter[str]()
    for found in guarded.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        needed = find_scope(operation.method.upper(), operation.path)

        def ask(case: schemathesis.Case[Any], needed: str | None = needed) -> None:
            for scope in scopes:
                response = case.call(headers=heads[scope], timeout=TIMEOUT_S)
                where = f"{case.method} {case.formatted_path} with {scope or 'no token'}: {response.status_code}"
                assert response.status_code < 500, where
                enough = not needed or (scope and SCOPES.index(scope) >= SCOPES.index(needed))
                if not enough:
                    assert response.status_code in (400, *REFUSED, 404, 422), where
                elif response.status_code < 300:
                    answered[scope] += 1

        try:
            attempt(operation, examples, real, ask)
        except (AssertionError, BaseExceptionGroup) as failure:
            failures.append(str(failure))
    assert min(answered["read"], answered["label"]) > 10
    assert not failures, "\n\n".join(failures)
