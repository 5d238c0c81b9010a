"""A round out to other programs; `api.imports` is the way in."""

from pydantic import Field

from podcast_core.wire.base import Shape


class Format(Shape):
    """A format, and whether rounds are written and files are read in it."""

    name: str
    title: str
    writes: bool
    reads: bool


class ExportPreview(Shape):
    """The beginning of an export's largest file, what the format leaves out, and sessions by outcome."""

    file_name: str
    text: str
    rows: list[dict[str, str]] = Field(description="where it is a table")
    notes: list[str]
    outcomes: dict[str, int]
