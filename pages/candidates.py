"""Candidates: of many hours with a model's predictions, the sessions that people should see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.shared import label_choice, state
from pages.shared.words import escape
from pages.shared.working_out import is_quick, was_asked
from podcast_core.domain.pool import Pool
from podcast_core.domain.round import Round
from podcast_core.domain.score import SessionScore
from podcast_core.errors import PodcastError, count_of
from podcast_core.figures import candidates as figures
from podcast_core.figures.candidates import Bar
from podcast_core.services.labels import rounds
from podcast_core.services.labels.matching import LabelsOpen
from podcast_core.services.runs import findings, selection, timeline
from podcast_core.services.runs.pools import PoolTotals, suggest_start
from podcast_core.services.runs.selection import Criteria, Sampling, Sorted
from podcast_core.services.runs.timeline import Window
from podcast_core.workspace import Workspace

WINDOW = "candidates_window"
LINKED = "candidates_linked"  # the run that a link has named; whoever chooses another is not brought back
POOLS = {
    Pool.CANDIDATE: "The best score reaches the upper threshold. All of them are added to the round.",
    Pool.NEGATIVE: "All scores are below the lower threshold. A random sample is added to the round.",
    Pool.UNREVIEWED: "Scores in between, and audio without a prediction. A random sample is added to the round.",
}


@dataclass(frozen=True)
class Source:
    """Whose scores count: a model's newest predictions in the round, or a model run."""

    model: str
    set_id: str = ""
    run_id: str = ""
    threshold: float | None = None  # the model's own, of a run
    title: str = ""

    @property
    def name(self) -> str:
        """What tells it from others."""
        return f"run {self.run_id}" if self.run_id else self.model


@st.cache_resource(
    max_entries=4,
    show_spinner="Reading the scores",
    hash_funcs={Workspace: lambda workspace: str(workspace.settings.data_dir)},
)
def read_scores(
    workspace: Workspace,
    round_id: str,
    model: str,
    run_id: str,
    set_id: str,  # noqa: ARG001  # it and the outcomes say which state of the round it is
    outcomes: tuple[tuple[str, int], ...],  # noqa: ARG001
) -> list[SessionScore]:
    """Read the scores of a round once per prediction set or run and state of its answers."""
    return selection.read_scores(workspace, round_id=round_id, model=model, run_id=run_id)


def list_sources(round_: Round) -> list[Source]:
    """List whose scores can count: models with predictions, and runs that are ready."""
    workspace = state.get_workspace()
    sets = [Source(each.model, set_id=each.set_id) for each in selection.list_models(workspace, round_id=round_.id)]
    ready = findings.list_ready_on(workspace, round_id=round_.id)
    return sets + [
        Source(
            run.model,
            run_id=run.id,
            threshold=run.threshold,
            title=f"Run of {run.model_id}, {run.created_at:%-d %b %Y %H:%M:%S} UTC",
        )
        for run in ready
    ]


def ask_source(round_: Round, sources: Sequence[Source]) -> Source:
    """Ask whose scores count; a link to this page can name a run."""
    names = {each.name: each for each in sources}
    key = f"candidates_model_{round_.id}"
    linked = f"run {st.query_params.get('run', '')}"
    if linked in names and st.session_state.get(LINKED) != linked:
        st.session_state[LINKED] = st.session_state[key] = linked
    chosen = next(iter(names))
    if len(names) > 1:
        chosen = st.selectbox("Scores from", list(names), format_func=lambda each: names[each].title or each, key=key)
    return names[chosen]


def ask_criteria(source: Source, scores: Sequence[SessionScore]) -> Criteria:
    """Ask for the thresholds; those of other scores start anew."""
    start = suggest_start(scores, threshold=source.threshold)
    low, high = st.slider(
        "Thresholds",
        0.0,
        1.0,
        (start.low, start.high),
        0.01,
        key=f"candidates_thresholds_{source.run_id or source.set_id}",
        help="Left: sessions whose scores are all below this are negatives. Right: sessions with a score at or "
        "above this are candidates.",
    )
    st.caption(start.why)
    if source.run_id:
        st.caption("The run covers every session: one without a call is a negative.")
        return Criteria(high, low, quiet_is_negative=True)
    quiet = st.checkbox(
        "The model has processed every session",
        key="candidates_quiet",
        help="If so, a session without predictions is a negative. If not, it is unknown and stays unreviewed.",
    )
    return Criteria(high, low, quiet)


def ask_sampling() -> Sampling:
    """Ask how much of the other pools joins."""
    left, middle, right = st.columns(3)
    negatives = left.number_input("Negatives (%)", 0.0, 100.0, 5.0, 1.0, key="candidates_negatives")
    unreviewed = middle.number_input("Unreviewed (%)", 0.0, 100.0, 10.0, 1.0, key="candidates_unreviewed")
    seed = right.number_input("Seed", 0, 10**6, 0, key="candidates_seed", help="The same seed gives the same sample.")
    return Sampling(negatives / 100, unreviewed / 100, int(seed))


def show_minutes(seconds: float) -> str:
    """Write a length of audio."""
    return f"{seconds / 60:,.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:,.1f} h"


def show_pools(totals: Mapping[Pool, PoolTotals]) -> None:
    """Show how much is in each pool, and how much of it was chosen."""
    with st.container(horizontal=True):
        for pool, explained in POOLS.items():
            found = totals[pool]
            st.metric(
                str(pool).capitalize(),
                f"{found.sessions:,}",
                f"{found.chosen_sessions:,} chosen, {show_minutes(found.chosen_seconds)}",
                delta_color="off",
                delta_arrow="off",
                help=f"{explained} {show_minutes(found.seconds)}.",
                border=True,
            )


def add_to_round(round_: Round, source: Source, criteria: Criteria, sampling: Sampling, count: int) -> None:
    """Ask for the round that receives the chosen sessions, and fill it."""
    others = [each.id for each in rounds.list_rounds(state.get_workspace()) if each.id != round_.id]
    target = st.selectbox(
        "Round to label",
        others,
        None,
        accept_new_options=True,
        placeholder="Choose a round or type a new name",
        key=f"candidates_target_{round_.id}",
    )
    key = f"candidates_labels_{target}"
    into = next((each for each in rounds.list_rounds(state.get_workspace()) if each.id == target), None)
    if into is not None:
        label_choice.choose_labels(into, st.session_state.get(f"{key}_open", ()), key)
    label = f"Add {count_of(count, 'session')}"
    if not st.button(label, type="primary", icon=":material/playlist_add:", disabled=not target, width="stretch"):
        return
    bar = st.progress(0.0)

    def show(done: int, total: int, name: str) -> None:
        bar.progress(done / total, name)

    try:
        report = selection.select_sessions(
            state.get_workspace(),
            round_id=round_.id,
            target_name=target or "",
            model=source.model,
            run_id=source.run_id,
            criteria=criteria,
            sampling=sampling,
            labels=label_choice.get_choice(key),
            on_progress=show,
        )
    except LabelsOpen as error:
        st.session_state[f"{key}_open"] = error.waiting
        st.rerun()
    except PodcastError as error:
        st.error(str(error))
        return
    finally:
        bar.empty()
    name = rounds.get_round(state.get_workspace(), round_id=report.round_id).name
    st.success(f"{count_of(report.added, 'session')} added to “{escape(name)}”; already there: {report.known:,}.")
    st.page_link("label.py", label="Label them", icon=":material/select_all:", query_params={"round": report.round_id})


def make_bars(sessions: Sequence[Sorted]) -> list[Bar]:
    """Make the bars of a time-line."""
    return [
        Bar(
            timeline.get_moment(each),
            each.scored.session.duration_s,
            each.scored.score,
            str(each.pool),
            each.chosen,
            f"<b>{timeline.get_moment(each):%H:%M:%S}</b> {each.scored.session.id}<br>{each.pool}: "
            + each.why.replace("; ", "<br>"),
        )
        for each in sessions
    ]


def step_window(count: int, step: int) -> None:
    """Go to the window before or after."""
    st.session_state[WINDOW] = min(max(st.session_state.get(WINDOW, 0) + step, 0), count - 1)


def choose_window(windows: Sequence[Window]) -> Window:
    """Let a window be chosen, step by step or from the list."""
    if st.session_state.get(WINDOW, 0) >= len(windows):
        st.session_state[WINDOW] = 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        here = st.session_state.get(WINDOW, 0)
        st.button(
            "Before",
            icon=":material/chevron_left:",
            on_click=step_window,
            args=(len(windows), -1),
            disabled=here == 0,
        )
        st.button(
            "After",
            icon=":material/chevron_right:",
            on_click=step_window,
            args=(len(windows), 1),
            disabled=here == len(windows) - 1,
        )
        chosen = st.selectbox(
            "Window",
            range(len(windows)),
            format_func=lambda index: f"{windows[index].title} ({windows[index].chosen_count} chosen)",
            key=WINDOW,
            label_visibility="collapsed",
        )
    return windows[chosen]


def show_timeline(round_: Round, windows: Sequence[Window], criteria: Criteria) -> None:
    """Show one window: what was chosen, and why."""
    st.markdown("**What is chosen, and why**")
    window = choose_window(windows)
    figure = figures.draw_timeline(
        make_bars(window.sessions),
        window.started_at,
        window.ended_at,
        criteria.low,
        criteria.high,
        has_time=window.has_time,
    )
    clicked = st.plotly_chart(
        figure,
        key=f"candidates_timeline_{window.title}",
        config={"displayModeBar": False},
        on_select="rerun",
        selection_mode="points",
        alt=f"Sessions of {window.title} by their best score",
    )
    points = clicked.selection.points
    if not points:
        st.caption("Hover over a bar to see why; click it to open the session. Blank: no audio.")
        return
    position = points[0]["customdata"]
    each = window.sessions[position if isinstance(position, int) else position[0]]
    st.write(f"**{each.scored.session.id}** is a {each.pool}: {each.why}.")
    st.page_link(
        "label.py",
        label="Open it on the Label page",
        icon=":material/select_all:",
        query_params={"round": round_.id, "session": each.scored.session.id},
    )


def show_round(round_: Round) -> None:
    """Show the selection from one round, or what is missing for one."""
    sources = list_sources(round_)
    if not sources:
        st.info(f"“{escape(round_.name)}” has no predictions yet. Candidates are chosen by a model's scores.")
        st.page_link(
            "runs.py", label="Run a model", icon=":material/model_training:", query_params={"round": round_.id}
        )
        st.page_link("data.py", label="Import predictions", icon=":material/upload:", query_params={"round": round_.id})
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        source = ask_source(round_, sources)
    outcomes = rounds.count_standings(state.get_workspace(), round_id=round_.id)
    names = (source.model, source.run_id, source.set_id)
    count = sum(outcomes.values())
    with right:
        why = f"{count_of(count, 'session')}: reading the scores of all of them takes a while, but only the first time."
        asked = {"key": "candidates_sorted", "action": "Sort the sessions into pools"}
        if not (is_quick(count) or was_asked((round_.id, *names), why, **asked)):
            return
    scores = read_scores(state.get_workspace(), round_.id, *names, tuple(outcomes.items()))
    with left:
        criteria = ask_criteria(source, scores)
        sampling = ask_sampling()
        where = st.container()
    sorted_ = selection.choose(scores, criteria, sampling)
    totals = selection.count_pools(sorted_)
    with right:
        by_pool: dict[str, list[float]] = {}
        for each in sorted_:
            if each.scored.score is not None:
                by_pool.setdefault(str(each.pool), []).append(each.scored.score)
        figure = figures.draw_scores(by_pool, criteria.low, criteria.high)
        st.plotly_chart(figure, key="candidates_scores", config={"displayModeBar": False}, alt="Best scores by pool")
        show_pools(totals)
    with where:
        add_to_round(round_, source, criteria, sampling, sum(each.chosen_sessions for each in totals.values()))
    show_timeline(round_, timeline.list_windows(sorted_), criteria)


st.title("Candidates", anchor=False)
source = state.current_round()
if source is None:
    st.info("There are no rounds yet. Add recordings and a model's predictions first.")
    st.page_link("rounds.py", label="Rounds", icon=":material/home:")
else:
    st.caption(
        f"From “{source.name}”: every session is in one of three pools. People label all candidates and random "
        f"samples of the rest, so that calls the model missed are found too."
    )
    show_round(source)
