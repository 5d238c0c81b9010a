"""Sound pressure levels and intervals are measured, too: what was measured before is measured again."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None
NAMES = ("peak_level_db", "rms_level_db", "interval_s", "gap_s")


def upgrade() -> None:
    """Go forward."""
    op.execute("DELETE FROM measurements")
    with op.batch_alter_table("measurements") as table:
        for name in NAMES:
            table.add_column(sa.Column(name, sa.Float(53)))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("measurements") as table:
        for name in NAMES:
            table.drop_column(name)
