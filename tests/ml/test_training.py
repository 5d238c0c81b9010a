"""Segmenters that are trained here: what they learn, what they keep, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from safetensors.torch import load, save

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable
from podcast_core.ml.interfaces import Detector, Example, Found
from podcast_core.ml.registry.loaded import LoadedModels
from podcast_core.ml.registry.versions import add_version
from podcast_core.ml.running import run_detector
from podcast_core.ml.segmenter.batches import hear
from podcast_core.ml.segmenter.bounds import fit_drop, measure_bounds
from podcast_core.ml.segmenter.detector import load_segmenter
from podcast_core.ml.segmenter.features import choose_features
from podcast_core.ml.segmenter.networks import build_network, read_network, run_network
from podcast_core.ml.segmenter.training import FOLDS, Trained, TrainingProgress, judge, train_segmenter
from podcast_core.storage.files import FileStore
from tests.conftest import SHARED_DATA
from tests.ml.sounds import RATE, make_song, read_example

SONGS = [make_song(seed) for seed in range(4)]
OTHERS = [make_song(seed) for seed in range(10, 13)]


def make_version(trained: Trained, name: str = "songs") -> ModelVersion:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    return ModelVersion(
        name, 1, trained.kind, trained.labels, now, parameters=trained.parameters, metrics=trained.metrics
    )


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_segmenter(SONGS, held_out=OTHERS, epochs=15)


def get_f1(metrics: Mapping[str, Any], tolerance_s: float = 0.02) -> float:
    return float(next(each["f1"] for each in metrics["segments"] if each["tolerance_s"] == tolerance_s))


def test_learns_two_labels_within_seconds(trained: Trained) -> None:
    assert trained.labels == ("low", "up")
    assert get_f1(trained.metrics["held_out"]) > 0.9
    assert get_f1(trained.metrics["checked"]) > 0.8
    assert trained.metrics["held_out"]["reliability"]["error"] < 0.15
    assert [point["share"] for point in trained.metrics["curve"]][-1] == 1
    assert all(point["held_out_f1"] is not None for point in trained.metrics["curve"])


def test_is_kept_and_loaded_as_it_was(trained: Trained, tmp_path: Path) -> None:
    files = FileStore(str(tmp_path))
    add_version(files, make_version(trained), trained.weights)
    loaded: Detector = LoadedModels(files, "cpu").load_detector("songs")
    sound = OTHERS[0].samples
    assert loaded.detect(sound, RATE) == trained.detector.detect(sound, RATE)


def test_one_label_is_found_by_the_mean_of_all_networks_and_several_by_the_last(trained: Trained) -> None:
    assert "members" not in trained.parameters["network"]
    calls = [Found(call.start_s, call.end_s, "call") for call in SONGS[0].calls]
    mean = train_segmenter([Example(SONGS[0].samples, RATE, calls)], epochs=2)
    shape = {key: value for key, value in mean.parameters["network"].items() if key != "members"}
    assert mean.parameters["network"]["members"] == FOLDS + 1
    weights = load(mean.weights)
    levels = mean.detector.features.compute(OTHERS[0].samples, RATE)
    logits = []
    for index in range(FOLDS + 1):
        start = f"members.{index}."
        own = {name.removeprefix(start): value for name, value in weights.items() if name.startswith(start)}
        logits.append(run_network(read_network("tcn", shape, save(own), device="cpu"), levels))
    assert not np.allclose(logits[0], logits[-1], atol=0.01)
    together = run_network(mean.detector.network, levels)
    np.testing.assert_allclose(together, np.mean(logits, axis=0), atol=1e-4)
    loaded = load_segmenter("tcn", mean.labels, mean.parameters, mean.weights)
    np.testing.assert_array_equal(run_network(loaded.network, levels), together)
    grown = train_segmenter(SONGS[:1], warm_start=(make_version(mean), mean.weights), epochs=1)
    assert grown.labels == ("call", "low", "up")
    with pytest.raises(InvalidInput, match="17 members"):
        build_network("tcn", **{**shape, "members": 17})


def test_lower_threshold_adds_and_takes_nothing_away(trained: Trained) -> None:
    found = [trained.detector.detect(OTHERS[1].samples, RATE, threshold=each) for each in (0.01, 0.2, 0.9, 1.0)]
    for more, less in zip(found, found[1:], strict=False):
        assert set(less) <= set(more)
    assert len(found[0]) > len(found[2])


def test_blocks_and_one_piece_give_the_same(trained: Trained, tmp_path: Path) -> None:
    sound = np.concatenate([make_song(seed).samples for seed in range(20, 31)])
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    run = run_detector(
        trained.detector, str(tmp_path / "a.wav"), channel=0, sample_rate_hz=RATE, end_s=44.0, block_s=10
    )
    in_blocks = [(round(call.start_s, 4), round(call.end_s, 4), call.label) for _, calls in run for call in calls]
    whole = trained.detector.detect(sound, RATE)
    assert in_blocks == [(round(call.start_s, 4), round(call.end_s, 4), call.label) for call in whole]


@pytest.mark.parametrize("count", [0, 1, 100])
def test_sounds_with_nothing_in_them(trained: Trained, count: int) -> None:
    assert trained.detector.detect(np.zeros(count, "f4"), RATE) == []


def test_same_seed_gives_the_same_weights() -> None:
    one, other, third = (train_segmenter(SONGS[:1], epochs=2, seed=seed) for seed in (1, 1, 2))
    assert one.weights == other.weights
    assert one.parameters == other.parameters
    assert one.weights != third.weights


def test_goes_on_from_a_version_and_keeps_its_labels(trained: Trained) -> None:
    grown = train_segmenter(OTHERS[:1], warm_start=(make_version(trained), trained.weights), epochs=1)
    assert grown.labels == ("low", "up")
    assert grown.detector.features == trained.detector.features
    assert get_f1(judge(grown.detector, OTHERS[2:])) > 0.8
    added = Example(SONGS[0].samples, RATE, [Found(call.start_s, call.end_s, "new") for call in SONGS[0].calls])
    assert train_segmenter([added], warm_start=(make_version(trained), trained.weights), epochs=1).labels == (
        "low",
        "new",
        "up",
    )


def test_recurrent_kind_learns_too(tmp_path: Path) -> None:
    crnn = train_segmenter(SONGS[:1], kind="crnn", epochs=3)
    losses = [point["train_loss"] for point in crnn.metrics["curve"]]
    assert losses[-1] < losses[0]
    files = FileStore(str(tmp_path))
    add_version(files, make_version(crnn), crnn.weights)
    loaded = LoadedModels(files, "cpu").load_detector("songs")
    assert loaded.detect(SONGS[0].samples, RATE) == crnn.detector.detect(SONGS[0].samples, RATE)


def test_tells_how_far_it_is_and_stops_when_asked() -> None:
    told: list[TrainingProgress] = []
    stopped = train_segmenter(
        SONGS[:1],
        budget_s=60,
        on_progress=told.append,
        should_stop=lambda: told[-1].stage == "training" and told[-1].epoch >= 2,
        epochs=4,
    )
    shares = [each.share for each in told]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert {each.stage for each in told} == {"checking", "training"}
    assert stopped.detector.detect(OTHERS[0].samples, RATE) is not None
    with pytest.raises(Conflict, match="before it had learnt anything"):
        train_segmenter(SONGS[:1], epochs=3, should_stop=lambda: True)


def test_budget_is_kept() -> None:
    made = train_segmenter(SONGS[:2], budget_s=1.5)
    assert made.metrics["cpu_s"] < 3


def test_what_cannot_be_learnt_is_refused(trained: Trained) -> None:
    with pytest.raises(InvalidInput, match="at least one, found none"):
        train_segmenter([Example(np.zeros(RATE, "f4"), RATE)])
    with pytest.raises(InvalidInput, match="tcn or crnn"):
        train_segmenter(SONGS, kind="forest")
    with pytest.raises(InvalidInput, match="more than 0 CPU seconds"):
        train_segmenter(SONGS, budget_s=0)
    with pytest.raises(InvalidInput, match="1 epoch or more"):
        train_segmenter(SONGS, epochs=0)
    with pytest.raises(InvalidInput, match="begins with a version of its kind"):
        train_segmenter(SONGS, kind="crnn", warm_start=(make_version(trained), trained.weights))
    with pytest.raises(ModelUnavailable, match="do not fit this network"):
        train_segmenter(SONGS, warm_start=(make_version(trained), b"pickle"))


def test_a_single_call_is_enough() -> None:
    song = SONGS[0]
    first = song.calls[0]
    one = Example(song.samples[: round((first.end_s + 0.01) * RATE)], RATE, [first])
    made = train_segmenter([one], epochs=1)
    assert made.labels == (first.label,)
    assert made.metrics["checked"] == {}


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED_DATA / "zebra_finch").is_dir(), reason="needs the recordings in shared/data")
def test_one_file_of_a_zebra_finch_is_enough_for_other_birds() -> None:
    folder = SHARED_DATA / "zebra_finch"
    train = read_example(folder / "zebra_finch_g19o3U-f00062.wav")
    others = [read_example(path) for path in sorted(folder.glob("zebra_finch_g4p5U-f000[13]*.wav"))]
    made = train_segmenter([train], budget_s=5)
    figures = judge(made.detector, others)
    assert get_f1(figures) > 0.85


def test_frequencies_are_learnt_where_people_gave_them(tmp_path: Path) -> None:
    def bounded(song: Example) -> Example:
        bands = {"up": (1050.0, 1950.0), "low": (650.0, 750.0)}
        calls = [replace(c, score=None, low_hz=bands[c.label][0], high_hz=bands[c.label][1]) for c in song.calls]
        return Example(song.samples, RATE, calls)

    song = bounded(SONGS[0])
    features = choose_features([song])
    sound = hear(song, features, ("low", "up"))
    drop_db = fit_drop([sound], features)
    assert drop_db is not None
    runs = [(round(c.start_s * features.steps_per_s), round(c.end_s * features.steps_per_s), 0) for c in sound.calls]
    for call, (low_hz, high_hz) in zip(sound.calls, measure_bounds(sound.levels, runs, features, drop_db), strict=True):
        assert call.low_hz is not None
        assert (low_hz, high_hz) == pytest.approx((call.low_hz, call.high_hz), abs=200)
    assert fit_drop([hear(SONGS[0], features, ("low", "up"))], features) is None
    made = train_segmenter([song], epochs=10)
    files = FileStore(str(tmp_path))
    add_version(files, make_version(made), made.weights)
    found = LoadedModels(files, "cpu").load_detector("songs").detect(SONGS[0].samples, RATE, threshold=0.0)
    assert found
    assert all(call.low_hz is not None and call.high_hz is not None for call in found)
