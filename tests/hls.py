"""A synthetic HLS archive as an Orcasound node writes it, whose every sample tells its true time, and a server."""

import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
FRAME = 1024  # of AAC; the encoder's first frame stands before the first sample
OFFSET_S = 2.0  # from the folder's stamp to the first sample
ODD_LENGTHS = (9.984, 10.01, 10.005, 4.3, 10.01, 10.005)
CLOSE = 0.02  # AAC is lossy; a shift by one sample of 48 kHz is farther off


def tell_time(seconds: NDArray[np.float64], channel: int) -> NDArray[np.float64]:
    """Give the sound at moments in seconds since 1970: a tone that wanders and never repeats."""
    since = seconds - 1_626_480_000
    wandering = 900 * since + 2500 * np.sin(since / 5.3) + 1700 * np.sin(since / 3.1 + channel)
    sound: NDArray[np.float64] = 0.4 * np.sin(2 * np.pi * wandering)
    return sound


def measure_error(samples: NDArray[np.float32], started_at: datetime, rate: int, channel: int = 0) -> float:
    """Say how far samples are from the sound that there was at their time: root of the mean square.

    The first frame is left out: AAC needs the one before it, which may be what is missing.
    """
    samples, started_at = samples[FRAME:], started_at + timedelta(seconds=FRAME / rate)
    start = Fraction((started_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 1_000_000)
    times = float(start) + np.arange(len(samples)) / rate
    return float(np.sqrt(np.mean((samples - tell_time(times, channel)) ** 2)))


def write_folder(
    folder: Path,
    *,
    lengths: Sequence[float] = ODD_LENGTHS,
    rate: int = RATE_HZ,
    channels: int = 2,
    exact_start: float | None = None,
) -> None:
    """Write ``live.m3u8`` and its segments into a folder named by its stamp, by FFmpeg's own segment muxer.

    The encoder's first frame counts as the first of the time, unless ``exact_start`` says when the first sample was.
    """
    import av

    folder.mkdir(parents=True)
    delay = FRAME if exact_start is None else 0
    total = round(sum(lengths) * rate) - delay
    times = (exact_start or int(folder.name) + OFFSET_S) + (np.arange(total) + delay) / rate
    sound = np.stack([tell_time(times, channel) for channel in range(channels)]).astype(np.float32)
    cuts = ",".join(f"{each:.6f}" for each in np.cumsum(lengths)[:-1])
    options = {"segment_list": str(folder / "live.m3u8"), "segment_list_type": "m3u8", "segment_format": "mpegts"}
    options |= {"segment_times": cuts} if cuts else {"segment_time": "100000"}
    layout = "stereo" if channels == 2 else "mono"
    with av.open(str(folder / "live%03d.ts"), "w", format="segment", options=options) as container:
        stream = container.add_stream("aac", rate=rate, layout=layout)
        stream.bit_rate, stream.options = 128_000 * channels, {"aac_coder": "fast"}
        for position in range(0, total, FRAME):
            block = np.ascontiguousarray(sound[:, position : position + FRAME])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, position, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    playlist = folder / "live.m3u8"
    playlist.write_text(playlist.read_text().replace("#EXT-X-ENDLIST\n", ""))  # a node that restarts writes none


def read_lengths(folder: Path) -> list[float]:
    """Read the EXTINF of each segment."""
    return [float(each) for each in re.findall(r"#EXTINF:([\d.]+)", (folder / "live.m3u8").read_text())]


NODE = "rpi_test_lab"
BASE = 1_626_481_690  # 110 s before a half hour, at which recordings are cut
FIRST, DEAD, EMPTY, SECOND, THIRD = (str(BASE + each) for each in (7, 80, 83, 90, 151))


def at(seconds: float) -> datetime:
    """Give a moment of the test's time: seconds after `BASE`."""
    return datetime.fromtimestamp(BASE, UTC) + timedelta(seconds=seconds)


def write_node(node: Path) -> None:
    """Write a node with three runs, the first of which has a lost and a cut segment, and two that came to nothing."""
    write_folder(node / "hls" / FIRST)
    write_folder(node / "hls" / SECOND)
    write_folder(node / "hls" / THIRD, lengths=(10.0, 10.0))
    (node / "hls" / FIRST / "live001.ts").unlink()
    cut = node / "hls" / FIRST / "live004.ts"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (node / "hls" / DEAD).mkdir()
    shutil.copy(node / "hls" / THIRD / "live000.ts", node / "hls" / DEAD)
    (node / "hls" / EMPTY).mkdir()
    (node / "hls" / EMPTY / "live.m3u8").write_text("#EXTM3U\r\n#EXT-X-VERSION:3\r\n#EXT-X-TARGETDURATION:10\r\n")
    (node / "hls" / "lost+found").mkdir()
    (node / "latest.txt").write_text(f"{THIRD}\n")


@dataclass
class HlsServer:
    """A web server; ``failing`` answers 503 so many times for a path, ``asked`` counts requests."""

    url: str
    failing: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)


@contextmanager
def serve_folder(folder: Path) -> Iterator[HlsServer]:
    """Serve a folder on a free loopback port."""
    state = HlsServer("")

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked[self.path] = state.asked.get(self.path, 0) + 1
            name = self.path.rpartition("/")[2]
            if state.failing.get(name, 0) > 0:
                state.failing[name] -= 1
                self.send_error(503)
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
