"""A live source: one Streamlit component (components v2) around plain ES modules, which read the sound by HTTP."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.shared.assets import LOADER, asset_url
from podcast_core.domain.label import Label

SKELETON = '<div class="live" data-state="waiting" style="min-height: 480px"></div>'

component = st.components.v2.component("podcast_live", html=SKELETON, js=LOADER, isolate_styles=True)


def live_view(
    *, feed_id: str, channel_count: int, labels: Mapping[str, Sequence[Label]], person: str, can_mark: bool
) -> None:
    """Show the sound of a feed as it comes.

    Parameters
    ----------
    labels
        Of the rounds that it may be recorded into, by the round's id: with them somebody marks what they hear.
    person
        Under whose name marks are kept.
    """
    component(
        key=f"live-view-{feed_id}",
        data={
            "module_url": asset_url("live/main.js"),
            "feed_id": feed_id,
            "channel_count": channel_count,
            "labels": {
                round_id: [{"name": each.name, "hotkey": each.hotkey} for each in own]
                for round_id, own in labels.items()
            },
            "person": person,
            "can_mark": can_mark,
        },
    )
