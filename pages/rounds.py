"""Home: the rounds of this workspace and where each one stands."""

from dataclasses import asdict, replace

import streamlit as st

from pages.shared.display_form import ask_display
from pages.shared.state import get_workspace
from podcast_core.domain import Round
from podcast_core.errors import PodcastError
from podcast_core.services import demo, rounds

INGEST = '.venv/bin/python -m podcast_core ingest PATH... --round NAME --labels "call,whistle"'


def show_empty_state() -> None:
    """Say what to do in a workspace without rounds."""
    st.info("There is no round yet. A round is a batch of one-minute sessions with a list of labels.")
    if st.button("Add the demo round", type="primary", icon=":material/waves:"):
        bar = st.progress(0.0)

        def show(done: int, total: int) -> None:
            bar.progress(done / total, f"Making the sea: {done} of {total} minutes")

        demo.add_demo_round(get_workspace(), on_progress=show)
        st.query_params["round"] = "demo"
        st.rerun()


@st.dialog("Edit round", width="large")
def edit_round(round_: Round) -> None:
    """Change a round's texts and labels, and how its sessions are shown at first."""
    with st.form(f"edit-{round_.id}-form", border=False):
        name = st.text_input("Name", round_.name, max_chars=120)
        description = st.text_area("Description", round_.description, height=80)
        instructions = st.text_area(
            "Instructions", round_.instructions, height=140, help="Markdown. Shown to annotators under “About”."
        )
        left, right = st.columns(2)
        site = left.text_input("Site", round_.site)
        site_url = right.text_input("Link about the site", round_.site_url, placeholder="https://")
        st.caption(
            "Labels: name, colour as #rrggbb, and the key that sets it (1 to 9, t or w). Rows can be added at the end."
        )
        table = [asdict(label) for label in round_.labels]
        edited = st.data_editor(table, num_rows="dynamic", hide_index=True, key=f"edit-{round_.id}-labels")
        make_display = ask_display(round_.display)
        if not st.form_submit_button("Save", type="primary"):
            return
    try:
        labels = rounds.read_labels(edited)
        rounds.change_round(
            get_workspace(),
            replace(
                round_,
                name=name.strip(),
                description=description,
                instructions=instructions,
                site=site,
                site_url=site_url.strip(),
                labels=labels,
                display=make_display(),
            ),
        )
    except PodcastError as error:
        st.error(str(error))
        return
    st.rerun()


def show_round(round_: Round) -> None:
    """Show one round's card."""
    total = sum(rounds.count_outcomes(get_workspace(), round_id=round_.id).values())
    done = total - rounds.count_open(get_workspace(), round_id=round_.id)
    with st.container(border=True):
        st.subheader(round_.name, anchor=False)
        if round_.description:
            st.write(round_.description)
        if round_.site:
            st.caption(f"[{round_.site}]({round_.site_url})" if round_.site_url else round_.site)
        st.progress(done / total if total else 0.0, f"{done} of {total} sessions done")
        finished = total > 0 and done == total
        with st.container(horizontal=True, vertical_alignment="center"):
            here = {"round": round_.id}
            label = "See what was labelled" if finished else "Start labelling" if not done else "Go on labelling"
            if st.button(label, type="primary", icon=":material/select_all:", key=f"label-{round_.id}"):
                st.switch_page("label.py", query_params=here)
            st.page_link("review.py", label="Review", icon=":material/fact_check:", query_params=here)
            st.page_link("progress.py", label="Progress", icon=":material/bar_chart:", query_params=here)
            st.page_link("data.py", label="Export", icon=":material/download:", query_params=here)
            if st.button("Edit", icon=":material/edit:", key=f"edit-{round_.id}", type="tertiary"):
                edit_round(round_)


st.title("Rounds", anchor=False)
all_rounds = rounds.list_rounds(get_workspace())
if not all_rounds:
    show_empty_state()
for each in all_rounds:
    show_round(each)
with st.expander("Add your own recordings", expanded=not all_rounds):
    st.write(
        "Run this where Pod.Cast runs. Folders are searched for audio; nothing is copied, so leave the files "
        "where they are. Running it again adds only what is new. (On Windows: `.venv\\Scripts\\python`.)"
    )
    st.code(INGEST, language="shell", wrap_lines=True)
