"""A sea made by code: killer-whale-like sounds in ambient, ship and wave noise, with known truth.

`plan_scene` decides which sounds there are, `render_scene` makes the audio, and `guess` plays a detector that
is good but not perfect. All follow from the scene's seed alone.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcast_core.domain.box import Call

SAMPLE_RATE_HZ = 32_000  # chosen: all of the demo's sounds lie below 16 kHz
DURATION_S = 60.0  # a usual session
LABELS = ("call", "whistle", "click")
AMBIENT_LEVEL = 0.008  # root mean square of the sea alone, of full scale
FAINTEST_DB, LOUDEST_DB = -1.0, 17.0  # a sound's level over the sea in the frequencies it uses

Samples = NDArray[np.float32]
Density = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One minute: how many sounds of each label, how near a ship is (0 to 1) and how rough the sea (0 to 1)."""

    name: str
    seed: int
    calls: int = 0
    whistles: int = 0
    clicks: int = 0
    ship: float = 0.0
    waves: float = 0.3


SCENES = (
    Scene("demo_sea_01", seed=1, calls=8, whistles=2, waves=0.2),
    Scene("demo_sea_02", seed=2, calls=5, whistles=5, clicks=1, waves=0.3),
    Scene("demo_sea_03", seed=3, ship=0.8, waves=0.3),
    Scene("demo_sea_04", seed=4, calls=10, clicks=2, ship=0.3, waves=0.2),
    Scene("demo_sea_05", seed=5, whistles=9, clicks=1, waves=0.4),
    Scene("demo_sea_06", seed=6, calls=6, whistles=1, ship=0.7, waves=0.3),
    Scene("demo_sea_07", seed=7, waves=0.9),
    Scene("demo_sea_08", seed=8, calls=3, clicks=4, waves=0.3),
    Scene("demo_sea_09", seed=9, calls=12, whistles=4, clicks=2, waves=0.2),
    Scene("demo_sea_10", seed=10, calls=2, whistles=1, ship=1.0, waves=0.4),
    Scene("demo_sea_11", seed=11, ship=0.2, waves=0.2),
    Scene("demo_sea_12", seed=12, calls=6, whistles=3, clicks=2, waves=0.7),
)


@dataclass(frozen=True, slots=True)
class Sound:
    """One true sound, in seconds of the scene; ``level_db`` over the sea in its band tells how easily it is found."""

    label: str
    seed: int
    start_s: float
    end_s: float
    low_hz: float
    high_hz: float
    level_db: float


@dataclass(frozen=True, slots=True)
class Guess(Call):
    """What the imperfect detector says."""

    low_hz: float
    high_hz: float
    score: float


def plan_scene(scene: Scene) -> list[Sound]:
    """Decide which sounds a scene has, in order of time."""
    generator = np.random.default_rng([scene.seed, 0])
    labels = [label for label in LABELS for _ in range(getattr(scene, f"{label}s"))]
    sounds: list[Sound] = []
    for index, label in enumerate(labels):
        seed = scene.seed * 1000 + index
        wave, low_hz, high_hz = _VOICES[label](np.random.default_rng(seed))
        duration_s = len(wave) / SAMPLE_RATE_HZ
        start_s = _find_gap(sounds, duration_s, generator)
        level_db = float(generator.uniform(FAINTEST_DB, LOUDEST_DB))
        sounds.append(Sound(label, seed, start_s, start_s + duration_s, low_hz, high_hz, level_db))
    return sorted(sounds, key=lambda sound: sound.start_s)


def render_scene(scene: Scene, sounds: Sequence[Sound]) -> Samples:
    """Make the audio of a scene.

    Returns
    -------
    Samples
        Shape (DURATION_S * SAMPLE_RATE_HZ,), float32, within -1 to 1.
    """
    generator = np.random.default_rng([scene.seed, 2])
    samples = _make_sea(scene, generator)
    if scene.ship:
        samples += _make_ship(scene.ship, generator)
    for _ in range(round(12 * scene.waves)):
        splash = _make_splash(generator)
        start = int(generator.integers(0, len(samples) - len(splash)))
        samples[start : start + len(splash)] += splash * scene.waves
    for sound in sounds:
        wave, low_hz, high_hz = _VOICES[sound.label](np.random.default_rng(sound.seed))
        gain = _sea_level(low_hz, high_hz) * 10 ** (sound.level_db / 20) * CREST[sound.label]
        heard = _add_echoes(wave * np.float32(gain), generator)
        start = round(sound.start_s * SAMPLE_RATE_HZ)
        end = min(start + len(heard), len(samples))
        samples[start:end] += heard[: end - start]
    return np.clip(samples, -1, 1)


def guess(scene: Scene, sounds: Sequence[Sound]) -> list[Guess]:
    """Play a detector that misses faint sounds, draws edges a little off, mixes labels up, and falls for ships."""
    generator = np.random.default_rng([scene.seed, 3])
    guesses = []
    for sound in sounds:
        certainty = 0.35 * (sound.level_db - 3 - 4 * scene.ship) + generator.normal(0, 0.8)
        score = 1 / (1 + math.exp(-certainty))
        if score < 0.3:
            continue
        label = sound.label if generator.random() > 0.06 else LABELS[(LABELS.index(sound.label) + 1) % len(LABELS)]
        guesses.append(_blur(label, sound, score, generator))
    for _ in range(generator.poisson(4 * scene.ship + 1.5 * scene.waves)):
        start_s, low_hz = generator.uniform(1, DURATION_S - 3), generator.uniform(400, 2_000)
        end_s, high_hz = start_s + generator.uniform(0.4, 1.5), low_hz * generator.uniform(1.5, 4)
        nothing = Sound("call", 0, start_s, end_s, low_hz, high_hz, 0.0)
        guesses.append(_blur("call", nothing, float(generator.beta(4, 5)) * 0.6 + 0.3, generator))
    return sorted(guesses, key=lambda one: one.start_s)


def _find_gap(sounds: Sequence[Sound], duration_s: float, generator: np.random.Generator) -> float:
    """Find a start at which the new sound overlaps no other; a crowded scene may give up after some tries."""
    start_s = 0.0
    for _ in range(50):
        start_s = float(generator.uniform(0.5, DURATION_S - duration_s - 0.5))
        if all(start_s > other.end_s + 0.3 or start_s + duration_s < other.start_s - 0.3 for other in sounds):
            break
    return start_s


def _blur(label: str, sound: Sound, score: float, generator: np.random.Generator) -> Guess:
    """Draw a box a little off."""
    length_s, width_hz = sound.end_s - sound.start_s, sound.high_hz - sound.low_hz
    start, end, low, high = generator.normal(0, 0.08, 4)
    return Guess(
        label=label,
        start_s=max(0.0, sound.start_s + start * length_s),
        end_s=min(DURATION_S, sound.end_s + end * length_s),
        low_hz=max(0.0, sound.low_hz + low * width_hz),
        high_hz=min(SAMPLE_RATE_HZ / 2, sound.high_hz + high * width_hz),
        score=round(score, 3),
    )


def _make_call(generator: np.random.Generator) -> tuple[Samples, float, float]:
    """Make a pulsed call: a pulse rate that glides and jumps, heard as a stack of harmonics."""
    duration_s = generator.uniform(0.5, 1.4)
    time = _times(duration_s)
    progress = time / duration_s
    pulse_hz = generator.uniform(500, 1_100) * (
        1
        + generator.uniform(-0.25, 0.45) * progress
        + generator.uniform(-0.12, 0.15) * np.sin(np.pi * progress * generator.uniform(0.8, 2.2))
    )
    jump = generator.uniform(0.25, 0.75)
    pulse_hz = np.where(progress < jump, pulse_hz, pulse_hz * generator.uniform(0.85, 1.35))
    phase = _phase(pulse_hz)
    brightness, slope = generator.uniform(2, 5), generator.uniform(0.35, 0.6)
    wave = np.zeros(len(time), np.float32)
    harmonics = range(1, int(min(11_000 / pulse_hz.max(), 12)) + 1)
    for number in harmonics:
        wave += math.exp(-abs(number - brightness) * slope) * np.sin(number * phase + generator.uniform(0, 6))
    return _shape(wave), float(pulse_hz.min() * 0.9), float(pulse_hz.max() * harmonics[-1] * 1.02)


def _make_whistle(generator: np.random.Generator) -> tuple[Samples, float, float]:
    """Make a whistle: one tone that sweeps and wavers, with a weak overtone."""
    duration_s = generator.uniform(0.4, 1.6)
    progress = _times(duration_s) / duration_s
    hertz = generator.uniform(4_500, 6_800) * (
        1
        + generator.uniform(-0.25, 0.3) * progress
        + generator.uniform(0.03, 0.15) * np.sin(2 * np.pi * generator.uniform(0.5, 3.5) * progress)
    )
    phase = _phase(hertz)
    return _shape(np.sin(phase) + 0.05 * np.sin(2 * phase)), float(hertz.min() - 250), float(hertz.max() + 250)


def _make_click(generator: np.random.Generator) -> tuple[Samples, float, float]:
    """Make a train of echolocation clicks that grows faster: each a damped oscillation of a third of a millisecond."""
    count = int(generator.integers(10, 28))
    gaps_s = np.geomspace(generator.uniform(0.15, 0.25), generator.uniform(0.06, 0.12), count)
    wave = np.zeros(round(gaps_s.sum() * SAMPLE_RATE_HZ) + 1, np.float32)
    time = _times(0.0015)
    centre_hz = generator.uniform(8_000, 11_000)
    click = np.exp(-time / 0.0002) * np.sin(2 * np.pi * centre_hz * time)
    for number, start_s in enumerate(np.cumsum(gaps_s) - gaps_s):
        start = round(start_s * SAMPLE_RATE_HZ)
        part = click[: len(wave) - start] * (0.4 + 0.6 * math.sin(math.pi * (number + 1) / (count + 1)))
        wave[start : start + len(part)] += part.astype(np.float32)
    return _normalise(wave), centre_hz - 5_000, min(centre_hz + 5_000, SAMPLE_RATE_HZ / 2)


_VOICES = {"call": _make_call, "whistle": _make_whistle, "click": _make_click}
CREST = {"call": 3.0, "whistle": 1.4, "click": 30.0}  # peak over level, so that equal levels look equally clear


def _make_sea(scene: Scene, generator: np.random.Generator) -> Samples:
    """Make ambient noise that falls with frequency, with slow swells and the recorder's own hiss."""
    sea = _make_noise(_sea_density, DURATION_S, generator) * AMBIENT_LEVEL
    time = _times(DURATION_S)
    swell = 1 + 0.5 * scene.waves * np.sin(2 * np.pi * (0.11 * time + generator.random()))
    swell += 0.25 * scene.waves * np.sin(2 * np.pi * (0.29 * time + generator.random()))
    hiss = generator.standard_normal(len(sea), np.float32) * np.float32(AMBIENT_LEVEL / 40)
    return (sea * swell + hiss).astype(np.float32)


def _make_ship(nearness: float, generator: np.random.Generator) -> Samples:
    """Make a ship that passes: cavitation noise that beats with the blades, engine tones, and a gear that whines."""
    time = _times(DURATION_S)
    passing = np.exp(-(((time - generator.uniform(15, 45)) / generator.uniform(12, 25)) ** 2))
    beat = 0.55 + 0.45 * np.sin(2 * np.pi * generator.uniform(1.5, 3.5) * time) ** 3
    ship = 5 * beat * _make_noise(_cavitation_density, DURATION_S, generator)
    drift = 1 + 0.006 * np.sin(2 * np.pi * time / generator.uniform(20, 40))
    engine_hz, gear_hz = generator.uniform(60, 110), generator.uniform(500, 1_300)
    for hertz, level in [(engine_hz * number, 1.2 / number) for number in range(1, 7)] + [
        (gear_hz * number, 0.35 / number) for number in range(1, 4)
    ]:
        ship += level * np.sin((_phase(hertz * drift) % (2 * np.pi)).astype(np.float32))
    return (AMBIENT_LEVEL * nearness * passing * ship).astype(np.float32)


def _make_splash(generator: np.random.Generator) -> Samples:
    """Make a wave that breaks: a burst of noise with a sharp start."""
    duration_s = generator.uniform(0.3, 1.5)
    time = _times(duration_s)
    decay = np.exp(-4 * time / duration_s) * (1 - np.exp(-time / 0.03))
    noise = _make_noise(_splash_density, duration_s, generator)
    splash: Samples = (AMBIENT_LEVEL * generator.uniform(0.5, 2) * decay * noise).astype(np.float32)
    return splash


def _sea_density(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(hertz > 20, np.maximum(hertz, 60) ** -1.4, 0)


def _cavitation_density(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(hertz > 40, 1 / (1 + (hertz / 500) ** 2), 0)


def _splash_density(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-(((hertz - 2_500) / 2_500) ** 2))


def _sea_level(low_hz: float, high_hz: float) -> float:
    """Root mean square of the ambient noise within a band."""
    hertz = np.arange(1, SAMPLE_RATE_HZ / 2)
    density = _sea_density(hertz)
    return AMBIENT_LEVEL * math.sqrt(density[(hertz > low_hz) & (hertz < high_hz)].sum() / density.sum())


def _make_noise(density: Density, duration_s: float, generator: np.random.Generator) -> Samples:
    """Make Gaussian noise with a power density over hertz; its root mean square is 1."""
    from scipy.fft import irfft

    count = round(duration_s * SAMPLE_RATE_HZ)
    amplitude = np.sqrt(density(np.linspace(0, SAMPLE_RATE_HZ / 2, count // 2 + 1))).astype(np.float32)
    spectrum = generator.standard_normal((len(amplitude), 2), np.float32).view(np.complex64)[:, 0]
    noise: Samples = irfft(spectrum * amplitude, count)
    noise /= np.sqrt(np.mean(np.square(noise)))
    return noise


def _add_echoes(wave: Samples, generator: np.random.Generator) -> Samples:
    """Add what surface and sea floor throw back within a fifth of a second, ever fainter."""
    heard = np.pad(wave, (0, SAMPLE_RATE_HZ // 5))
    for delay_s in generator.uniform(0.004, 0.19, 8):
        delay = round(delay_s * SAMPLE_RATE_HZ)
        gain = generator.choice((-1, 1)) * 0.45 * math.exp(-delay_s / 0.06)
        heard[delay : delay + len(wave)] += np.float32(gain) * wave
    return heard


def _times(duration_s: float) -> NDArray[np.float64]:
    return np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _phase(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrate a changing frequency."""
    return 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE_HZ


def _shape(wave: NDArray[Any]) -> Samples:
    """Fade in and out, and bring the peak to 1."""
    edge = round(0.06 * SAMPLE_RATE_HZ)
    fade = np.ones(len(wave))
    fade[:edge] = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    fade[-edge:] = fade[:edge][::-1]
    return _normalise(wave * fade)


def _normalise(wave: NDArray[Any]) -> Samples:
    normalised: Samples = (wave / np.abs(wave).max()).astype(np.float32)
    return normalised
