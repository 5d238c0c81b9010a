"""Samples of predictions: draw one, judge it by key, see which strata are known well enough, and take thresholds."""

from collections.abc import Mapping

import streamlit as st

from pages.shared import sample_judge
from pages.shared import state as page_state
from pages.shared.figure_card import show_figure
from pages.shared.sample_choice import choose_sample, open_sample
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.domain.verification_sample import SampleOf
from podcast_core.errors import PodcastError, count_of
from podcast_core.figures.verification import Point, draw_precision, to_rows
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.score_regression import Found
from podcast_core.services.verifying import judging, samples, thresholds
from podcast_core.services.verifying.judging import SampleState, StratumState
from podcast_core.services.verifying.samples import BAND_WIDTHS, MAX_PER_STRATUM, PredictionDraw

DASH = "–"
RULE = (
    "A stratum is known well enough when its precision is surely above or below the one that is wanted, or when its "
    "interval (95 %) is narrow enough; at least 5 must be judged. The rest of the stratum is then skipped."
)


def show(round_: Round) -> None:
    """Show the samples of a round's predictions."""
    offered = samples.list_drawn_from(page_state.get_workspace(), round_id=round_.id)
    known = samples.list_samples(page_state.get_workspace(), round_id=round_.id, of=SampleOf.PREDICTIONS)
    if not offered and not known:
        st.info("No model has predictions in this round yet. Run a model and apply its calls, or import predictions.")
        st.page_link("runs.py", label="Go to the model runs", icon=":material/model_training:")
        return
    if offered and page_state.may("review"):
        with st.expander("Draw a sample", icon=":material/casino:", expanded=not known):
            ask_draw(round_, [each.model for each in offered])
    sample = choose_sample(known, "predictions")
    if sample is None:
        st.caption(
            "A sample takes some predictions of each label and band of scores, at random. What is drawn is kept."
        )
        return
    state = judging.get_state(page_state.get_workspace(), sample_id=sample.id)
    show_progress(state)
    sample_judge.show(state)
    show_strata(state)
    show_thresholds(round_, state)


def ask_draw(round_: Round, models: list[str]) -> None:
    """Ask what is to be drawn, and draw it."""
    with st.form("sample_draw", border=False):
        left, right = st.columns(2)
        model = left.selectbox("Model", models)
        labels = right.multiselect("Labels", round_.label_names, placeholder="All labels")
        columns = st.columns(4)
        each = columns[0].number_input("Of each stratum", 1, MAX_PER_STRATUM, 20)
        width = columns[1].selectbox("Width of a band of scores", BAND_WIDTHS, index=BAND_WIDTHS.index(0.1))
        wanted = columns[2].number_input("Wanted precision (%)", 1, 100, 90)
        half_width = columns[3].number_input("Half width of the interval (%)", 1, 50, 10)
        by = st.pills("Also by", ("site", "day"), selection_mode="multi")
        seed = st.number_input("Seed", 0, 2**31 - 1, 0, width=160, help="Another seed draws another sample.")
        st.caption(RULE)
        if st.form_submit_button("Draw", type="primary", icon=":material/casino:"):
            draw = PredictionDraw(
                round_.id,
                model=model,
                labels=tuple(labels),
                per_stratum=int(each),
                band_width=width,
                by_site="site" in by,
                by_day="day" in by,
                wanted=wanted / 100,
                half_width=half_width / 100,
                seed=int(seed),
            )
            try:
                open_sample(samples.draw_predictions(page_state.get_workspace(), draw, who=page_state.annotator()))
            except PodcastError as error:
                st.error(str(error), icon=":material/error:")
                return
            st.rerun()


def show_progress(state: SampleState) -> None:
    """Show how far the judging is."""
    enough = sum(each.is_enough for each in state.strata)
    with st.container(horizontal=True):
        st.metric("Judged", f"{state.judged:,}", border=True)
        st.metric("Left to judge", f"{len(state.waiting):,}", border=True)
        st.metric("Strata known well enough", f"{enough:,} of {len(state.strata):,}", border=True, help=RULE)
        st.metric("Predictions in all", f"{state.sample.size:,}", border=True)


def write_share(found: Estimate | None) -> str:
    """Write a share with its interval."""
    return DASH if found is None else f"{found.value:.0%} ({found.low:.0%}–{found.high:.0%})"


def say_standing(each: StratumState) -> str:
    """Say whether enough is known of a stratum, or how many more verdicts it needs."""
    if each.is_enough:
        return f"enough: {each.why}"
    if not each.waiting:
        return f"all drawn are judged; about {each.more:,} more needed"
    return f"about {each.more:,} more"


def show_strata(state: SampleState) -> None:
    """Show what is known of each stratum."""
    has = {"Site": "site", "Day (UTC)": "day"}
    shown = {title: name for title, name in has.items() if any(getattr(each.stratum, name) for each in state.strata)}
    st.subheader("Strata", anchor=False)
    st.dataframe(
        [
            {
                "Label": each.stratum.label,
                "Scores": f"{each.stratum.low:.2f}–{each.stratum.high:.2f}",
                **{title: getattr(each.stratum, name) for title, name in shown.items()},
                "Predictions": each.stratum.size,
                "Judged": each.judged,
                "Confirmed": each.right,
                "Precision": write_share(each.precision),
                "Enough?": say_standing(each),
                **({"Unsure": each.unsure or None} if any(one.unsure for one in state.strata) else {}),
                **({"Left out": each.left_out or None} if any(one.left_out for one in state.strata) else {}),
            }
            for each in state.strata
        ],
        column_config={
            "Precision": st.column_config.TextColumn(help="Share of right ones, with its 95 % interval (Wilson)."),
            "Enough?": st.column_config.TextColumn(help=RULE),
            "Left out": st.column_config.NumberColumn(
                help="Nobody can judge these any more: their session was answered in full, or labelled in bulk."
            ),
        },
        hide_index=True,
        placeholder="",
    )


def show_thresholds(round_: Round, state: SampleState) -> None:
    """Show from which score on each label is as precise as wanted, and the curve behind it."""
    st.subheader("Thresholds", anchor=False)
    precision = (
        st.slider(
            "Wanted precision",
            *(50, 99, max(50, min(99, round(100 * state.sample.wanted))), 1),
            format="%d %%",
            key=f"sample_precision_{state.sample.id}",
            help="Share of right predictions among all of the label from the threshold on.",
        )
        / 100
    )
    careful = st.toggle(
        "Surely reached",
        key=f"sample_careful_{state.sample.id}",
        help="The lower end of the precision's interval reaches the wanted one, too, and not only the estimate.",
    )
    found = {each: judging.find_threshold(state, each, precision=precision, careful=careful) for each in state.labels}
    st.dataframe(
        [
            {
                "Label": round_.name_now(label),
                "Judged": each.judged,
                "Threshold": write_threshold(each.threshold),
                "Precision": write_share(each.precision),
                "Kept": f"{each.kept:,} of {each.total:,}" if each.threshold else DASH,
                "Remark": each.problem or each.note,
            }
            for label, each in found.items()
        ],
        column_config={
            "Threshold": st.column_config.TextColumn(help="With its 95 % interval."),
            "Precision": st.column_config.TextColumn(
                help="From the threshold on, estimated over all predictions, not only those that were judged."
            ),
        },
        hide_index=True,
    )
    label = next(iter(found))
    if len(found) > 1:
        label = st.selectbox("Label", list(found), format_func=round_.name_now, key=f"sample_label_{state.sample.id}")
    show_curve(round_.name_now(label), state, label, found[label])
    show_next(state, found, precision, careful)


def write_threshold(found: Estimate | None) -> str:
    """Write a threshold with its interval."""
    return DASH if found is None else f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f})"


def show_curve(name: str, state: SampleState, label: str, found: Found) -> None:
    """Show how often predictions of a label are right by their score."""
    points = [
        Point(each.stratum.low or 0.0, each.stratum.high or 1.0, each.judged, each.precision)
        for each in state.strata
        if each.stratum.label == label and each.precision is not None
    ]
    if points:
        rows = to_rows(found.curve) if found.curve else []
        show_figure(draw_precision(name, points, found.curve, found.threshold), "precision-by-score", rows)


def show_next(state: SampleState, found: Mapping[str, Found], precision: float, careful: bool) -> None:
    """Offer to keep the thresholds with the model's version, and to place its predictions anew."""
    values = {label: each.threshold.value for label, each in found.items() if each.threshold is not None}
    if not values or not state.sample.run_id:
        if values:
            st.caption("These predictions were imported: export them from the thresholds on, or import them anew.")
        return
    if not page_state.may("admin"):
        st.caption("Who has the scope “admin” can keep these thresholds with the model.")
        return
    with st.container(horizontal=True):
        if st.button(
            "Keep with the model version",
            icon=":material/bookmark:",
            key="sample_keep",
            help="Whoever applies a run of this version is offered these thresholds. Shown in the list of models.",
        ):
            try:
                kept = thresholds.keep_thresholds(
                    page_state.get_workspace(), state, precision=precision, careful=careful, who=page_state.annotator()
                )
                st.success(f"Kept with {kept.name}/{kept.version}: {count_of(len(kept.thresholds), 'threshold')}.")
            except PodcastError as error:
                st.error(str(error), icon=":material/error:")
        if st.button(
            "Apply to the predictions of this round",
            icon=":material/select_all:",
            key="sample_apply",
            help="The run's predictions are placed anew, each label from its threshold on. The sample stays as it is.",
        ):
            try:
                done = thresholds.place_again(page_state.get_workspace(), state, values)
                st.success(
                    f"{count_of(done.predictions, 'prediction')} in {count_of(done.sessions, 'session')} of "
                    f"“{escape(state.sample.round_id)}”."
                )
            except PodcastError as error:
                st.error(str(error), icon=":material/error:")
