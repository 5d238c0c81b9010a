"""What a network is given is what its card says, and what librosa computes."""

from typing import Any

import librosa
import numpy as np
import pytest

from podcast_core.errors import InvalidInput
from podcast_core.ml.external.card import PRESETS, read_card
from podcast_core.ml.external.window_input import prepare
from tests.ml.networks import RATE, make_card

SOUND = np.random.default_rng(1).standard_normal((3, 2 * RATE)).astype(np.float32) * 0.1
MEL: dict[str, Any] = {"n_fft": 512, "hop": 160, "mels": 40, "low_hz": 100, "high_hz": 3500}


def prepare_with(**wanted: Any) -> np.ndarray:
    return prepare(read_card(make_card("onnx", input=wanted), "card"), SOUND)


def test_a_waveform_is_given_as_it_is() -> None:
    assert np.array_equal(prepare_with(), SOUND)
    assert np.array_equal(prepare_with(layout=["batch", 1, "samples"]), SOUND[:, None])
    assert np.array_equal(prepare_with(layout=["batch", "samples", 3])[..., 2], SOUND)


def test_perch_wants_no_mean_and_a_peak_of_a_quarter() -> None:
    given = prepare_with(remove_mean=True, peak=0.25)
    assert given.mean(axis=1) == pytest.approx(0, abs=1e-6)
    assert np.abs(given).max(axis=1) == pytest.approx(0.25)
    silent = read_card(make_card("onnx", input={"peak": 0.25}), "card")
    assert not prepare(silent, np.zeros_like(SOUND)).any()


def test_a_log_mel_picture_is_that_of_librosa() -> None:
    given = prepare_with(log_mel={**MEL, "top_db": 30, "mean": -40, "std": 12})
    for window, picture in zip(SOUND, given, strict=True):
        bands = librosa.feature.melspectrogram(
            y=window, sr=RATE, n_fft=512, hop_length=160, n_mels=40, fmin=100, fmax=3500
        )
        expected = (librosa.power_to_db(bands, top_db=30) + 40) / 12
        assert picture == pytest.approx(expected, abs=1e-4)
    assert given.shape == (3, 40, 101)


def test_axes_are_put_where_the_card_wants_them() -> None:
    usual = prepare_with(log_mel=MEL, pad_to_s=4)
    assert usual.shape == (3, 40, 201)  # 4 s of which 2 are silence
    turned = prepare_with(log_mel=MEL, pad_to_s=4, layout=["batch", "frames", "mels", 3])
    assert turned.shape == (3, 201, 40, 3)
    assert np.array_equal(turned[..., 1], usual.transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"window_s": 2.00003}, "window_s must be a whole number of samples, from 1 to .*, found 16000.2"),
        ({"hop_s": 0}, "hop_s: .*greater than 0, found '0'"),
        ({"labels": []}, "labels: .*at least 1"),
        ({"labels": ["a", "a"]}, "each must be there once"),
        ({"labels": ["a" * 81, "call"]}, r"labels\.0: .*at most 80"),
        ({"ignore": ["ship"]}, "ignore: 'ship' is not among the labels"),
        ({"ignore": ["other", "call"]}, "a label must be left"),
        ({"thresholds": {"call": 2}}, r"thresholds\.call"),
        ({"input": {"layout": ["samples", "batch"]}}, "input: .*batch first and each of batch, samples once"),
        ({"input": {"layout": ["batch", "mels", "frames"]}}, "each of batch, samples once"),
        ({"input": {"pad_to_s": 1}}, "must not be shorter than window_s"),
        ({"output": {"values": "percent"}}, r"output\.values: .*'logits' or 'probabilities', found 'percent'"),
        ({"format": "pickle"}, "format: .*'onnx'"),
        ({"treshold": 0.4}, "treshold: Extra inputs"),
        ({"preset": "perch"}, "no preset 'perch'; expected one of orcahello"),
    ],
)
def test_a_card_that_cannot_be_used_is_refused_with_place_and_reason(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_card(make_card("onnx", **values), "model.yaml")


def test_a_preset_gives_what_the_card_does_not_say() -> None:
    document = make_card("onnx", preset="orcahello", threshold=0.7)
    for name in ("window_s", "hop_s", "sample_rate_hz"):
        del document[name]
    card = read_card(document, "model.yaml")
    assert (card.window_s, card.hop_s, card.sample_rate_hz, card.smoothing) == (2, 1, 20_000, "mean")
    assert (card.threshold, PRESETS["orcahello"]["threshold"]) == (0.7, 0.5)
    assert card.clip is not None
    assert (card.clip.length_s, card.clip.positive_s) == (60, 3)
    assert read_card(card.parameters(), "again") == card


def test_what_is_no_card_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected names and values of a model card, found list"):
        read_card([1], "model.yaml")
