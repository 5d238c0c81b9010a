"""Reference examples of labels."""

import io

import pytest
from fastapi.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.domain.box import Box
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.labels import archive, examples, rounds
from podcast_core.services.store import records
from podcast_core.workspace import Workspace
from tests.building import encode_sound, make_sound

pytestmark = pytest.mark.usefixtures("round_of_ten")


def add(workspace: Workspace, start_s: float, label: str = "call", session_id: str = "ten_0003") -> str:
    box = Box(start_s, start_s + 0.25, low_hz=500.0, high_hz=900.0)
    found = examples.add_example(workspace, round_id="ten", session_id=session_id, label=label, box=box, who="Rae")
    return found.id


def list_shown(workspace: Workspace) -> list[tuple[str, str, float]]:
    return [(each.label, each.session_id, each.start_s) for each in examples.list_examples(workspace, round_id="ten")]


def test_examples_are_listed_by_label_and_the_same_again_changes_nothing(workspace: Workspace) -> None:
    add(workspace, 0.5, "whistle")
    first = add(workspace, 0.25)
    assert add(workspace, 0.25) == first
    assert list_shown(workspace) == [("call", "ten_0003", 0.25), ("whistle", "ten_0003", 0.5)]
    states = sorted(workspace.files.list("rounds/ten/round"))
    kept = [records.to_round(key, workspace.files.read(key)) for key in states]
    assert rounds.get_round(workspace, round_id="ten") in kept, "the store has what the database says"
    examples.remove_example(workspace, round_id="ten", example_id=first)
    assert list_shown(workspace) == [("whistle", "ten_0003", 0.5)]
    with pytest.raises(NotFound):
        examples.remove_example(workspace, round_id="ten", example_id=first)


def test_what_is_around_an_example_ends_with_its_session(workspace: Workspace) -> None:
    add(workspace, 0.7)
    [(_, shown)] = examples.list_around(workspace, round_id="ten", share=1.0, min_s=0.05)
    assert [shown.start_s, shown.end_s] == pytest.approx([0.45, 1.0])


def test_examples_follow_a_label_that_is_renamed_and_stay_when_the_round_is_edited(workspace: Workspace) -> None:
    add(workspace, 0.25)
    archive.rename_label(workspace, round_id="ten", old="call", new="S01", who="Ann")
    assert list_shown(workspace) == [("S01", "ten_0003", 0.25)]
    round_ = rounds.get_round(workspace, round_id="ten")
    rounds.change_round(workspace, round_)
    assert list_shown(workspace) == [("S01", "ten_0003", 0.25)]


def test_what_is_no_example_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="no label 'song'"):
        add(workspace, 0.25, "song")
    with pytest.raises(InvalidInput, match="0 to 1 s; found 0.9 to 1.15 s"):
        add(workspace, 0.9)
    with pytest.raises(NotFound):
        add(workspace, 0.25, session_id="ten_9999")
    for number in range(12):
        add(workspace, 0.01 * number)
    with pytest.raises(InvalidInput, match="12 examples already"):
        add(workspace, 0.5)


def test_over_http_by_reviewers(workspace: Workspace) -> None:
    client = TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501")
    sound = {"session_id": "ten_0004", "label": "call", "start_s": 0.1, "end_s": 0.2, "who": "Rae"}
    made = client.post("/api/v1/rounds/ten/examples", json=sound)
    assert made.status_code == 201
    assert made.json()["start_s"] == pytest.approx(0.1)
    assert [each["id"] for each in client.get("/api/v1/rounds/ten/examples").json()["items"]] == [made.json()["id"]]
    assert client.delete(f"/api/v1/rounds/ten/examples/{made.json()['id']}").status_code == 204
    assert client.get("/api/v1/rounds/ten/examples").json()["items"] == []


def test_an_uploaded_sound_is_an_example_with_picture_sound_and_licence(workspace: Workspace) -> None:
    client = TestClient(create_api(lambda: workspace), base_url="http://127.0.0.1:8501")
    url = "/api/v1/rounds/ten/examples"
    data = encode_sound(make_sound(0.5, [(0.1, 0.3)]))
    told = {"label": "call", "licence": "CC BY 4.0", "source": "Rae, 2026", "who": "Rae"}
    made = client.post(f"{url}/clips", data=told, files={"file": ("a/call.wav", data)})
    assert made.status_code == 201, made.text
    assert client.post(f"{url}/clips", data=told, files={"file": ("call.wav", data)}).json() == made.json()
    other = client.post(f"{url}/clips", data={**told, "licence": "CC0"}, files={"file": ("call.wav", data)})
    assert (other.status_code, "licence 'CC BY 4.0'" in other.json()["detail"]) == (409, True)
    (shown,) = client.get(url).json()["items"]
    assert (shown["session_id"], shown["end_s"], shown["clip"]["licence"]) == ("", 0.5, "CC BY 4.0")
    sound = client.get(f"{url}/{shown['id']}/sound")
    assert (sound.status_code, sound.content[:4]) == (200, b"RIFF")
    assert client.get(f"{url}/{shown['id']}/picture").content[:2] == b"\xff\xd8"
    [(_, around)] = examples.list_around(workspace, round_id="ten", share=1.0, min_s=0.05)
    assert (around.start_s, around.end_s) == (0.0, 0.5)
    key = sorted(workspace.files.list("rounds/ten/round"))[-1]
    assert records.to_round(key, workspace.files.read(key)) == rounds.get_round(workspace, round_id="ten")
    assert client.delete(f"{url}/{shown['id']}").status_code == 204
    assert client.get(f"{url}/{shown['id']}/sound").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "licence", "said"),
    [
        ("notes.txt", b"no sound", "CC0", "notes.txt: "),
        ("empty.wav", b"", "CC0", "found 0.0 MB"),
        ("long.wav", encode_sound(make_sound(61, rate_hz=1000), 1000), "CC0", "long.wav: "),
        ("call.wav", encode_sound(make_sound(0.5)), "", "licence"),
    ],
)
def test_what_cannot_be_an_uploaded_example_is_refused(
    workspace: Workspace, name: str, data: bytes, licence: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        examples.add_clip(
            workspace, round_id="ten", label="call", name=name, file=io.BytesIO(data), licence=licence, who="Rae"
        )
    assert list_shown(workspace) == []
