"""Sessions of Review's list that are given to people by name: those that are ticked, the next few, or all."""

import uuid
from collections.abc import Sequence

import streamlit as st

from pages.shared import state
from pages.shared.calibration import ask_calibration
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.domain.session_assignment import MAX_ASSIGNED
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.errors import PodcastError, count_of
from podcast_core.services import access
from podcast_core.services.labels import assignments
from podcast_core.services.labels.assignments import Meant

TIME = "%-d %b %H:%M"
ACT, TOLD, FAILED, LISTED = "assign_act", "assign_told", "assign_failed", 20
TICKED, NEXT, ALL = "Ticked", "The next", "All of the list"


def show_assign(round_: Round, selection: Selection, ticked: Sequence[SessionSummary], total: int) -> None:
    """Offer to assign sessions, and say what was done last."""
    if st.button(
        "Assign…", icon=":material/assignment_ind:", key="assign_open", help="Give sessions to people by name."
    ):
        st.session_state[ACT] = str(uuid.uuid4())
        for each in (TOLD, FAILED):
            st.session_state.pop(each, None)
        ask(round_, selection, [each.session_id for each in ticked], total)
    if st.button(
        "Calibration…",
        icon=":material/target:",
        key="calibration_open",
        help="Sessions by which people are calibrated.",
    ):
        ask_calibration(round_, [each.session_id for each in ticked])


@st.dialog("Assign sessions to people", width="large")
def ask(round_: Round, selection: Selection, ticked: list[str], total: int) -> None:
    """Ask which sessions, and whose they are to be; list whose they are."""
    if told := st.session_state.get(TOLD):
        st.success(told, icon=":material/done_all:")
    if failed := st.session_state.pop(FAILED, None):
        st.error(failed, icon=":material/error:")
    ways = {TICKED: f"{len(ticked):,} ticked", NEXT: "The next that nobody has", ALL: f"All {total:,} of the list"}
    is_free = assignments.is_any_free(state.get_workspace(), round_id=round_.id, selection=only_place(selection))
    if not is_free:
        st.info(
            "No session here needs an answer and is nobody’s. To have some answered once more, raise the answers per "
            "session first: **Rounds**, **Edit**."
        )
    offered = [*([TICKED] if ticked else []), *([NEXT] if is_free else []), ALL]
    way = st.segmented_control(
        "Sessions", offered, default=offered[0], format_func=ways.__getitem__, key="assign_way", required=True
    )
    limit = None
    if way == NEXT:
        limit = st.number_input(
            "How many",
            1,
            MAX_ASSIGNED,
            50,
            key="assign_count",
            help="The first of the round that need an answer; filters by site, day and hour count.",
        )
    names = st.multiselect(
        "People",
        list_names(round_.id),
        accept_new_options=True,
        key="assign_people",
        placeholder="Choose or type names",
        help="The names under which they answer. Each gets these sessions before all others.",
    )
    only = st.checkbox("Nobody else gets these sessions", key="assign_only")
    meant = (
        Meant(tuple(ticked))
        if way == TICKED
        else Meant(selection=only_place(selection) if way == NEXT else selection, limit=limit)
    )
    with st.container(horizontal=True):
        st.button(
            "Assign",
            type="primary",
            disabled=not names,
            key="assign_do",
            on_click=assign,
            args=(round_.id, meant, names, only),
        )
        if way != NEXT:
            whom = "these people" if names else "everybody"
            st.button(f"Take back from {whom}", key="assign_back", on_click=take_back, args=(round_.id, meant, names))
    show_people(round_.id)
    show_acts(round_.id)


def only_place(selection: Selection) -> Selection:
    """Keep what a filter says of places and times: sessions without an answer have no label and no verdict."""
    kept = ("recording_id", "site", "date_from", "date_to", "hour_from", "hour_to")
    return Selection(**{name: getattr(selection, name) for name in kept})


def list_names(round_id: str) -> list[str]:
    """List who can be given sessions: people who are here, and who have some."""
    workspace = state.get_workspace()
    known = {each.person for each in assignments.count_people(workspace, round_id=round_id)}
    return sorted(known | set(access.list_holders(workspace, scope="label")) | {state.annotator()})


def show_people(round_id: str) -> None:
    """Show who has how many sessions."""
    found = assignments.count_people(state.get_workspace(), round_id=round_id)
    if not found:
        st.caption("No single session of this round is assigned. Whole sites are assigned on Rounds, Edit.")
        return
    st.dataframe(
        [{"Person": each.person, "Sessions": each.sessions, "Left": each.left} for each in found],
        column_config={"Left": st.column_config.NumberColumn(help="Sessions that need an answer still.")},
        hide_index=True,
    )


def show_acts(round_id: str) -> None:
    """List what was assigned, the newest first, each with its undo."""
    for each in assignments.list_acts(state.get_workspace(), round_id=round_id)[:LISTED]:
        act = each.act
        text, button = st.columns([4, 1], vertical_alignment="center")
        undone = f"; undone by {escape(each.undone_by)}" if each.undone_by else ""
        what = act.describe(count_of(len(act.session_ids), "session"))
        text.markdown(f"{act.acted_at.strftime(TIME)} UTC, {escape(act.who)}: {escape(what)}{undone}")
        if not each.undone_by:
            button.button("Undo", key=f"assign_undo_{act.id}", on_click=undo, args=(round_id, act.id))


def assign(round_id: str, meant: Meant, names: list[str], only: bool) -> None:
    """Give the sessions to these people."""
    asked = {"act_id": take_id(), "round_id": round_id, "meant": meant, "people": names, "who": state.annotator()}
    try:
        act = assignments.assign(state.get_workspace(), **asked, only=only)  # type: ignore[arg-type]  # named above
        st.session_state[TOLD] = f"Assigned: {act.describe(count_of(len(act.session_ids), 'session'))}."
    except PodcastError as error:
        st.session_state[FAILED] = escape(str(error))


def take_back(round_id: str, meant: Meant, names: list[str]) -> None:
    """Take the sessions back from these people, or from everybody."""
    try:
        act = assignments.take_back(
            state.get_workspace(),
            act_id=take_id(),
            round_id=round_id,
            meant=meant,
            people=names,
            who=state.annotator(),
        )
        st.session_state[TOLD] = f"{act.describe(count_of(len(act.session_ids), 'session'))}."
    except PodcastError as error:
        st.session_state[FAILED] = escape(str(error))


def take_id() -> str:
    """Take the id of an act; the next one gets another."""
    st.session_state.pop(TOLD, None)
    made = str(st.session_state[ACT])
    st.session_state[ACT] = str(uuid.uuid4())
    return made


def undo(round_id: str, act_id: str) -> None:
    """Undo an act."""
    st.session_state.pop(TOLD, None)
    try:
        who = state.annotator()
        assignments.undo(state.get_workspace(), act_id=str(uuid.uuid4()), round_id=round_id, undoes=act_id, who=who)
        st.session_state[TOLD] = "Undone: whose these sessions were before, they are again."
    except PodcastError as error:
        st.session_state[FAILED] = escape(str(error))
