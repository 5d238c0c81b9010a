"""The tab of the Data page that brings recordings in: files of this computer, of the server, or from elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import streamlit as st

from pages.shared import data_preview, state
from pages.shared.data_preview import Look
from pages.shared.job_card import WATCHED, show_job
from pages.shared.round_form import edit_round
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError, count_of
from podcast_core.services.intake import ingest_job, preview, uploads
from podcast_core.services.intake.demo import DEMO_ID, REAL_ID
from podcast_core.services.intake.folders import check_paths
from podcast_core.services.intake.indexing import Manner
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.kinds import get_kinds
from podcast_core.services.labels import rounds

REFRESH_S = 1.0
NEW = "New round …"
ARCHIVE = "HLS archive"
DEPLOYMENT = "Pod.Cast deployment"
REFUSED = "refused_uploads"  # why, until the next ones
COUNT_KEY = "added_count"  # part of all keys here: the next number empties the fields, and gives memory back


@dataclass(frozen=True)
class Into:
    """What all ways of adding recordings ask for; ``get_round_id`` makes a new round, once, when all else is right."""

    get_round_id: Callable[[], str]
    session_length_s: float
    site: str
    manner: Manner


@dataclass(frozen=True)
class Chosen:
    """Recordings that were chosen: ``put`` puts a job in and returns its id, ``look`` looks at them before."""

    put: Callable[[Into], str]
    look: Look | None = None


def show_add(round_: Round | None) -> None:
    """Ask what is to be added and where to; show how it goes."""
    way = st.segmented_control(
        "Where are the recordings?", list_ways(), default=next(iter(WAYS)), required=True, key="add_way"
    )
    if way == DEPLOYMENT:
        ask_deployment()
    else:
        ask_into(round_, WAYS[str(way)](), has_names=way != ARCHIVE)
    refused = st.session_state.get(REFUSED)
    if refused:
        data_preview.show_reasons(f"{count_of(len(refused), 'file')} could not be added.", refused)
    job_id = st.session_state.get(WATCHED)
    if job_id:
        watch(job_id)


def ask_upload() -> Chosen | None:
    """Ask for files of the visitor's computer."""
    is_folder = st.toggle("A whole folder, including subfolders", key="add_folder")
    files = st.file_uploader(
        "Folder of audio files on your computer" if is_folder else "Audio files on your computer",
        [suffix.removeprefix(".") for suffix in sorted(uploads.SUFFIXES)],
        accept_multiple_files="directory" if is_folder else True,
        key=name_key("folder" if is_folder else "files"),
        help="Uploads are kept in the file store. For more or larger files, name a folder on the server or a "
        "bucket: those are read in place.",
    )
    if not files:
        return None

    def put(into: Into) -> str:
        bar = st.progress(0.0)

        def tell() -> Iterator[tuple[str, BinaryIO]]:
            for done, file in enumerate(files):
                bar.progress(done / len(files), f"Saving {file.name}")
                yield file.name, file

        taken = uploads.take_uploads(
            state.get_workspace(), tell(), person=state.visitor().person, take_cut=into.manner.take_cut
        )
        bar.empty()
        taken.check_any()
        st.session_state[REFUSED] = taken.refused
        return add_paths(taken.addresses, into)

    def look(manner: Manner) -> preview.Preview:
        sent = [(file.name, file) for file in files]
        return preview.preview_uploads(state.get_workspace(), sent, manner=manner)

    return Chosen(put, Look(tuple(file.file_id for file in files), look))


def ask_paths() -> Chosen | None:
    """Ask for files and folders of the machine that Pod.Cast runs on."""
    return ask_lines(
        "Files or folders on the machine where Pod.Cast runs, one per line",
        "/home/me/recordings",
        "Folders are searched for audio. Nothing is copied, so do not move the files afterwards.",
        is_far=False,
    )


def ask_urls() -> Chosen | None:
    """Ask for files at web addresses."""
    return ask_lines(
        "Web addresses of audio files, one per line",
        "https://example.org/2021-07-17_hydrophone.flac",
        "The files stay there. Addresses on private networks are refused unless PODCAST_ALLOW_PRIVATE_URLS is set.",
    )


def ask_buckets() -> Chosen | None:
    """Ask for files and folders of S3 buckets."""
    return ask_lines(
        "Files or folders in S3 buckets, one per line",
        "s3://bucket/folder/",
        "The files stay there; only the minute on screen is read. Credentials come from the machine where Pod.Cast "
        "runs; for public buckets set PODCAST_STORAGE_ANONYMOUS.",
    )


def ask_lines(label: str, example: str, sentence: str, *, is_far: bool = True) -> Chosen | None:
    """Ask for addresses, one per line."""
    text = st.text_area(label, placeholder=example, height=100, key=name_key(f"lines_{example}"))
    st.caption(sentence)
    paths = [line.strip() for line in text.splitlines() if line.strip()]
    if not paths:
        return None

    def look(manner: Manner) -> preview.Preview:
        check_paths(state.get_workspace(), state.visitor(), paths)
        return preview.preview_sources(state.get_workspace(), paths, manner=manner)

    return Chosen(lambda into: add_paths(paths, into), Look(tuple(paths), look, is_far))


def add_paths(paths: Sequence[str], into: Into) -> str:
    """Put an ingest in."""
    check_paths(state.get_workspace(), state.visitor(), paths)
    return ingest_job.add_ingest(
        state.get_workspace(),
        paths=paths,
        round_name=into.get_round_id(),
        session_length_s=into.session_length_s,
        site=into.site,
        manner=into.manner,
        who=state.annotator(),
    )


def ask_archive() -> Chosen | None:
    """Ask for a span of an HLS archive."""
    url = st.text_input(
        "Address of the archive: a node, one of its folders or a playlist",
        placeholder="s3://audio-orcasound-net/rpi_orcasound_lab",
        key=name_key("hls_url"),
    ).strip()
    left, right = st.columns(2)
    from_text = left.text_input("From", placeholder="2021-07-17T00:30:00Z", key=name_key("hls_from")).strip()
    to_text = right.text_input("To", placeholder="2021-07-17T02:30:00Z", key=name_key("hls_to")).strip()
    st.caption(
        "Times in UTC (Z), with an offset (-07:00), or in the time zone below. Missing audio is reported as a gap."
    )
    if not (url and from_text and to_text):
        return None

    def put(into: Into) -> str:
        check_paths(state.get_workspace(), state.visitor(), [url])
        params = {
            **{"url": url, "from": from_text, "to": to_text, "zone": into.manner.zone, "site": into.site},
            **{"round_name": into.get_round_id(), "session_length_s": into.session_length_s},
        }
        return queue.add_job(state.get_workspace(), kind="ingest_hls", params=params, who=state.annotator())

    return Chosen(put)


WAYS: Mapping[str, Callable[[], Chosen | None]] = {
    "Upload": ask_upload,
    "Folder or file": ask_paths,
    "Web address": ask_urls,
    "S3 bucket": ask_buckets,
    ARCHIVE: ask_archive,
}


KIND_OF_WAY = {ARCHIVE: "ingest_hls", DEPLOYMENT: "migrate"}  # the kind of job, where not every Pod.Cast has it


def list_ways() -> list[str]:
    """List the ways in which recordings can come."""
    return [way for way in (*WAYS, DEPLOYMENT) if KIND_OF_WAY.get(way, "ingest") in get_kinds()]


def ask_deployment() -> None:
    """Ask for an original Pod.Cast deployment, whose rounds are brought as they are."""
    root = st.text_input(
        "Folder or address of its containers",
        placeholder="s3://bucket/prefix, abfs://… or /a/folder",
        key=name_key("deployment"),
        help="getcontainer, postcontainer, audiocontainer and the YAML of its rounds",
    ).strip()
    left, right = st.columns(2)
    names = left.text_input("Rounds, separated by commas", placeholder="all", key=name_key("deployed_rounds"))
    label = right.text_input("Name of its single class", "call", key=name_key("class")).strip()
    if st.button("Import its rounds", type="primary", icon=":material/library_add:", key="add_deployment"):
        chosen = [name.strip() for name in names.split(",") if name.strip()]
        try:
            check_paths(state.get_workspace(), state.visitor(), [root])
            params = {"root": root, "round_ids": chosen, "label": label}
            st.session_state[WATCHED] = queue.add_job(
                state.get_workspace(), kind="migrate", params=params, who=state.annotator()
            )
        except PodcastError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state[COUNT_KEY] += 1
        st.rerun()


def ask_into(round_: Round | None, chosen: Chosen | None, *, has_names: bool) -> None:
    """Ask for the round and how files are read and cut, and put the job in when the button is pressed."""
    get_round_id = ask_round(round_)
    manner = None
    try:
        with st.expander("Site, times, session length"):
            left, right = st.columns(2)
            site = left.text_input("Site", placeholder="where the recorder was", key="add_site").strip()
            length_s = right.number_input("Seconds per session", 1.0, 3600.0, 60.0, key="add_length")
            manner = data_preview.ask_manner(name_key, has_names=has_names)
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
    if chosen and chosen.look and manner:
        data_preview.show_preview(chosen.look, manner, name_key("pattern"))
    if not st.button("Add recordings", type="primary", icon=":material/library_add:", key="add_go"):
        return
    if chosen is None:
        st.warning("First say where the recordings are.")
        return
    if manner is None:
        return  # the reason stands above
    st.session_state[REFUSED] = []
    try:
        st.session_state[WATCHED] = chosen.put(Into(get_round_id, length_s, site, manner))
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[COUNT_KEY] += 1
    st.query_params[state.ROUND_KEY] = get_round_id()
    st.rerun()


def ask_round(round_: Round | None) -> Callable[[], str]:
    """Ask which round recordings go into; a new one is made when it is first asked for.

    The form follows the sidebar, but real recordings go into no demo unless somebody says so.
    """
    known = {each.id: each.name for each in rounds.list_rounds(state.get_workspace())}
    first = [] if round_ is None else [NEW, round_.id] if round_.id in (DEMO_ID, REAL_ID) else [round_.id]
    choices = list(dict.fromkeys([*first, *known, NEW]))
    left, right = st.columns(2, vertical_alignment="bottom")
    chosen = left.selectbox(
        "Add to round",
        choices,
        format_func=lambda each: known.get(each, each),
        key=name_key(f"round_{round_.id if round_ else ''}"),
    )
    if chosen != NEW:
        if right.button("Edit round", icon=":material/edit:", type="tertiary", key=name_key("edit")):
            edit_round(rounds.get_round(state.get_workspace(), round_id=chosen))
        return lambda: chosen
    name = right.text_input("Name of the new round", max_chars=120, key=name_key("name")).strip()
    labels = st.text_input(
        "Labels, separated by commas",
        "call",
        key=name_key("labels"),
        help="Set colours, keys and instructions with “Edit round” once it exists.",
    )
    return cache(lambda: make_round(name, labels))


def name_key(field: str) -> str:
    """Name a field's place in the session's state."""
    return f"add_{field}_{st.session_state.setdefault(COUNT_KEY, 0)}"


def make_round(name: str, labels: str) -> str:
    """Create the round that was asked for, so that what is wrong with it is said at once."""
    names = [label.strip() for label in labels.split(",") if label.strip()]
    return rounds.open_new_round(state.get_workspace(), name=name, labels=names).id


def watch(job_id: str) -> None:
    """Show how a job goes until it has ended."""

    def show(*, was_open: bool) -> None:
        try:
            job = queue.get_job(state.get_workspace(), job_id=job_id)
        except PodcastError as error:  # perhaps the database is away for a moment
            st.error(str(error), icon=":material/error:")
            return
        if job.state.is_open != was_open or job_id != st.session_state[WATCHED]:
            st.rerun()  # there is something new to watch; or it has ended, and the other tabs can show what it brought
        show_job(job)

    is_open = queue.get_job(state.get_workspace(), job_id=job_id).state.is_open
    st.fragment(show, run_every=REFRESH_S if is_open else None)(was_open=is_open)
