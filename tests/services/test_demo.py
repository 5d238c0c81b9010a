import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from podcast_core.audio.synthesis import SCENES
from podcast_core.domain.round import Round
from podcast_core.errors import StorageUnavailable
from podcast_core.services.intake import demo
from podcast_core.services.labels import rounds
from podcast_core.services.pictures.sounds import get_audio
from podcast_core.services.pictures.spectrograms import get_picture
from podcast_core.settings import Settings
from podcast_core.workspace import Workspace
from tests.building import list_predictions, list_recordings, list_sessions, opened
from tests.conftest import SHARED_DATA, MakeWav


@pytest.fixture
def two_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short demo: the second scene is one of those without a sound."""
    monkeypatch.setattr(demo, "SCENES", SCENES[1:3])


def list_ids(workspace: Workspace, round_id: str) -> list[str]:
    return [session.id for session in list_sessions(workspace, round_id)]


@pytest.mark.usefixtures("two_scenes")
def test_the_demo_round_has_sessions_predictions_and_truth(workspace: Workspace) -> None:
    progress: list[tuple[int, int]] = []
    round_ = demo.add_demo_round(workspace, on_progress=lambda done, total, _: progress.append((done, total)))
    assert list_ids(workspace, "demo") == ["demo_sea_02", "demo_sea_03"]
    assert progress == [(0, 2), (1, 2), (2, 2)]
    assert round_.label_names == ("call", "whistle", "click")
    assert all(label.description and label.hotkey for label in round_.labels)
    truth = json.loads(workspace.files.read(demo.TRUTH_KEY))
    assert [len(truth[name]) for name in ("demo_sea_02", "demo_sea_03")] == [11, 0]
    boxes = list_predictions(workspace, "demo")
    assert all(recording.uri.startswith("store:") for recording in list_recordings(workspace))
    assert {box.model for box in boxes} == {"demo-detector"}
    assert {box.label for box in boxes} <= set(round_.label_names)
    assert all(box.score is not None and box.low_hz is not None for box in boxes)


@pytest.mark.usefixtures("two_scenes")
def test_picture_and_sound_of_a_demo_session_come_from_the_file_store(workspace: Workspace) -> None:
    demo.add_demo_round(workspace)
    assert get_picture(workspace, round_id="demo", session_id="demo_sea_02").data.startswith(b"\xff\xd8")
    audio = get_audio(workspace, round_id="demo", session_id="demo_sea_02")
    assert (audio.sample_rate_hz, len(audio.data)) == (32_000, 44 + 2 * 60 * 32_000)


@pytest.mark.usefixtures("two_scenes")
def test_adding_it_again_changes_nothing(workspace: Workspace) -> None:
    first = demo.add_demo_round(workspace)
    keys = workspace.files.list("demo") + workspace.files.list("rounds")
    assert demo.add_demo_round(workspace) == first
    assert workspace.files.list("demo") + workspace.files.list("rounds") == keys


@pytest.mark.usefixtures("two_scenes")
def test_a_demo_that_was_cut_off_is_completed(workspace: Workspace) -> None:
    def cut(done: int, _total: int, _name: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.add_demo_round(workspace, on_progress=cut)
    assert list_ids(workspace, "demo") == ["demo_sea_02"]
    assert demo.add_demo_round_if_empty(workspace) is not None
    assert list_ids(workspace, "demo") == ["demo_sea_02", "demo_sea_03"]


@pytest.mark.usefixtures("two_scenes", "round_of_ten")
def test_a_workspace_with_other_rounds_gets_no_demo_by_itself(workspace: Workspace) -> None:
    assert demo.add_demo_round_if_empty(workspace) is None
    assert [round_.id for round_ in rounds.list_rounds(workspace)] == ["ten"]


def test_a_kill_and_two_processes_at_once_leave_one_complete_demo(settings: Settings) -> None:
    code = (
        "from pathlib import Path; from podcast_core.services.intake import demo\n"
        "from podcast_core.settings import Settings; from podcast_core.workspace import open_workspace\n"
        f"demo.SCENES = demo.SCENES[:3]\n"
        f"demo.add_demo_round(open_workspace(Settings(data_dir=Path({str(settings.data_dir)!r}))))"
    )

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)

    killed = start()
    deadline = time.monotonic() + 60
    while not list(Path(settings.data_dir).rglob("demo_sea_01.flac")) and time.monotonic() < deadline:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    racers = [start(), start()]
    for racer in racers:
        _, errors = racer.communicate(timeout=120)
        assert racer.returncode == 0, errors.decode()
    with opened(settings) as workspace:
        assert sorted(list_ids(workspace, "demo")) == ["demo_sea_01", "demo_sea_02", "demo_sea_03"]
        assert len(workspace.files.list("rounds/demo/predictions")) == 1
        assert [session.position for session in list_sessions(workspace, "demo")] == [0, 1, 2]


def test_real_recordings_become_a_round_of_their_own(workspace: Workspace, make_wav: MakeWav) -> None:
    humpback = SHARED_DATA / "humpback" / "glacier-bay-humpback.ogg"
    files = {
        "robin": make_wav("robin.wav"),
        "humpback": humpback if humpback.exists() else make_wav("humpback.wav", seed=1),
    }
    round_ = demo.add_real_demo_round(workspace, fetch=files.__getitem__)
    assert isinstance(round_, Round)
    assert round_.id == "demo-real"
    assert list_ids(workspace, "demo-real") == [files["humpback"].stem, "robin"]
    files["robin"].unlink()  # a download cache may be emptied: the audio is in the file store
    assert get_audio(workspace, round_id="demo-real", session_id="robin").data
    demo.add_real_demo_round(workspace, fetch={**files, "robin": make_wav("robin.wav")}.__getitem__)
    assert len(list_ids(workspace, "demo-real")) == 2


def test_without_internet_it_says_so_and_adds_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import librosa

    def fail(_name: str, *, hq: bool) -> str:
        assert hq
        raise ConnectionError("no route to host")

    monkeypatch.setattr(librosa, "example", fail)
    with pytest.raises(StorageUnavailable, match="check the internet connection"):
        demo.add_real_demo_round(workspace)
    assert rounds.list_rounds(workspace) == []
