"""What more labels are worth, from curves whose truth is known."""

import numpy as np
import pytest

from podcast_core.ml.measuring.learning_curve import Law, choose_sizes, fit_law, foresee, group


def draw(law: Law, sizes: list[int], noise: float = 0.0) -> dict[int, list[float]]:
    chance = np.random.default_rng(3)
    return {size: [law.predict(size) + noise * float(chance.standard_normal()) for _ in range(3)] for size in sizes}


def test_a_law_is_found_again() -> None:
    law = fit_law(draw(Law(0.95, 0.8, 0.7), [2, 4, 8, 16, 32]))
    assert law is not None
    assert (law.best, law.loss, law.power) == pytest.approx((0.95, 0.8, 0.7), abs=1e-6)


def test_a_rising_curve_pays_and_a_flat_one_stops() -> None:
    rising = foresee(draw(Law(0.95, 1.2, 0.5), [2, 4, 8, 16, 32], 0.01), left=100)
    assert (rising.verdict, rising.sessions, rising.more) == ("pays", 32, 32)
    assert rising.gain is not None
    truth = Law(0.95, 1.2, 0.5).predict(64) - Law(0.95, 1.2, 0.5).predict(32)
    assert rising.gain.low <= truth <= rising.gain.high
    flat = foresee(draw(Law(0.9, 1.5, 2.0), [2, 4, 8, 16, 32], 0.005), left=10)
    assert (flat.verdict, flat.more) == ("stops", 10)
    assert foresee(draw(Law(0.9, 1.5, 2.0), [2, 4, 8, 16, 32]), left=0).verdict == "done"


def test_intervals_hold_what_they_should() -> None:
    """Of 60 curves whose truth is known, nearly 95 % hold it; drawing the trainings anew held 79 and 32 %."""
    chance, sizes, held = np.random.default_rng(1), [1, 2, 5, 10, 19], []
    for _ in range(60):
        law = Law(chance.uniform(0.7, 0.99), chance.uniform(0.1, 0.8), chance.choice([0.3, 0.5, 0.8, 1.2]))

        def train(count: int, law: Law = law) -> list[float]:
            off, spread = 0.01 * chance.standard_normal(), 0.08 * count**-0.5 + 0.01
            return [min(1.0, law.predict(count) + off + spread * float(chance.standard_normal())) for _ in range(3)]

        scores, later = {size: train(size) for size in sizes}, train(38)
        outlook = foresee(scores, left=19)
        if outlook.measured is None:  # more labels seemed to harm: nothing is foreseen
            continue
        found = float(np.mean(later) - np.mean(scores[19]))
        truth = law.predict(38) - law.predict(19)
        gain = outlook.gain
        held.append(
            (outlook.measured.low <= found <= outlook.measured.high, gain is None or gain.low <= truth <= gain.high)
        )
    assert len(held) > 45
    assert np.mean(held, axis=0).min() >= 0.85


def test_nothing_is_said_from_too_little() -> None:
    noisy = {2: [0.1, 0.9, 0.0], 4: [0.8, 0.1, 0.5], 8: [0.2, 0.9, 0.6], 16: [0.9, 0.3, 0.5]}
    assert foresee({}, left=5).verdict == "unknown"
    assert foresee(draw(Law(0.9, 1, 1), [4, 8, 16]), left=5).verdict == "unknown"
    assert foresee(draw(Law(0.9, 1, 1), [1, 2, 4, 6]), left=5).verdict == "unknown"
    assert foresee(noisy, left=50).verdict == "unknown"


def test_a_falling_curve_tells_of_too_little_time_and_not_of_labels() -> None:
    falling = foresee({3: [0.57, 0.8], 6: [0.87, 0.9], 12: [0.2, 0.0], 23: [0.1, 0.2]}, left=50)
    assert (falling.verdict, falling.gain, falling.law) == ("short", None, None)
    assert foresee({size: [0.0, 0.01] for size in (2, 4, 8, 16)}, left=50).verdict == "short"


def test_no_f1_is_expected_above_one() -> None:
    law = fit_law({2: [0.1], 4: [0.4], 8: [0.8], 16: [1.0]})
    assert law is not None
    assert law.best <= 1
    assert law.predict(1e6) <= 1


def test_sizes_halve() -> None:
    assert choose_sizes(40) == [2, 5, 10, 20, 40]
    assert choose_sizes(3) == [1, 2, 3]
    assert choose_sizes(0) == []
    assert group([{"sessions": 4, "f1": 0.5}, {"sessions": 2, "f1": 0.1}, {"sessions": 4, "f1": 0.7}]) == {
        2: [0.1],
        4: [0.5, 0.7],
    }
