"""Files whose headers are wrong about how much sound there is, in either direction: what is there is read."""

import io
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.audio.metadata import find_start
from podcast_core.errors import InvalidInput
from tests.building import encode_sound

RATE = 8000
SECONDS = 2.0
COUNT = round(RATE * SECONDS)
SOUND = (0.3 * np.random.default_rng(1).standard_normal(COUNT)).clip(-1, 1)
NOTED = "header (gives no length|says|counts)"


def write(container: str, subtype: str | None = "PCM_16", sound: np.ndarray = SOUND, rate: int = RATE) -> bytes:
    return encode_sound(sound, rate, container, subtype)


def check(path: Path, data: bytes, count: int = COUNT, *, take_cut: bool = False) -> str:
    """Check that so many of the samples are read, anywhere; what is noted."""
    path.write_bytes(data)
    info = inspect_audio(str(path), take_cut=take_cut)
    assert info.frame_count == count
    whole = read_samples(str(path), channel=0, start_s=0, end_s=count / RATE)
    np.testing.assert_allclose(whole, SOUND[:count], atol=1e-4)
    first = count - 100
    end = read_samples(str(path), channel=0, start_s=first / RATE, end_s=count / RATE)
    np.testing.assert_array_equal(end, whole[first:])
    return " ".join(info.notes)


def put(data: bytes, at: int, form: str, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, at, value)
    return bytes(changed)


SIZES = (0, 2000, COUNT, 2 * COUNT + 44, 2 * COUNT + 36, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFF00, 0xFFFFFFFF)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("riff_size", [0, 36, 2 * COUNT + 36, 2 * COUNT + 80, 0x7FFFF024, 0xFFFFFFFF])
def test_the_sizes_of_a_wav_file_may_lie(tmp_path: Path, size: int, riff_size: int) -> None:
    data = put(put(write("WAV"), 4, "<I", riff_size), 40, "<I", size)
    assert "2.00 s are there" in check(tmp_path / "a.wav", data)


def test_a_few_bytes_more_than_the_header_says_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(write("WAV") + b"GARBAGE!" * 2)
    [note] = inspect_audio(str(tmp_path / "a.wav")).notes
    assert note == f"The header says {2 * COUNT:,} bytes of audio, {2 * COUNT + 16:,} are there: 2.00 s."


@pytest.mark.parametrize("riff_size", [0, 36, 2 * COUNT + 80, 0x7FFFF024, 0xFFFFFFFF])
def test_a_wrong_size_of_the_whole_file_is_nothing_to_speak_of(tmp_path: Path, riff_size: int) -> None:
    assert check(tmp_path / "a.wav", put(write("WAV"), 4, "<I", riff_size)) == ""


def find(data: bytes, name: bytes) -> int:
    return data.index(name)


CONTAINERS: dict[str, tuple[Callable[[bytes], int], str, int]] = {
    # where the declared size is, how it is written, and how much it is more than the sound
    "RF64": (lambda data: find(data, b"ds64") + 16, "<Q", 0),
    "W64": (lambda data: find(data, b"data") + 16, "<Q", 24),
    "AIFF": (lambda data: find(data, b"SSND") + 4, ">I", 8),
    "CAF": (lambda data: find(data, b"data") + 4, ">Q", 4),
    "AU": (lambda _: 8, ">I", 0),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("size", [0, 2000, "all ones", "slip"])
def test_other_chunked_formats_may_lie_as_well(tmp_path: Path, container: str, size: int | str) -> None:
    find_place, form, more = CONTAINERS[container]
    data = write(container)
    largest = (1 << 8 * struct.calcsize(form)) - 1
    value = (
        {"all ones": largest, "slip": 2 * COUNT + more + 44}.get(str(size)) if isinstance(size, str) else size + more
    )
    assert value is not None
    if container == "AU" and size == "all ones":
        value = 0xFFFFFFFF
    noted = check(tmp_path / "a", put(data, find_place(data), form, value))
    assert "2.00 s are there" in noted
    encoding = inspect_audio(str(tmp_path / "a")).encoding
    assert encoding == f"{container}/PCM_16"


def test_bw64_is_read_as_rf64(tmp_path: Path) -> None:
    data = b"BW64" + write("RF64")[4:]
    check(tmp_path / "a.wav", data)
    place = find(data, b"ds64") + 16
    assert "2.00 s are there" in check(tmp_path / "a.wav", put(data, place, "<Q", 100))


def test_the_count_of_frames_in_an_aiff_file_may_lie(tmp_path: Path) -> None:
    data = write("AIFF")
    for count in (0, COUNT // 2, 3 * COUNT):
        noted = check(tmp_path / "a.aiff", put(data, find(data, b"COMM") + 10, ">I", count))
        assert "2.00 s are there" in noted


@pytest.mark.parametrize("container", ["WAV", *CONTAINERS])
@pytest.mark.parametrize("cut", [1, 10, 1000, COUNT])
def test_a_file_that_was_cut_is_refused_and_taken_when_asked(tmp_path: Path, container: str, cut: int) -> None:
    data = write(container)
    tail = len(data) - data.rindex(SOUND_END[container])
    path = tmp_path / "a"
    path.write_bytes(data[: len(data) - tail + len(SOUND_END[container]) - cut])
    with pytest.raises(InvalidInput, match=r"truncated: its header promises .* audio, found .*--take-cut"):
        inspect_audio(str(path))
    noted = check(path, path.read_bytes(), COUNT - (cut + 1) // 2, take_cut=True)
    assert noted.startswith("Truncated: the header promises 2.00 s")


_LAST = write("WAV")[-200:]
_BIG = np.frombuffer(_LAST, "<i2").astype(">i2").tobytes()
SOUND_END = {"WAV": _LAST, "RF64": _LAST, "W64": _LAST, "AIFF": _BIG, "CAF": _BIG, "AU": _BIG}


TEXT = b"GUANO|Version:1.0\nTimestamp:2020-01-01T00:00:00Z\n"
BEHIND = struct.pack("<4sI", b"guan", len(TEXT)) + TEXT + struct.pack("<4sI4s", b"LIST", 4, b"INFO")


@pytest.mark.parametrize("size", [0, 300, 1001, 1001 + 44, 0x7FFFF000, 0xFFFFFFFF, 1060, 3000])
@pytest.mark.parametrize("padded", [True, False])
def test_the_sound_need_not_be_last(tmp_path: Path, size: int, padded: bool) -> None:
    sound = np.arange(1001) % 200 - 100
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    body = (sound + 128).astype(np.uint8).tobytes() + (b"\0" if padded else b"")
    data = b"WAVE" + form + struct.pack("<4sI", b"data", size) + body + BEHIND
    path = tmp_path / "a.wav"
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(data)) + data)
    info = inspect_audio(str(path))
    assert info.frame_count == 1001 or (padded and size != 1001 and info.frame_count == 1002)
    assert bool(info.notes) == (size != 1001)
    found = read_samples(str(path), channel=0, start_s=0, end_s=1001 / RATE)
    np.testing.assert_allclose(found, sound / 128, atol=1e-6)
    assert find_start(str(path)).started_at == datetime(2020, 1, 1, tzinfo=UTC)  # the text is found as well


def test_a_chunk_behind_the_sound_may_be_cut(tmp_path: Path) -> None:
    assert check(tmp_path / "a.wav", write("WAV") + BEHIND[:30]).startswith("Truncated: data after the sound")


def test_an_rf64_file_with_two_lengths_is_read_to_its_end(tmp_path: Path) -> None:
    data = write("RF64")
    both = put(put(data, find(data, b"ds64") + 16, "<Q", 100), find(data, b"data") + 4, "<I", 2 * COUNT)
    assert "2.00 s are there" in check(tmp_path / "a.wav", both)


@pytest.mark.parametrize("count", [0, COUNT // 2, COUNT])
def test_what_follows_a_flac_stream_is_no_sound(tmp_path: Path, count: int) -> None:
    for tag in (b"TAG" + bytes(125), np.random.default_rng(3).bytes(500)):
        check(tmp_path / "a.flac", put_flac_count(write("FLAC"), count) + tag)


@pytest.mark.parametrize("tag", [b"ID3\4\0\0\0\0\0\x40" + bytes(64), b"TAG" + b"song".ljust(125), bytes(4096)])
def test_what_a_program_added_behind_is_no_sound(tmp_path: Path, tag: bytes) -> None:
    assert "after the sound are ignored" in check(tmp_path / "a.wav", write("WAV") + tag)


def put_flac_count(data: bytes, count: int) -> bytes:
    packed = int.from_bytes(data[18:26], "big")
    return data[:18] + (packed >> 36 << 36 | count).to_bytes(8, "big") + data[26:]


@pytest.mark.parametrize("count", [0, 1, COUNT // 2, COUNT - 1])
def test_a_flac_header_may_say_too_little_or_nothing(tmp_path: Path, count: int) -> None:
    noted = check(tmp_path / "a.flac", put_flac_count(write("FLAC"), count))
    assert "2.00 s are there" in noted


def test_a_flac_header_that_says_too_much_is_a_cut_file(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    data = put_flac_count(write("FLAC"), 2 * COUNT)
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=r"promises 4.00 s of audio, found 2.00 s"):
        inspect_audio(str(path))
    assert "promises 4.00 s, 2.00 s are there" in check(path, data, take_cut=True)
    path.write_bytes(b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + data)
    assert inspect_audio(str(path), take_cut=True).frame_count == COUNT


@pytest.mark.parametrize("count", [0, COUNT])
def test_a_flac_file_that_was_cut_is_taken_to_its_last_whole_frame(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.flac"
    data = put_flac_count(write("FLAC"), count)
    cut = data[: len(data) * 3 // 4]
    path.write_bytes(cut)
    with pytest.raises(InvalidInput, match="truncated"):
        inspect_audio(str(path))
    frames = inspect_audio(str(path), take_cut=True).frame_count
    assert COUNT // 2 <= frames < COUNT
    assert frames % 4096 == 0
    assert check(path, cut, frames, take_cut=True).startswith("Truncated: ")


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_chain_of_ogg_streams_is_read_to_its_end(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "a.ogg"
    one, two = (write("OGG", subtype, part) for part in (SOUND, SOUND[: COUNT // 2]))
    alone = {}
    for name, data in (("one", one), ("two", two)):
        (tmp_path / name).write_bytes(data)
        count = inspect_audio(str(tmp_path / name)).frame_count
        rate = inspect_audio(str(tmp_path / name)).sample_rate_hz
        alone[name] = read_samples(str(tmp_path / name), channel=0, start_s=0, end_s=count / rate)
    expected = np.concatenate([alone["one"], alone["two"], alone["one"]])
    path.write_bytes(one + two + one)  # the third has the number of the first
    info = inspect_audio(str(path))
    assert info.frame_count == len(expected)
    assert "chain of 3 streams" in info.notes[0]
    rate = info.sample_rate_hz
    np.testing.assert_array_equal(read_samples(str(path), channel=0, start_s=0, end_s=len(expected) / rate), expected)
    first = len(alone["one"]) + 500
    np.testing.assert_allclose(
        read_samples(str(path), channel=0, start_s=first / rate, end_s=(first + 3000) / rate),
        expected[first : first + 3000],
        atol=1e-6,
    )
    path.write_bytes((one + two)[:-300])
    with pytest.raises(InvalidInput, match="truncated: its last page"):
        inspect_audio(str(path))
    assert "Truncated: the last page" in " ".join(inspect_audio(str(path), take_cut=True).notes)


def test_flac_in_a_chain_of_ogg_streams(tmp_path: Path) -> None:
    import av

    def make(count: int) -> bytes:
        file = io.BytesIO()
        with av.open(file, "w", format="ogg") as container:
            stream = container.add_stream("flac", rate=RATE, layout="mono")
            values = np.rint(SOUND[:count] * 32767).astype(np.int16)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(values, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            resampler = av.AudioResampler("s16", "mono", RATE, frame_size=stream.codec_context.frame_size or 4096)
            for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
                for packet in stream.encode(piece):
                    container.mux(packet)
        return file.getvalue()

    path = tmp_path / "a.oga"
    path.write_bytes(make(COUNT) + make(COUNT // 2))
    assert inspect_audio(str(path)).frame_count == COUNT * 3 // 2
    found = read_samples(str(path), channel=0, start_s=2.0, end_s=3.0)
    np.testing.assert_allclose(found, SOUND[: COUNT // 2], atol=1e-4)


def test_a_chain_of_streams_that_do_not_fit_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.write_bytes(write("OGG", "VORBIS") + write("OGG", "VORBIS", rate=16_000))
    with pytest.raises(InvalidInput, match="number 1 has 8000 Hz and 1 channels, number 2 16000 Hz"):
        inspect_audio(str(path))


def make_mp3(seconds: float = 20) -> bytes:
    sound = 0.2 * np.random.default_rng(0).standard_normal(round(seconds * 16_000))
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 16_000, 1, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5) as out:
        out.write(sound)
    return file.getvalue()


@pytest.mark.parametrize("is_right_in_bytes", [True, False])
@pytest.mark.parametrize("id3", [b"", b"ID3\4\0\0\0\0\0\x40" + bytes(64)])
def test_the_length_in_an_mp3_file_may_lie(tmp_path: Path, is_right_in_bytes: bool, id3: bytes) -> None:
    data = make_mp3()
    path = tmp_path / "a.mp3"
    path.write_bytes(data)
    count = inspect_audio(str(path)).frame_count
    tag = next(data.index(name) for name in (b"Xing", b"Info") if name in data)
    frames = struct.unpack_from(">I", data, tag + 8)[0]
    for said in (1, frames // 2, frames * 2):
        changed = put(data, tag + 8, ">I", said)
        if not is_right_in_bytes:
            changed = put(changed, tag + 12, ">I", 1000)
        path.write_bytes(id3 + changed)
        if said > frames:
            with pytest.raises(InvalidInput, match=r"promises .* audio, found 2\d\.\d\d s"):
                inspect_audio(str(path))
        info = inspect_audio(str(path), take_cut=True)
        assert info.frame_count == pytest.approx(count, abs=1200)
        assert "are there" in info.notes[0]
        end_s = info.frame_count / info.sample_rate_hz
        assert len(read_samples(str(path), channel=0, start_s=end_s - 1, end_s=end_s)) == 16_000


def test_an_mp3_file_that_was_cut_is_taken_when_asked(tmp_path: Path) -> None:
    data = make_mp3()
    path = tmp_path / "a.mp3"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InvalidInput, match="truncated"):
        inspect_audio(str(path))
    info = inspect_audio(str(path), take_cut=True)
    assert info.frame_count / 16_000 == pytest.approx(10, abs=1.5)
    assert info.notes[0].startswith("Truncated: ")


def test_nothing_and_one_sample_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for container in ("WAV", *CONTAINERS, "FLAC"):
        for count, reason in ((0, "no samples|cannot be decoded|promises|empty"), (1, "single sample")):
            path.write_bytes(write(container, sound=SOUND[:count]))
            with pytest.raises(InvalidInput, match=reason):
                inspect_audio(str(path))
