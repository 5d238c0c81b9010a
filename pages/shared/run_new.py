"""Starting a model run: which version of which model, on what, from which score on."""

from collections.abc import Mapping

import streamlit as st

from pages.shared import state
from pages.shared.device import ask_device
from pages.shared.round_picker import ask_rounds
from podcast_core.domain.limits import MIN_KEPT_SCORE
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.round import Round
from podcast_core.domain.run import RunPlan
from podcast_core.errors import PodcastError
from podcast_core.services.labels import listing
from podcast_core.services.models import promotions
from podcast_core.services.runs import model_runs
from podcast_core.services.runs.model_runs import WITHOUT_DEVICE

OPEN = "run_open"  # the run that is shown


def show_new(rounds: list[Round]) -> None:
    """Ask what shall run on what, say how much that is, and start it."""
    listed = {each.id: each for each in model_runs.list_models(state.get_workspace())}
    in_use = promotions.list_in_use(state.get_workspace())
    left, right = st.columns(2)
    model_id = left.selectbox(
        "Model",
        list(listed),
        format_func=lambda each: name_version(listed[each], in_use),
        key="run_model",
    )
    chosen = listed[model_id]
    places = ask_places(rounds, right)
    threshold, floor = ask_scores(chosen)
    device = ask_device("run_device") if chosen.kind not in WITHOUT_DEVICE else ""
    plan = make_plan(chosen, places, threshold, floor)
    if plan is not None:
        show_plan(plan)
    st.button(
        "Start the run",
        type="primary",
        icon=":material/play_arrow:",
        disabled=plan is None,
        on_click=start,
        args=(plan, device),
        key="run_start",
    )


def make_plan(chosen: ModelVersion, places: dict[str, list[str]], threshold: float, floor: float) -> RunPlan | None:
    """Work out what the run would be; None, with the reason on the page, when there is none."""
    if not any(places.values()):
        st.info("Choose at least one. The total duration appears here.", icon=":material/info:")
        return None
    try:
        return model_runs.plan_run(
            state.get_workspace(),
            model=chosen.name,
            version=chosen.version,
            threshold=threshold,
            floor=floor,
            who=state.annotator(),
            **places,
        )
    except PodcastError as error:
        st.info(str(error), icon=":material/info:")
        return None


def name_version(version: ModelVersion, in_use: Mapping[str, int]) -> str:
    """Write a version as people choose it; of each model one version is in use."""
    if version.is_built_in:
        return f"{version.name} (built in, without weights)"
    mark = ", in use" if in_use.get(version.name) == version.version else ""
    return f"{version.name}, version {version.version} ({version.kind}{mark})"


def ask_places(rounds: list[Round], place: "st.delta_generator.DeltaGenerator") -> dict[str, list[str]]:
    """Ask for rounds or recordings."""
    with place:
        kind = st.segmented_control("On", ["Rounds", "Recordings"], default="Rounds", key="run_on")
        if kind == "Recordings":
            found, _ = listing.list_recordings(state.get_workspace())
            known = {each.id: each.file_name for each in found}
            chosen = st.multiselect(
                "Recordings",
                list(known),
                format_func=lambda each: known[each],
                placeholder="Choose recordings",
                label_visibility="collapsed",
                key="run_recordings",
            )
            return {"recording_ids": chosen}
        return {"round_ids": ask_rounds("Rounds", rounds, key="run_rounds", is_label_shown=False)}


def ask_scores(chosen: ModelVersion) -> tuple[float, float]:
    """Ask from which score on calls are shown at first, and kept at all."""
    left, right = st.columns(2)
    own = model_runs.suggest_threshold(chosen)
    threshold = left.slider(
        "Threshold",
        0.0,
        1.0,
        own,
        0.01,
        key=f"run_threshold_{chosen.id}",
        help=f"Calls with a lower score are hidden at first; you can change this later. The model's own: {own:.2f}.",
    )
    floor = right.number_input(
        "Keep scores from",
        0.0,
        1.0,
        MIN_KEPT_SCORE,
        0.05,
        key="run_floor",
        help="Lower scores are discarded: the threshold cannot be set below this later.",
    )
    return threshold, floor


def show_plan(plan: RunPlan) -> None:
    """Say how much audio it is."""
    minutes = sum(each.duration_s for each in plan.pieces) / 60
    st.caption(
        f"{len(plan.pieces):,} session{'' if len(plan.pieces) == 1 else 's'} of {len(plan.run.recordings):,} "
        f"recording{'' if len(plan.run.recordings) == 1 else 's'}, {minutes:,.1f} min of audio."
    )


def start(plan: RunPlan, device: str) -> None:
    """Start the run, and show it."""
    st.session_state[OPEN] = model_runs.start_run(state.get_workspace(), plan, device=device)
