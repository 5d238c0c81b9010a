"""Audio files with random damage, the same every time: an error of ours, or a recording that can be read anywhere."""

import os
import random
import struct
from pathlib import Path

import pytest

from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.audio.metadata import find_start
from podcast_core.errors import PodcastError
from tests.audio.test_lengths import CONTAINERS, make_mp3, write

TIMES = int(os.environ.get("PODCAST_TEST_MUTATIONS", "8"))  # of each kind of file
NUMBERS = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
KINDS = ("WAV", *CONTAINERS, "FLAC", "OGG", "MP3")


def mutate(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        at = chance.randrange(min(len(changed), chance.choice((64, 200, len(changed)))))
        match chance.randrange(5):
            case 0:
                changed[at] = chance.randrange(256)
            case 1:
                changed[at : at + 4] = struct.pack("<I", chance.choice((*NUMBERS, chance.getrandbits(32))))
            case 2:
                del changed[at : at + chance.randrange(1, 400)]
            case 3:
                changed[at:at] = chance.randbytes(chance.randrange(1, 50))
            case _:
                del changed[max(at, 1) :]
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_an_error_of_ours_or_none(tmp_path: Path, kind: str) -> None:
    chance = random.Random(kind)
    data = make_mp3(2) if kind == "MP3" else write(kind, "VORBIS" if kind == "OGG" else "PCM_16")
    path = tmp_path / "a"
    reasons: list[str] = []
    for number in range(TIMES):
        path.write_bytes(mutate(data, chance))
        try:
            info = inspect_audio(str(path), take_cut=number % 2 == 0)
            find_start(str(path))
        except PodcastError as error:
            reasons.append(str(error))
            continue
        rate, count = info.sample_rate_hz, info.frame_count
        for first in (0, max(0, count // 2), max(0, count - 50)):
            last = min(first + 50, count)
            piece = read_samples(str(path), channel=info.channel_count - 1, start_s=first / rate, end_s=last / rate)
            assert len(piece) == last - first
    assert "nternal" not in " ".join(reasons)
