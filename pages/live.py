"""Live: hear and see what a microphone or hydrophone brings now, mark it, and record it into a round."""

from datetime import UTC, datetime

import streamlit as st

from pages.shared import state
from pages.shared.live import live_view
from pages.shared.live_microphone import ask_microphone
from pages.shared.words import escape
from podcast_core.errors import NotFound, PodcastError, count_of
from podcast_core.services.labels import rounds
from podcast_core.services.live import feeding, recording, watching
from podcast_core.services.models import catalogue

MICROPHONE = "microphone"
NO_MODEL = ""


def ask_source() -> str | None:
    """Ask what is heard; gives the id of its feed, None while there is none."""
    workspace = state.get_workspace()
    own = [MICROPHONE] if state.may("label") else []
    others = {each.id: each.name for each in feeding.list_feeds(workspace) if each.end}
    names = {MICROPHONE: "My microphone", feeding.SIMULATED: "Simulated hydrophone", **others}
    chosen = st.segmented_control(
        "Source",
        [*own, *dict.fromkeys((feeding.SIMULATED, *others))],
        format_func=lambda each: names.get(each, each),
        default=feeding.SIMULATED,
        required=True,
        key="live_source",
        persist_state="session",
    )
    if chosen == MICROPHONE:
        return ask_microphone()
    return feeding.open_simulated(workspace).id if chosen == feeding.SIMULATED else chosen


def show_model(feed_id: str) -> str:
    """Ask which model looks at the sound, and have it look."""
    workspace = state.get_workspace()
    watcher = watching.find_watcher(feeding.get_feed(workspace, feed_id=feed_id))
    names = [NO_MODEL, *dict.fromkeys(each.name for each in catalogue.list_versions(workspace))]
    now = watcher.model if watcher else NO_MODEL
    chosen: str = st.selectbox(
        "Model",
        names,
        index=names.index(now) if now in names else 0,
        format_func=lambda each: each or "none",
        help="It looks at the sound as it comes, and at each recorded session.",
        key=f"live_model_{feed_id}",
    )
    if chosen != now:
        with st.spinner("Loading the model"):
            if chosen:
                watching.start_watching(workspace, feed_id=feed_id, model=chosen)
            else:
                watching.stop_watching(workspace, feed_id=feed_id)
    return chosen


def show_controls(feed_id: str) -> None:
    """Ask what is done with the sound: which model looks at it, and into which round it is recorded."""
    workspace = state.get_workspace()
    feed = feeding.get_feed(workspace, feed_id=feed_id)
    is_recorded = recording.find_recorder(feed) is not None
    with st.container(horizontal=True, vertical_alignment="bottom", key="live_controls"):
        model = show_model(feed_id)
        if is_recorded:
            if st.button("Stop recording", icon=":material/stop_circle:", type="primary"):
                count = recording.stop_recording(workspace, feed_id=feed_id)
                st.toast(f"Recorded {count_of(count, 'recording')}.")
                st.rerun()
            return
        round_name = st.text_input(
            "Record into round",
            f"Live {datetime.now(UTC):%Y-%m-%d}",
            max_chars=80,
            key="live_round",
            help="A round of this name, or a new one.",
        )
        labels = st.text_input("Labels of a new round", "call, whistle, click, noise", key="live_labels")
        length_s = st.number_input("Session (s)", 5, 600, 60, step=5, key="live_length_s")
        if st.button("Record", icon=":material/radio_button_checked:", type="primary"):
            known = {each.name for each in rounds.list_rounds(workspace)} | {
                each.id for each in rounds.list_rounds(workspace)
            }
            recording.start_recording(
                workspace,
                feed_id=feed_id,
                round_name=round_name.strip(),
                labels=() if round_name.strip() in known else tuple(each.strip() for each in labels.split(",") if each),
                person=state.annotator(),
                session_length_s=float(length_s),
                model=model,
            )
            st.rerun()


@st.fragment(run_every=2)
def show_recording(feed_id: str) -> None:
    """Say what is being recorded, and lead to its sessions."""
    try:
        feed = feeding.get_feed(state.get_workspace(), feed_id=feed_id)
    except NotFound:
        return
    recorder, watcher = recording.find_recorder(feed), watching.find_watcher(feed)
    for worker in (recorder, watcher):
        if worker is not None and worker.problem:
            st.warning(worker.problem, icon=":material/warning:")
    if recorder is None:
        return
    name = rounds.get_round(state.get_workspace(), round_id=recorder.round_id).name
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Recording", icon=":material/radio_button_checked:", color="red")
        st.markdown(
            f"into **{escape(name)}** since {recorder.started_at:%H:%M:%S} UTC: "
            f"{count_of(recorder.recording_count, 'session')} so far"
            f"{'' if feed.is_live else ', waiting for sound to come back'}."
        )
        if recorder.recording_count:
            st.page_link(
                "label.py",
                label="Label them",
                icon=":material/select_all:",
                query_params={state.ROUND_KEY: recorder.round_id},
            )


def show_feed(feed_id: str) -> None:
    """Show a feed, with what can be done with it."""
    workspace = state.get_workspace()
    feed = feeding.get_feed(workspace, feed_id=feed_id)
    if state.may("label"):
        show_controls(feed_id)
    show_recording(feed_id)
    recorder = recording.find_recorder(feed)
    labels = {}
    if recorder is not None:
        labels[recorder.round_id] = rounds.get_round(workspace, round_id=recorder.round_id).labels
    live_view(
        feed_id=feed_id,
        channel_count=feed.channel_count,
        labels=labels,
        person=state.annotator(),
        can_mark=state.may("label"),
    )


st.title("Live", anchor=False)
st.caption("Hear and see what a microphone or hydrophone brings now; record it, and mark what you notice.")
try:
    opened = ask_source()
    if opened is None:
        st.info("Press Start and allow the microphone: the picture begins with the first sound.", icon=":material/mic:")
    else:
        show_feed(opened)
except PodcastError as error:
    st.error(str(error), icon=":material/error:")
