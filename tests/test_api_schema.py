"""Random requests made of the API's own description: no server error (5xx) ever, and answers that are as described."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from podcast_core.api.server import create_api
from podcast_core.domain import Round
from podcast_core.services.labels import listing
from podcast_core.workspace import Workspace

TIMEOUT_S = 120.0  # of a request on a busy machine
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
REFUSED = {401, 403}


def describe(workspace: Workspace, access: str) -> schemathesis.BaseSchema:
    """What the API says of itself, to be asked in this process."""
    opened = replace(workspace, settings=workspace.settings.model_copy(update={"access": access}))
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_api(lambda: opened))


def attempt(
    operation: schemathesis.APIOperation[Any, Any, Any, Any], examples: int, real: dict[str, Any]
) -> Counter[int]:
    """Ask for an operation in random ways, about things that are there; how often each status came.

    Raises
    ------
    AssertionError, BaseExceptionGroup
        At an answer that no answer may be.
    """
    statuses: Counter[int] = Counter()
    if not operation.body:
        examples = (examples + 1) // 2  # most of what can be wrong is in a body

    @given(case=operation.as_strategy())
    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case[Any]) -> None:
        case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
        statuses[case.call_and_validate(checks=CHECKS, timeout=TIMEOUT_S).status_code] += 1

    ask()
    return statuses


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_no_request_is_a_server_error(workspace: Workspace, round_of_ten: Round, examples: int) -> None:
    (recording,) = listing.list_recordings(workspace)[0]
    # A random one never gets beyond "not found".
    real: dict[str, Any] = {"round_id": round_of_ten.id, "session_id": "ten_0001", "set_id": "p"}
    real |= {"recording_id": recording.id, "index": 0}
    failures, statuses = [], Counter[int]()
    for found in describe(workspace, "open").get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        name = f"{operation.method.upper()} {operation.path}"
        try:
            here = attempt(operation, examples, real)
        except (AssertionError, BaseExceptionGroup) as failure:
            failures.append(f"{name}: {failure}")
            continue
        # Some requests are refused rightly (a folder of the server, a review by the answer's own author); all of an
        # operation's are where random tokens are (the login), and else nothing behind its door was tried.
        if here.keys() <= REFUSED and "access" not in (operation.tags or ()):
            failures.append(f"{name}: was only ever refused")
        statuses += here
    assert statuses[200]
    assert not failures, "\n\n".join(failures)
