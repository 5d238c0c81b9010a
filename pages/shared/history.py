"""The history of a session: who answered and judged when, what each answer changed, and an earlier one brought back."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from pages.shared import state
from pages.shared.words import escape
from podcast_core.domain.bulk_act import BulkAct
from podcast_core.domain.difference import BoxDifference, Change, Differences
from podcast_core.domain.review import Review, Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import PodcastError, count_of, name_some
from podcast_core.figures.differences import draw_differences
from podcast_core.services.labels import bulk, history
from podcast_core.services.labels.differences import compare
from podcast_core.services.labels.history import History, Step
from podcast_core.services.pictures import contrast, spectrograms
from podcast_core.services.pictures.requests import SpectrogramRequest

TIME = "%-d %b %Y %H:%M"
DONE = {Verdict.ACCEPT: "Accepted", Verdict.CORRECT: "Corrected", Verdict.REJECT: "Rejected"}
MARKS = {
    Change.ADDED: "+{}",
    Change.REMOVED: "−{}",
    Change.MOVED: "{} moved",
    Change.RELABELLED: "{} relabelled",
    Change.NOTED: "{} with other notes",
}
PICTURE_PX = (1200, 400)
RESTORED = "history_restored"
SHOWN_OWN, ROW_PX = 8, 36  # rows of the list before it scrolls; their height


@st.dialog("My answers", width="large")
def show_own(round_: Round) -> None:
    """List somebody's newest answers, and show the history of the one that they choose."""
    who = state.annotator()
    found = history.list_newest(state.get_workspace(), round_id=round_.id, annotator=who)
    if not found:
        st.info(f"{escape(who)} has not answered a session of this round yet. Submitted sessions appear here.")
        return
    chosen = st.dataframe(
        [
            {
                "Submitted (UTC)": each.submitted_at.astimezone(UTC).strftime(TIME),
                "Session": each.session_id,
                "Outcome": each.outcome.value,
                "Boxes": len(each.annotations),
                "Labels": ", ".join(sorted({box.label for box in each.annotations})),
            }
            for each in found
        ],
        hide_index=True,
        height="content" if len(found) <= SHOWN_OWN else ROW_PX * (SHOWN_OWN + 1),
        key="own_answers",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
    ).selection
    rows = [*chosen.rows, *(row for row, _column in chosen.cells)]
    if not rows:
        st.caption("Click an answer to see its history.")
        return
    session_id = found[rows[0]].session_id
    st.page_link(
        "label.py",
        label=f"Open {session_id}",
        icon=":material/select_all:",
        query_params={"round": round_.id, "session": session_id},
    )
    show(round_, session_id, of=who)


@st.fragment
def show(round_: Round, session_id: str, *, of: str = "") -> None:
    """Show the history of a session, or (``of``) what one person has answered of it."""
    try:
        found = history.get_history(state.get_workspace(), round_id=round_.id, session_id=session_id, annotator=of)
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.markdown("**History**")
    acts = bulk.find_acts(state.get_workspace(), act_ids={each.submission.bulk_id for each in found.steps})
    _show_table(found, acts)
    if not found.steps:
        return
    told = st.session_state.pop(RESTORED, None)
    if told:
        st.success(told, icon=":material/history:")
    if st.toggle("Compare and restore revisions", key=f"history-open-{session_id}"):
        _compare(round_, found)


def _show_table(found: History, acts: Mapping[str, BulkAct]) -> None:
    """Show all answers and verdicts, the newest first."""
    events: list[tuple[datetime, dict[str, Any]]] = []
    answers = {each.submission.id: each.submission for each in found.steps}
    for step in found.steps:
        events.append((step.submission.submitted_at, _describe_answer(step, acts, answers)))
        events += [(each.created_at, _describe_verdict(each, step.submission)) for each in step.revision.reviews]
    st.dataframe(
        [
            {"When (UTC)": when.astimezone(UTC).strftime(TIME), **row}
            for when, row in sorted(events, key=lambda each: each[0], reverse=True)
        ],
        column_config={
            "Work (s)": st.column_config.NumberColumn(format="%.0f", help="Seconds that somebody worked on it."),
            "Edits": st.column_config.NumberColumn(help="Boxes drawn, moved, relabelled or deleted, undo included."),
            "Changed": st.column_config.TextColumn(help="Compared with the answer that was on screen."),
        },
        hide_index=True,
    )


def _describe_answer(step: Step, acts: Mapping[str, BulkAct], answers: Mapping[str, Submission]) -> dict[str, Any]:
    submission = step.submission
    count = len(submission.annotations)
    boxes = f", {count_of(count, 'annotation')}" if count else ""
    left = f", {len(submission.unreviewed)} not reviewed" if submission.unreviewed else ""
    beside = ", imported beside another answer: does not count" if submission.beside else ""
    beside = ", calibration: compared with the gold, does not count" if submission.calibrates else beside
    in_bulk = f", in bulk ({acts[submission.bulk_id].describe()})" if submission.bulk_id in acts else ""
    undone = ", undone: does not count" if submission.taken_back else ""
    before = answers.get(submission.restores)
    restored = f", restores revision {before.revision if before else '?'}" if submission.restores else ""
    people = sorted({answers[each].annotator for each in submission.decides if each in answers})
    own = f", one of whom is {submission.annotator}" if submission.annotator in people else ""
    gold = (f", gold: decided between {name_some(people)}{own}" if people else ", gold") if submission.is_gold else ""
    what = f"{submission.outcome.value}{boxes}{left}{gold}{in_bulk}{restored}{beside}{undone}"
    return {
        "Who": submission.annotator,
        "What": f"Revision {submission.revision}: {what}",
        "Changed": describe_changes(step.differences),
        "Work (s)": submission.active_s,
        "Edits": submission.action_count,
        "Comment": submission.comment,
    }


def _describe_verdict(each: Review, submission: Submission) -> dict[str, Any]:
    what = f"{DONE[each.verdict]} revision {submission.revision}{' in bulk' if each.act_id else ''}"
    what += ", their own answer" if each.reviewer == submission.annotator else ""
    what += ", withdrawn: does not count" if each.withdrawn else ""
    return {"Who": each.reviewer, "What": what, "Changed": "", "Work (s)": None, "Edits": None, "Comment": each.comment}


def describe_changes(found: Differences) -> str:
    """Say in words what differs: ``+2, 1 moved, outcome was empty``."""
    parts = [MARKS[change].format(count) for change, count in found.count().items() if change in MARKS]
    if found.outcomes:
        parts.append(f"outcome was {found.outcomes[0]}")
    if found.comments:
        parts.append("comment")
    if found.before is None and not parts:
        return "first answer" if found.after.revision == 1 else "no box"
    return ", ".join(parts) or "nothing"


def _compare(round_: Round, found: History) -> None:
    """Ask for two revisions, and show what differs."""
    answers = {each.submission.revision: each.submission for each in found.steps}
    base = found.steps[-1].differences.before
    left, right = st.columns(2)
    first = 0 if base is None or base.revision not in answers else base.revision
    before = left.selectbox(
        "From", [0, *answers], index=[0, *answers].index(first), format_func=lambda number: _name(answers.get(number))
    )
    after = right.selectbox(
        "To", list(answers), index=len(answers) - 1, format_func=lambda number: _name(answers[number])
    )
    between = compare(answers.get(before), answers[after])
    boxes = [_place(each, found.session) for each in between.boxes]
    total = f"{count_of(len(between.boxes), 'box', 'es')} in both together"
    st.caption(
        escape(f"From {_name(answers.get(before))} to {_name(answers[after])}: {describe_changes(between)}.")
        + f" {total}."
    )
    _show_picture(round_, found.session, boxes)
    _show_boxes(boxes)
    if state.may("label"):
        _offer(round_, found, answers[after])


def _name(answer: Submission | None) -> str:
    if answer is None:
        return "nothing"
    return f"revision {answer.revision} by {answer.annotator}, {answer.submitted_at.astimezone(UTC).strftime(TIME)}"


def _place(each: BoxDifference, session: Session) -> BoxDifference:
    """Give a difference with times from the start of the session."""
    before, after = (None if box is None else session.to_session(box) for box in (each.before, each.after))
    return replace(each, before=before, after=after)


def _show_picture(round_: Round, session: Session, boxes: list[BoxDifference]) -> None:
    width_px, height_px = PICTURE_PX
    request = SpectrogramRequest(scale="linear", width_px=width_px, height_px=height_px)
    try:
        drawn = spectrograms.get_picture(
            state.get_workspace(), round_id=round_.id, session_id=session.id, request=request
        )
    except PodcastError as error:  # the recording may be elsewhere, and what people said of it is here still
        st.warning(str(error), icon=":material/broken_image:")
        return
    info, picture = drawn.info, contrast.apply_levels(drawn)
    figure = draw_differences(boxes, picture, duration_s=session.duration_s, low_hz=info.low_hz, high_hz=info.high_hz)
    st.plotly_chart(figure, key=f"history-picture-{session.id}", config={"displaylogo": False})


def _show_boxes(boxes: list[BoxDifference]) -> None:
    """Show what became of each box that changed."""
    changed = [each for each in boxes if each.change is not Change.SAME]
    if not changed:
        st.info("All boxes are the same in both.", icon=":material/equal:")
        return
    st.dataframe(
        [
            {
                "Change": _name_change(each),
                "Label": each.box.label,
                "Label before": each.before.label if each.before and each.change is Change.RELABELLED else "",
                "Start (s)": each.box.start_s,
                "End (s)": each.box.end_s,
                "Low (Hz)": each.box.low_hz,
                "High (Hz)": each.box.high_hz,
                "Start before (s)": each.before.start_s if each.before and each.is_moved else None,
                "End before (s)": each.before.end_s if each.before and each.is_moved else None,
                "Comment": each.box.comment,
            }
            for each in changed
        ],
        column_config={
            f"{name} (s)": st.column_config.NumberColumn(format="%.3f", help="From the session's start.")
            for name in ("Start", "End", "Start before", "End before")
        }
        | {f"{name} (Hz)": st.column_config.NumberColumn(format="%.0f") for name in ("Low", "High")},
        hide_index=True,
    )


def _name_change(each: BoxDifference) -> str:
    return "relabelled and moved" if each.is_moved and each.change is Change.RELABELLED else each.change.value


def _offer(round_: Round, found: History, wanted: Submission) -> None:
    """Offer to bring back the later one of the two, once somebody has confirmed it."""
    if wanted.outcome is Outcome.SKIPPED or (found.counting is not None and found.counting.id == wanted.id):
        st.caption("To restore an earlier revision, choose it under **To**.")
        return
    who = state.annotator()
    with st.popover(f"Restore revision {wanted.revision}", icon=":material/settings_backup_restore:"):
        st.write(
            f"A new revision by {escape(who)} gets the outcome “{wanted.outcome.value}”, "
            f"{count_of(len(wanted.annotations), 'box', 'es')} and the comment of revision {wanted.revision}. It waits "
            "for review; all revisions stay in the history."
        )
        if st.button("Restore it", icon=":material/check:", type="primary", key=f"restore-{found.session.id}"):
            _restore(round_, found, wanted, who)


def _restore(round_: Round, found: History, wanted: Submission, who: str) -> None:
    try:
        receipt = history.restore(
            state.get_workspace(),
            submission_id=str(uuid.uuid4()),
            round_id=round_.id,
            session_id=found.session.id,
            revision=wanted.revision,
            annotator=who,
            base_revision=found.newest_revision,
        )
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    told = f"Revision {wanted.revision} is back as revision {receipt.submission.revision}."
    st.session_state[RESTORED] = told
    st.rerun()
