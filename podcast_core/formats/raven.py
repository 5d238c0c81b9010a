"""Raven selection tables: one per recording, tab-separated, channels counted from 1.

Each file is a table of one recording, so that ``Begin Time (s)`` and ``File Offset (s)`` are the same and it
does not matter how Raven opens it. A box without a frequency band is drawn over the whole band and marked
in ``Time Only``; it comes back without a band unless somebody changed its frequencies in Raven. Raven's tables have
one line per selection: line breaks in a comment become spaces.
"""

import re
from collections import defaultdict

from podcast_core.domain import Annotation
from podcast_core.formats import session_tables
from podcast_core.formats.contents import Batch, Contents, Entry, FileAnswer, FileBox, collect, name_tables
from podcast_core.formats.tables import Cell, Row, read_header, read_rows, write_plain

COLUMNS = (
    *("Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)"),
    *("Begin File", "File Offset (s)", "Annotation", "Time Only", "Sample Rate (Hz)", "Origin", "Score", "Model"),
    *("Prediction ID", "Session ID", "Outcome", "Annotator"),
    *("Comment", "Unsure", "Individual", "Call Type"),
)
LABEL_COLUMNS = ("Annotation", "Label", "Species", "Common Name", "Call Type", "Tags")
TABLE_SUFFIX = re.compile(r"(\.Table\.\d+)?(\.BirdNET)?(\.selections?)?(\.table)?\.(txt|tsv|csv)$", re.IGNORECASE)


def write(batch: Batch) -> dict[str, bytes]:
    """Write one table per recording that has sessions in the batch, and the session tables."""
    names = name_tables(batch)
    by_recording: dict[str, list[tuple[Entry, Annotation]]] = defaultdict(list)
    for entry in batch.entries:
        by_recording[entry.recording.id] += [(entry, box) for box in entry.annotations]
    files = {
        f"{names[recording_id]}.Table.1.selections.txt": write_plain(COLUMNS, _list_rows(boxes))
        for recording_id, boxes in by_recording.items()
    }
    return {**files, **session_tables.write(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read a table of ours or of Raven itself.

    Of a selection that is listed for several views only the spectrogram's row counts. Without ``Begin File`` the
    table's own name says which recording it belongs to.
    """
    required = [("Begin Time (s)", "File Offset (s)"), ("End Time (s)", "Delta Time (s)")]
    rows = read_rows(name, data, required=required, plain=True)
    in_spectrogram = {row.text("Selection") for row in rows if not _is_waveform(row)}
    wanted = [row for row in rows if not (_is_waveform(row) and row.text("Selection") in in_spectrogram)]
    recording = TABLE_SUFFIX.sub("", name)
    parsed = collect(wanted, lambda row: _read_row(row, recording))
    return Contents(
        annotations=tuple(box for box, _ in parsed),
        answers=tuple(answer for _, answer in parsed if answer is not None),
    )


def fits(name: str, data: bytes) -> bool:
    """Tell such a table by its columns."""
    header = set(read_header(name, data))
    return "Selection" in header and bool({"Begin Time (s)", "File Offset (s)"} & header)


def _list_rows(boxes: list[tuple[Entry, Annotation]]) -> list[dict[str, Cell]]:
    in_order = sorted(boxes, key=lambda each: (each[1].start_s, each[1].end_s, each[0].session.channel))
    return [_describe(number, entry, box) for number, (entry, box) in enumerate(in_order, start=1)]


def _describe(number: int, entry: Entry, box: Annotation) -> dict[str, Cell]:
    nyquist_hz = entry.recording.sample_rate_hz / 2
    return {
        "Selection": number,
        "View": "Spectrogram 1",
        "Channel": entry.session.channel + 1,
        "Begin Time (s)": box.start_s,
        "End Time (s)": box.end_s,
        "Low Freq (Hz)": 0.0 if box.low_hz is None else box.low_hz,
        "High Freq (Hz)": nyquist_hz if box.high_hz is None else box.high_hz,
        "Begin File": entry.recording.file_name,
        "File Offset (s)": box.start_s,
        "Annotation": box.label,
        "Time Only": "yes" if box.high_hz is None else "no",
        "Sample Rate (Hz)": entry.recording.sample_rate_hz,
        "Origin": box.origin.value,
        "Score": box.score,
        "Model": box.model,
        "Prediction ID": box.prediction_id,
        "Session ID": entry.session.id,
        "Outcome": entry.outcome,
        "Annotator": entry.submission.annotator if entry.submission else None,
        "Comment": box.comment,
        "Unsure": "yes" if box.unsure else "",
        "Individual": box.individual,
        "Call Type": box.call_type,
    }


def _is_waveform(row: Row) -> bool:
    return row.text("View").startswith("Waveform")


def _read_row(row: Row, recording: str) -> tuple[FileBox, FileAnswer | None]:
    name = row.text("Begin File") or recording
    session_id = row.text("Session ID")
    start_s, end_s = _read_times(row)
    low_hz, high_hz = _read_band(row)
    box = row.make(
        FileBox,
        name=name,
        start_s=start_s,
        end_s=end_s,
        label=row.text(*LABEL_COLUMNS),
        low_hz=low_hz,
        high_hz=high_hz,
        score=row.find_number("Score"),
        model=row.text("Model"),
        origin=row.text("Origin"),
        prediction_id=row.text("Prediction ID"),
        session_id=session_id,
        channel=row.find_channel("Channel", first=1),
        comment=row.text("Comment"),
        unsure=row.flag("Unsure"),
        individual=row.text("Individual"),
        call_type=row.text("Call Type") if row.text("Annotation") else "",  # it may be the label, see LABEL_COLUMNS
    )
    outcome = row.text("Outcome")
    if not (session_id and outcome):
        return box, None
    annotator = row.text("Annotator")
    return box, row.make(FileAnswer, name=name, outcome=outcome, session_id=session_id, annotator=annotator)


def _read_times(row: Row) -> tuple[float, float]:
    """Read start and end in the recording, also where ``Begin Time`` runs on over a sequence of files."""
    offset_s = row.find_number("File Offset (s)")
    begin_s = row.find_number("Begin Time (s)")
    end_s = row.find_number("End Time (s)")
    start_s = begin_s if offset_s is None else offset_s
    if start_s is None:
        raise row.refuse("expected a number in Begin Time (s), found nothing")
    if end_s is None or begin_s is None:
        return start_s, start_s + row.number("Delta Time (s)")
    return start_s, end_s if start_s == begin_s else start_s + (end_s - begin_s)


def _read_band(row: Row) -> tuple[float | None, float | None]:
    low_hz, high_hz = row.find_number("Low Freq (Hz)"), row.find_number("High Freq (Hz)")
    rate_hz = row.find_number("Sample Rate (Hz)")
    is_untouched = rate_hz is not None and low_hz == 0 and high_hz == rate_hz / 2
    return (None, None) if row.text("Time Only") == "yes" and is_untouched else (low_hz, high_hz)
