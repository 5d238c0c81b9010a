"""Review: find the sessions that want a second look, and judge them in the editor."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from pages.shared import history
from pages.shared.editor import editor
from pages.shared.review_assign import show_assign
from pages.shared.review_bulk import show_bulk_bar
from pages.shared.review_grid import review_grid
from pages.shared.review_queue import VERDICTS, is_blind, is_grid, read_queue, show_queue_bar
from pages.shared.review_thread import show_thread
from pages.shared.session_way import ROOM
from pages.shared.state import annotator, current_round, get_workspace, may
from pages.shared.words import escape
from podcast_core.domain.annotation import Origin
from podcast_core.domain.bulk_act import BulkAct
from podcast_core.domain.queue_link import to_params
from podcast_core.domain.round import Round
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.errors import count_of
from podcast_core.services.labels import bulk, review, rounds
from podcast_core.services.labels.review import BoxNote, Revision

EDITOR, MOVES, ON_SCREEN = "review_editor", "review_moves", "review_on_screen"
ROWS = 100  # of the list at a time


def open_session(session_id: str | None) -> None:
    """Write the session into the URL, which says what is open; None closes it."""
    st.session_state[MOVES] = st.session_state.get(MOVES, 0) + 1
    if session_id is None:
        st.query_params.pop("session", None)
    else:
        st.query_params["session"] = session_id


def open_selected(table: str, shown: Sequence[SessionSummary]) -> None:
    """Open the row in which a cell was clicked; rows are ticked to judge several at once."""
    cells = st.session_state[table].selection.cells
    if cells:
        open_session(shown[cells[0][0]].session_id)


def describe_verdict(session: SessionSummary) -> str:
    """Write where the review of a session stands."""
    word = VERDICTS.get(session.review_state, "")
    return f"{word} by {session.reviewer}" if session.reviewer else word


def show_table(round_: Round, selection: Selection, total: int) -> None:
    """Show the sessions, some at a time; a click on a cell opens one."""
    if not total:
        st.info("No session matches. Choose another verdict above, or clear a filter.")
        return
    pages = math.ceil(total / ROWS)
    page = 1
    if pages > 1:
        columns = st.columns([3, 1], vertical_alignment="center")
        with columns[0]:
            page = st.pagination(pages, key=f"review_page-{pages}-{selection}")
        columns[1].caption(count_of(total, "session"))
    offset = (page - 1) * ROWS
    shown = review.list_sessions(get_workspace(), round_id=round_.id, selection=selection, limit=ROWS, offset=offset)
    has_sites, has_times = any(each.site for each in shown), any(each.starts_at for each in shown)
    # A key of its own for each open session: a row stays chosen otherwise, and cannot be clicked again.
    table = f"review_table-{st.query_params.get('session', '')}"
    chosen = st.dataframe(
        [
            {
                "Session": each.session_id,
                "Place": each.position + 1,
                "Outcome": each.outcome,
                **({} if is_blind() else {"Annotator": each.annotator}),
                "Verdict": describe_verdict(each),
                **({"Site": each.site} if has_sites else {}),
                **({"Recorded (UTC)": each.starts_at} if has_times else {}),
                "Submitted (UTC)": each.submitted_at,
                "Boxes": each.annotation_count if each.submission_id else None,
                "Unsure": each.unsure_count or None,
                "Labels": ", ".join(each.labels),
                "Score": each.lowest_score,
            }
            for each in shown
        ],
        column_config={
            **{
                name: st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm", timezone="UTC")
                for name in ("Submitted (UTC)", "Recorded (UTC)")
            },
            "Place": st.column_config.NumberColumn(help="In the order of the round, from 1."),
            "Score": st.column_config.NumberColumn(format="%.2f", help="Lowest model score among the annotations."),
            "Unsure": st.column_config.NumberColumn(help="Boxes the annotator marked as unsure."),
        },
        hide_index=True,
        placeholder="",
        key=table,
        on_select=lambda: open_selected(table, shown),
        selection_mode=["multi-row", "single-cell"] if may("review") else ["single-cell"],
    )
    if may("review"):
        ticked = [shown[row] for row in chosen.selection.rows if row < len(shown)]
        show_bulk_bar(round_, selection, ticked, total)


def show_grid(round_: Round, selection: Selection) -> None:
    """Show the boxes of the answers as thumbnails."""
    review_grid(
        key=f"review_grid-{round_.id}",
        round_id=round_.id,
        query=write_query(selection),
        labels=round_.labels,
        annotator=annotator(),
        blind=is_blind(),
        can_review=may("review"),
        on_opened=open_session,
    )


def write_query(selection: Selection) -> str:
    """Write what is wanted as in an address of the API."""
    return urlencode({("open" if name == "is_open" else name): each for name, each in to_params(selection).items()})


def follow() -> None:
    """Remember where the editor has gone by itself: Streamlit does not hear of what it writes into the URL."""
    told = st.session_state[EDITOR]
    value = told.reviewed or told.shown
    if value and value["on_screen"]:
        st.session_state[ON_SCREEN] = (st.session_state.get(MOVES, 0), value["on_screen"])


@st.fragment
def show_session(round_: Round, selection: Selection) -> None:
    """Show one session in the editor, which goes on by itself, with its history; a verdict draws only this anew."""
    st.html(ROOM)
    session_id = st.query_params.get("session")
    if session_id is None:  # it was closed
        st.rerun()
    moves, on_screen = st.session_state.get(ON_SCREEN, (None, ""))
    if moves == st.session_state.get(MOVES, 0):  # nobody has chosen another one since
        session_id = on_screen
    session = review.find_session(get_workspace(), round_id=round_.id, session_id=session_id)
    if session is None:  # its recording was archived meanwhile
        st.rerun()
    previous_id, next_id = review.find_neighbours(
        get_workspace(), round_id=round_.id, selection=selection, session_id=session.session_id
    )
    with st.container(horizontal=True, vertical_alignment="center", key="session_way"):
        st.button("Close", icon=":material/close:", on_click=open_session, args=(None,))
        for label, icon, target in (
            ("Previous", ":material/arrow_back:", previous_id),
            ("Next", ":material/arrow_forward:", next_id),
        ):
            st.button(label, icon=icon, disabled=target is None, on_click=open_session, args=(target,))
        st.text(f"Session {session.session_id}")
        st.caption(describe_counts(review.count_verdicts(get_workspace(), round_id=round_.id)))
    if session.submission_id is None:
        st.info("This session has not been answered yet, so there is nothing to review.")
        here = {"round": round_.id, "session": session.session_id}
        st.page_link("label.py", label="Label it", icon=":material/select_all:", query_params=here)
        return
    editor(
        key=EDITOR,
        mode="review",
        round_id=round_.id,
        annotator=annotator(),
        session_id=session.session_id,
        queue=write_query(selection),
        moves=st.session_state.get(MOVES, 0),
        blind=is_blind(),
        on_moved=follow,
    )
    show_thread(round_.id, session.session_id, session.submission_id)
    show_notes(review.list_notes(get_workspace(), round_id=round_.id, session_id=session.session_id))
    if is_blind():
        st.caption("The history has names of annotators in it: it is hidden while they are.")
        return
    answers = review.get_history(get_workspace(), round_id=round_.id, session_id=session.session_id)
    acts = bulk.find_acts(get_workspace(), act_ids=list_bulk_ids(answers))
    show_bulk(answers, session.submission_id, acts)
    history.show(round_, session.session_id)


def list_bulk_ids(revisions: Sequence[Revision]) -> set[str]:
    """List the bulk acts that made answers of a session or labels in them."""
    answers = [each.submission for each in revisions]
    return {each.bulk_id for each in answers} | {box.bulk_id for each in answers for box in each.annotations}


def show_bulk(revisions: Sequence[Revision], submission_id: str, acts: Mapping[str, BulkAct]) -> None:
    """Say which labels of the answer on the page were given in bulk, and how."""
    shown = next(each.submission for each in revisions if each.submission.id == submission_id)
    given = Counter(box.bulk_id for box in shown.annotations if box.origin is Origin.BULK)
    if given:
        how = "; ".join(acts[each].describe() if each in acts else "by an imported bulk act" for each in given)
        st.info(
            f"Given in bulk: {given.total()} of {count_of(len(shown.annotations), 'label')} here, {how}.",
            icon=":material/lasso_select:",
        )


def show_notes(notes: Sequence[BoxNote]) -> None:
    """Show what the newest answer notes about its boxes, if anything."""
    if not notes:
        return
    st.markdown("**Notes on boxes**")
    st.dataframe(
        [
            {
                "Start (s)": note.start_s,
                "Label": note.label,
                "Unsure": note.unsure,
                "Individual": note.individual,
                "Call type": note.call_type,
                "Comment": note.comment,
            }
            for note in notes
        ],
        column_config={"Start (s)": st.column_config.NumberColumn(format="%.2f", help="From the session's start.")},
        hide_index=True,
    )


def show_round(round_: Round) -> None:
    """Show a round's sessions, or the one that the URL names."""
    counts = review.count_verdicts(get_workspace(), round_id=round_.id)
    standings = rounds.count_standings(get_workspace(), round_id=round_.id)
    if not any(counts.get(name, 0) for name in VERDICTS) and not standings["skipped"]:
        st.info("Nothing has been submitted in this round yet. Sessions appear here once they are labelled.")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link("label.py", label="Start labelling", icon=":material/select_all:")
            if may("review"):  # whose sessions these are is said before anybody begins
                show_assign(round_, Selection(), (), sum(standings.values()))
        return
    selection = read_queue()
    wanted = st.query_params.get("session")
    st.session_state.pop(ON_SCREEN, None)  # the whole page is drawn from its URL
    if wanted and review.find_session(get_workspace(), round_id=round_.id, session_id=wanted):
        show_session(round_, selection)
        return
    if wanted:
        st.error(f"There is no session “{escape(wanted)}” in this round. The link may be outdated.")
    if replace(selection, verdict=None, sort="position") != Selection():
        counts = review.count_verdicts(get_workspace(), round_id=round_.id, selection=selection)
    show_queue_bar(round_, selection, counts)
    total = counts.get(selection.verdict, 0) if selection.verdict else sum(counts.values())
    if is_grid():
        show_grid(round_, selection)
    else:
        show_table(round_, selection, total)


def describe_counts(counts: Mapping[str, int]) -> str:
    """Write how far the review of a round is."""
    return ", ".join(f"{counts.get(name, 0):,} {word.lower()}" for name, word in VERDICTS.items())


if "session" not in st.query_params:  # the editor needs the room
    st.title("Review", anchor=False)
chosen = current_round()
if chosen is None:
    st.info("There is no round to review yet.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    show_round(chosen)
