"""Reference examples of a round's labels: pictures and sounds beside the instructions."""

from contextlib import suppress
from html import escape
from itertools import groupby
from urllib.parse import quote, urlencode

import streamlit as st

from pages.shared import state
from podcast_core.domain.box import Stretch
from podcast_core.domain.example import MAX_CLIP_BYTES, MAX_CLIP_S, Example, UploadedClip
from podcast_core.domain.round import Round
from podcast_core.errors import NotFound, PodcastError
from podcast_core.services.labels import examples

AROUND = 0.35  # of the sound's length, on each side; chosen: enough to tell it from its surroundings
MIN_AROUND_S = 0.05
SIZE_PX = {"width": 240, "height": 130}
STYLE = """<style>
    .podcast-examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 0.6rem; }
    .podcast-examples figure { margin: 0; }
    .podcast-examples img { width: 100%; height: 110px; object-fit: fill; border-radius: 4px; background: #8883; }
    .podcast-examples audio { width: 100%; height: 2rem; }
    .podcast-examples figcaption { font-size: 0.875rem; opacity: 0.7; }
    </style>"""


def show_examples(round_: Round) -> None:
    """Show the examples of each label that has some; a reviewer can take one out."""
    found = examples.list_around(state.get_workspace(), round_id=round_.id, share=AROUND, min_s=MIN_AROUND_S)
    is_reviewer = state.may("review")
    if not found:
        if is_reviewer:
            st.caption(
                "There are no reference examples yet. Select a box in the editor and press Example in its panel, or "
                "upload a sound: everybody who labels sees it here."
            )
            upload_one(round_)
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
        upload_one(round_)
        remove_one(round_, [example for example, _ in found])


def describe_example(round_id: str, example: Example, shown: Stretch) -> str:
    """Write an example as HTML: its picture with what is around it, and its sound."""
    if example.clip is not None:
        return describe_clip(round_id, example, example.clip)
    session = f"api/v1/rounds/{quote(round_id, safe='')}/sessions/{quote(example.session_id, safe='')}"
    times = {"start_s": round(shown.start_s, 4), "end_s": round(shown.end_s, 4)}
    picture = f"{session}/picture.jpg?{urlencode({**times, **SIZE_PX})}"
    sound = f"{session}/audio.wav?{urlencode(times)}"
    name = escape(f"{example.label} in {example.session_id} at {example.start_s:.2f} s")
    return (
        f'<figure><img src="{escape(picture)}" alt="Spectrogram of {name}" loading="lazy">'
        f'<audio src="{escape(sound)}" controls preload="none" aria-label="Sound of {name}"></audio></figure>'
    )


def describe_clip(round_id: str, example: Example, clip: UploadedClip) -> str:
    """Write an uploaded example as HTML: picture, sound, and under which licence it is shown."""
    base = f"api/v1/rounds/{quote(round_id, safe='')}/examples/{quote(example.id, safe='')}"
    name = escape(f"{example.label} in {clip.file_name}")
    told = escape(f"{clip.source}, {clip.licence}" if clip.source else clip.licence)
    return (
        f'<figure><img src="{base}/picture" alt="Spectrogram of {name}" loading="lazy">'
        f'<audio src="{base}/sound" controls preload="none" aria-label="Sound of {name}"></audio>'
        f"<figcaption>{told}</figcaption></figure>"
    )


def upload_one(round_: Round) -> None:
    """Let a reviewer upload a sound as an example."""
    with st.form("example-upload", border=False, clear_on_submit=True):
        file = st.file_uploader(
            f"Upload an example (at most {MAX_CLIP_S:g} s, {MAX_CLIP_BYTES / 1e6:g} MB)",
            ["wav", "flac", "mp3", "ogg"],
            max_upload_size=int(MAX_CLIP_BYTES / 1e6),
        )
        left, middle, right = st.columns(3)
        label = left.selectbox("Label", round_.label_names)
        licence = middle.text_input("Licence", max_chars=200, placeholder="CC BY 4.0")
        source = right.text_input("Source", max_chars=500, placeholder="Who recorded it, and where")
        if not st.form_submit_button("Upload", icon=":material/upload:"):
            return
    if file is None:
        st.error("Choose a file first.", icon=":material/error:")
        return
    try:
        examples.add_clip(
            state.get_workspace(),
            round_id=round_.id,
            label=label,
            name=file.name,
            file=file,
            licence=licence,
            source=source,
            who=state.annotator(),
        )
    except PodcastError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    st.rerun(scope="fragment")


def remove_one(round_: Round, found: list[Example]) -> None:
    """Let a reviewer take an example out."""
    names = {each.id: f"{each.label}: {name_place(each)}, by {each.who}" for each in found}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Remove an example", list(names), index=None, format_func=names.__getitem__, key="example-removed"
        )
        if st.button("Remove", disabled=chosen is None, key="example-remove") and chosen is not None:
            with suppress(NotFound):  # somebody else has removed it
                examples.remove_example(state.get_workspace(), round_id=round_.id, example_id=chosen)
            st.rerun(scope="fragment")


def name_place(example: Example) -> str:
    """Say where an example is from."""
    if example.clip is not None:
        return example.clip.file_name
    return f"{example.session_id} at {example.start_s:.2f} s"
