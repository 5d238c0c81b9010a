"""A thousand looks at one recording stay below a bound."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from podcast_core.services.intake.ingest import ingest
from podcast_core.services.pictures import recording_pictures, spectrograms
from podcast_core.services.pictures.recording_pictures import get_tile
from podcast_core.services.pictures.requests import SpectrogramRequest
from podcast_core.storage.cache import Cache
from podcast_core.workspace import Workspace
from tests.building import list_recordings
from tests.conftest import MakeWav

SMALL: dict[str, Any] = {"px_per_s": 20.0, "height_px": 16, "window_samples": 256}


@pytest.fixture
def recording_id(workspace: Workspace, make_wav: MakeWav) -> str:
    ingest(workspace, paths=[make_wav("sea.wav", seconds=4)], round_name="sea")
    return list_recordings(workspace)[0].id


def measure(workspace: Workspace) -> int:
    return sum(path.stat().st_size for path in workspace.settings.data_dir.rglob("*") if path.is_file())


@pytest.mark.parametrize("denoise", ["none", "median"])
def test_levels_of_a_thousand_tastes_make_no_file_and_one_computation(
    workspace: Workspace, recording_id: str, denoise: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    compute = recording_pictures._compute

    def count(*args: Any) -> Any:
        computed.append(1)
        return compute(*args)

    monkeypatch.setattr(recording_pictures, "_compute", count)

    def draw(floor_db: float | None, kind: Any = "jpg") -> tuple[str, bytes]:
        ceiling_db = None if floor_db is None else 0.0
        request = SpectrogramRequest(**SMALL, denoise=denoise, floor_db=floor_db, ceiling_db=ceiling_db)
        return get_tile(workspace, recording_id=recording_id, request=request, index=0, format=kind)

    names = {draw(None)[0]}
    kept = measure(workspace)
    pictures = set()
    for number in range(300):
        name, data = draw(-150 + number / 6)
        names.add(name)
        pictures.add(data)
    assert (len(names), len(computed), measure(workspace)) == (301, 1, kept)
    assert len(pictures) > 200
    dark, light = (np.asarray(Image.open(io.BytesIO(draw(each, "png")[1]))).mean() for each in (-60.0, -120.0))
    assert light > dark


def test_a_thousand_tiles_that_differ_in_their_sound_stay_below_the_limit(
    workspace: Workspace, recording_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)
    small = replace(workspace, cache=Cache(workspace.settings.data_dir / "cache", most_bytes=200_000))
    most = 0
    for number in range(100):
        request = SpectrogramRequest(**{**SMALL, "px_per_s": 10 + number / 20})
        first = get_tile(small, recording_id=recording_id, request=request, index=0)
        if number % 10 == 0:
            most = max(most, small.cache.measure_bytes())
            assert get_tile(small, recording_id=recording_id, request=request, index=0) == first
    assert 100_000 < most <= 200_000
    assert get_tile(small, recording_id=recording_id, request=SpectrogramRequest(**SMALL), index=0)[
        1
    ]  # gone, and made again


def test_a_picture_that_goes_while_it_is_used_is_made_again(workspace: Workspace, make_wav: MakeWav) -> None:
    ingest(workspace, paths=[make_wav("b.wav", seconds=1)], round_name="sea")
    place: dict[str, Any] = {"round_id": "sea", "session_id": "b"}
    cache = Path(workspace.settings.data_dir / "cache")

    def see() -> list[bytes]:
        requests = (None, SpectrogramRequest(denoise="median", end_s=0.5, width_px=50, height_px=20))
        seen = [spectrograms.get_picture(workspace, **place, request=request).data for request in requests]
        return [*seen, spectrograms.get_peaks(workspace, **place)[1]]

    first = see()
    files = [path for path in cache.glob("??/*")]
    assert len(files) == 2  # plain, and the background of the median
    for length in (None, 0, 100):
        for path in files:
            if length is None:
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[:length])
        assert see() == first
