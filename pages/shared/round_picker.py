"""Rounds in a form: it starts from the round of the sidebar, follows it, and says when another one is chosen."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import state
from pages.shared.words import escape
from podcast_core.domain.round import Round


def start_from(key: str, value: object, *, basis: object) -> None:
    """Let a field start from a value, and again whenever what that value follows from has changed."""
    followed = f"{key}_basis"
    if key not in st.session_state or st.session_state.get(followed, basis) != basis:
        st.session_state[key] = value
    st.session_state[followed] = basis


def ask_rounds(
    label: str,
    all_rounds: Sequence[Round],
    *,
    key: str,
    place: "st.delta_generator.DeltaGenerator | None" = None,
    help: str | None = None,  # as the widgets call it
    is_label_shown: bool = True,
) -> list[str]:
    """Ask for rounds, at first the one of the sidebar; return their ids."""
    names = {each.id: each.name for each in all_rounds}
    current = state.current_round()
    start_from(key, [current.id] if current and current.id in names else [], basis=current and current.id)
    st.session_state[key] = [each for each in st.session_state[key] if each in names]  # one may be archived by now
    with place or st.container():
        chosen = st.multiselect(
            label,
            list(names),
            format_func=names.__getitem__,
            placeholder="Choose rounds",
            key=key,
            help=help,
            label_visibility="visible" if is_label_shown else "collapsed",
        )
        if current and chosen and current.id not in chosen:
            st.caption(f":material/info: Not the round in the sidebar, “{escape(current.name)}”.")
    return chosen
