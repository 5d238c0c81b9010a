import numpy as np
import pytest

from podcast_core.audio.synthesis import (
    DURATION_S,
    LABELS,
    SAMPLE_RATE_HZ,
    SCENES,
    Scene,
    guess,
    plan_scene,
    render_scene,
)
from tests.pictures import compute_picture, to_x, to_y


def test_a_scene_is_the_same_every_time() -> None:
    scene = SCENES[1]
    sounds = plan_scene(scene)
    assert sounds == plan_scene(scene)
    assert guess(scene, sounds) == guess(scene, sounds)
    np.testing.assert_array_equal(render_scene(scene, sounds), render_scene(scene, sounds))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_sounds_lie_within_the_scene_and_apart(scene: Scene) -> None:
    sounds = plan_scene(scene)
    assert len(sounds) == scene.calls + scene.whistles + scene.clicks
    for sound in sounds:
        assert 0 <= sound.start_s < sound.end_s <= DURATION_S
        assert 0 <= sound.low_hz < sound.high_hz <= SAMPLE_RATE_HZ / 2
        assert sound.label in LABELS
    assert all(before.end_s < after.start_s for before, after in zip(sounds, sounds[1:], strict=False))


def test_there_are_sessions_without_any_sound() -> None:
    assert sum(not plan_scene(scene) for scene in SCENES) >= 2


@pytest.mark.parametrize("index", [0, 2, 4, 7])
def test_audio_has_the_right_shape_and_is_never_clipped(index: int) -> None:
    samples = render_scene(SCENES[index], plan_scene(SCENES[index]))
    assert samples.dtype == np.float32
    assert samples.shape == (round(DURATION_S * SAMPLE_RATE_HZ),)
    assert 0.02 < np.abs(samples).max() < 0.9


def test_every_loud_sound_is_seen_in_its_box() -> None:
    scene = SCENES[8]
    sounds = plan_scene(scene)
    picture = compute_picture(render_scene(scene, sounds), SAMPLE_RATE_HZ)
    for sound in (sound for sound in sounds if sound.level_db > 6):
        columns = slice(int(to_x(picture.grid, sound.start_s)), int(to_x(picture.grid, sound.end_s)) + 1)
        rows = slice(int(to_y(picture.grid, sound.high_hz)), int(to_y(picture.grid, sound.low_hz)) + 1)
        box = picture.pixels[rows, columns]
        band = picture.pixels[rows]
        assert np.percentile(box, 99) > np.median(band) + 40, sound


def test_the_detector_is_good_but_not_perfect() -> None:
    found = missed = false = confused = 0
    scores: dict[bool, list[float]] = {True: [], False: []}
    for scene in SCENES:
        sounds = plan_scene(scene)
        guesses = guess(scene, sounds)
        for one in guesses:
            assert 0 <= one.start_s < one.end_s <= DURATION_S
            assert 0 <= one.low_hz < one.high_hz <= SAMPLE_RATE_HZ / 2
            assert 0 < one.score < 1
            true = [sound for sound in sounds if sound.start_s < one.end_s and one.start_s < sound.end_s]
            scores[bool(true)].append(one.score)
            false += not true
            confused += bool(true) and one.label not in {sound.label for sound in true}
        hits = [any(sound.start_s < one.end_s and one.start_s < sound.end_s for one in guesses) for sound in sounds]
        found += sum(hits)
        missed += len(hits) - sum(hits)
    assert 0.7 < found / (found + missed) < 0.95
    assert 0.7 < found / (found + false) < 0.95
    assert confused > 0
    assert np.mean(scores[True]) > np.mean(scores[False]) + 0.1
