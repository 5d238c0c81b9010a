"""Subsets of a collection: raw, train, dev and test. Clips are moved, put out of sight and brought back by acts.

What an act says is kept in the store and shown everywhere at once: there is nothing to commit and nothing to push. Of
clips that are the same (one address, or the same piece of the same bytes whatever its name) the one in the most
protected subset stays: test before dev before train before raw, and of those in one subset the first.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from sqlalchemy import Connection

from podcast_core.domain.clip import ClipAct, ClipDeed, Subset
from podcast_core.domain.times import utc_now
from podcast_core.errors import Conflict, InvalidInput, NotFound
from podcast_core.services.access import get_asking, needs
from podcast_core.services.labels import independence
from podcast_core.services.store import collection_records
from podcast_core.storage import clips, collections
from podcast_core.workspace import Workspace

PRIORITY = (Subset.TEST, Subset.DEV, Subset.TRAIN, Subset.RAW)
CONTENT = ("recording_id", "channel", "start_s", "end_s", "low_hz", "high_hz")


@dataclass(frozen=True, slots=True)
class SubsetCounts:
    """How many clips in sight have a label (``""``: none), by subset. ``evicted`` and ``duplicates`` are apart."""

    by_label: Mapping[str, Mapping[Subset, int]]
    evicted: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class ClipState:
    """Where a clip is now."""

    subset: Subset
    evicted: bool = False
    duplicate_of: int | None = None


def count_subsets(workspace: Workspace, *, collection_id: str) -> SubsetCounts:
    """Count a collection's clips by label and subset; one without an answer has the label that it came with."""
    with workspace.database.reading() as connection:
        independence.get_collection(connection, collection_id)
        names = ("label", "given_label", "subset", "evicted", "duplicate_of")
        found = clips.read_columns(connection, collection_id, names)
    labels = np.where(found["label"] == "", found["given_label"], found["label"])
    counts: dict[str, Counter[Subset]] = defaultdict(Counter)
    for label, subset in zip(labels[~found["evicted"]], found["subset"][~found["evicted"]], strict=True):
        counts[label][Subset(subset)] += 1
    duplicates = int((found["duplicate_of"] >= 0).sum())
    by_label = {label: {subset: counts[label][subset] for subset in Subset} for label in sorted(counts)}
    return SubsetCounts(by_label, int(found["evicted"].sum()) - duplicates, duplicates)


@needs("label")
def move(
    workspace: Workspace,
    *,
    act_id: str,
    collection_id: str,
    numbers: Sequence[int],
    subset: Subset,
    who: str,
    only_labelled: bool = False,
) -> int:
    """Move clips to a subset, of these only the labelled ones where wanted; say how many are moved."""

    def decide(connection: Connection) -> list[ClipAct]:
        known = _check_numbers(connection, collection_id, numbers)
        columns = clips.read_columns(connection, collection_id, ("subset", "label", "given_label"))
        labelled = (columns["label"] != "") | (columns["given_label"] != "")
        wanted = [each for each in known if columns["subset"][each] != subset.value]
        wanted = [each for each in wanted if labelled[each] or not only_labelled]
        return _make(act_id, collection_id, ClipDeed.SUBSET, wanted, who, subset=subset)

    return _act(workspace, collection_id, act_id, decide)


@needs("label")
def evict(
    workspace: Workspace, *, act_id: str, collection_id: str, numbers: Sequence[int], who: str, is_evicted: bool = True
) -> int:
    """Put clips out of sight, or bring them back; say how many that changes."""

    def decide(connection: Connection) -> list[ClipAct]:
        known = _check_numbers(connection, collection_id, numbers)
        evicted = clips.read_columns(connection, collection_id, ("evicted",))["evicted"]
        wanted = [each for each in known if bool(evicted[each]) is not is_evicted]
        return _make(act_id, collection_id, ClipDeed.EVICT if is_evicted else ClipDeed.RESTORE, wanted, who)

    return _act(workspace, collection_id, act_id, decide)


@needs("label")
def deduplicate(workspace: Workspace, *, act_id: str, collection_id: str, who: str) -> int:
    """Put clips out of sight that are the same as another one; say how many."""

    def decide(connection: Connection) -> list[ClipAct]:
        _check_numbers(connection, collection_id, ())
        same = find_duplicates(clips.read_columns(connection, collection_id, (*CONTENT, "url", "subset", "evicted")))
        return _make(act_id, collection_id, ClipDeed.DUPLICATE, sorted(same), who, of=same)

    return _act(workspace, collection_id, act_id, decide)


def find_duplicates(columns: Mapping[str, Any]) -> dict[int, int]:
    """Find the clips that are the same as others: by number, the number of the one that stays."""
    in_sight = np.flatnonzero(~columns["evicted"]).tolist()
    parent = {number: number for number in in_sight}

    def find(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[object, int] = {}
    for number in in_sight:
        keys: list[object] = [("url", columns["url"][number])] if columns["url"][number] else []
        if columns["recording_id"][number]:
            keys.append(tuple(_plain(columns[name][number]) for name in CONTENT))
        for key in keys:
            parent[find(number)] = find(first.setdefault(key, number))
    groups: dict[int, list[int]] = defaultdict(list)
    for number in in_sight:
        groups[find(number)].append(number)
    rank = {subset.value: place for place, subset in enumerate(PRIORITY)}
    found: dict[int, int] = {}
    for group in groups.values():
        stays = min(group, key=lambda number: (rank[columns["subset"][number]], number))
        found.update({number: stays for number in group if number != stays})
    return found


@needs("label")
def balance(
    workspace: Workspace,
    *,
    act_id: str,
    collection_id: str,
    subset: Subset,
    who: str,
    per_label: int | None = None,
    seed: int = 0,
) -> int:
    """Move clips of a subset that are more than others of their label back to raw, drawn at random; say how many.

    Parameters
    ----------
    per_label
        How many of each label stay at most; by default as many as the rarest label has.

    Raises
    ------
    InvalidInput
        When the subset is raw, or ``per_label`` less than 1.
    """
    if subset is Subset.RAW or (per_label is not None and per_label < 1):
        raise InvalidInput("Balanced are train, dev or test, to at least 1 clip of each label.")

    def decide(connection: Connection) -> list[ClipAct]:
        _check_numbers(connection, collection_id, ())
        found = clips.read_columns(connection, collection_id, ("label", "given_label", "subset", "evicted"))
        labels = np.where(found["label"] == "", found["given_label"], found["label"])
        inside = np.flatnonzero((found["subset"] == subset.value) & ~found["evicted"] & (labels != ""))
        by_label: dict[str, list[int]] = defaultdict(list)
        for number in np.random.default_rng(seed).permutation(inside):
            by_label[labels[number]].append(int(number))
        most = per_label or min(map(len, by_label.values()), default=0)
        surplus = sorted(number for each in by_label.values() for number in each[most:])
        return _make(act_id, collection_id, ClipDeed.SUBSET, surplus, who, subset=Subset.RAW)

    return _act(workspace, collection_id, act_id, decide)


@needs("label")
def undo(workspace: Workspace, *, act_id: str, collection_id: str, undoes: str, who: str) -> int:
    """Take an act back, or bring it again by undoing that: its clips are where they would be without it, or with it.

    What other acts said of them stays. ``undoes`` is the id of an act, or of an undo.

    Raises
    ------
    Forbidden
        When somebody else did it, and who asks is an annotator.
    NotFound
        When the collection has no such act.
    Conflict
        When the act was taken back already.
    """

    def decide(connection: Connection) -> list[ClipAct]:
        _check_numbers(connection, collection_id, ())
        known = collections.list_clip_acts(connection, collection_id)
        if any(_group_of(each) == act_id for each in known):
            return []
        target = next((each for each in known if undoes in (each.id, _group_of(each)) and undoes), None)
        if target is None:
            raise NotFound(f"Collection {collection_id!r} has no act {undoes[:80]!r}.")
        get_asking().check_undo(target.who)
        undone = find_undone(known)
        if target.undoes:
            target = next(each for each in known if each.id == target.undoes)
        elif target.id in undone:
            raise Conflict("This was already undone. Nothing was changed.")
        wanted_acts = [each for each in known if not each.undoes and each.id not in undone ^ {target.id}]
        given = clips.read_columns(connection, collection_id, ("given_subset",))["given_subset"]
        start = {number: ClipState(Subset(given[number])) for number in target.numbers}
        now, wanted = fold(start, known), fold(start, wanted_acts)
        changed = [number for number in target.numbers if now[number] != wanted[number]]
        acts = _list_acts_to(wanted, changed, now, collection_id, act_id, who)
        return [replace(act, undoes=target.id) for act in acts]

    return _act(workspace, collection_id, act_id, decide)


def find_undone(acts: Iterable[ClipAct]) -> set[str]:
    """Find the acts that are taken back now: by an odd number of undos and redos."""
    groups = {(each.undoes, _group_of(each)) for each in acts if each.undoes}
    return {each for each, count in Counter(target for target, _ in groups).items() if count % 2}


def _group_of(act: ClipAct) -> str:
    """Name the undo of which an act is a part; empty for others."""
    return act.id.rpartition("-")[0] if act.undoes else ""


def fold(start: Mapping[int, ClipState], acts: Iterable[ClipAct]) -> dict[int, ClipState]:
    """Say where clips are after acts, in their order; the database says the same, see `storage.clips.apply_acts`."""
    found = dict(start)
    for act in acts:
        of: Iterable[int | None] = act.of or (None,) * len(act.numbers)
        for number, other in zip(act.numbers, of, strict=True):
            if number not in found:
                continue
            if act.deed is ClipDeed.SUBSET:
                assert act.subset is not None
                found[number] = replace(found[number], subset=act.subset)
            else:
                evicted = act.deed is not ClipDeed.RESTORE
                kept = found[number].duplicate_of if act.deed is ClipDeed.EVICT else other
                found[number] = ClipState(found[number].subset, evicted, kept)
    return found


def _list_acts_to(
    wanted: Mapping[int, ClipState],
    numbers: Sequence[int],
    now: Mapping[int, ClipState],
    collection_id: str,
    act_id: str,
    who: str,
) -> Iterable[ClipAct]:
    """List the acts that bring clips from where they are to where they are wanted."""
    for subset in Subset:
        moved = [each for each in numbers if wanted[each].subset is subset and now[each].subset is not subset]
        yield from _make(f"{act_id}-{subset.value}", collection_id, ClipDeed.SUBSET, moved, who, subset=subset)
    changed = [each for each in numbers if replace(wanted[each], subset=now[each].subset) != now[each]]
    back = [each for each in changed if not wanted[each].evicted or wanted[each].duplicate_of is None]
    yield from _make(f"{act_id}-restore", collection_id, ClipDeed.RESTORE, back, who)
    out = [each for each in back if wanted[each].evicted]
    yield from _make(f"{act_id}-evict", collection_id, ClipDeed.EVICT, out, who)
    same = {each: int(wanted[each].duplicate_of or 0) for each in changed if wanted[each].duplicate_of is not None}
    yield from _make(f"{act_id}-duplicate", collection_id, ClipDeed.DUPLICATE, list(same), who, of=same)


def _make(
    act_id: str,
    collection_id: str,
    deed: ClipDeed,
    numbers: Sequence[int],
    who: str,
    *,
    subset: Subset | None = None,
    of: Mapping[int, int] = MappingProxyType({}),
) -> list[ClipAct]:
    """Make an act; none where it would be about no clip. ``of`` says of which clips others are duplicates."""
    if not numbers:
        return []
    others = tuple(of[each] for each in numbers) if of else ()
    return [ClipAct(act_id, collection_id, deed, tuple(numbers), who, subset, others, acted_at=utc_now())]


def _act(
    workspace: Workspace, collection_id: str, act_id: str, decide: Callable[[Connection], Sequence[ClipAct]]
) -> int:
    """Keep the acts that follow from how a collection is now; say of how many clips. A second click changes nothing."""
    with workspace.database.holding(f"collection/{collection_id}"):
        with workspace.database.reading() as connection:
            acts = [] if _is_repeated(connection, collection_id, act_id) else decide(connection)
        kept = [collection_records.save(workspace.files, act) for act in acts]
        if kept:  # what an earlier try left is done first, as if it had not been cut off
            with workspace.database.writing() as connection:
                collections.add_clip_acts(connection, kept)
        if any(replace(one, acted_at=other.acted_at) != other for one, other in zip(kept, acts, strict=True)):
            raise Conflict(f"Act {act_id} was used before, with other content. Repeat this under a new id.")
    return len({number for act in acts for number in act.numbers})


def _is_repeated(connection: Connection, collection_id: str, act_id: str) -> bool:
    known = collections.find_clip_act(connection, act_id)
    if known is not None and known.collection_id != collection_id:
        raise Conflict(f"Act {act_id} was used before, for collection {known.collection_id!r}. Nothing was changed.")
    return known is not None


def _check_numbers(connection: Connection, collection_id: str, numbers: Sequence[int]) -> list[int]:
    """Refuse clips that the collection does not have, and name each once."""
    collection = independence.get_collection(connection, collection_id)
    odd = next((each for each in numbers if not 0 <= each < collection.clip_count), None)
    if odd is not None:
        raise InvalidInput(f"Collection {collection.name!r} has clips 0 to {collection.clip_count - 1}; found {odd}.")
    return sorted(set(numbers))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
