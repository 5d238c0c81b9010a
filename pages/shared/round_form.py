"""The form of a round: its texts, its labels, which may come as a list, and how its sessions are shown at first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import streamlit as st

from pages.shared import state
from pages.shared.display_form import ask_display
from pages.shared.job_card import escape
from podcast_core.domain.coordinates import REFERENCES, SiteCoordinates
from podcast_core.domain.label import make_labels
from podcast_core.domain.round import MAX_ANSWERS, Round
from podcast_core.errors import PodcastError, count_of, name_some
from podcast_core.services.labels import rounds
from podcast_core.services.labels.label_lists import LabelList, append_labels, parse_label_list, read_label_list

SITE_FIELDS = [each.name for each in fields(SiteCoordinates)]
LABEL_COLUMNS: dict[str, Any] = {
    "name": "Name",
    "color": "Colour",
    "hotkey": "Key",
    "description": "Description",
    "scientific_name": st.column_config.TextColumn(
        "Scientific name", help="Of the taxon that the label stands for, for exports to archives."
    ),
}
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
    listed = ask_list(round_, is_new=is_new)
    with st.form(f"edit-{round_.id}-form", border=False):
        name = st.text_input("Name", "" if is_new else round_.name, max_chars=120)
        description = st.text_area("Description", round_.description, height=80)
        instructions = st.text_area(
            "Instructions", round_.instructions, height=140, help="Markdown. Shown to annotators under “About”."
        )
        left, right = st.columns(2)
        site = left.text_input("Site", round_.site)
        site_url = right.text_input("Link about the site", round_.site_url, placeholder="https://")
        with st.expander("Where sites are", icon=":material/location_on:"):
            st.caption(
                "In degrees (WGS 84), north and east positive: for sunrise and sunset, and for exports. With the level "
                "of full scale (zero to peak) measurements have sound pressure levels."
            )
            places = st.data_editor(
                [asdict(each) for each in round_.sites] or [dict.fromkeys(SITE_FIELDS) | {"site": round_.site}],
                num_rows="dynamic",
                hide_index=True,
                key=f"edit-{round_.id}-sites",
                column_config={
                    "site": st.column_config.TextColumn("Site"),
                    "latitude_deg": st.column_config.NumberColumn("Latitude (°)", min_value=-90, max_value=90),
                    "longitude_deg": st.column_config.NumberColumn("Longitude (°)", min_value=-180, max_value=180),
                    "elevation_m": st.column_config.NumberColumn("Height (m)", help="A depth is negative."),
                    "time_zone": st.column_config.TextColumn("Time zone", help="Such as America/Los_Angeles."),
                    "recorder": st.column_config.TextColumn("Recorder", help="Make, model, gain."),
                    "full_scale_db": st.column_config.NumberColumn(
                        "Full scale (dB)", help="Sound pressure level of full scale, zero to peak."
                    ),
                    "reference": st.column_config.SelectboxColumn(
                        "dB re", options=[each for each in REFERENCES if each], help="1 µPa in water, 20 µPa in air."
                    ),
                },
            )
        st.caption("Labels: name, colour as #rrggbb, and shortcut key (1 to 9, t or w). Add rows at the end.")
        table = [asdict(label) for label in round_.labels]
        edited = st.data_editor(
            table, column_config=LABEL_COLUMNS, num_rows="dynamic", hide_index=True, key=f"edit-{round_.id}-labels"
        )
        if listed:
            st.caption(f"Added at the end of the table: {count_of(len(listed), 'label')} of the list.")
        own_review = st.checkbox(
            "People may accept their own answers",
            round_.own_review,
            help="Otherwise somebody other than the annotator must accept an answer on the Review page.",
        )
        answers_wanted, double_share = ask_answers(round_)
        assigned, assigned_only = ask_assignments(round_)
        make_display = ask_display(round_.display)
        if not st.form_submit_button("Create round" if is_new else "Save", type="primary"):
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
            labels=append_labels(() if is_new and listed and edited == table else rounds.read_labels(edited), listed),
            display=make_display(),
            own_review=own_review,
            sites=rounds.read_sites(places),
            answers_wanted=answers_wanted,
            double_share=double_share,
            assignments=rounds.read_assignments(assigned, known=round_, who=state.annotator()),
            assigned_only=assigned_only,
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


def ask_answers(round_: Round) -> tuple[int, float]:
    """Ask how many people answer a session, and in which share of the sessions."""
    left, right = st.columns(2)
    wanted = left.number_input(
        "Answers per session",
        1,
        MAX_ANSWERS,
        round_.answers_wanted,
        help="Ask for several answers to measure how far people agree. Each is given by another person, who does not "
        "see what others said; reviewers do.",
    )
    percent = right.number_input(
        "Share of the sessions with several answers (%)",
        0,
        100,
        round(100 * round_.double_share),
        help="Drawn at random; the other sessions want one answer. Only matters with more than one answer per session.",
    )
    is_same = percent == round(100 * round_.double_share)
    return wanted, round_.double_share if is_same else percent / 100


def ask_assignments(round_: Round) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """Ask which sites are whose, and whether these people get no others."""
    with st.expander("Sites assigned to people", icon=":material/assignment_ind:"):
        st.caption(
            "Nobody else gets the sessions of an assigned site; several people can share one. Sites not listed are "
            "for everybody."
        )
        rows = st.data_editor(
            [{"site": each.site, "person": each.person} for each in round_.assignments] or [{"site": "", "person": ""}],
            num_rows="dynamic",
            hide_index=True,
            key=f"edit-{round_.id}-assignments",
            column_config={
                "site": st.column_config.TextColumn("Site", help="As recordings name it."),
                "person": st.column_config.TextColumn("Person", help="The name under which they answer."),
            },
        )
        only = st.checkbox(
            "Who has sites gets no others",
            round_.assigned_only,
            help="Otherwise their sites come first, then those that nobody has.",
        )
    return rows, only


def ask_list(round_: Round, *, is_new: bool) -> tuple[str, ...]:
    """Ask for a list of labels, typed or from a file, and say what is in it; the names that the round lacks."""
    with st.expander("Labels from a list", icon=":material/playlist_add:"):
        typed = st.text_area(
            "Labels, one per line or separated by commas or tabs",
            height=100,
            key=f"edit-{round_.id}-list",
            help='Put a name that contains a comma in "quotes".',
        )
        file = st.file_uploader("Or a file: text or CSV", ["txt", "csv", "tsv"], key=f"edit-{round_.id}-file")
        try:
            found = [parse_label_list(typed)] if typed.strip() else []
            found += [read_label_list(file.name, file.getvalue())] if file is not None else []
        except PodcastError as error:
            st.error(str(error), icon=":material/error:")
            return ()
        known = frozenset() if is_new else frozenset(round_.label_names)
        new = tuple(dict.fromkeys(name for each in found for name in each.names if name not in known))
        if found:
            st.info(describe_list(found, new), icon=":material/list:")
        return new


def describe_list(found: Sequence[LabelList], new: Sequence[str]) -> str:
    """Say what is in lists of labels: how many are new, and what is left out."""
    told = [f"{count_of(len(new), 'new label')}{f': {name_some(new, most=5)}' if new else ''}."]
    known = {name for each in found for name in each.names} - set(new)
    repeated = [name for each in found for name in each.repeated]
    blank_count = sum(each.blank_count for each in found)
    ignored = [name for each in found for name in each.ignored]
    told += [f"Already in the round: {name_some(sorted(known), most=5)}."] if known else []
    told += [f"Repeated, added once: {name_some(repeated, most=5)}."] if repeated else []
    told += [f"Blank, skipped: {blank_count:,}."] if blank_count else []
    told += [f"Columns not used: {name_some(ignored, most=5)}."] if ignored else []
    return escape(" ".join(told))
