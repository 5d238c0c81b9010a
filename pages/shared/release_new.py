"""Making a release: what is asked, what it would hold, and making it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared import state
from pages.shared.job_card import cancel, show_state
from pages.shared.round_picker import ask_rounds, start_from
from pages.shared.working_out import work_out
from podcast_core import figures
from podcast_core.domain.job import JobState
from podcast_core.domain.round import Round
from podcast_core.domain.standing import KEEP, LEAVE_OUT
from podcast_core.errors import PodcastError
from podcast_core.services.exchange import datasets
from podcast_core.services.jobs import queue
from podcast_core.services.sets.release_plan import Balance, Plan, plan_release
from podcast_core.services.sets.release_request import ReleaseRequest
from podcast_core.services.sets.release_store import list_releases

MADE_KEY = "release_made"  # the release that was made just now, shown next
JOB_KEY = "release_job"  # the job that makes one now
REFRESH_S = 1.0
LICENCES = ("CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "CC BY-NC-SA 4.0", "CC0 1.0", "unknown")
AUDIO = {"sessions": "one file per session", "clips": "one clip per annotation", "none": "no audio, references only"}
SPLITS_BY = {"recording": "recording", "encounter": "encounter", "site": "site"}
HELD_OUT = {"none": "nothing", "test": "the test split", "all": "all of it"}
ELSEWHERE = {"refuse": "refuse the release", "test": "put it in the test split", "leave-out": "leave it out"}
REJECTED = {LEAVE_OUT: "leave out", KEEP: "keep as they are"}
LAYOUTS = {"folders": "folders by split", "orcasound-a": "Orcasound, variant A", "orcasound-b": "Orcasound, variant B"}


def show_new(rounds: list[Round]) -> None:
    """Ask what the release should be, and show what it would hold before it is made."""
    if JOB_KEY in st.session_state:
        st.fragment(show_making, run_every=REFRESH_S)()
        return
    request = ask(rounds)
    if request is None:
        st.info("Choose at least one round and name the data set. Its contents are shown here.")
        return
    problems: tuple[str, ...] = ()
    asked = {"key": "release_planned", "action": "Work out its contents", "doing": "Working out its contents"}
    held = replace(request, title="", description="", citation="", licence="unknown")  # what decides on contents
    try:
        outline = work_out(held, held.round_ids, lambda: outline_release(held), **asked)
    except PodcastError as error:
        st.warning(str(error))
        return
    if outline is not None:
        show_plan(*outline)
        problems = outline[0].problems
    has_licence = st.session_state.get("release_licence") is not None
    if not has_licence:
        st.caption("Choose a licence first. If it is not known, choose “unknown”.")
    st.button(
        "Make the release",
        type="primary",
        icon=":material/inventory_2:",
        disabled=bool(problems) or not has_licence,
        on_click=make,
        args=(request,),
    )


def ask(rounds: list[Round]) -> ReleaseRequest | None:
    """Ask for the parameters; None while there is too little."""
    left, right = st.columns(2)
    chosen = ask_rounds("Rounds", rounds, key="release_rounds", place=left)
    start_from("release_name", chosen[0] if chosen else "", basis=chosen[:1])
    name = right.text_input(
        "Name",
        max_chars=80,
        key="release_name",
        help="Letters, digits, '.', '_' and '-'. An existing name gets its next version.",
    ).strip()
    left, right = st.columns(2)
    title = left.text_input(
        "Title for the data card", max_chars=200, key="release_title", placeholder="Calls of the bay"
    )
    licence = right.selectbox(
        "Licence of audio and labels",
        LICENCES,
        None,
        key="release_licence",
        accept_new_options=True,
        placeholder="Choose one or write another",
    )
    choices = {**ask_audio(), **ask_split(), **ask_more()}
    if not chosen or not name:
        return None
    try:
        return ReleaseRequest(
            name=name, round_ids=tuple(chosen), licence=licence or "unknown", title=title.strip(), **choices
        )
    except PodcastError as error:
        st.warning(str(error))
        return None


def ask_audio() -> dict[str, Any]:
    """Ask how the audio comes along."""
    first, second, third = st.columns(3)
    audio = first.selectbox("Audio", list(AUDIO), format_func=AUDIO.__getitem__, key="release_audio")
    if audio == "none":
        return {"audio": audio}
    container = second.selectbox("Audio format", ["flac", "wav"], format_func=str.upper, key="release_container")
    if audio == "clips":
        padding = third.number_input("Margin around each annotation (s)", 0.0, 60.0, 0.5, 0.1, key="release_padding")
        return {"audio": audio, "container": container, "padding_s": padding}
    layout = third.selectbox("Layout", list(LAYOUTS), format_func=LAYOUTS.__getitem__, key="release_layout")
    return {"audio": audio, "container": container, "layout": layout}


def ask_split() -> dict[str, Any]:
    """Ask what stays together, and how much goes where."""
    first, second, third = st.columns(3)
    by = first.selectbox(
        "Keep together",
        list(SPLITS_BY),
        format_func=SPLITS_BY.__getitem__,
        key="release_by",
        help="A group goes into one split as a whole. An encounter is a series of recordings at one site with short "
        "gaps. Minutes of one recording are never split up: they hold the same animals.",
    )
    dev = second.number_input("dev (%)", 0, 100, 10, 5, key="release_dev")
    test = third.number_input("test (%)", 0, 100, 10, 5, key="release_test", help="The rest is train.")
    found: dict[str, Any] = {"group_by": by, "proportions": (max(100 - dev - test, 0), dev, test)}
    if by == "encounter":
        hours = first.number_input("Gap that ends an encounter (h)", 0.0, 72.0, 2.0, 0.5, key="release_gap")
        found["gap_s"] = hours * 3600
    return found


def ask_more() -> dict[str, Any]:
    """Ask for what most leave as it is."""
    with st.expander("More"):
        left, right = st.columns(2)
        hold = left.selectbox(
            "Held out",
            list(HELD_OUT),
            format_func=HELD_OUT.__getitem__,
            key="release_hold",
            help="No model may be trained on held-out audio, in any round.",
        )
        elsewhere = right.selectbox(
            "Audio held out by another release",
            list(ELSEWHERE),
            format_func=ELSEWHERE.__getitem__,
            key="release_elsewhere",
        )
        include = left.multiselect(
            "Also include outcomes",
            ["unsure", "verified"],
            key="release_include",
            help="Labelled and empty sessions are always included. These are marked: a gap in them does not mean "
            "silence.",
        )
        rejected = right.selectbox(
            "Answers that a review rejected",
            list(REJECTED),
            format_func=REJECTED.__getitem__,
            key="release_rejected",
            help="If kept, they are in the files like all others, and the data card counts them. No model is "
            "trained on them.",
        )
        seed = right.text_input(
            "Seed", "1", max_chars=80, key="release_seed", help="A different seed gives a different split."
        )
        versions = [release.id for release in list_releases(state.get_workspace())]
        based_on = left.selectbox(
            "Base the split on", ["latest", *versions, "none"], format_func=name_base, key="release_based_on"
        )
        annotators = right.selectbox("Annotators", ["names", "numbers"], key="release_annotators")
        formats = datasets.list_formats()
        wanted = st.multiselect(
            "Formats of annotations",
            list(formats),
            format_func=lambda each: formats[each].title,
            placeholder="all",
            key="release_formats",
        )
        description = st.text_area("Description for the data card", height=80, key="release_description")
        citation = st.text_input("How to cite it", max_chars=1000, key="release_citation")
    return {
        "held_out": hold,
        "held_out_audio": elsewhere,
        "outcomes": ("labelled", "empty", *include),
        "rejected": rejected,
        "seed": seed or "1",
        "based_on": based_on,
        "annotators": annotators,
        "formats": tuple(wanted),
        "description": description,
        "citation": citation.strip(),
    }


def name_base(base: str) -> str:
    """Write the release a split is kept of, as people read it."""
    return {"latest": "the latest version of this name", "none": "nothing: new split"}.get(base, base)


def outline_release(request: ReleaseRequest) -> tuple[Plan, Mapping[str, Balance]]:
    """Work out what a release would hold: a plan without its sessions, and their counts by split."""
    plan = plan_release(state.get_workspace(), request=request)
    return replace(plan, items=()), plan.balance


def show_plan(plan: Plan, balance: Mapping[str, Balance]) -> None:
    """Show what a release would hold."""
    st.header("Contents", anchor=False)
    total_s = sum(each.duration_s for each in balance.values())
    st.dataframe(
        [
            {
                "Split": split,
                "Audio (min)": each.duration_s / 60,
                "Share": 100 * each.duration_s / total_s,
                "Sessions": each.sessions,
                "Recordings": each.recordings,
                "Groups": each.groups,
                "Annotations": sum(each.labels.values()),
                "Outcomes": ", ".join(f"{count} {outcome}" for outcome, count in each.outcomes.items()),
            }
            for split, each in balance.items()
        ],
        column_config={
            "Audio (min)": st.column_config.NumberColumn(format="%.1f"),
            "Share": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
        },
        hide_index=True,
    )
    show_balance({split: each.labels for split, each in balance.items()})
    if plan.left_out:
        st.caption(
            "Left out: " + ", ".join(f"{count} {reason}" for reason, count in plan.left_out.items()) + " sessions."
        )
    if plan.based_on:
        st.caption(f"Recordings of {plan.based_on} stay in the same split as there.")
    for warning in plan.warnings:
        st.warning(warning)
    if plan.problems:
        st.error(
            "This release would leak test data, so it cannot be made. “More” lets you move or leave out held-out audio."
        )
        st.code("\n".join(plan.problems), language=None, wrap_lines=True)


def show_balance(labels: Mapping[str, Mapping[str, int]]) -> None:
    """Show the class balance of the splits."""
    figure = figures.draw_balance(labels)
    st.plotly_chart(figure, config={"displayModeBar": False}, key="balance", alt=figure.layout.title.text)


def make(request: ReleaseRequest) -> None:
    """Put the release into the queue of jobs; a worker makes it, also when this page is closed."""
    st.session_state[JOB_KEY] = queue.add_job(
        state.get_workspace(), kind="release", params=request.to_params(), who=state.annotator()
    )


def show_making() -> None:
    """Show how far the release is; when it is there, show it."""
    if JOB_KEY not in st.session_state:
        st.rerun()  # back to the form
    job = queue.get_job(state.get_workspace(), job_id=st.session_state[JOB_KEY])
    if job.state is JobState.DONE:
        st.session_state[MADE_KEY] = (job.result["release"], job.result["is_new"])
        forget()
        st.rerun()
    st.header(job.title, anchor=False)
    show_state(job)
    if job.state.is_open:
        st.caption("It continues if you leave this page. A release is either complete or not published.")
        st.button("Cancel", icon=":material/close:", on_click=cancel, args=(job.id,))
    else:
        st.caption("Nothing was published. Make the same release again to continue where it stopped.")
        st.button("Back to the form", icon=":material/arrow_back:", on_click=forget)


def forget() -> None:
    """Leave the job alone."""
    st.session_state.pop(JOB_KEY, None)
