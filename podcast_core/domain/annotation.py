"""Annotations: boxes that a person drew, accepted or labelled, and where each came from."""

from dataclasses import dataclass
from enum import StrEnum

from podcast_core.domain.box import Call
from podcast_core.domain.checks import check_comment, check_optional_text
from podcast_core.errors import InvalidInput

MAX_NOTE_LENGTH = 1000  # characters of a box's comment


class Origin(StrEnum):
    """Where an annotation came from.

    Bulk: its label was given to many stretches in one go, and few of them were heard. Such a box may be a prediction's.
    """

    MODEL_ACCEPTED = "model_accepted"
    MODEL_EDITED = "model_edited"
    NEW = "new"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Annotation(Call):
    """A human's time(-frequency) box with a label, and where it came from.

    ``score`` and ``model`` are those of the prediction it came from (``prediction_id``), unchanged. ``unsure`` says
    that the annotator doubts the label or the box; ``individual`` and ``call_type`` are free words. ``bulk_id`` names
    the bulk act that gave the label, where the origin is *bulk* and the act is known here.
    """

    origin: Origin = Origin.NEW
    prediction_id: str | None = None
    model: str = ""
    comment: str = ""
    unsure: bool = False
    individual: str = ""
    call_type: str = ""
    bulk_id: str = ""

    def __post_init__(self) -> None:
        Call.__post_init__(self)
        check_comment(self.comment, MAX_NOTE_LENGTH)
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
