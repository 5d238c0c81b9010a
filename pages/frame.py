"""The frame around every page: navigation, the choice of the round, and the annotator's name."""

from pathlib import Path
from urllib.parse import quote

import streamlit as st

from pages.shared.decimals import take_decimal_commas
from pages.shared.login import leave, show_logout
from pages.shared.progress_share import show_shared
from pages.shared.state import (
    ANNOTATOR_KEY,
    PERSON_KEY,
    ROUND_KEY,
    find_share,
    get_workspace,
    read_cookie,
    visitor,
)
from pages.shared.words import escape
from podcast_core.domain.role import ROLES, with_article
from podcast_core.errors import PodcastError, Unauthenticated
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.labels import rounds

NAME_COOKIE = "podcast_annotator"
MAX_NAMED = 5

# The name outlives the tab: without it, a reload would put the next answers under the machine's default name.
# The URL names the round, so that every link can be shared; writing it from Python would add a step to the
# browser's history, and Back would then only take that step back.
browser_memory = st.components.v2.component(
    "browser_memory",
    js="""
export default function ({ data }) {
    if (data.name) document.cookie = `${data.cookie}=${data.name}; path=/; max-age=31536000; samesite=lax`
    const url = new URL(window.location.href)
    if (!data.round || url.searchParams.has("round")) return
    url.searchParams.set("round", data.round)
    window.history.replaceState({}, "", url)
}
""",
)

# In the order of the work: what people do every day first, what only an admin needs last.
SECTIONS = {
    "Label": [
        st.Page("rounds.py", title="Rounds", icon=":material/home:", url_path="rounds", default=True),
        st.Page("label.py", title="Label", icon=":material/select_all:", url_path="label"),
        st.Page("live.py", title="Live", icon=":material/mic:", url_path="live"),
        st.Page("explore.py", title="Explore", icon=":material/bubble_chart:", url_path="explore"),
        st.Page("progress.py", title="Progress", icon=":material/bar_chart:", url_path="progress"),
    ],
    "Review": [
        st.Page("review.py", title="Review", icon=":material/fact_check:", url_path="review"),
        st.Page("adjudicate.py", title="Adjudicate", icon=":material/gavel:", url_path="adjudicate"),
        st.Page("annotations.py", title="Annotations", icon=":material/search:", url_path="annotations"),
        st.Page("agreement.py", title="Agreement", icon=":material/group:", url_path="agreement"),
        st.Page(
            "verification_samples.py",
            title="Verification samples",
            icon=":material/casino:",
            url_path="verification-samples",
        ),
    ],
    "Data": [
        st.Page("data.py", title="Data", icon=":material/database:", url_path="data"),
        st.Page("releases.py", title="Releases", icon=":material/inventory_2:", url_path="releases"),
        st.Page("spectrograms.py", title="Bat spectrograms", icon=":material/graphic_eq:", url_path="spectrograms"),
    ],
    "Models": [
        st.Page("train.py", title="Train", icon=":material/school:", url_path="train"),
        st.Page("predictions.py", title="Predictions", icon=":material/table_eye:", url_path="predictions"),
        st.Page("runs.py", title="Model runs", icon=":material/model_training:", url_path="runs"),
        st.Page("candidates.py", title="Candidates", icon=":material/filter_alt:", url_path="candidates"),
    ],
    "Server": [
        st.Page("jobs.py", title="Jobs", icon=":material/pending_actions:", url_path="jobs"),
        st.Page("access.py", title="People", icon=":material/manage_accounts:", url_path="access"),
    ],
}
# In no group of the menu, which has no room left: it is reached from one's name.
WORK = st.Page("work.py", title="My work", icon=":material/checklist:", url_path="work")
FIGURES = st.Page("figures.py", title="Figure", icon=":material/image:", url_path="figures")  # from what it is of
# What a page needs; the others can be looked at with `read`.
PAGE_SCOPES = {
    **dict.fromkeys(("label", "explore", "predictions", "verification-samples", "work"), "label"),
    **dict.fromkeys(("review", "adjudicate"), "review"),
    **dict.fromkeys(("data", "train", "runs", "candidates", "releases", "spectrograms", "jobs", "access"), "admin"),
}


def follow_url(caller: Caller) -> None:
    """Let the URL choose the round; without a word in it, the round of the page before stays."""
    everything = rounds.list_rounds(get_workspace(), is_archived=None)
    wanted = st.query_params.get(ROUND_KEY)
    known = {each.id: each.name for each in everything if each.archived_at is None}
    known |= {each.id: f"{each.name} (archived)" for each in everything if each.archived_at and each.id == wanted}
    opened = rounds.find_round(get_workspace(), round_id=wanted) if wanted and wanted not in known else None
    if opened and opened.is_opened and opened.archived_at is None:
        known[opened.id] = f"{opened.name} (opened)"
    if wanted in known:
        st.session_state[ROUND_KEY] = wanted
    elif wanted is not None:
        st.session_state[ROUND_KEY] = None
        st.error(f"There is no round “{wanted}”. The link may be outdated, or the round is in another workspace.")
    elif known and st.session_state.get(ROUND_KEY) not in known:
        st.session_state[ROUND_KEY] = next(iter(known))
    show_navigation(caller)
    if known:
        st.sidebar.selectbox(
            "Round",
            list(known),
            format_func=lambda round_id: known[round_id],
            index=0 if st.session_state.get(ROUND_KEY) else None,  # with a choice made, there is no way to none
            key=ROUND_KEY,
            on_change=write_url,
            placeholder="Choose a round",
        )


def show_navigation(caller: Caller) -> None:
    """Link to the pages that the visitor may open, in groups, with the round in the URL."""
    chosen = st.session_state.get(ROUND_KEY)
    for section, pages in SECTIONS.items():
        allowed = [each for each in pages if caller.may(PAGE_SCOPES.get(each.url_path, "read"))]
        if not allowed:
            continue
        with st.sidebar.container(key=f"nav_{section}", gap="xxsmall"):
            st.caption(section)
            for each in allowed:
                st.page_link(each, query_params={ROUND_KEY: chosen} if chosen else None)


def write_url() -> None:
    """Write the chosen round into the URL; a session belongs to the round that was left."""
    st.query_params.from_dict({ROUND_KEY: st.session_state[ROUND_KEY]} if st.session_state[ROUND_KEY] else {})


def ask_name(caller: Caller) -> None:
    """Show under which name answers are kept."""
    if st.session_state[PERSON_KEY]:
        with st.sidebar:
            show_logout(caller.person or "", caller.scope)
            link_work(caller)
            remember("")  # the token says who it is
        return
    known = read_cookie(NAME_COOKIE) or get_workspace().settings.annotator
    name = st.sidebar.text_input(
        "Your name",
        known,
        max_chars=80,
        key=ANNOTATOR_KEY,
        persist_state="session",
        help="Your answers are recorded under this name. This browser remembers it.",
    )
    with st.sidebar:
        link_work(caller)
        remember(quote((name or known).strip()))


def link_work(caller: Caller) -> None:
    """Link to what waits for somebody, below their name."""
    chosen = st.session_state.get(ROUND_KEY)
    if caller.may(PAGE_SCOPES[WORK.url_path]):
        st.page_link(WORK, query_params={ROUND_KEY: chosen} if chosen else None)


def explain_role(caller: Caller, needed: str) -> None:
    """Say that a page is for another role, and who has it."""
    names = [escape(each) for each in access.list_holders(get_workspace(), scope=needed)]
    whom = f"{', '.join(names[:MAX_NAMED])}{' and others' if len(names) > MAX_NAMED else ''}"
    st.error(
        f"This page is for {ROLES[needed]}s; you are {with_article(caller.scope)} here. "
        f"{f'{whom} can open it.' if names else ''} Whoever runs this server can change your role.",
        icon=":material/lock:",
    )


def remember(name: str) -> None:
    """Have the browser remember a name, unless it is empty, and the URL name the round."""
    browser_memory(
        key="browser_memory", data={"cookie": NAME_COOKIE, "name": name, "round": st.session_state.get(ROUND_KEY)}
    )


st.set_page_config(page_title="Pod.Cast", page_icon="🐋", layout="wide")
st.logo(Path(__file__).parent / "shared" / "logo.svg", size="large")
st.html(Path(__file__).parent / "shared" / "frame.css")
shared = find_share()
page = st.navigation({**SECTIONS, "You": [WORK, FIGURES]}, position="hidden")
try:
    if shared:
        show_shared(shared)
        st.stop()
    who = visitor()
    access.act_as(who)
    st.session_state[PERSON_KEY] = who.person
    follow_url(who)
    ask_name(who)
    take_decimal_commas()
    needed = PAGE_SCOPES.get(page.url_path, "read")
    if who.may(needed):
        page.run()
    else:
        explain_role(who, needed)
except Unauthenticated as error:
    leave(str(error))
except PodcastError as error:  # its message is made for people; anything else is a fault of ours
    st.error(str(error), icon=":material/error:")
