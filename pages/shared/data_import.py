"""The import tabs of the Data page: predictions of models and annotations of people, in."""

from collections.abc import Callable

import streamlit as st

from pages.shared import state
from podcast_core.domain import Round
from podcast_core.errors import InvalidInput
from podcast_core.services import datasets, import_files, imports
from podcast_core.services.import_files import Files
from podcast_core.services.imports import ImportReport

FORMATS = datasets.list_formats()
TITLES = {name: each.title for name, each in FORMATS.items()}


def show_predictions_import(round_: Round) -> None:
    """Take a model's predictions."""
    st.write(
        "Pod.Cast load documents (JSON), or tables (TSV, CSV) with the columns `wav_filename`, `start_time_s`, "
        "`duration_s` and, if there, `confidence`, `label`, `low_hz`, `high_hz`. They become boxes on the Label page."
    )
    with st.form("predictions", border=False):
        uploads = st.file_uploader("Files", import_files.SUFFIXES, accept_multiple_files=True)
        model = st.text_input("Model", placeholder="as the files say", max_chars=120).strip()
        label = choose_label(round_)
        sent = st.form_submit_button("Import predictions", type="primary", icon=":material/upload:")
    if sent:
        files = [(upload.name, upload.getvalue()) for upload in uploads]
        show_result(
            files,
            lambda: imports.import_predictions(
                state.get_workspace(), round_id=round_.id, files=files, model=model, label=label
            ),
        )


def show_annotations_import(round_: Round) -> None:
    """Take people's annotations, from other programs or another workspace."""
    st.write(
        "Each session in the files gets an answer. Exports of Pod.Cast carry the outcome, annotator and time of every "
        "session; what other programs wrote counts as labelled, in the name given here."
    )
    with st.form("annotations", border=False):
        format_name = st.selectbox("Format", list(FORMATS), format_func=TITLES.__getitem__, key="import_format")
        uploads = st.file_uploader("Files", import_files.SUFFIXES, accept_multiple_files=True)
        name = st.text_input("Annotator, where the files name nobody", state.annotator(), max_chars=80).strip()
        label = choose_label(round_)
        sent = st.form_submit_button("Import annotations", type="primary", icon=":material/upload:")
    if sent:
        files = [(upload.name, upload.getvalue()) for upload in uploads]
        show_result(
            files,
            lambda: imports.import_annotations(
                state.get_workspace(),
                round_id=round_.id,
                format_name=format_name,
                files=files,
                annotator=name,
                label=label,
            ),
        )


def choose_label(round_: Round) -> str:
    """Ask which label is meant where a file has none; there is nothing to ask with just one."""
    if len(round_.labels) == 1:
        return ""
    return st.selectbox("Label of boxes that have none", round_.label_names, None, placeholder="none is missing") or ""


def show_result(files: Files, run: Callable[[], ImportReport]) -> None:
    """Run an import and show what it did, or every reason why it did nothing."""
    if not files:
        st.warning("Choose at least one file first.")
        return
    try:
        report = run()
    except InvalidInput as error:
        st.error("Nothing was imported.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    st.success(report.summary)
    for note in report.notes:
        st.warning(note)
    if report.unmatched:
        st.warning("These names are not in the round, so what belongs to them was left out.")
        st.dataframe({"name": list(report.unmatched), "rows": list(report.unmatched.values())}, hide_index=True)
