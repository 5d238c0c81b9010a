"""Which answers an export tells of: those that count, gold only, all of them, or one person's.

Of each person their newest answer to a session is told, and gold besides, since whoever decided may have answered, too.
A file in which a box says whose it is holds all of them together; others are made once for each person, in a folder of
their own.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from podcast_core.domain.ids import make_id
from podcast_core.domain.submission import Submission
from podcast_core.errors import InvalidInput, name_some
from podcast_core.storage import people, submissions, tallies

COUNTING, GOLD, ALL, OF = "counting", "gold", "all", "annotator:"
CHOICES = (COUNTING, GOLD, ALL)


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """Which answers are told: one of `CHOICES`, or ``annotator:NAME``.

    Raises
    ------
    InvalidInput
        When it is something else.
    """

    name: str = COUNTING

    def __post_init__(self) -> None:
        if self.name not in CHOICES and not self.annotator:
            raise InvalidInput(f"Answers: expected {', '.join(CHOICES)} or {OF}NAME, found {self.name[:80]!r}.")

    @property
    def annotator(self) -> str:
        """The person whose answers are told; empty: not one person's."""
        return self.name.removeprefix(OF).strip() if self.name.startswith(OF) else ""

    @property
    def suffix(self) -> str:
        """What is added to the name of the export."""
        return "" if self.name == COUNTING else f"-{make_id(self.annotator or self.name, fallback='person')}"

    def describe(self) -> str:
        """Say which answers are told, as a sentence."""
        if self.annotator:
            return f"Answers: the newest one of {self.annotator} to each session, whether it counts or not."
        return {
            COUNTING: "Answers: those that count; where somebody decided between answers, that is gold.",
            GOLD: "Answers: gold only, which somebody decided between the answers of several people.",
            ALL: "Answers: the newest one of each person to each session, and gold, whether they count or not.",
        }[self.name]


Answers = dict[str, list[Submission]]
"""Answers by session."""


def list_answers(
    connection: Connection, round_id: str, session_ids: Sequence[str] | None, choice: AnswerChoice
) -> Answers:
    """List the answers that are told, by session: none, one or (all) several.

    Raises
    ------
    InvalidInput
        When nobody of that name has answered in the round.
    """
    if choice.name in (COUNTING, GOLD):
        counting = submissions.latest_submissions(connection, round_id, session_ids)
        return {each: [found] for each, found in counting.items() if choice.name == COUNTING or found.is_gold}
    annotator = people.call_now(connection, choice.annotator)
    if annotator:
        known = [who for who, count in tallies.list_groups(connection, round_id, "all answers").items() if count]
        if annotator not in known:
            raise InvalidInput(
                f"{choice.annotator[:80]} has not answered a session of this round; expected one of "
                f"{name_some(sorted(known)) or 'nobody'}."
            )
    found: Answers = defaultdict(list)
    for each in submissions.list_newest(connection, round_id, session_ids, annotator=annotator):
        found[each.session_id].append(each)
    return found


def list_people(answers: Answers) -> dict[str, Answers]:
    """Sort answers by whose they are: a folder's name for each person, and for gold."""
    by_name: dict[str, Answers] = defaultdict(lambda: defaultdict(list))
    for session_id, told in answers.items():
        for each in told:
            by_name[GOLD if each.is_gold else f"{OF}{each.annotator}"][session_id].append(each)
    folders: dict[str, Answers] = {}
    for name, theirs in sorted(by_name.items()):
        folder = make_id(name.removeprefix(OF), fallback="person")
        taken = folder in folders or (folder == GOLD and name != GOLD)
        folders[f"{folder}-{len(folders) + 1}" if taken else folder] = theirs
    return folders
