"""Agreement: how well people agree who answered the same sessions, and where they do not."""

from dataclasses import replace
from datetime import date

import streamlit as st

from pages.shared.figure_card import show_figure
from pages.shared.round_form import edit_round
from pages.shared.state import current_round, get_workspace, may
from pages.shared.words import escape
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.figures import agreement as draw
from podcast_core.ml.measuring.agreement import Differences
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.services.labels import agreement
from podcast_core.services.labels.agreement import Agreement, Asked
from podcast_core.services.labels.comparing import NO_BOX

NONE = "–"
EXPLAINED = {
    "Match": "Share of the boxes of both people that have a partner with the same label. In brackets: the interval in "
    "which it lies with 95 % probability.",
    "Kappa": "Cohen's kappa of the label being in a session: 1 is full agreement, 0 what chance gives.",
    "Kappa in time": "Cohen's kappa of the label being there at each moment.",
    "Alpha": "Krippendorff's alpha of the label being in a session, of all people together.",
    "AC1": "Gwet's AC1 of the same: trust it rather than kappa where a label is rare.",
    "Onset (ms)": "How much later the second person's boxes begin: the median, and the middle 90 %.",
    "Offset (ms)": "How much later the second person's boxes end: the median, and the middle 90 %.",
}


def write_share(estimate: Estimate | None) -> str:
    """Write a share with its interval."""
    return NONE if estimate is None else f"{estimate.value:.0%} ({estimate.low:.0%}–{estimate.high:.0%})"


def write_value(estimate: Estimate | None) -> str:
    """Write a kappa with its interval."""
    return NONE if estimate is None else f"{estimate.value:.2f} ({estimate.low:.2f}–{estimate.high:.2f})"


def write_differences(found: Differences | None) -> str:
    """Write the median of differences and their middle."""
    if found is None:
        return NONE
    low, median, high = (round(each) for each in (found.low, found.median, found.high))  # whole numbers have no -0
    return f"{median:+d} ({low:+d} to {high:+d})"


def ask(round_: Round) -> Asked:
    """Ask when two boxes match, and whose answers are compared."""
    columns = st.columns([3, 2, 1.4], vertical_alignment="bottom")
    min_iou = columns[1].slider(
        "Boxes match from an overlap of",
        *(0.1, 0.9, 0.5, 0.1),
        format="percent",
        key="agreement-iou",
        help="What two boxes have in common, as a share of what both cover together (IoU).",
    )
    with_bands = columns[2].toggle(
        "In frequency, too", key="agreement-bands", help="Compare time and frequency. Boxes without a band: time only."
    )
    asked = ask_models(round_, Asked(round_.id, min_iou=min_iou, with_bands=with_bands))
    found, _ = agreement.get_agreement(get_workspace(), replace(asked, models=()))
    people = sorted({name for each in found.people for name in (each.one, each.other)})
    key = f"agreement-people-{round_.id}"
    chosen = columns[0].multiselect("People", people, placeholder="All people", key=key)
    return replace(asked, people=tuple(sorted(chosen)))


def ask_models(round_: Round, asked: Asked) -> Asked:
    """Ask with which models people are compared, where the round has predictions."""
    models = agreement.list_models(get_workspace(), round_id=round_.id)
    if not models:
        return asked
    columns = st.columns([3, 2, 1.4], vertical_alignment="bottom")
    chosen = columns[0].multiselect(
        "With models",
        models,
        placeholder="Compare people with one another",
        key=f"agreement-models-{round_.id}",
        help="Compare each person with the predictions of these models. Who had the predictions on screen agrees with "
        "them more than somebody who had not.",
    )
    if not chosen:
        return asked
    min_score = columns[1].slider(
        "Predictions from a score of",
        *(0.0, 1.0, float(round_.display.threshold), 0.05),
        key=f"agreement-score-{round_.id}",
    )
    return replace(asked, models=tuple(sorted(chosen)), min_score=min_score)


def show_metrics(found: Agreement, asked: Asked) -> None:
    """Show what the figures are of."""
    with st.container(horizontal=True):
        what = "Sessions compared" if asked.models else "Sessions answered by several"
        st.metric(what, f"{found.session_count:,}", border=True)
        st.metric(
            "Pairs of answers",
            f"{found.pair_count:,}",
            help=f"{found.independent_count:,} of them independent: neither had another answer on screen.",
            border=True,
        )
        share = found.matched_share
        st.metric("Boxes that match", NONE if share is None else f"{share:.0%}", border=True)


def show_labels(found: Agreement) -> None:
    """Show the figures of each label."""
    rows = [
        {
            "Label": each.label,
            "Boxes": each.box_count,
            "Match": write_share(each.f1),
            "Kappa": write_value(each.kappa),
            "Kappa in time": write_value(each.kappa_in_time),
            "Alpha": write_value(each.alpha),
            "AC1": write_value(each.ac1),
            "Onset (ms)": write_differences(each.onsets),
            "Offset (ms)": write_differences(each.offsets),
        }
        for each in found.labels
    ]
    config = {name: st.column_config.TextColumn(help=text) for name, text in EXPLAINED.items()}
    st.dataframe(rows, column_config=config, hide_index=True)


def show_people(found: Agreement) -> None:
    """Show each two people beside one another."""
    shares = {(each.one, each.other): (each.f1.value, each.session_count) for each in found.people if each.f1}
    if len(found.people) == 1 or not shares:
        return
    rows = [
        {
            "one": each.one,
            "other": each.other,
            "sessions": each.session_count,
            "match": each.f1 and each.f1.value,
            "precision": each.precision and each.precision.value,
            "recall": each.recall and each.recall.value,
        }
        for each in found.people
    ]
    show_figure(draw.draw_people(shares), "agreement-people", rows)


def show_figures(found: Agreement) -> None:
    """Show which labels are confused, and how far apart boxes begin and end."""
    left, right = st.columns(2)
    with left:
        names = [*found.confused, NO_BOX]
        rows = [
            {"one": name, **dict(zip(names, row, strict=True))}
            for name, row in zip(names, found.confusions, strict=True)
        ]
        show_figure(draw.draw_confusions(found.confused, found.confusions), "agreement-confusions", rows)
        show_over_time(found)
    with right:
        told = {"Onsets": found.onsets, "Offsets": found.offsets}
        shown = {name: (each.bin_ms, each.counts) for name, each in told.items() if each is not None}
        if shown:
            rows = [
                {"what": name, "later_ms": (place - len(counts) // 2) * step_ms, "boxes": count}
                for name, (step_ms, counts) in shown.items()
                for place, count in enumerate(counts)
            ]
            show_figure(draw.draw_differences(shown), "agreement-differences", rows)
        show_people(found)


def show_over_time(found: Agreement) -> None:
    """Show how each person's agreement with the others went, where they answered at several times."""
    if len({each.starts_on for each in found.over_time}) < 2:
        return
    lines: dict[str, list[tuple[date, Estimate, int]]] = {}
    for each in found.over_time:
        lines.setdefault(each.person, []).append((each.starts_on, each.f1, each.session_count))
    rows = [
        {
            "person": each.person,
            "from": each.starts_on.isoformat(),
            "sessions": each.session_count,
            "match": each.f1.value,
            "low": each.f1.low,
            "high": each.f1.high,
        }
        for each in found.over_time
    ]
    show_figure(draw.draw_over_time(lines), "agreement-over-time", rows)


def show_sessions(round_: Round, asked: Asked) -> None:
    """List the sessions with the least agreement; a click opens one in Review."""
    st.subheader("Least agreement first", anchor=False)
    left, right = st.columns(2)
    label = left.selectbox("Label", round_.label_names, index=None, placeholder="All labels", key="agreement-label")
    others = [*(name for name in round_.label_names if name != label), NO_BOX]
    confused_with = right.selectbox(
        "Somebody else says",
        others if label else [],
        index=None,
        placeholder="Anything" if label else "Choose a label first",
        disabled=label is None,
        key=f"agreement-confused-{label}",
        help="The sessions behind a cell of the picture of what boxes are called.",
    )
    listed, _ = agreement.list_disagreements(get_workspace(), asked, label=label, confused_with=confused_with)
    if not listed:
        st.caption("There is no such box in these sessions.")
        return
    chosen = st.dataframe(
        [
            {
                "Session": each.session_id,
                "People": ", ".join(each.people),
                "Boxes": each.box_count,
                "Match": 100 * each.share,
            }
            for each in listed
        ],
        column_config={
            "Match": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
        },
        hide_index=True,
        key=f"agreement-sessions-{asked}-{label}-{confused_with}",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
    )
    rows = [*chosen.selection.rows, *(row for row, _ in chosen.selection.cells)]
    if rows:
        st.switch_page("review.py", query_params={"round": round_.id, "session": listed[rows[0]].session_id})
    st.caption(
        f"The {count_of(len(listed), 'session')} in which people agree least. Click one to open it in Review; "
        "reviewers decide about them on Adjudicate."
    )


def show_round(round_: Round) -> None:
    """Show one round."""
    st.caption(escape(round_.name))
    asked = ask(round_)
    found, computed_at = agreement.get_agreement(get_workspace(), asked)
    if not found.pair_count and asked.models:
        st.info("Nobody has searched a session of this round yet, so there is nothing to compare the model with.")
        return
    if not found.pair_count:
        st.info(
            "No session has been answered by two people yet. The round can ask for several answers per session, each "
            "given by another person who does not see the others'. A second opinion also comes from a reviewer who "
            "corrects an answer, or from an imported table of annotations for sessions that have an answer."
        )
        if round_.is_independent:
            wanted = f"{count_of(round_.answers_wanted, 'answer')} per session"
            st.caption(f"This round asks for {wanted} already: figures appear when the second person has answered.")
        elif may("admin") and st.button("Ask for several answers", icon=":material/groups:"):
            edit_round(round_)
        st.page_link("data.py", label="Import annotations", icon=":material/upload:", query_params={"round": round_.id})
        return
    show_metrics(found, asked)
    show_labels(found)
    show_figures(found)
    show_sessions(round_, asked)
    if computed_at is not None:
        st.caption(f"Measured at {computed_at:%H:%M} UTC; {tell_when_next(round_)}.")


def tell_when_next(round_: Round) -> str:
    """Tell when figures that were kept are measured again."""
    if agreement.is_measured_again(get_workspace(), round_id=round_.id):
        return "being measured again with the answers since, reload the page in a moment"
    return "measured again at most every ten minutes"


st.title("Agreement", anchor=False)
if (chosen_round := current_round()) is None:
    st.info("There is no round yet.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    show_round(chosen_round)
