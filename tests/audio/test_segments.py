from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from podcast_core.audio.segments import SampleBlock, SegmentDecoder, cut_piece, mark_runs
from podcast_core.errors import InvalidInput
from podcast_core.services.hls.playlists import Placed, parse_playlist, place_segments, read_stamp
from tests.hls import CLOSE, OFFSET_S, SECOND, at, measure_error, write_folder

RATE_HZ = 16_000
PACKET = 188  # bytes of MPEG-TS


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Placed, bytes]]:
    """Four seconds (63 frames) of one channel in three segments."""
    folder = tmp_path_factory.mktemp("stream") / SECOND
    write_folder(folder, lengths=(1.5, 1.5, 1.032), rate=RATE_HZ, channels=1)
    playlist = parse_playlist((folder / "live.m3u8").read_text())
    placed = place_segments(playlist.segments, read_stamp(SECOND), OFFSET_S)
    return [(each, Path(folder, each.segment.uri).read_bytes()) for each in placed]


def decode(segments: list[tuple[Placed, bytes]]) -> list[SampleBlock]:
    with SegmentDecoder() as decoder:
        return [
            piece
            for placed, data in segments
            for piece in decoder.decode(data, placed.started_at, placed.segment.duration_s)
        ]


def join(pieces: list[SampleBlock]) -> list[tuple[float, float]]:
    """Check that every piece sounds as it was at its time, and list when the runs begin and end."""
    runs: list[list[float]] = []
    for is_new, piece in mark_runs(pieces):
        assert measure_error(piece.samples[:, 0], piece.started_at, RATE_HZ) < 2 * CLOSE
        start, end = ((moment - at(92)).total_seconds() for moment in (piece.started_at, piece.ended_at))
        if is_new:
            runs.append([start, end])
        runs[-1][1] = end
    return [(round(start, 2), round(end, 2)) for start, end in runs]


def test_segments_of_one_stream_are_one_run(segments: list[tuple[Placed, bytes]]) -> None:
    assert join(decode(segments)) == [(0.0, 4.03)]


def test_what_is_lost_inside_a_segment_moves_nothing(segments: list[tuple[Placed, bytes]]) -> None:
    placed, data = segments[1]
    packets = len(data) // PACKET
    without = data[: packets // 3 * PACKET] + data[packets // 2 * PACKET :]
    first, second = join(decode([segments[0], (placed, without), segments[2]]))
    assert first[0] == 0.0
    assert 1.8 < first[1] < 2.2
    assert first[1] + 0.1 < second[0] < 2.5
    assert second[1] == 4.03


def test_the_lost_beginning_of_a_segment_moves_nothing(segments: list[tuple[Placed, bytes]]) -> None:
    placed, data = segments[1]
    packets = len(data) // PACKET
    # Without the tables at the beginning nothing can be read, so they stay.
    without = data[: 3 * PACKET] + data[packets // 2 * PACKET :]
    first, second = join(decode([segments[0], (placed, without), segments[2]]))
    assert first[1] == pytest.approx(1.54, abs=0.02)
    assert 2.0 < second[0] < 2.6
    assert second[1] == 4.03


@pytest.mark.parametrize("data", [b"", b"G" * 40, b"<html>Not found</html>", bytes(1880)])
def test_what_is_no_audio_is_refused_with_a_reason(data: bytes) -> None:
    with SegmentDecoder() as decoder, pytest.raises(InvalidInput, match="it cannot be decoded|it holds no audio"):
        decoder.decode(data, at(0), 10.0)


def test_audio_that_drifts_from_its_playlist_is_anchored_again_before_it_is_far_off() -> None:
    """A sound card that runs 1 % slow: each segment of 10 s brings 9.9 s of samples."""
    samples = np.zeros((round(9.9 * RATE_HZ), 1), np.float32)
    pieces = [SampleBlock(at(10 * number), samples, RATE_HZ, 16, True) for number in range(20)]
    end = pieces[0].started_at
    for is_new, piece in mark_runs(pieces):
        end = piece.ended_at if is_new else end + timedelta(seconds=len(piece.samples) / RATE_HZ)
        assert abs((end - piece.ended_at).total_seconds()) <= 0.05
    slow = [replace(each, samples=samples[:1], started_at=at(0.02 * number)) for number, each in enumerate(pieces)]
    assert [is_new for is_new, _ in mark_runs(slow)][:4] == [True, False, False, True]


def test_cutting_at_any_moment_loses_and_doubles_no_sample() -> None:
    samples = np.arange(1600, dtype=np.float32)[:, None]
    piece = SampleBlock(at(0), samples, RATE_HZ, 16, True)
    generator = np.random.default_rng(0)
    cuts = [at(-1), *sorted(at(float(each)) for each in generator.uniform(0, 0.1, 20)), at(1)]
    parts = [cut_piece(piece, first, last) for first, last in zip(cuts, cuts[1:], strict=False)]
    found = [part for part in parts if part is not None]
    assert np.array_equal(np.concatenate([part.samples for part in found]), samples)
    for part in found:
        expected = piece.started_at + timedelta(seconds=float(part.samples[0, 0]) / RATE_HZ)
        assert abs((part.started_at - expected).total_seconds()) < 2e-6
