import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from podcast_core.audio.cutting import choose_encoding, cut_piece, hash_audio
from podcast_core.errors import InvalidInput

RATE = 16_000


def write(path: Path, subtype: str, channels: int = 1) -> np.ndarray:
    generator = np.random.default_rng(5)
    whole = generator.integers(-(2**31), 2**31, (3 * RATE, channels), dtype=np.int64).astype(np.int32)
    soundfile.write(path, whole, RATE, subtype=subtype)
    return whole


@pytest.mark.parametrize("container", ["flac", "wav"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24"])
def test_integer_sources_come_out_bit_by_bit(tmp_path: Path, subtype: str, container: str) -> None:
    path = tmp_path / "a.wav"
    write(path, subtype, channels=2)
    encoding = choose_encoding(f"WAV/{subtype}", container)
    piece = cut_piece(str(path), channel=1, start_s=0.5, end_s=2.25, sample_rate_hz=RATE, encoding=encoding)
    source, _ = soundfile.read(path, dtype="int32", start=RATE // 2, stop=RATE * 9 // 4)
    found, rate = soundfile.read(io.BytesIO(piece.data), dtype="int32")
    assert rate == RATE
    assert np.array_equal(found, source[:, 1])
    assert (piece.frame_count, piece.clipped_count) == (len(found), 0)


def test_floating_point_keeps_every_bit_in_wav_and_is_clipped_and_counted_in_flac(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    samples = np.linspace(-1.5, 1.5, RATE, dtype=np.float32)
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    for container in ("wav", "flac"):
        encoding = choose_encoding("WAV/FLOAT", container)
        piece = cut_piece(str(path), channel=0, start_s=0, end_s=1, sample_rate_hz=RATE, encoding=encoding)
        found, _ = soundfile.read(io.BytesIO(piece.data), dtype="float32")
        if container == "wav":
            assert np.array_equal(found, samples)
            assert piece.clipped_count == 0
        else:
            assert np.abs(found - np.clip(samples, -1, 1)).max() < 2**-22
            assert piece.clipped_count == np.count_nonzero(np.abs(samples) > 1)


@settings(deadline=None)  # a disk may be slow
@given(samples=st.lists(st.integers(-32768, 32767), min_size=1, max_size=50), width=st.sampled_from(["flac", "wav"]))
def test_any_samples_come_back_and_their_bytes_are_always_the_same(
    tmp_path_factory: pytest.TempPathFactory, samples: list[int], width: str
) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.wav"
    soundfile.write(path, np.array(samples, np.int16), 8000, subtype="PCM_16")
    cut = [
        cut_piece(
            str(path),
            channel=0,
            start_s=0,
            end_s=len(samples) / 8000,
            sample_rate_hz=8000,
            encoding=choose_encoding("WAV/PCM_16", width),
        ).data
        for _ in range(2)
    ]
    assert cut[0] == cut[1]
    assert soundfile.read(io.BytesIO(cut[0]), dtype="int16")[0].tolist() == samples


def test_a_wav_file_has_no_chunk_but_format_fact_and_data(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(7, np.float32), RATE, subtype="FLOAT")
    piece = cut_piece(str(path), channel=0, start_s=0, end_s=7 / RATE, sample_rate_hz=RATE, encoding="WAV/FLOAT")
    names, position = [], 12
    while position < len(piece.data):
        name, size = struct.unpack_from("<4sI", piece.data, position)
        names.append(name)
        position += 8 + size + size % 2
    assert names == [b"fmt ", b"fact", b"data"]
    assert struct.unpack_from("<I", piece.data, 4)[0] == len(piece.data) - 8


def test_what_a_container_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(1000, np.int16), 700_000, subtype="PCM_16")
    with pytest.raises(InvalidInput, match="Choose WAV"):
        cut_piece(str(path), channel=0, start_s=0, end_s=0.001, sample_rate_hz=700_000, encoding="FLAC/PCM_16")
    with pytest.raises(InvalidInput, match="flac or wav"):
        choose_encoding("WAV/PCM_16", "mp3")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert hash_audio(str(tmp_path / "a")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
