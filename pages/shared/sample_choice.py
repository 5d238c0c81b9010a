"""Which of a round's samples is shown: the one in the URL, else the newest."""

from collections.abc import Sequence

import streamlit as st

from podcast_core.domain.verification_sample import VerificationSample
from podcast_core.errors import count_of

SAMPLE = "sample"


def choose_sample(known: Sequence[VerificationSample], of: str) -> VerificationSample | None:
    """Ask which sample is shown; None where there is none."""
    by_id = {each.id: each for each in known}
    if not by_id:
        return None
    key = f"sample_{of}_{known[0].round_id}"
    if st.query_params.get(SAMPLE) in by_id and st.session_state.get(key) not in by_id:
        st.session_state[key] = st.query_params[SAMPLE]
    chosen = next(iter(by_id))
    if len(by_id) > 1:
        chosen = st.selectbox("Sample", list(by_id), format_func=lambda each: name_sample(by_id[each]), key=key)
    else:
        st.caption(name_sample(by_id[chosen]))
    st.query_params[SAMPLE] = chosen
    return by_id[chosen]


def open_sample(sample: VerificationSample) -> None:
    """Show a sample that was just drawn."""
    st.session_state[f"sample_{sample.of.value}_{sample.round_id}"] = sample.id
    st.query_params[SAMPLE] = sample.id


def name_sample(sample: VerificationSample) -> str:
    """Name a sample in a list."""
    drawn = f"drawn {sample.drawn_at:%-d %b %Y %H:%M} UTC by {sample.who}, seed {sample.seed}"
    (first, *_) = sample.strata
    if sample.model:
        return f"{sample.model}: {sample.per_stratum} of each, {drawn}"
    of = " ".join(each for each in (first.annotator, first.label) if each)
    return f"{count_of(len(first.ids), 'answer')}{f' ({of})' if of else ''}, {drawn}"
