"""What a form would give: worked out while it is drawn where that is quick, and when somebody asks where it is not."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import state
from podcast_core.services.labels import rounds

QUICK = 1_000  # answered sessions, of which the answers are read in half a second


def is_wanted(request: object, round_ids: Sequence[str], *, key: str, action: str) -> bool:
    """Tell whether what a request would give is to be worked out now; otherwise say how much it is, and offer it.

    Parameters
    ----------
    key
        Where the request is kept that somebody asked about: another one has to be asked about again.
    action
        What the button says.
    """
    count = rounds.count_answered(state.get_workspace(), round_ids=round_ids)
    why = f"{count:,} answered sessions: reading all their labels takes a while, and is not needed to start."
    return is_quick(count) or was_asked(request, why, key=key, action=action)


def is_quick(count: int) -> bool:
    """Tell whether so many sessions are read while a page is drawn."""
    return count <= QUICK


def was_asked(request: object, why: str, *, key: str, action: str) -> bool:
    """Tell whether somebody asked to work a request out; otherwise say why nobody did it yet, and offer it."""
    if st.session_state.get(key) == request:
        return True
    st.caption(why)
    st.button(action, icon=":material/calculate:", on_click=_want, args=(key, request), key=f"{key}_button")
    return False


def _want(key: str, request: object) -> None:
    st.session_state[key] = request
