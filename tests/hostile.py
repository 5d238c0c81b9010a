"""Recordings of strangers that name files and addresses, and a bait that tells whether anybody went for it."""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.building import encode_sound, make_sound

RATE = 8000


def make_mp3(seconds: float = 2.0) -> bytes:
    return encode_sound(make_sound(seconds, noise_level=0.1, rate_hz=RATE), RATE, "MP3")


class Bait:
    """An address and a file that nobody may touch."""

    def __init__(self, folder: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.path = folder / "secret.ts"
        os.mkfifo(self.path)
        self._is_read = threading.Event()
        self._writer = threading.Thread(target=self._wait_for_reader, daemon=True)
        self._writer.start()

    def _wait_for_reader(self) -> None:
        os.close(os.open(self.path, os.O_WRONLY))  # returns when somebody opens the other end
        self._is_read.set()

    def check(self) -> None:
        assert not self._is_read.is_set(), "the named file was opened"
        with pytest.raises(BlockingIOError):  # nobody has connected
            self._listener.accept()

    def close(self) -> None:
        os.close(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))
        self._writer.join()
        self._listener.close()


@contextmanager
def bait(folder: Path) -> Iterator[Bait]:
    made = Bait(folder)
    try:
        yield made
        made.check()
    finally:
        made.close()


def make_attack(kind: str, bait: Bait) -> bytes:
    playlist = (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#\xff\n{{}}#EXTINF:10,\n{bait.path}\n#EXTINF:10,\n{bait.address}/a.ts\n"
    )
    end = "#EXT-X-ENDLIST\n"
    return {
        "hls": (playlist.format("") + end).encode("latin-1"),
        "hls and mp3": (playlist.format("") + end).encode("latin-1") + make_mp3(),
        "hls with a key": (playlist.format(f'#EXT-X-KEY:METHOD=AES-128,URI="{bait.path}"\n') + end).encode("latin-1")
        + make_mp3(),
        "nested hls": f"#EXTM3U\n#\xff\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{bait.address}/b.m3u8\n".encode("latin-1")
        + make_mp3(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=\xff\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 49170 RTP/AVP 0\n"
        + b"a=rtpmap:0 PCMU/8000\n",
        "ffconcat": f"ffconcat version 1.0\n#\xff\nfile '{bait.path}'\nfile '{bait.address}/x'\n".encode("latin-1"),
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><!--\xff-->'
            f"<Period><AdaptationSet><Representation><BaseURL>{bait.address}/x</BaseURL></Representation>"
            "</AdaptationSet></Period></MPD>"
        ).encode("latin-1"),
        "rtsp reference": f"RTSPtext\r\n\xff{bait.address}\r\n".encode("latin-1"),
    }[kind]


ATTACKS = ("hls", "hls and mp3", "hls with a key", "nested hls", "sdp", "ffconcat", "dash", "rtsp reference")


def make_wav_head(channel_count: int, rate_hz: int, frame_count: int = 100) -> bytes:
    """Write a WAV file of silence whose header says whatever is wanted."""
    size = frame_count * channel_count * 2
    form = struct.pack(
        "<HHIIHH", 1, channel_count, rate_hz, rate_hz * channel_count * 2 % 2**32, channel_count * 2 % 2**16, 16
    )
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16)
        + form
        + struct.pack("<4sI", b"data", size)
        + bytes(size)
    )
