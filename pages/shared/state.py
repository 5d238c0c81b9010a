"""What all pages share: the workspace, the chosen round and the annotator's name."""

from collections.abc import Callable
from contextvars import copy_context
from urllib.parse import unquote

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from podcast_core.domain.round import Round
from podcast_core.errors import Unauthenticated
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.labels import rounds
from podcast_core.services.labels.share_links import COOKIE as SHARE_COOKIE
from podcast_core.services.labels.share_links import PARAMETER
from podcast_core.services.people import naming
from podcast_core.workspace import Workspace, open_workspace

ROUND_KEY = "round"
ANNOTATOR_KEY = "annotator"
PERSON_KEY = "token_person"


@st.cache_resource(show_spinner=False)
def open_once() -> Workspace:
    """Get the workspace, opened once per process, for whoever asks: the pages ask by `get_workspace`."""
    return open_workspace()


def get_workspace() -> Workspace:
    """Get the workspace for who looks at the page.

    Fragments, dialogs and callbacks run without the frame that asks for a token: one that opens nothing any more is
    found here before anything happens, and the frame says so.
    """
    try:
        access.act_as(visitor())
    except Unauthenticated:
        st.rerun()
    return open_once()


def current_round() -> Round | None:
    """Get the round that the sidebar shows; None while there is no round at all."""
    round_id = st.session_state.get(ROUND_KEY)
    return None if round_id is None else rounds.get_round(get_workspace(), round_id=round_id)


def visitor() -> Caller:
    """Get who looks at the page; the launcher marks the connections that need no token.

    Raises
    ------
    Unauthenticated
        When a token is needed and this browser has none that is valid.
    """
    if get_script_run_ctx(suppress_warning=True) is None:  # a download that is made when somebody asks for it
        return access.get_asking()
    headers = st.context.headers
    if not headers or headers.get(access.OPEN_HEADER):  # without any header there is no connection: the test harness
        return access.OPEN
    return access.identify_browser(open_once(), read_cookie(access.COOKIE))


def make_later(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Have a download made for who looks at the page now: it is made in a thread that knows of no page."""
    context = copy_context()
    return lambda: context.copy().run(make)


def find_share() -> str:
    """Find the secret of the link by which somebody came; empty: they did not, or have a login and go elsewhere.

    Who has no login is shown what their link opens, whatever page they ask for.
    """
    asked = st.query_params.get(PARAMETER, "")
    if asked:
        return asked
    try:
        visitor()
    except Unauthenticated:
        return read_cookie(SHARE_COOKIE)
    return ""


def may(scope: str) -> bool:
    """Tell whether who looks at the page has a scope: what they may not do is not offered."""
    return visitor().may(scope)


def annotator() -> str:
    """Get the name under which this person works: the token's, or what was typed."""
    person = st.session_state.get(PERSON_KEY)
    if person:
        return str(person)
    name = str(st.session_state.get(ANNOTATOR_KEY) or "").strip()
    return naming.find_name(get_workspace(), name or get_workspace().settings.annotator)


def read_cookie(name: str) -> str:
    """Read what this browser remembers under a name; empty when there is nothing."""
    return unquote(st.context.cookies.get(name, ""))
