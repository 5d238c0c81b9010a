"""Annotations that clients of WhisperSeg's audio backend post."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from podcast_core.services import imports
from podcast_core.workspace import Workspace
from tests.api.vocal import ask
from tests.conftest import MakeWav

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
    ask(client, "/post-annotations/flock", annotations=[])
    found = client.get("/get-annotations").json()
    assert found["annotations"] == [ROW]
    assert [post["annotations"] for post in client.get("/get-annotations/flock").json()["posts"]] == [[]]
    table = client.get("/get-annotations?format=csv-7").text
    assert table.splitlines() == [
        "onset,offset,species,individual,clustername,filename,channelIndex",
        '0.5,0.75,"finch, zebra",b1,A,song.wav,0',
    ]
    assert client.get("/get-annotations/flock?format=csv").text.splitlines()[1].startswith("-1,-1,-1,-1,")
    keys = workspace.files.list("vocal-annotations")
    assert len(keys) == 2


def test_posted_annotations_can_be_imported(client: TestClient, workspace: Workspace, make_wav: MakeWav) -> None:
    from podcast_core.services import ingest

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
    assert client.get("/get-annotations").json()["posts"] == []
