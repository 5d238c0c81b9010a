"""Whether more labels would help: F1 against sessions labelled, a part of the page *Train*."""

import numpy as np
import streamlit as st

from pages.shared import state
from pages.shared.figure_card import show_figure
from pages.shared.job_card import show_job
from podcast_core.domain.limits import DEFAULT_CURVE_BUDGET_S
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.figures.models import draw_growth
from podcast_core.ml.measuring.learning_curve import Outlook
from podcast_core.services.learning import learning_curves
from podcast_core.services.learning.learning_curves import LearningCurve

GROWTH = "More labels?"
REFRESH_S = 2.0
BUDGET_KEY = "growth_budget"


def show_growth() -> None:
    """Show the newest curve of the chosen round, and how to measure another one."""
    round_ = state.current_round()
    if round_ is None:
        st.info("Choose a round in the sidebar.")
        return
    job = learning_curves.find_job(state.get_workspace(), round_id=round_.id)
    is_open = job is not None and job.state.is_open
    st.fragment(show_round, run_every=REFRESH_S if is_open else None)(round_, was_open=is_open)


def show_round(round_: Round, *, was_open: bool) -> None:
    """Show what is measured, and what is being measured."""
    workspace = state.get_workspace()
    job = learning_curves.find_job(workspace, round_id=round_.id)
    is_open = job is not None and job.state.is_open
    if is_open != was_open:
        st.rerun()
    curves = learning_curves.list_curves(workspace, round_id=round_.id)
    if curves:
        show_curve(curves[0])
    elif not is_open:
        st.info(
            "Models are trained on part of the labelled sessions, then on twice as many, and so on, and measured on "
            "sessions not used to train any of them. The curve shows what more labels are worth."
        )
    if job is not None and (is_open or job.error):
        show_job(job, has_links=False)
    if not is_open:
        show_form(round_)


def show_curve(curve: LearningCurve) -> None:
    """Show a curve, and in a sentence what follows from it."""
    workspace = state.get_workspace()
    outlook = learning_curves.get_outlook(workspace, curve)
    st.markdown(f"**{learning_curves.describe(outlook)}**")
    versions = learning_curves.list_versions(workspace, round_id=curve.round_id)
    trained = {each.model: (each.sessions, each.f1) for each in versions}
    show_figure(draw_growth(curve.rows, list_law(outlook), trained), f"{curve.round_id}-more-labels", curve.rows)
    if outlook.gain is not None:
        st.caption(
            "The dotted line is an inverse power law fitted to the means. The first interval is the uncertainty of "
            "the line; the second contains the difference between two such measurements in 95 of 100 cases, because "
            "trainings vary and no line fits exactly. Neither accounts for recordings that differ from these."
        )
    text = (
        f"{count_of(len(curve.points), 'training')} of {curve.budget_s:g} s each, three per size, on "
        f"{count_of(curve.test_sessions, 'held-out session')}; measured {curve.made_at[:16].replace('T', ' ')} UTC."
    )
    if curve.left_out:
        text += f" Left out at random, as memory has no room for more: {count_of(curve.left_out, 'answered session')}."
    if curve.shared:
        text += " Training and held-out sessions share recordings: new recordings will be harder."
    st.caption(" ".join([text, *curve.told]))


def list_law(outlook: Outlook) -> list[tuple[float, float]]:
    """List points of the line, as far as the sentence looks ahead."""
    law = outlook.law
    if law is None:
        return []
    return [(float(n), law.predict(float(n))) for n in np.geomspace(1, outlook.sessions + outlook.more, 60)]


def show_form(round_: Round) -> None:
    """Ask how much time each training may take, and put the job in."""
    with st.form("growth", border=True):
        budget_s = st.number_input(
            "CPU time per training (s)",
            min_value=1.0,
            max_value=learning_curves.MAX_BUDGET_S,
            value=DEFAULT_CURVE_BUDGET_S,
            step=5.0,
            key=BUDGET_KEY,
            help="CPU seconds; up to 15 trainings. Allow more for many labels or difficult calls.",
        )
        if not st.form_submit_button("Measure", type="primary", icon=":material/query_stats:"):
            return
    try:
        learning_curves.add_curve(
            state.get_workspace(), round_id=round_.id, budget_s=float(budget_s), who=state.annotator()
        )
    except PodcastError as error:
        st.error(str(error))
        return
    st.rerun()
