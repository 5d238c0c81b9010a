"""What the random share of a round says about the whole of it: a part of the page *Progress*."""

import streamlit as st

from pages.shared import state
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.services.learning import estimates
from podcast_core.services.learning.estimates import Estimates, Quality
from podcast_core.services.learning.figure_tables import write_csv

OWN_KEY = "estimates_own"
ABOUT = (
    "One in five sessions that a model suggests is drawn at random. Only those represent the whole round: the "
    "others were chosen because they are difficult or likely."
)


def show_estimates(round_: Round) -> None:
    """Show the estimates, or what to do to get some."""
    st.header("Estimates for the whole round", anchor=False, help=ABOUT)
    count_own = bool(st.session_state.get(OWN_KEY))
    found = estimates.get_estimates(state.get_workspace(), round_id=round_.id, count_own=count_own)
    if found is None:
        st.caption("They come from sessions drawn at random after a model has been run on the round.")
        st.page_link("runs.py", label="Run a model", icon=":material/model_training:")
        return
    st.caption(f"Answered: {found.answered} of {count_of(found.drawn, 'session')} drawn at random.")
    if not found.is_enough:
        st.info(describe_missing(found))
        st.page_link("label.py", label="Label in suggested order", icon=":material/select_all:")
        return
    with st.container(horizontal=True):
        show_metric("Sessions with calls", found.with_calls, is_share=True)
        show_metric("Calls per hour", found.per_hour, is_share=False)
    show_quality(found)
    st.download_button(
        "These estimates (CSV)",
        state.make_later(lambda: write_csv(estimates.list_numbers(found))),
        f"{round_.id}-estimates.csv",
        "text/csv",
        key="estimates-csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def describe_missing(found: Estimates) -> str:
    """Say what it takes until there are estimates."""
    if not found.missing:
        return (
            f"Estimates need {estimates.MIN_SESSIONS} sessions, and only {found.drawn} could be drawn: the round is "
            "too small. Label all of it."
        )
    more = count_of(found.missing, "more answer")
    return f"Not enough answers yet: {more} for drawn sessions needed. Label in suggested order."


def show_quality(found: Estimates) -> None:
    """Show how good the run is on what its model has not learnt from."""
    st.markdown(f"**How good {found.model_id} is at its threshold of {found.threshold:g}**")
    learnt = found.answered - found.judged
    if learnt:
        st.caption(f"{learnt} of the drawn sessions do not count here: the model was trained on them.")
    if found.own.sessions:
        st.caption(found.own.describe(found.model_id))
        st.checkbox(
            "Show anyway",
            key=OWN_KEY,
            help="Measured against labels accepted from it, a model looks better than it is. Without these "
            "sessions, the rest is no longer a random sample, so no estimate can be given.",
        )
    if not found.is_measured and found.judged:
        return
    if not found.judged:
        st.caption("Answer drawn sessions that it was not trained on to see it.")
        return
    rows = {
        "Sessions (is there a call?)": found.sessions,
        "Calls with their label": found.calls,
        "Calls of any label": found.any_label,
    }
    st.dataframe(
        [{"": name, **describe_quality(quality)} for name, quality in rows.items()],
        column_config={"": st.column_config.TextColumn(pinned=True, width="medium")},
        hide_index=True,
    )
    st.caption(
        "In brackets: the 95 % interval. A call counts as found when box and annotation overlap by half or more."
    )


def describe_quality(quality: Quality) -> dict[str, str]:
    """Write the three figures with their intervals."""
    values = {"Precision": quality.precision, "Recall": quality.recall, "F1": quality.f1}
    return {name: "–" if each is None else describe(each, is_share=True) for name, each in values.items()}


def show_metric(name: str, estimate: Estimate | None, *, is_share: bool) -> None:
    """Show one figure with its interval."""
    if estimate is None:
        st.metric(name, "–", border=True)
        return
    value, interval = describe(estimate, is_share=is_share).split(" ", 1)
    st.metric(name, value, delta=f"95 %: {interval[1:-1]}", delta_color="off", delta_arrow="off", border=True)


def describe(estimate: Estimate, *, is_share: bool) -> str:
    """Write a value and its interval: ``62% (48%–75%)`` or ``31.5 (20.0–44.0)``."""
    if is_share:
        return f"{estimate.value:.0%} ({estimate.low:.0%}–{estimate.high:.0%})"
    digits = 1 if estimate.value < 100 else 0
    return f"{estimate.value:,.{digits}f} ({estimate.low:,.{digits}f}–{estimate.high:,.{digits}f})"
