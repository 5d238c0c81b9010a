"""What was measured of annotations. It follows from sound and boxes: whatever is missing is measured again."""

from sqlalchemy import Column, Float, Integer, Table

from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.storage.schema.base import metadata, text

measurements = Table(
    "measurements",
    metadata,
    Column("submission_id", text(120), primary_key=True),
    Column("position", Integer, primary_key=True),  # of the annotation in its answer
    *(Column(name, Float(53)) for name in MEASUREMENTS),
)
