"""What all pages share: the workspace, the chosen round and the annotator's name."""

from urllib.parse import unquote

import streamlit as st

from podcast_core.domain import Round
from podcast_core.services import rounds
from podcast_core.workspace import Workspace, open_workspace

ROUND_KEY = "round"
ANNOTATOR_KEY = "annotator"


@st.cache_resource(show_spinner=False)
def get_workspace() -> Workspace:
    """Get the workspace, opened once per process."""
    return open_workspace()


def current_round() -> Round | None:
    """Get the round that the sidebar shows; None while there is no round at all."""
    round_id = st.session_state.get(ROUND_KEY)
    return None if round_id is None else rounds.get_round(get_workspace(), round_id=round_id)


def annotator() -> str:
    """Get the name under which this person works."""
    name = str(st.session_state.get(ANNOTATOR_KEY) or "").strip()
    return name or get_workspace().settings.annotator


def read_cookie(name: str) -> str:
    """Read what this browser remembers under a name; empty when there is nothing."""
    return unquote(st.context.cookies.get(name, ""))
