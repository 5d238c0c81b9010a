"""What somebody asks of a release, checked as a whole before anything is done."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from podcast_core.audio.cutting import CONTAINERS
from podcast_core.domain.checks import check_between, check_comment, check_optional_text, check_text
from podcast_core.domain.ids import check_id
from podcast_core.domain.release import SPLITS, GroupBy
from podcast_core.domain.standing import LEAVE_OUT, REJECTED_CHOICES, SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.errors import InvalidInput
from podcast_core.formats import FORMATS
from podcast_core.services.sets.splitting import check_proportions

VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){0,2}")
LATEST, AFRESH = "latest", "none"
AUDIO = ("sessions", "clips", "none")
LAYOUTS = ("folders", "orcasound-a", "orcasound-b")
HELD_OUT = ("none", "test", "all")
HELD_OUT_AUDIO = ("refuse", "test", "leave-out")
NAMES = ("names", "numbers")
OPTIONAL = (Outcome.UNSURE.value, Outcome.VERIFIED.value)
MAX_PADDING_S = 60.0
MAX_GAP_S = 366 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """The parameters of a release. All are plain JSON values.

    Parameters
    ----------
    name, version
        Under which it is kept. No version: the next one.
    round_ids
        The rounds whose sessions go in.
    licence
        Of audio and labels; "unknown" must be said as well.
    title, description, citation
        For the data card.
    audio
        ``sessions`` (one file each), ``clips`` (one file per annotation) or ``none`` (references to recordings).
    container
        ``flac`` or ``wav``.
    padding_s
        Seconds before and after the annotation of a clip, as far as its session reaches.
    layout
        ``folders``, or the layout of Orcasound's data sets: ``wav/`` and ``train.tsv``, ``dev.tsv``, ``test.tsv`` in
        variant a or b.
    group_by, gap_s, proportions, seed
        See `splitting.assign_splits`; proportions of train, dev and test.
    based_on
        The release whose split is kept (``NAME/VERSION``), ``latest`` of this name, or ``none``.
    outcomes
        Sessions with these outcomes go in; unsure and verified only when asked for, unreviewed and skipped never.
    rejected
        ``leave-out`` the sessions whose answer a review rejected, or ``keep`` them. Models learn from them in no case.
    held_out
        What models must never be trained on: nothing (``none``), the ``test`` split, or ``all``.
    held_out_audio
        What is done with audio that another release holds out: ``refuse`` the release, put it into ``test``, or
        ``leave-out``.
    annotators
        ``names``, or ``numbers`` in their place.
    formats
        Names in `FORMATS`; none: all.
    """

    name: str
    round_ids: tuple[str, ...]
    licence: str
    version: str = ""
    title: str = ""
    description: str = ""
    citation: str = ""
    audio: str = "sessions"
    container: str = "flac"
    padding_s: float = 0.5
    layout: str = "folders"
    group_by: str = GroupBy.RECORDING.value
    gap_s: float = 7200.0
    proportions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: str = "1"
    based_on: str = LATEST
    outcomes: tuple[str, ...] = SEARCHED
    rejected: str = LEAVE_OUT
    held_out: str = "none"
    held_out_audio: str = "refuse"
    annotators: str = "names"
    formats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_id(self.name, "A release's name")
        if len(self.name) > 80:
            raise InvalidInput(f"A release's name can have at most 80 characters, found {len(self.name)}.")
        if self.version:
            check_version(self.version)
        self._check_texts()
        self._check_choices()
        if len(self.proportions) != len(SPLITS):
            raise InvalidInput(
                f"Proportions are {len(SPLITS)} numbers ({', '.join(SPLITS)}), found {self.proportions}."
            )
        check_proportions(self.wanted)
        check_between(self.padding_s, "The padding of clips", 0, MAX_PADDING_S, " s")
        check_between(self.gap_s, "The gap between encounters", 0, MAX_GAP_S, " s")
        if self.is_orcasound:
            self._check_orcasound()

    def _check_texts(self) -> None:
        if not self.licence.strip():
            raise InvalidInput('A release needs a licence, for example "CC BY 4.0". If it is not known, use "unknown".')
        check_text(self.licence, "The licence", 200)
        check_optional_text(self.title, "The title", 200)
        check_optional_text(self.citation, "The citation", 1000)
        check_comment(self.description)
        check_text(self.seed, "The seed", 80)
        if not self.round_ids:
            raise InvalidInput("A release needs at least one round.")

    def _check_choices(self) -> None:
        for what, value, allowed in (
            ("Audio", self.audio, AUDIO),
            ("The audio format", self.container, CONTAINERS),
            ("The layout", self.layout, LAYOUTS),
            ("The split", self.group_by, tuple(GroupBy)),
            ("Held out", self.held_out, HELD_OUT),
            ("Held-out audio", self.held_out_audio, HELD_OUT_AUDIO),
            ("Annotators", self.annotators, NAMES),
            ("Rejected answers", self.rejected, REJECTED_CHOICES),
        ):
            if value not in allowed:
                raise InvalidInput(f"{what} must be {', '.join(allowed[:-1])} or {allowed[-1]}, found {value[:60]!r}.")
        for what, values, all_allowed in (
            ("Outcomes", self.outcomes, (*SEARCHED, *OPTIONAL)),
            ("Formats", self.formats, tuple(FORMATS)),
        ):
            unknown = [each for each in values if each not in all_allowed]
            if unknown:
                raise InvalidInput(f"{what} of a release are {', '.join(all_allowed)}; found {', '.join(unknown)}.")
        if not self.outcomes:
            raise InvalidInput(f"A release needs sessions with some outcome: {', '.join((*SEARCHED, *OPTIONAL))}.")

    def _check_orcasound(self) -> None:
        """Its readers take all that is not marked for silence, and know whole sessions only."""
        if self.audio != "sessions" or set(self.outcomes) - set(SEARCHED):
            raise InvalidInput(
                "Orcasound's layout holds sessions with outcome labelled or empty as WAV; found audio "
                f"{self.audio!r} and outcomes {', '.join(self.outcomes)}."
            )

    @property
    def wanted(self) -> dict[str, float]:
        """The proportions by split."""
        return dict(zip(SPLITS, self.proportions, strict=True))

    @property
    def is_orcasound(self) -> bool:
        """Tell whether the files lie as in Orcasound's data sets."""
        return self.layout != LAYOUTS[0]

    @property
    def audio_container(self) -> str:
        """The container of the audio files; Orcasound's layout is WAV always."""
        return "wav" if self.is_orcasound else self.container

    @property
    def format_names(self) -> tuple[str, ...]:
        """The formats of annotations, in the order of `FORMATS`."""
        return tuple(name for name in FORMATS if name in self.formats or not self.formats)

    def to_params(self) -> dict[str, Any]:
        """Give the parameters as JSON values, for a job or a manifest."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def read_request(params: Mapping[str, Any]) -> ReleaseRequest:
    """Make a request of JSON values; InvalidInput when one of them cannot be used."""
    known = {field.name for field in fields(ReleaseRequest)}
    unknown = sorted(set(params) - known)
    if unknown:
        raise InvalidInput(f"A release has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in params.items()
    }
    try:
        return ReleaseRequest(**values)
    except TypeError as error:
        raise InvalidInput(f"A release cannot be made from these parameters: {error}") from error


def check_version(version: str) -> None:
    """Refuse a version that is not ``3`` or ``1.2.0`` (InvalidInput)."""
    if not VERSION.fullmatch(version):
        raise InvalidInput(f"A version is a whole number such as 2, or 1.2.0; found {version[:40]!r}.")


def version_key(version: str) -> tuple[int, ...]:
    """Give the numbers of a version, for sorting."""
    return tuple(int(part) for part in version.split("."))


def next_version(versions: list[str]) -> str:
    """Name the version after the newest: its first number plus one, the others 0."""
    if not versions:
        return "1"
    newest = max(versions, key=version_key)
    first, *rest = version_key(newest)
    return ".".join(str(part) for part in (first + 1, *(0 for _ in rest)))
