"""The form of a round: its texts, its labels, and how its sessions are shown at first."""

from dataclasses import asdict, replace

import streamlit as st

from pages.shared import state
from pages.shared.display_form import ask_display
from podcast_core.domain import Round, make_labels
from podcast_core.errors import PodcastError
from podcast_core.services.labels import rounds

BLANK = Round(id="new", name="New round", labels=make_labels(["call"]))


@st.dialog("Edit round", width="large")
def edit_round(round_: Round) -> None:
    """Change a round's texts and labels, and how its sessions are shown at first."""
    ask_round(round_, is_new=False)


@st.dialog("New round", width="large")
def new_round() -> None:
    """Make a round; recordings are added to it afterwards."""
    ask_round(BLANK, is_new=True)


def ask_round(round_: Round, *, is_new: bool) -> None:
    """Show the fields, and save what they hold."""
    with st.form(f"edit-{round_.id}-form", border=False):
        name = st.text_input("Name", "" if is_new else round_.name, max_chars=120)
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
        own_review = st.checkbox(
            "People may accept their own answers",
            round_.own_review,
            help="Without this, somebody else than the annotator accepts an answer on Review.",
        )
        make_display = ask_display(round_.display)
        if not st.form_submit_button("Make the round" if is_new else "Save", type="primary"):
            return
    try:
        state.visitor().need("admin")
        typed = replace(
            round_,
            name=name.strip(),
            description=description,
            instructions=instructions,
            site=site,
            site_url=site_url.strip(),
            labels=rounds.read_labels(edited),
            display=make_display(),
            own_review=own_review,
        )
        if is_new:
            made = rounds.add_round_like(state.get_workspace(), typed)
            st.query_params[state.ROUND_KEY] = made.id
        else:
            rounds.change_round(state.get_workspace(), typed)
    except PodcastError as error:
        st.error(str(error))
        return
    st.rerun()
