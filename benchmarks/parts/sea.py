"""A sea at 48 kHz with known sounds, a detector that is not perfect, and rounds of overlapping one-minute sessions."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from podcast_core.audio.files import inspect_audio
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.services.labels import rounds
from podcast_core.storage import predictions, recordings, sessions
from podcast_core.workspace import Workspace

RATE_HZ = 48_000
SESSION_S = 60.0
STRIDE_S = 15.0  # sessions overlap, so that 200 of them need less than an hour of audio
LABELS = ("whistle", "call")
SPARE = 5  # sessions more than are answered, so that there is always a next one


@dataclass(frozen=True)
class Sound:
    """A true sound, in seconds of the recording."""

    label: str
    start_s: float
    end_s: float
    low_hz: float
    high_hz: float


def plan_sounds(length_s: float) -> list[Sound]:
    """Decide where the sounds are: one about every ten seconds, none over another."""
    generator = np.random.default_rng(1)
    sounds, at_s = [], 2.0
    while at_s < length_s - 5:
        low_hz, width_hz = generator.uniform(2_000, 14_000), generator.uniform(1_500, 4_000)
        end_s = at_s + generator.uniform(0.6, 2.0)
        sounds.append(Sound(LABELS[int(generator.integers(2))], at_s, end_s, low_hz, low_hz + width_hz))
        at_s = end_s + generator.uniform(5, 12)
    return sounds


def write_sea(path: Path, length_s: float, sounds: list[Sound]) -> None:
    """Write noise with sweeps in it, a minute at a time."""
    generator = np.random.default_rng(2)
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
        for minute in range(round(length_s / 60)):
            samples = 0.02 * generator.standard_normal(60 * RATE_HZ, np.float32)
            for sound in sounds:
                if minute * 60 <= sound.start_s < minute * 60 + 58:
                    time = np.arange(round((sound.end_s - sound.start_s) * RATE_HZ)) / RATE_HZ
                    sweep = sound.low_hz * time + (sound.high_hz - sound.low_hz) * time**2 / (2 * time[-1])
                    start = round((sound.start_s - minute * 60) * RATE_HZ)
                    part = samples[start : start + len(time)]
                    part += (0.1 * np.sin(2 * np.pi * sweep))[: len(part)].astype(np.float32)
            file.write(samples)


def sounds_in(sounds: list[Sound], start_s: float) -> list[Sound]:
    """List the sounds that lie whole in the session that starts there."""
    return [sound for sound in sounds if start_s <= sound.start_s and sound.end_s <= start_s + SESSION_S]


def guess(sounds: list[Sound], start_s: float, number: int) -> list[Sound]:
    """Play a detector that is right, a little off, wrong or silent, in session ``number``."""
    generator = np.random.default_rng([3, number])
    found = []
    for sound in sounds_in(sounds, start_s):
        luck = generator.random()
        if luck < 0.6:
            found.append(sound)
        elif luck < 0.8:
            end_s = min(sound.end_s + 0.8, start_s + SESSION_S)
            found.append(Sound(sound.label, sound.start_s, end_s, sound.low_hz, sound.high_hz))
    at_s = start_s + generator.uniform(1, 57)
    found.append(Sound("call", at_s, at_s + 0.8, 16_000, 19_000))
    return found


def add_round(workspace: Workspace, round_id: str, recording: Recording, sounds: list[Sound], count: int) -> None:
    """Add a round with ``count`` sessions of a recording and their predictions."""
    rounds.add_round(workspace, round_id=round_id, name=round_id, labels=list(LABELS))
    starts = [number * STRIDE_S for number in range(count)]
    names = [f"sea_{number:04}" for number in range(count)]
    boxes = [
        Prediction(
            id=f"{round_id}-{name}-{index}",
            session_id=name,
            start_s=sound.start_s,
            end_s=sound.end_s,
            label=sound.label,
            score=0.9 - 0.1 * index,
            low_hz=sound.low_hz,
            high_hz=sound.high_hz,
            model="script",
        )
        for number, (name, start_s) in enumerate(zip(names, starts, strict=True))
        for index, sound in enumerate(guess(sounds, start_s, number))
    ]
    with workspace.database.writing() as connection:
        made = [
            Session(
                round_id=round_id,
                id=name,
                recording_id=recording.id,
                channel=0,
                start_s=start_s,
                end_s=start_s + SESSION_S,
                position=number,
            )
            for number, (name, start_s) in enumerate(zip(names, starts, strict=True))
        ]
        sessions.add_sessions(connection, made)
        found = PredictionSet(id=round_id, round_id=round_id, model="script", predictions=tuple(boxes))
        predictions.add_prediction_set(connection, found)


def make_recording(workspace: Workspace, folder: Path, sounds: list[Sound], length_s: float) -> Recording:
    """Write the sea and make it known."""
    path = folder / "sea.wav"
    write_sea(path, length_s, sounds)
    info = inspect_audio(str(path))
    recording = Recording(
        sha256="5ea" + "0" * 61,
        uri=str(path),
        file_name=path.name,
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        frame_count=info.frame_count,
        encoding=info.encoding,
    )
    with workspace.database.writing() as connection:
        recordings.add_recording(connection, recording)
    return recording
