"""Tables of Wildlife Acoustics' Kaleidoscope (``id.csv``, ``meta.csv``, ``cluster.csv``), and of BirdNET in their form.

A row is a detection: ``OFFSET`` and ``DURATION`` in seconds, in the recording ``INDIR/FOLDER/IN FILE``. The label is
``MANUAL ID``, where that is empty ``AUTO ID``, then ``TOP1MATCH`` or BirdNET's ``common_name``. Channels count from 0.
``Fmin`` and ``Fmax`` are kHz in tables of bats and Hz in those of clusters.
"""

from collections.abc import Sequence

from podcast_core.errors import count_of
from podcast_core.formats.contents import NOT_USED, Contents, FileBox, Guess, LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks
from podcast_core.formats.tables import Row, read_header, read_rows

MARKS = {"IN FILE", "OFFSET", "DURATION"}
MANUAL = ("MANUAL ID", "MANUAL ID*")
AUTO = ("AUTO ID*", "AUTO ID", "TOP1MATCH*", "TOP1MATCH", "common_name", "scientific_name")
CLUSTERS = {"TOP1MATCH*", "TOP1MATCH"}
SCORES = ("confidence", "Confidence", "MATCH RATIO")  # the last: which share of the pulses is of that species
NO_SCORES = ("MARGIN", "TOP1DIST")  # how far from others, not how likely
MAX_KHZ = 500.0  # no animal calls higher, and below that all is hum in Hz


def read(name: str, data: bytes) -> Contents:
    """Read such a table."""
    rows = read_rows(name, data, required=[("IN FILE",), ("OFFSET",), ("DURATION",)])
    header = read_header(name, data)
    hertz, guesses = _guess_unit(name, rows, is_cluster=bool(CLUSTERS & {*header}))
    parsed = collect(rows, lambda row: _read_row(row, hertz))
    by_machine = [row for row in rows if not row.text(*MANUAL).strip()]
    if by_machine and any(column in row.cells for row in by_machine for column in MANUAL):
        column = next((each for each in AUTO if by_machine[0].text(each)), AUTO[0])
        guesses.append(
            Guess(name, "label", column, f"MANUAL ID is empty in {len(by_machine)} of {count_of(len(rows), 'row')}")
        )
    score = next((each for each in SCORES if each in header), "")
    if score == SCORES[-1]:
        guesses.append(Guess(name, "score", score, "the share of pulses that are of that species"))
    unused = [column for column in NO_SCORES if column in header]
    guesses += [Guess(name, NOT_USED, column, "it is no score from 0 to 1") for column in unused]
    return sort_marks(parsed, guesses)


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    return set(read_header(name, data)) >= MARKS


def _guess_unit(name: str, rows: Sequence[Row], *, is_cluster: bool) -> tuple[float, list[Guess]]:
    highest = max((number for row in rows if (number := row.find_number("Fmax")) is not None), default=None)
    if highest is None:
        return 1.0, []
    unit = "kHz" if highest < MAX_KHZ and not is_cluster else "Hz"
    why = "a table of clusters" if is_cluster else f"the highest Fmax is {highest:g}"
    return 1000.0 if unit == "kHz" else 1.0, [Guess(name, "frequency_unit", unit, why)]


def _read_row(row: Row, hertz: float) -> FileBox | LeftOut:
    folders = (row.text(column).strip().replace("\\", "/").strip("/") for column in ("INDIR", "FOLDER", "IN FILE"))
    audio = "/".join(filter(None, folders))
    if not row.text("IN FILE").strip():
        raise row.refuse("expected a name in IN FILE, found nothing")
    start_s, length_s = row.number("OFFSET"), row.number("DURATION")
    label, channel = (row.text(*MANUAL).strip() or row.text(*AUTO).strip()), row.find_channel("CHANNEL", first=0)
    low, high = row.find_number("Fmin"), row.find_number("Fmax")
    return make_mark(
        row,
        name=audio,
        start_s=start_s,
        end_s=start_s + length_s,
        label=label,
        low_hz=None if low is None else low * hertz,
        high_hz=None if high is None else high * hertz,
        score=row.find_number(*SCORES),
        channel=channel,
    )


FORMATS = {
    "kaleidoscope": Format(
        "Kaleidoscope CSV",
        "Wildlife Acoustics' id.csv, meta.csv and cluster.csv, and BirdNET's tables in their form.",
        (".csv",),
        read=read,
        fits=fits,
    ),
}
