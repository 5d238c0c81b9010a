"""What a form would give: worked out while it is drawn where that is quick, and when somebody asks where it is not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from pages.shared import state
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.labels import rounds

QUICK = 1_000  # answered sessions, of which the answers are read in half a second
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What somebody asked to work out, and what came of it: kept until something else is asked for."""

    request: object
    answers: object  # how many there were
    result: Any = None
    problem: PodcastError | None = None


def work_out(
    request: object, round_ids: Sequence[str], compute: Callable[[], Result], *, key: str, action: str, doing: str
) -> Result | None:
    """Work out what a request would give, or say how much it is, and offer it (None).

    What took long is kept in the browser's session, so it is to be small: no list of sessions.

    Parameters
    ----------
    key
        Where it is kept: for another request it has to be asked for again.
    action
        What the button says.
    doing
        What the page says meanwhile.

    Raises
    ------
    PodcastError
        As ``compute`` does.
    """
    count = rounds.count_answered(state.get_workspace(), round_ids=round_ids)
    if is_quick(count):
        with st.spinner(doing):
            return compute()
    answers = rounds.count_facts(state.get_workspace(), round_ids=round_ids)
    if st.session_state.get(f"{key}_asked") == request:
        with st.spinner(doing):
            st.session_state[key] = _try(request, answers, compute)
        del st.session_state[f"{key}_asked"]
    kept = st.session_state.get(key)
    if not isinstance(kept, _Kept) or kept.request != request:
        what = count_of(count, "answered session")
        why = f"{what}: reading all their labels takes a while, and is not needed to start."
        _offer(request, why, key=key, action=action)
        return None
    if kept.answers != answers:
        _offer(request, "Labels have changed since this was worked out.", key=key, action="Work it out again")
    if kept.problem is not None:
        raise kept.problem
    result: Result = kept.result
    return result


def _try(request: object, answers: object, compute: Callable[[], Result]) -> _Kept:
    try:
        return _Kept(request, answers, compute())
    except PodcastError as error:
        return _Kept(request, answers, problem=error)


def is_quick(count: int) -> bool:
    """Tell whether so many sessions are read while a page is drawn."""
    return count <= QUICK


def was_asked(request: object, why: str, *, key: str, action: str) -> bool:
    """Tell whether somebody asked to work a request out; otherwise say why nobody did it yet, and offer it."""
    if st.session_state.get(f"{key}_asked") == request:
        return True
    _offer(request, why, key=key, action=action)
    return False


def _offer(request: object, why: str, *, key: str, action: str) -> None:
    st.caption(why)
    st.button(action, icon=":material/calculate:", on_click=_want, args=(key, request), key=f"{key}_button")


def _want(key: str, request: object) -> None:
    st.session_state[f"{key}_asked"] = request
