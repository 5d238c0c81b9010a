"""Adjudicate: the sessions in which people disagree, and in the editor all their answers, to decide between."""

import streamlit as st

from pages.shared import history
from pages.shared.editor import editor
from pages.shared.session_way import open_selected, open_session, show_way
from pages.shared.state import annotator, current_round, get_workspace
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.errors import NotFound, count_of
from podcast_core.services.labels import adjudication, agreement
from podcast_core.services.labels.adjudication import Queue

EDITOR = "adjudicate_editor"
LISTED = 200  # chosen: more rows than anybody settles before the list is drawn anew


def move_on(decided_id: str, next_id: str | None) -> None:
    """Open what comes next in the queue, unless the news is late."""
    if st.session_state[EDITOR].saved["session_id"] == decided_id:
        open_session(next_id)


def show_progress(queue: Queue) -> None:
    """Show how many sessions are decided."""
    total = queue.left + queue.settled
    st.progress(
        queue.settled / total if total else 0.0,
        text=f"Decided: {queue.settled:,} of {count_of(total, 'session')}. Left: {queue.left:,}.",
    )


def show_queue(round_: Round, queue: Queue) -> None:
    """Show the sessions to decide about, the least agreement first."""
    st.caption(escape(round_.name))
    if not queue.left and not queue.settled:
        st.info(
            "No two people disagree in this round. Sessions appear here when several people have searched them and "
            "drew different boxes, or gave them different labels."
        )
        here = {"round": round_.id}
        st.page_link("agreement.py", label="See how well people agree", icon=":material/group:", query_params=here)
        return
    show_progress(queue)
    if not queue.sessions:
        st.success("Everything is decided.", icon=":material/workspace_premium:")
        return
    first = queue.sessions[0].session_id
    st.button("Start with the first", icon=":material/gavel:", type="primary", on_click=open_session, args=(first,))
    st.dataframe(
        [
            {
                "Session": each.session_id,
                "People": ", ".join(each.people),
                "Boxes": each.box_count,
                "Match": 100 * each.share,
            }
            for each in queue.sessions
        ],
        column_config={
            "Boxes": st.column_config.NumberColumn(help="Of all people and pairs of them."),
            "Match": st.column_config.ProgressColumn(
                format="%.0f %%", min_value=0, max_value=100, help="Share of the boxes that have a partner."
            ),
        },
        hide_index=True,
        key="adjudicate_table",
        on_select=lambda: open_selected("adjudicate_table", [each.session_id for each in queue.sessions]),
        selection_mode=["single-row", "single-cell"],
    )
    measured = "" if queue.measured_at is None else f" Looked for at {queue.measured_at:%H:%M} UTC."
    if measured and agreement.is_measured_again(get_workspace(), round_id=round_.id):
        measured = f"{measured[:-1]}, and being looked for again: reload the page in a moment."
    st.caption(f"Those first in which people agree least. Click one to decide about it.{measured}")


def show_session(round_: Round, session_id: str, queue: Queue) -> None:
    """Show the answers to one session in the editor, and its history."""
    ids = [each.session_id for each in queue.sessions]
    at = ids.index(session_id) if session_id in ids else -1
    others = [each for each in ids if each != session_id]
    following = ids[at + 1] if at >= 0 and at + 1 < len(ids) else next(iter(others), None)
    previous = ids[at - 1] if at > 0 else None
    left = f"{queue.left:,} left, {queue.settled:,} decided"
    show_way(session_id, previous_id=previous, next_id=following, caption=left)
    editor(
        key=EDITOR,
        mode="adjudicate",
        round_id=round_.id,
        annotator=annotator(),
        session_id=session_id,
        on_saved=lambda: move_on(session_id, following),
    )
    history.show(round_, session_id)


def show_round(round_: Round) -> None:
    """Show the queue, or the session that the URL names."""
    queue = adjudication.get_queue(get_workspace(), round_id=round_.id, limit=LISTED)
    wanted = st.query_params.get("session")
    if wanted:
        try:
            adjudication.get_case(get_workspace(), round_id=round_.id, session_id=wanted)
        except NotFound:
            st.error(f"There is no session “{escape(wanted)}” in this round. The link may be outdated.")
        else:
            show_session(round_, wanted, queue)
            return
    st.title("Adjudicate", anchor=False)
    show_queue(round_, queue)


if (chosen_round := current_round()) is None:
    st.title("Adjudicate", anchor=False)
    st.info("There is no round yet.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    show_round(chosen_round)
