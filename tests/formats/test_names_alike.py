"""What may be meant by a name is found quickly, and misses nothing that it may mean."""

import itertools
import random

from podcast_core.formats.names import Names, list_alike
from tests.building import make_recording

STEMS = ("Song 1", "song_1", "Söng", "So\u0308ng", "a.b", "a:b", "x.", ".wav", "МОРЕ", "2020-01-01T10:00")
FILES = [
    f"{folder}{stem}{end}" for folder in ("", "site/", "D:\\x\\") for stem in STEMS for end in (".wav", ".WAV", "")
]


def test_all_that_a_name_means_is_alike() -> None:
    chance = random.Random(1)
    for _ in range(30):
        paths = chance.sample(FILES, 5)
        known = {
            each.id: each
            for number, path in enumerate(paths)
            if (each := make_recording(path, digits=f"{number:x}", original_name=chance.choice(FILES)))
        }
        names = Names(known.values())
        rows = [(each.id, each.file_name, each.original_name) for each in known.values()]
        for name in itertools.chain(chance.sample(FILES, 20), ["https://x.org/a/Song%201.wav?y=1", "nothing.wav"]):
            meant = {each for each in known if names.may_mean(name, each)}
            assert meant <= list_alike(rows, [name]), (name, paths)
    assert list_alike([("1", "a.wav", ""), ("2", "b.wav", "c/D.flac")], ["A", "d.wav"]) == {"1", "2"}
    assert list_alike([("1", "a.wav", "")], ["b.wav"]) == set()
