"""Audits: answers drawn at random and reviewed, and the error rate that follows."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import state as page_state
from pages.shared.sample_choice import choose_sample, open_sample
from podcast_core.domain.round import Round
from podcast_core.domain.verification_sample import SampleOf
from podcast_core.errors import PodcastError, count_of
from podcast_core.ml.measuring.audits import Share
from podcast_core.services.labels import review
from podcast_core.services.verifying import audits, samples
from podcast_core.services.verifying.audits import AuditState, PartError
from podcast_core.services.verifying.samples import MAX_ANSWERS, AnswerDraw

DASH = "–"
LISTED = 100


def show(round_: Round) -> None:
    """Show the audits of a round's answers."""
    people = review.list_annotators(page_state.get_workspace(), round_id=round_.id)
    known = samples.list_samples(page_state.get_workspace(), round_id=round_.id, of=SampleOf.ANSWERS)
    if not people and not known:
        st.info("Nothing has been answered in this round yet. Answers can be audited once there are some.")
        st.page_link(
            "label.py", label="Start labelling", icon=":material/select_all:", query_params={"round": round_.id}
        )
        return
    if people and page_state.may("review"):
        with st.expander("Draw an audit", icon=":material/casino:", expanded=not known):
            ask_draw(round_, people)
    sample = choose_sample(known, "answers")
    if sample is None:
        st.caption("An audit takes some answers at random. Reviewers judge them, and the error rate of all follows.")
        return
    state = audits.get_audit(page_state.get_workspace(), sample_id=sample.id)
    show_rate(state)
    show_waiting(round_, state)
    left, right = st.columns(2)
    with left:
        show_parts("By annotator", "Annotator", state.annotators)
    with right:
        show_parts("By label", "Label", state.labels)


def ask_draw(round_: Round, people: Sequence[str]) -> None:
    """Ask what is to be drawn, and draw it."""
    with st.form("audit_draw", border=False):
        left, right = st.columns(2)
        who = left.selectbox("Annotator", people, index=None, placeholder="All annotators")
        label = right.selectbox("With the label", round_.label_names, index=None, placeholder="All answers")
        columns = st.columns(3)
        count = columns[0].number_input("Answers", 1, MAX_ANSWERS, 100)
        half_width = columns[1].number_input("Half width of the interval (%)", 1, 50, 5)
        seed = columns[2].number_input("Seed", 0, 2**31 - 1, 0, help="Another seed draws another sample.")
        if st.form_submit_button("Draw", type="primary", icon=":material/casino:"):
            draw = AnswerDraw(
                round_.id,
                annotator=who or "",
                label=label or "",
                count=int(count),
                half_width=half_width / 100,
                seed=int(seed),
            )
            try:
                open_sample(samples.draw_answers(page_state.get_workspace(), draw, who=page_state.annotator()))
            except PodcastError as error:
                st.error(str(error), icon=":material/error:")
                return
            st.rerun()


def write_rate(share: Share | None) -> str:
    """Write an error rate with Wilson's interval."""
    if share is None:
        return DASH
    return f"{share.wilson.value:.1%} ({share.wilson.low:.1%}–{share.wilson.high:.1%})"


def show_rate(state: AuditState) -> None:
    """Show the error rate, and whether that is enough."""
    drawn = len(state.sample.strata[0].ids)
    with st.container(horizontal=True):
        st.metric("Judged", f"{state.judged:,} of {drawn:,}", border=True)
        st.metric("Wrong", f"{state.errors:,}", border=True, help="Corrected or rejected in review.")
        st.metric(
            "Error rate",
            write_rate(state.share),
            border=True,
            help="With its 95 % interval (Wilson), corrected for how many answers there are.",
        )
    told = []
    if state.share is not None:
        exact = state.share.exact
        told.append(f"Exact interval (Clopper–Pearson): {exact.low:.1%}–{exact.high:.1%}.")
    half = state.sample.half_width
    if state.share is not None and not state.more:
        told.append(f"Enough: the interval is no wider than ±{half:.0%}.")
    elif state.more > len(state.waiting):
        told.append(f"{state.more:,} more verdicts give ±{half:.0%}: draw a larger audit.")
    else:
        told.append(f"{state.more:,} more verdicts give ±{half:.0%}.")
    if state.judged and state.waiting:
        told.append("Until all are judged, the rate is of those that were judged first.")
    if state.left_out:
        told.append(f"{count_of(state.left_out, 'answer')} left out: replaced before anybody judged them.")
    st.caption(f"{' '.join(told)} Drawn from {count_of(state.sample.size, 'answer')}.")


def show_waiting(round_: Round, state: AuditState) -> None:
    """List the answers that wait for a verdict; a click opens one in Review."""
    if not state.waiting:
        st.success("All answers of this audit are judged.", icon=":material/check:")
        return
    where = {"round": round_.id, "audit": state.sample.id}
    st.page_link(
        "review.py",
        label="Judge them in Review",
        icon=":material/fact_check:",
        query_params=where | {"session": state.waiting[0]},
    )
    shown = state.waiting[:LISTED]
    with st.expander(f"{count_of(len(state.waiting), 'answer')} left to judge"):
        table = f"audit_table-{state.sample.id}"
        chosen = st.dataframe(
            [{"#": place, "Session": each} for place, each in enumerate(shown, start=1)],
            hide_index=True,
            key=table,
            on_select="rerun",
            selection_mode=["single-row", "single-cell"],
        ).selection
        rows = [*chosen.rows, *(row for row, _ in chosen.cells)]
        if rows:
            st.switch_page("review.py", query_params=where | {"session": shown[rows[0]]})


def show_parts(title: str, name: str, parts: Sequence[PartError]) -> None:
    """Show error rates by name."""
    st.markdown(f"**{title}**")
    if not parts:
        st.caption("Nothing is judged yet.")
        return
    st.dataframe(
        [
            {name: each.name, "Judged": each.judged, "Wrong": each.errors, "Error rate": write_rate(each.share)}
            for each in parts
        ],
        hide_index=True,
    )
