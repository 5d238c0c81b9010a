"""What the figures of *Progress* are filtered by; what is chosen stays from one to the next."""

from dataclasses import dataclass, replace

import streamlit as st

from pages.shared.figure_card import ask_pictures
from pages.shared.words import escape
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.round import Round
from podcast_core.errors import InvalidInput
from podcast_core.services.labels import progress, work
from podcast_core.workspace import Workspace

DATES, ANNOTATORS, SITES, LABELS = "dates", "annotators", "sites", "labels"
KEY = "progress-{}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose progress is shown: that of a round, or of several; whether people are named, and the menu left out."""

    workspace: Workspace
    rounds: tuple[Round, ...]
    with_names: bool = True
    is_shared: bool = False

    @property
    def round_ids(self) -> tuple[str, ...]:
        """The ids of the rounds."""
        return tuple(each.id for each in self.rounds)

    @property
    def name(self) -> str:
        """What files are called by."""
        return self.rounds[0].id if len(self.rounds) == 1 else "all-rounds"

    def color(self, labels: list[str]) -> dict[str, str]:
        """Give labels their colours; grey to those that are in no round's list."""
        known = {label.name: label.color for each in reversed(self.rounds) for label in each.labels}
        return {label: known.get(label, progress.OTHER_COLOR) for label in labels}


def ask_filter(shown: Shown, offered: tuple[str, ...]) -> ProgressFilter:
    """Ask for what a section can be filtered by, of days, people, sites and labels."""
    annotators, sites = work.list_names(shown.workspace, shown.round_ids)
    labels = list(dict.fromkeys(name for each in shown.rounds for name in each.label_names))
    wanted = ProgressFilter(shown.round_ids)
    with (
        st.expander("Filter, and how pictures are saved", icon=":material/filter_alt:"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        if DATES in offered:
            wanted = ask_days(wanted)
        if ANNOTATORS in offered and shown.with_names:
            wanted = replace(wanted, annotators=choose(ANNOTATORS, annotators))
        if SITES in offered:
            wanted = replace(wanted, sites=choose(SITES, sites))
        if LABELS in offered:
            wanted = replace(wanted, labels=choose(LABELS, labels))
        ask_pictures()
    if chosen := [*wanted.annotators, *wanted.sites, *wanted.labels, *describe_days(wanted)]:
        st.caption(f"Only: {escape(', '.join(chosen))}.")
    return wanted


def describe_days(wanted: ProgressFilter) -> list[str]:
    """Say which days are counted, where not all are."""
    told = ((wanted.date_from, "from {:%-d %b %Y}"), (wanted.date_to, "to {:%-d %b %Y}"))
    return [words.format(day) for day, words in told if day]


def ask_days(wanted: ProgressFilter) -> ProgressFilter:
    """Ask for the first and the last day."""
    said = "A day in UTC; both are included."
    first = st.date_input("From", None, key=KEY.format("from"), help=said, width=150, persist_state="session")
    last = st.date_input("To", None, key=KEY.format("to"), width=150, persist_state="session")
    try:
        return replace(wanted, date_from=first, date_to=last)
    except InvalidInput as error:
        st.error(str(error), icon=":material/error:")
        st.stop()


def choose(what: str, names: list[str]) -> tuple[str, ...]:
    """Let somebody choose some of several names; none chosen: all."""
    if len(names) < 2:
        return ()
    chosen = st.multiselect(
        what.capitalize(), names, placeholder="All", key=KEY.format(what), persist_state="session", width=220
    )
    return tuple(each for each in chosen if each in names)  # those of another round stay chosen, and do not count
