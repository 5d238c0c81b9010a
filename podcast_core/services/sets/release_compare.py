"""Two releases side by side: what was added, removed, answered anew or moved to another split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from podcast_core.domain.release import Release

Place = tuple[str, int, float, float, str]  # recording, channel, start, end, round


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different in the newer of two releases; lists hold names.

    ``moved`` holds (session, split before, split now); ``labels`` label -> (annotations before, annotations now).
    """

    older: str
    newer: str
    recordings_added: tuple[str, ...]
    recordings_removed: tuple[str, ...]
    sessions_added: tuple[str, ...]
    sessions_removed: tuple[str, ...]
    sessions_changed: tuple[str, ...]
    moved: tuple[tuple[str, str, str], ...]
    labels: Mapping[str, tuple[int, int]]
    splits: Mapping[str, tuple[int, int]]
    parameters: Mapping[str, tuple[Any, Any]]

    @property
    def is_same(self) -> bool:
        """Tell whether sessions, answers and splits are the same."""
        lists = (self.sessions_added, self.sessions_removed, self.sessions_changed, self.moved)
        return not any(lists)


def compare_releases(older: Release, newer: Release) -> Comparison:
    """Compare two releases by the pieces of recordings that are in them."""
    before, now = ({_place(each): each for each in release.sessions} for release in (older, newer))
    both = [(before[place], now[place]) for place in now if place in before]
    names_before, names_now = (
        {each["sha256"]: str(each["file_name"]) for each in sessions.values()} for sessions in (before, now)
    )
    labels_before, labels_now = _count_labels(before.values()), _count_labels(now.values())
    sizes_before, sizes_now = (
        {split: each["sessions"] for split, each in release.splits.items()} for release in (older, newer)
    )
    asked_before, asked_now = older.document["parameters"], newer.document["parameters"]
    return Comparison(
        older=older.id,
        newer=newer.id,
        recordings_added=_names(names_now[sha256] for sha256 in names_now if sha256 not in names_before),
        recordings_removed=_names(names_before[sha256] for sha256 in names_before if sha256 not in names_now),
        sessions_added=_names(now[place]["name"] for place in now if place not in before),
        sessions_removed=_names(before[place]["name"] for place in before if place not in now),
        sessions_changed=_names(new["name"] for old, new in both if old["submission_id"] != new["submission_id"]),
        moved=tuple(
            sorted((new["name"], old["split"], new["split"]) for old, new in both if old["split"] != new["split"])
        ),
        labels={
            label: (labels_before.get(label, 0), labels_now.get(label, 0))
            for label in sorted({*labels_before, *labels_now})
        },
        splits={
            split: (sizes_before.get(split, 0), sizes_now.get(split, 0)) for split in {**sizes_before, **sizes_now}
        },
        parameters={
            name: (asked_before.get(name), asked_now.get(name))
            for name in sorted({*asked_before, *asked_now})
            if asked_before.get(name) != asked_now.get(name)
        },
    )


def _place(session: Mapping[str, Any]) -> Place:
    return session["sha256"], session["channel"], session["start_s"], session["end_s"], session["round_id"]


def _count_labels(sessions: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for session in sessions:
        for label, count in session["labels"].items():
            counts[label] = counts.get(label, 0) + count
    return counts


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
