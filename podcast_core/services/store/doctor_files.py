"""What the doctor looks for in files: recordings that are not where or what they were, and unfinished writes."""

import hashlib
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from podcast_core.audio.containers import open_bytes
from podcast_core.domain.recording import Recording
from podcast_core.errors import PodcastError, StorageUnavailable
from podcast_core.progress import Progress
from podcast_core.services.store.diagnosis import Diagnosis
from podcast_core.services.store.reading_ahead import READERS
from podcast_core.services.store.sources import locate
from podcast_core.workspace import Workspace

LEFT_AFTER_S = 3600.0  # no write of an object takes as long
BLOCK_BYTES = 1 << 20


def look_for_audio(
    workspace: Workspace,
    known: Iterable[Recording],
    checksums: bool,
    diagnosis: Diagnosis,
    on_progress: Progress,
) -> None:
    """Look whether every recording is where it was, and with ``checksums`` whether it is what it was."""
    wanted = sorted(known, key=lambda recording: (recording.file_name, recording.id))
    look = partial(_look_at_audio, workspace, checksums)
    missing, unreachable, changed = [], [], []
    with ThreadPoolExecutor(1 if checksums else READERS) as pool:
        for done, (recording, found) in enumerate(zip(wanted, pool.map(look, wanted), strict=True)):
            on_progress(done, len(wanted), recording.file_name)
            if isinstance(found, StorageUnavailable):
                unreachable.append(f"{recording.uri}: {found}")
            elif found is None:
                missing.append(recording.uri)
            elif found != recording.sha256:
                changed.append(recording.uri)
    diagnosis.add(
        "recording is missing",
        "the audio is no longer there. Its sessions can be neither seen nor heard; answers are not affected.",
        missing,
        "Put it back, or index it in its new place: python -m podcast_core ingest FOLDER --round ROUND",
    )
    diagnosis.add(
        "recording is out of reach",
        "the disk or the network failed, so it is not known whether it is there.",
        unreachable,
        "Try again when it works.",
    )
    diagnosis.add(
        "recording has changed",
        "its SHA-256 differs: what was labelled is not what is there now.",
        changed,
        "Restore the file from a backup.",
    )


def _look_at_audio(workspace: Workspace, checksums: bool, recording: Recording) -> str | StorageUnavailable | None:
    """Say the digest that a recording has, without ``checksums`` the one that it had; None when it is not there."""
    digest = hashlib.sha256()
    try:
        with open_bytes(locate(workspace, recording)) as file:
            while checksums and (block := file.read(BLOCK_BYTES)):
                digest.update(block)
    except StorageUnavailable as error:
        return error
    except PodcastError:  # gone, or a folder now
        return None
    return digest.hexdigest() if checksums else recording.sha256


def look_for_leftovers(workspace: Workspace, diagnosis: Diagnosis, repair: bool) -> None:
    """Look for temporary files of writes that were interrupted; only a local store has them."""
    place = workspace.files.url("recordings")
    if not isinstance(place, str):
        return
    folder = Path(place).parent
    oldest = time.time() - LEFT_AFTER_S
    found = []
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names if name.startswith(".tmp-")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    found.append(str(path))
                    if repair:
                        path.unlink()
    diagnosis.add(
        "unfinished file", "a write was interrupted.", found, "--repair removes it after an hour.", is_mended=repair
    )
