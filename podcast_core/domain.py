"""The nouns: frozen dataclasses that check themselves. No input or output here.

Times are seconds from the start of the *recording* (``start_s``, ``end_s``); wire formats and pages
use seconds from the start of the *session* and convert with `Session.to_recording_s` and
`Session.to_session_s`. Frequencies are in hertz. Datetimes are aware UTC and end in ``_at``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from anyascii import anyascii

from podcast_core.checks import (
    check_between,
    check_box,
    check_comment,
    check_id,
    check_optional_text,
    check_score,
    check_text,
    check_utc,
)
from podcast_core.display import Display
from podcast_core.errors import InvalidInput, name_some

COLOR_PATTERN = re.compile(r"#[0-9a-fA-F]{6}")

# Okabe & Ito's palette, told apart by colour-blind people and light enough to be seen on a dark picture; and eight more
# that the usual eye tells from these and each other. Where eyes confuse them, the editor adds a pattern (colors.js).
LABEL_COLORS = (
    *("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2", "#bbbbbb"),
    *("#9900ff", "#00ffdd", "#bb0066", "#dd11cc", "#8877ff", "#66cc77", "#ff2266", "#eebbff"),
)
LABEL_HOTKEYS = "123456789"


class Outcome(StrEnum):
    """What an annotator says about a whole session. A session without a submission is unreviewed.

    Verified: the predictions were judged one by one; the rest of the session was not searched.
    """

    LABELLED = "labelled"
    EMPTY = "empty"
    VERIFIED = "verified"
    UNSURE = "unsure"
    SKIPPED = "skipped"


UNREVIEWED = "unreviewed"

LONGEST_NOTE = 1000  # characters of a box's comment
LONGEST_WORK_S = 7 * 24 * 3600.0  # on one session
MOST_ACTIONS = 1_000_000


class Origin(StrEnum):
    """Where an annotation came from.

    Bulk: its label was given to many stretches in one go, and few of them were heard. Such a box may be a prediction's.
    """

    MODEL_ACCEPTED = "model_accepted"
    MODEL_EDITED = "model_edited"
    NEW = "new"
    BULK = "bulk"


class Verdict(StrEnum):
    """What a reviewer says about a submission."""

    ACCEPT = "accept"
    CORRECT = "correct"
    REJECT = "reject"


def utc_now() -> datetime:
    """Now, as aware UTC."""
    return datetime.now(UTC)


def make_id(text: str, *, fallback: str = "") -> str:
    """Make a path-safe id from any text: ``"OS 3.wav"`` -> ``"OS_3.wav"``, ``"Сова"`` -> ``"Sova"``.

    Other scripts and pictures are written in Latin letters: an id goes into keys of the store, folders, URLs, commands
    and files of other programs, and not all of them keep other letters as they are.

    Parameters
    ----------
    fallback
        What is returned for a text that has no letter or digit at all; without it, InvalidInput is raised.
    """
    latin = text if text.isascii() else re.sub("['`]", "", anyascii(text)).strip("._-: ")
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "_", latin)[:100].lstrip("._-")
    if re.search(r"[A-Za-z0-9]", cleaned):
        return cleaned
    if not fallback:
        raise InvalidInput(f"No id can be made from {text!r}: it needs at least one letter or digit.")
    return fallback


@dataclass(frozen=True, slots=True)
class Recording:
    """One continuous audio file.

    ``id`` is the first 16 hex digits of ``sha256``, the digest of the file's bytes: the same audio is
    the same recording wherever it lies. ``uri`` is an absolute path, an fsspec URL, or ``store:KEY``
    for audio that Pod.Cast itself put into the file store. ``start_method`` says how ``started_at``
    was found (see `podcast_core.audio.metadata`). ``original_name`` is the name under which it was sent, with
    folders, where that is more than ``file_name``. ``notes`` say what is unusual, such as a time with two readings.
    """

    sha256: str
    uri: str
    file_name: str
    sample_rate_hz: int
    channel_count: int
    frame_count: int
    encoding: str
    started_at: datetime | None = None
    start_method: str = "unknown"
    site: str = ""
    added_at: datetime = field(default_factory=utc_now)
    original_name: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise InvalidInput(f"sha256 must be 64 hex digits, found {self.sha256[:80]!r}.")
        if self.sample_rate_hz <= 0 or self.channel_count <= 0 or self.frame_count <= 0:
            raise InvalidInput(
                f"{self.file_name}: expected at least one sample, found {self.frame_count} frames, "
                f"{self.channel_count} channels at {self.sample_rate_hz} Hz."
            )
        check_utc(self.started_at, "started_at")
        check_utc(self.added_at, "added_at")
        for note in self.notes:
            check_comment(note, LONGEST_NOTE)

    @property
    def id(self) -> str:
        """The first 16 hex digits of the digest."""
        return self.sha256[:16]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frame_count / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class Label:
    """A class name of a round's list, with its colour (``#rrggbb``) and key."""

    name: str
    color: str
    hotkey: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        check_text(self.name, "A label's name", 80)
        if not COLOR_PATTERN.fullmatch(self.color):
            raise InvalidInput(f"Label {self.name!r} needs a colour like #56b4e9, found {self.color!r}.")
        if len(self.hotkey) > 1:
            raise InvalidInput(f"Label {self.name!r} needs a single key or none, found {self.hotkey!r}.")


def make_labels(names: Sequence[str]) -> tuple[Label, ...]:
    """Give each name a colour and, to the first nine, a key from 1 to 9."""
    return tuple(
        Label(
            name=name.strip(),
            color=LABEL_COLORS[index % len(LABEL_COLORS)],
            hotkey=LABEL_HOTKEYS[index] if index < len(LABEL_HOTKEYS) else "",
        )
        for index, name in enumerate(names)
    )


@dataclass(frozen=True, slots=True)
class Round:
    """A batch of sessions labelled under one instruction and one label list.

    ``own_review``: people may accept their own answers. ``archived_at`` and ``renamed`` (earlier names of labels, and
    what they are called now) follow from `podcast_core.acts`, not from the round's own states.
    """

    id: str
    name: str
    labels: tuple[Label, ...]
    description: str = ""
    instructions: str = ""
    site: str = ""
    site_url: str = ""
    created_at: datetime = field(default_factory=utc_now)
    display: Display = field(default_factory=Display)
    own_review: bool = False
    archived_at: datetime | None = None
    renamed: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_id(self.id, "Round")
        check_text(self.name, "A round's name", 120)
        if not self.labels:
            raise InvalidInput(f"Round {self.id!r} needs at least one label.")
        for what, values in (
            ("label", [label.name for label in self.labels]),
            ("hotkey", [label.hotkey for label in self.labels if label.hotkey]),
        ):
            doubles = sorted(value for value, count in Counter(values).items() if count > 1)
            if doubles:
                raise InvalidInput(f"Round {self.id!r} has the same {what} twice: {name_some(doubles)}.")
        if self.site_url and not self.site_url.startswith(("https://", "http://")):
            raise InvalidInput(f"The site's link must start with https:// or http://, found {self.site_url[:80]!r}.")
        check_utc(self.created_at, "created_at")

    @property
    def label_names(self) -> tuple[str, ...]:
        """The plain names, in the round's order."""
        return tuple(label.name for label in self.labels)

    def name_now(self, label: str) -> str:
        """Give the name that a label has now, which may have been renamed since."""
        return dict(self.renamed).get(label, label)


@dataclass(frozen=True, slots=True)
class OriginalFields:
    """What a session's document in an original Pod.Cast said beside its boxes, as it stood there.

    ``absolute_time`` is free text, a number or null there, and ``source_guid`` any text or null.
    """

    uri: str = ""
    absolute_time: str | int | float | None = None
    source_guid: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """The piece of one channel of a recording that a person labels on one page.

    ``channel`` counts from 0. ``position`` is the place in the round's queue. ``id`` is unique within
    the round; as in Pod.Cast it starts with the stem of the audio file's name. ``original`` is what its document said
    where it was brought from an original Pod.Cast.
    """

    round_id: str
    id: str
    recording_id: str
    channel: int
    start_s: float
    end_s: float
    position: int = 0
    original: OriginalFields | None = None

    def __post_init__(self) -> None:
        check_id(self.id, "Session")
        check_box(self.start_s, self.end_s, None, None)
        if self.channel < 0:
            raise InvalidInput(f"A channel counts from 0, found {self.channel}.")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def to_session_s(self, recording_s: float) -> float:
        """Seconds from the session's start, from seconds from the recording's start."""
        return recording_s - self.start_s

    def to_recording_s(self, session_s: float) -> float:
        """Seconds from the recording's start, from seconds from the session's start."""
        return session_s + self.start_s

    def started_at(self, recording: Recording) -> datetime | None:
        """When the session began (UTC), if the recording knows when it began."""
        return None if recording.started_at is None else recording.started_at + timedelta(seconds=self.start_s)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A machine's box with label and score (0 to 1, None when the model gave none)."""

    id: str
    session_id: str
    start_s: float
    end_s: float
    label: str
    score: float | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    model: str = ""

    def __post_init__(self) -> None:
        check_id(self.id, "Prediction")
        check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        check_text(self.label, "A prediction's label", 80)
        check_score(self.score)


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """All predictions of one model for one round, added together. The newest set of a model is shown."""

    id: str
    round_id: str
    model: str
    predictions: tuple[Prediction, ...]
    source: str = ""
    created_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Prediction set")
        check_text(self.model, "A model's name", 120)
        check_utc(self.created_at, "created_at")

    @property
    def prediction_count(self) -> int:
        """Number of boxes."""
        return len(self.predictions)


def copy_predictions(earlier: Iterable[Prediction], set_id: str) -> list[Prediction]:
    """Copy predictions into a newer set, for sessions that it says nothing about: only a model's newest is shown."""
    return [replace(each, id=f"{set_id}-e{number}") for number, each in enumerate(earlier, start=1)]


@dataclass(frozen=True, slots=True)
class Annotation:
    """A human's time(-frequency) box with a label, and where it came from.

    ``score`` and ``model`` are those of the prediction it came from (``prediction_id``), unchanged. ``unsure`` says
    that the annotator doubts the label or the box; ``individual`` and ``call_type`` are free words. ``bulk_id`` names
    the bulk act that gave the label, where the origin is *bulk* and the act is known here.
    """

    start_s: float
    end_s: float
    label: str
    low_hz: float | None = None
    high_hz: float | None = None
    origin: Origin = Origin.NEW
    prediction_id: str | None = None
    score: float | None = None
    model: str = ""
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""
    bulk_id: str = ""

    def __post_init__(self) -> None:
        check_box(self.start_s, self.end_s, self.low_hz, self.high_hz)
        check_text(self.label, "An annotation's label", 80)
        check_score(self.score)
        check_comment(self.comment, LONGEST_NOTE)
        check_optional_text(self.individual, "An individual", 80)
        check_optional_text(self.call_type, "A call type", 80)
        is_bulk = self.origin is Origin.BULK
        if not is_bulk and (self.origin is Origin.NEW) != (self.prediction_id is None):
            raise InvalidInput(f"Origin {self.origin.value!r} does not fit prediction {self.prediction_id!r}.")
        if self.bulk_id and not is_bulk:
            raise InvalidInput(f"Origin {self.origin.value!r} does not fit bulk act {self.bulk_id!r}.")

    @property
    def is_taken_over(self) -> bool:
        """Whether it stands where a model put it: a prediction that was accepted unchanged, or labelled in bulk."""
        is_bulk = self.origin is Origin.BULK and self.prediction_id is not None
        return self.origin is Origin.MODEL_ACCEPTED or is_bulk


@dataclass(frozen=True, slots=True)
class Submission:
    """One annotator's answer for one session: outcome and annotations. Never changed, only followed by another.

    ``id`` is chosen by the one who submits and makes a repeated submit harmless. ``base_revision`` is the
    revision that was on screen (0: none). ``revision`` counts a session's submissions from 1 in the order of
    ``(submitted_at, id)``; it is derived from the stored facts, 0 where it is not known yet. ``rejected`` are
    the predictions that the annotator removed, ``unreviewed`` those that nobody looked at: they were hidden below
    ``score_threshold``, or not judged. ``active_s`` and ``action_count`` say how much work it was: seconds that
    somebody really worked on it, and edits. ``beside`` marks an imported answer to a session that had one: it is kept
    beside that one and does not count in its place, however new it is (see `find_counting`). ``bulk_id`` names the bulk
    act that made it; ``partial`` says that it speaks of some stretches only, so that the session stays open.
    ``taken_back`` says that the act was undone, and follows from the acts: such an answer counts nowhere.
    """

    id: str
    round_id: str
    session_id: str
    annotator: str
    outcome: Outcome
    annotations: tuple[Annotation, ...] = ()
    rejected: tuple[Prediction, ...] = ()
    comment: str = ""
    base_revision: int = 0
    started_at: datetime | None = None
    submitted_at: datetime = field(default_factory=utc_now)
    revision: int = 0
    unreviewed: tuple[Prediction, ...] = ()
    score_threshold: float | None = None
    active_s: float | None = None
    action_count: int | None = None
    beside: bool = False
    bulk_id: str = ""
    partial: bool = False
    taken_back: bool = False

    def __post_init__(self) -> None:
        check_id(self.id, "Submission")
        check_text(self.annotator, "The annotator's name", 80)
        check_utc(self.started_at, "started_at")
        check_utc(self.submitted_at, "submitted_at")
        check_comment(self.comment)
        if self.outcome is Outcome.LABELLED and not self.annotations:
            raise InvalidInput("Outcome 'labelled' needs at least one annotation; use 'empty' for no call.")
        if self.outcome in (Outcome.EMPTY, Outcome.SKIPPED) and self.annotations:
            raise InvalidInput(f"Outcome {self.outcome.value!r} has no annotations, found {len(self.annotations)}.")
        check_score(self.score_threshold, "The score threshold")
        check_between(self.active_s, "The time worked on a session", 0, LONGEST_WORK_S, " s")
        check_between(self.base_revision, "The revision that was on screen", 0, MOST_ACTIONS)
        check_between(self.action_count, "The number of edits", 0, MOST_ACTIONS)

    @property
    def is_in_bulk(self) -> bool:
        """Whether some of its labels were given in bulk."""
        return any(box.origin is Origin.BULK for box in self.annotations)

    @property
    def closes(self) -> bool:
        """Tell whether the session needs no further answer: no skip, and no verification that left something over."""
        if self.outcome is Outcome.SKIPPED or self.taken_back:
            return False
        return self.outcome is not Outcome.VERIFIED or not (self.unreviewed or self.partial)


def find_counting(history: Iterable[Submission]) -> Submission | None:
    """Find the answer that counts among all of a session, the oldest first: the newest that is more than a skip.

    One that was imported beside another counts only where there is none else, and one that was taken back never. The
    database says the same, see `podcast_core.storage.ranking.rank_submissions`; a session with nothing but skips
    has no such answer.
    """
    real = [each for each in history if each.outcome is not Outcome.SKIPPED and not each.taken_back]
    return next(reversed([each for each in real if not each.beside] or real), None)


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's verdict on a submission; ``corrected_id`` names the new submission of a correction."""

    id: str
    submission_id: str
    reviewer: str
    verdict: Verdict
    comment: str = ""
    corrected_id: str | None = None
    created_at: datetime = field(default_factory=utc_now)

    def __post_init__(self) -> None:
        check_id(self.id, "Review")
        check_text(self.reviewer, "The reviewer's name", 80)
        check_comment(self.comment)
        check_utc(self.created_at, "created_at")
        if (self.verdict is Verdict.CORRECT) != (self.corrected_id is not None):
            raise InvalidInput("A correction, and only a correction, names the new submission.")


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease that keeps two annotators off one session. ``holder`` is one browser tab or client."""

    round_id: str
    session_id: str
    holder: str
    annotator: str
    expires_at: datetime
