"""What several model runs, and people, say about one session: over its spectrogram, each in a layer of its own."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import state
from pages.shared.assets import LOADER, asset_url
from podcast_core.domain.session import Session
from podcast_core.services.runs import findings
from podcast_core.services.runs.findings import Layer

# Okabe & Ito's: light enough to be seen on a dark picture, and told apart by colour-blind people.
COLORS = ("#56b4e9", "#e69f00", "#cc79a7", "#f0e442", "#ffffff")
PEOPLE_COLOR = "#00d084"
SKELETON = '<div class="podcast-layers" data-state="loading" style="min-height: 420px"></div>'

component = st.components.v2.component("podcast_layers", html=SKELETON, js=LOADER, isolate_styles=True)


def name_layer(layer: Layer) -> str:
    """Name a layer as people tell it apart."""
    if layer.run is None:
        return "People's annotations"
    return f"{layer.run.model_id}, {layer.run.created_at:%-d %b %H:%M:%S}"


def ask_layers(layers: Sequence[Layer], run_id: str) -> list[Layer]:
    """Ask which runs are shown beside the one that is open; people's annotations always are."""
    others = {each.run.id: each for each in layers if each.run is not None and each.run.id != run_id}
    chosen: list[str] = []
    if others:
        chosen = st.multiselect(
            "Also show",
            list(others),
            format_func=lambda each: name_layer(others[each]),
            max_selections=len(COLORS) - 1,
            placeholder="Choose other runs that cover this session",
            key="run_beside",
        )
    own = [each for each in layers if each.run is not None and each.run.id == run_id]
    return [*own, *(others[each] for each in chosen), *(each for each in layers if each.run is None)]


def show_layers(session: Session, run_id: str, threshold: float) -> None:
    """Show a session with what the open run found in it, and others beside it."""
    found = findings.list_layers(state.get_workspace(), round_id=session.round_id, session_id=session.id)
    shown = ask_layers(found, run_id)
    component(
        key="run_layers",
        data={
            "module_url": asset_url("run_layers/main.js"),
            "round_id": session.round_id,
            "session_id": session.id,
            "layers": [to_data(each, index, run_id, threshold) for index, each in enumerate(shown)],
        },
    )


def to_data(layer: Layer, index: int, run_id: str, threshold: float) -> dict[str, object]:
    """Write a layer for the browser; people's annotations have no threshold."""
    boxes = [[box.start_s, box.end_s, box.low_hz, box.high_hz, box.label, box.score] for box in layer.boxes]
    named = {"name": name_layer(layer), "boxes": boxes}
    if layer.run is None:
        return {**named, "id": "people", "color": PEOPLE_COLOR, "threshold": 0.0, "floor": None}
    first = threshold if layer.run.id == run_id else layer.run.threshold
    limits = {"threshold": first, "floor": layer.run.floor}
    return {**named, **limits, "id": layer.run.id, "color": COLORS[index % len(COLORS)]}
