"""Single sessions that are somebody's: they come first, to others only where they may, and survive a rebuild."""

import pytest
from fastapi.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.queue import QueueChoice
from podcast_core.domain.summary import Selection
from podcast_core.errors import Conflict, Forbidden, InvalidInput
from podcast_core.services.access import Caller, act_as, act_as_before
from podcast_core.services.labels import assignments, rounds
from podcast_core.services.labels.assignments import Meant
from podcast_core.services.people import people
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import submit
from tests.services.test_assignments import assign, claim, ids
from tests.services.test_assignments import coast as coast  # a fixture


def give(workspace: Workspace, act_id: str, names: list[str], *session_ids: str, only: bool = False) -> None:
    assignments.assign(
        workspace,
        act_id=act_id,
        round_id="coast",
        meant=Meant(session_ids),
        people=names,
        who="Rita",
        only=only,
    )


def test_own_sessions_come_first_and_reserved_ones_never_to_others(workspace: Workspace) -> None:
    give(workspace, "a", ["Ann"], "dune0", "cape1")
    assert ids(workspace, "Ann")[:3] == ["cape1", "dune0", "lost0"]
    assert len(ids(workspace, "Bob")) == 8, "others get them, too"
    give(workspace, "b", ["Bob", "Cé"], "bay0", only=True)
    assert "bay0" not in ids(workspace, "Ann")
    assert ids(workspace, "Bob")[0] == "bay0"
    assert ids(workspace, "Ann", QueueChoice(site="bay")) == ["bay1"]
    assert claim(workspace, "Ann").views[0].session.id == "cape1"
    assert [
        (each.person, each.sessions, each.left) for each in assignments.count_people(workspace, round_id="coast")
    ] == [
        ("Ann", 2, 2),
        ("Bob", 1, 1),
        ("Cé", 1, 1),
    ]
    submit(workspace, "coast", "cape1", who="Ann")
    assert assignments.count_people(workspace, round_id="coast")[0].left == 1


def test_a_session_of_ones_own_counts_before_its_site(workspace: Workspace) -> None:
    assign(workspace, ("cape", "Ann"), ("dune", "Bob"), only=True)
    give(workspace, "a", ["Ann"], "dune1")
    give(workspace, "b", ["Bob"], "cape0", only=True)
    assert ids(workspace, "Ann") == ["dune1", "cape1"]
    assert ids(workspace, "Bob") == ["cape0", "dune0", "dune1"]
    give(workspace, "c", ["Dan"], "lost1")
    assert ids(workspace, "Dan") == ["lost1"], "who has some gets no others"
    assert ids(workspace, "Eve") == ["lost0", "lost1", "bay0", "bay1"]


def test_taken_back_undone_and_the_same_after_a_rebuild(workspace: Workspace) -> None:
    person = people.add_person(workspace, name="Ann", scope="label", who="Rita")
    give(workspace, "a", ["Ann", "Bob"], "bay0", "bay1")
    give(workspace, "a", ["Ann", "Bob"], "bay1", "bay0")  # the same again
    with pytest.raises(Conflict, match="by Rita, for something else"):
        give(workspace, "a", ["Ann"], "bay0")
    people.rename_person(workspace, person_id=person.id, name="Anna", who="Rita")
    assignments.take_back(workspace, act_id="b", round_id="coast", meant=Meant(("bay0",)), people=["Bob"], who="Rita")
    counts = {each.person: each.sessions for each in assignments.count_people(workspace, round_id="coast")}
    assert counts == {"Anna": 2, "Bob": 1}
    assert ids(workspace, "Ann")[:2] == ["bay0", "bay1"], "by an earlier name, too"
    doctor.examine(workspace, repair=True)
    kept = dump(workspace)
    assert len(kept["assigned_sessions"]) == 3
    rebuild(workspace, replace=True)
    assert dump(workspace) == kept
    assignments.undo(workspace, act_id="c", round_id="coast", undoes="a", who="Rita")
    assert assignments.count_people(workspace, round_id="coast") == []
    with pytest.raises(Conflict, match="Rita undid this"):
        assignments.undo(workspace, act_id="d", round_id="coast", undoes="a", who="Rob")
    assert [each.undone_by for each in assignments.list_acts(workspace, round_id="coast")] == ["", "Rita"]


def test_the_next_few_are_open_and_nobodys(workspace: Workspace) -> None:
    submit(workspace, "coast", "lost0", who="Bob")
    give(workspace, "a", ["Bob"], "lost1")
    meant = Meant(selection=Selection(), limit=2)
    given = assignments.assign(workspace, act_id="n", round_id="coast", meant=meant, people=["Ann"], who="Rita")
    assert given.session_ids == ("bay0", "bay1")
    whole = Meant(selection=Selection(site="dune"))
    given = assignments.assign(workspace, act_id="s", round_id="coast", meant=whole, people=["Ann"], who="R")
    assert given.session_ids == ("dune0", "dune1")
    with pytest.raises(InvalidInput, match="has no session gone"):
        give(workspace, "x", ["Ann"], "gone")
    with pytest.raises(InvalidInput, match="found 0"):
        give(workspace, "x", [], "bay0")
    assert rounds.count_left(workspace, round_id="coast", annotator="Ann") == 7


def test_over_http_by_reviewers_only(workspace: Workspace) -> None:
    client = TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501")
    body = {"act_id": "h", "people": ["Ann"], "query": "site=cape", "only": True, "who": "Rita"}
    made = client.post("/api/v1/rounds/coast/assignments", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["sessions"], made.json()["only"]) == (2, True)
    listed = client.get("/api/v1/rounds/coast/assignments").json()
    assert [(each["id"], each["people"]) for each in listed["acts"]] == [("h", ["Ann"])]
    assert listed["people"] == [{"person": "Ann", "sessions": 2, "left": 2}]
    taken = {"act_id": "i", "session_ids": ["cape0"], "takes_back": True, "who": "Rita"}
    assert client.post("/api/v1/rounds/coast/assignments", json=taken).json()["takes_back"] is True
    assert (
        client.post("/api/v1/rounds/coast/assignments/h/undo", json={"act_id": "u", "who": "Rita"}).status_code == 204
    )
    before = act_as(Caller("Ann", "label", "t"))
    try:
        with pytest.raises(Forbidden, match="This is for reviewers"):
            give(workspace, "z", ["Ann"], "bay0")
    finally:
        act_as_before(before)
