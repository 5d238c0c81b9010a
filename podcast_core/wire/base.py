"""What all shapes share."""

from collections.abc import KeysView, Mapping
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

MAX_BEFORE = 2**53  # the largest number that every JSON reader keeps exactly
MAX_NUMBERS = 1_000_000  # of clips; as many as a collection is built for

Finite = Annotated[float, Field(allow_inf_nan=False)]
Holder = Annotated[str, Field(min_length=1, max_length=120)]
PersonName = Annotated[str, Field(min_length=1, max_length=80)]
ActId = Annotated[str, Field(min_length=1, max_length=120)]
Number = Annotated[int, Field(ge=0, lt=2**31)]
"""The number of a clip in its collection."""
Numbers = Annotated[list[Number], Field(max_length=MAX_NUMBERS)]


class Body(BaseModel):
    """Base of all that is sent: an unknown field is a mistake, not noise."""

    model_config = ConfigDict(extra="forbid")


class Shape(BaseModel):
    """Base of all that is answered. The server makes it of a noun's own attributes, the client of JSON.

    A value is typed as an attribute (``job.created_at``). In brackets it is as in JSON (``job["created_at"]``), and
    what takes a mapping (``dict(job)``, a DataFrame of jobs) gets JSON.
    """

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @cached_property
    def as_json(self) -> dict[str, Any]:
        """What `json.dumps` takes."""
        return self.model_dump(mode="json")

    def __getitem__(self, name: str) -> Any:
        return self.as_json[name]

    def __contains__(self, name: object) -> bool:
        return name in self.as_json

    def keys(self) -> KeysView[str]:
        """Name the values."""
        return self.as_json.keys()

    def get(self, name: str, default: Any = None) -> Any:
        """Get a value as in JSON."""
        return self.as_json.get(name, default)

    def __eq__(self, other: object) -> bool:
        return self.as_json == other if isinstance(other, dict) else super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # lists are in it


Mapping.register(Shape)

Item = TypeVar("Item", bound=Shape)


class Page(Shape, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    total: int = Field(description="items in the whole list, with these filters")
    offset: int
    limit: int
    next: str | None = Field(description="address of the next part; null at the end")
