"""Reference examples of a round's labels: pictures and sounds beside the instructions."""

from contextlib import suppress
from html import escape
from itertools import groupby
from urllib.parse import quote, urlencode

import streamlit as st

from pages.shared import state
from podcast_core.domain.box import Stretch
from podcast_core.domain.example import Example
from podcast_core.domain.round import Round
from podcast_core.errors import NotFound
from podcast_core.services.labels import examples

AROUND = 0.35  # of the sound's length, on each side; chosen: enough to tell it from its surroundings
MIN_AROUND_S = 0.05
SIZE_PX = {"width": 240, "height": 130}
STYLE = """<style>
    .podcast-examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 0.6rem; }
    .podcast-examples figure { margin: 0; }
    .podcast-examples img { width: 100%; height: 110px; object-fit: fill; border-radius: 4px; background: #8883; }
    .podcast-examples audio { width: 100%; height: 2rem; }
    </style>"""


def show_examples(round_: Round) -> None:
    """Show the examples of each label that has some; a reviewer can take one out."""
    found = examples.list_around(state.get_workspace(), round_id=round_.id, share=AROUND, min_s=MIN_AROUND_S)
    is_reviewer = state.may("review")
    if not found:
        if is_reviewer:
            st.caption(
                "There are no reference examples yet. Select a box in the editor and press Example in its panel: "
                "everybody who labels sees it here."
            )
        return
    st.markdown("**Examples**")
    descriptions = {label.name: label.description for label in round_.labels}
    for label, shown in groupby(found, key=lambda each: each[0].label):
        told = f": {descriptions[label]}" if descriptions.get(label) else ""
        figures = "".join(describe_example(round_.id, *each) for each in shown)
        st.html(
            f"{STYLE}<p><strong>{escape(label)}</strong>{escape(told)}</p><div class='podcast-examples'>{figures}</div>"
        )
    if is_reviewer:
        remove_one(round_, [example for example, _ in found])


def describe_example(round_id: str, example: Example, shown: Stretch) -> str:
    """Write an example as HTML: its picture with what is around it, and its sound."""
    session = f"api/v1/rounds/{quote(round_id, safe='')}/sessions/{quote(example.session_id, safe='')}"
    times = {"start_s": round(shown.start_s, 4), "end_s": round(shown.end_s, 4)}
    picture = f"{session}/picture.jpg?{urlencode({**times, **SIZE_PX})}"
    sound = f"{session}/audio.wav?{urlencode(times)}"
    name = escape(f"{example.label} in {example.session_id} at {example.start_s:.2f} s")
    return (
        f'<figure><img src="{escape(picture)}" alt="Spectrogram of {name}" loading="lazy">'
        f'<audio src="{escape(sound)}" controls preload="none" aria-label="Sound of {name}"></audio></figure>'
    )


def remove_one(round_: Round, found: list[Example]) -> None:
    """Let a reviewer take an example out."""
    names = {each.id: f"{each.label}: {each.session_id} at {each.start_s:.2f} s, by {each.who}" for each in found}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Remove an example", list(names), index=None, format_func=names.__getitem__, key="example-removed"
        )
        if st.button("Remove", disabled=chosen is None, key="example-remove") and chosen is not None:
            with suppress(NotFound):  # somebody else has removed it
                examples.remove_example(state.get_workspace(), round_id=round_.id, example_id=chosen)
            st.rerun(scope="fragment")
