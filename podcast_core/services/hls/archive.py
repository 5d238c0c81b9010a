"""An HLS archive: its folders, playlists and segments, on S3, behind HTTP or on the disk.

Orcasound's layout is ``NODE/latest.txt`` (the newest stamp) and ``NODE/hls/UNIX/live.m3u8`` with its segments; a single
folder or playlist is an archive of one folder.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urljoin, urlsplit

from podcast_core.domain.ids import make_id
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.remote.access import is_url
from podcast_core.services.hls.playlists import Playlist, parse_playlist, read_stamp
from podcast_core.services.hls.reading import Reader
from podcast_core.services.intake.folders import list_folders, resolve_path
from podcast_core.workspace import Workspace

PLAYLIST = "live.m3u8"
WEB = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Folder:
    """One run of a node. ``playlist_url`` names its playlist, ``stamped_at`` is the moment that its name tells."""

    playlist_url: str
    stamped_at: datetime | None

    @property
    def name(self) -> str:
        """The folder's own name."""
        return PurePosixPath(urlsplit(self.playlist_url).path.replace("\\", "/")).parent.name


class Archive:
    """An archive by its address: a node, its ``hls`` folder, one folder of that, or a playlist."""

    def __init__(self, url: str, workspace: Workspace) -> None:
        self.url = url.strip().rstrip("/")
        self._reader = Reader(workspace.remote)
        self._folders = list_folders(workspace)
        if not self.url:
            raise InvalidInput("Expected the address of an HLS archive, found nothing.")
        parts = [each for each in re.split(r"[/\\]", urlsplit(self.url).path) if each]
        self._is_playlist = bool(parts) and parts[-1].endswith(".m3u8")
        if self._is_playlist:
            parts.pop()
        self._is_folder = bool(parts) and read_stamp(parts[-1]) is not None
        if self._is_folder:
            parts.pop()
        if parts and parts[-1] == "hls":
            parts.pop()
        self.node = parts[-1] if parts else urlsplit(self.url).netloc
        self.id = f"{make_id(self.node)[:60]}-{hashlib.sha256(self.url.encode()).hexdigest()[:6]}"

    def list_folders(self) -> list[Folder]:
        """List the folders by their stamps, the oldest first.

        Raises
        ------
        NotFound
            When there is nothing like an archive.
        """
        if self._is_playlist:
            folder = Folder(self.url, None)
            return [Folder(self.url, read_stamp(folder.name))]
        if self._is_folder:
            return [self._to_folder(self.url)]
        for base in (f"{self.url}/hls", self.url):
            stamps = [each for each in self._reader.list_names(base) if read_stamp(each)]
            if stamps:
                return [self._to_folder(f"{base}/{each}") for each in sorted(set(stamps), key=int)]
        if latest := self._find_latest():
            return [latest]
        if self._has_playlist():
            return [Folder(f"{self.url}/{PLAYLIST}", None)]
        raise NotFound(
            f"There is no HLS archive at {self.url}: expected a folder with hls/UNIX-TIME/{PLAYLIST} in it, one such "
            "folder, or the address of a playlist (.m3u8)."
        )

    def _to_folder(self, url: str) -> Folder:
        return Folder(f"{url}/{PLAYLIST}", read_stamp(url.rpartition("/")[2]))

    def _find_latest(self) -> Folder | None:
        """Find the newest folder where the server does not list: then there is only ``latest.txt``."""
        try:
            stamp = self._reader.read(f"{self.url}/latest.txt").decode(errors="replace").strip()
        except (NotFound, InvalidInput):
            return None
        return self._to_folder(f"{self.url}/hls/{stamp}") if read_stamp(stamp) else None

    def _has_playlist(self) -> bool:
        try:
            self._reader.read(f"{self.url}/{PLAYLIST}")
        except NotFound:
            return False
        return True

    def read_playlist(self, folder: Folder) -> Playlist | None:
        """Read a folder's playlist; None when the folder has none, or an empty one: the node died at once."""
        try:
            data = self._reader.read(folder.playlist_url)
        except NotFound:
            return None
        return parse_playlist(data.decode(errors="replace"), folder.playlist_url) if data.strip() else None

    def read_segment(self, folder: Folder, uri: str) -> bytes:
        """Read a segment; NotFound when it is not there."""
        return self._reader.read(self._locate(folder, uri))

    def _locate(self, folder: Folder, uri: str) -> str:
        """Make an absolute address of a segment's.

        On the web a playlist may name any address, which the guard of `remote` looks at. One in a bucket or in a folder
        of this machine names what lies beside or below it: others' objects are read with our key, others' files with
        our rights.
        """
        if folder.playlist_url.startswith(WEB):
            found = urljoin(folder.playlist_url, uri)
            if not found.startswith(WEB):
                raise InvalidInput(f"{folder.playlist_url} names a segment that is not on the web: {uri[:80]!r}.")
            return found
        if uri.startswith(WEB):
            return uri
        base = folder.playlist_url.rpartition("/")[0] or "."
        if is_url(folder.playlist_url):
            found = uri if "://" in uri else f"{base}/{uri.lstrip('/')}"
            is_below = found.startswith(f"{base}/") and ".." not in found.split("/")
        else:
            found = resolve_path(str(Path(base, uri)))
            is_below = any(Path(found).is_relative_to(each) for each in (resolve_path(base), *self._folders))
        if "://" in uri.removeprefix(f"{base}/") or not is_below:
            raise InvalidInput(
                f"{folder.playlist_url} names a segment that is not in its own folder: {uri[:80]!r}. Put the "
                f"segments next to the playlist, or name their folder in PODCAST_RECORDING_FOLDERS."
            )
        return found
