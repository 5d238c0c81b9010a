"""Quick open: files that are looked at without a round, and a round made of them by one click."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import state
from pages.shared.job_card import WATCHED
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.intake import opening, uploads
from podcast_core.services.intake.folders import check_paths

TOLD = "told_of_opened"  # what could not be opened, until the page has said so
MAX_TOLD = 5
KEEPS = "These files are only opened. Keep them as a round, with your answers."


@st.dialog("Open files", width="large")
def ask_files() -> None:
    """Ask what is to be opened, and go there."""
    st.caption("Look, listen, draw and measure at once. Nothing is added to a round until you keep it as one.")
    files = st.file_uploader(
        "Drop audio files here",
        [suffix.removeprefix(".") for suffix in sorted(uploads.SUFFIXES)],
        accept_multiple_files=True,
        key="open_uploads",
    )
    text = st.text_area(
        "or files, folders and web addresses that the server can read, one per line",
        placeholder="/home/me/recordings/night.wav",
        height=80,
        key="open_lines",
        help="They are read where they lie, however large they are.",
    )
    paths = [line.strip() for line in text.splitlines() if line.strip()]
    if st.button("Open", type="primary", icon=":material/visibility:", disabled=not (files or paths)):
        try:
            opened = open_all(files, paths)
        except PodcastError as error:
            st.error(str(error), icon=":material/error:")
        else:
            st.switch_page("label.py", query_params={state.ROUND_KEY: opened.round_.id})
    known = opening.list_opened(state.get_workspace())
    if known:
        st.caption("Opened before")
        for each in known:
            here = {state.ROUND_KEY: each.id}
            st.page_link("label.py", label=escape(each.name), icon=":material/graphic_eq:", query_params=here)


def open_all(files: Sequence["st.runtime.uploaded_file_manager.UploadedFile"], paths: Sequence[str]) -> opening.Opened:
    """Open what was dropped, which is kept in the file store for that, and what was named."""
    workspace = state.get_workspace()
    check_paths(workspace, state.visitor(), paths)
    taken = uploads.take_uploads(
        workspace, [(each.name, each) for each in files], person=state.visitor().person, take_cut=True
    )
    if not paths:
        taken.check_any()
    opened = opening.open_recordings(workspace, paths=[*taken.addresses, *paths], who=state.annotator())
    told = [f"{name}: {reason}" for name, reason in taken.refused]
    told += [f"{each.path}: {each.reason}" for each in opened.failed]
    if opened.left_out:
        told.append(f"{count_of(opened.left_out, 'more file')} left out: add so many to a round, on the Data page.")
    st.session_state[TOLD] = told
    return opened


def show_opened(round_: Round) -> None:
    """Say on the Label page what was opened, and offer to keep it."""
    if not state.may("admin"):
        return
    if st.button("Keep as a round", icon=":material/library_add:", key="keep_opened", help=KEEPS):
        ask_name(round_)


def tell_refused() -> None:
    """Say what could not be opened, once."""
    told = st.session_state.pop(TOLD, [])
    if told:
        more = f"\n\n… and {len(told) - MAX_TOLD} more" if len(told) > MAX_TOLD else ""
        st.warning("\n\n".join(map(escape, told[:MAX_TOLD])) + more, icon=":material/warning:")


@st.dialog("Keep as a round")
def ask_name(round_: Round) -> None:
    """Ask for the new round's name, and put in the job."""
    name = st.text_input("Name of the round", round_.name, max_chars=120, key="keep_name").strip()
    st.caption(
        "The files are read as a whole and cut into sessions; your answers come with them. Submit what is on screen "
        "first. Files on the server stay where they are."
    )
    if not st.button("Keep", type="primary", icon=":material/check:", disabled=not name):
        return
    try:
        job_id = opening.keep_opened(state.get_workspace(), round_id=round_.id, round_name=name, who=state.annotator())
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[WATCHED] = job_id  # the Data page shows how it goes, and then leads to the round
    st.switch_page("data.py", query_params={state.ROUND_KEY: round_.id})
