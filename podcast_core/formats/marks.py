"""What readers make of the rows and objects of a file: boxes, answers, and what has to be left out."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol, TypeVar

from podcast_core.formats.contents import NOT_USED, Contents, FileAnswer, FileBox, Guess, LeftOut, Why

T = TypeVar("T")
PLACE = ("name", "start_s", "session_id", "recording_id", "channel")


class Source(Protocol):
    """A row of a table or a value of a document: it knows where it stands."""

    @property
    def where(self) -> str:
        """The file and the place in it."""

    def make(self, kind: Callable[..., T], **fields: object) -> T:
        """Make a thing of it; what that refuses is told with the place."""


def make_mark(source: Source, **fields: Any) -> FileBox | LeftOut:
    """Make a box, or leave a point in time out: what starts and ends at once has no length to be a box.

    A label that is given and empty is blank, unless the reader says that the file has no place for labels.
    """
    if "label_is_blank" not in fields:
        fields["label_is_blank"] = fields.get("label") == ""
    if fields["start_s"] != fields["end_s"]:
        return source.make(FileBox, **fields)
    place = {name: fields[name] for name in PLACE if name in fields}
    if fields.get("in_samples"):  # only the recording knows how many make a second
        place.pop("start_s")
    return LeftOut(source.where, Why.POINT, **place, end_s=place.get("start_s"), detail=fields.get("label", "")[:80])


def sort_marks(parsed: Iterable[FileBox | FileAnswer | LeftOut], guesses: Iterable[Guess] = ()) -> Contents:
    """Put what was read where it belongs."""
    boxes: list[FileBox] = []
    answers: list[FileAnswer] = []
    left_out: list[LeftOut] = []
    for each in parsed:
        if isinstance(each, FileBox):
            boxes.append(each)
        elif isinstance(each, FileAnswer):
            answers.append(each)
        else:
            left_out.append(each)
    return Contents(tuple(boxes), answers=tuple(answers), left_out=tuple(left_out), guesses=tuple(guesses))


def name_unused(where: str, header: Iterable[str], used: Collection[str]) -> tuple[Guess, ...]:
    """Name the columns of a table that nothing is made of."""
    return tuple(Guess(where, NOT_USED, column) for column in header if column and column not in used)
