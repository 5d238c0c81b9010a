"""Progress for somebody without a token: the page of a link, and where links are made and revoked."""

from datetime import UTC, datetime

import streamlit as st

from pages.shared import progress_view, state
from pages.shared.progress_filter import Shown
from pages.shared.progress_overview import show_download, show_figure, show_figures, show_metrics
from pages.shared.words import escape
from podcast_core import figures
from podcast_core.domain.limits import MAX_SHARE_DAYS, SHARE_DAYS
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.labels import progress, rounds, share_links


def show_shared(text: str) -> None:
    """Show the progress of the round that a link opens, and nothing that leads elsewhere.

    Raises
    ------
    Unauthenticated
        When the link opens nothing (any more).
    """
    workspace = state.open_once()
    link = share_links.open_link(workspace, text)
    access.act_as(Caller(None, "read", link.id))
    round_ = rounds.get_round(workspace, round_id=link.round_id)
    st.title(escape(round_.name), anchor=False)
    st.caption(f"Progress of this round, by a link that is valid until {link.expires_at:%-d %b %Y}.")
    shown = Shown(workspace, (round_,), with_names=link.with_names, is_shared=True)
    progress_view.show(shown, show_overview)


def show_overview(shown: Shown) -> None:
    """Show a round at a glance."""
    found = progress.get_progress(shown.workspace, round_id=shown.rounds[0].id)
    if not found.totals.session_count:
        st.info("There are no sessions in this round yet.")
        return
    show_metrics(found)
    if not found.answers:
        show_figure(figures.draw_outcomes(found.totals.sessions), "outcomes")
        return
    show_figures(found, with_names=shown.with_names)
    if shown.with_names:
        show_download(found)


@st.dialog("Share progress", width="large")
def share(round_: Round) -> None:
    """Make and revoke links to a round's progress."""
    st.write(
        f"Whoever has a link sees the progress of “{escape(round_.name)}” until the day you choose, and nothing else: "
        "no recordings, no labels one by one, no other page."
    )
    with st.form("share-new", clear_on_submit=True):
        note_column, days_column = st.columns([3, 1])
        note = note_column.text_input("For whom", max_chars=120, key="share-note", help="For this list only.")
        days = days_column.number_input("Days", 1, MAX_SHARE_DAYS, SHARE_DAYS)
        with_names = st.checkbox("Name the annotators", help="Otherwise nobody is named, nor counted one by one.")
        if st.form_submit_button("Create link", type="primary"):
            make_link(round_, note=note, days=int(days), with_names=with_names)
    list_links(round_)


def make_link(round_: Round, *, note: str, days: int, with_names: bool) -> None:
    """Make a link, and show it once."""
    try:
        link, text = share_links.add_link(
            state.get_workspace(),
            round_id=round_.id,
            note=note,
            days=days,
            with_names=with_names,
            who=state.annotator(),
        )
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    here = (st.context.url or "progress").partition("?")[0]
    st.success(
        f"Valid until {link.expires_at:%-d %b %Y}. Copy it now: it will not be shown again.", icon=":material/link:"
    )
    st.code(f"{here}?{share_links.PARAMETER}={text}", language=None, wrap_lines=True)


def list_links(round_: Round) -> None:
    """List the links of a round, and revoke them."""
    now = datetime.now(UTC)
    for each in share_links.list_links(state.get_workspace(), round_id=round_.id):
        standing = "revoked" if each.revoked_at else "valid" if each.is_valid(now) else "expired"
        names = " · with names" if each.with_names else ""
        text_column, button_column = st.columns([5, 1], vertical_alignment="center")
        text_column.write(f"**{escape(each.note or each.id)}** · {standing} · until {each.expires_at:%Y-%m-%d}{names}")
        if each.is_valid(now) and button_column.button("Revoke", key=f"revoke_link_{each.id}"):
            share_links.revoke_link(state.get_workspace(), link_id=each.id)
            st.rerun(scope="fragment")
