"""Jobs: the work that takes longer than a page, and how far it is."""

import streamlit as st

from pages.shared.job_card import show_job
from pages.shared.state import get_workspace
from podcast_core.errors import PodcastError
from podcast_core.services.jobs import queue

REFRESH_S = 1.5
FIRST = 20  # as many are shown at once
ALL_KEY = "show_all_jobs"


def show_all(*, was_open: bool) -> None:
    """Show all jobs, the newest first."""
    try:
        found = queue.list_jobs(get_workspace())
    except PodcastError as error:  # perhaps the database is away for a moment
        st.error(str(error), icon=":material/error:")
        return
    is_open = any(job.state.is_open for job in found)
    if is_open != was_open:
        st.rerun()  # from now on there is something to wait for, or nothing any more
    shown = found if st.session_state.get(ALL_KEY) else found[:FIRST]
    for job in shown:
        show_job(job)
    if len(found) > len(shown):
        older = len(found) - len(shown)
        st.button(f"Show {older} older", on_click=st.session_state.__setitem__, args=(ALL_KEY, True))


st.title("Jobs", anchor=False)
first_look = queue.list_jobs(get_workspace())
if first_look:
    running = any(job.state.is_open for job in first_look)
    st.fragment(show_all, run_every=REFRESH_S if running else None)(was_open=running)
else:
    st.info("No jobs yet. Long-running work, such as adding recordings on the Data page, runs here in the background.")
    st.page_link("data.py", label="Add recordings", icon=":material/library_add:")
