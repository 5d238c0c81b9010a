import hashlib
import os
import struct
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from podcast_core.audio.files import inspect_audio, read_blocks, read_pcm, read_samples
from podcast_core.audio.playback import encode_pcm
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.storage.files import FileStore

RATE = 48_000


def make_samples(seconds: float = 3.0, channels: int = 2) -> np.ndarray:
    generator = np.random.default_rng(7)
    time = np.arange(round(seconds * RATE)) / RATE
    tone = 0.3 * np.sin(2 * np.pi * (500 + 400 * time) * time)
    return (tone[:, None] + 0.05 * generator.standard_normal((len(time), channels))).astype(np.float32)


def write_sound(path: Path, container: str, subtype: str | None = None, samples: np.ndarray | None = None) -> Path:
    samples = make_samples() if samples is None else samples
    with sf.SoundFile(path, "w", RATE, samples.shape[1], format=container, subtype=subtype) as file:
        for start in range(0, len(samples), 4_096):  # libsndfile's Vorbis encoder overflows its stack on more
            file.write(samples[start : start + 4_096])
    return path


def write_av(path: Path, codec: str) -> Path:
    import av

    samples = make_samples()
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        size = stream.codec_context.frame_size or 4_096
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", RATE, frame_size=size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(piece):
                container.mux(packet)
    return path


SOUND_FILES = [
    ("a.wav", "WAV", "PCM_16"),
    ("a24.wav", "WAV", "PCM_24"),
    ("float.wav", "WAV", "FLOAT"),
    ("x.wav", "WAVEX", "PCM_16"),
    ("a.rf64", "RF64", "PCM_16"),
    ("a.w64", "W64", "PCM_16"),
    ("a.caf", "CAF", "PCM_16"),
    ("a.aiff", "AIFF", "PCM_16"),
    ("a.flac", "FLAC", "PCM_24"),
    ("a.ogg", "OGG", "VORBIS"),
    ("a.opus", "OGG", "OPUS"),
    ("a.mp3", "MP3", None),
]
AV_FILES = [("a.m4a", "alac"), ("a.mp4", "aac"), ("a.webm", "libopus"), ("a.aac", "aac"), ("a.mka", "flac")]


@pytest.fixture(params=[name for name, *_ in SOUND_FILES] + [name for name, _ in AV_FILES])
def audio_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    codecs = dict(AV_FILES)
    path = tmp_path / request.param
    if request.param in codecs:
        return write_av(path, codecs[request.param])
    return write_sound(path, *next(row[1:] for row in SOUND_FILES if row[0] == request.param))


def test_every_format_tells_what_is_in_it(audio_file: Path) -> None:
    info = inspect_audio(str(audio_file))
    assert (info.sample_rate_hz, info.channel_count) == (RATE, 2)
    assert info.frame_count == pytest.approx(3 * RATE, abs=2_112)  # lossy codecs may keep their lead-in
    assert info.sha256 == hashlib.sha256(audio_file.read_bytes()).hexdigest()
    assert info.size_bytes == audio_file.stat().st_size
    assert "/" in info.encoding


def test_any_piece_is_exactly_that_piece_of_the_whole(audio_file: Path) -> None:
    frame_count = inspect_audio(str(audio_file)).frame_count
    for channel in (0, 1):
        whole = read_samples(str(audio_file), channel=channel, start_s=0, end_s=frame_count / RATE)
        assert whole.shape == (frame_count,)
        assert whole.dtype == np.float32
        for first in (1, 1_000, 70_000, frame_count - 300, frame_count - 1):
            last = min(first + 5_000, frame_count)
            piece = read_samples(str(audio_file), channel=channel, start_s=first / RATE, end_s=last / RATE)
            if audio_file.suffix == ".mp4" and last - first > 1_000:  # AAC fills bands with noise, drawn anew each time
                assert np.corrcoef(piece, whole[first:last])[0, 1] > 0.97
            else:
                np.testing.assert_allclose(piece, whole[first:last], atol=1e-6 if audio_file.suffix != ".mp4" else 1)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.m4a"])
def test_lossless_samples_come_back_unchanged(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.m4a":
        write_av(path, "alac")
    else:
        write_sound(path, path.suffix[1:].upper(), "PCM_16")
    samples = read_samples(str(path), channel=1, start_s=1, end_s=2)
    np.testing.assert_allclose(samples, make_samples()[RATE : 2 * RATE, 1], atol=1 / 32768)


@pytest.mark.parametrize("container", ["WAV", "FLAC", "CAF"])
def test_16_bit_samples_are_what_libsndfile_makes_of_them(tmp_path: Path, container: str) -> None:
    every = np.arange(-32768, 32768, dtype=np.int16)
    path = str(tmp_path / "a")
    sf.write(path, every, RATE, format=container, subtype="PCM_16")
    expected, _ = sf.read(path, dtype="float32")
    found = read_samples(path, channel=0, start_s=0, end_s=len(every) / RATE)
    np.testing.assert_array_equal(found, expected)


def test_an_ogg_file_is_exact_up_to_its_last_frame(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.ogg", "OGG", "VORBIS", make_samples(100, 1))
    whole = read_samples(str(path), channel=0, start_s=0, end_s=100)
    for first in (*range(99 * RATE, 100 * RATE, 1_777), 20 * RATE):
        piece = read_samples(str(path), channel=0, start_s=first / RATE, end_s=min(first + 500, 100 * RATE) / RATE)
        np.testing.assert_array_equal(piece, whole[first : first + 500])


def test_blocks_are_the_samples_in_order(tmp_path: Path) -> None:
    path = str(write_sound(tmp_path / "a.flac", "FLAC", "PCM_16", make_samples(10, 1)))
    blocks = list(read_blocks(path, channel=0, start_s=1, end_s=9.5))
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks), read_samples(path, channel=0, start_s=1, end_s=9.5))


def test_samples_can_be_resampled(tmp_path: Path) -> None:
    path = str(write_sound(tmp_path / "a.wav", "WAV"))
    assert len(read_samples(path, channel=0, start_s=0, end_s=2, sample_rate_hz=16_000)) == 32_000


def test_a_place_in_a_store_is_read_like_a_path(tmp_path: Path) -> None:
    files = FileStore(f"memory://{tmp_path}")
    for name, container in (("a.wav", "WAV"), ("a.flac", "FLAC"), ("a.ogg", "OGG"), ("a.mp3", "MP3")):
        path = write_sound(tmp_path / name, container)
        files.write(name, path.read_bytes())
        place = files.url(name)
        assert inspect_audio(place) == inspect_audio(str(path))
        np.testing.assert_array_equal(
            read_samples(place, channel=0, start_s=1, end_s=2), read_samples(str(path), channel=0, start_s=1, end_s=2)
        )


def test_an_address_without_a_way_to_it_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a file on this machine"):
        inspect_audio("http://127.0.0.1/a.wav")


@pytest.mark.parametrize("fraction", [0.02, 0.5, 0.9])
def test_a_truncated_file_is_refused(audio_file: Path, fraction: float) -> None:
    data = audio_file.read_bytes()
    if audio_file.suffix == ".aac":
        pytest.skip("raw AAC says nowhere how long it is")
    audio_file.write_bytes(data[: int(len(data) * fraction)])
    with pytest.raises(InvalidInput, match="truncated|decoded|no samples"):
        inspect_audio(str(audio_file))


def test_a_truncated_file_tells_what_was_expected_and_found(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "WAV", "PCM_16")
    path.write_bytes(path.read_bytes()[:100_044])
    with pytest.raises(InvalidInput, match=r"promises 576,000 bytes of audio, found 100,000"):
        inspect_audio(str(path))


@pytest.mark.parametrize("data_size", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("riff_size", [0, 36, 0xFFFFFFFF])
def test_a_recorder_that_lost_power_loses_nothing(tmp_path: Path, data_size: int, riff_size: int) -> None:
    path = write_sound(tmp_path / "a.wav", "WAV", "PCM_16")
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 4, riff_size)
    struct.pack_into("<I", data, 40, data_size)
    path.write_bytes(data)
    assert inspect_audio(str(path)).frame_count == 3 * RATE
    piece = read_samples(str(path), channel=0, start_s=2.5, end_s=3)
    np.testing.assert_allclose(piece, make_samples()[-RATE // 2 :, 0], atol=1 / 32768)


def test_a_flac_stream_without_length_is_read_to_its_end(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", "FLAC", "PCM_16")
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36-bit number of samples in STREAMINFO
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert inspect_audio(str(path)).frame_count == 3 * RATE


def test_an_mp3_file_without_length_header_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    samples = make_samples(20, 1) * np.linspace(0, 1, 20 * RATE, dtype=np.float32)[:, None] ** 4
    with sf.SoundFile(path, "w", RATE, 1, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5) as file:
        file.write(samples)
    data = path.read_bytes()
    assert inspect_audio(str(path)).frame_count == 20 * RATE
    path.write_bytes(b"ID3\4\0\0\0\0\x4e\x10" + bytes(10_000) + data)
    assert inspect_audio(str(path)).frame_count == 20 * RATE
    path.write_bytes(data[data.index(data[:2], 10) :])  # without the first frame, which holds the length
    assert inspect_audio(str(path)).frame_count == pytest.approx(20 * RATE, abs=3 * 1_152)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>not found</html>", "text.*DOCTYPE"),
        (b"version https://git-lfs.github.com/spec/v1\nsize 3\n", "text.*git-lfs"),
        ("größer\n".encode() * 100, "text"),
        (bytes(5_000), "cannot be decoded.*00 00 00 00"),
        (np.random.default_rng(0).bytes(5_000), "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "none of the supported formats"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0", "truncated|decoded"),
    ],
)
def test_what_is_not_audio_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=reason):
        inspect_audio(str(path))


@pytest.mark.parametrize("container", ["WAV", "AIFF", "RF64"])
def test_a_header_without_samples_is_refused(tmp_path: Path, container: str) -> None:
    path = write_sound(tmp_path / "a.wav", container, samples=make_samples(0, 1))
    with pytest.raises(InvalidInput, match=r"no samples|cannot be decoded"):
        inspect_audio(str(path))


def test_a_wav_file_over_4_gib_is_refused_because_its_header_cannot_be_right(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "WAV")
    os.truncate(path, 5 * 2**30)  # sparse: takes no room on the disk
    with pytest.raises(InvalidInput, match="4 GiB"):
        inspect_audio(str(path))


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="folder"):
        inspect_audio(str(tmp_path))
    with pytest.raises(NotFound, match="gone.wav"):
        inspect_audio(str(tmp_path / "gone.wav"))
    with pytest.raises(InvalidInput, match="nowhere"):
        inspect_audio("nowhere://a/b.wav")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "WAV")
    path.chmod(0)
    with pytest.raises(InvalidInput, match="permission"):
        inspect_audio(str(path))


@pytest.mark.parametrize(("channel", "start_s", "end_s"), [(2, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1), (0, 2, 3.5)])
def test_a_piece_that_is_not_there_is_refused(tmp_path: Path, channel: int, start_s: float, end_s: float) -> None:
    path = write_sound(tmp_path / "a.wav", "WAV")
    with pytest.raises(InvalidInput, match="channel|start|ends at"):
        read_samples(str(path), channel=channel, start_s=start_s, end_s=end_s)


def test_broken_floating_point_samples_become_finite(tmp_path: Path) -> None:
    samples = np.array([[0.5], [np.nan], [np.inf], [-np.inf]], np.float32)
    path = write_sound(tmp_path / "a.wav", "WAV", "FLOAT", samples)
    assert read_samples(str(path), channel=0, start_s=0, end_s=4 / RATE).tolist() == [0.5, 0, 1, -1]


@pytest.mark.parametrize("rate", [8_000, 22_050, 96_000, 250_000, 384_000, 500_000])
def test_rates_from_8_to_500_khz_are_read(tmp_path: Path, rate: int) -> None:
    sf.write(tmp_path / "a.wav", make_samples(0.5, 1), rate)
    info = inspect_audio(str(tmp_path / "a.wav"))
    assert (info.sample_rate_hz, info.frame_count) == (rate, RATE // 2)


def test_a_long_file_is_never_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    block = make_samples(10, 1)
    with sf.SoundFile(path, "w", RATE, 1, format="FLAC") as file:
        for _ in range(60):
            file.write(block)
    tracemalloc.start()
    inspect_audio(str(path))
    read_samples(str(path), channel=0, start_s=590, end_s=600)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 8e6  # ten minutes are 115 MB as float32


@pytest.mark.parametrize(("name", "container", "subtype"), SOUND_FILES)
def test_16_bit_samples_are_read_as_they_are_sent(tmp_path: Path, name: str, container: str, subtype: str) -> None:
    path = write_sound(tmp_path / name, container, subtype)
    piece: dict[str, Any] = {"channel": 1, "start_s": 0.01, "end_s": 1.5}  # more than one block
    found = read_pcm(str(path), **piece)
    assert (found is not None) == (subtype == "PCM_16")
    assert found in (None, encode_pcm(read_samples(str(path), **piece)))


def test_16_bit_samples_that_end_too_early_are_refused(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "WAV", "PCM_16")
    with pytest.raises(InvalidInput, match=r"ends at 3\.000 s"):
        read_pcm(str(path), channel=0, start_s=2.0, end_s=3.5)
