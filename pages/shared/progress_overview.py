"""A round at a glance: the numbers and figures that people ask for first."""

import streamlit as st
from plotly.graph_objects import Figure

from pages.shared import state
from pages.shared.figure_card import make_config
from podcast_core import figures
from podcast_core.errors import count_of
from podcast_core.services.labels import progress
from podcast_core.services.labels.progress import Effort, RoundProgress


def show_time(seconds: float) -> str:
    """Write a length of audio in the unit that suits it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 2 * 3600 else f"{seconds / 3600:,.1f} h"


def show_figure(figure: Figure, name: str) -> None:
    """Show a figure, which can be saved."""
    st.plotly_chart(figure, config=make_config(name), key=name, alt=figure.layout.title.text)


def show_metrics(found: RoundProgress) -> None:
    """Show the four numbers that people ask for first."""
    totals = found.totals
    whole_s = sum(totals.duration_s.values())
    with st.container(horizontal=True):
        st.metric(
            "Sessions answered",
            f"{totals.answered_count} of {totals.session_count}",
            help="Sessions with an answer that counts: labelled, empty, verified or unsure. Skipped sessions and "
            "answers rejected in review do not count.",
            border=True,
        )
        st.metric(
            "Audio labelled",
            show_time(totals.labelled_hours * 3600),
            help=f"Sessions that are labelled or empty, of {show_time(whole_s)} in this round. Verified sessions "
            f"were not fully searched and do not count; nor do unsure and rejected ones.",
            border=True,
        )
        st.metric("Annotations", f"{found.annotation_count:,}", border=True)
        st.metric(
            "Model precision",
            "–" if found.precision is None else f"{found.precision:.0%}",
            help=f"Share of the {count_of(found.judged_count, 'prediction')} judged so far that kept their label. "
            f"Others in answered sessions, hidden or not judged: {found.unreviewed_count:,}.",
            border=True,
        )


def write_median(value: float) -> str:
    """Write a median with as many decimals as say something: ``1,204``, ``12.3``, ``0.04``."""
    return f"{value:,.1f}" if value == 0 or value >= 0.1 else f"{value:.1g}"


def show_effort(effort: Effort) -> None:
    """Show how much work the answers were, for the team as a whole."""
    if not effort.measured_count:
        return
    numbers = (
        ("Time per session", effort.session_s, " s"),
        ("Time per box", effort.box_s, " s"),
        ("Edits per session", effort.session_actions, ""),
        ("Edits per box", effort.box_actions, ""),
    )
    with st.container(horizontal=True):
        for name, median, unit in numbers:
            st.metric(name, "–" if median is None else f"{write_median(median)}{unit}", border=True)
    st.caption(
        f"Medians over {count_of(effort.measured_count, 'answer')} of the whole round. Time counts while the page is "
        "visible and in use; a box is one that was kept, changed, drawn or rejected."
    )


def show_figures(found: RoundProgress, *, with_names: bool = True) -> None:
    """Show the round's figures, two in a row where there is room."""
    totals, colors = found.totals, found.label_colors
    show_figure(figures.draw_outcomes(totals.sessions), "outcomes")
    left, right = st.columns(2)
    with left:
        show_figure(figures.draw_labels({label: found.count_label(label) for label in found.labels}, colors), "labels")
    with right:
        show_figure(figures.draw_origins({label: found.count_origins(label) for label in found.labels}), "origins")
    columns = st.columns(2) if with_names else [st.container()]
    if with_names:
        with columns[0]:
            show_figure(figures.draw_annotators(found.annotators, colors), "annotators")
    with columns[-1]:
        show_figure(figures.draw_days(found.days, colors), "days")
    show_figure(figures.draw_labelled_time(found.labelled_s, sum(totals.duration_s.values())), "labelled-audio")
    show_judgements(found)


def show_judgements(found: RoundProgress) -> None:
    """Show what became of the models' predictions."""
    st.markdown(
        "**Predictions judged so far**",
        help="By model and by the model's label. Not reviewed: hidden by the threshold, or not judged. In bulk: "
        "labelled many at a time, and not counted in the precision.",
    )
    if not found.judgements:
        st.caption("No prediction has been accepted, edited or rejected yet.")
        return
    st.dataframe(
        [
            {
                "Model": each.model,
                "Label": each.label,
                "Kept": each.confirmed,
                "Relabelled": each.relabelled,
                "Rejected": each.rejected,
                "In bulk": each.in_bulk,
                "Not reviewed": each.unreviewed,
                "Precision": None if each.precision is None else 100 * each.precision,
            }
            for each in found.judgements
        ],
        column_config={"Precision": st.column_config.NumberColumn(format="%.0f %%")},
        hide_index=True,
    )


def show_download(found: RoundProgress) -> None:
    """Offer all numbers of a round."""
    st.download_button(
        "Download (CSV)",
        state.make_later(lambda: progress.write_csv(found).encode()),
        f"{found.totals.round_.id}-progress.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
