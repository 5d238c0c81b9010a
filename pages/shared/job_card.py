"""How a job is shown: on the Jobs page, and where it was put in."""

from datetime import datetime
from typing import Literal

import streamlit as st

from pages.shared import state
from pages.shared.words import escape as escape
from podcast_core.domain.job import Job, JobState
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict
from podcast_core.services.jobs import queue

Color = Literal["gray", "blue", "green", "orange", "red"]
MAX_FAILURES = 5  # shown without a click
WATCHED = "watched_job"  # the job that was put in on the page on screen
BADGES: dict[JobState, tuple[str, Color]] = {
    JobState.QUEUED: (":material/schedule:", "gray"),
    JobState.RUNNING: (":material/autorenew:", "blue"),
    JobState.DONE: (":material/check:", "green"),
    JobState.FAILED: (":material/error:", "red"),
    JobState.CANCELLED: (":material/block:", "gray"),
}


def show_job(job: Job, *, has_links: bool = True) -> None:
    """Show a job with its progress, result or error, log and buttons, and links to what came of it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escape(job.title)}**")
            icon, color = BADGES[job.state]
            if job.result.get("failed_count"):
                icon, color = ":material/warning:", "orange"
            st.badge(job.state.value, icon=icon, color=color)
        st.caption(describe_times(job))
        show_state(job)
        show_failures(job)
        with st.container(horizontal=True, vertical_alignment="center"):
            if has_links:
                show_links(job)
            show_buttons(job)
        if job.log:
            with st.expander("Log"):
                st.code("\n".join(job.log), language=None, wrap_lines=True)


def show_state(job: Job) -> None:
    """Show how far it is, what it has done, or why it has not."""
    if job.state is JobState.RUNNING:
        share = min(job.done / job.total, 1.0) if job.total else 0.0
        st.progress(share, f"{job.done:,} of {job.total:,} · {job.next}" if job.total else job.next or "Starting")
    if queue.seems_lost(job):
        st.warning(
            f"Worker {job.worker} has not responded for {show_length(job.beat_at, utc_now())}. The job resumes when "
            f"the worker is restarted or another one takes over."
        )
    elif queue.waits_long(job):
        st.caption(
            "Waiting for a worker. The app starts one; if PODCAST_LOCAL_WORKERS is 0, start one with "
            "`python -m podcast_core worker --id NAME`."
        )
    if job.error:
        st.error(job.error, icon=":material/error:")
    if job.state is JobState.DONE:
        st.write(escape(queue.sum_up(job)))
    elif not job.state.is_open and job.total:
        st.caption(f"It stopped at {job.done:,} of {job.total:,}.")


def show_failures(job: Job) -> None:
    """Say what could not be added, and why."""
    failed = job.result.get("failed", ())
    for name, reason in failed[:MAX_FAILURES]:
        st.caption(f"{escape(name)}: {escape(reason)}")
    if len(failed) > MAX_FAILURES:
        with st.expander(f"{job.result['failed_count'] - MAX_FAILURES} more could not be added"):
            st.dataframe(
                [{"recording": name, "reason": reason} for name, reason in failed[MAX_FAILURES:]], hide_index=True
            )


def show_links(job: Job) -> None:
    """Link to what came of it."""
    round_id = job.result.get("round_id")
    if round_id and job.result.get("sessions"):
        if st.button("Start labelling", type="primary", icon=":material/select_all:", key=f"label-{job.id}"):
            st.switch_page("label.py", query_params={state.ROUND_KEY: round_id})
    elif job.kind in ("train", "evaluate"):
        st.page_link("train.py", label="Train", icon=":material/school:")
    elif job.result.get("run"):
        here = {"run": job.result["run"]}
        st.page_link("runs.py", label="See what it found", icon=":material/model_training:", query_params=here)
    elif job.result.get("release"):
        st.page_link("releases.py", label="Releases", icon=":material/inventory_2:")
    elif round_id:
        st.page_link("rounds.py", label="Rounds", icon=":material/home:")


def show_buttons(job: Job) -> None:
    """Offer to cancel it or to run it again."""
    if job.state.is_open:
        st.button("Cancel", key=f"cancel-{job.id}", icon=":material/close:", on_click=cancel, args=(job.id,))
        return
    label = "Run again" if job.state is JobState.DONE else "Go on"
    help_ = (
        "Adds what is new or could not be read before"
        if job.state is JobState.DONE
        else "As a new job, from where it stopped"
    )
    st.button(
        label,
        key=f"retry-{job.id}",
        icon=":material/replay:",
        type="tertiary" if job.state is JobState.DONE else "secondary",
        help=help_,
        on_click=retry,
        args=(job.id,),
    )


def cancel(job_id: str) -> None:
    """Cancel a job, unless it ended before the click arrived."""
    try:
        queue.cancel_job(state.get_workspace(), job_id=job_id)
    except Conflict as error:
        st.toast(str(error))


def retry(job_id: str) -> None:
    """Run a job again."""
    new_id = queue.retry_job(state.get_workspace(), job_id=job_id, who=state.annotator())
    if st.session_state.get(WATCHED) == job_id:
        st.session_state[WATCHED] = new_id


def describe_times(job: Job) -> str:
    """Say who wanted it, when, and how long it took."""
    asked = f"{job.who} · {job.created_at:%Y-%m-%d %H:%M} UTC"
    if job.started_at is None or job.state is JobState.QUEUED:
        return escape(asked)
    took = show_length(job.started_at, job.finished_at or utc_now())
    return escape(f"{asked} · {'for' if job.state.is_open else 'took'} {took} · worker {job.worker}")


def show_length(start: datetime | None, end: datetime) -> str:
    """Write the time between two moments."""
    seconds = (end - (start or end)).total_seconds()
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
