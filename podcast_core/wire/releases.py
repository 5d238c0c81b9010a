"""Releases: listed, looked at, and their files."""

from typing import Any

from pydantic import Field

from podcast_core.wire.base import Body, Finite, Shape
from podcast_core.wire.statistics import Agreement


class Split(Shape):
    """What one split holds; by label: annotations, sessions with one, and seconds of them."""

    sessions: int
    recordings: int
    groups: int
    duration_s: float
    labels: dict[str, int]
    label_sessions: dict[str, int]
    label_s: dict[str, float]
    outcomes: dict[str, int]


class ReleasePlan(Shape):
    """A release before it is made: ``problems`` forbid it, ``warnings`` do not."""

    splits: dict[str, Split]
    left_out: dict[str, int] = Field(description="sessions that do not go in, by reason")
    based_on: str
    problems: list[str]
    warnings: list[str]
    agreement: Agreement


class Change(Shape):
    """A number in the older and in the newer release."""

    before: int
    now: int


class Move(Shape):
    """A session that is in another split now."""

    session: str
    before: str
    now: str


class ParameterChange(Shape):
    """What was asked of each release; null where it was not asked."""

    before: Any
    now: Any


class Comparison(Shape):
    """What is different in the newer of two releases; lists hold names."""

    older: str
    newer: str
    is_same: bool
    recordings_added: list[str]
    recordings_removed: list[str]
    sessions_added: list[str]
    sessions_removed: list[str]
    sessions_changed: list[str]
    moved: list[Move]
    labels: dict[str, Change]
    splits: dict[str, Change]
    parameters: dict[str, ParameterChange]


class Release(Shape):
    """A release, without the list of its sessions and files."""

    id: str
    name: str
    version: str
    title: str
    held_out: list[str]
    splits: dict[str, Split]
    size_bytes: int


class ReleaseFile(Shape):
    """A file of a release."""

    path: str
    bytes: int
    sha256: str


class ReleaseDetails(Release):
    """A release with its files."""

    files: list[ReleaseFile]


class Check(Shape):
    """What is wrong with a release's files; nothing when they are as they were made."""

    problems: list[str]


class ReleaseParams(Body):
    """What a release should be; see the form of the page *Releases*. What is left out is as there by default."""

    name: str
    round_ids: list[str]
    licence: str = Field(description="of audio and labels; unknown, if nobody knows it")
    version: str = Field("", description="the next one when empty")
    title: str = ""
    description: str = ""
    citation: str = ""
    audio: str = Field("sessions", description="sessions, clips or none")
    container: str = Field("flac", description="flac or wav")
    padding_s: Finite = Field(0.5, description="seconds before and after the annotation of a clip")
    layout: str = Field("folders", description="folders, orcasound-a or orcasound-b")
    group_by: str = Field("recording", description="what stays in one split: recording, encounter or site")
    gap_s: Finite = Field(7200.0, description="gap in seconds that ends an encounter")
    proportions: list[Finite] = Field([0.8, 0.1, 0.1], description="of train, dev and test")
    seed: str = "1"
    based_on: str = Field("latest", description="NAME/VERSION whose split is kept, latest, or none")
    outcomes: list[str] = Field(["labelled", "empty"], description="labelled, empty, unsure, verified")
    rejected: str = Field("leave-out", description="answers that a review rejected: leave-out or keep")
    held_out: str = Field("none", description="none, test or all")
    held_out_audio: str = Field("refuse", description="of other releases: refuse, test or leave-out")
    annotators: str = Field("names", description="names or numbers")
    formats: list[str] = Field([], description="of annotations; none: all")
