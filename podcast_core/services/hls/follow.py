"""Reading a live archive again and again, and what it has in common with reading a finished one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from podcast_core.audio.spans import Span, subtract_spans, to_microseconds
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.services.hls.archive import Archive, Folder
from podcast_core.services.hls.parts import Fetched, Outcome, Target, add_part, list_covered
from podcast_core.services.hls.playlists import Placed, Segment, join_playlists, place_segments

FOLLOWED_S = 600.0  # a recording while following: people wait for its sessions
JOINING_SEGMENTS = 3  # who follows from now on begins so many segments before the end, as players do
PATIENCE = 3  # polls before a listed segment that is not there counts as missing
TIME = "%Y-%m-%d %H:%M:%SZ"


def find_cell(placed: Placed, length_s: float) -> int:
    """Tell in which cell of a grid of true time a segment begins: the same one for every span that is asked for."""
    return to_microseconds(placed.started_at) // round(length_s * 1_000_000)


def choose_folders(folders: Sequence[Folder], wanted: Span) -> list[Folder]:
    """Choose the folders stamped within the span, and those before that may reach into it; all without a stamp.

    A folder ends where the next one begins, but clocks are set: two before the span are looked at.
    """
    before = [each for each in folders if each.stamped_at is not None and each.stamped_at <= wanted[0]]
    within = [each for each in folders if each.stamped_at is not None and wanted[0] < each.stamped_at < wanted[1]]
    return [*(each for each in folders if each.stamped_at is None), *before[-2:], *within]


def fetch(archive: Archive, folder: Folder, placed: Placed) -> Fetched:
    """Fetch a segment; one that is not there comes with the reason."""
    if placed.segment.missing:
        return Fetched(placed, reason=placed.segment.missing)
    try:
        return Fetched(placed, archive.read_segment(folder, placed.segment.uri))
    except NotFound:
        return Fetched(placed, reason="it is not in the archive")
    except InvalidInput as error:
        return Fetched(placed, reason=str(error), is_refused=True)


@dataclass(slots=True)
class Follower:
    """Reads a live archive again and again, and keeps what it has fetched until a part is full."""

    archive: Archive
    target: Target
    from_at: datetime | None
    to_at: datetime | None
    started_at: datetime | None = None
    wait_s: float = 10.0
    seen: int = 0
    newest: str = ""
    is_over: bool = False
    first_at: datetime | None = None
    last_at: datetime | None = None
    _known: list[Segment] = field(default_factory=list)
    _folder: Folder | None = None
    _next: int = 0  # the position in the folder's segments of the one to be fetched
    _tries: int = 0
    _run_up: bytes = b""
    _pending: list[Fetched] = field(default_factory=list)

    def poll(self, outcome: Outcome) -> None:
        """Fetch what is new, and say how long to wait (``wait_s``) or that nothing will follow (``is_over``)."""
        is_complete = False
        for folder in self._list_folders():
            playlist = self.archive.read_playlist(folder)
            if playlist is None:
                continue
            if folder != self._folder:
                self.flush(outcome)
                self._folder, self._next, self._tries, self._run_up = folder, 0, 0, b""
                self._known = []
            self._known = join_playlists(self._known, playlist)
            base_s = 0.0 if self.started_at else self.target.offset_s
            placed = place_segments(self._known, self.started_at or folder.stamped_at, base_s)
            if self.from_at is None and placed:
                self.from_at = placed[-min(JOINING_SEGMENTS, len(placed))].started_at
            self._take(placed, outcome)
            is_complete = playlist.is_complete and self._next >= len(placed)
            self.wait_s = playlist.target_s
        self.is_over = self.is_over or is_complete

    def _list_folders(self) -> list[Folder]:
        folders = self.archive.list_folders()
        if self._folder is not None:
            return [each for each in folders if each == self._folder or _is_later(each, self._folder)]
        if self.from_at is None:
            return folders[-1:]
        return choose_folders(folders, (self.from_at, datetime.max.replace(tzinfo=UTC)))

    def _take(self, placed: list[Placed], outcome: Outcome) -> None:
        assert self._folder is not None
        while self._next < len(placed):
            each = placed[self._next]
            if self.to_at is not None and each.started_at >= self.to_at:
                self.is_over = True
                return
            if self.from_at is not None and each.ended_at > self.from_at:
                fetched = fetch(self.archive, self._folder, each)
                self._tries += 1
                if fetched.reason and not each.segment.missing and self._tries < PATIENCE:
                    return  # listed before it was there: the next poll tries again
                self._keep(fetched, outcome)
            self._next, self._tries = self._next + 1, 0

    def _keep(self, fetched: Fetched, outcome: Outcome) -> None:
        placed = fetched.placed
        if self._pending and find_cell(self._pending[0].placed, FOLLOWED_S) != find_cell(placed, FOLLOWED_S):
            self.flush(outcome)
        self._pending.append(fetched)
        self.seen += 1
        self.newest = f"{placed.started_at:{TIME}}"
        self.first_at = self.first_at or max(placed.started_at, self.from_at or placed.started_at)
        self.last_at = min(placed.ended_at, self.to_at or placed.ended_at)

    def flush(self, outcome: Outcome) -> None:
        """Make recordings of what was fetched, as far as earlier runs have not."""
        if not self._pending:
            return
        whole = (
            max(self._pending[0].placed.started_at, self.from_at or self._pending[0].placed.started_at),
            min(self._pending[-1].placed.ended_at, self.to_at or self._pending[-1].placed.ended_at),
        )
        for span in subtract_spans(whole, list_covered(self.target)):
            inside = [
                each for each in self._pending if each.placed.started_at < span[1] and each.placed.ended_at > span[0]
            ]
            outcome.extend(add_part(self.target, span, inside, self._run_up))
        self._run_up = self._pending[-1].data
        self._pending = []


def _is_later(folder: Folder, than: Folder) -> bool:
    return folder.stamped_at is not None and than.stamped_at is not None and folder.stamped_at > than.stamped_at
