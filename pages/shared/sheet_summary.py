"""What is in a sheet: how many, of which recordings, what was guessed and what found no place. And keeping it."""

from pathlib import PurePath

import streamlit as st

from pages.shared import state
from pages.shared.import_plan import show_guesses, show_left_out
from pages.shared.job_card import escape, show_job
from podcast_core.domain.sheet import Role
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.jobs import queue
from podcast_core.services.sheets import keeping, opening, rows
from podcast_core.services.sheets.sheet import Sheet, SheetTable

TITLES = {Role.PREDICTIONS: "Predictions", Role.OTHER: "The other table", Role.TRUTH: "Truth"}
LISTED = 1000  # recordings without a prediction
KEPT = "kept_sheet"  # the sheet that was kept, and its job
REFRESH_S = 1.0


def show_summary(sheet: Sheet) -> None:
    """Show what is in it."""
    table = sheet.tables[Role.PREDICTIONS]
    without = rows.list_recordings(sheet, without=True)
    heard = len(sheet.recordings) - len(without)
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.markdown(
        f"**{count_of(len(table.placed), 'prediction')}** of {count_of(len(table.labels), 'label')}, in "
        f"**{heard:,} of {count_of(len(sheet.recordings), 'recording')}**"
    )
    is_kept = st.session_state.get(KEPT, ("", ""))[0] == sheet.id
    if state.may("admin") and table.placed and not is_kept:
        with right:
            show_keeping(sheet)
    for role, each in sheet.tables.items():
        show_table(role, each, is_only=len(sheet.tables) == 1)
    if sheet.unreadable:
        with st.expander(f"{count_of(len(sheet.unreadable), 'recording')} cannot be read"):
            st.dataframe([{"File": name, "Why": why} for name, why in sheet.unreadable.items()], hide_index=True)
    if without:
        with st.expander(f"{count_of(len(without), 'recording')} without a prediction"):
            st.dataframe([{"File": each.file_name} for each in without[:LISTED]], hide_index=True)
            if len(without) > LISTED:
                st.caption(f"The first {LISTED:,} of them.")
    watch(sheet)


def show_table(role: Role, table: SheetTable, *, is_only: bool) -> None:
    """Show how a table was read, and what of it has no place."""
    lost = sum(each.count for each in table.left_out)
    told = [f"{TITLES[role]}: {escape(table.name)}"] if not is_only else []
    told += [f"read as {table.read_as}"] if table.read_as else []
    told += [count_of(len(table.placed), "box", "es")] if role is not Role.PREDICTIONS else []
    if told:
        st.caption(" · ".join(told))
    for note in table.notes:
        st.warning(escape(note)) if role is not Role.TRUTH else st.caption(escape(note))
    if lost:
        st.markdown(f"**{count_of(lost, 'row')} of {escape(table.name)}** left out:")
        show_left_out(table.left_out, opening.say_why)
    show_guesses(table.guesses)


def show_keeping(sheet: Sheet) -> None:
    """Offer to make a round of it."""
    with st.popover("Keep as a round", icon=":material/library_add:", width="stretch"):
        usual = PurePath(sheet.name.split(",")[0]).stem
        name = st.text_input("Name of the round", usual, max_chars=120, key=f"keep_name_{sheet.id}").strip()
        length_s = st.number_input("Seconds per session", 1.0, 3600.0, 60.0, key=f"keep_length_{sheet.id}")
        if not st.button("Keep", type="primary", key=f"keep_{sheet.id}"):
            return
        try:
            job_id = keeping.keep_sheet(
                state.get_workspace(), sheet, round_name=name, session_length_s=length_s, who=state.annotator()
            )
        except PodcastError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state[KEPT] = (sheet.id, job_id)
        st.rerun()


def watch(sheet: Sheet) -> None:
    """Show the job that keeps it, and afterwards the way to Label."""
    kept = st.session_state.get(KEPT)
    if kept is None or kept[0] != sheet.id:
        return

    def show(*, was_open: bool) -> None:
        job = queue.get_job(state.get_workspace(), job_id=kept[1])
        if job.state.is_open != was_open:
            st.rerun()
        show_job(job)

    is_open = queue.get_job(state.get_workspace(), job_id=kept[1]).state.is_open
    st.fragment(show, run_every=REFRESH_S if is_open else None)(was_open=is_open)
