"""Tables of any program, text or Parquet, by a mapping from what we need to the names of its columns.

A person says which column is what; without that, the names that programs in the field write are tried (`guess`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import PurePath

from podcast_core.errors import InvalidInput
from podcast_core.formats.contents import Contents, FileBox, collect
from podcast_core.formats.tables import Row, read_header, read_rows

UNITS = {"s": 1.0, "ms": 1e-3, "samples": 1.0}
FREQUENCY_UNITS = {"Hz": 1.0, "kHz": 1000.0}
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet")

# In small letters, without what is no letter or digit; the first that a table has counts.
KNOWN = {
    "file": (
        *("filename", "wavfilename", "file", "beginfile", "infile", "filepath", "path", "beginpath", "audiofile"),
        *("audio", "wav", "wavfile", "audiopath", "recording", "recordingfile", "sourcefile", "source", "soundfile"),
    ),
    "start": (
        *("starts", "starttimes", "start", "starttime", "onset", "onsets", "begintimes", "begintime", "begin"),
        *("startms", "starttimems", "onsetms", "startsample", "startsamples", "onsetsample", "tmin", "xmin"),
        *("startsec", "startseconds", "offset", "clipstart", "startinseconds"),
    ),
    "end": (
        *("ends", "endtimes", "end", "endtime", "offset", "offsets", "stop", "stoptime", "endms", "endtimems"),
        *("offsetms", "endsample", "endsamples", "offsetsample", "tmax", "xmax", "endsec", "endseconds", "clipend"),
        "endinseconds",
    ),
    "duration": ("durations", "duration", "length", "lengths", "deltatimes", "dur", "durationms", "durationsamples"),
    "low": ("lowhz", "lowfreqhz", "lowfreq", "lowfrequency", "minfrequency", "minfreq", "freqmin", "fmin", "flow",
            "lowkhz", "minfreqkhz"),
    "high": ("highhz", "highfreqhz", "highfreq", "highfrequency", "maxfrequency", "maxfreq", "freqmax", "fmax",
             "fhigh", "highkhz", "maxfreqkhz"),
    "label": (
        *("label", "annotation", "commonname", "species", "scientificname", "class", "classname", "cluster"),
        *("clustername", "calltype", "call", "tag", "tags", "name", "type", "category", "manualid", "autoid"),
    ),
    "score": ("score", "confidence", "probability", "prob", "detprob", "classprob", "logit", "posterior"),
    "channel": ("channel", "channelindex"),
    "model": ("model", "modelname"),
    "individual": ("individual", "individualid", "animal"),
    "call_type": (),
    "comment": ("boxcomment", "comment", "comments", "note", "notes", "remarks"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a table is what; empty: none. Of ``end`` and ``duration`` one is needed.

    Without ``file`` the table's own name is the recording's. ``unit`` is that of times (s, ms or samples),
    ``frequency_unit`` Hz or kHz, and channels count from ``first_channel``.
    """

    file: str = ""
    start: str = ""
    end: str = ""
    duration: str = ""
    low: str = ""
    high: str = ""
    label: str = ""
    score: str = ""
    channel: str = ""
    model: str = ""
    individual: str = ""
    call_type: str = ""
    comment: str = ""
    unit: str = "s"
    frequency_unit: str = "Hz"
    first_channel: int = 0

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InvalidInput(f"Times are in {', '.join(UNITS)}, found {self.unit[:40]!r}.")
        if self.frequency_unit not in FREQUENCY_UNITS:
            raise InvalidInput(f"Frequencies are in {', '.join(FREQUENCY_UNITS)}, found {self.frequency_unit[:40]!r}.")

    @property
    def is_complete(self) -> bool:
        """Tell whether boxes can be made of these."""
        return bool(self.start and (self.end or self.duration))

    @property
    def named(self) -> tuple[str, ...]:
        """All columns of the table that are used."""
        return tuple(filter(None, (getattr(self, name) for name in KNOWN)))


def parse_columns(words: Sequence[str]) -> Columns:
    """Make a mapping of words like ``start=Begin Time (s)`` and ``unit=ms``; InvalidInput for others."""
    names = [each.name for each in fields(Columns)]
    values: dict[str, str | int] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign or key not in names:
            raise InvalidInput(
                f"Expected a column as NAME=COLUMN, NAME one of {', '.join(names)}; found {word[:80]!r}."
            )
        values[key] = value
    if "first_channel" in values:
        if values["first_channel"] not in ("0", "1"):
            raise InvalidInput(f"Channels count from 0 or 1, found {values['first_channel']!r}.")
        values["first_channel"] = int(values["first_channel"])
    return Columns(**values)  # type: ignore[arg-type]  # the keys are its fields


def guess(header: Sequence[str]) -> Columns:
    """Guess what columns mean from their names; what cannot be guessed stays empty."""
    simple = {_simplify(column): column for column in reversed(header)}
    found = {name: next((simple[each] for each in known if each in simple), "") for name, known in KNOWN.items()}
    if found["start"] == found["end"]:  # "offset" is an end where there is an onset, else a start
        found["end"] = ""
    start = _simplify(found["start"])
    unit = "ms" if start.endswith("ms") else "samples" if "sample" in start else "s"
    is_kilo = "khz" in _simplify(found["low"] or found["high"])
    first_channel = 1 if "Begin Time (s)" in header or "Begin File" in header else 0
    return Columns(**found, unit=unit, frequency_unit="kHz" if is_kilo else "Hz", first_channel=first_channel)


def read(name: str, data: bytes, columns: Columns | None = None) -> Contents:
    """Read a table's boxes.

    Raises
    ------
    InvalidInput
        When a column that is named is not there or none can be guessed, and with every row that cannot be read.
    """
    columns = columns or guess(read_header(name, data))
    if not columns.is_complete:
        header = ", ".join(read_header(name, data))[:200] or "an empty file"
        raise InvalidInput(
            f"{name}, line 1: expected columns of a start and of an end or a duration, found {header}. "
            "Say which column is what."
        )
    rows = read_rows(name, data, required=[(column,) for column in columns.named])
    stem = PurePath(name.replace("\\", "/")).stem
    return Contents(annotations=tuple(collect(rows, lambda row: _read_row(row, columns, stem))))


def fits(name: str, data: bytes) -> bool:
    """Tell whether a start, an end and a file can be guessed from a table's columns."""
    if not name.lower().endswith(SUFFIXES):
        return False
    guessed = guess(read_header(name, data))
    return guessed.is_complete and bool(guessed.file)


def _simplify(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", column.lower())


def _read_row(row: Row, columns: Columns, stem: str) -> FileBox:
    audio = row.text(columns.file).strip() if columns.file else stem
    if not audio:
        raise row.refuse(f"expected a name in {columns.file}, found nothing")
    second, hertz = UNITS[columns.unit], FREQUENCY_UNITS[columns.frequency_unit]
    start = row.number(columns.start) * second
    end = row.find_number(columns.end) if columns.end else None
    length = row.number(columns.duration) if end is None and columns.duration else None
    if end is None and length is None:
        raise row.refuse(f"expected a number in {columns.end}, found nothing")
    low, high = (row.find_number(column) if column else None for column in (columns.low, columns.high))
    return row.make(
        FileBox,
        name=audio,
        start_s=start,
        end_s=end * second if end is not None else start + (length or 0) * second,
        label=_text(row, columns.label),
        low_hz=None if low is None else low * hertz,
        high_hz=None if high is None else high * hertz,
        score=row.find_number(columns.score) if columns.score else None,
        model=_text(row, columns.model),
        channel=row.find_channel(columns.channel, first=columns.first_channel) if columns.channel else None,
        individual=_text(row, columns.individual),
        call_type=_text(row, columns.call_type),
        comment=_text(row, columns.comment),
        in_samples=columns.unit == "samples",
    )


def _text(row: Row, column: str) -> str:
    return row.text(column).strip() if column else ""
