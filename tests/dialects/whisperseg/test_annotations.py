"""Annotations that clients of WhisperSeg's audio backend post."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.services.exchange import imports
from podcast_core.workspace import Workspace
from tests.api.conftest import LAN, bearer
from tests.conftest import MakeWav
from tests.dialects.whisperseg.asking import ask

ROW = {
    "onset": 0.5,
    "offset": 0.75,
    "species": "finch, zebra",
    "individual": "b1",
    "clustername": "A",
    "filename": "song.wav",
    "channelIndex": 0,
}


def test_annotations_are_kept_once_and_read_again(client: TestClient, workspace: Workspace) -> None:
    answer = ask(client, "/post-annotations", annotations=[ROW])
    assert (answer.status_code, answer.json()["message"]) == (201, "Annotations inserted successfully.")
    ask(client, "/post-annotations", annotations=[ROW])
    assert client.get("/get-annotations").json() == [ROW]
    (post,) = client.get("/get-annotations?format=posts").json()["posts"]
    assert (post["id"], post["annotations"]) == (answer.json()["id"], [ROW])
    table = client.get("/get-annotations?format=csv-7").text
    assert table.splitlines() == [
        "onset,offset,species,individual,clustername,filename,channelIndex",
        '0.5,0.75,"finch, zebra",b1,A,song.wav,0',
    ]
    assert len(workspace.files.list("vocal-annotations")) == 1


def test_no_call_is_kept_as_a_row_that_says_so(client: TestClient) -> None:
    for _ in range(2):
        ask(client, "/post-annotations/flock", annotations=[])
        ask(client, "/post-annotations", annotations=[])
    no_call = {"onset": -1, "offset": -1, "species": "Unknown"}
    assert client.get("/get-annotations/flock").json() == [no_call]
    assert client.get("/get-annotations/flock?format=csv").text.splitlines()[1].startswith("-1,-1,-1,-1,Unknown")
    # Outside of a collection nothing says that both are about the same recording.
    assert client.get("/get-annotations").json() == [no_call, no_call]
    assert client.get("/get-annotations/nobody-posted-here").json() == []


def test_a_row_names_the_person_of_the_token(workspace: Workspace) -> None:
    mine, admin = bearer(workspace, "label"), bearer(workspace, "admin")
    with TestClient(create_api(lambda: workspace), base_url=LAN) as lan:
        for head, name, status in ((mine, "Bob", 403), (mine, "Ann", 201), (admin, "Bob", 201), (mine, None, 201)):
            row = {**ROW, "username": name}
            answer = lan.post("/post-annotations/flock", json={"annotations": [row]}, headers=head)
            assert answer.status_code == status, (name, answer.text)
        posts = lan.get("/get-annotations/flock?format=posts", headers=mine).json()["posts"]
    assert [post["posted_by"] for post in posts] == ["Ann", "Ann", "Ann"]
    assert [post["annotations"][0]["username"] for post in posts] == ["Ann", "Bob", None]


def test_posted_annotations_can_be_imported(client: TestClient, workspace: Workspace, make_wav: MakeWav) -> None:
    from podcast_core.services.intake import ingest

    ingest.ingest(workspace, paths=[make_wav("song.wav")], round_name="songs", labels=["A"])
    ask(client, "/post-annotations", annotations=[ROW])
    table = client.get("/get-annotations?format=csv").content
    report = imports.import_annotations(
        workspace, round_id="songs", annotator="Ann", files=[("annotations.csv", table)]
    )
    assert report.added == 1


@pytest.mark.parametrize(
    "row", [{"onset": 2, "offset": 1}, {"onset": "soon", "offset": 1}, {}, {"onset": -1, "offset": 3}]
)
def test_rows_without_times_are_refused_as_a_whole(client: TestClient, row: dict[str, Any]) -> None:
    answer = ask(client, "/post-annotations", annotations=[ROW, row])
    assert answer.status_code == 400
    assert "annotations[1]" in answer.json()["error"]
    assert client.get("/get-annotations").json() == []
