"""Audio for clients of WhisperSeg's audio backend: uploads, their audio ids, clips of sound and of waveform.

An upload is kept in the file store and becomes a recording, so that it can be labelled later as any other. An audio id
stands for one channel of it; it survives a restart, and is forgotten when nobody uses it for two days.
"""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.files import AudioInfo, read_blocks, read_samples
from podcast_core.audio.playback import encode_wav
from podcast_core.audio.split import to_frames
from podcast_core.domain.recording import Recording
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.remote.access import name_file
from podcast_core.remote.addresses import WEB, check_url
from podcast_core.services.intake.indexing import index_audio, locate_source
from podcast_core.services.intake.uploads import take_upload
from podcast_core.services.store import records
from podcast_core.services.store.source_names import STORED, split_address
from podcast_core.services.store.sources import locate
from podcast_core.storage import audio_ids, recordings
from podcast_core.workspace import Workspace

MEMORY_BYTES = 8 << 20  # of a download, before it goes to the disk
MAX_CLIP_S = 3600.0
MAX_CLIP_SAMPLES = 60_000_000  # of a clip that is sent at once: 20 minutes at 48 kHz
LATEST_S = 1e9  # where a clip may start; larger numbers have no whole number of samples
AUDIO_ID = re.compile(r"[0-9a-f-]{36}")
ENVELOPE_POINTS = 10_000  # what the interface's waveform gets for a longer clip
MAX_POINTS = 1_000_000  # chosen: more than a screen has


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a recording, as an audio id stands for it."""

    recording: Recording
    channel: int

    @property
    def rate_hz(self) -> int:
        """The native sample rate."""
        return self.recording.sample_rate_hz


def add_audio(
    workspace: Workspace,
    *,
    name: str,
    file: BinaryIO,
    person: str | None = None,
    check: Callable[[AudioInfo], None] | None = None,
) -> tuple[Recording, list[str]]:
    """Keep a file, and give an audio id to each of its channels; ``check`` may refuse what is in it.

    Raises
    ------
    InvalidInput
        When it is no audio, damaged, cut, too long or refused by the check. Nothing is kept then.
    NoSpace
        When there is no room for it, on the disk or for this person (None: nobody needs a token).
    StorageUnavailable
        When it cannot be kept.
    """
    uri, sent_as = split_address(take_upload(workspace, name=name, file=file, person=person, check=check))
    recording = index_audio(workspace, locate_source(workspace, uri), uri=uri, name=sent_as)
    ids = [str(uuid.uuid4()) for _ in range(recording.channel_count)]
    now = utc_now()
    with workspace.database.holding(f"recording/{recording.id}"):  # two uploads of the same bytes at once
        with workspace.database.reading() as connection:
            known = recordings.find_recording(connection, recording.id)
        # A file in somebody's folder may have been moved since; the upload stays, and has the same bytes.
        is_moved = known is not None and not known.uri.startswith(STORED)
        if is_moved:
            records.save_place(workspace.files, recording.id, uri)
        stored = replace(known, uri=uri) if known and is_moved else known
        stored = stored or records.save_recording(workspace.files, recording)
        with workspace.database.writing() as connection:
            if known is None:
                recordings.add_recording(connection, stored)
            elif is_moved:
                recordings.move_recording(connection, stored.id, uri)
            audio_ids.remove_unused(connection, now - timedelta(hours=workspace.settings.audio_id_hours))
            audio_ids.add_audio_ids(connection, ids, stored.id, now)
    return stored, ids


def add_audio_from_url(
    workspace: Workspace,
    *,
    url: str,
    person: str | None = None,
    check: Callable[[AudioInfo], None] | None = None,
) -> tuple[Recording, list[str]]:
    """Fetch a file from a public web address, and add it as `add_audio` does.

    Not from a bucket: that would be read with the server's own key, for whoever asks.
    """
    check_url(url, WEB)
    workspace.files.check_room()
    with SpooledTemporaryFile(max_size=MEMORY_BYTES) as file:
        workspace.remote.fetch(url, cast(BinaryIO, file))
        name = name_file(url) or "audio"
        return add_audio(workspace, name=name, file=cast(BinaryIO, file), person=person, check=check)


def get_channel(workspace: Workspace, *, audio_id: str) -> Channel:
    """Get what an audio id stands for, and keep it alive.

    Raises
    ------
    NotFound
        When there is no such id, or it was released or not used for too long.
    """
    now = utc_now()
    with workspace.database.writing() as connection:
        audio_ids.remove_unused(connection, now - timedelta(hours=workspace.settings.audio_id_hours))
        found = audio_ids.use_audio_id(connection, audio_id, now) if AUDIO_ID.fullmatch(audio_id) else None
        recording = None if found is None else recordings.find_recording(connection, found[0])
    if found is None or recording is None:
        raise NotFound(f"There is no audio {audio_id[:40]!r}: it was released, expired, or never uploaded.")
    return Channel(recording, found[1])


def release_audio(workspace: Workspace, *, ids: Sequence[str]) -> None:
    """Forget audio ids; unknown ones are passed over. The recordings stay."""
    with workspace.database.writing() as connection:
        audio_ids.remove_audio_ids(connection, [each for each in ids if AUDIO_ID.fullmatch(each)])


def read_clip(workspace: Workspace, channel: Channel, *, start_s: float, count: int) -> NDArray[np.float32]:
    """Read so many samples from a moment on; zeros where the recording has none."""
    first = round(max(start_s, 0.0) * channel.rate_hz)
    last = min(first + count, channel.recording.frame_count)
    clip = np.zeros(count, np.float32)
    if last > first:
        uri = locate(workspace, channel.recording)
        clip[: last - first] = read_samples(
            uri, channel=channel.channel, start_s=first / channel.rate_hz, end_s=last / channel.rate_hz
        )
    return clip


def get_wav(workspace: Workspace, *, audio_id: str, start_s: float, duration_s: float) -> bytes:
    """Get a clip as WAV (PCM, 16 bit, mono) at the recording's own rate, padded with silence to its length.

    Raises
    ------
    InvalidInput
        When it is too long.
    """
    _check_span(start_s, duration_s)
    channel = get_channel(workspace, audio_id=audio_id)
    count = max(1, int(duration_s * channel.rate_hz))
    if count > MAX_CLIP_SAMPLES:
        raise InvalidInput(
            f"clip_duration: expected at most {MAX_CLIP_SAMPLES / channel.rate_hz:,.0f} s at {channel.rate_hz} Hz, "
            f"found {duration_s:g}."
        )
    return encode_wav(read_clip(workspace, channel, start_s=start_s, count=count), channel.rate_hz)


def get_waveform(
    workspace: Workspace, *, audio_id: str, start_s: float, duration_s: float, target_length: int
) -> list[float]:
    """Get a clip's samples, or where there are more than wanted their outline: lowest and highest in turn.

    Raises
    ------
    InvalidInput
        When it is not 2 to 1,000,000 points.
    """
    _check_span(start_s, duration_s)
    if not 2 <= target_length <= MAX_POINTS:
        raise InvalidInput(f"target_length: expected 2 to {MAX_POINTS}, found {target_length}.")
    channel = get_channel(workspace, audio_id=audio_id)
    first, last = to_frames(max(start_s, 0.0), max(start_s, 0.0) + duration_s, channel.rate_hz)
    last = min(last, channel.recording.frame_count)
    if last <= first:
        return []
    points = min(ENVELOPE_POINTS, target_length) // 2
    span = {"start_s": first / channel.rate_hz, "end_s": last / channel.rate_hz}
    blocks = read_blocks(locate(workspace, channel.recording), channel=channel.channel, **span)
    if last - first <= target_length:
        return [float(value) for value in np.concatenate(list(blocks))]
    edges = np.linspace(0, last - first, points + 1).astype(np.int64)
    low, high = np.full(points, np.inf), np.full(points, -np.inf)
    position = 0
    for block in blocks:
        at = np.searchsorted(edges, np.arange(position, position + len(block)), side="right") - 1
        np.minimum.at(low, at, block)
        np.maximum.at(high, at, block)
        position += len(block)
    outline: list[Any] = np.stack([low, high], axis=1).ravel().tolist()
    return outline


def _check_span(start_s: float, duration_s: float) -> None:
    if not (abs(start_s) <= LATEST_S and 0 < duration_s <= MAX_CLIP_S):
        raise InvalidInput(
            f"clip_duration: expected more than 0 and at most {MAX_CLIP_S:g} s, found {duration_s} from {start_s}."
        )
