"""The sound of many clips: read in stretches of most of a minute, one ahead of what is being described."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from podcast_core.audio.files import read_samples
from podcast_core.domain.piece import Piece
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.embedding.interfaces import ClipEmbedder, Features
from podcast_core.ml.interfaces import Samples
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace

STRETCH_S = 48.0  # of sound: more falls out of the processor's cache, less is not worth a call
MAX_GAP_S = 5.0  # is read over, rather than looked for
AHEAD = 2  # stretches; one is described while the next one is read
MAX_WORKERS = 8  # chosen: more readers wait for one disk


@dataclass(frozen=True, slots=True)
class Wanted(Piece):
    """A clip to be read; ``key`` is the caller's own name for it."""

    key: int


@dataclass(frozen=True, slots=True)
class Heard:
    """Clips of one rate, and why others could not be read."""

    sample_rate_hz: int
    keys: Sequence[int]
    samples: Sequence[Samples]
    errors: Sequence[tuple[int, str]] = ()


def read_clips(
    workspace: Workspace,
    wanted: Iterable[Wanted],
    recordings: dict[str, Recording],
    sample_rate_hz: int | None,
) -> Iterator[Heard]:
    """Read clips, in batches of one rate.

    Parameters
    ----------
    sample_rate_hz
        Resample to this rate, a stretch at once. None: recordings' own rates.

    Raises
    ------
    StorageUnavailable
        When the disk or the network fails. A recording that is broken or gone is an error of its clips.
    """
    stretches = _find_stretches(sorted(wanted, key=lambda each: (each.recording_id, each.channel, each.start_s)))
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[Future[Heard]] = deque()
        for stretch in stretches:
            recording = recordings.get(stretch[0].recording_id)
            waiting.append(pool.submit(_read, workspace, stretch, recording, sample_rate_hz))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def join_batches(heard: Iterable[Heard]) -> Iterator[Heard]:
    """Join what follows each other at one rate until there is most of a minute: many recordings are short."""
    held: list[Heard] = []
    for each in heard:
        if held and each.sample_rate_hz != held[0].sample_rate_hz:
            yield _join(held)
            held = []
        held.append(each)
        if sum(len(clip) for one in held for clip in one.samples) >= STRETCH_S * each.sample_rate_hz:
            yield _join(held)
            held = []
    if held:
        yield _join(held)


def describe_batches(embedder: ClipEmbedder, batches: Iterable[Heard]) -> Iterator[tuple[Heard, Features]]:
    """Describe batches in their order, as many at once as there are processors.

    Each in one thread: on a small machine that is busy, libraries that use all of them wait for each other most of the
    time.
    """
    import torch  # noqa: F401  # only libraries that are loaded are limited

    workers = 1 if embedder.takes_turns else min(os.cpu_count() or 1, MAX_WORKERS)
    with threadpool_limits(1), ThreadPoolExecutor(workers, initializer=_flush_denormals) as pool:
        waiting: deque[tuple[Heard, Future[Features] | None]] = deque()
        for batch in batches:
            found = batch.samples and pool.submit(embedder.describe, batch.samples, batch.sample_rate_hz)
            waiting.append((batch, found or None))
            if len(waiting) > workers:
                yield _finish(waiting.popleft())
        while waiting:
            yield _finish(waiting.popleft())


def _finish(each: tuple[Heard, Future[Features] | None]) -> tuple[Heard, Features]:
    batch, found = each
    return batch, np.empty((0, 0), np.float32) if found is None else found.result()


def _flush_denormals() -> None:
    """Count what is next to nothing as nothing: processors take a hundred times as long for such numbers."""
    import torch

    torch.set_flush_denormal(True)


def _join(held: Sequence[Heard]) -> Heard:
    lists: dict[str, list[Any]] = {
        name: [value for each in held for value in getattr(each, name)] for name in ("keys", "samples", "errors")
    }
    return Heard(held[0].sample_rate_hz, **lists)


def _find_stretches(ordered: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """Put clips together that lie near each other in one channel of a recording."""
    held: list[Wanted] = []
    for each in ordered:
        if held:
            same = (each.recording_id, each.channel) == (held[0].recording_id, held[0].channel)
            near = each.start_s - held[-1].end_s <= MAX_GAP_S
            if not (same and near and each.end_s - held[0].start_s <= STRETCH_S):
                yield held
                held = []
        held.append(each)
    if held:
        yield held


def _read(
    workspace: Workspace, stretch: Sequence[Wanted], recording: Recording | None, sample_rate_hz: int | None
) -> Heard:
    """Read a stretch; where that fails, each of its clips, so that only what is broken is missing."""
    if recording is None:
        errors = [(each.key, "Its recording is not known here.") for each in stretch]
        return Heard(sample_rate_hz or 1, (), (), errors)
    rate = sample_rate_hz or recording.sample_rate_hz
    start_s, end_s = stretch[0].start_s, min(max(each.end_s for each in stretch), recording.duration_s)
    try:
        samples = read_samples(
            locate(workspace, recording),
            channel=stretch[0].channel,
            start_s=start_s,
            end_s=end_s,
            sample_rate_hz=sample_rate_hz,
        )
    except (InvalidInput, NotFound) as error:
        if len(stretch) == 1:
            return Heard(rate, (), (), [(stretch[0].key, str(error))])
        return _join([_read(workspace, [each], recording, sample_rate_hz) for each in stretch])
    keys, found, errors = [], [], []
    for each in stretch:
        first = round((each.start_s - start_s) * rate)
        clip = samples[first : first + max(1, round((each.end_s - each.start_s) * rate))]
        if len(clip):
            keys.append(each.key)
            found.append(clip)
        else:
            errors.append((each.key, f"The audio ends before {each.start_s:.3f} s."))
    return Heard(rate, keys, found, errors)
