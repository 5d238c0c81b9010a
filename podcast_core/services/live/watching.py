"""A model that runs on live sound: what it finds in the last seconds, again and again, for the picture."""

import logging
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from podcast_core.audio.feeds import Feed, Finding
from podcast_core.audio.playback import resample
from podcast_core.errors import PodcastError
from podcast_core.ml.interfaces import Detector
from podcast_core.services.access import needs
from podcast_core.services.live.feeding import get_feed
from podcast_core.workspace import Workspace

WATCHER = "watcher"
WINDOW_S = 8.0  # that a model hears at once: longer than most calls, and heard in a fraction of a second
EVERY_S = 0.5  # a box is to be seen within 2 s
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Watcher:
    """Runs a detector over the last seconds of a feed's first channel, in a thread of its own."""

    feed: Feed
    detector: Detector
    model: str
    problem: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._watch, name=f"watch-{self.feed.id}", daemon=True)

    def start(self) -> None:
        """Begin with the sound that there is."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what was found stays on the picture until it has scrolled away."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_S) and not self.feed.is_ended:
            try:
                self._look()
                self.problem = ""
            except PodcastError as error:  # its message is made for people; the next window may be another one
                self.problem = str(error)
                _log.warning("%s on %s: %s", self.model, self.feed.name, error)

    def _look(self) -> None:
        feed, detector = self.feed, self.detector
        most = round((WINDOW_S + detector.context_s) * feed.sample_rate_hz)
        part = feed.read(max(0, feed.end - most), most=most)
        while part is not None and part.first + len(part.samples) < feed.end - feed.sample_rate_hz:
            part = feed.read(part.first + len(part.samples), most=most)  # the sound after the last gap
        if part is None:
            return
        samples = part.samples[:, 0].astype(np.float32) / np.float32(32768)
        rate_hz = detector.sample_rate_hz or feed.sample_rate_hz
        found = detector.detect(resample(samples, feed.sample_rate_hz, rate_hz), rate_hz)
        certain_at = part.at + timedelta(seconds=min(detector.context_s, len(samples) / feed.sample_rate_hz / 2))
        new = [
            Finding(
                f"call-{number}",
                part.at + timedelta(seconds=each.start_s),
                part.at + timedelta(seconds=each.end_s),
                each.label,
                each.low_hz,
                each.high_hz,
                1.0 if each.score is None else each.score,
            )
            for number, each in enumerate(found)
        ]
        # A call that began before what this window can be sure of keeps its beginning, and gets its end.
        known = [each for each in feed.findings if each.score is not None and each.started_at < certain_at]
        shown, longer = [], set()
        for each in new:
            earlier = next((one for one in known if one.label == each.label and _overlap(one, each)), None)
            if earlier is not None and each.ended_at > earlier.ended_at:
                shown.append(replace(earlier, ended_at=each.ended_at))
                longer.add(earlier)
            elif earlier is None and each.ended_at > certain_at:
                shown.append(each)
        feed.show(
            shown, instead_of=lambda one: one in longer or (one.score is not None and one.started_at >= certain_at)
        )


def _overlap(one: Finding, other: Finding) -> bool:
    return one.started_at < other.ended_at and other.started_at < one.ended_at


@needs("label")
def start_watching(workspace: Workspace, *, feed_id: str, model: str) -> Watcher:
    """Have a model look at a feed, in place of the one that does.

    Raises
    ------
    NotFound, ModelUnavailable
        When there is no such feed or model; when it cannot run here.
    """
    feed = get_feed(workspace, feed_id=feed_id)
    detector = workspace.models.load_detector(model)
    stop_watching(workspace, feed_id=feed_id)
    watcher = Watcher(feed, detector, model)
    feed.workers[WATCHER] = watcher
    watcher.start()
    return watcher


@needs("label")
def stop_watching(workspace: Workspace, *, feed_id: str) -> None:
    """Have no model look at a feed any more."""
    feed = get_feed(workspace, feed_id=feed_id)
    known = feed.workers.pop(WATCHER, None)
    if known is not None:
        known.close()


def find_watcher(feed: Feed) -> Watcher | None:
    """Find who looks at a feed."""
    found = feed.workers.get(WATCHER)
    return found if isinstance(found, Watcher) else None
