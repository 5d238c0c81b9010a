"""Releases as they lie in the file store: found, read, checked, taken out.

=============================================  =====================================================
key                                            holds
=============================================  =====================================================
release-versions/NAME/VERSION.json             that a version was begun, and from what (a digest)
releases/NAME/VERSION/...                      its files, as they are published
releases/NAME/VERSION/release.json             its manifest, written last: without it there is no release
=============================================  =====================================================
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from podcast_core.domain.release import Release
from podcast_core.errors import Conflict, InvalidInput, NotFound, StorageUnavailable
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.exchange.packing import pack
from podcast_core.services.labels import independence
from podcast_core.services.sets.release_request import VERSION, check_version, version_key
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace

MANIFEST = "release.json"
SUMS = "SHA256SUMS"
CARD = "README.md"
INDEX = "index.csv"
MAX_ZIP_BYTES = 200_000_000  # for a download by the page; the command line and /api/v1 write any size


def make_key(name: str, version: str, path: str) -> str:
    """Name a file of a release in the store."""
    return f"releases/{name}/{version}/{path}"


def reservation_key(name: str, version: str) -> str:
    """Name the object that says that a version was begun."""
    return f"release-versions/{name}/{version}.json"


def list_versions(workspace: Workspace, *, name: str = "") -> list[tuple[str, str]]:
    """List name and version of all releases that were begun, complete or not; versions in their order."""
    keys = workspace.files.list("release-versions")
    found = [tuple(key.removesuffix(".json").split("/")[1:]) for key in keys if key.endswith(".json")]
    named = [(each[0], each[1]) for each in found if len(each) == 2 and VERSION.fullmatch(each[1])]
    pairs = [each for each in named if name in ("", each[0])]
    return sorted(pairs, key=lambda each: (each[0], version_key(each[1])))


def list_releases(workspace: Workspace, *, name: str = "") -> list[Release]:
    """List the complete releases: by name, the newest version first."""
    pairs = list_versions(workspace, name=name)
    found = [find_release(workspace, name=each, version=version) for each, version in reversed(pairs)]
    return sorted((release for release in found if release is not None), key=lambda release: release.name)


def list_unfinished(workspace: Workspace) -> list[str]:
    """List the releases (``NAME/VERSION``) that were begun and are not complete: being made, or interrupted."""
    pairs = list_versions(workspace)
    return [
        f"{name}/{version}" for name, version in pairs if find_release(workspace, name=name, version=version) is None
    ]


def find_release(workspace: Workspace, *, name: str, version: str) -> Release | None:
    """Find a complete release."""
    try:
        return _read_manifest(workspace.files, make_key(name, version, MANIFEST))
    except NotFound:
        return None


def get_release(workspace: Workspace, *, name: str, version: str = "") -> Release:
    """Get a release, the newest version when none is named (``NAME/VERSION`` as name is fine as well).

    Raises
    ------
    NotFound
        When there is none, or it is not complete.
    """
    if "/" in name and not version:
        name, _, version = name.partition("/")
    if version:
        check_version(version)
    known = [(each, number) for each, number in list_versions(workspace, name=name) if version in ("", number)]
    for each, number in reversed(known):
        if (release := find_release(workspace, name=each, version=number)) is not None:
            return release
    wanted = f"{name[:80]}/{version}" if version else name[:80]
    if known:
        raise NotFound(f"Release {wanted!r} was started but is incomplete. Create it again to complete it.")
    names = ", ".join(sorted({each for each, _ in list_versions(workspace)})[:20]) or "none yet"
    raise NotFound(f"There is no release {wanted!r}; there are: {names}.")


@lru_cache(maxsize=64)
def _read_manifest(files: FileStore, key: str) -> Release:
    """Read a manifest; it never changes, so it is kept. A missing one is asked for again."""
    return Release(json.loads(files.read(key)))


def check_readable(workspace: Workspace, release: Release) -> None:
    """Refuse (Forbidden) a release of rounds in which who asks may see their own answers only."""
    with workspace.database.reading() as connection:
        for round_id in sorted({each["round_id"] for each in release.sessions}):
            with suppress(NotFound):  # the round of another workspace
                independence.get_round(connection, round_id)


def read_file(workspace: Workspace, release: Release, path: str) -> bytes:
    """Read a file of a release; NotFound when it has no such file."""
    if path != MANIFEST and path not in release.files:
        raise NotFound(f"Release {release.id} has no file {path[:200]!r}.")
    return workspace.files.read(make_key(release.name, release.version, path))


def verify_release(
    workspace: Workspace, *, name: str, version: str = "", on_progress: Progress = tell_nobody
) -> list[str]:
    """Read every file of a release again and compare it with the checksums.

    Returns
    -------
    list of str
        What is wrong, one sentence each; nothing when the release is as it was made.
    """
    release = get_release(workspace, name=name, version=version)
    problems = []
    for done, (path, told) in enumerate(release.files.items()):
        on_progress(done, len(release.files), path)
        try:
            data = read_file(workspace, release, path)
        except NotFound:
            problems.append(f"{path} is missing.")
            continue
        if hashlib.sha256(data).hexdigest() != told["sha256"]:
            problems.append(
                f"{path} has changed: expected {told['bytes']} bytes with SHA-256 {told['sha256']}, found "
                f"{len(data)} bytes with {hashlib.sha256(data).hexdigest()}."
            )
    prefix = make_key(release.name, release.version, "")
    stored = {key.removeprefix(prefix) for key in workspace.files.list(prefix.rstrip("/"))}
    problems += [f"{path} does not belong to the release." for path in sorted(stored - {*release.files, MANIFEST})]
    on_progress(len(release.files), len(release.files), "")
    return problems


def list_contents(workspace: Workspace, release: Release) -> Iterator[tuple[str, bytes]]:
    """Read all files, the manifest last.

    Raises
    ------
    StorageUnavailable
        When a file is missing or has changed.
    """
    for path, told in release.files.items():
        data = read_file(workspace, release, path)
        if hashlib.sha256(data).hexdigest() != told["sha256"]:
            raise StorageUnavailable(
                f"{path} of release {release.id} has changed in the file store; nothing was exported."
            )
        yield path, data
    yield MANIFEST, read_file(workspace, release, MANIFEST)


def export_release(
    workspace: Workspace, *, name: str, version: str = "", out: Path, on_progress: Progress = tell_nobody
) -> Path:
    """Write a release to a new folder, or to a ZIP archive when ``out`` ends in ``.zip``. All of it or nothing.

    Raises
    ------
    Conflict
        When there is something already.
    StorageUnavailable
        When the disk fails, or a file of the release has changed.
    """
    release = get_release(workspace, name=name, version=version)
    out = out.absolute()
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise Conflict(f"{out} already exists. Choose another place; nothing was written.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
            new = Path(beside, "new")
            if out.suffix.lower() == ".zip":
                with new.open("xb") as file:
                    file.writelines(stream_zip(workspace, release, on_progress))
            else:
                for number, (path, data) in enumerate(list_contents(workspace, release)):
                    on_progress(number, len(release.files) + 1, path)
                    target = new / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(data)
                if out.exists():
                    out.rmdir()
            new.rename(out)
    except OSError as error:
        raise StorageUnavailable(f"The release cannot be written to {out}: {error}") from error
    return out


def make_zip(workspace: Workspace, release: Release) -> bytes:
    """Pack a release into a ZIP archive in memory.

    Raises
    ------
    InvalidInput
        When it is larger than `MAX_ZIP_BYTES`.
    """
    if release.size_bytes > MAX_ZIP_BYTES:
        raise InvalidInput(
            f"Release {release.id} has {release.size_bytes / 1e6:.0f} MB; more than {MAX_ZIP_BYTES / 1e6:.0f} MB "
            f"must be exported on the command line: python -m podcast_core release export {release.id} --out FOLDER"
        )
    return b"".join(stream_zip(workspace, release))


def stream_zip(workspace: Workspace, release: Release, on_progress: Progress = tell_nobody) -> Iterator[bytes]:
    """Pack a release into a ZIP archive that is given file by file; errors as `list_contents`, in its midst."""

    def read() -> Iterator[tuple[str, bytes]]:
        for number, (path, data) in enumerate(list_contents(workspace, release)):
            on_progress(number, len(release.files) + 1, path)
            yield path, data

    return pack(f"{release.name}-{release.version}", read())
