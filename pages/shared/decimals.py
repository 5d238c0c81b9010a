"""Decimal commas in the number fields of the pages.

A browser whose language has no decimal comma drops it from a field of the type "number" without a word: 0,2 becomes 02.
The comma that is typed or pasted becomes a point; what has several separators is not taken at all.
"""

import streamlit as st

decimal_comma = st.components.v2.component(
    "decimal_comma",
    js="""
export default function () {
    if (window.podcastDecimals || (0.5).toLocaleString().includes(",")) return // once; this language has the comma
    window.podcastDecimals = true
    document.addEventListener("beforeinput", (event) => {
        const text = event.data ?? event.dataTransfer?.getData("text/plain") ?? ""
        if (event.composedPath()[0].type !== "number" || !text.includes(",")) return
        event.preventDefault()
        if (/^[^.,]*,[^.,]*$/.test(text)) document.execCommand("insertText", false, text.trim().replace(",", "."))
    }, true)
}
""",
)


def take_decimal_commas() -> None:
    """Let every number field of the page take a decimal comma."""
    with st.sidebar:
        decimal_comma(key="decimal_comma")
