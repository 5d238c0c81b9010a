"""Live sound, in a browser whose microphone plays a real sound: seen, recorded, marked, lost and found again."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from podcast_core.audio.files import read_samples
from podcast_core.audio.synthesis import SCENES, plan_scene, render_scene
from podcast_core.domain.recording import Recording
from podcast_core.services.store.sources import locate
from podcast_core.storage import predictions, recordings, rounds, sessions
from podcast_core.workspace import Workspace
from tests.browser.app_page import AppPage
from tests.browser.chromium import find_chromium
from tests.browser.conftest import ARGUMENTS
from tests.browser.tabs import open_context
from tests.serving import Server

RATE_HZ = 48_000
SOUND_S = 12  # which Chromium plays again and again


@pytest.fixture
def played(tmp_path: Path) -> tuple[Path, NDArray[np.float64]]:
    """What the microphone hears: a file, and its samples."""
    from podcast_core.audio.playback import resample

    scene = SCENES[0]
    sea = resample(render_scene(scene, plan_scene(scene)), 32_000, RATE_HZ)[: SOUND_S * RATE_HZ]
    path = tmp_path / "sea.wav"
    soundfile.write(path, sea, RATE_HZ, subtype="PCM_16")
    return path, sea.astype(np.float64)


@pytest.fixture
def page(browser: Browser, played: tuple[Path, NDArray[np.float64]]) -> Iterator[Page]:
    """A page of a browser of its own: which file a microphone plays is said when Chromium starts."""
    arguments = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    own = browser.browser_type.launch(
        executable_path=find_chromium(), args=[*ARGUMENTS, *arguments, f"--use-file-for-fake-audio-capture={played[0]}"]
    )
    yield open_context(own, permissions=["microphone"]).new_page()
    own.close()


def start_microphone(page: Page, url: str) -> AppPage:
    app = AppPage(page).open(f"{url}/live")
    page.get_by_text("My microphone", exact=True).click()
    page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Start").click()
    expect(page.locator(".live[data-state=live]")).to_be_visible()
    return app


def wait_for_sessions(page: Page, count: int) -> None:
    """Wait until so many sessions are recorded, or more: a busy machine may show every second number only."""
    page.wait_for_function(
        "count => Number(/(\\d+) sessions? so far/.exec(document.body.innerText)?.[1]) >= count", arg=count, polling=200
    )


def find_recorded(served: Workspace) -> list[Recording]:
    """List what was recorded, in the order of time."""
    with served.database.reading() as connection:
        known = rounds.find_named(connection, "Pier")
        found = [] if known is None else sessions.list_sessions(connection, known.id)
        ids = {each.recording_id for each in found}
        return sorted(recordings.list_recordings(connection, ids), key=lambda each: each.file_name)


def correlate(sound: NDArray[np.float64], heard: NDArray[np.float64]) -> list[float]:
    """Correlate quarters of a second that were heard with the places of the sound where they fit best.

    Each by itself: a browser on a busy machine skips or repeats some milliseconds, and plays on.
    """
    from scipy.signal import fftconvolve

    around = np.concatenate([sound, sound])  # played again and again
    energy = np.concatenate([[0], np.cumsum(around**2)])
    size = RATE_HZ // 4
    known = np.sqrt(energy[size:] - energy[:-size])
    starts = np.linspace(0, len(heard) - size, 4).astype(int)  # more take too long
    parts = [heard[start : start + size] for start in starts]
    return [float(np.max(fftconvolve(around, each[::-1], "valid") / known) / np.linalg.norm(each)) for each in parts]


@pytest.mark.slow  # in real time, which other tests beside it take away
def test_a_microphone_is_seen_recorded_marked_and_goes_on_after_the_connection_was_lost(
    page: Page, server: Server, served: Workspace, played: tuple[Path, NDArray[np.float64]]
) -> None:
    app = start_microphone(page, server.url)
    for name, value in (("Record into round", "Pier"), ("Labels of a new round", "call")):
        page.get_by_role("textbox", name=name, exact=True).fill(value)
        with app.rerunning():
            page.keyboard.press("Tab")
    page.get_by_role("spinbutton", name="Session (s)").fill("5")
    with app.rerunning():
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Record", exact=True).click()
    live = page.locator(".live")
    expect(live.get_by_role("button", name="call")).to_be_visible()
    page.get_by_role("heading", name="Live", exact=True).click()
    page.keyboard.press("1")
    expect(live.get_by_role("status")).to_contain_text("Marked “call”")
    wait_for_sessions(page, 1)
    assert float(live.get_attribute("data-frames") or 0) > 1  # 30 on a machine with nothing else to do
    start_microphone(page, server.url)  # the page is loaded anew: another connection, after some seconds without any
    expect(page.get_by_role("button", name="Stop recording")).to_be_visible()
    count = len(find_recorded(served))
    wait_for_sessions(page, count + 2)
    page.get_by_role("button", name="Stop recording").click()
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()
    found = find_recorded(served)
    assert sum(each.duration_s for each in found) > 10
    fits: list[float] = []
    for each in (each for each in found if each.duration_s >= 2):
        heard = read_samples(locate(served, each), channel=0, start_s=0, end_s=each.duration_s)
        fits += correlate(played[1], heard.astype(np.float64))
    assert np.median(fits) > 0.9
    assert any("sound are missing before this recording" in "".join(each.notes) for each in found)
    with served.database.reading() as connection:
        known = rounds.find_named(connection, "Pier")
        assert known is not None
        (mark,) = predictions.list_predictions(connection, known.id)
    assert (mark.label, mark.score) == ("call", 1.0)
    assert mark.model.startswith("marks of Ann, live")
