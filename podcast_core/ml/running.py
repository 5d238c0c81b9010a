"""Running a detector over recordings of any length: in blocks, with what surrounds each, and without doubled calls."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from podcast_core.audio.files import read_samples
from podcast_core.audio.playback import resample
from podcast_core.errors import InvalidInput
from podcast_core.ml.interfaces import Detector, Found, GridDetector, Samples
from podcast_core.remote.places import Place

BLOCK_S = 60  # chosen: bounds the memory; as long as a usual session
RESAMPLER_S = 0.1  # how far a resampled sample reaches
ROUNDING_S = 1e-6  # of times in binary


def run_detector(
    detector: Detector,
    uri: str | Place,
    *,
    channel: int,
    sample_rate_hz: int,
    end_s: float,
    start_s: float = 0.0,
    origin_s: float | None = None,
    threshold: float | None = None,
    block_s: int = BLOCK_S,
) -> Iterator[tuple[float, list[Found]]]:
    """Find the calls of a piece of a recording, a block at a time: one block and its surroundings are in memory.

    Blocks are joined where they meet: a call that crosses a border is one call, with its highest score. What a
    detector finds is then the same as in one piece, as far as its ``context_s`` is true; the score of a call that
    goes on for longer than that beyond a border may differ.

    Parameters
    ----------
    detector
        What looks.
    uri, channel
        The recording.
    sample_rate_hz
        Its rate.
    start_s, end_s
        The piece, in seconds from the start of the recording. Nothing outside of it is heard.
    origin_s
        Whole seconds before ``start_s`` from which the windows of a `GridDetector` are counted; None: ``start_s``.
    threshold
        As in `Detector.detect`.
    block_s
        Whole seconds, so that blocks begin on samples whatever the rate is.

    Yields
    ------
    until_s : float
        Up to where everything has been found, in seconds from the start of the recording; the last one is ``end_s``.
    found : list of Found
        What has become certain since the one before, sorted by start; times count from the start of the recording.

    Raises
    ------
    InvalidInput, NotFound, StorageUnavailable
        As `read_samples`.
    ModelUnavailable
        As `Detector.detect`.
    """
    if block_s < 1:
        raise InvalidInput(f"A block has 1 second or more, found {block_s}.")
    if not 0 <= start_s < end_s:
        raise InvalidInput(f"Expected 0 <= start < end, found {start_s} and {end_s}.")
    grid_s = start_s if origin_s is None else origin_s
    context_s = math.ceil(detector.context_s + (RESAMPLER_S if detector.sample_rate_hz else 0))
    open_calls: list[Found] = []
    for index in range(math.ceil((end_s - start_s) / block_s - ROUNDING_S)):
        first_s = start_s + index * block_s
        last_s = min(first_s + block_s, end_s)
        low_s, high_s = max(start_s, first_s - context_s), min(end_s, last_s + context_s)
        samples = read_samples(uri, channel=channel, start_s=low_s, end_s=high_s)
        found = _detect(detector, samples, sample_rate_hz, threshold, low_s - grid_s)
        calls = _join(open_calls, _clip(found, low_s, first_s, last_s), first_s)
        open_calls = [call for call in calls if call.end_s >= last_s - ROUNDING_S and last_s < end_s]
        done = [call for call in calls if call not in open_calls]
        yield last_s, sorted(done, key=lambda call: (call.start_s, call.end_s))


def _detect(
    detector: Detector, samples: Samples, rate_hz: int, threshold: float | None, offset_s: float
) -> list[Found]:
    wanted_hz = detector.sample_rate_hz or rate_hz
    heard = resample(samples, rate_hz, wanted_hz)
    if not len(heard):
        return []
    heard = np.ascontiguousarray(heard, np.float32)
    if isinstance(detector, GridDetector):
        offset = round(offset_s * wanted_hz)  # whole seconds: blocks and surroundings are
        return detector.detect_from(heard, wanted_hz, offset=offset, threshold=threshold)
    return detector.detect(heard, wanted_hz, threshold=threshold)


def _clip(found: list[Found], offset_s: float, first_s: float, last_s: float) -> list[Found]:
    """Move calls to the time of the recording and keep the parts that are in the block."""
    moved = [(max(first_s, offset_s + each.start_s), min(last_s, offset_s + each.end_s), each) for each in found]
    return [
        replace(each, start_s=start_s, end_s=end_s) for start_s, end_s, each in moved if end_s - start_s > ROUNDING_S
    ]


def _join(before: list[Found], calls: list[Found], border_s: float) -> list[Found]:
    """Join the calls that reach up to a border with those of the same label that begin there."""
    joined, waiting = [], list(before)
    for call in calls:
        match = next((each for each in waiting if _goes_on(each, call, border_s)), None)
        if match is None:
            joined.append(call)
            continue
        waiting.remove(match)
        scores = [score for score in (match.score, call.score) if score is not None]
        joined.append(replace(call, start_s=match.start_s, score=max(scores, default=None)))
    return waiting + joined


def _goes_on(one: Found, other: Found, border_s: float) -> bool:
    return one.label == other.label and other.start_s <= border_s + ROUNDING_S
