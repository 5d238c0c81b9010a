"""What an import is going to do, on the page before it is done, and what it has done afterwards."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.shared.words import escape
from podcast_core.errors import count_of
from podcast_core.services.exchange.import_plan import (
    Guess,
    ImportPlan,
    ImportReport,
    LeftOutGroup,
    Why,
)

NOT_USED = "not used"


def show_plan(plan: ImportPlan) -> None:
    """Show what would be added, what was guessed, what is left out, and the first boxes as they will be stored."""
    report = plan.report
    st.write(report.outlook)
    told = [f"Read as {report.read_as}"] if report.read_as else []
    told += [f"{what}: {_count(counts)}" for what, counts in _list_counts(report)]
    if told:
        st.caption(". ".join(told) + ".")
    for sentence in report.warnings:
        st.warning(sentence)
    show_left_out(report.groups)
    show_guesses(plan.guesses, is_open=len(plan.guesses) <= 12)
    if plan.boxes:
        st.caption("The first boxes as they will be stored, in seconds from the start of the recording")
        st.dataframe(
            [
                {
                    "Session": each.session_id,
                    "Start": each.start_s,
                    "End": each.end_s,
                    "Low (Hz)": each.low_hz,
                    "High (Hz)": each.high_hz,
                    "Label": each.label,
                    "Score": each.score,
                    "Channel": each.channel + 1,
                    "Recording": each.file_name,
                }
                for each in plan.boxes
            ],
            column_config={
                **{name: st.column_config.NumberColumn(format="%.3f") for name in ("Start", "End")},
                "Channel": st.column_config.NumberColumn(help="Counted from 1; `annotations.csv` counts from 0."),
            },
            hide_index=True,
            height=min(35 * (len(plan.boxes) + 1) + 3, 250),
        )


def show_guesses(guesses: Sequence[Guess], *, is_open: bool = False) -> None:
    """Show what nobody said and had to be guessed."""
    if not guesses:
        return
    unused = sum(each.what == NOT_USED for each in guesses)
    also = f", {count_of(unused, 'column')} not used" if unused else ""
    with st.expander(f"{count_of(len(guesses) - unused, 'guess', 'es')}{also}", expanded=is_open):
        st.dataframe(
            [{"In": each.where, "What": each.what, "Is": each.value, "Why": each.why} for each in guesses],
            hide_index=True,
        )


def show_left_out(groups: Sequence[LeftOutGroup], say: Callable[[Why], str] = str) -> None:
    """Show what is left out, by the reason; ``say`` words it."""
    if not groups:
        return
    st.dataframe(
        [
            {
                "Left out": say(each.why),
                "Rows": each.count,
                "Names": ", ".join(list(each.names)[:5]) + (" …" if len(each.names) > 5 else ""),
                "The first": "; ".join(each.first),
            }
            for each in groups
        ],
        hide_index=True,
    )


def show_report(report: ImportReport, round_name: str) -> None:
    """Show what an import has done."""
    st.success(f"{escape(round_name)}: {report.summary}", icon=":material/check:")
    if report.read_as:
        st.caption(f"Read as: {report.read_as}.")
    for sentence in report.warnings:
        st.warning(sentence)
    show_left_out(report.groups)


def _list_counts(report: ImportReport) -> list[tuple[str, Mapping[str, int]]]:
    found = (("Outcomes", report.outcomes), ("Annotators", report.annotators))
    return [(what, counts) for what, counts in found if counts]


def _count(counts: Mapping[str, int], most: int = 6) -> str:
    listed = [f"{name} ({count:,})" for name, count in counts.items()]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
