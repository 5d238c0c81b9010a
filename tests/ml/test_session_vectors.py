import numpy as np

from podcast_core.ml.embedding.session_vectors import DIMENSION, describe_sound, standardise

RATE = 16_000


def make_sound(hertz: float, seed: int, gain: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    time = np.arange(2 * RATE) / RATE
    pulses = (np.sin(2 * np.pi * (1 + rng.random()) * time) > 0.5).astype(np.float32)
    sound = 0.1 * pulses * np.sin(2 * np.pi * hertz * time) + 0.001 * rng.standard_normal(len(time))
    return (gain * sound).astype(np.float32)


def test_sounds_of_one_kind_are_nearer_to_each_other_than_to_another_kind() -> None:
    sounds = [make_sound(hertz, seed) for hertz in (1000, 4000) for seed in range(4)]
    vectors = standardise(np.array([describe_sound(each, RATE) for each in sounds]))
    assert vectors.shape == (8, DIMENSION)
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    within = max(apart[:4, :4].max(), apart[4:, 4:].max())
    assert within < apart[:4, 4:].min()


def test_the_gain_of_a_microphone_makes_no_difference() -> None:
    assert (
        np.abs(describe_sound(make_sound(1000, 1), RATE) - describe_sound(make_sound(1000, 1, 0.1), RATE)).max() < 0.1
    )


def test_silence_and_a_moment_of_sound_can_be_described() -> None:
    assert np.isfinite(describe_sound(np.zeros(RATE, np.float32), RATE)).all()
    assert np.isfinite(describe_sound(np.ones(8, np.float32), RATE)).all()
    assert (standardise(np.ones((3, 4), np.float32)) == 0).all()
