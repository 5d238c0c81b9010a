"""Maps as objects in the file store.

=================================  ==============================================================================
key                                holds
=================================  ==============================================================================
explore/COLLECTION/maps/MAP.npy    where each clip is, float32, a row each; NaN where a clip has no vector
explore/COLLECTION/maps/MAP.json   what kind of map it is; it is written last, so that a map is there as a whole
=================================  ==============================================================================
"""

from dataclasses import asdict

from podcast_core.domain.map import Map
from podcast_core.services.store import records
from podcast_core.services.store.collection_records import FOLDER
from podcast_core.storage.files import FileStore


def map_key(collection_id: str, map_id: str) -> str:
    """Name the object that says what kind of map it is."""
    return f"{FOLDER}/{collection_id}/maps/{map_id}.json"


def places_key(collection_id: str, map_id: str) -> str:
    """Name the object that says where clips are."""
    return f"{FOLDER}/{collection_id}/maps/{map_id}.npy"


def make_object(drawn: Map) -> tuple[str, bytes]:
    """Make the key and the bytes of the object that says what kind of map it is."""
    return map_key(drawn.collection_id, drawn.id), records.encode("map", asdict(drawn))


def save(files: FileStore, drawn: Map) -> Map:
    """Write a map whose places are written; the first of the same id wins, and is returned."""
    key, data = make_object(drawn)
    return to_map(key, files.add(key, data))


def to_map(key: str, data: bytes) -> Map:
    """Read a map; InvalidInput with the key and what is wrong with it."""
    with records.reading(key):
        return Map(**records.with_times(records.open_document(data, "map"), "created_at", "finished_at"))
