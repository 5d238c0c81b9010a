"""The order of sessions without predictions, which is a stratified sample, is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; whoever asks for the order first works it out."""
    name = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.String(120)
    op.create_table(
        "samples", sa.Column("round_id", name, primary_key=True), sa.Column("version", name, nullable=False)
    )
    op.create_table(
        "sampled_places",
        sa.Column("round_id", name, primary_key=True),
        sa.Column("session_id", name, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_index("ix_sampled_places_place", "sampled_places", ["round_id", "place", "session_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("sampled_places")
    op.drop_table("samples")
