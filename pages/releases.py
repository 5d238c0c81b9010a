"""Releases: immutable, versioned data sets of rounds."""

from functools import partial

import streamlit as st

from pages.shared import state
from pages.shared.release_compare import show_compare
from pages.shared.release_new import JOB_KEY, MADE_KEY, show_balance, show_new
from podcast_core.domain.release import Release
from podcast_core.errors import count_of
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds
from podcast_core.services.sets import release_store
from podcast_core.services.sets.release_store import CARD, MANIFEST, MAX_ZIP_BYTES, SUMS

VIEW_KEY, CHOSEN_KEY = "release_view", "release_chosen"
LIST, NEW, COMPARE = "All releases", "New release", "Compare"
ABOUT = (
    "A release is a data set that never changes: the audio and labels of one or several rounds, split into train, dev "
    "and test, with checksums and a data card. Train on it, publish it, cite it."
)


def show_list(found: list[Release]) -> None:
    """Show all releases, and one of them in detail."""
    st.dataframe(
        [
            {
                "Release": release.id,
                "Title": release.title,
                "Sessions": len(release.sessions),
                "Audio (min)": sum(each["duration_s"] for each in release.splits.values()) / 60,
                "Annotations": count_annotations(release),
                "Split": " / ".join(f"{each['sessions']} {split}" for split, each in release.splits.items()),
                "Held out": ", ".join(release.held_out),
                "Licence": release.document["licence"],
                "Size (MB)": release.size_bytes / 1e6,
            }
            for release in found
        ],
        column_config={
            "Audio (min)": st.column_config.NumberColumn(format="%.1f"),
            "Size (MB)": st.column_config.NumberColumn(format="%.1f"),
        },
        hide_index=True,
    )
    by_id = {release.id: release for release in found}
    if st.session_state.get(CHOSEN_KEY) not in by_id:
        st.session_state[CHOSEN_KEY] = found[0].id
    show_details(by_id[st.selectbox("Show", list(by_id), key=CHOSEN_KEY)])


def count_annotations(release: Release) -> int:
    """Count the annotations of a release."""
    return sum(sum(each["labels"].values()) for each in release.splits.values())


def show_details(release: Release) -> None:
    """Show one release: numbers, balance, data card, files."""
    workspace = state.get_workspace()
    st.header(release.title, anchor=False)
    if release.held_out:
        st.warning(
            f"Held out: {', '.join(release.held_out)}. Pod.Cast refuses to train on it in any round.",
            icon=":material/lock:",
        )
    with st.container(horizontal=True):
        seconds = sum(each["duration_s"] for each in release.splits.values())
        st.metric("Sessions", f"{len(release.sessions):,}", border=True)
        st.metric("Audio", f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h", border=True)
        st.metric("Annotations", f"{count_annotations(release):,}", border=True)
        st.metric("Files", f"{len(release.files) + 1:,}", border=True)
        st.metric("Size", f"{release.size_bytes / 1e6:,.1f} MB", border=True)
    with st.container(horizontal=True):
        show_download(release)
        if st.button(
            "Check all files", icon=":material/verified:", help="Reads every file again and compares checksums."
        ):
            show_check(release)
    show_balance({split: each["labels"] for split, each in release.splits.items()})
    card, files = st.tabs(["Data card", "Files and checksums"])
    with card:
        lines = release_store.read_file(workspace, release, CARD).decode().splitlines()
        # Its title stands above already; its headings are smaller here than those of the page.
        st.markdown("\n".join(f"#{line}" if line.startswith("#") else line for line in lines[1:]))
    with files:
        st.dataframe(
            [{"File": path, "Bytes": told["bytes"], "SHA-256": told["sha256"]} for path, told in release.files.items()],
            hide_index=True,
        )
        with st.container(horizontal=True):
            for name, mime in ((SUMS, "text/plain"), (MANIFEST, "application/json")):
                st.download_button(
                    name,
                    state.make_later(partial(release_store.read_file, workspace, release, name)),
                    name,
                    mime,
                    icon=":material/download:",
                    on_click="ignore",
                )


def show_download(release: Release) -> None:
    """Offer the release as a ZIP archive, or say how to get it where it is too large for that."""
    if release.size_bytes > MAX_ZIP_BYTES:
        st.caption("Too large to download here. On the machine where Pod.Cast runs:")
        st.code(f"python -m podcast_core release export {release.id} --out FOLDER", language="shell")
        return
    st.download_button(
        "Download (ZIP)",
        state.make_later(lambda: release_store.make_zip(state.get_workspace(), release)),
        f"{release.name}-{release.version}.zip",
        "application/zip",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
    )


def show_check(release: Release) -> None:
    """Compare every file with its checksum."""
    bar = st.progress(0.0)
    problems = release_store.verify_release(
        state.get_workspace(),
        name=release.id,
        on_progress=lambda done, total, name: bar.progress(done / max(total, 1), name or "Done"),
    )
    bar.empty()
    if problems:
        st.error("\n\n".join(problems))
    else:
        st.success(f"Unchanged: {count_of(len(release.files), 'file')}, all that it has.")


def show_unfinished() -> None:
    """Tell of releases that are being made, and of those that were cut off."""
    making = [job for job in queue.list_open_jobs(state.get_workspace()) if job.kind == "release"]
    for job in making:
        st.caption(f":material/hourglass: {job.title}: {job.done} of {job.total or '…'} done.")
    for unfinished in () if making else release_store.list_unfinished(state.get_workspace()):
        st.caption(
            f":material/hourglass_disabled: {unfinished} was interrupted and is incomplete. Submitting the same "
            f"form completes it."
        )


def show_page() -> None:
    """Show the list, the form or the comparison."""
    all_rounds = rounds.list_rounds(state.get_workspace())
    if not all_rounds:
        st.info(f"{ABOUT} There is no round to make one from yet.")
        st.page_link("rounds.py", label="Add a round", icon=":material/home:")
        return
    found = release_store.list_releases(state.get_workspace())
    made = st.session_state.pop(MADE_KEY, None)
    if made is not None:
        st.session_state[VIEW_KEY], st.session_state[CHOSEN_KEY] = LIST, made[0]
        word = "was made" if made[1] else "already exists, made from the same data"
        st.success(f"Release {made[0]} {word}.", icon=":material/inventory_2:")
    st.session_state.setdefault(VIEW_KEY, LIST if found else NEW)
    view = st.segmented_control("View", [LIST, NEW, COMPARE], key=VIEW_KEY, label_visibility="collapsed")
    if JOB_KEY not in st.session_state:
        show_unfinished()
    if view == COMPARE:
        show_compare(found)
    elif view == NEW:
        show_new(all_rounds)
    elif found:
        show_list(found)
    else:
        st.info(f"{ABOUT} There is none yet.")


st.title("Releases", anchor=False)
show_page()
