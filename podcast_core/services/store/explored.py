"""Collections among the facts: read from the store and the database, and checked. Model runs have the same shape."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from podcast_core.domain.collection import Collection, CollectionEnd
from podcast_core.domain.map import Map
from podcast_core.errors import InvalidInput
from podcast_core.ml.agile.classifier import read_classifier
from podcast_core.services.store import collection_records, map_records
from podcast_core.services.store.facts import Facts
from podcast_core.services.store.keys import OF_COLLECTION
from podcast_core.storage import clip_labels, clips, collections, draws, maps, rules
from podcast_core.storage.files import FileStore

READERS: dict[str, Callable[[str, bytes], Any]] = {
    "collections": collection_records.to_collection,
    "clip_parts": collection_records.to_part,
    "collection_ends": collection_records.to_end,
    "clip_acts": collection_records.to_act,
    "maps": map_records.to_map,
    "rules": collection_records.to_rule,
    "draws": collection_records.to_draw,
    "draw_answers": collection_records.to_draw_answer,
}

_CALLED = {
    "clip_acts": "act on clips",
    "maps": "map",
    "rules": "rule",
    "draws": "draw",
    "draw_answers": "what was heard",
}


def name_of(kind: str, noun: Any) -> Any:
    """Name a noun of one of these kinds as the facts do."""
    match kind:
        case "clip_parts":
            return noun.collection_id, f"{noun.position:04d}"
        case "collection_ends":
            return noun.collection_id
        case _:
            return noun.id


def read_rows(connection: Connection, facts: Facts) -> None:
    """Read all rows of collections."""
    for row in collections.list_collections(connection):
        parts = clips.list_parts(connection, row.id)
        facts.collections[row.id] = replace(row, dimension=0, finished_at=None, clip_count=0)
        facts.clip_parts.update({name_of("clip_parts", part): part for part in parts})
        if row.finished_at is not None:
            failed = {
                part.first + index: error
                for part in parts
                for index, error in enumerate(part.columns["error"])
                if error
            }
            facts.collection_ends[row.id] = CollectionEnd(row.id, row.finished_at, row.dimension, failed)
    facts.clip_acts.update({act.id: act for act in collections.list_clip_acts(connection)})
    facts.maps.update({drawn.id: drawn for drawn in maps.list_maps(connection)})
    facts.rules.update({state.id: state for state in rules.list_states(connection)})
    facts.draws.update({draw.id: draw for draw in draws.list_draws(connection)})
    facts.draw_answers.update({answer.id: answer for answer in draws.list_answers(connection)})


def make_object(noun: Any) -> tuple[str, bytes]:
    """Make the key and the bytes of an object of one of these kinds."""
    return map_records.make_object(noun) if isinstance(noun, Map) else collection_records.make_object(noun)


def link(new: Facts, onto: Facts, kept: Facts, leave_out: Callable[[str, str], None]) -> None:
    """Take collections of known rounds, their parts and acts, and an end only where no part is missing."""
    for collection_id, each in new.collections.items():
        if each.round_id in kept.rounds or each.round_id in onto.rounds:
            kept.collections[collection_id] = each
        else:
            leave_out(f"collection {collection_id}", f"round {each.round_id} is missing")
    known: dict[str, Collection] = {**onto.collections, **kept.collections}
    for name, part in new.clip_parts.items():
        if part.collection_id in known:
            kept.clip_parts[name] = part
        else:
            leave_out(f"clips {'/'.join(name)}", "their collection is missing")
    for kind in OF_COLLECTION.values():
        for name, noun in getattr(new, kind).items():
            if noun.collection_id in known:
                getattr(kept, kind)[name] = noun
            else:
                leave_out(f"{_CALLED[kind]} {name}", "its collection is missing")
    _link_ends(new, onto, kept, known, leave_out)


def _link_ends(
    new: Facts,
    onto: Facts,
    kept: Facts,
    known: dict[str, Collection],
    leave_out: Callable[[str, str], None],
) -> None:
    there: dict[str, int] = {}
    total: dict[str, int] = {}
    for part in (*onto.clip_parts.values(), *kept.clip_parts.values()):
        there[part.collection_id] = there.get(part.collection_id, 0) + part.count
        total[part.collection_id] = part.total
    for collection_id, end in new.collection_ends.items():
        if collection_id in known and there.get(collection_id, 0) == total.get(collection_id, -1):
            kept.collection_ends[collection_id] = end
        else:
            leave_out(f"end of collection {collection_id}", "some of its clips are missing: describe them again")


def add_rows(connection: Connection, facts: Facts) -> None:
    """Add rows of collections that `link` kept."""
    for each in facts.collections.values():
        collections.add_collection(connection, each)
    for part in facts.clip_parts.values():
        clips.add_part(connection, part)
    for end in facts.collection_ends.values():
        collections.end_collection(connection, end)
    collections.add_clip_acts(connection, facts.clip_acts.values())
    for drawn in facts.maps.values():
        maps.add_map(connection, drawn)
    rules.add_states(connection, facts.rules.values())
    for draw in facts.draws.values():
        draws.add_draw(connection, draw)
    draws.add_answers(connection, facts.draw_answers.values())
    for collection_id in {part.collection_id for part in facts.clip_parts.values()}:
        round_id = collections.get_collection(connection, collection_id).round_id
        clip_labels.relabel_collection(connection, round_id, collection_id)


def list_missing_vectors(files: FileStore, facts: Facts) -> list[str]:
    """List the vectors of collections which are ready, and the places of maps, that should be there and are not."""
    stored = set(files.list(collection_records.FOLDER))
    wanted = [
        f"{collection_records.FOLDER}/{part.collection_id}/vectors/{part.position:04d}.npy"
        for part in facts.clip_parts.values()
        if part.collection_id in facts.collection_ends
    ]
    wanted += [map_records.places_key(each.collection_id, each.id) for each in facts.maps.values()]
    return [key for key in wanted if key not in stored]


def list_broken_classifiers(files: FileStore, *, contents: bool = False) -> list[str]:
    """List classifiers without their numbers; with ``contents`` also those that cannot be read."""
    stored = set(files.list(collection_records.FOLDER))
    found = []
    for key in sorted(stored):
        match key.split("/"):
            case [_, _, "classifiers", name] if name.endswith(".json"):
                numbers = f"{key.removesuffix('.json')}.npz"
                if numbers not in stored or (contents and not _is_classifier(files.read(key), files.read(numbers))):
                    found.append(key)
    return found


def _is_classifier(description: bytes, numbers: bytes) -> bool:
    try:
        read_classifier(description, numbers, embedder=json.loads(description)["embedder"])
    except (InvalidInput, ValueError, KeyError, TypeError):
        return False
    return True
