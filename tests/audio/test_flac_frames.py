"""A FLAC file is proven to be whole by the checksums of its frames; what they do not prove is decoded, as ever."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from podcast_core.audio import flac_frames
from podcast_core.audio.decoders import Block, _SoundFileSource
from podcast_core.audio.files import inspect_audio
from podcast_core.audio.flac_frames import count_whole
from podcast_core.errors import InvalidInput

RATE, COUNT = 8000, 50_001


def write(*, channels: int = 1, subtype: str = "PCM_16", loudness: float = 0.1, count: int = COUNT) -> bytes:
    file = BytesIO()
    samples = loudness * np.random.default_rng(0).standard_normal((count, channels))
    sf.write(file, samples, RATE, format="FLAC", subtype=subtype)
    return file.getvalue()


def count_in(data: bytes) -> int | None:
    return count_whole(BytesIO(data), lambda: None)


def put_block(data: bytes) -> bytes:
    """Put a block that looks like the beginnings of frames behind the first one."""
    return data[:42] + b"\x02" + (300_000).to_bytes(3, "big") + b"\xff\xf8" * 150_000 + data[42:]


@pytest.mark.parametrize("block_bytes", [17, 1000, 1 << 20])
@pytest.mark.parametrize(
    "data",
    [
        write(),
        write(channels=2),
        write(channels=3, subtype="PCM_24"),
        write(loudness=0),  # frames of a few bytes
        write(count=4096),
        write(count=5),
        put_block(write()),
        b"ID3\x04\x00\x00\x00\x00\x00\x05abcde" + write(),
    ],
    ids=["mono", "stereo", "24 bits", "silence", "one frame", "five samples", "a long block", "ID3"],
)
def test_whole_frames_are_counted(data: bytes, block_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if block_bytes == 17 and len(data) > 100_000:
        return  # the same, but slow
    monkeypatch.setattr(flac_frames, "_BLOCK_BYTES", block_bytes)
    with sf.SoundFile(BytesIO(data[15:] if data[:3] == b"ID3" else data)) as sound:
        assert count_in(data) == sound.frames


def find_frames(data: bytes) -> list[int]:
    """Find where frames of this file start: each has its number behind the same four bytes."""
    starts = [data.index(b"\xff\xf8")]
    while True:
        try:
            starts.append(data.index(data[starts[0] : starts[0] + 2], starts[-1] + 4))
        except ValueError:
            return [at for at in starts if data[at + 3] == data[starts[0] + 3] and data[at + 4] < 13]


def swap(data: bytes) -> bytes:
    a, b, c = find_frames(data)[1:4]
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def drop(data: bytes) -> bytes:
    a, b = find_frames(data)[1:3]
    return data[:a] + data[b:]


def flip(place: float) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        first = find_frames(data)[0]
        at = first + int(place * (len(data) - first - 1))
        return data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :]

    return change


@pytest.mark.parametrize("change", [swap, drop, *(flip(each / 20) for each in range(21))])
def test_damage_anywhere_is_found(change: Callable[[bytes], bytes]) -> None:
    assert count_in(change(write())) is None


@pytest.mark.parametrize("data", [b"", b"fLaC", b"RIFF" + bytes(50), write()[:-1], write()[:5000], write() + b"more"])
def test_what_is_no_whole_flac_file_is_not_proven(data: bytes) -> None:
    assert count_in(data) is None


def test_a_whole_file_is_not_decoded_but_for_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(write())
    begun: list[int] = []
    read = _SoundFileSource.read

    def watch(source: _SoundFileSource, first_frame: int) -> Iterator[Block]:
        begun.append(first_frame)
        return read(source, first_frame)

    monkeypatch.setattr(_SoundFileSource, "read", watch)
    assert inspect_audio(str(path)).frame_count == COUNT
    assert begun == [COUNT - 1]
    path.write_bytes(flip(0.5)(write()))
    with pytest.raises(InvalidInput, match="damaged"):
        inspect_audio(str(path))
    assert begun[1] == 0
