"""What the names of files in tables mean: which recordings of a round.

A name counts whatever its folders, in any Unicode form, with another ending, and in other case or with other signs
where a file system forbids its own, as long as that is clear. Where several recordings have one name, as recorders of
one kind give it on every site, the folders tell them apart: those that the name and the recording have in common,
counted from the end, or the recording's site.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput
from podcast_core.formats.findings import file_of

SLASHES = re.compile(r"[\\/]")
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f:*?"<>|%#]')  # what file systems or uploads write as "_"
STORED = "store:"
Folders = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart: ``folders`` in small letters, ``file`` and its ``stem``, Unicode composed."""

    folders: Folders
    file: str
    stem: str

    @property
    def suffix(self) -> str:
        """The ending, with its dot."""
        return PurePosixPath(self.file).suffix

    @property
    def spellings(self) -> tuple[tuple[int, str], ...]:
        """All that it may be known by, what is said most exactly first: as it is, in small letters, without signs."""
        return _spell(self.file, self.stem)


@lru_cache(maxsize=4096)
def parse_name(text: str) -> Name:
    """Take a file's name, path or URL apart."""
    if "://" in text:
        text = unquote(urlsplit(text).path)
    *folders, file = SLASHES.split(unicodedata.normalize("NFC", text))
    known = tuple(folder.casefold() for folder in folders if folder not in ("", ".", "..") and folder[-1] != ":")
    return Name(known, file, PurePosixPath(file).stem)


def list_alike(known: Iterable[tuple[str, ...]], named: Iterable[str]) -> set[str]:
    """List what may be meant by names, of a hundred thousand recordings in a moment; `Names` says what is.

    Parameters
    ----------
    known
        An id, and what is called so.
    """
    wanted = {spelt for name in named for spelt in _loosen(name)}
    return {found for found, *paths in known if any(not wanted.isdisjoint(_loosen(path)) for path in paths if path)}


def _loosen(path: str) -> tuple[str, str]:
    """Spell a file's name and its stem so that all spellings of it are the same."""
    is_plain = path.isascii() and "://" not in path
    file = path[max(path.rfind("/"), path.rfind("\\")) + 1 :] if is_plain else parse_name(path).file
    loose = FORBIDDEN.sub("_", file.casefold())
    return loose, loose.rpartition(".")[0] or loose


class Names:
    """The recordings of a round, to be found by name."""

    def __init__(self, recordings: Iterable[Recording]) -> None:
        self._by_spelling: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._recordings = {recording.id: recording for recording in recordings}
        self._places = {each.id: _list_places(each) for each in self._recordings.values()}
        self._heard: dict[tuple[str, str], set[Folders]] = defaultdict(set)
        for recording_id, places in self._places.items():
            for spelling in {each for place in places for each in place.spellings}:
                self._by_spelling[spelling].append(recording_id)

    def hear(self, name: str, where: str) -> None:
        """Learn a name that a file has somewhere: two folders with one name mean two recordings."""
        self._heard[_scope(name, where)].add(parse_name(name).folders)

    def find(self, name: str, where: str = "") -> list[str]:
        """Find the ids of recordings that a name may mean: none, one, or several that nothing tells apart.

        Raises
        ------
        InvalidInput
            When a file has the name in several folders, and nothing tells which is the round's only recording of it.
        """
        parsed = parse_name(name)
        found = next((self._by_spelling[each] for each in parsed.spellings if each in self._by_spelling), [])
        if len(found) > 1:
            common = {each: self._rate(each, parsed.folders) for each in found}
            best = max(common.values())
            return [each for each in found if common[each] == best]
        if found and not self._is_nearest(found[0], parsed, _scope(name, where), where):
            return []
        return list(found)

    def may_mean(self, name: str, recording_id: str) -> bool:
        """Tell whether a name is one of a recording's, whatever the folders."""
        return any(recording_id in self._by_spelling.get(each, ()) for each in parse_name(name).spellings)

    def _is_nearest(self, recording_id: str, name: Name, scope: tuple[str, str], where: str) -> bool:
        """Tell whether of all paths with this file name that are heard together, this one is the recording's."""
        heard = self._heard.get(scope, set())
        others = [each for each in heard if not _is_tail(each, name.folders)]
        if not others:
            return True
        mine = self._count_common(recording_id, name.folders)
        best = max(self._count_common(recording_id, each) for each in others)
        if mine == best:
            paths = sorted("/".join((*each, name.file)) for each in (*others, name.folders))
            raise InvalidInput(
                f"{where}: there is {', '.join(paths[:3])}, and the round has one recording called {name.file}; "
                "nothing tells which of them it is. Import what is about one folder only."
            )
        return mine > best

    def _rate(self, recording_id: str, folders: Folders) -> tuple[int, int]:
        """Say how much a path has in common with a recording's: at its end, and anywhere."""
        anywhere = max(len(set(place.folders) & set(folders)) for place in self._places[recording_id])
        return self._count_common(recording_id, folders), anywhere

    def _count_common(self, recording_id: str, folders: Folders) -> int:
        """Count the folders at the end that a name has in common with a recording; its site is one."""
        common = max(_count_tail(place.folders, folders) for place in self._places[recording_id])
        site = self._recordings[recording_id].site.casefold()
        return max(common, int(bool(site) and site in folders))


def _scope(name: str, where: str) -> tuple[str, str]:
    """Say which names are heard together: those within a file; of files named after their recordings, all of them."""
    file = file_of(where)
    is_own = SLASHES.search(name) is not None and file.startswith(name)
    return "" if is_own else file, parse_name(name).file


def _list_places(recording: Recording) -> list[Name]:
    """List the names of a recording; keys in the file store have folders that mean nothing."""
    paths = [recording.file_name, recording.original_name]
    return [parse_name(path) for path in paths if path] + (
        [] if recording.uri.startswith(STORED) else [_move(recording.file_name, parse_name(recording.uri).folders)]
    )


def _move(file_name: str, folders: Folders) -> Name:
    name = parse_name(file_name)
    return Name(folders, name.file, name.stem)


@lru_cache(maxsize=4096)
def _spell(file: str, stem: str) -> tuple[tuple[int, str], ...]:
    exact = (file, stem)
    folded = tuple(each.casefold() for each in exact)
    signless = tuple(FORBIDDEN.sub("_", each) for each in folded)
    return tuple((level, each) for level, names in enumerate((exact, folded, signless)) for each in names)


def _count_tail(one: Folders, other: Folders) -> int:
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _is_tail(one: Folders, other: Folders) -> bool:
    """Tell whether one path may be the other, of which it has only the end."""
    return _count_tail(one, other) == min(len(one), len(other))
