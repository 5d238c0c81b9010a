"""The keys of the store's objects by what they hold, found without reading any."""

from dataclasses import dataclass, field

from podcast_core.services.store import batch_records, bulk_records, collection_records, run_records
from podcast_core.storage.files import FileStore

OF_COLLECTION = {"acts": "clip_acts", "maps": "maps", "rules": "rules", "draws": "draws", "heard": "draw_answers"}
"""Kinds that stand for themselves in a collection, by their folder."""
OF_ROUND = {"predictions": "prediction_sets", "samples": "verification_samples", "assignments": "assignment_acts"}
"""The same in a round."""
COLLECTION_KINDS = ("collections", "clip_parts", "collection_ends", *OF_COLLECTION.values())

_SAID = {"submissions": "submissions", "reviews": "reviews", "review-acts": "review_acts", "remarks": "remarks"}


@dataclass(slots=True)
class Keys:
    """The keys of the store's objects by what they hold; of rounds and places, the oldest first."""

    recordings: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, list[str]] = field(default_factory=dict)
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    prediction_sets: dict[str, str] = field(default_factory=dict)
    submissions: dict[str, list[str]] = field(default_factory=dict)
    batches: dict[tuple[str, str], str] = field(default_factory=dict)
    reviews: dict[str, list[str]] = field(default_factory=dict)
    review_acts: dict[str, list[str]] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    run_pieces: dict[tuple[str, str], str] = field(default_factory=dict)
    run_ends: dict[str, str] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)
    bulk_acts: dict[str, str] = field(default_factory=dict)
    collections: dict[str, str] = field(default_factory=dict)
    clip_parts: dict[tuple[str, str], str] = field(default_factory=dict)
    collection_ends: dict[str, str] = field(default_factory=dict)
    clip_acts: dict[str, str] = field(default_factory=dict)
    maps: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    draws: dict[str, str] = field(default_factory=dict)
    draw_answers: dict[str, str] = field(default_factory=dict)
    verification_samples: dict[str, str] = field(default_factory=dict)
    assignment_acts: dict[str, str] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def list_all(self) -> list[str]:
        """List all keys whose objects count."""
        one = (
            *self.recordings.values(),
            *self.sessions.values(),
            *self.prediction_sets.values(),
            *self.verification_samples.values(),
            *self.assignment_acts.values(),
        )
        of_runs = (*self.runs.values(), *self.list_pieces(), *self.run_ends.values())
        of_acts = (*self.acts.values(), *self.bulk_acts.values())
        of_collections = [key for kind in COLLECTION_KINDS for key in getattr(self, kind).values()]
        newest = [keys[-1] for keys in (*self.rounds.values(), *self.places.values())]
        of_people = (self.submissions, self.reviews, self.review_acts, self.remarks)
        several = [key for kind in of_people for keys in kind.values() for key in keys]
        return [*one, *newest, *several, *self.batches.values(), *of_runs, *of_acts, *of_collections]

    def list_pieces(self) -> list[str]:
        """List the keys of all objects that hold pieces of runs."""
        return list(dict.fromkeys(self.run_pieces.values()))

    def list_answers(self) -> list[str]:
        """List the keys of all objects that hold answers: one each, those of an import, those of a bulk act."""
        alone = (key for several in self.submissions.values() for key in several)
        return [*alone, *self.batches.values(), *self.bulk_acts.values()]


def list_keys(files: FileStore) -> Keys:
    """List the objects of the store without reading any."""
    found = Keys()
    _list_runs(files, found)
    _list_collections(files, found)
    _list_acts(files, found)
    for key in (*files.list("recordings"), *files.list("rounds")):
        if not key.endswith(".json"):
            continue
        match key.removesuffix(".json").split("/"):
            case ["recordings", recording_id]:
                found.recordings[recording_id] = key
            case ["recordings", recording_id, "places", _]:
                found.places.setdefault(recording_id, []).append(key)
            case ["rounds", round_id, "round", _]:
                found.rounds.setdefault(round_id, []).append(key)
            case ["rounds", round_id, "sessions", recording_id]:
                found.sessions[round_id, recording_id] = key
            case ["rounds", _, folder, name] if folder in OF_ROUND:
                getattr(found, OF_ROUND[folder])[name] = key
            case ["rounds", round_id, batch_records.FOLDER, batch_id]:
                found.batches[round_id, batch_id] = key
            case ["rounds", _, kind, *_, name] if kind in _SAID:
                getattr(found, _SAID[kind]).setdefault(name, []).append(key)
    return found


def _list_acts(files: FileStore, found: Keys) -> None:
    for folder, known in (("acts", found.acts), (bulk_records.FOLDER, found.bulk_acts)):
        known.update({key.removeprefix(f"{folder}/").removesuffix(".json"): key for key in files.list(folder)})


def _list_runs(files: FileStore, found: Keys) -> None:
    for key in files.list("runs"):
        match key.removesuffix(".json").split("/"):
            case ["runs", run_id, "run"]:
                found.runs[run_id] = key
            case ["runs", run_id, "pieces", _]:
                found.run_pieces.update({(run_id, each): key for each in run_records.list_positions(key)})
            case ["runs", run_id, "end"]:
                found.run_ends[run_id] = key


def _list_collections(files: FileStore, found: Keys) -> None:
    for key in files.list(collection_records.FOLDER):
        match key.split("/"):
            case [_, collection_id, "collection.json"]:
                found.collections[collection_id] = key
            case [_, collection_id, "clips", name]:
                found.clip_parts[collection_id, name.removesuffix(".json")] = key
            case [_, collection_id, "end.json"]:
                found.collection_ends[collection_id] = key
            case [_, _, folder, name] if folder in OF_COLLECTION and name.endswith(".json"):
                getattr(found, OF_COLLECTION[folder])[name.removesuffix(".json")] = key
