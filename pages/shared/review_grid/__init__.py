"""The boxes of a queue's answers as thumbnails: one Streamlit component (components v2) around plain ES modules.

Its modules talk to our own HTTP API; Streamlit only hears which session somebody wants to open.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.shared.assets import LOADER, asset_url
from podcast_core.domain.label import Label

SKELETON = '<div class="review-grid" data-state="loading" style="min-height: 480px"></div>'

component = st.components.v2.component("podcast_review_grid", html=SKELETON, js=LOADER, isolate_styles=True)


def review_grid(
    *,
    key: str,
    round_id: str,
    query: str,
    labels: Sequence[Label],
    annotator: str,
    blind: bool,
    can_review: bool,
    on_opened: Callable[[str], None],
) -> None:
    """Show the boxes that a queue finds, to be looked at, relabelled, removed and accepted.

    Parameters
    ----------
    query
        The queue, as in an address of the API.
    labels
        Those of the round.
    annotator
        Who judges.
    blind
        Whose answers these are stays hidden.
    on_opened
        Called with the session that somebody wants to open.
    """

    def tell() -> None:
        on_opened(st.session_state[key]["opened"])

    component(
        key=key,
        data={
            "module_url": asset_url("review_grid/main.js"),
            "round_id": round_id,
            "query": query,
            "labels": [{"name": each.name, "color": each.color, "hotkey": each.hotkey} for each in labels],
            "annotator": annotator,
            "blind": blind,
            "can_review": can_review,
        },
        on_opened_change=tell,
    )
