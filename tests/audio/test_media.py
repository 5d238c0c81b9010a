"""What a recording names is never opened: neither a file nor an address, whatever the recording is."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.audio import media
from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.audio.media import DecoderProcess
from podcast_core.audio.segments import SegmentDecoder
from podcast_core.errors import InvalidInput
from podcast_core.services.exchange.import_files import read_files
from tests.hls import at
from tests.hostile import ATTACKS, RATE, bait, make_attack, make_mp3


@pytest.mark.parametrize("kind", ATTACKS)
@pytest.mark.parametrize("suffix", [".m3u8", ".mp3"])
def test_a_file_that_names_others_is_refused_at_once_and_reads_none(tmp_path: Path, kind: str, suffix: str) -> None:
    with bait(tmp_path) as trap:
        path = tmp_path / f"x{suffix}"
        path.write_bytes(make_attack(kind, trap))
        began, used = time.monotonic(), sum(os.times()[:4])
        if make_mp3() in path.read_bytes():  # its own sound is all that it may be taken for
            with suppress(InvalidInput):
                assert inspect_audio(str(path)).frame_count == pytest.approx(2 * RATE, abs=2304)
        else:
            with pytest.raises(InvalidInput, match="cannot be decoded|is text"):
                inspect_audio(str(path))
        # Computing, the start of a decoder process included; and nobody waits for an address, as SDP did for 10 s.
        assert sum(os.times()[:4]) - used < 1
        assert time.monotonic() - began < 5  # a busy machine; alone it takes a third of a second
        with SegmentDecoder() as decoder, suppress(InvalidInput):
            decoder.decode(path.read_bytes(), at(0), 10.0)


def test_a_list_of_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ffconcat"
    path.write_bytes(b"ffconcat version 1.0\n#\xff\n" + f"file '{path}'\n".encode() * 1000)
    with pytest.raises(InvalidInput, match="none of the supported formats"):
        inspect_audio(str(path))


def test_a_movie_that_keeps_its_sound_in_another_file_is_refused(tmp_path: Path) -> None:
    """QuickTime may say that the samples are in another file (a data reference of kind ``url `` or ``alis``)."""
    import av

    path = tmp_path / "a.mov"
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.ones((1, RATE), np.int16), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    with bait(tmp_path) as trap:
        data = path.read_bytes()
        at_ = data.index(b"dref") - 4
        name = f"{trap.path}\0".encode()
        entry = b"url " + bytes(4) + name  # flags 0: not in this file
        reference = b"dref" + bytes(4) + (1).to_bytes(4, "big") + (len(entry) + 4).to_bytes(4, "big") + entry
        old = int.from_bytes(data[at_ : at_ + 4], "big")
        grown = len(reference) + 4 - old
        made = bytearray(data[:at_] + (len(reference) + 4).to_bytes(4, "big") + reference + data[at_ + old :])
        for parent in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            start = made.rindex(parent, 0, at_) - 4
            size = int.from_bytes(made[start : start + 4], "big")
            made[start : start + 4] = (size + grown).to_bytes(4, "big")
        path.write_bytes(made)
        with suppress(InvalidInput):  # or samples of this file: both are right if the other one is left alone
            read_samples(str(path), channel=0, start_s=0, end_s=0.5)


def test_a_decoder_process_can_open_no_file_and_no_address(tmp_path: Path) -> None:
    """What holds when FFmpeg itself is taken over."""
    (tmp_path / "secret").write_text("x")
    code = f"""
import socket, sys
sys.path.insert(0, {str(Path(media.__file__).parents[2])!r})
from podcast_core.sandbox import give_up, take_pipes
asking, answering = take_pipes()
give_up(memory_bytes=1_000_000_000, cpu_s=60)
tries = [(open, {str(tmp_path / "secret")!r}), (socket.socket,), (open, {str(tmp_path / "new")!r}, "w")]
for call, *words in tries:
    try:
        call(*words)
    except OSError as error:
        answering.write(type(error).__name__.encode() + b" ")
    else:
        answering.write(b"opened ")
answering.flush()
"""
    found = subprocess.run([sys.executable, "-I", "-c", code], input=b"", capture_output=True, check=True)
    assert found.stdout == b"OSError OSError OSError "
    assert not (tmp_path / "new").exists()


def test_decoding_ends_when_it_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_DECODE_S", "1")
    path = tmp_path / "long.mp3"
    data = make_mp3(10)
    frames = data[data.index(data[:2], 10) :]  # without the first frame, which holds the length: that is for FFmpeg
    path.write_bytes(frames * 2000)  # five hours: several seconds of computing
    with pytest.raises(InvalidInput, match=r"more than 1 s of computing time"):
        inspect_audio(str(path))


def test_a_decoder_that_crashes_is_an_error_with_a_reason() -> None:
    with DecoderProcess() as process:
        process._process.kill()
        with pytest.raises(InvalidInput, match="decoding failed"):
            list(process.ask({"ask": "segment", "duration_s": 1.0, "is_run_up": False}, bytes(10)))


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.wav"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.close()
    threads = threading.active_count()
    with pytest.raises(InvalidInput, match="pipe or a device"):
        inspect_audio(str(path))
    with pytest.raises(InvalidInput, match="pipe or a device"):
        read_files([path])
    assert threading.active_count() == threads


def test_no_ending_of_a_name_changes_what_a_file_is(tmp_path: Path) -> None:
    for name in ("a.raw", "a.vox", "a.gsm", "a.sd2", "a.wav.m3u8", "a"):
        soundfile.write(tmp_path / name, np.zeros(RATE), RATE, format="WAV")
        assert inspect_audio(str(tmp_path / name)).encoding == "WAV/PCM_16"
