"""People: renamed, given roles, gone and back; what they said stays theirs."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from podcast_core.domain.assignment import Assignment
from podcast_core.domain.person import Person, clean_email, clean_name
from podcast_core.domain.queue_link import read_params
from podcast_core.domain.remark import RemarkKind
from podcast_core.domain.review import Verdict
from podcast_core.domain.summary import Selection
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, Forbidden, InvalidInput, NotFound, PodcastError, Unauthenticated
from podcast_core.ml.registry.promotion import add_promotion, list_promotions
from podcast_core.services import access
from podcast_core.services.intake.ingest import ingest
from podcast_core.services.labels import (
    archive,
    bulk_review,
    claiming,
    listing,
    remarks,
    review,
    rounds,
    saved_queues,
)
from podcast_core.services.people import invitations, naming, people, sign_in
from podcast_core.services.store import doctor, rebuild
from podcast_core.services.verifying import samples
from podcast_core.storage import claims
from podcast_core.storage.summaries import EVERYTHING
from podcast_core.workspace import Workspace
from tests.beside import dump
from tests.building import submit, with_settings
from tests.conftest import MakeWav

ADMIN = "Al"
CLAIMS = {"iss": "https://id.example", "sub": "7", "email": "Ann@Example.org", "email_verified": True, "name": "Ann"}


def add(workspace: Workspace, name: str, scope: str = "label", **more: Any) -> Person:
    return people.add_person(workspace, name=name, scope=scope, who=ADMIN, **more)


def name_annotators(workspace: Workspace) -> dict[str, str]:
    found, _ = listing.list_submissions(workspace, round_id="ten", limit=100)
    return {each.id: each.annotator for each in found}


def test_who_is_renamed_keeps_all_that_they_said_and_a_rebuild_says_the_same(
    workspace: Workspace, make_wav: MakeWav
) -> None:
    ingest(workspace, paths=[str(make_wav(seconds=3))], round_name="ten", session_length_s=1.0)
    first, second, third = (each.session_id for each in review.list_sessions(workspace, round_id="ten"))
    ann = add(workspace, "Ann", "review")
    one = submit(workspace, "ten", first, who="Ann").submission
    other = submit(workspace, "ten", second, who="Bob").submission
    review.review_submission(workspace, review_id="r", submission_id=other.id, reviewer="Ann", verdict=Verdict.ACCEPT)
    this = {"round_id": "ten", "who": "Ann"}
    wanted = bulk_review.Wanted(Selection(annotator="Bob"))
    bulk_review.judge(workspace, act_id="b", round_id="ten", wanted=wanted, verdict=Verdict.REJECT, people=["Ann"])
    remarks.add_remark(
        workspace, remark_id="m", submission_id=other.id, author="Ann", kind=RemarkKind.COMMENT, text="Look"
    )
    saved_queues.save_queue(workspace, name="Hers", query="annotator=Ann", **this)
    samples.draw_answers(workspace, samples.AnswerDraw("ten", count=1, seed=1, annotator="Ann"), who="Ann")
    shown = rounds.get_round(workspace, round_id="ten")
    rounds.change_round(workspace, replace(shown, assignments=(Assignment("Bay", "Ann", "Ann"),)))
    archive.rename_label(workspace, old="call", new="song", **this)
    add_promotion(workspace.files, "whistler", 1, "Ann")
    renamed = people.rename_person(workspace, person_id=ann.id, name="Zoë", who=ADMIN)
    assert (renamed.name, renamed.names) == ("Zoë", ("Ann",))
    late = submit(workspace, "ten", third, who="Ann").submission  # from a page that was open all the time

    def check() -> None:
        assert name_annotators(workspace) == {one.id: "Zoë", other.id: "Bob", late.id: "Zoë"}
        (found,) = review.get_history(workspace, round_id="ten", session_id=second)
        assert [each.reviewer for each in found.reviews] == ["Zoë", "Zoë"]
        assert review.list_annotators(workspace, round_id="ten") == ["Bob", "Zoë"]
        assert {each.person.name: each.answers for each in people.list_people(workspace)} == {"Zoë": 2}
        assert doctor.examine(workspace, contents=True).findings == []
        history = ("people", "person_names", "acts")  # which say who was called what
        assert "'Ann'" not in str({name: rows for name, rows in dump(workspace).items() if name not in history})
        assert [each.who for each in archive.list_acts(workspace, round_id="ten")] == ["Zoë"]
        (queue,) = saved_queues.list_queues(workspace, round_id="ten")
        assert (queue.who, queue.query) == ("Zoë", "annotator=Ann")
        selection = read_params(dict(parse_qsl(queue.query)))
        shown = [each.session_id for each in review.list_sessions(workspace, round_id="ten", selection=selection)]
        assert shown == [first, third]
        assert rounds.get_round(workspace, round_id="ten").find_sites("Zoë") == (("Bay",), (), False)
        assert naming.call_now(workspace, list_promotions(workspace.files, "whistler"))[0].who == "Zoë"

    check()
    place = review.find_place(workspace, round_id="ten", selection=EVERYTHING, session_id=first, people=["Ann"])
    assert place.obstacle  # still one's own answer
    assert b'"Ann"' in workspace.files.read(f"rounds/ten/submissions/{first}/{one.id}.json")  # as it was said
    before = dump(workspace)
    rebuild.rebuild(workspace, replace=True)
    assert dump(workspace) == before
    back = people.rename_person(workspace, person_id=ann.id, name="Ann", who=ADMIN)
    assert (back.name, back.names) == ("Ann", ("Zoë",))
    assert name_annotators(workspace)[one.id] == "Ann"


@pytest.mark.usefixtures("round_of_ten")
def test_a_name_that_is_somebodys_or_was_is_nobody_elses(workspace: Workspace) -> None:
    ann = add(workspace, "Ann")
    people.rename_person(workspace, person_id=ann.id, name="Zoë", who=ADMIN)
    submit(workspace, "ten", "ten_0000", who="Cleo")
    for name in ("Ann", "ANN ", "zoe\u0308", "  Zoë"):
        with pytest.raises(Conflict):
            add(workspace, name)
    with pytest.raises(Conflict, match="answers by 'cleo'"):
        people.rename_person(workspace, person_id=ann.id, name="cleo", who=ADMIN)
    assert add(workspace, "Cleo").name == "Cleo"  # whose answers an administrator knows
    with pytest.raises(NotFound):
        people.rename_person(workspace, person_id="no", name="X", who=ADMIN)


@pytest.mark.parametrize(
    "name", ["", "  ", "a\u202eb", "a\u200bb", "a\nb\x00", "x" * 81, "\ud800", "\u3164", "\u2800\ufe0f"]
)
def test_names_that_cannot_be_read_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        clean_name(name)


def test_names_of_all_scripts_are_names() -> None:
    assert [clean_name(each) for each in ("می\u200cخواهم", "李 雷", "Zoe\u0308")] == ["می\u200cخواهم", "李 雷", "Zoë"]


@pytest.mark.parametrize("name", ["V\u034fictor", "Victor\ufe0f", "Vic\u115ftor", "Victor\u3164", "\u2800Victor"])
def test_what_nobody_sees_makes_no_other_name(workspace: Workspace, name: str) -> None:
    add(workspace, "Victor")
    with pytest.raises(Conflict, match="Somebody here has the name"):
        add(workspace, name)


def test_a_name_that_looks_like_anothers_is_refused_unless_somebody_insists(workspace: Workspace) -> None:
    add(workspace, "Ann")
    other = add(workspace, "Bo")
    for name in ("\u0410nn", "\u0430nn", "\uff21nn", "\u0391nn", "Ann ", "\U0001d400nn"):
        with pytest.raises(Conflict):
            add(workspace, name)
        with pytest.raises(Conflict):
            people.rename_person(workspace, person_id=other.id, name=name, who=ADMIN)
        _, link = invitations.invite(workspace, who=ADMIN)
        with pytest.raises(Conflict):
            invitations.accept(workspace, text=link, name=name)
    assert add(workspace, "\u0410nn", insist=True).name == "\u0410nn"
    with pytest.raises(Conflict, match="has the name"):  # the same name, written in another way
        add(workspace, "\uff21nn", insist=True)
    allowing = with_settings(workspace, sign_in_from="@example.org")
    claims = {**CLAIMS, "sub": "9", "email": "dee@example.org", "name": "D\u0435e"}
    assert sign_in.sign_in(allowing, claims=claims).person.name == "dee"


def test_names_are_strangers_to_each_other_where_nobody_would_take_one_for_the_other(workspace: Workspace) -> None:
    for name in ("Ian", "Lan", "Zoe", "Zoë", "Анна", "Anna", "Γιάννης", "Bo 2", "Bo"):
        add(workspace, name)
    for alike, said in (("1an", "Ian"), ("Ia\u0578", "Ian"), ("B\u03bf 2", "Bo 2"), ("Сm", "mixes letters")):
        with pytest.raises(Conflict, match=said):
            add(workspace, alike)


def test_addresses_differ_where_folding_would_make_them_one() -> None:
    assert clean_email(" Ann@Example.ORG ") == "ann@example.org"
    assert clean_email("stra\u00dfe@example.org") != clean_email("strasse@example.org")
    assert clean_email("\u212aim@example.org") != clean_email("kim@example.org")  # the Kelvin sign
    for said in ("ann", "@example.org", "ann@", "a b@example.org", "a@b,c@example.org", "ann@example.org\n.evil"):
        with pytest.raises(InvalidInput):
            clean_email(said)


def test_a_role_counts_at_once_and_tokens_follow(workspace: Workspace) -> None:
    token, text = people.give_token(workspace, person="Bo", scope="label", who=ADMIN)
    _, reading = people.give_token(workspace, person="bo", scope="read", who=ADMIN)
    (bo,) = (each.person for each in people.list_people(workspace))
    assert (token.person, bo.scope) == ("Bo", "label")

    def scopes() -> list[str]:
        return [access.identify(workspace, each).scope for each in (text, reading)]

    assert scopes() == ["label", "read"]
    people.set_role(workspace, person_id=bo.id, scope="reviewer", who=ADMIN)
    assert scopes() == ["review", "read"]
    people.set_role(workspace, person_id=bo.id, scope="read", who=ADMIN)
    assert scopes() == ["read", "read"]
    people.rename_person(workspace, person_id=bo.id, name="Bob", who=ADMIN)
    caller = access.identify(workspace, text)
    assert (caller.person, caller.names) == ("Bob", ("Bo",))
    caller.check_name("Bo")
    with pytest.raises(Forbidden):
        caller.check_name("Al")


@pytest.mark.usefixtures("round_of_ten")
def test_who_has_left_comes_in_by_no_way_and_what_they_said_stays(workspace: Workspace) -> None:
    _, text = people.give_token(workspace, person="Bo", scope="label", who=ADMIN)
    _, secret = access.log_in(workspace, text=text)
    (bo,) = (each.person for each in people.list_people(workspace))
    _, link = invitations.invite(workspace, person_id=bo.id, who=ADMIN)
    by_link = invitations.accept(workspace, text=link).secret
    said = submit(workspace, "ten", "ten_0000", who="Bo").submission.id
    claiming.claim_next(workspace, round_id="ten", holder="tab", annotator="Bo")
    people.leave(workspace, person_id=bo.id, who=ADMIN)
    with workspace.database.reading() as connection:
        assert claims.list_claims(connection, "ten", utc_now()) == []  # what they held is for others
    ways: tuple[Callable[[], object], ...] = (
        lambda: access.identify(workspace, text),
        lambda: access.identify_browser(workspace, secret),
        lambda: access.identify_browser(workspace, by_link),
        lambda: access.log_in(workspace, text=text),
    )
    for enter in ways:
        with pytest.raises(Unauthenticated):
            enter()
    with pytest.raises(Conflict, match="has left"):
        people.give_token(workspace, person="Bo", who=ADMIN)
    with pytest.raises(Conflict, match="has left"):
        invitations.invite(workspace, person_id=bo.id, who=ADMIN)
    assert name_annotators(workspace) == {said: "Bo"}
    people.bring_back(workspace, person_id=bo.id, who=ADMIN)
    assert access.identify(workspace, text).person == "Bo"
    with pytest.raises(Unauthenticated):  # logins without a token ended for good
        access.identify_browser(workspace, by_link)


def test_the_last_administrator_stays_one(workspace: Workspace) -> None:
    al, bo = add(workspace, "Al", "admin"), add(workspace, "Bo", "admin")
    people.set_role(workspace, person_id=bo.id, scope="label", who="Al")
    with pytest.raises(Conflict, match="only administrator"):
        people.set_role(workspace, person_id=al.id, scope="label", who="Al")
    with pytest.raises(Conflict, match="only administrator"):
        people.leave(workspace, person_id=al.id, who="Al")


def test_holders_of_older_tokens_become_people_once(workspace: Workspace) -> None:
    for scope in ("read", "review"):
        access.create_token(workspace, person="Ann", scope=scope)
    for _ in range(2):
        people.adopt_holders(workspace)
    assert [(each.person.name, each.person.scope) for each in people.list_people(workspace)] == [("Ann", "review")]


def test_an_invitation_is_used_as_often_as_it_says(workspace: Workspace) -> None:
    made, link = invitations.invite(workspace, scope="review", uses=2, who=ADMIN)
    assert link[-43:] not in repr(invitations.list_invitations(workspace))
    for name in ("Ann", "Bo"):
        entered = invitations.accept(workspace, text=link, name=name)
        caller = access.identify_browser(workspace, entered.secret)
        assert (caller.person, caller.scope) == (name, "review")
    with pytest.raises(Unauthenticated, match="used"):
        invitations.accept(workspace, text=link, name="Cleo")
    other, link = invitations.invite(workspace, who=ADMIN)
    invitations.revoke_invitation(workspace, invitation_id=other.id)
    with pytest.raises(Unauthenticated, match="revoked"):
        invitations.accept(workspace, text=link, name="Cleo")
    for wrong in ("", "x", link[:-1] + ("A" if link[-1] != "A" else "B"), f"invitation_{made.id}_{'a' * 43}"):
        with pytest.raises(Unauthenticated):
            invitations.accept(workspace, text=wrong, name="Cleo")
    for wrong_name in ("ann", "", "Al\u202e"):
        _, link = invitations.invite(workspace, who=ADMIN)
        with pytest.raises((Conflict, InvalidInput)):
            invitations.accept(workspace, text=link, name=wrong_name)
        assert invitations.get_invitation(workspace, text=link).uses_left == 1  # a wrong name costs nothing


@pytest.mark.usefixtures("round_of_ten")
def test_who_is_invited_takes_nobodys_name(workspace: Workspace) -> None:
    submit(workspace, "ten", "ten_0000", who="Dee")
    _, link = invitations.invite(workspace, who=ADMIN)
    with pytest.raises(Conflict, match="answers by 'dee'"):
        invitations.accept(workspace, text=link, name="dee")


def test_of_two_who_use_an_invitation_at_the_same_moment_one_comes_in(workspace: Workspace) -> None:
    _, link = invitations.invite(workspace, who=ADMIN)
    start, said = threading.Barrier(4), []

    def accept(name: str) -> None:
        start.wait()
        try:
            invitations.accept(workspace, text=link, name=name)
            said.append("in")
        except PodcastError as error:
            said.append(type(error).__name__)

    threads = [threading.Thread(target=accept, args=(f"P{number}",)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(said) == ["Unauthenticated"] * 3 + ["in"]
    assert len(people.list_people(workspace)) == 1


def test_a_provider_lets_in_whom_somebody_added_by_address(workspace: Workspace) -> None:
    ann = add(workspace, "Ann B.", "review", email="ann@example.org")
    entered = sign_in.sign_in(workspace, claims=CLAIMS)
    assert (entered.person.id, access.identify_browser(workspace, entered.secret).scope) == (ann.id, "review")
    moved = {**CLAIMS, "email": "new@example.org", "email_verified": False}
    assert sign_in.sign_in(workspace, claims=moved).person.id == ann.id  # known by iss and sub now
    with pytest.raises(Forbidden, match="another account"):  # somebody else who has got the address
        sign_in.sign_in(workspace, claims={**CLAIMS, "sub": "8"})
    with pytest.raises(Forbidden, match="another account"):
        sign_in.sign_in(workspace, claims={**CLAIMS, "iss": "https://other.example"})
    people.set_email(workspace, person_id=ann.id, email="", who=ADMIN)
    with pytest.raises(Unauthenticated):
        access.identify_browser(workspace, entered.secret)
    with pytest.raises(Forbidden, match="not been let in"):
        sign_in.sign_in(workspace, claims=CLAIMS)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "mallory@example.net"},
        {"email": "ann@sub.example.org"},
        {"email": "ann@example.org.evil.net"},
        {"email": "ann@evil.net,@example.org"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": ["ann@example.org"]},
        {"email": None},
        {"sub": ""},
        {"sub": None},
        {"iss": None},
        {"sub": "x" * 256},
    ],
)
def test_a_provider_lets_nobody_else_in(workspace: Workspace, claims: dict[str, object]) -> None:
    allowing = with_settings(workspace, sign_in_from="bo@example.com, @example.org")
    with pytest.raises((Forbidden, InvalidInput)):
        sign_in.sign_in(allowing, claims={**CLAIMS, **claims})
    assert people.list_people(workspace) == []


def test_a_domain_lets_in_with_the_role_of_the_setting_under_a_free_name(workspace: Workspace) -> None:
    add(workspace, "Ann")
    allowing = with_settings(workspace, sign_in_from=" @EXAMPLE.org", sign_in_role="viewer")
    entered = sign_in.sign_in(allowing, claims=CLAIMS)
    assert (entered.person.name, entered.person.scope, entered.person.email) == ("Ann 2", "read", "ann@example.org")
    people.leave(workspace, person_id=entered.person.id, who=ADMIN)
    with pytest.raises(Forbidden, match="has left"):
        sign_in.sign_in(allowing, claims=CLAIMS)
    short = with_settings(workspace, sign_in_from="@example.org", sign_in_hours=1e-9)
    over = sign_in.sign_in(short, claims={**CLAIMS, "sub": "9", "email": "bo@example.org", "name": "a\u202eb"})
    assert over.person.name == "bo"
    with pytest.raises(Unauthenticated, match="over"):
        access.identify_browser(workspace, over.secret)
