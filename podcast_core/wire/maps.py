"""Maps of a collection: where its clips are, and new ones, which a job draws."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from podcast_core.wire.base import Body, Shape


class MapIn(Body):
    """The map that is wanted."""

    method: Literal["pca", "pacmap", "umap", "tsne"]
    dimensions: Annotated[int, Field(ge=2, le=3)] = 2
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


class Map(Shape):
    """A map. One that a job draws still has no ``finished_at``, and has the job's id.

    It was fitted on ``fitted`` clips, and ``placed`` others were placed among them (test clips, evicted ones).
    ``disparity`` is 0 where it is the same as the map before it, 1 where it has nothing in common with it.
    """

    id: str
    method: str
    dimensions: int
    created_at: datetime
    finished_at: datetime | None = None
    job_id: str | None = None
    fitted: int | None = None
    placed: int | None = None
    disparity: float | None = None


class MapList(Shape):
    """The maps of a collection: those that are there at once, the finished ones from old to new, and those to come."""

    items: list[Map]


class MapAdded(Shape):
    """The job that draws a map, and the map's id, under which it will be."""

    job_id: str
    map_id: str
