"""What else can be done with a round: labels renamed, merged and deleted, recordings of it archived, or all of it."""

import streamlit as st

from pages.shared import state
from pages.shared.round_labels import ask_labels, do
from pages.shared.words import escape
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.services.intake.preview import describe_source
from podcast_core.services.labels import archive

SHOW_KEY = "show_archived_rounds"
ON_PAGE = 50  # recordings


@st.dialog("More", width="large")
def show_more(round_: Round) -> None:
    """Offer what is done seldom."""
    st.caption(escape(round_.name))
    ask_labels(round_)
    ask_recordings(round_)
    with st.container(border=True):
        st.markdown("**Archive the round**")
        st.write(
            "It no longer hands out sessions or appears in lists. It can still be exported, and restored at any time."
        )
        if st.button("Archive the round", icon=":material/archive:", key=f"archive-{round_.id}"):
            do(lambda: archive.archive_round(state.get_workspace(), round_id=round_.id, who=state.annotator()))


def ask_recordings(round_: Round) -> None:
    """Ask which recordings of the round are archived in it."""
    found = archive.list_recordings(state.get_workspace(), round_id=round_.id)
    if not found:
        return
    with st.container(border=True):
        st.markdown("**Recordings**")
        show_recordings([recording for recording, _, _ in found], f"recordings-{round_.id}")
        st.write("Sessions of archived recordings are left out of the round's queue, counts, exports and trainings.")
        names = {recording.id: f"{recording.file_name} ({count_of(count, 'session')})" for recording, count, _ in found}
        before = [recording.id for recording, _, act in found if act]
        chosen = st.multiselect(
            "Archived recordings",
            list(names),
            before,
            format_func=names.__getitem__,
            placeholder="None",
            key=f"archive-{round_.id}-recordings",
        )
        changes = {each: each in chosen for each in set(chosen) ^ set(before)}
        if st.button("Save", icon=":material/save:", key=f"archive-{round_.id}-save", disabled=not changes):
            do(lambda: set_recordings(round_, changes))


def show_recordings(recordings: list[Recording], key: str) -> None:
    """Show a page of recordings: what they are, how their start was found, and what is odd about them."""
    pages = -(-len(recordings) // ON_PAGE)
    number = 1
    if pages > 1:
        number = int(st.number_input(f"Page (of {pages:,})", 1, pages, key=key))
    first = (number - 1) * ON_PAGE
    st.dataframe(
        [
            {
                "File": each.file_name,
                "Starts (UTC)": f"{each.started_at:%Y-%m-%d %H:%M:%S}" if each.started_at else "",
                "Found in": describe_source(each.start_method) if each.started_at else "",
                "Seconds": each.duration_s,
                "kHz": each.sample_rate_hz / 1000,
                "Channels": each.channel_count,
                "Notes": " ".join(each.notes),
            }
            for each in recordings[first : first + ON_PAGE]
        ],
        column_config={
            "File": st.column_config.TextColumn(width="medium"),
            "Seconds": st.column_config.NumberColumn(format="%.2f"),
            "kHz": st.column_config.NumberColumn(format="%g"),
            "Notes": st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        height="content" if len(recordings) <= 6 else 247,
    )


def set_recordings(round_: Round, changes: dict[str, bool]) -> None:
    """Archive recordings of a round, or bring them back."""
    for recording_id, is_archived in changes.items():
        archive.archive_recording(
            state.get_workspace(),
            round_id=round_.id,
            recording_id=recording_id,
            who=state.annotator(),
            is_archived=is_archived,
        )


def show_archived(rounds: list[Round]) -> None:
    """Offer to see rounds that are archived, and to bring them back."""
    if not st.toggle(f"Show {len(rounds)} archived", key=SHOW_KEY):
        return
    for each in rounds:
        with st.container(border=True):
            st.header(escape(each.name), anchor=False)
            act = archive.list_acts(state.get_workspace(), round_id=each.id)[-1]
            st.caption(f"Archived by {escape(act.who)} on {act.acted_at:%Y-%m-%d}.")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.page_link(
                    "progress.py", label="Progress", icon=":material/bar_chart:", query_params={"round": each.id}
                )
                if state.may("admin"):
                    st.page_link("data.py", label="Export", icon=":material/download:", query_params={"round": each.id})
                    if st.button("Restore", icon=":material/unarchive:", key=f"restore-{each.id}"):
                        restore(each)


def restore(round_: Round) -> None:
    """Bring a round back."""
    do(
        lambda: archive.archive_round(
            state.get_workspace(), round_id=round_.id, who=state.annotator(), is_archived=False
        )
    )
