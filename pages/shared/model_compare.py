"""Versions of models side by side, on the very same sessions."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.shared import state
from pages.shared.job_card import cancel, show_state
from pages.shared.model_figures import show_one, show_side_by_side, show_table
from pages.shared.round_picker import ask_rounds
from pages.shared.working_out import work_out
from podcast_core.domain.job import JobState
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.jobs import queue
from podcast_core.services.learning import comparison
from podcast_core.services.learning.comparison import MAX_VERSIONS, Evaluation, EvaluationPlan, EvaluationRequest
from podcast_core.services.models import catalogue, promotions
from podcast_core.services.sets import release_store

JOB_KEY, SHOWN_KEY = "compare_job", "compare_shown"
REFRESH_S = 1.0


def show_compare(all_rounds: Sequence[Round]) -> None:
    """Ask which versions are measured on what, and show what came of it."""
    with st.container(border=True):
        request = ask(all_rounds)
        if request is not None:
            offer(request)
    if JOB_KEY in st.session_state:
        st.fragment(show_measuring, run_every=REFRESH_S)()
    found = comparison.list_evaluations(state.get_workspace())
    if not found:
        st.info("Nothing has been measured yet. Choose two versions above, and sessions not used to train any of them.")
        return
    by_id = {each.id: each for each in found}
    if st.session_state.get(SHOWN_KEY) not in by_id:
        st.session_state[SHOWN_KEY] = found[0].id
    chosen = st.selectbox("Show", list(by_id), format_func=lambda each: describe(by_id[each]), key=SHOWN_KEY)
    show_evaluation(by_id[chosen])


def ask(all_rounds: Sequence[Round]) -> EvaluationRequest | None:
    """Ask for versions and sessions; None while there is too little."""
    workspace = state.get_workspace()
    ids = [each.id for each in catalogue.list_versions(workspace)]
    current = state.current_round()
    first = comparison.suggest_models(workspace, labels=current.label_names if current else ())
    chosen = st.multiselect("Versions", ids, first, max_selections=MAX_VERSIONS, key="compare_versions")
    left, right = st.columns(2)
    releases = [each.id for each in release_store.list_releases(workspace)]
    picked = ask_rounds("On the labelled sessions of", all_rounds, key="compare_rounds", place=left)
    release = ""
    if releases:
        release = right.selectbox("or the test split of", ["", *releases], key="compare_release")
    count_own = st.checkbox(
        "Include labels that are a model’s own predictions",
        key="compare_own",
        help="Otherwise sessions are left out in which somebody accepted or rejected predictions of one of these "
        "models, or of an ancestor, without changing them: with those, a model is measured against itself.",
    )
    if not chosen or not (picked or release):
        return None
    try:
        return EvaluationRequest(tuple(chosen), () if release else tuple(picked), release, count_own=count_own)
    except PodcastError as error:
        st.warning(str(error))
        return None


def offer(request: EvaluationRequest) -> None:
    """Say on how many sessions they would be measured, and offer to do it."""
    asked = {"key": "compare_planned", "action": "Count the sessions", "doing": "Counting the sessions"}
    try:
        outline = work_out(request, request.round_ids, lambda: outline_evaluation(request), **asked)
    except PodcastError as error:
        st.warning(str(error))
        return
    if outline is not None:
        tell(*outline)
    st.button("Measure", type="primary", icon=":material/straighten:", on_click=measure, args=(request,))


def outline_evaluation(request: EvaluationRequest) -> tuple[EvaluationPlan, int, float]:
    """Work out what would be measured: a plan without its sessions, their number and seconds."""
    plan = comparison.plan_evaluation(state.get_workspace(), request)
    return replace(plan, pieces=()), len(plan.pieces), sum(each.session.duration_s for each in plan.pieces)


def tell(plan: EvaluationPlan, number: int, seconds: float) -> None:
    """Say on how many sessions they would be measured."""
    left_out = ", ".join(f"{found} {reason}" for reason, found in plan.left_out.items())
    st.caption(
        f"{count_of(number, 'session')} ({seconds / 60:.1f} min){f'; left out: {left_out}' if left_out else ''}."
    )
    for name, own in plan.own.items():
        st.caption(f":material/info: {own.describe(name)}")
    for name, recordings in plan.shared.items():
        st.caption(f":material/warning: {name} was trained on other parts of {len(recordings)} of these recordings.")


def measure(request: EvaluationRequest) -> None:
    """Put the evaluation into the queue, or show what there is of the same."""
    evaluation_id, job_id = comparison.add_evaluation(state.get_workspace(), request=request, who=state.annotator())
    if job_id:
        st.session_state[JOB_KEY] = job_id
    else:
        st.session_state[SHOWN_KEY] = evaluation_id


def show_measuring() -> None:
    """Show how far the evaluation is; when it is there, show it."""
    if JOB_KEY not in st.session_state:
        st.rerun()  # it was closed
    job = queue.get_job(state.get_workspace(), job_id=st.session_state[JOB_KEY])
    if job.state is JobState.DONE:
        st.session_state[SHOWN_KEY] = job.result["evaluation"]
        forget()
        st.rerun()
    show_state(job)
    if job.state.is_open:
        st.button("Cancel", icon=":material/close:", on_click=cancel, args=(job.id,), key="compare_cancel")
    else:
        st.button("Close", on_click=forget, key="compare_close")


def forget() -> None:
    """Leave the job alone."""
    st.session_state.pop(JOB_KEY, None)


def describe(found: Evaluation) -> str:
    """Name an evaluation in one line."""
    made_at = found.made_at[:16].replace("T", " ")
    return f"{', '.join(found.models)} on {count_of(found.sessions, 'session')} of {found.source}, {made_at} UTC"


def show_evaluation(found: Evaluation) -> None:
    """Show the table and the figures, and offer to promote one of them."""
    for name, recordings in found.shared.items():
        st.warning(
            f"{name} was trained on other parts of {len(recordings)} of these recordings: its figures are better "
            f"than they would be on unseen recordings.",
            icon=":material/warning:",
        )
    for sentence in found.told:
        (st.warning if found.counts_own else st.info)(sentence)
    show_table(found.models)
    show_side_by_side(found.models, f"evaluation-{found.id}")
    name = st.selectbox("Confusions and reliability of", list(found.models), key="compare_one")
    show_one(found.models[name], f"evaluation-{found.id}-{name.replace('/', '-')}")
    model, _, number = name.partition("/")
    is_in_use = promotions.find_in_use(state.get_workspace(), name=model) == int(number)
    st.button(
        f"Promote {name}",
        icon=":material/publish:",
        disabled=is_in_use,
        help="In use." if is_in_use else "Model runs and the API use it when no version is given.",
        on_click=promote,
        args=(model, int(number)),
    )


def promote(name: str, version: int) -> None:
    """Use a version from now on."""
    promotions.promote(state.get_workspace(), name=name, version=version, who=state.annotator())
