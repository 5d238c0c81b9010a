"""Progress: how far a round has come, in figures."""

import streamlit as st

from pages.shared import progress_view
from pages.shared.estimates import show_estimates
from pages.shared.progress_filter import Shown
from pages.shared.progress_overview import show_download, show_effort, show_figure, show_figures, show_metrics
from pages.shared.progress_share import share
from pages.shared.state import current_round, get_workspace, may
from pages.shared.words import escape
from podcast_core import figures
from podcast_core.domain.standing import STANDINGS
from podcast_core.services.labels import progress, rounds
from podcast_core.services.labels.progress import RoundTotals

ONE, ALL = "This round", "All rounds"
INGEST = "python -m podcast_core ingest PATH... --round {}"


def show_round(shown: Shown) -> None:
    """Show a round at a glance, or what to do before there is anything to show."""
    round_ = shown.rounds[0]
    found = progress.get_progress(shown.workspace, round_id=round_.id)
    if not found.totals.session_count:
        st.info(f"“{escape(round_.name)}” has no sessions yet. Add recordings on the machine where Pod.Cast runs:")
        st.code(INGEST.format(round_.id), language="shell")
        return
    show_metrics(found)
    if not found.answers:
        show_figure(figures.draw_outcomes(found.totals.sessions), "outcomes")
        st.info("Nothing is labelled yet. Figures appear with the first answer.")
        st.page_link("label.py", label="Start labelling", icon=":material/select_all:")
        return
    show_effort(found.effort)
    show_figures(found)
    show_estimates(round_)
    show_download(found)


def show_rounds(everything: list[RoundTotals]) -> None:
    """Show the totals of all rounds."""
    st.dataframe(
        [
            {
                "Round": totals.round_.name,
                "Answered": 100 * totals.answered_count / max(totals.session_count, 1),
                "Sessions": totals.session_count,
                **{outcome.capitalize(): totals.sessions[outcome] for outcome in STANDINGS},
                "Audio (h)": sum(totals.duration_s.values()) / 3600,
                "Labelled (h)": totals.labelled_hours,
            }
            for totals in everything
        ],
        column_config={
            "Answered": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
            "Audio (h)": st.column_config.NumberColumn(format="%.2f"),
            "Labelled (h)": st.column_config.NumberColumn(format="%.2f"),
        },
        hide_index=True,
    )


def show_all(_shown: Shown) -> None:
    """Show the totals of all rounds."""
    show_rounds(progress.list_totals(get_workspace()))


st.title("Progress", anchor=False)
chosen = current_round()
known = rounds.list_rounds(get_workspace())
if not known and chosen is None:
    st.info("There are no rounds yet.")
    st.page_link("rounds.py", label="Add a round", icon=":material/home:")
else:
    whose = [ONE, ALL] if chosen is not None else [ALL]
    with st.container(horizontal=True, vertical_alignment="center"):
        is_one = (
            st.segmented_control(
                "Whose progress", whose, default=whose[0], required=True, key="whose", label_visibility="collapsed"
            )
            == ONE
        )
        if is_one and chosen is not None:
            st.caption(escape(chosen.name))
            if may("admin") and st.button("Share", icon=":material/link:", type="tertiary"):
                share(chosen)
    if is_one and chosen is not None:
        progress_view.show(Shown(get_workspace(), (chosen,)), show_round)
    else:
        progress_view.show(Shown(get_workspace(), tuple(known)), show_all)
