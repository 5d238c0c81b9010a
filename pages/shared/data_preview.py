"""What would be added: the times of recordings before they come in, and how to set them right."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st

from pages.shared.job_card import escape
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.intake.indexing import Manner, parse_seconds
from podcast_core.services.intake.preview import NO_SOURCE, Preview, Seen

LAST = "previewed"  # what was looked at last, with what was seen
MAX_CANDIDATES = 3
MAX_WARNINGS = 5


@dataclass(frozen=True)
class Look:
    """How chosen files are looked at; ``key`` tells them from others. What is far away is looked at on request."""

    key: Hashable
    preview: Callable[[Manner], Preview]
    is_far: bool = False


def ask_manner(name_key: Callable[[str], str], *, has_names: bool) -> Manner:
    """Ask how times are read.

    Parameters
    ----------
    name_key
        Names the place of a field in the session's state.
    has_names
        Whether files have names that may tell a time.

    Raises
    ------
    PodcastError
        When the zone, the pattern or the correction cannot be used.
    """
    left, middle, right = st.columns(3) if has_names else (st.container(), None, None)
    zone = left.text_input(
        "Time zone of start times without one",
        placeholder="UTC",
        key="add_zone",
        help="America/Los_Angeles or -07:00. A zone given in a file or its name takes precedence.",
    ).strip()
    if middle is None or right is None:
        return Manner(zone or None)
    pattern = middle.text_input(
        "Pattern of times in file names",
        placeholder="detected",
        key=name_key("pattern"),
        help="Where the parts are in the name: `YYYYMMDD_HHMMSS`, `DD-MM-YYYY HH.MM`, `HHMMSS_DDMMYY`. Also `MON` "
        "(Jan to Dec), `DDD` (day of the year), `FFF` (milliseconds), `Z` (zone), `UNIX` and `HEX` (seconds since "
        "1970), `*` (anything).",
    ).strip()
    offset = right.text_input(
        "Clock correction",
        placeholder="0",
        key=name_key("offset"),
        help="Added to every start time: in seconds, such as -3600, or as -1:00:00 for one hour earlier.",
    )
    take_cut = st.toggle(
        "Accept the intact part of truncated files",
        key="add_take_cut",
        help="Otherwise they are refused, so that nobody mistakes half a night for a whole one. The recording "
        "carries a note that it was truncated.",
    )
    return Manner(zone or None, pattern, parse_seconds(offset), take_cut)


def show_preview(look: Look, manner: Manner, pattern_key: str) -> None:
    """Show the files as they would be added; ``pattern_key`` is where the pattern is asked for."""
    known = st.session_state.get(LAST)
    if known is None or known[0] != (look.key, manner):
        if look.is_far and not st.button("Preview files", icon=":material/preview:", key="add_look"):
            return
        try:
            with st.spinner("Reading the files"):
                known = ((look.key, manner), look.preview(manner))
        except PodcastError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state[LAST] = known
    preview: Preview = known[1]
    if preview.good:
        show_files(preview)
    show_refused(preview)
    show_candidates(preview, pattern_key)
    if preview.warnings:
        lines = "\n".join(f"- {escape(warning)}" for warning in preview.warnings[:MAX_WARNINGS])
        st.info(f"Warnings, kept with each recording as a note:\n\n{lines}", icon=":material/info:")


def show_files(preview: Preview) -> None:
    """Show the first files as a table, with counts."""
    shown, looked_at = len(preview.good), len(preview.seen)
    which = count_of(shown, "file")
    if looked_at < preview.file_count:
        which = f"{shown} of the first {count_of(looked_at, 'file')} ({preview.file_count:,} in all)"
    without = sum(each.started_at is None for each in preview.good)
    times = [f"{source} {number}" for source, number in preview.sources.items() if source != NO_SOURCE]
    times += [f"{without} without a time"] if without else []
    they = "it" if which == "1 file" else "they"
    known = f" Already known: {preview.known_count}, of which nothing is added twice." if preview.known_count else ""
    st.caption(f"{which} as {they} would be added.{known}" + (f" Times: {', '.join(times)}." if times else ""))
    st.dataframe(
        [make_row(each) for each in preview.good],
        column_config={
            "File": st.column_config.TextColumn(width="medium"),
            "Seconds": st.column_config.NumberColumn(format="%.2f"),
            "kHz": st.column_config.NumberColumn(format="%g"),
        },
        hide_index=True,
        height="content" if shown <= 10 else 388,
        key="add_preview",
    )


def make_row(each: Seen) -> dict[str, object]:
    """Make the row of a file."""
    return {
        "File": each.name,
        "Starts (UTC)": f"{each.started_at:%Y-%m-%d %H:%M:%S.%f}"[:-3] if each.started_at else "",
        "Found in": each.source if each.started_at else "",
        "Zone": each.zone_text,
        "Seconds": each.duration_s,
        "kHz": each.sample_rate_hz / 1000,
        "Channels": each.channel_count,
        "Note": " ".join((*(["Already known."] if each.is_known else []), *each.notes)),
    }


def show_refused(preview: Preview) -> None:
    """Name what would not go in, each with its reason."""
    refused = [(each.name, each.reason) for each in preview.seen if each.reason]
    refused += [(each.path, each.reason) for each in preview.failed]
    if refused:
        show_reasons(f"{count_of(len(refused), 'file')} cannot be added; the others can.", refused)


def show_reasons(sentence: str, refused: list[tuple[str, str]]) -> None:
    """Show why files did not, or would not, go in."""
    lines = "\n".join(f"- **{escape(name)}**: {escape(reason)}" for name, reason in refused[:20])
    more = f"\n- … and {len(refused) - 20:,} more" if len(refused) > 20 else ""
    st.warning(f"{sentence}\n\n{lines}{more}", icon=":material/warning:")


def show_candidates(preview: Preview, pattern_key: str) -> None:
    """Offer the patterns that would give a time to files that have none."""
    offered = list(preview.candidates.items())[:MAX_CANDIDATES]
    if not offered:
        return
    without = sum(each.started_at is None for each in preview.good)
    st.markdown(f"{count_of(without, 'file')} without a time. Their names could be read as:")
    for pattern, (number, name, read) in offered:
        st.button(
            f"{pattern}: {escape(name)} is {read}" + (f", and {number - 1} more" if number > 1 else ""),
            icon=":material/schedule:",
            key=f"add_take_{pattern}",
            on_click=lambda pattern=pattern: st.session_state.update({pattern_key: pattern}),
        )
