"""What an import is going to do, worked out before it does anything: shown by page and command, then applied."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.box import Call
from podcast_core.domain.prediction import Prediction, PredictionSet
from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.errors import count_of, name_some
from podcast_core.formats import READABLE
from podcast_core.formats.contents import Guess as Guess
from podcast_core.formats.contents import LeftOut
from podcast_core.formats.contents import Why as Why
from podcast_core.services.labels.matching import OpenLabel

SHOWN_BOXES = 20
SHOWN_LINES = 5  # of what was left out, for each reason


@dataclass(frozen=True, slots=True)
class LeftOutGroup:
    """What is left out for one reason: how many, under which names of recordings, and where the first of them are."""

    why: Why
    count: int
    names: Mapping[str, int]
    first: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """All of it in one line, for the person."""
        names = f" ({name_some(self.names)})" if self.names else ""
        noun = "file" if self.why is Why.FOREIGN else "row"
        return f"Left out, {self.why}: {count_of(self.count, noun)}{names}. {'; '.join(self.first)}".strip()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or what it is going to do.

    ``beside`` counts the answers that are kept beside one that goes on to count, by whose that is; ``superseded`` those
    that count instead. ``ignored`` counts boxes by labels that were left out on request.
    """

    noun: str
    added: int
    known: int
    sessions: int
    notes: tuple[str, ...]
    formats: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    annotators: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, int] = field(default_factory=dict)
    superseded: Mapping[str, int] = field(default_factory=dict)
    new_labels: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)

    @property
    def read_as(self) -> str:
        """How the files were read, for the person; empty where that was not in question."""
        return ", ".join(f"{READABLE[name].title} ({count_of(count, 'file')})" for name, count in self.formats.items())

    @property
    def groups(self) -> list[LeftOutGroup]:
        """What was left out, by the reason."""
        found: dict[Why, list[LeftOut]] = {}
        for each in self.left_out:
            found.setdefault(each.why, []).append(each)
        return [_group(why, each) for why, each in found.items()]

    @property
    def unmatched(self) -> dict[str, int]:
        """How many rows there are under names of recordings that the round does not have."""
        return dict(Counter(each.name for each in self.left_out if each.why is Why.NO_FILE))

    @property
    def summary(self) -> str:
        """One sentence for the person: what was done."""
        return self._describe("added")

    @property
    def outlook(self) -> str:
        """The same sentence before it is done."""
        return self._describe("to add")

    @property
    def warnings(self) -> list[str]:
        """What the person has to know besides, in sentences."""
        told = [*self.notes]
        if self.new_labels:
            told.append(f"New in the round's list of labels: {name_some(self.new_labels)}.")
        if self.ignored:
            labels = name_some(f"{name} ({count:,})" for name, count in self.ignored.items())
            told.append(f"Boxes skipped because of their label: {labels}.")
        for what, whose in (
            ("is kept beside it and does not count", self.beside),
            ("counts instead; the existing answer stays as an earlier revision", self.superseded),
        ):
            if whose:
                told.append(
                    f"{count_of(sum(whose.values()), 'session')} already had an answer ({list_people(whose)}); the "
                    f"imported one {what}."
                )
        return told

    def _describe(self, verb: str) -> str:
        known = f"; {count_of(self.known, self.noun)} known before" if self.known else ""
        lost = ""
        for noun, is_file in (("row", False), ("file", True)):
            groups = [each for each in self.groups if (each.why is Why.FOREIGN) is is_file]
            count = sum(each.count for each in groups)
            lost += f"; {count_of(count, noun)} left out ({_list_reasons(groups)})" if groups else ""
        return f"{count_of(self.added, self.noun)} {verb} in {count_of(self.sessions, 'session')}{known}{lost}."


@dataclass(frozen=True, slots=True)
class PlannedBox(Call):
    """A box as it is going to be stored: seconds from the start of the recording, channel from 0."""

    session_id: str = field(kw_only=True)
    file_name: str = field(kw_only=True)
    channel: int = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import is going to add to a round, and what a person has to know or decide first.

    ``open_labels`` wait for a decision; nothing can be added before. ``superseding`` counts the answers that count now
    and would not any more if the import is asked to supersede, by whose they are. ``boxes`` are the first of those that
    are added; ``sets`` and ``answers`` are all of it. ``recording_ids``: of which recording the
    session of each answer is.
    """

    round_id: str
    report: ImportReport
    boxes: tuple[PlannedBox, ...]
    guesses: tuple[Guess, ...]
    open_labels: tuple[OpenLabel, ...]
    superseding: Mapping[str, int]
    sets: tuple[PredictionSet, ...]
    answers: tuple[Submission, ...]
    recording_ids: Mapping[str, str]


def list_people(whose: Mapping[str, int]) -> str:
    """Write who, and how many of each."""
    return name_some(f"{name}: {count}" for name, count in whose.items())


def show_boxes(
    boxes: Iterable[tuple[str, Prediction | Annotation]],
    sessions: Mapping[str, Session],
    recordings: Mapping[str, Recording],
) -> tuple[PlannedBox, ...]:
    """Show the first boxes of a plan, each given with the id of its session."""
    shown: list[PlannedBox] = []
    for session_id, box in boxes:
        if len(shown) == SHOWN_BOXES:
            break
        session = sessions[session_id]
        recording = recordings[session.recording_id]
        shown.append(
            PlannedBox(
                box.start_s,
                box.end_s,
                box.label,
                box.score,
                low_hz=box.low_hz,
                high_hz=box.high_hz,
                session_id=session_id,
                file_name=recording.file_name,
                channel=session.channel,
            )
        )
    return tuple(shown)


def _group(why: Why, found: Sequence[LeftOut]) -> LeftOutGroup:
    names = Counter(each.name or each.session_id for each in found if each.name or each.session_id)
    lines = [f"{each.where}: {each.detail}" if each.detail else each.where for each in found]
    first = tuple(each[:200] for each in dict.fromkeys(filter(None, lines)))[:SHOWN_LINES]
    return LeftOutGroup(why, len(found), names, first)


def _list_reasons(groups: Sequence[LeftOutGroup]) -> str:
    if len(groups) == 1:
        return str(groups[0].why)
    return ", ".join(f"{each.why}: {each.count}" for each in groups)
