"""The rows of a sheet: one Streamlit component (components v2) around plain ES modules, which ask our own HTTP API.

Its key is the sheet's id, so that another file is another component: nothing of the first one is left on the page.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.shared.assets import LOADER, asset_url

SKELETON = '<div class="rows" data-state="loading" style="min-height: 480px"></div>'

component = st.components.v2.component("podcast_sheet", html=SKELETON, js=LOADER, isolate_styles=True)


def sheet_rows(*, sheet_id: str, query: Mapping[str, str], labels: Sequence[str]) -> None:
    """Show the rows that a query asks for, to be filtered, sorted, seen and heard.

    Parameters
    ----------
    sheet_id
        Which sheet.
    query
        What is compared and at which threshold, as the route of rows has it.
    labels
        Those that can be chosen.
    """
    component(
        key=f"sheet-{sheet_id}",
        data={
            "module_url": asset_url("sheet/main.js"),
            "sheet_id": sheet_id,
            "query": dict(query),
            "labels": list(labels),
        },
    )
