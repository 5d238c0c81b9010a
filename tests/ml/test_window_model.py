"""Networks of other people, in each format: their scores are those of direct computation, also in blocks."""

import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from scipy.special import expit, softmax

from podcast_core.errors import ModelUnavailable
from podcast_core.ml.external.card import read_card
from podcast_core.ml.external.files import open_network
from podcast_core.ml.external.window_model import WindowDetector, WindowEmbedder
from podcast_core.ml.interfaces import Found, GridDetector
from podcast_core.ml.running import run_detector
from tests.ml.networks import (
    DIMENSION,
    RATE,
    level_logit,
    make_card,
    make_sound,
    write_export,
    write_onnx,
)

WINDOW = 2 * RATE
FORMATS = ("onnx", "torch-export")


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return {"onnx": write_onnx(WINDOW), "torch-export": write_export(WINDOW)}


def load(weights: bytes, kind: str = "onnx", **values: Any) -> WindowDetector:
    card = read_card(make_card(kind, **values), "card")
    return WindowDetector(card, open_network(card, weights, "cpu"))


def compute_scores(sound: np.ndarray, starts: list[int]) -> np.ndarray:
    logits = [level_logit(sound[start : start + WINDOW]) for start in starts]
    return np.array([softmax([-each, each])[1] for each in logits])


def collect(detector: WindowDetector, path: Path, end_s: float, block_s: int, threshold: float | None) -> list[Found]:
    run = run_detector(
        detector, str(path), channel=0, sample_rate_hz=RATE, end_s=end_s, block_s=block_s, threshold=threshold
    )
    return [call for _, calls in run for call in calls]


@pytest.mark.parametrize("kind", FORMATS)
def test_scores_are_those_of_direct_computation(written: dict[str, bytes], kind: str) -> None:
    sound = make_sound([(3.2, 0.4), (10, 4)], 20)
    detector = load(written[kind], kind)
    starts = [second * RATE for second in range(19)]
    scores = detector.score_windows(sound, np.array(starts))
    assert scores[:, 1] == pytest.approx(compute_scores(sound, starts), abs=1e-4)
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert isinstance(detector, GridDetector)
    assert (detector.labels, detector.sample_rate_hz, detector.context_s) == (("call",), RATE, 2)


@pytest.mark.parametrize("kind", FORMATS)
def test_orcahello_gives_a_value_per_second(written: dict[str, bytes], kind: str, tmp_path: Path) -> None:
    """The rolling mean of two windows of 2 s, each second; the first and last second have one window."""
    sound = make_sound([(3.2, 2.4), (10, 4), (19, 1)], 20)
    card = {"preset": "orcahello", "sample_rate_hz": RATE, "window_s": 2.0}
    detector = load(written[kind], kind, **card)
    steps = detector.measure(sound)
    windows = compute_scores(sound, [second * RATE for second in range(19)])
    values = np.array([windows[0], *(windows[1:] + windows[:-1]) / 2, windows[-1]])
    assert steps.edges.tolist() == [second * RATE for second in range(21)]
    assert steps.scores[:, 1] == pytest.approx(values, abs=1e-4)

    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    found = collect(detector, tmp_path / "a.wav", 20, 60, None)
    is_call = np.concatenate([[False], values >= 0.5, [False]])
    edges = np.flatnonzero(is_call[1:] != is_call[:-1])
    assert [(call.start_s, call.end_s) for call in found] == list(zip(edges[::2], edges[1::2], strict=True))
    assert [call.score for call in found] == pytest.approx(
        [values[first:last].max() for first, last in zip(edges[::2], edges[1::2], strict=True)], abs=1e-4
    )
    assert len(found) == 3


@pytest.mark.parametrize(("hop_s", "window_s"), [(1.0, 2.0), (2.45, 2.45), (0.7, 2.0), (3.5, 2.0)])
@pytest.mark.parametrize("smoothing", ["mean", "max"])
def test_blocks_find_what_one_piece_finds(tmp_path: Path, hop_s: float, window_s: float, smoothing: str) -> None:
    """Windows lie where they would lie in one piece, whatever the length of a block."""
    sound = make_sound([(3.2, 0.4), (10, 4), (17.3, 2), (31, 9), (44.9, 1.7)], 50.3)
    soundfile.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    detector = load(write_onnx(round(window_s * RATE)), hop_s=hop_s, window_s=window_s, smoothing=smoothing)
    whole = collect(detector, tmp_path / "a.wav", 50.3, 100, None)
    assert len(whole) >= 3
    for block_s in (4, 7):
        found = collect(detector, tmp_path / "a.wav", 50.3, block_s, None)
        times = [(call.start_s, call.end_s) for call in found]
        assert times == [pytest.approx((call.start_s, call.end_s)) for call in whole]
        # a call that goes on beyond a block's surroundings is heard there with silence after it
        assert [call.score for call in found] == pytest.approx([call.score for call in whole], abs=1e-3)


def test_a_lower_threshold_adds_calls_and_changes_none(written: dict[str, bytes]) -> None:
    generator = np.random.default_rng(2)
    calls = [(float(start_s), float(generator.uniform(0.05, 2))) for start_s in range(2, 120, 5)]
    detector = load(written["onnx"])
    sound = make_sound(calls, 122)
    found = {least: detector.detect(sound, RATE, threshold=least) for least in (0.9, 0.5, 0.3, 0.12)}
    assert found[0.5] == detector.detect(sound, RATE)
    for high, low in ((0.9, 0.5), (0.5, 0.3), (0.3, 0.12)):
        assert [call for call in found[low] if call.score and call.score >= high] == found[high]
        assert len(found[low]) > len(found[high])


def test_sound_that_is_shorter_than_a_window_is_heard_with_silence_after_it(written: dict[str, bytes]) -> None:
    sound = make_sound([(0, 0.5)], 0.5)
    (call,) = load(written["onnx"]).detect(sound, RATE, threshold=0.1)
    assert (call.start_s, call.end_s) == (0, 0.5)
    padded = np.pad(sound, (0, WINDOW - len(sound)))
    assert call.score == pytest.approx(compute_scores(padded, [0])[0], abs=1e-4)


@pytest.mark.parametrize("kind", ["onnx", "torch-export"])
def test_networks_for_a_fixed_number_of_windows_get_it(kind: str) -> None:
    weights = write_onnx(WINDOW, batch=4) if kind == "onnx" else write_export(WINDOW, batch=4)
    sound = make_sound([(3.2, 0.4), (10, 4)], 14)
    starts = [second * RATE for second in range(13)]
    scores = load(weights, kind).score_windows(sound, np.array(starts))
    assert scores[:, 1] == pytest.approx(compute_scores(sound, starts), abs=1e-4)


@pytest.mark.parametrize("kind", FORMATS)
def test_embeddings_are_the_output_that_the_card_names(written: dict[str, bytes], kind: str) -> None:
    card = read_card(make_card(kind), "card")
    embedder = WindowEmbedder(card, open_network(card, written[kind], "cpu"))
    sound = make_sound([(3.2, 0.4), (10, 4)], 20)
    vectors = embedder.embed(sound)
    expected = [
        (sound[second * RATE : second * RATE + WINDOW].reshape(DIMENSION, -1) ** 2).mean(axis=1) for second in range(19)
    ]
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array(expected), abs=1e-5)
    assert (embedder.dimension, embedder.window_s, embedder.hop_s, embedder.sample_rate_hz) == (DIMENSION, 2, 1, RATE)
    assert embedder.embed(np.zeros(0, np.float32)).shape == (0, DIMENSION)


def test_scores_of_several_labels_together_are_sigmoids(written: dict[str, bytes]) -> None:
    sound = make_sound([(0, 2)], 2)
    output = {"scores": "label", "values": "logits"}
    detector = load(written["onnx"], output=output, ignore=[], thresholds={"other": 0.01})
    logit = level_logit(sound)
    assert detector.score_windows(sound, np.array([0]))[0] == pytest.approx(expit([-logit, logit]), abs=1e-5)
    assert {call.label for call in detector.detect(sound, RATE)} == {"call", "other"}
    assert {call.label for call in load(written["onnx"], output=output, ignore=[]).detect(sound, RATE)} == {"call"}


def test_what_does_not_fit_its_card_does_not_load(written: dict[str, bytes]) -> None:
    weights = written["onnx"]
    probabilities = {"scores": "label", "values": "probabilities"}
    for values, reason in (
        (
            {"labels": ["call"], "ignore": []},
            r"shape \(windows, 1\), a value for each of the labels, found \(windows, 2\)",
        ),
        ({"output": probabilities}, "found -2 to 2: are these values logits"),
        ({"window_s": 3.0}, r"cannot take an input of shape \(1, 24000\)"),
        ({"output": {**probabilities, "scores": "labels"}}, "no output 'labels'; expected one of: label, embedding"),
        ({"output": {**probabilities, "scores": 7}}, "no output 7"),
        ({"input": {"name": "sound"}}, "one of the network's inputs windows, found 'sound'"),
        ({"input": {"layout": ["batch", 1, "samples"]}}, r"shape \(1, 1, 16000\)"),
    ):
        with pytest.raises(ModelUnavailable, match=reason):
            load(weights, **values)
    assert load(write_onnx(WINDOW, operator="Sigmoid"), output=probabilities).labels == ("call",)
    with pytest.raises(ModelUnavailable, match="not all numbers"):
        load(write_onnx(WINDOW, operator="Log"))
    card = read_card(make_card("onnx", output=probabilities), "card")
    with pytest.raises(ModelUnavailable, match="names no output.embedding"):
        WindowEmbedder(card, open_network(card, weights, "cpu"))


@pytest.mark.parametrize("kind", FORMATS)
def test_files_that_are_no_networks_are_refused(kind: str) -> None:
    with pytest.raises(ModelUnavailable, match="ONNX Runtime cannot load|expected a zip archive"):
        load(b"not a network", kind)


@pytest.mark.parametrize(("kind", "package"), [("onnx", "onnxruntime"), ("torch-export", "torch")])
def test_a_missing_package_is_named(
    written: dict[str, bytes], kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelUnavailable, match=f"python -m pip install {package}"):
        load(written[kind], kind)


def test_half_an_hour_is_heard_in_the_memory_of_a_block(tmp_path: Path, written: dict[str, bytes]) -> None:
    path, minute = tmp_path / "long.wav", make_sound([(3, 2), (30, 4)], 60)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for _ in range(30):
            file.write(minute)
    detector = load(written["onnx"], smoothing="mean")
    collect(detector, path, 10, 60, None)  # imports
    tracemalloc.start()
    found = collect(detector, path, 1800, 60, None)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [call.start_s for call in found] == [60 * minute + start_s for minute in range(30) for start_s in (3, 30)]
    assert peak_bytes < 16e6  # all of it would be 58 MB
