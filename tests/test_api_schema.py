"""Random requests made of the API's own description: whatever comes, it is never answered by a server error (5xx)."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from podcast_core.api.server import create_api
from podcast_core.domain import Round
from podcast_core.workspace import Workspace


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_no_request_is_a_server_error(workspace: Workspace, round_of_ten: Round, examples: int) -> None:
    opened = replace(workspace, settings=workspace.settings.model_copy(update={"access": "open"}))
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_api(lambda: opened))
    failures = []
    statuses: Counter[int] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def check(case: schemathesis.Case[Any]) -> None:
            if "round_id" in case.path_parameters:
                case.path_parameters["round_id"] = round_of_ten.id  # a random one never gets beyond "not found"
            response = case.call_and_validate(checks=[not_a_server_error])
            if "access" not in (case.operation.tags or ()):  # a random token is refused, rightly
                statuses[response.status_code] += 1

        try:
            check()
        except (AssertionError, BaseExceptionGroup) as failure:
            failures.append(f"{operation.method.upper()} {operation.path}: {failure}")
    assert not {401, 403} & set(statuses)  # else nothing behind the door was tried
    assert statuses[200]
    assert not failures, "\n\n".join(failures)
