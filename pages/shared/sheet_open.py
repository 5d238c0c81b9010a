"""What is opened on Predictions: tables, how they are read, and where the recordings are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.shared import state
from pages.shared.import_reading import ask_files
from podcast_core.errors import InvalidInput
from podcast_core.services.exchange import import_files
from podcast_core.services.exchange.import_files import Files
from podcast_core.services.intake import uploads
from podcast_core.services.labels import rounds
from podcast_core.services.sheets.opening import SheetRequest

OPENED = "opened_sheet"  # what was asked for, and the id of the sheet that was made of it
UPLOAD, FOLDER, ROUND = "Upload", "Folder or address", "A round"  # short: in half a page they are one line


@dataclass(frozen=True)
class Question:
    """What somebody wants to see: ``name`` tells it from every other, ``make_request`` puts it together."""

    name: tuple[object, ...]
    make_request: Callable[[], SheetRequest]


@dataclass(frozen=True)
class Place:
    """Where recordings are."""

    name: tuple[object, ...]
    addresses: Sequence[str] = ()
    files: Sequence["st.runtime.uploaded_file_manager.UploadedFile"] = ()
    round_id: str = ""


def ask() -> Question | None:
    """Ask for tables and recordings; None until there is something of both."""
    left, right = st.columns(2, gap="large")
    with left:
        asked = ask_files("sheet", "Table of predictions", is_open=False)
    with right:
        place = ask_place()
        with st.expander("Compare with ground truth or another table"):
            truth = ask_tables("Table of all calls (ground truth)", "truth")
            truth_round = "" if truth else ask_round("or a round's answers", "sheet_truth_round")
            other = ask_tables("Another table of predictions", "other")
            label = st.text_input("Label for boxes without one", placeholder="call", key="sheet_label").strip()
    if not asked.files or place is None:
        say_what_is_missing(has_table=bool(asked.files), has_place=place is not None)
        return None
    try:
        reading = asked.make_reading()
    except InvalidInput as error:
        st.error(str(error), icon=":material/error:")
        return None
    names = [[each.file_id for each in files] for files in (truth, other)]
    return Question(
        (asked.ids, repr(reading), place.name, repr(names), truth_round, label),
        lambda: SheetRequest(
            asked.files,
            read(other),
            read(truth),
            reading,
            label,
            addresses=place.addresses,
            uploads=[(file.name, file) for file in place.files],
            round_id=place.round_id,
            truth_round=truth_round,
        ),
    )


def say_what_is_missing(*, has_table: bool, has_place: bool) -> None:
    """Say what comes next, to who has given one half of it."""
    if has_table:
        st.info("Now say where the table's recordings are: upload them, or choose a folder or a round.")
    elif has_place:
        st.info("Now upload the table of predictions for these recordings.")


def ask_place() -> Place | None:
    """Ask where the recordings are; folders and addresses are for administrators."""
    ways = [UPLOAD, *([FOLDER] if state.may("admin") else []), ROUND]
    way = st.segmented_control("Recordings", ways, default=UPLOAD, required=True, key="sheet_way")
    if way == ROUND:
        round_id = ask_round("Round", "sheet_round")
        return Place((way, round_id), round_id=round_id) if round_id else None
    if way == FOLDER:
        text = st.text_area(
            "Folders or files on the machine where Pod.Cast runs, or https:// or s3:// addresses, one per line",
            placeholder="/home/me/recordings",
            key="sheet_addresses",
        )
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return Place((way, *lines), addresses=lines) if lines else None
    is_folder = st.toggle("A whole folder, including subfolders", key="sheet_folder")
    files = st.file_uploader(
        "Folder" if is_folder else "Files",
        [suffix.removeprefix(".") for suffix in sorted(uploads.SUFFIXES)],
        accept_multiple_files="directory" if is_folder else True,
        key=f"sheet_sound_{is_folder}",
        help="Uploads are kept for half a day, and permanently only if you save everything as a round.",
    )
    return Place((way, *(file.file_id for file in files)), files=files) if files else None


def ask_tables(title: str, key: str) -> Sequence["st.runtime.uploaded_file_manager.UploadedFile"]:
    """Ask for files of a table."""
    return st.file_uploader(title, import_files.SUFFIXES, accept_multiple_files=True, key=f"sheet_{key}")


def ask_round(title: str, key: str) -> str:
    """Ask for a round."""
    known = {each.id: each.name for each in rounds.list_rounds(state.get_workspace())}
    return st.selectbox(title, list(known), None, format_func=known.__getitem__, placeholder="none", key=key) or ""


def read(files: Sequence["st.runtime.uploaded_file_manager.UploadedFile"]) -> Files:
    """Read files that were sent."""
    return [(file.name, file.getvalue()) for file in files]
