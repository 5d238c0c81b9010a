"""Two releases side by side."""

import streamlit as st

from podcast_core.domain.release import Release
from podcast_core.services.sets.release_compare import Comparison, compare_releases

CHANGE = {"Change": st.column_config.NumberColumn(format="%+d")}


def show_compare(found: list[Release]) -> None:
    """Choose two releases and show what is different."""
    if len(found) < 2:
        st.info("There is only one release so far. Once there is another, compare the two here.")
        return
    by_id = {release.id: release for release in found}
    ids = list(by_id)
    # The newest version of a name that has two is compared with the one before it.
    pairs = [
        (one, other) for one, other in zip(ids, ids[1:], strict=False) if by_id[one].name == by_id[other].name
    ] or [(ids[0], ids[1])]
    left, right = st.columns(2)
    older = left.selectbox("From", ids, ids.index(pairs[0][1]), key="compare_older")
    newer = right.selectbox("To", ids, ids.index(pairs[0][0]), key="compare_newer")
    show_comparison(compare_releases(by_id[older], by_id[newer]))


def show_comparison(found: Comparison) -> None:
    """Show what is different in the newer release."""
    if found.is_same:
        st.success("Both hold the same sessions, with the same answers, in the same splits.")
    with st.container(horizontal=True):
        for name, added, removed in (
            ("Recordings", found.recordings_added, found.recordings_removed),
            ("Sessions", found.sessions_added, found.sessions_removed),
        ):
            st.metric(name, f"+{len(added)} −{len(removed)}", border=True)
        st.metric("Answered anew", len(found.sessions_changed), border=True)
        st.metric(
            "Moved to another split",
            len(found.moved),
            help="Sessions that are in both releases, in different splits.",
            border=True,
        )
    left, right = st.columns(2)
    with left:
        st.caption("Annotations by label")
        st.dataframe(
            [
                {"Label": label, found.older: before, found.newer: now, "Change": now - before}
                for label, (before, now) in found.labels.items()
            ],
            column_config=CHANGE,
            hide_index=True,
        )
    with right:
        st.caption("Sessions by split")
        st.dataframe(
            [
                {"Split": split, found.older: before, found.newer: now, "Change": now - before}
                for split, (before, now) in found.splits.items()
            ],
            column_config=CHANGE,
            hide_index=True,
        )
    if found.parameters:
        with st.expander("Other parameters"):
            st.dataframe(
                [
                    {"Parameter": name, found.older: str(was), found.newer: str(now)}
                    for name, (was, now) in found.parameters.items()
                ],
                hide_index=True,
            )
    for title, names in (
        ("Recordings added", found.recordings_added),
        ("Recordings removed", found.recordings_removed),
        ("Sessions added", found.sessions_added),
        ("Sessions removed", found.sessions_removed),
        ("Sessions answered anew", found.sessions_changed),
        ("Sessions moved", tuple(f"{name}: {before} → {now}" for name, before, now in found.moved)),
    ):
        if names:
            with st.expander(f"{title} ({len(names)})"):
                st.dataframe({"Name": list(names)}, hide_index=True)
