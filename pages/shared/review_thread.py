"""What people say about an answer on Review: comments over time, and tags."""

import uuid

import streamlit as st

from pages.shared import state
from pages.shared.review_queue import is_blind
from pages.shared.words import escape
from podcast_core.domain.remark import MAX_TAG_LENGTH, RemarkKind
from podcast_core.errors import PodcastError
from podcast_core.services.labels import remarks

TIME = "%-d %b %Y %H:%M"
TAGS, PROBLEM = "review_tags", "review_thread_problem"


def show_thread(round_id: str, session_id: str, submission_id: str) -> None:
    """Show the tags and comments of a session, and let people add some."""
    thread = remarks.get_thread(state.get_workspace(), round_id=round_id, session_id=session_id)
    if problem := st.session_state.pop(PROBLEM, None):
        st.error(problem)
    if state.may("label"):
        known = remarks.count_tags(state.get_workspace(), round_id=round_id)
        key = f"{TAGS}-{session_id}"
        st.session_state[key] = list(thread.tags)
        st.multiselect(
            "Tags",
            sorted({*known, *thread.tags}),
            key=key,
            placeholder="Choose or type a word",
            accept_new_options=True,
            help=f"Free words of this round, of at most {MAX_TAG_LENGTH} letters, to find sessions by: see Filters.",
            on_change=change_tags,
            args=(key, submission_id, thread.tags),
        )
    elif thread.tags:
        st.caption("Tags: " + ", ".join(map(escape, thread.tags)))
    for each in thread.comments:
        who = "Somebody" if is_blind() else escape(each.author)
        with st.chat_message("user", avatar=":material/comment:"):
            st.caption(f"{who}, {each.created_at.strftime(TIME)} UTC")
            st.text(each.text)
    if state.may("label"):
        with st.form(f"review_comment-{session_id}", clear_on_submit=True, border=False):
            field, button = st.columns([6, 1], vertical_alignment="bottom")
            field.text_input(
                "Comment on this answer",
                key="review_comment_text",
                max_chars=4000,
                placeholder="A question or a reason; it needs no verdict, and stays",
            )
            button.form_submit_button("Send", on_click=send_comment, args=(submission_id,), width="stretch")


def send_comment(submission_id: str) -> None:
    """Keep a comment."""
    text = st.session_state["review_comment_text"].strip()
    if text:
        add_remark(submission_id, RemarkKind.COMMENT, text)


def change_tags(key: str, submission_id: str, before: tuple[str, ...]) -> None:
    """Put tags on and off as they are chosen now."""
    now = {each.strip() for each in st.session_state[key]} - {""}
    for tag in sorted(now - set(before)):
        add_remark(submission_id, RemarkKind.TAG, tag)
    for tag in sorted(set(before) - now):
        add_remark(submission_id, RemarkKind.UNTAG, tag)


def add_remark(submission_id: str, kind: RemarkKind, text: str) -> None:
    """Keep a remark under the name of who looks at the page."""
    try:
        remarks.add_remark(
            state.get_workspace(),
            remark_id=str(uuid.uuid4()),
            submission_id=submission_id,
            author=state.annotator(),
            kind=kind,
            text=text,
        )
    except PodcastError as error:
        st.session_state[PROBLEM] = escape(str(error))
