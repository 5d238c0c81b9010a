"""The export tab of the Data page: a round out to other programs."""

import streamlit as st

from pages.shared import state
from pages.shared.job_card import escape
from podcast_core.domain.round import Round
from podcast_core.domain.standing import KEEP, LEAVE_OUT
from podcast_core.domain.submission import UNREVIEWED
from podcast_core.errors import count_of
from podcast_core.services.exchange import datasets
from podcast_core.services.exchange.chosen_answers import ALL, COUNTING, GOLD, OF
from podcast_core.services.labels import listing, rounds

AT_ONCE = 500  # sessions of which files are made unasked
FORMATS = datasets.list_formats()
REJECTED = {LEAVE_OUT: "Leave out", KEEP: "Keep as they are"}
ANSWERS = {COUNTING: "Those that count, gold first", GOLD: "Gold only", ALL: "All, with whose each is"}
TITLES = {name: each.title for name, each in FORMATS.items()}


def ask_answers(round_: Round) -> str:
    """Ask whose answers are told, where several people have answered."""
    people = listing.list_people(state.get_workspace(), round_id=round_.id)
    if len(people) < 2:
        return COUNTING
    chosen = st.selectbox(
        "Answers",
        [*ANSWERS, *people],
        format_func=lambda name: ANSWERS.get(name, f"Those of {name}"),
        key="export_answers",
        help="Of each person the newest answer to a session. Gold is what somebody decided between several answers.",
    )
    return chosen if chosen in ANSWERS else f"{OF}{chosen}"


def show_export(round_: Round) -> None:
    """Offer the round as files, with a look at the first rows."""
    st.markdown(f"From the round **{escape(round_.name)}**")  # on a phone the sidebar that says so is closed
    format_name = st.selectbox("Format", list(FORMATS), format_func=TITLES.__getitem__, key="export_format")
    st.write(FORMATS[format_name].sentence)
    negatives = FORMATS[format_name].has_negatives and st.checkbox(
        "Write a row 0.0 0.0 for each empty session",
        help="Orcasound's training data has such rows. Some programs read them as a call in the first second.",
    )
    rejected = st.radio(
        "Answers that a review rejected",
        list(REJECTED),
        format_func=REJECTED.__getitem__,
        key="export_rejected",
        horizontal=True,
        help=f"{FORMATS[format_name].outcomes_in} has the verdict on every session either way.",
    )
    answers = ask_answers(round_)
    counts = rounds.count_standings(state.get_workspace(), round_id=round_.id)
    if not sum(count for standing, count in counts.items() if standing != UNREVIEWED):
        st.info("No session of this round has been answered yet, so there is nothing to export.")
        st.page_link("label.py", label="Start labelling", icon=":material/select_all:")
        return
    asked = (round_.id, format_name, negatives, rejected, answers)
    if sum(counts.values()) > AT_ONCE and st.session_state.get("export_asked") != asked:
        st.caption(f"The round has {count_of(sum(counts.values()), 'session')}: this takes a moment.")
        if not st.button("Make the files", type="primary", icon=":material/folder_zip:", key="export_make"):
            return
        st.session_state["export_asked"] = asked
    with st.spinner("Making the files", show_time=True):
        export = datasets.export_round(
            state.get_workspace(),
            round_id=round_.id,
            format_name=format_name,
            negatives=negatives,
            rejected=rejected,
            answers=answers,
        )
    for note in export.notes:
        st.warning(note)
    st.caption(f"Sessions: {export.summary}")
    st.download_button(
        f"Download {count_of(len(export.files), 'file')} (ZIP)",
        export.to_zip,
        file_name=f"{export.name}.zip",
        mime="application/zip",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )
    preview = export.preview()
    st.caption(f"First lines of {preview.file_name}")
    if preview.rows:
        st.dataframe(preview.rows, hide_index=True)
    else:
        st.code(preview.text, language=None)
