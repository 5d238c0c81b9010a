"""Starting a model run: which version of which model, on what, from which score on."""

from collections.abc import Mapping

import streamlit as st

from pages.shared import state
from pages.shared.device import ask_device
from pages.shared.round_picker import ask_rounds
from podcast_core.domain.limits import MIN_KEPT_SCORE
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.labels import listing
from podcast_core.services.models import promotions
from podcast_core.services.runs import model_runs
from podcast_core.services.runs.model_runs import WITHOUT_DEVICE, Ahead

STARTED = "run_started"  # the run that was started last on this page


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
    ahead = measure(chosen, places)
    if ahead is not None:
        show_ahead(ahead)
    st.button(
        "Start the run",
        type="primary",
        icon=":material/play_arrow:",
        disabled=ahead is None,
        on_click=start,
        args=(chosen, places, threshold, floor, device),
        key="run_start",
    )


def measure(chosen: ModelVersion, places: dict[str, list[str]]) -> Ahead | None:
    """Work out how much a run would look at; None, with the reason on the page, when there is nothing."""
    if not any(places.values()):
        st.info("Choose at least one. The total duration appears here.", icon=":material/info:")
        return None
    try:
        return model_runs.measure_ahead(state.get_workspace(), model=chosen.name, version=chosen.version, **places)
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


def show_ahead(ahead: Ahead) -> None:
    """Say how much audio it is."""
    most = "" if ahead.is_exact else "At most "
    st.caption(
        f"{most}{count_of(ahead.sessions, 'session')} of {count_of(ahead.recordings, 'recording')}, "
        f"{ahead.seconds / 60:,.1f} min of audio."
        + ("" if ahead.is_exact else " Audio that is in several rounds is processed once.")
    )


def start(chosen: ModelVersion, places: dict[str, list[str]], threshold: float, floor: float, device: str) -> None:
    """Start the run, and show it."""
    workspace = state.get_workspace()
    try:
        plan = model_runs.plan_run(
            workspace,
            model=chosen.name,
            version=chosen.version,
            threshold=threshold,
            floor=floor,
            who=state.annotator(),
            **places,
        )
    except PodcastError as error:
        st.toast(str(error))
        return
    st.session_state[STARTED] = model_runs.start_run(workspace, plan, device=device)
