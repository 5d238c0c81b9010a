"""Verification samples: predictions or answers drawn at random and judged, and what follows from the verdicts."""

import streamlit as st

from pages.shared import sample_answers, sample_predictions
from pages.shared.state import current_round

PREDICTIONS, ANSWERS = "Predictions", "Answers"

st.title("Verification samples", anchor=False)
if (chosen := current_round()) is None:
    st.info("There is no round yet.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    of = st.segmented_control(
        "What is verified",
        (PREDICTIONS, ANSWERS),
        default=ANSWERS if st.query_params.get("of") == "answers" else PREDICTIONS,
        required=True,
        label_visibility="collapsed",
        key="samples_of",
    )
    if of == ANSWERS:
        sample_answers.show(chosen)
    else:
        sample_predictions.show(chosen)
