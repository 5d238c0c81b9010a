"""Praat's TextGrid: one file per recording and channel, intervals in tiers.

A tier's intervals cannot overlap, so each label has a tier of its own, and further ones (``call 2``) for boxes that
overlap others of their label. The label is the interval's text; of other programs' files every interval with a text
is a box, whatever its tier, unless somebody says which tiers hold labels. Frequencies have no place, and points in time
(``TextTier``) are left out and counted.

Long and short text files are read by Praat's own rule: only free-standing numbers, texts in double quotes and flags in
angle brackets count, all else is decoration, and ``!`` begins a comment. So every fault has a line and a column. The
library for this format (praatio, which the tests use as the second opinion) leaves out what comes after a fault in a
short file without a word, and knows no number with an exponent.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Any

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.box import Stretch
from podcast_core.errors import InvalidInput
from podcast_core.formats import session_tables
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileBox,
    Guess,
    LeftOut,
    Why,
    collect,
    group_tracks,
    join,
    parse_track_name,
)
from podcast_core.formats.encodings import decode
from podcast_core.formats.format import Format
from podcast_core.formats.numbers import is_number, parse_number
from podcast_core.formats.tables import one_line

SUFFIX = ".TextGrid"
TYPE = "ooTextFile"
TOKEN = re.compile(
    r'"(?P<text>(?:[^"]|"")*)"|<(?P<flag>[^>\s]*)>|(?P<comment>![^\n]*)|(?P<open>")'
    r"|(?P<word>[^\s\"<!]+)",
)
OWN_TIER = re.compile(r" \d+$")  # `_sort_tiers` names tiers after their label and a number
Piece = tuple[float, float, str]


def write(batch: Batch) -> dict[str, bytes]:
    """Write a TextGrid in the long form per channel of each recording, and the session tables."""
    files = {
        name: _spell(_sort_tiers(batch, entries), entries[0].recording.duration_s).encode()
        for name, entries in group_tracks(batch, SUFFIX).items()
    }
    return {**files, **session_tables.write(batch)}


def read(name: str, data: bytes, wanted: Sequence[str] = ()) -> Contents:
    """Read the long or the short form.

    Parameters
    ----------
    wanted
        Names of the tiers that hold labels; none: all of them.

    Raises
    ------
    InvalidInput
        When it is no such file, or has none of the tiers.
    """
    if data.startswith(b"ooBinaryFile"):
        raise InvalidInput(f"{name}: expected a text file, found a binary one. Save it in Praat as a text file.")
    scanner = _Scanner(name, decode(name, data))
    if scanner.text("the file's type") not in ("ooTextFile", "ooTextFile short"):
        raise scanner.refuse('expected a TextGrid (File type = "ooTextFile")')
    if not scanner.text("the object's class").startswith("TextGrid"):
        raise scanner.refuse('expected Object class = "TextGrid"')
    scanner.number("xmin")
    scanner.number("xmax")
    size = scanner.count("the number of tiers") if scanner.flag() == "exists" else 0
    tiers = [_read_tier(scanner) for _ in range(size)]
    names = [tier.name for tier in tiers]
    if wanted and not set(wanted) & set(names):
        raise InvalidInput(f"{name}: expected a tier {' or '.join(wanted)}, found {', '.join(names) or 'none'}")
    stem, recording_id, channel = parse_track_name(name, SUFFIX)
    place = {"name": stem, "recording_id": recording_id, "channel": channel}
    used = [tier for tier in tiers if tier.name in wanted or not wanted]
    found = join([_read_marks(tier, place) for tier in used])
    return replace(found, notes=_describe_unused(name, tiers, used), guesses=_guess_tiers(name, tiers, wanted))


def fits(_name: str, data: bytes) -> bool:
    """Tell such a file by its first line."""
    return any(TYPE.encode(encoding) in data[:400] for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class _Mark(Stretch):
    """An interval or a point with a text; ``where`` is its place in the file."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class _Tier:
    """A tier with those of its intervals that have a text, or with its points."""

    name: str
    has_points: bool
    marks: tuple[_Mark, ...]


def _read_tier(scanner: "_Scanner") -> _Tier:
    has_points, name = scanner.text("a tier's class") == "TextTier", scanner.text("a tier's name").strip()
    scanner.number("the tier's xmin")
    scanner.number("the tier's xmax")
    marks = []
    for _ in range(scanner.count("the number of intervals")):
        if has_points:
            start_s = end_s = scanner.number("a point's time")
            where, text = scanner.where, scanner.text("a point's mark")
        else:
            start_s, where = scanner.number("an interval's xmin"), scanner.where
            end_s, text = scanner.number("an interval's xmax"), scanner.text("an interval's text")
        if has_points or text.strip():
            marks.append(_Mark(start_s, end_s, where, text.strip()))
    return _Tier(name, has_points, tuple(marks))


def _read_marks(tier: _Tier, place: Mapping[str, Any]) -> Contents:
    points = (
        LeftOut(each.where, Why.POINT, **place, start_s=each.start_s, end_s=each.end_s, detail=each.text[:80])
        for each in tier.marks
        if each.start_s == each.end_s
    )
    intervals = [each for each in tier.marks if each.start_s != each.end_s]
    boxes = collect(intervals, lambda mark: _read_interval(mark, place))
    return Contents(annotations=tuple(boxes), left_out=tuple(points))


def _read_interval(mark: _Mark, place: Mapping[str, Any]) -> FileBox:
    try:
        return FileBox(**place, start_s=mark.start_s, end_s=mark.end_s, label=mark.text, where=mark.where)
    except InvalidInput as error:
        raise InvalidInput(f"{mark.where}: {error}") from None


def _describe_unused(name: str, tiers: Sequence[_Tier], used: Sequence[_Tier]) -> tuple[str, ...]:
    return tuple(
        f"{name}: tier {tier.name!r} was not asked for; its {len(tier.marks)} marks were left out."
        for tier in tiers
        if tier not in used and tier.marks
    )


def _guess_tiers(name: str, tiers: Sequence[_Tier], wanted: Sequence[str]) -> tuple[Guess, ...]:
    """Say that all tiers were taken for labels, where others than our own have several."""
    filled = [tier for tier in tiers if tier.marks and not tier.has_points]
    is_own = all(mark.text in (tier.name, OWN_TIER.sub("", tier.name)) for tier in filled for mark in tier.marks)
    if wanted or len(filled) < 2 or is_own:
        return ()
    return (
        Guess(name, "tiers", ", ".join(tier.name for tier in filled), "all tiers with texts; say which hold labels"),
    )


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Scanner:
    """What counts in a text file of Praat, one after the other."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text, self._at = name, text, 0
        self._tokens = self._scan()

    @property
    def where(self) -> str:
        """The place of the last token."""
        line = self._text.count("\n", 0, self._at) + 1
        return f"{self._name}, line {line}, column {self._at - self._text.rfind(chr(10), 0, self._at)}"

    def refuse(self, reason: str) -> InvalidInput:
        return InvalidInput(f"{self.where}: {reason}")

    def number(self, what: str) -> float:
        token = self._next("number", f"a number ({what})")
        return parse_number(token.text)

    def count(self, what: str) -> int:
        number = self.number(what)
        if number < 0 or number != int(number):
            raise self.refuse(f"expected a whole number ({what}), found {number:g}")
        return int(number)

    def text(self, what: str) -> str:
        return self._next("text", f"a text in double quotes ({what})").text.replace('""', '"')

    def flag(self) -> str:
        return self._next("flag", "<exists> or <absent>").text

    def _next(self, kind: str, wanted: str) -> _Token:
        token = next(self._tokens, None)
        if token is None:
            self._at = len(self._text)
            raise self.refuse(f"expected {wanted}, found the end of the file")
        self._at = token.at
        if token.kind != kind:
            raise self.refuse(f"expected {wanted}, found {token.text[:40]!r}")
        return token

    def _scan(self) -> Iterator[_Token]:
        for found in TOKEN.finditer(self._text):
            kind = found.lastgroup or ""
            if kind == "open":
                self._at = found.start()
                raise self.refuse("expected a text in double quotes, found no second quote")
            if kind == "word":
                if is_number(found[0]):
                    yield _Token("number", found[0], found.start())
                elif self._is_value(found.start()):  # where the long form has a number
                    yield _Token("word", found[0], found.start())
            elif kind != "comment":
                yield _Token(kind, found[kind], found.start())

    def _is_value(self, at: int) -> bool:
        return self._text[:at].rstrip(" \t").endswith("=") if at else False


def _sort_tiers(batch: Batch, entries: Sequence[Entry]) -> dict[str, list[Piece]]:
    """Give each label as many tiers as it takes for no two boxes of one to overlap."""
    boxes = [box for entry in entries for box in entry.annotations]
    labels = dict.fromkeys(name for name in batch.round_.label_names if any(box.label == name for box in boxes))
    labels.update(dict.fromkeys(sorted({box.label for box in boxes} - labels.keys())))
    tiers: dict[str, list[Piece]] = {}
    for label in labels:
        rows = _stack([box for box in boxes if box.label == label])
        names = (f"{label} {number}" for number in count(2))
        free = (name for name in names if name not in labels)
        for number, row in enumerate(rows):
            tiers[label if number == 0 else next(free)] = row
    return tiers or {batch.round_.label_names[0]: []}


def _stack(boxes: Sequence[Annotation]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    for box in sorted(boxes, key=lambda each: (each.start_s, each.end_s)):
        row = next((row for row in rows if row[-1][1] <= box.start_s), None)
        if row is None:
            rows.append(row := [])
        row.append((box.start_s, box.end_s, box.label))
    return rows


def _spell(tiers: dict[str, list[Piece]], duration_s: float) -> str:
    end_s = max([duration_s, *(row[-1][1] for row in tiers.values() if row)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_plain(end_s)}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for number, (name, row) in enumerate(tiers.items(), start=1):
        pieces = _fill(row, end_s)
        lines += [f"    item [{number}]:", '        class = "IntervalTier"', f"        name = {_quote(name)}"]
        lines += ["        xmin = 0", f"        xmax = {_plain(end_s)}", f"        intervals: size = {len(pieces)}"]
        for index, (first_s, last_s, label) in enumerate(pieces, start=1):
            lines += [f"        intervals [{index}]:", f"            xmin = {_plain(first_s)}"]
            lines += [f"            xmax = {_plain(last_s)}", f"            text = {_quote(label)}"]
    return "\n".join(lines) + "\n"


def _fill(row: Sequence[Piece], end_s: float) -> list[Piece]:
    """Put intervals without a text between the others: a tier has no gaps."""
    pieces: list[Piece] = []
    reached_s = 0.0
    for piece in row:
        if piece[0] > reached_s:
            pieces.append((reached_s, piece[0], ""))
        pieces.append(piece)
        reached_s = piece[1]
    return pieces if reached_s >= end_s and pieces else [*pieces, (reached_s, end_s, "")]


def _plain(number: float) -> str:
    """Spell a number so that it reads back exactly, without an exponent."""
    return f"{Decimal(repr(number)):f}"


def _quote(text: str) -> str:
    return '"' + str(one_line(text)).replace('"', '""') + '"'


FORMATS = {
    "textgrid": Format(
        "Praat TextGrid",
        "One TextGrid per recording and channel with a tier per label, and further ones where boxes overlap.",
        (".textgrid",),
        read=read,
        fits=fits,
        write=write,
        has_bands=False,
        options={"tiers": "wanted"},
    ),
}
