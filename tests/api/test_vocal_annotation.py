"""The routes of WhisperSeg's audio backend as its clients use them, with sound whose truth is known."""

import base64
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from podcast_core.api.server import create_api
from podcast_core.ml import registry
from podcast_core.services import imports, jobs, models, vocal_labels
from podcast_core.services.job_kinds import JOBS
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace, open_workspace
from tests.conftest import SHARED_DATA, MakeWav
from tests.services.test_job_kinds import Running
from tests.working import wait_until_ended, working

RATE = 16_000
SPEC = {
    "spec_cal_method": None,
    "n_fft": None,
    "bins_per_octave": None,
    "hop_length": 160,
    "num_spec_columns": 100,
    "sampling_rate": None,
    "min_frequency": None,
    "max_frequency": None,
}


def make_song(path: Path, seconds: float = 8.0) -> Path:
    """Calls of 0.2 s at 3 kHz at every full second, in noise."""
    time = np.arange(round(seconds * RATE)) / RATE
    song = 0.01 * np.random.default_rng(0).standard_normal(len(time))
    song += 0.3 * np.sin(2 * np.pi * 3000 * time) * ((time % 1 < 0.2) & (time >= 1))
    soundfile.write(path, song, RATE, subtype="PCM_16")
    return path


def send(client: TestClient, data: bytes, name: str = "song.wav", **form: Any) -> Any:
    return client.post("/upload", files={"newAudioFile": (name, data)}, data=form)


@pytest.fixture
def song(client: TestClient, tmp_path: Path) -> str:
    """The audio id of a song."""
    answer = send(client, make_song(tmp_path / "song.wav").read_bytes())
    assert answer.status_code == 201
    return str(answer.json()["channels"][0]["audio_id"])


def ask(client: TestClient, path: str, **body: Any) -> Any:
    return client.post(path, json=body)


def test_the_documented_defaults_of_an_upload(client: TestClient) -> None:
    file = io.BytesIO()
    count = 6_710_887  # 419.4304375 s, the example of the documentation
    soundfile.write(file, np.zeros(count, np.int16), RATE, format="FLAC", subtype="PCM_16")
    answer = send(client, file.getvalue(), "example.flac").json()
    assert answer["configurations"] == {
        "bins_per_octave": None,
        "hop_length": 6710,
        "max_frequency": 8000,
        "min_frequency": 0,
        "n_fft": 512,
        "num_spec_columns": 1000,
        "sampling_rate": 16000,
        "spec_cal_method": "log-mel",
    }
    assert answer["channels"][0]["audio_duration"] == 419.4304375


def test_every_channel_has_an_id_and_its_own_sound(client: TestClient, tmp_path: Path) -> None:
    samples = np.stack([np.full(4000, value) for value in (0.1, 0.2, 0.3)], axis=1)
    soundfile.write(tmp_path / "three.wav", samples, 8000, subtype="PCM_16")
    channels = send(client, (tmp_path / "three.wav").read_bytes()).json()["channels"]
    assert len({each["audio_id"] for each in channels}) == 3
    for value, each in zip((0.1, 0.2, 0.3), channels, strict=True):
        clip = ask(client, "/get-audio-clip-wav", audio_id=each["audio_id"], start_time=0.25, clip_duration=0.5)
        sound, rate = soundfile.read(io.BytesIO(base64.b64decode(clip.json()["wav"])))
        assert (clip.status_code, rate, len(sound)) == (200, 8000, 4000)
        assert np.allclose(sound[:2000], value, atol=1e-4)
        assert not sound[2000:].any()  # beyond the end


def draw(client: TestClient, audio_id: str, start_time: float = 0.0, **changes: Any) -> tuple[np.ndarray, Any]:
    answer = ask(client, "/get-audio-clip-spec", audio_id=audio_id, start_time=start_time, **{**SPEC, **changes})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    image = Image.open(io.BytesIO(base64.b64decode(found["spec"])))
    assert image.mode == "RGB"
    return np.asarray(image).astype(int).sum(axis=2), found


@pytest.mark.parametrize("method", ["log-mel", "constant-q"])
def test_a_tone_is_in_the_row_of_its_frequency_and_the_column_of_its_time(
    client: TestClient, song: str, method: str
) -> None:
    pixels, found = draw(client, song, 1.5, spec_cal_method=method)
    freqs = found["freqs"]
    assert pixels.shape == (300, 100)
    assert len(freqs) == 300
    assert freqs == sorted(freqs)
    row = int(pixels[:, 60].argmax())
    nearest = 299 - int(np.abs(np.array(freqs) - 3000).argmin())
    assert abs(row - nearest) <= 1
    loud = pixels[row] > pixels[row].max() / 2
    assert abs(int(loud.argmax()) - 50) <= 3
    assert abs(int(loud.sum()) - 20) <= 5


def test_constant_q_keeps_the_documented_bins_per_octave(client: TestClient, song: str) -> None:
    _, found = draw(client, song, spec_cal_method="constant-q", min_frequency=-100)
    assert found["configurations"]["min_frequency"] == 50
    assert found["configurations"]["bins_per_octave"] == 41
    _, found = draw(client, song, spec_cal_method="constant-q", min_frequency=100, max_frequency=99_999)
    assert found["configurations"]["max_frequency"] == 8000


def test_an_overview_does_not_miss_a_short_call(client: TestClient, tmp_path: Path) -> None:
    samples = 0.001 * np.random.default_rng(0).standard_normal(60 * RATE)
    samples[30 * RATE + 500 : 30 * RATE + 540] = 0.9
    soundfile.write(tmp_path / "click.wav", samples, RATE, subtype="PCM_16")
    found = send(client, (tmp_path / "click.wav").read_bytes(), num_spec_columns="100").json()
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(found["channels"][0]["spec"])))).astype(int)
    columns = pixels.sum(axis=(0, 2))
    assert int(columns.argmax()) == 50


def test_another_rate_of_the_picture_changes_nothing_that_is_kept(client: TestClient, song: str) -> None:
    _, before = draw(client, song)
    _, other = draw(client, song, sampling_rate=8000)
    assert other["configurations"]["max_frequency"] == 4000
    _, after = draw(client, song)
    assert after == before


def test_brightness_and_colours(client: TestClient, song: str) -> None:
    dark, _ = draw(client, song, brightness=0.3)
    bright, _ = draw(client, song, brightness=1.5)
    assert dark.mean() < bright.mean()
    odd, _ = draw(client, song, color_map="nonsense")
    usual, _ = draw(client, song, color_map="inferno")
    assert (odd == usual).all()


def test_scrolling_does_not_change_the_contrast(client: TestClient, song: str) -> None:
    loud, _ = draw(client, song, 0.5)
    quiet, _ = draw(client, song, 0.0, num_spec_columns=50)
    assert abs(int(np.median(loud[:, :40])) - int(np.median(quiet[:, :40]))) < 40


def test_the_outline_of_a_waveform(client: TestClient, song: str) -> None:
    short = ask(client, "/get-audio-clip-for-visualization", audio_id=song, start_time=0.5, clip_duration=0.1).json()[
        "wav_array"
    ]
    assert len(short) == 1600
    outline = ask(
        client,
        "/get-audio-clip-for-visualization",
        audio_id=song,
        start_time=0,
        clip_duration=8,
        target_length=200,
    ).json()["wav_array"]
    assert len(outline) <= 200
    assert max(outline) == pytest.approx(0.33, abs=0.03)


def test_an_audio_id_survives_a_restart_and_ends_when_it_is_released_or_forgotten(
    client: TestClient, song: str, workspace: Workspace
) -> None:
    clip = {"audio_id": song, "start_time": 0, "clip_duration": 0.1}
    again = open_workspace(workspace.settings)
    with TestClient(create_api(lambda: again), base_url="http://127.0.0.1") as restarted:
        assert restarted.post("/get-audio-clip-wav", json=clip).status_code == 200
        assert ask(restarted, "/release-audio-given-ids", audio_id_list=[song, "unknown"]).json() == {
            "status": "success"
        }
    again.database.close()
    gone = client.post("/get-audio-clip-wav", json=clip)
    assert gone.status_code == 404
    assert gone.json()["error"] == gone.json()["detail"]


def test_an_unused_audio_id_is_forgotten(workspace: Workspace, tmp_path: Path) -> None:
    impatient: Settings = workspace.settings.model_copy(update={"audio_id_hours": 1e-9})
    opened = open_workspace(impatient)
    with TestClient(create_api(lambda: opened), base_url="http://127.0.0.1") as client:
        audio_id = send(client, make_song(tmp_path / "song.wav", 2).read_bytes()).json()["channels"][0]["audio_id"]
        assert ask(client, "/get-audio-clip-wav", audio_id=audio_id, start_time=0, clip_duration=1).status_code == 404
    opened.database.close()


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


def test_the_lists_say_honestly_who_answers(client: TestClient) -> None:
    for kind in ("finetuning", "inference"):
        answer = client.post(f"/list-models-available-for-{kind}", headers={"content-type": "application/json"})
        listed = {each["model_name"]: each for each in answer.json()["response"]}
        assert answer.status_code == 201
        assert set(listed) == {"whisperseg-base", "whisperseg-large", "energy-detector"}
        assert "energy-detector answers in its place" in listed["whisperseg-base"]["note"]
        assert {(each["status"], each["eta"]) for each in listed.values()} == {("ready", "--:--:--")}
    assert client.post("/list-models-training-in-progress").json() == {"response": []}


def test_segmentation_finds_the_calls_and_keeps_peoples_labels(client: TestClient, song: str) -> None:
    found = ask(client, "/get-labels", audio_id=song, model_name="whisperseg-large", min_frequency=0).json()
    assert found["model_used"] == "energy-detector"
    assert "stands" in found["note"] or "in its place" in found["note"]
    onsets = [each["onset"] for each in found["labels"]]
    assert onsets == pytest.approx([1, 2, 3, 4, 5, 6, 7], abs=0.02)
    assert {each["species"] for each in found["labels"]} == {"Unknown"}
    human = {"onset": 1.9, "offset": 2.3, "species": "finch", "individual": "b1", "clustername": "A"}
    merged = ask(
        client,
        "/get-labels",
        audio_id=song,
        model_name="energy-detector",
        annotated_areas=[{"onset": 1.5, "offset": 4.5}],
        human_labels=[human, {"onset": 6, "offset": 6.5}],
    ).json()
    assert [each["onset"] for each in merged["labels"]] == pytest.approx([1, 1.9, 5, 6, 7], abs=0.02)
    assert merged["labels"][1] == human
    assert merged["dropped_human_labels"] == 1


SPANS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 10)).map(lambda each: {"onset": each[0], "offset": sum(each)}),
    max_size=8,
)


@given(SPANS, SPANS, SPANS)
def test_the_merge_follows_the_documented_rule(
    predicted: list[dict[str, int]], human: list[dict[str, int]], areas: list[dict[str, int]]
) -> None:
    kept, dropped = vocal_labels.merge([{**each, "score": 1.0} for each in predicted], human, areas)

    def hits(each: dict[str, int]) -> bool:
        return any(each["onset"] < area["offset"] and each["offset"] > area["onset"] for area in areas)

    expected = [(each["onset"], each["offset"]) for each in human if hits(each)]
    expected += [(each["onset"], each["offset"]) for each in predicted if not hits(each)]
    assert [(each["onset"], each["offset"]) for each in kept] == sorted(expected)
    assert dropped == sum(not hits(each) for each in human)


AREAS = [{"onset": 0.5, "offset": 3.5}, {"onset": 4.3, "offset": 4.9}]
HUMAN = [
    {"onset": second, "offset": second + 0.2, "species": "finch", "individual": "b1", "clustername": "A"}
    for second in (1.0, 2.0, 3.0)
]


@pytest.mark.parametrize("spelling", ["initial_model_name", "inital_model_name"])
def test_training_makes_a_model_that_labels_with_what_it_learned(
    client: TestClient, song: str, workspace: Workspace, spelling: str
) -> None:
    body = {
        "audio_id": song,
        "annotated_areas": AREAS,
        "human_labels": HUMAN,
        "new_model_name": "My-Finch",
        spelling: "whisperseg-base",
    }
    answer = client.post("/finetune-whisperseg", json=body)
    assert (answer.status_code, answer.json()["message"]) == (201, "Training")
    (waiting,) = client.post("/list-models-training-in-progress").json()["response"]
    assert waiting == {"model_name": "my-finch", "status": "queuing", "eta": "--:--:--"}
    taken = client.post("/finetune-whisperseg", json=body)
    assert (taken.status_code, taken.json()["error"]) == (409, "Model name already exists")
    (job,) = jobs.list_jobs(workspace)
    params = jobs.get_job(workspace, job_id=job.id).params
    JOBS["finetune"].run(workspace, params, Running())
    JOBS["finetune"].run(workspace, params, Running())  # continued after a kill: the same again
    names = [each["model_name"] for each in client.post("/list-models-available-for-inference").json()["response"]]
    assert names[-1] == "my-finch"
    assert client.post("/list-models-training-in-progress").json() == {"response": []}
    found = ask(client, "/get-labels", audio_id=song, model_name="my-finch").json()
    assert found["model_used"] == "my-finch"
    assert {(each["species"], each["individual"], each["clustername"]) for each in found["labels"]} == {
        ("finch", "b1", "A")
    }
    assert [each["onset"] for each in found["labels"]] == pytest.approx([1, 2, 3, 4, 5, 6, 7], abs=0.02)
    model = registry.get_version(workspace.files, "my-finch")
    assert (model.parent, model.training["areas"], model.training["calls"]) == (
        "energy-detector/0",
        [[0.5, 3.5], [4.3, 4.9]],
        3,
    )


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"annotated_areas": []}, 400, "No valid training data specified. Re-check the annotated areas."),
        ({"new_model_name": "a b"}, 400, "Model name cannot contain special characters"),
        ({"new_model_name": "../up"}, 400, "Model name cannot contain special characters"),
        ({"new_model_name": ""}, 400, "Model name cannot be empty"),
        ({"new_model_name": "whisperseg-base"}, 409, "Model name already exists"),
        ({"initial_model_name": "nothing"}, 400, "initial_model_name is not available for finetuning"),
        ({"audio_id": "nothing"}, 404, "There is no audio"),
        ({"annotated_areas": [{"onset": 5, "offset": 1}]}, 400, "annotated_areas[0]"),
    ],
)
def test_training_that_cannot_be_is_refused(
    client: TestClient, song: str, changes: dict[str, Any], status: int, error: str
) -> None:
    body = {"audio_id": song, "annotated_areas": AREAS, "human_labels": HUMAN, "new_model_name": "new"}
    answer = client.post("/finetune-whisperseg", json={**body, "initial_model_name": "energy-detector", **changes})
    assert answer.status_code == status
    assert answer.json()["error"].startswith(error)


def test_labels_are_cut_at_the_areas_borders() -> None:
    area = vocal_labels.cut_area(
        {"onset": 1, "offset": 99}, [{"onset": 0.5, "offset": 1.5}, {"onset": 7, "offset": 8}], 5
    )
    assert area == models.Area(onset=1.0, offset=5.0, calls=((1.0, 1.5),))
    empty = vocal_labels.cut_area({"onset": 2, "offset": 3}, [], 5)
    assert empty.calls == ()


def test_a_training_that_fails_is_seen(client: TestClient, song: str, workspace: Workspace) -> None:
    body = {"audio_id": song, "annotated_areas": AREAS, "human_labels": HUMAN, "new_model_name": "lost"}
    client.post("/finetune-whisperseg", json=body)
    (key,) = workspace.files.list("uploads")
    Path(str(workspace.files.url(key))).unlink()
    with working(workspace):
        wait_until_ended(workspace, jobs.list_jobs(workspace)[0].id)
    (failed,) = client.post("/list-models-training-in-progress").json()["response"]
    assert (failed["model_name"], failed["status"]) == ("lost", "failed")
    assert failed["note"]


def claim_length(data: bytes) -> bytes:
    return data[:4] + struct.pack("<I", 2**31) + data[8:40] + struct.pack("<I", 2**31) + data[44:]


@pytest.mark.parametrize(
    "kind", ["nothing", "text", "much text", "truncated", "magic", "claims 2 GB", "rate 0", "no file", "json"]
)
def test_what_is_no_audio_is_refused_with_the_reason(
    client: TestClient, tmp_path: Path, workspace: Workspace, kind: str
) -> None:
    wav = make_song(tmp_path / "song.wav", 1).read_bytes()
    sent = {
        "nothing": b"",
        "text": b"these are my field notes",
        "much text": b"la la la\n" * 1_200_000,
        "truncated": wav[: len(wav) // 2],
        "magic": b"RIFX" + wav[4:],
        "claims 2 GB": claim_length(wav),
        "rate 0": wav[:24] + bytes(4) + wav[28:],
    }
    if kind == "no file":
        answer = client.post("/upload", data={"n_fft": "512"}, files={"other": b"x"})
    elif kind == "json":
        answer = client.post("/upload", json={})
    else:
        answer = send(client, sent[kind])
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]
    assert workspace.files.list("uploads") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/get-audio-clip-spec", {"audio_id": "x", "start_time": 0, **SPEC}, 404),
        ("/get-audio-clip-spec", {"start_time": 0, **SPEC}, 400),
        ("/get-audio-clip-spec", {"audio_id": "x", "start_time": 0, **SPEC, "hop_length": None}, 400),
        ("/get-audio-clip-wav", {"audio_id": "x"}, 400),
        ("/get-labels", {"audio_id": "x"}, 404),
        ("/upload-by-url", {}, 400),
        ("/upload-by-url", {"audio_url": "file:///etc/passwd"}, 400),
        ("/upload-by-url", {"audio_url": "http://127.0.0.1:9/x.wav"}, 400),
        ("/post-annotations/..%2fup", {"annotations": []}, 404),
    ],
)
def test_wrong_requests_are_errors(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"spec_cal_method": "best"}, "spec_cal_method"),
        ({"hop_length": 0}, "hop_length"),
        ({"num_spec_columns": 10**6}, "num_spec_columns"),
        ({"min_frequency": 9000}, "min_frequency"),
    ],
)
def test_a_picture_that_cannot_be_is_refused(
    client: TestClient, song: str, changes: dict[str, Any], error: str
) -> None:
    answer = ask(client, "/get-audio-clip-spec", audio_id=song, start_time=0, **{**SPEC, **changes})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)


def test_tiny_sounds_have_a_picture_too(client: TestClient, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tiny.wav", np.full(10, 0.5), RATE)
    for method in ("log-mel", "constant-q"):
        answer = send(client, (tmp_path / "tiny.wav").read_bytes(), spec_cal_method=method)
        assert answer.status_code == 201, answer.text


def test_pages_of_other_sites_are_let_in_by_name_only(workspace: Workspace) -> None:
    settings = workspace.settings.model_copy(update={"allowed_origins": "https://labels.example.org"})
    opened = open_workspace(settings)
    with TestClient(create_api(lambda: opened), base_url="http://127.0.0.1") as client:
        for origin, status in (("https://labels.example.org", 201), ("https://evil.example.org", 403)):
            answer = client.post("/list-models-training-in-progress", headers={"origin": origin})
            assert answer.status_code == status
        question = {"origin": "https://labels.example.org", "access-control-request-method": "POST"}
        asked = client.options("/upload", headers=question)
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, question["origin"])
    opened.database.close()


def test_a_real_finch_in_the_loop(client: TestClient) -> None:
    folder = SHARED_DATA / "bengalese_bird0"
    if not folder.exists():
        pytest.skip("needs the recordings in shared/data/bengalese_bird0")
    uploaded = send(client, (folder / "0.wav").read_bytes(), "0.wav").json()
    found = ask(client, "/get-labels", audio_id=uploaded["channels"][0]["audio_id"]).json()
    assert len(found["labels"]) > 5
    assert [each["onset"] for each in found["labels"]] == sorted(each["onset"] for each in found["labels"])
    assert uploaded["configurations"]["n_fft"] == 512
