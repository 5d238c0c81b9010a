"""Tables of predictions, as the prediction explorer of the original read them, from any program.

Columns: ``wav_filename``, ``start_time_s``, ``duration_s`` and, if there, ``confidence``, ``label``, ``low_hz``,
``high_hz``, ``channel`` (from 0) and ``model``; our own words (``file_name``, ``start_s``, ``end_s``, ``score``) do
as well. A row without a score stays without one: no score is not the same as certainty.
"""

from podcast_core.formats.contents import FileBox, collect
from podcast_core.formats.tables import Row, read_rows

NAME = ("wav_filename", "file_name")
START = ("start_time_s", "start_s")
LENGTH = ("duration_s", "end_s")
REQUIRED = (NAME, START, LENGTH)


def read(name: str, data: bytes) -> list[FileBox]:
    """Read a table with tabs, commas or semicolons.

    Raises
    ------
    InvalidInput
        With the line and the reason of every row that cannot be read.
    """
    return collect(read_rows(name, data, required=REQUIRED), read_box)


def read_box(row: Row) -> FileBox:
    """Read one row's box."""
    wav = row.text(*NAME).strip()
    if not wav:
        raise row.refuse("expected a name in wav_filename, found nothing")
    start_s = row.number(*START)
    duration_s = row.find_number("duration_s")
    return row.make(
        FileBox,
        name=wav,
        start_s=start_s,
        end_s=row.number("duration_s", "end_s") if duration_s is None else start_s + duration_s,
        label=row.text("label").strip(),
        low_hz=row.find_number("low_hz"),
        high_hz=row.find_number("high_hz"),
        score=row.find_number("confidence", "score"),
        model=row.text("model").strip(),
        session_id=row.text("session_id"),
        recording_id=row.text("recording_id"),
        channel=row.find_channel("channel", first=0),
    )
