"""Data: a round out to other programs, and predictions and annotations of others in."""

import streamlit as st

from pages.shared import data_export, data_import
from pages.shared.state import current_round

TABS = {
    "Export": data_export.show_export,
    "Import predictions": data_import.show_predictions_import,
    "Import annotations": data_import.show_annotations_import,
}

st.title("Data", anchor=False)
chosen = current_round()
if chosen is None:
    st.info("There is no round yet. Add one on the Rounds page first.")
    st.page_link("rounds.py", label="Rounds", icon=":material/home:")
else:
    for tab, show in zip(st.tabs(list(TABS)), TABS.values(), strict=True):
        with tab:
            show(chosen)
