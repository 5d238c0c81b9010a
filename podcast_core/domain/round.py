"""Rounds: batches of sessions labelled under one instruction and one label list."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from podcast_core.domain.assignment import Assignment, Sites
from podcast_core.domain.calibration import Calibration
from podcast_core.domain.checks import SURROGATE, check_between, check_text, check_utc
from podcast_core.domain.coordinates import Coordinates, SiteCoordinates
from podcast_core.domain.display import Display
from podcast_core.domain.example import Example
from podcast_core.domain.ids import check_id
from podcast_core.domain.label import Label
from podcast_core.domain.recording import Recording
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, name_some

MAX_ASSIGNMENTS = 1_000  # chosen: each claim names their sites to the database
MAX_ANSWERS = 5  # chosen: studies of agreement have two or three people for a session, seldom five

_OPENED = re.compile(r"opened-[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Round:
    """A batch of sessions labelled under one instruction and one label list.

    ``own_review``: people may accept their own answers. ``sites``: where they are. ``archived_at`` and
    ``renamed`` (earlier names of labels, and what they are called now) follow from `podcast_core.domain.act`, not from
    the round's own states.

    ``answers_wanted``: how many different people answer a session, independently of each other: 1 to 5.
    ``double_share``: the share of the sessions, from 0 to 1, that want so many; the others want one answer.
    ``assignments``: sites that are somebody's; ``assigned_only``: who has some, or single sessions, gets no others.
    ``calibration``: sessions with a known answer, by which people are compared with it.
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
    sites: tuple[SiteCoordinates, ...] = ()
    examples: tuple[Example, ...] = ()
    archived_at: datetime | None = None
    renamed: tuple[tuple[str, str], ...] = ()
    answers_wanted: int = 1
    double_share: float = 1.0
    assignments: tuple[Assignment, ...] = ()
    assigned_only: bool = False
    calibration: Calibration = field(default_factory=Calibration)

    def __post_init__(self) -> None:
        check_id(self.id, "Round")
        check_text(self.name, "A round's name", 120)
        if not self.labels:
            raise InvalidInput(f"Round {self.id!r} needs at least one label.")
        for what, values in (
            ("label", [label.name for label in self.labels]),
            ("hotkey", [label.hotkey for label in self.labels if label.hotkey]),
            ("site with coordinates", [each.site for each in self.sites]),
        ):
            doubles = sorted(value for value, count in Counter(values).items() if count > 1)
            if doubles:
                raise InvalidInput(f"Round {self.id!r} has the same {what} twice: {name_some(doubles)}.")
        if self.site_url and not self.site_url.startswith(("https://", "http://")):
            raise InvalidInput(f"The site's link must start with https:// or http://, found {self.site_url[:80]!r}.")
        texts = (self.description, self.instructions, self.site, self.site_url)
        if SURROGATE.search("".join((*texts, *(label.description for label in self.labels)))):
            raise InvalidInput("What is said about a round is text; found half of a surrogate pair in it.")
        check_utc(self.created_at, "created_at")
        check_between(self.answers_wanted, "The number of answers that a session wants", 1, MAX_ANSWERS)
        if len(self.assignments) > MAX_ASSIGNMENTS:
            found = f"found {len(self.assignments):,}"
            raise InvalidInput(f"A round has at most {MAX_ASSIGNMENTS:,} assignments of sites to people, {found}.")
        check_between(self.double_share, "The share of sessions with several answers", 0, 1)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The plain names, in the round's order."""
        return tuple(label.name for label in self.labels)

    def find_coordinates(self, recording: Recording) -> Coordinates | None:
        """Find where a recorder stood: as its file says, else as the round says of its site (or of the round's own)."""
        if recording.latitude_deg is not None and recording.longitude_deg is not None:
            return Coordinates(recording.latitude_deg, recording.longitude_deg)
        found = self.find_site(recording)
        return None if found is None else Coordinates(found.latitude_deg, found.longitude_deg)

    def find_site(self, recording: Recording) -> SiteCoordinates | None:
        """Find what is known of the site of a recording (or of the round's own)."""
        site = recording.site or self.site
        return next((each for each in self.sites if each.site == site), None)

    @property
    def is_independent(self) -> bool:
        """Whether people answer some of its sessions independently of each other."""
        return self.answers_wanted > 1 and self.double_share > 0

    @property
    def hides_answers(self) -> bool:
        """Whether people do not see what others said in it: they answer independently, or are calibrated."""
        return self.is_independent or bool(self.calibration.session_ids)

    @property
    def is_opened(self) -> bool:
        """Whether it was made by opening files to look at them: no list of rounds has it, and no release."""
        return _OPENED.fullmatch(self.id) is not None

    def find_sites(self, annotator: str, *, has_sessions: bool = False) -> Sites | None:
        """Find where somebody labels; None: everywhere, as nothing is assigned.

        ``has_sessions``: single sessions are theirs, too, so that they may get no others.
        """
        if not self.assignments and not (self.assigned_only and has_sessions):
            return None
        own = {each.site for each in self.assignments if each.person == annotator}
        others = {each.site for each in self.assignments} - own
        return Sites(tuple(sorted(own)), tuple(sorted(others)), self.assigned_only and (bool(own) or has_sessions))

    def count_wanted(self, session_id: str) -> int:
        """Count the people who are to answer a session; the database says the same (`open_sessions.count_wanted`).

        Sessions are drawn by the end of the hash by whose beginning a queue is shuffled: neither tells of the other.
        A larger share draws those of a smaller one, too.
        """
        if self.double_share < 1:
            end = hashlib.md5(f"{self.id}/{session_id}".encode(), usedforsecurity=False).hexdigest()[-8:]
            if end >= f"{int(self.double_share * 2**32):08x}":
                return 1
        return self.answers_wanted

    def name_now(self, label: str) -> str:
        """Give the name that a label has now, which may have been renamed since."""
        return dict(self.renamed).get(label, label)
