"""The spectrogram editor: one Streamlit component (components v2) around plain ES modules.

The modules talk to our own HTTP API for claims, sessions and submissions; nothing that a person has
labelled passes through Streamlit. Triggers only tell Python that something has changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from pages.shared.assets import LOADER, asset_url, plotly_url
from pages.shared.state import may

Mode = Literal["label", "view", "review", "adjudicate"]

SKELETON = '<div class="podcast-editor" data-state="loading" style="min-height: 480px"></div>'

component = st.components.v2.component("podcast_editor", html=SKELETON, js=LOADER, isolate_styles=True)


@dataclass(frozen=True)
class EditorEvent:
    """What has just happened in the browser: ``saved``, ``reviewed`` or (another session) ``shown``."""

    kind: Literal["saved", "reviewed", "shown"]
    session_id: str
    outcome: str
    """The outcome of a submission, or the verdict of a review."""


def editor(
    *,
    key: str,
    mode: Mode,
    round_id: str,
    annotator: str,
    session_id: str | None = None,
    queue: str = "",
    moves: int = 0,
    blind: bool = False,
    on_saved: Callable[[], None] | None = None,
    on_moved: Callable[[], None] | None = None,
) -> EditorEvent | None:
    """Show the editor.

    Parameters
    ----------
    key
        Name of this editor on the page; it keeps its state as long as the page shows it.
    mode
        ``label``: claims sessions and submits answers; the browser owns ``session`` in the URL.
        ``review``: shows ``session_id`` with its latest answer, for a verdict, and goes on from there by itself; the
        browser owns ``session`` in the URL. ``adjudicate``: shows the answers of all people to it, for a decision.
        ``view``: only shows it.
    round_id, annotator
        Round and name under which answers are kept.
    session_id
        The session to show; not used in ``label`` mode.
    queue
        What a reviewer goes through: filters and order, as in an address of the API.
    moves
        How often the page itself has chosen the session: only then it is opened.
    blind
        Whose answer it is stays hidden.
    on_saved
        Called before the page runs again after a submission.
    on_moved
        Called before the page runs again because a reviewer has judged or gone on; ``on_screen`` of the event is the
        session on screen now.

    Returns
    -------
    EditorEvent or None
        What the browser told in this run. Runs can be merged: derive facts from the database, not from this.
    """
    result = component(
        key=key,
        data={
            "module_url": asset_url("editor/main.js"),
            "plotly_url": plotly_url(),
            "mode": mode,
            "round_id": round_id,
            "session_id": session_id,
            "annotator": annotator,
            "queue": queue,
            "moves": moves,
            "blind": blind,
            "can_review": may("review"),
        },
        on_saved_change=on_saved or _ignore,
        on_reviewed_change=on_moved or _ignore,
        on_shown_change=on_moved or _ignore,
    )
    for kind in ("saved", "reviewed", "shown"):
        value = result.get(kind)
        if value:
            return EditorEvent(kind, value["session_id"], value["outcome"])
    return None


def _ignore() -> None:
    """Do nothing: the event alone makes the page run again."""
