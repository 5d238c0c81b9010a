"""Figure: a spectrogram for a paper or a talk, of a session, a recording or a grid of calls, and its files."""

import streamlit as st

from pages.shared import figure_form, state
from pages.shared.words import escape
from podcast_core.domain.figure import FigureLook
from podcast_core.domain.round import Round
from podcast_core.services.labels import listing, rounds, session_views
from podcast_core.services.pictures import figures
from podcast_core.services.pictures.figures import DrawnFigure

ONE, GRID = "One picture", "Calls by label"


def show_session(round_: Round, session_id: str) -> None:
    """Show a session or a part of it."""
    view = session_views.get_view(
        state.get_workspace(), round_id=round_.id, session_id=session_id, with_queue=False, seen_by=whose()
    )
    form, paper = figure_form.split()
    with form:
        start_s, end_s = figure_form.ask_part(view.session.duration_s, session_id)
        look = figure_form.ask_look()

    def draw(wanted: FigureLook) -> DrawnFigure:
        return figures.draw_session(
            state.get_workspace(),
            round_id=round_.id,
            session_id=session_id,
            start_s=start_s,
            end_s=end_s,
            look=wanted,
            seen_by=whose(),
        )

    with paper:
        st.page_link(
            "review.py" if state.may("review") else "label.py",
            label=f"{escape(session_id)} of “{escape(round_.name)}”",
            icon=":material/arrow_back:",
            query_params={"round": round_.id, "session": session_id},
        )
        figure_form.show(session_id, draw, look, view.recording.sample_rate_hz)


def whose() -> str | None:
    """Say as whom sessions are looked at: a reviewer sees all answers."""
    return None if state.may("review") else state.annotator()


def show_recording(recording_id: str) -> None:
    """Show a recording or a part of it."""
    recording = listing.get_recording(state.get_workspace(), recording_id=recording_id)
    form, paper = figure_form.split()
    with form:
        channel = 0
        if recording.channel_count > 1:
            channel = st.selectbox("Channel", range(recording.channel_count), format_func=lambda each: str(each + 1))
        start_s, end_s = figure_form.ask_part(recording.duration_s, recording_id)
        look = figure_form.ask_look()

    def draw(wanted: FigureLook) -> DrawnFigure:
        return figures.draw_recording(
            state.get_workspace(),
            recording_id=recording_id,
            channel=channel,
            start_s=start_s,
            end_s=end_s,
            look=wanted,
        )

    with paper:
        st.caption(escape(recording.file_name))
        figure_form.show(recording_id, draw, look, recording.sample_rate_hz)


def show_grid(round_: Round) -> None:
    """Show calls of each label."""
    form, paper = figure_form.split()
    with form:
        labels = st.multiselect("Labels", round_.label_names, placeholder="All", key="figure_labels")
        count = int(st.number_input("Calls of each", 1, 12, 4, key="figure_per_label"))
        margin_s = st.number_input(
            "Sound around the longest call (s)",
            0.0,
            60.0,
            None,
            0.1,
            placeholder="Half its length",
            key="figure_margin",
        )
        look = figure_form.ask_look()

    def draw(wanted: FigureLook) -> DrawnFigure:
        return figures.draw_examples(
            state.get_workspace(), round_id=round_.id, labels=labels, per_label=count, margin_s=margin_s, look=wanted
        )

    with paper:
        st.caption("Examples of the round come first, then annotations from all over it.")
        figure_form.show(round_.id, draw, look, None)


def show() -> None:
    """Show what the address names."""
    recording_id, session_id = (st.query_params.get(name, "") for name in ("recording", "session"))
    round_ = state.current_round()
    if recording_id:
        show_recording(recording_id)
        return
    if round_ is None:
        st.info("There is no round yet. Figures are made of its sessions and annotations.")
        st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
        return
    whole = rounds.get_round(state.get_workspace(), round_id=round_.id)
    of = GRID
    if session_id:
        of = st.segmented_control("Figure of", [ONE, GRID], default=ONE, required=True, key="figure_of") or ONE
    if of == ONE:
        show_session(whole, session_id)
    else:
        show_grid(whole)


st.title("Figure", anchor=False)
show()
