"""What people at work ask the database is put together once: SQLAlchemy takes five times as long for it as to ask."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Engine, event
from starlette.testclient import TestClient

pytestmark = pytest.mark.usefixtures("round_of_ten")


@contextmanager
def noted() -> Iterator[list[ClauseElement]]:
    """Note the statements that are executed, as they were put together."""
    found: list[ClauseElement] = []

    def note(_connection: Any, statement: Any, *_: Any) -> None:
        if isinstance(statement, ClauseElement):
            found.append(statement)

    event.listen(Engine, "before_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_execute", note)


def answer_one(client: TestClient) -> None:
    """Do what the editor does for a session, and what the original client does for another one."""
    holder = str(uuid.uuid4())
    claim = {"holder": holder, "annotator": "Ann", "count": 2}
    claimed = client.post("/api/v1/rounds/ten/claims", json=claim).json()["sessions"]
    own = f"/api/v1/rounds/ten/sessions/{claimed[0]['session_id']}"
    answer = {
        "submission_id": str(uuid.uuid4()),
        "annotator": "Ann",
        "outcome": "empty",
        "rejected_prediction_ids": [each["id"] for each in claimed[0]["predictions"]],
    }
    assert client.post(f"{own}/submissions", json=answer).status_code == 201
    assert client.get(own).status_code == 200
    assert client.post("/api/v1/rounds/ten/claims/release", json={"holder": holder}).status_code == 204
    session_id = client.get("/fetch/session/ten").json()["sessionid"]
    uri = client.get(f"/load/session/ten/{session_id}").json()["uri"]
    document = {
        "uri": uri,
        "absolute_time": "",
        "source_guid": "",
        "annotations": [{"start_s": 0.1, "duration_s": 0.2}],
    }
    assert client.post(f"/submit/session/ten/{session_id}", json=document).status_code == 201


def test_what_people_at_work_ask_is_put_together_once(client: TestClient) -> None:
    for _ in range(2):  # with and without predictions
        answer_one(client)
    with noted() as before:
        answer_one(client)
    with noted() as after:
        answer_one(client)
    known, texts = {id(each) for each in before}, {str(each) for each in before}
    assert [str(each) for each in after if str(each) in texts and id(each) not in known] == []
    # In eight requests: whoever looks something up twice has to say why. Names that people had before are looked up in
    # each transaction that writes one: somebody may be renamed between two of them. The original client's session is
    # drawn from anywhere in a shuffled order, which is asked for twice where that is behind the last one that is open.
    asked = Counter(str(each) for each in after if "session_states.shuffle < :seed" not in str(each))
    assert len(after) - asked.total() <= 1
    assert asked.total() <= 101, "\n".join(f"{count} x {text}" for text, count in asked.most_common())
