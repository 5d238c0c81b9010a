"""One verdict on many answers, on Review: those that are ticked, or all that the queue finds; and its undo."""

import uuid
from collections.abc import Sequence

import streamlit as st

from pages.shared import state
from pages.shared.review_assign import show_assign
from pages.shared.words import escape
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.summary import Selection, SessionSummary
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.labels import bulk_review
from podcast_core.services.labels.bulk_review import Judging, Wanted

WORDS = {Verdict.ACCEPT: "Accept", Verdict.REJECT: "Reject"}
DONE = {Verdict.ACCEPT: "accepted", Verdict.REJECT: "rejected"}
TIME = "%-d %b %H:%M"
ACT, LAST, COMMENT, SHOWN = "review_bulk_act", "review_bulk_done", "review_bulk_comment", 5


def show_bulk_bar(round_: Round, selection: Selection, ticked: Sequence[SessionSummary], total: int) -> None:
    """Offer a verdict on the ticked rows, or on all of the queue; and to undo those that were given."""
    seen = {each.session_id: each.submission_id or "" for each in ticked}
    wanted = Wanted(selection, seen or None)
    count = len(seen) or total
    which = f"{count:,} ticked" if seen else f"all {count:,}"
    with st.container(horizontal=True, vertical_alignment="center", key="review_bulk"):
        for verdict, word in WORDS.items():
            if st.button(
                f"{word} {which}…", key=f"review_bulk_{verdict.value}", help="You see first what would happen."
            ):
                st.session_state[ACT] = str(uuid.uuid4())
                confirm(round_.id, wanted, verdict)
        with st.popover("Undo", icon=":material/undo:"):
            show_acts(round_.id)
        show_assign(round_, selection, ticked, total)
    show_done()


@st.dialog("One verdict on many answers")
def confirm(round_id: str, wanted: Wanted, verdict: Verdict) -> None:
    """Say what would happen, before it does."""
    if ACT not in st.session_state:
        st.rerun()
    people = [state.annotator(), state.visitor().person or ""]
    workspace = state.get_workspace()
    try:
        found = bulk_review.preview(workspace, round_id=round_id, wanted=wanted, verdict=verdict, people=people)
    except PodcastError as error:
        st.error(escape(str(error)))
        return
    count = len(found.submission_ids)
    st.markdown(f"**{count_of(count, 'answer')}** would be {DONE[verdict]}.")
    show_left(found)
    if not count:
        return
    st.text_input("Comment for all of them", key=COMMENT, max_chars=4000)
    word = f"{WORDS[verdict]} {count_of(count, 'answer')}"
    st.button(word, type="primary", key="review_bulk_do", on_click=judge, args=(round_id, wanted, verdict, people))


def judge(round_id: str, wanted: Wanted, verdict: Verdict, people: list[str]) -> None:
    """Give the verdict; the dialog closes."""
    try:
        done = bulk_review.judge(
            state.get_workspace(),
            act_id=st.session_state.pop(ACT),
            round_id=round_id,
            wanted=wanted,
            verdict=verdict,
            people=people,
            comment=st.session_state.get(COMMENT, ""),
        )
        st.session_state[LAST] = (round_id, verdict, done)
    except PodcastError as error:
        st.toast(escape(str(error)))


def show_left(found: Judging) -> None:
    """Say what is left, and why."""
    for reason, count in found.reasons.items():
        names = [each.session_id for each in found.left if each.reason == reason]
        more = f" and {count - SHOWN:,} more" if count > SHOWN else ""
        st.caption(f"Left: {count_of(count, 'session')}, {reason} ({escape(', '.join(names[:SHOWN]))}{more}).")


def show_done() -> None:
    """Say what was done last, with its undo."""
    last = st.session_state.get(LAST)
    if last is None:
        return
    round_id, verdict, done = last
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(f"{count_of(len(done.submission_ids), 'answer')} {DONE[verdict]}.", icon=":material/done_all:")
        st.button("Undo all", key="review_bulk_undo", on_click=undo, args=(round_id, done.act.id))
    show_left(done)


def show_acts(round_id: str) -> None:
    """List the verdicts on many answers, each with its undo."""
    found = bulk_review.list_acts(state.get_workspace(), round_id=round_id)
    if not found:
        st.caption("Verdicts that are given to many answers at once can be taken back here, each as a whole.")
    for each in found[:20]:
        act = each.act
        if act.verdict is None:
            continue
        text, button = st.columns([4, 1], vertical_alignment="center")
        undone = f"; undone by {escape(each.undone_by)}" if each.undone_by else ""
        text.markdown(
            f"{act.acted_at.strftime(TIME)} UTC, {escape(act.who)}: {count_of(len(act.submission_ids), 'answer')} "
            f"{DONE[act.verdict]}{undone}"
        )
        if not each.undone_by:
            button.button("Undo", key=f"review_undo_{act.id}", on_click=undo, args=(round_id, act.id))


def undo(round_id: str, act_id: str) -> None:
    """Withdraw the verdicts of an act."""
    st.session_state.pop(LAST, None)
    try:
        who = state.annotator()
        bulk_review.undo(state.get_workspace(), round_id=round_id, act_id=str(uuid.uuid4()), undoes=act_id, who=who)
        st.toast("The verdicts are withdrawn: those before count again.")
    except PodcastError as error:
        st.toast(escape(str(error)))
