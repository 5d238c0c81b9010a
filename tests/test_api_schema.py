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


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.timeout(1800)
def test_no_request_is_a_server_error(workspace: Workspace, round_of_ten: Round, examples: int) -> None:
    opened = replace(workspace, settings=workspace.settings.model_copy(update={"access": "open"}))
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_api(lambda: opened))
    (recording,) = listing.list_recordings(workspace)[0]
    # A random one never gets beyond "not found".
    real: dict[str, Any] = {"round_id": round_of_ten.id, "session_id": "ten_0001", "set_id": "p"}
    real |= {"recording_id": recording.id, "index": 0}
    failures = []
    statuses: Counter[int] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def check(case: schemathesis.Case[Any]) -> None:
            case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
            response = case.call_and_validate(checks=CHECKS, timeout=TIMEOUT_S)
            # A random token is refused, rightly, and so is a review by the answer's own author.
            if "access" not in (case.operation.tags or ()) and not case.operation.path.endswith("/reviews"):
                statuses[response.status_code] += 1

        try:
            check()
        except (AssertionError, BaseExceptionGroup) as failure:
            failures.append(f"{operation.method.upper()} {operation.path}: {failure}")
    assert not {401, 403} & set(statuses)  # else nothing behind the door was tried
    assert statuses[200]
    assert not failures, "\n\n".join(failures)
