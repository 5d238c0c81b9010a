"""Home: the rounds of this workspace and where each one stands."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.open_files import ask_files
from pages.shared.round_archive import show_archived, show_more
from pages.shared.round_form import edit_round, new_round
from pages.shared.state import current_round, get_workspace, may
from pages.shared.words import escape, link_site
from podcast_core.domain.round import Round
from podcast_core.domain.standing import REJECTED
from podcast_core.errors import count_of
from podcast_core.services.intake import demo
from podcast_core.services.labels import archive, rounds

CARDS_AT_A_TIME = 12


def show_empty_state() -> None:
    """Say what to do in a workspace without rounds."""
    st.info("There are no rounds yet. A round is a batch of one-minute sessions with a list of labels.")
    if not may("admin"):
        st.caption("The person who runs this server can add one.")
    elif st.button("Add the demo round", type="primary", icon=":material/waves:"):
        bar = st.progress(0.0)

        def show(done: int, total: int, _name: str) -> None:
            bar.progress(done / total, f"Making the demo audio: {done} of {count_of(total, 'minute')}")

        demo.add_demo_round(get_workspace(), on_progress=show)
        st.query_params["round"] = "demo"
        st.rerun()


def show_round(round_: Round) -> None:
    """Show one round's card."""
    standings = rounds.count_standings(get_workspace(), round_id=round_.id)
    rejected = f", {standings[REJECTED]} open again: rejected in review" if standings.get(REJECTED) else ""
    total = sum(standings.values())
    done = total - rounds.count_open(get_workspace(), round_id=round_.id)
    with st.container(border=True):
        st.header(escape(round_.name), anchor=False)
        if round_.description:
            st.write(round_.description)
        if round_.site:
            st.caption(link_site(round_))
        here = {"round": round_.id}
        if not total:
            left = archive.list_recordings(get_workspace(), round_id=round_.id)
            st.caption("All its recordings are archived." if left else "There are no recordings in this round yet.")
            if may("admin"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.page_link("data.py", label="Add recordings", icon=":material/library_add:", query_params=here)
                    show_edit(round_)
            return
        in_part = rounds.count_answered_in_part(get_workspace(), round_id=round_.id)
        waiting = f", {in_part} waiting for another person's answer" if in_part else ""
        st.progress(done / total, f"{done} of {count_of(total, 'session')} done{waiting}{rejected}")
        finished = done == total
        with st.container(horizontal=True, vertical_alignment="center"):
            label = "View labels" if finished else "Start labelling" if not done else "Continue labelling"
            if may("label"):
                if st.button(label, type="primary", icon=":material/select_all:", key=f"label-{round_.id}"):
                    st.switch_page("label.py", query_params=here)
                if may("review"):
                    st.page_link("review.py", label="Review", icon=":material/fact_check:", query_params=here)
            st.page_link("progress.py", label="Progress", icon=":material/bar_chart:", query_params=here)
            if may("admin"):
                st.page_link("data.py", label="Export", icon=":material/download:", query_params=here)
                show_edit(round_)


def show_edit(round_: Round) -> None:
    """Offer to change a round, and what is done seldom."""
    if st.button("Edit", icon=":material/edit:", key=f"edit-{round_.id}", type="tertiary"):
        edit_round(round_)
    if st.button("More", icon=":material/more_horiz:", key=f"more-{round_.id}", type="tertiary"):
        show_more(round_)


def show_rounds(all_rounds: Sequence[Round]) -> None:
    """Show cards, newest first, as many at a time as one may want to look at, and a search where there are more."""
    found = list(all_rounds)
    if len(all_rounds) > CARDS_AT_A_TIME:
        word = st.text_input("Find a round", placeholder="Part of a name, a description or a site", key="find-round")
        found = [each for each in all_rounds if word.casefold() in _texts_of(each)]
        if not found:
            st.caption(f"No round has “{escape(word)}” in its name, description or site.")
    most = st.session_state.get("cards-shown", CARDS_AT_A_TIME)
    chosen = current_round()
    shown = [each for each in found[most:] if chosen and each.id == chosen.id] + found[:most]
    for each in shown:
        show_round(each)
    if left := len(found) - len(shown):
        more = min(left, CARDS_AT_A_TIME)
        if st.button(f"Show {more} more of {count_of(len(found), 'round')}", icon=":material/expand_more:"):
            st.session_state["cards-shown"] = most + CARDS_AT_A_TIME
            st.rerun()


def _texts_of(round_: Round) -> str:
    return "\n".join((round_.name, round_.description, round_.site)).casefold()


st.title("Rounds", anchor=False)
all_rounds = rounds.list_rounds(get_workspace())
archived = rounds.list_rounds(get_workspace(), is_archived=True)
if not all_rounds and not archived:
    show_empty_state()
show_rounds(all_rounds)
if archived:
    show_archived(archived)
if may("admin"):
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("New round", icon=":material/add:"):
            new_round()
        if st.button("Open files", icon=":material/visibility:", help="Look and listen at once, without a round"):
            ask_files()
        st.page_link("data.py", label="Add your own recordings", icon=":material/library_add:")
