"""Explore: all sounds of a round at once on a map, to be heard, selected and labelled in bulk."""

import math
from pathlib import Path

import streamlit as st

from pages.shared import state
from pages.shared.explore import explorer
from pages.shared.explore_new import show_new
from pages.shared.job_card import show_job
from podcast_core.domain.collection import Collection
from podcast_core.domain.job import Job
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.services.explore import collections
from podcast_core.services.jobs import queue
from podcast_core.services.labels import rounds

FULL_PAGE = Path(__file__).parent / "shared" / "full_page.css"
COLLECTION_KEY = "collection"
REFRESH_S = 2
FEW = 3  # clips are no map
MAX_JOBS = 20  # that are looked at
ABOUT = """
A map shows every sound of a round as a point; similar sounds lie close together. Hover over one to hear it, or draw
around many to hear a few of them and label them all at once.
"""


def find_job(collection: Collection) -> Job | None:
    """Find the newest job that describes a collection's clips."""
    newest = [each.id for each in queue.list_jobs(state.get_workspace()) if each.kind == collections.KIND][:MAX_JOBS]
    found = (queue.get_job(state.get_workspace(), job_id=each) for each in newest)  # a list leaves parameters out
    return next((each for each in found if each.params.get("collection_id") == collection.id), None)


def choose_collection(round_: Round) -> Collection | None:
    """Show the round and its collections in one line; return the one that is open."""
    found = {each.id: each for each in collections.list_collections(state.get_workspace(), round_id=round_.id)}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(round_.name, anchor=False, width="stretch")
        if not found:
            return None
        names = name_collections(list(found.values()))
        wanted = st.query_params.get(COLLECTION_KEY) or st.session_state.get(COLLECTION_KEY)
        shown = wanted if wanted in found else next(iter(found))
        chosen = st.selectbox(
            "Collection",
            list(found),
            index=list(found).index(shown),
            format_func=names.__getitem__,
            key=f"explore_choice {names[shown]}",  # else the first text stays: "not ready"
            label_visibility="collapsed",
            width=320,
        )
        st.session_state[COLLECTION_KEY] = chosen  # for who comes back from another page
        st.query_params[COLLECTION_KEY] = chosen  # for who loads the page again, or passes the address on
        with st.popover("New", icon=":material/add:", key=f"explore_new {next(iter(found))}", on_change="rerun"):
            show_new(round_, COLLECTION_KEY)  # another key once something is made: it closes
    return found[chosen]


def name_collections(found: list[Collection]) -> dict[str, str]:
    """Write collections as people choose them, the newest first; no two are written alike."""
    names: dict[str, str] = {}
    for each in reversed(found):
        size = count_of(each.clip_count, "clip") if each.finished_at else "not ready"
        alike = sum(other.name == each.name for other in found if other.id in names)
        names[each.id] = f"{each.name}{f' ({alike + 1})' if alike else ''} · {size}"
    return names


@st.fragment(run_every=REFRESH_S)
def watch(collection: Collection) -> None:
    """Show how far the clips of a collection are described; the map comes by itself."""
    if collections.get_collection(state.get_workspace(), collection_id=collection.id).finished_at is not None:
        st.rerun()
    st.info("The sounds of this collection are being analysed. The map appears when they are done.")
    job = find_job(collection)
    if job is not None:
        show_job(job)
    else:
        st.button("Analyse them", type="primary", on_click=describe, args=(collection.id,), key="describe_again")


def describe(collection_id: str) -> None:
    """Put in a job that describes what is missing."""
    found = collections.get_collection(state.get_workspace(), collection_id=collection_id)
    params = {"collection_id": collection_id, "name": found.name}
    queue.add_job(state.get_workspace(), kind=collections.KIND, params=params, who=state.annotator())


def show_round(round_: Round) -> None:
    """Show the map of a round's collection, or how to come to one."""
    collection = choose_collection(round_)
    if collection is None:
        st.markdown(ABOUT)
        if not sum(rounds.count_standings(state.get_workspace(), round_id=round_.id).values()):
            st.info("This round has no sessions yet, so there is nothing to map.")
            st.page_link("data.py", label="Add recordings", icon=":material/library_add:")
            return
        with st.container(border=True, width=560):
            st.subheader("First map of this round", anchor=False)
            show_new(round_, COLLECTION_KEY)
    elif collection.finished_at is None:
        watch(collection)
    elif collection.clip_count < FEW:
        st.info(
            f"This collection has {count_of(collection.clip_count, 'clip')}, too few for a map. Choose another unit "
            "or shorter windows."
        )
    else:
        st.html(FULL_PAGE)
        explorer(
            key=f"explore-{collection.id}",
            round_id=round_.id,
            collection_id=collection.id,
            clip_count=collection.clip_count,
            unit=collection.unit.value,
            annotator=state.annotator(),
            find=read_stretch(),
        )


def read_stretch() -> dict[str, str | float] | None:
    """Read what the address says is searched for: a box of the label page, in seconds of its session."""
    told = st.query_params
    try:
        place = {"start_s": float(told["from"]), "end_s": float(told["to"])}
    except (KeyError, ValueError):
        return None
    is_stretch = math.isfinite(place["start_s"]) and math.isfinite(place["end_s"]) and "session" in told
    return {"session_id": told["session"], **place} if is_stretch else None


chosen_round = state.current_round()
if chosen_round is None:
    st.info("There is no round to explore yet. Add recordings first.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    show_round(chosen_round)
