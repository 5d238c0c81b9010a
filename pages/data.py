"""Data: recordings in; a round out to other programs; predictions and annotations of others in."""

from collections.abc import Callable

import streamlit as st

from pages.shared import data_add, data_export, data_import
from pages.shared.state import current_round
from podcast_core.domain.round import Round

ADD = "Add recordings"
TABS: dict[str, Callable[[Round], None]] = {  # what can be done with a round
    "Export": data_export.show_export,
    "Import predictions": data_import.show_predictions_import,
    "Import annotations": data_import.show_annotations_import,
}


st.title("Data", anchor=False)
chosen = current_round()
if chosen is None:
    st.info("There are no rounds yet. Recordings that you add here make one.")
    data_add.show_add(None)
else:
    first, *others = st.tabs([ADD, *TABS], key="data_tab", on_change="rerun")
    with first:
        data_add.show_add(chosen)
    for tab, show in zip(others, TABS.values(), strict=True):
        if show is data_export.show_export and not tab.open:
            continue  # an export of a large round takes seconds
        with tab:
            show(chosen)
