"""What becomes of labels that a round does not have: one table of all of them, for imports and model runs."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared.job_card import escape
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.services.labels.matching import LEFT_OUT, LabelChoice, OpenLabel

ADD = "add"
OUT = "out"
TO = "to "  # and the label of the round
REST = {"": "Decide one by one", ADD: "Add to the round", OUT: "Leave out"}


def choose_labels(round_: Round, waiting: Sequence[OpenLabel], key: str) -> None:
    """Ask what becomes of labels, or say what was decided; `get_choice` has it."""
    decided = _get_decided(key)
    waiting = [each for each in waiting if each.name not in decided]
    if not waiting and not decided:
        return
    several = len(waiting) != 1
    with st.container(border=True):
        if waiting:
            st.warning(
                f"{len(waiting):,} label{'s are' if several else ' is'} not in the list of “{escape(round_.name)}”: "
                f"{_preview(waiting)}. No label is replaced automatically."
            )
        else:
            st.write(_describe(decided))
        title = f"Decide about {count_of(len(waiting), 'label')}" if waiting else "Change labels"
        if st.button(title, icon=":material/label:", key=f"{key}_open", type="primary" if waiting else "secondary"):
            known = {each.name: each for each in [*st.session_state.get(f"{key}_waiting", ()), *waiting]}
            st.session_state[f"{key}_waiting"] = list(known.values())
            _ask(round_, key)


def get_choice(key: str) -> LabelChoice:
    """Get what was decided so far."""
    return LabelChoice({name: _read(name, action) for name, action in _get_decided(key).items()})


@st.dialog("Labels missing from the round", width="large")
def _ask(round_: Round, key: str) -> None:
    waiting: list[OpenLabel] = st.session_state[f"{key}_waiting"]
    decided = _get_decided(key)
    if any(each.guess for each in waiting):
        st.write("If a label differs from one of the round's only in case, spaces or dashes, that one is suggested.")
    rows = [
        {
            "Label": each.name,
            "Becomes": decided.get(each.name) or (f"{TO}{each.guess}" if each.guess else None),
            "Boxes": each.count,
        }
        for each in waiting
    ]
    edited: list[dict[str, Any]] = st.data_editor(
        rows,
        hide_index=True,
        disabled=["Label", "Boxes"],
        column_config={
            "Boxes": st.column_config.NumberColumn(width=60),
            "Becomes": st.column_config.SelectboxColumn(
                options=[ADD, OUT, *(f"{TO}{name}" for name in round_.label_names)], format_func=_show
            ),
        },
        height=min(35 * (len(rows) + 1) + 3, 400),
        placeholder="decide",
        key=f"{key}_table",
    )
    blank = [each["Label"] for each in edited if not each["Becomes"]]
    rest = ""
    if blank:
        rest = st.radio(
            f"{len(blank):,} without a decision",
            list(REST),
            format_func=REST.__getitem__,
            key=f"{key}_rest",
            horizontal=True,
        )
    if st.button("Use this", type="primary", key=f"{key}_use", disabled=bool(blank) and not rest):
        st.session_state[key] = {each["Label"]: each["Becomes"] or rest for each in edited}
        st.rerun()


def _get_decided(key: str) -> dict[str, str]:
    decided: dict[str, str] = st.session_state.get(key, {})
    return decided


def _read(name: str, action: str) -> str:
    if action == OUT:
        return LEFT_OUT
    return name if action == ADD else action.removeprefix(TO)


def _show(action: object) -> str:
    return {ADD: "+ add to the round", OUT: "– leave out"}.get(str(action), str(action).removeprefix(TO))


def _preview(waiting: Sequence[OpenLabel], most: int = 8) -> str:
    named = ", ".join(f"{escape(each.name)} ({each.count:,})" for each in waiting[:most])
    return f"{named} and {len(waiting) - most:,} more" if len(waiting) > most else named


def _describe(decided: dict[str, str], most: int = 8) -> str:
    """Say what was decided, in a sentence."""
    mapped = [
        f"{escape(name)} becomes {escape(action.removeprefix(TO))}"
        for name, action in decided.items()
        if action.startswith(TO)
    ]
    parts = mapped[:most] + ([f"{len(mapped) - most:,} more are mapped"] if len(mapped) > most else [])
    for action, verb in ((ADD, "added to the round"), (OUT, "left out")):
        names = [escape(name) for name, each in decided.items() if each == action]
        if names:
            parts.append(f"{verb}: {', '.join(names[:most])}{' …' if len(names) > most else ''} ({len(names):,})")
    return f"**Labels**: {'; '.join(parts)}."
