"""How the files of an import are read: format, columns, units, encoding. What nobody says is guessed, and shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from podcast_core.errors import InvalidInput
from podcast_core.services.exchange import import_files
from podcast_core.services.exchange.import_files import Files, Reading, TablePreview

TITLES = import_files.list_formats()
NONE = "—"
TABLE = "table"
TEXTGRID = "textgrid"
SCORES = "scores"
COLUMNS = {  # what a table's columns can be, as a person says it
    "file": "Recording file",
    "start": "Start",
    "end": "End",
    "duration": "or duration",
    "low": "Lowest frequency",
    "high": "Highest frequency",
    "label": "Label",
    "score": "Score",
    "channel": "Channel",
}
UNITS = {  # of what, with the words for it
    "unit": (
        "Times in",
        {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "min": "minutes", "samples": "samples"},
    ),
    "frequency_unit": ("Frequencies in", {"Hz": "Hz", "kHz": "kHz"}),
    "first_channel": ("First channel is", {"0": "0", "1": "1"}),
}
ENCODINGS = {
    "": "UTF-8",
    "windows-1252": "Windows-1252 (Western Europe)",
    "windows-1250": "Windows-1250 (Central Europe)",
    "windows-1251": "Windows-1251 (Cyrillic)",
    "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "utf-16": "UTF-16",
}


@dataclass(frozen=True)
class Asked:
    """Files; ``ids`` tell them from others. ``make_reading`` refuses with InvalidInput what does not fit together."""

    files: Files
    ids: str
    make_reading: Callable[[], Reading]


def ask_files(key: str, title: str = "Files", *, is_open: bool = True) -> Asked:
    """Ask for files and how they are to be read; ``is_open``: at once, of a table that no program is known to write."""
    uploads = st.file_uploader(title, import_files.SUFFIXES, accept_multiple_files=True, key=f"{key}_files")
    files = [(upload.name, upload.getvalue()) for upload in uploads]
    format_name = st.selectbox("Format", list(TITLES), format_func=TITLES.__getitem__, key=f"{key}_format")
    table = find_table(files, format_name) if format_name in (import_files.AUTO, TABLE) else None
    has_windows = import_files.has_option(format_name, "window_s")
    with st.expander("Reading options", expanded=(is_open and table is not None) or has_windows):
        said = ask_columns(key, table) if table is not None else {}
        left, right = st.columns(2, vertical_alignment="bottom")
        encoding = left.selectbox(
            "Encoding of text that is not UTF-8",
            list(ENCODINGS),
            format_func=lambda each: ENCODINGS.get(each, each) if each else "Reject the file",
            accept_new_options=True,
            key=f"{key}_encoding",
        )
        skip = right.checkbox("Skip rows that cannot be read", key=f"{key}_skip")
        tiers, least_score = "", None
        if has_tiers(files, format_name):
            tiers = left.text_input("Tiers with labels, separated by commas", placeholder="all", key=f"{key}_tiers")
        if format_name in (import_files.AUTO, SCORES):
            least_score = right.number_input(
                "Lowest score to keep, for tables with a score per class",
                0.0,
                1.0,
                None,
                placeholder="all above 0",
                key=f"{key}_least",
            )
        window_s = ask_window(key) if has_windows else None
    return Asked(
        files,
        ",".join(upload.file_id for upload in uploads),
        lambda: import_files.make_reading(
            format_name,
            said or None,
            window_s,
            encoding=encoding or "",
            leave_out_unreadable=skip,
            tiers=tiers.split(","),
            least_score=least_score,
        ),
    )


def has_tiers(files: Files, format_name: str) -> bool:
    """Tell whether there are files with tiers to choose from."""
    return format_name == TEXTGRID or any(name.lower().endswith((".textgrid", ".zip")) for name, _ in files)


def find_table(files: Files, format_name: str) -> TablePreview | None:
    """Find the first table among files that is in no known format."""
    try:
        return import_files.preview_table(files, only_unknown=format_name == import_files.AUTO)
    except InvalidInput:  # the plan says what is wrong
        return None


def ask_window(key: str) -> float | None:
    """Ask for the length of OrcaHello's windows."""
    return st.number_input(
        "Length of the model's windows (s)",
        0.0,
        60.0,
        None,
        placeholder="keep times unchanged",
        help="OrcaHello writes start times that are too late when windows are shorter than 60 s divided by their "
        "number, e.g. 2.45 s. Given the length, they are recomputed.",
        key=f"{key}_window",
    )


def ask_columns(key: str, table: TablePreview) -> dict[str, str]:
    """Show the beginning of a table, and ask which column is what; what stays as it was guessed is not said."""
    st.markdown("**Which column holds what?**")
    st.caption(f"First lines of {table.file_name}, as in the file")
    st.dataframe([dict(row) for row in table.rows], hide_index=True, height="content")
    guesses = {name: str(getattr(table.guess, name)) for name in (*COLUMNS, *UNITS)}
    choices: Mapping[str, tuple[str, Mapping[str, str]]] = {
        **{name: (title, {"": NONE, **{each: each for each in table.header}}) for name, title in COLUMNS.items()},
        **UNITS,
    }
    said, names = {}, list(choices)
    for first in range(0, len(names), 3):  # row by row, which is also the order on a telephone
        for cell, name in zip(st.columns(3), names[first : first + 3], strict=True):
            title, words = choices[name]
            options = list(words)
            index = options.index(guesses[name]) if guesses[name] in options else 0
            chosen = cell.selectbox(
                title, options, index, format_func=words.__getitem__, key=f"{key}_{name}_{table.file_name}"
            )
            if chosen != options[index]:
                said[name] = chosen
    return said
