"""Splitting a data set into train, dev and test by whole groups, so that nothing of the test is learnt by heart.

A group is never torn apart: one recording, all recordings of one encounter, or all of one site. Recordings of one site
that overlap in time are one group in any case. Which split a group gets follows from digests of the seed and of its
recordings: a new recording leaves nearly all others where they were. See docs/decisions/14.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

from podcast_core.domain.release import SPLITS, GroupBy
from podcast_core.errors import InvalidInput, count_of

STRICTEST_FIRST = ("test", "dev", "train")  # what was test once stays test, whatever it is joined with
MAX_OVER = 1.5  # times its share: the largest group that a split gets for the sake of a label
NO_CALLS = ""  # the stratum of groups without any annotation


@dataclass(frozen=True, slots=True)
class Unit:
    """A recording as far as splitting needs it. ``weight_s`` is how much of it is in the data set.

    ``started_at`` and ``duration_s`` are those of the whole recording; ``label_counts`` those of the data set.
    """

    key: str
    site: str
    started_at: datetime | None
    duration_s: float
    weight_s: float
    label_counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """What goes into one split as a whole. ``key`` is stable; ``units`` are the keys of its recordings."""

    key: str
    units: tuple[str, ...]
    weight_s: float
    label_counts: Mapping[str, int]


def make_groups(units: Sequence[Unit], by: GroupBy, gap_s: float) -> list[Group]:
    """Put recordings that belong together into groups.

    Parameters
    ----------
    units
        The recordings; each key once.
    by
        What is kept together.
    gap_s
        With ``encounter``: recordings of one site with less than this between the end of one and the start of
        the next are one encounter.

    Notes
    -----
    Recordings without a start time are encounters of their own. Recordings without a site are taken to be from one
    place, unknown to us.
    """
    parents = {unit.key: unit.key for unit in units}

    def find(key: str) -> str:
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    by_site: dict[str, list[Unit]] = defaultdict(list)
    for unit in sorted(units, key=lambda each: each.key):
        by_site[unit.site].append(unit)
    for at_site in by_site.values():
        pairs = zip(at_site, at_site[1:], strict=False) if by is GroupBy.SITE else _list_near(at_site, by, gap_s)
        for one, other in pairs:
            first, second = sorted((find(one.key), find(other.key)))
            parents[second] = first
    members: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        members[find(unit.key)].append(unit)
    return sorted((_make_group(each, by) for each in members.values()), key=lambda group: group.key)


def _list_near(at_site: Sequence[Unit], by: GroupBy, gap_s: float) -> Iterable[tuple[Unit, Unit]]:
    """List pairs of one site's recordings that overlap or, for encounters, follow each other within the gap."""
    allowed = timedelta(seconds=gap_s if by is GroupBy.ENCOUNTER else 0.0)
    timed = [(unit.started_at, unit) for unit in at_site if unit.started_at is not None]
    timed.sort(key=lambda each: (each[0], each[1].key))
    latest: tuple[datetime, Unit] | None = None
    for started_at, unit in timed:
        if latest is not None and started_at < latest[0] + allowed:
            yield latest[1], unit
        ends_at = started_at + timedelta(seconds=unit.duration_s)
        if latest is None or ends_at > latest[0]:
            latest = (ends_at, unit)


def _make_group(units: Sequence[Unit], by: GroupBy) -> Group:
    keys = tuple(sorted(unit.key for unit in units))
    counts: Counter[str] = Counter()
    for unit in units:
        counts.update(unit.label_counts)
    key = f"site:{units[0].site}" if by is GroupBy.SITE else keys[0]
    return Group(key, keys, sum(unit.weight_s for unit in units), dict(counts))


def check_proportions(proportions: Mapping[str, float]) -> dict[str, float]:
    """Scale proportions of train, dev and test to a sum of 1.

    Raises
    ------
    InvalidInput
        When one is negative, none is positive, or a split has another name.
    """
    unknown = sorted(set(proportions) - set(SPLITS))
    values = [proportions.get(split, 0.0) for split in SPLITS]
    total = sum(values)
    if unknown or min(values) < 0 or not 0 < total < 1e9:
        found = ", ".join(f"{name} {value:g}" for name, value in proportions.items())
        raise InvalidInput(f"Proportions are numbers from 0 up for {', '.join(SPLITS)}, one above 0; found {found}.")
    return {split: value / total for split, value in zip(SPLITS, values, strict=True)}


def assign_splits(
    groups: Sequence[Group], proportions: Mapping[str, float], seed: str, fixed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Give each group (by key) its split.

    Parameters
    ----------
    groups
        What is kept together.
    proportions
        Wanted shares of the weight, see `check_proportions`.
    seed
        Any text; another one gives another split.
    fixed
        Recording -> split of an earlier version. A group with any of them gets that split; where they differ, test
        comes before dev before train.

    Notes
    -----
    Groups are split within strata of the same most frequent label. Within a stratum they stand on a circle in the order
    of their digests, each as wide as its weight, and arcs of the circle are the splits. A group that is larger than
    a split is not put there. At the end each split has at least one group, and each label that occurs in as many
    groups as there are splits is in all of them, as far as moving single groups can do it.

    Raises
    ------
    InvalidInput
        When there are fewer groups than splits.
    """
    shares = check_proportions(proportions)
    wanted = [split for split in SPLITS if shares[split] > 0]
    if groups and len(groups) < len(wanted):
        raise InvalidInput(
            f"{count_of(len(groups), 'group')} cannot be split into {', '.join(wanted)}: each needs at least one. "
            "Group by something smaller, or use fewer splits."
        )
    result = {group.key: split for group in groups if (split := _find_fixed(group, fixed or {}))}
    kept = frozenset(result)
    total_s = sum(group.weight_s for group in groups)
    largest = max(wanted, key=lambda split: shares[split])
    free = []
    for group in groups:
        if group.key in kept:
            continue
        if _fitting(group, shares, total_s, largest) == [largest]:
            result[group.key] = largest
        else:
            free.append(group)
    missing_s = _list_missing(groups, result, shares, total_s)
    for label, stratum in _list_strata(free).items():
        places = _lay_on_circle(stratum, seed, label)
        for group in stratum:
            allowed = _fitting(group, shares, total_s, largest)
            result[group.key] = _cut(places[group.key], {split: missing_s[split] for split in allowed})
    _fill_splits(groups, {split: shares[split] * total_s for split in wanted}, seed, result, kept)
    return result


def _find_fixed(group: Group, fixed: Mapping[str, str]) -> str:
    earlier = {fixed[unit] for unit in group.units if unit in fixed}
    return next((split for split in STRICTEST_FIRST if split in earlier), "")


def _fitting(group: Group, shares: Mapping[str, float], total_s: float, largest: str) -> list[str]:
    """List the splits that are not smaller than the group; the largest takes any."""
    return [
        split
        for split in SPLITS
        if split == largest or (shares[split] > 0 and group.weight_s <= shares[split] * total_s)
    ]


def _list_missing(
    groups: Sequence[Group], result: Mapping[str, str], shares: Mapping[str, float], total_s: float
) -> dict[str, float]:
    """Say how many seconds each split lacks after what was put into it already."""
    missing = {split: shares[split] * total_s for split in SPLITS}
    for group in groups:
        if group.key in result:
            missing[result[group.key]] -= group.weight_s
    positive = {split: max(seconds, 0.0) for split, seconds in missing.items()}
    return positive if any(positive.values()) else dict(shares)


def _list_strata(groups: Sequence[Group]) -> dict[str, list[Group]]:
    """Sort groups by their most frequent label: a property of the group alone, which no other group can change."""
    strata: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        counts = group.label_counts
        strata[min(counts, key=lambda label: (-counts[label], label)) if counts else NO_CALLS].append(group)
    return strata


def _lay_on_circle(stratum: Sequence[Group], seed: str, label: str) -> dict[str, float]:
    """Say where on a circle of length 1 the middle of each group is; the circle is turned by a digest."""
    whole_s = sum(group.weight_s for group in stratum)
    turn = _fraction(seed, "stratum", label)
    places, before_s = {}, 0.0
    for group in sorted(stratum, key=lambda group: (_place(seed, group), group.key)):
        places[group.key] = ((before_s + group.weight_s / 2) / whole_s + turn) % 1.0
        before_s += group.weight_s
    return places


def _cut(place: float, arcs: Mapping[str, float]) -> str:
    """Find the split whose arc holds a place of the circle."""
    edge = place * sum(arcs.values())
    for split, length in arcs.items():
        edge -= length
        if edge < 0:
            return split
    return max(arcs, key=lambda split: arcs[split])


def _place(seed: str, group: Group) -> float:
    """Place a group on the circle: by the least digest of its recordings, so that a grown group mostly stays."""
    if group.key.startswith("site:"):
        return _fraction(seed, group.key)
    return min(_fraction(seed, unit) for unit in group.units)


def _fraction(*parts: str) -> float:
    """Make a number in [0, 1) of a text."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56


def _fill_splits(
    groups: Sequence[Group], wanted_s: Mapping[str, float], seed: str, result: dict[str, str], kept: frozenset[str]
) -> None:
    """Move single groups so that no split is empty and no label is missing from a split, as far as that goes."""
    by_label: dict[str, dict[str, Group]] = defaultdict(dict)
    for group in groups:
        for label, count in group.label_counts.items():
            if count:
                by_label[label][group.key] = group
    rarest_first = sorted(by_label, key=lambda label: (len(by_label[label]), label))
    features = [{group.key: group for group in groups}, *(by_label[label] for label in rarest_first)]
    demands = [with_it for with_it in features if len(with_it) >= len(wanted_s)]
    for with_it, split in product(demands, wanted_s):
        if any(result[key] == split for key in with_it):
            continue
        movable = [
            group
            for group in with_it.values()
            if group.key not in kept and _is_spared(group, demands, result)
            # A missing label is no reason to fill a split with something huge; a missing split is.
            if with_it is features[0] or group.weight_s <= MAX_OVER * wanted_s[split]
        ]
        if movable:
            chosen = min(movable, key=lambda group: (group.weight_s, _place(seed, group), group.key))
            result[chosen.key] = split


def _is_spared(group: Group, demands: Sequence[Mapping[str, Group]], result: Mapping[str, str]) -> bool:
    """Tell whether a group can leave its split: each of its labels stays there with another group."""
    here = result[group.key]
    return all(
        any(key != group.key and result[key] == here for key in with_it) for with_it in demands if group.key in with_it
    )
