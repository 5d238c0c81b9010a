"""The import tabs of the Data page: predictions of models and annotations of people, in."""

from collections.abc import Callable

import streamlit as st

from pages.shared import state
from podcast_core.domain import Round
from podcast_core.errors import InvalidInput
from podcast_core.services.exchange import import_files, imports
from podcast_core.services.exchange.import_files import Files, Reading
from podcast_core.services.exchange.imports import ImportReport

TITLES = import_files.list_formats()
NONE = "—"
TABLE = "table"
ORCAHELLO = "orcahello"
COLUMNS = {  # what a table's columns can be, as a person says it
    "file": "Recording's file",
    "start": "Start",
    "end": "End",
    "duration": "or duration",
    "low": "Lowest frequency",
    "high": "Highest frequency",
    "label": "Label",
    "score": "Score",
    "channel": "Channel",
}
UNITS = {"s": "seconds", "ms": "milliseconds", "samples": "samples"}


def show_predictions_import(round_: Round) -> None:
    """Take a model's predictions."""
    st.write(
        "The boxes of a model, in any of these formats: its format is found out from each file. They become boxes on "
        "the Label page."
    )
    files, reading = ask_files("predictions")
    model = st.text_input("Model", placeholder="as the files say", max_chars=120).strip()
    label = choose_label(round_, "predictions")
    if st.button("Import predictions", type="primary", icon=":material/upload:"):
        show_result(
            files,
            lambda: imports.import_predictions(
                state.get_workspace(), round_id=round_.id, files=files, model=model, label=label, reading=reading()
            ),
        )


def show_annotations_import(round_: Round) -> None:
    """Take people's annotations, from other programs or another workspace."""
    st.write(
        "Each session in the files gets an answer. Exports of Pod.Cast carry the outcome, annotator and time of every "
        "session; what other programs wrote counts as labelled, in the name given here."
    )
    files, reading = ask_files("annotations")
    name = st.text_input("Annotator, where the files name nobody", state.annotator(), max_chars=80).strip()
    label = choose_label(round_, "annotations")
    if st.button("Import annotations", type="primary", icon=":material/upload:"):
        show_result(
            files,
            lambda: imports.import_annotations(
                state.get_workspace(), round_id=round_.id, files=files, annotator=name, label=label, reading=reading()
            ),
        )


def ask_files(key: str) -> tuple[Files, Callable[[], Reading]]:
    """Ask for files and how they are to be read; the second part refuses what does not fit together."""
    format_name = st.selectbox("Format", list(TITLES), format_func=TITLES.__getitem__, key=f"{key}_format")
    uploads = st.file_uploader("Files", import_files.SUFFIXES, accept_multiple_files=True, key=f"{key}_files")
    files = [(upload.name, upload.getvalue()) for upload in uploads]
    columns = ask_columns(key, files, format_name) if format_name in (import_files.AUTO, TABLE) else None
    window_s = None
    if format_name == ORCAHELLO:
        window_s = st.number_input(
            "Length of the model's windows in seconds",
            0.0,
            60.0,
            None,
            placeholder="leave times as they are",
            help="OrcaHello writes start times that are late when windows are shorter than 60 s / their number, e.g. "
            "2.45 s. With this length they are computed again.",
            key=f"{key}_window",
        )
    return files, lambda: import_files.make_reading(format_name, columns, window_s)


def ask_columns(key: str, files: Files, format_name: str) -> dict[str, str] | None:
    """Show the beginning of a table that is in no known format, and ask which column is what."""
    try:
        preview = import_files.preview_table(files, only_unknown=format_name == import_files.AUTO)
    except InvalidInput as error:
        st.error(str(error))
        return None
    if preview is None:
        return None
    st.markdown(f"**Which column is what in {preview.file_name}?**")
    st.dataframe([dict(row) for row in preview.rows], hide_index=True, height="content")
    options = [NONE, *preview.header]
    values = {}
    for first in range(0, len(COLUMNS), 3):  # row by row, which is also the order on a telephone
        for cell, name in zip(st.columns(3), list(COLUMNS)[first : first + 3], strict=True):
            guess = getattr(preview.guess, name)
            index = options.index(guess) if guess in options else 0
            chosen = cell.selectbox(COLUMNS[name], options, index, key=f"{key}_{name}_{preview.file_name}")
            values[name] = "" if chosen == NONE else chosen
    cells = st.columns(3)
    units = list(UNITS)
    values["unit"] = cells[0].selectbox(
        "Times are in", units, units.index(preview.guess.unit), format_func=UNITS.__getitem__, key=f"{key}_unit"
    )
    hertz = ["Hz", "kHz"]
    values["frequency_unit"] = cells[1].selectbox(
        "Frequencies are in", hertz, hertz.index(preview.guess.frequency_unit), key=f"{key}_hertz"
    )
    values["first_channel"] = cells[2].selectbox(
        "The first channel is", ["0", "1"], preview.guess.first_channel, key=f"{key}_first"
    )
    return values


def choose_label(round_: Round, key: str) -> str:
    """Ask which label is meant where a file has none; there is nothing to ask with just one."""
    if len(round_.labels) == 1:
        return ""
    names = round_.label_names
    chosen = st.selectbox(
        "Label of boxes that have none", names, None, placeholder="none is missing", key=f"{key}_label"
    )
    return chosen or ""


def show_result(files: Files, run: Callable[[], ImportReport]) -> None:
    """Run an import and show what it did, or every reason why it did nothing."""
    if not files:
        st.warning("Choose at least one file first.")
        return
    try:
        with st.spinner("Importing", show_time=True):
            report = run()
    except InvalidInput as error:
        st.error("Nothing was imported.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    st.success(report.summary)
    if report.read_as:
        st.caption(f"Read as: {report.read_as}.")
    for note in report.notes:
        st.warning(note)
    if report.unmatched:
        st.warning("These names are not in the round, so what belongs to them was left out.")
        st.dataframe({"name": list(report.unmatched), "rows": list(report.unmatched.values())}, hide_index=True)
