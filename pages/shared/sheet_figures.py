"""The threshold of a sheet with what it does: counts, precision and recall, and the rows that are meant."""

from collections.abc import Mapping

import streamlit as st

from pages.shared import state
from pages.shared.figure_card import show_figure
from pages.shared.sheet import sheet_rows
from podcast_core.domain.sheet import Role
from podcast_core.errors import PodcastError, count_of
from podcast_core.figures import models as draw
from podcast_core.services.learning import figure_tables
from podcast_core.services.sheets import comparing, rows
from podcast_core.services.sheets.comparing import RULE, Compared, LabelFigures, Relation
from podcast_core.services.sheets.sheet import Sheet

ALL = "All predictions"
# What is shown of a comparison: the table whose rows they are, and their relation to the other one.
VIEWS: Mapping[Role, Mapping[str, tuple[Role, Relation]]] = {
    Role.TRUTH: {
        "Right": (Role.PREDICTIONS, Relation.MATCHED),
        "Wrong": (Role.PREDICTIONS, Relation.ALONE),
        "Wrong label": (Role.PREDICTIONS, Relation.LABEL),
        "Missed": (Role.TRUTH, Relation.ALONE),
    },
    Role.OTHER: {
        "In both": (Role.PREDICTIONS, Relation.MATCHED),
        "Only in this table": (Role.PREDICTIONS, Relation.ALONE),
        "Only in the other table": (Role.OTHER, Relation.ALONE),
        "Other label": (Role.PREDICTIONS, Relation.LABEL),
    },
}
COUNTS = {Relation.MATCHED: "matched", Relation.LABEL: "label_differs"}


@st.fragment
def show_figures(sheet: Sheet) -> None:
    """Show counts by label under the threshold, comparisons, and rows."""
    table = sheet.tables[Role.PREDICTIONS]
    threshold = other_threshold = 0.0
    if table.score_range is not None:
        threshold = st.slider("Score from", 0.0, 1.0, 0.0, 0.01, key=f"threshold_{sheet.id}")
    if Role.OTHER in sheet.tables and sheet.tables[Role.OTHER].score_range is not None:
        other_threshold = st.slider("Score from, in the other table", 0.0, 1.0, 0.0, 0.01, key=f"other_{sheet.id}")
    everywhere, compared = False, dict[Role, Compared]()
    try:
        if Role.TRUTH in sheet.tables:
            everywhere = ask_everywhere(sheet)
            compared[Role.TRUTH] = comparing.compare(state.get_workspace(), sheet, Role.TRUTH, everywhere=everywhere)
            show_measured(sheet, compared[Role.TRUTH], threshold)
        else:
            show_counts(sheet, threshold)
        if Role.OTHER in sheet.tables:
            compared[Role.OTHER] = comparing.compare(state.get_workspace(), sheet, Role.OTHER)
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
    query = ask_view(sheet, compared, threshold, other_threshold)
    if everywhere and query.get("against") == Role.TRUTH:
        query["everywhere"] = "true"
    shown = sheet.tables[Role(query.get("table", Role.PREDICTIONS))]
    sheet_rows(sheet_id=sheet.id, query=query, labels=shown.labels)


def ask_everywhere(sheet: Sheet) -> bool:
    """Ask what it means that the truth says nothing of a recording; of a round's sessions that is known."""
    truth = sheet.tables[Role.TRUTH]
    if any(each.end_s != float("inf") for each in truth.areas):
        return False
    return st.checkbox(
        "Recordings missing from the ground truth have no calls",
        key=f"everywhere_{sheet.id}",
        help="If not, they are unknown and predictions in them are not counted.",
    )


def show_counts(sheet: Sheet, threshold: float) -> None:
    """Show how many predictions of each label are left at the threshold."""
    counts = rows.count_labels(sheet, Role.PREDICTIONS, threshold)
    whole = sheet.tables[Role.PREDICTIONS].label_counts
    listed = [
        {"Label": label, "Predictions": count, "From this score": counts[label]} for label, count in whole.items()
    ]
    with st.expander(
        f"{sum(counts.values()):,} of {count_of(sum(whole.values()), 'prediction')} by label", expanded=True
    ):
        st.dataframe(listed, hide_index=True, height=min(35 * (len(listed) + 1) + 3, 250))


def show_measured(sheet: Sheet, compared: Compared, threshold: float) -> None:
    """Show precision and recall of each label at the threshold, and over all thresholds."""
    measured = compared.measure(threshold)
    total = comparing.add_up(measured)
    left, right = st.columns([3, 2])
    with left:
        listed = [to_row(each) for each in [*measured, *([total] if total and len(measured) > 1 else [])]]
        st.dataframe(
            listed,
            column_config={
                **{name: st.column_config.NumberColumn(format="%.3f") for name in ("Precision", "Recall", "F1")},
                "Best from": st.column_config.TextColumn(
                    help="The score with the best F1; in brackets, its 95 % interval across recordings."
                ),
            },
            hide_index=True,
        )
        outside = compared.relate(0.0).count()["not_compared"]
        if outside:
            st.caption(f"{count_of(outside, 'prediction')} outside the ground truth: not counted.")
        unsearched = sheet.tables[Role.TRUTH].unsearched
        if unsearched:
            st.caption(f"{count_of(len(unsearched), 'recording')} not counted: not fully searched in the ground truth.")
        st.caption(RULE)
    known = [each.label for each in measured if each.agreement.known]
    with right:
        if known:
            chosen = st.selectbox("Curve for", known, key=f"curve_{sheet.id}") if len(known) > 1 else known[0]
            figures = {sheet.name: {"precision_recall": compared.curves}}
            numbers = figure_tables.list_precision_recall(figures)
            show_figure(draw.draw_precision_recall(figures, chosen), f"precision-recall-{sheet.id[:8]}", numbers)


def to_row(each: LabelFigures) -> dict[str, object]:
    """Write a line of the table."""
    told, best = each.agreement, each.suggested
    return {
        "Label": each.label or "All labels",
        "Known": told.known,
        "Found": told.found,
        "Right": told.right,
        "Precision": told.precision,
        "Recall": told.recall,
        "F1": told.f1,
        "Best from": "" if best is None else f"{best.value:.2f} ({best.low:.2f} to {best.high:.2f})",
    }


def ask_view(
    sheet: Sheet, compared: Mapping[Role, Compared], threshold: float, other_threshold: float
) -> dict[str, str]:
    """Ask which rows are meant; return what the route of rows is asked for."""
    base = {"threshold": str(threshold), "other_threshold": str(other_threshold)}
    views: dict[str, dict[str, str]] = {ALL: {"least": str(threshold)}}
    for against, found in compared.items():
        counts = found.relate(threshold, other_threshold).count()
        for title, (table, relation) in VIEWS[against].items():
            alone = "only_predictions" if table is Role.PREDICTIONS else "only_other"
            views[f"{title} ({counts[COUNTS.get(relation, alone)]:,})"] = {
                **base,
                "table": table.value,
                "against": against.value,
                "relation": relation.value,
            }
    if len(views) == 1:
        return views[ALL]
    titles = list(views)
    places = st.segmented_control(
        "Rows", range(len(titles)), default=0, format_func=titles.__getitem__, required=True, key=f"view_{sheet.id}"
    )
    return views[titles[places or 0]]
