"""Judge the predictions of a sample one after another: picture, sound, and one key for each verdict."""

import io
import uuid

import streamlit as st

from pages.shared import state as page_state
from pages.shared.words import escape
from podcast_core.domain.prediction import PredictionVerdict
from podcast_core.errors import PodcastError
from podcast_core.figures.verification import draw_clip
from podcast_core.services.labels import verification
from podcast_core.services.labels.verification import Item
from podcast_core.services.verifying import hearing
from podcast_core.services.verifying.judging import SampleState

GIVEN = "sample_given"  # verdicts of this visit, the newest last, so that they can be undone
PROBLEM = "sample_problem"


def show(state: SampleState) -> None:
    """Show the next prediction with the buttons for its verdict."""
    if problem := st.session_state.pop(PROBLEM, ""):
        st.error(problem, icon=":material/error:")
    given = [each for each in st.session_state.get(GIVEN, []) if each[0] == state.sample.id]
    with st.container(border=True, key="sample_judge"):
        if not state.waiting:
            st.markdown(":material/check: **Nothing is left to judge.**")
            show_undo(state, given)
            return
        session_id, prediction_id = state.waiting[0]
        try:
            show_clip(state, session_id, prediction_id)
        except PodcastError as error:
            st.error(str(error), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center"):
            for verdict, name, icon, key in (
                (PredictionVerdict.NO, "No", ":material/close:", "n"),
                (PredictionVerdict.UNSURE, "Unsure", ":material/question_mark:", "u"),
                (PredictionVerdict.YES, "Yes", ":material/check:", "y"),
            ):
                st.button(
                    name,
                    icon=icon,
                    shortcut=key,
                    type="primary" if verdict is PredictionVerdict.YES else "secondary",
                    key=f"sample_{verdict.value}",
                    on_click=judge,
                    args=(state, session_id, prediction_id, verdict),
                )
            show_undo(state, given)
            st.page_link(
                "label.py",
                label="Open the session",
                icon=":material/open_in_new:",
                query_params={"round": state.sample.round_id, "session": session_id},
            )


def show_undo(state: SampleState, given: list[tuple[str, str, str]]) -> None:
    """Offer to take back the last verdict of this visit."""
    st.button(
        "Undo",
        icon=":material/undo:",
        shortcut="Backspace",
        disabled=not given,
        key="sample_undo",
        on_click=undo,
        args=(state,),
    )


def show_clip(state: SampleState, session_id: str, prediction_id: str) -> None:
    """Show one prediction; its score is not said, so that nobody judges by it."""
    heard = hearing.get_heard(
        page_state.get_workspace(), round_id=state.sample.round_id, session_id=session_id, prediction_id=prediction_id
    )
    slow = " · ten times slower" if heard.speed < 1 else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**Is this “{escape(heard.prediction.label)}”?**", width="stretch")
        st.caption(f"{escape(heard.file_name)} · {heard.box.duration_s:.2f} s{slow}", width="content")
    info = heard.picture.info
    figure = draw_clip(
        heard.picture.data,
        heard.box,
        start_s=info.start_s,
        end_s=info.end_s,
        low_hz=info.low_hz,
        high_hz=info.high_hz,
    )
    name = f"Spectrogram of the prediction, {escape(heard.prediction.label)}"
    st.plotly_chart(figure, config={"displayModeBar": False}, key="sample_clip", alt=name)
    st.audio(io.BytesIO(heard.wav), format="audio/wav", autoplay=True)


def judge(state: SampleState, session_id: str, prediction_id: str, verdict: PredictionVerdict) -> None:
    """Keep a verdict."""
    if give(state, session_id, prediction_id, verdict):
        given = st.session_state.setdefault(GIVEN, [])
        given.append((state.sample.id, session_id, prediction_id))


def undo(state: SampleState) -> None:
    """Take back the last verdict of this visit on this sample."""
    given = st.session_state[GIVEN]
    last = max(place for place, each in enumerate(given) if each[0] == state.sample.id)
    _, session_id, prediction_id = given[last]
    if give(state, session_id, prediction_id, PredictionVerdict.NONE):
        del given[last]


def give(state: SampleState, session_id: str, prediction_id: str, verdict: PredictionVerdict) -> bool:
    """Send a verdict; what keeps it from being kept is shown."""
    try:
        done = verification.give_verdicts(
            page_state.get_workspace(),
            round_id=state.sample.round_id,
            verdict_id=str(uuid.uuid4()),
            annotator=page_state.annotator(),
            items=[Item(session_id, prediction_id, verdict)],
        )
    except PodcastError as error:
        st.session_state[PROBLEM] = str(error)
        return False
    if done.skipped:
        st.session_state[PROBLEM] = f"Not kept: {done.skipped[0].reason}"
    return not done.skipped
