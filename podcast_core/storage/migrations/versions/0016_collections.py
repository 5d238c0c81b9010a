"""What is explored: collections, their clips, what was done to them, maps and selections."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0016"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    c_text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None

    def text(name: str, length: int | None = None, **more: object) -> sa.Column:
        kind = sa.Text() if length is None else sa.String(length)
        return sa.Column(name, c_text or kind, **{"nullable": False, **more})

    op.create_table(
        "collections",
        text("id", 120, primary_key=True),
        text("round_id", 120),
        text("name", 120),
        text("unit", 20),
        sa.Column("window_s", sa.Float(53)),
        sa.Column("hop_s", sa.Float(53)),
        text("embedder", 120),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("dimension", sa.Integer(), server_default="0", nullable=False),
        text("who", 80),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("clip_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"]),
    )
    op.create_index("ix_collections_round_id", "collections", ["round_id"])
    op.create_index("ix_collections_embedder", "collections", ["embedder"])
    op.create_table(
        "clips",
        text("collection_id", 120, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        text("session_id", 120),
        text("recording_id", 16),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Float(53), nullable=False),
        sa.Column("end_s", sa.Float(53), nullable=False),
        sa.Column("low_hz", sa.Float(53)),
        sa.Column("high_hz", sa.Float(53)),
        text("box_id", 140),
        text("given_subset", 10),
        text("subset", 10),
        text("given_label", 80),
        text("url"),
        text("error"),
        text("label", 80),
        sa.Column("evicted", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.Integer()),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.id"]),
    )
    op.create_index("ix_clips_session", "clips", ["session_id"])
    op.create_index("ix_clips_place", "clips", ["recording_id", "channel", "start_s", "end_s"])
    op.create_table(
        "clip_acts",
        text("id", 120, primary_key=True),
        text("collection_id", 120),
        text("deed", 20),
        sa.Column("numbers", sa.JSON(), nullable=False),
        text("subset", 10),
        sa.Column("of", sa.JSON(), nullable=False),
        text("who", 80),
        sa.Column("acted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.id"]),
    )
    op.create_index("ix_clip_acts_collection_id", "clip_acts", ["collection_id"])
    op.create_table(
        "maps",
        text("id", 120, primary_key=True),
        text("collection_id", 120),
        text("method", 40),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        text("who", 80),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("is_fitted_on", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.id"]),
    )
    op.create_index("ix_maps_collection_id", "maps", ["collection_id"])
    op.create_table(
        "selections",
        text("collection_id", 120, primary_key=True),
        text("who", 80, primary_key=True),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    """Go back."""
    for name in ("selections", "maps", "clip_acts", "clips", "collections"):
        op.drop_table(name)
