"""Recordings: the audio that rounds are made of. A new column: also in ``domain/recording.py``, and a migration."""

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, Table

from podcast_core.storage.schema.base import UtcDateTime, metadata, text

recordings = Table(
    "recordings",
    metadata,
    Column("id", text(16), primary_key=True),
    Column("sha256", text(64), nullable=False, unique=True),
    Column("uri", text(), nullable=False),
    Column("file_name", text(), nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channel_count", Integer, nullable=False),
    Column("frame_count", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("encoding", text(40), nullable=False),
    Column("started_at", UtcDateTime),
    Column("start_method", text(40), nullable=False),
    Column("site", text(), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("original_name", text(), nullable=False, server_default=""),
    Column("notes", JSON, nullable=False, server_default="[]"),
    Column("latitude_deg", Float(53)),
    Column("longitude_deg", Float(53)),
)
