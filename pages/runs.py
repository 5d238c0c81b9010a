"""Model runs: what a version of a model finds in rounds or recordings, as it comes in."""

from collections.abc import Mapping

import streamlit as st

from pages.shared import state
from pages.shared.job_card import Color, cancel, escape, show_length
from pages.shared.round_picker import start_from
from pages.shared.run_new import STARTED, show_new
from pages.shared.run_results import (
    ask_threshold,
    show_downloads,
    show_next,
    show_overview,
    show_sessions,
)
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, count_of, name_some
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds
from podcast_core.services.runs import model_runs
from podcast_core.services.runs.model_runs import RunState, RunStatus

REFRESH_S = 1.5
BADGES: dict[RunState, tuple[str, Color]] = {
    RunState.QUEUED: (":material/schedule:", "gray"),
    RunState.RUNNING: (":material/autorenew:", "blue"),
    RunState.READY: (":material/check:", "green"),
    RunState.FAILED: (":material/error:", "red"),
    RunState.CANCELLED: (":material/block:", "gray"),
    RunState.STOPPED: (":material/pause:", "orange"),
}


def name_run(status: RunStatus, names: Mapping[str, str]) -> str:
    """Write a run as people tell it apart; ``names`` are those of rounds."""
    run = status.run
    when = f"{run.created_at:%-d %b %Y %H:%M:%S} UTC"
    return f"{run.model_id} on {model_runs.name_places(run, names)} · {when}"


def open_first(known: Mapping[str, RunStatus]) -> str:
    """Open the run just started, else the newest on the round of the sidebar, or of all; a link names one once.

    Returns
    -------
    str
        The key of the field. A run that is started gets a field of its own: what the browser says of the one before,
        in a moment in which it has not heard of the new run yet, would open that one again.
    """
    here, started = st.session_state.get(state.ROUND_KEY), st.session_state.get(STARTED, "")
    key = f"run_open_{started}"
    on_it = [each for each, status in known.items() if here in status.run.round_ids]
    just_now = [started] if started in known and key not in st.session_state else []
    start_from(key, next(iter([*just_now, *on_it, *known])), basis=here)
    wanted = st.query_params.get("run")
    if wanted in known and st.session_state.get("run_linked") != wanted:
        st.session_state["run_linked"] = st.session_state[key] = wanted
    if st.session_state[key] not in known:
        st.session_state[key] = next(iter(known))
    return key


def show_head(status: RunStatus) -> None:
    """Show where a run stands, and how it came about."""
    run = status.run
    icon, color = BADGES[status.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(status.state.value, icon=icon, color=color)
        st.caption(escape(f"{run.model_id} · started by {run.who} · {run.created_at:%Y-%m-%d %H:%M:%S} UTC"))
        with st.popover("Details", icon=":material/info:"):
            st.table(
                {
                    "run": run.id,
                    "model": f"{run.model_id} ({run.kind})",
                    "weights (SHA-256)": run.weights_sha256 or "none",
                    "labels": name_some(run.labels),
                    "parameters": ", ".join(f"{name} = {value}" for name, value in run.parameters.items()),
                    "lowest score kept": f"{run.floor:g}",
                    "recordings": f"{len(run.recordings):,}, each with its SHA-256 in the download below",
                    "device": status.totals.device or "not known yet",
                }
            )


def show_progress(run_id: str, before: RunState) -> None:
    """Show how far a run is; the page is drawn anew when it stands somewhere else."""
    status = model_runs.get_status(state.get_workspace(), run_id=run_id)
    if status.state is not before:
        st.rerun()
    totals = status.totals
    if status.state is RunState.READY:
        took = f"{totals.took_s:,.1f} s of work for {totals.done_s / 60:,.1f} min of audio"
        speed = f", {totals.speed:,.0f} times real time" if totals.speed else ""
        st.caption(f"{took}{speed}, on {totals.device}.")
        if totals.failed:
            st.warning(f"{count_of(totals.failed, 'session')} could not be processed; the table below says why.")
        return
    share = totals.done / totals.pieces if totals.pieces else 0.0
    parts = [f"{totals.done:,} of {count_of(totals.pieces, 'session')}"]
    if totals.speed:
        parts.append(f"{totals.speed:,.0f} times real time on {totals.device}")
    if status.left_s is not None:
        parts.append(
            f"{max(round(status.left_s), 1)} s left" if status.left_s < 90 else f"{status.left_s / 60:.0f} min left"
        )
    if status.job is not None and status.job.next and not totals.speed:
        parts.append(status.job.next)
    st.progress(share, " · ".join(parts))
    if status.error:
        st.error(status.error, icon=":material/error:")
    show_buttons(status)


def show_buttons(status: RunStatus) -> None:
    """Offer to cancel a run, or to let it go on."""
    job = status.job
    if job is not None and status.state.is_open:
        if queue.seems_lost(job):
            gone = show_length(job.beat_at, utc_now())
            st.warning(f"Worker {job.worker} has not responded for {gone}. The run resumes when it is back.")
        elif queue.waits_long(job):
            st.caption("Waiting for a worker: the Jobs page shows what is ahead of it and how to start one.")
        st.button("Cancel", icon=":material/close:", on_click=cancel, args=(job.id,), key="run_cancel")
        return
    st.caption("What was done is kept. It continues with the first missing session.")
    st.button(
        "Go on", icon=":material/play_arrow:", type="primary", on_click=go_on, args=(status.run.id,), key="run_go_on"
    )


def go_on(run_id: str) -> None:
    """Let a run go on, unless it does already."""
    try:
        model_runs.continue_run(state.get_workspace(), run_id=run_id, who=state.annotator())
    except Conflict as error:
        st.toast(str(error))


def show_run(status: RunStatus) -> None:
    """Show one run."""
    run_id = status.run.id
    show_head(status)
    is_open = status.state.is_open
    st.fragment(show_progress, run_every=REFRESH_S if is_open else None)(run_id, status.state)
    threshold = ask_threshold(status)

    def show_so_far() -> None:
        """Show what there is by now."""
        show_overview(status, threshold)

    st.fragment(show_so_far, run_every=2 * REFRESH_S if is_open else None)()
    show_sessions(status, threshold)
    show_downloads(status, threshold)
    show_next(status, threshold)


st.title("Model runs", anchor=False)
all_rounds = rounds.list_rounds(state.get_workspace())
known = model_runs.list_status(state.get_workspace())
if not all_rounds:
    st.info("There are no rounds yet. Add recordings first, then run a model on them.")
    st.page_link("data.py", label="Add recordings", icon=":material/library_add:")
else:
    with st.expander("New run", icon=":material/add:", expanded=not known):
        show_new(all_rounds)
if known:
    by_id = {each.run.id: each for each in known}
    key = open_first(by_id)
    names = {each.id: each.name for each in all_rounds}
    shown = by_id[st.selectbox("Run", list(by_id), format_func=lambda each: name_run(by_id[each], names), key=key)]
    here = st.session_state.get(state.ROUND_KEY)
    if here and shown.run.round_ids and here not in shown.run.round_ids:
        st.caption(f":material/info: Not for the round in the sidebar, “{escape(names.get(here, here))}”.")
    show_run(shown)
elif all_rounds:
    st.caption(
        "No model has been run yet. The energy detector needs no training: it marks sounds louder than the noise, "
        "which is a good first look."
    )
