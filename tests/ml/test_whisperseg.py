"""WhisperSeg checkpoints: features, tokens, windows, trials, and a tiny checkpoint that has really learnt."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.interfaces import Detector, Example
from podcast_core.ml.measuring.metrics import compare_frames, compare_segments
from podcast_core.ml.running import run_detector
from podcast_core.ml.whisperseg.config import WhisperSegConfig, join_cluster, read_config, to_label
from podcast_core.ml.whisperseg.decoding import load_network
from podcast_core.ml.whisperseg.detector import WhisperSegDetector
from podcast_core.ml.whisperseg.features import LogMel
from podcast_core.ml.whisperseg.loading import load_folder
from podcast_core.ml.whisperseg.tokens import Grammar, Reader, TokenCall, Tokens, read_sequence, read_tokens
from podcast_core.ml.whisperseg.trials import TimedCall, cluster_trials, join_at_edges, vote_trials
from tests.conftest import SHARED_DATA
from tests.whisperseg_tiny import FIRST_TIME, VOCABULARY, write_checkpoint

CONFIG = WhisperSegConfig({"vocal": 0, "twelve": 12, "one": 1})


@pytest.fixture(scope="module")
def tokens(tiny_base: Path) -> Tokens:
    return read_tokens(tiny_base, CONFIG)


@pytest.fixture(scope="module")
def detector(tiny_learnt: Path) -> WhisperSegDetector:
    return load_folder(tiny_learnt)


def test_settings_of_a_checkpoint() -> None:
    document = {"model_type": "whisper", "cluster_codebook": {"vocal": 0}, "max_source_positions": 500}
    assert read_config(document) == WhisperSegConfig({"vocal": 0})
    mouse = read_config({**document, "default_segmentation_config": {"species": "mouse", "num_trials": 3}})
    assert (mouse.sample_rate_hz, mouse.step_s, mouse.low_hz, mouse.trials) == (300_000, 0.0005, 35_000, 3)
    own = {"species": "meerkat", "sr": 48_000, "min_frequency": 500, "spec_time_step": 0.002}
    meerkat = read_config({**document, "default_segmentation_config": own})
    assert (meerkat.sample_rate_hz, meerkat.low_hz, meerkat.step_s, meerkat.eps_s) == (48_000, 500, 0.002, 0.016)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model_type": "bert"}, "model_type: expected 'whisper', found 'bert'"),
        ({"cluster_codebook": {}}, "expected at least one class"),
        ({"cluster_codebook": {"a": 0, "b": 0}}, "a whole number of its own"),
        ({"total_spec_columns": 3000}, "expected 2 per source position of 500, found 3000"),
        ({"default_segmentation_config": {"sr": 16_000, "min_frequency": 9_000}}, "min_frequency must be between"),
        ({"default_segmentation_config": {"spec_time_step": "x"}}, "a number that is none"),
    ],
)
def test_what_is_no_whisperseg_model_is_refused(wrong: dict[str, Any], message: str) -> None:
    document = {"model_type": "whisper", "cluster_codebook": {"vocal": 0}, "max_source_positions": 500}
    with pytest.raises(InvalidInput, match=message):
        read_config({**document, **wrong})


def test_classes_become_labels() -> None:
    assert to_label(join_cluster("Finch", "Unknown", "A")) == "Finch A"
    assert to_label(join_cluster("Unknown", "Unknown", "Unknown")) == "Unknown"
    alike = WhisperSegConfig({"vocal": 0, join_cluster("Unknown", "Unknown", "vocal"): 1})
    assert alike.labels == {0: "vocal", 1: "vocal #1"}


@pytest.mark.parametrize(
    ("rate_hz", "step_s", "low_hz"), [(32_000, 0.0025, 0), (16_000, 0.001, 0), (48_000, 0.0025, 2000)]
)
def test_features_are_those_of_whisper(rate_hz: int, step_s: float, low_hz: float) -> None:
    from transformers import WhisperFeatureExtractor
    from transformers.audio_utils import mel_filter_bank

    config = replace(CONFIG, step_s=step_s, low_hz=low_hz)
    features = LogMel(config, rate_hz)
    chance = np.random.default_rng(0)
    windows = chance.standard_normal((2, features.window_samples)).astype(np.float32) * np.float32(0.1)
    windows[1] = np.sin(np.arange(features.window_samples) * 0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about filters without a bin
        reference = WhisperFeatureExtractor(
            sampling_rate=rate_hz, hop_length=features.hop, n_fft=features.fft_size, chunk_length=1
        )
        reference.mel_filters = mel_filter_bank(
            1 + features.fft_size // 2, 80, low_hz, rate_hz / 2, rate_hz, norm="slaney", mel_scale="slaney"
        )
    expected = reference(
        list(windows), sampling_rate=rate_hz, padding="do_not_pad", truncation=False, return_tensors="np"
    )
    assert features(windows).shape == (2, 80, 1000)
    assert np.abs(features(windows).numpy() - expected["input_features"]).max() < 1e-4


def test_the_ids_of_tokens_are_those_of_the_real_checkpoints(tokens: Tokens) -> None:
    assert tokens.prompt == (50258, 50259, 50363)
    assert list(tokens.times) == list(range(50364, 50364 + 501))
    assert tokens.species == tuple(range(51365, 51372))
    assert (tokens.unknown_species, tokens.end) == (51370, 50257)
    assert [len(tokens.clusters[number]) for number in (0, 1, 12)] == [1, 1, 1]  # 12 is one token, as in Whisper's BPE


def test_what_is_written_is_read(tokens: Tokens) -> None:
    calls = [TokenCall(3, 10, 0), TokenCall(10, 500, 12), TokenCall(11, 12, 1)]
    written = tokens.write(calls, 448)
    assert written[3] == tokens.unknown_species
    assert read_sequence(Grammar(tokens, VOCABULARY), written[3:]) == calls
    short = tokens.write(calls, 11)
    assert read_sequence(Grammar(tokens, VOCABULARY), short[3:]) == calls[:2]
    assert tokens.end not in short


def test_what_cannot_be_read_is_left_out(tokens: Tokens) -> None:
    def time(index: int) -> int:
        return FIRST_TIME + index

    class_1 = tokens.clusters[1]
    broken = [51370, time(5), *class_1, time(4), time(7), *class_1, time(9), time(20), time(30), *class_1, time(40)]
    assert read_sequence(Grammar(tokens, VOCABULARY), broken) == [(7, 9, 1, 1.0), (30, 40, 1, 1.0)]


def test_random_tokens_within_the_grammar_are_always_calls(tokens: Tokens) -> None:
    chance = np.random.default_rng(0)
    grammar = Grammar(tokens, VOCABULARY)
    reader = Reader(grammar)
    logits = chance.standard_normal(VOCABULARY).astype(np.float32)
    for _ in range(100):
        reader.read(
            int(chance.choice(np.flatnonzero(reader.allowed() & (np.arange(VOCABULARY) != tokens.end)))), logits
        )
    assert 10 < len(reader.calls) < 34
    assert all(0 <= one.on < one.off <= 500 and one.cluster in (0, 1, 12) for one in reader.calls)
    assert all(0 < one.score < 0.1 for one in reader.calls[:6])  # by chance, nothing is likely while much may come
    assert [one.on for one in reader.calls] == sorted(one.on for one in reader.calls)


def test_a_whisper_tokenizer_is_refused(tmp_path: Path) -> None:
    import json

    folder = write_checkpoint(tmp_path / "whisper")
    added = json.loads((folder / "added_tokens.json").read_text())
    kept = {name: number for name, number in added.items() if number < FIRST_TIME}
    (folder / "added_tokens.json").write_text(json.dumps(kept))
    with pytest.raises(ModelUnavailable, match=r"not WhisperSeg's: it has no <\|unknown\|>, <\|0\|>.* and \d+ more"):
        load_folder(folder)


def test_calls_are_joined_at_the_edges_of_windows_only() -> None:
    touching = [TimedCall(0.5, 1.0, 0, 0.6), TimedCall(1.0, 1.5, 0, 0.9), TimedCall(1.5, 2.0, 0, 0.5)]
    assert join_at_edges(touching, [0, 1.0, 2.0]) == [(0.5, 1.5, 0, 0.9), touching[2]]
    assert join_at_edges([touching[0], touching[1]._replace(cluster=1)], [1.0]) == [touching[0], (1.0, 1.5, 1, 0.9)]


def test_trials_are_consolidated() -> None:
    first = [TimedCall(0.1, 0.2, 0, 0.9), TimedCall(0.5, 0.7, 1, 0.8)]
    second = [TimedCall(0.11, 0.21, 0, 0.6), TimedCall(0.5, 0.7, 0, 0.4), TimedCall(3, 4, 0, 0.9)]
    third = [TimedCall(0.12, 0.19, 0, 0.9), TimedCall(0.51, 0.7, 1, 0.6)]
    clustered = cluster_trials([first, second, third], 0.02)
    assert clustered == [pytest.approx((0.11, 0.2, 0, 0.8)), pytest.approx((1.51 / 3, 0.7, 1, 0.6))]
    voted = vote_trials([first, second, third])
    assert voted[0] == pytest.approx((0.11, 0.2, 0, (0.02 * 0.5 + 0.07 * 0.8) / 0.09))
    assert (voted[-1].cluster, voted[-1].end_s) == (1, 0.7)
    assert all(call.start_s < 1 for call in (*clustered, *voted))  # what one of three found is nothing
    for consolidate in (lambda trials: cluster_trials(trials, 0.02), vote_trials):
        assert consolidate([first]) == first
        assert consolidate([[], [], []]) == []


def test_it_finds_what_it_has_learnt(detector: Detector, tiny_songs: Sequence[Example]) -> None:
    found = [detector.detect(song.samples, song.sample_rate_hz) for song in tiny_songs]
    known = [song.calls for song in tiny_songs]
    assert detector.labels == ("high", "low")
    assert (detector.sample_rate_hz, detector.context_s) == (16_000, 4.0)
    assert compare_segments(known, found, tolerance_s=0.005).f1 == 1
    assert compare_frames(known, found).f1 > 0.97
    scores = [call.score for calls in found for call in calls]
    assert all(score is not None and 0.7 < score <= 1 for score in scores)
    assert detector.detect(tiny_songs[0].samples, 16_000, threshold=1.0) == []
    assert detector.detect(np.zeros(1, np.float32), 16_000) == []


def test_decoding_is_that_of_transformers(
    detector: WhisperSegDetector, tiny_learnt: Path, tiny_songs: Sequence[Example]
) -> None:
    import torch
    from transformers import GenerationMixin

    network: Any = load_network(tiny_learnt, "cpu").eval()
    tokens = read_tokens(tiny_learnt, detector.config)
    features = LogMel(detector.config, 16_000)(np.stack([song.samples for song in tiny_songs]))
    prompt = torch.tensor([tokens.prompt] * len(tiny_songs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Not Whisper's own generate, which adds rules for the times of speech.
        written = GenerationMixin.generate(network, features, decoder_input_ids=prompt, do_sample=False, max_length=100)
    expected = [read_sequence(Grammar(tokens, VOCABULARY), row[3:].tolist()) for row in written]
    found = detector._decoder.decode(features)
    assert [[call[:3] for call in calls] for calls in found] == [[call[:3] for call in calls] for calls in expected]
    assert sum(map(len, found)) == sum(len(song.calls) for song in tiny_songs)


def test_a_long_recording_is_heard_in_the_same_windows(
    detector: WhisperSegDetector, tiny_songs: Sequence[Example], tmp_path: Path
) -> None:
    samples = np.concatenate([song.samples for song in tiny_songs] * 2)
    path = tmp_path / "long.wav"
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    whole = detector.detect(samples, 16_000)
    blocks = list(run_detector(detector, str(path), channel=0, sample_rate_hz=16_000, end_s=12.0, block_s=3))
    assert [until for until, _ in blocks] == [3.0, 6.0, 9.0, 12.0]  # and windows begin every 2 s
    found = [call for _, calls in blocks for call in calls]
    assert [call.label for call in found] == [call.label for call in whole]
    assert [call.start_s for call in found] == pytest.approx([call.start_s for call in whole])
    assert [call.end_s for call in found] == pytest.approx([call.end_s for call in whole])
    assert len(found) == 28


def test_several_trials_hear_other_windows(detector: WhisperSegDetector, tiny_songs: Sequence[Example]) -> None:
    """One that learnt windows by heart is sure of those windows only; so three trials agree on less."""
    thrice = WhisperSegDetector(replace(detector.config, trials=3), detector._decoder)
    found = thrice.detect(tiny_songs[0].samples, 16_000)
    assert all(call.score is not None and call.score < 0.9 for call in found)
    assert {call.label for call in found} <= {"high", "low"}


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="needs ../shared/data (real recordings)")
def test_a_real_finch_is_heard_at_the_models_rate(tiny_learnt: Path) -> None:
    detector = load_folder(tiny_learnt)
    path = sorted((SHARED_DATA / "zebra_finch").glob("*.wav"))[0]
    info = soundfile.info(path)
    assert info.samplerate == 32_000
    blocks = run_detector(detector, str(path), channel=0, sample_rate_hz=32_000, end_s=info.duration)
    assert all(call.end_s <= info.duration for _, calls in blocks for call in calls)
