"""Sites that are somebody's: nobody else gets their sessions, and their people get them first or get no others."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import claiming, rounds
from podcast_core.services.store import doctor
from podcast_core.services.store.rebuild import rebuild
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import add_recording, make_recording, make_sessions, submit

SITES = ("", "bay", "cape", "dune")


@pytest.fixture(autouse=True)
def coast(workspace: Workspace) -> None:
    """Two sessions at each of three sites, and two at a place that is not known."""
    rounds.add_round(workspace, name="coast", labels=["call"])
    for number, site in enumerate(SITES):
        recording = make_recording(f"/{site or 'lost'}.wav", 4, digits=str(number), site=site)
        made = make_sessions(recording, "coast", f"{site or 'lost'}{{}}", 2)
        add_recording(workspace, recording, [replace(each, position=2 * number + each.position) for each in made])


def assign(workspace: Workspace, *pairs: tuple[str, str], only: bool = False, answers: int = 1) -> None:
    known = rounds.get_round(workspace, round_id="coast")
    rows = [{"site": site, "person": person} for site, person in pairs]
    assigned = rounds.read_assignments(rows, known=known, who="Rita")
    rounds.change_round(workspace, replace(known, answers_wanted=answers, assignments=assigned, assigned_only=only))


def claim(workspace: Workspace, who: str, choice: QueueChoice | None = None, count: int = 10) -> claiming.Claimed:
    return claiming.claim_next(workspace, round_id="coast", holder=who, annotator=who, count=count, choice=choice)


def ids(workspace: Workspace, who: str, choice: QueueChoice | None = None) -> Sequence[str]:
    """What somebody would get, which they give back; as many as are counted."""
    claimed = claim(workspace, who, choice)
    claiming.release(workspace, round_id="coast", holder=who)
    found = [each.session.id for each in claimed.views]
    assert claimed.matching == len(found)
    return found


def test_own_sites_come_first_and_others_never(workspace: Workspace) -> None:
    assert len(ids(workspace, "Ann")) == 8
    assign(workspace, ("cape", "Ann"), ("dune", "Bob"), ("cape", "Cé"), ("", ""))
    assert ids(workspace, "Ann") == ["cape0", "cape1", "lost0", "lost1", "bay0", "bay1"]
    assert ids(workspace, "Cé") == ids(workspace, "Ann")
    assert ids(workspace, "Bob") == ["dune0", "dune1", "lost0", "lost1", "bay0", "bay1"]
    assert ids(workspace, "Dan") == ["lost0", "lost1", "bay0", "bay1"]
    assert ids(workspace, "Dan", QueueChoice(site="cape")) == []
    assert ids(workspace, "Ann", QueueChoice(site="cape")) == ["cape0", "cape1"]
    assert len(ids(workspace, "Ann", QueueChoice(order=QueueOrder.NO_PREDICTIONS))) == 6
    assert set(ids(workspace, "Ann", QueueChoice(order=QueueOrder.RANDOM))[:2]) == {"cape0", "cape1"}
    wanted = claiming.claim_next(workspace, round_id="coast", holder="d", annotator="Dan", session_id="cape0")
    assert wanted.views[0].claims == []
    (first, *_) = rounds.get_round(workspace, round_id="coast").assignments
    assert (first.site, first.person, first.who) == ("cape", "Ann", "Rita")


def test_who_has_sites_gets_no_others_on_request(workspace: Workspace) -> None:
    assign(workspace, ("cape", "Ann"), only=True)
    assert ids(workspace, "Ann") == ["cape0", "cape1"]
    assert ids(workspace, "Ann", QueueChoice(site="bay")) == []
    assert sorted(ids(workspace, "Ann", QueueChoice(order=QueueOrder.NO_PREDICTIONS))) == ["cape0", "cape1"]
    assert len(ids(workspace, "Bob")) == 6
    submit(workspace, "coast", "cape0", who="Ann")
    submit(workspace, "coast", "cape1", who="Ann", outcome=Outcome.SKIPPED)
    assert claim(workspace, "Ann").state == "only_skipped"
    submit(workspace, "coast", "cape1", who="Ann")
    done = claim(workspace, "Ann")
    assert (done.state, done.message) == (
        "waits_for_others",
        "Ann has answered every session that is Ann's to label; 6 wait for other people's answers.",
    )
    assert rounds.count_left(workspace, round_id="coast", annotator="Bob") == 6


def test_two_share_a_site_and_a_rebuild_keeps_it(workspace: Workspace) -> None:
    assign(workspace, ("bay", "Ann"), ("bay", "Bob"), answers=2)
    submit(workspace, "coast", "bay0", who="Ann")
    assert ids(workspace, "Ann")[0] == "bay1"
    assert ids(workspace, "Bob")[:2] == ["bay0", "bay1"]
    assert "bay0" not in ids(workspace, "Cé")
    doctor.examine(workspace, repair=True)  # the recordings were put in without their objects
    kept = dump(workspace)
    rebuild(workspace, replace=True)
    assert dump(workspace) == kept


def test_an_assignment_names_a_site_and_a_person(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="found site 'bay', person ''"):
        assign(workspace, ("bay", ""))
    with pytest.raises(InvalidInput, match="at most 1,000 assignments of sites to people, found 1,001"):
        assign(workspace, *((f"site {number}", "Ann") for number in range(1001)))
