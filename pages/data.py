"""Data: a round out to other programs, and predictions and annotations of others in."""

from collections.abc import Callable

import streamlit as st

from pages.shared.state import annotator, current_round, get_workspace
from podcast_core.domain import UNREVIEWED, Round
from podcast_core.errors import InvalidInput
from podcast_core.services import datasets, imports
from podcast_core.services.imports import Files, ImportReport

FORMATS = datasets.list_formats()


def title_of(format_name: str) -> str:
    """Give a format's name as people read it."""
    return FORMATS[format_name].title


def show_export(round_: Round) -> None:
    """Offer the round as files, with a look at the first rows."""
    format_name = st.selectbox("Format", list(FORMATS), format_func=title_of, key="export_format")
    st.write(FORMATS[format_name].sentence)
    negatives = FORMATS[format_name].has_negatives and st.checkbox(
        "Write a row 0.0 0.0 for each session that was verified to be empty",
        help="Orcasound's training data has such rows. Some readers take them for a call in the first second.",
    )
    export = datasets.export_round(get_workspace(), round_id=round_.id, format_name=format_name, negatives=negatives)
    if not set(export.counts) - {UNREVIEWED}:
        st.info("Nobody has answered a session of this round yet, so there is nothing to export.")
        st.page_link("label.py", label="Start labelling", icon=":material/select_all:")
        return
    for note in export.notes:
        st.warning(note)
    st.caption("Sessions: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(export.counts.items())))
    st.download_button(
        f"Download {len(export.files)} files (ZIP)",
        export.to_zip,
        file_name=f"{export.name}.zip",
        mime="application/zip",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
    preview = export.preview()
    st.caption(f"The beginning of {preview.file_name}")
    if preview.rows:
        st.dataframe(preview.rows, hide_index=True)
    else:
        st.code(preview.text, language=None)


def show_predictions_import(round_: Round) -> None:
    """Take a model's predictions."""
    st.write(
        "Pod.Cast load documents (JSON), or tables (TSV, CSV) with the columns `wav_filename`, `start_time_s`, "
        "`duration_s` and, if there, `confidence`, `label`, `low_hz`, `high_hz`. They become boxes on the Label page."
    )
    with st.form("predictions", border=False):
        uploads = st.file_uploader("Files", imports.PREDICTION_SUFFIXES, accept_multiple_files=True)
        model = st.text_input("Model", placeholder="as the files say", max_chars=120).strip()
        label = choose_label(round_)
        sent = st.form_submit_button("Import predictions", type="primary", icon=":material/upload:")
    if sent:
        files = [(upload.name, upload.getvalue()) for upload in uploads]
        show_result(
            files,
            lambda: imports.import_predictions(
                get_workspace(), round_id=round_.id, files=files, model=model, label=label
            ),
        )


def show_annotations_import(round_: Round) -> None:
    """Take people's annotations, from other programs or another workspace."""
    st.write(
        "Each session in the files gets an answer. Exports of Pod.Cast carry the outcome, annotator and time of every "
        "session; what other programs wrote counts as labelled, in the name given here."
    )
    with st.form("annotations", border=False):
        format_name = st.selectbox("Format", list(FORMATS), format_func=title_of, key="import_format")
        uploads = st.file_uploader("Files", imports.ANNOTATION_SUFFIXES, accept_multiple_files=True)
        name = st.text_input("Annotator, where the files name nobody", annotator(), max_chars=80).strip()
        label = choose_label(round_)
        sent = st.form_submit_button("Import annotations", type="primary", icon=":material/upload:")
    if sent:
        files = [(upload.name, upload.getvalue()) for upload in uploads]
        show_result(
            files,
            lambda: imports.import_annotations(
                get_workspace(), round_id=round_.id, format_name=format_name, files=files, annotator=name, label=label
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


st.title("Data", anchor=False)
chosen = current_round()
if chosen is None:
    st.info("There is no round yet. Add one on the Rounds page first.")
    st.page_link("rounds.py", label="Rounds", icon=":material/home:")
else:
    for tab, show in zip(
        st.tabs(["Export", "Import predictions", "Import annotations"]),
        (show_export, show_predictions_import, show_annotations_import),
        strict=True,
    ):
        with tab:
            show(chosen)
