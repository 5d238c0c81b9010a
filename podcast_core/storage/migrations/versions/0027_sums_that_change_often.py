"""PostgreSQL replaces a sum in its page, and soon looks after tables whose rows come and go."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
COMING_AND_GOING = ("session_states", "session_boxes", "session_predictions", "sessions")
SETTINGS = ("autovacuum_vacuum_scale_factor", "autovacuum_analyze_scale_factor")
OF_SUMS = {
    "fillfactor": 50,
    "autovacuum_vacuum_scale_factor": 0,
    "autovacuum_vacuum_threshold": 5000,
}


def upgrade() -> None:
    """Go forward."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index("ix_tallies_of_none", "tallies")
    op.execute(f"ALTER TABLE tallies SET ({', '.join(f'{name} = {value}' for name, value in OF_SUMS.items())})")
    for table in COMING_AND_GOING:
        op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{name} = 0.02' for name in SETTINGS)})")


def downgrade() -> None:
    """Go back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in COMING_AND_GOING:
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(SETTINGS)})")
    op.execute(f"ALTER TABLE tallies RESET ({', '.join(OF_SUMS)})")
    op.create_index("ix_tallies_of_none", "tallies", ["round_id"], postgresql_where=sa.text("count = 0"))
