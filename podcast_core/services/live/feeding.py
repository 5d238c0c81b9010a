"""Where live sound comes from: the simulated hydrophone of the demo, and what a browser's microphone sends."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from podcast_core.audio.feeds import Feed, Pcm
from podcast_core.audio.playback import resample
from podcast_core.audio.synthesis import SAMPLE_RATE_HZ, SCENES, plan_scene, render_scene
from podcast_core.domain.ids import make_id
from podcast_core.errors import NotFound
from podcast_core.services.access import needs
from podcast_core.workspace import Workspace

RECORDER = "recorder"
SIMULATED = "simulated-hydrophone"
STEP_S = 0.05  # of sound that is simulated at a time: a spectrogram scrolls by that
ABANDONED_S = 30.0  # without anybody who hears or records it, and a simulated hydrophone is switched off
WEBRTC_NOTE = (
    "Browsers send sound as Opus at 510 kbit/s: close to what the microphone heard (correlation 0.999), up to 20 kHz."
)


def list_feeds(workspace: Workspace) -> list[Feed]:
    """List the feeds of this server that have not ended, by name."""
    for feed in workspace.live:
        if not feed.is_live and _is_abandoned(feed):
            feed.end_feed()
    return sorted(workspace.live, key=lambda each: each.name)


def get_feed(workspace: Workspace, *, feed_id: str) -> Feed:
    """Get a feed; NotFound when there is none, or it has ended."""
    found = workspace.live.find(feed_id)
    if found is None:
        raise NotFound(f"There is no live sound {feed_id[:80]!r} now. It has ended, or the server was started anew.")
    return found


@needs("read")
def open_simulated(workspace: Workspace) -> Feed:
    """Switch the simulated hydrophone on, or find it running: the demo's sea, in real time, one scene after another."""
    feed = Feed(SIMULATED, "Simulated hydrophone", SAMPLE_RATE_HZ, 1, site="simulated-sea")
    known = workspace.live.add(feed)
    if known is feed:
        threading.Thread(target=_simulate, args=(feed,), name="simulated-hydrophone", daemon=True).start()
    return known


@needs("label")
def open_microphone(
    workspace: Workspace, *, feed_id: str, name: str, sample_rate_hz: int, channel_count: int, site: str = ""
) -> Feed:
    """Open the feed of a browser's microphone, or find it: a browser that comes back goes on with its own.

    Raises
    ------
    InvalidInput
        When it has an impossible rate, or too many channels.
    """
    feed = Feed(feed_id, name, sample_rate_hz, channel_count, site=site or make_id(name), note=WEBRTC_NOTE)
    return workspace.live.add(feed)


def list_ice_servers(workspace: Workspace) -> list[dict[str, str]]:
    """List the STUN and TURN servers of the settings, as WebRTC takes them; on one machine none is needed."""
    settings = workspace.settings
    servers = [{"urls": each.strip()} for each in settings.stun_servers.split(",") if each.strip()]
    if settings.turn_server:
        named = {"username": settings.turn_user, "credential": settings.turn_password}
        servers.append({"urls": settings.turn_server, **named})
    return servers


class MicrophoneTap:
    """Takes the frames of one WebRTC connection: 16 bits, two channels, at the connection's own rate.

    It is called on the loop that receives them, so it does nothing that takes long. Another connection has another tap,
    from which on the one before brings nothing any more.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._first: int | None = None
        feed.interrupt()
        feed.bringer = self

    def take(self, samples: Pcm, *, sample_rate_hz: int, position: int) -> None:
        """Take a frame of shape (n, 2); ``position`` counts samples at the connection's rate and skips what is lost."""
        feed = self._feed
        if feed.bringer is not self:
            return
        wanted = samples if feed.channel_count == samples.shape[1] else samples[:, : feed.channel_count]
        if self._first is None:
            self._first = position
        at = position - self._first
        if sample_rate_hz != feed.sample_rate_hz:
            at = round(at * feed.sample_rate_hz / sample_rate_hz)
            wanted = _change_rate(wanted, sample_rate_hz, feed.sample_rate_hz)
        feed.push(wanted, position=at)


def _change_rate(samples: Pcm, from_hz: int, to_hz: int) -> Pcm:
    channels = [resample(each.astype(np.float32), from_hz, to_hz) for each in samples.T]
    return np.rint(np.stack(channels, axis=1)).clip(-32768, 32767).astype(np.int16)


def _simulate(feed: Feed) -> None:
    """Bring the demo's scenes in real time, until nobody is there any more."""
    # Each scene is made while the one before is heard: on a busy machine that takes longer than a feed may be silent.
    with ThreadPoolExecutor(1, "simulated-scenes") as ahead:
        coming = ahead.submit(_make_scene, 0)
        number = 0
        due_s = None
        while not feed.is_ended:
            samples = coming.result()
            number += 1
            coming = ahead.submit(_make_scene, number)
            if due_s is None:
                due_s = time.monotonic()  # the first one took its time to make
            due_s = _bring(feed, samples, due_s)


def _make_scene(number: int) -> Pcm:
    scene = SCENES[number % len(SCENES)]
    return np.rint(render_scene(scene, plan_scene(scene)) * 32767).astype(np.int16)[:, None]


def _bring(feed: Feed, samples: Pcm, due_s: float) -> float:
    """Push a scene in real time, and return when its last step was due (seconds of the monotonic clock)."""
    step = round(STEP_S * feed.sample_rate_hz)
    for first in range(0, len(samples), step):
        due_s += STEP_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        feed.push(samples[first : first + step])
        if _is_abandoned(feed):
            feed.end_feed()
        if feed.is_ended:
            break
    return due_s


def _is_abandoned(feed: Feed) -> bool:
    """Tell whether nobody hears or records a feed any more."""
    return feed.idle_s > ABANDONED_S and RECORDER not in feed.workers
