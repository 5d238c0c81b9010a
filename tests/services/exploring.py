"""Collections for tests: real clips of a round's sessions, with vectors that are made up where none are needed."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from podcast_core.domain.clip import PART_CLIPS, ClipAct, ClipDeed, ClipPart, Subset
from podcast_core.domain.collection import Collection, CollectionEnd, Unit
from podcast_core.domain.draw import Draw, DrawAnswer, Heard
from podcast_core.domain.times import utc_now
from podcast_core.ml.agile.density import draw
from podcast_core.services.explore import maps, rules
from podcast_core.services.explore.maps import MapRequest
from podcast_core.services.explore.rules import Rule
from podcast_core.services.jobs.running import InProcessJob
from podcast_core.services.store import collection_records
from podcast_core.storage import clip_labels, clips, collections, draws
from podcast_core.storage.clips import GIVEN
from podcast_core.workspace import Workspace
from tests.building import list_sessions
from tests.services.runs import add_round, write_calls


def make_parts(collection_id: str, places: Sequence[tuple[object, ...]]) -> list[ClipPart]:
    """Make parts of clips that are session, recording, channel, start and end."""
    rows = [(*place, None, None, "", "raw", "", "", "") for place in places]
    return [
        ClipPart(
            collection_id,
            start // PART_CLIPS,
            len(rows),
            dict(zip(GIVEN, zip(*rows[start : start + PART_CLIPS], strict=True), strict=True)),
        )
        for start in range(0, len(rows), PART_CLIPS)
    ]


def add_collection(
    workspace: Workspace, round_id: str, *, window_s: float = 0.25, name: str = "c", dimension: int = 8
) -> str:
    """Add a finished collection of windows of all sessions of a round, with random vectors."""
    found = list_sessions(workspace, round_id)
    asked = Collection(
        id=name, round_id=round_id, name=name, unit=Unit.WINDOW, embedder="made-up/1", who="Ann", window_s=window_s,
        hop_s=window_s,
    )  # fmt: skip
    places = [
        (
            each.id,
            each.recording_id,
            each.channel,
            each.start_s + index * window_s,
            each.start_s + (index + 1) * window_s,
        )
        for each in found
        for index in range(int(each.duration_s / window_s + 1e-9))
    ]
    keep_collection(workspace, asked, places, dimension, {len(places) - 1: "made up"})
    return name


def add_windows(workspace: Workspace, folder: Path, *, window_s: float = 0.25) -> str:
    """Add a round with a recording of 6 s in three sessions, and a collection of its windows: 24 or more."""
    return add_collection(workspace, add_round(workspace, write_calls(folder / "sea.wav")), window_s=window_s)


def keep_collection(
    workspace: Workspace,
    asked: Collection,
    places: Sequence[tuple[object, ...]],
    dimension: int,
    errors: Mapping[int, str] | None = None,
) -> None:
    """Keep a finished collection of clips that are session, recording, channel, start and end."""
    name = asked.id
    parts = make_parts(name, places)
    end = CollectionEnd(name, utc_now(), dimension, dict(errors or {}))
    nouns: list[collection_records.ExploreNoun] = [asked, *parts, end]
    for noun in nouns:
        collection_records.save(workspace.files, noun)
    chance = np.random.default_rng(0)
    for part in parts:
        file = io.BytesIO()
        np.save(file, chance.normal(size=(part.count, dimension)).astype(np.float32))
        workspace.files.write(f"explore/{name}/vectors/{part.position:04d}.npy", file.getvalue())
    with workspace.database.writing() as connection:
        collections.add_collection(connection, asked)
        for part in parts:
            clips.add_part(connection, part)
        collections.end_collection(connection, end)
        clip_labels.relabel_collection(connection, asked.round_id, name)


def move_clips(workspace: Workspace, collection_id: str, numbers: Sequence[int], subset: Subset, name: str) -> None:
    """Move clips to a subset, and find that the second is the same as the first."""
    deeds = [ClipAct(f"{name}-s", collection_id, ClipDeed.SUBSET, tuple(numbers), "Ann", subset)]
    deeds.append(ClipAct(f"{name}-d", collection_id, ClipDeed.DUPLICATE, (numbers[1],), "Ann", None, (numbers[0],)))
    for act in deeds:
        collection_records.save(workspace.files, act)
    with workspace.database.writing() as connection:
        collections.add_clip_acts(connection, deeds)


def draw_pca(workspace: Workspace, collection_id: str) -> str:
    """Draw a map in this process, by the method that takes no time."""
    params = maps.prepare(workspace, collection_id=collection_id, request=MapRequest("pca"))
    maps.run(workspace, params, InProcessJob())
    return str(params["map_id"])


def find_calls(workspace: Workspace, collection_id: str, name: str) -> None:
    """Keep a rule and remove another one; draw clips, and say what is heard in some."""
    for rule_id in (f"{name}-long", f"{name}-short"):
        rule = Rule("duration > 0.1", "call")
        rules.keep_rule(workspace, collection_id=collection_id, rule_id=rule_id, rule=rule, who="Ann")
    rules.remove_rule(workspace, collection_id=collection_id, rule_id=rule_id, who="Bob")
    drawn = Draw(f"{name}-d", collection_id, "made-up", "call", draw(np.arange(12) / 12), "Ann")
    told = DrawAnswer(
        f"{name}-h", collection_id, drawn.id, {2: Heard.YES, 10: Heard.UNSURE, 1: Heard.TAKEN_BACK}, "Ann"
    )
    for noun in (drawn, told):
        collection_records.save(workspace.files, noun)
    with workspace.database.writing() as connection:
        draws.add_draw(connection, drawn)
        draws.add_answers(connection, [told])
