"""My work: what waits for whoever is here, what was said about their answers, and what they have done."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import streamlit as st

from pages.shared import calibration, history, state
from pages.shared.progress_overview import show_time
from pages.shared.words import escape
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.times import utc_now
from podcast_core.errors import count_of
from podcast_core.services.labels import calibration as calibrations
from podcast_core.services.labels import own_work
from podcast_core.services.labels.calibration import Scored
from podcast_core.services.labels.own_work import DayOfWork, Done, SaidOf, Told, Waiting

DAYS_SHOWN = 14
SAID = {Verdict.ACCEPT.value: "accepted", Verdict.CORRECT.value: "corrected", Verdict.REJECT.value: "rejected"}


def open_session(round_id: str, session_id: str, label: str) -> None:
    """Link to a session on Label."""
    st.page_link(
        "label.py", label=label, icon=":material/select_all:", query_params={"round": round_id, "session": session_id}
    )


def show_waiting(found: Sequence[Waiting]) -> None:
    """Show what waits, the rounds with something assigned first; those in which nothing does are only counted."""
    st.subheader("To do", anchor=False)
    some = sorted((each for each in found if each.left or each.calibrating), key=lambda each: -each.assigned)
    if not some:
        st.info("Nothing is left for you to do. New sessions appear here when they are added, or assigned to you.")
    for each in some:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                "label.py",
                label=escape(each.name),
                icon=":material/select_all:",
                query_params={state.ROUND_KEY: each.round_id},
            )
            parts = [f"{count_of(each.left, 'session')} left that you can label"]
            parts += [f"{each.assigned:,} assigned to you"] if each.assigned else []
            parts += [f"{count_of(each.calibrating, 'calibration session')} to come"] if each.calibrating else []
            st.caption(", ".join(parts))
        if each.advice:
            st.warning(each.advice, icon=":material/support_agent:")


def show_said(found: Sequence[SaidOf]) -> None:
    """Show what came back from reviewers, what is disputed, and other verdicts and comments."""
    st.subheader("Feedback on my answers", anchor=False)
    if not found:
        st.caption("Nobody has judged or commented on your answers yet.")
    for each in found:
        for told in each.sent_back:
            said = f": “{escape(told.text)}”" if told.text else ""
            with st.container(horizontal=True, vertical_alignment="center"):
                open_session(each.round_id, told.session_id, f"Session {told.session_id}")
                st.markdown(f":material/undo: sent back by {escape(told.who)}, please answer it again{said}")
        for session in each.disputed:
            with st.container(horizontal=True, vertical_alignment="center"):
                open_session(each.round_id, session.session_id, f"Session {session.session_id}")
                st.markdown(
                    ":material/help: disputed, so a reviewer will look: others gave other labels, or you answered again"
                )
        rows = [describe(each, told) for told in (*each.verdicts, *each.comments)]
        if rows:
            st.dataframe(
                sorted(rows, key=lambda row: row["When (UTC)"], reverse=True), hide_index=True, column_config=WHEN
            )


WHEN: dict[str, Any] = {"When (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm", timezone="UTC")}


def describe(said: SaidOf, told: Told) -> dict[str, Any]:
    """Write what was said about an answer as a row."""
    return {
        "When (UTC)": told.at.astimezone(UTC),
        "Round": said.name,
        "Session": told.session_id,
        "Who": told.who,
        "Said": SAID.get(told.verdict, "comment"),
        "Comment": told.text,
    }


def show_done(done: Done) -> None:
    """Show plain numbers of today, the last seven days, and all, then the last days one by one."""
    st.subheader("Done", anchor=False)
    today = utc_now().date()
    if not done.given:
        st.caption("You have not answered a session yet.")
        return
    spans = (
        ("Today (UTC)", done.add_up(today)),
        ("Last 7 days", done.add_up(own_work.begin_week(today))),
        (f"Last {own_work.MAX_DAYS} days", done.add_up()),
    )
    for column, (name, span) in zip(st.columns(len(spans)), spans, strict=True):
        with column.container(border=True):
            told = "Sessions with an answer of yours that counts."
            st.metric(name, count_of(span.sessions, "session"), help=told)
            st.caption(f"{count_of(span.boxes, 'box', 'es')}, {show_time(span.seconds)} of sound")
    st.caption(
        f"{count_of(done.given, 'answer')} of yours in all, including skips, and answers that newer ones replaced."
    )
    if not done.days:
        return
    paces = {each.begins_on: each for each in done.pace}
    shown: list[DayOfWork] = [*done.days][-DAYS_SHOWN:][::-1]
    st.dataframe(
        [
            {
                "Day (UTC)": each.day,
                "Sessions": each.sessions,
                "Boxes": each.boxes,
                "Sound (min)": each.seconds / 60,
                "Median work (s)": paces[each.day].median_s if each.day in paces else None,
                "Median edits": paces[each.day].median_actions if each.day in paces else None,
            }
            for each in shown
        ],
        column_config={
            "Sound (min)": st.column_config.NumberColumn(format="%.1f"),
            "Median work (s)": st.column_config.NumberColumn(
                format="%.1f", help="Per session, while you worked on it."
            ),
        },
        hide_index=True,
        placeholder="",
    )


def show_calibration(round_: Round) -> None:
    """Show how answers to calibration sessions compare with the known ones, and how that went on."""
    found = calibration.list_answered(round_)
    if not found:
        return
    st.subheader(f"Calibration in {escape(round_.name)}", anchor=False)
    f1 = calibration.write_estimate(calibrations.estimate(found))
    st.markdown(f"F1 in {count_of(len(found), 'calibration session')}: **{f1}**")
    chosen = st.dataframe(
        list_scores(found)[::-1],
        column_config={
            "Answered (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm", timezone="UTC"),
            **{name: st.column_config.NumberColumn(format="%.2f") for name in ("F1", "F1 so far")},
        },
        hide_index=True,
        key="work_calibration",
        on_select="rerun",
        selection_mode="single-cell",
    )
    rows = [row for row, _column in chosen.selection.cells]
    if rows:
        calibration.show_feedback(round_, found[len(found) - 1 - rows[0]].session_id)
    st.caption("Click a session to compare your answer with the known one.")


def list_scores(found: Sequence[Scored]) -> list[dict[str, Any]]:
    """List the F1 of each session, and of all up to it."""
    rows, right, boxes = [], 0, 0
    for each in found:
        right += each.right
        boxes += each.found + each.known
        so_far = 2 * right / boxes if boxes else 1.0
        rows.append(
            {"Answered (UTC)": each.submitted_at, "Session": each.session_id, "F1": each.f1, "F1 so far": so_far}
        )
    return rows


st.title("My work", anchor=False)
who = state.annotator()
st.caption(f"Of {escape(who)}, in the {own_work.MAX_ROUNDS} newest rounds that are not archived.")
show_waiting(own_work.list_waiting(state.get_workspace(), person=who))
show_said(own_work.list_said(state.get_workspace(), person=who))
show_done(own_work.get_done(state.get_workspace(), person=who))
current = state.current_round()
if current is not None:
    show_calibration(current)
    told = "Your newest answers, verdicts on them, and their history."
    if st.button(f"My answers in {escape(current.name)}", icon=":material/history:", help=told, key="work_answers"):
        history.show_own(current)
