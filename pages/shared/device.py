"""Asking where a model shall run."""

import streamlit as st

from pages.shared import state
from podcast_core.services.models import devices


def ask_device(key: str) -> str:
    """Ask for a device where there is a choice, else say which one it is; empty: what the worker does by itself."""
    workspace = state.get_workspace()
    choices = devices.list_choices(workspace)
    if len(choices) == 1:
        st.caption(f"Device: {devices.name_device(workspace, '')}.")
        return ""
    return st.selectbox(
        "Device",
        ["", *choices],
        format_func=lambda each: devices.name_device(workspace, each),
        key=key,
        help="A worker without it reports this before it starts.",
    )
