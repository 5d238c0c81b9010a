"""crowsetta's ``generic-seq`` tables (CSV), from vak, TweetyNet and other programs for song.

Columns ``label, onset_s, offset_s, onset_sample, offset_sample, notated_path, annot_path, sequence, annotation``: times
in seconds, in samples or both, the recording in ``notated_path``. No frequencies, no channel.
"""

from podcast_core.formats.contents import Contents, FileBox, LeftOut, collect
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks
from podcast_core.formats.tables import Row, read_header, read_rows

MARKS = {"label", "notated_path"}
SECONDS = ("onset_s", "offset_s")
SAMPLES = ("onset_sample", "offset_sample")


def read(name: str, data: bytes) -> Contents:
    """Read such a table; segments without a length are left out."""
    rows = read_rows(name, data, required=[("label",), ("notated_path",)])
    return sort_marks(collect(rows, _read_row))


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    header = set(read_header(name, data))
    return header >= MARKS and (header.issuperset(SECONDS) or header.issuperset(SAMPLES))


def _read_row(row: Row) -> FileBox | LeftOut:
    audio = row.text("notated_path").strip()
    if not audio:
        raise row.refuse("expected a path in notated_path, found nothing")
    in_samples = row.find_number(SECONDS[0]) is None and row.find_number(SAMPLES[0]) is not None
    start, end = (row.number(column) for column in (SAMPLES if in_samples else SECONDS))
    return make_mark(row, name=audio, start_s=start, end_s=end, label=row.text("label").strip(), in_samples=in_samples)


FORMATS = {
    "crowsetta": Format(
        "crowsetta generic-seq",
        "The table that crowsetta makes of the formats it knows, used by vak and TweetyNet.",
        (".csv",),
        read=read,
        fits=fits,
        has_bands=False,
    ),
}
