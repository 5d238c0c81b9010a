"""What a model run found: scores, time-line, sessions, downloads, and what can be made of it."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from pages.shared import label_choice, state
from pages.shared.round_picker import start_from
from pages.shared.run_layers import show_layers
from podcast_core.errors import PodcastError
from podcast_core.figures import runs as figures
from podcast_core.figures.runs import SessionBar
from podcast_core.services.labels import rounds
from podcast_core.services.labels.matching import LabelChoice, match_labels
from podcast_core.services.runs import applying, findings
from podcast_core.services.runs.findings import FoundSession
from podcast_core.services.runs.model_runs import RunStatus
from podcast_core.workspace import Workspace

SESSION = "run_session"  # the position of the session that is open
MAX_OFFERED = 1000  # in the list of sessions; the arrows, the time-line and the table have all
WANTED = "run_wanted"  # the one that was clicked on the time-line
WINDOW = "run_window"


def ask_threshold(status: RunStatus) -> float:
    """Ask from which score on calls count."""
    run = status.run
    return st.slider(
        "Threshold",
        run.floor,
        1.0,
        run.threshold,
        0.01,
        key=f"run_shown_{run.id}",
        help=f"Scores from {run.floor:.2f} and above were kept. The run started with {run.threshold:.2f}.",
    )


def show_overview(status: RunStatus, found: Sequence[FoundSession], threshold: float) -> None:
    """Show the numbers, the scores and the time-line."""
    done = [each for each in found if each.scored.is_done]
    with_calls = [each for each in done if each.scored.count]
    seconds = sum(each.scored.piece.duration_s for each in done)
    with st.container(horizontal=True):
        st.metric("Sessions processed", f"{len(done):,} of {len(found):,}", border=True)
        st.metric("With calls", f"{len(with_calls):,}", border=True)
        st.metric("Calls", f"{sum(each.scored.count for each in done):,}", border=True)
        st.metric("Audio processed", f"{seconds / 60:,.1f} min", border=True)
    left, right = st.columns(2)
    counts = findings.count_scores(state.get_workspace(), run_id=status.run.id)
    chart = figures.draw_scores(counts, threshold)
    left.plotly_chart(chart, key="run_scores", config={"displaylogo": False}, alt="Calls by score")
    with right:
        show_timeline(found, threshold)


def show_timeline(found: Sequence[FoundSession], threshold: float) -> None:
    """Show the sessions of some hours by their best score; a click opens one."""
    windows = findings.list_windows(found)
    index = 0
    if len(windows) > 1:
        index = st.selectbox(
            "Window",
            range(len(windows)),
            format_func=lambda each: windows[each].title,
            key=f"{WINDOW}_{len(windows)}",
            label_visibility="collapsed",
        )
    window = windows[index]
    st.markdown("**Sessions by their best score**")
    st.caption(f"{window.title[:1].upper()}{window.title[1:]}. Click a bar to open the session.")
    figure = figures.draw_timeline(
        [make_bar(each, moment) for moment, each in window.sessions],
        window.sessions[0][0],
        window.ended_at,
        threshold,
        has_time=window.has_time,
    )
    clicked = st.plotly_chart(
        figure,
        key=f"run_timeline_{window.title}",
        config={"displaylogo": False},
        on_select="rerun",
        selection_mode="points",
        alt=f"Sessions by their best score, {window.title}",
    )
    points = clicked.selection.points
    if points:
        position = points[0]["customdata"]
        _, chosen = window.sessions[position if isinstance(position, int) else position[0]]
        if st.session_state.get("run_clicked") != (window.title, chosen.scored.position):
            st.session_state["run_clicked"] = (window.title, chosen.scored.position)
            st.session_state[WANTED] = chosen.scored.position
            st.rerun()


def make_bar(each: FoundSession, moment: datetime) -> SessionBar:
    """Make a bar of the time-line."""
    scored = each.scored
    state_ = "not processed yet" if not scored.is_done else "with calls" if scored.count else "without"
    best = "nothing found" if scored.score is None else f"best score {scored.score:.2f}, {scored.count} calls"
    return SessionBar(
        moment,
        scored.piece.duration_s,
        scored.score,
        state_,
        f"<b>{each.name}</b><br>{scored.error or best}",
    )


def show_sessions(status: RunStatus, found: Sequence[FoundSession], threshold: float) -> None:
    """Show the sessions by their score, and one of them with its calls."""
    ordered = sorted(found, key=lambda each: (not each.scored.is_done, -(each.scored.score or 0.0)))
    by_position = {each.scored.position: each for each in ordered}
    positions = list(by_position)
    wanted = st.session_state.pop(WANTED, st.session_state.get(SESSION))
    st.session_state[SESSION] = wanted if wanted in by_position else positions[0]
    here = positions.index(st.session_state[SESSION])
    st.header("Sessions by score", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for label, icon, target in (
            ("higher", ":material/chevron_left:", here - 1),
            ("lower", ":material/chevron_right:", here + 1),
        ):
            is_there = 0 <= target < len(positions)
            st.button(
                "",
                icon=icon,
                help=f"The session with the next {label} score",
                disabled=not is_there,
                on_click=open_session,
                args=(positions[target] if is_there else 0,),
                key=f"run_{label}",
            )
        offered = dict.fromkeys([*positions[:MAX_OFFERED], positions[here]])
        st.selectbox(
            "Session",
            list(offered),
            format_func=lambda each: describe_session(by_position[each]),
            key=SESSION,
            label_visibility="collapsed",
        )
    each = by_position[st.session_state[SESSION]]
    show_session(status, each, threshold)
    with st.expander(f"All {len(ordered):,} sessions as a table"):
        show_table(ordered)


def open_session(position: int) -> None:
    """Open another session."""
    st.session_state[SESSION] = position


def describe_session(each: FoundSession) -> str:
    """Write a session in one line."""
    scored = each.scored
    if scored.error:
        return f"failed · {each.name}"
    if not scored.is_done:
        return f"not processed yet · {each.name}"
    best = "no call kept" if scored.score is None else f"{scored.score:.2f}"
    return f"{best} · {each.name} · {scored.count} call{'' if scored.count == 1 else 's'}"


def show_session(status: RunStatus, each: FoundSession, threshold: float) -> None:
    """Show one session with what was found in it."""
    if each.scored.error:
        st.error(each.scored.error, icon=":material/error:")
    elif not each.scored.is_done:
        st.info("This session has not been processed yet. Finished sessions can be viewed now.")
    elif each.session is None:
        st.info(
            "This audio is not a session of any round, so there is no spectrogram. Add the recording to a round "
            "to see it."
        )
    else:
        show_layers(each.session, status.run.id, threshold)
        where = {"round": each.session.round_id, "session": each.session.id}
        st.page_link("label.py", label="Label this session", icon=":material/select_all:", query_params=where)


def show_table(ordered: Sequence[FoundSession]) -> None:
    """Show all sessions."""
    st.dataframe(
        [
            {
                "Session": each.name,
                "Recording": each.recording.file_name,
                "Began (UTC)": each.started_at,
                "Best score": each.scored.score,
                "Calls": each.scored.count if each.scored.is_done else None,
                "Problem": each.scored.error,
            }
            for each in ordered
        ],
        column_config={
            "Began (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm:ss", timezone="UTC"),
            "Best score": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
        },
        hide_index=True,
    )


def show_downloads(status: RunStatus, threshold: float) -> None:
    """Offer the calls as CSV, and how the run came about as JSON; both are made when they are asked for."""
    workspace, run_id = state.get_workspace(), status.run.id
    with st.container(horizontal=True):
        st.download_button(
            f"Calls with score {threshold:.2f} and above (CSV)",
            lambda: findings.write_csv(workspace, run_id=run_id, threshold=threshold),
            f"{run_id}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="run_csv",
        )
        st.download_button(
            "Details (JSON)",
            lambda: json.dumps(findings.describe_provenance(workspace, run_id=run_id), indent=1),
            f"{run_id}.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
            key="run_json",
            help="The model with its checksum and parameters, the recordings with checksums, and every session.",
        )


def show_next(status: RunStatus, threshold: float) -> None:
    """Offer to make predictions, or the next round, of it."""
    st.header("What next", anchor=False)
    if not status.run.is_ready:
        st.caption(
            "When the run is finished, its calls can become predictions of a round, or be used to choose the "
            "next round."
        )
        return
    targets = findings.list_targets(state.get_workspace(), run_id=status.run.id)
    if not targets:
        st.caption("No round contains this audio: add the recordings to a round to label them.")
        return
    names = {each.id: each for each in targets}
    left, right = st.columns(2, vertical_alignment="top")
    with left.container(border=True):
        current, key = st.session_state.get(state.ROUND_KEY), f"run_target_{status.run.id}"
        start_from(key, current if current in names else next(iter(names)), basis=current)
        chosen = st.selectbox("Round", list(names), format_func=lambda each: names[each].name, key=key)
        if current and chosen != current:
            st.caption(":material/info: Not the round in the sidebar.")
        labels, is_decided = ask_labels(status, chosen, threshold)
        if st.button(
            f"Apply as predictions, score {threshold:.2f} and above",
            type="primary",
            icon=":material/select_all:",
            key="run_apply",
            disabled=not is_decided,
            help="They appear on the Label page and replace this model's earlier predictions.",
        ):
            apply(status, chosen, threshold, labels)
    with right.container(border=True):
        st.markdown("**The next round**")
        st.write("All sessions with high scores and random samples of the rest become a round.")
        st.page_link(
            "candidates.py",
            label="Choose candidates from this run",
            icon=":material/filter_alt:",
            query_params={"round": chosen, "run": status.run.id},
        )


@st.cache_data(show_spinner="Counting labels", max_entries=8, ttl=300)
def count_labels(_workspace: Workspace, run_id: str, round_id: str, threshold: float) -> Counter[str]:
    """Count what a run found in a round by its label; for a large run that takes a second."""
    return applying.count_labels(_workspace, run_id=run_id, round_id=round_id, threshold=threshold)


def ask_labels(status: RunStatus, round_id: str, threshold: float) -> tuple[LabelChoice, bool]:
    """Ask what labels become that were found and the round does not have; tells whether all is decided."""
    workspace = state.get_workspace()
    round_ = rounds.get_round(workspace, round_id=round_id)
    found = count_labels(workspace, status.run.id, round_id, threshold)
    key = f"run_labels_{status.run.id}_{round_id}"
    choice = label_choice.get_choice(key)
    matched = match_labels(found, round_, applying.choose_labels(status.run, round_, choice))
    label_choice.choose_labels(round_, matched.open, key)
    return choice, not matched.open


def apply(status: RunStatus, round_id: str, threshold: float, labels: LabelChoice) -> None:
    """Make predictions of the run's calls, and say what came of it."""
    try:
        done = applying.apply_run(
            state.get_workspace(), run_id=status.run.id, round_id=round_id, threshold=threshold, labels=labels
        )
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    word = "are now" if done.is_new else "were already"
    st.success(f"{done.predictions:,} predictions in {done.sessions:,} sessions {word} in round {round_id}.")
    st.page_link("label.py", label="Label them", icon=":material/arrow_forward:", query_params={"round": round_id})
