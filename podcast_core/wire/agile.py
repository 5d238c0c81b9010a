"""Classifiers of a collection: learnt in a second, and what follows from them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from podcast_core.wire.base import Body, Number, PersonName, Shape
from podcast_core.wire.search import FilterIn


class TrainIn(Body):
    """What is to be told apart: all labels that clips have by default. ``others`` have been heard and have none."""

    labels: list[str] = []
    others: list[Number] = []
    annotator: PersonName | None = None


class Threshold(Shape):
    """A suggested least score, with the interval of 95 % of those that other recordings would have given."""

    value: float
    low: float
    high: float


class Figures(Shape):
    """How good a label's scores are on recordings that the classifier has not heard."""

    label: str
    positives: int
    average_precision: float
    auc: float
    f1: float
    precision: float
    recall: float
    threshold: Threshold


class Learnt(Shape):
    """A classifier. Figures are empty where all examples are of one recording.

    ``honest`` are those on the ``random`` labelled clips that were drawn at random; ``apart`` those of dev and test.
    """

    id: str
    labels: list[str]
    thresholds: list[float]
    examples: int
    held_out: list[Figures]
    honest: list[Figures]
    apart: dict[str, list[Figures]]
    random: int
    edges: list[float]
    counts: dict[str, list[int]]


class KeptClassifier(Shape):
    """A classifier that was learnt before. Of those of older versions, it is not known when and by whom."""

    id: str
    labels: list[str]
    thresholds: list[float]
    examples: int
    who: str
    learnt_at: datetime | None


class Classifiers(Shape):
    """The classifiers of a collection, the newest first."""

    items: list[KeptClassifier]


class Next(Shape):
    """The clips to hear, and by what each was chosen."""

    items: list[dict[str, Any]]


class ClassifierVersionIn(Body):
    """The model of which a classifier becomes the next version; ``is_new``: there must be none of this name."""

    name: str
    is_new: bool = False


class Version(Shape):
    """The version, as ``NAME/VERSION``."""

    model: str


class NextIn(Body):
    """Which clips come next."""

    strategy: Literal["margin", "top", "badge", "far", "quantile", "random"] = "margin"
    count: Annotated[int, Field(ge=1, le=1000)] = 10
    label: str = ""
    filters: list[FilterIn] = []
