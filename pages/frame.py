"""The frame around every page: navigation, the choice of the round, and the annotator's name."""

from pathlib import Path
from urllib.parse import quote

import streamlit as st

from pages.shared.state import ANNOTATOR_KEY, ROUND_KEY, get_workspace, read_cookie
from podcast_core.errors import PodcastError
from podcast_core.services import rounds

NAME_COOKIE = "podcast_annotator"

# The name outlives the tab: without it, a reload would put the next answers under the machine's default name.
remember_name = st.components.v2.component(
    "remember_name",
    js="""
export default function ({ data }) {
    document.cookie = `${data.cookie}=${data.value}; path=/; max-age=31536000; samesite=lax`
}
""",
)


def follow_url() -> None:
    """Let the URL choose the round, and write the choice into the URL, so that every link can be shared."""
    known = {round_.id: round_.name for round_ in rounds.list_rounds(get_workspace())}
    wanted = st.query_params.get(ROUND_KEY)
    if wanted in known:
        st.session_state[ROUND_KEY] = wanted
    elif wanted is not None:
        st.session_state[ROUND_KEY] = None
        st.error(f"There is no round “{wanted}”. The link may be old, or the round is in another workspace.")
    elif known and st.session_state.get(ROUND_KEY) not in known:
        st.session_state[ROUND_KEY] = next(iter(known))
    if wanted is None and st.session_state.get(ROUND_KEY):
        st.query_params[ROUND_KEY] = st.session_state[ROUND_KEY]
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


def write_url() -> None:
    """Write the chosen round into the URL; a session belongs to the round that was left."""
    st.query_params.from_dict({ROUND_KEY: st.session_state[ROUND_KEY]} if st.session_state[ROUND_KEY] else {})


def ask_name() -> None:
    """Show under which name answers are kept."""
    known = read_cookie(NAME_COOKIE) or get_workspace().settings.annotator
    name = st.sidebar.text_input(
        "Your name",
        known,
        max_chars=80,
        key=ANNOTATOR_KEY,
        persist_state="session",
        help="Your answers are kept under this name. This browser remembers it.",
    )
    with st.sidebar:
        remember_name(key="remember_name", data={"cookie": NAME_COOKIE, "value": quote((name or known).strip())})


st.set_page_config(page_title="Pod.Cast", page_icon="🐋", layout="wide")
st.logo(Path(__file__).parent / "shared" / "logo.svg", size="large")
st.html("<style>.stMainBlockContainer { padding-top: 3.9rem; } </style>")  # by default a tenth of a page
page = st.navigation(
    [
        st.Page("rounds.py", title="Rounds", icon=":material/home:", url_path="rounds", default=True),
        st.Page("label.py", title="Label", icon=":material/select_all:", url_path="label"),
        st.Page("review.py", title="Review", icon=":material/fact_check:", url_path="review"),
        st.Page("progress.py", title="Progress", icon=":material/bar_chart:", url_path="progress"),
        st.Page("data.py", title="Data", icon=":material/download:", url_path="data"),
    ]
)
try:
    follow_url()
    ask_name()
    page.run()
except PodcastError as error:  # its message is made for people; anything else is a fault of ours
    st.error(str(error), icon=":material/error:")
