"""Calibration on the pages: how an answer compares with the known one, which sessions calibrate, and how people do."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared import state
from pages.shared.words import escape
from podcast_core.domain.calibration import MAX_EVERY, MAX_SESSIONS, Calibration
from podcast_core.domain.difference import BoxDifference, Change
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.figures.differences import draw_differences
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.services.labels import calibration
from podcast_core.services.labels.calibration import Feedback, Scored
from podcast_core.services.pictures import contrast, spectrograms
from podcast_core.services.pictures.requests import SpectrogramRequest

PICTURE_PX = (1000, 360)
SEEN = "calibration_seen"
WORDS = {
    Change.REMOVED: "missing",
    Change.ADDED: "one too many",
    Change.RELABELLED: "called something else",
    Change.MOVED: "right, with other times or band",
    Change.NOTED: "right",
    Change.SAME: "right",
}


def list_answered(round_: Round) -> list[Scored]:
    """List the calibration sessions that whoever is here has answered."""
    if not round_.calibration.session_ids:
        return []
    return calibration.list_answered(state.get_workspace(), round_id=round_.id, person=state.annotator())


def note_seen(round_: Round) -> None:
    """Take what was answered before the page was opened as seen."""
    key = f"{SEEN}-{round_.id}-{state.annotator()}"
    if key not in st.session_state:
        st.session_state[key] = {each.session_id for each in list_answered(round_)}


def show_new(round_: Round) -> None:
    """Show at once how an answer compares, where it was one to a calibration session."""
    seen = st.session_state[f"{SEEN}-{round_.id}-{state.annotator()}"]
    new = [each.session_id for each in list_answered(round_) if each.session_id not in seen]
    if new:
        seen.add(new[0])
        show_feedback(round_, new[0])


@st.dialog("Calibration: your answer and the known one", width="large")
def show_feedback(round_: Round, session_id: str) -> None:
    """Show both answers on one spectrogram, and what differs."""
    try:
        found = calibration.get_feedback(
            state.get_workspace(), round_id=round_.id, session_id=session_id, person=state.annotator()
        )
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.markdown(describe(found))
    if found.told:
        st.warning(found.told, icon=":material/support_agent:")
    left = f"{count_of(found.waiting, 'calibration session')} to come" if found.waiting else "none to come"
    st.markdown(
        f"F1 so far, in {count_of(found.answered, 'calibration session')}: {write_estimate(found.f1)}; {left}. Your "
        "answer is kept for this comparison only: the known one counts."
    )
    if st.button("Continue", type="primary", icon=":material/arrow_forward:", key="calibration_continue"):
        st.rerun()
    show_picture(round_, found)
    show_boxes(found.differences.boxes)


def describe(found: Feedback) -> str:
    """Say in a sentence how an answer compares with the known one."""
    counts = (
        (found.missed, "missed"),
        (found.relabelled, "called something else"),
        (found.too_many, "too many"),
    )
    said = [f"{count_of(count, 'box', 'es')} {word}" for count, word in counts if count]
    if not said:
        known = "there is no call in it" if not found.gold.annotations else "all boxes have their label"
        return f"**All right:** {known}.{describe_times(found)}"
    return f"**{', '.join(said)}.** Known: {count_of(len(found.gold.annotations), 'box', 'es')}.{describe_times(found)}"


def describe_times(found: Feedback) -> str:
    """Say how far boxes begin and end from the known ones."""
    if found.onset_ms is None or found.offset_ms is None:
        return ""
    begin, end = (
        f"{abs(value):.0f} ms {'late' if value > 0 else 'early'}" if round(value) else "in time"
        for value in (found.onset_ms, found.offset_ms)
    )
    return f" Your boxes begin {begin} and end {end} (medians)."


def show_picture(round_: Round, found: Feedback) -> None:
    """Draw both answers; dashed lines and patterns are those of the history."""
    width_px, height_px = PICTURE_PX
    request = SpectrogramRequest(scale="linear", width_px=width_px, height_px=height_px)
    try:
        drawn = spectrograms.get_picture(
            state.get_workspace(), round_id=round_.id, session_id=found.session.id, request=request
        )
    except PodcastError as error:  # the recording may be elsewhere
        st.warning(str(error), icon=":material/broken_image:")
        return
    figure = draw_differences(
        list(found.differences.boxes),
        contrast.apply_levels(drawn),
        duration_s=found.session.duration_s,
        low_hz=drawn.info.low_hz,
        high_hz=drawn.info.high_hz,
    )
    figure.for_each_trace(lambda trace: trace.update(name=rename(str(trace.name or ""))))
    st.plotly_chart(figure, key=f"calibration-{found.session.id}", config={"displaylogo": False})


def rename(name: str) -> str:
    """Call what differs as it is called here: what was added is one too many."""
    for word, called in (("Removed", "Missed"), ("Added", "Too many"), ("Same", "Right")):
        name = name.replace(word, called)
    return name


def show_boxes(boxes: Sequence[BoxDifference]) -> None:
    """List what differs, box by box."""
    has_pairs = any(each.before and each.after for each in boxes)
    rows: list[dict[str, Any]] = [
        {
            "Your box is": WORDS[each.change],
            "Label": each.after.label if each.after else "",
            "Known label": each.before.label if each.before else "",
            "Start (s)": each.box.start_s,
            "End (s)": each.box.end_s,
            **(list_shifts(each) if has_pairs else {}),
        }
        for each in boxes
    ]
    numbers = {f"{name} (s)": st.column_config.NumberColumn(format="%.3f") for name in ("Start", "End")} | {
        f"{name} (ms)": st.column_config.NumberColumn(format="%+.0f", help="After the known box.")
        for name in ("Begins", "Ends")
    }
    if rows:
        st.dataframe(rows, column_config=numbers, hide_index=True)


def list_shifts(each: BoxDifference) -> dict[str, float | None]:
    """Say how far a box begins and ends after the known one; None where it is alone."""
    if each.before is None or each.after is None:
        return {"Begins (ms)": None, "Ends (ms)": None}
    return {
        "Begins (ms)": 1000 * (each.after.start_s - each.before.start_s),
        "Ends (ms)": 1000 * (each.after.end_s - each.before.end_s),
    }


def write_estimate(found: Estimate | None) -> str:
    """Write an F1 with its interval."""
    return "not known" if found is None else f"{found.value:.2f} (95 %: {found.low:.2f} to {found.high:.2f})"


@st.dialog("Calibration sessions", width="large")
def ask_calibration(round_: Round, ticked: list[str]) -> None:
    """Ask a reviewer which sessions calibrate, and when they come; show how people do."""
    workspace = state.get_workspace()
    known = calibration.get_calibration(workspace, round_id=round_.id)
    st.caption(
        "Sessions with a known answer (gold, from Adjudicate): everybody answers them and sees at once how the answer "
        "compares, and these answers never count. Annotators see no answers of others in such a round."
    )
    if not known.session_ids and not calibration.has_gold(workspace, round_id=round_.id):
        st.info("No session of this round has a known answer yet: decide about some on Adjudicate first.")
        here = {state.ROUND_KEY: round_.id}
        st.page_link("adjudicate.py", label="Go to Adjudicate", icon=":material/gavel:", query_params=here)
        return
    ids = st.multiselect(
        "Sessions",
        list(dict.fromkeys((*known.session_ids, *ticked))),
        list(known.session_ids),
        accept_new_options=True,
        key="calibration_sessions",
        max_selections=MAX_SESSIONS,
        help="Their ids. Those that are ticked in the list are offered, too.",
        placeholder="Choose, or draw some below",
    )
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    count = left.number_input("Of each label", 1, MAX_SESSIONS, 3, key="calibration_per_label")
    right.button(
        "Draw at random", icon=":material/casino:", key="calibration_draw", on_click=draw, args=(round_.id, count)
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        most = len(ids) or MAX_SESSIONS
        first = st.number_input(
            "First ones", 0, most, min(known.first, most), help="Of these, before a person's other sessions."
        )
        every = st.number_input(
            "Then one after so many answers", 0, MAX_EVERY, known.every, help="0: no more after the first ones."
        )
        wanted = st.number_input(
            "Wanted F1",
            0.0,
            1.0,
            known.wanted_f1,
            0.05,
            help="Below it, people are told to ask a reviewer. Empty: nobody is.",
        )
    told = st.checkbox("People see which sessions these are before they answer", known.told)
    blocks = st.checkbox("Below the wanted F1, people get no other sessions", known.blocks)
    if st.button("Save", type="primary", key="calibration_save"):
        try:
            made = Calibration(tuple(ids), first, every, told, wanted, blocks)
            calibration.set_calibration(workspace, round_id=round_.id, calibration=made)
            st.success(f"Saved: {count_of(len(ids), 'calibration session')}.", icon=":material/done_all:")
        except PodcastError as error:
            st.error(escape(str(error)), icon=":material/error:")
    show_people(round_)


def draw(round_id: str, per_label: int) -> None:
    """Draw sessions of each label from the round's gold, beside those that are chosen."""
    chosen = st.session_state.get("calibration_sessions", [])
    try:
        drawn = calibration.draw_sessions(
            state.get_workspace(), round_id=round_id, per_label=per_label, seed=len(chosen)
        )
    except PodcastError as error:
        st.toast(escape(str(error)))
        return
    st.session_state["calibration_sessions"] = list(dict.fromkeys((*chosen, *drawn)))[:MAX_SESSIONS]


def show_people(round_: Round) -> None:
    """Show how far each person agrees with the known answers."""
    found = calibration.list_people(state.get_workspace(), round_id=round_.id)
    st.markdown("**Calibration per person**")
    if not found:
        st.caption("Nobody has answered a calibration session of this round yet.")
        return
    numbers: dict[str, Any] = {name: st.column_config.NumberColumn(format="%.2f") for name in ("F1", "from", "to")}
    st.dataframe(
        [
            {
                "Person": each.person,
                "Sessions": each.sessions,
                "F1": each.f1.value if each.f1 else None,
                "from": each.f1.low if each.f1 else None,
                "to": each.f1.high if each.f1 else None,
                "Last (UTC)": each.last_at,
                "": "below the wanted F1" if each.is_below else "",
            }
            for each in found
        ],
        column_config=numbers
        | {"Last (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm", timezone="UTC")},
        hide_index=True,
    )
