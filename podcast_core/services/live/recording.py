"""Recording live sound into a round: every minute becomes a recording with its session as soon as it is full.

What comes is appended to a file on this machine's disk at once (``live`` in the data folder), so that neither a killed
process nor a store that does not answer loses any of it: the file goes only when its recording is in the round, and
`take_leftovers` makes recordings of those that an earlier process has left. Where the connection was lost, the next
recording begins when sound came again; the gap is in its notes and an object of its own.

==============================================  ========================================================
key                                             holds
==============================================  ========================================================
live/SHA/NAME.flac                              the audio of one recording
rounds/ROUND/live-gaps/SITE/START-END.json      time without sound, and why (microseconds since 1970)
==============================================  ========================================================
"""

import hashlib
import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from podcast_core.audio.feeds import Feed, Part, Pcm
from podcast_core.audio.flac import FlacWriter
from podcast_core.audio.spans import to_microseconds
from podcast_core.audio.split import split_frames
from podcast_core.domain.ids import make_id
from podcast_core.domain.recording import Recording
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, NotFound, PodcastError
from podcast_core.services.access import needs
from podcast_core.services.intake.ingest import add_recording, open_round
from podcast_core.services.labels.rounds import get_round
from podcast_core.services.live.feeding import RECORDER, get_feed
from podcast_core.services.live.proposing import propose, propose_marks
from podcast_core.services.store import records
from podcast_core.storage.private import make_private_folder
from podcast_core.workspace import Workspace

METHOD = "clock of the server"
WAIT_S = 0.2  # for sound; what arrives is on the disk so much later
RETRY_S = 0.5  # before a full disk is tried again
LOST_S = 600.0  # without sound, and a recording ends by itself
OTHERS_S = 10.0  # a file that was written to since may be another process's
KEPT_RECORDINGS = 20  # whose marks may still come
SHORTEST_S = 0.1  # a shorter rest has nothing to be looked at
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of live sound that becomes one recording: where it goes, and how it lies on the disk."""

    round_id: str
    site: str
    sample_rate_hz: int
    channel_count: int
    session_length_s: float
    started_at: datetime
    missing_s: float
    model: str

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return 2 * self.channel_count


@dataclass(slots=True)
class Recorder:
    """Writes a feed to the disk and makes recordings of it, in a thread of its own."""

    workspace: Workspace
    feed: Feed
    round_id: str
    session_length_s: float
    model: str
    person: str
    started_at: datetime
    recording_count: int = 0
    problem: str = ""
    newest: deque[Recording] = field(default_factory=lambda: deque(maxlen=KEPT_RECORDINGS))
    _first: int = field(init=False)
    _last: int | None = None  # where to stop
    _thread: threading.Thread = field(init=False)
    _segment: Segment | None = None
    _path: Path | None = None
    _file: BinaryIO | None = None
    _count: int = 0
    _waiting: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._first = self.feed.end
        self._thread = threading.Thread(target=self._record, name=f"live-{self.feed.id}", daemon=True)

    @property
    def first(self) -> int:
        """The number of the first sample that is recorded."""
        return self._first

    def start(self) -> None:
        """Begin with what comes from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and make a recording of what there is."""
        self._last = self.feed.end
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _record(self) -> None:
        position = self._first
        length = round(self.session_length_s * self.feed.sample_rate_hz)
        try:
            while self._last is None or position < self._last:
                most = length - self._count if self._last is None else min(length - self._count, self._last - position)
                part = self.feed.read(position, most=most, wait_s=WAIT_S)
                if part is not None:
                    if self._try_write(part, lost=part.first - position):
                        position = part.first + len(part.samples)
                    elif self._last is not None:
                        break  # whoever stops it is not to wait until there is room
                    else:
                        time.sleep(RETRY_S)  # it is in memory meanwhile; what goes from there becomes a gap
                        continue
                elif self._count and not self.feed.is_live:
                    self._finish()  # the connection is lost: what came is not to wait until it is back
                if self._count >= length:
                    self._finish()
                if part is None and self._is_over():
                    break
        finally:
            self._finish()

    def _is_over(self) -> bool:
        """Tell whether nothing will come any more: who was away for so long begins anew."""
        is_lost = self.feed.end > 0 and self.feed.quiet_s > LOST_S
        if is_lost:
            self.feed.workers.pop(RECORDER, None)
        return is_lost or self.feed.is_ended

    def _try_write(self, part: Part, *, lost: int) -> bool:
        """Append sound as `_write` does; False where the disk takes none, and the file is then as it was before."""
        try:
            self._write(part, lost=lost)
            if not self._waiting:
                self.problem = ""
            return True
        except OSError as error:
            problem = f"The disk takes no sound: {error}"
            _log.warning("%s", problem)
        path, segment, count = self._path, self._segment, self._count
        with suppress(OSError):  # what it could not write it cannot write now, and it is closed all the same
            if self._file is not None:
                self._file.close()
        self._file = self._path = self._segment = None
        self._count = 0
        if path is not None and segment is not None and count:
            os.truncate(path, count * segment.frame_bytes)
            self._waiting.append(path)
        elif path is not None:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        self._finish()
        self.problem = self.problem or problem
        return False

    def _write(self, part: Part, *, lost: int) -> None:
        """Append sound to the file of its segment; where some is missing another one begins."""
        missing_s = part.missing_s + lost / self.feed.sample_rate_hz
        if missing_s:
            self._finish()
        if self._segment is None:
            self._segment = Segment(
                round_id=self.round_id,
                site=self.feed.site,
                sample_rate_hz=self.feed.sample_rate_hz,
                channel_count=self.feed.channel_count,
                session_length_s=self.session_length_s,
                started_at=part.at,
                missing_s=missing_s,
                model=self.model,
            )
            self._count = 0
            self._path = _spool(self.workspace) / f"{make_id(self.feed.id)}-{to_microseconds(part.at)}.pcm"
            fields = {**asdict(self._segment), "started_at": part.at.isoformat()}
            self._path.with_suffix(".json").write_text(json.dumps(fields))
            self._file = self._path.open("xb")
        assert self._file is not None
        self._file.write(part.samples.tobytes())
        self._file.flush()  # from here on it outlives this process
        self._count += len(part.samples)

    def _finish(self) -> None:
        """Make recordings of what is full, and of what an earlier try could not put into the store."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._waiting.append(self._path)
        self._file = self._path = self._segment = None
        self._count = 0
        try:
            for path in tuple(self._waiting):
                self.recording_count += _take(self.workspace, path, self.newest.append)
                self._waiting.remove(path)
            self.problem = ""
        except Exception as error:  # noqa: BLE001  # a model's own, too: it stays on the disk, and is tried again
            self.problem = str(error)
            _log.warning("Live sound waits in %s: %s", _spool(self.workspace), error)


@needs("label")
def start_recording(
    workspace: Workspace,
    *,
    feed_id: str,
    round_name: str,
    person: str,
    labels: tuple[str, ...] = (),
    session_length_s: float = 60.0,
    model: str = "",
) -> Recorder:
    """Record a feed into a round, from now on until `stop_recording`.

    Parameters
    ----------
    round_name
        Name or id of the round; made with ``labels`` when there is none of that name, which administrators may do.
    session_length_s
        Length of a recording, which is one session for each channel.
    model
        Whose predictions each session gets; empty: none.

    Raises
    ------
    NotFound
        When there is no such feed or model.
    Conflict
        When it is being recorded already.
    InvalidInput
        When the round or the length cannot be used.
    """
    feed = get_feed(workspace, feed_id=feed_id)
    split_frames(1_000_000, 1000, session_length_s)
    if find_recorder(feed) is not None:
        raise Conflict(f"{feed.name} is being recorded already.")
    if model:
        workspace.models.load_detector(model)
    round_ = open_round(workspace, round_name, labels)
    take_leftovers(workspace)
    recorder = Recorder(workspace, feed, round_.id, session_length_s, model, person, utc_now())
    if feed.workers.setdefault(RECORDER, recorder) is not recorder:
        raise Conflict(f"{feed.name} is being recorded already.")
    recorder.start()
    feed.show(())  # whoever listens is told
    return recorder


@needs("label")
def stop_recording(workspace: Workspace, *, feed_id: str) -> int:
    """Stop recording a feed, and say how many recordings it has become; NotFound when nobody records it."""
    feed = get_feed(workspace, feed_id=feed_id)
    recorder = find_recorder(feed)
    if recorder is None:
        raise NotFound(f"{feed.name} is not being recorded.")
    recorder.close()
    feed.workers.pop(RECORDER, None)
    feed.show(())
    return recorder.recording_count


def find_recorder(feed: Feed) -> Recorder | None:
    """Find who records a feed."""
    found = feed.workers.get(RECORDER)
    return found if isinstance(found, Recorder) else None


def take_leftovers(workspace: Workspace, *, on_problem: Callable[[str], object] = _log.warning) -> int:
    """Make recordings of sound that an earlier process has left on the disk; says how many there are now."""
    count = 0
    for path in sorted(_spool(workspace).glob("*.pcm")):
        if time.time() - path.stat().st_mtime < OTHERS_S:
            continue
        try:
            count += _take(workspace, path)
        except (PodcastError, OSError, ValueError, KeyError) as error:
            on_problem(f"Live sound in {path} cannot be taken in: {error}")
    return count


def _spool(workspace: Workspace) -> Path:
    folder = workspace.settings.data_dir / "live"
    make_private_folder(folder)
    return folder


def _take(workspace: Workspace, path: Path, on_added: Callable[[Recording], object] = lambda _: None) -> int:
    """Make a recording of a file, and remove it; 0 where it is too short to be one."""
    head = path.with_suffix(".json")
    if not head.exists():  # another process has taken it
        path.unlink(missing_ok=True)
        return 0
    fields = json.loads(head.read_text())
    segment = Segment(**{**fields, "started_at": datetime.fromisoformat(fields["started_at"])})
    count = path.stat().st_size // segment.frame_bytes
    if count >= SHORTEST_S * segment.sample_rate_hz:
        raw = np.fromfile(path, np.int16, count * segment.channel_count)
        _add(workspace, segment, raw.reshape(-1, segment.channel_count), on_added)
    path.unlink(missing_ok=True)
    head.unlink(missing_ok=True)
    return int(count >= SHORTEST_S * segment.sample_rate_hz)


def _add(workspace: Workspace, segment: Segment, samples: Pcm, on_added: Callable[[Recording], object]) -> None:
    """Keep the sound in the store, and add it to its round with what is proposed for it."""
    start = segment.started_at
    writer = FlacWriter(start, segment.sample_rate_hz, segment.channel_count, 16, segment.site)
    writer.write(samples.astype(np.float32) / np.float32(32768))
    data = writer.close()
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{make_id(segment.site)[:60]}_{start:%Y%m%dT%H%M%S}_{start.microsecond // 1000:03d}Z.flac"
    key = f"live/{sha256[:16]}/{name}"
    workspace.files.add_file(key, BytesIO(data))
    recording = Recording(
        sha256=sha256,
        uri=f"store:{key}",
        file_name=name,
        sample_rate_hz=segment.sample_rate_hz,
        channel_count=segment.channel_count,
        frame_count=writer.frame_count,
        encoding=writer.encoding,
        started_at=start,
        start_method=METHOD,
        site=segment.site,
        notes=_keep_gap(workspace, segment),
    )
    round_ = get_round(workspace, round_id=segment.round_id)
    # One session, also where the last piece of it would be another one by itself.
    add_recording(workspace, recording, round_, max(segment.session_length_s, recording.duration_s))
    on_added(recording)
    propose_marks(workspace, round_=round_, recording=recording)
    propose(workspace, round_=round_, recording=recording, model=segment.model)


def _keep_gap(workspace: Workspace, segment: Segment) -> tuple[str, ...]:
    """Keep that sound is missing before a segment; gives the note for its recording."""
    if not segment.missing_s:
        return ()
    span = (segment.started_at - timedelta(seconds=segment.missing_s), segment.started_at)
    reason = "no sound arrived: the connection was lost"
    fields = {"site": segment.site, "started_at": span[0], "ended_at": span[1], "reason": reason}
    name = "-".join(str(to_microseconds(each)) for each in span)
    key = f"rounds/{segment.round_id}/live-gaps/{make_id(segment.site)}/{name}.json"
    workspace.files.add(key, records.encode("live_gap", fields))
    return (f"{segment.missing_s:.2f} s of sound are missing before this recording: {reason}.",)
