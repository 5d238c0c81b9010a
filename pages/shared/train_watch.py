"""Trainings while they run and afterwards: how far they are, and their learning curve."""

import streamlit as st

from pages.shared import state
from pages.shared.figure_card import show_figure
from pages.shared.job_card import show_job
from pages.shared.model_details import MODEL_KEY
from pages.shared.train_new import JOB_KEY, MODELS, NEW, RUNNING, VIEW_KEY
from podcast_core.figures.models import draw_learning
from podcast_core.services.learning import training
from podcast_core.services.learning.training import Training

REFRESH_S = 1.5


def show_trainings() -> None:
    """Show all trainings, and one of them in detail; both change while one runs."""
    found = training.list_trainings(state.get_workspace())
    if not found:
        st.info("No model has been trained yet.")
        st.button("New training", icon=":material/school:", on_click=look_at, args=(NEW,))
        return
    is_open = any(each.job.state.is_open for each in found)
    st.fragment(show_live, run_every=REFRESH_S if is_open else None)(was_open=is_open)


def show_live(*, was_open: bool) -> None:
    """Show the list and the chosen training."""
    if st.session_state.get(VIEW_KEY) != RUNNING:
        st.rerun()  # a button in here leads to another part of the page, which a fragment alone does not show
    found = training.list_trainings(state.get_workspace())
    if any(each.job.state.is_open for each in found) != was_open:
        st.rerun()  # from now on there is something to wait for, or nothing any more
    by_id = {each.job.id: each for each in found}
    if st.session_state.get(JOB_KEY) not in by_id:
        st.session_state[JOB_KEY] = found[0].job.id
    if len(found) > 1:
        st.dataframe(
            [
                {
                    "Model": each.model or each.name,
                    "Status": each.status,
                    "Progress": 100 * each.job.done / each.job.total if each.job.total else 0,
                    "Left": each.eta if each.job.state.is_open else "",
                    "By": each.job.who,
                    "Requested (UTC)": each.job.created_at,
                }
                for each in found
            ],
            column_config={
                "Progress": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
                "Requested (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
            },
            hide_index=True,
        )
        st.selectbox("Show", list(by_id), format_func=lambda job_id: describe(by_id[job_id]), key=JOB_KEY)
    show_one(by_id[st.session_state[JOB_KEY]])


def describe(found: Training) -> str:
    """Name a training in one line."""
    return f"{found.model or found.name}, {found.status}, {found.job.created_at:%Y-%m-%d %H:%M} UTC"


def show_one(found: Training) -> None:
    """Show a training's job and its learning curve."""
    show_job(found.job, has_links=False)
    if found.model:
        st.button(
            f"See how good {found.model} is",
            type="primary",
            icon=":material/monitoring:",
            on_click=look_at,
            args=(MODELS, found.model),
        )
    elif found.job.state.is_open and found.eta != "--:--:--":
        st.caption(f"About {found.eta} left. It continues if you leave this page.")
    if found.curve:
        show_figure(draw_learning(found.curve), "learning-curve", found.curve)
    elif found.job.state.is_open:
        st.caption("The training curve appears here once training has begun.")


def look_at(view: str, model: str = "") -> None:
    """Go to another part of the page."""
    st.session_state[VIEW_KEY] = view
    if model:
        st.session_state[MODEL_KEY] = model
