"""Which sessions Review lists: filters, their order and saved queues. All of it is in the URL, so a queue is a link."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from pages.shared import state
from pages.shared.words import escape
from podcast_core.domain.annotation import Origin
from podcast_core.domain.queue_link import read_params, to_params
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.submission import Outcome
from podcast_core.domain.summary import DISPUTED, WAITING, Selection
from podcast_core.errors import PodcastError
from podcast_core.services.labels import queue_choices, remarks, review, saved_queues
from podcast_core.services.people import naming

ALL = "all"  # verdicts, in the URL: without any it is those that wait
BLIND, VIEW = "blind", "view"
VIEWS = {"list": "List", "grid": "Thumbnails"}
LAST = "review_last_queue"
NAMES = {each.name for each in fields(Selection)}
VERDICTS = {
    WAITING: "Waiting",
    DISPUTED: "Disputed",
    Verdict.ACCEPT.value: "Accepted",
    Verdict.CORRECT.value: "Corrected",
    Verdict.REJECT.value: "Rejected",
}
RULE = (
    "Waiting: nobody has judged the answer. Disputed: nobody has judged it, and either somebody else who searched the "
    "whole session has marked other labels in it, or its annotator answered again after a rejection. Click the chosen "
    "one again for all sessions, those without an answer too."
)
SORTS = {
    "position": "Order of the queue",
    "newest": "Newest answer first",
    "oldest": "Oldest answer first",
    "lowest score": "Lowest model score first",
    "unsure boxes": "Most unsure boxes first",
    "annotator": "Annotator",
}
ORIGINS = {
    Origin.NEW.value: "Drawn by hand",
    Origin.MODEL_ACCEPTED.value: "A model’s, accepted",
    Origin.MODEL_EDITED.value: "A model’s, edited",
    Origin.BULK.value: "Given in bulk",
}
CHIPS = {
    "label": "Label",
    "annotator": "Annotator",
    "outcome": "Outcome",
    "origin": "Origin",
    "site": "Site",
    "date_from": "From",
    "date_to": "To",
    "hour_from": "Hours",
    "score_from": "Score at least",
    "score_to": "Score at most",
    "text": "Comment",
    "tag": "Tag",
    "recording_id": "Recording",
    "audit": "Audit",
    "by_author": "Accepted or decided",
}
BY_AUTHOR = {True: "by whoever answered only", False: "by somebody else, or not yet"}
WORDS: Mapping[str, Mapping[Any, str]] = {"origin": ORIGINS, "by_author": BY_AUTHOR}
TOGETHER = {"hour_from": ("hour_from", "hour_to")}


def read_queue() -> Selection:
    """Read from the URL which sessions are wanted; without a word about verdicts, those that wait."""
    params = st.query_params.to_dict()
    known = {name: value for name, value in params.items() if name in NAMES or name in (BLIND, VIEW)}
    if not known and "session" not in params and LAST in st.session_state:  # back from another page
        known = st.session_state[LAST]
        st.query_params.update(known)
    st.session_state[LAST] = known
    verdict = known.get("verdict", WAITING)
    try:
        selection = read_params({**known, "verdict": "" if verdict == ALL else verdict})
    except PodcastError as error:
        st.error(f"This link cannot be read, so it shows what waits: {escape(str(error))}")
        return Selection(verdict=WAITING)
    if is_blind():
        return replace(selection, annotator=None)
    return naming.call_now(state.get_workspace(), [selection])[0] if selection.annotator else selection


def is_blind() -> bool:
    """Tell whether the reviewer asked not to see whose answers these are."""
    return st.query_params.get(BLIND) == "1"


def is_grid() -> bool:
    """Tell whether the boxes are shown as thumbnails instead of a list of sessions."""
    return st.query_params.get(VIEW) == "grid"


def change_view() -> None:
    """Show a list of sessions, or thumbnails of boxes."""
    if st.session_state["review_view"] == "grid":
        st.query_params[VIEW] = "grid"
    else:
        st.query_params.pop(VIEW, None)


def write_queue(selection: Selection) -> None:
    """Write into the URL which sessions are wanted."""
    for name in NAMES:
        st.query_params.pop(name, None)
    st.query_params.update({**to_params(selection), **({} if selection.verdict else {"verdict": ALL})})
    if selection.verdict == WAITING:
        st.query_params.pop("verdict", None)
    for table in [key for key in st.session_state if str(key).startswith("review_table")]:
        del st.session_state[table]  # rows that were ticked are others now


def change(selection: Selection, name: str, key: str) -> None:
    """Take what was chosen in a field."""
    value = st.session_state[key]
    changes: dict[str, Any] = {name: value if value not in ("", None) else None}
    if name in ("hour_from", "hour_to"):
        other = "hour_to" if name == "hour_from" else "hour_from"
        limits = {"hour_from": 0, "hour_to": 23}
        kept = getattr(selection, other)
        changes[other] = None if value is None else limits[other] if kept is None else kept
    if name == "score":
        low, high = value
        changes = {"score_from": low if low > 0 else None, "score_to": high if high < 1 else None}
    if name == "sort":
        changes = {"sort": value or "position"}
    write_queue(replace(selection, **changes))


def clear(selection: Selection, *names: str) -> None:
    """Take filters away; without names all of them."""
    if names:
        gone: dict[str, Any] = dict.fromkeys(names)
        write_queue(replace(selection, **gone))
    else:
        write_queue(Selection(verdict=selection.verdict, sort=selection.sort))


def change_blindness() -> None:
    """Hide whose answers these are, or show it again."""
    if st.session_state["review_blind"]:
        st.query_params[BLIND] = "1"
    else:
        st.query_params.pop(BLIND, None)


def show_queue_bar(round_: Round, selection: Selection, counts: Mapping[str, int]) -> None:
    """Ask which sessions to show, and in which order."""
    st.session_state["review_verdict"] = selection.verdict
    st.segmented_control(
        "Verdict",
        list(VERDICTS),
        format_func=lambda each: f"{VERDICTS[each]} {counts.get(each, 0):,}",
        help=RULE,
        key="review_verdict",
        on_change=change,
        args=(selection, "verdict", "review_verdict"),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="review_bar"):
        filters = list_filters(selection)
        with st.popover(f"Filters ({len(filters)})" if filters else "Filters", icon=":material/filter_list:"):
            ask_filters(round_, selection)
        st.session_state["review_view"] = "grid" if is_grid() else "list"
        st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.__getitem__,
            key="review_view",
            label_visibility="collapsed",
            on_change=change_view,
            help="The sessions as a list, or each of their boxes as a small spectrogram, for fast audits.",
        )
        if is_grid():
            ask_label(round_, selection)
        else:
            ask_sort(selection)
        with st.popover("Saved queues", icon=":material/bookmark:"):
            show_saved_queues(round_, selection)
        st.session_state["review_blind"] = is_blind()
        st.toggle(
            "Hide annotators",
            key="review_blind",
            on_change=change_blindness,
            help="Judge without knowing whose answer it is: names are hidden in the list and beside the spectrogram.",
        )
    if filters:
        with st.container(horizontal=True, gap="small", key="review_chips"):
            for name, text in filters.items():
                names = TOGETHER.get(name, (name,))
                chip = f"review_chip_{name}"
                st.button(text, icon=":material/close:", key=chip, on_click=clear, args=(selection, *names))
            if len(filters) > 1:
                st.button("Clear all", type="tertiary", on_click=clear, args=(selection,))


def ask_sort(selection: Selection) -> None:
    """Ask in which order the list comes; thumbnails have orders of their own."""
    st.session_state["review_sort"] = selection.sort
    st.selectbox(
        "Sort by",
        list(SORTS),
        format_func=SORTS.__getitem__,
        key="review_sort",
        label_visibility="collapsed",
        width=250,
        on_change=change,
        args=(selection, "sort", "review_sort"),
    )


def ask_label(round_: Round, selection: Selection) -> None:
    """Ask of which label thumbnails are shown, with which most audits begin."""
    st.session_state["review_grid_label"] = selection.label
    st.selectbox(
        "Label of the thumbnails",
        round_.label_names,
        index=None,  # can be emptied: all labels
        placeholder="All labels",
        key="review_grid_label",
        label_visibility="collapsed",
        width=220,
        on_change=change,
        args=(selection, "label", "review_grid_label"),
    )


def list_filters(selection: Selection) -> dict[str, str]:
    """Write the filters in force, by name; the verdict and the order are no filters."""
    found = {}
    for name, word in CHIPS.items():
        value = getattr(selection, name)
        if value is not None:
            shown = WORDS.get(name, {}).get(value, value)
            found[name] = f"{word}: {escape(str(shown))}"
    if selection.hour_from is not None and selection.hour_to is not None:
        found["hour_from"] = f"Hours (UTC): {selection.hour_from:02}:00 to {selection.hour_to:02}:59"
    return found


def ask_filters(round_: Round, selection: Selection) -> None:
    """Ask for filters, in pairs."""
    options = queue_choices.list_options(state.get_workspace(), round_id=round_.id)
    sites = [name for name, _ in options.sites]
    people = [] if is_blind() else review.list_annotators(state.get_workspace(), round_id=round_.id)
    left, right = st.columns(2)
    with left:
        _choose("Label", "label", round_.label_names, selection)
        _choose("Outcome", "outcome", [each.value for each in Outcome], selection)
        _choose("Site", "site", sites, selection)
        tags = remarks.count_tags(state.get_workspace(), round_id=round_.id)
        _choose(
            "Tag", "tag", list(tags), selection, names={each: f"{each} ({count:,})" for each, count in tags.items()}
        )
    with right:
        if not is_blind():
            _choose("Annotator", "annotator", people, selection)
        _choose("Origin of a box", "origin", list(ORIGINS), selection, names=ORIGINS)
        _choose("Accepted or decided", "by_author", list(BY_AUTHOR), selection, names=BY_AUTHOR)
    days: tuple[tuple[str, str, date | None], ...] = (
        ("First day (UTC)", "date_from", selection.date_from),
        ("Last day (UTC)", "date_to", selection.date_to),
    )
    for column, (word, name, day) in zip(st.columns(2), days, strict=True):
        key = f"review_{name}"
        st.session_state[key] = day
        column.date_input(
            word,
            key=key,
            min_value=date(1900, 1, 1),
            max_value=date(2200, 1, 1),
            on_change=change,
            args=(selection, name, key),
        )
    for column, (word, name) in zip(
        st.columns(2), (("First hour (UTC)", "hour_from"), ("Last hour (UTC)", "hour_to")), strict=True
    ):
        with column:
            _choose(word, name, list(range(24)), selection, names={each: f"{each:02}:00" for each in range(24)})
    low = 0.0 if selection.score_from is None else selection.score_from
    st.session_state["review_score"] = (low, 1.0 if selection.score_to is None else selection.score_to)
    st.slider(
        "Lowest model score of its boxes",
        0.0,
        1.0,
        step=0.01,
        key="review_score",
        help="Sessions without a box from a model have none.",
        on_change=change,
        args=(selection, "score", "review_score"),
    )
    st.session_state["review_text"] = selection.text or ""
    st.text_input(
        "Words in a comment",
        key="review_text",
        max_chars=200,
        placeholder="of the answer, a box, a review or the thread",
        on_change=change,
        args=(selection, "text", "review_text"),
    )


def _choose(
    word: str,
    name: str,
    options: Sequence[Any],
    selection: Selection,
    *,
    names: Mapping[Any, str] | None = None,
) -> None:
    key, value = f"review_{name}", getattr(selection, name)
    shown = names or {}
    offered = [*options, *([value] if value is not None and value not in options else [])]
    st.session_state[key] = value
    st.selectbox(
        word,
        offered,
        index=None,  # can be emptied
        format_func=lambda each: str(shown.get(each, each)),
        placeholder="All",
        key=key,
        on_change=change,
        args=(selection, name, key),
    )


def show_saved_queues(round_: Round, selection: Selection) -> None:
    """Show the queues that people saved: open, delete and add one."""
    found = saved_queues.list_queues(state.get_workspace(), round_id=round_.id)
    if not found:
        st.caption("Save the filters and the order that you see under a name, and everybody finds them here.")
    for each in found:
        name, bin_ = st.columns([5, 1], vertical_alignment="center")
        name.button(
            escape(each.name),
            key=f"review_open_{each.name}",
            help=f"Saved by {escape(each.who)} on {each.created_at:%-d %b %Y}",
            on_click=open_queue,
            args=(each.query,),
            width="stretch",
        )
        if state.may("review"):
            key = f"review_delete_{each.name}"
            bin_.button(
                "", icon=":material/delete:", key=key, help="Delete", on_click=delete_queue, args=(round_.id, each.name)
            )
    if state.may("review"):
        with st.form("review_save", clear_on_submit=True, border=False):
            st.text_input("Name", key="review_queue_name", max_chars=80, placeholder="Low scores, north")
            st.form_submit_button("Save this queue", on_click=save_queue, args=(round_.id, selection))
    problem = st.session_state.pop("review_queue_problem", None)
    if problem:
        st.error(problem)


def open_queue(query: str) -> None:
    """Open a saved queue."""
    write_queue(read_params(dict(parse_qsl(query))))


def save_queue(round_id: str, selection: Selection) -> None:
    """Save the queue on the page."""
    name, query = st.session_state["review_queue_name"], urlencode(to_params(selection))
    try:
        saved_queues.save_queue(state.get_workspace(), round_id=round_id, name=name, query=query, who=state.annotator())
    except PodcastError as error:
        st.session_state["review_queue_problem"] = escape(str(error))


def delete_queue(round_id: str, name: str) -> None:
    """Delete a saved queue."""
    try:
        saved_queues.delete_queue(state.get_workspace(), round_id=round_id, name=name)
    except PodcastError as error:
        st.session_state["review_queue_problem"] = escape(str(error))
