"""The explorer: one Streamlit component (components v2) around plain ES modules.

Like the editor's, its modules talk to our own HTTP API; nothing that a person has selected or labelled passes through
Streamlit, and the page does not run again while somebody works in it.
"""

from collections.abc import Mapping

import streamlit as st

from pages.shared.assets import LOADER, asset_url

SKELETON = '<div class="explorer" data-state="loading" style="min-height: 480px"></div>'

component = st.components.v2.component("podcast_explorer", html=SKELETON, js=LOADER, isolate_styles=True)


def explorer(
    *,
    key: str,
    round_id: str,
    collection_id: str,
    clip_count: int,
    unit: str,
    annotator: str,
    find: Mapping[str, str | float] | None = None,
) -> None:
    """Show the map of a collection, with its panels.

    Parameters
    ----------
    key
        Name of this explorer on the page; it keeps its state as long as the page shows it.
    round_id, collection_id, clip_count, unit
        What is shown.
    annotator
        Name under which labels are kept.
    find
        What is searched for at first: ``start_s`` to ``end_s`` of the session ``session_id``.
    """
    component(
        key=key,
        data={
            "module_url": asset_url("explore/main.js"),
            "round_id": round_id,
            "collection_id": collection_id,
            "clip_count": clip_count,
            "unit": unit,
            "annotator": annotator,
            "find": find,
        },
    )
