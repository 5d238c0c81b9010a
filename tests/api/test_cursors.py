"""Lists are walked from part to part: whole, and without doubles, while things are added and removed."""

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import SORTS
from podcast_core.services.labels import archive, rounds
from podcast_core.storage import reviews
from podcast_core.workspace import Workspace
from tests.building import add_recording, list_answers, list_sessions, make_recording, make_sessions, submit
from tests.services.runs import add_round, do_run, write_calls
from tests.services.sea import add_sea, answer_everything

ROUND = "/api/v1/rounds/sea"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LISTS = (
    *(f"{ROUND}/sessions?sort={sort}" for sort in SORTS),
    f"{ROUND}/sessions?label=call&sort=newest",
    f"{ROUND}/sessions?open=true",
    *(f"{ROUND}/submissions", f"{ROUND}/submissions?annotator=Ann", f"{ROUND}/submissions?session_id=a_0_0"),
    *(f"{ROUND}/reviews", f"{ROUND}/reviews?reviewer=Rita", f"{ROUND}/recordings", f"{ROUND}/acts"),
    *("/api/v1/recordings", "/api/v1/recordings?search=.wav", "/api/v1/rounds", "/api/v1/jobs", "/api/v1/runs"),
    *(
        f"{ROUND}/prediction-sets",
        f"{ROUND}/candidates",
        f"{ROUND}/predictions?order=lowest",
        f"{ROUND}/predictions?order=time",
        "/api/v1/models",
        "/api/v1/releases",
    ),
)


@pytest.fixture
def sea(workspace: Workspace) -> Workspace:
    """Round ``sea`` with two answers for one session, reviews of one moment, acts, and other rounds."""
    add_sea(workspace)
    answer_everything(workspace)
    submit(workspace, "sea", "a_0_0", outcome=Outcome.EMPTY)
    with workspace.database.writing() as connection:
        given = [Review(f"r-{each.id}", each.id, "Rita", Verdict.ACCEPT) for each in list_answers(workspace, "sea")]
        for each in given:
            reviews.add_review(connection, Review(each.id, each.submission_id, "Rita", Verdict.ACCEPT, "", None, NOW))
    for name in ("lake", "pond", "river"):
        rounds.add_round(workspace, name=name, labels=["call"])
    archive.rename_label(workspace, round_id="sea", old="click", new="clack", who="Ann")
    archive.rename_label(workspace, round_id="sea", old="clack", new="click", who="Ann")
    return workspace


def walk(
    client: TestClient, address: str, *, limit: int = 1, between: Callable[[int], object] = lambda _count: None
) -> Iterator[dict[str, Any]]:
    """Follow a list from part to part."""
    link: str | None = f"{address}{'&' if '?' in address else '?'}limit={limit}"
    count = 0
    while link:
        answer = client.get(link)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["offset"] >= count  # more where something was added before
        assert len(page["items"]) <= page["limit"] == limit
        yield from page["items"]
        count += len(page["items"])
        link = page["next"]
        assert link is None or ("after=" in link and "offset=" not in link)
        between(count)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_in_parts_is_the_list_as_a_whole(client: TestClient, sea: Workspace, address: str) -> None:
    whole = client.get(address, params={"limit": 1000} if "?" not in address else None).json()
    assert (whole["next"], whole["total"]) == (None, len(whole["items"]))
    for limit in (1, 2):
        assert list(walk(client, address, limit=limit)) == whole["items"]
    assert sea


def test_the_lists_of_a_run_are_walked_too(client: TestClient, workspace: Workspace, tmp_path: Path) -> None:
    run = do_run(workspace, round_ids=[add_round(workspace, write_calls(tmp_path / "a.wav"))]).run
    for address in (f"/api/v1/runs/{run.id}/sessions", f"/api/v1/runs/{run.id}/boxes?threshold=0.5"):
        whole = client.get(address).json()["items"]
        assert len(whole) > 2
        assert list(walk(client, address)) == whole
        wrong = [text for text in WRONG if text != "[1,1,1]"]  # which is a place in the second list
        refused = [send(client, address, text) for text in wrong]
        assert {(each.status_code, "after: expected" in each.text) for each in refused} == {(400, True)}


def add_later(workspace: Workspace, count: int) -> None:
    """Add a recording before all others, and one behind them."""
    for name in (f"0{count}", f"z{count}"):
        recording = make_recording(f"/{name}.wav", 20, digits=f"{count + 10:x}{'c' if name[0] == 'z' else 'd'}")
        add_recording(workspace, recording, make_sessions(recording, "sea", name + "_{:x}", 2))


@pytest.mark.parametrize("sort", SORTS)
def test_sessions_come_once_while_others_come_and_go(client: TestClient, sea: Workspace, sort: str) -> None:
    everything = [each.id for each in list_sessions(sea, "sea")]
    first, *_ = client.get(f"{ROUND}/sessions?sort={sort}").json()["items"]
    gone = first["recording_id"]

    def change(count: int) -> None:
        if count == 2:  # what was listed is gone, and the place where the list goes on with it
            archive.archive_recording(sea, round_id="sea", recording_id=gone, who="Ann")
        elif count == 3:
            add_later(sea, count)

    found = [each["session_id"] for each in walk(client, f"{ROUND}/sessions?sort={sort}", between=change)]
    left = [each.id for each in list_sessions(sea, "sea") if each.id in everything]
    assert len(found) == len(set(found))
    assert set(left) <= set(found)


def test_answers_and_recordings_come_once_while_others_are_added(client: TestClient, sea: Workspace) -> None:
    for address in (f"{ROUND}/submissions", f"{ROUND}/reviews", "/api/v1/recordings", "/api/v1/rounds"):
        before = [each["id" if "id" in each else "submission_id"] for each in client.get(address).json()["items"]]

        def change(count: int, address: str = address) -> None:
            if count == 1:
                submit(sea, "sea", "a_0_0", outcome=Outcome.EMPTY)
                rounds.add_round(sea, name=f"new {address[-4:]}", labels=["call"])
                if address.endswith("recordings"):
                    add_later(sea, 1)

        found = [each["id" if "id" in each else "submission_id"] for each in walk(client, address, between=change)]
        assert len(found) == len(set(found))
        assert set(before) <= set(found)


def test_who_counts_goes_on_counting(client: TestClient, sea: Workspace) -> None:
    assert sea
    for address in (f"{ROUND}/sessions", "/api/v1/rounds"):
        page = client.get(f"{address}?limit=2&offset=1").json()
        asked = parse_qs(urlsplit(page["next"]).query)
        assert (asked["offset"], asked["limit"], "after" in asked) == (["3"], ["2"], False)
        assert client.get(page["next"]).json()["offset"] == 3


def test_a_cursor_is_of_one_list_only(client: TestClient, sea: Workspace) -> None:
    assert sea
    link = client.get(f"{ROUND}/sessions?limit=1&sort=newest").json()["next"]
    after = parse_qs(urlsplit(link).query)["after"][0]
    made_up = base64.urlsafe_b64encode(b'0123456789ab[1,"x"]').decode()
    for address in (
        f"{ROUND}/sessions?sort=oldest&after={after}",
        f"{ROUND}/submissions?after={after}",
        f"{ROUND}/sessions?sort=newest&after={after[:-2]}",
        f"{ROUND}/sessions?after={made_up}",
        f"{ROUND}/sessions?after=%00%ff",
        f"{ROUND}/sessions?after={'A' * 5000}",
    ):
        refused = client.get(address)
        assert (refused.status_code, "after: expected" in refused.text) == (400, True), address
    both = client.get(f"{ROUND}/sessions?sort=newest&offset=0&after={after}")
    assert (both.status_code, "not by both" in both.text) == (400, True)
    assert client.get(f"{ROUND}/sessions?sort=newest&limit=7&after={after}").json()["offset"] == 1


@pytest.mark.parametrize("gone", [1, 2])
def test_a_list_is_whole_where_the_last_item_that_was_sent_is_archived(
    client: TestClient, workspace: Workspace, gone: int
) -> None:
    for name in "abcdef":
        rounds.add_round(workspace, name=name, labels=["call"])
    known = {each["id"] for each in client.get("/api/v1/rounds").json()["items"]}
    page = client.get("/api/v1/rounds?limit=2").json()
    sent = [each["id"] for each in page["items"]]
    for each in sent[-gone:]:
        archive.archive_round(workspace, round_id=each, who="Ann")
    while page["next"]:
        page = client.get(page["next"]).json()
        sent += [each["id"] for each in page["items"]]
    assert sorted(sent) == sorted(known)


KEYS = st.one_of(
    *(st.none(), st.booleans(), st.text(max_size=5), st.integers(), st.floats(), st.datetimes().map(str)),
    st.sampled_from([2**31, 2**63, 10**400, math.inf, "\0", "\ud800", {"at": "9999-12-31T23:59:59-12:00"}, {"at": 1}]),
    st.just({"at": "2026-01-01T00:00:00+00:00"}),
)
FORGED = st.one_of(
    st.lists(st.one_of(KEYS, st.lists(KEYS, max_size=3), st.lists(st.lists(KEYS))), max_size=5),
    st.tuples(st.integers(0, 9), KEYS, KEYS, KEYS).map(list),
    KEYS,
)


def forge(address: str, text: str) -> str:
    """Write a cursor of a list as the server does, with anything in it."""
    path, _, query = address.partition("?")
    listed = f"{path}?{urlencode(sorted(parse_qsl(query)))}"
    digest = hashlib.sha256("\n".join((listed, text)).encode()).hexdigest()[:12]
    return base64.urlsafe_b64encode(f"{digest}{text}".encode()).decode().rstrip("=")


WRONG = (
    *(
        "",
        "1",
        "{}",
        "[]",
        "null",
        "[1",
        "[null]",
        "[true]",
        '["1"]',
        "[-1]",
        "[1e3]",
        f"[{2**60}]",
        "[NaN]",
        "[1e999]",
    ),
    *("[1,1,1]", '[1,"a",1]', '[1,"a","a","a"]', '[1,null,1,"a","b"]', '[1,1.5,"a"]', '[1,true,"a"]', "[1,[[1]]]"),
    *("[1,1e999]", f'[1,{2**31},"a"]', f'[1,{2**63},"a"]', f"[1,{'9' * 3900}]", "[" * 2500, '[1,1,"\\u0000"]'),
    *('[1,{"at":"x"},1,"a"]', '[1,{"at":"0001-01-01T00:00:00+12:00"},"a"]', '[1,{"at":1},"a"]', '[1,1,"\\ud800"]'),
)


def send(client: TestClient, address: str, text: str) -> Response:
    return client.get(f"{address}{'&' if '?' in address else '?'}after={forge(address, text)}")


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_forged_cursor_goes_on_somewhere_or_is_refused(
    client: TestClient, sea: Workspace, data: st.DataObject
) -> None:
    assert sea
    answer = send(client, data.draw(st.sampled_from(LISTS)), json.dumps(data.draw(FORGED)))
    assert answer.status_code in (200, 400), answer.text
    assert answer.status_code == 200 or "after: expected" in answer.text


def test_a_cursor_with_a_right_digest_and_wrong_insides_is_refused(client: TestClient, sea: Workspace) -> None:
    assert sea
    for address in (f"{ROUND}/sessions", f"{ROUND}/sessions?sort=newest", f"{ROUND}/submissions", "/api/v1/rounds"):
        for text in WRONG:
            answer = send(client, address, text)
            assert (answer.status_code, "after: expected" in answer.text) == (400, True), (address, text, answer.text)
