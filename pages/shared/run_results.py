"""What a model run found: scores, time-line, sessions, downloads, and what can be made of it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import streamlit as st

from pages.shared import label_choice, state
from pages.shared.figure_card import make_config
from pages.shared.round_picker import start_from
from pages.shared.run_layers import show_layers
from pages.shared.words import escape
from podcast_core.errors import PodcastError, count_of
from podcast_core.figures import runs as figures
from podcast_core.figures.runs import SessionBar
from podcast_core.services.labels import rounds
from podcast_core.services.labels.matching import LabelChoice, match_labels
from podcast_core.services.runs import applying, findings, run_view
from podcast_core.services.runs.findings import FoundSession
from podcast_core.services.runs.model_runs import RunStatus
from podcast_core.services.verifying import thresholds

SESSION = "run_session"  # the position of the session that is open
MAX_OFFERED = 200  # in the list of sessions and in the table; the arrows and the time-line have all
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


def show_overview(status: RunStatus, threshold: float) -> None:
    """Show the numbers, the scores and the time-line."""
    told = run_view.count(state.get_workspace(), run_id=status.run.id, threshold=threshold)
    with st.container(horizontal=True):
        st.metric("Sessions processed", f"{told.done:,} of {told.pieces:,}", border=True)
        st.metric("With calls", f"{told.with_calls:,}", border=True)
        st.metric("Calls", f"{told.calls:,}", border=True)
        st.metric("Audio processed", f"{told.done_s / 60:,.1f} min", border=True)
    left, right = st.columns(2)
    counts = findings.count_scores(state.get_workspace(), run_id=status.run.id)
    chart = figures.draw_scores(counts, threshold)
    left.plotly_chart(chart, key="run_scores", config=make_config("calls-by-score"), alt="Calls by score")
    with right:
        show_timeline(status.run.id, threshold)


def show_timeline(run_id: str, threshold: float) -> None:
    """Show the sessions of some hours by their best score; a click opens one."""
    windows = run_view.list_windows(state.get_workspace(), run_id=run_id)
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
    inside = run_view.list_in_window(state.get_workspace(), run_id=run_id, threshold=threshold, window=window)
    st.markdown("**Sessions by their best score**")
    st.caption(f"{window.title[:1].upper()}{window.title[1:]}. Click a bar to open the session.")
    if not inside:
        st.caption("No session of the run begins in these hours.")
        return
    figure = figures.draw_timeline(
        [make_bar(each, moment) for moment, each in inside],
        inside[0][0],
        max(moment + timedelta(seconds=each.scored.piece.duration_s) for moment, each in inside),
        threshold,
        has_time=window.has_time,
    )
    clicked = st.plotly_chart(
        figure,
        key=f"run_timeline_{window.title}",
        config=make_config("sessions-by-score"),
        on_select="rerun",
        selection_mode="points",
        alt=f"Sessions by their best score, {window.title}",
    )
    points = clicked.selection.points
    if points:
        position = points[0]["customdata"]
        _, chosen = inside[position if isinstance(position, int) else position[0]]
        if st.session_state.get("run_clicked") != (window.title, chosen.scored.position):
            st.session_state["run_clicked"] = (window.title, chosen.scored.position)
            st.session_state[WANTED] = chosen.scored.position
            st.rerun()


def make_bar(each: FoundSession, moment: datetime) -> SessionBar:
    """Make a bar of the time-line."""
    scored = each.scored
    state_ = figures.NOT_YET if not scored.is_done else "with calls" if scored.count else "without"
    best = (
        "nothing found" if scored.score is None else f"best score {scored.score:.2f}, {count_of(scored.count, 'call')}"
    )
    return SessionBar(
        moment,
        scored.piece.duration_s,
        scored.score,
        state_,
        f"<b>{each.name}</b><br>{scored.error or best}",
    )


def show_sessions(status: RunStatus, threshold: float) -> None:
    """Show the sessions by their score, and one of them with its calls."""
    workspace, run_id = state.get_workspace(), status.run.id
    first = run_view.list_best(workspace, run_id=run_id, threshold=threshold, limit=MAX_OFFERED)
    offered = {each.scored.position: each for each in first}
    wanted = st.session_state.pop(WANTED, st.session_state.get(SESSION))
    if wanted is not None and wanted not in offered:
        there = run_view.find_session(workspace, run_id=run_id, position=wanted, threshold=threshold)
        offered |= {} if there is None else {wanted: there}
    here = st.session_state[SESSION] = wanted if wanted in offered else next(iter(offered))
    beside = run_view.find_beside(workspace, run_id=run_id, position=here)
    st.header("Sessions by score", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        arrows = zip(("higher", "lower"), (":material/chevron_left:", ":material/chevron_right:"), beside, strict=True)
        for label, icon, target in arrows:
            st.button(
                "",
                icon=icon,
                help=f"The session with the next {label} score",
                disabled=target is None,
                on_click=open_session,
                args=(target,),
                key=f"run_{label}",
            )
        st.selectbox(
            "Session",
            list(offered),
            format_func=lambda each: describe_session(offered[each]),
            key=SESSION,
            label_visibility="collapsed",
        )
    show_session(status, offered[st.session_state[SESSION]], threshold)
    total = status.totals.pieces
    shown = (
        f"The first {len(first):,} of {count_of(total, 'session')}"
        if len(first) < total
        else f"All {count_of(total, 'session')}"
    )
    with st.expander(f"{shown} as a table"):
        show_table(first)


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
    return f"{best} · {each.name} · {count_of(scored.count, 'call')}"


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
    """Show sessions."""
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
            state.make_later(lambda: findings.write_csv(workspace, run_id=run_id, threshold=threshold)),
            f"{run_id}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="run_csv",
        )
        st.download_button(
            "Details (JSON)",
            state.make_later(
                lambda: json.dumps(findings.describe_provenance(workspace, run_id=run_id), indent=1).encode()
            ),
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
        verified = ask_verified(status)
        if st.button(
            f"Apply as predictions, score {threshold:.2f} and above",
            type="primary",
            icon=":material/select_all:",
            key="run_apply",
            disabled=not is_decided,
            help="They appear on the Label page and replace this model's earlier predictions.",
        ):
            apply(status, chosen, threshold, labels, verified)
    with right.container(border=True):
        st.markdown("**The next round**")
        st.write("All sessions with high scores and random samples of the rest become a round.")
        st.page_link(
            "candidates.py",
            label="Choose candidates from this run",
            icon=":material/filter_alt:",
            query_params={"round": chosen, "run": status.run.id},
        )


def ask_labels(status: RunStatus, round_id: str, threshold: float) -> tuple[LabelChoice, bool]:
    """Ask what labels become that were found and the round does not have; tells whether all is decided."""
    workspace = state.get_workspace()
    round_ = rounds.get_round(workspace, round_id=round_id)
    found = applying.count_labels(workspace, run_id=status.run.id, threshold=threshold)
    key = f"run_labels_{status.run.id}_{round_id}"
    choice = label_choice.get_choice(key)
    matched = match_labels(found, round_, applying.choose_labels(status.run, round_, choice))
    label_choice.choose_labels(round_, matched.open, key)
    return choice, not matched.open


def ask_verified(status: RunStatus) -> Mapping[str, float]:
    """Ask whether the thresholds that are kept with the version count, where there are some."""
    run = status.run
    kept = thresholds.find_thresholds(state.get_workspace(), name=run.model, version=run.version)
    if kept is None or not st.checkbox(
        f"Thresholds by label, for a precision of {kept.precision:.0%}",
        value=True,
        key=f"run_verified_{run.id}",
        help=f"Kept with {run.model_id} on {kept.kept_at:%-d %b %Y} by {kept.who}, from a verification sample: "
        f"{'; '.join(f'{label} {value:.2f}' for label, value in kept.thresholds.items())}. Other labels count from the "
        "threshold above.",
    ):
        return {}
    return kept.thresholds


def apply(
    status: RunStatus, round_id: str, threshold: float, labels: LabelChoice, verified: Mapping[str, float]
) -> None:
    """Make predictions of the run's calls, and say what came of it."""
    try:
        done = applying.apply_run(
            state.get_workspace(),
            run_id=status.run.id,
            round_id=round_id,
            threshold=threshold,
            labels=labels,
            label_thresholds=verified,
        )
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    word = "now" if done.is_new else "already"
    name = rounds.get_round(state.get_workspace(), round_id=round_id).name
    st.success(
        f"{count_of(done.predictions, 'prediction')} in {count_of(done.sessions, 'session')}: {word} in "
        f"“{escape(name)}”."
    )
    st.page_link("label.py", label="Label them", icon=":material/arrow_forward:", query_params={"round": round_id})
    st.page_link(
        "verification_samples.py",
        label="Verify a sample of them",
        icon=":material/casino:",
        query_params={"round": round_id},
    )
